package channel_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/channel"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

func TestALimiterNeverLetsMoreRunThanItsLimit(t *testing.T) {
	limiter := channel.NewLimiter(3, 1000)
	var running, most, made atomic.Int64
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			for range 200 {
				if err := limiter.Acquire(context.Background()); err != nil {
					t.Error(err)
					return
				}
				now := running.Add(1)
				for old := most.Load(); now > old && !most.CompareAndSwap(old, now); old = most.Load() {
				}
				made.Add(1)
				running.Add(-1)
				limiter.Release()
			}
		})
	}
	group.Wait()
	if most.Load() > 3 || made.Load() != 50*200 {
		t.Errorf("%d ran at once, %d of 10,000 turns were taken", most.Load(), made.Load())
	}
}

func TestALimiterRefusesWhoFindsItsLineFull(t *testing.T) {
	limiter := channel.NewLimiter(1, 1)
	if err := limiter.Acquire(context.Background()); err != nil {
		t.Fatal(err)
	}
	waiting := inBackground(func() error { return limiter.Acquire(context.Background()) })
	time.Sleep(20 * time.Millisecond)
	err := limiter.Acquire(context.Background())
	var failure *wire.Error
	if !errors.As(err, &failure) || !errors.Is(err, wire.ErrQueueFull) || failure.RetryAfter <= 0 {
		t.Errorf("got %v, want QUEUE_FULL with a retry-after", err)
	}
	limiter.Release()
	if err := <-waiting; err != nil {
		t.Errorf("the one that waited got %v", err)
	}
}

func TestWhoGivesUpWaitingLeavesItsPlaceAndItsTurn(t *testing.T) {
	limiter := channel.NewLimiter(1, 1)
	for range 200 {
		if err := limiter.Acquire(context.Background()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		waiting := inBackground(func() error { return limiter.Acquire(ctx) })
		go cancel()
		limiter.Release()
		if err := <-waiting; err == nil {
			limiter.Release()
		} else if !errors.Is(err, wire.ErrCallerCancelled) {
			t.Fatal(err)
		}
		cancel()
	}
}

func TestWhoWaitsIsServedAlthoughOthersComeAllTheTime(t *testing.T) {
	limiter := channel.NewLimiter(1, 10)
	stop := make(chan struct{})
	var greedy sync.WaitGroup
	for range 3 {
		greedy.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if limiter.Acquire(context.Background()) == nil {
					limiter.Release()
				}
			}
		})
	}
	for range 20 {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		if err := limiter.Acquire(ctx); err != nil {
			t.Errorf("a waiter got no turn: %v", err)
		} else {
			limiter.Release()
		}
		cancel()
	}
	close(stop)
	greedy.Wait()
	if running, waiting := limiter.Load(); running != 0 || waiting != 0 {
		t.Errorf("%d run and %d wait when all are gone", running, waiting)
	}
}
