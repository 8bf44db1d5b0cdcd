package channel

import (
	"context"
	"strings"
	"sync/atomic"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// grpcExchange is one call and what became of it.
type grpcExchange struct {
	call            *Call
	reply           *Reply
	request         grpcRequest
	response        grpcResponse
	header, trailer metadata.MD
	sent            atomic.Bool
	written         atomic.Uint64 // t3
}

// outcome turns what the library says into the contract's words.
func (x *grpcExchange) outcome(ctx context.Context, err error) error {
	receipt := takeReceipt(&x.reply.Receipt, x.header, x.trailer)
	if mismatch := checkContract(x.header, x.trailer); mismatch != nil {
		return mismatch
	}
	if err == nil {
		return nil
	}
	if receipt {
		if failure := x.reply.Receipt.Err(); failure != nil {
			return failure
		}
	}
	state := status.Convert(err)
	if failure := detailed(state); failure != nil {
		return failure
	}
	return x.bare(ctx, state)
}

// detailed reads our ErrorInfo and RetryInfo; nil when the error has none.
func detailed(state *status.Status) *wire.Error {
	var failure *wire.Error
	retry := new(errdetails.RetryInfo)
	for _, detail := range state.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			if detail.Domain == wire.ErrorDomain {
				failure = fromErrorInfo(state, detail)
			}
		case *errdetails.RetryInfo:
			retry = detail
		}
	}
	if failure != nil {
		failure.RetryAfter = retry.GetRetryDelay().AsDuration()
	}
	return failure
}

func fromErrorInfo(state *status.Status, info *errdetails.ErrorInfo) *wire.Error {
	reason, ok := wire.ParseReason(info.Reason)
	if !ok {
		return nil
	}
	failure := wire.Fail(reason, state.Message())
	if executed, ok := wire.ParseExecuted(info.Metadata["executed"]); ok {
		failure.Executed = executed
	}
	return failure
}

// bare is for errors that a library made itself.
func (x *grpcExchange) bare(ctx context.Context, state *status.Status) *wire.Error {
	failure := x.reason(ctx, state)
	if !x.sent.Load() {
		failure.Executed = wire.ExecutedNo
	}
	failure.Cause = state.Err()
	if ended := ctx.Err(); ended != nil && failure.Reason != wire.ReasonReplyTooLarge {
		failure.Cause = ended
	}
	return failure
}

func (x *grpcExchange) reason(ctx context.Context, state *status.Status) *wire.Error {
	switch state.Code() {
	case codes.DeadlineExceeded:
		return ContextError(context.DeadlineExceeded)
	case codes.Canceled:
		return x.cancelled(ctx, state)
	case codes.Unavailable:
		return x.unavailable(state)
	case codes.ResourceExhausted:
		return x.exhausted(state)
	case codes.OutOfRange:
		return wire.Fail(wire.ReasonRequestTooLarge, state.Message())
	case codes.Unimplemented:
		return wire.Fail(wire.ReasonUnknownKernel, state.Message())
	default:
		return wire.Fail(wire.ReasonInternalError, state.Code().String()+": "+state.Message())
	}
}

// cancelled is the caller, or a deadline that the worker told as CANCELLED.
func (x *grpcExchange) cancelled(ctx context.Context, state *status.Status) *wire.Error {
	switch err := ctx.Err(); {
	case err != nil:
		return ContextError(err)
	case hasPassed(ctx):
		return ContextError(context.DeadlineExceeded)
	default:
		return wire.Fail(wire.ReasonWorkerDied, "the call was cut: "+state.Message())
	}
}

func hasPassed(ctx context.Context) bool {
	_, err := timeLeft(ctx)
	return err != nil
}

// unavailable tells refused from died in flight; a worker that drains says so itself.
func (x *grpcExchange) unavailable(state *status.Status) *wire.Error {
	if x.sent.Load() {
		return wire.Fail(wire.ReasonWorkerDied, state.Message())
	}
	return wire.Fail(wire.ReasonNoWorker, state.Message())
}

// exhausted tells our own limit from one of the worker's library.
func (x *grpcExchange) exhausted(state *status.Status) *wire.Error {
	if strings.Contains(state.Message(), "received message") {
		return wire.Fail(wire.ReasonReplyTooLarge, state.Message())
	}
	return wire.Fail(wire.ReasonQueueFull, state.Message())
}
