package client_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/gatewaytest"
	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// stepping is a clock that a test moves.
type stepping struct{ ns atomic.Uint64 }

func (s *stepping) now() uint64                   { return s.ns.Load() }
func (s *stepping) pass(d time.Duration)          { s.ns.Add(uint64(d)) }
func (s *stepping) since(ns uint64) time.Duration { return time.Duration(s.ns.Load() - ns) }

// watched has a bound on everything.
var watched = client.Policy{Route: gatewaytest.Route, Percent: 50, Shadow: 100, Rollback: client.Rollback{
	Window: 10 * time.Second, MinCalls: 50, ErrorRate: 0.02, MismatchRate: 0.02, P99: 20 * time.Millisecond,
}}

// drive makes calls 10 ms apart until echo is not in the active state, at most for a while.
func drive(t *testing.T, c *client.Client, clock *stepping, lasting time.Duration) time.Duration {
	t.Helper()
	from := clock.now()
	for clock.since(from) < lasting {
		clock.pass(10 * time.Millisecond)
		_, _ = c.Echo(context.Background(), &kernelsv1.EchoRequest{Payload: []byte("x")})
		countsWhen(t, c, shadowsEnded) // or the clock would move inside them
		if status, _ := c.PolicyOf("echo"); status.State != client.PolicyActive {
			return clock.since(from)
		}
	}
	return 0
}

func TestAPlantedFaultRollsAKernelBackWithinOneWindowAndSaysWhy(t *testing.T) {
	for _, test := range []struct {
		measure client.Measure
		plant   func(fake *gatewaytest.Fake, clock *stepping)
	}{
		{client.MeasureErrorRate, func(fake *gatewaytest.Fake, _ *stepping) {
			fake.Always("echo", gatewaytest.Fail(wire.ReasonWorkerDied))
		}},
		{client.MeasureP99, func(fake *gatewaytest.Fake, clock *stepping) {
			gatewaytest.Answer(fake, client.Echo, func(_ context.Context, request *kernelsv1.EchoRequest) (*kernelsv1.EchoResponse, error) {
				clock.pass(30 * time.Millisecond)
				return &kernelsv1.EchoResponse{Payload: request.Payload}, nil
			})
		}},
		{client.MeasureMismatchRate, func(fake *gatewaytest.Fake, _ *stepping) {
			gatewaytest.Answer(fake, client.Echo, func(context.Context, *kernelsv1.EchoRequest) (*kernelsv1.EchoResponse, error) {
				return new(kernelsv1.EchoResponse), nil
			})
		}},
	} {
		t.Run(string(test.measure), func(t *testing.T) {
			clock, told := new(stepping), make(chan client.RolledBack, 10)
			c, fake := newFaked(t, watched, client.WithClock(clock.now), client.WithRollbackHandler(func(event client.RolledBack) { told <- event }))
			if took := drive(t, c, clock, 30*time.Second); took > 0 {
				t.Fatalf("clean traffic was rolled back after %v", took)
			}
			test.plant(fake, clock)
			took := drive(t, c, clock, 3*watched.Rollback.Window)
			if took == 0 || took > watched.Rollback.Window {
				t.Fatalf("rolled back after %v, want at most %v", took, watched.Rollback.Window)
			}
			event := <-told
			if event.Kernel != "echo" || event.Route != gatewaytest.Route || event.Measure != test.measure || event.Value() <= event.Bound || event.Calls < 50 {
				t.Errorf("told %+v", event)
			}
			fake.Forget()
			if took := drive(t, c, clock, time.Hour/100); took > 10*time.Millisecond || len(fake.Recorded("")) != 0 || len(told) != 0 {
				t.Errorf("after the rollback the route got %d calls, and %d more rollbacks were told", len(fake.Recorded("")), len(told))
			}
			status, _ := c.PolicyOf("echo")
			if status.State != client.PolicyRolledBack || !strings.Contains(status.Why, "window of 10s") || status.Counts.Rollbacks[test.measure] != 1 {
				t.Errorf("the status is %+v", status)
			}
			fake.Always("echo", gatewaytest.Step{})
			if err := c.SetPolicy("echo", client.Policy{Route: gatewaytest.Route, Percent: 100}); err != nil || takes(t, c).IsNative() {
				t.Errorf("setting the policy again does not lift the rollback: %v", err)
			}
		})
	}
}

func TestTheCallersOwnErrorsDoNotCountAgainstTheRoute(t *testing.T) {
	for reason, want := range map[wire.Reason]client.PolicyState{
		wire.ReasonInvalidInput: client.PolicyActive, wire.ReasonCallerCancelled: client.PolicyActive, wire.ReasonMalformedHeader: client.PolicyActive,
		wire.ReasonDeadline: client.PolicyRolledBack, wire.ReasonQueueFull: client.PolicyRolledBack, wire.ReasonKernelPanicked: client.PolicyRolledBack,
		wire.ReasonMalformedPayload: client.PolicyRolledBack, wire.ReasonRequestTooLarge: client.PolicyRolledBack,
	} {
		clock := new(stepping)
		c, fake := newFaked(t, client.Policy{Route: gatewaytest.Route, Percent: 100, Rollback: client.Rollback{ErrorRate: 0.02}},
			client.WithClock(clock.now), client.WithRollbackHandler(func(client.RolledBack) {}))
		fake.Always("echo", gatewaytest.Fail(reason))
		drive(t, c, clock, 10*time.Second)
		if status, _ := c.PolicyOf("echo"); status.State != want {
			t.Errorf("after ten seconds of %s the policy is %s", reason, status.State)
		}
	}
}

