package channel_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/channel"
	"github.com/sidecar-ipc/gateway/go_service/client"
	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"
	"github.com/sidecar-ipc/gateway/go_service/process"
	"github.com/sidecar-ipc/gateway/go_service/wire"
	"github.com/sidecar-ipc/gateway/go_service/workertest"
)

// processChannels have a worker, allChannels those in process too.
var processChannels = process.AddressNames()

func allChannels() []string {
	if cgoLinked {
		return append([]string{"cgo"}, processChannels...)
	}
	return processChannels
}

// onAll runs a test on every channel of the list.
func onAll(t *testing.T, channels []string, test func(t *testing.T, name string)) {
	for _, name := range channels {
		t.Run(name, func(t *testing.T) { test(t, name) })
	}
}

// sizes around every border: of frames, of copied payloads, of buffers.
var sizes = []int{0, 1, 64, 4 << 10, 16<<10 - 1, 16 << 10, 64 << 10, 128 << 10, 256<<10 - 40, 256 << 10, 1 << 20, 4<<20 - 64}

func payload(size int, seed uint64) []byte {
	b := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), byte(seed >> 32)}).Read(b)
	return b
}

func TestEverySizeComesBackUnchangedByEveryCodec(t *testing.T) {
	onAll(t, allChannels(), func(t *testing.T, name string) {
		b := newBed(t, name, nil)
		routes, err := wire.MatchRoutes(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, route := range routes {
			for _, size := range sizes {
				want := payload(size, uint64(size))
				got, err := b.client.Echo(context.Background(), &kernelsv1.EchoRequest{Payload: want}, client.Via(route))
				if err != nil || !bytes.Equal(got.Payload, want) {
					t.Errorf("%s, %d bytes: %d bytes came back, %v", route, size, len(got.GetPayload()), err)
				}
			}
		}
	})
}

func TestManyCallersGetTheirOwnAnswers(t *testing.T) {
	onAll(t, allChannels(), func(t *testing.T, name string) {
		b := newBed(t, name, nil)
		var group sync.WaitGroup
		for number := range 32 {
			group.Go(func() { b.echoMany(uint64(number), 60) })
		}
		group.Wait()
	})
}

// echoMany calls with small and large payloads, with and without memory of its own, with and without a deadline.
func (b *bed) echoMany(seed uint64, calls int) {
	var memory client.Buffer
	source := rand.New(rand.NewPCG(seed, 2))
	for number := range calls {
		want := payload(sizes[source.IntN(9)], seed<<32+uint64(number))
		options := []client.CallOption{client.WithBuffer(&memory)}
		if source.IntN(2) == 0 {
			options = nil
		}
		ctx, cancel := context.Background(), func() {}
		if source.IntN(2) == 0 {
			ctx, cancel = context.WithTimeout(ctx, 30*time.Second)
		}
		got, err := b.client.Echo(ctx, &kernelsv1.EchoRequest{Payload: want}, options...)
		cancel()
		if err != nil || !bytes.Equal(got.Payload, want) {
			b.t.Errorf("caller %d, call %d: %d of %d bytes came back, %v", seed, number, len(got.GetPayload()), len(want), err)
			return
		}
	}
}

func TestCallsThatAreGivenUpLeaveTheOthersAlone(t *testing.T) {
	onAll(t, processChannels, func(t *testing.T, name string) {
		b := newBed(t, name, nil)
		var group sync.WaitGroup
		for number := range 8 {
			group.Go(func() { b.echoMany(uint64(number), 60) })
			group.Go(func() { b.giveUpMany(uint64(number), 60) })
		}
		group.Wait()
		b.mustEcho()
	})
}

// giveUpMany cancels calls at any moment of their life.
func (b *bed) giveUpMany(seed uint64, calls int) {
	source := rand.New(rand.NewPCG(seed, 3))
	var memory client.Buffer
	request := &kernelsv1.EchoRequest{Payload: make([]byte, 300<<10)}
	for range calls {
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(source.IntN(3000))*time.Microsecond)
		_, err := b.client.Echo(ctx, request, client.WithBuffer(&memory))
		cancel()
		if err != nil && !errors.Is(err, wire.ErrDeadline) {
			b.t.Errorf("a call with a short deadline failed otherwise: %v", err)
			return
		}
	}
}

