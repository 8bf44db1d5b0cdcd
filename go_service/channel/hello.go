package channel

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	wirev1 "github.com/sidecar-ipc/gateway/go_service/gen/wire/v1"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// leastPeerFrame is the smallest frame limit that a peer may announce: below it a header would not fit.
const leastPeerFrame = 4096

// greet sends our hello and takes the worker's, so that no call is lost to another contract.
func (c *connection) greet(deadline time.Time) error {
	if err := c.socket.SetDeadline(deadline); err != nil {
		return err
	}
	if _, err := c.socket.Write(ownHello(c.limits.message)); err != nil {
		return err
	}
	for c.limits.window == 0 {
		if err := c.readHello(); err != nil {
			return err
		}
	}
	return c.socket.SetDeadline(time.Time{})
}

func ownHello(maxMessageBytes int) []byte {
	hello := wirev1.Hello{
		Contract: wire.Contract, MaxMessageBytes: uint64(maxMessageBytes), MaxFrameBytes: wire.MaxFrameBytes,
		ClockDomain: clockDomain(),
	}
	return wire.AppendFrame(nil, wire.FrameHello, 0, 0, hello.AppendMsgpack(nil), nil)
}

// readHello makes one read and takes the hello if it is whole.
func (c *connection) readHello() error {
	in := &c.in
	n, err := c.socket.Read(in.buffer[in.end:])
	if err != nil {
		return err
	}
	in.end += n
	frame, size, err := wire.ParseFrame(in.buffer[:in.end], controlFrameBytes)
	if err != nil || size == 0 {
		return err
	}
	in.start = size
	if err := frame.Check(wire.SideWorker); err != nil {
		return err
	}
	if frame.Type != wire.FrameHello {
		return &wire.ProtocolError{Problem: "the first frame is " + frame.Type.String() + ", not HELLO"}
	}
	return c.takeHello(frame.Header)
}

func (c *connection) takeHello(header []byte) error {
	var hello wirev1.Hello
	if err := hello.UnmarshalMsgpack(header); err != nil {
		return &wire.ProtocolError{Problem: err.Error()}
	}
	if !wire.ContractAgrees(hello.Contract) {
		return wire.ContractMismatch("the worker", hello.Contract)
	}
	if hello.MaxFrameBytes < leastPeerFrame || hello.WindowCalls == 0 {
		return &wire.ProtocolError{Problem: "a hello without room for a call"}
	}
	c.limits.peerMessage = hello.MaxMessageBytes
	c.limits.peerFrame = int(min(hello.MaxFrameBytes, wire.MaxFrameBytes))
	c.limits.window = int(min(hello.WindowCalls, 1<<20))
	return nil
}

// dial connects and greets; every error is a *wire.Error.
func dial(options *Options) (*connection, error) {
	deadline := time.Now().Add(options.DialTimeout)
	ctx, cancel := context.WithDeadline(context.Background(), deadline)
	defer cancel()
	raw, err := new(net.Dialer).DialContext(ctx, "unix", options.Address)
	if err != nil {
		return nil, dialFailure(err)
	}
	socket := raw.(*net.UnixConn)
	c, err := open(socket, options, deadline)
	if err != nil {
		_ = socket.Close()
		return nil, dialFailure(err)
	}
	go c.background()
	return c, nil
}

func open(socket *net.UnixConn, options *Options, deadline time.Time) (*connection, error) {
	if err := checkPeerUID(socket); err != nil {
		return nil, err
	}
	_ = socket.SetWriteBuffer(socketBytes)
	_ = socket.SetReadBuffer(socketBytes)
	c, err := newConnection(socket, options.MaxMessageBytes)
	if err != nil {
		return nil, err
	}
	if err := c.greet(deadline); err != nil {
		return nil, err
	}
	return c, c.parse()
}

// socketBytes is asked for in both directions; the system may give less.
const socketBytes = 1 << 20

func dialFailure(err error) *wire.Error {
	var failure *wire.Error
	if errors.As(err, &failure) {
		return failure
	}
	text := err.Error()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		text = "the worker sent no hello in time"
	}
	failure = wire.Fail(wire.ReasonNoWorker, fmt.Sprintf("uds: %s", text))
	failure.Cause = err
	return failure
}
