package client

// WithClock counts windows by a clock of the test's own.
func WithClock(nowNs func() uint64) Option {
	return func(s *settings) error { s.nowNs = nowNs; return nil }
}

// PlaceOf is a caller's place among all.
func PlaceOf(kernel, key string) uint64 { return placeOf(kernel, key) }
