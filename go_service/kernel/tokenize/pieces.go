package tokenize

import (
	"unicode/utf8"

	"github.com/sidecar-ipc/gateway/go_service/kernel"
)

// cutter cuts a text into pieces as the pattern of tokenize.md does, whose alternatives are named by their numbers.
type cutter struct {
	text []byte
	// front is the text up to where a word is looked for without a poll.
	front      []byte
	wide       *classTable
	checkpoint *kernel.Checkpoint
	// stopped is what the checkpoint said in the middle of a long piece, whose end is then wrong.
	stopped error
}

// end is where the piece ends that starts at start, which is inside the text.
func (c *cutter) end(start int) int {
	if end := asciiWord(c.front, start); end > start && end < len(c.front) {
		return end
	}
	return c.anyEnd(start)
}

// bringForward is called at the latest when a piece starts behind front.
func (c *cutter) bringForward(start int) { c.front = c.text[:min(len(c.text), start+2*bytesAPoll)] }

// asciiWord is the end of alternative 2 where it is of ASCII alone, which most pieces are; start where it is not.
func asciiWord(text []byte, start int) int {
	i := start
	if first := ascii[text[i]]; first == space || first == other && text[i] != '\'' {
		i++
	}
	letters := i
	for i < len(text) && ascii[text[i]] == letter {
		i++
	}
	if i == letters || i < len(text) && ascii[text[i]] == wide {
		return start
	}
	return i
}

func (c *cutter) anyEnd(start int) int {
	first, behind := c.at(start)
	if first == letter {
		return c.run(behind, letter)
	}
	if first == number {
		return c.numbers(behind)
	}
	if c.text[start] == '\'' {
		if end := c.contraction(behind); end > behind {
			return end
		}
	}
	if first == lineEnd || behind == len(c.text) {
		return c.others(first, start, behind)
	}
	next, behindNext := c.at(behind)
	if next == letter { // 2, with one character in front
		return c.run(behindNext, letter)
	}
	if next == other && c.text[start] == ' ' { // 4, with a space in front
		return c.run(c.run(behindNext, other), lineEnd)
	}
	return c.others(first, start, behind)
}

// others is what starts with neither a letter nor a number and takes nothing in front.
func (c *cutter) others(first class, start, behind int) int {
	if first == other { // 4
		return c.run(c.run(behind, other), lineEnd)
	}
	return c.whiteSpace(start)
}

// at is the class of the character at i, and where it ends.
func (c *cutter) at(i int) (class, int) {
	if class := ascii[c.text[i]]; class != wide {
		return class, i + 1
	}
	return c.wideAt(i)
}

func (c *cutter) wideAt(i int) (class, int) {
	if c.wide == nil {
		c.wide = classesOf()
	}
	r, size := utf8.DecodeRune(c.text[i:])
	return c.wide.of(r), i + size
}

// run is the end of the run of a class that starts at i.
func (c *cutter) run(i int, of class) int {
	text := c.text
	for poll := i + bytesAPoll; i < len(text); {
		if found := ascii[text[i]]; found == of {
			i++
		} else if found != wide {
			break
		} else if found, behind := c.wideAt(i); found == of {
			i = behind
		} else {
			break
		}
		if i >= poll {
			return c.runOn(i, of)
		}
	}
	return i
}

// runOn is run behind what may be done without a poll.
func (c *cutter) runOn(i int, of class) int {
	if c.poll() {
		return i
	}
	return c.run(i, of)
}

// poll says whether to stop.
func (c *cutter) poll() bool {
	c.stopped = c.checkpoint.Poll()
	return c.stopped != nil
}

// numbers is alternative 3 with its first number taken.
func (c *cutter) numbers(i int) int {
	for further := 0; further < 2 && i < len(c.text); further++ {
		class, behind := c.at(i)
		if class != number {
			break
		}
		i = behind
	}
	return i
}

// contraction is the end of alternative 1 behind its apostrophe, or i.
func (c *cutter) contraction(i int) int {
	rest := c.text[i:]
	if len(rest) == 0 {
		return i
	}
	switch rest[0] | 0x20 {
	case 's', 't', 'm', 'd':
		return i + 1
	case 'r', 'v':
		if len(rest) > 1 && rest[1]|0x20 == 'e' {
			return i + 2
		}
	case 'l':
		if len(rest) > 1 && rest[1]|0x20 == 'l' {
			return i + 2
		}
	case 0xC5 | 0x20: // U+017F folds to s
		if rest[0] == 0xC5 && len(rest) > 1 && rest[1] == 0xBF {
			return i + 2
		}
	}
	return i
}

// whiteSpace is the first of alternatives 5 to 7 at start.
func (c *cutter) whiteSpace(start int) int {
	i, last, lineEnds := start, start, start
	for poll := start + bytesAPoll; i < len(c.text); {
		if i >= poll {
			if poll = i + bytesAPoll; c.poll() {
				break
			}
		}
		class, behind := c.at(i)
		if class != space && class != lineEnd {
			break
		}
		if last = i; class == lineEnd {
			lineEnds = behind
		}
		i = behind
	}
	switch {
	case lineEnds > start: // 5
		return lineEnds
	case i == len(c.text) || last == start: // 6 at the end of the text, 7
		return i
	default: // 6
		return last
	}
}
