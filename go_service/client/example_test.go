package client_test

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/sidecar-ipc/gateway/go_service/client"
	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Without options every call stays in Go and needs no worker.
func ExampleClient_Redact() {
	c, err := client.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = c.Close() }()
	response, err := c.Redact(context.Background(), &kernelsv1.RedactRequest{Text: []byte("login of ada@example.org from 192.0.2.7")})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s\n", response.Text)
	// Output: login of *************** from *********
}

// A kernel moves behind a boundary, and back, by its route alone.
func ExampleWithRoute() {
	c, err := client.New(
		client.WithUDS("/run/sidecar/worker.sock"),
		client.WithRoute("digest", "uds/raw"),
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = c.Close() }()
	fmt.Println(c.Route("digest"), c.Route("redact"))
	if err := c.SetRoute("digest", "native"); err != nil {
		fmt.Println(err)
	}
	fmt.Println(c.Route("digest"))
	// Output:
	// uds/raw native
	// native
}

// Every route fails with the same kind of error.
func ExampleClient_Digest_errors() {
	c, err := client.New(client.WithUDS("/nowhere/worker.sock"), client.WithRoute("", "uds/msgpack"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = c.Close() }()
	_, err = c.Digest(context.Background(), &kernelsv1.DigestRequest{Data: []byte("abc")})
	fmt.Println(errors.Is(err, wire.ErrNoWorker), status.Code(err) == codes.Unavailable)
	var failure *wire.Error
	if errors.As(err, &failure) {
		fmt.Println(failure.Kernel, failure.Route, failure.Executed, failure.Retryable())
	}
	// Output:
	// true true
	// digest uds/msgpack no true
}

// Stamps say where the time of one call went.
func ExampleWithStamps() {
	c, err := client.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = c.Close() }()
	var o client.Observation
	if _, err = c.Spin(context.Background(), &kernelsv1.SpinRequest{Steps: 100_000}, client.WithStamps(&o)); err != nil {
		fmt.Println(err)
		return
	}
	compute, taken := o.Stamps.StageNs(wire.StageCompute)
	fmt.Println(o.Route, taken, compute > 0, o.EndToEndNs() >= compute)
	// Output: native true true true
}

// A kernel of your own is a Kernel with your messages; Lookup finds it by name once it is registered.
func ExampleCall() {
	reverse := &client.Kernel[*kernelsv1.EchoRequest, *kernelsv1.EchoResponse]{
		Spec:        wire.KernelSpec{Name: "reverse", Idempotent: true},
		NewRequest:  func() *kernelsv1.EchoRequest { return new(kernelsv1.EchoRequest) },
		NewResponse: func() *kernelsv1.EchoResponse { return new(kernelsv1.EchoResponse) },
		Native: func(_ context.Context, request *kernelsv1.EchoRequest) (*kernelsv1.EchoResponse, error) {
			reversed := make([]byte, 0, len(request.Payload))
			for i := len(request.Payload) - 1; i >= 0; i-- {
				reversed = append(reversed, request.Payload[i])
			}
			return &kernelsv1.EchoResponse{Payload: reversed}, nil
		},
	}
	c, err := client.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = c.Close() }()
	response, err := client.Call(context.Background(), c, reverse, &kernelsv1.EchoRequest{Payload: []byte("stressed")})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s\n", response.Payload)
	// Output: desserts
}
