// Package reference has what the routes are held against: echo clients as one would write them by hand, without what
// the routes carry. Their servers are rust_worker/references and gateway/references; the call in process is a function
// of the library's.
package reference

import (
	"context"
	"errors"
	"fmt"
)

// Echo sends a payload and waits for as much to come back. It serves one caller at a time.
type Echo interface {
	Echo(ctx context.Context, payload []byte) error
}

// Client opens an Echo for each caller. It is safe for concurrent use.
type Client interface {
	Join() (Echo, error)
	// Close ends the calls in flight too.
	Close() error
}

// openers of the references by name; address is a socket's path, unused in process.
var openers = map[string]func(address string) (Client, error){
	"bare-uds":        Bare,
	"multiplexed-uds": Multiplexed,
	"default-grpc":    DefaultGRPC,
	"bare-aio":        DefaultGRPC, // the client is the same, the server is Python's
}

// inproc is the one that needs no address; its opener is there when the library is linked in.
const inproc = "bare-cgo"

// Open gives the client of a reference.
func Open(name, address string) (Client, error) {
	if why := Unavailable(name, address); why != "" {
		return nil, fmt.Errorf("reference %s: %s", name, why)
	}
	client, err := openers[name](address)
	if err != nil {
		return nil, fmt.Errorf("reference %s: %w", name, err)
	}
	return client, nil
}

// Unavailable says why a reference cannot be measured and what to do; empty when it can.
func Unavailable(name, address string) string {
	switch {
	case name == inproc && openers[name] == nil:
		return "this build has no library in process; build with CGO_ENABLED=1, -tags sidecar_cgo and CGO_LDFLAGS=-L with the folder of libsidecar_inproc.a"
	case openers[name] == nil:
		return "there is none of that name"
	case name != inproc && address == "":
		return "no server was named for it; start the driver with --reference " + name + "=ADDRESS"
	default:
		return ""
	}
}

// errDiffers says that something else came back.
var errDiffers = errors.New("the reference's answer is not as long as its request; rebuild the references")

// maxBytes bounds an answer, so that a wrong length cannot take all memory.
const maxBytes = 16 << 20
