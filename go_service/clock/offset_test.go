package clock

import (
	"testing"
	"time"
)

func TestTheOffsetTurnsAStampIntoTheWallTime(t *testing.T) {
	before := time.Now().UnixNano()
	now := int64(NowNs()) + OffsetNs()
	after := time.Now().UnixNano()
	if now < before-int64(time.Microsecond) || now > after+int64(time.Microsecond) {
		t.Fatalf("%d does not lie between %d and %d", now, before, after)
	}
}

func TestTheBestOfManyMeasurementsIsKnownToAMicrosecondAndTheyAgreeWithinTheirBounds(t *testing.T) {
	best := int64(time.Second)
	first, firstError := measureOffset()
	for range 100 {
		offset, bound := measureOffset()
		best = min(best, bound)
		if apart := max(offset-first, first-offset); apart > bound+firstError {
			t.Errorf("%d ns apart, with bounds of %d and %d ns", apart, bound, firstError)
		}
	}
	if best > int64(time.Microsecond) {
		t.Fatalf("known to %d ns at best", best)
	}
}
