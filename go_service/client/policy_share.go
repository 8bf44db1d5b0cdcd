package client

import (
	"math"
	"math/rand/v2"

	"github.com/cespare/xxhash/v2"
)

// share is a part of all callers: those whose place lies below it. The greatest value is all of them.
type share uint64

const everyone share = math.MaxUint64

// shareOf turns a percentage, 0 to 100, into a share.
func shareOf(percent float64) share {
	if percent >= 100 {
		return everyone
	}
	return share(percent / 100 * (1 << 63) * 2)
}

// has says whether a place lies in it. A place in a share lies in every greater one, so that a canary only grows.
func (s share) has(place uint64) bool { return s == everyone || place < uint64(s) }

// placeOf is a caller's place among all, the same in every process, language and version: xxHash64 with seed 0 of the
// kernel's name, a zero byte and the key.
func placeOf(kernel, key string) uint64 {
	var digest xxhash.Digest
	digest.Reset()
	_, _ = digest.WriteString(kernel)
	_, _ = digest.Write([]byte{0})
	_, _ = digest.WriteString(key)
	return digest.Sum64()
}

// anyPlace is the place of a call without a key. The generator is the runtime's, a state a thread, without a lock.
func anyPlace() uint64 { return rand.Uint64() }
