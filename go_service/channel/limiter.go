package channel

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Defaults of a limiter, and what a refused caller is told.
const (
	defaultWaiting = 1024
	retryAfter     = 5 * time.Millisecond
)

// starvesAfter is how long one waits before those who come later may not overtake any more.
const starvesAfter = time.Millisecond

// Limiter bounds calls that hold an operating-system thread: so many run, so many wait, further ones are refused.
//
// Who comes while a turn is free takes it, before those who wait: handing each turn to the next in line would park and
// wake a goroutine a call. Who has waited for a millisecond in vain is handed the next one. sync.Mutex does likewise.
type Limiter struct {
	limit, places int64
	running       atomic.Int64
	waiting       atomic.Int64 // those in line and the one that is woken
	woken         atomic.Bool  // somebody was taken out of the line to try; written under mu
	starving      atomic.Bool  // turns are handed over; written under mu
	refused       atomic.Uint64

	mu   sync.Mutex
	line []*waiter
}

// waiter is a place in the line. Its turn is true when it is handed over, false when it is only to try again.
type waiter struct {
	turn  chan bool
	since time.Time
}

// NewLimiter takes 0 for the defaults: as many running as there are processors, 1,024 waiting; a negative waiting is none.
func NewLimiter(running, waiting int) *Limiter {
	if running <= 0 {
		running = runtime.GOMAXPROCS(0)
	}
	if waiting == 0 {
		waiting = defaultWaiting
	}
	return &Limiter{limit: int64(running), places: int64(max(waiting, 0))}
}

// Acquire waits for a turn; QUEUE_FULL when the line is full, else the context's error.
func (l *Limiter) Acquire(ctx context.Context) error {
	if !l.starving.Load() && l.tryAcquire() {
		return nil
	}
	w, err := l.join()
	if w == nil {
		return err
	}
	for {
		select {
		case handed := <-w.turn:
			if handed || l.tryAgain(w) {
				return nil
			}
		case <-ctx.Done():
			l.leave(w)
			return NotExecuted(ContextError(ctx.Err()))
		}
	}
}

// Release gives the turn back.
func (l *Limiter) Release() {
	l.running.Add(-1)
	if l.waiting.Load() > 0 && !l.woken.Load() {
		l.mu.Lock()
		l.wake()
		l.mu.Unlock()
	}
}

// Load says how many calls run and how many wait just now.
func (l *Limiter) Load() (running, waiting int) { return int(l.running.Load()), int(l.waiting.Load()) }

// LimiterState is a limiter's load beside its bounds, and how many calls it has refused.
type LimiterState struct {
	Running, RunningLimit int
	Waiting, WaitingLimit int
	Refused               uint64
}

// State is Load with more.
func (l *Limiter) State() LimiterState {
	running, waiting := l.Load()
	return LimiterState{running, int(l.limit), waiting, int(l.places), l.refused.Load()}
}

func (l *Limiter) tryAcquire() bool {
	for {
		n := l.running.Load()
		if n >= l.limit {
			return false
		}
		if l.running.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// join takes a place in the line; no place without an error means that it is the caller's turn already.
func (l *Limiter) join() (*waiter, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting.Load() >= l.places {
		l.refused.Add(1)
		failure := wire.Failf(wire.ReasonQueueFull, "%d calls run in process and %d wait", l.limit, l.places)
		failure.RetryAfter = retryAfter
		return nil, failure
	}
	l.waiting.Add(1) // before trying again, so that a release in between sees it or is seen
	if len(l.line) == 0 && l.tryAcquire() {
		l.waiting.Add(-1)
		return nil, nil
	}
	w := &waiter{turn: make(chan bool, 1), since: time.Now()}
	l.line = append(l.line, w)
	return w, nil
}

// wake tells the first in line to try, or hands the turn over when somebody starves. It needs the lock.
func (l *Limiter) wake() {
	if len(l.line) == 0 || l.woken.Load() {
		return
	}
	handed := l.starving.Load()
	if handed && !l.tryAcquire() {
		return
	}
	first := l.line[0]
	l.line = l.line[1:]
	if handed {
		l.waiting.Add(-1)
		l.starving.Store(len(l.line) > 0 && time.Since(l.line[0].since) > starvesAfter)
	} else {
		l.woken.Store(true)
	}
	first.turn <- handed
}

// tryAgain is the woken one's try; in vain it is the first in line again.
func (l *Limiter) tryAgain(w *waiter) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.woken.Store(false)
	if l.tryAcquire() {
		l.waiting.Add(-1)
		l.wakeForFree()
		return true
	}
	l.line = slices.Insert(l.line, 0, w)
	if time.Since(w.since) > starvesAfter {
		l.starving.Store(true)
	}
	return false
}

// wakeForFree wakes the next one when there is room for it: a release that came while somebody was woken told nobody.
func (l *Limiter) wakeForFree() {
	if l.running.Load() < l.limit {
		l.wake()
	}
}

// leave gives up a place, and what came at the same moment.
func (l *Limiter) leave(w *waiter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at := slices.Index(l.line, w); at >= 0 {
		l.line = slices.Delete(l.line, at, at+1)
		l.waiting.Add(-1)
		l.starving.Store(l.starving.Load() && len(l.line) > 0)
		return
	}
	if <-w.turn {
		l.running.Add(-1)
	} else {
		l.waiting.Add(-1)
		l.woken.Store(false)
	}
	l.wakeForFree()
}
