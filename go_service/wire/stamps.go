package wire

// Stamps are the points in time of one call by the indexes T0 to T10, CLOCK_MONOTONIC ns; 0 where none was taken.
type Stamps [StampCount]uint64

// StageNs gives a stage's duration in ns; ok is false when one of its ends was not taken. A stage may be negative
// only where a clock is wrong.
func (s *Stamps) StageNs(stage Stage) (ns int64, ok bool) {
	ends := StageStamps[stage]
	from, to := s[ends[0]], s[ends[1]]
	return int64(to - from), from != 0 && to != 0
}

// ResidualNs is what no stage explains: the end to end time, measured apart, minus every stage that was taken.
func (s *Stamps) ResidualNs(endToEndNs int64) int64 {
	residual := endToEndNs
	for stage := range Stage(StageCount) {
		if ns, ok := s.StageNs(stage); ok {
			residual -= ns
		}
	}
	return residual
}

// StagePart is a stage, or its part before, in or behind a proxy.
type StagePart struct {
	Name         string
	FromNs, ToNs uint64
}

// hopStamps are those of one hop.
const hopStamps = 4

// Parts gives a stage as it is drawn: a wire stage with exactly one hop on it by its three hop stages, any other whole;
// nothing when one of its ends was not taken. hopsNs are the stamps of Receipt.HopsNs.
func (s *Stamps) Parts(stage Stage, hopsNs []uint64) (parts []StagePart) {
	if _, taken := s.StageNs(stage); !taken {
		return nil
	}
	for _, hop := range HopStages {
		if len(hopsNs) == hopStamps && hop.Of == stage {
			parts = append(parts, StagePart{hop.Name, s.point(hop.From, hopsNs), s.point(hop.To, hopsNs)})
		}
	}
	if len(parts) == 0 {
		ends := StageStamps[stage]
		parts = append(parts, StagePart{stage.String(), s[ends[0]], s[ends[1]]})
	}
	return parts
}

func (s *Stamps) point(at HopPoint, hopsNs []uint64) uint64 {
	if at.Hop {
		return hopsNs[at.Index]
	}
	return s[at.Index]
}

// TakeReceipt puts in what the worker stamped.
func (s *Stamps) TakeReceipt(receipt *Receipt) {
	copy(s[T4:T8+1], receipt.StampsNs[:])
}
