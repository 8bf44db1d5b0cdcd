package client

import (
	"context"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Tracer gives calls their trace context and makes the client's span of those that are sampled.
type Tracer interface {
	// Start is asked once before a call. It gives what is sent: the trace of ctx, the id of the client span to come, the
	// flags. The zero value sends nothing. With the sampled flag the call takes stamps and Finish is called.
	Start(ctx context.Context) (trace wire.TraceContext, tracestate string)
	// Finish is given a sampled call after its end. finished is not kept.
	Finish(ctx context.Context, finished *Finished)
}

// Finished is a sampled call after its end.
type Finished struct {
	Kernel      wire.KernelSpec
	Observation *Observation
	// Err is nil on success.
	Err *wire.Error
}
