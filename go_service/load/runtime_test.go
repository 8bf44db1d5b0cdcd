package load

import (
	"math"
	"runtime/metrics"
	"testing"
	"time"

	benchv1 "github.com/sidecar-ipc/gateway/go_service/gen/bench/v1"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

func TestABlockTellsWhatItsCallsMadeTheProcessUse(t *testing.T) {
	driver := newDriver(t)
	loadScenario(t, driver, "allocating", echoOf(1<<20))
	got := measureOf(t, driver, &benchv1.MeasureRequest{Scenario: "allocating", Route: "native", Callers: 2, MaxCalls: 400, Batch: 1})
	if got.AllocatedBytes < 400<<20 || got.GcCycles == 0 {
		t.Fatalf("%d bytes allocated, %d collections", got.AllocatedBytes, got.GcCycles)
	}
	if got.GcCpuNs == 0 || got.GcPauseNs == 0 || got.GcPauseMaxNs == 0 || got.GcPauseMaxNs > uint64(time.Minute) {
		t.Errorf("%d collections took %d ns of CPU, %d ns of pauses, the longest %d ns", got.GcCycles, got.GcCpuNs, got.GcPauseNs, got.GcPauseMaxNs)
	}
	if got.MinorFaults == 0 || got.Threads < 2 || got.HeapLiveBytes == 0 || got.GoMemoryBytes < got.HeapLiveBytes {
		t.Errorf("%d minor faults, %d threads, %d bytes of %d alive", got.MinorFaults, got.Threads, got.HeapLiveBytes, got.GoMemoryBytes)
	}
}

func TestABlockThatAllocatesNothingTellsOfNoCollection(t *testing.T) {
	driver := newDriver(t)
	loadScenario(t, driver, "constant", echoOf(0))
	got := measureOf(t, driver, &benchv1.MeasureRequest{Scenario: "constant", Route: "native", Callers: 1, MaxCalls: 1000, Batch: 1})
	if got.GcCycles != 0 || got.GcPauseNs != 0 || got.GcPauseMaxNs != 0 {
		t.Errorf("%d collections, pauses of %d ns, the longest %d ns", got.GcCycles, got.GcPauseNs, got.GcPauseMaxNs)
	}
}

func TestCallsThatWaitAreVoluntarySwitches(t *testing.T) {
	driver := newDriver(t)
	loadScenario(t, driver, "queueing", echoOf(0))
	got := measureOf(t, driver, &benchv1.MeasureRequest{Scenario: "queueing", Route: "native", Callers: 4, MaxCalls: 400, Batch: 1})
	if got.VoluntarySwitches < 20 {
		t.Errorf("%d voluntary switches in 400 calls that sleep", got.VoluntarySwitches)
	}
}

func TestTheLongestPauseIsTheUpperEndOfTheHighestBucketThatGrew(t *testing.T) {
	buckets := []float64{0, 1e-6, 1e-3, math.Inf(1)}
	for _, test := range []struct {
		before, after []uint64
		want          uint64
	}{
		{[]uint64{0, 0, 0}, []uint64{0, 0, 0}, 0},
		{[]uint64{5, 5, 5}, []uint64{5, 5, 5}, 0},
		{[]uint64{5, 5, 5}, []uint64{9, 5, 5}, 1000},
		{[]uint64{5, 5, 5}, []uint64{5, 6, 5}, 1_000_000},
		{[]uint64{0, 0, 0}, []uint64{1, 1, 1}, 1_000_000}, // the last bucket has no end
	} {
		got := longestPauseNs(&metrics.Float64Histogram{Counts: test.before, Buckets: buckets}, &metrics.Float64Histogram{Counts: test.after, Buckets: buckets})
		if got != test.want {
			t.Errorf("%v then %v: %d ns, want %d", test.before, test.after, got, test.want)
		}
	}
}

func TestADescriptionTellsThePriceOfAClockReadAndHowTheDriverWasBuilt(t *testing.T) {
	got, err := newDriver(t).Describe(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.ClockReadNs < 1 || got.ClockReadNs > 10_000 {
		t.Errorf("%v ns for a clock read", got.ClockReadNs)
	}
	if got.Build["GOARCH"] == "" || got.Build["CGO_ENABLED"] == "" {
		t.Errorf("build settings %v", got.Build)
	}
}

func TestTheFirstCallsInProcessAreTimed(t *testing.T) {
	driver := newDriver(t)
	loadScenario(t, driver, "digest", echoOf(0))
	route, err := wire.ParseRoute("cgo/raw")
	if err != nil {
		t.Fatal(err)
	}
	linked := driver.plain.Available(driver.scenarios["digest"].kernel, route) == nil
	if linked != (inprocInitNs() > 0) {
		t.Fatalf("linked: %v, first crossing %d ns", linked, inprocInitNs())
	}
	if !linked {
		t.Skip("this build has no library in process")
	}
	if driver.firstCalls.of("digest") != 0 {
		t.Error("a call was timed before any was made")
	}
	measureOf(t, driver, &benchv1.MeasureRequest{Scenario: "digest", Route: "cgo/raw", Callers: 1, MaxCalls: 1})
	first := driver.firstCalls.of("digest")
	measureOf(t, driver, &benchv1.MeasureRequest{Scenario: "digest", Route: "cgo/raw", Callers: 1, MaxCalls: 1})
	if first == 0 || driver.firstCalls.of("digest") != first {
		t.Errorf("first call %d ns, then %d ns", first, driver.firstCalls.of("digest"))
	}
}

func TestManyCallersOnOneProcessorKeepARateAndMakeExactlyTheCallsThatTheyMay(t *testing.T) {
	driver := newDriver(t)
	loadScenario(t, driver, "constant", echoOf(0))
	const rate, calls = 5000, 600
	got := measureOf(t, driver, &benchv1.MeasureRequest{
		Scenario: "constant", Route: "native", Callers: 256, RatePerS: rate, MaxCalls: calls, Gomaxprocs: 1,
	})
	took := time.Duration(got.EndNs - got.StartNs)
	if got.Calls != calls || took < (calls-1)*time.Second/rate {
		t.Errorf("%d calls in %v", got.Calls, took)
	}
}
