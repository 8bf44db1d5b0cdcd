package load

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/sidecar-ipc/gateway/go_service/client"
	benchv1 "github.com/sidecar-ipc/gateway/go_service/gen/bench/v1"
	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"
	"github.com/sidecar-ipc/gateway/go_service/trace"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// asDriver makes the test's own program a driver, so that the process tests need no build.
const asDriver = "SIDECAR_TEST_AS_DRIVER"

func TestMain(m *testing.M) {
	if os.Getenv(asDriver) != "" {
		os.Exit(Main(os.Args[1:], os.Stdout, os.Stderr))
	}
	goleak.VerifyTestMain(m)
}

func newDriver(t testing.TB, options ...client.Option) *Driver {
	return newTracedDriver(t, nil, options...)
}

func newTracedDriver(t testing.TB, exporter *trace.Exporter, options ...client.Option) *Driver {
	t.Helper()
	driver, err := NewDriver(exporter, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := driver.Close(); err != nil {
			t.Error(err)
		}
	})
	return driver
}

// loadScenario loads requests under the kernel's name.
func loadScenario(t testing.TB, driver *Driver, kernel string, requests ...proto.Message) {
	t.Helper()
	encoded := make([][]byte, len(requests))
	for n, request := range requests {
		var err error
		if encoded[n], err = proto.Marshal(request); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := driver.Load(t.Context(), &benchv1.LoadRequest{Scenario: kernel, Kernel: kernel, Requests: encoded}); err != nil {
		t.Fatal(err)
	}
}

func echoOf(n int) *kernelsv1.EchoRequest { return &kernelsv1.EchoRequest{Payload: make([]byte, n)} }

func measureOf(t testing.TB, driver *Driver, request *benchv1.MeasureRequest) *benchv1.MeasureResponse {
	t.Helper()
	if request.Mode == benchv1.Mode_MODE_UNSPECIFIED {
		request.Mode = benchv1.Mode_MODE_OFF
	}
	response, err := driver.Measure(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	return response
}

func counted(response *benchv1.MeasureResponse) (total uint64) {
	for _, count := range response.BucketCounts {
		total += count
	}
	return total
}

// percentile gives the bucket in ns below which the share of the calls lies.
func percentile(response *benchv1.MeasureResponse, share float64) time.Duration {
	below, total := uint64(0), counted(response)
	for n, count := range response.BucketCounts {
		if below += count; float64(below) >= share*float64(total) {
			return time.Duration(float64(response.BucketValues[n]) * response.HistogramUnitNs)
		}
	}
	return 0
}

func TestFastCallsAreTimedInBatchesInPartsOfANanosecond(t *testing.T) {
	driver := newDriver(t)
	loadScenario(t, driver, "constant", echoOf(0))
	got := measureOf(t, driver, &benchv1.MeasureRequest{Scenario: "constant", Route: "native", Callers: 1, DurationNs: uint64(50 * time.Millisecond)})
	if got.Batch < 2 || got.HistogramUnitNs != 0.001 {
		t.Fatalf("batch %d in units of %v ns, want batches in picoseconds", got.Batch, got.HistogramUnitNs)
	}
	if got.Calls < uint64(got.Batch) || counted(got) != got.Calls/uint64(got.Batch) {
		t.Errorf("%d calls in batches of %d, %d batches counted", got.Calls, got.Batch, counted(got))
	}
}

func TestCallsOverAMicrosecondAreTimedOneByOne(t *testing.T) {
	driver := newDriver(t)
	loadScenario(t, driver, "spin", &kernelsv1.SpinRequest{Steps: 20_000})
	got := measureOf(t, driver, &benchv1.MeasureRequest{Scenario: "spin", Route: "native", Callers: 1, MaxCalls: 50})
	if got.Batch != 1 || got.HistogramUnitNs != 1 || counted(got) != 50 {
		t.Errorf("batch %d in units of %v ns, %d calls counted", got.Batch, got.HistogramUnitNs, counted(got))
	}
}

func TestCallersThatQueueForEachOtherAreTimedOneByOne(t *testing.T) {
	driver := newDriver(t)
	loadScenario(t, driver, "queueing", echoOf(0))
	together := &benchv1.MeasureRequest{Scenario: "queueing", Route: "native", Callers: 16, MaxCalls: 2000}
	if got := measureOf(t, driver, together); got.Batch != 1 {
		t.Errorf("16 callers that wait for each other: batch %d hides the waits", got.Batch)
	}
}

func TestABlockMakesExactlyTheCallsThatItMayWithAnyBatchAndAnyNumberOfCallers(t *testing.T) {
	driver := newDriver(t)
	loadScenario(t, driver, "constant", echoOf(0), echoOf(1), echoOf(2))
	for _, test := range []struct{ callers, batch, calls uint64 }{{1, 1, 1}, {1, 7, 100}, {3, 1, 1000}, {8, 16, 1000}, {64, 1, 10}, {2, 1000, 10}, {500, 1, 5000}} {
		got := measureOf(t, driver, &benchv1.MeasureRequest{
			Scenario: "constant", Route: "native", Callers: uint32(test.callers), Batch: uint32(test.batch), MaxCalls: test.calls,
		})
		if got.Calls != test.calls {
			t.Errorf("%+v: %d calls", test, got.Calls)
		}
	}
}

func TestABlockEndsAfterItsDuration(t *testing.T) {
	driver := newDriver(t)
	loadScenario(t, driver, "echo", echoOf(64))
	const duration = 60 * time.Millisecond
	got := measureOf(t, driver, &benchv1.MeasureRequest{Scenario: "echo", Route: "native", Callers: 4, DurationNs: uint64(duration)})
	if took := time.Duration(got.EndNs - got.StartNs); took < duration || took > 10*duration {
		t.Errorf("took %v, want %v", took, duration)
	}
	if got.CpuNs == 0 || got.AllocatedObjects < got.Calls || got.AllocatedBytes == 0 {
		t.Errorf("CPU %d ns, %d objects of %d bytes for %d calls", got.CpuNs, got.AllocatedObjects, got.AllocatedBytes, got.Calls)
	}
}

func TestMeasuringAllocatesNothingOnTheWayOfACall(t *testing.T) {
	driver := newDriver(t)
	loadScenario(t, driver, "constant", echoOf(0))
	for _, mode := range []benchv1.Mode{benchv1.Mode_MODE_OFF, benchv1.Mode_MODE_STAMPS, benchv1.Mode_MODE_UNSAMPLED} {
		got := measureOf(t, driver, &benchv1.MeasureRequest{
			Scenario: "constant", Route: "native", Callers: 2, MaxCalls: 20_000, Batch: 1, Mode: mode, Reservoir: 1000,
		})
		if got.AllocatedObjects > 1000 {
			t.Errorf("%s: %d objects for %d calls of a kernel that allocates none", mode, got.AllocatedObjects, got.Calls)
		}
	}
}

func TestWithoutStampsARecordHasItsStartAndItsTimeAndNothingElse(t *testing.T) {
	driver := newDriver(t)
	loadScenario(t, driver, "echo", echoOf(1), echoOf(2))
	got := measureOf(t, driver, &benchv1.MeasureRequest{Scenario: "echo", Route: "native", Callers: 1, MaxCalls: 500, Batch: 1, Reservoir: 50, Seed: 3})
	records := got.Records
	if len(records.T0Ns) != 50 || len(records.TotalNs) != 50 || len(records.RequestIndex) != 50 {
		t.Fatalf("%d records of %d columns", len(records.T0Ns), len(records.TotalNs))
	}
	for n := range records.T0Ns {
		if records.T1Ns[n] != 0 || records.T10Ns[n] != 0 {
			t.Fatalf("record %d has stamps", n)
		}
		if records.T0Ns[n] < got.StartNs || records.T0Ns[n] > got.EndNs || records.TotalNs[n] <= 0 || records.RequestIndex[n] > 1 {
			t.Errorf("record %d: start %d, %v ns, request %d", n, records.T0Ns[n], records.TotalNs[n], records.RequestIndex[n])
		}
	}
}

func TestWithStampsNoStageIsNegativeAndTheTotalCoversThemAll(t *testing.T) {
	driver := newDriver(t)
	loadScenario(t, driver, "digest", &kernelsv1.DigestRequest{Data: make([]byte, 4096)})
	got := measureOf(t, driver, &benchv1.MeasureRequest{
		Scenario: "digest", Route: "native", Callers: 2, MaxCalls: 500, Reservoir: 500, Mode: benchv1.Mode_MODE_STAMPS,
	})
	for n := range got.Records.T0Ns {
		r := got.Records
		points := []uint64{r.T0Ns[n], r.T1Ns[n], r.T6Ns[n], r.T7Ns[n], r.T10Ns[n], r.T0Ns[n] + uint64(r.TotalNs[n])}
		for m := 1; m < len(points); m++ {
			if points[m] < points[m-1] {
				t.Fatalf("record %d: its points do not rise: %v", n, points)
			}
		}
	}
}

func TestTheSeedDecidesTheOrderOfTheRequests(t *testing.T) {
	driver := newDriver(t)
	requests := make([]proto.Message, 40)
	for n := range requests {
		requests[n] = echoOf(n)
	}
	loadScenario(t, driver, "echo", requests...)
	order := func(seed uint64) string {
		got := measureOf(t, driver, &benchv1.MeasureRequest{
			Scenario: "echo", Route: "native", Callers: 1, MaxCalls: 40, Batch: 1, Reservoir: 40, Seed: seed,
		})
		indices := make([]byte, len(got.Records.RequestIndex))
		for n, index := range got.Records.RequestIndex {
			indices[n] = byte(index)
		}
		return string(indices)
	}
	first, again, other := order(1), order(1), order(2)
	if first != again || first == other {
		t.Error("the same seed gives another order, or another seed the same")
	}
}

func TestFailedCallsAreCountedByReasonAndNotTimed(t *testing.T) {
	driver := newDriver(t)
	loadScenario(t, driver, "refusing", echoOf(1), echoOf(2))
	got := measureOf(t, driver, &benchv1.MeasureRequest{Scenario: "refusing", Route: "native", Callers: 1, MaxCalls: 100, Batch: 1})
	if got.Calls != 50 || got.Failures[uint32(wire.ReasonInvalidInput)] != 50 || counted(got) != 50 {
		t.Errorf("%d good, failures %v, %d timed", got.Calls, got.Failures, counted(got))
	}
}

func TestAWorkerThatIsAwayIsAReasonAndNoError(t *testing.T) {
	driver := newDriver(t, client.WithUDS(filepath.Join(t.TempDir(), "none.sock")))
	loadScenario(t, driver, "echo", echoOf(64))
	got := measureOf(t, driver, &benchv1.MeasureRequest{Scenario: "echo", Route: "uds/msgpack", Callers: 2, MaxCalls: 20})
	if got.Calls != 0 || got.Failures[uint32(wire.ReasonNoWorker)] != 20 {
		t.Errorf("%d good, failures %v", got.Calls, got.Failures)
	}
}

func TestACallThatTakesLongerThanItsTimeoutIsCutAndCounted(t *testing.T) {
	driver := newDriver(t)
	loadScenario(t, driver, "slow", echoOf(0))
	got := measureOf(t, driver, &benchv1.MeasureRequest{
		Scenario: "slow", Route: "native", Callers: 2, MaxCalls: 2, Batch: 1, TimeoutNs: uint64(20 * time.Millisecond),
	})
	if got.Failures[uint32(wire.ReasonDeadline)] != 2 {
		t.Errorf("failures %v", got.Failures)
	}
}

func TestAnOpenLoopKeepsItsRate(t *testing.T) {
	driver := newDriver(t)
	loadScenario(t, driver, "constant", echoOf(0))
	got := measureOf(t, driver, &benchv1.MeasureRequest{
		Scenario: "constant", Route: "native", Callers: 4, RatePerS: 1000, DurationNs: uint64(200 * time.Millisecond),
	})
	if got.Calls != 200 || got.Batch != 1 {
		t.Errorf("%d calls in batches of %d, want 200 one by one", got.Calls, got.Batch)
	}
}

func TestAStallShowsInThePercentilesOfAnOpenLoopAndHidesFromAClosedOne(t *testing.T) {
	driver := newDriver(t)
	loadScenario(t, driver, "stall", echoOf(0))
	stalledCalls.Store(0)
	open := measureOf(t, driver, &benchv1.MeasureRequest{
		Scenario: "stall", Route: "native", Callers: 1, RatePerS: 1000, DurationNs: uint64(time.Second), Reservoir: 1000,
	})
	stalledCalls.Store(0)
	closed := measureOf(t, driver, &benchv1.MeasureRequest{Scenario: "stall", Route: "native", Callers: 1, MaxCalls: 1000, Batch: 1})
	// A tenth of a second at 1,000 a second delays a hundred calls of a thousand, the last ones by little.
	if p95 := percentile(open, 0.95); p95 < stallTime/4 {
		t.Errorf("open loop: p95 %v does not show a stall of %v", p95, stallTime)
	}
	if p95 := percentile(closed, 0.95); p95 > stallTime/4 {
		t.Errorf("closed loop: p95 %v", p95)
	}
	if open.Calls != 1000 {
		t.Errorf("%d calls were made, those that were due in the stall included: want 1000", open.Calls)
	}
}

func TestOneBlockRunsAtATime(t *testing.T) {
	driver := newDriver(t)
	loadScenario(t, driver, "constant", echoOf(0))
	spans := make(chan [2]uint64, 2)
	for range 2 {
		go func() {
			got, err := driver.Measure(t.Context(), &benchv1.MeasureRequest{
				Scenario: "constant", Route: "native", Callers: 1, Mode: benchv1.Mode_MODE_OFF, DurationNs: uint64(30 * time.Millisecond),
			})
			if err != nil {
				t.Error(err)
			}
			spans <- [2]uint64{got.GetStartNs(), got.GetEndNs()}
		}()
	}
	first, second := <-spans, <-spans
	if first[0] > second[0] {
		first, second = second, first
	}
	if second[0] < first[1] {
		t.Errorf("a block began at %d, before the other ended at %d", second[0], first[1])
	}
}

func TestTheEndOfTheRequestEndsTheBlock(t *testing.T) {
	driver := newDriver(t)
	loadScenario(t, driver, "constant", echoOf(0))
	for name, rate := range map[string]float64{"closed": 0, "open": 100} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			began := time.Now()
			_, err := driver.Measure(ctx, &benchv1.MeasureRequest{
				Scenario: "constant", Route: "native", Callers: 2, Mode: benchv1.Mode_MODE_OFF, DurationNs: uint64(time.Minute), RatePerS: rate,
			})
			if took := time.Since(began); status.Code(err) != codes.DeadlineExceeded || took > 10*time.Second {
				t.Errorf("ended after %v with %v", took, err)
			}
		})
	}
}

