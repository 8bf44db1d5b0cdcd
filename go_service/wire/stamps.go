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

// TakeReceipt puts in what the worker stamped.
func (s *Stamps) TakeReceipt(receipt *Receipt) {
	copy(s[T4:T8+1], receipt.StampsNs[:])
}
