package channel

import (
	"time"

	wirev1 "github.com/sidecar-ipc/gateway/go_service/gen/wire/v1"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// leastPeerFrame is the smallest frame limit that a peer may announce: below it a header would not fit.
const leastPeerFrame = 4096

// greet sends our hello and takes the worker's, so that no call is lost to another contract.
func (c *connection) greet(deadline time.Time) error {
	c.transport.readBy(deadline)
	var hello batch
	hello.frame(wire.FrameHello, 0, 0, ownHello(c.limits.message), nil)
	n, err := c.transport.offer(&hello)
	if err == nil && n < hello.size {
		_, err = c.transport.writeRest(&hello, n)
	}
	for err == nil && c.limits.window == 0 {
		err = c.readHello()
	}
	if err != nil {
		return err
	}
	c.transport.readBy(time.Time{})
	return nil
}

func ownHello(maxMessageBytes int) []byte {
	hello := wirev1.Hello{
		Contract: wire.Contract, MaxMessageBytes: uint64(maxMessageBytes), MaxFrameBytes: wire.MaxFrameBytes,
		ClockDomain: clockDomain(),
	}
	return hello.AppendMsgpack(nil)
}

// readHello makes one read and takes the hello if it is whole.
func (c *connection) readHello() error {
	in := &c.in
	n, err := c.transport.read(in.buffer[in.end:], nil)
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
