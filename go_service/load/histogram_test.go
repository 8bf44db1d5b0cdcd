package load

import (
	"math"
	"testing"
)

func TestACallOfANanosecondOrAMinuteIsCountedToThreeDigits(t *testing.T) {
	for _, elapsedNs := range []int64{1, 37, 999, 1000, 123_456, 60e9} {
		h := newHistogram(1)
		h.record(elapsedNs)
		values, counts := h.buckets()
		if len(values) != 1 || counts[0] != 1 {
			t.Fatalf("%d ns: buckets %v %v", elapsedNs, values, counts)
		}
		if off := math.Abs(float64(values[0])-float64(elapsedNs)) / float64(elapsedNs); off > 0.001 {
			t.Errorf("%d ns was counted as %d, %.4f off", elapsedNs, values[0], off)
		}
	}
}

func TestABatchKeepsPartsOfANanosecond(t *testing.T) {
	h := newHistogram(1000)
	h.record(1730) // 1.73 ns a call
	values, _ := h.buckets()
	if got := float64(values[0]) * h.unitNs(); math.Abs(got-1.73) > 0.002 {
		t.Errorf("got %v ns a call, want 1.73", got)
	}
}

func TestTimesOutOfRangeAreCountedAtTheEdgeAndNotLost(t *testing.T) {
	for _, batch := range []int64{1, 4096} {
		h := newHistogram(batch)
		h.record(-5)
		h.record(math.MaxInt64 / picosPerNano)
		_, counts := h.buckets()
		total := uint64(0)
		for _, count := range counts {
			total += count
		}
		if total != 2 {
			t.Errorf("batch %d: %d of 2 calls counted", batch, total)
		}
	}
}

func TestMergedHistogramsCountAllCallsOfBoth(t *testing.T) {
	first, second := newHistogram(1), newHistogram(1)
	for n := range int64(1000) {
		first.record(n)
		second.record(n * 1000)
	}
	first.merge(second)
	values, counts := first.buckets()
	total := uint64(0)
	for n, count := range counts {
		total += count
		if n > 0 && values[n] <= values[n-1] {
			t.Fatalf("bucket values do not rise: %d after %d", values[n], values[n-1])
		}
	}
	if total != 2000 {
		t.Errorf("%d of 2000 calls counted", total)
	}
}

func TestRecordingATimeAllocatesNothing(t *testing.T) {
	h := newHistogram(1)
	if allocations := testing.AllocsPerRun(1000, func() { h.record(1234) }); allocations != 0 {
		t.Errorf("%v allocations a call", allocations)
	}
}
