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

// Limiter bounds calls that hold an operating-system thread: so many run, so many wait, further ones are refused.
type Limiter struct {
	limit, places int64
	running       atomic.Int64
	waiting       atomic.Int64 // len(line), read without the lock

	mu   sync.Mutex
	line []chan struct{}
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
	if l.tryAcquire() {
		return nil
	}
	turn, err := l.join()
	if turn == nil {
		return err
	}
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		l.leave(turn)
		return NotExecuted(ContextError(ctx.Err()))
	}
}

// Release gives the turn on.
func (l *Limiter) Release() {
	l.running.Add(-1)
	if l.waiting.Load() > 0 {
		l.promote()
	}
}

// Load says how many calls run and how many wait just now.
func (l *Limiter) Load() (running, waiting int) { return int(l.running.Load()), int(l.waiting.Load()) }

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

// join takes a place in the line; a nil turn without an error means that it is the caller's turn already.
func (l *Limiter) join() (chan struct{}, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if int64(len(l.line)) >= l.places {
		failure := wire.Failf(wire.ReasonQueueFull, "%d calls run in process and %d wait", l.limit, l.places)
		failure.RetryAfter = retryAfter
		return nil, failure
	}
	l.waiting.Add(1) // before trying again, so that a release in between sees it or is seen
	if l.tryAcquire() {
		l.waiting.Add(-1)
		return nil, nil
	}
	turn := make(chan struct{})
	l.line = append(l.line, turn)
	return turn, nil
}

// promote lets as many go as there is room for.
func (l *Limiter) promote() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.line) > 0 && l.tryAcquire() {
		close(l.line[0])
		l.line = l.line[1:]
		l.waiting.Add(-1)
	}
}

// leave gives up a place, and the turn when it came at the same moment.
func (l *Limiter) leave(turn chan struct{}) {
	l.mu.Lock()
	at := slices.Index(l.line, turn)
	if at >= 0 {
		l.line = slices.Delete(l.line, at, at+1)
		l.waiting.Add(-1)
	}
	l.mu.Unlock()
	if at < 0 {
		l.Release()
	}
}
