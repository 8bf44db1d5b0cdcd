package client

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// traffic is simulated: so many calls a second, of which these shares fail, are slow or differ.
type traffic struct {
	perSecond                int
	failing, slow, differing float64
}

// bounds of the simulated policy; each rate is watched.
var simulatedBounds = Rollback{Window: 10 * time.Second, MinCalls: 100, ErrorRate: 0.01, MismatchRate: 0.001, P99: 5 * time.Millisecond}

// simulation lets traffic pass through a window by a clock of its own.
type simulation struct {
	window *window
	chance *rand.Rand
	nowNs  uint64
}

func newSimulation(seed uint64, bounds Rollback) *simulation {
	const startNs = 123_456_789
	return &simulation{window: newWindow(bounds, startNs), chance: rand.New(rand.NewPCG(seed, 7)), nowNs: startNs}
}

// run gives the time until a rollback; 0 where there was none.
func (s *simulation) run(of traffic, lasting time.Duration) (time.Duration, excess) {
	step, from := uint64(time.Second)/uint64(of.perSecond), s.nowNs
	for s.nowNs < from+uint64(lasting) {
		s.nowNs += step
		if found, over := s.window.turn(s.nowNs); over {
			return time.Duration(s.nowNs - from), found
		}
		took := time.Millisecond
		if s.chance.Float64() < of.slow {
			took = 50 * time.Millisecond
		}
		s.window.end(s.window.begin(s.nowNs), s.nowNs+uint64(took), s.chance.Float64() < of.failing)
		s.window.comparison(s.chance.Float64() >= of.differing)
	}
	return 0, excess{}
}

func TestAnHourOfCleanTrafficIsNeverRolledBack(t *testing.T) {
	near := traffic{perSecond: 200, failing: 0.008, slow: 0.008, differing: 0.0008}
	falseAlarms, hours := 0, 20
	for seed := range hours {
		if took, found := newSimulation(uint64(seed), simulatedBounds).run(near, time.Hour); took > 0 {
			falseAlarms++
			t.Errorf("hour %d at 80 %% of each bound was rolled back after %v by %+v", seed, took, found)
		}
	}
	fmt.Printf("rollback: %d false alarms in %d hours of clean traffic at 80 %% of each bound\n", falseAlarms, hours)
}

func TestWhatIsPlantedIsRolledBackWithinOneWindow(t *testing.T) {
	clean := traffic{perSecond: 200, failing: 0.001, slow: 0.001, differing: 0.0001}
	for _, test := range []struct {
		measure Measure
		plant   func(*traffic)
	}{
		{MeasureErrorRate, func(of *traffic) { of.failing = 0.05 }},
		{MeasureP99, func(of *traffic) { of.slow = 0.05 }},
		{MeasureMismatchRate, func(of *traffic) { of.differing = 0.02 }},
	} {
		worst := time.Duration(0)
		for seed := range 200 {
			s := newSimulation(uint64(seed), simulatedBounds)
			lead := time.Duration(seed) * 117 * time.Millisecond // plants fall anywhere in a slot
			if took, found := s.run(clean, time.Minute+lead); took > 0 {
				t.Fatalf("%s: clean traffic was rolled back by %+v", test.measure, found)
			}
			planted := clean
			test.plant(&planted)
			took, found := s.run(planted, 2*simulatedBounds.Window)
			if took == 0 || took > simulatedBounds.Window || found.measure != test.measure {
				t.Errorf("%s planted with seed %d: rolled back after %v by %s, want at most %v", test.measure, seed, took, found.measure, simulatedBounds.Window)
			}
			worst = max(worst, took)
		}
		fmt.Printf("rollback: planted %s found after at most %v of a window of %v, 200 of 200 times\n", test.measure, worst.Round(time.Millisecond), simulatedBounds.Window)
	}
}

func TestTooFewCallsDecideNothing(t *testing.T) {
	s := newSimulation(1, simulatedBounds)
	// 10 calls a second are 90 in the slots that are judged, below the 100 that the policy asks for
	if took, found := s.run(traffic{perSecond: 10, failing: 1, slow: 1, differing: 1}, time.Minute); took > 0 {
		t.Errorf("rolled back after %v by %+v", took, found)
	}
	if took, _ := s.run(traffic{perSecond: 12, failing: 1, slow: 1, differing: 1}, time.Minute); took == 0 {
		t.Error("with enough calls all of which fail there was no rollback")
	}
}

func TestABurstBeforeASilenceIsJudgedWhenCallsComeBack(t *testing.T) {
	s := newSimulation(1, simulatedBounds)
	for range 200 {
		s.window.end(s.window.begin(s.nowNs), s.nowNs, true)
	}
	if _, over := s.window.turn(s.nowNs + uint64(time.Hour)); !over {
		t.Error("the burst was forgotten")
	}
	if _, over := s.window.turn(s.nowNs + uint64(time.Hour+simulatedBounds.Window)); over {
		t.Error("the burst was judged twice")
	}
}

func TestCallsThatHangAreSlowBeforeTheyEnd(t *testing.T) {
	s := newSimulation(1, simulatedBounds)
	s.run(traffic{perSecond: 200}, time.Minute)
	planted := s.nowNs
	for n := range 2000 {
		s.nowNs += uint64(5 * time.Millisecond)
		if found, over := s.window.turn(s.nowNs); over {
			if took := time.Duration(s.nowNs - planted); found.measure != MeasureP99 || took > 2*time.Second {
				t.Errorf("found %s after %v", found.measure, took)
			}
			return
		}
		if begun := s.window.begin(s.nowNs); n%2 == 0 {
			s.window.end(begun, s.nowNs, false)
		}
	}
	t.Error("half of the calls hang and nobody notices")
}

func TestACallThatItsCallerGaveUpCountsForNothing(t *testing.T) {
	s := newSimulation(1, simulatedBounds)
	for range 10_000 {
		s.nowNs += uint64(time.Millisecond)
		if found, over := s.window.turn(s.nowNs); over {
			t.Fatalf("found %+v", found)
		}
		s.window.forget(s.window.begin(s.nowNs), s.nowNs+uint64(simulatedBounds.P99))
	}
}

func TestCallersThatGiveUpOnASlowRouteTellOfIt(t *testing.T) {
	s := newSimulation(1, simulatedBounds)
	for range 10_000 {
		s.nowNs += uint64(time.Millisecond)
		if found, over := s.window.turn(s.nowNs); over {
			if found.measure != MeasureP99 {
				t.Errorf("found %+v", found)
			}
			return
		}
		s.window.forget(s.window.begin(s.nowNs), s.nowNs+uint64(time.Second))
	}
	t.Error("every caller waits a second and gives up, and nobody notices")
}

func TestABoundIsExceededOnlyByMoreThanChanceExplains(t *testing.T) {
	for _, test := range []struct {
		count, calls uint64
		bound        float64
		want         bool
	}{
		{0, 100, 0.01, false}, {1, 100, 0.01, false}, {5, 100, 0.01, false}, {10, 100, 0.01, true}, {100, 100, 0.01, true},
		{15, 1000, 0.01, false}, {31, 1000, 0.01, true}, {120, 10_000, 0.01, false}, {160, 10_000, 0.01, true},
		{20, 20, 0.5, true}, {20, 20, 0.6, false}, {1, 1000, 1e-10, true},
	} {
		if got := exceeds(test.count, test.calls, test.bound); got != test.want {
			t.Errorf("%d of %d against %v: %t", test.count, test.calls, test.bound, got)
		}
	}
}
