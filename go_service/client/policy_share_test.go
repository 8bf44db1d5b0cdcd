package client_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/gatewaytest"
	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// newFaked is a client whose worker is a fake with the Go twins, and the policy for echo.
func newFaked(t *testing.T, policy client.Policy, options ...client.Option) (*client.Client, *gatewaytest.Fake) {
	t.Helper()
	fake := gatewaytest.New()
	fake.AnswerNatively(client.Echo, client.Redact, client.Digest)
	options = append(options, client.WithChannel(gatewaytest.Channel, fake), client.WithPolicy("echo", policy))
	return newClient(t, options...), fake
}

// takes says which route an echo took.
func takes(t *testing.T, c *client.Client, options ...client.CallOption) wire.Route {
	t.Helper()
	var o client.Observation
	if _, err := c.Echo(context.Background(), new(kernelsv1.EchoRequest), append(options, client.WithObservation(&o))...); err != nil {
		t.Fatal(err)
	}
	return o.Route
}

func TestACanaryOfTenPercentIsTenPercentOfTheCalls(t *testing.T) {
	const calls = 100_000
	c, fake := newFaked(t, client.Policy{Route: gatewaytest.Route, Percent: 10})
	for name, key := range map[string]func(n int) []client.CallOption{
		"without keys": func(int) []client.CallOption { return nil },
		"with a key a caller": func(n int) []client.CallOption {
			return []client.CallOption{client.WithKey(fmt.Sprintf("account-%d", n))}
		},
	} {
		fake.Forget()
		for n := range calls {
			takes(t, c, key(n)...)
		}
		moved := 100 * float64(len(fake.Recorded("echo"))) / calls
		fmt.Printf("canary %s: %.3f %% of %d calls\n", name, moved, calls)
		if math.Abs(moved-10) > 0.5 {
			t.Errorf("%s %v %% of the calls are moved, want 10 ± 0.5", name, moved)
		}
	}
	if counts := c.Policies()[0].Counts; counts.Moved+counts.Native != 2*calls || counts.Moved < 2*9_500 {
		t.Errorf("counted %+v", counts)
	}
}

func TestAKeyGoesOneWayAndACanaryOnlyGrows(t *testing.T) {
	const keys = 2_000
	c, _ := newFaked(t, client.Policy{})
	before := map[string]bool{}
	for _, percent := range []float64{0, 1, 10, 20, 50, 99.9, 100} {
		if err := c.SetPolicy("echo", client.Policy{Route: gatewaytest.Route, Percent: percent}); err != nil {
			t.Fatal(err)
		}
		for n := range keys {
			key := fmt.Sprintf("tenant/%d", n)
			moved := !takes(t, c, client.WithKey(key)).IsNative()
			if again := !takes(t, c, client.WithKey(key)).IsNative(); again != moved {
				t.Fatalf("%s goes two ways at %v %%", key, percent)
			}
			if before[key] && !moved {
				t.Fatalf("%s was moved at a lower percentage and is not at %v %%", key, percent)
			}
			before[key] = moved
			if percent == 0 && moved || percent == 100 && !moved {
				t.Fatalf("at %v %% %s is moved: %t", percent, key, moved)
			}
		}
	}
}

func TestTheSameKeyIsInDifferentCanariesOfDifferentKernels(t *testing.T) {
	both := 0
	for n := range 10_000 {
		key := fmt.Sprint(n)
		if client.PlaceOf("echo", key) < math.MaxUint64/10 && client.PlaceOf("redact", key) < math.MaxUint64/10 {
			both++
		}
	}
	if both < 50 || both > 150 {
		t.Errorf("%d of 10,000 keys are in both canaries of 10 %%, want about 100", both)
	}
}

func TestAKeysPlaceIsTheSameInEveryVersion(t *testing.T) {
	for key, want := range map[string]uint64{"": 0x5b4ed6111e5a286a, "tenant-7": 0x25bb158be749dc1f, "ключ\x00\xff": 0x27e7f514c7d59e4e} {
		if got := client.PlaceOf("redact", key); got != want {
			t.Errorf("%q has place %#x, want %#x: callers would change sides with this version", key, got, want)
		}
	}
}

func TestViaTakesItsRouteWhateverThePolicySays(t *testing.T) {
	c, fake := newFaked(t, client.Policy{Route: gatewaytest.Route, Percent: 100})
	if route := takes(t, c, client.Via(wire.Native)); route != wire.Native || len(fake.Recorded("")) != 0 {
		t.Errorf("the call took %v", route)
	}
}

func TestAPolicyThatCanNotBeIsRefusedByItsFieldAndChangesNothing(t *testing.T) {
	c, _ := newFaked(t, client.Policy{Route: gatewaytest.Route, Percent: 100})
	for _, test := range []struct {
		field  string
		policy client.Policy
	}{
		{"route", client.Policy{Route: "pigeon/raw"}},
		{"route", client.Policy{Route: "grpc-tcp/protobuf"}},
		{"percent", client.Policy{Percent: 100.5}},
		{"percent", client.Policy{Percent: -1}},
		{"percent", client.Policy{Percent: math.NaN()}},
		{"shadow", client.Policy{Shadow: math.Inf(1)}},
		{"fail", client.Policy{Fail: "ajar"}},
		{"rollback.error_rate", client.Policy{Rollback: client.Rollback{ErrorRate: 1}}},
		{"rollback.window", client.Policy{Rollback: client.Rollback{Window: 1, ErrorRate: 0.1}}},
		{"rollback.window", client.Policy{Rollback: client.Rollback{Window: 1e9}}},
		{"rollback.min_calls", client.Policy{Rollback: client.Rollback{MinCalls: -1, ErrorRate: 0.1}}},
		{"rollback.mismatch_rate", client.Policy{Rollback: client.Rollback{MismatchRate: 0.1}}},
		{"rollback.p99", client.Policy{Rollback: client.Rollback{P99: -1}}},
		{"rollback.p99", client.Policy{Rollback: client.Rollback{P99: time.Second, Window: 3 * time.Second}}},
	} {
		var refused *client.FieldError
		if err := c.SetPolicy("echo", test.policy); !errors.As(err, &refused) || refused.Field != test.field {
			t.Errorf("%+v: %v, want field %s", test.policy, err, test.field)
		}
	}
	if err := c.SetPolicy("", client.Policy{}); err == nil {
		t.Error("a policy of no kernel was taken")
	}
	if status, _ := c.PolicyOf("echo"); status.Version != 1 || takes(t, c).IsNative() {
		t.Errorf("a refused policy changed something: %+v", status)
	}
}
