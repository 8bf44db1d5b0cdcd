package load

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"

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

func (f *flags) options() []client.Option {
	return []client.Option{
		client.WithWorker(map[string]string{
			string(wire.ChannelUDS): f.uds, string(wire.ChannelGRPCUDS): f.grpcUDS, string(wire.ChannelGRPCTCP): f.grpcTCP,
		}),
		client.WithConnections(f.connections),
	}
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
		code, err = run(parsed, startNs, stdout)
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

// run brings the driver up, announces it, and takes it down again.
func run(f *flags, startNs uint64, stdout io.Writer) (code int, err error) {
	ending, stop, err := process.Ending(context.Background(), f.LifelineFD)
	if err != nil {
		return process.ExitBadFlags, err
	}
	defer stop()
	dir, err := process.OpenSocketDir(f.SocketDir)
	if err != nil {
		return process.ExitBadFlags, err
	}
	exporter, err := trace.NewExporter(ending, ServiceName, f.ClockOffsetNs)
	if err != nil {
		return process.ExitBadFlags, err
	}
	defer closeExporter(exporter)
	driver, err := NewDriver(exporter, f.options()...)
	if err != nil {
		return process.ExitCut, err
	}
	defer func() { err = errors.Join(err, driver.Close()) }()
	listener, err := dir.Listen(socketName)
	if err != nil {
		return process.ExitBadFlags, err
	}
	server := serve(driver, listener)
	if err := process.Announce(stdout, f.handshake(startNs, listener)); err != nil {
		server.cut()
		return process.ExitCut, err
	}
	<-ending.Done()
	stop() // a second signal has its default effect from here
	return server.drain(f.DrainTimeout), nil
}

func (f *flags) handshake(startNs uint64, listener net.Listener) wire.Handshake {
	return wire.Handshake{
		Contract: wire.ContractText, Role: role, PID: os.Getpid(), StartNs: startNs, Nonce: f.Nonce,
		Version: process.Version, Endpoints: map[string]string{role: listener.Addr().String()},
	}
}

func closeExporter(exporter *trace.Exporter) {
	bounded, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	if err := exporter.Close(bounded); err != nil {
		slog.Warn("spans were dropped at the end", "dropped", exporter.Dropped(), "error", err)
	}
}
