package load

import (
	"fmt"
	"math"
	"runtime"
	"runtime/metrics"

	"golang.org/x/sys/unix"

	benchv1 "github.com/sidecar-ipc/gateway/go_service/gen/bench/v1"
)

// usage is what the process has used so far, and what it holds now.
type usage struct {
	process unix.Rusage
	heap    runtime.MemStats
	runtime runtimeUse
}

// runtimeUse is what runtime/metrics tells of the Go side alone.
type runtimeUse struct {
	gcCPUSeconds  float64
	pauses        *metrics.Float64Histogram // of the garbage collector, s
	memoryBytes   uint64                    // what GOMEMLIMIT sees
	heapLiveBytes uint64
}

// beginUsage reads what was used before a block, endUsage after it: what a reading costs itself stands on the far side
// of the two that count allocations and CPU time. Reading stops the world for some tens of µs, outside of what is timed.
func beginUsage() (u usage, err error) {
	u.runtime = readRuntime()
	runtime.ReadMemStats(&u.heap) // as go test -bench does: runtime/metrics counts small objects only when a span of them is full
	err = u.readProcess()
	return u, err
}

func endUsage() (u usage, err error) {
	err = u.readProcess()
	runtime.ReadMemStats(&u.heap)
	u.runtime = readRuntime()
	return u, err
}

func (u *usage) readProcess() error {
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u.process); err != nil {
		return fmt.Errorf("what the driver's process used: %w", err)
	}
	return nil
}

func readRuntime() runtimeUse {
	samples := []metrics.Sample{
		{Name: "/cpu/classes/gc/total:cpu-seconds"},
		{Name: "/sched/pauses/total/gc:seconds"},
		{Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/released:bytes"},
		{Name: "/gc/heap/live:bytes"},
	}
	metrics.Read(samples)
	return runtimeUse{
		gcCPUSeconds: samples[0].Value.Float64(), pauses: samples[1].Value.Float64Histogram(),
		memoryBytes: samples[2].Value.Uint64() - samples[3].Value.Uint64(), heapLiveBytes: samples[4].Value.Uint64(),
	}
}

// tell writes what was used since an earlier reading, and what is held now.
func (u *usage) tell(earlier *usage, response *benchv1.MeasureResponse) {
	response.CpuNs = u.cpuNs() - earlier.cpuNs()
	response.VoluntarySwitches = uint64(u.process.Nvcsw - earlier.process.Nvcsw)
	response.InvoluntarySwitches = uint64(u.process.Nivcsw - earlier.process.Nivcsw)
	response.MinorFaults = uint64(u.process.Minflt - earlier.process.Minflt)
	response.MajorFaults = uint64(u.process.Majflt - earlier.process.Majflt)
	response.AllocatedObjects = u.heap.Mallocs - earlier.heap.Mallocs
	response.AllocatedBytes = u.heap.TotalAlloc - earlier.heap.TotalAlloc
	response.GcCycles = uint64(u.heap.NumGC - earlier.heap.NumGC)
	response.GcPauseNs = u.heap.PauseTotalNs - earlier.heap.PauseTotalNs
	response.GcCpuNs = uint64(max(0, u.runtime.gcCPUSeconds-earlier.runtime.gcCPUSeconds) * 1e9)
	response.GcPauseMaxNs = longestPauseNs(earlier.runtime.pauses, u.runtime.pauses)
	response.GoMemoryBytes, response.HeapLiveBytes = u.runtime.memoryBytes, u.runtime.heapLiveBytes
	response.Threads = threads()
}

// cpuNs is user and system.
func (u *usage) cpuNs() uint64 { return uint64(u.process.Utime.Nano() + u.process.Stime.Nano()) }

// longestPauseNs is the upper end of the highest bucket that counted something between two readings of one histogram;
// the lower end where the bucket has no end.
func longestPauseNs(before, after *metrics.Float64Histogram) uint64 {
	for n := len(after.Counts) - 1; n >= 0; n-- {
		if after.Counts[n] == before.Counts[n] {
			continue
		}
		end := after.Buckets[n+1]
		if math.IsInf(end, 1) {
			end = after.Buckets[n]
		}
		return uint64(math.Ceil(end * 1e9))
	}
	return 0
}

// withProcs runs a block under a number of threads that run Go code; 0 leaves it as it is.
func withProcs(procs int, block func()) {
	if procs > 0 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
	}
	block()
}
