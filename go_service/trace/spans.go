package trace

import (
	"context"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	otelcodes "go.opentelemetry.io/otel/codes"
	oteltrace "go.opentelemetry.io/otel/trace"

	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Stages by who exports them as spans. Where caller and kernel are one process, all are the caller's.
var (
	callerStages = []wire.Stage{wire.StageEncode, wire.StageRequestWire, wire.StageReplyWire, wire.StageReplyDecode}
	workerStages = []wire.Stage{wire.StageDecode, wire.StageQueue, wire.StageCompute, wire.StageReplyEncode}
	allStages    = append(append([]wire.Stage(nil), callerStages...), workerStages...)
)

// Export sends this process's part of a sampled call: the client span below parent (invalid: the root) and its stages.
// The worker sends its own part.
func (e *Exporter) Export(parent oteltrace.SpanContext, call *client.Finished) {
	if e == nil || !call.Observation.Trace.Sampled() {
		return
	}
	e.clientSpan(parent, call, nil)
}

// Reconstruct sends the whole of a call that was picked afterwards, whose flag was clear while it ran: the worker's
// part from the receipt, under the worker's resource, and every span marked as reconstructed.
func (e *Exporter) Reconstruct(call *client.Finished) {
	if e == nil {
		return
	}
	mark := []attribute.KeyValue{attribute.Bool(wire.AttributeReconstructed, true)}
	e.clientSpan(oteltrace.SpanContext{}, call, mark)
	if call.Observation.Route.Placement() == wire.PlacementProcess {
		e.serverSpan(call, mark)
	}
}

func (e *Exporter) clientSpan(parent oteltrace.SpanContext, call *client.Finished, mark []attribute.KeyValue) {
	ctx := withIdentity(context.Background(), spanContext(&call.Observation.Trace))
	if parent.IsValid() {
		ctx = oteltrace.ContextWithSpanContext(ctx, parent)
	}
	made := e.begin(ctx, e.own, spanOf{
		name: methodOf(call), kind: oteltrace.SpanKindClient, startNs: call.Observation.StartNs,
		attributes: append(clientAttributes(call), mark...),
	})
	if call.Err != nil {
		made.SetStatus(otelcodes.Error, call.Err.Reason.Doc())
	}
	stages := callerStages
	if call.Observation.Route.Placement() != wire.PlacementProcess {
		stages = allStages
	}
	e.stageSpans(made, e.own, call, stages, mark)
	made.End(oteltrace.WithTimestamp(e.wall(call.Observation.EndNs)))
}

func (e *Exporter) serverSpan(call *client.Finished, mark []attribute.KeyValue) {
	start, end := call.Observation.Stamps[wire.T4], call.Observation.Stamps[wire.T8]
	if start == 0 || end == 0 {
		return
	}
	ctx := oteltrace.ContextWithRemoteSpanContext(context.Background(), spanContext(&call.Observation.Trace))
	made := e.begin(ctx, e.worker, spanOf{
		name: methodOf(call), kind: oteltrace.SpanKindServer, startNs: start,
		attributes: append(serverAttributes(call), mark...),
	})
	e.stageSpans(made, e.worker, call, workerStages, mark)
	made.End(oteltrace.WithTimestamp(e.wall(end)))
}

func (e *Exporter) stageSpans(parent oteltrace.Span, tracer oteltrace.Tracer, call *client.Finished, stages []wire.Stage, mark []attribute.KeyValue) {
	ctx := oteltrace.ContextWithSpanContext(context.Background(), parent.SpanContext())
	stamps := &call.Observation.Stamps
	for _, stage := range stages {
		for _, part := range stamps.Parts(stage, call.Observation.HopsNs) {
			made := e.begin(ctx, tracer, spanOf{
				name: part.Name, kind: oteltrace.SpanKindInternal, startNs: part.FromNs,
				attributes: append([]attribute.KeyValue{attribute.String(wire.AttributeStage, part.Name)}, mark...),
			})
			made.End(oteltrace.WithTimestamp(e.wall(part.ToNs)))
		}
	}
}

// spanOf is what a span begins with.
type spanOf struct {
	name       string
	kind       oteltrace.SpanKind
	startNs    uint64
	attributes []attribute.KeyValue
}

func (e *Exporter) begin(ctx context.Context, tracer oteltrace.Tracer, of spanOf) oteltrace.Span {
	e.made.Add(1)
	_, made := tracer.Start(ctx, of.name, oteltrace.WithSpanKind(of.kind),
		oteltrace.WithTimestamp(e.wall(of.startNs)), oteltrace.WithAttributes(of.attributes...))
	return made
}

// spanContext gives what went over the wire as OpenTelemetry names it. Every span that is made counts as sampled.
func spanContext(trace *wire.TraceContext) oteltrace.SpanContext {
	return oteltrace.NewSpanContext(oteltrace.SpanContextConfig{
		TraceID: trace.TraceID(), SpanID: trace.SpanID(), TraceFlags: oteltrace.FlagsSampled,
	})
}

// methodOf gives the span's name: the full method without the leading slash.
func methodOf(call *client.Finished) string { return strings.TrimPrefix(call.Kernel.Method, "/") }
