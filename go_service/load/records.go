package load

import (
	benchv1 "github.com/sidecar-ipc/gateway/go_service/gen/bench/v1"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Record is one timed call, or the mean of one batch.
type Record struct {
	StampsNs wire.Stamps // t0 to t10, CLOCK_MONOTONIC; 0 where none was taken
	TotalNs  float64
	Request  uint32 // index in the scenario; of the first call of a batch
}

// columns turns records into columns of equal length.
func columns(records []Record) *benchv1.Records {
	stamps := [wire.StampCount][]uint64{}
	for stamp := range stamps {
		stamps[stamp] = make([]uint64, len(records))
		for row := range records {
			stamps[stamp][row] = records[row].StampsNs[stamp]
		}
	}
	totals, requests := make([]float64, len(records)), make([]uint32, len(records))
	for row := range records {
		totals[row], requests[row] = records[row].TotalNs, records[row].Request
	}
	return &benchv1.Records{
		T0Ns: stamps[0], T1Ns: stamps[1], T2Ns: stamps[2], T3Ns: stamps[3], T4Ns: stamps[4], T5Ns: stamps[5],
		T6Ns: stamps[6], T7Ns: stamps[7], T8Ns: stamps[8], T9Ns: stamps[9], T10Ns: stamps[10],
		TotalNs: totals, RequestIndex: requests,
	}
}
