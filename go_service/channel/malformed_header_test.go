package channel_test

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/sidecar-ipc/gateway/go_service/channel"
	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"
	wirev1 "github.com/sidecar-ipc/gateway/go_service/gen/wire/v1"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// malformedHeader is written by hand: our own channels never send one.
func malformedHeader(t *testing.T, name string) error {
	b := newBed(t, name, nil)
	if b.route.Codec == wire.CodecProtobuf {
		return malformedMetadata(t, targetOf(b.address()))
	}
	return malformedFrame(t, dialBare(t, b))
}

func targetOf(address string) string {
	if strings.Contains(address, "/") {
		return "unix:" + address
	}
	return "passthrough:///" + address
}

// malformedFrame sends a call whose header is no msgpack, then a good one on the same connection.
func malformedFrame(t *testing.T, socket io.ReadWriter) error {
	hello := wirev1.Hello{Contract: wire.Contract, MaxMessageBytes: wire.MaxMessageBytes, MaxFrameBytes: wire.MaxFrameBytes}
	good := wirev1.CallHeader{Kernel: []byte("echo"), Codec: uint32(wire.CodecMsgpack), TotalBytes: 1}
	empty := []byte{0x90}
	send(t, socket, wire.AppendFrame(nil, wire.FrameHello, 0, 0, hello.AppendMsgpack(nil), nil))
	send(t, socket, wire.AppendFrame(nil, wire.FrameCall, 0, 1, []byte{0xff, 0xff}, empty))
	failure := nextReply(t, socket)
	send(t, socket, wire.AppendFrame(nil, wire.FrameCall, 0, 2, good.AppendMsgpack(nil), empty))
	if err := nextReply(t, socket); err != nil {
		t.Errorf("the next call failed: %v", err)
	}
	return failure
}

// dialBare gives the bytes of one connection, without our client.
func dialBare(t *testing.T, b *bed) io.ReadWriter {
	t.Helper()
	if b.route.Channel == wire.ChannelUDS {
		socket, err := net.Dial("unix", b.address())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = socket.Close() })
		_ = socket.SetDeadline(time.Now().Add(5 * time.Second))
		return socket
	}
	connection, err := grpc.NewClient(targetOf(b.address()), grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithAuthority("localhost"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	t.Cleanup(cancel)
	stream, err := wirev1.NewFrameServiceClient(connection).Stream(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return &streamBytes{stream: stream}
}

// streamBytes takes a stream for a connection.
type streamBytes struct {
	stream grpc.BidiStreamingClient[wirev1.Frame, wirev1.Frame]
	rest   []byte
}

// Write implements io.Writer.
func (s *streamBytes) Write(b []byte) (int, error) {
	return len(b), s.stream.Send(&wirev1.Frame{Frame: b})
}

// Read implements io.Reader.
func (s *streamBytes) Read(b []byte) (int, error) {
	if len(s.rest) == 0 {
		message, err := s.stream.Recv()
		if err != nil {
			return 0, err
		}
		s.rest = message.Frame
	}
	n := copy(b, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

func send(t *testing.T, socket io.Writer, frame []byte) {
	t.Helper()
	if _, err := socket.Write(frame); err != nil {
		t.Fatal(err)
	}
}

// nextReply reads up to a reply.
func nextReply(t *testing.T, socket io.Reader) error {
	t.Helper()
	var got []byte
	buffer := make([]byte, 4096)
	for {
		frame, size, err := wire.ParseFrame(got, wire.MaxFrameBytes)
		switch {
		case err != nil:
			t.Fatal(err)
		case size > 0 && frame.Type == wire.FrameReply:
			return receiptError(t, &frame)
		case size > 0:
			got = got[size:]
			continue
		}
		n, err := socket.Read(buffer)
		if err != nil {
			t.Fatalf("no reply: %v", err)
		}
		got = append(got, buffer[:n]...)
	}
}

func receiptError(t *testing.T, frame *wire.Frame) error {
	var message wirev1.Receipt
	if err := message.UnmarshalMsgpack(frame.Header); err != nil {
		t.Fatal(err)
	}
	var receipt wire.Receipt
	receipt.Take(&message)
	return receipt.Err()
}

// malformedMetadata sends entries that do not decode, by an ordinary client.
func malformedMetadata(t *testing.T, target string) error {
	connection, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithAuthority("localhost"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	stub := kernelsv1.NewEchoServiceClient(connection)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	var failure *wire.Error
	for entry, value := range map[string]string{"boundary-contract": "one", "boundary-stamps": "perhaps"} {
		_, err := stub.Echo(metadata.AppendToOutgoingContext(ctx, entry, value), new(kernelsv1.EchoRequest))
		if failure = channel.Detailed(status.Convert(err)); failure == nil {
			t.Fatalf("%s: got %v", entry, err)
		}
	}
	if _, err := stub.Echo(ctx, new(kernelsv1.EchoRequest)); err != nil {
		t.Errorf("the next call failed: %v", err)
	}
	return failure
}
