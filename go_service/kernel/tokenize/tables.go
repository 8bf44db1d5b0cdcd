package tokenize

// The tables below are open-addressed and at most half full, so that a look-up is mostly one cache line. All are
// filled at loading and then only read.

const (
	shortBytes  = 7
	middleBytes = 15
	longBytes   = 128
	// multiplier spreads keys over the upper bits (Fibonacci hashing; D. Knuth, TAOCP 3, 6.4).
	multiplier = 0x9E3779B97F4A7C15
)

const (
	shortBits  = 17
	middleBits = 17
	pairBits   = 18
	trieBits   = 19
)

// shortTable finds tokens of at most 7 bytes by a key of their bytes and, on top, their length, which is never zero.
type shortTable [1 << shortBits]struct {
	key uint64
	id  uint32
}

func (t *shortTable) find(key uint64) uint32 {
	for at := key * multiplier >> (64 - shortBits); ; at = (at + 1) % (1 << shortBits) {
		if t[at].key == key {
			return t[at].id
		}
		if t[at].key == 0 {
			return none
		}
	}
}

func (t *shortTable) enter(key uint64, id uint32) {
	at := key * multiplier >> (64 - shortBits)
	for t[at].key != 0 {
		at = (at + 1) % (1 << shortBits)
	}
	t[at].key, t[at].id = key, id
}

// middleTable finds tokens of 8 to 15 bytes by their first 8, and by the others with the length on top.
type middleTable [1 << middleBits]struct {
	low, high uint64
	id        uint32
}

func (t *middleTable) find(low, high uint64) uint32 {
	for at := mix(low, high); ; at = (at + 1) % (1 << middleBits) {
		if t[at].high == high && t[at].low == low {
			return t[at].id
		}
		if t[at].high == 0 {
			return none
		}
	}
}

func (t *middleTable) enter(low, high uint64, id uint32) {
	at := mix(low, high)
	for t[at].high != 0 {
		at = (at + 1) % (1 << middleBits)
	}
	t[at].low, t[at].high, t[at].id = low, high, id
}

func mix(low, high uint64) uint64 {
	return (low*multiplier>>1 ^ high) * multiplier >> (64 - middleBits)
}

const (
	idBits = 17
	idMask = 1<<idBits - 1
)

// pairTable finds what two tokens are merged into: left, right and result in one number, which is zero where nothing
// stands, since no result is 0.
type pairTable [1 << pairBits]uint64

func (t *pairTable) find(left, right uint32) uint32 {
	key := uint64(left)<<idBits | uint64(right)
	for at := key * multiplier >> (64 - pairBits); ; at = (at + 1) % (1 << pairBits) {
		if t[at]>>idBits == key && t[at] != 0 {
			return uint32(t[at] & idMask)
		}
		if t[at] == 0 {
			return none
		}
	}
}

func (t *pairTable) enter(left, right, id uint32) {
	key := uint64(left)<<idBits | uint64(right)
	at := key * multiplier >> (64 - pairBits)
	for t[at] != 0 {
		at = (at + 1) % (1 << pairBits)
	}
	t[at] = key<<idBits | uint64(id)
}

// trie holds the beginnings of all tokens. A node is a number; 0 is the root, and a byte's own node is the byte plus 1.
type trie struct {
	// edges have node, byte and the node behind in one number, zero where nothing stands.
	edges [1 << (trieBits + 1)]uint64
	// ids has the token that ends in a node, or none.
	ids []uint32
}

const nodeMask = 1<<trieBits - 1

// longest is the longest token that text begins with; none only where text is empty.
func (t *trie) longest(text []byte) uint32 {
	if len(text) == 0 {
		return none
	}
	node := uint64(text[0]) + 1
	found := t.ids[node]
	for _, b := range text[1:] {
		if node = t.behind(node, b); node == 0 {
			break
		}
		if id := t.ids[node]; id != none {
			found = id
		}
	}
	return found
}

func (t *trie) behind(node uint64, b byte) uint64 {
	key := node<<8 | uint64(b)
	for at := key * multiplier >> (64 - trieBits - 1); ; at = (at + 1) % uint64(len(t.edges)) {
		if edge := t.edges[at]; edge>>trieBits == key || edge == 0 {
			return edge & nodeMask
		}
	}
}

func (t *trie) enter(token []byte, id uint32) {
	if t.ids == nil {
		t.ids = make([]uint32, 1+bytesInVocabulary, 1<<trieBits)
		for node := range t.ids {
			t.ids[node] = none
		}
	}
	node := uint64(token[0]) + 1
	for _, b := range token[1:] {
		next := t.behind(node, b)
		if next == 0 {
			next = t.grow(node, b)
		}
		node = next
	}
	t.ids[node] = id
}

func (t *trie) grow(node uint64, b byte) uint64 {
	key, next := node<<8|uint64(b), uint64(len(t.ids))
	t.ids = append(t.ids, none)
	at := key * multiplier >> (64 - trieBits - 1)
	for t.edges[at] != 0 {
		at = (at + 1) % uint64(len(t.edges))
	}
	t.edges[at] = key<<trieBits | next
	return next
}
