package channel_test

import (
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/channel"
	wirev1 "github.com/sidecar-ipc/gateway/go_service/gen/wire/v1"
	"github.com/sidecar-ipc/gateway/go_service/internal/vectors"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// hostile listens as a worker that says hello and answers the first call by these bytes, then closes.
func hostile(t *testing.T, name string, hello *wirev1.Hello, answer []byte) channel.Channel {
	t.Helper()
	listener, path := listen(t, name)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			peer, err := listener.Accept()
			if err != nil {
				return
			}
			answerOnce(peer, hello, answer)
		}
	}()
	opened, err := channel.Open(wire.Channel(name), channel.Options{Address: path, DialTimeout: 500 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = opened.Close()
		_ = listener.Close()
		<-done
	})
	return opened
}

// answerOnce waits for the first call before it answers, so that the call is certainly in flight.
func answerOnce(peer net.Conn, hello *wirev1.Hello, answer []byte) {
	defer func() { _ = peer.Close() }()
	_ = peer.SetDeadline(time.Now().Add(5 * time.Second))
	_, _ = peer.Write(wire.AppendFrame(nil, wire.FrameHello, 0, 0, hello.AppendMsgpack(nil), nil))
	var got []byte
	buffer := make([]byte, 64<<10)
	for {
		n, err := peer.Read(buffer)
		if err != nil {
			return
		}
		got = append(got, buffer[:n]...)
		if hasCall(got) {
			break
		}
	}
	_, _ = peer.Write(answer)
}

func hasCall(b []byte) bool {
	for {
		frame, size, err := wire.ParseFrame(b, wire.MaxFrameBytes)
		if err != nil || size == 0 {
			return false
		}
		if frame.Type == wire.FrameCall {
			return true
		}
		b = b[size:]
	}
}

func goodHello() *wirev1.Hello {
	return &wirev1.Hello{Contract: wire.Contract, MaxMessageBytes: wire.MaxMessageBytes, MaxFrameBytes: wire.MaxFrameBytes, WindowCalls: 8}
}

func echoCall() *channel.Call {
	return &channel.Call{Kernel: "echo", Codec: wire.CodecMsgpack, Payload: []byte{0x90}}
}

// callHostile makes one call with a bound, so that a client that hangs fails the test.
func callHostile(t *testing.T, opened channel.Channel) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	return opened.Call(ctx, echoCall(), new(channel.Reply))
}

func reply(id uint64, flags uint8, receipt *wirev1.Receipt, payload []byte) []byte {
	var header []byte
	if receipt != nil {
		header = receipt.AppendMsgpack(nil)
	}
	return wire.AppendFrame(nil, wire.FrameReply, flags, id, header, payload)
}

