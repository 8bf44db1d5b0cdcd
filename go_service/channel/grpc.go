package channel

import (
	"context"
	"net"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"github.com/sidecar-ipc/gateway/go_service/clock"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

func init() {
	Register(wire.ChannelGRPCUDS, newGRPC)
	Register(wire.ChannelGRPCTCP, newGRPC)
	Register(wire.ChannelGatewayUnary, newGRPC)
}

const (
	// grpcWindow is static: the library's bandwidth probe costs a write a small call.
	grpcWindow = 8 << 20
	// grpcBuffer is what the library reads and writes at once.
	grpcBuffer = 64 << 10
	// minConnect bounds one dial.
	minConnect = 2 * time.Second
)

// grpcChannel is plain unary gRPC; the worker's ordinary services answer. Bytes are handed through.
type grpcChannel struct {
	options     Options
	connections []*grpc.ClientConn
	next        atomic.Uint64
}

func newGRPC(options Options) (Channel, error) {
	if err := checkAddress(options.Address); err != nil {
		return nil, err
	}
	g := &grpcChannel{options: options}
	for range options.connections(1) {
		connection, err := grpc.NewClient("passthrough:///"+options.Address, g.dialOptions()...)
		if err != nil {
			_ = g.Close()
			return nil, err
		}
		g.connections = append(g.connections, connection)
	}
	return g, nil
}

func (g *grpcChannel) dialOptions() []grpc.DialOption {
	return append(commonDialOptions(),
		grpc.WithStatsHandler(grpcWatch{}),
		grpc.WithDefaultCallOptions(
			grpc.ForceCodecV2(passThrough{}),
			grpc.MaxCallRecvMsgSize(g.options.MaxMessageBytes),
			grpc.MaxCallSendMsgSize(g.options.MaxMessageBytes),
		),
	)
}

// commonDialOptions are those of unary calls and of streams.
func commonDialOptions() []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(dialGRPC),
		grpc.WithAuthority("localhost"),
		grpc.WithStaticStreamWindowSize(grpcWindow),
		grpc.WithStaticConnWindowSize(grpcWindow),
		grpc.WithReadBufferSize(grpcBuffer),
		grpc.WithWriteBufferSize(grpcBuffer),
		grpc.WithDisableServiceConfig(),
		grpc.WithDisableRetry(),
		grpc.WithIdleTimeout(0),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: firstRedial, Multiplier: 1.6, Jitter: 0.5, MaxDelay: longestRedial},
			MinConnectTimeout: minConnect,
		}),
	}
}

// dialGRPC checks who listens on a Unix-domain socket.
func dialGRPC(ctx context.Context, address string) (net.Conn, error) {
	connection, err := new(net.Dialer).DialContext(ctx, networkOf(address), address)
	if err != nil {
		return nil, err
	}
	if socket, ok := connection.(*net.UnixConn); ok {
		if err := checkPeerUID(socket, address); err != nil {
			_ = socket.Close()
			return nil, err
		}
	}
	return connection, nil
}

// Call implements Channel.
func (g *grpcChannel) Call(ctx context.Context, call *Call, reply *Reply) error {
	if err := g.check(call); err != nil {
		return err
	}
	if _, err := timeLeft(ctx); err != nil {
		return err
	}
	x := &grpcExchange{call: call, reply: reply}
	x.request.bytes = call.Payload
	x.response.reply = reply
	outer := ctx
	ctx = metadata.NewOutgoingContext(context.WithValue(ctx, exchangeKey{}, x), requestMetadata(call))
	err := g.connection().Invoke(ctx, call.Method, &x.request, &x.response, grpc.Header(&x.header), grpc.Trailer(&x.trailer))
	if call.Stamps {
		reply.InHandNs, reply.WrittenNs = clock.NowNs(), x.written.Load()
	}
	call.Retained = x.request.unsent()
	return x.outcome(outer, err)
}

// check refuses what the worker would, before a byte is sent.
func (g *grpcChannel) check(call *Call) error {
	if n, limit := len(call.Payload), g.options.MaxMessageBytes; n > limit {
		return wire.Failf(wire.ReasonRequestTooLarge, "%d bytes, at most %d are allowed", n, limit)
	}
	if call.Codec != wire.CodecProtobuf {
		return wire.Failf(wire.ReasonUnknownCodec, "gRPC carries protobuf, not codec number %d", call.Codec)
	}
	return checkHeader(call)
}

func (g *grpcChannel) connection() *grpc.ClientConn {
	if len(g.connections) == 1 {
		return g.connections[0]
	}
	return g.connections[g.next.Add(1)%uint64(len(g.connections))]
}

// Close implements Channel.
func (g *grpcChannel) Close() error {
	for _, connection := range g.connections {
		_ = connection.Close() // its only error is that it is closed
	}
	return nil
}
