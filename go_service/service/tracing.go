package service

import (
	"context"
	"net/http"

	oteltrace "go.opentelemetry.io/otel/trace"

	"github.com/sidecar-ipc/gateway/go_service/trace"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// traceAround is the trace that a request stands in.
type traceAround struct {
	span   oteltrace.SpanContext // of this service where it exports one, else the caller's; invalid without a trace
	parent oteltrace.SpanID      // of the caller; zero without one
}

// takeTrace reads W3C's headers. Without them a trace begins here when spans are exported and the sampler wants one.
func takeTrace(header http.Header, exporter *trace.Exporter) traceAround {
	sent, ok := wire.ParseTraceparent(header.Get("Traceparent"))
	if !ok {
		root, _ := exporter.StartRoot()
		return traceAround{span: root}
	}
	state, err := oteltrace.ParseTraceState(header.Get("Tracestate"))
	if err != nil {
		state = oteltrace.TraceState{} // W3C: what can't be read is dropped, the trace goes on
	}
	caller := oteltrace.NewSpanContext(oteltrace.SpanContextConfig{
		TraceID: sent.TraceID(), SpanID: sent.SpanID(), TraceFlags: oteltrace.TraceFlags(sent.Flags()), TraceState: state, Remote: true,
	})
	if exporter == nil || !caller.IsSampled() {
		return traceAround{span: caller}
	}
	return traceAround{span: caller.WithSpanID(trace.NewSpanID()).WithRemote(false), parent: caller.SpanID()}
}

// in puts the trace where the client's tracer finds it.
func (t traceAround) in(ctx context.Context) context.Context {
	if !t.span.IsValid() {
		return ctx
	}
	return oteltrace.ContextWithSpanContext(ctx, t.span)
}

// request tells the exporter of a served request.
func (t traceAround) request(r *http.Request, done *served, startNs, endNs uint64) *trace.Request {
	return &trace.Request{
		Context: t.span, Parent: t.parent, Method: r.Method, Route: kernelPattern, Kernel: done.kernel,
		Status: done.status, StartNs: startNs, EndNs: endNs, Failure: done.failure,
	}
}
