package kernel

import (
	"encoding/binary"
	"math/bits"
)

const (
	// redactBytesAPoll: the worst texts known take some 20 ns a byte, so some 0.3 ms.
	redactBytesAPoll = 1 << 14
	// redactBlock is what one step looks at, redactReach how far it reads.
	redactBlock = 8
	redactReach = 16
)

// Redact appends text to dst with personal data and secrets masked (protos/kernels/v1/redact.md). It fails only when
// the checkpoint says so; what it returns then is dst as it was.
//
// A match can only start where certain two bytes stand side by side; they are looked up eight pairs at a time, and what
// stands there is then checked byte by byte against the rules of its kind. E-mail addresses are found by their @.
func Redact(dst, text []byte, checkpoint Checkpoint) ([]byte, error) {
	start := len(dst)
	dst = append(dst, text...)
	scan := redactScan{text: text, masked: dst[start:], emails: newEmails(text)}
	for piece := 0; piece < len(text); piece += redactBytesAPoll {
		if err := checkpoint.Poll(); err != nil {
			return dst[:start], err
		}
		scan.advance(piece, min(piece+redactBytesAPoll, len(text)))
	}
	scan.maskEmails(len(text))
	plant(scan.masked)
	return dst, nil
}

// span is a match: from its first byte that is masked to the byte behind its last; without a byte it is none.
type span struct{ start, end int }

func (s span) found() bool { return s.end > s.start }

type redactScan struct {
	text   redactText
	masked []byte
	// next is where a match may start: behind the one before.
	next   int
	emails emails
	// ipv6Tried is up to where starts of an IPv6 address have been tried, so that none is tried twice.
	ipv6Tried int
}

func (s *redactScan) advance(i, end int) {
	for {
		block := s.text.nextBlock(i, end)
		switch i = block.start; {
		case block.mayHoldCard:
			s.checkEach(i, i+redactBlock)
		case block.pairs != 0:
			s.checkPairs(i, block.pairs)
		default:
			s.checkEach(i, end)
			return
		}
		i += redactBlock
	}
}

// redactFind is a block where something may be triggered.
type redactFind struct {
	start int
	// pairs has a bit for each byte that triggers together with the next.
	pairs       uint8
	mayHoldCard bool
}

// nextBlock is the first such block from i on, or an empty one where less than a block, or than it reads, is left.
func (t redactText) nextBlock(i, end int) redactFind {
	for ; i+redactReach <= len(t) && i+redactBlock <= end; i += redactBlock {
		block := t[i : i+redactReach : i+redactReach]
		word := binary.LittleEndian.Uint64(block)
		pairs := triggers[uint16(word)] | triggers[uint16(word>>8)]<<1 |
			triggers[uint16(word>>16)]<<2 | triggers[uint16(word>>24)]<<3 |
			triggers[uint16(word>>32)]<<4 | triggers[uint16(word>>40)]<<5 |
			triggers[uint16(word>>48)]<<6 | triggers[uint16(word>>56)|uint16(block[8])<<8]<<7
		mayHoldCard := isNumeric(word) && t.maySpanCard(i) ||
			isNumeric(binary.LittleEndian.Uint64(block[4:])) && t.maySpanCard(i+4)
		if pairs != 0 || mayHoldCard {
			return redactFind{i, pairs, mayHoldCard}
		}
	}
	return redactFind{start: i}
}

// isNumeric says whether eight bytes are all between space and 9.
func isNumeric(word uint64) bool {
	const top, space, over9, letter = 0xE0E0E0E0E0E0E0E0, 0x2020202020202020, 0x0606060606060606, 0x4040404040404040
	return (word&top)^space|(word+over9)&letter == 0
}

func (s *redactScan) checkPairs(block int, pairs uint8) {
	for ; pairs != 0; pairs &= pairs - 1 {
		s.checkPair(block + bits.TrailingZeros8(pairs))
	}
}

// checkEach masks what is triggered between i and end, a byte at a time.
func (s *redactScan) checkEach(i, end int) {
	for ; i < end; i++ {
		if i%4 == 0 {
			s.checkCard(i)
		}
		if triggers[s.text.pair(i)] != 0 {
			s.checkPair(i)
		}
	}
}

// checkCard masks the card that starts at i or up to three bytes in front of it, unless an e-mail address is first.
func (s *redactScan) checkCard(i int) {
	card := s.text.cardAround(i, s.next)
	if !card.found() {
		return
	}
	if s.maskEmails(card.start); card.start >= s.next {
		s.mask(card)
	}
}

// checkPair masks what is triggered at i. An e-mail address that starts no later goes first: no other kind's match starts
// before an address and triggers within it.
func (s *redactScan) checkPair(i int) {
	s.maskEmails(i)
	if i < s.next {
		return
	}
	switch s.text[i] {
	case '.':
		s.mask(s.text.ipv4AtDot(i, s.next))
	case ':':
		s.mask(s.ipv6AtColon(i))
	case 'b', 'B':
		s.mask(s.text.bearerAt(i))
	case 'k', 'K':
		s.mask(s.text.namedAtK(i, s.next))
	default:
		s.mask(s.text.keyAt(i))
	}
}

// maskEmails masks the e-mail addresses that start no later than last.
func (s *redactScan) maskEmails(last int) {
	for s.emails.found.start <= last {
		email := s.emails.first(s.next)
		if email.start > last || !email.found() {
			return
		}
		s.mask(email)
	}
}

func (s *redactScan) mask(match span) {
	if !match.found() {
		return
	}
	s.next = match.end
	hidden := s.masked[match.start:match.end]
	for i := range hidden {
		hidden[i] = '*'
	}
}
