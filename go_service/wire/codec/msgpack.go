package codec

import (
	"encoding/binary"
	"math"
)

// Forms of msgpack that CODEC.md uses.
const (
	formFixArray = 0x90
	formFalse    = 0xc2
	formTrue     = 0xc3
	formBin8     = 0xc4
	formBin16    = 0xc5
	formBin32    = 0xc6
	formFloat32  = 0xca
	formFloat64  = 0xcb
	formUint8    = 0xcc
	formUint16   = 0xcd
	formUint32   = 0xce
	formUint64   = 0xcf
	formInt8     = 0xd0
	formInt16    = 0xd1
	formInt32    = 0xd2
	formInt64    = 0xd3
	formArray16  = 0xdc
	formArray32  = 0xdd
	formNegative = 0xe0
)

// AppendMsgpackArray appends the header of an array of n values, n < 65,536.
func AppendMsgpackArray(b []byte, n int) []byte {
	if n < 16 {
		return append(b, formFixArray|byte(n))
	}
	return append(b, formArray16, byte(n>>8), byte(n))
}

// AppendMsgpackUint appends the smallest unsigned form.
func AppendMsgpackUint(b []byte, v uint64) []byte {
	if v < 0x80 {
		return append(b, byte(v))
	}
	return appendWideUint(b, v)
}

func appendWideUint(b []byte, v uint64) []byte {
	switch {
	case v <= math.MaxUint8:
		return append(b, formUint8, byte(v))
	case v <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(b, formUint16), uint16(v))
	case v <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(b, formUint32), uint32(v))
	default:
		return binary.BigEndian.AppendUint64(append(b, formUint64), v)
	}
}

// AppendMsgpackInt appends the smallest form: unsigned when it is not negative.
func AppendMsgpackInt(b []byte, v int64) []byte {
	switch {
	case v >= 0:
		return AppendMsgpackUint(b, uint64(v))
	case v >= -32:
		return append(b, byte(v))
	case v >= math.MinInt8:
		return append(b, formInt8, byte(v))
	case v >= math.MinInt16:
		return binary.BigEndian.AppendUint16(append(b, formInt16), uint16(v))
	case v >= math.MinInt32:
		return binary.BigEndian.AppendUint32(append(b, formInt32), uint32(v))
	default:
		return binary.BigEndian.AppendUint64(append(b, formInt64), uint64(v))
	}
}

// AppendMsgpackBool appends c3 or c2.
func AppendMsgpackBool(b []byte, v bool) []byte {
	if v {
		return append(b, formTrue)
	}
	return append(b, formFalse)
}

// AppendMsgpackFloat32 appends ca and 4 bytes.
func AppendMsgpackFloat32(b []byte, v float32) []byte {
	return binary.BigEndian.AppendUint32(append(b, formFloat32), math.Float32bits(v))
}

// AppendMsgpackFloat64 appends cb and 8 bytes.
func AppendMsgpackFloat64(b []byte, v float64) []byte {
	return binary.BigEndian.AppendUint64(append(b, formFloat64), math.Float64bits(v))
}

// AppendMsgpackBytes appends the smallest of bin 8, 16 and 32; v is shorter than 4 GiB.
func AppendMsgpackBytes(b, v []byte) []byte {
	return append(AppendMsgpackBin(b, len(v)), v...)
}

// AppendMsgpackBin appends the header of n bytes that the caller appends; n is less than 4 GiB.
func AppendMsgpackBin(b []byte, n int) []byte {
	switch {
	case n <= math.MaxUint8:
		return append(b, formBin8, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(b, formBin16), uint16(n))
	default:
		return binary.BigEndian.AppendUint32(append(b, formBin32), uint32(n))
	}
}

// MsgpackReader reads the values of one message in field order. Past the last value it gives zero values;
// after a problem it does so too, and End returns the problem.
type MsgpackReader struct {
	bytes   []byte
	offset  int
	left    uint32
	problem string
}

