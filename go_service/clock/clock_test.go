package clock

import (
	"testing"
	"time"
)

func TestTheClockStaysWithinTenMicrosecondsOfTheSystemsClock(t *testing.T) {
	best := int64(1 << 62)
	for range 100 {
		before := systemNs()
		now := NowNs()
		after := systemNs()
		off := max(int64(before)-int64(now), int64(now)-int64(after), 0)
		best = min(best, off)
	}
	if best > 10_000 {
		t.Fatalf("off by %d ns in the best of 100 readings", best)
	}
}

func TestAFutureInstantIsThatMuchLater(t *testing.T) {
	now := time.Now()
	if got := AtNs(now.Add(time.Second)) - AtNs(now); got != uint64(time.Second) {
		t.Fatalf("a second later is %d ns later", got)
	}
}

func TestTheClockNeverGoesBack(t *testing.T) {
	last := NowNs()
	for range 10_000 {
		now := NowNs()
		if now < last {
			t.Fatalf("%d after %d", now, last)
		}
		last = now
	}
}

func BenchmarkNowNs(b *testing.B) {
	for b.Loop() {
		NowNs()
	}
}
