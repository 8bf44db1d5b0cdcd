package client_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/client"
	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"
	"github.com/sidecar-ipc/gateway/go_service/workertest"
)

// plantedWorker is the test build of the worker, which does wrong when SIDECAR_PLANT says so; protos/HANDSHAKE.md.
func plantedWorker(t *testing.T) string {
	t.Helper()
	path := filepath.Join(workertest.Root(), "bin", "plant", "sidecar-worker")
	if _, err := os.Stat(path); err != nil {
		t.Skip("no plant build; run `gateway build --plant`")
	}
	return path
}

func TestARealWorkerThatGoesBadIsRolledBackWithinOneWindow(t *testing.T) {
	planted := plantedWorker(t)
	const window = 2 * time.Second
	for _, test := range []struct {
		measure client.Measure
		plant   string // empty: no worker comes back
		policy  client.Policy
	}{
		{client.MeasureErrorRate, "", client.Policy{Percent: 50, Fallback: true, Rollback: client.Rollback{ErrorRate: 0.02}}},
		{client.MeasureP99, "delay:compute:200000000", client.Policy{Percent: 50, Fallback: true, Rollback: client.Rollback{P99: 100 * time.Millisecond, MinCalls: 5}}},
		{client.MeasureMismatchRate, "byte:rust-kernel", client.Policy{Shadow: 100, Rollback: client.Rollback{MismatchRate: 0.02}}},
	} {
		t.Run(string(test.measure), func(t *testing.T) {
			told := make(chan client.RolledBack, 10)
			worker := workertest.Start(t, "--uds")
			test.policy.Route, test.policy.Rollback.Window = "uds/msgpack", window
			c := newClient(t, client.WithWorker(worker.Endpoints), client.WithPolicy("redact", test.policy),
				client.WithRollbackHandler(func(event client.RolledBack) { told <- event }))
			stop := make(chan struct{})
			var calling sync.WaitGroup
			defer calling.Wait()
			defer close(stop)
			for range 8 {
				calling.Go(func() { keepRedacting(t, c, stop) })
			}
			select {
			case event := <-told:
				t.Fatalf("clean traffic was rolled back: %s", event.String())
			case <-time.After(window):
			}
			worker.Kill()
			if test.plant != "" {
				t.Setenv("SIDECAR_WORKER", planted)
				t.Setenv("SIDECAR_PLANT", test.plant)
				workertest.StartIn(t, worker.Dir, "--uds")
			}
			begun := time.Now()
			select {
			case event := <-told:
				took := time.Since(begun)
				fmt.Printf("rollback of a real worker: after %v of a window of %v: %s\n", took.Round(time.Millisecond), window, event.String())
				if event.Measure != test.measure || took > window {
					t.Errorf("rolled back by %s after %v", event.Measure, took)
				}
			case <-time.After(3 * window):
				status, _ := c.PolicyOf("redact")
				t.Errorf("no rollback: %+v", status)
			}
		})
	}
}

// keepRedacting never sees a failed call: native answers, or falls back.
func keepRedacting(t *testing.T, c *client.Client, stop <-chan struct{}) {
	for !stopped(stop) {
		if _, err := c.Redact(context.Background(), &kernelsv1.RedactRequest{Text: []byte("mail of ada@example.org")}); err != nil {
			t.Error(err)
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}
