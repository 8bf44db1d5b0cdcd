package trace

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	otelcodes "go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	oteltrace "go.opentelemetry.io/otel/trace"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Export sends this process's part of a sampled call: the client span and its stages. The worker sends its own.
func (e *Exporter) Export(call *Call) {
	if e == nil || !call.Context.IsSampled() {
		return
	}
	e.clientSpan(call, nil)
}

// Reconstruct sends the whole of a call that was picked afterwards, whose flag was clear while it ran: the worker's
// part from the receipt, under the worker's resource, and every span marked as reconstructed.
func (e *Exporter) Reconstruct(call *Call) {
	if e == nil {
		return
	}
	marked := *call
	marked.Context = call.Context.WithTraceFlags(oteltrace.FlagsSampled)
	mark := []attribute.KeyValue{attribute.Bool(wire.AttributeReconstructed, true)}
	e.clientSpan(&marked, mark)
	e.serverSpan(&marked, mark)
}

func (e *Exporter) clientSpan(call *Call, mark []attribute.KeyValue) {
	start := call.StampsNs[wire.T1]
	ctx := oteltrace.ContextWithRemoteSpanContext(context.Background(), call.Context.WithSpanID(call.Parent))
	made := e.begin(withIdentity(ctx, call.Context), e.own, spanOf{
		name: call.Method, kind: oteltrace.SpanKindClient, startNs: start,
		attributes: append(clientAttributes(call), mark...),
	})
	if call.Reason != wire.ReasonNone {
		made.SetStatus(otelcodes.Error, call.Reason.Doc())
	}
	e.stageSpans(e.own, call, made.SpanContext(), callerStages, mark)
	made.End(oteltrace.WithTimestamp(e.wall(start + uint64(call.TotalNs))))
}

func (e *Exporter) serverSpan(call *Call, mark []attribute.KeyValue) {
	start, end := call.StampsNs[wire.T4], call.StampsNs[wire.T8]
	if start == 0 || end == 0 || call.Placement == wire.PlacementNative {
		return
	}
	ctx := oteltrace.ContextWithRemoteSpanContext(context.Background(), call.Context)
	made := e.begin(ctx, e.worker, spanOf{
		name: call.Method, kind: oteltrace.SpanKindServer, startNs: start,
		attributes: append(serverAttributes(call), mark...),
	})
	e.stageSpans(e.worker, call, made.SpanContext(), workerStages, mark)
	made.End(oteltrace.WithTimestamp(e.wall(end)))
}

func (e *Exporter) stageSpans(tracer oteltrace.Tracer, call *Call, parent oteltrace.SpanContext, stages []wire.Stage, mark []attribute.KeyValue) {
	ctx := oteltrace.ContextWithSpanContext(context.Background(), parent)
	for _, stage := range stages {
		took, taken := call.stageNs(stage)
		if !taken {
			continue
		}
		start := call.StampsNs[wire.StageStamps[stage][0]]
		made := e.begin(ctx, tracer, spanOf{
			name: stage.String(), kind: oteltrace.SpanKindInternal, startNs: start,
			attributes: append([]attribute.KeyValue{attribute.String(wire.AttributeStage, stage.String())}, mark...),
		})
		made.End(oteltrace.WithTimestamp(e.wall(start + uint64(took))))
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

func clientAttributes(call *Call) []attribute.KeyValue {
	attributes := append(serverAttributes(call),
		attribute.Int(wire.AttributeRequestBytes, call.RequestBytes),
		attribute.Int(wire.AttributeReplyBytes, call.ReplyBytes))
	if written := call.StampsNs[wire.T3]; written != 0 {
		attributes = append(attributes, attribute.Int64(wire.AttributeWrittenNs, int64(written-call.StampsNs[wire.T2])))
	}
	if residual, known := call.residualNs(); known {
		attributes = append(attributes, attribute.Int64(wire.AttributeResidualNs, residual))
	}
	if call.Reason != wire.ReasonNone {
		attributes = append(attributes,
			attribute.String(wire.AttributeReason, call.Reason.String()),
			attribute.String(wire.AttributeExecuted, call.Executed.String()),
			semconv.ErrorTypeKey.String(call.Code))
	}
	return attributes
}

// serverAttributes are those that both ends state.
func serverAttributes(call *Call) []attribute.KeyValue {
	attributes := []attribute.KeyValue{
		semconv.RPCSystemNameKey.String(rpcSystem(call.Channel)),
		semconv.RPCMethod(call.Method),
		semconv.RPCResponseStatusCode(call.Code),
		attribute.String(wire.AttributeKernel, call.Kernel),
		attribute.String(wire.AttributeRoute, call.Route),
		attribute.String(wire.AttributePlacement, string(call.Placement)),
	}
	if call.Codec != "" {
		attributes = append(attributes, attribute.String(wire.AttributeCodec, call.Codec))
	}
	if call.KernelVersion != 0 {
		attributes = append(attributes, attribute.Int64(wire.AttributeKernelVersion, int64(call.KernelVersion)))
	}
	return attributes
}

// rpcSystem names gRPC as the conventions do; they have no name for frames and for a call in the process.
func rpcSystem(channel wire.Channel) string {
	switch channel {
	case wire.ChannelGRPCTCP, wire.ChannelGRPCUDS:
		return "grpc"
	default:
		return "sidecar"
	}
}
