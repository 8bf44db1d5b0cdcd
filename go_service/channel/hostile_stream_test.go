package channel_test

import (
	"errors"
	"net"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/sidecar-ipc/gateway/go_service/channel"
	"github.com/sidecar-ipc/gateway/go_service/wire"
	"github.com/sidecar-ipc/gateway/go_service/workertest"
)

// bareCodec sends bytes as they are.
type bareCodec struct{}

func (bareCodec) Name() string { return "proto" }

func (bareCodec) Marshal(v any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(*v.(*[]byte))}, nil
}

func (bareCodec) Unmarshal(data mem.BufferSlice, v any) error {
	*v.(*[]byte) = data.Materialize()
	return nil
}

// hostileStream answers the first message by a hello, the second by these bytes, and ends the stream with err.
func hostileStream(t *testing.T, answer []byte, end error) channel.Channel {
	t.Helper()
	path := filepath.Join(workertest.Dir(t), "g.sock")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	hello := wire.AppendFrame(nil, wire.FrameHello, 0, 0, goodHello().AppendMsgpack(nil), nil)
	server := grpc.NewServer(grpc.ForceServerCodecV2(bareCodec{}), grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
		for _, message := range [][]byte{framed(hello), answer} {
			var got []byte
			if err := stream.RecvMsg(&got); err != nil {
				return err
			}
			if err := stream.SendMsg(&message); err != nil {
				return err
			}
		}
		return end
	}))
	go func() { _ = server.Serve(listener) }()
	opened, err := channel.Open(wire.ChannelGRPCStream, channel.Options{Address: path, DialTimeout: 500 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = opened.Close()
		server.Stop()
	})
	return opened
}

// framed is wire.v1.Frame.
func framed(frames []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), frames)
}

func TestAStreamThatCarriesNoFramesIsLostAndNoMore(t *testing.T) {
	for name, answer := range map[string][]byte{
		"another field":         protowire.AppendBytes(protowire.AppendTag(nil, 2, protowire.BytesType), []byte("x")),
		"a number":              {0x08, 0x01},
		"a length that is long": {0x0a, 0x7f, 1},
		"a length that is off":  append(framed([]byte("noise")), 1, 2, 3),
		"a length without end":  {0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		"a huge length":         append([]byte{0x0a}, protowire.AppendVarint(nil, 1<<63)...),
		"a tag alone":           {0x0a},
		"an empty message":      nil,
		"noise in a frame":      framed([]byte("GET / HTTP/1.1\r\n\r\n")),
		"a huge message":        framed(make([]byte, 3<<20)),
	} {
		t.Run(name, func(t *testing.T) {
			if err := callHostile(t, hostileStream(t, answer, nil)); !errors.Is(err, wire.ErrWorkerDied) {
				t.Errorf("got %v, want WORKER_DIED", err)
			}
		})
	}
}

func TestAStreamThatEndsWithAnErrorIsSaidSo(t *testing.T) {
	err := callHostile(t, hostileStream(t, nil, status.Error(codes.InvalidArgument, "a frame too long")))
	var failure *wire.Error
	if !errors.As(err, &failure) || failure.Reason != wire.ReasonWorkerDied || failure.Message != "the stream ended: InvalidArgument: a frame too long" {
		t.Errorf("got %v", err)
	}
}

func TestAGRPCServerWithoutFramesIsNoWorker(t *testing.T) {
	path := filepath.Join(workertest.Dir(t), "g.sock")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	go func() { _ = server.Serve(listener) }()
	defer server.Stop()
	opened, err := channel.Open(wire.ChannelGRPCStream, channel.Options{Address: path})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = opened.Close() }()
	if err := callHostile(t, opened); !errors.Is(err, wire.ErrNoWorker) {
		t.Errorf("got %v, want NO_WORKER", err)
	}
}

func TestAStreamLeadsOverTCPWhereItsAddressIsAPort(t *testing.T) {
	worker := workertest.Start(t)
	opened, err := channel.Open(wire.ChannelGRPCStream, channel.Options{Address: worker.Address(wire.ChannelGRPCTCP)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = opened.Close() }()
	if err := callHostile(t, opened); err != nil {
		t.Error(err)
	}
}
