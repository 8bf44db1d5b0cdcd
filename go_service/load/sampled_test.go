package load

import (
	"testing"
	"time"

	benchv1 "github.com/sidecar-ipc/gateway/go_service/gen/bench/v1"
	"github.com/sidecar-ipc/gateway/go_service/trace"
	"github.com/sidecar-ipc/gateway/go_service/trace/tracetest"
)

// sampledBlock makes many more sampled calls than the exporter's queue holds.
func sampledBlock(t *testing.T) (got *benchv1.MeasureResponse, took time.Duration) {
	exporter, err := trace.NewExporter(t.Context(), ServiceName, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(exporter.End)
	driver := newTracedDriver(t, exporter)
	loadScenario(t, driver, "constant", echoOf(0))
	began := time.Now()
	got = measureOf(t, driver, &benchv1.MeasureRequest{
		Scenario: "constant", Route: "native", Callers: 4, MaxCalls: manyCalls, Mode: benchv1.Mode_MODE_SAMPLED,
	})
	return got, time.Since(began)
}

const (
	manyCalls = 20_000
	manySpans = 2 * manyCalls // a call and its stage
)

func TestEverySpanOfASampledBlockArrivesOrIsCountedAsDropped(t *testing.T) {
	receiver := tracetest.Start(t)
	got, _ := sampledBlock(t)
	arrived := len(receiver.Spans())
	if got.Calls != manyCalls || arrived == 0 || uint64(arrived)+got.SpansDropped != manySpans {
		t.Errorf("%d calls: %d spans arrived, %d dropped", got.Calls, arrived, got.SpansDropped)
	}
}

func TestASampledBlockWithoutAReceiverEndsSoonAndKeepsNoSpans(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
	got, took := sampledBlock(t)
	if got.Calls != manyCalls || got.SpansDropped != manySpans || took > 20*time.Second {
		t.Errorf("%d calls in %v, %d spans dropped", got.Calls, took, got.SpansDropped)
	}
	if got.HeapLiveBytes > 200<<20 {
		t.Errorf("%d bytes are alive", got.HeapLiveBytes)
	}
}
