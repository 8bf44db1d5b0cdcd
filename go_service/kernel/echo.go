package kernel

// Echo appends the payload to dst unchanged: the null kernel, it prices the boundary. The answer is a copy, as it is on
// every other route, so that the caller may use its buffer again.
func Echo(dst, payload []byte) []byte {
	start := len(dst)
	dst = append(dst, payload...)
	plant(dst[start:])
	return dst
}
