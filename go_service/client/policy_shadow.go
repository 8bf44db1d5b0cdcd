package client

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

const (
	// defaultShadows is how many shadow calls run at once.
	defaultShadows = 64
	// shadowBytes is how many bytes of requests and answers they may hold together.
	shadowBytes = 64 << 20
	// shadowTimeout bounds each of them.
	shadowTimeout = 5 * time.Second
)

// shadows bounds the shadow calls of a client and ends them with it.
type shadows struct {
	bytes  atomic.Int64
	ctx    context.Context
	cancel context.CancelFunc
	places chan struct{}
	once   sync.Once
}

func newShadows(limit int) *shadows {
	if limit <= 0 {
		limit = defaultShadows
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &shadows{ctx: ctx, cancel: cancel, places: make(chan struct{}, limit)}
}

// enter takes a place, without waiting for one.
func (s *shadows) enter() bool {
	select {
	case s.places <- struct{}{}:
		return true
	default:
		return false
	}
}

func (s *shadows) leave() { <-s.places }

// hold takes memory, without waiting for some.
func (s *shadows) hold(bytes int) bool {
	if s.bytes.Add(int64(bytes)) <= shadowBytes {
		return true
	}
	s.release(bytes)
	return false
}

func (s *shadows) release(bytes int) { s.bytes.Add(-int64(bytes)) }

// end cancels what runs, waits for it, and lets nothing start any more.
func (s *shadows) end() {
	s.once.Do(func() {
		s.cancel()
		for range cap(s.places) {
			s.places <- struct{}{}
		}
	})
}

// shadow is a call that is made again by another route. It owns all its memory: the caller goes on with request and
// answer.
type shadow struct {
	request []byte // raw
	native  outcome
	now     *course
	trace   wire.TraceContext
}

// mirror starts a shadow of a call that native answered. It costs the caller the encoding of both messages.
func mirror[Q, R wire.Message](c *Client, k *Kernel[Q, R], g *governor, now *course, request Q, response R, err error, trace wire.TraceContext) {
	if !c.shadows.enter() {
		g.counters.dropped.Add(1)
		return
	}
	native, comparable := outcomeOf(response, err)
	if !comparable {
		c.shadows.leave()
		return
	}
	of := &shadow{request: request.AppendRaw(nil), native: native, now: now, trace: trace}
	if !c.shadows.hold(of.bytes()) {
		c.shadows.leave()
		g.counters.dropped.Add(1)
		return
	}
	g.counters.shadows.Add(1)
	go func() {
		defer c.shadows.leave()
		defer c.shadows.release(of.bytes())
		shadowed(c, k, g, of)
	}()
}

func (s *shadow) bytes() int { return len(s.request) + len(s.native.raw) }

// outcomeOf takes down what one side came to; a fault of its way is nothing to compare.
func outcomeOf(response wire.Message, err error) (outcome, bool) {
	if err == nil {
		return outcome{raw: response.AppendRaw(nil)}, true
	}
	var failure *wire.Error
	if errors.As(err, &failure) && failure.Reason == wire.ReasonInvalidInput {
		return outcome{reason: failure.Reason}, true
	}
	return outcome{}, false
}

// shadowed calls the route, compares and counts; no panic in it reaches the process.
func shadowed[Q, R wire.Message](c *Client, k *Kernel[Q, R], g *governor, of *shadow) {
	defer func() {
		if recover() != nil { // what was panicked with may hold bytes of the request
			g.counters.shadowFailed.Add(1)
			if g.panicked.CompareAndSwap(false, true) { // the first tells enough
				slog.Error("a shadow call panicked; further ones are only counted", "kernel", g.kernel, "route", of.now.route.String(), "stack", string(debug.Stack()))
			}
		}
	}()
	ctx, cancel := context.WithTimeout(c.shadows.ctx, shadowTimeout)
	defer cancel()
	request := k.NewRequest()
	if err := request.UnmarshalRaw(of.request); err != nil {
		panic(err)
	}
	begun := g.beginWatch(of.now)
	response, err := once(ctx, c, k, request, &callSettings{route: of.now.route})
	if c.shadows.ctx.Err() != nil { // the client is being closed
		return
	}
	other, comparable := outcomeOf(response, err)
	if of.now.window != nil {
		of.now.window.end(begun, g.timeOf(of.now.window), !comparable)
	}
	if !comparable {
		g.counters.shadowFailed.Add(1)
		return
	}
	g.compared(of, other, same(c, k, of.native, other))
}

// compared counts a comparison and keeps a sample of what differs.
func (g *governor) compared(of *shadow, other outcome, same bool) {
	if of.now.window != nil {
		of.now.window.comparison(same)
	}
	if !same {
		g.differed(of, other)
	}
	g.counters.compared.Add(1)
}

func (g *governor) differed(of *shadow, other outcome) {
	g.counters.mismatches.Add(1)
	sample := newMismatch(g.kernel, of.now.route, of.request, of.native, other)
	sample.TraceID = of.trace.TraceID()
	g.samples.add(sample)
}
