package trace

import (
	"context"
	"encoding/binary"
	"math/rand/v2"

	oteltrace "go.opentelemetry.io/otel/trace"
)

// chosenKey carries the identity that went over the wire before its span was made.
type chosenKey struct{}

func withIdentity(ctx context.Context, chosen oteltrace.SpanContext) context.Context {
	return context.WithValue(ctx, chosenKey{}, chosen)
}

// idSource gives a span the identity that its context chose, else a random one: a span is built after its call, when
// the worker has known the span's id for long.
type idSource struct{}

// NewIDs is asked for a span without a parent.
func (s idSource) NewIDs(ctx context.Context) (oteltrace.TraceID, oteltrace.SpanID) {
	if chosen, ok := ctx.Value(chosenKey{}).(oteltrace.SpanContext); ok {
		return chosen.TraceID(), chosen.SpanID()
	}
	return NewTraceID(), NewSpanID()
}

// NewSpanID is asked for a span with a parent.
func (idSource) NewSpanID(ctx context.Context, _ oteltrace.TraceID) oteltrace.SpanID {
	if chosen, ok := ctx.Value(chosenKey{}).(oteltrace.SpanContext); ok {
		return chosen.SpanID()
	}
	return NewSpanID()
}

// NewTraceID draws one; it is never zero. Its last eight bytes are random throughout: ratio samplers go by them.
func NewTraceID() (id oteltrace.TraceID) {
	binary.BigEndian.PutUint64(id[:8], rand.Uint64()|1)
	binary.BigEndian.PutUint64(id[8:], rand.Uint64())
	return id
}

// NewSpanID draws one; it is never zero.
func NewSpanID() (id oteltrace.SpanID) {
	binary.LittleEndian.PutUint64(id[:], rand.Uint64()|1)
	return id
}
