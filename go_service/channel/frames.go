package channel

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

func init() {
	Register(wire.ChannelUDS, newFrames(dialSocket, 1))
	Register(wire.ChannelGRPCStream, newFrames(dialStream, 1))
	Register(wire.ChannelGateway, newFrames(dialStream, 1))
}

// frames speaks protos/FRAME.md over a pool of connections of any transport.
type frames struct {
	options Options
	lines   []*line
	next    atomic.Uint64
}

// maxSocketPath is where a path stops to fit into sockaddr_un on every system.
const maxSocketPath = 100

// newFrames opens so many connections unless the options say otherwise.
func newFrames(dial dialer, connections int) Factory {
	return func(options Options) (Channel, error) {
		if err := checkAddress(options.Address); err != nil {
			return nil, err
		}
		f := &frames{options: options}
		for range options.connections(connections) {
			f.lines = append(f.lines, newLine(&f.options, dial))
		}
		return f, nil
	}
}

// networkOf tells a socket's path from host:port.
func networkOf(address string) string {
	if strings.Contains(address, "/") {
		return "unix"
	}
	return "tcp"
}

func checkAddress(address string) error {
	if networkOf(address) == "unix" && len(address) > maxSocketPath {
		return wire.Failf(wire.ReasonNoWorker, "the socket path %s has %d bytes, at most %d fit; take a shorter folder",
			address, len(address), maxSocketPath)
	}
	return nil
}

// Call implements Channel. A call that a connection's end kept from being sent goes out once more on a fresh one.
func (f *frames) Call(ctx context.Context, call *Call, reply *Reply) error {
	if err := f.check(call); err != nil {
		return err
	}
	line := f.line()
	connection, err := line.connection(ctx)
	if err != nil {
		return err
	}
	err = connection.call(ctx, call, reply)
	if !movable(err) || connection.usable() == nil {
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

func (f *frames) line() *line {
	if len(f.lines) == 1 {
		return f.lines[0]
	}
	return f.lines[f.next.Add(1)%uint64(len(f.lines))]
}

// check refuses what the worker would, before a byte is sent.
func (f *frames) check(call *Call) error {
	if n, limit := len(call.Payload), f.options.MaxMessageBytes; n > limit {
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
func (f *frames) Close() error {
	for _, line := range f.lines {
		line.close()
	}
	return nil
}
