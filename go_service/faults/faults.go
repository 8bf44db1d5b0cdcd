// Package faults has the kernels that misbehave, for tests; a worker hosts them with --faults. They have no Go twin.
package faults

import (
	"github.com/sidecar-ipc/gateway/go_service/client"
	faultsv1 "github.com/sidecar-ipc/gateway/go_service/gen/faults/v1"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// The kernels that misbehave.
var (
	// Sleep waits.
	Sleep = &client.Kernel[*faultsv1.SleepRequest, *faultsv1.SleepResponse]{
		Spec:        wire.KernelSleep,
		NewRequest:  func() *faultsv1.SleepRequest { return new(faultsv1.SleepRequest) },
		NewResponse: func() *faultsv1.SleepResponse { return new(faultsv1.SleepResponse) },
	}
	// Panic panics; the host must catch it.
	Panic = &client.Kernel[*faultsv1.PanicRequest, *faultsv1.PanicResponse]{
		Spec:        wire.KernelPanic,
		NewRequest:  func() *faultsv1.PanicRequest { return new(faultsv1.PanicRequest) },
		NewResponse: func() *faultsv1.PanicResponse { return new(faultsv1.PanicResponse) },
	}
	// Abort ends the process that hosts it.
	Abort = &client.Kernel[*faultsv1.AbortRequest, *faultsv1.AbortResponse]{
		Spec:        wire.KernelAbort,
		NewRequest:  func() *faultsv1.AbortRequest { return new(faultsv1.AbortRequest) },
		NewResponse: func() *faultsv1.AbortResponse { return new(faultsv1.AbortResponse) },
	}
	// Alloc answers with so many zero bytes.
	Alloc = &client.Kernel[*faultsv1.AllocRequest, *faultsv1.AllocResponse]{
		Spec:        wire.KernelAlloc,
		NewRequest:  func() *faultsv1.AllocRequest { return new(faultsv1.AllocRequest) },
		NewResponse: func() *faultsv1.AllocResponse { return new(faultsv1.AllocResponse) },
	}
	// Append writes its call id to a file; it is not idempotent.
	Append = &client.Kernel[*faultsv1.AppendRequest, *faultsv1.AppendResponse]{
		Spec:        wire.KernelAppend,
		NewRequest:  func() *faultsv1.AppendRequest { return new(faultsv1.AppendRequest) },
		NewResponse: func() *faultsv1.AppendResponse { return new(faultsv1.AppendResponse) },
	}
)

// Register makes them known to client.Lookup.
func Register() {
	client.Register(Sleep)
	client.Register(Panic)
	client.Register(Abort)
	client.Register(Alloc)
	client.Register(Append)
}
