package channel

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/clock"
	wirev1 "github.com/sidecar-ipc/gateway/go_service/gen/wire/v1"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

const (
	// readBytes holds the largest head and header, 65,551 bytes, and many small frames.
	readBytes = 128 << 10
	// directBytes of a payload still to come are read straight into the reply.
	directBytes = 16 << 10
	// headBytes are read behind a large payload: the next frame's head, and little that would have to be copied.
	headBytes = 4 << 10
	// controlFrameBytes bounds frames that are no reply, as the length field counts: the longest header, a ping's payload.
	controlFrameBytes = wire.FrameHeadBytes + 1<<16
)

// incoming is what was read and not yet dealt out. It belongs to the one that reads.
type incoming struct {
	buffer     []byte
	start, end int
	own        *pending // the reader's own call
	ownDone    bool

	// The reply whose payload comes next.
	current *pending
	left    int // bytes of its frame
	more    bool
	large   bool // the last frame did not fit into the buffer, so the next one may not

	message wirev1.Receipt // scratch
}

// background reads when callers leave calls behind, and watches the idle transport.
func (c *connection) background() {
	idle := time.NewTicker(idleAfter)
	defer idle.Stop()
	var seen uint64
	for {
		select {
		case <-c.closed:
			c.reading.Lock()
			c.bury()
			c.reading.Unlock()
			return
		case <-c.wake:
			c.readWhileBusy()
		case <-idle.C:
			if now := c.reads.Load(); now != seen {
				seen = now
				continue
			}
			c.watch()
		}
	}
}

func (c *connection) wakeReader() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// readWhileBusy reads until nothing is in flight, unless somebody else reads.
func (c *connection) readWhileBusy() {
	for c.expecting() && c.reading.TryLock() {
		for c.expecting() && c.readOnce(context.Background()) {
		}
		c.reading.Unlock()
		if c.isClosed() {
			return
		}
	}
}

// expecting says that something must come: replies, or the end.
func (c *connection) expecting() bool { return c.busy.Load() > 0 || c.unwritable.Load() }

// watch reads once, however long it takes for something to come.
func (c *connection) watch() {
	if !c.reading.TryLock() {
		return
	}
	c.readOnce(context.Background())
	c.reading.Unlock()
	c.readWhileBusy()
}

func (c *connection) isClosed() bool {
	select {
	case <-c.closed:
		return true
	default:
		return false
	}
}

// readOwn reads until p is done; false when the context or the connection ended first, or when p was done before.
func (c *connection) readOwn(ctx context.Context, p *pending) bool {
	if len(p.done) > 0 {
		return false
	}
	if ctx.Done() != nil {
		stop := context.AfterFunc(ctx, c.kick)
		defer stop()
	}
	c.in.own, c.in.ownDone = p, false
	c.reads.Add(1)
	for !c.in.ownDone && c.readOnce(ctx) {
	}
	c.in.own = nil
	return c.in.ownDone
}

// readOnce takes what the transport has and deals it out; false when the context or the connection ended.
func (c *connection) readOnce(ctx context.Context) bool {
	err := c.fill()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.transport.readBy(time.Time{})
		return ctx.Err() == nil
	}
	if err == nil {
		err = c.parse()
	}
	if err != nil {
		c.end(connectionLost(err))
		return false
	}
	return true
}

// fill makes one read: straight into a large payload, or into the buffer.
func (c *connection) fill() error {
	in := &c.in
	if in.left >= directBytes {
		if room := in.current.room(in.left); room != nil {
			return c.fillDirect(room)
		}
	}
	if in.start > 0 {
		in.end = copy(in.buffer, in.buffer[in.start:in.end])
		in.start = 0
	}
	most := len(in.buffer)
	if in.large {
		most = max(in.end+wire.FrameHeadBytes, headBytes)
	}
	n, err := c.transport.read(in.buffer[in.end:min(most, len(in.buffer))], nil)
	in.end += n
	return err
}

// fillDirect finds the buffer empty: what was there of the payload has been taken.
func (c *connection) fillDirect(room []byte) error {
	in := &c.in
	n, err := c.transport.read(room, in.buffer[:headBytes])
	direct := min(n, len(room))
	in.current.got += direct
	in.left -= direct
	in.start, in.end = 0, n-direct
	return err
}

// parse deals out every whole frame, and what is there of a payload.
func (c *connection) parse() error {
	in := &c.in
	for {
		if in.current != nil {
			in.takePiece()
			if in.left > 0 {
				return nil
			}
			c.frameEnd()
		}
		whole, err := c.nextFrame()
		if err != nil || !whole {
			return err
		}
	}
}

// takePiece moves what is there of the payload.
func (in *incoming) takePiece() {
	n := min(in.left, in.end-in.start)
	in.current.take(in.buffer[in.start : in.start+n])
	in.start += n
	in.left -= n
}

