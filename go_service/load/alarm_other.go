//go:build !linux

package load

import (
	"context"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/clock"
)

// alarm sleeps by the runtime's timers.
type alarm struct{}

func newAlarm(context.Context) (*alarm, error) { return &alarm{}, nil }

func (a *alarm) now() int64 { return int64(clock.NowNs()) }

func (a *alarm) sleepUntil(ctx context.Context, instantNs int64) {
	for remaining := instantNs - int64(clock.NowNs()); remaining > 0; remaining = instantNs - int64(clock.NowNs()) {
		wait := time.NewTimer(time.Duration(remaining))
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return
		}
	}
}

func (a *alarm) close() {}
