package gatewaytest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	"github.com/sidecar-ipc/gateway/go_service/channel"
	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/faults"
	"github.com/sidecar-ipc/gateway/go_service/gatewaytest"
	faultsv1 "github.com/sidecar-ipc/gateway/go_service/gen/faults/v1"
	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"
	"github.com/sidecar-ipc/gateway/go_service/internal/vectors"
	"github.com/sidecar-ipc/gateway/go_service/wire"
	"github.com/sidecar-ipc/gateway/go_service/workertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// side is the double or a real worker, as a team's code sees it.
type side struct {
	name   string
	client *client.Client
	bare   channel.Channel // for bytes that no typed client sends
}

// sides starts both.
func sides(t *testing.T) []side {
	t.Helper()
	worker := workertest.Start(t, "--faults", "--uds")
	bare, err := channel.Open(wire.ChannelUDS, channel.Options{Address: worker.Address(wire.ChannelUDS)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = bare.Close() })
	fake := gatewaytest.New()
	fake.AnswerFromVectors(t, kernels(t)...)
	misbehave(fake)
	return []side{
		{"the double", newClient(t, fake.Options()...), fake},
		{"the worker", newClient(t, client.WithWorker(worker.Endpoints), client.WithRoute("", gatewaytest.Route)), bare},
	}
}

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

// kernels are those of the contract that have vectors.
func kernels(t *testing.T) (all []client.AnyKernel) {
	t.Helper()
	for _, spec := range wire.Kernels {
		if spec.Misbehaves {
			continue
		}
		if kernel, err := client.Lookup(spec.Name); err == nil {
			all = append(all, kernel)
		}
	}
	return all
}