func TestWhatCanNotBeMeasuredIsRefusedByName(t *testing.T) {
	driver := newDriver(t)
	loadScenario(t, driver, "echo", echoOf(0))
	good := &benchv1.MeasureRequest{Scenario: "echo", Route: "native", Callers: 1, MaxCalls: 1, Mode: benchv1.Mode_MODE_OFF}
	for _, test := range []struct {
		name   string
		change func(*benchv1.MeasureRequest)
		want   codes.Code
	}{
		{"a scenario that was not loaded", func(r *benchv1.MeasureRequest) { r.Scenario = "none" }, codes.NotFound},
		{"an unknown route", func(r *benchv1.MeasureRequest) { r.Route = "pigeon" }, codes.InvalidArgument},
		{"a route without a worker", func(r *benchv1.MeasureRequest) { r.Route = "uds/raw" }, codes.FailedPrecondition},
		{"a twin that is not there", func(r *benchv1.MeasureRequest) { r.Route = "native/original" }, codes.FailedPrecondition},
		{"no caller", func(r *benchv1.MeasureRequest) { r.Callers = 0 }, codes.InvalidArgument},
		{"too many callers", func(r *benchv1.MeasureRequest) { r.Callers = 1 << 30 }, codes.InvalidArgument},
		{"no end", func(r *benchv1.MeasureRequest) { r.MaxCalls = 0 }, codes.InvalidArgument},
		{"no mode", func(r *benchv1.MeasureRequest) { r.Mode = 0 }, codes.InvalidArgument},
		{"an unknown mode", func(r *benchv1.MeasureRequest) { r.Mode = 99 }, codes.InvalidArgument},
		{"a negative rate", func(r *benchv1.MeasureRequest) { r.RatePerS = -1 }, codes.InvalidArgument},
		{"a timeout out of range", func(r *benchv1.MeasureRequest) { r.TimeoutNs = 1 << 63 }, codes.InvalidArgument},
		{"too many processors", func(r *benchv1.MeasureRequest) { r.Gomaxprocs = 1 << 31 }, codes.InvalidArgument},
		{"an endless batch", func(r *benchv1.MeasureRequest) { r.Batch = 1 << 31 }, codes.InvalidArgument},
		{"batches at a rate", func(r *benchv1.MeasureRequest) { r.RatePerS, r.Batch = 10, 5 }, codes.InvalidArgument},
		{"batches with stamps", func(r *benchv1.MeasureRequest) { r.Mode, r.Batch = benchv1.Mode_MODE_STAMPS, 5 }, codes.InvalidArgument},
	} {
		t.Run(test.name, func(t *testing.T) {
			request := proto.Clone(good).(*benchv1.MeasureRequest)
			test.change(request)
			if _, err := driver.Measure(t.Context(), request); status.Code(err) != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func TestAScenarioThatCanNotBeCalledIsRefused(t *testing.T) {
	driver := newDriver(t)
	secret := []byte("\xff\xff4111111111111111")
	for name, request := range map[string]*benchv1.LoadRequest{
		"an unknown kernel": {Scenario: "s", Kernel: "none", Requests: [][]byte{{}}},
		"no requests":       {Scenario: "s", Kernel: "echo"},
		"no protobuf":       {Scenario: "s", Kernel: "echo", Requests: [][]byte{secret}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := driver.Load(t.Context(), request)
			if status.Code(err) != codes.InvalidArgument {
				t.Fatalf("got %v", err)
			}
			if containsBytes(err.Error(), secret) {
				t.Errorf("the refusal shows bytes of the request: %v", err)
			}
		})
	}
}

func TestADescriptionNamesEveryRouteOfEveryKernelAndSaysWhatIsMissing(t *testing.T) {
	driver := newDriver(t)
	got, err := driver.Describe(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]string{}
	for _, route := range got.Routes {
		told[route.Kernel+" "+route.Route] = route.Unavailable
	}
	if len(told) != len(client.Kernels())*len(wire.Routes()) || int(got.Pid) != os.Getpid() || got.GoVersion == "" {
		t.Errorf("%d routes of process %d, %q", len(told), got.Pid, got.GoVersion)
	}
	if told["echo native"] != "" || told["echo uds/msgpack"] == "" || told["digest native/original"] == "" {
		t.Errorf("%q", told)
	}
}
