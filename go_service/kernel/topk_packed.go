package kernel

import "sync"

// Go has no vector instructions, so a multiplication of words does three components at once: with B = 2^21,
//
//	(a0 + a1·B + a2·B²) · (q2 + q1·B + q0·B²)  has  a0·q0 + a1·q1 + a2·q2  as its coefficient of B².
//
// 16 such products are added before the coefficient is taken out: it stays below 16 · 3 · 2^14 < 2^20, and what is below
// it stays below 2^41. Beyond bit 62 the higher coefficients do as they like.
const (
	packedBits     = 21
	packedTogether = 3
	packedWords    = TopkComponents / packedTogether
	packedSums     = 16
)

// topkPacked is a vector, three components a word.
type topkPacked [packedWords]int64

var topkPackedIndex = sync.OnceValue(func() []topkPacked {
	vectors := topkIndex()
	packed := make([]topkPacked, len(vectors))
	for number := range vectors {
		packed[number].pack(&vectors[number])
	}
	return packed
})

func (p *topkPacked) pack(vector *topkVector) {
	for word := range p {
		at := word * packedTogether
		p[word] = int64(vector[at]) + int64(vector[at+1])<<packedBits + int64(vector[at+2])<<(2*packedBits)
	}
}

// packReversed packs a query the other way round; query has 384 bytes.
func (p *topkPacked) packReversed(query []byte) {
	for word := range p {
		three := query[word*packedTogether:][:packedTogether]
		p[word] = int64(int8(three[2])) + int64(int8(three[1]))<<packedBits + int64(int8(three[0]))<<(2*packedBits)
	}
}

// dot is the dot product with a query that is packed the other way round.
func (p *topkPacked) dot(query *topkPacked) int32 {
	var score int64
	for at := 0; at < packedWords; at += packedSums {
		a, q := (*[packedSums]int64)(p[at:at+packedSums]), (*[packedSums]int64)(query[at:at+packedSums])
		even := a[0]*q[0] + a[2]*q[2] + a[4]*q[4] + a[6]*q[6] + a[8]*q[8] + a[10]*q[10] + a[12]*q[12] + a[14]*q[14]
		odd := a[1]*q[1] + a[3]*q[3] + a[5]*q[5] + a[7]*q[7] + a[9]*q[9] + a[11]*q[11] + a[13]*q[13] + a[15]*q[15]
		score += coefficient(even + odd)
	}
	return int32(score)
}

// coefficient is that of B² in a sum: what is below it is rounded away, what is above it shifted out.
func coefficient(sum int64) int64 {
	return (sum + 1<<(2*packedBits-1)) << (64 - 3*packedBits) >> (64 - packedBits)
}
