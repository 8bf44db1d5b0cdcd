// Package tokenizer gives client.Tokenize its Go twins, and with them 9 MB, most of it vocabularies; a program that wants the routes
// native and native/original of tokenize, or falls back to native, imports it for that:
//
//	import _ "github.com/sidecar-ipc/gateway/go_service/client/tokenizer"
package tokenizer

import (
	"context"

	"github.com/sidecar-ipc/gateway/go_service/client"
	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"
	"github.com/sidecar-ipc/gateway/go_service/kernel"
	"github.com/sidecar-ipc/gateway/go_service/kernel/tokenize"
)

func init() { client.Tokenize.Native, client.Tokenize.Original = native, original }

func native(ctx context.Context, request *kernelsv1.TokenizeRequest) (*kernelsv1.TokenizeResponse, error) {
	if request.CountOnly {
		count, err := tokenize.Count(request.Text, kernel.NewCheckpoint(ctx))
		return answer(count, nil, err)
	}
	ids, err := tokenize.Tokenize(request.Text, kernel.NewCheckpoint(ctx))
	return answer(len(ids), ids, err)
}

func original(_ context.Context, request *kernelsv1.TokenizeRequest) (*kernelsv1.TokenizeResponse, error) {
	ids, err := tokenize.Original(request.Text)
	if request.CountOnly {
		return answer(len(ids), nil, err)
	}
	return answer(len(ids), ids, err)
}

func answer(count int, ids []uint32, err error) (*kernelsv1.TokenizeResponse, error) {
	if err != nil {
		return nil, err
	}
	return &kernelsv1.TokenizeResponse{Count: uint32(count), Ids: ids}, nil
}
