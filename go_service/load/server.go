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

// server serves the driver.
type server struct {
	rpc    *grpc.Server
	health *health.Server
	ended  chan struct{}
}

func serve(driver *Driver, listener net.Listener) *server {
	s := &server{rpc: grpc.NewServer(grpc.MaxRecvMsgSize(maxLoadBytes)), health: health.NewServer(), ended: make(chan struct{})}
	benchv1.RegisterDriverServiceServer(s.rpc, driver)
	grpc_health_v1.RegisterHealthServer(s.rpc, s.health)
	go func() {
		defer close(s.ended)
		if err := s.rpc.Serve(listener); err != nil {
			slog.Error("the driver's socket failed", "error", err)
		}
	}()
	return s
}

// drain lets requests finish within the bound and gives the exit code. A kernel that never looks at its context can't be
// ended; nobody waits for it past the bound, the process ends with it.
func (s *server) drain(bound time.Duration) int {
	s.health.Shutdown()
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		s.rpc.GracefulStop()
	}()
	select {
	case <-drained:
		<-s.ended
		return process.ExitDrained
	case <-time.After(bound):
		slog.Warn("calls were cut at the end of the drain", "bound", bound)
		s.cut()
		return process.ExitCut
	}
}

// cut closes the socket and every connection and waits for no handler.
func (s *server) cut() {
	s.rpc.Stop()
	<-s.ended
}
