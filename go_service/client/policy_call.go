package client

import (
	"context"
	"errors"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// ruled makes a call as its kernel's policy decides.
func ruled[Q, R wire.Message](ctx context.Context, c *Client, k *Kernel[Q, R], request Q, s *callSettings, g *governor) (R, error) {
	if c.deadline > 0 && !hasDeadline(ctx) { // one for the call and its fallback
		bounded, cancel := context.WithTimeout(ctx, c.deadline)
		defer cancel()
		ctx = bounded
	}
	decided := g.rule(s.key)
	s.route = decided.takes
	if decided.moves {
		return moved(ctx, c, k, request, s, g, decided.course)
	}
	g.counters.native.Add(1)
	response, err := routed(ctx, c, k, request, s)
	if decided.shadow && k.Spec.Idempotent { // a shadow is a second call
		mirror(c, k, g, decided.course, request, response, err, s.trace)
	}
	return response, err
}

// moved takes the policy's route, and comes back where that may be.
func moved[Q, R wire.Message](ctx context.Context, c *Client, k *Kernel[Q, R], request Q, s *callSettings, g *governor, now *course) (R, error) {
	g.counters.moved.Add(1)
	begun := g.beginWatch(now)
	response, err := routed(ctx, c, k, request, s)
	g.endWatch(now, begun, err)
	if err == nil || !now.fallsBack(err, &k.Spec) || ctx.Err() != nil || k.Native == nil {
		return response, err
	}
	g.counters.fallbacks.Add(1)
	s.route = wire.Native
	return routed(ctx, c, k, request, s)
}

// beginWatch counts a call by the route where somebody watches; it reads a clock only where a time is bounded.
func (g *governor) beginWatch(now *course) start {
	if now.window == nil {
		return start{}
	}
	return now.window.begin(g.timeOf(now.window))
}

// endWatch counts its end.
func (g *governor) endWatch(now *course, begun start, err error) {
	failed := routesFault(err)
	if failed {
		g.counters.failed.Add(1)
	}
	switch {
	case now.window == nil:
	case err != nil && saysNothing(err):
		now.window.forget(begun, g.timeOf(now.window))
	default:
		now.window.end(begun, g.timeOf(now.window), failed)
	}
}

// saysNothing is of a call that its caller gave up, or that had no time left when it was made.
func saysNothing(err error) bool {
	var failure *wire.Error
	if !errors.As(err, &failure) {
		return false
	}
	return failure.Reason == wire.ReasonCallerCancelled || failure.Reason == wire.ReasonDeadline && failure.Executed == wire.ExecutedNo
}

func (g *governor) timeOf(w *window) uint64 {
	if !w.timed() {
		return 0
	}
	return g.nowNs()
}

// routesFault says that an error tells against the route: not the caller's own input, header or change of mind. A payload
// that does not decode counts, for the client encoded it.
func routesFault(err error) bool {
	if err == nil {
		return false
	}
	var failure *wire.Error
	if !errors.As(err, &failure) {
		return true
	}
	switch failure.Reason {
	case wire.ReasonInvalidInput, wire.ReasonMalformedHeader:
		return false
	default:
		return !saysNothing(err)
	}
}

// fallsBack says that native may answer instead: the fault is the route's, time is left, the call may be made again, and
// the contract or the policy allows it.
func (n *course) fallsBack(err error, spec *wire.KernelSpec) bool {
	if !routesFault(err) || errors.Is(err, wire.ErrDeadline) {
		return false
	}
	var failure *wire.Error
	if !errors.As(err, &failure) || failure.Executed != wire.ExecutedNo && !spec.Idempotent {
		return false
	}
	return n.policy.Fallback && spec.FallbackSafe || n.policy.Fail == FailOpen
}
