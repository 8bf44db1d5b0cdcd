package reference

import (
	"bufio"
	"context"
	"encoding/binary"
	"io"
	"net"
	"sync"
)

const (
	headBytes = 8 // length, slot
	readBytes = 256 << 10
)

// multiplexed is one connection for all callers: each has a slot, whose number is the id of its messages.
type multiplexed struct {
	connection net.Conn

	mu     sync.Mutex
	queue  []byte
	slots  []*slot
	queued chan struct{} // wakes the writer
	ended  chan struct{}
	why    error
}

// slot is a caller's place.
type slot struct {
	of     *multiplexed
	number uint32
	in     []byte
	done   chan struct{}
}

// Multiplexed opens one connection that all callers share; what is queued goes out in one write.
func Multiplexed(path string) (Client, error) {
	connection, err := net.Dial("unix", path)
	if err != nil {
		return nil, err
	}
	m := &multiplexed{connection: connection, queued: make(chan struct{}, 1), ended: make(chan struct{})}
	go m.write()
	go m.read()
	return m, nil
}

// Close implements Client.
func (m *multiplexed) Close() error {
	err := m.connection.Close()
	<-m.ended
	return err
}

// Join implements Client.
func (m *multiplexed) Join() (Echo, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := &slot{of: m, number: uint32(len(m.slots)), done: make(chan struct{}, 1)}
	m.slots = append(m.slots, s)
	return s, nil
}

// Echo implements Echo.
func (s *slot) Echo(_ context.Context, payload []byte) error {
	s.of.enqueue(s.number, payload)
	select {
	case <-s.done:
	case <-s.of.ended:
		return s.of.why
	}
	if len(s.in) != len(payload) {
		return errDiffers
	}
	return nil
}

func (m *multiplexed) enqueue(number uint32, payload []byte) {
	m.mu.Lock()
	m.queue = binary.LittleEndian.AppendUint32(m.queue, uint32(4+len(payload)))
	m.queue = binary.LittleEndian.AppendUint32(m.queue, number)
	m.queue = append(m.queue, payload...)
	m.mu.Unlock()
	select {
	case m.queued <- struct{}{}:
	default:
	}
}

func (m *multiplexed) write() {
	var out []byte
	for {
		select {
		case <-m.queued:
		case <-m.ended:
			return
		}
		m.mu.Lock()
		out, m.queue = m.queue, out[:0]
		m.mu.Unlock()
		if _, err := m.connection.Write(out); err != nil {
			return // the reader meets it too, and ends the rest
		}
	}
}

func (m *multiplexed) read() {
	reader := bufio.NewReaderSize(m.connection, readBytes)
	for {
		if err := m.take(reader); err != nil {
			m.why = err
			close(m.ended)
			return
		}
	}
}

// take reads one answer into its caller's slot.
func (m *multiplexed) take(reader io.Reader) error {
	var head [headBytes]byte
	if _, err := io.ReadFull(reader, head[:]); err != nil {
		return err
	}
	length, number := binary.LittleEndian.Uint32(head[:])-4, binary.LittleEndian.Uint32(head[4:])
	m.mu.Lock()
	known := int(number) < len(m.slots)
	var s *slot
	if known {
		s = m.slots[number]
	}
	m.mu.Unlock()
	if !known || length > maxBytes {
		return errDiffers
	}
	if cap(s.in) < int(length) {
		s.in = make([]byte, length)
	}
	s.in = s.in[:length]
	if _, err := io.ReadFull(reader, s.in); err != nil {
		return err
	}
	s.done <- struct{}{}
	return nil
}
