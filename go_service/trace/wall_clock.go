package trace

import (
	"sync/atomic"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/clock"
)

// measureEvery is how long a measured offset is used: a wall clock that was set, or a machine that slept, is seen then.
const measureEvery = 10 * time.Second

// wallClock gives stamps their wall time: by the offset that the parent gave, else by one that is measured anew from time to
// time, as every process of ours does (docs/traces.md).
type wallClock struct {
	givenNs    int64 // 0: none
	offsetNs   atomic.Int64
	measuredNs atomic.Uint64 // CLOCK_MONOTONIC; 0: never
}

// at gives the wall time of a stamp of CLOCK_MONOTONIC.
func (w *wallClock) at(stampNs uint64) time.Time {
	return time.Unix(0, int64(stampNs)+w.offset())
}

func (w *wallClock) offset() int64 {
	if w.givenNs != 0 {
		return w.givenNs
	}
	now, measured := clock.NowNs(), w.measuredNs.Load()
	if measured == 0 || now-measured > uint64(measureEvery) {
		w.offsetNs.Store(clock.OffsetNs())
		w.measuredNs.Store(now)
	}
	return w.offsetNs.Load()
}
