package kernel

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// vector is a golden request and its answer; protos/vectors/README.md has the form.
type vector struct {
	name    string
	Request struct {
		Fields map[string]json.RawMessage
	}
	Response struct {
		Fields map[string]json.RawMessage
	}
}

func vectors(t testing.TB, kernel string) []vector {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "..", "protos", "vectors", kernel, "*.json"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no vectors of %s; run `make generate` (%v)", kernel, err)
	}
	read := make([]vector, len(paths))
	for i, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(content, &read[i]); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		read[i].name = strings.TrimSuffix(filepath.Base(path), ".json")
	}
	return read
}

func (v *vector) bytes(t testing.TB, field string) []byte {
	t.Helper()
	return vectorBytes(t, v.Request.Fields[field])
}

func (v *vector) answer(t testing.TB, field string) []byte {
	t.Helper()
	return vectorBytes(t, v.Response.Fields[field])
}

func number(t testing.TB, field json.RawMessage) uint64 {
	t.Helper()
	var value uint64
	if err := json.Unmarshal(field, &value); err != nil {
		t.Fatalf("%s: %v", field, err)
	}
	return value
}

// vectorBytes reads hex, or parts of which some repeat.
func vectorBytes(t testing.TB, field json.RawMessage) []byte {
	t.Helper()
	var plain string
	if json.Unmarshal(field, &plain) == nil {
		return unhex(t, plain)
	}
	var composed struct {
		Repeat string
		Times  int
		Parts  []json.RawMessage
	}
	if err := json.Unmarshal(field, &composed); err != nil {
		t.Fatalf("%s: %v", field, err)
	}
	content := bytes.Repeat(unhex(t, composed.Repeat), composed.Times)
	for _, part := range composed.Parts {
		content = append(content, vectorBytes(t, part)...)
	}
	return content
}

func TestEchoAnswersItsVectorsWithACopy(t *testing.T) {
	for _, v := range vectors(t, "echo") {
		payload := v.bytes(t, "payload")
		answer := Echo(payload)
		if !bytes.Equal(answer, v.answer(t, "payload")) {
			t.Errorf("%s: another answer", v.name)
		}
		if len(payload) > 0 && &answer[0] == &payload[0] {
			t.Errorf("%s: the answer shares the caller's buffer", v.name)
		}
	}
}

func TestSpinAnswersItsVectors(t *testing.T) {
	for _, v := range vectors(t, "spin") {
		fields := v.Request.Fields
		state, err := Spin(number(t, fields["steps"]), number(t, fields["seed"]), Checkpoint{})
		if expected := number(t, v.Response.Fields["state"]); state != expected || err != nil {
			t.Errorf("%s: %d, not %d (%v)", v.name, state, expected, err)
		}
	}
}

func TestDigestAnswersItsVectors(t *testing.T) {
	for _, v := range vectors(t, "digest") {
		digest, err := Digest(v.bytes(t, "data"), Checkpoint{})
		if expected := v.answer(t, "sha256"); !bytes.Equal(digest[:], expected) || err != nil {
			t.Errorf("%s: %x, not %x (%v)", v.name, digest, expected, err)
		}
	}
}

func TestBothRedactsAnswerTheirVectors(t *testing.T) {
	for _, v := range vectors(t, "redact") {
		t.Run(v.name, func(t *testing.T) { agrees(t, v.bytes(t, "text"), v.answer(t, "text")) })
	}
}
