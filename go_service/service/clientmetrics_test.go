package service

import (
	"net/http"
	"strings"
	"testing"

	"github.com/sidecar-ipc/gateway/go_service/process"
	"github.com/sidecar-ipc/gateway/go_service/wire"
	"github.com/sidecar-ipc/gateway/go_service/workertest"
)

// shows fails for every line that is not in the metrics.
func (r *running) shows(t *testing.T, lines ...string) {
	t.Helper()
	text := "\n" + string(r.do(t, "GET", "/metrics", nil).body)
	for _, line := range lines {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("no %s in the metrics", line)
		}
	}
}

func TestFurtherTriesAndAChannelThatLeadsNowhereAreInTheMetrics(t *testing.T) {
	service := startServer(t, nil, func(s *Settings) {
		s.Worker = process.Addresses{"uds": "/nonexistent/w.sock"}
		s.Kernels["echo"] = KernelSettings{Route: "uds/raw"}
		s.Retries = 2
	})
	service.shows(t, "sidecar_retries_total 0")
	if got := service.post(t, "echo", "x"); got.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("status %d", got.StatusCode)
	}
	service.shows(t, "sidecar_retries_total 2", `sidecar_channel_connected{channel="uds"} 0`,
		`sidecar_requests_total{code="UNAVAILABLE",kernel="echo",route="uds/raw"} 1`)
}

func TestEveryChannelToAnotherProcessShowsItsConnection(t *testing.T) {
	addresses := everyAddress(t)
	for _, route := range remoteRoutes() {
		service := startServer(t, nil, func(s *Settings) {
			s.Worker = addresses
			s.Kernels["echo"] = KernelSettings{Route: route.String()}
		})
		line := `sidecar_channel_connected{channel="` + string(route.Channel) + `"} `
		service.shows(t, line+"0")
		if got := service.post(t, "echo", "x"); got.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d", route, got.StatusCode)
		}
		service.shows(t, line+"1")
	}
}

func TestAChannelIsAwayAsSoonAsItsWorkerIs(t *testing.T) {
	worker := workertest.Start(t)
	service := startServer(t, nil, by(worker, "uds/raw"))
	service.post(t, "echo", "x")
	service.shows(t, `sidecar_channel_connected{channel="uds"} 1`)
	worker.Kill()
	await(t, func() bool {
		return strings.Contains(string(service.do(t, "GET", "/metrics", nil).body), `sidecar_channel_connected{channel="uds"} 0`)
	})
}

func TestAServiceSaysWhatRunsAndWhetherItDrains(t *testing.T) {
	service := startServer(t, nil, nil)
	build := `sidecar_build_info{contract="` + wire.ContractText + `",role="service",version="` + process.Version + `"} 1`
	service.shows(t, build, "sidecar_draining 0", "sidecar_spans_dropped_total 0")
	if got := service.Endpoints(); got["metrics"] == "" || got["metrics"] != got["http"] {
		t.Errorf("endpoints %v", got)
	}
}

func TestANegativeNumberOfTriesIsRefused(t *testing.T) {
	settings := Defaults()
	settings.Retries = -1
	if _, err := NewServer(settings, nil); err == nil || !strings.Contains(err.Error(), "retries") {
		t.Errorf("got %v", err)
	}
}
