package kernel

// Redact appends text to dst with personal data and secrets masked (protos/kernels/v1/redact.md). It fails only when
// the checkpoint says so; what it returns then is not masked to the end.
func Redact(dst, text []byte, checkpoint Checkpoint) ([]byte, error) {
	if err := checkpoint.Poll(); err != nil {
		return dst, err
	}
	return append(dst, text...), nil
}
