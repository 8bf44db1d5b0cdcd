package load

import (
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/clock"
	benchv1 "github.com/sidecar-ipc/gateway/go_service/gen/bench/v1"
	"github.com/sidecar-ipc/gateway/go_service/reference"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Streams of one seed, so that the order of requests, the reservoir and the trace ids do not depend on each other.
const (
	orderStream = 1 << 32
	traceStream = 2 << 32
	keyStream   = 3 << 32
)

// sampledFlag is W3C's.
const sampledFlag = 1

// caller is one goroutine that calls, with all that it counts. Nothing it does between two clock reads allocates, but
// what the public client does.
type caller struct {
	scenario *scenario
	client   *client.Client
	echo     reference.Echo // instead of the client, for a reference
	payloads [][]byte       // what it echoes
	order    []uint32
	sizes    []size
	place    int
	timeout  time.Duration // 0: the call carries no deadline and its context can't end

	options     []client.CallOption
	traceOption int  // place of the trace context in options; -1 without one
	flags       byte // of the trace context
	stamps      bool
	buffer      client.Buffer
	observation client.Observation

	ids, keys    *rand.PCG
	times        *histogram
	kept         *reservoir
	calls        uint64
	failures     map[uint32]uint64
	requestBytes uint64
	replyBytes   uint64
	lastNs       uint64
}

func newCaller(b *block, number int, times *histogram) *caller {
	c := &caller{
		scenario: b.scenario, client: b.client, payloads: b.payloads, order: b.order, sizes: b.sizes, timeout: b.timeout,
		// Callers begin apart, so that they do not send the same request at the same time.
		place:       number * len(b.order) / b.callers,
		traceOption: -1,
		ids:         rand.NewPCG(b.seed, traceStream+uint64(number)), keys: rand.NewPCG(b.seed, keyStream+uint64(number)),
		times: times, kept: b.kept, failures: map[uint32]uint64{},
	}
	if b.echoes != nil {
		c.echo = b.echoes[number]
		return c
	}
	c.options = append(c.options, client.Via(b.route), client.WithBuffer(&c.buffer))
	c.carry(b.mode)
	return c
}

// carry sets up what a call carries beside the request.
func (c *caller) carry(mode benchv1.Mode) {
	if mode == benchv1.Mode_MODE_STAMPS || mode == benchv1.Mode_MODE_SAMPLED {
		c.stamps = true
		c.options = append(c.options, client.WithStamps(&c.observation))
	}
	if mode == benchv1.Mode_MODE_UNSAMPLED || mode == benchv1.Mode_MODE_SAMPLED {
		c.traceOption = len(c.options)
		c.options = append(c.options, client.WithTrace(wire.TraceContext{}, ""))
	}
	if mode == benchv1.Mode_MODE_SAMPLED {
		c.flags = sampledFlag
	}
}

// closedLoop calls, waits for the answer, and calls again.
func (c *caller) closedLoop(b *block) {
	for {
		batch := b.claim()
		if batch == 0 {
			return
		}
		first := c.order[c.place]
		start := clock.NowNs()
		plantLag()
		good := c.batch(batch)
		c.lastNs = clock.NowNs()
		if good && batch == b.batch {
			c.note(start, first)
		}
		if c.lastNs >= b.untilNs {
			return
		}
	}
}

// openLoop makes a call for each start that it receives; the time counts from when that was intended.
func (c *caller) openLoop(due <-chan int64) {
	for intended := range due {
		first := c.order[c.place]
		plantLag()
		good := c.batch(1)
		c.lastNs = clock.NowNs()
		if good {
			c.note(uint64(intended), first)
		}
	}
}

// batch makes n calls and says whether all were answered well.
func (c *caller) batch(n uint64) bool {
	good := true
	for range n {
		if err := c.call(); err != nil {
			good = false
			c.fail(err)
		}
	}
	return good
}

// call sends the next request.
func (c *caller) call() error {
	index := c.order[c.place]
	if c.place++; c.place == len(c.order) {
		c.place = 0
	}
	if c.traceOption >= 0 {
		c.options[c.traceOption] = client.WithTrace(c.newTrace(), "")
	}
	if err := c.send(index); err != nil {
		return err
	}
	c.calls++
	c.requestBytes += c.sizes[index].request
	c.replyBytes += c.sizes[index].reply
	return nil
}

// send drops the response: the buffer's next call overwrites it.
func (c *caller) send(index uint32) error {
	if c.echo != nil {
		return c.echo.Echo(context.Background(), c.payloads[index])
	}
	request := c.scenario.requests[index]
	if c.timeout > 0 {
		return c.sendBounded(request)
	}
	_, err := c.scenario.kernel.CallAny(context.Background(), c.client, request, c.options...)
	return err
}

func (c *caller) sendBounded(request wire.Message) error {
	ctx, cancel := context.WithTimeout(context.Background(), c.timeout)
	defer cancel()
	_, err := c.scenario.kernel.CallAny(ctx, c.client, request, c.options...)
	return err
}

// newTrace draws a root context.
func (c *caller) newTrace() (trace wire.TraceContext) {
	binary.LittleEndian.PutUint64(trace[0:], c.ids.Uint64())
	binary.LittleEndian.PutUint64(trace[8:], c.ids.Uint64()|1)
	binary.LittleEndian.PutUint64(trace[16:], c.ids.Uint64()|1)
	trace[24] = c.flags
	return trace
}

func (c *caller) fail(err error) { c.failures[uint32(reasonOf(err))]++ }

// note counts the time of a batch that began at start, and keeps it when the reservoir wants it.
func (c *caller) note(start uint64, first uint32) {
	elapsed := int64(c.lastNs - start)
	c.times.record(elapsed)
	key := c.keys.Uint64()
	if !c.kept.wants(key) {
		return
	}
	record := Record{TotalNs: float64(elapsed) / float64(c.times.batch), Request: first}
	if c.stamps {
		record.StampsNs, record.HopNs = c.observation.Stamps, nearestHop(c.observation.HopsNs)
	}
	record.StampsNs[wire.T0] = start
	c.kept.keep(key, &record)
}

// reasonOf gives an error's reason; the client's errors all have one.
func reasonOf(err error) wire.Reason {
	var failure *wire.Error
	if errors.As(err, &failure) {
		return failure.Reason
	}
	return wire.ReasonInternalError
}