// frameEnd is reached when a reply's frame is in hand.
func (c *connection) frameEnd() {
	p := c.in.current
	c.in.current = nil
	if c.in.more {
		return
	}
	var now uint64
	if p.stamps {
		now = clock.NowNs()
	}
	p.end(now)
	c.finish(p)
}

// finish takes a call out of the table and tells its caller.
func (c *connection) finish(p *pending) {
	c.mu.Lock()
	c.calls.remove(p)
	c.released()
	abandoned, last := p.abandoned, c.goaway != nil && c.calls.size == 0
	c.mu.Unlock()
	switch {
	case p == c.in.own:
		c.in.ownDone = true
	case !abandoned:
		p.done <- struct{}{}
	}
	if last {
		c.end(wire.Fail(wire.ReasonDraining, "the connection was drained"))
	}
}

// nextFrame starts the next frame; false when the buffer has only a part of its head and header, or nothing.
func (c *connection) nextFrame() (bool, error) {
	in := &c.in
	b := in.buffer[in.start:in.end]
	if len(b) < wire.FrameHeadBytes {
		return false, nil
	}
	head, err := wire.ParseFrameHead(b, wire.MaxFrameBytes)
	if err == nil {
		err = head.Check(wire.SideWorker)
	}
	if err != nil {
		return false, err
	}
	if head.Type != wire.FrameReply {
		return c.control(b)
	}
	size := wire.FrameHeadBytes + head.HeaderBytes
	if len(b) < size {
		return false, nil
	}
	in.start += size
	return true, c.beginReply(&head, b[wire.FrameHeadBytes:size])
}

// beginReply finds the call of a reply's frame and, in the first one, reads the receipt.
func (c *connection) beginReply(head *wire.FrameHead, header []byte) error {
	p, first := c.replied(head.CallID)
	in := &c.in
	switch {
	case p == nil:
		return &wire.ProtocolError{Problem: "a reply to no call in flight"}
	case first != (len(header) > 0):
		return &wire.ProtocolError{Problem: "the receipt is not in the first frame of its reply alone"}
	case first:
		if err := in.message.UnmarshalMsgpack(header); err != nil {
			return &wire.ProtocolError{Problem: err.Error()}
		}
		p.receipt.Take(&in.message)
		p.begin(c.limits.message)
	}
	in.current, in.left, in.more = p, head.PayloadBytes, head.More()
	in.large = in.more || head.PayloadBytes >= readBytes
	return nil
}

// replied finds the call of a reply and says whether this is its first frame.
func (c *connection) replied(id uint64) (p *pending, first bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p = c.calls.get(id); p == nil {
		return nil, false
	}
	first, p.started = !p.started, true
	return p, first
}

// control handles a frame that is no reply.
func (c *connection) control(b []byte) (bool, error) {
	frame, size, err := wire.ParseFrame(b, controlFrameBytes)
	if err != nil || size == 0 {
		return false, err
	}
	c.in.start += size
	switch frame.Type {
	case wire.FramePing:
		c.pong(&frame)
		return true, nil
	case wire.FramePong:
		return true, nil
	case wire.FrameGoaway:
		return true, c.goneAway(&frame)
	default:
		return false, &wire.ProtocolError{Problem: "a second " + frame.Type.String()}
	}
}

func (c *connection) pong(ping *wire.Frame) {
	c.mu.Lock()
	c.queue.frame(wire.FramePong, 0, ping.CallID, nil, ping.Payload)
	write := c.claimWriter()
	c.mu.Unlock()
	if write {
		c.flush(false)
	}
}

// goneAway takes no further call and fails those that the worker did not take.
func (c *connection) goneAway(frame *wire.Frame) error {
	var message wirev1.Goaway
	if err := message.UnmarshalMsgpack(frame.Header); err != nil {
		return &wire.ProtocolError{Problem: err.Error()}
	}
	why := goawayError(wire.Reason(message.Reason))
	c.mu.Lock()
	c.goaway = why
	c.freeWaiters()
	refused := c.takeRefused(message.LastCallId)
	last := c.calls.size == 0
	c.mu.Unlock()
	for _, p := range refused {
		c.refuse(p, why)
	}
	if last {
		c.end(why)
	}
	return nil
}

func goawayError(reason wire.Reason) *wire.Error {
	if reason == wire.ReasonContractMismatch {
		return wire.Fail(reason, "the worker said so")
	}
	return wire.Fail(wire.ReasonDraining, "the worker said goaway")
}

// takeRefused needs the lock.
func (c *connection) takeRefused(lastTaken uint64) (refused []*pending) {
	refused = c.calls.above(lastTaken)
	for _, p := range refused {
		c.calls.remove(p)
	}
	c.busy.Store(int64(c.calls.size))
	return refused
}

func (c *connection) refuse(p *pending, why *wire.Error) {
	failure := *why
	p.err = &failure
	switch {
	case p == c.in.own:
		c.in.ownDone = true
	case !p.abandoned:
		p.done <- struct{}{}
	}
}
