package channel_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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

func refused(t *testing.T, name string) error {
	nowhere := filepath.Join(workertest.Dir(t), "none.sock")
	b := &bed{t: t, route: routeOf(t, name)}
	address := nowhere
	if name == string(wire.ChannelGRPCTCP) {
		address = "127.0.0.1:1"
	}
	b.connect(client.WithWorker(map[string]string{name: address}))
	err := b.echo()
	if !b.route.Channel.Proxied() || !errors.Is(err, wire.ErrNoWorker) {
		return err
	}
	alone := &bed{t: t, route: b.route, proxy: workertest.StartGateway(t, nowhere)}
	alone.connect(client.WithWorker(alone.proxy.Endpoints))
	return alone.echo()
}

// draining ends the worker, and the proxy too where there is one: both finish what they have taken.
func draining(t *testing.T, name string) error {
	err := drainingOf(t, name, func(b *bed) { b.worker.Terminate() })
	if !wire.Channel(name).Proxied() || !errors.Is(err, wire.ErrDraining) {
		return err
	}
	return drainingOf(t, name, func(b *bed) { b.proxy.Terminate() })
}

func drainingOf(t *testing.T, name string, terminate func(*bed)) error {
	b := newBed(t, name, nil)
	b.mustEcho()
	slow := inBackground(func() error { return b.sleep(context.Background(), time.Second) })
	time.Sleep(settle)
	terminate(b)
	err := b.untilFails(800 * time.Millisecond)
	if finished := <-slow; finished != nil {
		t.Errorf("the slow call was not finished: %v", finished)
	}
	return err
}

// untilFails calls until a call is refused.
func (b *bed) untilFails(within time.Duration) error {
	for until := time.Now().Add(within); time.Now().Before(until); time.Sleep(time.Millisecond) {
		if err := b.echo(); err != nil {
			return err
		}
	}
	return nil
}

// diedInFlight kills the worker, and the proxy too where there is one.
func diedInFlight(t *testing.T, name string) error {
	err := diedOf(t, name, func(b *bed) { b.worker.Kill() })
	if !wire.Channel(name).Proxied() || !errors.Is(err, wire.ErrWorkerDied) {
		return err
	}
	return diedOf(t, name, func(b *bed) { b.proxy.Kill() })
}

func diedOf(t *testing.T, name string, kill func(*bed)) error {
	b := newBed(t, name, nil)
	slow := inBackground(func() error { return b.sleep(context.Background(), 20*time.Second) })
	time.Sleep(settle)
	kill(b)
	return <-slow
}

const (
	// kernelEndsWithin is the promise of protos/FAULTS.toml.
	kernelEndsWithin = 10 * time.Millisecond
	// tries: on a busy machine one of so many must keep the promise.
	tries = 10
)

func deadlinePassed(t *testing.T, name string) error {
	return endsInTime(t, name, func(b *bed) (time.Time, error) {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		defer cancel()
		deadline, _ := ctx.Deadline()
		return deadline, b.slow(ctx, 500*time.Millisecond)
	})
}

func cancelled(t *testing.T, name string) error {
	return endsInTime(t, name, func(b *bed) (time.Time, error) {
		ctx, cancel := context.WithCancel(context.Background())
		slow := inBackground(func() error { return b.slow(ctx, 20*time.Second) })
		time.Sleep(20 * time.Millisecond)
		at := time.Now()
		cancel()
		return at, <-slow
	})
}

// endsInTime makes a call that is stopped, and shows that the one compute thread is free again in time.
func endsInTime(t *testing.T, name string, stopped func(*bed) (time.Time, error)) error {
	b := newBed(t, name, []string{"--compute-threads", "1"})
	var err error
	best := time.Hour
	for range tries {
		var at time.Time
		at, err = stopped(b)
		if !b.native() {
			if next := b.sleep(context.Background(), time.Nanosecond); next != nil {
				t.Fatalf("the next call failed: %v", next)
			}
		}
		if best = min(best, time.Since(at)); best <= kernelEndsWithin {
			return err
		}
	}
	t.Errorf("the kernel ended %v late at best, want at most %v", best, kernelEndsWithin)
	return err
}

func queueFull(t *testing.T, name string) error {
	b := newBed(t, name, []string{"--compute-threads", "1", "--queue", "1"}, client.WithInprocLimit(1, 1))
	ctx, cancel := context.WithCancel(context.Background())
	first := inBackground(func() error { return b.sleep(ctx, 20*time.Second) })
	time.Sleep(settle)
	second := inBackground(func() error { return b.sleep(ctx, 20*time.Second) })
	time.Sleep(settle)
	err := b.sleep(context.Background(), time.Nanosecond)
	cancel()
	<-first
	<-second
	b.mustEcho()
	return err
}

