package client_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/gatewaytest"
	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// echo makes one call and gives its answer.
func echo(t *testing.T, c *client.Client, payload string, options ...client.CallOption) string {
	t.Helper()
	response, err := c.Echo(context.Background(), &kernelsv1.EchoRequest{Payload: []byte(payload)}, options...)
	if err != nil {
		t.Fatal(err)
	}
	return string(response.Payload)
}

// countsWhen waits until the counts of echo are as wanted.
func countsWhen(t *testing.T, c *client.Client, ready func(client.PolicyCounts) bool) client.PolicyCounts {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(50 * time.Microsecond) {
		status, _ := c.PolicyOf("echo")
		if ready(status.Counts) {
			return status.Counts
		}
		if time.Now().After(deadline) {
			t.Fatalf("after 5 s the counts are %+v", status.Counts)
		}
	}
}

// shadowsEnded says that no shadow runs.
func shadowsEnded(now client.PolicyCounts) bool { return now.Compared+now.ShadowFailed == now.Shadows }

func TestAShadowCountsEveryPlantedMismatchAndGivesTheOldAnswer(t *testing.T) {
	const calls, one = 100_000, 1_000
	c, fake := newFaked(t, client.Policy{Route: gatewaytest.Route, Shadow: 100})
	var answered atomic.Int64
	gatewaytest.Answer(fake, client.Echo, func(_ context.Context, request *kernelsv1.EchoRequest) (*kernelsv1.EchoResponse, error) {
		reply := bytes.Clone(request.Payload)
		if answered.Add(1)%one == 0 {
			reply[7] ^= 1
		}
		return &kernelsv1.EchoResponse{Payload: reply}, nil
	})
	for n := range calls {
		if payload := fmt.Sprintf("payload of call %d", n); echo(t, c, payload) != payload {
			t.Fatal("the caller got another answer than the native one")
		}
		if n%25 == 24 { // fewer than the limit, so that none is dropped
			countsWhen(t, c, shadowsEnded)
		}
	}
	counts := countsWhen(t, c, shadowsEnded)
	fmt.Printf("shadow: %d calls, %d mismatches counted of %d planted, %d dropped\n", counts.Shadows, counts.Mismatches, calls/one, counts.Dropped)
	if counts.Shadows != calls || counts.Mismatches != calls/one || counts.Dropped != 0 || counts.ShadowFailed != 0 {
		t.Errorf("counted %+v, want exactly %d mismatches", counts, calls/one)
	}
	status, _ := c.PolicyOf("echo")
	sample := status.Mismatches[len(status.Mismatches)-1]
	if sample.Route != gatewaytest.Route || sample.NativeBytes != sample.OtherBytes || sample.NativeHash == sample.OtherHash {
		t.Errorf("the sample is %+v", sample)
	}
	if raw := (&kernelsv1.EchoResponse{Payload: []byte("x")}).AppendRaw(nil); sample.FirstDifference != bytes.IndexByte(raw, 'x')+7 {
		t.Errorf("the first difference is at %d", sample.FirstDifference)
	}
	if shown := fmt.Sprintf("%+v", status); strings.Contains(shown, "payload of call") {
		t.Errorf("the status shows payload bytes: %s", shown)
	}
}

func TestAShadowNeverDelaysTheCallAndIsDroppedWhenThereAreTooMany(t *testing.T) {
	c, fake := newFaked(t, client.Policy{Route: gatewaytest.Route, Shadow: 100}, client.WithShadowLimit(3))
	fake.Always("echo", gatewaytest.Delay(time.Minute)) // until the client is closed
	start := time.Now()
	for range 10 {
		echo(t, c, "x")
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("ten calls took %v, they waited for their shadows", took)
	}
	if status, _ := c.PolicyOf("echo"); status.Counts.Shadows != 3 || status.Counts.Dropped != 7 {
		t.Errorf("counted %+v, want 3 shadows and 7 drops", status.Counts)
	}
}

func TestShadowsHoldABoundedNumberOfBytes(t *testing.T) {
	c, fake := newFaked(t, client.Policy{Route: gatewaytest.Route, Shadow: 100})
	fake.Always("echo", gatewaytest.Delay(time.Minute)) // until the client is closed
	for range 12 {                                      // 8 MiB each, request and answer
		echo(t, c, strings.Repeat("x", 4_000_000))
	}
	if status, _ := c.PolicyOf("echo"); status.Counts.Shadows != 8 || status.Counts.Dropped != 4 {
		t.Errorf("counted %+v, want 8 shadows within 64 MiB and 4 drops", status.Counts)
	}
}

func TestAShadowThatFailsOrPanicsHarmsNobody(t *testing.T) {
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	defer slog.SetDefault(before)
	c, fake := newFaked(t, client.Policy{Route: gatewaytest.Route, Shadow: 100},
		client.WithComparer("echo", func(native, _ wire.Message) bool { panic(native) }))
	gatewaytest.Answer(fake, client.Echo, func(context.Context, *kernelsv1.EchoRequest) (*kernelsv1.EchoResponse, error) {
		return new(kernelsv1.EchoResponse), nil // so that the comparer is asked
	})
	for _, step := range []gatewaytest.Step{gatewaytest.Fail(wire.ReasonNoWorker), gatewaytest.Panic(), {}} {
		fake.Next("echo", step)
		echo(t, c, "x")
	}
	counts := countsWhen(t, c, func(now client.PolicyCounts) bool { return now.ShadowFailed >= 3 })
	if counts.Mismatches != 0 || counts.ShadowFailed != 3 {
		t.Errorf("counted %+v", counts)
	}
}

