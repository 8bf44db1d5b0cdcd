package channel_test

import (
	"errors"
	"net"
	"path/filepath"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	wirev1 "github.com/sidecar-ipc/gateway/go_service/gen/wire/v1"
	"github.com/sidecar-ipc/gateway/go_service/wire"
	"github.com/sidecar-ipc/gateway/go_service/workertest"
)

// transports are the channels whose far end a test can play, one of each kind of transport.
var transports = []string{"uds", "grpc-stream"}

// listen plays the far end of a frame channel: what it accepts are the bytes of one connection.
func listen(t *testing.T, name string) (net.Listener, string) {
	t.Helper()
	path := filepath.Join(workertest.Dir(t), "w.sock")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	if name == string(wire.ChannelUDS) {
		return listener, path
	}
	return serveStreams(t, listener), path
}

// streamListener is a gRPC server whose streams are taken for connections.
type streamListener struct {
	wirev1.UnimplementedFrameServiceServer
	net.Listener
	t       *testing.T
	server  *grpc.Server
	streams chan net.Conn
	closed  chan struct{}
	once    sync.Once
}

func serveStreams(t *testing.T, listener net.Listener) *streamListener {
	s := &streamListener{Listener: listener, t: t, server: grpc.NewServer(), streams: make(chan net.Conn), closed: make(chan struct{})}
	wirev1.RegisterFrameServiceServer(s.server, s)
	go func() { _ = s.server.Serve(listener) }()
	return s
}

// Stream implements the service.
func (s *streamListener) Stream(stream grpc.BidiStreamingServer[wirev1.Frame, wirev1.Frame]) error {
	near, far := net.Pipe()
	defer func() { _ = near.Close() }()
	select {
	case s.streams <- far:
	case <-s.closed:
		return errors.New("nobody accepts")
	}
	go func() {
		defer func() { _ = near.Close() }()
		for {
			message, err := stream.Recv()
			if err != nil {
				return
			}
			s.check(message)
			if _, err := near.Write(message.Frame); err != nil {
				return
			}
		}
	}()
	buffer := make([]byte, 64<<10)
	for {
		n, err := near.Read(buffer)
		if err != nil {
			return nil // the end of the connection is the end of the call
		}
		if err := stream.Send(&wirev1.Frame{Frame: buffer[:n]}); err != nil {
			return err
		}
	}
}

// check holds a message of our client to protos/FRAME.md: whole frames, not over 1 MiB together.
func (s *streamListener) check(message *wirev1.Frame) {
	if size := proto.Size(message); size > 1<<20 {
		s.t.Errorf("a message of %d bytes", size)
	}
	for rest := message.Frame; len(rest) > 0; {
		_, size, err := wire.ParseFrame(rest, wire.MaxFrameBytes)
		if err != nil || size == 0 {
			s.t.Errorf("a message ends in the middle of a frame: %v", err)
			return
		}
		rest = rest[size:]
	}
}

// Accept implements net.Listener.
func (s *streamListener) Accept() (net.Conn, error) {
	select {
	case far := <-s.streams:
		return far, nil
	case <-s.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (s *streamListener) Close() error {
	s.once.Do(func() { close(s.closed) })
	s.server.Stop()
	return nil
}
