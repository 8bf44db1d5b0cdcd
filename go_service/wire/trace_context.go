package wire

import "encoding/hex"

// TraceContextBytes is the length of a trace context in a frame: 16 trace id, 8 span id, 1 flags.
const TraceContextBytes = 25

// traceparentLength is that of version 00: "00-" + 32 + "-" + 16 + "-" + 2.
const traceparentLength = 55

// TraceContext is W3C's, as frames carry it. The zero value is none.
type TraceContext [TraceContextBytes]byte

// IsZero says that there is none.
func (t *TraceContext) IsZero() bool { return *t == TraceContext{} }

// Valid says that neither id is zero, as W3C asks for.
func (t *TraceContext) Valid() bool {
	return [16]byte(t[:16]) != [16]byte{} && [8]byte(t[16:24]) != [8]byte{}
}

// TraceID gives the 16 bytes of the trace.
func (t *TraceContext) TraceID() [16]byte { return [16]byte(t[:16]) }

// SpanID gives the 8 bytes of the calling span.
func (t *TraceContext) SpanID() [8]byte { return [8]byte(t[16:24]) }

// Flags gives W3C's flags.
func (t *TraceContext) Flags() byte { return t[24] }

// Sampled says that every process exports its spans of this call.
func (t *TraceContext) Sampled() bool { return t[24]&1 != 0 }

// NewTraceContext puts the parts together.
func NewTraceContext(trace [16]byte, span [8]byte, flags byte) (t TraceContext) {
	copy(t[:16], trace[:])
	copy(t[16:24], span[:])
	t[24] = flags
	return t
}

// Traceparent writes it as W3C's header, version 00.
func (t *TraceContext) Traceparent() string {
	text := make([]byte, 0, traceparentLength)
	text = append(text, "00-"...)
	text = hex.AppendEncode(text, t[:16])
	text = append(text, '-')
	text = hex.AppendEncode(text, t[16:24])
	text = append(text, '-')
	return string(hex.AppendEncode(text, t[24:]))
}

// ParseTraceparent reads W3C's header; ok is false for what W3C says to ignore.
func ParseTraceparent(header string) (t TraceContext, ok bool) {
	if len(header) < traceparentLength || header[2] != '-' || header[35] != '-' || header[52] != '-' {
		return TraceContext{}, false
	}
	version := header[:2]
	if version == "ff" || !lowerHex(version) || version == "00" && len(header) != traceparentLength {
		return TraceContext{}, false
	}
	if len(header) > traceparentLength && header[traceparentLength] != '-' {
		return TraceContext{}, false
	}
	for part, text := range map[int]string{0: header[3:35], 16: header[36:52], 24: header[53:55]} {
		if !lowerHex(text) {
			return TraceContext{}, false
		}
		if _, err := hex.Decode(t[part:], []byte(text)); err != nil {
			return TraceContext{}, false
		}
	}
	return t, t.Valid()
}

func lowerHex(text string) bool {
	for _, c := range []byte(text) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
