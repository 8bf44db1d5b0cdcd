package tokenize

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/sidecar-ipc/gateway/go_service/internal/vectors"
	"github.com/sidecar-ipc/gateway/go_service/kernel"
)

func tokenized(t testing.TB, text []byte) []uint32 {
	t.Helper()
	ids, err := Tokenize(text, kernel.Checkpoint{})
	if err != nil {
		t.Fatalf("Tokenize of %d bytes: %v", len(text), err)
	}
	return ids
}

func textOf(t testing.TB, call vectors.Call) []byte {
	t.Helper()
	var text vectors.Bytes
	if err := json.Unmarshal(call.Request.Fields["text"], &text); err != nil {
		t.Fatal(err)
	}
	return text
}

func TestBothTwinsAnswerTheirVectors(t *testing.T) {
	for name, call := range vectors.Calls(t, "tokenize") {
		t.Run(name, func(t *testing.T) {
			if text := textOf(t, call); call.Error != nil {
				refused(t, text)
			} else {
				answered(t, text, &call.Response)
			}
		})
	}
}

func refused(t *testing.T, text []byte) {
	t.Helper()
	_, listed := Tokenize(text, kernel.Checkpoint{})
	_, counted := Count(text, kernel.Checkpoint{})
	_, original := Original(text)
	for _, err := range []error{listed, counted, original} {
		var invalid kernel.InvalidInput
		if !errors.As(err, &invalid) {
			t.Errorf("%v, not an invalid input", err)
		}
	}
}

func answered(t *testing.T, text []byte, response *vectors.Encoded) {
	t.Helper()
	var count int
	var ids []uint32
	if err := json.Unmarshal(response.Fields["count"], &count); err != nil {
		t.Fatal(err)
	}
	if given, ok := response.Fields["ids"]; ok {
		if err := json.Unmarshal(given, &ids); err != nil {
			t.Fatal(err)
		}
		agrees(t, text, ids)
	}
	if counted, err := Count(text, kernel.Checkpoint{}); counted != count || err != nil {
		t.Errorf("Count: %d, not %d (%v)", counted, count, err)
	}
}

func agrees(t *testing.T, text []byte, ids []uint32) {
	t.Helper()
	if found := tokenized(t, text); !slices.Equal(found, ids) {
		t.Fatalf("Tokenize(%q):\n%d, not\n%d", text, found, ids)
	}
	if found, err := Original(text); err != nil || !slices.Equal(found, ids) {
		t.Fatalf("Original(%q):\n%d, not\n%d (%v)", text, found, ids, err)
	}
}

// FuzzTokenize holds the twin to the original; `go test` runs it on the seeds.
func FuzzTokenize(f *testing.F) {
	for _, call := range vectors.Calls(f, "tokenize") {
		f.Add(textOf(f, call))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 1024 {
			return
		}
		if !utf8.Valid(text) {
			refused(t, text)
			return
		}
		expected, err := Original(text)
		if err != nil {
			t.Fatal(err)
		}
		if found := tokenized(t, text); !slices.Equal(found, expected) {
			t.Fatalf("Tokenize(%q):\n%d, the original gives\n%d", text, found, expected)
		}
		if counted, err := Count(text, kernel.Checkpoint{}); counted != len(expected) || err != nil {
			t.Fatalf("Count(%q): %d, not %d (%v)", text, counted, len(expected), err)
		}
	})
}

// Tokens joined at random make long pieces in which merges depend on each other over long stretches.
func TestTokensJoinedAtRandomAreTokenizedAsTheOriginalDoes(t *testing.T) {
	tokens, rng := read(), rand.New(rand.NewPCG(100, 256))
	for range 3000 {
		var text []byte
		for range 1 + rng.IntN(40) {
			text = append(text, tokens[rng.IntN(len(tokens))]...)
		}
		text = []byte(strings.ToValidUTF8(string(text), string(rune(rng.IntN(0x500)))))
		expected, err := Original(text)
		if err != nil {
			t.Fatal(err)
		}
		agrees(t, text, expected)
	}
}

func TestEveryTokenOfWholeCharactersIsItself(t *testing.T) {
	words := vocabulary()
	for id, token := range read() {
		if found := words.find(token, 0, len(token)); found != uint32(id) {
			t.Fatalf("token %d is found as %d", id, found)
		}
		s := scan{words: words}
		if err := s.merge(token); err != nil || !slices.Equal(s.ids, []uint32{uint32(id)}) {
			t.Fatalf("token %d merges to %d (%v)", id, s.ids, err)
		}
	}
}

