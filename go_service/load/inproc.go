package load

import (
	"context"
	"sync"

	"github.com/sidecar-ipc/gateway/go_service/channel"
	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/clock"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// inprocInitNs is the time of this process's first crossing into the library, with the look-up of its kernels, in ns; 0
// without the library. Whoever asks first measures it, so NewDriver does before any channel is opened.
var inprocInitNs = sync.OnceValue(func() uint64 {
	if !channel.Registered(wire.ChannelCgo) {
		return 0
	}
	start := clock.NowNs()
	library, err := channel.Open(wire.ChannelCgo, channel.Options{})
	if err != nil {
		return 0 // the client, which opens it too, says why
	}
	defer func() { _ = library.Close() }()
	// No kernel has this name: the library looks it up, and nothing runs.
	_ = library.Call(context.Background(), &channel.Call{Codec: wire.CodecProtobuf}, &channel.Reply{})
	return clock.NowNs() - start
})

// firstCalls has the time of each kernel's first call in process, with all that it loads then, in ns by name.
type firstCalls struct {
	mu sync.Mutex
	ns map[string]uint64
}

func newFirstCalls() *firstCalls { return &firstCalls{ns: map[string]uint64{}} }

// of gives it; 0 until one was made.
func (f *firstCalls) of(kernel string) uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ns[kernel]
}

// make makes it, before any other by a route in process. A kernel whose runs count is left alone.
func (f *firstCalls) make(s *scenario, c *client.Client, route wire.Route) {
	spec := s.kernel.Description()
	if route.Placement() != wire.PlacementInproc || !spec.Idempotent {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ns[spec.Name] > 0 {
		return
	}
	bounded, cancel := context.WithTimeout(context.Background(), sizingTimeout)
	defer cancel()
	start := clock.NowNs()
	_, _ = s.kernel.CallAny(bounded, c, s.requests[0], client.Via(route)) // an error will come again, where it is told
	f.ns[spec.Name] = clock.NowNs() - start
}
