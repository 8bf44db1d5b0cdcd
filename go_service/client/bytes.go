package client

import (
	"context"
	"fmt"
	"regexp"

	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// BytesKernel is a kernel without a proto of its own: bytes in, bytes out; protos/kernels/v1/bytes.md.
type BytesKernel = Kernel[*kernelsv1.BytesRequest, *kernelsv1.BytesResponse]

// BytesFunction is a kernel in Go. Like every twin it is pure; it may give back its input. Its error ends the call as
// INVALID_INPUT.
type BytesFunction func(input []byte) ([]byte, error)

// How the answers of two routes are compared, for the lists' comparer and ComparedBy.
const (
	// ComparerBytes wants every byte the same.
	ComparerBytes = "bytes"
	// ComparerJSON wants the same JSON value.
	ComparerJSON = "json"
	// ComparerApprox wants the same text but for numbers, which may differ by a relative error.
	ComparerApprox = "approx"
)

// BytesOption sets up a kernel of RegisterBytes.
type BytesOption func(*BytesKernel)

// WithOriginal adds the Go function that profiles find, where the twin is a better one.
func WithOriginal(original BytesFunction) BytesOption {
	return func(k *BytesKernel) { k.Original = bytesTwin(original) }
}

// ComparedBy says how answers are compared, instead of by ComparerBytes.
func ComparedBy(comparer string) BytesOption {
	return func(k *BytesKernel) { k.Spec.Comparer = comparer }
}

// WithVersion sets the version that the twin has, instead of 1.0.
func WithVersion(major, minor uint16) BytesOption {
	return func(k *BytesKernel) { k.Spec.Version = uint32(major)<<16 | uint32(minor) }
}

// WithCheapUpTo says up to which encoded request the Rust kernel answers within some tens of microseconds; such a call in
// process is not made cancellable.
func WithCheapUpTo(bytes int) BytesOption {
	return func(k *BytesKernel) { k.Spec.CheapUpToBytes = bytes }
}

// WithoutRepeats says that a call whose fate is unknown must not be made again, and that the twin must not answer instead
// of a failed route: the function is not pure.
func WithoutRepeats() BytesOption {
	return func(k *BytesKernel) { k.Spec.Idempotent, k.Spec.FallbackSafe = false, false }
}

// bytesName is the rule of bytes.md.
var bytesName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)

// RegisterBytes makes a kernel of a Go function that has a Rust twin in the worker, and makes it known by its name: for
// Call, for Client.Bytes and for the load driver. It panics when the name is taken or breaks the rule of bytes.md, and
// for an unknown comparer.
func RegisterBytes(name string, twin BytesFunction, options ...BytesOption) *BytesKernel {
	k := &BytesKernel{
		Spec: wire.KernelSpec{
			Name: name, Package: "kernels.v1", Service: wire.BytesService, Method: wire.BytesMethod, Version: 1 << 16,
			Idempotent: true, FallbackSafe: true, Comparer: ComparerBytes,
		},
		NewRequest:  func() *kernelsv1.BytesRequest { return new(kernelsv1.BytesRequest) },
		NewResponse: func() *kernelsv1.BytesResponse { return new(kernelsv1.BytesResponse) },
		Native:      bytesTwin(twin),
	}
	for _, option := range options {
		option(k)
	}
	if err := checkBytes(&k.Spec); err != nil {
		panic(err.Error())
	}
	Register(k)
	return k
}

// Bytes calls a kernel of RegisterBytes by its name. The answer is the caller's, except with WithBuffer; on a native
// route it may be data itself.
func (c *Client) Bytes(ctx context.Context, name string, data []byte, options ...CallOption) ([]byte, error) {
	known, err := Lookup(name)
	if err != nil {
		return nil, err
	}
	k, ok := known.(*BytesKernel)
	if !ok {
		return nil, wire.Failf(wire.ReasonUnknownKernel, "%q has messages of its own; call it with them", name)
	}
	response, err := Call(ctx, c, k, &kernelsv1.BytesRequest{Data: data}, options...)
	if err != nil {
		return nil, err
	}
	return response.Data, nil
}

func checkBytes(spec *wire.KernelSpec) error {
	if !bytesName.MatchString(spec.Name) {
		return fmt.Errorf("client: %q names no kernel: write lower-case letters, digits and dashes, 1 to 64 bytes, a letter first", spec.Name)
	}
	switch spec.Comparer {
	case ComparerBytes, ComparerJSON, ComparerApprox:
		return nil
	default:
		return fmt.Errorf("client: kernel %q: unknown comparer %q; known are bytes, json, approx", spec.Name, spec.Comparer)
	}
}

func bytesTwin(function BytesFunction) Twin[*kernelsv1.BytesRequest, *kernelsv1.BytesResponse] {
	return func(_ context.Context, request *kernelsv1.BytesRequest) (*kernelsv1.BytesResponse, error) {
		output, err := function(request.Data)
		if err != nil {
			return nil, err
		}
		return &kernelsv1.BytesResponse{Data: output}, nil
	}
}

// Infallible makes a BytesFunction of one that has no error.
func Infallible(function func([]byte) []byte) BytesFunction {
	return func(input []byte) ([]byte, error) { return function(input), nil }
}

// Text makes a BytesFunction of one over strings.
func Text(function func(string) string) BytesFunction {
	return func(input []byte) ([]byte, error) { return []byte(function(string(input))), nil }
}

// TextWithError makes a BytesFunction of one over strings that can fail.
func TextWithError(function func(string) (string, error)) BytesFunction {
	return func(input []byte) ([]byte, error) {
		output, err := function(string(input))
		return []byte(output), err
	}
}
