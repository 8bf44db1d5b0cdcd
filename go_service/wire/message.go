// Package wire has the bytes that cross a boundary: messages, the closed lists of the contract and frames.
package wire

import (
	"google.golang.org/protobuf/proto"

	"github.com/sidecar-ipc/gateway/go_service/wire/codec"
)

// Message is a flat message of the contract; protos/generator writes the methods.
type Message interface {
	proto.Message

	// AppendMsgpack appends the message as msgpack.
	AppendMsgpack(b []byte) []byte
	// UnmarshalMsgpack replaces the fields by those in b, which its bytes fields alias, or returns *Malformed.
	UnmarshalMsgpack(b []byte) error
	// AppendRaw appends the message as raw.
	AppendRaw(b []byte) []byte
	// UnmarshalRaw replaces the fields by those in b, which its bytes fields alias, or returns *Malformed.
	UnmarshalRaw(b []byte) error
}

// Malformed says that bytes are no message.
type Malformed = codec.Malformed
