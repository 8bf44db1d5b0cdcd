package wire

import (
	"encoding/binary"
	"fmt"
)

// Sizes of a frame, in bytes; protos/FRAME.md.
const (
	// FrameHeadBytes stand before header and payload.
	FrameHeadBytes = 16
	// FrameLengthBytes is the length field, which does not count itself.
	FrameLengthBytes = 4
	// leastFrameLength counts type, flags, header length and call id.
	leastFrameLength = FrameHeadBytes - FrameLengthBytes
)

// FrameHead is the fixed part of a frame.
type FrameHead struct {
	Type  FrameType
	Flags uint8
	// HeaderBytes and PayloadBytes follow the head.
	HeaderBytes, PayloadBytes int
	CallID                    uint64
}

// More says that further frames of the same call follow.
func (h *FrameHead) More() bool { return h.Flags&FlagMore != 0 }

// Bytes is the size of the whole frame.
func (h *FrameHead) Bytes() int { return FrameHeadBytes + h.HeaderBytes + h.PayloadBytes }

// ProtocolError says that a peer broke protos/FRAME.md; its connection is closed.
type ProtocolError struct{ Problem string }

// Error implements error.
func (e *ProtocolError) Error() string { return "protocol error: " + e.Problem }

func protocolError(format string, arguments ...any) error {
	return &ProtocolError{Problem: fmt.Sprintf(format, arguments...)}
}

// ParseFrameHead reads the first FrameHeadBytes of b; limit is the max_frame_bytes that this reader announced.
// It returns *ProtocolError for what breaks the rules. b must be long enough.
func ParseFrameHead(b []byte, limit int) (FrameHead, error) {
	_ = b[FrameHeadBytes-1]
	length := binary.LittleEndian.Uint32(b)
	head := FrameHead{
		Type: FrameType(b[4]), Flags: b[5], HeaderBytes: int(binary.LittleEndian.Uint16(b[6:])),
		CallID: binary.LittleEndian.Uint64(b[8:]),
	}
	switch {
	case uint64(length) > uint64(limit):
		return head, protocolError("a frame of %d bytes, at most %d are allowed", length, limit)
	case uint64(length) < leastFrameLength+uint64(head.HeaderBytes):
		return head, protocolError("a frame of %d bytes has no room for its header of %d", length, head.HeaderBytes)
	case !head.Type.Known():
		return head, protocolError("unknown frame type %d", b[4])
	case head.Flags&^KnownFlags != 0:
		return head, protocolError("unknown frame flags %#x", head.Flags)
	}
	head.PayloadBytes = int(length) - leastFrameLength - head.HeaderBytes
	return head, nil
}

// Frame is a whole frame whose parts are views of what was read.
type Frame struct {
	FrameHead
	Header, Payload []byte
}

// ParseFrame reads one whole frame at the start of b and says how many bytes it takes; 0 means that b has only a part
// of it.
func ParseFrame(b []byte, limit int) (frame Frame, size int, err error) {
	if len(b) < FrameHeadBytes {
		return Frame{}, 0, nil
	}
	if frame.FrameHead, err = ParseFrameHead(b, limit); err != nil {
		return Frame{}, 0, err
	}
	size = frame.Bytes()
	if len(b) < size {
		return Frame{}, 0, nil
	}
	middle := FrameHeadBytes + frame.HeaderBytes
	frame.Header, frame.Payload = b[FrameHeadBytes:middle:middle], b[middle:size:size]
	return frame, size, nil
}

// AppendFrameHead appends the fixed part; HeaderBytes and PayloadBytes of head follow it, appended by the caller.
func AppendFrameHead(b []byte, head FrameHead) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(leastFrameLength+head.HeaderBytes+head.PayloadBytes))
	b = append(b, byte(head.Type), head.Flags)
	b = binary.LittleEndian.AppendUint16(b, uint16(head.HeaderBytes))
	return binary.LittleEndian.AppendUint64(b, head.CallID)
}

// AppendFrame appends a whole frame.
func AppendFrame(b []byte, kind FrameType, flags uint8, callID uint64, header, payload []byte) []byte {
	b = AppendFrameHead(b, FrameHead{
		Type: kind, Flags: flags, HeaderBytes: len(header), PayloadBytes: len(payload), CallID: callID,
	})
	return append(append(b, header...), payload...)
}
