package service

import (
	"math"
	"net/http"
	gometrics "runtime/metrics"

	"github.com/sidecar-ipc/gateway/go_service/clock"
)

// RuntimeReport is what the Go runtime has used since the start. CPU times are as of the last collection, of one reading
// and so comparable with each other.
type RuntimeReport struct {
	AtNs          uint64 `json:"at_ns"` // CLOCK_MONOTONIC
	GCCycles      uint64 `json:"gc_cycles"`
	GCCPUNs       uint64 `json:"gc_cpu_ns"`
	GoCPUNs       uint64 `json:"go_cpu_ns"` // all that was not idle, the collector with it
	HeapLiveBytes uint64 `json:"heap_live_bytes"`
	MemoryBytes   uint64 `json:"memory_bytes"` // what GOMEMLIMIT sees
	// GCPauses are stop-the-world pauses of the collector: upper end of a bucket in ns, count.
	GCPauses [][2]uint64 `json:"gc_pauses"`
}

// runtime answers with the report of now; docs of the names are in the package runtime/metrics.
func (a *admin) runtime(w http.ResponseWriter, _ *http.Request) { writeJSON(w, readRuntime()) }

func readRuntime() RuntimeReport {
	samples := []gometrics.Sample{
		{Name: "/gc/cycles/total:gc-cycles"},
		{Name: "/cpu/classes/gc/total:cpu-seconds"},
		{Name: "/cpu/classes/total:cpu-seconds"},
		{Name: "/cpu/classes/idle:cpu-seconds"},
		{Name: "/gc/heap/live:bytes"},
		{Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/released:bytes"},
		{Name: "/sched/pauses/total/gc:seconds"},
	}
	gometrics.Read(samples)
	return RuntimeReport{
		AtNs: clock.NowNs(), GCCycles: samples[0].Value.Uint64(), GCCPUNs: nanos(samples[1].Value.Float64()),
		GoCPUNs:       nanos(samples[2].Value.Float64() - samples[3].Value.Float64()),
		HeapLiveBytes: samples[4].Value.Uint64(), MemoryBytes: samples[5].Value.Uint64() - samples[6].Value.Uint64(),
		GCPauses: filled(samples[7].Value.Float64Histogram()),
	}
}

// filled gives the buckets that hold something; one without an upper end by its lower.
func filled(histogram *gometrics.Float64Histogram) [][2]uint64 {
	buckets := [][2]uint64{}
	for n, count := range histogram.Counts {
		if count == 0 {
			continue
		}
		end := histogram.Buckets[n+1]
		if math.IsInf(end, 1) {
			end = histogram.Buckets[n]
		}
		buckets = append(buckets, [2]uint64{nanos(end), count})
	}
	return buckets
}

func nanos(seconds float64) uint64 { return uint64(math.Ceil(max(0, seconds) * 1e9)) }
