package trace

import (
	oteltrace "go.opentelemetry.io/otel/trace"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Call is a finished call, as spans show it. It holds no payload.
type Call struct {
	Context oteltrace.SpanContext // of the client span, as it went over the wire
	Parent  oteltrace.SpanID      // zero: the client span is the root

	Method        string // full name without the leading slash, such as kernels.v1.EchoService/Echo
	Kernel        string
	KernelVersion uint32 // major in the high 16 bits; 0 where unknown
	Route         string
	Codec         string // empty on native routes
	Channel       wire.Channel
	Placement     wire.Placement

	StampsNs     [wire.StampCount]uint64 // CLOCK_MONOTONIC; 0 where none was taken
	TotalNs      int64                   // from T1, by a clock pair of its own
	RequestBytes int                     // as encoded
	ReplyBytes   int

	Code     string // canonical name, OK on success
	Reason   wire.Reason
	Executed wire.Executed
}

// stageNs gives a stage's time, and whether both of its stamps were taken.
func (c *Call) stageNs(stage wire.Stage) (int64, bool) {
	from, to := c.StampsNs[wire.StageStamps[stage][0]], c.StampsNs[wire.StageStamps[stage][1]]
	return int64(to - from), from != 0 && to != 0
}

// residualNs is what no stage explains of the time from T1; known only when all stamps were taken.
func (c *Call) residualNs() (int64, bool) {
	rest := c.TotalNs
	for stage := wire.StageEncode; stage < wire.StageCount; stage++ {
		took, taken := c.stageNs(stage)
		if !taken {
			return 0, false
		}
		rest -= took
	}
	return rest, true
}

// callerStages and workerStages say who exports which stage as a span.
var (
	callerStages = []wire.Stage{wire.StageEncode, wire.StageRequestWire, wire.StageReplyWire, wire.StageReplyDecode}
	workerStages = []wire.Stage{wire.StageDecode, wire.StageQueue, wire.StageCompute, wire.StageReplyEncode}
)
