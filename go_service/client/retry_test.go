package client_test

import (
	"context"
	"errors"
	"testing"

	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/gatewaytest"
	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

func TestACallThatMayHaveRunAtAnyTryIsNotCalledNotExecuted(t *testing.T) {
	for _, test := range []struct {
		name  string
		tries []wire.Reason
		want  wire.Executed
	}{
		{"refused twice", []wire.Reason{wire.ReasonNoWorker, wire.ReasonDraining}, wire.ExecutedNo},
		{"died, then refused", []wire.Reason{wire.ReasonWorkerDied, wire.ReasonNoWorker}, wire.ExecutedUnknown},
		{"refused, then died", []wire.Reason{wire.ReasonNoWorker, wire.ReasonWorkerDied}, wire.ExecutedUnknown},
		{"died, then panicked", []wire.Reason{wire.ReasonWorkerDied, wire.ReasonKernelPanicked}, wire.ExecutedYes},
	} {
		fake := gatewaytest.New()
		fake.AnswerNatively(client.Echo)
		for _, reason := range test.tries {
			fake.Next("echo", gatewaytest.Fail(reason))
		}
		c := newClient(t, append(fake.Options(), client.WithRetries(len(test.tries)-1))...)
		_, err := c.Echo(context.Background(), new(kernelsv1.EchoRequest))
		var failure *wire.Error
		if !errors.As(err, &failure) || failure.Reason != test.tries[len(test.tries)-1] || failure.Executed != test.want {
			t.Errorf("%s: %v, executed %v, want %v", test.name, err, failure.Executed, test.want)
		}
	}
}
