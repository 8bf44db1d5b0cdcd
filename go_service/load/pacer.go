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

// timetable says when calls are due.
type timetable interface {
	// has says whether there is a call number n.
	has(n uint64) bool
	// dueNs is when call number n is due, never before the one before it.
	dueNs(n uint64) int64
	// endsNs is when nothing more is begun, however much is due; 0: never.
	endsNs() int64
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

// endsNs implements timetable.
func (s schedule) endsNs() int64 {
	if s.durationNs == 0 {
		return 0
	}
	return s.startNs + overrunFactor*s.durationNs
}

// overrunFactor bounds a block that can't keep up: it ends after so many times its duration, and what was due until
// then and not begun is missing from the count of calls.
const overrunFactor = 2

// pace hands the intended starts out in order, each not before it is due, to whoever receives; then it closes due.
// When all callers are busy it waits for one: the intended start stays, so that the delay is in that call's time
// (no coordinated omission), and the receivers are the bound on calls in flight.
func pace(ctx context.Context, alarm timer, table timetable, due chan<- int64) {
	defer close(due)
	for n := uint64(0); table.has(n); n++ {
		instant := table.dueNs(n)
		now := alarm.now()
		if end := table.endsNs(); end > 0 && now > end {
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
