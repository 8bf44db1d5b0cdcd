package client

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// First and longest pause between tries; the library draws each with jitter.
const (
	firstPause   = 5 * time.Millisecond
	longestPause = time.Second
)

// retrying makes one try and, when the client was told to, further ones.
func retrying[Q, R wire.Message](ctx context.Context, c *Client, k *Kernel[Q, R], request Q, s *callSettings) (R, error) {
	response, err := attempt(ctx, c, k, request, s)
	if err == nil || c.retries == 0 {
		return response, err
	}
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.MaxInterval = firstPause, longestPause
	ran := wire.ExecutedNo
	for range c.retries {
		ran = max(ran, executedBy(err))
		pause, again := pauseBefore(err, &k.Spec, pauses)
		if !again || !wait(ctx, pause) {
			break
		}
		c.retried.Add(1)
		next, failed := attempt(ctx, c, k, request, s)
		if failed == nil {
			return next, nil
		}
		if ctx.Err() != nil && executedBy(failed) == wire.ExecutedNo {
			break // no time was left for it: the one before says more
		}
		err = failed
	}
	return response, ranAlready(err, ran)
}

func executedBy(err error) wire.Executed {
	var failure *wire.Error
	if !errors.As(err, &failure) {
		return wire.ExecutedUnknown
	}
	return failure.Executed
}

// ranAlready says of a call what any of its tries may have done, not only the last one.
func ranAlready(err error, ran wire.Executed) error {
	var failure *wire.Error
	if errors.As(err, &failure) {
		failure.Executed = max(failure.Executed, ran)
	}
	return err
}

// attempt is once, counted.
func attempt[Q, R wire.Message](ctx context.Context, c *Client, k *Kernel[Q, R], request Q, s *callSettings) (R, error) {
	if s.observation != nil {
		s.observation.Attempts++
	}
	return once(ctx, c, k, request, s)
}

// pauseBefore says whether an error allows another try, and when.
func pauseBefore(err error, spec *wire.KernelSpec, pauses backoff.BackOff) (time.Duration, bool) {
	var failure *wire.Error
	if !errors.As(err, &failure) {
		return 0, false
	}
	if !failure.Retryable() && !(spec.Idempotent && failure.RetryableIfIdempotent()) {
		return 0, false
	}
	return max(pauses.NextBackOff(), failure.RetryAfter), true
}

// wait says false when the context would end first.
func wait(ctx context.Context, pause time.Duration) bool {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= pause {
		return false
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
