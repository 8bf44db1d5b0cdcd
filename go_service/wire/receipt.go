package wire

import (
	"time"

	"google.golang.org/grpc/codes"

	wirev1 "github.com/sidecar-ipc/gateway/go_service/gen/wire/v1"
)

// Receipt is what the worker proves with a reply.
type Receipt struct {
	// Code is codes.OK on success.
	Code codes.Code
	// Reason is ReasonNone on success.
	Reason Reason
	// Executed says whether the kernel ran.
	Executed Executed
	// KernelVersion has the major in the high 16 bits; 0 where no kernel was found.
	KernelVersion uint32
	// TotalBytes is the length of the whole payload.
	TotalBytes uint64
	// RetryAfterNs is when to come back, in ns from now; 0 where it was not stated.
	RetryAfterNs uint64
	// StampsNs are t4 to t8, monotonic ns; zero where they were not asked for.
	StampsNs [5]uint64
	// HopsNs has p0 to p3 of each hop on the way, the one nearest to the worker first.
	HopsNs []uint64
	// Message is a text for a person.
	Message string
}

// Take replaces the receipt by what a message says; unknown numbers stay as they are.
func (r *Receipt) Take(message *wirev1.Receipt) {
	*r = Receipt{
		Code: codes.Code(message.Status), Reason: Reason(message.Reason), Executed: Executed(message.Executed), KernelVersion: message.KernelVersion,
		TotalBytes: message.TotalBytes, RetryAfterNs: message.RetryAfterNs,
	}
	copy(r.StampsNs[:], message.StampsNs)
	if len(message.HopsNs) > 0 {
		r.HopsNs = append([]uint64(nil), message.HopsNs...)
	}
	if len(message.Message) > 0 {
		r.Message = string(message.Message[:min(len(message.Message), MaxTextBytes)])
	}
}

// Err gives the error that the receipt stands for, nil on success.
func (r *Receipt) Err() error {
	if r.Code == codes.OK && r.Reason == ReasonNone {
		return nil
	}
	failure := Fail(r.Reason, r.Message)
	if !r.Reason.Known() || r.Reason == ReasonNone { // a later minor of the contract
		failure.Code = r.Code
	}
	if r.Executed.Known() {
		failure.Executed = r.Executed
	}
	failure.RetryAfter = time.Duration(min(r.RetryAfterNs, 1<<62))
	return failure
}
