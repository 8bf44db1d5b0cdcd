package load

import (
	"context"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/clock"
	benchv1 "github.com/sidecar-ipc/gateway/go_service/gen/bench/v1"
	"github.com/sidecar-ipc/gateway/go_service/reference"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// block is one stretch of equal calls: the unit that is measured.
type block struct {
	scenario  *scenario
	placement wire.Placement
	mode      benchv1.Mode

	// A route is called by the public client.
	client *client.Client
	route  wire.Route
	// A reference is called by an echo a caller instead.
	echoes   []reference.Echo
	payloads [][]byte

	callers  int
	seed     uint64
	batch    uint64 // calls between two clock reads
	timeout  time.Duration
	duration time.Duration // 0: only maxCalls ends it
	maxCalls uint64        // 0: only duration ends it
	rate     float64       // calls a second; 0 is a closed loop

	order []uint32
	sizes []size
	kept  *reservoir
	times []*histogram

	stopped atomic.Bool
	claimed atomic.Uint64
	startNs uint64
	untilNs uint64
}

// Bounds of what a block may ask for.
const (
	maxCallers    = 4096
	maxHistograms = 64 // some hundred KiB each; further callers share
	maxReservoir  = 10_000
	maxProcs      = 1024
)

// newBlock checks what was asked for.
func newBlock(request *benchv1.MeasureRequest, of *scenario, placement wire.Placement) (*block, error) {
	for _, refusal := range []struct {
		wrong bool
		text  string
	}{
		{request.Callers == 0 || request.Callers > maxCallers, "callers must be from 1 to 4,096"},
		{request.DurationNs == 0 && request.MaxCalls == 0, "it never ends; give duration_ns or max_calls"},
		{request.DurationNs > math.MaxInt64 || request.TimeoutNs > math.MaxInt64, "duration_ns or timeout_ns is out of range"},
		{request.Gomaxprocs > maxProcs, "gomaxprocs must be at most 1,024"},
		{request.Batch > maxBatch, "batch must be at most 65,536"},
		{request.RatePerS < 0 || math.IsNaN(request.RatePerS) || request.RatePerS > 1e9, "rate_per_s must be from 0 to 1e9"},
		{request.RatePerS > 0 && request.Batch > 1, "an open loop times each call; leave batch at 0 or 1"},
		{request.Mode < benchv1.Mode_MODE_OFF || request.Mode > benchv1.Mode_MODE_SAMPLED, "mode is not stated"},
		{request.Mode != benchv1.Mode_MODE_OFF && strings.HasPrefix(request.Route, referencePrefix), "a reference carries no stamps and no trace; give MODE_OFF"},
		{request.Mode != benchv1.Mode_MODE_OFF && request.Batch > 1, "calls with stamps or a trace are timed one by one; leave batch at 0 or 1"},
	} {
		if refusal.wrong {
			return nil, status.Errorf(codes.InvalidArgument, "block of %s by %s: %s", request.Scenario, request.Route, refusal.text)
		}
	}
	return &block{
		scenario: of, placement: placement, mode: request.Mode, callers: int(request.Callers), seed: request.Seed,
		batch: uint64(request.Batch), timeout: time.Duration(request.TimeoutNs), duration: time.Duration(request.DurationNs),
		maxCalls: request.MaxCalls, rate: request.RatePerS, order: of.order(request.Seed),
		kept: newReservoir(int(min(request.Reservoir, maxReservoir))),
	}, nil
}

// claim gives the number of calls that a caller makes next, 0 at the block's end.
func (b *block) claim() uint64 {
	if b.stopped.Load() {
		return 0
	}
	if b.maxCalls == 0 {
		return b.batch
	}
	end := b.claimed.Add(b.batch)
	if over := end - min(end, b.maxCalls); over > 0 {
		return b.batch - min(over, b.batch)
	}
	return b.batch
}

func (b *block) newCallers() []*caller {
	b.times = make([]*histogram, min(b.callers, maxHistograms))
	for n := range b.times {
		b.times[n] = newHistogram(int64(b.batch))
	}
	callers := make([]*caller, b.callers)
	for number := range callers {
		callers[number] = newCaller(b, number, b.times[number%len(b.times)])
	}
	return callers
}

// run makes the calls. The context's end stops new ones; those in flight end by their own bound.
func (b *block) run(ctx context.Context, callers []*caller) error {
	unwatch := context.AfterFunc(ctx, func() { b.stopped.Store(true) })
	defer unwatch()
	if b.rate > 0 {
		return b.runOpen(ctx, callers)
	}
	b.runClosed(callers)
	return ctx.Err()
}

func (b *block) runClosed(callers []*caller) {
	var calling sync.WaitGroup
	begin := make(chan struct{})
	for _, c := range callers {
		calling.Go(func() {
			<-begin
			c.closedLoop(b)
		})
	}
	b.startNs, b.untilNs = clock.NowNs(), math.MaxUint64
	if b.duration > 0 {
		b.untilNs = b.startNs + uint64(b.duration)
	}
	close(begin)
	calling.Wait()
}

// openLead is the time that callers get to stand ready before the first call is due.
const openLead = time.Millisecond

func (b *block) runOpen(ctx context.Context, callers []*caller) error {
	bell, err := newAlarm(ctx)
	if err != nil {
		return status.Error(codes.Internal, err.Error())
	}
	defer bell.close()
	due := make(chan int64)
	var calling sync.WaitGroup
	for _, c := range callers {
		calling.Go(func() { c.openLoop(due) })
	}
	b.startNs = clock.NowNs() + uint64(openLead)
	pace(ctx, bell, schedule{
		startNs: int64(b.startNs), ratePerS: b.rate, durationNs: int64(b.duration), maxCalls: b.maxCalls,
	}, due)
	calling.Wait()
	return ctx.Err()
}
