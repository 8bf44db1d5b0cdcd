package load

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/sidecar-ipc/gateway/go_service/clock"
	benchv1 "github.com/sidecar-ipc/gateway/go_service/gen/bench/v1"
)

// flow is one traffic in one ride: an open loop of requests over connections that are kept alive.
type flow struct {
	traffic  *traffic
	address  string
	duration time.Duration
	timeout  time.Duration
	rate     float64
	seed     uint64
	stream   uint64
	order    []uint32

	rendered [][]byte
	riders   []*rider
	times    *histogram
	next     atomic.Uint64 // requests begun
	table    arrivals
	startNs  uint64
}

// rider is one connection with what came over it.
type rider struct {
	line         httpLine
	requests     uint64
	failures     map[uint32]uint64
	requestBytes uint64
	replyBytes   uint64
	lastNs       uint64
}

// stand does beforehand what no request shall wait for: all are drawn and written out, every connection is open. One
// that can't be is tried again by the request that needs it, whose failure then counts.
func (f *flow) stand() {
	f.rendered = f.traffic.rendered(f.address)
	f.table = newArrivals(f.rate, int64(f.duration), f.seed, f.stream)
	for n := range f.riders {
		f.riders[n] = &rider{line: httpLine{address: f.address}, failures: map[uint32]uint64{}}
		_ = f.riders[n].line.dial(time.Now().Add(f.timeout))
	}
}

func (f *flow) leave() {
	for _, r := range f.riders {
		r.line.close()
	}
}

// run makes the requests that are due from startNs on.
func (f *flow) run(ctx context.Context, startNs uint64) error {
	bell, err := newAlarm(ctx)
	if err != nil {
		return status.Error(codes.Internal, err.Error())
	}
	defer bell.close()
	f.startNs, f.table.startNs = startNs, int64(startNs)
	due := make(chan int64)
	var riding sync.WaitGroup
	for _, r := range f.riders {
		riding.Go(func() { f.ride(r, due) })
	}
	pace(ctx, bell, f.table, due)
	riding.Wait()
	return status.FromContextError(ctx.Err()).Err()
}

// ride makes a request for each start that it receives; the time counts from when that was intended.
func (f *flow) ride(r *rider, due <-chan int64) {
	for intended := range due {
		index := f.order[(f.next.Add(1)-1)%uint64(len(f.order))]
		code, received, err := r.line.exchange(f.traffic.requests[index].method, f.rendered[index], f.timeout)
		r.lastNs = clock.NowNs()
		if err != nil || !answeredWell(code) {
			r.failures[uint32(code)]++
			continue
		}
		f.times.record(int64(r.lastNs) - intended)
		r.requests++
		r.requestBytes += uint64(len(f.traffic.requests[index].body))
		r.replyBytes += uint64(received)
	}
}

// sum puts together what came over all connections.
func (f *flow) sum() *benchv1.TrafficResult {
	result := &benchv1.TrafficResult{
		Due: uint64(len(f.table.offsetsNs)), StartNs: f.startNs, EndNs: f.startNs, Failures: map[uint32]uint64{},
	}
	for _, r := range f.riders {
		result.Requests += r.requests
		result.RequestBytes += r.requestBytes
		result.ReplyBytes += r.replyBytes
		result.EndNs = max(result.EndNs, r.lastNs)
		for code, count := range r.failures {
			result.Failures[code] += count
		}
	}
	result.BucketValues, result.BucketCounts = f.times.buckets()
	return result
}
