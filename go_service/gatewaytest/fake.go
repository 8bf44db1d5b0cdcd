package gatewaytest

import (
	"bytes"
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/channel"
	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/clock"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Fake is a worker that runs inside a test: give Options to client.New. It answers what it was told to, keeps to the
// contract's errors, and writes down every call. It is a channel.Channel, safe for concurrent use.
type Fake struct {
	// MaxMessageBytes bounds requests and replies; the contract's limit by default. Set it before the first call.
	MaxMessageBytes int

	mu       sync.Mutex
	answers  map[string]answer
	scripts  map[string][]Step
	standing map[string]Step
	log      []Recorded
	closed   bool
	running  sync.WaitGroup
}

// answer is a kernel as the fake hosts it.
type answer struct {
	kernel client.AnyKernel
	run    func(context.Context, wire.Message) (wire.Message, error)
}

// Channel is the one that a Fake stands in for, Route the one that Options choose.
const (
	Channel = wire.ChannelUDS
	Route   = string(Channel) + "/msgpack"
)

// New makes a fake that hosts nothing: Answer, AnswerNatively and AnswerFromVectors add kernels.
func New() *Fake {
	return &Fake{
		MaxMessageBytes: wire.MaxMessageBytes, answers: map[string]answer{}, scripts: map[string][]Step{}, standing: map[string]Step{},
	}
}

// Options put the fake in a worker's place and send every kernel to it.
func (f *Fake) Options() []client.Option {
	return []client.Option{client.WithChannel(Channel, f), client.WithRoute("", Route)}
}

// Answer hosts a kernel with a function of the test's own. An error of it that is no *wire.Error or context's is
// INVALID_INPUT, as of a Go twin.
func Answer[Q, R wire.Message](f *Fake, kernel *client.Kernel[Q, R], run client.Twin[Q, R]) {
	f.host(kernel, func(ctx context.Context, request wire.Message) (wire.Message, error) {
		return run(ctx, request.(Q))
	})
}

// AnswerNatively hosts a kernel by its Go twin; it panics where there is none.
func (f *Fake) AnswerNatively(kernels ...client.AnyKernel) {
	for _, kernel := range kernels {
		if !kernel.HasTwin(wire.Native) {
			panic(fmt.Sprintf("gatewaytest: kernel %s has no Go twin; give the fake a function by Answer", kernel.Description().Name))
		}
		twins, err := client.New() // without options it holds nothing to close
		if err != nil {
			panic(err)
		}
		f.host(kernel, func(ctx context.Context, request wire.Message) (wire.Message, error) {
			return kernel.CallAny(ctx, twins, request)
		})
	}
}

func (f *Fake) host(kernel client.AnyKernel, run func(context.Context, wire.Message) (wire.Message, error)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers[kernel.Description().Name] = answer{kernel, run}
}

// Call implements channel.Channel.
func (f *Fake) Call(ctx context.Context, call *channel.Call, reply *channel.Reply) error {
	startNs := clock.NowNs()
	request, err := f.serve(ctx, call, reply)
	reply.Receipt.Take(f.receipt(call.Kernel, err))
	if call.Stamps {
		f.stamp(startNs, reply)
	}
	f.record(call, request, err, time.Duration(clock.NowNs()-startNs))
	if err != nil {
		return err
	}
	return nil
}

// serve is a call's way through a worker, in the same order.
func (f *Fake) serve(ctx context.Context, call *channel.Call, reply *channel.Reply) (wire.Message, *wire.Error) {
	if err := ctx.Err(); err != nil {
		return nil, channel.NotExecuted(channel.ContextError(err))
	}
	hosted, request, refused := f.accept(call)
	if refused != nil {
		return request, refused
	}
	response, failure := f.await(ctx, hosted, request, f.next(call.Kernel))
	if failure != nil {
		return request, failure
	}
	payload, err := wire.Encode(call.Codec, nil, response)
	if err != nil {
		return request, wire.Fail(wire.ReasonInternalError, err.Error())
	}
	if len(payload) > f.MaxMessageBytes {
		return request, wire.Failf(wire.ReasonReplyTooLarge, "%d bytes, at most %d are allowed", len(payload), f.MaxMessageBytes)
	}
	reply.Payload = payload
	return request, nil
}

// accept refuses what a worker refuses before a kernel runs.
func (f *Fake) accept(call *channel.Call) (answer, wire.Message, *wire.Error) {
	f.mu.Lock()
	hosted, known := f.answers[call.Kernel]
	closed := f.closed
	f.mu.Unlock()
	switch {
	case closed:
		return answer{}, nil, wire.Fail(wire.ReasonNoWorker, "the client was closed")
	case len(call.Payload) > f.MaxMessageBytes:
		return answer{}, nil, wire.Failf(wire.ReasonRequestTooLarge, "%d bytes, at most %d are allowed", len(call.Payload), f.MaxMessageBytes)
	case len(call.Kernel) == 0 || len(call.Kernel) > wire.MaxKernelNameBytes || len(call.Tracestate) > wire.MaxTracestateBytes:
		return answer{}, nil, wire.Fail(wire.ReasonMalformedHeader, "the kernel's name or the tracestate is over its limit")
	case !call.Codec.Known():
		return answer{}, nil, wire.Failf(wire.ReasonUnknownCodec, "number %d", call.Codec)
	case !known:
		return answer{}, nil, wire.Failf(wire.ReasonUnknownKernel, "the fake hosts no %q; add it by Answer", call.Kernel)
	}
	request := hosted.kernel.EmptyRequest()
	if err := wire.Decode(call.Codec, bytes.Clone(call.Payload), request); err != nil {
		return answer{}, nil, wire.Fail(wire.ReasonMalformedPayload, err.Error())
	}
	return hosted, request, nil
}

// outcome is what a kernel came to.
type outcome struct {
	response wire.Message
	failure  *wire.Error
}

// await runs the kernel on a goroutine of its own, as a worker does on a thread, so that a caller's context ends the call
// even where the kernel goes on. Close waits for those.
func (f *Fake) await(ctx context.Context, hosted answer, request wire.Message, step Step) (wire.Message, *wire.Error) {
	done := make(chan outcome, 1)
	f.running.Go(func() {
		response, failure := guarded(ctx, hosted, request, step)
		done <- outcome{response, failure}
	})
	select {
	case came := <-done:
		return came.response, came.failure
	case <-ctx.Done():
		return nil, channel.ContextError(ctx.Err())
	}
}

// guarded catches a panic of an answer as a host does. What was panicked with is not told: it may hold payload bytes.
func guarded(ctx context.Context, hosted answer, request wire.Message, step Step) (response wire.Message, failure *wire.Error) {
	defer func() {
		if recover() != nil {
			response, failure = nil, wire.Fail(wire.ReasonKernelPanicked, "the fake's answer panicked")
			failure.Cause = fmt.Errorf("%s", debug.Stack())
		}
	}()
	if failure := step.take(ctx); failure != nil {
		return nil, failure
	}
	response, err := hosted.run(ctx, request)
	if err != nil {
		return nil, failureOf(err)
	}
	return response, nil
}

// Close implements channel.Channel: no further call is taken, and answers that still run are waited for.
func (f *Fake) Close() error {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.running.Wait()
	return nil
}
