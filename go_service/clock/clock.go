// Package clock reads CLOCK_MONOTONIC, the one clock of every process of a host, as cheaply as Go can.
//
// A clock_gettime wrapper costs a system call; time.Since of a base that was paired once with the clock is a vDSO read.
package clock

import "time"

// tries bounds how often the pair is read; the tightest one is kept.
const tries = 64

// base and baseNs are one instant on Go's clock and on CLOCK_MONOTONIC.
var base, baseNs = calibrate(systemNs)

// NowNs returns CLOCK_MONOTONIC in nanoseconds, comparable with other processes of this host (on Linux; elsewhere
// only within this process).
func NowNs() uint64 {
	return uint64(time.Since(base)) + baseNs
}

// AtNs returns CLOCK_MONOTONIC in nanoseconds at t, which may lie in the future; 0 when t lies before the clock's start.
func AtNs(t time.Time) uint64 {
	at := int64(baseNs) + int64(t.Sub(base))
	return uint64(max(at, 0))
}

// calibrate pairs both clocks; of several tries the one that took the least time bounds the error best.
func calibrate(read func() uint64) (time.Time, uint64) {
	var instant time.Time
	var ns uint64
	tightest := time.Duration(1<<63 - 1)
	for range tries {
		before := time.Now()
		at := read()
		took := time.Since(before)
		if took < tightest {
			tightest, instant, ns = took, before.Add(took/2), at
		}
	}
	return instant, ns
}
