"""A user's module with functions of every kind, as files."""

from pathlib import Path

SOURCE = """// Package words has functions of every kind.
package words

import (
	"errors"
	"strings"
)

func Bytes(in []byte) (out []byte) { return append(make([]byte, 0, len(in)), in...) }

func BytesFails(in []byte) ([]byte, error) { return in, nil }

func Text(in string) string { return strings.ToUpper(in) }

func TextFails(in string) (out string, err error) { return in, nil }

func ToText(in []byte) string { return string(in) }

func ToBytes(in string) ([]byte, error) { return []byte(in), nil }

func hidden(in []byte) []byte { return in[:len(in)/2] }

func Mutates(in []byte) []byte {
	for i := range in {
		in[i] ^= 1
	}
	return in
}

func Refuses(in []byte) ([]byte, error) { return nil, errors.New("secret " + string(in)) }

func RefusesLong(in []byte) ([]byte, error) {
	if len(in) > 20 {
		return nil, errors.New("long")
	}
	return in, nil
}

func Panics(in []byte) []byte { return in[len(in)+1:] }

func Dies(in []byte) []byte {
	done := make(chan bool)
	go func() { panic("secret") }()
	<-done
	return in
}

func Two(a, b []byte) []byte { return a }

func Number(in []byte) int { return len(in) }

func Generic[T ~[]byte](in T) T { return in }

type Kind struct{}

func (k *Kind) Method(in []byte) []byte { return in }

var Variable = func(in []byte) []byte { return in }
"""
BROKEN_TEST = "package words\n\nfunc TestMain() { this does not compile }\n"
MAIN = "package main\n\nfunc main() { F(nil) }\n\nfunc F(in []byte) []byte { return in }\n"


def write(folder: Path) -> Path:
    """Write the module: the functions in an internal package beside a test that does not build, and a program."""
    files = {
        "go.mod": "module example.com/shop\n\ngo 1.24\n",
        "internal/words/words.go": SOURCE,
        "internal/words/words_test.go": BROKEN_TEST,
        "broken/broken.go": "package broken\n\nfunc F(in []byte) []byte { return missing(in) }\n",
        "cmd/shop/main.go": MAIN,
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder
