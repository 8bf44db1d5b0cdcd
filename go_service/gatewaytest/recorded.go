package gatewaytest

import (
	"slices"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/channel"
	"github.com/sidecar-ipc/gateway/go_service/clock"
	wirev1 "github.com/sidecar-ipc/gateway/go_service/gen/wire/v1"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Recorded is a call that came to the fake, as it ended.
type Recorded struct {
	Kernel string
	Codec  wire.Codec
	// Request is nil where the call was refused before it was decoded.
	Request wire.Message
	// Failure is nil where the call was answered.
	Failure *wire.Error
	Trace   wire.TraceContext
	Took    time.Duration
}

// Recorded gives every call so far of a kernel, or of all with an empty name, in the order of their ends.
func (f *Fake) Recorded(kernel string) (calls []Recorded) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, call := range f.log {
		if kernel == "" || call.Kernel == kernel {
			calls = append(calls, call)
		}
	}
	return calls
}

// Forget empties the log of calls.
func (f *Fake) Forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log = slices.Delete(f.log, 0, len(f.log))
}

func (f *Fake) record(call *channel.Call, request wire.Message, failure *wire.Error, took time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log = append(f.log, Recorded{call.Kernel, call.Codec, request, failure, call.Trace, took})
}

// stamp fills in what a worker and the channel stamp: all the time is compute.
func (f *Fake) stamp(startNs uint64, reply *channel.Reply) {
	now := clock.NowNs()
	reply.WrittenNs, reply.InHandNs = startNs, now
	reply.Receipt.StampsNs = [5]uint64{startNs, startNs, startNs, now, now}
}

// receipt is what a worker proves with an outcome.
func (f *Fake) receipt(kernel string, failure *wire.Error) *wirev1.Receipt {
	receipt := &wirev1.Receipt{Executed: uint32(wire.ExecutedYes)}
	f.mu.Lock()
	if hosted, ok := f.answers[kernel]; ok {
		receipt.KernelVersion = hosted.kernel.Description().Version
	}
	f.mu.Unlock()
	if failure != nil {
		receipt.Status, receipt.Reason, receipt.Executed = uint32(failure.Code), uint32(failure.Reason), uint32(failure.Executed)
	}
	return receipt
}