func TestARollbackIsLoggedWithoutAHandler(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&log, nil)))
	defer slog.SetDefault(before)
	clock := new(stepping)
	c, fake := newFaked(t, client.Policy{Route: gatewaytest.Route, Percent: 100, Rollback: client.Rollback{ErrorRate: 0.02}}, client.WithClock(clock.now))
	fake.Always("echo", gatewaytest.Fail(wire.ReasonDraining))
	drive(t, c, clock, 10*time.Second)
	for _, part := range []string{`"kernel":"echo"`, `"route":"uds/msgpack"`, `"measure":"error_rate"`, `"window":10000000000`} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("the log has no %s: %s", part, &log)
		}
	}
}

func TestManyCallersSeeOneRollback(t *testing.T) {
	var told atomic.Int64
	clock := new(stepping)
	c, fake := newFaked(t, client.Policy{Route: gatewaytest.Route, Percent: 100, Rollback: client.Rollback{ErrorRate: 0.1}},
		client.WithClock(clock.now), client.WithRollbackHandler(func(client.RolledBack) { told.Add(1) }))
	fake.Always("echo", gatewaytest.Fail(wire.ReasonNoWorker))
	var calling sync.WaitGroup
	for range 16 {
		calling.Go(func() {
			for range 500 {
				clock.pass(time.Millisecond)
				_, _ = c.Echo(context.Background(), new(kernelsv1.EchoRequest))
			}
		})
	}
	calling.Wait()
	if status, _ := c.PolicyOf("echo"); told.Load() != 1 || status.State != client.PolicyRolledBack || status.Version != 2 {
		t.Errorf("%d rollbacks were told; %+v", told.Load(), status)
	}
}

func TestNativeAnswersForARouteThatFailsWhereThatIsSafe(t *testing.T) {
	risky := *client.Echo
	risky.Spec.Name, risky.Spec.Idempotent, risky.Spec.FallbackSafe = "risky", false, false
	for _, test := range []struct {
		name   string
		kernel *client.Kernel[*kernelsv1.EchoRequest, *kernelsv1.EchoResponse]
		policy client.Policy
		reason wire.Reason
		want   error
	}{
		{"a safe kernel, nothing executed", client.Echo, client.Policy{Fallback: true}, wire.ReasonNoWorker, nil},
		{"a safe kernel, overloaded", client.Echo, client.Policy{Fallback: true}, wire.ReasonQueueFull, nil},
		{"a safe idempotent kernel, perhaps executed", client.Echo, client.Policy{Fallback: true}, wire.ReasonWorkerDied, nil},
		{"a safe idempotent kernel, panicked", client.Echo, client.Policy{Fallback: true}, wire.ReasonKernelPanicked, nil},
		{"the caller's own error", client.Echo, client.Policy{Fallback: true, Fail: client.FailOpen}, wire.ReasonInvalidInput, wire.ErrInvalidInput},
		{"no time left", client.Echo, client.Policy{Fallback: true, Fail: client.FailOpen}, wire.ReasonDeadline, wire.ErrDeadline},
		{"without fallback", client.Echo, client.Policy{}, wire.ReasonNoWorker, wire.ErrNoWorker},
		{"without fallback, open", client.Echo, client.Policy{Fail: client.FailOpen}, wire.ReasonNoWorker, nil},
		{"an unsafe kernel, closed", &risky, client.Policy{Fallback: true, Fail: client.FailClosed}, wire.ReasonNoWorker, wire.ErrNoWorker},
		{"an unsafe kernel, open, not executed", &risky, client.Policy{Fallback: true, Fail: client.FailOpen}, wire.ReasonNoWorker, nil},
		{"an unsafe kernel, open, perhaps executed", &risky, client.Policy{Fallback: true, Fail: client.FailOpen}, wire.ReasonWorkerDied, wire.ErrWorkerDied},
	} {
		t.Run(test.name, func(t *testing.T) {
			fake := gatewaytest.New()
			fake.AnswerNatively(test.kernel)
			fake.Always("", gatewaytest.Fail(test.reason))
			test.policy.Route, test.policy.Percent = gatewaytest.Route, 100
			name := test.kernel.Spec.Name
			c := newClient(t, client.WithChannel(gatewaytest.Channel, fake), client.WithPolicy(name, test.policy))
			var o client.Observation
			_, err := client.Call(context.Background(), c, test.kernel, new(kernelsv1.EchoRequest), client.WithObservation(&o))
			if !errors.Is(err, test.want) || (err == nil) != o.Route.IsNative() {
				t.Errorf("by %s: %v, want %v", o.Route, err, test.want)
			}
			if status, _ := c.PolicyOf(name); (status.Counts.Fallbacks == 1) != (test.want == nil) {
				t.Errorf("counted %+v", status.Counts)
			}
		})
	}
}
