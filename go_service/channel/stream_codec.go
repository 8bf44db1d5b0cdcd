package channel

import (
	"encoding/binary"
	"fmt"
	"math"
	"sync"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// frameTag opens the only field of wire.v1.Frame.
var frameTag = protowire.AppendTag(nil, 1, protowire.BytesType)

// streamCodec writes and reads wire.v1.Frame without a copy of large payloads. Another name than "proto" would change the
// content type.
type streamCodec struct{}

// Name implements encoding.CodecV2.
func (streamCodec) Name() string { return "proto" }

// Marshal implements encoding.CodecV2.
func (streamCodec) Marshal(v any) (mem.BufferSlice, error) {
	message, ok := v.(mem.BufferSlice)
	if !ok {
		return nil, fmt.Errorf("channel: a message of type %T, want frames", v)
	}
	return message, nil
}

// Unmarshal implements encoding.CodecV2; the reader stands at the first frame afterwards.
func (streamCodec) Unmarshal(data mem.BufferSlice, v any) error {
	in, ok := v.(*mem.Reader)
	if !ok {
		return fmt.Errorf("channel: a message of type %T, want frames", v)
	}
	in.Reset(data)
	if in.Remaining() == 0 {
		return nil
	}
	tag, err := in.ReadByte()
	if err != nil || tag != frameTag[0] {
		return fmt.Errorf("a stream message that is no wire.v1.Frame: %w", errNotFrames)
	}
	size, err := binary.ReadUvarint(in)
	if err != nil || size > math.MaxInt || int(size) != in.Remaining() {
		return fmt.Errorf("a wire.v1.Frame whose length is wrong: %w", errNotFrames)
	}
	return nil
}

var errNotFrames = &wire.ProtocolError{Problem: "the stream carries no frames"}

// place is where a message begins in a batch.
type place struct{ bytes, cut int }

// span gives the end of the whole frames that follow from and are not over limit bytes together, at least one frame.
func (b *batch) span(from place, limit int) (to place, size int) {
	if from == (place{}) && b.size <= limit {
		return place{len(b.bytes), len(b.cuts)}, b.size
	}
	for to = from; to.bytes < len(b.bytes); {
		frame := int(binary.LittleEndian.Uint32(b.bytes[to.bytes:])) + wire.FrameLengthBytes
		if size > 0 && size+frame > limit {
			break
		}
		size += frame
		if to.cut < len(b.cuts) && b.cuts[to.cut].at <= to.bytes+frame { // its payload stands in the cut
			to = place{b.cuts[to.cut].at, to.cut + 1}
		} else {
			to.bytes += frame
		}
	}
	return to, size
}

// message encodes wire.v1.Frame with these frames, size bytes in all. Small parts are copied, because the library says
// only of large ones when it is done with them.
func (b *batch) message(from, to place, size int) mem.BufferSlice {
	head := protowire.AppendVarint(append(make([]byte, 0, 11), frameTag...), uint64(size))
	copied := copies.Get(len(head) + to.bytes - from.bytes)
	copy((*copied)[copy(*copied, head):], b.bytes[from.bytes:to.bytes])
	whole := mem.NewBuffer(copied, copies)
	if from.cut == to.cut {
		return mem.BufferSlice{whole}
	}
	defer whole.Free()
	shift := len(head) - from.bytes // of the batch's bytes in the copy
	var message mem.BufferSlice
	at := 0
	for _, cut := range b.cuts[from.cut:to.cut] {
		message = append(message, whole.Slice(at, cut.at+shift), cut.transfer.lend(cut.payload))
		at = cut.at + shift
	}
	if end := whole.Len(); at < end {
		message = append(message, whole.Slice(at, end))
	}
	return message
}

// copyPool keeps the memory of small parts. The library's own pool clears up to a megabyte each time.
type copyPool struct{ sync.Pool }

var copies = &copyPool{}

// Get implements mem.BufferPool.
func (p *copyPool) Get(length int) *[]byte {
	b, ok := p.Pool.Get().(*[]byte)
	if !ok || cap(*b) < length {
		fresh := make([]byte, length, max(length, leastCopyBytes))
		return &fresh
	}
	*b = (*b)[:length]
	return b
}

// Put implements mem.BufferPool.
func (p *copyPool) Put(b *[]byte) {
	if cap(*b) <= keptBytes {
		p.Pool.Put(b)
	}
}

// leastCopyBytes is over what the library counts references of.
const leastCopyBytes = 4 << 10

// lend gives a piece to the library and counts it until it is given back.
func (t *transfer) lend(piece []byte) mem.Buffer {
	if mem.IsBelowBufferPoolingThreshold(cap(piece)) {
		return mem.SliceBuffer(append([]byte(nil), piece...))
	}
	t.lent.Add(1)
	return mem.NewBuffer(&piece, (*transferLender)(t))
}

// transferLender is told when the last reference to a piece is gone.
type transferLender transfer

// Get implements mem.BufferPool.
func (*transferLender) Get(length int) *[]byte {
	b := make([]byte, length)
	return &b
}

// Put implements mem.BufferPool.
func (l *transferLender) Put(*[]byte) { l.lent.Add(-1) }
