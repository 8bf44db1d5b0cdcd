package wire

import (
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
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

// Decode replaces a message's fields by those in b, which bytes fields may alias; Aliases says when.
func Decode(codec Codec, b []byte, message Message) error {
	switch codec {
	case CodecMsgpack:
		return message.UnmarshalMsgpack(b)
	case CodecRaw:
		return message.UnmarshalRaw(b)
	case CodecProtobuf:
		return decodeProtobuf(b, message)
	default:
		return Failf(ReasonUnknownCodec, "number %d", codec)
	}
}

// aliasedBytes is the length from which a bytes field of protobuf is not copied.
const aliasedBytes = 4 << 10

// Aliases says that a message decoded from n bytes may hold parts of them.
func (v Codec) Aliases(n int) bool { return v != CodecProtobuf || n >= aliasedBytes }

// decodeProtobuf leaves out what the library would copy: long bytes fields become parts of b.
func decodeProtobuf(b []byte, message Message) error {
	if len(b) < aliasedBytes {
		return proto.Unmarshal(b, message)
	}
	long, rest, ok := splitProtobuf(b, message.ProtoReflect().Descriptor().Fields())
	if !ok {
		return proto.Unmarshal(b, message)
	}
	if err := proto.Unmarshal(rest, message); err != nil {
		return err
	}
	for _, field := range long {
		message.ProtoReflect().Set(field.descriptor, protoreflect.ValueOfBytes(field.value))
	}
	return nil
}

// longField is a bytes field that stays where it is.
type longField struct {
	descriptor protoreflect.FieldDescriptor
	value      []byte
}

// splitProtobuf parts the long bytes fields from the rest. ok is false where the library must see all: bytes that are no
// message, and a long field that is there more than once.
func splitProtobuf(b []byte, fields protoreflect.FieldDescriptors) (long []longField, rest []byte, ok bool) {
	for len(b) > 0 {
		number, kind, tag := protowire.ConsumeTag(b)
		if tag < 0 {
			return nil, nil, false
		}
		size := protowire.ConsumeFieldValue(number, kind, b[tag:])
		if size < 0 || slices.ContainsFunc(long, func(l longField) bool { return l.descriptor.Number() == number }) {
			return nil, nil, false
		}
		whole := b[:tag+size]
		b = b[tag+size:]
		descriptor := fields.ByNumber(number)
		if size < aliasedBytes || kind != protowire.BytesType || descriptor == nil || descriptor.Kind() != protoreflect.BytesKind {
			rest = append(rest, whole...)
			continue
		}
		value, _ := protowire.ConsumeBytes(whole[tag:])
		long = append(long, longField{descriptor, value[:len(value):len(value)]})
	}
	return long, rest, true
}
