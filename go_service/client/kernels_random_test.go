package client_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sidecar-ipc/gateway/go_service/client"
	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"
	"github.com/sidecar-ipc/gateway/go_service/internal/vectors"
	"github.com/sidecar-ipc/gateway/go_service/wire"
	"github.com/sidecar-ipc/gateway/go_service/workertest"
)

// The kernels that refuse input, on vectors that were damaged: what one refuses the other must refuse, for both are read
// off one specification with libraries that differ.
func TestWorkerAndTwinAgreeOnDamagedVectors(t *testing.T) {
	const largest = 4096
	worker := workertest.Start(t)
	c := newClient(t, client.WithWorker(worker.Endpoints))
	for kernel, cases := range map[client.AnyKernel]int{client.Tokenize: 2000, client.Topk: 100, client.Inflate: 2000} {
		t.Run(kernel.Description().Name, func(t *testing.T) {
			rng, whole := rand.New(rand.NewPCG(42, 42)), requestsOf(t, kernel, largest)
			for range cases {
				request := damaged(rng, whole)
				if twin, remote := outcome(t, c, kernel, request, wire.Native), outcome(t, c, kernel, request, overUDS); twin != remote {
					t.Fatalf("%v:\nnative %q\nworker %q", request, twin, remote)
				}
			}
		})
	}
}

var overUDS = wire.Route{Channel: wire.ChannelUDS, Codec: wire.CodecMsgpack}

// requestsOf are those of the vectors in the order of their names, but for the largest.
func requestsOf(t *testing.T, kernel client.AnyKernel, largest int) (found []wire.Message) {
	t.Helper()
	calls := vectors.Calls(t, kernel.Description().Name)
	names := make([]string, 0, len(calls))
	for name := range calls {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		request := kernel.EmptyRequest()
		if err := request.UnmarshalRaw(calls[name].Request.Raw); err != nil {
			t.Fatal(err)
		}
		if len(calls[name].Request.Raw) <= largest {
			found = append(found, request)
		}
	}
	return found
}

func damaged(rng *rand.Rand, whole []wire.Message) wire.Message {
	switch one := whole[rng.IntN(len(whole))].(type) {
	case *kernelsv1.TokenizeRequest:
		other := whole[rng.IntN(len(whole))].(*kernelsv1.TokenizeRequest)
		return &kernelsv1.TokenizeRequest{Text: damagedText(rng, one.Text, other.Text), CountOnly: one.CountOnly}
	case *kernelsv1.TopkRequest:
		return &kernelsv1.TopkRequest{Query: damagedBytes(rng, one.Query), K: uint32(rng.IntN(1003))}
	case *kernelsv1.InflateRequest:
		other := whole[rng.IntN(len(whole))].(*kernelsv1.InflateRequest)
		data := append(damagedBytes(rng, one.Data), other.Data[:len(other.Data)*rng.IntN(2)]...)
		return &kernelsv1.InflateRequest{Data: data, MaxBytes: one.MaxBytes + uint64(rng.IntN(2)*rng.IntN(5000))}
	default:
		return one
	}
}

// damagedBytes has up to three other bits, and sometimes an end too soon.
func damagedBytes(rng *rand.Rand, content []byte) []byte {
	content = bytes.Clone(content)
	for range rng.IntN(4) {
		if len(content) > 0 {
			content[rng.IntN(len(content))] ^= 1 << rng.IntN(8)
		}
	}
	if rng.IntN(4) == 0 && len(content) > 0 {
		content = content[:rng.IntN(len(content))]
	}
	return content
}

// damagedText is mostly still UTF-8: parts of two texts and any characters.
func damagedText(rng *rand.Rand, one, other []byte) []byte {
	if rng.IntN(4) == 0 {
		return damagedBytes(rng, one)
	}
	text, further := []rune(string(one)), []rune(string(other))
	text = append(text[:rng.IntN(len(text)+1)], rune(rng.IntN(0x3100)))
	text = append(text, further[rng.IntN(len(further)+1):]...)
	return []byte(string(text))
}

func outcome(t *testing.T, c *client.Client, kernel client.AnyKernel, request wire.Message, route wire.Route) string {
	t.Helper()
	response, err := kernel.CallAny(context.Background(), c, request, client.Via(route))
	var failure *wire.Error
	switch {
	case err == nil:
		return string(response.AppendRaw(nil))
	case errors.As(err, &failure):
		return failure.Reason.String()
	default:
		return err.Error()
	}
}
