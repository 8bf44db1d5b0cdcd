package process

import (
	"context"
	"errors"
	"os/signal"
	"syscall"
)

// ErrLifeline is the cause of an ending by the parent's death.
var ErrLifeline = errors.New("the lifeline ended: the parent is gone")

// Ending gives a context that ends on SIGTERM, on SIGINT and when the lifeline closes (lifelineFD < 0: none).
// After stop, a further signal has its default effect, so that an impatient second Ctrl-C ends a slow drain.
func Ending(parent context.Context, lifelineFD int) (ending context.Context, stop func(), err error) {
	lifeline, err := openLifeline(lifelineFD)
	if err != nil {
		return nil, nil, err
	}
	signalled, stopSignals := signal.NotifyContext(parent, syscall.SIGTERM, syscall.SIGINT)
	ending, cancel := context.WithCancelCause(signalled)
	watched := lifeline.watch(func() { cancel(ErrLifeline) })
	return ending, func() {
		stopSignals()
		cancel(nil)
		lifeline.close()
		<-watched
	}, nil
}
