package trace

import (
	"context"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	otelcodes "go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	oteltrace "go.opentelemetry.io/otel/trace"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Request is a served HTTP request, as a span shows it.
type Request struct {
	Context        oteltrace.SpanContext // of the server span
	Parent         oteltrace.SpanID      // zero: the root
	Method         string
	Route          string // the pattern, not the path
	Kernel         string
	Status         int
	StartNs, EndNs uint64
	Failure        *wire.Error // nil on success
}

// ExportRequest sends the server span of a sampled request.
func (e *Exporter) ExportRequest(request *Request) {
	if e == nil || !request.Context.IsSampled() {
		return
	}
	ctx := withIdentity(context.Background(), request.Context)
	if request.Parent.IsValid() {
		ctx = oteltrace.ContextWithRemoteSpanContext(ctx, request.Context.WithSpanID(request.Parent))
	}
	made := e.begin(ctx, e.own, spanOf{
		name: request.Method + " " + request.Route, kind: oteltrace.SpanKindServer, startNs: request.StartNs,
		attributes: requestAttributes(request),
	})
	if request.Status >= 500 {
		made.SetStatus(otelcodes.Error, "")
	}
	made.End(oteltrace.WithTimestamp(e.wall(request.EndNs)))
}

func requestAttributes(request *Request) []attribute.KeyValue {
	attributes := []attribute.KeyValue{
		semconv.HTTPRequestMethodKey.String(request.Method),
		semconv.HTTPRoute(request.Route),
		semconv.HTTPResponseStatusCode(request.Status),
		semconv.URLScheme("http"),
		attribute.String(wire.AttributeKernel, request.Kernel),
	}
	if request.Failure != nil {
		attributes = append(attributes,
			attribute.String(wire.AttributeReason, request.Failure.Reason.String()),
			semconv.ErrorTypeKey.String(strconv.Itoa(request.Status)))
	}
	return attributes
}
