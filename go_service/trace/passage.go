package trace

import (
	"context"
	"errors"
	"os"
	"strconv"
	"sync/atomic"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// flushRoom is what a queue holds beside spans: the marks of flushes that wait.
const flushRoom = 64

// errFull and errEnded are why a span was dropped before it was sent.
var (
	errFull  = errors.New("the receiver takes spans slower than they are made, or not at all")
	errEnded = errors.New("the process ended before the receiver had taken them")
)

// passage is the way of one provider's spans: a queue, then the receiver. It lets no more in than the queue holds, so
// that the queue itself, which would not tell, never drops one. It implements sdktrace.SpanProcessor.
type passage struct {
	sdktrace.SpanProcessor // the queue
	room                   int64
	onWay                  atomic.Int64
	ended                  atomic.Bool
	ledger                 *ledger
}

func newPassage(to *sender, losses *ledger) *passage {
	room := queueRoom()
	p := &passage{room: int64(room), ledger: losses}
	p.SpanProcessor = sdktrace.NewBatchSpanProcessor(&outlet{sender: to, of: p}, sdktrace.WithMaxQueueSize(room+flushRoom))
	return p
}

// queueRoom reads OTEL_BSP_MAX_QUEUE_SIZE.
func queueRoom() int {
	if size, err := strconv.Atoi(os.Getenv("OTEL_BSP_MAX_QUEUE_SIZE")); err == nil && size > 0 {
		return size
	}
	return sdktrace.DefaultMaxQueueSize
}

// OnEnd puts a span on its way, or drops it; it never waits.
func (p *passage) OnEnd(span sdktrace.ReadOnlySpan) {
	if p.ended.Load() {
		p.ledger.drop(1, errEnded)
		return
	}
	if p.onWay.Add(1) > p.room {
		p.onWay.Add(-1)
		p.ledger.drop(1, errFull)
		return
	}
	p.SpanProcessor.OnEnd(span)
}

// end counts what is still on its way as dropped; what arrives later is not looked at.
func (p *passage) end() {
	if p.ended.Swap(true) {
		return
	}
	if left := p.onWay.Swap(0); left > 0 {
		p.ledger.drop(int(left), errEnded)
	}
}

// leave takes spans off the way: they arrived, or the receiver did not take them.
func (p *passage) leave(count int, err error) {
	if p.ended.Load() {
		return
	}
	p.onWay.Add(int64(-count))
	if err != nil {
		p.ledger.drop(count, err)
	}
}

// sender is the connection to the receiver, which all providers share.
type sender struct {
	sdktrace.SpanExporter
	arrived atomic.Uint64
}

// outlet is the end of a passage.
type outlet struct {
	*sender
	of *passage
}

// ExportSpans sends a batch.
func (o *outlet) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := o.sender.ExportSpans(ctx, spans)
	o.of.leave(len(spans), err)
	if err != nil {
		return counted{err}
	}
	o.arrived.Add(uint64(len(spans)))
	return nil
}

// Shutdown does nothing: another provider may still send.
func (*outlet) Shutdown(context.Context) error { return nil }

// counted is a failure whose spans the ledger has.
type counted struct{ error }

// Unwrap gives what the receiver said.
func (c counted) Unwrap() error { return c.error }
