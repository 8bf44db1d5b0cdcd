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
		name, replies := kernel.Description().Name, map[string]vectors.Bytes{}
		for _, call := range vectors.Calls(tb, name) {
			replies[string(call.Request.Raw)] = call.Response.Raw
		}
		f.host(kernel, func(_ context.Context, request wire.Message) (wire.Message, error) {
			reply, ok := replies[string(request.AppendRaw(nil))]
			if !ok {
				return nil, wire.Failf(wire.ReasonInternalError, "no vector of %s has this request; add one, or a function by Answer", name)
			}
			response := kernel.EmptyResponse()
			return response, response.UnmarshalRaw(reply)
		})
	}
}
