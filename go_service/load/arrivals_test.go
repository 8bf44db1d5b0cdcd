package load

import (
	"math"
	"slices"
	"testing"
	"time"
)

func TestArrivalsComeAtTheirMeanRateAndAsRandomAsAPoissonProcess(t *testing.T) {
	drawn := newArrivals(1000, int64(100*time.Second), 7, 1)
	if n := float64(len(drawn.offsetsNs)); math.Abs(n-100_000) > 5*math.Sqrt(100_000) {
		t.Errorf("%v arrivals in 100 s at 1,000 a second", n)
	}
	if !slices.IsSorted(drawn.offsetsNs) || drawn.offsetsNs[len(drawn.offsetsNs)-1] >= int64(100*time.Second) {
		t.Error("arrivals are out of order or past the end")
	}
	// Gaps of a Poisson process are exponential: their deviation is their mean.
	var sum, squares float64
	for n := 1; n < len(drawn.offsetsNs); n++ {
		gap := float64(drawn.offsetsNs[n]-drawn.offsetsNs[n-1]) / 1e6
		sum += gap
		squares += gap * gap
	}
	count := float64(len(drawn.offsetsNs) - 1)
	mean := sum / count
	if deviation := math.Sqrt(squares/count - mean*mean); math.Abs(deviation/mean-1) > 0.03 {
		t.Errorf("gaps have the mean %v ms and the deviation %v ms", mean, deviation)
	}
}

func TestASeedDrawsTheSameArrivalsAgainAndAnotherStreamOthers(t *testing.T) {
	first := newArrivals(500, int64(time.Second), 7, 1)
	if again := newArrivals(500, int64(time.Second), 7, 1); !slices.Equal(first.offsetsNs, again.offsetsNs) {
		t.Error("the same seed drew other arrivals")
	}
	if other := newArrivals(500, int64(time.Second), 7, 2); slices.Equal(first.offsetsNs, other.offsetsNs) {
		t.Error("another stream drew the same arrivals")
	}
}
