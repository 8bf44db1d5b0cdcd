package client

import (
	"context"
	"errors"
	"runtime/debug"

	"github.com/sidecar-ipc/gateway/go_service/channel"
	"github.com/sidecar-ipc/gateway/go_service/clock"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Call calls a kernel. It takes the kernel's route, or what its policy decides, unless Via says otherwise. Every error is
// a *wire.Error: compare it with wire.ErrQueueFull and the like, or ask status.Code. request is not changed and not kept; the response is the
// caller's, except with WithBuffer.
func Call[Q, R wire.Message](ctx context.Context, c *Client, k *Kernel[Q, R], request Q, options ...CallOption) (R, error) {
	var s callSettings
	s.apply(options)
	if s.route == (wire.Route{}) {
		to := c.target(k.Spec.Name)
		if to.governor != nil {
			return ruled(ctx, c, k, request, &s, to.governor)
		}
		s.route = to.route
	}
	return routed(ctx, c, k, request, &s)
}

// routed is a call whose route is decided.
func routed[Q, R wire.Message](ctx context.Context, c *Client, k *Kernel[Q, R], request Q, s *callSettings) (R, error) {
	if c.plain(ctx, s) {
		return once(ctx, c, k, request, s)
	}
	return observed(ctx, c, k, request, s)
}

// plain says that a call needs nothing but to be made: no clock, no trace, no deadline of ours, no second try.
func (c *Client) plain(ctx context.Context, s *callSettings) bool {
	if s.observation != nil || c.tracer != nil || c.retries > 0 {
		return false
	}
	return c.deadline == 0 || hasDeadline(ctx)
}

func hasDeadline(ctx context.Context) bool {
	_, ok := ctx.Deadline()
	return ok
}

// observed is a call with all that can surround it.
func observed[Q, R wire.Message](ctx context.Context, c *Client, k *Kernel[Q, R], request Q, s *callSettings) (R, error) {
	if c.deadline > 0 && !hasDeadline(ctx) {
		bounded, cancel := context.WithTimeout(ctx, c.deadline)
		defer cancel()
		ctx = bounded
	}
	c.startTrace(ctx, s)
	s.begin()
	response, err := retrying(ctx, c, k, request, s)
	s.end()
	c.finishTrace(ctx, &k.Spec, s, err)
	return response, err
}

// begin and end read the end to end clock pair.
func (s *callSettings) begin() {
	if s.observation == nil {
		return
	}
	*s.observation = Observation{Route: s.route, Trace: s.trace}
	if s.stamps {
		s.observation.StartNs = clock.NowNs()
	}
}

func (s *callSettings) end() {
	if s.stamps {
		s.observation.EndNs = clock.NowNs()
	}
}

// stamp reads the clock into one place of the stamps.
func (s *callSettings) stamp(index int) {
	if s.stamps {
		s.observation.Stamps[index] = clock.NowNs()
	}
}

func (c *Client) startTrace(ctx context.Context, s *callSettings) {
	if c.tracer == nil || s.traceGiven {
		return
	}
	s.trace, s.tracestate = c.tracer.Start(ctx)
	if !s.trace.Sampled() {
		return
	}
	if s.observation == nil {
		s.observation = new(Observation)
	}
	s.stamps = true
}

func (c *Client) finishTrace(ctx context.Context, spec *wire.KernelSpec, s *callSettings, err error) {
	if c.tracer == nil || !s.trace.Sampled() || !s.stamps {
		return
	}
	finished := Finished{Kernel: *spec, Observation: s.observation}
	errors.As(err, &finished.Err)
	c.tracer.Finish(ctx, &finished)
}

// once makes one try.
func once[Q, R wire.Message](ctx context.Context, c *Client, k *Kernel[Q, R], request Q, s *callSettings) (response R, err error) {
	s.stamp(wire.T1)
	if s.route.IsNative() {
		response, err = native(ctx, k, request, s)
	} else {
		response, err = remote(ctx, c, k, request, s)
	}
	s.stamp(wire.T10)
	if err != nil {
		var none R
		return none, named(err, k.Spec.Name, s.route)
	}
	return response, nil
}

// native calls the Go twin: no codec, no copy.
func native[Q, R wire.Message](ctx context.Context, k *Kernel[Q, R], request Q, s *callSettings) (R, error) {
	var none R
	if !k.HasTwin(s.route) {
		return none, missingTwin(k.Spec.Name, s.route)
	}
	if err := ctx.Err(); err != nil {
		return none, channel.NotExecuted(channel.ContextError(err))
	}
	s.stamp(wire.T6)
	response, err := guarded(ctx, k, request, s)
	s.stamp(wire.T7)
	return response, err
}

// guarded turns a panic of the twin and its plain errors into the contract's.
func guarded[Q, R wire.Message](ctx context.Context, k *Kernel[Q, R], request Q, s *callSettings) (response R, err error) {
	defer func() {
		if recovered := recover(); recovered != nil {
			err = panicked(debug.Stack())
		}
	}()
	response, err = k.compute(ctx, request, s)
	if err != nil {
		err = twinError(err)
	}
	return response, err
}

func twinError(err error) error {
	var failure *wire.Error
	switch {
	case errors.As(err, &failure):
		return failure
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return channel.ContextError(err)
	default:
		return wire.Fail(wire.ReasonInvalidInput, err.Error())
	}
}

// panicked keeps the stack as the cause. What was panicked with may hold bytes of the request, so it is not told.
func panicked(stack []byte) *wire.Error {
	failure := wire.Fail(wire.ReasonKernelPanicked, "the Go twin panicked; the error's cause has the stack")
	failure.Cause = stackError(stack)
	return failure
}

// stackError is the stack of a panic.
type stackError string

func (e stackError) Error() string { return string(e) }

// named says in the error which call failed.
func named(err error, kernel string, route wire.Route) error {
	var failure *wire.Error
	if !errors.As(err, &failure) {
		failure = wire.Fail(wire.ReasonInternalError, err.Error())
		failure.Cause = err
	}
	failure.Kernel, failure.Route = kernel, route.String()
	return failure
}
