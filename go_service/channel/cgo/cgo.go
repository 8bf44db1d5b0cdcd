//go:build sidecar_cgo && cgo

package cgo

import (
	"context"
	"errors"
	"maps"
	"sync"
	"sync/atomic"

	"github.com/sidecar-ipc/gateway/go_service/channel"
	"github.com/sidecar-ipc/gateway/go_service/clock"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

func init() { channel.Register(wire.ChannelCgo, open) }

// inproc calls the linked library. Each call crosses once.
type inproc struct {
	options channel.Options
	limiter *channel.Limiter

	mu      sync.Mutex // for adding a kernel
	kernels atomic.Pointer[map[string]*target]
	closed  atomic.Bool
}

// target is a kernel of the library.
type target struct {
	number    uint32
	lastReply atomic.Int64 // bytes, a guess at the next one's size
}

// open checks the contract before any call.
func open(options channel.Options) (channel.Channel, error) {
	if contract := abiVersion(); !wire.ContractAgrees(contract) {
		return nil, wire.ContractMismatch("the linked library", contract)
	}
	p := &inproc{options: options, limiter: channel.NewLimiter(options.Running, options.Waiting)}
	p.kernels.Store(&map[string]*target{})
	return p, nil
}

// Load says how many calls run in the library and how many wait for their turn.
func (p *inproc) Load() (running, waiting int) { return p.limiter.Load() }

// State is Load with the limiter's bounds.
func (p *inproc) State() channel.LimiterState { return p.limiter.State() }

// Call implements channel.Channel. It returns when the kernel does: a kernel that never polls outlives its deadline.
func (p *inproc) Call(ctx context.Context, call *channel.Call, reply *channel.Reply) error {
	t, err := p.check(ctx, call)
	if err != nil {
		return err
	}
	if err := p.limiter.Acquire(ctx); err != nil {
		return err
	}
	defer p.limiter.Release()
	a := arguments{
		kernel: t.number, codec: call.Codec, request: call.Payload, reply: t.space(reply),
		maxReply: p.options.MaxMessageBytes, stamps: call.Stamps,
	}
	if deadline, ok := ctx.Deadline(); ok {
		a.deadlineNs = clock.AtNs(deadline)
	}
	if ctx.Done() != nil && !call.Cheap {
		flag, disarm := arm(ctx)
		defer disarm()
		a.cancel = flag
	}
	return p.cross(ctx, t, &a, reply)
}

// check refuses what needs no crossing.
func (p *inproc) check(ctx context.Context, call *channel.Call) (*target, error) {
	if err := ctx.Err(); err != nil {
		return nil, channel.NotExecuted(channel.ContextError(err))
	}
	if n, limit := len(call.Payload), p.options.MaxMessageBytes; n > limit {
		return nil, wire.Failf(wire.ReasonRequestTooLarge, "%d bytes, at most %d are allowed", n, limit)
	}
	if p.closed.Load() {
		return nil, wire.Fail(wire.ReasonNoWorker, "the client was closed")
	}
	return p.target(call.Kernel)
}

// target looks a kernel up; the library is asked once.
func (p *inproc) target(name string) (*target, error) {
	if t, ok := (*p.kernels.Load())[name]; ok {
		return t, nil
	}
	number, ok := findKernel(name)
	if !ok {
		return nil, wire.Failf(wire.ReasonUnknownKernel, "%q", name)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	known := maps.Clone(*p.kernels.Load())
	if known[name] == nil {
		known[name] = &target{number: number}
	}
	p.kernels.Store(&known)
	return known[name], nil
}

// space gives the caller's buffer, or a fresh one for a reply like the last.
func (t *target) space(reply *channel.Reply) []byte {
	if cap(reply.Buffer) > 0 {
		return reply.Buffer
	}
	return make([]byte, 0, t.lastReply.Load())
}

// arm makes a flag that turns when the caller gives up. A deadline is left to the kernel, which has it as a number: a flag
// would make it look like a cancel.
func arm(ctx context.Context) (flag *uint32, disarm func() bool) {
	flag = new(uint32)
	return flag, context.AfterFunc(ctx, func() {
		if errors.Is(ctx.Err(), context.Canceled) {
			atomic.StoreUint32(flag, 1)
		}
	})
}

// cross makes the call and takes the answer.
func (p *inproc) cross(ctx context.Context, t *target, a *arguments, reply *channel.Reply) error {
	var r receipt
	invoke(a, &r)
	if a.stamps {
		reply.InHandNs = clock.NowNs()
	}
	reply.Receipt = toReceipt(&r)
	if err := reply.Receipt.Err(); err != nil {
		return withCause(ctx, err)
	}
	n := int(r.reply_len)
	if int64(n) != t.lastReply.Load() {
		t.lastReply.Store(int64(n))
	}
	if r.token == 0 {
		reply.Payload = a.reply[:n]
		return nil
	}
	return p.fetch(uint64(r.token), n, reply)
}

// fetch takes a reply that did not fit; the kernel does not run again.
func (p *inproc) fetch(token uint64, n int, reply *channel.Reply) error {
	if n > p.options.MaxMessageBytes {
		drop(token)
		return wire.Failf(wire.ReasonReplyTooLarge, "%d bytes, at most %d are allowed", n, p.options.MaxMessageBytes)
	}
	reply.Payload = make([]byte, n)
	if !take(token, reply.Payload) {
		return wire.Fail(wire.ReasonInternalError, "the library lost a reply that did not fit at first")
	}
	return nil
}

// withCause lets errors.Is find the context's error too.
func withCause(ctx context.Context, err error) error {
	failure := err.(*wire.Error)
	if failure.Reason == wire.ReasonDeadline {
		failure.Cause = context.DeadlineExceeded
	} else if failure.Reason == wire.ReasonCallerCancelled {
		failure.Cause = ctx.Err()
	}
	return failure
}

// Close implements channel.Channel; calls that run are not cut.
func (p *inproc) Close() error {
	p.closed.Store(true)
	return nil
}
