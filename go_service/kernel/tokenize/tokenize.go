// Package tokenize holds the Go twins of the kernel tokenize (protos/kernels/v1/tokenize.md). It is a package of its own
// because it links 9 MB, most of it vocabularies, into a program; only one that tokenizes in Go pays for that.
package tokenize

import (
	"sync"
	"unicode/utf8"

	"github.com/sidecar-ipc/gateway/go_service/kernel"
)

const (
	// bytesAPoll: the worst texts known, random letters, take some 70 ns a byte, so some 0.6 ms.
	bytesAPoll = 1 << 13
	// utf8BytesAPoll is checked in some 0.1 ms.
	utf8BytesAPoll = 1 << 17
	// bytesAToken is less than log lines and prose have, so that most answers are allocated once.
	bytesAToken = 2
	// keptBytes of memory are kept between texts.
	keptBytes = 1 << 18
)

const notUTF8 = kernel.InvalidInput("the text is not UTF-8; send UTF-8")

// Tokenize gives the cl100k_base ids of text. It fails with kernel.InvalidInput where text is not UTF-8, and where the
// checkpoint says so. The first call loads the vocabulary; see Preload.
func Tokenize(text []byte, checkpoint kernel.Checkpoint) ([]uint32, error) {
	s := take(text, checkpoint)
	defer s.giveBack()
	s.ids = make([]uint32, 0, len(text)/bytesAToken+8)
	if err := s.run(); err != nil {
		return nil, err
	}
	return s.ids, nil
}

// Count is the number of ids that Tokenize gives, and fails as it does.
func Count(text []byte, checkpoint kernel.Checkpoint) (int, error) {
	s := take(text, checkpoint)
	defer s.giveBack()
	s.ids, s.countOnly = s.kept[:0], true
	err := s.run()
	s.flush()
	s.kept = s.ids
	return s.counted, err
}

// scan tokenizes one text.
type scan struct {
	*words
	text       []byte
	ids        []uint32
	checkpoint kernel.Checkpoint
	countOnly  bool
	counted    int
	// blocked and kept are memory, kept for the next text.
	blocked []uint64
	kept    []uint32
}

var scans = sync.Pool{New: func() any { return new(scan) }}

func take(text []byte, checkpoint kernel.Checkpoint) *scan {
	s := scans.Get().(*scan)
	*s = scan{words: vocabulary(), text: text, checkpoint: checkpoint, blocked: s.blocked, kept: s.kept}
	return s
}

// giveBack keeps no memory that only an unusual text needs.
func (s *scan) giveBack() {
	if 8*cap(s.blocked)+4*cap(s.kept) > keptBytes {
		s.blocked, s.kept = nil, nil
	}
	s.text, s.ids, s.checkpoint = nil, nil, kernel.Checkpoint{}
	scans.Put(s)
}

// run cuts the text into pieces and tokenizes each.
func (s *scan) run() error {
	if err := s.validate(); err != nil {
		return err
	}
	pieces := cutter{text: s.text, checkpoint: &s.checkpoint}
	for start, poll := 0, 0; start < len(s.text); {
		if start >= poll {
			if err := s.checkpoint.Poll(); err != nil {
				return err
			}
			poll = start + bytesAPoll
			pieces.bringForward(start)
			s.flush()
		}
		end := pieces.end(start)
		if end-start >= bytesAPoll && pieces.stopped != nil {
			return pieces.stopped
		}
		if id := s.find(s.text, start, end); id != none {
			s.ids = append(s.ids, id)
		} else if err := s.merge(s.text[start:end]); err != nil {
			return err
		}
		start = end
	}
	return nil
}

// flush forgets ids that only had to be counted.
func (s *scan) flush() {
	if s.countOnly {
		s.counted += len(s.ids)
		s.ids = s.ids[:0]
	}
}

func (s *scan) validate() error {
	for text := s.text; len(text) > 0; {
		if err := s.checkpoint.Poll(); err != nil {
			return err
		}
		end := min(len(text), utf8BytesAPoll)
		for back := 0; back < utf8.UTFMax && end < len(text) && !utf8.RuneStart(text[end]); back++ {
			end--
		}
		if !utf8.Valid(text[:end]) {
			return notUTF8
		}
		text = text[end:]
	}
	return nil
}
