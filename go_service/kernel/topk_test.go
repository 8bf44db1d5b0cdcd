package kernel

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sidecar-ipc/gateway/go_service/internal/vectors"
)

func TestTheIndexIsThatOfTheSpecification(t *testing.T) {
	var content bytes.Buffer
	for _, vector := range topkIndex() {
		for _, component := range vector {
			content.WriteByte(byte(component))
		}
	}
	sum := sha256.Sum256(content.Bytes())
	if found := hex.EncodeToString(sum[:]); found != "5d0fc49368a2773cece6ce883c88ec49b42a668b3a3a869f2737bd965d9bc827" {
		t.Errorf("its SHA-256 is %s", found)
	}
}

func TestBothTopksAnswerTheirVectors(t *testing.T) {
	for name, call := range vectors.Calls(t, "topk") {
		t.Run(name, func(t *testing.T) {
			var query vectors.Bytes
			var k uint32
			read(t, &call.Request, "query", &query)
			read(t, &call.Request, "k", &k)
			indexes, scores, err := Topk(query, k, Checkpoint{})
			originalIndexes, originalScores, originalErr := TopkOriginal(query, k)
			if call.Error != nil {
				isInvalid(t, err, originalErr)
				return
			}
			var wantIndexes []uint32
			var wantScores []int32
			read(t, &call.Response, "indexes", &wantIndexes)
			read(t, &call.Response, "scores", &wantScores)
			if err != nil || !slices.Equal(indexes, wantIndexes) || !slices.Equal(scores, wantScores) {
				t.Errorf("Topk: %d, %d, not %d, %d (%v)", indexes, scores, wantIndexes, wantScores, err)
			}
			if originalErr != nil || !slices.Equal(originalIndexes, wantIndexes) || !slices.Equal(originalScores, wantScores) {
				t.Errorf("TopkOriginal: another answer (%v)", originalErr)
			}
		})
	}
}

func isInvalid(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		var invalid InvalidInput
		if !errors.As(err, &invalid) {
			t.Errorf("%v, not an invalid input", err)
		}
	}
}

func TestRandomQueriesAreAnsweredByBothTopksAlike(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 84))
	for range 100 {
		query, k := make([]byte, TopkComponents), 1+rng.Uint32N(TopkMost)
		spread := 1 + rng.IntN(256) // few values give many ties
		for i := range query {
			query[i] = byte(rng.IntN(spread) - spread/2)
		}
		indexes, scores, _ := Topk(query, k, Checkpoint{})
		wantIndexes, wantScores, _ := TopkOriginal(query, k)
		if !slices.Equal(indexes, wantIndexes) || !slices.Equal(scores, wantScores) {
			t.Fatalf("k %d: another answer than the original's", k)
		}
	}
}

// The packed product has no slack to spare: all its sums at their extremes.
func TestPackedVectorsMultiplyAsTheirComponentsDo(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	extremes := []int8{-128, 127, 0, 1, -1}
	for range 20000 {
		var vector topkVector
		query, expected := make([]byte, TopkComponents), int32(0)
		one, other := rng.IntN(len(extremes)), rng.IntN(len(extremes))
		for i := range vector {
			if vector[i] = extremes[one]; rng.IntN(8) == 0 {
				vector[i] = int8(rng.Uint32())
			}
			if query[i] = byte(extremes[other]); rng.IntN(8) == 0 {
				query[i] = byte(rng.Uint32())
			}
			expected += int32(vector[i]) * int32(int8(query[i]))
		}
		var packed, weights topkPacked
		packed.pack(&vector)
		weights.packReversed(query)
		if found := packed.dot(&weights); found != expected {
			t.Fatalf("%d, not %d", found, expected)
		}
	}
}

func TestTopkStopsAtACheckpoint(t *testing.T) {
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := Topk(make([]byte, TopkComponents), 1, NewCheckpoint(cancelled)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
