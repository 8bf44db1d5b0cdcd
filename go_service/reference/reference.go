// Package reference has what the routes are held against: echo clients as one would write them by hand, without what
// the routes carry. Their servers are rust_worker/references and gateway/references.
package reference

import (
	"context"
	"errors"
)

// Echo sends a payload and waits for it to come back. It serves one caller at a time.
type Echo interface {
	Echo(ctx context.Context, payload []byte) error
}

// Caller opens an Echo for one caller.
type Caller func() (Echo, error)

// errDiffers says that something else came back.
var errDiffers = errors.New("the reference's answer is not its request; rebuild the references")

// maxBytes bounds an answer, so that a wrong length cannot take all memory.
const maxBytes = 16 << 20
