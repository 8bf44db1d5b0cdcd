package wire

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"
)

// ErrorDomain is the domain of google.rpc.ErrorInfo in this contract.
const ErrorDomain = "sidecar-ipc.dev"

// Error is how a call fails, the same on every route. Compare it by errors.Is with the values below, or take it apart
// by errors.As; status.Code works on it too.
type Error struct {
	// Code is the canonical code that goes with Reason.
	Code codes.Code
	// Reason says why.
	Reason Reason
	// Executed says whether the kernel may have run.
	Executed Executed
	// Route and Kernel say which call failed; empty where it was not yet known.
	Route, Kernel string
	// Message is a text for a person; it never has bytes of a payload.
	Message string
	// RetryAfter is when to come back, from now; 0 where nobody stated it.
	RetryAfter time.Duration
	// Cause is what lies below, such as context.DeadlineExceeded; nil where there is nothing.
	Cause error
}

// Errors to compare with: errors.Is(err, wire.ErrQueueFull).
var (
	ErrNoWorker         = Fail(ReasonNoWorker, "")
	ErrDraining         = Fail(ReasonDraining, "")
	ErrWorkerDied       = Fail(ReasonWorkerDied, "")
	ErrDeadline         = Fail(ReasonDeadline, "")
	ErrCallerCancelled  = Fail(ReasonCallerCancelled, "")
	ErrQueueFull        = Fail(ReasonQueueFull, "")
	ErrRequestTooLarge  = Fail(ReasonRequestTooLarge, "")
	ErrReplyTooLarge    = Fail(ReasonReplyTooLarge, "")
	ErrMalformedPayload = Fail(ReasonMalformedPayload, "")
	ErrMalformedHeader  = Fail(ReasonMalformedHeader, "")
	ErrUnknownKernel    = Fail(ReasonUnknownKernel, "")
	ErrUnknownCodec     = Fail(ReasonUnknownCodec, "")
	ErrKernelPanicked   = Fail(ReasonKernelPanicked, "")
	ErrContractMismatch = Fail(ReasonContractMismatch, "")
	ErrInvalidInput     = Fail(ReasonInvalidInput, "")
	ErrMalformedReply   = Fail(ReasonMalformedReply, "")
	ErrInternalError    = Fail(ReasonInternalError, "")
)

// Fail makes an error with what its reason says of code and kernel.
func Fail(reason Reason, message string) *Error {
	return &Error{Code: reason.Code(), Reason: reason, Executed: reason.Executed(), Message: message}
}

// Failf is Fail with a formatted message.
func Failf(reason Reason, format string, arguments ...any) *Error {
	return Fail(reason, fmt.Sprintf(format, arguments...))
}

// Error says what failed, on which route, and what to do next.
func (e *Error) Error() string {
	var text strings.Builder
	if e.Kernel != "" {
		text.WriteString(e.Kernel)
	}
	if e.Route != "" {
		text.WriteString(" by " + e.Route)
	}
	if text.Len() > 0 {
		text.WriteString(": ")
	}
	text.WriteString(strings.TrimSuffix(e.Reason.Doc(), "."))
	if e.Message != "" {
		text.WriteString(" (" + e.Message + ")")
	}
	if remedy := e.remedy(); remedy != "" {
		text.WriteString("; " + remedy)
	}
	return text.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Is says that two errors are the same when their reasons are.
func (e *Error) Is(target error) bool {
	other, ok := target.(*Error)
	return ok && other.Reason == e.Reason
}

// Retryable says that the call was not executed and that trying again may help.
func (e *Error) Retryable() bool {
	if e.Executed != ExecutedNo {
		return false
	}
	switch e.Reason {
	case ReasonNoWorker, ReasonDraining, ReasonQueueFull, ReasonWorkerDied:
		return true
	default:
		return false
	}
}

// RetryableIfIdempotent says that trying again may help but that the call may have been executed.
func (e *Error) RetryableIfIdempotent() bool {
	return e.Retryable() || e.Reason == ReasonWorkerDied
}

// GRPCStatus gives the error as gRPC carries it: with google.rpc.ErrorInfo, and RetryInfo where a time is stated.
func (e *Error) GRPCStatus() *status.Status {
	bare := status.New(e.Code, e.Error())
	metadata := map[string]string{"executed": e.Executed.String()}
	if e.Route != "" {
		metadata["route"] = e.Route
	}
	details := []protoadapt.MessageV1{&errdetails.ErrorInfo{Reason: e.Reason.String(), Domain: ErrorDomain, Metadata: metadata}}
	if e.RetryAfter > 0 {
		details = append(details, &errdetails.RetryInfo{RetryDelay: durationpb.New(e.RetryAfter)})
	}
	full, err := bare.WithDetails(details...)
	if err != nil {
		return bare
	}
	return full
}

// remedy says what to do next.
func (e *Error) remedy() string {
	if e.RetryAfter > 0 {
		return fmt.Sprintf("come back in %v", e.RetryAfter)
	}
	return remedies[e.Reason]
}

var remedies = map[Reason]string{
	ReasonNoWorker:         "start the worker, or check the address",
	ReasonDraining:         "try again: another worker may have taken over",
	ReasonWorkerDied:       "see the worker's log; try again only if the kernel is idempotent",
	ReasonDeadline:         "give the call more time, or a smaller request",
	ReasonQueueFull:        "try again later, or start the worker with more threads or a longer queue",
	ReasonRequestTooLarge:  "cut the request, or raise --max-message-bytes on both sides",
	ReasonReplyTooLarge:    "ask for less, or raise --max-message-bytes on both sides",
	ReasonMalformedPayload: "build both sides from one contract",
	ReasonMalformedHeader:  "check kernel name, trace context and metadata of the call",
	ReasonUnknownKernel:    "check the name, or register the kernel at that host",
	ReasonUnknownCodec:     "take a codec that the channel carries",
	ReasonKernelPanicked:   "see the worker's log",
	ReasonContractMismatch: "build client and worker from one major version of the contract",
	ReasonMalformedReply:   "build both sides from one contract",
}
