package channel

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// dialer makes a transport to the address within the context.
type dialer func(ctx context.Context, options *Options) (transport, error)

// dial connects and greets; every error is a *wire.Error.
func (d dialer) dial(options *Options) (*connection, error) {
	deadline := time.Now().Add(options.DialTimeout)
	ctx, cancel := context.WithDeadline(context.Background(), deadline)
	defer cancel()
	opened, err := d(ctx, options)
	if err != nil {
		return nil, dialFailure(err)
	}
	c := newConnection(opened, options.MaxMessageBytes)
	err = c.greet(deadline)
	if err == nil {
		err = c.parse()
	}
	if err != nil {
		opened.close(true)
		return nil, dialFailure(err)
	}
	go c.background()
	return c, nil
}

// dialSocket connects to a frame socket.
func dialSocket(ctx context.Context, options *Options) (transport, error) {
	raw, err := new(net.Dialer).DialContext(ctx, "unix", options.Address)
	if err != nil {
		return nil, err
	}
	socket := raw.(*net.UnixConn)
	taken, err := newSocketTransport(socket, options.Address)
	if err != nil {
		_ = socket.Close()
		return nil, err
	}
	return taken, nil
}

// dialStream connects to a gRPC server and opens a stream of frames.
func dialStream(ctx context.Context, options *Options) (transport, error) {
	connection, err := grpc.NewClient("passthrough:///"+options.Address, streamOptions()...)
	if err != nil {
		return nil, err
	}
	return newStreamTransport(ctx, connection)
}

// dialFailure says NO_WORKER, unless the other side said better.
func dialFailure(err error) *wire.Error {
	var failure *wire.Error
	if errors.As(err, &failure) {
		return failure
	}
	text := err.Error()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		text = "the worker sent no hello in time"
	}
	if state, ok := status.FromError(err); ok {
		if failure = detailed(state); failure != nil {
			return failure
		}
		text = state.Message()
		if state.Code() == codes.Unimplemented {
			text = "the gRPC server there carries no frames: " + text
		}
	}
	failure = wire.Fail(wire.ReasonNoWorker, strings.TrimSpace(text))
	failure.Cause = err
	return failure
}
