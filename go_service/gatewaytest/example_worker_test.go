package gatewaytest_test

import (
	"context"
	"testing"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/gatewaytest"
	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"
)

// redacts is a test as a team writes it; there it is called TestRedacts.
func redacts(t *testing.T) {
	worker := gatewaytest.Start(t)
	c := worker.Client(t, client.WithDeadline(time.Second))
	reply, err := c.Redact(context.Background(), &kernelsv1.RedactRequest{Text: []byte("from 192.0.2.7")})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(reply.Text); got != "from *********" {
		t.Errorf("got %q", got)
	}
}

// A real worker runs for as long as a test.
func ExampleStart() {
	testing.RunTests(func(_, _ string) (bool, error) { return true, nil }, []testing.InternalTest{{Name: "TestRedacts", F: redacts}})
}
