// Package channel carries requests and replies as bytes to a worker and back. A channel knows no kernel and no message
// type; one suite (faults_test.go, channel_test.go) holds every channel to the same contract.
package channel

import (
	"context"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Channel is one way to a worker. It is safe for concurrent use.
type Channel interface {
	// Call sends one request and waits for its reply, at most until the context ends. Every error is a *wire.Error,
	// without a route's name. reply is valid when the error is nil; its receipt also when a worker sent one with an error.
	Call(ctx context.Context, call *Call, reply *Reply) error
	// Close fails the calls in flight and gives everything back.
	Close() error
}

// Call is a request as bytes.
type Call struct {
	// Kernel is the name, Method its gRPC path.
	Kernel, Method string
	Codec          wire.Codec
	// Payload is the encoded request. It must stay as it is until Call returned, and afterwards too when Retained is set.
	Payload []byte
	// Cheap says that the kernel declares itself cheap for this payload, so that arming a cancel flag would cost more than
	// it saves in process.
	Cheap bool
	// Stamps asks for t3 to t9; without it no clock is read.
	Stamps bool
	// Trace is sent unless it is zero, Tracestate with it.
	Trace      wire.TraceContext
	Tracestate string
	// Retained is set by the channel when it may still read Payload after Call returned.
	Retained bool
}

// Reply is an answer as bytes.
type Reply struct {
	// Payload is the encoded response. It is Buffer's memory where that was large enough.
	Payload []byte
	// Buffer is memory that the caller offers; its length does not matter. nil lets the channel allocate.
	Buffer []byte
	// Receipt is what the worker proved.
	Receipt wire.Receipt
	// WrittenNs is t3 and InHandNs t9, 0 where stamps were not asked for, or where the reply overtook the write's return.
	WrittenNs, InHandNs uint64
	// Retained is set by the channel when it may still write into Buffer after Call returned.
	Retained bool
}

// space gives n bytes of the caller's buffer, or fresh ones.
func (r *Reply) space(n int) []byte {
	if cap(r.Buffer) >= n {
		return r.Buffer[:n]
	}
	return make([]byte, n)
}
