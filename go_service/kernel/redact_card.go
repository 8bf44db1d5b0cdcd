package kernel

const (
	// cardLeast and cardMost are the digits in a payment card number.
	cardLeast = 13
	cardMost  = 19
	// cardFirstGroup and cardFurtherGroup are the digits in the groups, at least.
	cardFirstGroup   = 4
	cardFurtherGroup = 3
	// cardBehind is how many bytes of a card stand at least from the last of its first four bytes on.
	cardBehind = cardLeast - 3
)

// cardAround is the payment card number that starts at i or up to three bytes in front of it, and at least or behind it.
func (t redactText) cardAround(i, least int) span {
	if !t.maySpanCard(i) {
		return span{}
	}
	for start := max(least, i-3); start <= i; start++ {
		if t.at(start) < '2' || t.at(start) > '9' || !t.startsNumber(start) {
			continue
		}
		if match := t.cardAt(start); match.found() {
			return match
		}
	}
	return span{}
}

// maySpanCard says whether the bytes from i on are digits, and separators as far apart as in a card.
func (t redactText) maySpanCard(i int) bool {
	separator := i - cardFurtherGroup - 1
	for next := i; next < i+cardBehind; next++ {
		if t.is(next, classDigit) {
			continue
		}
		if !t.is(next, classInCard) || next-separator <= cardFurtherGroup {
			return false
		}
		separator = next
	}
	return true
}

// cardAt is the longest stretch of whole groups from start that is a payment card number.
func (t redactText) cardAt(start int) span {
	var sum luhn
	var separator byte
	longest, least := start, cardFirstGroup
	for end := start; ; end++ {
		group := end
		for ; t.is(end, classDigit) && sum.digits <= cardMost; end++ {
			sum.add(t[end])
		}
		if end-group < least || sum.digits > cardMost {
			return span{start, longest}
		}
		if sum.digits >= cardLeast && sum.isValid() && t.endsWell(end) {
			longest = end
		}
		next := t.at(end)
		if (next != ' ' && next != '-') || (separator != 0 && next != separator) {
			return span{start, longest}
		}
		separator, least = next, cardFurtherGroup
	}
}

// luhn is the check of ISO/IEC 7812-1 annex B, digit by digit from the left: which digits are doubled depends on how
// many follow, so both sums are kept.
type luhn struct {
	digits int
	// plain is the sum when the last digit is not doubled, doubled when it is.
	plain, doubled int
}

func (l *luhn) add(digit byte) {
	value := int(digit - '0')
	twice := 2 * value
	if twice > 9 {
		twice -= 9
	}
	l.plain, l.doubled = l.doubled+value, l.plain+twice
	l.digits++
}

func (l *luhn) isValid() bool { return l.plain%10 == 0 }