// ReadMsgpack starts a message.
func ReadMsgpack(b []byte) MsgpackReader {
	r := MsgpackReader{bytes: b}
	if len(b) == 0 {
		r.problem = problemTruncated
		return r
	}
	switch form := b[0]; {
	case form&0xf0 == formFixArray:
		r.offset, r.left = 1, uint32(form&0x0f)
	case form == formArray16:
		r.offset = 1
		r.left = uint32(r.number(2))
	case form == formArray32:
		r.offset = 1
		r.left = uint32(r.number(4))
	default:
		r.problem = problemArray
	}
	return r
}

// End skips values that this version does not know and returns *Malformed when the bytes are no message.
func (r *MsgpackReader) End(message string) error {
	for r.left > 0 {
		r.left--
		r.skip()
	}
	if r.problem == "" && r.offset != len(r.bytes) {
		r.problem = problemTrailing
	}
	if r.problem == "" {
		return nil
	}
	return &Malformed{Codec: "msgpack", Message: message, Problem: r.problem, Offset: r.offset}
}

// Uint64 reads an unsigned number.
func (r *MsgpackReader) Uint64() uint64 {
	if v, ok := r.fixint(); ok {
		return v
	}
	return r.unsigned(math.MaxUint64)
}

// Uint32 reads an unsigned number of 32 bits.
func (r *MsgpackReader) Uint32() uint32 {
	if v, ok := r.fixint(); ok {
		return uint32(v)
	}
	return uint32(r.unsigned(math.MaxUint32))
}

// fixint takes the value where it is a number below 128, as most are; small enough to be inlined.
func (r *MsgpackReader) fixint() (v uint64, ok bool) {
	if r.left == 0 || r.offset >= len(r.bytes) || r.bytes[r.offset] >= 0x80 {
		return 0, false
	}
	v = uint64(r.bytes[r.offset])
	r.offset++
	r.left--
	return v, true
}

// Int64 reads a signed number.
func (r *MsgpackReader) Int64() int64 {
	return r.signed(math.MinInt64, math.MaxInt64)
}

// Int32 reads a signed number of 32 bits.
func (r *MsgpackReader) Int32() int32 {
	return int32(r.signed(math.MinInt32, math.MaxInt32))
}

// Bool reads c3 or c2.
func (r *MsgpackReader) Bool() bool {
	form, start, ok := r.value()
	if ok && form != formTrue && form != formFalse {
		r.fail(problemForm, start)
	}
	return form == formTrue
}

// Float32 reads ca and 4 bytes.
func (r *MsgpackReader) Float32() float32 {
	form, start, ok := r.value()
	if !ok {
		return 0
	}
	if form != formFloat32 {
		r.fail(problemForm, start)
		return 0
	}
	return math.Float32frombits(uint32(r.number(4)))
}

// Float64 reads cb and 8 bytes.
func (r *MsgpackReader) Float64() float64 {
	form, start, ok := r.value()
	if !ok {
		return 0
	}
	if form != formFloat64 {
		r.fail(problemForm, start)
		return 0
	}
	return math.Float64frombits(r.number(8))
}

// Bytes reads bin 8, 16 or 32. The answer is a part of the input, nil when it is empty.
func (r *MsgpackReader) Bytes() []byte {
	start := r.offset
	if r.left == 0 || len(r.bytes)-start < 2 || r.bytes[start] != formBin8 {
		return r.anyBytes()
	}
	from := start + 2
	to := from + int(r.bytes[start+1])
	if to > len(r.bytes) || from == to {
		return r.anyBytes()
	}
	r.offset = to
	r.left--
	return r.bytes[from:to:to]
}

func (r *MsgpackReader) anyBytes() []byte {
	form, start, ok := r.value()
	if !ok {
		return nil
	}
	if form < formBin8 || form > formBin32 {
		r.fail(problemForm, start)
		return nil
	}
	return r.take(r.number(1<<(form-formBin8)), start)
}

