package trace

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	oteltrace "go.opentelemetry.io/otel/trace"
)

const spansOfACall = 5 // the client span and four stages

// logged gives what is logged until the test ends.
func logged(t *testing.T) *bytes.Buffer {
	t.Helper()
	var lines bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&lines, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	return &lines
}

// away points the environment at a port that nobody listens at, and makes an exporter.
func away(t *testing.T) *Exporter {
	t.Helper()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
	exporter, err := NewExporter(t.Context(), service, 0)
	if err != nil {
		t.Fatal(err)
	}
	return exporter
}

func TestSpansOverTheQueueAreDroppedAtOnceAndCountedOneByOne(t *testing.T) {
	t.Setenv("OTEL_BSP_MAX_QUEUE_SIZE", "100")
	exporter := away(t)
	last := uint64(0)
	for range 100 {
		exporter.Export(oteltrace.SpanContext{}, answeredCall(sampled))
		if dropped := exporter.Dropped(); dropped < last {
			t.Fatalf("%d dropped after %d", dropped, last)
		}
		last = exporter.Dropped()
	}
	if last != 100*spansOfACall-100 {
		t.Errorf("%d dropped of %d with room for 100", last, 100*spansOfACall)
	}
	exporter.End()
	if dropped := exporter.Dropped(); dropped != 100*spansOfACall {
		t.Errorf("%d dropped at the end, want all %d", dropped, 100*spansOfACall)
	}
}

func TestDroppedSpansAreToldOfOnceInAWhileAndAtTheEnd(t *testing.T) {
	lines := logged(t)
	t.Setenv("OTEL_BSP_MAX_QUEUE_SIZE", "10")
	exporter := away(t)
	for range 1000 {
		exporter.Export(oteltrace.SpanContext{}, answeredCall(sampled))
	}
	exporter.End()
	told := strings.Count(lines.String(), "spans are dropped")
	if told != 2 || !strings.Contains(lines.String(), "dropped=5000") {
		t.Errorf("told %d times, want twice and the number at the end:\n%s", told, lines)
	}
}

func TestNothingIsDroppedWhileTheReceiverTakesThem(t *testing.T) {
	lines := logged(t)
	receiver := export(t, func(e *Exporter) {
		for range 100 {
			e.Export(oteltrace.SpanContext{}, answeredCall(sampled))
		}
	})
	if got := len(receiver.Spans()); got != 100*spansOfACall || lines.Len() != 0 {
		t.Errorf("%d spans arrived; logged: %s", got, lines)
	}
}

func TestAnotherProtocolIsToldInOneLine(t *testing.T) {
	lines := logged(t)
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := away(t).Close(ctx); err != nil {
		t.Log(err)
	}
	if told := strings.Count(lines.String(), "OTLP over gRPC only"); told != 1 {
		t.Errorf("told %d times:\n%s", told, lines)
	}
}
