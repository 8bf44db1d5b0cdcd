package channel_test

import (
	"bytes"
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/channel"
	wirev1 "github.com/sidecar-ipc/gateway/go_service/gen/wire/v1"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// peer is the worker's end of one connection, in the test's hand: it reads when the test says so.
type peer struct {
	t       *testing.T
	socket  net.Conn
	got     []byte
	channel channel.Channel
}

// newPeer connects a channel to a peer that has said this hello.
func newPeer(t *testing.T, transport string, hello *wirev1.Hello) *peer {
	t.Helper()
	listener, path := listen(t, transport)
	t.Cleanup(func() { _ = listener.Close() })
	opened, err := channel.Open(wire.Channel(transport), channel.Options{Address: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = opened.Close() })
	go func() { // the first call dials; this one is given up
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		defer cancel()
		_ = opened.Call(ctx, echoCall(), new(channel.Reply))
	}()
	socket, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	_ = socket.SetDeadline(time.Now().Add(10 * time.Second))
	p := &peer{t: t, socket: socket, channel: opened}
	p.send(wire.AppendFrame(nil, wire.FrameHello, 0, 0, hello.AppendMsgpack(nil), nil))
	if first := p.next(); first.Type != wire.FrameHello {
		t.Fatalf("the first frame is %v", first.Type)
	}
	return p
}

func (p *peer) send(b []byte) {
	p.t.Helper()
	if _, err := p.socket.Write(b); err != nil {
		p.t.Error(err)
	}
}

// next reads one frame.
func (p *peer) next() wire.Frame {
	p.t.Helper()
	buffer := make([]byte, 64<<10)
	for {
		frame, size, err := wire.ParseFrame(p.got, wire.MaxFrameBytes)
		if err != nil {
			p.t.Fatal(err)
		}
		if size > 0 {
			p.got = p.got[size:]
			return frame
		}
		n, err := p.socket.Read(buffer)
		if err != nil {
			p.t.Fatalf("no further frame: %v", err)
		}
		p.got = append(bytes.Clone(p.got), buffer[:n]...)
	}
}

// nextCall passes over what is no call, and answers the call that dialled.
func (p *peer) nextCall() (wire.Frame, *wirev1.CallHeader) {
	p.t.Helper()
	for {
		frame := p.next()
		header := new(wirev1.CallHeader)
		if frame.Type != wire.FrameCall {
			continue
		}
		if len(frame.Header) > 0 {
			if err := header.UnmarshalMsgpack(frame.Header); err != nil {
				p.t.Fatal(err)
			}
		}
		if string(header.Kernel) != "echo" || header.TotalBytes != 1 {
			return frame, header
		}
		p.answer(frame.CallID)
	}
}

func (p *peer) call(kernel string, size int) <-chan error {
	return inBackground(func() error {
		call := channel.Call{Kernel: kernel, Codec: wire.CodecMsgpack, Payload: make([]byte, size)}
		return p.channel.Call(context.Background(), &call, new(channel.Reply))
	})
}

func (p *peer) answer(id uint64) {
	p.send(reply(id, 0, &wirev1.Receipt{Executed: uint32(wire.ExecutedYes)}, nil))
}

func TestASmallCallPassesALargeOneThatIsBeingSent(t *testing.T) {
	onAll(t, transports, func(t *testing.T, transport string) {
		p := newPeer(t, transport, goodHello())
		large := p.call("large", 4<<20-64)
		first, _ := p.nextCall() // the rest does not fit into the socket's buffers
		small := p.call("small", 10)
		time.Sleep(settle)
		passed := false
		for {
			frame, header := p.nextCall()
			passed = passed || string(header.Kernel) == "small"
			if frame.CallID == first.CallID && !frame.More() {
				break
			}
		}
		if !passed {
			t.Error("the small call came behind the large one's last frame")
		}
		p.answer(first.CallID)
		p.answer(first.CallID + 1)
		for name, outcome := range map[string]<-chan error{"large": large, "small": small} {
			if err := <-outcome; err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestAFullWindowWaitsUntilAReplyGivesAPlaceBack(t *testing.T) {
	onAll(t, transports, func(t *testing.T, transport string) {
		hello := goodHello()
		hello.WindowCalls = 2
		p := newPeer(t, transport, hello)
		var group sync.WaitGroup
		for range 10 {
			outcome := p.call("wait", 0)
			group.Go(func() {
				if err := <-outcome; err != nil {
					t.Error(err)
				}
			})
		}
		open := []uint64{}
		for range 10 {
			frame, _ := p.nextCall()
			if open = append(open, frame.CallID); len(open) == 2 {
				p.answer(open[0])
				open = open[1:]
			}
		}
		p.answer(open[0])
		group.Wait()
	})
}

func TestACallThatIsGivenUpIsCancelled(t *testing.T) {
	onAll(t, transports, func(t *testing.T, transport string) {
		p := newPeer(t, transport, goodHello())
		ctx, cancel := context.WithCancel(context.Background())
		call := channel.Call{Kernel: "slow", Codec: wire.CodecMsgpack}
		outcome := inBackground(func() error { return p.channel.Call(ctx, &call, new(channel.Reply)) })
		frame, _ := p.nextCall()
		cancel()
		for next := p.next(); next.Type != wire.FrameCancel || next.CallID != frame.CallID; next = p.next() {
			t.Logf("passed over %v of call %d", next.Type, next.CallID)
		}
		if err := <-outcome; err == nil {
			t.Error("a cancelled call succeeded")
		}
		p.answer(frame.CallID) // crosses with the cancel and is dropped
		next := p.call("next", 0)
		frame, _ = p.nextCall()
		p.answer(frame.CallID)
		if err := <-next; err != nil {
			t.Errorf("the next call failed: %v", err)
		}
	})
}

func TestAPingIsAnswered(t *testing.T) {
	onAll(t, transports, func(t *testing.T, transport string) {
		p := newPeer(t, transport, goodHello())
		p.send(wire.AppendFrame(nil, wire.FramePing, 0, 42, nil, []byte("are you there")))
		for next := p.next(); ; next = p.next() {
			if next.Type == wire.FramePong {
				if next.CallID != 42 || string(next.Payload) != "are you there" {
					t.Errorf("the pong is %d %q", next.CallID, next.Payload)
				}
				return
			}
		}
	})
}

func TestTheDeadlineIsSentAsTheTimeThatIsLeft(t *testing.T) {
	onAll(t, transports, func(t *testing.T, transport string) {
		p := newPeer(t, transport, goodHello())
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		call := channel.Call{Kernel: "bounded", Codec: wire.CodecMsgpack}
		outcome := inBackground(func() error { return p.channel.Call(ctx, &call, new(channel.Reply)) })
		frame, header := p.nextCall()
		if left := time.Duration(header.DeadlineNs); left <= 0 || left > time.Second {
			t.Errorf("%v are left of a second", left)
		}
		p.answer(frame.CallID)
		if err := <-outcome; err != nil {
			t.Error(err)
		}
	})
}

func TestWhatIsQueuedBehindASlowPeerArrivesWhole(t *testing.T) {
	onAll(t, transports, func(t *testing.T, transport string) {
		hello := goodHello()
		hello.WindowCalls = 4096
		p := newPeer(t, transport, hello)
		const calls, small, large = 200, 12 << 10, 300 << 10
		var outcomes []<-chan error
		for number := range calls {
			outcomes = append(outcomes, p.call("queued", []int{small, large}[number%40/39]))
		}
		time.Sleep(settle) // far more than the buffers on the way hold waits in the queue now
		for got := 0; got < calls; {
			frame, _ := p.nextCall()
			if !frame.More() {
				p.answer(frame.CallID)
				got++
			}
		}
		for _, outcome := range outcomes {
			if err := <-outcome; err != nil {
				t.Fatal(err)
			}
		}
	})
}
