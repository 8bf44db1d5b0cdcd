package load

import (
	"context"
	"math"
)

// timer is the clock and the alarm of a pacer.
type timer interface {
	// now reads CLOCK_MONOTONIC in ns.
	now() int64
	// sleepUntil waits for an instant of that clock and never returns before it, but when the context ends.
	sleepUntil(ctx context.Context, instantNs int64)
}

// schedule is a constant rate: call number n is due at start + n/rate.
type schedule struct {
	startNs    int64
	ratePerS   float64
	durationNs int64  // no call is due after it
	maxCalls   uint64 // 0: no bound
}

// dueNs computes each instant from the start, so that rounding does not add up.
func (s schedule) dueNs(n uint64) int64 {
	return s.startNs + int64(math.Round(float64(n)*1e9/s.ratePerS))
}

// has says whether the schedule reaches call number n.
func (s schedule) has(n uint64) bool {
	return (s.maxCalls == 0 || n < s.maxCalls) && (s.durationNs == 0 || s.dueNs(n) < s.startNs+s.durationNs)
}

// overrunFactor bounds a block that can't keep up: it ends after so many times its duration, and what was due until
// then and not begun is missing from the count of calls.
const overrunFactor = 2

// pace hands the intended starts out in order, each not before it is due, to whoever receives; then it closes due.
// When all callers are busy it waits for one: the intended start stays, so that the delay is in that call's time
// (no coordinated omission), and the receivers are the bound on calls in flight.
func pace(ctx context.Context, alarm timer, s schedule, due chan<- int64) {
	defer close(due)
	for n := uint64(0); s.has(n); n++ {
		instant := s.dueNs(n)
		now := alarm.now()
		if s.durationNs > 0 && now-s.startNs > overrunFactor*s.durationNs {
			return
		}
		if now < instant {
			alarm.sleepUntil(ctx, instant)
		}
		select {
		case due <- instant:
		case <-ctx.Done():
			return
		}
	}
}
