package channel_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sidecar-ipc/gateway/go_service/client"
	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"
	"github.com/sidecar-ipc/gateway/go_service/wire"
	"github.com/sidecar-ipc/gateway/go_service/workertest"
)

// mostInFlight is below what a worker holds of unfinished requests of one connection.
const mostInFlight = 32 << 20

// BenchmarkEcho prices the boundary: the null kernel by every route of this build, by one caller and by 64.
func BenchmarkEcho(b *testing.B) {
	worker := workertest.Start(b)
	c, err := client.New(client.WithWorker(worker.Endpoints))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	for _, route := range wire.Routes() {
		if c.Available(client.Echo, route) != nil {
			continue
		}
		for _, callers := range []int{1, 64} {
			for _, size := range []int{64, 4 << 10, 64 << 10, 1 << 20} {
				if size*callers > mostInFlight {
					continue
				}
				b.Run(fmt.Sprintf("%s/%d/x%d", route, size, callers), func(b *testing.B) { echoes(b, c, route, size, callers) })
			}
		}
	}
}

// echoes shares b.N calls among callers; a nanosecond figure is wall time over calls.
func echoes(b *testing.B, c *client.Client, route wire.Route, size, callers int) {
	b.ReportAllocs()
	b.SetBytes(int64(2 * size))
	request := &kernelsv1.EchoRequest{Payload: make([]byte, size)}
	var made atomic.Int64
	var group sync.WaitGroup
	for range callers {
		group.Go(func() {
			var memory client.Buffer
			for made.Add(1) <= int64(b.N) {
				response, err := c.Echo(context.Background(), request, client.Via(route), client.WithBuffer(&memory))
				if err != nil || len(response.Payload) != size {
					b.Errorf("%d bytes came back: %v", len(response.GetPayload()), err)
					return
				}
			}
		})
	}
	group.Wait()
}
