package load

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	benchv1 "github.com/sidecar-ipc/gateway/go_service/gen/bench/v1"
	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"
	"github.com/sidecar-ipc/gateway/go_service/reference"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// referencePrefix begins the route of a reference.
const referencePrefix = "reference/"

// references are the plain echoes that the routes are held against. Their callers stay between blocks, as a service's
// would.
type references struct {
	addresses map[string]string // by name; the one in process has none

	mu     sync.Mutex
	joined map[string]*joined
}

// joined is an open client with the callers that have joined it.
type joined struct {
	client reference.Client
	echoes []reference.Echo // of the block that runs
}

func newReferences() *references { return &references{joined: map[string]*joined{}} }

// describe says of every reference whether it can be measured.
func (r *references) describe() (described []*benchv1.Reference) {
	for _, known := range wire.References {
		described = append(described, &benchv1.Reference{Name: known.Name, Unavailable: r.unavailable(known.Name)})
	}
	return described
}

func (r *references) unavailable(name string) string {
	return reference.Unavailable(name, r.addresses[name])
}

// open gives the client of a reference with the callers that it has.
func (r *references) open(name string) (*joined, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if opened := r.joined[name]; opened != nil {
		return opened, nil
	}
	client, err := reference.Open(name, r.addresses[name])
	if err != nil {
		return nil, err
	}
	r.joined[name] = &joined{client: client}
	return r.joined[name], nil
}

// join gives as many callers as are asked for, each after its first call, which connects it. One block at a time joins;
// no lock is held while a server is waited for, so that leave ends the wait.
func (r *references) join(ctx context.Context, name string, callers int, payload []byte) ([]reference.Echo, error) {
	to, err := r.open(name)
	if err != nil {
		return nil, err
	}
	for len(to.echoes) < callers {
		echo, err := to.client.Join()
		if err != nil {
			return nil, err
		}
		if err := echo.Echo(ctx, payload); err != nil {
			return nil, err
		}
		to.echoes = append(to.echoes, echo)
	}
	return to.echoes[:callers], nil
}

// leave closes a reference, which ends the calls in flight; the next block opens it anew.
func (r *references) leave(name string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	left := r.joined[name]
	if left == nil {
		return nil
	}
	delete(r.joined, name)
	return left.client.Close()
}

func (r *references) close() error {
	var failures []error
	for _, known := range wire.References {
		failures = append(failures, r.leave(known.Name))
	}
	return errors.Join(failures...)
}

// measureReference runs a block that echoes a scenario's payloads by a reference.
func (d *Driver) measureReference(ctx context.Context, request *benchv1.MeasureRequest) (*benchv1.MeasureResponse, error) {
	name := strings.TrimPrefix(request.Route, referencePrefix)
	of, err := d.loaded(request.Scenario)
	if err != nil {
		return nil, err
	}
	if why := d.references.unavailable(name); why != "" {
		return nil, status.Errorf(codes.FailedPrecondition, "%s: %s", request.Route, why)
	}
	payloads, err := of.payloads()
	if err != nil {
		return nil, err
	}
	b, err := newBlock(request, of, placementOf(name))
	if err != nil {
		return nil, err
	}
	b.payloads, b.sizes = payloads, sizesOf(payloads)
	return d.echo(ctx, b, name, int(request.Gomaxprocs))
}

// echo runs the block. After a failure the next one connects anew; the context's end does not wait for a server.
func (d *Driver) echo(ctx context.Context, b *block, name string, procs int) (response *benchv1.MeasureResponse, err error) {
	d.measuring.Lock()
	defer d.measuring.Unlock()
	unwatch := context.AfterFunc(ctx, func() { _ = d.references.leave(name) })
	defer func() {
		if unwatch(); err != nil || len(response.Failures) > 0 {
			_ = d.references.leave(name)
		}
	}()
	if b.echoes, err = d.references.join(ctx, name, b.callers, b.payloads[0]); err != nil {
		return nil, status.Errorf(codes.Unavailable, "reference %s: %v; look at its server's log", name, err)
	}
	return measure(ctx, b, procs)
}

func placementOf(name string) wire.Placement {
	at := slices.IndexFunc(wire.References, func(known wire.Reference) bool { return known.Name == name })
	return wire.References[at].Placement
}

// payloads are what the requests of a scenario of the kernel echo carry.
func (s *scenario) payloads() ([][]byte, error) {
	payloads := make([][]byte, len(s.requests))
	for index, request := range s.requests {
		echo, ok := request.(*kernelsv1.EchoRequest)
		if !ok {
			return nil, status.Errorf(codes.InvalidArgument, "scenario %s: a reference echoes; give it a scenario of the kernel echo", s.name)
		}
		payloads[index] = echo.Payload
	}
	return payloads, nil
}

func sizesOf(payloads [][]byte) []size {
	sizes := make([]size, len(payloads))
	for index, payload := range payloads {
		sizes[index] = size{request: uint64(len(payload)), reply: uint64(len(payload))}
	}
	return sizes
}
