// Package vectors reads the golden vectors for tests; protos/vectors/README.md has their form.
package vectors

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Bytes are written as hex or as parts that repeat.
type Bytes []byte

// UnmarshalJSON implements json.Unmarshaler.
func (b *Bytes) UnmarshalJSON(text []byte) error {
	var plain string
	if json.Unmarshal(text, &plain) == nil {
		content, err := hex.DecodeString(plain)
		*b = content
		return err
	}
	var written struct {
		Parts  []Bytes
		Repeat Bytes
		Times  int
	}
	if err := json.Unmarshal(text, &written); err != nil {
		return fmt.Errorf("neither hex nor parts: %w", err)
	}
	*b = append(bytes.Join(asSlices(written.Parts), nil), bytes.Repeat(written.Repeat, written.Times)...)
	return nil
}

func asSlices(parts []Bytes) [][]byte {
	slices := make([][]byte, len(parts))
	for i, part := range parts {
		slices[i] = part
	}
	return slices
}

// Encoded is a message in three codecs.
type Encoded struct {
	// Message is the full name.
	Message string
	// Fields are the values by name, as JSON.
	Fields map[string]json.RawMessage
	// Protobuf, Msgpack and Raw are the same message.
	Protobuf, Msgpack, Raw Bytes
}

// Call is what a kernel answers to a request: a response or an error.
type Call struct {
	Kernel            string
	Request, Response Encoded
	Error             *Failure
}

// Failure is how a kernel refuses a request, by the names of the contract.
type Failure struct {
	Status, Reason string
}

// Malformed has bytes that a codec refuses for a message, and odd ones that it accepts.
type Malformed struct {
	Message, Codec string
	Refused        []struct {
		Name  string
		Bytes Bytes
	}
	// Accepted bytes are read as the message whose raw form is Raw.
	Accepted []struct {
		Name       string
		Bytes, Raw Bytes
	}
}

// Frame is a whole frame and its parts.
type Frame struct {
	Sender                 string
	Type, Flags            uint8
	CallID                 uint64 `json:"call_id"`
	Header, Payload, Bytes Bytes
}

// BadFrame is a protocol error.
type BadFrame struct {
	Name, Sender, Rule string
	Bytes              Bytes
}

// Calls has the calls of a kernel by case.
func Calls(t testing.TB, kernel string) map[string]Call {
	t.Helper()
	return read[Call](t, filepath.Join(kernel, "*.json"))
}

// Messages has every encoded message by the name of its file.
func Messages(t testing.TB) map[string]Encoded {
	t.Helper()
	messages := map[string]Encoded{}
	for name, call := range read[Call](t, "*/*.json") {
		if call.Kernel == "" {
			continue
		}
		messages[name+":request"] = call.Request
		if call.Error == nil {
			messages[name+":response"] = call.Response
		}
	}
	for name, message := range read[Encoded](t, "*/*.json") {
		if message.Fields != nil {
			messages[name] = message
		}
	}
	return messages
}

// MalformedMessages has every file of malformed messages by its name.
func MalformedMessages(t testing.TB) map[string]Malformed {
	t.Helper()
	return read[Malformed](t, "malformed/*_*.json")
}

// Frames has every frame by case.
func Frames(t testing.TB) map[string]Frame {
	t.Helper()
	return read[Frame](t, "frames/*.json")
}

// BadFrames are the frames that end a connection.
func BadFrames(t testing.TB) []BadFrame {
	t.Helper()
	files := read[struct{ Refused []BadFrame }](t, "malformed/frames.json")
	return files["malformed/frames"].Refused
}

// read has the files of a pattern below protos/vectors by their path without .json; none is an error.
func read[T any](t testing.TB, pattern string) map[string]T {
	t.Helper()
	folder := folder(t)
	paths, err := filepath.Glob(filepath.Join(folder, pattern))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no vectors %s in %s; run `make generate`", pattern, folder)
	}
	files := make(map[string]T, len(paths))
	for _, path := range paths {
		name, _ := filepath.Rel(folder, path)
		files[strings.TrimSuffix(name, ".json")] = readFile[T](t, path)
	}
	return files
}

func readFile[T any](t testing.TB, path string) (file T) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return file
}

// folder is protos/vectors, above the folder in which a test runs.
func folder(t testing.TB) string {
	t.Helper()
	above, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; above != filepath.Dir(above); above = filepath.Dir(above) {
		found := filepath.Join(above, "protos", "vectors")
		if info, err := os.Stat(found); err == nil && info.IsDir() {
			return found
		}
	}
	t.Fatal("no protos/vectors above the test's folder; run it inside a checkout")
	return ""
}
