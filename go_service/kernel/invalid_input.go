package kernel

// InvalidInput is why a twin refuses a request that is well-formed: the contract's INVALID_INPUT. It tells nothing of the
// request's bytes.
type InvalidInput string

func (e InvalidInput) Error() string { return string(e) }
