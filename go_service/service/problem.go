package service

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/sidecar-ipc/gateway/go_service/trace"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Problem is an error as RFC 9457 writes it, with the fields of the contract's error.
type Problem struct {
	Type       string  `json:"type"`
	Title      string  `json:"title"`
	Status     int     `json:"status"`
	Detail     string  `json:"detail,omitempty"`
	Code       string  `json:"code"`
	Reason     string  `json:"reason"`
	Executed   string  `json:"executed"`
	Route      string  `json:"route,omitempty"`
	RetryAfter float64 `json:"retry_after,omitempty"` // seconds
}

// typePrefix makes a tag URI of a reason, which names a kind of problem and leads nowhere; RFC 4151.
const typePrefix = "tag:" + wire.ErrorDomain + ",2026:"

// statusClientClosedRequest is what proxies log for a caller that went away; nobody receives it.
const statusClientClosedRequest = 499

// statusByCode is the usual mapping of canonical codes to HTTP; google/rpc/code.proto has it beside each code.
var statusByCode = map[codes.Code]int{
	codes.OK:                 http.StatusOK,
	codes.Canceled:           statusClientClosedRequest,
	codes.Unknown:            http.StatusInternalServerError,
	codes.InvalidArgument:    http.StatusBadRequest,
	codes.DeadlineExceeded:   http.StatusGatewayTimeout,
	codes.ResourceExhausted:  http.StatusTooManyRequests,
	codes.FailedPrecondition: http.StatusBadRequest,
	codes.Unimplemented:      http.StatusNotImplemented,
	codes.Internal:           http.StatusInternalServerError,
	codes.Unavailable:        http.StatusServiceUnavailable,
}

// statusByReason has the reasons for which HTTP has a better word than for their code.
var statusByReason = map[wire.Reason]int{
	wire.ReasonRequestTooLarge:  http.StatusRequestEntityTooLarge,
	wire.ReasonUnknownKernel:    http.StatusNotFound,
	wire.ReasonContractMismatch: http.StatusBadGateway, // the operator's mistake, not the caller's
	wire.ReasonMalformedReply:   http.StatusBadGateway,
}

// statusOf maps an error to HTTP.
func statusOf(failure *wire.Error) int {
	if status, ok := statusByReason[failure.Reason]; ok {
		return status
	}
	if status, ok := statusByCode[failure.Code]; ok {
		return status
	}
	return http.StatusInternalServerError
}

// failureOf gives the contract's error; the client's errors all are.
func failureOf(err error) *wire.Error {
	var failure *wire.Error
	if errors.As(err, &failure) {
		return failure
	}
	return wire.Fail(wire.ReasonInternalError, "")
}

// problemOf writes an error down.
func problemOf(failure *wire.Error) Problem {
	return Problem{
		Type: typePrefix + failure.Reason.String(), Title: failure.Reason.Doc(), Status: statusOf(failure),
		Detail: failure.Error(), Code: trace.CodeName(failure.Code), Reason: failure.Reason.String(),
		Executed: failure.Executed.String(), Route: failure.Route, RetryAfter: failure.RetryAfter.Seconds(),
	}
}

// write answers with the problem.
func (p Problem) write(w http.ResponseWriter) {
	body, err := json.Marshal(p)
	if err != nil { // a struct of texts and numbers always encodes
		body = []byte("{}")
	}
	header := w.Header()
	header.Set("Content-Type", "application/problem+json")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	if p.RetryAfter > 0 {
		header.Set("Retry-After", wholeSeconds(time.Duration(p.RetryAfter*float64(time.Second))))
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(body)
}

// wholeSeconds rounds up: the header knows no parts of a second.
func wholeSeconds(d time.Duration) string { return strconv.Itoa(int(math.Ceil(d.Seconds()))) }
