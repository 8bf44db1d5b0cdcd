package channel

import (
	"context"
	"errors"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// ContextError turns a context's error into the contract's.
func ContextError(err error) *wire.Error {
	reason := wire.ReasonCallerCancelled
	if errors.Is(err, context.DeadlineExceeded) {
		reason = wire.ReasonDeadline
	}
	failure := wire.Fail(reason, "")
	failure.Cause = err
	return failure
}

// NotExecuted is the same failure where it is known that the kernel never ran.
func NotExecuted(failure *wire.Error) *wire.Error {
	failure.Executed = wire.ExecutedNo
	return failure
}
