package channel_test

import (
	"context"
	"testing"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/channel"
	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/faults"
	faultsv1 "github.com/sidecar-ipc/gateway/go_service/gen/faults/v1"
	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"
	"github.com/sidecar-ipc/gateway/go_service/wire"
	"github.com/sidecar-ipc/gateway/go_service/workertest"
)

// bed is a client on one channel, with its own worker where the channel has one.
type bed struct {
	t      *testing.T
	route  wire.Route
	client *client.Client
	worker *workertest.Worker  // nil in one process
	proxy  *workertest.Gateway // nil without a hop
}

// routeOf is what a bed calls by: msgpack where the channel carries it.
func routeOf(t *testing.T, channel string) wire.Route {
	t.Helper()
	routes, err := wire.MatchRoutes(channel)
	if err != nil {
		t.Fatal(err)
	}
	for _, route := range routes {
		if route.Codec == wire.CodecMsgpack {
			return route
		}
	}
	return routes[0]
}

// newBed starts a worker with further flags and a client with further options.
func newBed(t *testing.T, channel string, flags []string, options ...client.Option) *bed {
	t.Helper()
	b := &bed{t: t, route: routeOf(t, channel)}
	if b.route.Placement() == wire.PlacementProcess {
		b.worker = workertest.Start(t, append([]string{"--faults"}, flags...)...)
		options = append(options, client.WithWorker(b.worker.Endpoints))
	}
	if b.route.Channel.Proxied() {
		b.proxy = workertest.StartGateway(t, b.worker.Address(wire.ChannelUDS))
		options = append(options, client.WithWorker(b.proxy.Endpoints))
	}
	b.connect(options...)
	return b
}

// connect makes the client.
func (b *bed) connect(options ...client.Option) {
	b.t.Helper()
	made, err := client.New(append(options, client.WithRoute("", b.route.String()))...)
	if err != nil {
		b.t.Fatal(err)
	}
	b.client = made
	b.t.Cleanup(func() {
		if err := made.Close(); err != nil {
			b.t.Error(err)
		}
	})
}

// replace starts a worker where the first one was.
func (b *bed) replace() {
	b.t.Helper()
	flags := []string{"--faults", "--uds", "--grpc-uds", "--grpc-tcp", b.worker.Address(wire.ChannelGRPCTCP)}
	b.worker = workertest.StartIn(b.t, b.worker.Dir, flags...)
}

// address is where the bed's calls go; empty in one process.
func (b *bed) address() string {
	switch {
	case b.proxy != nil:
		return b.proxy.Address(b.route.Channel)
	case b.worker != nil:
		return b.worker.Address(b.route.Channel)
	default:
		return ""
	}
}

// open opens the bare channel beside the client.
func (b *bed) open() channel.Channel {
	b.t.Helper()
	opened, err := channel.Open(b.route.Channel, channel.Options{Address: b.address()})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = opened.Close() })
	return opened
}

// native says that the caller runs the kernel itself.
func (b *bed) native() bool { return b.route.IsNative() }

func (b *bed) echo() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_, err := b.client.Echo(ctx, &kernelsv1.EchoRequest{Payload: []byte("hello")})
	return err
}

// mustEcho shows that the connection lives.
func (b *bed) mustEcho() {
	b.t.Helper()
	if err := b.echo(); err != nil {
		b.t.Errorf("the next call failed: %v", err)
	}
}

func (b *bed) sleep(ctx context.Context, duration time.Duration) error {
	_, err := client.Call(ctx, b.client, faults.Sleep, &faultsv1.SleepRequest{DurationNs: uint64(duration)})
	return err
}

// slow runs a kernel that takes far longer than any test waits for, and that every channel has.
func (b *bed) slow(ctx context.Context, duration time.Duration) error {
	if !b.native() {
		return b.sleep(ctx, duration)
	}
	_, err := b.client.Spin(ctx, &kernelsv1.SpinRequest{Steps: 1 << 40})
	return err
}

// inBackground starts a call and gives its outcome later.
func inBackground(call func() error) <-chan error {
	done := make(chan error, 1)
	go func() { done <- call() }()
	return done
}

// settle is time for a call to reach the kernel.
const settle = 100 * time.Millisecond
