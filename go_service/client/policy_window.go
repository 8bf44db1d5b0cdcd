package client

import (
	"sync"
	"sync/atomic"
	"time"
)

// A window slides in slots of a twentieth. At each slot's end the eighteen before it are judged: what began inside a slot
// fills eighteen whole ones before 0.95 of a window has passed, so that it is seen within one window.
const (
	windowSlots = 20
	judgedSlots = windowSlots - 2
)

// window counts the calls by a route. Calls add without a lock; who finds a slot to be over takes one to turn it.
type window struct {
	bounds  Rollback
	slotNs  uint64
	current atomic.Uint64 // number of the slot since the clock's zero
	turning sync.Mutex
	ring    [windowSlots]tally
}

// tally is what calls came to: begun and fast of those that began in the slot, the others of those that ended in it. So a
// call that hangs is slow before it ends, and an error counts however late it comes.
type tally struct {
	begun, fast          atomic.Uint64
	ended, errors        atomic.Uint64
	compared, mismatches atomic.Uint64
}

func newWindow(bounds Rollback, nowNs uint64) *window {
	w := &window{bounds: bounds, slotNs: uint64(bounds.Window) / windowSlots}
	w.current.Store(nowNs / w.slotNs)
	return w
}

// timed says that the calls' time is bounded, so that a clock must be read.
func (w *window) timed() bool { return w.bounds.P99 > 0 }

// turn starts a new slot when its time has come, and judges what lies before it.
func (w *window) turn(nowNs uint64) (excess, bool) {
	number := nowNs / w.slotNs
	if number <= w.current.Load() {
		return excess{}, false
	}
	w.turning.Lock()
	defer w.turning.Unlock()
	current := w.current.Load()
	if number <= current {
		return excess{}, false
	}
	found, over := w.judge(current, nowNs)
	for cleared := current + 1; cleared <= min(number, current+windowSlots); cleared++ {
		w.slot(cleared).clear()
	}
	w.current.Store(number)
	return found, over
}

func (w *window) slot(number uint64) *tally { return &w.ring[number%windowSlots] }

// start is where and when a call began.
type start struct{ slot, atNs uint64 }

// begin counts a call by the route that begins.
func (w *window) begin(nowNs uint64) start {
	now := start{w.current.Load(), nowNs}
	w.slot(now.slot).begun.Add(1)
	return now
}

// end counts one that has ended.
func (w *window) end(of start, nowNs uint64, failed bool) {
	current := w.current.Load()
	now := w.slot(current)
	now.ended.Add(1)
	if failed {
		now.errors.Add(1)
	}
	if w.timed() && nowNs-of.atNs <= uint64(w.bounds.P99) && current < of.slot+windowSlots {
		w.slot(of.slot).fast.Add(1)
	}
}

// forget takes a call back that tells nothing of the route: one that ended before it was slow.
func (w *window) forget(of start, nowNs uint64) {
	slow := w.timed() && nowNs-of.atNs > uint64(w.bounds.P99)
	if !slow && w.current.Load() < of.slot+windowSlots {
		w.slot(of.slot).begun.Add(^uint64(0))
	}
}

// comparison counts one shadow call whose answer was compared.
func (w *window) comparison(same bool) {
	now := w.slot(w.current.Load())
	now.compared.Add(1)
	if !same {
		now.mismatches.Add(1)
	}
}

// excess is a bound that was passed.
type excess struct {
	measure      Measure
	count, calls uint64
	bound        float64
}

// judge looks at the slots that end with last. Of their calls those count for the p99 that had the time to be slow.
func (w *window) judge(last, nowNs uint64) (excess, bool) {
	errors := excess{measure: MeasureErrorRate, bound: w.bounds.ErrorRate}
	differ := excess{measure: MeasureMismatchRate, bound: w.bounds.MismatchRate}
	slow := excess{measure: MeasureP99}
	if w.timed() {
		slow.bound = slowShare
	}
	for number := last + 1 - min(judgedSlots, last+1); number <= last; number++ {
		slot := w.slot(number)
		errors.add(slot.errors.Load(), slot.ended.Load())
		differ.add(slot.mismatches.Load(), slot.compared.Load())
		if (number+1)*w.slotNs+uint64(w.bounds.P99) <= nowNs {
			fast := slot.fast.Load() // before begun, which is never less
			begun := slot.begun.Load()
			slow.add(begun-min(fast, begun), begun)
		}
	}
	for _, measured := range []excess{errors, differ, slow} {
		if measured.bound > 0 && measured.calls >= uint64(w.bounds.MinCalls) && exceeds(measured.count, measured.calls, measured.bound) {
			return measured, true
		}
	}
	return excess{}, false
}

func (e *excess) add(count, calls uint64) {
	e.count += count
	e.calls += calls
}

// untilTurn is the time that is left of the current slot.
func (w *window) untilTurn(nowNs uint64) time.Duration {
	return time.Duration(w.slotNs - nowNs%w.slotNs)
}

func (t *tally) clear() {
	for _, count := range []*atomic.Uint64{&t.begun, &t.fast, &t.ended, &t.errors, &t.compared, &t.mismatches} {
		count.Store(0)
	}
}
