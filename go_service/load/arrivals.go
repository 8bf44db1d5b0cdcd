package load

import (
	"math"
	"math/rand/v2"
)

// arrivals are calls that come at random at a mean rate: a Poisson process. Such calls see a service as it is on the
// average over time, also where something in it beats regularly, while those at a constant rate may always meet the
// same beat (R. W. Wolff, "Poisson Arrivals See Time Averages", Operations Research 30, 1982).
type arrivals struct {
	startNs    int64 // of the process's clock; 0 until it is known
	durationNs int64
	offsetsNs  []int64
}

// newArrivals draws all of them before the first is due. The same seed gives the same arrivals.
func newArrivals(ratePerS float64, durationNs int64, seed, stream uint64) arrivals {
	random := rand.New(rand.NewPCG(seed, stream))
	drawn := arrivals{durationNs: durationNs}
	for at := 0.0; ; {
		at += random.ExpFloat64() * 1e9 / ratePerS
		if at >= float64(durationNs) {
			return drawn
		}
		drawn.offsetsNs = append(drawn.offsetsNs, int64(math.Round(at)))
	}
}

// has implements timetable.
func (a arrivals) has(n uint64) bool { return n < uint64(len(a.offsetsNs)) }

// dueNs implements timetable.
func (a arrivals) dueNs(n uint64) int64 { return a.startNs + a.offsetsNs[n] }

// endsNs implements timetable.
func (a arrivals) endsNs() int64 { return a.startNs + overrunFactor*a.durationNs }
