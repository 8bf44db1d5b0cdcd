//go:build plant

package load

import (
	"testing"
	"time"

	benchv1 "github.com/sidecar-ipc/gateway/go_service/gen/bench/v1"
	"github.com/sidecar-ipc/gateway/go_service/internal/plant"
)

func TestAPlantedLagShowsBetweenTheIntendedStartAndTheCallInEveryLoop(t *testing.T) {
	const planted = 2 * time.Millisecond
	lagDelay = plant.Plants("byte:go-twin,delay:lag:2000000").Delay("lag")
	defer func() { lagDelay = 0 }()
	driver := newDriver(t)
	loadScenario(t, driver, "constant", echoOf(0))
	block := &benchv1.MeasureRequest{Scenario: "constant", Route: "native", Callers: 1, MaxCalls: 20, Reservoir: 20, Mode: benchv1.Mode_MODE_STAMPS}
	open := &benchv1.MeasureRequest{Scenario: "constant", Route: "native", Callers: 1, RatePerS: 50, MaxCalls: 5, Reservoir: 5, Mode: benchv1.Mode_MODE_STAMPS}
	traced, err := driver.Trace(t.Context(), &benchv1.TraceRequest{Scenario: "constant", Route: "native", Mode: benchv1.Mode_MODE_STAMPS})
	if err != nil {
		t.Fatal(err)
	}
	for name, records := range map[string]*benchv1.Records{
		"closed": measureOf(t, driver, block).Records, "open": measureOf(t, driver, open).Records, "trace": traced.Record,
	} {
		for n := range records.T0Ns {
			lag, rest := time.Duration(records.T1Ns[n]-records.T0Ns[n]), time.Duration(records.T10Ns[n]-records.T1Ns[n])
			if lag < planted || rest >= planted {
				t.Errorf("%s loop, record %d: lag %v, the rest of the call %v", name, n, lag, rest)
			}
		}
	}
}

func TestOtherPlantsAreNoLag(t *testing.T) {
	for _, plants := range []string{"", "delay:encode:5", "delay:lag:soon", "delay:lag:"} {
		if got := plant.Plants(plants).Delay("lag"); got != 0 {
			t.Errorf("%q: %v", plants, got)
		}
	}
}
