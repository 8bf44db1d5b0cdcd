package channel

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

func init() { Register(wire.ChannelUDS, newUDS) }

// uds speaks protos/FRAME.md over a Unix-domain socket.
type uds struct {
	options Options
	lines   []*line
	next    atomic.Uint64
}

// maxSocketPath is where a path stops to fit into sockaddr_un on every system.
const maxSocketPath = 100

func newUDS(options Options) (Channel, error) {
	if len(options.Address) > maxSocketPath {
		return nil, wire.Failf(wire.ReasonNoWorker, "the socket path %s has %d bytes, at most %d fit; take a shorter folder",
			options.Address, len(options.Address), maxSocketPath)
	}
	u := &uds{options: options}
	for range options.Connections {
		u.lines = append(u.lines, newLine(&u.options))
	}
	return u, nil
}

// Call implements Channel. A call that a connection's end kept from being sent goes out once more on a fresh one.
func (u *uds) Call(ctx context.Context, call *Call, reply *Reply) error {
	if err := u.check(call); err != nil {
		return err
	}
	line := u.line()
	connection, err := line.connection(ctx)
	if err != nil {
		return err
	}
	err = connection.call(ctx, call, reply)
	if !movable(err) {
		return err
	}
	if connection, err = line.connection(ctx); err != nil {
		return err
	}
	return connection.call(ctx, call, reply)
}

// movable says that the worker has not taken the call and that another connection may.
func movable(err error) bool {
	if err == nil {
		return false
	}
	return errors.Is(err, wire.ErrNoWorker) || errors.Is(err, wire.ErrDraining)
}

func (u *uds) line() *line {
	if len(u.lines) == 1 {
		return u.lines[0]
	}
	return u.lines[u.next.Add(1)%uint64(len(u.lines))]
}

// check refuses what the worker would, before a byte is sent.
func (u *uds) check(call *Call) error {
	if n, limit := len(call.Payload), u.options.MaxMessageBytes; n > limit {
		return wire.Failf(wire.ReasonRequestTooLarge, "%d bytes, at most %d are allowed", n, limit)
	}
	return checkHeader(call)
}

// checkHeader refuses fields that no header carries.
func checkHeader(call *Call) error {
	if n := len(call.Kernel); n == 0 || n > wire.MaxKernelNameBytes {
		return wire.Failf(wire.ReasonMalformedHeader, "a kernel name of %d bytes, 1 to %d are allowed", n, wire.MaxKernelNameBytes)
	}
	if n := len(call.Tracestate); n > wire.MaxTracestateBytes {
		return wire.Failf(wire.ReasonMalformedHeader, "a tracestate of %d bytes, at most %d are allowed", n, wire.MaxTracestateBytes)
	}
	return nil
}

// Close implements Channel.
func (u *uds) Close() error {
	for _, line := range u.lines {
		line.close()
	}
	return nil
}
