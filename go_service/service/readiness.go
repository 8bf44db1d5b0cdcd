package service

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"

	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// readyTimeout bounds the question to the worker; probes usually wait a second.
const readyTimeout = 500 * time.Millisecond

// readiness says whether requests would find what they need.
type readiness struct {
	client   *client.Client
	kernels  []string
	draining atomic.Bool
}

// handle answers 200 while every route that a kernel takes leads somewhere, else 503 with what is missing.
func (p *readiness) handle(w http.ResponseWriter, r *http.Request) {
	if p.draining.Load() {
		problemOf(wire.Fail(wire.ReasonDraining, "the service is shutting down")).write(w)
		return
	}
	told := map[string]string{}
	for _, route := range p.routes() {
		if err := p.reach(r.Context(), route); err != nil {
			problemOf(err).write(w)
			return
		}
		told[route.String()] = "reachable"
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"ready": true, "routes": told})
}

// routes are those that kernels take just now and cannot do without.
func (p *readiness) routes() (taken []wire.Route) {
	for _, kernel := range p.kernels {
		if route := p.client.Route(kernel); !slices.Contains(taken, route) && !p.comesBack(kernel) {
			taken = append(taken, route)
		}
	}
	return taken
}

// comesBack says that native answers for a kernel whose route fails.
func (p *readiness) comesBack(kernel string) bool {
	status, ok := p.client.PolicyOf(kernel)
	return ok && (status.Policy.Fallback || status.Policy.Fail == client.FailOpen)
}

// reach asks for an empty echo. A worker of a user's own may not host it: that it says so proves that it is there.
func (p *readiness) reach(ctx context.Context, route wire.Route) *wire.Error {
	if route.IsNative() {
		return nil
	}
	bounded, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	_, err := p.client.Echo(bounded, &kernelsv1.EchoRequest{}, client.Via(route))
	if err == nil {
		return nil
	}
	failure := failureOf(err)
	switch failure.Reason {
	case wire.ReasonUnknownKernel, wire.ReasonQueueFull:
		return nil
	case wire.ReasonDeadline:
		unready := wire.Fail(wire.ReasonNoWorker, fmt.Sprintf("no answer within %v", readyTimeout))
		unready.Route = route.String()
		return unready
	default:
		return failure
	}
}
