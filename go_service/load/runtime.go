package load

import (
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"
)

// usage is what the process has used so far.
type usage struct {
	cpuNs            uint64 // user and system
	allocatedObjects uint64
	allocatedBytes   uint64
	gcCycles         uint64
	gcPauseNs        uint64
}

// readUsage stops the world for some tens of µs, so it stands outside of what is timed. It asks runtime.ReadMemStats,
// as go test -bench does: runtime/metrics counts small objects only when a span of them is full.
func readUsage() (usage, error) {
	var own unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &own); err != nil {
		return usage{}, fmt.Errorf("CPU time of the driver: %w", err)
	}
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return usage{
		cpuNs:            uint64(own.Utime.Nano() + own.Stime.Nano()),
		allocatedObjects: memory.Mallocs,
		allocatedBytes:   memory.TotalAlloc,
		gcCycles:         uint64(memory.NumGC),
		gcPauseNs:        memory.PauseTotalNs,
	}, nil
}

// since gives what was used between an earlier reading and this one.
func (u usage) since(earlier usage) usage {
	return usage{
		cpuNs:            u.cpuNs - earlier.cpuNs,
		allocatedObjects: u.allocatedObjects - earlier.allocatedObjects,
		allocatedBytes:   u.allocatedBytes - earlier.allocatedBytes,
		gcCycles:         u.gcCycles - earlier.gcCycles,
		gcPauseNs:        u.gcPauseNs - earlier.gcPauseNs,
	}
}

// withProcs runs a block under a number of threads that run Go code; 0 leaves it as it is.
func withProcs(procs int, block func()) {
	if procs > 0 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
	}
	block()
}
