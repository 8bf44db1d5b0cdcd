package load

import (
	benchv1 "github.com/sidecar-ipc/gateway/go_service/gen/bench/v1"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Record is one timed call, or the mean of one batch.
type Record struct {
	StampsNs wire.Stamps // t0 to t10, CLOCK_MONOTONIC; 0 where none was taken
	HopNs    hopStamps   // p0 to p3 of the hop nearest to the caller; 0 where there was none
	TotalNs  float64
	Request  uint32 // index in the scenario; of the first call of a batch
}

// hopStamps are those of one hop on the way.
type hopStamps [4]uint64

// nearestHop gives the stamps of the hop nearest to the caller: each hop puts its own behind those that are there.
func nearestHop(hopsNs []uint64) (hop hopStamps) {
	if len(hopsNs) >= len(hop) {
		copy(hop[:], hopsNs[len(hopsNs)-len(hop):])
	}
	return hop
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
	hops := [len(hopStamps{})][]uint64{}
	for stamp := range hops {
		hops[stamp] = make([]uint64, len(records))
		for row := range records {
			hops[stamp][row] = records[row].HopNs[stamp]
		}
	}
	totals, requests := make([]float64, len(records)), make([]uint32, len(records))
	for row := range records {
		totals[row], requests[row] = records[row].TotalNs, records[row].Request
	}
	return &benchv1.Records{
		T0Ns: stamps[0], T1Ns: stamps[1], T2Ns: stamps[2], T3Ns: stamps[3], T4Ns: stamps[4], T5Ns: stamps[5],
		T6Ns: stamps[6], T7Ns: stamps[7], T8Ns: stamps[8], T9Ns: stamps[9], T10Ns: stamps[10],
		P0Ns: hops[0], P1Ns: hops[1], P2Ns: hops[2], P3Ns: hops[3],
		TotalNs: totals, RequestIndex: requests,
	}
}
