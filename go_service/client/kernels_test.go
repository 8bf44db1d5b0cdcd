package client_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/sidecar-ipc/gateway/go_service/client"
	_ "github.com/sidecar-ipc/gateway/go_service/client/tokenizer"
	"github.com/sidecar-ipc/gateway/go_service/internal/vectors"
	"github.com/sidecar-ipc/gateway/go_service/wire"
	"github.com/sidecar-ipc/gateway/go_service/workertest"
)

// ofContract are the kernels that have vectors, by name.
var ofContract = []client.AnyKernel{
	client.Echo, client.Spin, client.Digest, client.Redact, client.Tokenize, client.Topk, client.Inflate,
}

func TestEveryTwinAnswersItsVectorsOrRefusesThemAsTheContractSays(t *testing.T) {
	c := newClient(t)
	for _, kernel := range ofContract {
		for name, call := range vectors.Calls(t, kernel.Description().Name) {
			for _, route := range []wire.Route{wire.Native, wire.Original} {
				if kernel.HasTwin(route) {
					t.Run(route.String()+"/"+name, func(t *testing.T) { answersVector(t, c, kernel, route, &call) })
				}
			}
		}
	}
}

func TestAWorkerAnswersTheVectorsAsTheTwinsDo(t *testing.T) {
	worker := workertest.Start(t)
	c := newClient(t, client.WithWorker(worker.Endpoints))
	for _, kernel := range ofContract {
		for name, call := range vectors.Calls(t, kernel.Description().Name) {
			t.Run(name, func(t *testing.T) { answersVector(t, c, kernel, overUDS, &call) })
		}
	}
}

func answersVector(t *testing.T, c *client.Client, kernel client.AnyKernel, route wire.Route, call *vectors.Call) {
	t.Helper()
	request := kernel.EmptyRequest()
	if err := request.UnmarshalRaw(call.Request.Raw); err != nil {
		t.Fatal(err)
	}
	response, err := kernel.CallAny(context.Background(), c, request, client.Via(route))
	if call.Error != nil {
		refusedAs(t, err, call.Error)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(response.AppendRaw(nil), call.Response.Raw) {
		t.Error("another answer")
	}
}

func refusedAs(t *testing.T, err error, expected *vectors.Failure) {
	t.Helper()
	var failure *wire.Error
	if !errors.As(err, &failure) {
		t.Fatalf("%v, not a failure of the contract", err)
	}
	if failure.Reason.String() != expected.Reason || failure.Executed != wire.ExecutedYes {
		t.Errorf("%v, executed %v, not %s", failure, failure.Executed, expected.Reason)
	}
}
