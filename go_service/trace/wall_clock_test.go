package trace

import (
	"testing"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/clock"
)

func TestAMeasuredClockGivesTheWallTimeAndAGivenOneTheParents(t *testing.T) {
	measured, given := wallClock{}, wallClock{givenNs: int64(time.Hour)}
	now := clock.NowNs()
	if off := time.Since(measured.at(now)).Abs(); off > 10*time.Millisecond {
		t.Errorf("off by %v", off)
	}
	if got := given.at(now); got.UnixNano() != int64(now)+int64(time.Hour) {
		t.Errorf("got %v", got)
	}
}

func TestAWallClockThatWasSetIsSeenAfterAWhile(t *testing.T) {
	measured := wallClock{}
	now := clock.NowNs()
	measured.offset()
	measured.offsetNs.Add(int64(time.Hour)) // as if it had been measured before the wall clock was set
	if off := time.Since(measured.at(now)).Abs(); off < time.Minute {
		t.Fatalf("measured anew after %v", off)
	}
	measured.measuredNs.Add(^(uint64(measureEvery) + uint64(time.Second)))
	if off := time.Since(measured.at(now)).Abs(); off > 10*time.Millisecond {
		t.Errorf("still off by %v", off)
	}
}
