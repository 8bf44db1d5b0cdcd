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

	"github.com/sidecar-ipc/gateway/go_service/clock"
	"github.com/sidecar-ipc/gateway/go_service/process"
	"github.com/sidecar-ipc/gateway/go_service/trace"
)

const (
	role = "service"
	// ServiceName is the service's in traces.
	ServiceName = "sidecar-service"
)

// Main is the HTTP service as a program: it serves until it is told to end, and gives the exit code. Asked for health, it
// gives that of another.
func Main(arguments []string, stdout, stderr io.Writer) int {
	if len(arguments) > 0 && arguments[0] == healthCommand {
		return health(arguments[1:], stderr)
	}
	startNs := clock.NowNs()
	slog.SetDefault(slog.New(slog.NewJSONHandler(stderr, nil)))
	keepToMemoryLimit()
	child, settings, err := parseFlags(arguments, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return process.ExitDrained
	}
	code := process.ExitBadFlags
	if err == nil {
		code, err = child.Live(role, startNs, stdout, func(ctx context.Context) (process.Served, error) {
			return start(ctx, child, settings)
		})
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

// start listens and serves.
func start(ctx context.Context, child *process.Flags, settings Settings) (process.Served, error) {
	exporter, err := trace.NewExporter(ctx, ServiceName, child.ClockOffsetNs)
	if err != nil {
		return nil, err
	}
	server, err := NewServer(settings, exporter)
	if err != nil {
		exporter.End()
		return nil, err
	}
	if err := listen(server, settings); err != nil {
		server.Drain(0)
		return nil, err
	}
	return server, nil
}

// listen binds every endpoint before any is served.
func listen(server *Server, settings Settings) error {
	listener, err := net.Listen("tcp", settings.HTTP)
	if err != nil {
		return fmt.Errorf("--http %s: %w; choose a free address", settings.HTTP, err)
	}
	if settings.Admin != "" {
		admin, err := listenAdmin(settings.Admin)
		if err != nil {
			_ = listener.Close()
			return err
		}
		server.ServeAdmin(admin)
	}
	server.Serve(listener)
	return nil
}
