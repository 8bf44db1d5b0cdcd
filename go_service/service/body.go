package service

import (
	"errors"
	"io"
	"net/http"
	"os"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// readBody reads a whole body of at most limit bytes. Memory is taken for what a caller announced only within the limit.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return nil, refusal(http.StatusUnsupportedMediaType, wire.ReasonMalformedPayload, "the body has a content encoding; send it as it is")
	}
	if r.ContentLength > limit {
		return nil, wire.Failf(wire.ReasonRequestTooLarge, "%d bytes, the service takes %d", r.ContentLength, limit)
	}
	body, err := readUpTo(http.MaxBytesReader(w, r.Body, limit), r.ContentLength)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, wire.Failf(wire.ReasonRequestTooLarge, "the service takes %d bytes", limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, refusal(http.StatusRequestTimeout, wire.ReasonDeadline, "the body did not come in time")
	case err != nil:
		return nil, refusal(http.StatusBadRequest, wire.ReasonCallerCancelled, "the body ended early")
	}
	return body, nil
}

func readUpTo(body io.Reader, announced int64) ([]byte, error) {
	if announced < 0 {
		return io.ReadAll(body)
	}
	whole := make([]byte, announced)
	_, err := io.ReadFull(body, whole)
	return whole, err
}

// httpError is an error that HTTP has its own status for. Nothing of the kernel ran.
type httpError struct {
	status  int
	failure *wire.Error
}

// Error is the contract's text.
func (e httpError) Error() string { return e.failure.Error() }

// Unwrap lets errors.As find the contract's error.
func (e httpError) Unwrap() error { return e.failure }

func refusal(status int, reason wire.Reason, message string) error {
	failure := wire.Fail(reason, message)
	failure.Executed = wire.ExecutedNo
	return httpError{status: status, failure: failure}
}