func TestAWorkerThatBreaksTheProtocolLosesItsConnectionAndNoMore(t *testing.T) {
	answers := map[string][]byte{
		"nothing":                   nil,
		"noise":                     []byte("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
		"half a head":               {1, 2, 3},
		"half a frame":              wire.AppendFrame(nil, wire.FramePing, 0, 1, nil, []byte("ping"))[:18],
		"a second hello":            wire.AppendFrame(nil, wire.FrameHello, 0, 0, goodHello().AppendMsgpack(nil), nil),
		"a reply to no call":        reply(77, 0, &wirev1.Receipt{Executed: 2}, nil),
		"a reply without receipt":   reply(1, 0, nil, []byte("payload")),
		"a receipt of noise":        wire.AppendFrame(nil, wire.FrameReply, 0, 1, []byte{0xc1, 0xc1}, nil),
		"two receipts for one call": append(reply(1, wire.FlagMore, &wirev1.Receipt{TotalBytes: 2}, []byte("a")), reply(1, 0, &wirev1.Receipt{TotalBytes: 2}, []byte("b"))...),
		"a goaway of noise":         wire.AppendFrame(nil, wire.FrameGoaway, 0, 0, []byte{0xc1}, nil),
	}
	for _, bad := range vectors.BadFrames(t) {
		if bad.Rule == "head" || bad.Sender == "worker" {
			answers[bad.Name] = bad.Bytes
		}
	}
	onAll(t, transports, func(t *testing.T, transport string) {
		for name, answer := range answers {
			t.Run(name, func(t *testing.T) {
				if err := callHostile(t, hostile(t, transport, goodHello(), answer)); !errors.Is(err, wire.ErrWorkerDied) {
					t.Errorf("got %v, want WORKER_DIED", err)
				}
			})
		}
	})
}

func TestAReplyWhosePiecesDoNotAddUpIsMalformed(t *testing.T) {
	answers := map[string][]byte{
		"too few bytes":   reply(1, 0, &wirev1.Receipt{Executed: 2, TotalBytes: 5}, []byte("four")),
		"too many bytes":  reply(1, 0, &wirev1.Receipt{Executed: 2, TotalBytes: 3}, []byte("four")),
		"too many pieces": append(reply(1, wire.FlagMore, &wirev1.Receipt{Executed: 2, TotalBytes: 4}, []byte("four")), reply(1, 0, nil, []byte("more"))...),
	}
	onAll(t, transports, func(t *testing.T, transport string) {
		for name, answer := range answers {
			t.Run(name, func(t *testing.T) {
				if err := callHostile(t, hostile(t, transport, goodHello(), answer)); !errors.Is(err, wire.ErrMalformedReply) {
					t.Errorf("got %v, want MALFORMED_REPLY", err)
				}
			})
		}
	})
}

func TestAnAnnouncedSizeOverTheLimitAllocatesNothing(t *testing.T) {
	answer := reply(1, 0, &wirev1.Receipt{Executed: 2, TotalBytes: 1 << 62}, make([]byte, 1000))
	onAll(t, transports, func(t *testing.T, transport string) {
		opened := hostile(t, transport, goodHello(), answer)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := callHostile(t, opened)
		runtime.ReadMemStats(&after)
		if !errors.Is(err, wire.ErrReplyTooLarge) {
			t.Errorf("got %v, want REPLY_TOO_LARGE", err)
		}
		if grown := after.TotalAlloc - before.TotalAlloc; grown > wire.MaxMessageBytes {
			t.Errorf("%d bytes were allocated", grown)
		}
	})
}

func TestAHelloThatCanNotBeMetIsRefused(t *testing.T) {
	otherMajor, noWindow, noFrame := goodHello(), goodHello(), goodHello()
	otherMajor.Contract, noWindow.WindowCalls, noFrame.MaxFrameBytes = 2<<16, 0, 100
	hellos := map[string]struct {
		hello *wirev1.Hello
		want  error
	}{
		"another major":       {otherMajor, wire.ErrContractMismatch},
		"no window":           {noWindow, wire.ErrNoWorker},
		"no room for a frame": {noFrame, wire.ErrNoWorker},
	}
	onAll(t, transports, func(t *testing.T, transport string) {
		for name, c := range hellos {
			t.Run(name, func(t *testing.T) {
				if err := callHostile(t, hostile(t, transport, c.hello, nil)); !errors.Is(err, c.want) {
					t.Errorf("got %v, want %v", err, c.want)
				}
			})
		}
	})
}

func TestAWorkerThatSaysNothingIsGivenUpInTime(t *testing.T) {
	onAll(t, transports, func(t *testing.T, transport string) {
		listener, path := listen(t, transport)
		defer func() { _ = listener.Close() }()
		opened, err := channel.Open(wire.Channel(transport), channel.Options{Address: path, DialTimeout: 50 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = opened.Close() }()
		if err := callHostile(t, opened); !errors.Is(err, wire.ErrNoWorker) {
			t.Errorf("got %v, want NO_WORKER", err)
		}
	})
}

func TestAGoawayRefusesTheCallsThatWereNotTaken(t *testing.T) {
	goaway := wirev1.Goaway{LastCallId: 0, Reason: uint32(wire.ReasonDraining)}
	answer := wire.AppendFrame(nil, wire.FrameGoaway, 0, 0, goaway.AppendMsgpack(nil), nil)
	onAll(t, transports, func(t *testing.T, transport string) {
		err := callHostile(t, hostile(t, transport, goodHello(), answer))
		var failure *wire.Error
		if !errors.As(err, &failure) || !errors.Is(err, wire.ErrDraining) || failure.Executed != wire.ExecutedNo {
			t.Errorf("got %v, want DRAINING, not executed", err)
		}
	})
}

func TestAPeerThatDrainsWhenItIsDialledIsNotDialledInALoop(t *testing.T) {
	goaway := wirev1.Goaway{Reason: uint32(wire.ReasonDraining)}
	greeting := wire.AppendFrame(nil, wire.FrameHello, 0, 0, goodHello().AppendMsgpack(nil), nil)
	greeting = wire.AppendFrame(greeting, wire.FrameGoaway, 0, 0, goaway.AppendMsgpack(nil), nil)
	onAll(t, transports, func(t *testing.T, transport string) {
		listener, path := listen(t, transport)
		defer func() { _ = listener.Close() }()
		var dialled atomic.Int64
		go func() {
			for {
				peer, err := listener.Accept()
				if err != nil {
					return
				}
				dialled.Add(1)
				_, _ = peer.Write(greeting)
				go func() { _, _ = io.Copy(io.Discard, peer) }()
			}
		}()
		opened, err := channel.Open(wire.Channel(transport), channel.Options{Address: path})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = opened.Close() }()
		for range 100 {
			if err := callHostile(t, opened); !errors.Is(err, wire.ErrDraining) {
				t.Fatalf("got %v, want DRAINING", err)
			}
		}
		if n := dialled.Load(); n > 10 {
			t.Errorf("100 calls dialled %d times", n)
		}
	})
}
