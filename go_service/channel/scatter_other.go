//go:build !unix

package channel

import (
	"net"
	"syscall"
)

// scatterReader reads into the first place alone where no system call fills two.
type scatterReader struct{ socket *net.UnixConn }

func newScatterReader(socket *net.UnixConn, _ syscall.RawConn) *scatterReader {
	return &scatterReader{socket: socket}
}

func (r *scatterReader) read(first, _ []byte) (int, error) { return r.socket.Read(first) }
