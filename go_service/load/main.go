package load

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"

	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/clock"
	"github.com/sidecar-ipc/gateway/go_service/process"
	"github.com/sidecar-ipc/gateway/go_service/trace"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

const (
	role       = "driver"
	socketName = "driver.sock"
	// ServiceName is the driver's in traces.
	ServiceName = "sidecar-driver"
)

// flags are the driver's: those of every child, and where the worker is.
type flags struct {
	process.Flags
	uds, grpcUDS, grpcTCP string
	connections           int
}

// Main is the load driver as a program: it serves DriverService in --socket-dir until it is told to end, and gives the
// exit code. The kernels are those registered at the client.
func Main(arguments []string, stdout, stderr io.Writer) int {
	startNs := clock.NowNs()
	slog.SetDefault(slog.New(slog.NewTextHandler(stderr, nil)))
	parsed, err := parseFlags(arguments, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return process.ExitDrained
	}
	code := process.ExitBadFlags
	if err == nil {
		code, err = parsed.Live(role, startNs, stdout, parsed.start)
	}
	if err != nil {
		fmt.Fprintf(stderr, "sidecar-driver: %v\n", err)
	}
	return code
}

func parseFlags(arguments []string, stderr io.Writer) (*flags, error) {
	f := &flags{}
	set := flag.NewFlagSet("sidecar-driver", flag.ContinueOnError)
	f.Register(set)
	set.StringVar(&f.uds, "uds", "", "`path` of the worker's frame socket")
	set.StringVar(&f.grpcUDS, "grpc-uds", "", "`path` of the worker's gRPC socket")
	set.StringVar(&f.grpcTCP, "grpc-tcp", "", "`address` of the worker's gRPC port")
	set.IntVar(&f.connections, "connections", 1, "connections to the worker by each channel")
	return f, process.Parse(set, arguments, stderr)
}

// start brings the driver up in its socket folder.
func (f *flags) start(ctx context.Context) (process.Served, error) {
	dir, err := process.OpenSocketDir(f.SocketDir)
	if err != nil {
		return nil, err
	}
	exporter, err := trace.NewExporter(ctx, ServiceName, f.ClockOffsetNs)
	if err != nil {
		return nil, err
	}
	driver, err := NewDriver(exporter, f.options()...)
	if err != nil {
		exporter.End()
		return nil, err
	}
	listener, err := dir.Listen(socketName)
	if err != nil {
		exporter.End()
		return nil, errors.Join(err, driver.Close())
	}
	return serve(driver, listener), nil
}

func (f *flags) options() []client.Option {
	return []client.Option{
		client.WithWorker(map[string]string{
			string(wire.ChannelUDS): f.uds, string(wire.ChannelGRPCUDS): f.grpcUDS, string(wire.ChannelGRPCTCP): f.grpcTCP,
		}),
		client.WithConnections(f.connections),
	}
}
