package kernel

const (
	// zeroSeed is what a seed of 0 stands for, the one state that xorshift never leaves.
	zeroSeed = 0x9E3779B97F4A7C15
	// stepsAPoll is some 100 µs.
	stepsAPoll = 1 << 16
)

// Spin gives the state after so many steps of xorshift64 (Marsaglia, "Xorshift RNGs", 2003; shifts 13, 7, 17).
// It fails only when the checkpoint says so. The payload of a request is echoed by the caller of Spin.
func Spin(steps, seed uint64, checkpoint Checkpoint) (uint64, error) {
	state := seed
	if state == 0 {
		state = zeroSeed
	}
	for steps > 0 {
		if err := checkpoint.Poll(); err != nil {
			return 0, err
		}
		burst := min(steps, stepsAPoll)
		state = spinBurst(burst, state)
		steps -= burst
	}
	return state, nil
}

func spinBurst(steps, state uint64) uint64 {
	for range steps {
		state ^= state << 13
		state ^= state >> 7
		state ^= state << 17
	}
	return state
}
