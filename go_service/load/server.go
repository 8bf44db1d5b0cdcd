package load

import (
	"log/slog"
	"net"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"

	benchv1 "github.com/sidecar-ipc/gateway/go_service/gen/bench/v1"
	"github.com/sidecar-ipc/gateway/go_service/process"
)

// maxLoadBytes bounds one LoadRequest: a scenario's requests come in one message from the same user's test bed.
const maxLoadBytes = 256 << 20

// server serves the driver; it implements process.Served.
type server struct {
	driver  *Driver
	rpc     *grpc.Server
	health  *health.Server
	address string
	failed  chan error
	ended   chan struct{}
}

func serve(driver *Driver, listener net.Listener) *server {
	s := &server{
		driver: driver, rpc: grpc.NewServer(grpc.MaxRecvMsgSize(maxLoadBytes)), health: health.NewServer(),
		address: listener.Addr().String(), failed: make(chan error, 1), ended: make(chan struct{}),
	}
	benchv1.RegisterDriverServiceServer(s.rpc, driver)
	benchv1.RegisterJourneyServiceServer(s.rpc, newJourneys(&driver.measuring))
	grpc_health_v1.RegisterHealthServer(s.rpc, s.health)
	go func() {
		defer close(s.ended)
		if err := s.rpc.Serve(listener); err != nil {
			s.failed <- err
		}
	}()
	return s
}

// Endpoints implements process.Served.
func (s *server) Endpoints() map[string]string { return map[string]string{role: s.address} }

// Failed implements process.Served.
func (s *server) Failed() <-chan error { return s.failed }

// Drain implements process.Served.
func (s *server) Drain(bound time.Duration) int {
	code := s.drainRequests(bound)
	if err := s.driver.Close(); err != nil {
		slog.Warn("closing the clients failed", "error", err)
	}
	s.driver.exporter.End()
	return code
}

// drainRequests lets requests finish within the bound. A kernel that never looks at its context can't be ended; nobody
// waits for it past the bound, the process ends with it.
func (s *server) drainRequests(bound time.Duration) int {
	s.health.Shutdown()
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		s.rpc.GracefulStop()
	}()
	code := process.ExitDrained
	select {
	case <-drained:
	case <-time.After(bound):
		slog.Warn("calls were cut at the end of the drain", "bound", bound)
		s.rpc.Stop() // waits for no handler
		code = process.ExitCut
	}
	<-s.ended
	return code
}
