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
		NativeInto:  echoInto,
	}
	// Spin computes for a stated number of steps.
	Spin = &Kernel[*kernelsv1.SpinRequest, *kernelsv1.SpinResponse]{
		Spec:        wire.KernelSpin,
		NewRequest:  func() *kernelsv1.SpinRequest { return new(kernelsv1.SpinRequest) },
		NewResponse: func() *kernelsv1.SpinResponse { return new(kernelsv1.SpinResponse) },
		Native:      spin,
		NativeInto:  spinInto,
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
		NativeInto:  redactInto,
		Original:    redactOriginal,
	}
	// Tokenize counts or lists cl100k tokens. Its Go twins bring a vocabulary and 9 MB, so a program has them only when it
	// imports go_service/client/tokenizer.
	Tokenize = &Kernel[*kernelsv1.TokenizeRequest, *kernelsv1.TokenizeResponse]{
		Spec:        wire.KernelTokenize,
		NewRequest:  func() *kernelsv1.TokenizeRequest { return new(kernelsv1.TokenizeRequest) },
		NewResponse: func() *kernelsv1.TokenizeResponse { return new(kernelsv1.TokenizeResponse) },
	}
	// Topk finds the nearest vectors of a resident index.
	Topk = &Kernel[*kernelsv1.TopkRequest, *kernelsv1.TopkResponse]{
		Spec:        wire.KernelTopk,
		NewRequest:  func() *kernelsv1.TopkRequest { return new(kernelsv1.TopkRequest) },
		NewResponse: func() *kernelsv1.TopkResponse { return new(kernelsv1.TopkResponse) },
		Native:      topk,
		Original:    topkOriginal,
	}
	// Inflate unpacks gzip data.
	Inflate = &Kernel[*kernelsv1.InflateRequest, *kernelsv1.InflateResponse]{
		Spec:        wire.KernelInflate,
		NewRequest:  func() *kernelsv1.InflateRequest { return new(kernelsv1.InflateRequest) },
		NewResponse: func() *kernelsv1.InflateResponse { return new(kernelsv1.InflateResponse) },
		Native:      inflate,
		NativeInto:  inflateInto,
		Original:    inflateOriginal,
	}
)

func init() {
	Register(Echo)
	Register(Spin)
	Register(Digest)
	Register(Redact)
	Register(Tokenize)
	Register(Topk)
	Register(Inflate)
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

// Tokenize counts the cl100k tokens of request.Text, and lists them unless request.CountOnly.
func (c *Client) Tokenize(ctx context.Context, request *kernelsv1.TokenizeRequest, options ...CallOption) (*kernelsv1.TokenizeResponse, error) {
	return Call(ctx, c, Tokenize, request, options...)
}

// Topk finds the request.K vectors of the resident index that are nearest to request.Query, 384 signed bytes.
func (c *Client) Topk(ctx context.Context, request *kernelsv1.TopkRequest, options ...CallOption) (*kernelsv1.TopkResponse, error) {
	return Call(ctx, c, Topk, request, options...)
}

// Inflate unpacks the gzip members in request.Data, at most request.MaxBytes, of which 0 stands for 4,000,000.
func (c *Client) Inflate(ctx context.Context, request *kernelsv1.InflateRequest, options ...CallOption) (*kernelsv1.InflateResponse, error) {
	return Call(ctx, c, Inflate, request, options...)
}

func echo(_ context.Context, request *kernelsv1.EchoRequest) (*kernelsv1.EchoResponse, error) {
	return &kernelsv1.EchoResponse{Payload: kernel.Echo(nil, request.Payload)}, nil
}

func echoInto(_ context.Context, request *kernelsv1.EchoRequest, memory []byte) (*kernelsv1.EchoResponse, []byte, error) {
	payload := kernel.Echo(memory, request.Payload)
	return &kernelsv1.EchoResponse{Payload: payload}, payload, nil
}

func spin(ctx context.Context, request *kernelsv1.SpinRequest) (*kernelsv1.SpinResponse, error) {
	response, _, err := spinInto(ctx, request, nil)
	return response, err
}

func spinInto(ctx context.Context, request *kernelsv1.SpinRequest, memory []byte) (*kernelsv1.SpinResponse, []byte, error) {
	state, err := kernel.Spin(request.Steps, request.Seed, kernel.NewCheckpoint(ctx))
	if err != nil {
		return nil, nil, err
	}
	payload := kernel.Echo(memory, request.Payload)
	return &kernelsv1.SpinResponse{State: state, Payload: payload}, payload, nil
}

func digest(ctx context.Context, request *kernelsv1.DigestRequest) (*kernelsv1.DigestResponse, error) {
	sum, err := kernel.Digest(request.Data, kernel.NewCheckpoint(ctx))
	if err != nil {
		return nil, err
	}
	return &kernelsv1.DigestResponse{Sha256: sum[:]}, nil
}

func redact(ctx context.Context, request *kernelsv1.RedactRequest) (*kernelsv1.RedactResponse, error) {
	response, _, err := redactInto(ctx, request, nil)
	return response, err
}

func redactInto(ctx context.Context, request *kernelsv1.RedactRequest, memory []byte) (*kernelsv1.RedactResponse, []byte, error) {
	text, err := kernel.Redact(memory, request.Text, kernel.NewCheckpoint(ctx))
	if err != nil {
		return nil, nil, err
	}
	return &kernelsv1.RedactResponse{Text: text}, text, nil
}

func redactOriginal(_ context.Context, request *kernelsv1.RedactRequest) (*kernelsv1.RedactResponse, error) {
	return &kernelsv1.RedactResponse{Text: kernel.RedactOriginal(request.Text)}, nil
}

func topk(ctx context.Context, request *kernelsv1.TopkRequest) (*kernelsv1.TopkResponse, error) {
	indexes, scores, err := kernel.Topk(request.Query, request.K, kernel.NewCheckpoint(ctx))
	if err != nil {
		return nil, err
	}
	return &kernelsv1.TopkResponse{Indexes: indexes, Scores: scores}, nil
}

func topkOriginal(_ context.Context, request *kernelsv1.TopkRequest) (*kernelsv1.TopkResponse, error) {
	indexes, scores, err := kernel.TopkOriginal(request.Query, request.K)
	if err != nil {
		return nil, err
	}
	return &kernelsv1.TopkResponse{Indexes: indexes, Scores: scores}, nil
}

func inflate(ctx context.Context, request *kernelsv1.InflateRequest) (*kernelsv1.InflateResponse, error) {
	response, _, err := inflateInto(ctx, request, nil)
	return response, err
}

func inflateInto(ctx context.Context, request *kernelsv1.InflateRequest, memory []byte) (*kernelsv1.InflateResponse, []byte, error) {
	data, err := kernel.InflateInto(memory, request.Data, request.MaxBytes, kernel.NewCheckpoint(ctx))
	if err != nil {
		return nil, nil, err
	}
	return &kernelsv1.InflateResponse{Data: data}, data, nil
}

func inflateOriginal(ctx context.Context, request *kernelsv1.InflateRequest) (*kernelsv1.InflateResponse, error) {
	data, err := kernel.InflateOriginal(request.Data, request.MaxBytes, kernel.NewCheckpoint(ctx))
	if err != nil {
		return nil, err
	}
	return &kernelsv1.InflateResponse{Data: data}, nil
}
