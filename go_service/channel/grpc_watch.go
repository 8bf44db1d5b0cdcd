package channel

import (
	"context"

	"google.golang.org/grpc/stats"

	"github.com/sidecar-ipc/gateway/go_service/clock"
)

// exchangeKey finds the exchange of a call in its context.
type exchangeKey struct{}

// grpcWatch tells calls that died in flight from those that never left: without an OutHeader before its End nothing was sent.
type grpcWatch struct{}

// TagRPC implements stats.Handler.
func (grpcWatch) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }

// TagConn implements stats.Handler.
func (grpcWatch) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

// HandleConn implements stats.Handler.
func (grpcWatch) HandleConn(context.Context, stats.ConnStats) {}

// HandleRPC implements stats.Handler.
func (grpcWatch) HandleRPC(ctx context.Context, event stats.RPCStats) {
	x, ok := ctx.Value(exchangeKey{}).(*grpcExchange)
	if !ok {
		return
	}
	switch event.(type) {
	case *stats.OutHeader:
		x.sent.Store(true)
	case *stats.OutPayload:
		if x.call.Stamps {
			x.written.Store(clock.NowNs())
		}
	}
}
