package load

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"strings"

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
	addresses   process.Addresses
	connections int
	references  map[string]string
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
	f := &flags{references: map[string]string{}}
	set := flag.NewFlagSet("sidecar-driver", flag.ContinueOnError)
	f.Register(set)
	f.addresses.Register(set)
	set.IntVar(&f.connections, "connections", 0, "connections by each channel; 0 is each channel's own default")
	set.Func("reference", "`NAME=ADDRESS` of a reference's server; may be repeated", f.addReference)
	return f, process.Parse(set, arguments, stderr)
}

// addReference takes the address of a reference that has a server.
func (f *flags) addReference(given string) error {
	name, address, _ := strings.Cut(given, "=")
	for _, known := range wire.References {
		if known.Name == name && known.Placement == wire.PlacementProcess && address != "" {
			f.references[name] = address
			return nil
		}
	}
	return errors.New("give NAME=ADDRESS with the name of a reference that has a server, such as bare-uds=/run/bare.sock")
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
	driver.HoldAgainst(f.references)
	listener, err := dir.Listen(socketName)
	if err != nil {
		exporter.End()
		return nil, errors.Join(err, driver.Close())
	}
	return serve(driver, listener), nil
}

func (f *flags) options() []client.Option {
	return []client.Option{
		client.WithWorker(f.addresses),
		client.WithConnections(f.connections),
	}
}
