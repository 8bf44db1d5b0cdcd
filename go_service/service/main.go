package service

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/clock"
	"github.com/sidecar-ipc/gateway/go_service/process"
	"github.com/sidecar-ipc/gateway/go_service/trace"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

const (
	role = "service"
	// ServiceName is the service's in traces.
	ServiceName = "sidecar-service"
	// flushTimeout bounds how long the end waits for the trace receiver.
	flushTimeout = time.Second
)

// Main is the HTTP service as a program: it serves until it is told to end, and gives the exit code.
func Main(arguments []string, stdout, stderr io.Writer) int {
	startNs := clock.NowNs()
	slog.SetDefault(slog.New(slog.NewJSONHandler(stderr, nil)))
	child, settings, err := parseFlags(arguments, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return process.ExitDrained
	}
	code := process.ExitBadFlags
	if err == nil {
		code, err = run(child, settings, startNs, stdout)
	}
	if err != nil {
		fmt.Fprintf(stderr, "sidecar-service: %v\n", err)
	}
	return code
}

func parseFlags(arguments []string, stderr io.Writer) (*process.Flags, Settings, error) {
	child, flags := &process.Flags{}, &Flags{}
	set := flag.NewFlagSet("sidecar-service", flag.ContinueOnError)
	child.Register(set)
	flags.Register(set)
	if err := process.Parse(set, arguments, stderr); err != nil {
		return nil, Settings{}, err
	}
	settings, err := flags.Settings(os.Environ())
	return child, settings, err
}

// run brings the service up, announces it, and takes it down again.
func run(child *process.Flags, settings Settings, startNs uint64, stdout io.Writer) (int, error) {
	ending, stop, err := process.Ending(context.Background(), child.LifelineFD)
	if err != nil {
		return process.ExitBadFlags, err
	}
	defer stop()
	exporter, err := trace.NewExporter(ending, ServiceName, child.ClockOffsetNs)
	if err != nil {
		return process.ExitBadFlags, err
	}
	defer closeExporter(exporter)
	server, err := NewServer(settings, exporter)
	if err != nil {
		return process.ExitBadFlags, err
	}
	listener, err := net.Listen("tcp", settings.HTTP)
	if err != nil {
		server.Drain(0)
		return process.ExitBadFlags, fmt.Errorf("--http %s: %w; choose a free address", settings.HTTP, err)
	}
	server.Serve(listener)
	if err := process.Announce(stdout, handshake(child, startNs, listener)); err != nil {
		server.Drain(0)
		return process.ExitCut, err
	}
	select {
	case <-ending.Done():
	case err := <-server.ended:
		server.Drain(0)
		return process.ExitCut, fmt.Errorf("the HTTP listener failed: %w", err)
	}
	stop() // a second signal has its default effect from here
	return server.Drain(child.DrainTimeout), nil
}

func handshake(child *process.Flags, startNs uint64, listener net.Listener) wire.Handshake {
	return wire.Handshake{
		Contract: wire.ContractText, Role: role, PID: os.Getpid(), StartNs: startNs, Nonce: child.Nonce,
		Version: process.Version, Endpoints: map[string]string{"http": listener.Addr().String()},
	}
}

func closeExporter(exporter *trace.Exporter) {
	bounded, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	if err := exporter.Close(bounded); err != nil {
		slog.Warn("spans were dropped at the end", "dropped", exporter.Dropped(), "error", err)
	}
}
