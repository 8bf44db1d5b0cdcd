package kernel

import (
	"math"
	"slices"
)

// topkVectorsAPoll take some 0.2 ms.
const topkVectorsAPoll = 2_500

const (
	wrongQuery = InvalidInput("query has not 384 bytes")
	wrongK     = InvalidInput("k is not from 1 to 1,000")
)

// Topk gives the numbers of the k vectors of the resident index with the highest dot products with query, 384 signed
// bytes, and these scores, best first. It fails with InvalidInput for another query or k, and where the checkpoint says
// so.
func Topk(query []byte, k uint32, checkpoint Checkpoint) (indexes []uint32, scores []int32, err error) {
	if err := checkTopk(query, k); err != nil {
		return nil, nil, err
	}
	var weights topkPacked
	weights.packReversed(query)
	best, index := make(bestOf, 0, k), topkPackedIndex()
	for start := 0; start < len(index); start += topkVectorsAPoll {
		if err := checkpoint.Poll(); err != nil {
			return nil, nil, err
		}
		for number := start; number < min(start+topkVectorsAPoll, len(index)); number++ {
			best.offer(rankOf(index[number].dot(&weights), number), int(k))
		}
	}
	indexes, scores = best.sorted()
	return indexes, scores, nil
}

func checkTopk(query []byte, k uint32) error {
	if len(query) != TopkComponents {
		return wrongQuery
	}
	if k < 1 || k > TopkMost {
		return wrongK
	}
	return nil
}

// topkRank orders vectors: the higher the better, by score, then by the lower number.
type topkRank uint64

func rankOf(score int32, number int) topkRank {
	return topkRank(uint32(score)^1<<31)<<32 | topkRank(math.MaxUint32-uint32(number))
}

func (r topkRank) number() uint32 { return math.MaxUint32 - uint32(r) }

func (r topkRank) score() int32 { return int32(uint32(r>>32) ^ 1<<31) }

// bestOf is a heap of the best so far, the worst of them first.
type bestOf []topkRank

func (b *bestOf) offer(rank topkRank, k int) {
	heap := *b
	if len(heap) == k {
		if rank > heap[0] {
			heap.sink(rank)
		}
		return
	}
	if heap = append(heap, rank); len(heap) == k {
		slices.Sort(heap)
	}
	*b = heap
}

// sink puts rank in the place of the worst.
func (b bestOf) sink(rank topkRank) {
	at := 0
	for {
		child := 2*at + 1
		if child >= len(b) {
			break
		}
		if child+1 < len(b) && b[child+1] < b[child] {
			child++
		}
		if b[child] >= rank {
			break
		}
		b[at] = b[child]
		at = child
	}
	b[at] = rank
}

func (b bestOf) sorted() (indexes []uint32, scores []int32) {
	slices.Sort(b)
	indexes, scores = make([]uint32, len(b)), make([]int32, len(b))
	for i, rank := range b {
		last := len(b) - 1 - i
		indexes[last], scores[last] = rank.number(), rank.score()
	}
	return indexes, scores
}