// misbehave scripts what the worker's kernels that misbehave do.
func misbehave(fake *gatewaytest.Fake) {
	gatewaytest.Answer(fake, faults.Sleep, func(ctx context.Context, request *faultsv1.SleepRequest) (*faultsv1.SleepResponse, error) {
		select {
		case <-time.After(time.Duration(request.DurationNs)):
			return new(faultsv1.SleepResponse), nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	})
	gatewaytest.Answer(fake, faults.Alloc, func(_ context.Context, request *faultsv1.AllocRequest) (*faultsv1.AllocResponse, error) {
		return &faultsv1.AllocResponse{Data: make([]byte, request.Size)}, nil
	})
	gatewaytest.Answer(fake, faults.Panic, func(context.Context, *faultsv1.PanicRequest) (*faultsv1.PanicResponse, error) {
		panic("as told")
	})
}

func TestTheDoubleAndTheWorkerGiveEveryVectorsAnswer(t *testing.T) {
	both := sides(t)
	answers, refusals := 0, 0
	for _, kernel := range kernels(t) {
		name := kernel.Description().Name
		for of, call := range vectors.Calls(t, name) {
			request := kernel.EmptyRequest()
			if err := request.UnmarshalRaw(call.Request.Raw); err != nil {
				t.Fatal(err)
			}
			want := kernel.EmptyResponse()
			if call.Error == nil {
				answers++
				if err := want.UnmarshalRaw(call.Response.Raw); err != nil {
					t.Fatal(err)
				}
			} else {
				refusals++
			}
			for _, side := range both {
				got, err := kernel.CallAny(context.Background(), side.client, request)
				if call.Error != nil {
					if failure := failureOf(t, err); failure.Reason.String() != call.Error.Reason {
						t.Errorf("%s by %s: %v, want %s", of, side.name, err, call.Error.Reason)
					}
				} else if err != nil || !proto.Equal(got, want) {
					t.Errorf("%s by %s: another answer, %v", of, side.name, err)
				}
			}
		}
	}
	fmt.Printf("double and worker: %d answers and %d refusals of vectors agree\n", answers, refusals)
}

func failureOf(t *testing.T, err error) *wire.Error {
	t.Helper()
	var failure *wire.Error
	if !errors.As(err, &failure) {
		t.Fatalf("got %v (%T), want a *wire.Error", err, err)
	}
	return failure
}

// raw makes a call of bytes that no typed client sends.
func raw(ctx context.Context, s side, kernel string, codec wire.Codec, payload []byte) error {
	var reply channel.Reply
	return s.bare.Call(ctx, &channel.Call{Kernel: kernel, Codec: codec, Payload: payload}, &reply)
}

func sleep(ctx context.Context, s side) error {
	_, err := client.Call(ctx, s.client, faults.Sleep, &faultsv1.SleepRequest{DurationNs: uint64(5 * time.Second)})
	return err
}

// contract has what can go wrong; each is brought about in the same way on both sides.
var contract = []struct {
	name     string
	reason   wire.Reason
	executed wire.Executed
	bring    func(ctx context.Context, s side) error
}{
	{"an unknown kernel", wire.ReasonUnknownKernel, wire.ExecutedNo, func(ctx context.Context, s side) error {
		return raw(ctx, s, "nobody", wire.CodecMsgpack, []byte{0x90})
	}},
	{"an unknown codec", wire.ReasonUnknownCodec, wire.ExecutedNo, func(ctx context.Context, s side) error {
		return raw(ctx, s, "echo", 9, []byte{0x90})
	}},
	{"a payload that does not decode", wire.ReasonMalformedPayload, wire.ExecutedNo, func(ctx context.Context, s side) error {
		return raw(ctx, s, "echo", wire.CodecMsgpack, []byte{0x91, 0xc4, 0xff})
	}},
	{"a kernel name that is too long", wire.ReasonMalformedHeader, wire.ExecutedNo, func(ctx context.Context, s side) error {
		return raw(ctx, s, strings.Repeat("k", wire.MaxKernelNameBytes+1), wire.CodecMsgpack, []byte{0x90})
	}},
	{"a request over the limit", wire.ReasonRequestTooLarge, wire.ExecutedNo, func(ctx context.Context, s side) error {
		_, err := s.client.Echo(ctx, &kernelsv1.EchoRequest{Payload: make([]byte, wire.MaxMessageBytes+1)})
		return err
	}},
	{"a reply over the limit", wire.ReasonReplyTooLarge, wire.ExecutedYes, func(ctx context.Context, s side) error {
		_, err := client.Call(ctx, s.client, faults.Alloc, &faultsv1.AllocRequest{Size: wire.MaxMessageBytes + 1})
		return err
	}},
	{"a panic", wire.ReasonKernelPanicked, wire.ExecutedYes, func(ctx context.Context, s side) error {
		_, err := client.Call(ctx, s.client, faults.Panic, new(faultsv1.PanicRequest))
		return err
	}},
	{"a deadline that passes", wire.ReasonDeadline, wire.ExecutedUnknown, func(ctx context.Context, s side) error {
		ctx, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
		defer cancel()
		return sleep(ctx, s)
	}},
	{"a deadline that had passed", wire.ReasonDeadline, wire.ExecutedNo, func(ctx context.Context, s side) error {
		ctx, cancel := context.WithTimeout(ctx, -time.Second)
		defer cancel()
		return sleep(ctx, s)
	}},
	{"a caller who gives up", wire.ReasonCallerCancelled, wire.ExecutedUnknown, func(ctx context.Context, s side) error {
		ctx, cancel := context.WithCancel(ctx)
		time.AfterFunc(20*time.Millisecond, cancel)
		defer cancel()
		return sleep(ctx, s)
	}},
	{"a caller who had given up", wire.ReasonCallerCancelled, wire.ExecutedNo, func(ctx context.Context, s side) error {
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		return sleep(ctx, s)
	}},
}

func TestTheDoubleAndTheWorkerFailAlike(t *testing.T) {
	both := sides(t)
	for _, row := range contract {
		t.Run(row.name, func(t *testing.T) {
			for _, side := range both {
				failure := failureOf(t, row.bring(context.Background(), side))
				got := []string{failure.Code.String(), failure.Reason.String(), failure.Executed.String()}
				if want := []string{row.reason.Code().String(), row.reason.String(), row.executed.String()}; !slices.Equal(got, want) {
					t.Errorf("%s: %v, want %v; the error is %v", side.name, got, want, failure)
				}
				if _, err := side.client.Echo(context.Background(), new(kernelsv1.EchoRequest)); err != nil {
					t.Errorf("%s: the next call failed: %v", side.name, err)
				}
			}
		})
	}
	fmt.Printf("double and worker: %d faults agree\n", len(contract))
}

func TestTheDoubleAndTheWorkerTellTheSameOfACall(t *testing.T) {
	for _, side := range sides(t) {
		var o client.Observation
		request := &kernelsv1.DigestRequest{Data: []byte("abc")}
		if _, err := side.client.Digest(context.Background(), request, client.WithStamps(&o)); err != nil {
			t.Fatal(err)
		}
		compute, taken := o.Stamps.StageNs(wire.StageCompute)
		if o.KernelVersion != client.Digest.Spec.Version || !taken || compute < 0 || o.ResidualNs() < 0 || o.Route.String() != gatewaytest.Route {
			t.Errorf("%s: %+v, compute %d taken %t, residual %d", side.name, o, compute, taken, o.ResidualNs())
		}
	}
}
