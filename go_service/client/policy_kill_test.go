package client_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/clock"
	"github.com/sidecar-ipc/gateway/go_service/faults"
	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"
	"github.com/sidecar-ipc/gateway/go_service/wire"
	"github.com/sidecar-ipc/gateway/go_service/workertest"
)

func TestTheKillSwitchTakesEffectWithinATenthOfASecondWithoutAFailedCall(t *testing.T) {
	worker := workertest.Start(t, "--uds")
	c := newClient(t, client.WithWorker(worker.Endpoints), client.WithPolicy("digest", client.Policy{Route: "uds/msgpack", Percent: 100}))
	var killedNs, lastBegunNs, calls, moved, failed atomic.Uint64
	stop := make(chan struct{})
	var calling sync.WaitGroup
	for range 32 {
		calling.Go(func() {
			request := &kernelsv1.DigestRequest{Data: make([]byte, 64<<10)}
			for {
				select {
				case <-stop:
					return
				default:
				}
				var o client.Observation
				begunNs := clock.NowNs()
				_, err := c.Digest(context.Background(), request, client.WithObservation(&o))
				calls.Add(1)
				if err != nil {
					failed.Add(1)
				}
				if !o.Route.IsNative() {
					moved.Add(1)
					raise(&lastBegunNs, begunNs)
				}
			}
		})
	}
	time.Sleep(300 * time.Millisecond)
	before := moved.Load()
	killedNs.Store(clock.NowNs())
	if err := c.Kill("digest", "a test of the switch"); err != nil {
		t.Error(err)
	}
	time.Sleep(300 * time.Millisecond)
	close(stop)
	calling.Wait()
	late := time.Duration(max(lastBegunNs.Load(), killedNs.Load()) - killedNs.Load())
	fmt.Printf("kill switch: %d calls of 32 callers, %d by the worker before it, the last one begun %v after it, %d failed\n",
		calls.Load(), before, late, failed.Load())
	if before == 0 || failed.Load() > 0 || late > 100*time.Millisecond {
		t.Errorf("%d moved, %d failed, the last moved call began %v after the switch", before, failed.Load(), late)
	}
	if status, _ := c.PolicyOf("digest"); status.State != client.PolicyKilled || status.Why != "a test of the switch" {
		t.Errorf("the status is %+v", status)
	}
	var o client.Observation
	if err := c.Restore("digest"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Digest(context.Background(), new(kernelsv1.DigestRequest), client.WithObservation(&o)); err != nil || o.Route.IsNative() {
		t.Errorf("after restoring the call took %v: %v", o.Route, err)
	}
}

// raise keeps the greatest value.
func raise(highest *atomic.Uint64, value uint64) {
	for seen := highest.Load(); value > seen && !highest.CompareAndSwap(seen, value); seen = highest.Load() {
	}
}

func TestAPlainRouteCanBeKilledAndRestoredToo(t *testing.T) {
	c, fake := newFaked(t, client.Policy{}, client.WithRoute("redact", "uds/msgpack"))
	for _, test := range []struct {
		change func() error
		moved  int
	}{
		{func() error { return nil }, 1},
		{func() error { return c.Kill("redact", "why not") }, 1},
		{func() error { return c.Restore("redact") }, 2},
		{func() error { return c.SetRoute("redact", "native") }, 2},
	} {
		if err := test.change(); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Redact(context.Background(), new(kernelsv1.RedactRequest)); err != nil {
			t.Fatal(err)
		}
		if got := len(fake.Recorded("redact")); got != test.moved {
			t.Errorf("the worker got %d calls, want %d", got, test.moved)
		}
	}
}

func TestAKernelWithoutATwinHasNoWayBackAndItsPolicySaysSo(t *testing.T) {
	sleep := *faults.Sleep
	sleep.Spec.Name = "sleep_without_twin"
	client.Register(&sleep)
	c, _ := newFaked(t, client.Policy{})
	for _, policy := range []client.Policy{
		{Route: "uds/msgpack", Percent: 50}, {Route: "uds/msgpack", Percent: 100, Fallback: true},
		{Route: "uds/msgpack", Percent: 100, Rollback: client.Rollback{ErrorRate: 0.5}},
	} {
		if err := c.SetPolicy("sleep_without_twin", policy); err == nil {
			t.Errorf("%+v was taken", policy)
		}
	}
	risky := *client.Echo
	risky.Spec.Name, risky.Spec.Idempotent = "not_idempotent", false
	client.Register(&risky)
	if err := c.SetPolicy("not_idempotent", client.Policy{Route: "uds/msgpack", Shadow: 1}); err == nil {
		t.Error("a shadow of a kernel that must not be called twice was taken")
	}
	if err := c.SetPolicy("sleep_without_twin", client.Policy{Route: "uds/msgpack", Percent: 100}); err != nil {
		t.Error(err)
	}
	if c.Route("sleep_without_twin").Channel != wire.ChannelUDS {
		t.Error("the policy has no effect")
	}
}
