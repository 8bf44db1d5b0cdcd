//go:build unix

package channel

import (
	"errors"
	"io"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// scatterReader reads into two places by one system call.
type scatterReader struct {
	socket  syscall.RawConn
	slices  [2][]byte
	n       int
	err     error
	attempt func(fd uintptr) bool // made once: a closure a read would be an allocation
}

func newScatterReader(_ *net.UnixConn, raw syscall.RawConn) *scatterReader {
	r := &scatterReader{socket: raw}
	r.attempt = r.once
	return r
}

// read waits for bytes and fills first before second.
func (r *scatterReader) read(first, second []byte) (int, error) {
	r.slices, r.n, r.err = [2][]byte{first, second}, 0, nil // the attempt is not made where the deadline has passed
	err := r.socket.Read(r.attempt)
	r.slices = [2][]byte{}
	if err == nil {
		err = r.err
	}
	if err == nil && r.n == 0 {
		err = io.EOF
	}
	return max(r.n, 0), err
}

func (r *scatterReader) once(fd uintptr) bool {
	for {
		r.n, r.err = unix.Readv(int(fd), r.slices[:])
		if !errors.Is(r.err, unix.EINTR) {
			return !errors.Is(r.err, unix.EAGAIN)
		}
	}
}
