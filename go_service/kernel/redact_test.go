package kernel

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/internal/vectors"
)

func redacted(t testing.TB, text []byte) []byte {
	t.Helper()
	answer, err := Redact(nil, text, Checkpoint{})
	if err != nil {
		t.Fatalf("Redact without a deadline: %v", err)
	}
	return answer
}

// Redact looks at blocks of eight bytes; where in a block a match stands must not show.
func TestAnAnswerDoesNotDependOnWhereItsTextStands(t *testing.T) {
	for name, call := range vectors.Calls(t, "redact") {
		text := bytesOf(t, &call.Request, "text")
		if len(text) > 1024 {
			continue
		}
		expected := redacted(t, text)
		for lead := range 40 {
			around := bytes.Repeat([]byte("\n"), lead+len(text)+40)
			copy(around[lead:], text)
			if found := redacted(t, around)[lead : lead+len(text)]; !bytes.Equal(found, expected) {
				t.Fatalf("%s, %d bytes in front:\n%q, not\n%q", name, lead, found, expected)
			}
		}
	}
}

func TestRedactAppendsToItsFirstArgument(t *testing.T) {
	text := []byte("from 10.1.2.3")
	answer, _ := Redact([]byte("a@b.co "), text, Checkpoint{})
	if string(answer) != "a@b.co from ********" || string(text) != "from 10.1.2.3" {
		t.Fatalf("answer %q, text %q", answer, text)
	}
}

func TestLongTextsStopAtACheckpoint(t *testing.T) {
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	late, end := context.WithDeadline(context.Background(), time.Unix(1, 0))
	defer end()
	text := bytes.Repeat([]byte("x"), 1<<20)
	if answer, err := Redact(nil, text, NewCheckpoint(cancelled)); !errors.Is(err, context.Canceled) || len(answer) != 0 {
		t.Errorf("cancelled: %d bytes, %v", len(answer), err)
	}
	if _, err := Redact(nil, text, NewCheckpoint(late)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("late: %v", err)
	}
}

// Driven by tests/contract/test_redact_agrees.py, which writes lines of a text and the oracle's answer in hex.
func TestRandomTextsAreAnsweredAsTheOracleDoes(t *testing.T) {
	path := os.Getenv("SIDECAR_REDACT_CASES")
	if path == "" {
		t.Skip("SIDECAR_REDACT_CASES is not set; `pytest tests/contract/test_redact_agrees.py` sets it")
	}
	cases, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(cases)) {
		text, answer, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		agrees(t, unhex(t, text), unhex(t, answer))
	}
}

func agrees(t *testing.T, text, answer []byte) {
	t.Helper()
	if found := redacted(t, text); !bytes.Equal(found, answer) {
		t.Fatalf("Redact(%q):\n%q, not\n%q", text, found, answer)
	}
	if found := RedactOriginal(text); !bytes.Equal(found, answer) {
		t.Fatalf("RedactOriginal(%q):\n%q, not\n%q", text, found, answer)
	}
}

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	content, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
