package kernel

// ipv4AtDot is the IPv4 address whose first dot is at dot, when it starts at least or behind it.
func (t redactText) ipv4AtDot(dot, least int) span {
	if !t.is(dot-1, classDigit) || (t.at(dot+2) != '.' && t.at(dot+3) != '.' && t.at(dot+4) != '.') {
		return span{}
	}
	start := t.runBack(max(least, dot-3), dot, classDigit)
	if start == dot || !t.startsNumber(start) {
		return span{}
	}
	end, zeros := t.octetsAt(start)
	if zeros {
		return span{}
	}
	return span{start, end}
}

// octetsAt is the end of the four octets that start at i and end well, or i where there are none, and whether the last
// three are zero, as in a browser's version.
func (t redactText) octetsAt(i int) (end int, zeros bool) {
	value, end := t.octetAt(i)
	zeros = true
	for range 3 {
		if value < 0 || t.at(end) != '.' {
			return i, false
		}
		value, end = t.octetAt(end + 1)
		zeros = zeros && value == 0
	}
	if value < 0 || !t.endsWell(end) {
		return i, false
	}
	return end, zeros
}

// octetAt is the value and the end of the run of one to three digits at i that is at most 255, or a negative value.
func (t redactText) octetAt(i int) (value, end int) {
	for end = i; t.is(end, classDigit); end++ {
		if end == i+3 {
			return -1, i
		}
		value = value*10 + int(t[end]-'0')
	}
	if end == i || value > 255 {
		return -1, i
	}
	return value, end
}
