package kernel

import (
	"bytes"
	stdgzip "compress/gzip"
	"context"
	"errors"
	"hash/crc32"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/internal/vectors"
)

var inflateTwins = map[string]func([]byte, uint64, Checkpoint) ([]byte, error){
	"Inflate": Inflate, "InflateOriginal": InflateOriginal,
}

func TestBothInflatesAnswerTheirVectors(t *testing.T) {
	for name, call := range vectors.Calls(t, "inflate") {
		var data, expected vectors.Bytes
		var maxBytes uint64
		read(t, &call.Request, "data", &data)
		if _, ok := call.Request.Fields["max_bytes"]; ok {
			read(t, &call.Request, "max_bytes", &maxBytes)
		}
		if call.Error == nil {
			read(t, &call.Response, "data", &expected)
		}
		for twin, inflate := range inflateTwins {
			t.Run(name+"/"+twin, func(t *testing.T) {
				content, err := inflate(data, maxBytes, Checkpoint{})
				if call.Error != nil {
					isInvalid(t, err)
				} else if err != nil || !bytes.Equal(content, expected) {
					t.Errorf("%d bytes, not %d (%v)", len(content), len(expected), err)
				}
			})
		}
	}
}

// The two libraries under the twins are told apart here: they must refuse the same members and give the same bytes.
func FuzzInflate(f *testing.F) {
	for _, call := range vectors.Calls(f, "inflate") {
		var data vectors.Bytes
		read(f, &call.Request, "data", &data)
		if len(data) < 4096 {
			f.Add([]byte(data), uint64(1<<16))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, maxBytes uint64) {
		bothInflate(t, data, maxBytes)
	})
}

func bothInflate(t *testing.T, data []byte, maxBytes uint64) {
	t.Helper()
	content, err := Inflate(data, maxBytes, Checkpoint{})
	other, otherErr := InflateOriginal(data, maxBytes, Checkpoint{})
	if (err == nil) != (otherErr == nil) || !bytes.Equal(content, other) {
		t.Fatalf("%x: %d bytes (%v), the original %d (%v)", data, len(content), err, len(other), otherErr)
	}
	into, intoErr := InflateInto(make([]byte, 0, 64), data, maxBytes, Checkpoint{})
	if (err == nil) != (intoErr == nil) || !bytes.Equal(content, into) {
		t.Fatalf("%x: %d bytes (%v), into given memory %d (%v)", data, len(content), err, len(into), intoErr)
	}
}

func TestDamagedMembersAreRefusedByBothInflatesAlike(t *testing.T) {
	rng := rand.New(rand.NewPCG(19, 52))
	var seeds [][]byte
	for _, call := range vectors.Calls(t, "inflate") {
		var data vectors.Bytes
		if read(t, &call.Request, "data", &data); len(data) > 0 && len(data) < 4096 {
			seeds = append(seeds, data)
		}
	}
	for range 20_000 {
		data := bytes.Clone(seeds[rng.IntN(len(seeds))])
		for range 1 + rng.IntN(3) {
			data[rng.IntN(len(data))] ^= 1 << rng.IntN(8)
		}
		bothInflate(t, data[:len(data)-rng.IntN(2)*rng.IntN(len(data))], uint64(rng.IntN(5000)))
	}
}

func gzipped(t testing.TB, content []byte) []byte {
	t.Helper()
	var packed bytes.Buffer
	writer := stdgzip.NewWriter(&packed)
	if _, err := writer.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

// Blocks without content give nothing to poll at, so the data is polled at as well.
func TestInflateStopsAtACheckpointWhereNoContentComes(t *testing.T) {
	data := append(gzipped(t, nil)[:10], bytes.Repeat([]byte{0, 0, 0, 0xFF, 0xFF}, 800_000)...)
	data = append(data, 1, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0)
	for name, inflate := range inflateTwins {
		if content, err := inflate(data, 0, Checkpoint{}); len(content) != 0 || err != nil {
			t.Errorf("%s: %d bytes, %v", name, len(content), err)
		}
		late, end := context.WithTimeout(context.Background(), time.Millisecond)
		if _, err := inflate(data, 0, NewCheckpoint(late)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s late: %v", name, err)
		}
		end()
	}
}

func TestInflateStopsAtACheckpoint(t *testing.T) {
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for name, inflate := range inflateTwins {
		if _, err := inflate(gzipped(t, make([]byte, 1<<20)), 0, NewCheckpoint(cancelled)); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestASizeThatDataClaimsTakesNoMemoryBeyondTheBound(t *testing.T) {
	data := gzipped(t, []byte("x"))
	copy(data[len(data)-4:], "\xff\xff\xff\xff")
	if likelySize(data, 1000) > 1000 || likelySize(data[len(data)-8:], InflateMaxBytes) > 8*inflateMostRatio {
		t.Error("a false size is believed")
	}
}

// Distances reach at most 32 KiB, so what was unpacked before must not be kept for longer.
func TestAnInflaterKeepsNothingOfTheCallBefore(t *testing.T) {
	secret := bytes.Repeat([]byte("secret "), 5000)
	copyOfNothing := []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x03, 0x02, 0x00}
	copyOfNothing = append(copyOfNothing, 0, 0, 0, 0, 0, 0, 0, 0)
	for name, inflate := range inflateTwins {
		if content, err := inflate(gzipped(t, secret), 0, Checkpoint{}); crc32.ChecksumIEEE(content) != crc32.ChecksumIEEE(secret) {
			t.Fatalf("%s: %v", name, err)
		}
		_, err := inflate(copyOfNothing, 0, Checkpoint{})
		isInvalid(t, err)
	}
}
