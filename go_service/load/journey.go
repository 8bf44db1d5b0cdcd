package load

import (
	"context"
	"math"
	"net/http"
	"runtime"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/sidecar-ipc/gateway/go_service/clock"
	benchv1 "github.com/sidecar-ipc/gateway/go_service/gen/bench/v1"
)

// journeys implements bench.v1.JourneyService: whole HTTP requests, as a client of the service makes them.
type journeys struct {
	benchv1.UnimplementedJourneyServiceServer

	measuring *sync.Mutex // one ride or block at a time
	mu        sync.Mutex
	traffics  map[string]*traffic
}

func newJourneys(measuring *sync.Mutex) *journeys {
	return &journeys{measuring: measuring, traffics: map[string]*traffic{}}
}

// Prepare implements the service.
func (j *journeys) Prepare(_ context.Context, request *benchv1.PrepareRequest) (*benchv1.PrepareResponse, error) {
	prepared, err := newTraffic(request.Traffic, request.Requests)
	if err != nil {
		return nil, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.traffics[request.Traffic] = prepared
	return &benchv1.PrepareResponse{}, nil
}

// Ride implements the service. The context's end stops new requests; those in flight end by their own bound.
func (j *journeys) Ride(ctx context.Context, request *benchv1.RideRequest) (*benchv1.RideResponse, error) {
	flows, err := j.flows(request)
	if err != nil {
		return nil, err
	}
	j.measuring.Lock()
	defer j.measuring.Unlock()
	for _, one := range flows {
		one.stand()
		defer one.leave()
	}
	runtime.GC() // rides begin alike
	startNs := clock.NowNs() + uint64(openLead)
	var riding sync.WaitGroup
	failed := make([]error, len(flows))
	for n, one := range flows {
		riding.Go(func() { failed[n] = one.run(ctx, startNs) })
	}
	riding.Wait()
	response := &benchv1.RideResponse{}
	for n, one := range flows {
		if failed[n] != nil {
			return nil, failed[n]
		}
		response.Results = append(response.Results, one.sum())
	}
	return response, nil
}

// Bounds of what a ride may ask for.
const (
	maxArrivals = 5_000_000 // all of one traffic's are drawn beforehand
	maxTraffics = 16
)

// flows checks what was asked for.
func (j *journeys) flows(request *benchv1.RideRequest) ([]*flow, error) {
	if request.DurationNs == 0 || request.DurationNs > math.MaxInt64/overrunFactor || request.TimeoutNs == 0 || request.TimeoutNs > math.MaxInt64 {
		return nil, status.Error(codes.InvalidArgument, "ride: duration_ns or timeout_ns is out of range")
	}
	if len(request.Traffics) == 0 || len(request.Traffics) > maxTraffics {
		return nil, status.Errorf(codes.InvalidArgument, "ride: give from 1 to %d traffics", maxTraffics)
	}
	flows := make([]*flow, len(request.Traffics))
	for n, asked := range request.Traffics {
		var err error
		if flows[n], err = j.flow(request, asked, uint64(n)); err != nil {
			return nil, err
		}
	}
	return flows, nil
}

func (j *journeys) flow(request *benchv1.RideRequest, asked *benchv1.Traffic, number uint64) (*flow, error) {
	j.mu.Lock()
	prepared, ok := j.traffics[asked.Name]
	j.mu.Unlock()
	expected := asked.RatePerS * float64(request.DurationNs) / 1e9
	switch {
	case !ok:
		return nil, status.Errorf(codes.NotFound, "traffic %q is not prepared; prepare it first", asked.Name)
	case math.IsNaN(expected) || asked.RatePerS <= 0 || expected > maxArrivals:
		return nil, status.Errorf(codes.InvalidArgument, "traffic %q: rate_per_s is out of range", asked.Name)
	case asked.Connections == 0 || asked.Connections > maxCallers:
		return nil, status.Errorf(codes.InvalidArgument, "traffic %q: connections must be from 1 to 4,096", asked.Name)
	}
	return &flow{
		traffic: prepared, address: request.Address, duration: time.Duration(request.DurationNs), timeout: time.Duration(request.TimeoutNs),
		rate: asked.RatePerS, seed: request.Seed, stream: journeyStream + number, order: prepared.order(request.Seed),
		riders: make([]*rider, asked.Connections), times: newHistogram(1),
	}, nil
}

// journeyStream is the one of the arrivals of a ride's first traffic; see orderStream.
const journeyStream = 4 << 32

// answeredWell says which status is no failure.
func answeredWell(code int) bool {
	return code >= http.StatusOK && code < http.StatusMultipleChoices
}