func TestAComparerOfTheTeamsOwnDecides(t *testing.T) {
	c, fake := newFaked(t, client.Policy{Route: gatewaytest.Route, Shadow: 100},
		client.WithComparer("echo", func(native, other wire.Message) bool {
			return strings.EqualFold(string(native.(*kernelsv1.EchoResponse).Payload), string(other.(*kernelsv1.EchoResponse).Payload))
		}))
	for _, reply := range []string{"HELLO", "howdy"} {
		gatewaytest.Answer(fake, client.Echo, func(context.Context, *kernelsv1.EchoRequest) (*kernelsv1.EchoResponse, error) {
			return &kernelsv1.EchoResponse{Payload: []byte(reply)}, nil
		})
		echo(t, c, "hello")
		countsWhen(t, c, shadowsEnded)
	}
	if counts := countsWhen(t, c, shadowsEnded); counts.Mismatches != 1 || counts.Compared != 2 {
		t.Errorf("counted %+v, want one mismatch", counts)
	}
}

func TestAShadowIsComparedAsTheKernelStates(t *testing.T) {
	for _, test := range []struct {
		comparer, native, other string
		want                    bool
	}{
		{client.ComparerBytes, "a", "a", true}, {client.ComparerBytes, "a", "b", false},
		{client.ComparerJSON, `{"a":1,"b":[1.50,true,null]}`, "{ \"b\": [15e-1, true, null],\n\"a\": 1.0 }", true},
		{client.ComparerJSON, "{\"a\":100}\n{\"b\":0}\n", "{\"a\":1e2}\n{\"b\":-0.0}", true},
		{client.ComparerJSON, `[1e999999999999]`, `[1e999999999999]`, true},
		{client.ComparerJSON, `[1e999999999999]`, `[2e999999999999]`, false},
		{client.ComparerJSON, `[0.1]`, `[0.10000000000000000001]`, false},
		{client.ComparerJSON, `{"a":1}`, `{"a":-1}`, false}, {client.ComparerJSON, `{"a":1}`, `{"a":"1"}`, false},
		{client.ComparerJSON, `[1,2]`, `[2,1]`, false}, {client.ComparerJSON, `{"a":1}`, `{"a":1,"b":2}`, false},
		{client.ComparerJSON, `1`, `no json`, false},
		{client.ComparerApprox, "mean 0.1, n=3", "mean 0.10000000001, n=3", true},
		{client.ComparerApprox, "mean 0.1, n=3", "mean 0.1001, n=3", false},
		{client.ComparerApprox, "mean 0.1, n=3", "mean 0.1; n=3", false},
		{client.ComparerApprox, "1 2", "1 2 3", false}, {client.ComparerApprox, "-1", "1", false}, {client.ComparerApprox, "\xff1", "\xff1.0", false},
	} {
		own := &client.BytesKernel{
			Spec:        wire.KernelSpec{Name: "own", Method: wire.BytesMethod, Idempotent: true, Comparer: test.comparer},
			NewRequest:  func() *kernelsv1.BytesRequest { return new(kernelsv1.BytesRequest) },
			NewResponse: func() *kernelsv1.BytesResponse { return new(kernelsv1.BytesResponse) },
			Native: func(context.Context, *kernelsv1.BytesRequest) (*kernelsv1.BytesResponse, error) {
				return &kernelsv1.BytesResponse{Data: []byte(test.native)}, nil
			},
		}
		fake := gatewaytest.New()
		gatewaytest.Answer(fake, own, func(context.Context, *kernelsv1.BytesRequest) (*kernelsv1.BytesResponse, error) {
			return &kernelsv1.BytesResponse{Data: []byte(test.other)}, nil
		})
		c := newClient(t, client.WithChannel(gatewaytest.Channel, fake), client.WithPolicy("own", client.Policy{Route: gatewaytest.Route, Shadow: 100}))
		if _, err := client.Call(context.Background(), c, own, new(kernelsv1.BytesRequest)); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
			status, _ := c.PolicyOf("own")
			if status.Counts.Compared == 1 {
				if same := status.Counts.Mismatches == 0; same != test.want {
					t.Errorf("%s: %q and %q are the same: %t", test.comparer, test.native, test.other, same)
				}
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("nothing was compared: %+v", status)
			}
		}
	}
}

func TestTheCallerMayChangeRequestAndAnswerWhileTheShadowRuns(t *testing.T) {
	c, fake := newFaked(t, client.Policy{Route: gatewaytest.Route, Shadow: 100})
	fake.Always("echo", gatewaytest.Delay(time.Millisecond))
	for range 100 {
		request := &kernelsv1.EchoRequest{Payload: []byte("as it was")}
		response, err := c.Echo(context.Background(), request)
		if err != nil {
			t.Fatal(err)
		}
		copy(request.Payload, "changed!")
		copy(response.Payload, "changed?")
	}
	countsWhen(t, c, shadowsEnded)
	if status, _ := c.PolicyOf("echo"); status.Counts.Mismatches != 0 {
		t.Errorf("counted %+v", status.Counts)
	}
}

func TestClosingAClientEndsItsShadows(t *testing.T) {
	fake := gatewaytest.New()
	fake.AnswerNatively(client.Echo)
	fake.Always("echo", gatewaytest.Delay(time.Minute))
	c, err := client.New(client.WithChannel(gatewaytest.Channel, fake), client.WithPolicy("echo", client.Policy{Route: gatewaytest.Route, Shadow: 100}))
	if err != nil {
		t.Fatal(err)
	}
	echo(t, c, "x")
	start := time.Now()
	if err := c.Close(); err != nil || time.Since(start) > time.Second {
		t.Errorf("closing took %v: %v", time.Since(start), err)
	}
	if status, _ := c.PolicyOf("echo"); status.Counts.ShadowFailed != 0 {
		t.Error("the end of the client counts against the route")
	}
}
