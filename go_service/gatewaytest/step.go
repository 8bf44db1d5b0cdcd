package gatewaytest

import (
	"context"
	"errors"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/channel"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Step is what happens to one call before its answer: first the delay, then the panic or the error. The zero value
// changes nothing.
type Step struct {
	// Delay is waited, or until the call's context ends.
	Delay time.Duration
	// Panic panics in the kernel.
	Panic bool
	// Failure is given back instead of an answer: wire.Fail(wire.ReasonQueueFull, "").
	Failure *wire.Error
}

// Delay is a step that waits and then answers.
func Delay(delay time.Duration) Step { return Step{Delay: delay} }

// Panic is a step at which the kernel panics.
func Panic() Step { return Step{Panic: true} }

// Fail is a step that fails as the contract has it for the reason.
func Fail(reason wire.Reason) Step { return Step{Failure: wire.Fail(reason, "scripted by the test")} }

// Next scripts the coming calls of a kernel, a step each; later ones are answered as before. A kernel that is not hosted
// fails all the same.
func (f *Fake) Next(kernel string, steps ...Step) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.scripts[kernel] = append(f.scripts[kernel], steps...)
}

// Always puts a step before every call of a kernel that no Next scripts, until it is called again; with an empty kernel
// before every kernel's.
func (f *Fake) Always(kernel string, step Step) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.standing[kernel] = step
}

// next takes the step of one call.
func (f *Fake) next(kernel string) Step {
	f.mu.Lock()
	defer f.mu.Unlock()
	if script := f.scripts[kernel]; len(script) > 0 {
		f.scripts[kernel] = script[1:]
		return script[0]
	}
	if step, ok := f.standing[kernel]; ok {
		return step
	}
	return f.standing[""]
}

// take does what the step says.
func (s Step) take(ctx context.Context) *wire.Error {
	if s.Delay > 0 {
		timer := time.NewTimer(s.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return channel.ContextError(ctx.Err())
		}
	}
	if s.Panic {
		panic("scripted by the test")
	}
	if s.Failure != nil {
		failure := *s.Failure // the client writes kernel and route into it
		return &failure
	}
	return nil
}

// failureOf reads an answer's error as a host reads a kernel's.
func failureOf(err error) *wire.Error {
	var failure *wire.Error
	switch {
	case errors.As(err, &failure):
		copied := *failure
		return &copied
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return channel.ContextError(err)
	default:
		return wire.Fail(wire.ReasonInvalidInput, err.Error())
	}
}
