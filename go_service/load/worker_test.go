package load

import (
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/sidecar-ipc/gateway/go_service/client"
	benchv1 "github.com/sidecar-ipc/gateway/go_service/gen/bench/v1"
	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"
	"github.com/sidecar-ipc/gateway/go_service/trace"
	"github.com/sidecar-ipc/gateway/go_service/trace/tracetest"
	"github.com/sidecar-ipc/gateway/go_service/wire"
	"github.com/sidecar-ipc/gateway/go_service/workertest"
)

// routesOf gives the routes by which this build can call a kernel across a boundary: those to a worker, and the one in
// the process where the library is linked in.
func routesOf(t *testing.T, driver *Driver, kernel string) (routes []wire.Route) {
	t.Helper()
	known, err := client.Lookup(kernel)
	if err != nil {
		t.Fatal(err)
	}
	for _, route := range wire.Routes() {
		if !route.IsNative() && driver.plain.Available(known, route) == nil {
			routes = append(routes, route)
		}
	}
	return routes
}

func TestABlockOverEveryRouteToAWorkerCountsItsCallsBytesAndStamps(t *testing.T) {
	worker := workertest.Start(t)
	driver := newDriver(t, client.WithWorker(worker.Endpoints))
	loadScenario(t, driver, "redact", &kernelsv1.RedactRequest{Text: make([]byte, 1000)})
	for _, route := range routesOf(t, driver, "redact") {
		t.Run(route.String(), func(t *testing.T) {
			got := measureOf(t, driver, &benchv1.MeasureRequest{
				Scenario: "redact", Route: route.String(), Callers: 4, MaxCalls: 400, Reservoir: 400, Mode: benchv1.Mode_MODE_STAMPS,
			})
			if got.Calls != 400 || len(got.Failures) != 0 || got.Batch != 1 {
				t.Fatalf("%d calls, failures %v, batch %d", got.Calls, got.Failures, got.Batch)
			}
			if got.RequestBytes < 400*1000 || got.ReplyBytes < 400*1000 || got.RequestBytes > 400*1100 {
				t.Errorf("%d bytes out, %d back", got.RequestBytes, got.ReplyBytes)
			}
			assertStages(t, got.Records)
		})
	}
}

// assertStages wants every stage of every record to be there and not negative.
func assertStages(t *testing.T, records *benchv1.Records) {
	t.Helper()
	columns := [][]uint64{
		records.T0Ns, records.T1Ns, records.T2Ns, records.T4Ns, records.T5Ns, records.T6Ns, records.T7Ns, records.T8Ns, records.T9Ns, records.T10Ns,
	}
	for row := range records.T0Ns {
		for n := 1; n < len(columns); n++ {
			if columns[n][row] == 0 || columns[n][row] < columns[n-1][row] {
				t.Fatalf("record %d: stamp %d does not follow the one before: %d after %d", row, n, columns[n][row], columns[n-1][row])
			}
		}
	}
}

func TestAllRoutesToAWorkerAnswerAsTheTwinDoes(t *testing.T) {
	worker := workertest.Start(t)
	driver := newDriver(t, client.WithWorker(worker.Endpoints))
	loadScenario(t, driver, "digest", &kernelsv1.DigestRequest{}, &kernelsv1.DigestRequest{Data: make([]byte, 100)}, &kernelsv1.DigestRequest{Data: make([]byte, 300_000)})
	request := &benchv1.AnswerRequest{Scenario: "digest", Route: "native", Callers: 8, Repeats: 20, TimeoutNs: uint64(10 * time.Second)}
	want := answersOf(t, driver, request)
	for _, route := range routesOf(t, driver, "digest") {
		request.Route = route.String()
		for n, answer := range answersOf(t, driver, request) {
			if !proto.Equal(answer, want[n]) {
				t.Errorf("%s, request %d: %d bytes in %d outcomes, status %d; native %d bytes", route, n, len(answer.Response), answer.Outcomes, answer.Status, len(want[n].Response))
			}
		}
	}
}

func TestATracedCallTellsItsWholeStory(t *testing.T) {
	worker := workertest.Start(t) // before the receiver, so that it exports nothing itself
	receiver := tracetest.Start(t)
	exporter, err := trace.NewExporter(t.Context(), ServiceName, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(exporter.End)
	driver := newTracedDriver(t, exporter, client.WithWorker(worker.Endpoints))
	loadScenario(t, driver, "redact", &kernelsv1.RedactRequest{Text: make([]byte, 1000)})
	for _, route := range routesOf(t, driver, "redact") {
		for _, mode := range []benchv1.Mode{benchv1.Mode_MODE_STAMPS, benchv1.Mode_MODE_UNSAMPLED, benchv1.Mode_MODE_SAMPLED} {
			t.Run(route.String()+" "+mode.String(), func(t *testing.T) {
				got, err := driver.Trace(t.Context(), &benchv1.TraceRequest{Scenario: "redact", Route: route.String(), Mode: mode})
				if err != nil || got.Status != 0 {
					t.Fatalf("%v, %v", got, err)
				}
				assertStages(t, got.Record)
				wantCaller, wantWorker := spansExpected(route, mode)
				caller, worker := spansOf(receiver, ServiceName, got.TraceId), spansOf(receiver, trace.WorkerServiceName, got.TraceId)
				if len(caller) != wantCaller || len(worker) != wantWorker {
					t.Errorf("%d spans of the call here and %d of the worker's part, want %d and %d", len(caller), len(worker), wantCaller, wantWorker)
				}
			})
		}
	}
}

// spansExpected says how many spans of a call the driver exports under its own name and under the worker's.
func spansExpected(route wire.Route, mode benchv1.Mode) (caller, worker int) {
	if mode != benchv1.Mode_MODE_STAMPS {
		caller = 1
	}
	if mode == benchv1.Mode_MODE_UNSAMPLED && route.Placement() == wire.PlacementProcess {
		worker = 1
	}
	return caller, worker
}

// spansOf finds the spans of calls in a trace.
func spansOf(receiver *tracetest.Receiver, service string, trace []byte) (found []tracetest.Span) {
	for _, span := range receiver.Named(service, "kernels.v1.RedactService/Redact") {
		if string(span.GetTraceId()) == string(trace) {
			found = append(found, span)
		}
	}
	return found
}

func TestAWorkerThatIsRestartedAtItsPathsIsCalledAgain(t *testing.T) {
	worker := workertest.Start(t)
	driver := newDriver(t, client.WithUDS(worker.Address(wire.ChannelUDS)))
	loadScenario(t, driver, "echo", echoOf(64))
	block := &benchv1.MeasureRequest{Scenario: "echo", Route: "uds/raw", Callers: 2, MaxCalls: 50}
	if got := measureOf(t, driver, block); got.Calls != 50 {
		t.Fatalf("%d calls", got.Calls)
	}
	worker.Kill()
	if got := measureOf(t, driver, block); got.Calls != 0 {
		t.Fatalf("%d calls without a worker", got.Calls)
	}
	workertest.StartIn(t, worker.Dir)
	deadline := time.Now().Add(5 * time.Second)
	for measureOf(t, driver, block).Calls != 50 {
		if time.Now().After(deadline) {
			t.Fatal("the worker that came back is not called")
		}
	}
}
