package load

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// scenario is a kernel with requests that were decoded once, so that a timed call begins at the public client.
type scenario struct {
	name     string
	kernel   client.AnyKernel
	requests []wire.Message

	mu    sync.Mutex
	sizes map[wire.Route][]size
}

// size is a request's and its response's length as a route's codec encodes them; 0 on native routes.
type size struct{ request, reply uint64 }

func newScenario(name, kernelName string, encoded [][]byte) (*scenario, error) {
	kernel, err := client.Lookup(kernelName)
	if err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "scenario %s: %v", name, err)
	}
	if len(encoded) == 0 {
		return nil, status.Errorf(codes.InvalidArgument, "scenario %s: it has no requests; load at least one", name)
	}
	s := &scenario{name: name, kernel: kernel, requests: make([]wire.Message, len(encoded)), sizes: map[wire.Route][]size{}}
	for index, bytes := range encoded {
		s.requests[index] = kernel.EmptyRequest()
		if err := proto.Unmarshal(bytes, s.requests[index]); err != nil {
			return nil, status.Errorf(codes.InvalidArgument, "scenario %s: request %d is no protobuf of kernel %s", name, index, kernelName)
		}
	}
	return s, nil
}

// order is a shuffled walk through the requests that the seed decides.
func (s *scenario) order(seed uint64) []uint32 {
	order := make([]uint32, len(s.requests))
	for index := range order {
		order[index] = uint32(index)
	}
	random := rand.New(rand.NewPCG(seed, orderStream))
	random.Shuffle(len(order), func(a, b int) { order[a], order[b] = order[b], order[a] })
	return order
}

// sizesBy learns how large the payloads of a route are by calling each request once, the first time only: in a block
// nothing but the calls is done. A request that fails counts nothing.
func (s *scenario) sizesBy(ctx context.Context, c *client.Client, route wire.Route) []size {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, ok := s.sizes[route]; ok {
		return known
	}
	learnt, complete := make([]size, len(s.requests)), true
	if !route.IsNative() {
		for index := range s.requests {
			learnt[index], complete = s.sizeBy(ctx, c, route, index, complete)
		}
	}
	if complete {
		s.sizes[route] = learnt
	}
	return learnt
}

// sizingTimeout bounds each call that only learns a size.
const sizingTimeout = 10 * time.Second

func (s *scenario) sizeBy(ctx context.Context, c *client.Client, route wire.Route, index int, complete bool) (size, bool) {
	bounded, cancel := context.WithTimeout(ctx, sizingTimeout)
	defer cancel()
	var seen client.Observation
	_, err := s.kernel.CallAny(bounded, c, s.requests[index], client.Via(route), client.WithObservation(&seen))
	if err != nil {
		return size{}, false
	}
	return size{request: uint64(seen.RequestBytes), reply: uint64(seen.ReplyBytes)}, complete
}
