package load

import (
	"context"
	"runtime"

	"google.golang.org/grpc/status"

	"github.com/sidecar-ipc/gateway/go_service/client"
	benchv1 "github.com/sidecar-ipc/gateway/go_service/gen/bench/v1"
)

// measure runs one block: it learns sizes, chooses the batch, runs, and sums up.
func measure(ctx context.Context, b *block, c *client.Client, procs int) (response *benchv1.MeasureResponse, err error) {
	b.client = c
	b.sizes = b.scenario.sizesBy(ctx, c, b.route)
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
	before, err := readUsage()
	if err != nil {
		return nil, err
	}
	if err := b.run(ctx, callers); err != nil {
		return nil, status.FromContextError(err).Err()
	}
	after, err := readUsage()
	if err != nil {
		return nil, err
	}
	response := b.sum(callers)
	used := after.since(before)
	response.CpuNs, response.GcCycles, response.GcPauseNs = used.cpuNs, used.gcCycles, used.gcPauseNs
	response.AllocatedObjects, response.AllocatedBytes = used.allocatedObjects, used.allocatedBytes
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
