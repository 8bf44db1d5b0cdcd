package client_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/faults"
	faultsv1 "github.com/sidecar-ipc/gateway/go_service/gen/faults/v1"
	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"
	"github.com/sidecar-ipc/gateway/go_service/wire"
	"github.com/sidecar-ipc/gateway/go_service/workertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newClient(t *testing.T, options ...client.Option) *client.Client {
	t.Helper()
	c, err := client.New(options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// requests has one for every kernel of the client.
func requests() map[string]wire.Message {
	return map[string]wire.Message{
		"echo":     &kernelsv1.EchoRequest{Payload: []byte("hello")},
		"spin":     &kernelsv1.SpinRequest{Steps: 1000, Seed: 7, Payload: []byte("p")},
		"digest":   &kernelsv1.DigestRequest{Data: []byte("abc")},
		"redact":   &kernelsv1.RedactRequest{Text: []byte("card 4111 1111 1111 1111, ada@example.org")},
		"tokenize": &kernelsv1.TokenizeRequest{Text: []byte("a tokenizer's text")},
		"topk":     &kernelsv1.TopkRequest{Query: make([]byte, 384), K: 3},
		"inflate":  &kernelsv1.InflateRequest{Data: []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00")},
	}
}

func TestEveryKernelAnswersAlikeOnEveryRouteThatIsThere(t *testing.T) {
	worker := workertest.Start(t)
	c := newClient(t, client.WithWorker(worker.Endpoints))
	for name, request := range requests() {
		kernel, err := client.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		want, err := kernel.CallAny(context.Background(), c, request, client.Via(wire.Native))
		if err != nil {
			t.Fatal(err)
		}
		for _, route := range wire.Routes() {
			if c.Available(kernel, route) != nil {
				continue
			}
			got, err := kernel.CallAny(context.Background(), c, request, client.Via(route))
			if err != nil || !proto.Equal(got, want) {
				t.Errorf("%s by %s gives %v, %v; native gives %v", name, route, got, err, want)
			}
		}
	}
}

func TestWhatIsNotThereSaysWhatToDo(t *testing.T) {
	c := newClient(t)
	for route, want := range map[string]string{
		"uds/raw": "no address", "cgo/raw": "sidecar_cgo", "native/original": "no Go twin",
	} {
		parsed, err := wire.ParseRoute(route)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Available(client.Echo, parsed); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want it to say %q", route, err, want)
		}
		if _, err := c.Echo(context.Background(), new(kernelsv1.EchoRequest), client.Via(parsed)); err == nil {
			t.Errorf("%s took a call", route)
		}
	}
}

func TestARequestOfAnotherTypeIsRefused(t *testing.T) {
	c := newClient(t)
	_, err := client.Echo.CallAny(context.Background(), c, new(kernelsv1.SpinRequest))
	if !errors.Is(err, wire.ErrInvalidInput) {
		t.Errorf("got %v", err)
	}
}

func TestAnUnknownRouteOrKernelIsRefusedByName(t *testing.T) {
	if _, err := client.New(client.WithRoute("echo", "uds/json")); err == nil || !strings.Contains(err.Error(), "uds/json") {
		t.Errorf("WithRoute: %v", err)
	}
	if err := newClient(t).SetRoute("echo", "ud"); err == nil {
		t.Error("SetRoute took a route that is none")
	}
	if _, err := client.Lookup("nobody"); !errors.Is(err, wire.ErrUnknownKernel) || !strings.Contains(err.Error(), "redact") {
		t.Errorf("Lookup: %v", err)
	}
}

func TestADeadlineOfTheClientBoundsCallsWithoutOne(t *testing.T) {
	c := newClient(t, client.WithDeadline(20*time.Millisecond))
	_, err := c.Spin(context.Background(), &kernelsv1.SpinRequest{Steps: 1 << 40})
	if !errors.Is(err, wire.ErrDeadline) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// appended counts the lines that the kernel append wrote.
func appended(t *testing.T, file string) int {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return bytes.Count(text, []byte("\n"))
}

func TestACallThatIsNotIdempotentIsNeverMadeTwice(t *testing.T) {
	dir := workertest.Dir(t)
	file := filepath.Join(dir, "appended")
	worker := workertest.StartIn(t, dir, "--faults", "--append-file", file)
	c := newClient(t, client.WithWorker(worker.Endpoints), client.WithRoute("", "uds/msgpack"), client.WithRetries(5))
	for id := range 20 {
		if id == 10 {
			worker.Kill()
		}
		_, err := client.Call(context.Background(), c, faults.Append, &faultsv1.AppendRequest{CallId: []byte{byte('a' + id)}})
		if (err == nil) != (id < 10) {
			t.Fatalf("call %d: %v", id, err)
		}
	}
	if got := appended(t, file); got != 10 {
		t.Errorf("10 calls succeeded, %d lines are written", got)
	}
}

func TestAnIdempotentCallIsMadeAgainWhenItsWorkerDied(t *testing.T) {
	dir := workertest.Dir(t)
	worker := workertest.StartIn(t, dir, "--faults", "--uds")
	c := newClient(t, client.WithUDS(worker.Address(wire.ChannelUDS)), client.WithRoute("", "uds/msgpack"), client.WithRetries(50))
	var o client.Observation
	done := make(chan error, 1)
	go func() {
		_, err := client.Call(context.Background(), c, faults.Sleep, &faultsv1.SleepRequest{DurationNs: 3e8}, client.WithObservation(&o))
		done <- err
	}()
	time.Sleep(100 * time.Millisecond)
	worker.Kill()
	workertest.StartIn(t, dir, "--faults", "--uds")
	if err := <-done; err != nil || o.Attempts < 2 {
		t.Errorf("after %d attempts: %v", o.Attempts, err)
	}
}

func TestACallIsNotTriedAgainPastItsDeadline(t *testing.T) {
	c := newClient(t, client.WithUDS("/nowhere/w.sock"), client.WithRoute("", "uds/raw"), client.WithRetries(1000))
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := c.Echo(ctx, new(kernelsv1.EchoRequest))
	if took := time.Since(start); !errors.Is(err, wire.ErrNoWorker) || took > 500*time.Millisecond {
		t.Errorf("%v after %v", err, took)
	}
}

func TestABufferIsUsedAgain(t *testing.T) {
	worker := workertest.Start(t, "--uds")
	c := newClient(t, client.WithWorker(worker.Endpoints), client.WithRoute("", "uds/raw"))
	request := &kernelsv1.EchoRequest{Payload: make([]byte, 4096)}
	var memory client.Buffer
	allocated := testing.AllocsPerRun(200, func() {
		if _, err := c.Echo(context.Background(), request, client.WithBuffer(&memory)); err != nil {
			t.Error(err)
		}
	})
	if allocated > 2 {
		t.Errorf("a call allocates %v times, want the response and little else", allocated)
	}
}

func TestANativeRouteUsesTheCallersBufferAsTheOthersDo(t *testing.T) {
	c := newClient(t)
	long, short := bytes.Repeat([]byte("a"), 4096), []byte("short")
	var memory client.Buffer
	option := client.WithBuffer(&memory)
	allocated := testing.AllocsPerRun(200, func() {
		for _, payload := range [][]byte{long, short} {
			answer, err := c.Spin(context.Background(), &kernelsv1.SpinRequest{Steps: 1, Seed: 1, Payload: payload}, option)
			if err != nil || !bytes.Equal(answer.Payload, payload) || &answer.Payload[0] == &payload[0] {
				t.Errorf("%v: %d bytes of another answer or of the request itself", err, len(payload))
			}
		}
	})
	if allocated > 4 {
		t.Errorf("two calls allocate %v times, want requests and responses and nothing else", allocated)
	}
	first, _ := c.Echo(context.Background(), &kernelsv1.EchoRequest{Payload: long})
	second, _ := c.Echo(context.Background(), &kernelsv1.EchoRequest{Payload: short})
	if len(first.Payload) != len(long) || &first.Payload[0] == &second.Payload[0] {
		t.Error("without a buffer two answers share memory")
	}
}

// tracer keeps what it was told.
type tracer struct {
	sent     wire.TraceContext
	finished []client.Finished
}

func (s *tracer) Start(context.Context) (wire.TraceContext, string) { return s.sent, "vendor=1" }

func (s *tracer) Finish(_ context.Context, finished *client.Finished) {
	s.finished = append(s.finished, *finished)
}

func TestATracerIsToldOfSampledCallsAlone(t *testing.T) {
	worker := workertest.Start(t, "--uds")
	for flags, want := range map[byte]int{0: 0, 1: 1} {
		spy := &tracer{sent: wire.NewTraceContext([16]byte{1}, [8]byte{2}, flags)}
		c := newClient(t, client.WithWorker(worker.Endpoints), client.WithRoute("", "uds/raw"), client.WithTracer(spy))
		if _, err := c.Echo(context.Background(), new(kernelsv1.EchoRequest)); err != nil {
			t.Fatal(err)
		}
		if len(spy.finished) != want {
			t.Errorf("with flags %d it is told of %d calls", flags, len(spy.finished))
		}
		if want == 1 && (spy.finished[0].Observation.Stamps[wire.T10] == 0 || spy.finished[0].Observation.Trace != spy.sent) {
			t.Errorf("a sampled call comes without stamps or trace: %+v", spy.finished[0])
		}
	}
}
