package load

import (
	"context"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/client"
	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Kernels of the tests: a driver calls whatever is registered at the client.
var (
	stalledCalls atomic.Int64
	flakyCalls   atomic.Int64
	inside       atomic.Int64
	constant     = new(kernelsv1.EchoResponse)
)

const (
	stallAt   = 50 // the call that stalls
	stallTime = 100 * time.Millisecond
)

type twin = client.Twin[*kernelsv1.EchoRequest, *kernelsv1.EchoResponse]

func registerTwin(name string, native twin) {
	client.Register(&client.Kernel[*kernelsv1.EchoRequest, *kernelsv1.EchoResponse]{
		Spec:        wire.KernelSpec{Name: name, Method: "/test.v1.TestService/Test"},
		NewRequest:  func() *kernelsv1.EchoRequest { return new(kernelsv1.EchoRequest) },
		NewResponse: func() *kernelsv1.EchoResponse { return new(kernelsv1.EchoResponse) },
		Native:      native,
	})
}

func init() {
	client.RegisterBytes("reversed", func(input []byte) ([]byte, error) {
		output := slices.Clone(input)
		slices.Reverse(output)
		return output, nil
	}, client.ComparedBy(client.ComparerJSON))
	registerTwin("constant", func(context.Context, *kernelsv1.EchoRequest) (*kernelsv1.EchoResponse, error) {
		return constant, nil
	})
	registerTwin("allocating", func(_ context.Context, request *kernelsv1.EchoRequest) (*kernelsv1.EchoResponse, error) {
		return &kernelsv1.EchoResponse{Payload: slices.Clone(request.Payload)}, nil
	})
	registerTwin("stall", func(context.Context, *kernelsv1.EchoRequest) (*kernelsv1.EchoResponse, error) {
		if stalledCalls.Add(1) == stallAt {
			time.Sleep(stallTime)
		}
		return constant, nil
	})
	registerTwin("flaky", func(context.Context, *kernelsv1.EchoRequest) (*kernelsv1.EchoResponse, error) {
		return &kernelsv1.EchoResponse{Payload: []byte{byte(flakyCalls.Add(1) % 3)}}, nil
	})
	registerTwin("refusing", func(_ context.Context, request *kernelsv1.EchoRequest) (*kernelsv1.EchoResponse, error) {
		if len(request.Payload) > 1 {
			return nil, wire.Fail(wire.ReasonInvalidInput, "more than one byte")
		}
		return constant, nil
	})
	registerTwin("queueing", func(context.Context, *kernelsv1.EchoRequest) (*kernelsv1.EchoResponse, error) {
		if inside.Add(1) > 1 {
			time.Sleep(100 * time.Microsecond)
		}
		runtime.Gosched() // lets the others in meanwhile
		inside.Add(-1)
		return constant, nil
	})
	registerTwin("stubborn", func(context.Context, *kernelsv1.EchoRequest) (*kernelsv1.EchoResponse, error) {
		time.Sleep(time.Hour)
		return constant, nil
	})
	registerTwin("slow", func(ctx context.Context, _ *kernelsv1.EchoRequest) (*kernelsv1.EchoResponse, error) {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(5 * time.Second):
			return constant, nil
		}
	})
}
