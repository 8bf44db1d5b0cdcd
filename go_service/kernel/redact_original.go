package kernel

import (
	"bytes"
	"regexp"
)

// RedactOriginal is Redact as profiles find it: a regular expression a kind, and what those cannot say in code behind.
func RedactOriginal(text []byte) []byte {
	// A line feed in front stands for the text's start, since the expressions look at the byte before a match.
	padded := append([]byte("\n"), text...)
	masked := bytes.Clone(padded)
	found := make([]originalMatch, len(originalKinds))
	for next := 1; ; {
		first := firstOriginal(padded, next, found)
		if first.start == len(padded) {
			break
		}
		for i := first.hidden; i < first.end; i++ {
			masked[i] = '*'
		}
		next = first.end
	}
	plant(masked[1:])
	return masked[1:]
}

// originalMatch starts at start; its bytes from hidden to end are masked. One that starts at the text's end is none.
type originalMatch struct{ start, hidden, end int }

// firstOriginal is the leftmost match of any kind that starts at next or behind it; found keeps those further on.
func firstOriginal(text []byte, next int, found []originalMatch) originalMatch {
	first := originalMatch{start: len(text)}
	for i, kind := range originalKinds {
		if found[i].start < next {
			found[i] = kind.find(text, next)
		}
		if found[i].start < first.start {
			first = found[i]
		}
	}
	return first
}

// originalKind is a candidate by its expression, whose first group is the candidate; the others are for match, which
// says where the candidate's masked bytes start and end, or 0 and 0 for none.
type originalKind struct {
	candidate *regexp.Regexp
	match     func(text []byte, groups []int) (hidden, end int)
}

// find gives the first match that starts at next or behind it.
func (k *originalKind) find(text []byte, next int) originalMatch {
	for {
		groups := k.candidate.FindSubmatchIndex(text[next-1:])
		if groups == nil {
			return originalMatch{start: len(text)}
		}
		for i := range groups {
			groups[i] += next - 1
		}
		if hidden, end := k.match(text, groups); end > 0 {
			return originalMatch{groups[2], hidden, end}
		}
		next = groups[2] + 1
	}
}

// originalKinds take the byte before a match too. They are in the order in which they win among matches of one start. Only ASCII classes spelt out: \b, \w and
// (?i) mean other things to other engines.
var originalKinds = []originalKind{
	{regexp.MustCompile(`[^0-9A-Za-z._%+-]([0-9A-Za-z._%+-]+@([0-9A-Za-z.-]+))`), originalEmail},
	{regexp.MustCompile(`[^0-9A-Za-z_.]([0-9]+\.[0-9]+\.[0-9]+\.[0-9]+)`), originalIPv4},
	{regexp.MustCompile(`[^0-9A-Za-z_]([0-9A-Fa-f]*:[0-9A-Fa-f:.]+)`), originalIPv6},
	{regexp.MustCompile(`[^0-9A-Za-z_.]([2-9][0-9]+(?:(?: [0-9]+){1,5}|(?:-[0-9]+){1,5})?)`), originalCard},
	{regexp.MustCompile(`[^0-9A-Za-z_]([Bb][Ee][Aa][Rr][Ee][Rr] +([0-9A-Za-z._~+/-]+)=*)`), originalToken},
	{regexp.MustCompile(`[^0-9A-Za-z_]((AKIA|ASIA|AIza|gh[pousr]_|github_pat_|glpat-|sk-|[sr]k_(?:live|test)_|xox[abprs]-)` +
		`([0-9A-Za-z_-]+))`), originalKey},
	{regexp.MustCompile(`(?s:.)([Aa][Pp][Ii][_-]?[Kk][Ee][Yy][ "'\\]*[=:][ "'\\]*([0-9A-Za-z._~+/-]+)=*)`), originalToken},
}

var (
	originalDotAndLetters = regexp.MustCompile(`.\.[A-Za-z][A-Za-z]`)
	originalEndsBadly     = regexp.MustCompile(`^(?:[0-9A-Za-z_]|\.[0-9])`)
	originalWord          = regexp.MustCompile(`^[0-9A-Za-z_]`)
	originalOctets        = regexp.MustCompile(`^([0-9]+)\.([0-9]+)\.([0-9]+)\.([0-9]+)$`)
	originalGroup         = regexp.MustCompile(`^[0-9A-Fa-f]+$`)
)

