package channel_test

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sidecar-ipc/gateway/go_service/channel"
	"github.com/sidecar-ipc/gateway/go_service/client"
	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"
	"github.com/sidecar-ipc/gateway/go_service/wire"
	"github.com/sidecar-ipc/gateway/go_service/workertest"
)

var _ = channel.Open
var _ net.Conn

func BenchmarkEcho(b *testing.B) {
	worker := workertest.Start(b)
	c, err := client.New(client.WithWorker(worker.Endpoints))
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	for _, name := range []string{"uds/raw", "uds/msgpack", "grpc-uds/protobuf", "grpc-tcp/protobuf"} {
		route, _ := wire.ParseRoute(name)
		if c.Available(client.Echo, route) != nil {
			continue
		}
		for _, callers := range []int{1, 64} {
			for _, size := range []int{64, 4096, 65536, 1 << 20} {
				if callers > 1 && size > 65536 {
					continue
				}
				b.Run(fmt.Sprintf("%s/%d/x%d", name, size, callers), func(b *testing.B) {
					echoes(b, c, route, size, callers)
				})
			}
		}
	}
}

func echoes(b *testing.B, c *client.Client, route wire.Route, size, callers int) {
	b.ReportAllocs()
	ctx := context.Background()
	request := &kernelsv1.EchoRequest{Payload: make([]byte, size)}
	var left atomic.Int64
	left.Store(int64(b.N))
	var group sync.WaitGroup
	for range callers {
		group.Go(func() {
			var buffer client.Buffer
			for left.Add(-1) >= 0 {
				response, err := c.Echo(ctx, request, client.Via(route), client.WithBuffer(&buffer))
				if err != nil {
					b.Error(err)
					return
				}
				if len(response.Payload) != size {
					b.Errorf("%d bytes", len(response.Payload))
				}
			}
		})
	}
	group.Wait()
}
