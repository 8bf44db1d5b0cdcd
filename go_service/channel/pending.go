package channel

import (
	"sync"
	"sync/atomic"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// pending is one call in flight on a connection. The reader fills it in; the caller takes the answer from it once it is
// done. One that its caller gave up stays with the connection until its reply came, and is never used again.
type pending struct {
	id   uint64
	done chan struct{} // one signal, sent after the last write to the fields below

	buffer  []byte // what the caller offers for the reply
	payload []byte
	got     int // bytes of payload in hand
	receipt wire.Receipt
	inHand  uint64 // t9
	err     error  // set instead of a receipt

	stamps  bool
	refused bool // the reply's payload is skipped

	// Guarded by the connection's lock.
	abandoned bool
	started   bool   // the first frame of the reply was seen
	round     uint64 // of the write that has its first frame

	written  *atomic.Uint64 // t3, where it was asked for
	transfer *transfer      // where the payload goes out without a copy
}

var pendings = sync.Pool{New: func() any { return &pending{done: make(chan struct{}, 1)} }}

// takePending prepares one for a call.
func takePending(call *Call, reply *Reply) *pending {
	p := pendings.Get().(*pending)
	p.buffer, p.stamps = reply.Buffer, call.Stamps
	if call.Stamps {
		p.written = new(atomic.Uint64)
	}
	return p
}

// recycle gives it back; only its caller may, after it is done.
func (p *pending) recycle() {
	*p = pending{done: p.done}
	pendings.Put(p)
}

// deliver moves the answer to the caller.
func (p *pending) deliver(call *Call, reply *Reply) error {
	call.Retained = p.transfer.unsent()
	reply.Receipt = p.receipt
	reply.InHandNs = p.inHand
	if p.written != nil {
		reply.WrittenNs = p.written.Load()
	}
	if p.err != nil {
		return p.err
	}
	if err := reply.Receipt.Err(); err != nil {
		return err
	}
	reply.Payload = p.payload
	return nil
}

// begin makes room for the payload that the receipt announces, at most limit bytes.
func (p *pending) begin(limit int) {
	switch total := p.receipt.TotalBytes; {
	case total > uint64(limit):
		p.refuse(wire.Failf(wire.ReasonReplyTooLarge, "%d bytes, at most %d are allowed", total, limit))
	case uint64(cap(p.buffer)) >= total:
		p.payload = p.buffer[:total]
	default:
		p.payload = make([]byte, total)
	}
}

// refuse skips the payload; the call fails, the connection lives on.
func (p *pending) refuse(err *wire.Error) {
	p.refused, p.err, p.payload = true, err, nil
}

// take copies a piece of the payload. What no receipt announced is refused.
func (p *pending) take(piece []byte) {
	if p.refused {
		return
	}
	if len(piece) > len(p.payload)-p.got {
		p.refuse(wire.Failf(wire.ReasonMalformedReply, "more than the announced %d bytes", len(p.payload)))
		return
	}
	p.got += copy(p.payload[p.got:], piece)
}

// room gives the memory for the next n bytes of payload; nil where they are skipped.
func (p *pending) room(n int) []byte {
	if p.refused || n > len(p.payload)-p.got {
		return nil
	}
	return p.payload[p.got : p.got+n]
}

// end checks that the pieces add up.
func (p *pending) end(nowNs uint64) {
	p.inHand = nowNs
	if !p.refused && p.got != len(p.payload) {
		p.refuse(wire.Failf(wire.ReasonMalformedReply, "%d of the announced %d bytes", p.got, len(p.payload)))
	}
}
