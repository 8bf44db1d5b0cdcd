package channel

import (
	"context"
	"os"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/mem"

	wirev1 "github.com/sidecar-ipc/gateway/go_service/gen/wire/v1"
)

const (
	// streamMessageBytes bounds a message, protos/FRAME.md, "Over gRPC".
	streamMessageBytes = 1 << 20
	// aroundFrames is more than a Frame puts around its frames.
	aroundFrames = 16
)

// streamTransport is one call of FrameService.Stream on a gRPC connection of its own. The library has its own writer and
// reader behind it, so that nothing of it can be tried: writing may wait, and a read ends with the stream only.
type streamTransport struct {
	connection *grpc.ClientConn
	stream     grpc.ClientStream
	cancel     context.CancelFunc
	in         mem.Reader // what is left of the last message
	bound      *time.Timer
	late       atomic.Bool // the bound has passed
}

// streamDescription is generated from wire/v1/frames.proto.
var streamDescription = &wirev1.FrameService_ServiceDesc.Streams[0]

// newStreamTransport opens the stream, at the latest when ctx ends; the stream itself outlives ctx. It owns connection
// from then on, also when it fails.
func newStreamTransport(ctx context.Context, connection *grpc.ClientConn) (*streamTransport, error) {
	own, cancel := context.WithCancel(context.Background())
	s := &streamTransport{connection: connection, cancel: cancel}
	stop := context.AfterFunc(ctx, s.expire)
	defer stop()
	stream, err := connection.NewStream(own, streamDescription, wirev1.FrameService_Stream_FullMethodName, grpc.ForceCodecV2(streamCodec{}))
	if err != nil {
		s.close(false)
		return nil, s.inTime(err)
	}
	s.stream = stream
	return s, nil
}

// expire ends the stream because its time is over.
func (s *streamTransport) expire() {
	s.late.Store(true)
	s.cancel()
}

func (s *streamTransport) inTime(err error) error {
	if s.late.Load() {
		return os.ErrDeadlineExceeded
	}
	return err
}

// offer leaves everything to writeRest.
func (*streamTransport) offer(*batch) (int, error) { return 0, nil }

// writeRest sends message by message; n is always the end of one.
func (s *streamTransport) writeRest(b *batch, n int) (int, error) {
	for at := (place{}); at.bytes < len(b.bytes); {
		next, size := b.span(at, streamMessageBytes-aroundFrames)
		if err := s.stream.SendMsg(b.message(at, next, size)); err != nil {
			return n, err
		}
		at, n = next, n+size
	}
	return n, nil
}

func (s *streamTransport) read(first, second []byte) (int, error) {
	for s.in.Remaining() == 0 {
		if err := s.stream.RecvMsg(&s.in); err != nil {
			return 0, s.inTime(err)
		}
	}
	n, _ := s.in.Read(first) // it fails at its end only
	more, _ := s.in.Read(second)
	return n + more, nil
}

func (s *streamTransport) readBy(deadline time.Time) {
	if s.bound != nil {
		s.bound.Stop()
		s.bound = nil
	}
	if !deadline.IsZero() {
		s.bound = time.AfterFunc(time.Until(deadline), s.expire)
	}
}

func (*streamTransport) interruptible() bool { return false }

// close half-closes first where it may, so that the other side sees an end and not only a reset.
func (s *streamTransport) close(quiet bool) {
	if quiet {
		_ = s.stream.CloseSend()
	}
	s.cancel()
	_ = s.connection.Close() // its only error is that it is closed
}

// streamOptions take twice what a peer may send: a message a little over the bound is no reason to lose every call.
func streamOptions() []grpc.DialOption {
	return append(commonDialOptions(), grpc.WithDefaultCallOptions(
		grpc.MaxCallRecvMsgSize(2*streamMessageBytes),
		grpc.MaxCallSendMsgSize(streamMessageBytes),
	))
}
