package reference

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
)

// bareClient dials for every caller.
type bareClient struct {
	path string

	mu     sync.Mutex
	opened []net.Conn
	closed bool
}

// bare is one connection with a length before each message.
type bare struct {
	connection net.Conn
	out, in    []byte
}

// Bare is a connection a caller: the floor of every route over a socket.
func Bare(path string) (Client, error) { return &bareClient{path: path}, nil }

// Join implements Client.
func (c *bareClient) Join() (Echo, error) {
	connection, err := net.Dial("unix", c.path)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, errors.Join(net.ErrClosed, connection.Close())
	}
	c.opened = append(c.opened, connection)
	return &bare{connection: connection}, nil
}

// Close implements Client.
func (c *bareClient) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var failures []error
	for _, connection := range c.opened {
		failures = append(failures, connection.Close())
	}
	c.opened, c.closed = nil, true
	return errors.Join(failures...)
}

// Echo implements Echo.
func (b *bare) Echo(_ context.Context, payload []byte) error {
	b.out = binary.LittleEndian.AppendUint32(b.out[:0], uint32(len(payload)))
	b.out = append(b.out, payload...)
	if _, err := b.connection.Write(b.out); err != nil {
		return err
	}
	if cap(b.in) < len(b.out) {
		b.in = make([]byte, len(b.out))
	}
	b.in = b.in[:len(b.out)]
	if _, err := io.ReadFull(b.connection, b.in); err != nil {
		return err
	}
	if binary.LittleEndian.Uint32(b.in) != uint32(len(payload)) {
		return errDiffers
	}
	return nil
}
