package codec

import (
	"encoding/binary"
	"math"
	"slices"
)

// AppendFixed32 appends the elements little-endian, back to back.
func AppendFixed32[T uint32 | int32](b []byte, elements []T) []byte {
	b = slices.Grow(b, 4*len(elements))
	for _, element := range elements {
		b = binary.LittleEndian.AppendUint32(b, uint32(element))
	}
	return b
}

// AppendFixed64 appends the elements little-endian, back to back.
func AppendFixed64[T uint64 | int64](b []byte, elements []T) []byte {
	b = slices.Grow(b, 8*len(elements))
	for _, element := range elements {
		b = binary.LittleEndian.AppendUint64(b, uint64(element))
	}
	return b
}

// AppendFloats32 appends the elements' bits little-endian, back to back.
func AppendFloats32(b []byte, elements []float32) []byte {
	b = slices.Grow(b, 4*len(elements))
	for _, element := range elements {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(element))
	}
	return b
}

// AppendFloats64 appends the elements' bits little-endian, back to back.
func AppendFloats64(b []byte, elements []float64) []byte {
	b = slices.Grow(b, 8*len(elements))
	for _, element := range elements {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(element))
	}
	return b
}

// ReadFixed32 replaces the elements by those in b, whose length is a multiple of 4, and reuses their memory.
func ReadFixed32[T uint32 | int32](elements []T, b []byte) []T {
	elements = slices.Grow(elements[:0], len(b)/4)
	for ; len(b) >= 4; b = b[4:] {
		elements = append(elements, T(binary.LittleEndian.Uint32(b)))
	}
	return elements
}

// ReadFixed64 replaces the elements by those in b, whose length is a multiple of 8, and reuses their memory.
func ReadFixed64[T uint64 | int64](elements []T, b []byte) []T {
	elements = slices.Grow(elements[:0], len(b)/8)
	for ; len(b) >= 8; b = b[8:] {
		elements = append(elements, T(binary.LittleEndian.Uint64(b)))
	}
	return elements
}

// ReadFloats32 replaces the elements by those in b, whose length is a multiple of 4, and reuses their memory.
func ReadFloats32(elements []float32, b []byte) []float32 {
	elements = slices.Grow(elements[:0], len(b)/4)
	for ; len(b) >= 4; b = b[4:] {
		elements = append(elements, math.Float32frombits(binary.LittleEndian.Uint32(b)))
	}
	return elements
}

// ReadFloats64 replaces the elements by those in b, whose length is a multiple of 8, and reuses their memory.
func ReadFloats64(elements []float64, b []byte) []float64 {
	elements = slices.Grow(elements[:0], len(b)/8)
	for ; len(b) >= 8; b = b[8:] {
		elements = append(elements, math.Float64frombits(binary.LittleEndian.Uint64(b)))
	}
	return elements
}
