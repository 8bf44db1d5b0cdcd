package gatewaytest_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/gatewaytest"
	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// A team's code is tested without a worker: the fake answers as scripted, and shows what it was asked.
func Example() {
	fake := gatewaytest.New()
	fake.AnswerNatively(client.Redact)
	fake.Next("redact", gatewaytest.Fail(wire.ReasonQueueFull), gatewaytest.Delay(time.Millisecond))
	c, err := client.New(append(fake.Options(), client.WithRetries(1))...)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = c.Close() }()
	response, err := c.Redact(context.Background(), &kernelsv1.RedactRequest{Text: []byte("from 192.0.2.7")})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s\n", response.Text)
	for _, call := range fake.Recorded("redact") {
		fmt.Println(call.Kernel, call.Failure != nil, len(call.Request.(*kernelsv1.RedactRequest).Text))
	}
	// Output:
	// from *********
	// redact true 14
	// redact false 14
}

func call(c *client.Client) error {
	_, err := c.Echo(context.Background(), &kernelsv1.EchoRequest{Payload: []byte("x")})
	return err
}

func TestStepsComeInTheirOrderAndThenTheStandingOne(t *testing.T) {
	fake := gatewaytest.New()
	fake.AnswerNatively(client.Echo)
	c := newClient(t, fake.Options()...)
	fake.Always("", gatewaytest.Fail(wire.ReasonDraining))
	fake.Always("echo", gatewaytest.Fail(wire.ReasonNoWorker))
	fake.Next("echo", gatewaytest.Panic(), gatewaytest.Step{}, gatewaytest.Fail(wire.ReasonWorkerDied))
	for n, want := range []error{wire.ErrKernelPanicked, nil, wire.ErrWorkerDied, wire.ErrNoWorker, wire.ErrNoWorker} {
		if err := call(c); !errors.Is(err, want) {
			t.Errorf("call %d: %v, want %v", n, err, want)
		}
	}
	fake.Always("echo", gatewaytest.Step{})
	if err := call(c); err != nil {
		t.Errorf("after the standing step was lifted: %v", err)
	}
	if got := len(fake.Recorded("echo")); got != 6 {
		t.Errorf("%d calls are recorded, want 6", got)
	}
	fake.Forget()
	if got := len(fake.Recorded("")); got != 0 {
		t.Errorf("%d calls are left", got)
	}
}

func TestAStatedFailureKeepsItsRetryAfterAndIsFreshForEveryCall(t *testing.T) {
	fake := gatewaytest.New()
	fake.AnswerNatively(client.Echo)
	failure := wire.Fail(wire.ReasonQueueFull, "")
	failure.RetryAfter = 30 * time.Millisecond
	fake.Always("echo", gatewaytest.Step{Failure: failure})
	c := newClient(t, fake.Options()...)
	for range 2 {
		var got *wire.Error
		if err := call(c); !errors.As(err, &got) || got.RetryAfter != failure.RetryAfter || got == failure || got.Kernel != "echo" {
			t.Errorf("got %+v", got)
		}
	}
	if failure.Kernel != "" {
		t.Error("the test's own error was written to")
	}
}

func TestAnAnswerThatIgnoresItsContextDoesNotHoldTheCallerAndIsWaitedForAtTheEnd(t *testing.T) {
	fake, ended := gatewaytest.New(), false
	gatewaytest.Answer(fake, client.Echo, func(context.Context, *kernelsv1.EchoRequest) (*kernelsv1.EchoResponse, error) {
		time.Sleep(200 * time.Millisecond)
		ended = true
		return new(kernelsv1.EchoResponse), nil
	})
	c, err := client.New(append(fake.Options(), client.WithDeadline(10*time.Millisecond))...)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := call(c); !errors.Is(err, wire.ErrDeadline) || time.Since(start) > 150*time.Millisecond {
		t.Errorf("%v after %v", err, time.Since(start))
	}
	if err := c.Close(); err != nil || !ended {
		t.Errorf("closed before the answer ended: %v", err)
	}
	if err := call(c); !errors.Is(err, wire.ErrNoWorker) {
		t.Errorf("a call of a closed client: %v", err)
	}
}

func TestManyCallersShareOneFake(t *testing.T) {
	fake := gatewaytest.New()
	fake.AnswerNatively(client.Echo)
	c := newClient(t, fake.Options()...)
	var calling sync.WaitGroup
	for range 8 {
		calling.Go(func() {
			for range 200 {
				if err := call(c); err != nil {
					t.Error(err)
				}
			}
		})
	}
	calling.Wait()
	if got := len(fake.Recorded("echo")); got != 1600 {
		t.Errorf("%d calls are recorded", got)
	}
}

func TestARequestWithoutAVectorIsSeen(t *testing.T) {
	fake := gatewaytest.New()
	fake.AnswerFromVectors(t, client.Digest)
	c := newClient(t, fake.Options()...)
	if _, err := c.Digest(context.Background(), &kernelsv1.DigestRequest{Data: []byte("in no vector at all")}); !errors.Is(err, wire.ErrInternalError) {
		t.Errorf("got %v", err)
	}
}
