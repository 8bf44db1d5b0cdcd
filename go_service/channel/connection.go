package channel

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	wirev1 "github.com/sidecar-ipc/gateway/go_service/gen/wire/v1"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// connection is one transport that carries any number of calls at once; protos/FRAME.md.
//
// Nobody waits for a goroutine where none is needed. A caller appends its frame to a shared batch; the first one to come
// writes the batch out, the others' frames with its own. A caller that finds nobody reading reads its own reply, and deals
// out those of others; the background goroutine takes over when calls are left.
type connection struct {
	transport transport
	limits    limits

	mu        sync.Mutex
	calls     callTable // also those given up, until their reply came
	lastID    uint64
	queue     batch
	transfers []*transfer
	writing   bool
	round     uint64 // of the queue
	started   uint64 // the last round of which the transport may have taken a byte
	waiters   []chan struct{}
	goaway    *wire.Error // why no new call is taken
	ended     *wire.Error // why the transport is closed
	header    wirev1.CallHeader
	headers   []byte // scratch for encoded headers

	// Of the one that writes.
	out        batch
	unwritable atomic.Bool // for ever: a write failed

	reading sync.Mutex // held by the one that reads
	in      incoming
	reads   atomic.Uint64 // changes with every read by a caller
	busy    atomic.Int64  // calls.size
	wake    chan struct{} // asks the background goroutine to read
	closed  chan struct{} // closed with the transport
	buried  chan struct{} // closed when every call has been told
	kick    func()        // ends a blocked read; nil where the transport would end with it
}

// limits of both sides.
type limits struct {
	message     int // ours, bytes of payload
	peerMessage uint64
	peerFrame   int // as the length field counts
	window      int
}

// idleAfter is how long nothing is read before the background goroutine watches the transport for goaway, ping and end.
const idleAfter = 100 * time.Millisecond

// newConnection takes over a transport on which nothing was said yet.
func newConnection(transport transport, maxMessageBytes int) *connection {
	c := &connection{
		transport: transport, limits: limits{message: maxMessageBytes}, round: 1,
		wake: make(chan struct{}, 1), closed: make(chan struct{}), buried: make(chan struct{}),
	}
	if transport.interruptible() {
		c.kick = func() { transport.readBy(longAgo) }
	}
	c.in.buffer = make([]byte, readBytes)
	return c
}

// call makes one call. An error of ReasonNoWorker or ReasonDraining means that nothing was executed.
func (c *connection) call(ctx context.Context, call *Call, reply *Reply) error {
	p := takePending(call, reply)
	if err := c.send(ctx, call, p); err != nil {
		p.recycle()
		return err
	}
	if err := c.await(ctx, p, call, reply); err != nil {
		return err
	}
	err := p.deliver(call, reply)
	p.recycle()
	return err
}

// await returns nil when p is done, else the context's error.
func (c *connection) await(ctx context.Context, p *pending, call *Call, reply *Reply) error {
	if !c.mayRead(ctx) {
		c.wakeReader()
	} else if c.reading.TryLock() {
		done := c.readOwn(ctx, p)
		c.reading.Unlock()
		if c.busy.Load() > 0 {
			c.wakeReader()
		}
		if done {
			return nil
		}
	}
	if ctx.Done() == nil {
		<-p.done
		return nil
	}
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
		return c.giveUp(ctx, p, call, reply)
	}
}

// mayRead says that a caller which reads can still keep its deadline.
func (c *connection) mayRead(ctx context.Context) bool { return c.kick != nil || ctx.Done() == nil }

// giveUp leaves a call to the connection and tells the worker, unless the reply came first.
func (c *connection) giveUp(ctx context.Context, p *pending, call *Call, reply *Reply) error {
	c.mu.Lock()
	if c.calls.get(p.id) != p || c.ended != nil {
		c.mu.Unlock()
		<-p.done
		return nil
	}
	p.abandoned = true
	call.Retained, reply.Retained = p.transfer.unsent(), p.started
	c.queue.frame(wire.FrameCancel, 0, p.id, nil, nil)
	write := c.claimWriter()
	c.mu.Unlock()
	if write {
		c.flush(false)
	}
	return ContextError(ctx.Err())
}

// close ends the connection and waits until every call has been told.
func (c *connection) close() {
	c.end(wire.Fail(wire.ReasonWorkerDied, "the client was closed"))
	<-c.buried
}

// usable says nil when a new call may be tried here.
func (c *connection) usable() *wire.Error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refusal()
}

// refusal needs the lock.
func (c *connection) refusal() *wire.Error {
	switch {
	case c.goaway != nil:
		return wire.Fail(c.goaway.Reason, c.goaway.Message)
	case c.ended != nil || c.unwritable.Load():
		return wire.Fail(wire.ReasonNoWorker, "the connection ended")
	default:
		return nil
	}
}

// end closes the transport; the background goroutine then tells the calls in flight. The first reason counts.
func (c *connection) end(why *wire.Error) {
	c.mu.Lock()
	first, quiet := c.ended == nil, false
	if first {
		c.ended = why
		quiet = c.claimWriter()
		c.freeWaiters()
	}
	c.mu.Unlock()
	if first {
		c.transport.close(quiet)
		close(c.closed)
	}
}

// bury tells every call in flight that the connection ended. It needs the reader's place, so that nobody writes into a call.
func (c *connection) bury() {
	c.mu.Lock()
	why, started, lost := c.ended, c.started, c.calls.above(0)
	c.calls = callTable{}
	c.busy.Store(0)
	for _, p := range lost {
		p.err = lostCall(why, p.round <= started)
	}
	c.mu.Unlock()
	for _, p := range lost {
		if !p.abandoned {
			p.done <- struct{}{}
		}
	}
	close(c.buried)
}

// lostCall is the error of a call that was in flight when the connection ended.
func lostCall(why *wire.Error, sent bool) *wire.Error {
	if !sent {
		return wire.Fail(wire.ReasonNoWorker, "the connection ended before the call was sent")
	}
	failure := *why
	return &failure
}

// released is called with the lock when a call has left the table.
func (c *connection) released() {
	c.busy.Store(int64(c.calls.size))
	if len(c.waiters) > 0 {
		close(c.waiters[0])
		c.waiters = c.waiters[1:]
	}
}

func (c *connection) freeWaiters() {
	for _, waiter := range c.waiters {
		close(waiter)
	}
	c.waiters = nil
}
