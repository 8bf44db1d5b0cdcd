package load

import (
	"math"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/clock"
	benchv1 "github.com/sidecar-ipc/gateway/go_service/gen/bench/v1"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

const (
	singlyFromNs  = 1_000   // a call that takes longer is timed alone
	batchNs       = 50_000  // aim of a batch: two clock reads are then about a thousandth of it
	calibrationNs = 500_000 // a try that took so long is believed, from the fewest tries on
	fewestTries   = 4
	longTryNs     = 10_000_000 // a call that slow needs no second try
	trialTime     = 3 * time.Millisecond
	maxBatch      = 1 << 16
	fewestBatches = 8 // of a caller in a block that a number of calls ends
)

// chooseBatch gives the calls between two clock reads: 1, or more where one takes less than a microsecond, also when all
// callers call at once: where they queue for something, each wait counts.
func (b *block) chooseBatch() uint64 {
	if b.rate > 0 || b.mode != benchv1.Mode_MODE_OFF || b.placement == wire.PlacementProcess {
		return 1
	}
	callNs := b.tryAlone()
	if callNs < singlyFromNs && b.callers > 1 {
		callNs = max(callNs, b.tryTogether())
	}
	return b.batchFor(callNs)
}

// tryAlone gives the time of a call in ns by the fastest of some tries with rising numbers of calls: a machine that is
// busy makes a try slower, never faster.
func (b *block) tryAlone() float64 {
	probe := newCaller(b, 0, nil)
	fastest := math.Inf(1)
	for try := range 64 {
		n := uint64(1) << min(try, 16)
		start := clock.NowNs()
		good := probe.batch(n)
		elapsed := clock.NowNs() - start
		if !good {
			break // failed calls are timed one by one
		}
		fastest = min(fastest, float64(elapsed)/float64(n))
		if elapsed >= longTryNs || elapsed >= calibrationNs && try >= fewestTries {
			return fastest
		}
	}
	return math.Inf(1)
}

// tryTogether gives the median time of a call in ns when all callers call for a moment, each call timed.
func (b *block) tryTogether() float64 {
	trial := &block{
		scenario: b.scenario, placement: b.placement, mode: b.mode, client: b.client, route: b.route,
		echoes: b.echoes, payloads: b.payloads, callers: b.callers, seed: b.seed, batch: 1,
		timeout: b.timeout, duration: trialTime, order: b.order, sizes: b.sizes, kept: newReservoir(0),
	}
	trial.runClosed(trial.newCallers())
	return float64(trial.sumTimes().counts.ValueAtQuantile(50))
}

// batchFor turns a call's time into a batch that leaves enough batches to count.
func (b *block) batchFor(callNs float64) uint64 {
	if callNs >= singlyFromNs {
		return 1
	}
	batch := uint64(math.Ceil(min(batchNs/max(callNs, 1), maxBatch)))
	if b.maxCalls > 0 {
		batch = min(batch, b.maxCalls/uint64(b.callers)/fewestBatches)
	}
	return max(batch, 1)
}
