package client_test

import (
	"context"
	"fmt"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/gatewaytest"
	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"
)

// A kernel is moved for a tenth of its callers, watched, and taken back at once.
func ExampleClient_SetPolicy() {
	fake := gatewaytest.New() // in a worker's place
	fake.AnswerNatively(client.Redact)
	c, err := client.New(fake.Options()...)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = c.Close() }()
	err = c.SetPolicy("redact", client.Policy{
		Route: "uds/msgpack", Percent: 10, Fallback: true,
		Rollback: client.Rollback{Window: 10 * time.Second, ErrorRate: 0.01, P99: 5 * time.Millisecond},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	redact := func(tenant string) {
		var seen client.Observation
		request := &kernelsv1.RedactRequest{Text: []byte("from 192.0.2.7")}
		if _, err := c.Redact(context.Background(), request, client.WithKey(tenant), client.WithObservation(&seen)); err != nil {
			fmt.Println(err)
		}
		fmt.Println(tenant, seen.Route)
	}
	redact("tenant-1")
	redact("tenant-6")
	if err := c.Kill("redact", "p99 doubled"); err != nil {
		fmt.Println(err)
	}
	redact("tenant-6")
	status, _ := c.PolicyOf("redact")
	fmt.Println(status.State, status.Why, status.Counts.Moved)
	// Output:
	// tenant-1 native
	// tenant-6 uds/msgpack
	// tenant-6 native
	// killed p99 doubled 1
}
