package channel

import (
	"sync/atomic"

	"github.com/sidecar-ipc/gateway/go_service/clock"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

const (
	// copiedBytes is the largest payload that is copied into the shared buffer; larger ones go out by writev.
	copiedBytes = 16 << 10
	// roundBytes bounds what large payloads add to one write, so that small calls pass them.
	roundBytes = 512 << 10
	// keptBytes bounds the shared buffers that an idle connection keeps.
	keptBytes = 256 << 10
)

// transfer is a payload that goes out without a copy.
type transfer struct {
	id    uint64
	rest  []byte // not yet in a batch
	whole atomic.Bool
	lent  atomic.Int32 // pieces that a library still reads after the write
}

// unsent says that the payload may still be read.
func (t *transfer) unsent() bool { return t != nil && (!t.whole.Load() || t.lent.Load() > 0) }

// cut is a slice of a payload that goes out behind so many bytes of the shared buffer.
type cut struct {
	at       int
	payload  []byte
	transfer *transfer
	last     bool // it is the payload's end
}

// batch is what goes out in one write.
type batch struct {
	bytes   []byte
	cuts    []cut
	stamped []*atomic.Uint64 // want the time when the write is done
	size    int              // of all, in bytes
}

func (b *batch) empty() bool { return b.size == 0 }

// frame appends a frame whose header and payload are small.
func (b *batch) frame(kind wire.FrameType, flags uint8, id uint64, header, payload []byte) {
	before := len(b.bytes)
	b.bytes = wire.AppendFrame(b.bytes, kind, flags, id, header, payload)
	b.size += len(b.bytes) - before
}

// piece appends a frame with the next bytes of a large payload, as many as a frame of limit bytes holds.
func (b *batch) piece(t *transfer, header []byte, limit int) {
	n := min(len(t.rest), limit-(wire.FrameHeadBytes-wire.FrameLengthBytes)-len(header))
	head := wire.FrameHead{Type: wire.FrameCall, CallID: t.id, HeaderBytes: len(header), PayloadBytes: n}
	c := cut{payload: t.rest[:n], transfer: t}
	t.rest = t.rest[n:]
	if len(t.rest) > 0 {
		head.Flags = wire.FlagMore
	} else {
		c.last = true
	}
	b.bytes = append(wire.AppendFrameHead(b.bytes, head), header...)
	c.at = len(b.bytes)
	b.cuts = append(b.cuts, c)
	b.size += head.Bytes()
}

// vector appends the slices of the batch in order.
func (b *batch) vector(slices [][]byte) [][]byte {
	from := 0
	for i := range b.cuts {
		slices = append(slices, b.bytes[from:b.cuts[i].at], b.cuts[i].payload)
		from = b.cuts[i].at
	}
	if from < len(b.bytes) {
		slices = append(slices, b.bytes[from:])
	}
	return slices
}

// written tells those who wait for it.
func (b *batch) written() {
	for i := range b.cuts {
		if b.cuts[i].last {
			b.cuts[i].transfer.whole.Store(true)
		}
	}
	if len(b.stamped) > 0 {
		now := clock.NowNs()
		for _, at := range b.stamped {
			at.Store(now)
		}
	}
}

// reset forgets everything but the memory.
func (b *batch) reset() {
	clear(b.cuts)
	clear(b.stamped)
	b.cuts, b.stamped, b.size = b.cuts[:0], b.stamped[:0], 0
	if cap(b.bytes) > keptBytes {
		b.bytes = nil
	}
	b.bytes = b.bytes[:0]
}
