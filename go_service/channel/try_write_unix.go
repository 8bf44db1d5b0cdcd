//go:build unix

package channel

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// tryWriter writes what fits into the socket's buffer and never waits, so that a caller keeps its own deadline.
type tryWriter struct {
	socket  syscall.RawConn
	slices  [][]byte
	n       int
	err     error
	attempt func(fd uintptr) bool // made once: a closure a write would be an allocation
}

func newTryWriter(socket syscall.RawConn) *tryWriter {
	w := &tryWriter{socket: socket}
	w.attempt = w.once
	return w
}

// write gives the number of bytes written; fewer than all without an error means that the buffer is full.
func (w *tryWriter) write(slices [][]byte) (int, error) {
	w.slices, w.n, w.err = slices, 0, nil // the attempt is not made where the socket is closed
	err := w.socket.Write(w.attempt)
	w.slices = nil
	if err == nil {
		err = w.err
	}
	return w.n, err
}

func (w *tryWriter) once(fd uintptr) bool {
	for {
		if len(w.slices) == 1 {
			w.n, w.err = unix.Write(int(fd), w.slices[0])
		} else {
			w.n, w.err = unix.Writev(int(fd), w.slices)
		}
		if !errors.Is(w.err, unix.EINTR) {
			break
		}
	}
	if errors.Is(w.err, unix.EAGAIN) {
		w.err = nil
	}
	w.n = max(w.n, 0)
	return true
}
