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

// takeTrace reads W3C's headers and begins the server span: below the caller's, or a root.
func takeTrace(header http.Header, exporter *trace.Exporter) traceAround {
	caller := callerOf(header)
	own := exporter.StartRequest(caller)
	if own.SpanID() == caller.SpanID() {
		return traceAround{span: own}
	}
	return traceAround{span: own, parent: caller.SpanID()}
}

// callerOf reads the caller's context; it is invalid without one.
func callerOf(header http.Header) oteltrace.SpanContext {
	sent, ok := wire.ParseTraceparent(header.Get("Traceparent"))
	if !ok {
		return oteltrace.SpanContext{}
	}
	state, err := oteltrace.ParseTraceState(header.Get("Tracestate"))
	if err != nil {
		state = oteltrace.TraceState{} // W3C: what can't be read is dropped, the trace goes on
	}
	return oteltrace.NewSpanContext(oteltrace.SpanContextConfig{
		TraceID: sent.TraceID(), SpanID: sent.SpanID(), TraceFlags: oteltrace.TraceFlags(sent.Flags()), TraceState: state, Remote: true,
	})
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
