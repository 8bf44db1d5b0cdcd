package channel

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// First and longest pause between dials of a worker that does not answer.
const (
	firstRedial   = 5 * time.Millisecond
	longestRedial = 200 * time.Millisecond
)

// line keeps one connection to a worker: it dials when a call needs it, at most once at a time, and pauses after a
// failure; calls fail fast meanwhile.
type line struct {
	options *Options
	dialer  dialer
	current atomic.Pointer[connection]

	mu       sync.Mutex
	dialing  *dialling
	pauses   *backoff.ExponentialBackOff
	notUntil time.Time
	failure  *wire.Error // of the last dial
	final    *wire.Error // no dial helps
	retired  []*connection
}

// dialling is a dial under way.
type dialling struct {
	done chan struct{}
	err  *wire.Error
}

func newLine(options *Options, dial dialer) *line {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.MaxInterval = firstRedial, longestRedial
	return &line{options: options, dialer: dial, pauses: pauses}
}

// connection gives one that takes calls.
func (l *line) connection(ctx context.Context) (*connection, error) {
	for {
		if c := l.current.Load(); c != nil && c.usable() == nil {
			return c, nil
		}
		dial, err := l.dial()
		if err != nil {
			return nil, err
		}
		select {
		case <-dial.done:
		case <-ctx.Done():
			return nil, NotExecuted(ContextError(ctx.Err()))
		}
		if dial.err != nil {
			return nil, copied(dial.err)
		}
	}
}

// dial joins the dial under way or starts one, unless it is too early for that.
func (l *line) dial() (*dialling, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.final != nil:
		return nil, copied(l.final)
	case l.dialing != nil:
		return l.dialing, nil
	case time.Now().Before(l.notUntil):
		return nil, copied(l.failure)
	}
	l.dialing = &dialling{done: make(chan struct{})}
	go l.run(l.dialing)
	return l.dialing, nil
}

// run dials and tells those who wait.
func (l *line) run(d *dialling) {
	fresh, err := l.dialer.dial(l.options)
	if err == nil {
		if gone := fresh.usable(); gone != nil { // its goaway came with its hello
			fresh.close()
			err = gone
		}
	}
	l.mu.Lock()
	l.dialing = nil
	if err != nil {
		d.err = l.failed(err.(*wire.Error))
	} else {
		l.connected(fresh)
	}
	l.mu.Unlock()
	close(d.done)
}

// connected and failed need the lock.
func (l *line) connected(fresh *connection) {
	if l.final != nil { // closed meanwhile
		go fresh.close()
		return
	}
	l.pauses.Reset()
	l.failure, l.notUntil = nil, time.Time{}
	l.keepDraining(l.current.Swap(fresh))
}

// keepDraining remembers a connection that still has calls in flight, for close.
func (l *line) keepDraining(old *connection) {
	alive := l.retired[:0]
	for _, c := range append(l.retired, old) {
		if c != nil && !c.isClosed() {
			alive = append(alive, c)
		}
	}
	l.retired = alive
}

func (l *line) failed(err *wire.Error) *wire.Error {
	if err.Reason == wire.ReasonContractMismatch {
		l.final = err
		return err
	}
	if old := l.current.Load(); old != nil && !old.isClosed() && old.usable() != nil {
		err = wire.Fail(wire.ReasonDraining, "no other worker listens yet")
	}
	l.failure = err
	l.notUntil = time.Now().Add(l.pauses.NextBackOff())
	return err
}

// close ends every connection; later calls fail.
func (l *line) close() {
	l.mu.Lock()
	l.final = wire.Fail(wire.ReasonNoWorker, "the client was closed")
	dialing, open := l.dialing, append(l.retired, l.current.Load())
	l.retired = nil
	l.mu.Unlock()
	if dialing != nil {
		<-dialing.done
	}
	for _, c := range open {
		if c != nil {
			c.close()
		}
	}
}

func copied(err *wire.Error) *wire.Error {
	twin := *err
	return &twin
}