// Merges by hand, in order of rank, of one piece whose bytes are any.
func TestMergingIsThatOfTheSpecification(t *testing.T) {
	words, rng := vocabulary(), rand.New(rand.NewPCG(1, 2))
	ranks := map[string]uint32{}
	tokens := read()
	for id, token := range tokens {
		ranks[string(token)] = uint32(id)
	}
	for range 20000 {
		piece := randomPiece(rng, tokens)
		s := scan{words: words}
		if err := s.merge(piece); err != nil {
			t.Fatal(err)
		}
		if expected := mergedByHand(piece, ranks); !slices.Equal(s.ids, expected) {
			t.Fatalf("merge(%q):\n%d, not\n%d", piece, s.ids, expected)
		}
	}
}

func randomPiece(rng *rand.Rand, tokens [][]byte) (piece []byte) {
	for range 1 + rng.IntN(8) {
		if rng.IntN(4) > 0 {
			piece = append(piece, tokens[rng.IntN(len(tokens))]...)
		} else {
			piece = append(piece, byte(rng.Uint32()))
		}
	}
	return piece
}

func mergedByHand(piece []byte, ranks map[string]uint32) (ids []uint32) {
	parts := make([]string, len(piece))
	for i, b := range piece {
		parts[i] = string([]byte{b})
	}
	for {
		lowest, at := uint32(none), 0
		for i := range len(parts) - 1 {
			if rank, ok := ranks[parts[i]+parts[i+1]]; ok && rank < lowest {
				lowest, at = rank, i
			}
		}
		if lowest == none {
			break
		}
		parts[at] += parts[at+1]
		parts = slices.Delete(parts, at+1, at+2)
	}
	for _, part := range parts {
		ids = append(ids, ranks[part])
	}
	return ids
}

func TestOneLongWordTakesTimeThatGrowsWithItsLength(t *testing.T) {
	for _, word := range []string{"a", "ab", "incomprehensibilities", "永", "=", "\u0301"} {
		short := []byte(strings.Repeat(word, 100_000/len(word)))
		long := []byte(strings.Repeat(word, 4_000_000/len(word)))
		tokenized(t, short)
		begin := time.Now()
		tokenized(t, short)
		ofShort := time.Since(begin)
		begin = time.Now()
		tokenized(t, long)
		if ofLong := time.Since(begin); ofLong > 400*ofShort+time.Second {
			t.Errorf("%q: 100 kB in %v, 4 MB in %v", word, ofShort, ofLong)
		}
	}
}

func TestLongTextsStopAtACheckpoint(t *testing.T) {
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for _, part := range []string{"x", "x y\n", "é", "=", " ", "\n", "\u3000", "12 "} {
		text := strings.Repeat(part, 1<<20)
		if _, err := Tokenize([]byte(text), kernel.NewCheckpoint(cancelled)); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
		late, end := context.WithTimeout(context.Background(), time.Millisecond)
		if _, err := Count([]byte(strings.Repeat(text, 3)), kernel.NewCheckpoint(late)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%q late: %v", part, err)
		}
		end()
	}
}

// The classes are those of the version that the specification names, whatever version this Go has.
func TestClassesAreThoseOfUnicode15(t *testing.T) {
	counts := map[class]int{}
	table := classesOf()
	for r := range rune(utf8.MaxRune + 1) {
		counts[table.of(r)]++
	}
	if counts[letter] != 136_104 || counts[number] != 1_831 || counts[space] != 23 || counts[lineEnd] != 2 {
		t.Errorf("%d letters, %d numbers, %d spaces, %d line ends", counts[letter], counts[number], counts[space], counts[lineEnd])
	}
}

// Driven by tests/contract/test_tokenize_agrees.py, which writes lines of a text in hex and the oracle's ids.
func TestRandomTextsAreTokenizedAsTheOracleDoes(t *testing.T) {
	path := os.Getenv("SIDECAR_TOKENIZE_CASES")
	if path == "" {
		t.Skip("SIDECAR_TOKENIZE_CASES is not set; `pytest tests/contract/test_tokenize_agrees.py` sets it")
	}
	cases, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(cases)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), " ")
		var text vectors.Bytes
		if err := text.UnmarshalJSON([]byte(strconv.Quote(fields[0]))); err != nil {
			t.Fatal(err)
		}
		ids := make([]uint32, len(fields)-1)
		for i, field := range fields[1:] {
			id, _ := strconv.ParseUint(field, 10, 32)
			ids[i] = uint32(id)
		}
		agrees(t, text, ids)
	}
}
