package client

import (
	"sync"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Mismatch is a sample of two answers that differ, without a byte of either.
type Mismatch struct {
	Kernel, Route string
	At            time.Time
	// RequestBytes, NativeBytes and OtherBytes are the lengths in the raw codec; 0 where there was an error instead.
	RequestBytes, NativeBytes, OtherBytes int
	// FirstDifference is the offset in the raw codec where the answers part; -1 where one is an error.
	FirstDifference int
	// RequestHash, NativeHash and OtherHash are xxHash64 of the raw form: they show whether it is the same case again.
	RequestHash, NativeHash, OtherHash uint64
	// NativeReason and OtherReason are NONE where there was an answer.
	NativeReason, OtherReason wire.Reason
	// TraceID is of the caller's trace; zero where there was none.
	TraceID [16]byte
}

// outcome is what one side came to: an answer in the raw codec, or the reason that refuses the request.
type outcome struct {
	raw    []byte
	reason wire.Reason
}

func newMismatch(kernel string, route wire.Route, request []byte, native, other outcome) Mismatch {
	return Mismatch{
		Kernel: kernel, Route: route.String(), At: time.Now(),
		RequestBytes: len(request), NativeBytes: len(native.raw), OtherBytes: len(other.raw),
		FirstDifference: firstDifference(native, other),
		RequestHash:     xxhash.Sum64(request), NativeHash: xxhash.Sum64(native.raw), OtherHash: xxhash.Sum64(other.raw),
		NativeReason: native.reason, OtherReason: other.reason,
	}
}

func firstDifference(native, other outcome) int {
	if native.reason != wire.ReasonNone || other.reason != wire.ReasonNone {
		return -1
	}
	shorter := min(len(native.raw), len(other.raw))
	for i := range shorter {
		if native.raw[i] != other.raw[i] {
			return i
		}
	}
	return shorter
}

// keptMismatches bounds what a kernel remembers.
const keptMismatches = 16

// mismatches are the latest ones.
type mismatches struct {
	mu   sync.Mutex
	kept []Mismatch
}

func (m *mismatches) add(sample Mismatch) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.kept) == keptMismatches {
		m.kept = append(m.kept[:0], m.kept[1:]...)
	}
	m.kept = append(m.kept, sample)
}

func (m *mismatches) read() []Mismatch {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]Mismatch(nil), m.kept...)
}
