// Package fingerprint makes log lines alike that differ in their particulars only, so that they can be counted.
package fingerprint

// Classes of a byte.
const (
	other = iota
	letter
	digit
)

// class has each byte's; bytes outside of ASCII are letters, so that a word in any script stays whole.
var class = func() (table [256]byte) {
	for b := range table {
		switch {
		case b >= '0' && b <= '9':
			table[b] = digit
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= 0x80:
			table[b] = letter
		}
	}
	return table
}()

// Lines writes # in place of every word that has a digit in it: ids, times, addresses and amounts. A word is a run of
// letters and digits; all else stays, line ends too.
func Lines(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for begin := 0; begin < len(text); {
		end, seen := begin, byte(other)
		for end < len(text) && class[text[end]] != other {
			seen |= class[text[end]]
			end++
		}
		switch {
		case end == begin:
			end++
			out = append(out, text[begin])
		case seen&digit != 0:
			out = append(out, '#')
		default:
			out = append(out, text[begin:end]...)
		}
		begin = end
	}
	return out
}
