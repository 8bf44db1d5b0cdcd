//go:build sidecar_cgo && cgo

package cgo

/*
#cgo LDFLAGS: -l:libsidecar_inproc.a -lm -ldl -lpthread
#cgo noescape sidecar_kernel
#cgo nocallback sidecar_kernel
#cgo noescape sidecar_call_flat
#cgo nocallback sidecar_call_flat
#cgo noescape sidecar_take
#cgo nocallback sidecar_take
#cgo nocallback sidecar_drop
#cgo noescape sidecar_enable_faults
#cgo nocallback sidecar_enable_faults
#include "sidecar_inproc.h"
*/
import "C"

import (
	"fmt"
	"unsafe"

	"google.golang.org/grpc/codes"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// receipt is the library's own.
type receipt = C.sidecar_receipt_t

// abiVersion is the contract that the library was built from.
func abiVersion() uint32 { return uint32(C.sidecar_abi_version()) }

// findKernel gives the library's number of a kernel.
func findKernel(name string) (uint32, bool) {
	var number C.uint32_t
	status := C.sidecar_kernel((*C.uint8_t)(unsafe.StringData(name)), C.size_t(len(name)), &number)
	return uint32(number), status == 0
}

// arguments of one call.
type arguments struct {
	kernel         uint32
	codec          wire.Codec
	request, reply []byte
	maxReply       int
	deadlineNs     uint64
	cancel         *uint32 // nil, or a flag that turns non-zero
	stamps         bool
}

// invoke is the one crossing of a call. reply is filled up to its capacity.
func invoke(a *arguments, r *receipt) {
	var stamps C.uint32_t
	if a.stamps {
		stamps = 1
	}
	C.sidecar_call_flat(C.uint32_t(a.kernel), C.uint32_t(a.codec),
		(*C.uint8_t)(unsafe.SliceData(a.request)), C.size_t(len(a.request)),
		(*C.uint8_t)(unsafe.SliceData(a.reply)), C.size_t(cap(a.reply)),
		C.uint64_t(a.maxReply), C.uint64_t(a.deadlineNs), (*C.uint32_t)(a.cancel), stamps, r)
}

// take fetches a reply that did not fit.
func take(token uint64, reply []byte) bool {
	var n C.size_t
	status := C.sidecar_take(C.uint64_t(token), (*C.uint8_t)(unsafe.SliceData(reply)), C.size_t(len(reply)), &n)
	return status == 0 && int(n) == len(reply)
}

// drop forgets a reply that did not fit.
func drop(token uint64) { C.sidecar_drop(C.uint64_t(token)) }

// EnableFaults adds the kernels that misbehave, for a test host; appendFile may be empty.
func EnableFaults(appendFile string) error {
	status := C.sidecar_enable_faults((*C.uint8_t)(unsafe.StringData(appendFile)), C.size_t(len(appendFile)))
	if status != 0 {
		return fmt.Errorf("cgo: the library refused the kernels that misbehave with status %d; build it with them", status)
	}
	return nil
}

// toReceipt moves what the library wrote.
func toReceipt(r *receipt) wire.Receipt {
	receipt := wire.Receipt{
		Code: codes.Code(r.status), Reason: wire.Reason(r.reason), Executed: wire.Executed(r.executed),
		KernelVersion: uint32(r.kernel_version), TotalBytes: uint64(r.reply_len),
	}
	for i := range receipt.StampsNs {
		receipt.StampsNs[i] = uint64(r.stamps_ns[i])
	}
	if n := min(int(r.message_len), len(r.message)); n > 0 {
		receipt.Message = string(unsafe.Slice((*byte)(unsafe.Pointer(&r.message[0])), n))
	}
	return receipt
}
