package channel

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"google.golang.org/grpc/status"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// crowdedCalls in flight make a writer let other callers run first, so that their frames go out with its own.
const crowdedCalls = 4

// send puts a call into the batch and sees to it that the batch is written.
func (c *connection) send(ctx context.Context, call *Call, p *pending) error {
	deadlineNs, err := timeLeft(ctx)
	if err != nil {
		return err
	}
	c.mu.Lock()
	if err := c.admit(ctx, call); err != nil {
		c.mu.Unlock()
		return err
	}
	c.enqueue(call, p, deadlineNs)
	write := c.claimWriter()
	crowded := c.calls.size >= crowdedCalls
	c.mu.Unlock()
	if write {
		if crowded {
			runtime.Gosched()
		}
		c.flush(ctx.Done() == nil)
	}
	return nil
}

// timeLeft is what the worker is told, 0 for no deadline.
func timeLeft(ctx context.Context) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, NotExecuted(ContextError(err))
	}
	deadline, ok := ctx.Deadline()
	if !ok {
		return 0, nil
	}
	left := time.Until(deadline)
	if left <= 0 {
		return 0, NotExecuted(ContextError(context.DeadlineExceeded))
	}
	return uint64(left), nil
}

// admit waits for a place in the window. It is called with the lock and returns with it.
func (c *connection) admit(ctx context.Context, call *Call) error {
	for {
		if refusal := c.refusal(); refusal != nil {
			return refusal
		}
		if limit := c.limits.peerMessage; uint64(len(call.Payload)) > limit {
			return wire.Failf(wire.ReasonRequestTooLarge, "%d bytes, the worker takes %d", len(call.Payload), limit)
		}
		if c.calls.size < c.limits.window {
			return nil
		}
		if err := c.waitForPlace(ctx); err != nil {
			return err
		}
	}
}

func (c *connection) waitForPlace(ctx context.Context) error {
	waiter := make(chan struct{})
	c.waiters = append(c.waiters, waiter)
	c.mu.Unlock()
	defer c.mu.Lock()
	select {
	case <-waiter:
		return nil
	case <-ctx.Done():
		c.leaveLine(waiter)
		return NotExecuted(ContextError(ctx.Err()))
	}
}

// leaveLine hands a place that was given at the same moment to the next one.
func (c *connection) leaveLine(waiter chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at := slices.Index(c.waiters, waiter); at >= 0 {
		c.waiters = slices.Delete(c.waiters, at, at+1)
	} else if len(c.waiters) > 0 {
		close(c.waiters[0])
		c.waiters = c.waiters[1:]
	}
}

// enqueue gives the call its id and its place in the batch; ids go out rising. It needs the lock.
func (c *connection) enqueue(call *Call, p *pending, deadlineNs uint64) {
	c.lastID++
	p.id, p.round = c.lastID, c.round
	c.calls.put(p)
	c.busy.Store(int64(c.calls.size))
	header := c.encodeHeader(call, deadlineNs)
	if len(call.Payload) <= copiedBytes && wire.FrameHeadBytes+len(header)+len(call.Payload) <= c.limits.peerFrame {
		c.queue.frame(wire.FrameCall, 0, p.id, header, call.Payload)
	} else {
		c.enqueueLarge(call, p, header)
	}
	if p.written != nil {
		c.queue.stamped = append(c.queue.stamped, p.written)
	}
}

func (c *connection) enqueueLarge(call *Call, p *pending, header []byte) {
	p.transfer = &transfer{id: p.id, rest: call.Payload}
	c.queue.piece(p.transfer, header, c.limits.peerFrame)
	if len(p.transfer.rest) > 0 {
		c.transfers = append(c.transfers, p.transfer)
	}
}

func (c *connection) encodeHeader(call *Call, deadlineNs uint64) []byte {
	h := &c.header
	h.Kernel = append(h.Kernel[:0], call.Kernel...)
	h.Codec, h.TotalBytes, h.DeadlineNs, h.Stamps = uint32(call.Codec), uint64(len(call.Payload)), deadlineNs, call.Stamps
	h.TraceContext, h.Tracestate = h.TraceContext[:0], append(h.Tracestate[:0], call.Tracestate...)
	if !call.Trace.IsZero() {
		h.TraceContext = append(h.TraceContext, call.Trace[:]...)
	}
	c.headers = h.AppendMsgpack(c.headers[:0])
	return c.headers
}

// claimWriter makes the caller the one that writes, unless there is one. It needs the lock.
func (c *connection) claimWriter() bool {
	if c.writing {
		return false
	}
	c.writing = true
	return true
}

// flush writes batch after batch until nothing is left. A patient caller waits for a full transport; any other leaves the
// rest to a goroutine, so that it can keep its deadline.
func (c *connection) flush(patient bool) {
	for c.nextRound() {
		n, err := c.transport.offer(&c.out)
		if err == nil && n < c.out.size {
			if !patient {
				go c.flushSlowly(n)
				return
			}
			n, err = c.transport.writeRest(&c.out, n)
		}
		if !c.roundDone(n, err) {
			return
		}
	}
}

func (c *connection) flushSlowly(n int) {
	n, err := c.transport.writeRest(&c.out, n)
	if c.roundDone(n, err) {
		c.flush(true)
	}
}

// nextRound takes the queue and a share of the large payloads; false when there is nothing, the writer's place is free then.
func (c *connection) nextRound() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended != nil || c.queue.empty() && len(c.transfers) == 0 {
		c.writing = false
		return false
	}
	for budget := roundBytes; budget > 0 && len(c.transfers) > 0; budget -= c.limits.peerFrame {
		c.nextPiece()
	}
	c.out, c.queue = c.queue, c.out
	c.started = c.round
	c.round++
	return true
}

// nextPiece takes the transfers in turn.
func (c *connection) nextPiece() {
	t := c.transfers[0]
	c.transfers = c.transfers[1:]
	c.queue.piece(t, nil, c.limits.peerFrame)
	if len(t.rest) > 0 {
		c.transfers = append(c.transfers, t)
	}
}

// roundDone says false when the connection can't be written any more; the writer's place is never free then.
func (c *connection) roundDone(n int, err error) bool {
	if err != nil {
		c.writeFailed(n, err)
		return false
	}
	c.out.written()
	c.out.reset()
	return true
}

// writeFailed lets the reader come to the end, since replies and a goaway may have come before it. Where the transport
// took nothing, the round's calls were certainly not sent.
func (c *connection) writeFailed(n int, err error) {
	c.mu.Lock()
	if n == 0 {
		c.started--
	}
	c.unwritable.Store(true)
	c.freeWaiters()
	c.mu.Unlock()
	time.AfterFunc(endsAfter, func() { c.end(connectionLost(err)) })
	c.wakeReader()
}

// endsAfter bounds how long the reader looks for the end of a connection that can't be written.
const endsAfter = time.Second

func connectionLost(err error) *wire.Error {
	text := "the worker closed the connection"
	var problem *wire.ProtocolError
	if errors.As(err, &problem) {
		text = fmt.Sprintf("the worker broke the frame protocol: %s", problem.Problem)
	} else if state, ok := status.FromError(err); ok {
		text = fmt.Sprintf("the stream ended: %s: %s", state.Code(), state.Message())
	}
	failure := wire.Fail(wire.ReasonWorkerDied, text)
	failure.Cause = err
	return failure
}
