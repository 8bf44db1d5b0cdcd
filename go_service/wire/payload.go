package wire

import (
	"google.golang.org/protobuf/proto"
)

// Encode appends a message to b by a codec; *Error with ReasonUnknownCodec when there is none of that number.
func Encode(codec Codec, b []byte, message Message) ([]byte, error) {
	switch codec {
	case CodecMsgpack:
		return message.AppendMsgpack(b), nil
	case CodecRaw:
		return message.AppendRaw(b), nil
	case CodecProtobuf:
		return proto.MarshalOptions{}.MarshalAppend(b, message)
	default:
		return nil, Failf(ReasonUnknownCodec, "number %d", codec)
	}
}

// Decode replaces a message's fields by those in b, which bytes fields alias unless the codec is protobuf.
func Decode(codec Codec, b []byte, message Message) error {
	switch codec {
	case CodecMsgpack:
		return message.UnmarshalMsgpack(b)
	case CodecRaw:
		return message.UnmarshalRaw(b)
	case CodecProtobuf:
		return proto.Unmarshal(b, message)
	default:
		return Failf(ReasonUnknownCodec, "number %d", codec)
	}
}

// Aliases says that a decoded message holds parts of the bytes it came from.
func (v Codec) Aliases() bool { return v != CodecProtobuf }
