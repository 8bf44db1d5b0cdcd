package kernel

// bearerAt is the token behind the word bearer at start.
func (t redactText) bearerAt(start int) span {
	const name = "bearer"
	at := start + len(name)
	if t.is(start-1, classWord) || t.at(at) != ' ' || !t.hasLetters(start, name) {
		return span{}
	}
	for t.at(at) == ' ' {
		at++
	}
	return t.tokenAt(at)
}

// namedAtK is the value behind the name api key whose key is at k, when the name starts at least or behind it.
func (t redactText) namedAtK(k, least int) span {
	if !t.hasLetters(k, "key") {
		return span{}
	}
	start := k - len("api")
	if behind := t.at(k - 1); behind == '_' || behind == '-' {
		start--
	}
	if start < least || !t.hasLetters(start, "api") {
		return span{}
	}
	sign := t.gap(k + len("key"))
	if at := t.at(sign); at != '=' && at != ':' {
		return span{}
	}
	return t.tokenAt(t.gap(sign + 1))
}

// gap is the end of the quotes, backslashes and spaces at i.
func (t redactText) gap(i int) int {
	for i < len(t) && (t[i] == ' ' || t[i] == '"' || t[i] == '\'' || t[i] == '\\') {
		i++
	}
	return i
}

// keyBeginnings are how keys of well-known services begin, and how many bytes follow at least. No beginning is the
// beginning of another, so at most one fits.
var keyBeginnings = []struct {
	text  string
	least int
}{
	{"AKIA", 16}, {"ASIA", 16}, {"AIza", 35},
	{"ghp_", 30}, {"gho_", 30}, {"ghu_", 30}, {"ghs_", 30}, {"ghr_", 30},
	{"github_pat_", 22}, {"glpat-", 20}, {"sk-", 20},
	{"sk_live_", 16}, {"sk_test_", 16}, {"rk_live_", 16}, {"rk_test_", 16},
	{"xoxa-", 10}, {"xoxb-", 10}, {"xoxp-", 10}, {"xoxr-", 10}, {"xoxs-", 10},
}

// keyAt is the key that starts at start.
func (t redactText) keyAt(start int) span {
	if t.is(start-1, classWord) {
		return span{}
	}
	for _, beginning := range keyBeginnings {
		body := start + len(beginning.text)
		if body > len(t) || string(t[start:body]) != beginning.text {
			continue
		}
		if end := t.run(body, classKey); end-body >= beginning.least {
			return span{start, end}
		}
	}
	return span{}
}
