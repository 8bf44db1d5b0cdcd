package load

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"runtime"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/sidecar-ipc/gateway/go_service/client"
	benchv1 "github.com/sidecar-ipc/gateway/go_service/gen/bench/v1"
	"github.com/sidecar-ipc/gateway/go_service/trace"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Driver implements bench.v1.DriverService.
type Driver struct {
	benchv1.UnimplementedDriverServiceServer

	plain    *client.Client // reads no context of a trace
	traced   *client.Client // exports sampled calls
	exporter *trace.Exporter

	scenariosMu sync.Mutex
	scenarios   map[string]*scenario
	measuring   sync.Mutex // one block at a time: two would measure each other
}

// NewDriver makes one over clients with the given options. The exporter may be nil; it stays the caller's.
func NewDriver(exporter *trace.Exporter, options ...client.Option) (*Driver, error) {
	plain, err := client.New(options...)
	if err != nil {
		return nil, err
	}
	traced, err := client.New(append(options, client.WithTracer(trace.NewTracer(exporter)))...)
	if err != nil {
		return nil, errors.Join(err, plain.Close())
	}
	return &Driver{plain: plain, traced: traced, exporter: exporter, scenarios: map[string]*scenario{}}, nil
}

// Close fails what is in flight.
func (d *Driver) Close() error { return errors.Join(d.plain.Close(), d.traced.Close()) }

// Describe implements the service.
func (d *Driver) Describe(context.Context, *benchv1.DescribeRequest) (*benchv1.DescribeResponse, error) {
	response := &benchv1.DescribeResponse{Pid: uint32(os.Getpid()), GoVersion: runtime.Version()}
	for _, kernel := range client.Kernels() {
		response.Kernels = append(response.Kernels, describe(kernel))
		for _, route := range wire.Routes() {
			described := &benchv1.Route{Kernel: kernel.Description().Name, Route: route.String()}
			if err := d.plain.Available(kernel, route); err != nil {
				described.Unavailable = err.Error()
			}
			response.Routes = append(response.Routes, described)
		}
	}
	return response, nil
}

func describe(kernel client.AnyKernel) *benchv1.Kernel {
	spec := kernel.Description()
	return &benchv1.Kernel{
		Name: spec.Name, Package: spec.Package, Bytes: spec.Method == wire.BytesMethod, Version: spec.Version, Comparer: spec.Comparer,
		Idempotent: spec.Idempotent, FallbackSafe: spec.FallbackSafe, HasOriginal: kernel.HasTwin(wire.Original),
	}
}

// Load implements the service.
func (d *Driver) Load(_ context.Context, request *benchv1.LoadRequest) (*benchv1.LoadResponse, error) {
	loaded, err := newScenario(request.Scenario, request.Kernel, request.Requests)
	if err != nil {
		return nil, err
	}
	d.scenariosMu.Lock()
	defer d.scenariosMu.Unlock()
	d.scenarios[request.Scenario] = loaded
	return &benchv1.LoadResponse{}, nil
}

// Measure implements the service.
func (d *Driver) Measure(ctx context.Context, request *benchv1.MeasureRequest) (*benchv1.MeasureResponse, error) {
	of, route, err := d.find(request.Scenario, request.Route)
	if err != nil {
		return nil, err
	}
	b, err := newBlock(request, of, route)
	if err != nil {
		return nil, err
	}
	d.measuring.Lock()
	defer d.measuring.Unlock()
	response, err := measure(ctx, b, d.clientFor(request.Mode), int(request.Gomaxprocs))
	if request.Mode == benchv1.Mode_MODE_SAMPLED {
		d.flush(ctx)
	}
	return response, err
}

// find gives a loaded scenario and a route that it can be called by.
func (d *Driver) find(name, routeName string) (*scenario, wire.Route, error) {
	d.scenariosMu.Lock()
	found, ok := d.scenarios[name]
	d.scenariosMu.Unlock()
	if !ok {
		return nil, wire.Route{}, status.Errorf(codes.NotFound, "scenario %q is not loaded; load it first", name)
	}
	route, err := wire.ParseRoute(routeName)
	if err != nil {
		return nil, wire.Route{}, status.Error(codes.InvalidArgument, err.Error())
	}
	if err := d.plain.Available(found.kernel, route); err != nil {
		return nil, wire.Route{}, status.Error(codes.FailedPrecondition, err.Error())
	}
	return found, route, nil
}

func (d *Driver) clientFor(mode benchv1.Mode) *client.Client {
	if mode == benchv1.Mode_MODE_SAMPLED {
		return d.traced
	}
	return d.plain
}

// flushTimeout bounds how long an answer waits for the trace receiver.
const flushTimeout = time.Second

// flush sends spans before the answer goes out, so that who gets it finds them.
func (d *Driver) flush(ctx context.Context) {
	bounded, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()
	if err := d.exporter.Flush(bounded); err != nil {
		slog.Debug("spans are not all sent yet", "error", err)
	}
}
