//go:build sidecar_cgo && cgo

package reference

/*
#cgo LDFLAGS: -l:libsidecar_inproc.a -lm -ldl -lpthread
#cgo noescape sidecar_reference_echo
#cgo nocallback sidecar_reference_echo
#include <stddef.h>
#include <stdint.h>
size_t sidecar_reference_echo(const uint8_t *request, size_t length, uint8_t *reply);
*/
import "C"

import (
	"context"
	"unsafe"
)

func init() { openers[inproc] = func(string) (Client, error) { return bareCgo{}, nil } }

// bareCgo crosses into Rust, which copies the request into the caller's buffer, and back: the floor of routes in process.
type bareCgo struct{}

// cgoEcho is one caller's buffer.
type cgoEcho struct{ in []byte }

// Join implements Client.
func (bareCgo) Join() (Echo, error) { return &cgoEcho{}, nil }

// Close implements Client.
func (bareCgo) Close() error { return nil }

// Echo implements Echo.
func (c *cgoEcho) Echo(_ context.Context, payload []byte) error {
	if len(c.in) < len(payload) {
		c.in = make([]byte, len(payload))
	}
	n := C.sidecar_reference_echo((*C.uint8_t)(unsafe.SliceData(payload)), C.size_t(len(payload)), (*C.uint8_t)(unsafe.SliceData(c.in)))
	if int(n) != len(payload) {
		return errDiffers
	}
	return nil
}
