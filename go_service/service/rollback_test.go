package service

import (
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/workertest"
)

func TestAWorkerThatDiesUnderLoadIsLeftWithinOneWindowAndNobodySeesIt(t *testing.T) {
	const window = time.Second
	worker := workertest.Start(t, "--uds")
	path := filepath.Join(t.TempDir(), "policies.toml")
	write(t, path, "[kernels.digest]\nroute = \"uds/msgpack\"\npercent = 100\nfallback = true\nrollback = { window = \"1s\", error_rate = 0.05 }\n")
	service := followed(t, path, func(s *Settings) { s.Worker = worker.Endpoints })
	var failed, done atomic.Int64
	stop := make(chan struct{})
	var calling sync.WaitGroup
	for range 4 {
		calling.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					if service.post(t, "digest", "abc").StatusCode != http.StatusOK {
						failed.Add(1)
					}
					done.Add(1)
				}
			}
		})
	}
	time.Sleep(500 * time.Millisecond)
	killed := time.Now()
	worker.Kill()
	var status client.PolicyStatus
	await(t, func() bool {
		status, _ = service.client.PolicyOf("digest")
		return status.State == client.PolicyRolledBack
	})
	took := time.Since(killed)
	close(stop)
	calling.Wait()
	fmt.Printf("rollback: the worker was killed, native after %v of a window of %v: %s; %d requests, %d fell back, %d failed\n",
		took.Round(time.Millisecond), window, status.Why, done.Load(), status.Counts.Fallbacks, failed.Load())
	if took > window || failed.Load() > 0 || status.LastRollback == nil || status.LastRollback.Measure != client.MeasureErrorRate {
		t.Errorf("rolled back after %v, %d requests failed, %+v", took, failed.Load(), status.LastRollback)
	}
	if report, _ := service.policies.report("digest"); report.By != byRollback {
		t.Errorf("the last change is by %s", report.By)
	}
	if got := service.do(t, "GET", "/readyz", nil); got.StatusCode != http.StatusOK {
		t.Errorf("a service that needs no worker any more is not ready: %d", got.StatusCode)
	}
}
