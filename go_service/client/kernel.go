package client

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Twin is a kernel in Go. It is pure, keeps nothing of the request except in the response, and polls ctx at least every
// millisecond of work. A context's error ends the call as DEADLINE or CALLER_CANCELLED, any other error as INVALID_INPUT.
type Twin[Q, R wire.Message] func(ctx context.Context, request Q) (R, error)

// TwinInto is a Twin that appends the response's bytes to memory, which is empty, and gives it back with them.
type TwinInto[Q, R wire.Message] func(ctx context.Context, request Q, memory []byte) (R, []byte, error)

// Kernel is a kernel with its message types.
type Kernel[Q, R wire.Message] struct {
	// Spec is what the kernel states of itself.
	Spec wire.KernelSpec
	// NewRequest and NewResponse make empty messages.
	NewRequest  func() Q
	NewResponse func() R
	// Native is the best Go known, Original what profiles find where that is worse; nil where there is none.
	Native, Original Twin[Q, R]
	// NativeInto is Native for callers with WithBuffer; nil where the twin has no use for memory.
	NativeInto TwinInto[Q, R]
}

// AnyKernel is a Kernel whose message types the caller does not know: what a load driver or an HTTP service works with.
type AnyKernel interface {
	// Description gives what the kernel states of itself.
	Description() wire.KernelSpec
	// EmptyRequest and EmptyResponse make empty messages.
	EmptyRequest() wire.Message
	EmptyResponse() wire.Message
	// HasTwin says whether a native route is there.
	HasTwin(route wire.Route) bool
	// CallAny is Call with messages of the kernel's types; another type is refused as INVALID_INPUT.
	CallAny(ctx context.Context, c *Client, request wire.Message, options ...CallOption) (wire.Message, error)
}

var (
	kernelsMu sync.RWMutex
	kernels   = map[string]AnyKernel{}
)

// Register makes a kernel known by its name; a package does so in its init. It panics when the name is taken.
func Register(kernel AnyKernel) {
	name := kernel.Description().Name
	kernelsMu.Lock()
	defer kernelsMu.Unlock()
	if _, taken := kernels[name]; taken {
		panic(fmt.Sprintf("client: kernel %q is registered twice; give one of them another name", name))
	}
	kernels[name] = kernel
}

// Lookup finds a registered kernel.
func Lookup(name string) (AnyKernel, error) {
	kernelsMu.RLock()
	defer kernelsMu.RUnlock()
	if kernel, ok := kernels[name]; ok {
		return kernel, nil
	}
	known := strings.Join(slices.Sorted(maps.Keys(kernels)), ", ")
	return nil, wire.Failf(wire.ReasonUnknownKernel, "%q; known are %s", name, known)
}

// Kernels gives every registered kernel, sorted by name.
func Kernels() []AnyKernel {
	kernelsMu.RLock()
	defer kernelsMu.RUnlock()
	all := make([]AnyKernel, 0, len(kernels))
	for _, name := range slices.Sorted(maps.Keys(kernels)) {
		all = append(all, kernels[name])
	}
	return all
}

// Description implements AnyKernel.
func (k *Kernel[Q, R]) Description() wire.KernelSpec { return k.Spec }

// EmptyRequest implements AnyKernel.
func (k *Kernel[Q, R]) EmptyRequest() wire.Message { return k.NewRequest() }

// EmptyResponse implements AnyKernel.
func (k *Kernel[Q, R]) EmptyResponse() wire.Message { return k.NewResponse() }

// HasTwin implements AnyKernel.
func (k *Kernel[Q, R]) HasTwin(route wire.Route) bool { return k.twin(route) != nil }

// CallAny implements AnyKernel.
func (k *Kernel[Q, R]) CallAny(ctx context.Context, c *Client, request wire.Message, options ...CallOption) (wire.Message, error) {
	typed, ok := request.(Q)
	if !ok {
		return nil, wire.Failf(wire.ReasonInvalidInput, "a request of type %T, want %T", request, k.NewRequest())
	}
	response, err := Call(ctx, c, k, typed, options...)
	if err != nil {
		return nil, err
	}
	return response, nil
}

// compute calls the twin of a native route, in the caller's memory where both can.
func (k *Kernel[Q, R]) compute(ctx context.Context, request Q, s *callSettings) (R, error) {
	if s.buffer == nil || k.NativeInto == nil || s.route != wire.Native {
		return k.twin(s.route)(ctx, request)
	}
	response, memory, err := k.NativeInto(ctx, request, s.buffer.reply[:0])
	if err == nil {
		s.buffer.reply = memory
	}
	return response, err
}

func (k *Kernel[Q, R]) twin(route wire.Route) Twin[Q, R] {
	switch route {
	case wire.Native:
		return k.Native
	case wire.Original:
		return k.Original
	default:
		return nil
	}
}
