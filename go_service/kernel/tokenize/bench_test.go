package tokenize

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/sidecar-ipc/gateway/go_service/internal/vectors"
	"github.com/sidecar-ipc/gateway/go_service/kernel"
)

// benchText is a log of the vectors, or the file that SIDECAR_BENCH_LOG names, in UTF-8 and so long.
func benchText(b *testing.B, size int) []byte {
	b.Helper()
	text, err := os.ReadFile(os.Getenv("SIDECAR_BENCH_LOG"))
	if err != nil {
		text = textOf(b, vectors.Calls(b, "redact")["redact/log_of_16_kib"])
	}
	text = bytes.ToValidUTF8(text, nil)
	return bytes.ToValidUTF8(bytes.Repeat(text, size/len(text)+1)[:size], nil)
}

func overTexts(b *testing.B, call func(text []byte)) {
	texts := []struct {
		name string
		text []byte
	}{
		{"100B", benchText(b, 100)},
		{"4KiB", benchText(b, 4<<10)},
		{"64KiB", benchText(b, 64<<10)},
		{"1MiB", benchText(b, 1<<20)},
		{"word_of_16KiB", []byte(strings.Repeat("incomprehensibilities", 780))},
		{"chinese_of_16KiB", []byte(strings.Repeat("今天天气很好，我们去公园吧。", 390))},
	}
	for _, text := range texts {
		b.Run(text.name, func(b *testing.B) {
			call(text.text)
			b.SetBytes(int64(len(text.text)))
			b.ReportAllocs()
			for b.Loop() {
				call(text.text)
			}
		})
	}
}

func BenchmarkTokenize(b *testing.B) {
	overTexts(b, func(text []byte) { _, _ = Tokenize(text, kernel.Checkpoint{}) })
}

func BenchmarkCount(b *testing.B) {
	overTexts(b, func(text []byte) { _, _ = Count(text, kernel.Checkpoint{}) })
}

func BenchmarkTokenizeOriginal(b *testing.B) {
	overTexts(b, func(text []byte) {
		if len(text) < 1<<20 {
			_, _ = Original(text)
		}
	})
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		load()
	}
}
