package kernel

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"github.com/sidecar-ipc/gateway/go_service/internal/vectors"
)

// benchLog is a log of the vectors, or the file that SIDECAR_BENCH_LOG names, at least so long.
func benchLog(b *testing.B, size int) []byte {
	b.Helper()
	text, err := os.ReadFile(os.Getenv("SIDECAR_BENCH_LOG"))
	if err != nil {
		logged := vectors.Calls(b, "redact")["redact/log_of_16_kib"]
		text = bytesOf(b, &logged.Request, "text")
	}
	return bytes.Repeat(text, size/len(text)+1)[:size]
}

func overSizes(b *testing.B, sizes []int, call func(text []byte)) {
	for _, size := range sizes {
		text := benchLog(b, size)
		b.Run(name(size), func(b *testing.B) {
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				call(text)
			}
		})
	}
}

func name(size int) string {
	switch {
	case size >= 1<<20:
		return fmt.Sprintf("%dMiB", size>>20)
	case size >= 1<<10:
		return fmt.Sprintf("%dKiB", size>>10)
	}
	return fmt.Sprintf("%dB", size)
}

func BenchmarkEcho(b *testing.B) {
	overSizes(b, []int{64, 4 << 10, 64 << 10, 1 << 20}, func(text []byte) { Echo(nil, text) })
}

func BenchmarkDigest(b *testing.B) {
	overSizes(b, []int{100, 4 << 10, 64 << 10, 1 << 20}, func(text []byte) { _, _ = Digest(text, Checkpoint{}) })
}

// An answer of its own each time, as the native route gives it to its caller.
func BenchmarkRedact(b *testing.B) {
	overSizes(b, []int{100, 4 << 10, 64 << 10, 1 << 20}, func(text []byte) { _, _ = Redact(nil, text, Checkpoint{}) })
}

func BenchmarkRedactOriginal(b *testing.B) {
	overSizes(b, []int{100, 4 << 10, 64 << 10}, func(text []byte) { RedactOriginal(text) })
}

func BenchmarkSpin(b *testing.B) {
	const steps = 1 << 16
	for b.Loop() {
		_, _ = Spin(steps, 1, Checkpoint{})
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/steps, "ns/step")
}

func BenchmarkInflate(b *testing.B) { overInflate(b, Inflate) }

func BenchmarkInflateOriginal(b *testing.B) { overInflate(b, InflateOriginal) }

func overInflate(b *testing.B, inflate func([]byte, uint64, Checkpoint) ([]byte, error)) {
	for _, size := range []int{1 << 10, 64 << 10, 1 << 20} {
		data := gzipped(b, benchLog(b, size))
		b.Run(name(size), func(b *testing.B) {
			b.SetBytes(int64(size)) // of content
			b.ReportAllocs()
			for b.Loop() {
				_, _ = inflate(data, 0, Checkpoint{})
			}
		})
	}
}

func BenchmarkTopk(b *testing.B) {
	overTopk(b, func(query []byte, k uint32) { _, _, _ = Topk(query, k, Checkpoint{}) })
}

func BenchmarkTopkOriginal(b *testing.B) {
	overTopk(b, func(query []byte, k uint32) { _, _, _ = TopkOriginal(query, k) })
}

func overTopk(b *testing.B, search func(query []byte, k uint32)) {
	query := benchLog(b, TopkComponents)
	for _, k := range []uint32{10, 1000} {
		b.Run(fmt.Sprintf("k%d", k), func(b *testing.B) {
			search(query, k)
			b.ReportAllocs()
			for b.Loop() {
				search(query, k)
			}
		})
	}
}
