package client

import (
	"context"

	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"
	"github.com/sidecar-ipc/gateway/go_service/kernel"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// The kernels of this repository.
var (
	// Echo returns the payload unchanged: it prices the boundary.
	Echo = &Kernel[*kernelsv1.EchoRequest, *kernelsv1.EchoResponse]{
		Spec:        wire.KernelEcho,
		NewRequest:  func() *kernelsv1.EchoRequest { return new(kernelsv1.EchoRequest) },
		NewResponse: func() *kernelsv1.EchoResponse { return new(kernelsv1.EchoResponse) },
		Native:      echo,
	}
	// Spin computes for a stated number of steps.
	Spin = &Kernel[*kernelsv1.SpinRequest, *kernelsv1.SpinResponse]{
		Spec:        wire.KernelSpin,
		NewRequest:  func() *kernelsv1.SpinRequest { return new(kernelsv1.SpinRequest) },
		NewResponse: func() *kernelsv1.SpinResponse { return new(kernelsv1.SpinResponse) },
		Native:      spin,
	}
	// Digest computes SHA-256.
	Digest = &Kernel[*kernelsv1.DigestRequest, *kernelsv1.DigestResponse]{
		Spec:        wire.KernelDigest,
		NewRequest:  func() *kernelsv1.DigestRequest { return new(kernelsv1.DigestRequest) },
		NewResponse: func() *kernelsv1.DigestResponse { return new(kernelsv1.DigestResponse) },
		Native:      digest,
	}
	// Redact masks personal data and secrets in log bytes.
	Redact = &Kernel[*kernelsv1.RedactRequest, *kernelsv1.RedactResponse]{
		Spec:        wire.KernelRedact,
		NewRequest:  func() *kernelsv1.RedactRequest { return new(kernelsv1.RedactRequest) },
		NewResponse: func() *kernelsv1.RedactResponse { return new(kernelsv1.RedactResponse) },
		Native:      redact,
		Original:    redactOriginal,
	}
)

func init() {
	Register(Echo)
	Register(Spin)
	Register(Digest)
	Register(Redact)
}

// Echo returns the payload unchanged.
func (c *Client) Echo(ctx context.Context, request *kernelsv1.EchoRequest, options ...CallOption) (*kernelsv1.EchoResponse, error) {
	return Call(ctx, c, Echo, request, options...)
}

// Spin computes for request.Steps steps.
func (c *Client) Spin(ctx context.Context, request *kernelsv1.SpinRequest, options ...CallOption) (*kernelsv1.SpinResponse, error) {
	return Call(ctx, c, Spin, request, options...)
}

// Digest computes the SHA-256 digest of request.Data.
func (c *Client) Digest(ctx context.Context, request *kernelsv1.DigestRequest, options ...CallOption) (*kernelsv1.DigestResponse, error) {
	return Call(ctx, c, Digest, request, options...)
}

// Redact masks e-mail addresses, IP addresses, card numbers, tokens and keys in request.Text.
func (c *Client) Redact(ctx context.Context, request *kernelsv1.RedactRequest, options ...CallOption) (*kernelsv1.RedactResponse, error) {
	return Call(ctx, c, Redact, request, options...)
}

func echo(_ context.Context, request *kernelsv1.EchoRequest) (*kernelsv1.EchoResponse, error) {
	return &kernelsv1.EchoResponse{Payload: kernel.Echo(request.Payload)}, nil
}

func spin(ctx context.Context, request *kernelsv1.SpinRequest) (*kernelsv1.SpinResponse, error) {
	state, err := kernel.Spin(request.Steps, request.Seed, kernel.NewCheckpoint(ctx))
	if err != nil {
		return nil, err
	}
	return &kernelsv1.SpinResponse{State: state, Payload: kernel.Echo(request.Payload)}, nil
}

func digest(ctx context.Context, request *kernelsv1.DigestRequest) (*kernelsv1.DigestResponse, error) {
	sum, err := kernel.Digest(request.Data, kernel.NewCheckpoint(ctx))
	if err != nil {
		return nil, err
	}
	return &kernelsv1.DigestResponse{Sha256: sum[:]}, nil
}

func redact(ctx context.Context, request *kernelsv1.RedactRequest) (*kernelsv1.RedactResponse, error) {
	text, err := kernel.Redact(nil, request.Text, kernel.NewCheckpoint(ctx))
	if err != nil {
		return nil, err
	}
	return &kernelsv1.RedactResponse{Text: text}, nil
}

func redactOriginal(_ context.Context, request *kernelsv1.RedactRequest) (*kernelsv1.RedactResponse, error) {
	return &kernelsv1.RedactResponse{Text: kernel.RedactOriginal(request.Text)}, nil
}