func originalEmail(text []byte, groups []int) (hidden, end int) {
	host := bytes.TrimRight(text[groups[4]:groups[5]], ".-")
	if !originalDotAndLetters.Match(host) {
		return 0, 0
	}
	return groups[2], groups[4] + len(host)
}

func originalIPv4(text []byte, groups []int) (hidden, end int) {
	octets := originalOctetsOf(text[groups[2]:groups[3]])
	if octets == nil || originalEndsBadly.Match(text[groups[3]:]) || octets[1]+octets[2]+octets[3] == 0 {
		return 0, 0
	}
	return groups[2], groups[3]
}

// originalOctetsOf gives the values of four octets, or nil.
func originalOctetsOf(text []byte) []int {
	groups := originalOctets.FindSubmatch(text)
	if groups == nil {
		return nil
	}
	values := make([]int, 0, 4)
	for _, group := range groups[1:] {
		value := 0
		for _, digit := range group {
			value = min(value*10+int(digit-'0'), 256)
		}
		if len(group) > 3 || value > 255 {
			return nil
		}
		values = append(values, value)
	}
	return values
}

func originalIPv6(text []byte, groups []int) (hidden, end int) {
	const longest = len("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255")
	if text[groups[2]] == ':' && text[groups[2]-1] == ':' {
		return 0, 0
	}
	for end := min(groups[3], groups[2]+longest); end > groups[2]; end-- {
		if originalIsIPv6(text[groups[2]:end], text[end:]) {
			return groups[2], end
		}
	}
	return 0, 0
}

func originalIsIPv6(address, behind []byte) bool {
	sides := bytes.Split(address, []byte("::"))
	var parts [][]byte
	for _, side := range sides {
		if len(side) > 0 {
			parts = append(parts, bytes.Split(side, []byte(":"))...)
		}
	}
	if len(sides) > 2 || len(parts) == 0 {
		return false
	}
	count, end := len(parts), originalWord
	if last := parts[count-1]; bytes.HasSuffix(address, last) && originalOctetsOf(last) != nil {
		parts, count, end = parts[:count-1], count+1, originalEndsBadly
	}
	for _, part := range parts {
		if len(part) > 4 || !originalGroup.Match(part) {
			return false
		}
	}
	whole := count == 8 && len(sides) == 1 || count < 8 && len(sides) == 2
	return whole && !end.Match(behind)
}

func originalCard(text []byte, groups []int) (hidden, end int) {
	least, digits := 4, []byte(nil)
	for i := groups[2]; i < groups[3]; i++ {
		group := i
		for i < groups[3] && text[i] >= '0' && text[i] <= '9' {
			digits = append(digits, text[i])
			i++
		}
		if i-group < least {
			break
		}
		if len(digits) >= 13 && len(digits) <= 19 && originalLuhn(digits) && !originalEndsBadly.Match(text[i:]) {
			end = i
		}
		least = 3
	}
	return groups[2], end
}

func originalLuhn(digits []byte) bool {
	sum := 0
	for i := range digits {
		value := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			value *= 2
		}
		sum += value/10 + value%10
	}
	return sum%10 == 0
}

func originalToken(_ []byte, groups []int) (hidden, end int) {
	if groups[5]-groups[4] < 8 {
		return 0, 0
	}
	return groups[4], groups[3]
}

func originalKey(text []byte, groups []int) (hidden, end int) {
	least := map[string]int{
		"AKIA": 16, "ASIA": 16, "AIza": 35, "github_pat_": 22, "glpat-": 20, "sk-": 20,
		"ghp_": 30, "gho_": 30, "ghu_": 30, "ghs_": 30, "ghr_": 30,
		"sk_live_": 16, "sk_test_": 16, "rk_live_": 16, "rk_test_": 16,
		"xoxa-": 10, "xoxb-": 10, "xoxp-": 10, "xoxr-": 10, "xoxs-": 10,
	}
	if groups[7]-groups[6] < least[string(text[groups[4]:groups[5]])] {
		return 0, 0
	}
	return groups[2], groups[3]
}