const over = 1 << 20

// requestTooLarge is refused by the client's limit, and by the worker's where that is the smaller one.
func requestTooLarge(t *testing.T, name string) error {
	request := &kernelsv1.EchoRequest{Payload: make([]byte, wire.MaxMessageBytes+1)}
	b := newBed(t, name, nil)
	_, err := b.client.Echo(context.Background(), request)
	b.mustEcho()
	if b.worker == nil || !errors.Is(err, wire.ErrRequestTooLarge) {
		return err
	}
	generous := newBed(t, name, nil, client.WithMaxMessageBytes(wire.MaxMessageBytes+over))
	_, err = generous.client.Echo(context.Background(), request)
	generous.mustEcho()
	return err
}

// replyTooLarge is refused by the worker's limit, and by the client's where that is the smaller one.
func replyTooLarge(t *testing.T, name string) error {
	b := newBed(t, name, nil)
	err := b.alloc(wire.MaxMessageBytes + over)
	b.mustEcho()
	if b.worker == nil || !errors.Is(err, wire.ErrReplyTooLarge) {
		return err
	}
	narrow := newBed(t, name, nil, client.WithMaxMessageBytes(over))
	err = narrow.alloc(2 * over)
	narrow.mustEcho()
	return err
}

func (b *bed) alloc(size uint64) error {
	_, err := client.Call(context.Background(), b.client, faults.Alloc, &faultsv1.AllocRequest{Size: size})
	return err
}

func malformedPayload(t *testing.T, name string) error {
	b := newBed(t, name, nil)
	err := b.bare(&channel.Call{Kernel: "redact", Method: wire.KernelRedact.Method, Codec: b.route.Codec, Payload: []byte{0x0a, 0xff, 0xff}})
	b.mustEcho()
	return err
}

// bare makes a call by the channel itself.
func (b *bed) bare(call *channel.Call) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return b.open().Call(ctx, call, new(channel.Reply))
}

func unknownKernel(t *testing.T, name string) error {
	b := newBed(t, name, nil)
	nobody := *client.Echo
	nobody.Spec.Name, nobody.Spec.Method, nobody.Native = "nobody", "/kernels.v1.NobodyService/Nobody", nil
	_, err := client.Call(context.Background(), b.client, &nobody, new(kernelsv1.EchoRequest))
	b.mustEcho()
	return err
}

func unknownCodec(t *testing.T, name string) error {
	b := newBed(t, name, nil)
	err := b.bare(&channel.Call{Kernel: "echo", Method: wire.KernelEcho.Method, Codec: 99, Payload: []byte{0}})
	b.mustEcho()
	return err
}

func panicked(t *testing.T, name string) error {
	b := newBed(t, name, nil)
	defer b.mustEcho()
	if b.native() {
		clumsy := *client.Echo
		clumsy.Native = func(context.Context, *kernelsv1.EchoRequest) (*kernelsv1.EchoResponse, error) { panic("clumsy") }
		_, err := client.Call(context.Background(), b.client, &clumsy, new(kernelsv1.EchoRequest))
		return err
	}
	_, err := client.Call(context.Background(), b.client, faults.Panic, &faultsv1.PanicRequest{Message: []byte("on purpose")})
	return err
}

func otherMajor(t *testing.T, name string) error {
	b := newBed(t, name, []string{"--contract-major", "2"})
	return b.echo()
}

// abortVariable makes the test binary a child that aborts in process.
const abortVariable = "SIDECAR_TEST_ABORT"

// aborted expects the child's death. Go's runtime catches the SIGABRT that Rust raises, names it and exits with 2.
func aborted(t *testing.T) {
	child := exec.Command(os.Args[0], "-test.run", "^TestTheChildThatAborts$")
	child.Env = append(os.Environ(), abortVariable+"=1")
	log, err := child.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 2 || !strings.Contains(string(log), "SIGABRT: abort") {
		t.Fatalf("the child ended with %v, want SIGABRT; it said:\n%s", err, log)
	}
}

func TestTheChildThatAborts(t *testing.T) {
	if os.Getenv(abortVariable) == "" {
		t.Skip("this is the child of the cell aborted/cgo")
	}
	b := newBed(t, "cgo", nil)
	_, err := client.Call(context.Background(), b.client, faults.Abort, new(faultsv1.AbortRequest))
	t.Fatalf("the process outlived an abort: %v", err)
}
