package channel

import (
	"bytes"
	"fmt"
	"sync/atomic"

	"google.golang.org/grpc/mem"
)

// passThrough hands encoded messages through. Another name than "proto" would change the content type.
type passThrough struct{}

// Name implements encoding.CodecV2.
func (passThrough) Name() string { return "proto" }

// Marshal implements encoding.CodecV2.
func (passThrough) Marshal(v any) (mem.BufferSlice, error) {
	request, ok := v.(*grpcRequest)
	if !ok {
		return nil, fmt.Errorf("channel: a message of type %T, want bytes", v)
	}
	return mem.BufferSlice{request.buffer()}, nil
}

// Unmarshal implements encoding.CodecV2.
func (passThrough) Unmarshal(data mem.BufferSlice, v any) error {
	response, ok := v.(*grpcResponse)
	if !ok {
		return fmt.Errorf("channel: a message of type %T, want bytes", v)
	}
	payload := response.reply.space(data.Len())
	data.CopyTo(payload)
	response.reply.Payload = payload
	return nil
}

// grpcResponse is where the payload goes.
type grpcResponse struct{ reply *Reply }

// grpcRequest is a payload that knows whether the library still reads it.
type grpcRequest struct {
	bytes []byte
	lent  atomic.Bool
}

// buffer lends the payload; small ones are copied, because the library does not say when it is done with them.
func (r *grpcRequest) buffer() mem.Buffer {
	if mem.IsBelowBufferPoolingThreshold(cap(r.bytes)) {
		return mem.SliceBuffer(bytes.Clone(r.bytes))
	}
	r.lent.Store(true)
	return mem.NewBuffer(&r.bytes, (*lender)(r))
}

func (r *grpcRequest) unsent() bool { return r.lent.Load() }

// lender is told when the last reference is gone.
type lender grpcRequest

// Get implements mem.BufferPool.
func (*lender) Get(length int) *[]byte {
	b := make([]byte, length)
	return &b
}

// Put implements mem.BufferPool.
func (l *lender) Put(*[]byte) { l.lent.Store(false) }
