package kernel

import (
	"bytes"
	"compress/gzip"
	"context"
	"testing"
)

func TestEveryTruncationOfASecondMemberIsRefused(t *testing.T) {
	member := func(flags bool) []byte {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		if flags {
			w.Name, w.Comment, w.Extra = "name.txt", "a comment", []byte("extra")
		}
		_, _ = w.Write([]byte("hello, hello, hello"))
		_ = w.Close()
		return b.Bytes()
	}
	first, second := member(false), member(true)
	whole := append(append([]byte{}, first...), second...)
	for name, inflate := range map[string]func([]byte, uint64, Checkpoint) ([]byte, error){"native": Inflate, "original": InflateOriginal} {
		for n := len(first) + 1; n < len(whole); n++ {
			if got, err := inflate(whole[:n], 0, NewCheckpoint(context.Background())); err == nil {
				t.Errorf("%s: %d of %d bytes gave %d bytes", name, n, len(whole), len(got))
			}
		}
	}
}