// Elements reads a bin whose length is a multiple of width.
func (r *MsgpackReader) Elements(width int) []byte {
	start := r.offset
	b := r.Bytes()
	if len(b)%width != 0 {
		r.fail(problemElements, start)
		return nil
	}
	return b
}

// value takes the first byte of the next value; ok is false when there is none.
func (r *MsgpackReader) value() (form byte, start int, ok bool) {
	if r.left == 0 {
		return 0, r.offset, false
	}
	start = r.offset
	if start >= len(r.bytes) {
		r.fail(problemTruncated, start)
		return 0, start, false
	}
	r.left--
	r.offset++
	return r.bytes[start], start, true
}

func (r *MsgpackReader) unsigned(most uint64) uint64 {
	form, start, ok := r.value()
	if !ok {
		return 0
	}
	v, negative := r.integer(form, start)
	if negative || v > most {
		r.fail(problemRange, start)
		return 0
	}
	return v
}

func (r *MsgpackReader) signed(least, most int64) int64 {
	form, start, ok := r.value()
	if !ok {
		return 0
	}
	v, negative := r.integer(form, start)
	if !negative && v > math.MaxInt64 || int64(v) < least || int64(v) > most {
		r.fail(problemRange, start)
		return 0
	}
	return int64(v)
}

// integer gives a number in two's complement of 64 bits and whether it is negative.
func (r *MsgpackReader) integer(form byte, start int) (v uint64, negative bool) {
	switch {
	case form < 0x80:
		return uint64(form), false
	case form >= formNegative:
		return uint64(int64(int8(form))), true
	case form >= formUint8 && form <= formUint64:
		return r.number(1 << (form - formUint8)), false
	case form >= formInt8 && form <= formInt64:
		width := 1 << (form - formInt8)
		shift := 64 - 8*width
		signed := int64(r.number(width)<<shift) >> shift
		return uint64(signed), signed < 0
	default:
		r.fail(problemForm, start)
		return 0, false
	}
}

// number reads width bytes, big-endian.
func (r *MsgpackReader) number(width int) uint64 {
	if len(r.bytes)-r.offset < width {
		r.fail(problemTruncated, r.offset)
		return 0
	}
	b := r.bytes[r.offset : r.offset+width]
	r.offset += width
	switch width {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(binary.BigEndian.Uint16(b))
	case 4:
		return uint64(binary.BigEndian.Uint32(b))
	default:
		return binary.BigEndian.Uint64(b)
	}
}

// take gives the next n bytes with no capacity behind them, so that an append cannot write into the input.
func (r *MsgpackReader) take(n uint64, start int) []byte {
	if n > uint64(len(r.bytes)-r.offset) {
		r.fail(problemPastEnd, start)
		return nil
	}
	if n == 0 {
		return nil
	}
	from := r.offset
	r.offset += int(n)
	return r.bytes[from:r.offset:r.offset]
}

func (r *MsgpackReader) skip() {
	start := r.offset
	if start >= len(r.bytes) {
		r.fail(problemTruncated, start)
		return
	}
	form := r.bytes[start]
	r.offset++
	switch {
	case form == formTrue, form == formFalse:
	case form == formFloat32:
		r.number(4)
	case form == formFloat64:
		r.number(8)
	case form >= formBin8 && form <= formBin32:
		r.take(r.number(1<<(form-formBin8)), start)
	default:
		r.skipInteger(form, start)
	}
}

func (r *MsgpackReader) skipInteger(form byte, start int) {
	r.integer(form, start)
	if r.problem == problemForm {
		r.problem = problemUnknown
	}
}

// fail keeps the first problem and gives no further value.
func (r *MsgpackReader) fail(problem string, offset int) {
	if r.problem == "" {
		r.problem, r.offset = problem, offset
	}
	r.left = 0
}
