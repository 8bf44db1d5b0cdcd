package client

import (
	"sync"

	"github.com/sidecar-ipc/gateway/go_service/channel"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Buffer keeps the memory of one caller's requests and replies between calls. The zero value is ready.
type Buffer struct {
	request, reply []byte
}

// pooledBytes bounds what the pool keeps of one call: a message of the default limit with its fields.
const pooledBytes = wire.MaxMessageBytes + 4096

// exchange is the state of one call across a boundary.
type exchange struct {
	call    channel.Call
	reply   channel.Reply
	request []byte
	replies []byte // memory for replies whose decoding copies
	owner   *Buffer
}

var exchanges = sync.Pool{New: func() any { return new(exchange) }}

// takeExchange takes one from the pool, with the caller's memory where it is given.
func takeExchange(codec wire.Codec, owner *Buffer) *exchange {
	x := exchanges.Get().(*exchange)
	x.owner, x.reply = owner, channel.Reply{}
	switch {
	case owner != nil:
		x.request, x.reply.Buffer = owner.request, owner.reply
	case !codec.Aliases(0):
		x.reply.Buffer = x.replies
	}
	return x
}

// giveBack puts the memory where it came from, unless the channel still uses it.
func (x *exchange) giveBack() {
	if x.call.Retained {
		x.request = nil
	}
	switch {
	case x.owner != nil:
		x.owner.request, x.request = x.request, nil
		x.owner.reply = x.memory(x.owner.reply)
	case !x.call.Codec.Aliases(len(x.reply.Payload)):
		x.replies = x.memory(x.replies)
	default:
		x.replies = nil
	}
	if cap(x.request) > pooledBytes {
		x.request = nil
	}
	if cap(x.replies) > pooledBytes {
		x.replies = nil
	}
	x.owner, x.call.Payload, x.reply.Payload, x.reply.Buffer = nil, nil, nil, nil
	exchanges.Put(x)
}

// memory gives what the next reply may be written into.
func (x *exchange) memory(offered []byte) []byte {
	switch {
	case x.reply.Retained:
		return nil
	case cap(x.reply.Payload) > cap(offered):
		return x.reply.Payload
	default:
		return offered
	}
}
