package trace

import (
	"context"

	oteltrace "go.opentelemetry.io/otel/trace"

	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Tracer gives a client's calls the trace of their context and exports those that are sampled. It implements
// client.Tracer; with a nil Exporter it hands contexts through and exports nothing.
type Tracer struct {
	exporter *Exporter
}

// NewTracer makes one.
func NewTracer(exporter *Exporter) Tracer { return Tracer{exporter: exporter} }

// Start gives what goes over the wire. Where no span of ours will stand between, the caller's own context goes on.
func (t Tracer) Start(ctx context.Context) (trace wire.TraceContext, tracestate string) {
	around := oteltrace.SpanContextFromContext(ctx)
	if !around.IsValid() {
		return wire.TraceContext{}, ""
	}
	span := around.SpanID()
	if t.exporter != nil && around.IsSampled() {
		span = NewSpanID()
	}
	return wire.NewTraceContext(around.TraceID(), span, byte(around.TraceFlags())), around.TraceState().String()
}

// Finish exports a sampled call below the span of its context.
func (t Tracer) Finish(ctx context.Context, finished *client.Finished) {
	around := oteltrace.SpanContextFromContext(ctx)
	if around.TraceID() != finished.Observation.Trace.TraceID() {
		around = oteltrace.SpanContext{} // the call was given a trace of its own
	}
	t.exporter.Export(around, finished)
}
