package trace

import (
	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"google.golang.org/grpc/codes"

	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// clientAttributes are those of the caller's span. boundary.written_ns counts from the span's start.
func clientAttributes(call *client.Finished) []attribute.KeyValue {
	seen, attributes := call.Observation, serverAttributes(call)
	if written := seen.Stamps[wire.T3]; written != 0 {
		attributes = append(attributes, attribute.Int64(wire.AttributeWrittenNs, int64(written-seen.StartNs)))
	}
	if call.Err == nil {
		attributes = append(attributes, attribute.Int64(wire.AttributeResidualNs, seen.ResidualNs()))
	}
	return attributes
}

// serverAttributes are those that both ends state; the worker gives its own span the same.
func serverAttributes(call *client.Finished) []attribute.KeyValue {
	seen, route := call.Observation, call.Observation.Route
	attributes := []attribute.KeyValue{
		semconv.RPCSystemNameKey.String(rpcSystem(route.Channel)),
		semconv.RPCMethod(methodOf(call)),
		semconv.RPCResponseStatusCode(codeName(call)),
		attribute.String(wire.AttributeKernel, call.Kernel.Name),
		attribute.String(wire.AttributeRoute, route.String()),
		attribute.String(wire.AttributePlacement, string(route.Placement())),
		attribute.Int(wire.AttributeRequestBytes, seen.RequestBytes),
		attribute.Int(wire.AttributeReplyBytes, seen.ReplyBytes),
	}
	if !route.IsNative() {
		attributes = append(attributes, attribute.String(wire.AttributeCodec, route.Codec.String()))
	}
	if seen.KernelVersion != 0 {
		attributes = append(attributes, attribute.Int64(wire.AttributeKernelVersion, int64(seen.KernelVersion)))
	}
	if call.Err != nil {
		attributes = append(attributes,
			attribute.String(wire.AttributeReason, call.Err.Reason.String()),
			attribute.String(wire.AttributeExecuted, call.Err.Executed.String()),
			semconv.ErrorTypeKey.String(codeName(call)))
	}
	return attributes
}

// rpcSystem names gRPC as the conventions do; they have no name for frames and for a call in the process.
func rpcSystem(channel wire.Channel) string {
	switch channel {
	case wire.ChannelGRPCTCP, wire.ChannelGRPCUDS, wire.ChannelGatewayUnary:
		return "grpc"
	default:
		return "sidecar"
	}
}

func codeName(call *client.Finished) string {
	code := codes.OK
	if call.Err != nil {
		code = call.Err.Code
	}
	return CodeName(code)
}

// codeNames are the contract's spellings: protos/lists.toml, [[statuses]].
var codeNames = map[codes.Code]string{
	codes.OK: "OK", codes.Canceled: "CANCELLED", codes.Unknown: "UNKNOWN", codes.InvalidArgument: "INVALID_ARGUMENT",
	codes.DeadlineExceeded: "DEADLINE_EXCEEDED", codes.ResourceExhausted: "RESOURCE_EXHAUSTED",
	codes.FailedPrecondition: "FAILED_PRECONDITION", codes.Unimplemented: "UNIMPLEMENTED",
	codes.Internal: "INTERNAL", codes.Unavailable: "UNAVAILABLE",
}

// CodeName gives a canonical code's name as the contract spells it.
func CodeName(code codes.Code) string {
	if name, ok := codeNames[code]; ok {
		return name
	}
	return "UNKNOWN"
}
