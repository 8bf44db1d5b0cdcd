package clock

import (
	"math"
	"time"
)

// OffsetNs measures the wall clock minus CLOCK_MONOTONIC in ns. Of several tries the tightest is taken, as in every
// process of ours, so that two of one host differ by less than half of either's tightest try.
func OffsetNs() int64 {
	offset, _ := measureOffset()
	return offset
}

// measureOffset gives also half the width of the try, which bounds the error.
func measureOffset() (offsetNs, errorNs int64) {
	tightest := uint64(math.MaxUint64)
	for range tries {
		before := NowNs()
		wall := time.Now().UnixNano()
		if took := NowNs() - before; took < tightest {
			tightest, offsetNs = took, wall-int64(before+took/2)
		}
	}
	return offsetNs, int64(tightest / 2)
}
