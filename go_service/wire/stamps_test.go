package wire_test

import (
	"testing"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

func TestStagesAndResidualAddUpToTheWholeCall(t *testing.T) {
	stamps := wire.Stamps{0, 100, 110, 115, 150, 160, 165, 200, 210, 260, 275}
	sum := int64(0)
	for stage := range wire.Stage(wire.StageCount) {
		if ns, ok := stamps.StageNs(stage); ok {
			sum += ns
		}
	}
	if sum != 175 {
		t.Errorf("the stages sum up to %d ns, want 175", sum)
	}
	if got := stamps.ResidualNs(180); got != 5 {
		t.Errorf("the residual is %d ns, want 5", got)
	}
}

func TestAStageWithoutBothStampsIsNotThere(t *testing.T) {
	stamps := wire.Stamps{wire.T1: 5}
	if _, ok := stamps.StageNs(wire.StageLag); ok {
		t.Error("lag is there without t0")
	}
}
