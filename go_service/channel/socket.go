package channel

import (
	"net"
	"slices"
	"time"
)

// socketTransport is a Unix-domain socket.
type socketTransport struct {
	socket  *net.UnixConn
	try     *tryWriter
	scatter *scatterReader
	slices  [][]byte // of the batch that is being written
}

// socketBytes is asked for in both directions; the system may give less.
const socketBytes = 1 << 20

// newSocketTransport takes over a socket, dialled at path, whose other end may be trusted.
func newSocketTransport(socket *net.UnixConn, path string) (*socketTransport, error) {
	if err := checkPeerUID(socket, path); err != nil {
		return nil, err
	}
	_ = socket.SetWriteBuffer(socketBytes)
	_ = socket.SetReadBuffer(socketBytes)
	raw, err := socket.SyscallConn()
	if err != nil {
		return nil, err
	}
	return &socketTransport{socket: socket, try: newTryWriter(raw), scatter: newScatterReader(socket, raw)}, nil
}

func (s *socketTransport) offer(b *batch) (int, error) {
	s.slices = b.vector(s.slices[:0])
	return s.try.write(s.slices)
}

func (s *socketTransport) writeRest(_ *batch, n int) (int, error) {
	rest, skip := s.slices, n
	for len(rest) > 0 && skip >= len(rest[0]) {
		skip -= len(rest[0])
		rest = rest[1:]
	}
	buffers := net.Buffers(slices.Clone(rest))
	buffers[0] = buffers[0][skip:]
	more, err := buffers.WriteTo(s.socket)
	return n + int(more), err
}

func (s *socketTransport) read(first, second []byte) (int, error) {
	if second == nil {
		return s.socket.Read(first)
	}
	return s.scatter.read(first, second)
}

func (s *socketTransport) readBy(deadline time.Time) { _ = s.socket.SetReadDeadline(deadline) }

func (*socketTransport) interruptible() bool { return true }

func (s *socketTransport) close(bool) { _ = s.socket.Close() }
