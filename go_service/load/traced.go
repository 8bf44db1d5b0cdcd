package load

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/clock"
	benchv1 "github.com/sidecar-ipc/gateway/go_service/gen/bench/v1"
	"github.com/sidecar-ipc/gateway/go_service/trace"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Trace implements the service: one call with stamps. Sampled, every process exports its own spans; unsampled, the
// call counts as picked afterwards and all of it is exported from here.
func (d *Driver) Trace(ctx context.Context, request *benchv1.TraceRequest) (*benchv1.TraceResponse, error) {
	of, route, err := d.find(request.Scenario, request.Route)
	if err != nil {
		return nil, err
	}
	if int(request.Index) >= len(of.requests) {
		return nil, status.Errorf(codes.InvalidArgument, "request %d: scenario %s has %d", request.Index, of.name, len(of.requests))
	}
	if request.Mode < benchv1.Mode_MODE_STAMPS || request.Mode > benchv1.Mode_MODE_SAMPLED {
		return nil, status.Error(codes.InvalidArgument, "mode: a traced call has stamps, give MODE_STAMPS, MODE_UNSAMPLED or MODE_SAMPLED")
	}
	made := d.traceOne(ctx, of, route, request)
	d.export(ctx, of, request.Mode, made)
	return made.response(request)
}

// tracedCall is one call's story. Its end is the client method's own clock reading, so that making spans, which comes
// after it, is not taken for a part of the call.
type tracedCall struct {
	seen    client.Observation
	startNs uint64
	answer  wire.Message
	failure *wire.Error
}

func (d *Driver) traceOne(ctx context.Context, of *scenario, route wire.Route, request *benchv1.TraceRequest) *tracedCall {
	if request.TimeoutNs > 0 {
		bounded, cancel := context.WithTimeout(ctx, time.Duration(request.TimeoutNs))
		defer cancel()
		ctx = bounded
	}
	made := &tracedCall{}
	options := []client.CallOption{client.Via(route), client.WithStamps(&made.seen)}
	if request.Mode != benchv1.Mode_MODE_STAMPS {
		options = append(options, client.WithTrace(newRoot(request.Mode), ""))
	}
	c := d.clientFor(request.Mode)
	made.startNs = clock.NowNs()
	plantLag()
	answer, err := of.kernel.CallAny(ctx, c, of.requests[request.Index], options...)
	made.answer = answer
	errors.As(err, &made.failure)
	return made
}

func newRoot(mode benchv1.Mode) wire.TraceContext {
	flags := byte(0)
	if mode == benchv1.Mode_MODE_SAMPLED {
		flags = sampledFlag
	}
	return wire.NewTraceContext(trace.NewTraceID(), trace.NewSpanID(), flags)
}

// export sends what the mode leaves to this process; the client has exported a sampled call already.
func (d *Driver) export(ctx context.Context, of *scenario, mode benchv1.Mode, made *tracedCall) {
	switch mode {
	case benchv1.Mode_MODE_UNSAMPLED:
		d.exporter.Reconstruct(&client.Finished{Kernel: of.kernel.Description(), Observation: &made.seen, Err: made.failure})
	case benchv1.Mode_MODE_SAMPLED:
	default:
		return
	}
	d.flush(ctx)
}

func (t *tracedCall) response(request *benchv1.TraceRequest) (*benchv1.TraceResponse, error) {
	record := Record{
		StampsNs: t.seen.Stamps, HopNs: nearestHop(t.seen.HopsNs),
		TotalNs: float64(t.seen.EndNs - t.startNs), Request: request.Index,
	}
	record.StampsNs[wire.T0] = t.startNs
	response := &benchv1.TraceResponse{Record: columns([]Record{record})}
	if request.Mode != benchv1.Mode_MODE_STAMPS {
		id := t.seen.Trace.TraceID()
		response.TraceId = id[:]
	}
	if t.failure != nil {
		response.Status, response.Reason, response.Message = uint32(t.failure.Code), uint32(t.failure.Reason), t.failure.Error()
		return response, nil
	}
	encoded, err := proto.Marshal(t.answer)
	if err != nil {
		return nil, status.Errorf(codes.Internal, "answer of scenario %s: it does not encode as protobuf", request.Scenario)
	}
	response.Response = encoded
	return response, nil
}
