package wire_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

func TestErrorsAreTheSameWhenTheirReasonsAre(t *testing.T) {
	err := fmt.Errorf("handler: %w", wire.Failf(wire.ReasonQueueFull, "queue of %d", 3))
	if !errors.Is(err, wire.ErrQueueFull) || errors.Is(err, wire.ErrDraining) {
		t.Errorf("%v is compared wrongly", err)
	}
	if got := status.Code(err); got != codes.ResourceExhausted {
		t.Errorf("status.Code is %v", got)
	}
}

func TestAnErrorSaysWhatFailedWhereAndWhatToDoNext(t *testing.T) {
	failure := wire.Fail(wire.ReasonNoWorker, "dial: no such file")
	failure.Kernel, failure.Route = "redact", "uds/raw"
	for _, part := range []string{"redact", "uds/raw", "dial: no such file", "start the worker"} {
		if !strings.Contains(failure.Error(), part) {
			t.Errorf("%q lacks %q", failure.Error(), part)
		}
	}
}

func TestOnlyWhatWasNotExecutedIsRetryable(t *testing.T) {
	for number := range wire.Reason(32) {
		if number == wire.ReasonNone || !number.Known() {
			continue
		}
		failure := wire.Fail(number, "")
		if failure.Retryable() && failure.Executed != wire.ExecutedNo {
			t.Errorf("%v is retryable though executed is %v", number, failure.Executed)
		}
	}
	if wire.ErrWorkerDied.Retryable() || !wire.ErrWorkerDied.RetryableIfIdempotent() {
		t.Error("a worker that died in flight is retried only for idempotent kernels")
	}
}

func TestAnErrorCarriesItsReasonThroughGRPC(t *testing.T) {
	failure := wire.Fail(wire.ReasonQueueFull, "")
	failure.RetryAfter, failure.Route = 7*time.Millisecond, "uds/raw"
	var info *errdetails.ErrorInfo
	var retry *errdetails.RetryInfo
	for _, detail := range failure.GRPCStatus().Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			info = detail
		case *errdetails.RetryInfo:
			retry = detail
		}
	}
	if info.GetReason() != "QUEUE_FULL" || info.GetDomain() != wire.ErrorDomain || info.GetMetadata()["executed"] != "no" {
		t.Errorf("ErrorInfo is %v", info)
	}
	if retry.GetRetryDelay().AsDuration() != failure.RetryAfter {
		t.Errorf("RetryInfo is %v", retry)
	}
}

func TestTheCauseCanBeFound(t *testing.T) {
	failure := wire.Fail(wire.ReasonDeadline, "")
	failure.Cause = context.DeadlineExceeded
	if !errors.Is(failure, context.DeadlineExceeded) {
		t.Error("errors.Is does not find the context's error")
	}
}

func TestAReceiptOfALaterMinorKeepsItsCode(t *testing.T) {
	receipt := wire.Receipt{Code: codes.FailedPrecondition, Reason: 999}
	if got := status.Code(receipt.Err()); got != codes.FailedPrecondition {
		t.Errorf("the code is %v", got)
	}
}
