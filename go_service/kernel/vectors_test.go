package kernel

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/sidecar-ipc/gateway/go_service/internal/vectors"
)

// read has a field of a message out of a vector.
func read(t testing.TB, message *vectors.Encoded, field string, into any) {
	t.Helper()
	if err := json.Unmarshal(message.Fields[field], into); err != nil {
		t.Fatalf("%s: %v", field, err)
	}
}

func bytesOf(t testing.TB, message *vectors.Encoded, field string) []byte {
	t.Helper()
	var content vectors.Bytes
	read(t, message, field, &content)
	return content
}

func numberOf(t testing.TB, message *vectors.Encoded, field string) (value uint64) {
	t.Helper()
	read(t, message, field, &value)
	return value
}

func TestEchoAnswersItsVectorsWithACopy(t *testing.T) {
	for name, call := range vectors.Calls(t, "echo") {
		payload := bytesOf(t, &call.Request, "payload")
		answer := Echo(nil, payload)
		if !bytes.Equal(answer, bytesOf(t, &call.Response, "payload")) {
			t.Errorf("%s: another answer", name)
		}
		if len(payload) > 0 && &answer[0] == &payload[0] {
			t.Errorf("%s: the answer shares the caller's buffer", name)
		}
	}
}

func TestSpinAnswersItsVectors(t *testing.T) {
	for name, call := range vectors.Calls(t, "spin") {
		steps, seed := numberOf(t, &call.Request, "steps"), numberOf(t, &call.Request, "seed")
		state, err := Spin(steps, seed, Checkpoint{})
		if expected := numberOf(t, &call.Response, "state"); state != expected || err != nil {
			t.Errorf("%s: %d, not %d (%v)", name, state, expected, err)
		}
	}
}

func TestDigestAnswersItsVectors(t *testing.T) {
	for name, call := range vectors.Calls(t, "digest") {
		digest, err := Digest(bytesOf(t, &call.Request, "data"), Checkpoint{})
		if expected := bytesOf(t, &call.Response, "sha256"); !bytes.Equal(digest[:], expected) || err != nil {
			t.Errorf("%s: %x, not %x (%v)", name, digest, expected, err)
		}
	}
}

func TestBothRedactsAnswerTheirVectors(t *testing.T) {
	for name, call := range vectors.Calls(t, "redact") {
		t.Run(name, func(t *testing.T) { agrees(t, bytesOf(t, &call.Request, "text"), bytesOf(t, &call.Response, "text")) })
	}
}