func TestCallsSucceedWithinASecondAfterAKilledWorkerIsReplaced(t *testing.T) {
	onAll(t, processChannels, func(t *testing.T, name string) {
		b := newBed(t, name, []string{"--grpc-tcp", "127.0.0.1:0", "--uds", "--grpc-uds"})
		b.mustEcho()
		stop := make(chan struct{})
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() { b.untilStopped(stop) })
		}
		b.worker.Kill()
		b.replace()
		b.mustSucceedWithin(time.Second)
		close(stop)
		group.Wait()
	})
}

func (b *bed) untilStopped(stop chan struct{}) {
	for {
		select {
		case <-stop:
			return
		default:
			_ = b.echo()
		}
	}
}

func (b *bed) mustSucceedWithin(bound time.Duration) {
	b.t.Helper()
	start := time.Now()
	for {
		err := b.echo()
		if err == nil {
			return
		}
		if !errors.Is(err, wire.ErrNoWorker) && !errors.Is(err, wire.ErrWorkerDied) {
			b.t.Errorf("failed with %v, want NO_WORKER or WORKER_DIED", err)
		}
		if time.Since(start) > bound {
			b.t.Fatalf("no call succeeded within %v: %v", bound, err)
		}
		time.Sleep(time.Millisecond)
	}
}

func TestACallFailsFastWhileNoWorkerListens(t *testing.T) {
	onAll(t, processChannels, func(t *testing.T, name string) {
		b := newBed(t, name, nil)
		b.mustEcho()
		b.worker.Kill()
		_ = b.echo()
		for range 50 {
			start := time.Now()
			err := b.echo()
			if !errors.Is(err, wire.ErrNoWorker) || time.Since(start) > time.Second {
				t.Fatalf("after %v: %v", time.Since(start), err)
			}
		}
	})
}

func TestACallerKeepsItsDeadlineWhenTheWorkerStandsStill(t *testing.T) {
	onAll(t, processChannels, func(t *testing.T, name string) {
		b := newBed(t, name, nil)
		b.mustEcho()
		b.worker.Signal(syscall.SIGSTOP)
		defer b.worker.Signal(syscall.SIGCONT)
		for _, size := range []int{64, 4<<20 - 64} { // the larger one does not fit into the socket's buffer
			ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
			start := time.Now()
			_, err := b.client.Echo(ctx, &kernelsv1.EchoRequest{Payload: make([]byte, size)})
			cancel()
			if took := time.Since(start); !errors.Is(err, wire.ErrDeadline) || took > 500*time.Millisecond {
				t.Errorf("%d bytes: %v after %v", size, err, took)
			}
		}
	})
}

func TestACallWithADeadlineIsAnsweredWithoutWaitingForATick(t *testing.T) {
	onAll(t, processChannels, func(t *testing.T, name string) {
		b := newBed(t, name, nil)
		b.mustEcho()
		var times []time.Duration
		for range 20 {
			start := time.Now()
			b.mustEcho()
			times = append(times, time.Since(start))
		}
		slices.Sort(times)
		if median := times[len(times)/2]; median > 30*time.Millisecond {
			t.Errorf("half of the calls took over %v", median)
		}
	})
}

func TestNoCallFailsWhileOneDrainsAndAnotherTakesOver(t *testing.T) {
	onAll(t, processChannels, func(t *testing.T, name string) {
		b := newBed(t, name, []string{"--grpc-tcp", "127.0.0.1:0", "--uds", "--grpc-uds"}, client.WithRetries(100))
		var made, enough atomic.Int64
		enough.Store(math.MaxInt64)
		var group sync.WaitGroup
		for range 64 {
			group.Go(func() { b.echoUntil(&made, &enough) })
		}
		await(t, func() bool { return made.Load() > 1000 })
		b.takeOver()
		enough.Store(made.Load() + 5000)
		group.Wait()
	})
}

// echoUntil calls until enough calls were made. The kernel counts as one that must not run twice, so that only calls
// which were certainly not executed are tried again; behind grpcio's unary calls this can't be known, since its end cancels
// those that wait inside it without a word.
func (b *bed) echoUntil(made, enough *atomic.Int64) {
	once := *client.Echo
	once.Spec.Idempotent = b.route.Channel == wire.ChannelGatewayUnary
	for made.Load() < enough.Load() {
		if _, err := client.Call(context.Background(), b.client, &once, &kernelsv1.EchoRequest{Payload: []byte("hello")}); err != nil {
			b.t.Errorf("a call failed: %v", err)
			return
		}
		made.Add(1)
	}
}

