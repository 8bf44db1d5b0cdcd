package kernel

import (
	"context"
	"time"
)

// Checkpoint is how a deadline or a cancel reaches a twin, which polls it at least every millisecond of work.
// The zero value never stops.
type Checkpoint struct {
	ctx      context.Context
	done     <-chan struct{}
	deadline time.Time
}

// NewCheckpoint takes over the deadline and the cancellation of ctx.
func NewCheckpoint(ctx context.Context) Checkpoint {
	deadline, _ := ctx.Deadline()
	return Checkpoint{ctx: ctx, done: ctx.Done(), deadline: deadline}
}

// Poll says whether to go on: nil, context.Canceled or context.DeadlineExceeded.
func (c *Checkpoint) Poll() error {
	if c.done == nil {
		return nil
	}
	select {
	case <-c.done:
		return c.ctx.Err()
	default:
	}
	// The context's own timer may be late when every processor computes.
	if !c.deadline.IsZero() && !time.Now().Before(c.deadline) {
		return context.DeadlineExceeded
	}
	return nil
}
