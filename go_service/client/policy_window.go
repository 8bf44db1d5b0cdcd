package client

import (
	"sync"
	"sync/atomic"
	"time"
)

// A window slides in slots of a tenth. Decisions are made at each slot's end over the nine slots before it: what began
// inside a slot fills nine whole ones before a window has passed, so that it is seen within one window.
const (
	windowSlots = 10
	judgedSlots = windowSlots - 1
)

// window counts the calls by a route. Calls add without a lock; the first call of a slot takes one to turn it.
type window struct {
	bounds  Rollback
	slotNs  uint64
	current atomic.Uint64 // number of the slot since the clock's zero
	turning sync.Mutex
	ring    [windowSlots]tally
}

// tally is what calls came to.
type tally struct {
	calls, errors, slow  atomic.Uint64
	compared, mismatches atomic.Uint64
}

func newWindow(bounds Rollback, nowNs uint64) *window {
	w := &window{bounds: bounds, slotNs: uint64(bounds.Window) / windowSlots}
	w.current.Store(nowNs / w.slotNs)
	return w
}

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
	found, over := w.judge(current)
	for cleared := current + 1; cleared <= min(number, current+windowSlots); cleared++ {
		w.slot(cleared).clear()
	}
	w.current.Store(number)
	return found, over
}

func (w *window) slot(number uint64) *tally { return &w.ring[number%windowSlots] }

// call counts one call by the route.
func (w *window) call(took time.Duration, failed bool) {
	now := w.slot(w.current.Load())
	now.calls.Add(1)
	if failed {
		now.errors.Add(1)
	}
	if w.bounds.P99 > 0 && took > w.bounds.P99 {
		now.slow.Add(1)
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

// judge looks at the slots that end with last.
func (w *window) judge(last uint64) (excess, bool) {
	var calls, errors, slow, compared, mismatches uint64
	for back := range uint64(judgedSlots) {
		slot := w.slot(last + windowSlots - back)
		calls, errors, slow = calls+slot.calls.Load(), errors+slot.errors.Load(), slow+slot.slow.Load()
		compared, mismatches = compared+slot.compared.Load(), mismatches+slot.mismatches.Load()
	}
	for _, measured := range []excess{
		{MeasureErrorRate, errors, calls, w.bounds.ErrorRate},
		{MeasureMismatchRate, mismatches, compared, w.bounds.MismatchRate},
		{MeasureP99, slow, calls, slowBound(w.bounds.P99)},
	} {
		if measured.bound > 0 && measured.calls >= uint64(w.bounds.MinCalls) && exceeds(measured.count, measured.calls, measured.bound) {
			return measured, true
		}
	}
	return excess{}, false
}

func slowBound(p99 time.Duration) float64 {
	if p99 <= 0 {
		return 0
	}
	return slowShare
}

func (t *tally) clear() {
	for _, count := range []*atomic.Uint64{&t.calls, &t.errors, &t.slow, &t.compared, &t.mismatches} {
		count.Store(0)
	}
}
