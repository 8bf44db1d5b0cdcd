package load

import (
	"context"
	"runtime"

	"google.golang.org/grpc/status"

	benchv1 "github.com/sidecar-ipc/gateway/go_service/gen/bench/v1"
)

// measure runs one block: it chooses the batch, runs, and sums up.
func measure(ctx context.Context, b *block, procs int) (response *benchv1.MeasureResponse, err error) {
	withProcs(procs, func() {
		if b.batch == 0 {
			b.batch = b.chooseBatch()
		}
		response, err = b.measured(ctx)
	})
	return response, err
}

// measured reads what the process has used before and after the calls.
func (b *block) measured(ctx context.Context) (*benchv1.MeasureResponse, error) {
	callers := b.newCallers()
	runtime.GC() // blocks begin alike, and the garbage of the one before is not this one's
	before, err := beginUsage()
	if err != nil {
		return nil, err
	}
	if err := b.run(ctx, callers); err != nil {
		return nil, status.FromContextError(err).Err()
	}
	after, err := endUsage()
	if err != nil {
		return nil, err
	}
	response := b.sum(callers)
	after.tell(&before, response)
	return response, nil
}

// sum puts together what the callers counted.
func (b *block) sum(callers []*caller) *benchv1.MeasureResponse {
	times, failures := b.sumTimes(), map[uint32]uint64{}
	response := &benchv1.MeasureResponse{StartNs: b.startNs, EndNs: b.startNs, Batch: uint32(b.batch)}
	for _, c := range callers {
		response.Calls += c.calls
		response.RequestBytes += c.requestBytes
		response.ReplyBytes += c.replyBytes
		response.EndNs = max(response.EndNs, c.lastNs)
		for reason, count := range c.failures {
			failures[reason] += count
		}
	}
	response.Failures = failures
	response.BucketValues, response.BucketCounts = times.buckets()
	response.HistogramUnitNs = times.unitNs()
	response.Records = columns(b.kept.sample())
	return response
}

// sumTimes merges the histograms.
func (b *block) sumTimes() *histogram {
	whole := newHistogram(int64(b.batch))
	for _, part := range b.times {
		whole.merge(part)
	}
	return whole
}
