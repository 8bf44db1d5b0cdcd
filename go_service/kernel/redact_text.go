package kernel

// class is a set of classes of ASCII bytes; redact.md lists them.
type class uint8

const (
	classDigit class = 1 << iota
	classHex
	classWord
	classLocal
	classHost
	classToken
	classKey
	// classInCard holds digits and the separators of their groups.
	classInCard
)

// classes holds those of each byte.
var classes = func() (table [256]class) {
	everywhere := classWord | classLocal | classHost | classToken | classKey
	for _, entry := range []struct {
		bytes   string
		classes class
	}{
		{"0123456789", classDigit | classHex | classInCard | everywhere},
		{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", everywhere},
		{"ABCDEFabcdef", classHex},
		{"_", classWord | classLocal | classToken | classKey},
		{".", classLocal | classHost | classToken},
		{"-", classLocal | classHost | classToken | classKey | classInCard},
		{"%", classLocal},
		{"+", classLocal | classToken},
		{"~/", classToken},
		{" ", classInCard},
	} {
		for _, b := range []byte(entry.bytes) {
			table[b] |= entry.classes
		}
	}
	return table
}()

// triggers is non-zero for the two bytes, the first one low, by which checkPair can find a match.
var triggers = func() (table [1 << 16]uint8) {
	for _, pair := range []struct{ first, second string }{
		{".", "0123456789"},
		{":", ":0123456789ABCDEFabcdef"},
		{"bB", "eE"},
		{"kK", "eE"},
		{"A", "KSI"},
		{"g", "hil"},
		{"sr", "k"},
		{"x", "o"},
	} {
		for _, first := range []byte(pair.first) {
			for _, second := range []byte(pair.second) {
				table[uint16(first)|uint16(second)<<8] = 1
			}
		}
	}
	return table
}()

// redactText is the original text, which every rule speaks of.
type redactText []byte

// at is the byte at i; a NUL, which is in no class, at both ends.
func (t redactText) at(i int) byte {
	if uint(i) < uint(len(t)) {
		return t[i]
	}
	return 0
}

func (t redactText) is(i int, c class) bool { return classes[t.at(i)]&c != 0 }

func (t redactText) pair(i int) uint16 { return uint16(t[i]) | uint16(t.at(i+1))<<8 }

// run is the end of the run of a class that starts at i.
func (t redactText) run(i int, c class) int {
	for i < len(t) && classes[t[i]]&c != 0 {
		i++
	}
	return i
}

// runBack is the start of the run of a class that ends at end, at least or behind it.
func (t redactText) runBack(least, end int, c class) int {
	for end > least && classes[t[end-1]]&c != 0 {
		end--
	}
	return end
}

// hasLetters says whether the bytes from i are those letters in any case; lower is in lower case.
func (t redactText) hasLetters(i int, lower string) bool {
	if i < 0 || len(t)-i < len(lower) {
		return false
	}
	for j := range len(lower) {
		if t[i+j]|0x20 != lower[j] {
			return false
		}
	}
	return true
}

// startsNumber says whether a number may start at i: before is not WORD and not a dot.
func (t redactText) startsNumber(i int) bool {
	return !t.is(i-1, classWord) && t.at(i-1) != '.'
}

// endsWell says whether a number that ends at end ends well.
func (t redactText) endsWell(end int) bool {
	return !t.is(end, classWord) && (t.at(end) != '.' || !t.is(end+1, classDigit))
}

// tokenAt is the secret at i: a run of TOKEN of at least 8 bytes and the padding behind it.
func (t redactText) tokenAt(i int) span {
	end := t.run(i, classToken)
	if end-i < 8 {
		return span{}
	}
	for t.at(end) == '=' {
		end++
	}
	return span{i, end}
}
