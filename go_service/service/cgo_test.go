//go:build sidecar_cgo

package service

import (
	"net/http"
	"strings"
	"testing"

	_ "github.com/sidecar-ipc/gateway/go_service/channel/cgo" // the channel under test
)

func TestAKernelInTheProcessIsServedAndItsLimiterIsInTheMetrics(t *testing.T) {
	service := startServer(t, nil, func(s *Settings) { s.Kernels["digest"] = KernelSettings{Route: "cgo/raw"} })
	if got := service.post(t, "digest", "abc"); got.StatusCode != http.StatusOK || len(got.body) != 32 || got.body[0] != 0xba {
		t.Errorf("status %d, %x", got.StatusCode, got.body)
	}
	text := string(service.do(t, "GET", "/metrics", nil).body)
	for _, line := range []string{"sidecar_native_calls_running 0", "sidecar_native_calls_waiting 0"} {
		if !strings.Contains(text, line) {
			t.Errorf("no %s in the metrics", line)
		}
	}
}