func await(t *testing.T, reached func() bool) {
	t.Helper()
	for until := time.Now().Add(10 * time.Second); !reached(); time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("not reached within ten seconds")
		}
	}
}

// takeOver drains what answers the bed's calls, and starts another in its place.
func (b *bed) takeOver() {
	b.t.Helper()
	if b.proxy == nil {
		b.worker.Terminate()
		b.worker.Wait()
		b.replace()
		return
	}
	b.proxy.Terminate()
	b.proxy.Wait()
	b.proxy = workertest.StartGatewayIn(b.t, b.proxy.Dir, "--upstream", b.worker.Address(wire.ChannelUDS))
}

func TestStampsStandInOrderAndOnTheSameClock(t *testing.T) {
	onAll(t, allChannels(), func(t *testing.T, name string) {
		b := newBed(t, name, nil)
		var o client.Observation
		for range 100 {
			_, err := b.client.Redact(context.Background(), &kernelsv1.RedactRequest{Text: make([]byte, 4096)}, client.WithStamps(&o))
			if err != nil {
				t.Fatal(err)
			}
			checkStamps(t, &o)
		}
	})
}

func checkStamps(t *testing.T, o *client.Observation) {
	t.Helper()
	for stage := range wire.Stage(wire.StageCount) {
		if ns, ok := o.Stamps.StageNs(stage); ok && ns < 0 || !ok && stage != wire.StageLag {
			t.Errorf("%v takes %d ns, taken: %t; stamps %v", stage, ns, ok, o.Stamps)
		}
	}
	checkHops(t, o)
	if residual := o.ResidualNs(); residual < 0 || o.EndToEndNs() <= 0 {
		t.Errorf("the residual is %d ns of %d", residual, o.EndToEndNs())
	}
	if o.KernelVersion == 0 || o.RequestBytes < 4096 || o.ReplyBytes < 4096 {
		t.Errorf("the observation lacks what the receipt says: %+v", o)
	}
}

// checkHops wants each wire stage whole, or in three parts that stand in order where a proxy stands between.
func checkHops(t *testing.T, o *client.Observation) {
	t.Helper()
	want := 1
	if o.Route.Channel.Proxied() {
		want = 3
	}
	for _, stage := range []wire.Stage{wire.StageRequestWire, wire.StageReplyWire} {
		parts := o.Stamps.Parts(stage, o.HopsNs)
		if len(parts) != want {
			t.Errorf("%v has %d parts, want %d", stage, len(parts), want)
		}
		for _, part := range parts {
			if part.ToNs < part.FromNs {
				t.Errorf("%s ends %d ns before it begins; hops %v, stamps %v", part.Name, part.FromNs-part.ToNs, o.HopsNs, o.Stamps)
			}
		}
	}
}

func TestWithoutStampsNoneAreTaken(t *testing.T) {
	onAll(t, allChannels(), func(t *testing.T, name string) {
		b := newBed(t, name, nil)
		var o client.Observation
		_, err := b.client.Echo(context.Background(), &kernelsv1.EchoRequest{}, client.WithObservation(&o))
		if err != nil || o.Stamps != (wire.Stamps{}) || o.StartNs != 0 || o.KernelVersion == 0 {
			t.Errorf("got %+v, %v", o, err)
		}
	})
}

func TestACloseFailsTheCallsInFlightAndThoseThatFollow(t *testing.T) {
	onAll(t, processChannels, func(t *testing.T, name string) {
		b := newBed(t, name, nil)
		opened := b.open()
		call := channel.Call{Kernel: "sleep", Method: wire.KernelSleep.Method, Codec: wire.CodecProtobuf, Payload: []byte{0x08, 0x80, 0xa8, 0xd6, 0xb9, 0x07}}
		slow := inBackground(func() error { return opened.Call(context.Background(), &call, new(channel.Reply)) })
		time.Sleep(settle)
		if err := opened.Close(); err != nil {
			t.Error(err)
		}
		if err := <-slow; !errors.Is(err, wire.ErrWorkerDied) {
			t.Errorf("the call in flight ended with %v", err)
		}
		if err := opened.Call(context.Background(), &call, new(channel.Reply)); err == nil {
			t.Error("a closed channel took a call")
		}
	})
}
