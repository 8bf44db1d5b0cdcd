package kernel

import (
	"encoding/binary"
	"sync"
)

const (
	// TopkComponents is the length of a query in bytes, TopkMost the largest k.
	TopkComponents = 384
	TopkMost       = 1_000
	topkVectors    = 10_000
	topkSeed       = 0x746F706B
)

type topkVector [TopkComponents]int8

// topkIndex makes the vectors out of splitmix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators",
// 2014), 8 components an output.
var topkIndex = sync.OnceValue(func() []topkVector {
	index, state := make([]topkVector, topkVectors), uint64(topkSeed)
	var output [8]byte
	for number := range index {
		for at := 0; at < TopkComponents; at += len(output) {
			state += 0x9E3779B97F4A7C15
			z := state
			z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
			z = (z ^ z>>27) * 0x94D049BB133111EB
			binary.LittleEndian.PutUint64(output[:], z^z>>31)
			for i, b := range output {
				index[number][at+i] = int8(b)
			}
		}
	}
	return index
})

// Preload makes what twins keep between calls, some 10 ms, which the first call does otherwise.
func Preload() { topkPackedIndex() }
