package load

import (
	"context"
	"errors"
	"log/slog"
	"strings"
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

	references *references
	firstCalls *firstCalls

	scenariosMu sync.Mutex
	scenarios   map[string]*scenario
	measuring   sync.Mutex // one block at a time: two would measure each other
}

// NewDriver makes one over clients with the given options. The exporter may be nil; it stays the caller's.
func NewDriver(exporter *trace.Exporter, options ...client.Option) (*Driver, error) {
	inprocInitNs() // before a client opens the library
	plain, err := client.New(options...)
	if err != nil {
		return nil, err
	}
	traced, err := client.New(append(options, client.WithTracer(trace.NewTracer(exporter)))...)
	if err != nil {
		return nil, errors.Join(err, plain.Close())
	}
	return &Driver{
		plain: plain, traced: traced, exporter: exporter, references: newReferences(), firstCalls: newFirstCalls(),
		scenarios: map[string]*scenario{},
	}, nil
}

// HoldAgainst says where the servers of the references are, by their names. It is called before any other method.
func (d *Driver) HoldAgainst(addresses map[string]string) { d.references.addresses = addresses }

// Close fails what is in flight.
func (d *Driver) Close() error {
	return errors.Join(d.plain.Close(), d.traced.Close(), d.references.close())
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
	if strings.HasPrefix(request.Route, referencePrefix) {
		return d.measureReference(ctx, request)
	}
	of, route, err := d.find(request.Scenario, request.Route)
	if err != nil {
		return nil, err
	}
	b, err := newBlock(request, of, route.Placement())
	if err != nil {
		return nil, err
	}
	d.measuring.Lock()
	defer d.measuring.Unlock()
	b.client, b.route = d.clientFor(request.Mode), route
	b.sizes = of.sizesBy(ctx, b.client, route)
	missingBefore := d.exporter.Missing()
	response, err := measure(ctx, b, int(request.Gomaxprocs))
	if err == nil && request.Mode == benchv1.Mode_MODE_SAMPLED {
		d.flush(ctx)
		response.SpansDropped = d.exporter.Missing() - missingBefore
	}
	return response, err
}

// loaded gives a scenario.
func (d *Driver) loaded(name string) (*scenario, error) {
	d.scenariosMu.Lock()
	defer d.scenariosMu.Unlock()
	found, ok := d.scenarios[name]
	if !ok {
		return nil, status.Errorf(codes.NotFound, "scenario %q is not loaded; load it first", name)
	}
	return found, nil
}

// find gives a loaded scenario and a route that it can be called by.
func (d *Driver) find(name, routeName string) (*scenario, wire.Route, error) {
	found, err := d.loaded(name)
	if err != nil {
		return nil, wire.Route{}, err
	}
	route, err := wire.ParseRoute(routeName)
	if err != nil {
		return nil, wire.Route{}, status.Error(codes.InvalidArgument, err.Error())
	}
	if err := d.plain.Available(found.kernel, route); err != nil {
		return nil, wire.Route{}, status.Error(codes.FailedPrecondition, err.Error())
	}
	d.firstCalls.make(found, d.plain, route)
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
