package load

import (
	"sync"

	"github.com/HdrHistogram/hdrhistogram-go"
)

const (
	significantDigits = 3
	maxCallNs         = 120e9 // times above are counted as this one
	picosPerNano      = 1000
)

// histogram counts times of calls. Where calls are timed in batches a value is the mean of a batch in
// picoseconds, so that parts of a nanosecond survive; else it is one call's time in nanoseconds.
type histogram struct {
	batch  int64
	mu     sync.Mutex // free for one caller, some ns; it lets very many callers share the memory
	counts *hdrhistogram.Histogram
}

func newHistogram(batch int64) *histogram {
	highest := int64(maxCallNs)
	if batch > 1 {
		highest = maxCallNs / batch * picosPerNano
	}
	return &histogram{counts: hdrhistogram.New(1, max(highest, picosPerNano), significantDigits), batch: batch}
}

// record takes the time of one batch.
func (h *histogram) record(elapsedNs int64) {
	value := elapsedNs
	if h.batch > 1 {
		value = elapsedNs * picosPerNano / h.batch
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	value = min(max(value, 0), h.counts.HighestTrackableValue())
	_ = h.counts.RecordValue(value) // in range by the line above
}

func (h *histogram) merge(other *histogram) { h.counts.Merge(other.counts) }

// unitNs is one value in nanoseconds.
func (h *histogram) unitNs() float64 {
	if h.batch > 1 {
		return 1.0 / picosPerNano
	}
	return 1
}

// buckets gives the upper ends and the counts of all buckets that hold something, rising.
func (h *histogram) buckets() (values, counts []uint64) {
	for _, bar := range h.counts.Distribution() {
		if bar.Count > 0 {
			values = append(values, uint64(bar.To))
			counts = append(counts, uint64(bar.Count))
		}
	}
	return values, counts
}
