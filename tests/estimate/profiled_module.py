"""A module whose benchmark spends its time in computing, in I/O, in allocation and in tiny calls, and its profiles."""

import subprocess
from pathlib import Path

SOURCE = """package work

import (
	"os"
	"regexp"
)

var Kept [][]byte

func Compute(text []byte) []byte {
	out := make([]byte, len(text))
	for round := range 60 {
		for i, b := range text {
			out[i] = step(out[i], b, byte(round))
		}
	}
	return out
}

func step(a, b, c byte) byte {
	if b >= '0' && b <= '9' {
		return a + '*' + c
	}
	return a ^ b
}

type Writer struct{ file *os.File }

func (w *Writer) Save(text []byte) {
	for range 1000 {
		w.file.Write(text)
	}
}

func Allocate(text []byte) []byte {
	Kept = nil
	for range 2000 {
		Kept = append(Kept, make([]byte, 2048))
	}
	return text
}

var pattern = regexp.MustCompile(`[0-9]+ [a-z]+ [0-9]+`)

func Masked(count int, text []byte) []byte { return pattern.ReplaceAll(text, []byte("*")) }
"""
TEST = """package work

import (
	"bytes"
	"os"
	"testing"
)

func BenchmarkAll(b *testing.B) {
	text := bytes.Repeat([]byte("user 42 logged in from 10.0.0.1\\n"), 128)
	file, _ := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	w := &Writer{file}
	for b.Loop() {
		for range 6 {
			Compute(text)
		}
		for range 3 {
			Masked(1, text)
		}
		w.Save(text)
		Allocate(text)
	}
}
"""
MODULE = "example.com/work"


def profiled(folder: Path) -> Path:
    """Write it, run its benchmark for a few seconds; the folder then has cpu.pprof and mem.pprof."""
    (folder / "go.mod").write_text(f"module {MODULE}\n\ngo 1.24\n")
    (folder / "work.go").write_text(SOURCE)
    (folder / "work_test.go").write_text(TEST)
    profiles = ["-cpuprofile", "cpu.pprof", "-memprofile", "mem.pprof"]
    command = ["go", "test", "-run", "^$", "-bench", ".", "-benchtime", "3s", *profiles]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder
