package kernel

const (
	ipv6Groups = 8
	// ipv6LeastColons follow the first of an address that has no ::, or two groups fewer and four octets.
	ipv6LeastColons = 5
	// ipv6LongestLead is the longest stretch of hex digits and colons in front of the first colon that triggers.
	ipv6LongestLead = ipv6Groups * 5
)

// ipv6AtColon is the first IPv6 address that starts at s.next or behind it, and not behind the colon.
func (s *redactScan) ipv6AtColon(colon int) span {
	if s.text[colon+1] != ':' && !s.text.hasColons(colon, ipv6LeastColons) {
		return span{}
	}
	first := max(s.next, s.ipv6Tried, colon-ipv6LongestLead)
	start := colon
	for start > first && (s.text.is(start-1, classHex) || s.text[start-1] == ':') {
		start--
	}
	s.ipv6Tried = colon + 1
	for ; start <= colon; start++ {
		if match := s.text.ipv6At(start); match.found() {
			return match
		}
	}
	return span{}
}

// hasColons says whether so many colons two to five bytes apart follow the one at i.
func (t redactText) hasColons(i, count int) bool {
	for ; count > 0; count-- {
		groupEnd := t.run(i+1, classHex)
		if groupEnd == i+1 || groupEnd > i+5 || t.at(groupEnd) != ':' {
			return false
		}
		i = groupEnd
	}
	return true
}

// ipv6At is the longest IPv6 address that starts at i.
func (t redactText) ipv6At(i int) span {
	doubled := t.at(i) == ':'
	if t.is(i-1, classWord) || (doubled && (t.at(i-1) == ':' || t.at(i+1) != ':')) {
		return span{}
	}
	a := ipv6Address{text: t, end: i, longest: i}
	if doubled {
		a.compress()
	}
	for a.groups < ipv6Groups && a.extend() {
	}
	return span{i, a.longest}
}

// ipv6Address is an address while it is read.
type ipv6Address struct {
	text redactText
	// compressed says that :: has been read.
	compressed bool
	groups     int
	end        int
	// longest is where the longest whole address so far ends.
	longest int
}

// compress reads a ::, which is there.
func (a *ipv6Address) compress() {
	a.compressed = true
	a.end += 2
	a.keep()
}

// extend reads a group and the colon or the :: behind it; false when the address cannot go on.
func (a *ipv6Address) extend() bool {
	groupEnd := a.text.run(a.end, classHex)
	if length := groupEnd - a.end; length == 0 || length > 4 {
		return false
	}
	next := a.text.at(groupEnd)
	if next == '.' && a.extendByOctets() {
		return false
	}
	a.groups++
	a.end = groupEnd
	a.keep()
	if next != ':' {
		return false
	}
	if !a.compressed && a.text.at(groupEnd+1) == ':' {
		a.compress()
	} else {
		a.end++
	}
	return true
}

// extendByOctets reads the four octets that stand for the last two groups.
func (a *ipv6Address) extendByOctets() bool {
	end, _ := a.text.octetsAt(a.end)
	if end == a.end || !a.isWhole(a.groups+2) {
		return false
	}
	a.longest = end
	return true
}

// keep keeps the address up to here when it is whole and nothing of a word follows.
func (a *ipv6Address) keep() {
	if a.isWhole(a.groups) && !a.text.is(a.end, classWord) {
		a.longest = a.end
	}
}

func (a *ipv6Address) isWhole(groups int) bool {
	if a.compressed {
		return groups >= 1 && groups < ipv6Groups
	}
	return groups == ipv6Groups
}
