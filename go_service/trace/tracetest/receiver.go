// Package tracetest has an OTLP receiver for tests: a real gRPC server that keeps what it is sent.
package tracetest

import (
	"context"
	"encoding/hex"
	"net"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracev1 "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
)

// Span is a received span with the name of the service that it came under.
type Span struct {
	*tracev1.Span
	Service string
}

// Attribute gives a value as text, and whether the span has it.
func (s Span) Attribute(key string) (string, bool) {
	for _, attribute := range s.GetAttributes() {
		if attribute.GetKey() == key {
			return attribute.GetValue().String(), true
		}
	}
	return "", false
}

// IntAttribute gives a whole number; 0 when the span has none.
func (s Span) IntAttribute(key string) int64 {
	for _, attribute := range s.GetAttributes() {
		if attribute.GetKey() == key {
			return attribute.GetValue().GetIntValue()
		}
	}
	return 0
}

// ID is the span's id in hex.
func (s Span) ID() string { return hex.EncodeToString(s.GetSpanId()) }

// Trace is the trace's id in hex.
func (s Span) Trace() string { return hex.EncodeToString(s.GetTraceId()) }

// ParentID is the parent's id in hex; empty for a root.
func (s Span) ParentID() string { return hex.EncodeToString(s.GetParentSpanId()) }

// Receiver keeps spans.
type Receiver struct {
	collector.UnimplementedTraceServiceServer
	Endpoint string // http://host:port

	mu    sync.Mutex
	spans []Span
}

// Start serves until the test ends and points OTEL_EXPORTER_OTLP_ENDPOINT at itself; batches are sent soon, by the
// processes that the test starts too.
func Start(t *testing.T) *Receiver {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	receiver := &Receiver{Endpoint: "http://" + listener.Addr().String()}
	server := grpc.NewServer()
	collector.RegisterTraceServiceServer(server, receiver)
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(listener) })
	t.Cleanup(func() {
		server.Stop()
		serving.Wait()
	})
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.Endpoint)
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "50") // ms
	return receiver
}

// Export takes a batch.
func (r *Receiver) Export(_ context.Context, request *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, resource := range request.GetResourceSpans() {
		service := ""
		for _, attribute := range resource.GetResource().GetAttributes() {
			if attribute.GetKey() == "service.name" {
				service = attribute.GetValue().GetStringValue()
			}
		}
		for _, scope := range resource.GetScopeSpans() {
			for _, span := range scope.GetSpans() {
				r.spans = append(r.spans, Span{Span: span, Service: service})
			}
		}
	}
	return &collector.ExportTraceServiceResponse{}, nil
}

// Spans gives what has come so far.
func (r *Receiver) Spans() []Span {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Span(nil), r.spans...)
}

// Named gives the spans of a service and name.
func (r *Receiver) Named(service, name string) (found []Span) {
	for _, span := range r.Spans() {
		if span.Service == service && span.GetName() == name {
			found = append(found, span)
		}
	}
	return found
}
