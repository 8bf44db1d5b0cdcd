package tokenize

// stepsAPoll: a step looks at up to 128 bytes, so some 1 ms at worst.
const stepsAPoll = 1 << 10

// merge appends the tokens of a piece that is no token itself, in time that grows with its length alone.
//
// Merging in order of rank leaves the one sequence of tokens in which each two neighbours, merged alone, stay as they are.
// So the longest token is tried first, then shorter ones; where none goes with the token in front, that one is taken back,
// and the place where it ended is blocked, since no sequence reaches it.
func (s *scan) merge(piece []byte) error {
	bottom, at := len(s.ids), 0
	s.unblock(len(piece))
	next := s.longest(piece)
	for steps := 1; at < len(piece); steps++ {
		if steps%stepsAPoll == 0 {
			if err := s.checkpoint.Poll(); err != nil {
				return err
			}
		}
		if id := s.fitting(next, at, bottom); id != none {
			s.ids = append(s.ids, id)
			at += s.length(id)
			next = s.longest(piece[at:])
			continue
		}
		s.blocked[at/64] |= 1 << (at % 64)
		next = s.ids[len(s.ids)-1]
		s.ids = s.ids[:len(s.ids)-1]
		at -= s.length(next)
	}
	return nil
}

// fitting is the longest token no longer than id that may stand at at: behind the last one, to where nothing is blocked.
func (s *scan) fitting(id uint32, at, bottom int) uint32 {
	for ; id != none; id = s.shorter[id] {
		end := at + s.length(id)
		if s.blocked[end/64]>>(end%64)&1 != 0 {
			continue
		}
		if len(s.ids) == bottom || s.stay(s.ids[len(s.ids)-1], id) {
			return id
		}
	}
	return none
}

func (s *scan) unblock(length int) {
	words := length/64 + 1
	if words > cap(s.blocked) {
		s.blocked = make([]uint64, words, max(words, 8))
		return
	}
	s.blocked = s.blocked[:words]
	clear(s.blocked)
}

// stay says whether the bytes of two tokens, merged together, end as these two.
//
// Their merges are undone from the last one on. A pair that stood side by side at some time and is a token would have
// been merged if its rank came before the next merge of either; of equal ranks the left one goes first.
func (w *words) stay(left, right uint32) bool {
	limit := uint32(none)
	for {
		if joined := w.joined(left, right); joined < limit {
			return false
		}
		if left > right {
			if left < bytesInVocabulary {
				return true
			}
			limit, left = left, w.halves[left].right
		} else {
			if right < bytesInVocabulary {
				return true
			}
			limit, right = right+1, w.halves[right].left
		}
	}
}
