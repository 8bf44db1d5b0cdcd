package kernel

import "bytes"

// emails gives the e-mail addresses of a text, one at a time, found by their @.
type emails struct {
	text redactText
	// unseen is where no @ has been looked at yet.
	unseen int
	// found is the address in front of unseen; at the end of the text an empty one behind it.
	found span
}

func newEmails(text redactText) emails {
	e := emails{text: text}
	e.find(0)
	return e
}

// first is the first address that starts at least or behind it.
func (e *emails) first(least int) span {
	if e.found.start < least {
		e.find(least)
	}
	return e.found
}

func (e *emails) find(least int) {
	e.unseen = max(e.unseen, least)
	for {
		distance := bytes.IndexByte(e.text[e.unseen:], '@')
		if distance < 0 {
			e.unseen = len(e.text)
			e.found = span{len(e.text), len(e.text)}
			return
		}
		sign := e.unseen + distance
		e.unseen = sign + 1
		if e.found = e.text.emailAround(sign, least); e.found.found() {
			return
		}
	}
}

// emailAround is the address around the @ at sign, when it starts at least or behind it.
func (t redactText) emailAround(sign, least int) span {
	start := t.runBack(least, sign, classLocal)
	if start == sign || t.is(start-1, classLocal) {
		return span{}
	}
	name := bytes.TrimRight(t[sign+1:t.run(sign+1, classHost)], ".-")
	if !hasDotAndLetters(name) {
		return span{}
	}
	return span{start, sign + 1 + len(name)}
}

// hasDotAndLetters says whether a dot with two letters behind it stands in the host, not at its very start.
func hasDotAndLetters(name []byte) bool {
	for i := 1; i+2 < len(name); i++ {
		if name[i] == '.' && isLetter(name[i+1]) && isLetter(name[i+2]) {
			return true
		}
	}
	return false
}

func isLetter(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' }
