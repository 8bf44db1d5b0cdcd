package codec

import (
	"encoding/binary"
	"math"
)

// AppendRawUint appends a number of 8 bytes; a signed one is widened by the caller's conversion to uint64.
func AppendRawUint(b []byte, v uint64) []byte {
	return binary.LittleEndian.AppendUint64(b, v)
}

// AppendRawBool appends 1 or 0 in 8 bytes.
func AppendRawBool(b []byte, v bool) []byte {
	if v {
		return AppendRawUint(b, 1)
	}
	return AppendRawUint(b, 0)
}

// AppendRawContent appends a content at the next multiple of 8, counted from start, where the message began.
func AppendRawContent(b []byte, start int, content []byte) []byte {
	return append(AppendRawGap(b, start), content...)
}

// AppendRawGap appends zeros up to the next multiple of 8, counted from start.
func AppendRawGap(b []byte, start int) []byte {
	var zeros [8]byte
	return append(b, zeros[:-(len(b)-start)&7]...)
}

// RawReader reads the scalars and then the contents of one message in field order. After a problem it gives
// zero values, and End returns the problem.
type RawReader struct {
	bytes   []byte
	scalar  int
	length  int
	head    int
	offset  int
	problem string
}

// ReadRaw starts a message of so many scalars and contents.
func ReadRaw(b []byte, scalars, contents int) RawReader {
	r := RawReader{bytes: b, length: 8 * scalars, head: 8 * (scalars + contents)}
	r.offset = r.head
	if len(b) < r.head {
		r.fail(problemTruncated, len(b))
	}
	return r
}

// End returns *Malformed when the bytes are no message.
func (r *RawReader) End(message string) error {
	if r.problem == "" && r.offset != len(r.bytes) {
		r.problem = problemTrailing
	}
	if r.problem == "" {
		return nil
	}
	return &Malformed{Codec: "raw", Message: message, Problem: r.problem, Offset: r.offset}
}

// Uint64 reads an unsigned number.
func (r *RawReader) Uint64() uint64 {
	if r.scalar >= r.head {
		return 0
	}
	v := binary.LittleEndian.Uint64(r.bytes[r.scalar:])
	r.scalar += 8
	return v
}

// Uint32 reads an unsigned number of 32 bits.
func (r *RawReader) Uint32() uint32 {
	return uint32(r.atMost(math.MaxUint32))
}

// Int64 reads a signed number.
func (r *RawReader) Int64() int64 {
	return int64(r.Uint64())
}

// Int32 reads a signed number of 32 bits.
func (r *RawReader) Int32() int32 {
	v := r.Int64()
	if v != int64(int32(v)) {
		r.fail(problemRange, r.scalar-8)
		return 0
	}
	return int32(v)
}

// Bool reads 1 or 0.
func (r *RawReader) Bool() bool {
	return r.atMost(1) == 1
}

// Float32 reads the bits in the low half.
func (r *RawReader) Float32() float32 {
	return math.Float32frombits(r.Uint32())
}

// Float64 reads the bits.
func (r *RawReader) Float64() float64 {
	return math.Float64frombits(r.Uint64())
}

// Bytes reads the next content. The answer is a part of the input, nil when it is empty.
func (r *RawReader) Bytes() []byte {
	if r.length >= r.head {
		return nil
	}
	n := binary.LittleEndian.Uint64(r.bytes[r.length:])
	r.length += 8
	if !r.align() {
		return nil
	}
	if n > uint64(len(r.bytes)-r.offset) {
		r.fail(problemPastEnd, r.length-8)
		return nil
	}
	if n == 0 {
		return nil
	}
	from := r.offset
	r.offset += int(n)
	return r.bytes[from:r.offset:r.offset]
}

// Elements reads a content whose length is a multiple of width.
func (r *RawReader) Elements(width int) []byte {
	b := r.Bytes()
	if len(b)%width != 0 {
		r.fail(problemElements, r.length-8)
		return nil
	}
	return b
}

// align skips the gap before a content; false when it is not zero or not there.
func (r *RawReader) align() bool {
	aligned := (r.offset + 7) &^ 7
	if aligned > len(r.bytes) {
		r.fail(problemTruncated, len(r.bytes))
		return false
	}
	for ; r.offset < aligned; r.offset++ {
		if r.bytes[r.offset] != 0 {
			r.fail(problemGap, r.offset)
			return false
		}
	}
	return true
}

func (r *RawReader) atMost(most uint64) uint64 {
	v := r.Uint64()
	if v > most {
		r.fail(problemRange, r.scalar-8)
		return 0
	}
	return v
}

// fail keeps the first problem and gives no further value.
func (r *RawReader) fail(problem string, offset int) {
	if r.problem == "" {
		r.problem, r.offset = problem, offset
	}
	r.head = 0
}
