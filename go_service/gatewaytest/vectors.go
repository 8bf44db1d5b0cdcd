package gatewaytest

import (
	"context"
	"testing"

	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/internal/vectors"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// AnswerFromVectors hosts kernels by their golden vectors, from the folder protos/vectors above the test's own. A request
// that no vector has is INTERNAL_ERROR, so that a test sees it.
func (f *Fake) AnswerFromVectors(tb testing.TB, kernels ...client.AnyKernel) {
	tb.Helper()
	for _, kernel := range kernels {
		name, known := kernel.Description().Name, map[string]vectors.Call{}
		for _, call := range vectors.Calls(tb, name) {
			known[string(call.Request.Raw)] = call
		}
		f.host(kernel, func(_ context.Context, request wire.Message) (wire.Message, error) {
			call, ok := known[string(request.AppendRaw(nil))]
			if !ok {
				return nil, wire.Failf(wire.ReasonInternalError, "no vector of %s has this request; add one, or a function by Answer", name)
			}
			return replyOf(kernel, &call)
		})
	}
}

func replyOf(kernel client.AnyKernel, call *vectors.Call) (wire.Message, error) {
	if call.Error != nil {
		reason, _ := wire.ParseReason(call.Error.Reason)
		return nil, wire.Fail(reason, "as the vector says")
	}
	response := kernel.EmptyResponse()
	return response, response.UnmarshalRaw(call.Response.Raw)
}
