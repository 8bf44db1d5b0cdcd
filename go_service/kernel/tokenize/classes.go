package tokenize

import (
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/rangetable"
)

// class is what the pattern tells characters apart by.
type class uint8

const (
	other class = iota
	letter
	number
	space
	lineEnd
	// wide is the class of every byte of a character beyond ASCII: its own class stands in classesOf.
	wide
)

// unicodeVersion is the specification's; what later versions assign is in the class other.
const unicodeVersion = "15.0.0"

const classBlock = 256

// classTable has the class of every character: blocks of 256, of which most are alike.
type classTable struct {
	blocks [(unicode.MaxRune + 1) / classBlock]uint16
	cells  []class
}

// ascii has the class of each byte, wide for those beyond ASCII.
var ascii = func() (table [256]class) {
	for b := range table {
		switch {
		case b >= utf8.RuneSelf:
			table[b] = wide
		case 'a' <= b|0x20 && b|0x20 <= 'z':
			table[b] = letter
		case '0' <= b && b <= '9':
			table[b] = number
		case b == '\r' || b == '\n':
			table[b] = lineEnd
		case b == ' ' || '\t' <= b && b <= '\r':
			table[b] = space
		}
	}
	return table
}()

var classesOf = sync.OnceValue(func() *classTable {
	assigned := rangetable.Assigned(unicodeVersion)
	table, known := new(classTable), map[[classBlock]class]uint16{}
	for block := range table.blocks {
		var cells [classBlock]class
		for i := range cells {
			cells[i] = classify(rune(block*classBlock+i), assigned)
		}
		at, ok := known[cells]
		if !ok {
			at = uint16(len(table.cells) / classBlock)
			known[cells] = at
			table.cells = append(table.cells, cells[:]...)
		}
		table.blocks[block] = at
	}
	return table
})

func classify(r rune, assigned *unicode.RangeTable) class {
	switch {
	case r < utf8.RuneSelf:
		return ascii[r]
	case unicode.Is(unicode.White_Space, r):
		return space
	case !unicode.IsLetter(r) && !unicode.IsNumber(r) || !unicode.Is(assigned, r):
		return other
	case unicode.IsLetter(r):
		return letter
	default:
		return number
	}
}

func (t *classTable) of(r rune) class {
	return t.cells[int(t.blocks[r/classBlock])*classBlock+int(r%classBlock)]
}
