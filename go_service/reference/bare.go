package reference

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
)

// bare is one connection with a length before each message.
type bare struct {
	connection net.Conn
	out, in    []byte
}

// Bare opens a connection a caller: the floor of every route over a socket.
func Bare(path string) Caller {
	return func() (Echo, error) {
		connection, err := net.Dial("unix", path)
		if err != nil {
			return nil, fmt.Errorf("reference bare-uds: %w", err)
		}
		return &bare{connection: connection}, nil
	}
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
	if !bytes.Equal(b.in, b.out) {
		return errDiffers
	}
	return nil
}
