package load

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	benchv1 "github.com/sidecar-ipc/gateway/go_service/gen/bench/v1"
)

// startHTTP serves a handler and gives its address.
func startHTTP(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func preparedJourneys(t *testing.T, traffics map[string][]*benchv1.HttpRequest) *journeys {
	t.Helper()
	served := newJourneys(&sync.Mutex{})
	for name, requests := range traffics {
		if _, err := served.Prepare(t.Context(), &benchv1.PrepareRequest{Traffic: name, Requests: requests}); err != nil {
			t.Fatal(err)
		}
	}
	return served
}

func get(target string) []*benchv1.HttpRequest {
	return []*benchv1.HttpRequest{{Method: http.MethodGet, Target: target}}
}

func rideOf(t *testing.T, served *journeys, request *benchv1.RideRequest) []*benchv1.TrafficResult {
	t.Helper()
	if request.TimeoutNs == 0 {
		request.TimeoutNs = uint64(10 * time.Second)
	}
	response, err := served.Ride(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	return response.Results
}

// slower counts requests that took at least so long.
func slower(result *benchv1.TrafficResult, bound time.Duration) (count uint64) {
	for n, value := range result.BucketValues {
		if value >= uint64(bound) {
			count += result.BucketCounts[n]
		}
	}
	return count
}

func TestARideSendsEveryRequestOfEveryTrafficAndCountsItsBytes(t *testing.T) {
	body := bytes.Repeat([]byte("b"), 3000)
	var wrong atomic.Int64
	address := startHTTP(t, func(w http.ResponseWriter, r *http.Request) {
		got, _ := io.ReadAll(r.Body)
		if r.Method == http.MethodPost && (!bytes.Equal(got, body) || r.URL.Query().Get("k") != "1") {
			wrong.Add(1)
		}
		_, _ = w.Write(got)
	})
	served := preparedJourneys(t, map[string][]*benchv1.HttpRequest{
		"posts": {{Method: http.MethodPost, Target: "/p?k=1", Body: body}}, "gets": get("/light"),
	})
	results := rideOf(t, served, &benchv1.RideRequest{Address: address, DurationNs: uint64(300 * time.Millisecond), Seed: 3, Traffics: []*benchv1.Traffic{
		{Name: "posts", RatePerS: 500, Connections: 8}, {Name: "gets", RatePerS: 100, Connections: 2},
	}})
	posts, gets := results[0], results[1]
	if posts.Requests != posts.Due || posts.Due < 80 || len(posts.Failures) != 0 || gets.Requests != gets.Due || gets.Due < 5 {
		t.Fatalf("posts %+v, gets %+v", posts, gets)
	}
	if wrong.Load() != 0 || posts.RequestBytes != posts.Requests*3000 || posts.ReplyBytes != posts.Requests*3000 || gets.RequestBytes != 0 {
		t.Errorf("%d wrong requests; %d bytes out, %d back", wrong.Load(), posts.RequestBytes, posts.ReplyBytes)
	}
	if slower(posts, 0) != posts.Requests || posts.EndNs <= posts.StartNs {
		t.Errorf("%d times for %d requests, from %d to %d", slower(posts, 0), posts.Requests, posts.StartNs, posts.EndNs)
	}
}

func TestAStalledServerShowsInEveryRequestThatWasDueMeanwhile(t *testing.T) {
	const stall = 200 * time.Millisecond
	var served atomic.Int64
	var stalling sync.Mutex
	address := startHTTP(t, func(w http.ResponseWriter, _ *http.Request) {
		stalling.Lock()
		defer stalling.Unlock()
		if served.Add(1) == 20 {
			time.Sleep(stall)
		}
		_, _ = w.Write([]byte("ok"))
	})
	rides := preparedJourneys(t, map[string][]*benchv1.HttpRequest{"gets": get("/")})
	// Two connections only: while both wait no third request is sent, and it must count from when it was due.
	got := rideOf(t, rides, &benchv1.RideRequest{Address: address, DurationNs: uint64(500 * time.Millisecond), Seed: 3, Traffics: []*benchv1.Traffic{
		{Name: "gets", RatePerS: 400, Connections: 2},
	}})[0]
	// Of some 80 that were due in the stall, those of its first half waited for at least the second.
	if waited := slower(got, stall/2); waited < 20 {
		t.Errorf("%d of %d requests show the stall", waited, got.Requests)
	}
	if got.Requests != got.Due {
		t.Errorf("%d of %d were answered", got.Requests, got.Due)
	}
}

func TestAnswersThatAreNoSuccessAndBrokenConnectionsAreFailuresByStatus(t *testing.T) {
	var served atomic.Int64
	address := startHTTP(t, func(w http.ResponseWriter, _ *http.Request) {
		switch served.Add(1) % 3 {
		case 0:
			w.WriteHeader(http.StatusTooManyRequests)
		case 1:
			panic(http.ErrAbortHandler)
		}
	})
	rides := preparedJourneys(t, map[string][]*benchv1.HttpRequest{"gets": get("/")})
	got := rideOf(t, rides, &benchv1.RideRequest{Address: address, DurationNs: uint64(200 * time.Millisecond), Seed: 3, Traffics: []*benchv1.Traffic{
		{Name: "gets", RatePerS: 300, Connections: 4},
	}})[0]
	if got.Failures[http.StatusTooManyRequests] == 0 || got.Failures[0] == 0 || got.Requests == 0 {
		t.Errorf("%d good, failures %v", got.Requests, got.Failures)
	}
	if sum := got.Requests + got.Failures[0] + got.Failures[http.StatusTooManyRequests]; sum != got.Due || slower(got, 0) != got.Requests {
		t.Errorf("%d of %d due are told, %d have a time", sum, got.Due, slower(got, 0))
	}
}

func TestAServerThatNeverAnswersEndsARequestAtItsBound(t *testing.T) {
	held := make(chan struct{})
	address := startHTTP(t, func(http.ResponseWriter, *http.Request) { <-held })
	defer close(held)
	rides := preparedJourneys(t, map[string][]*benchv1.HttpRequest{"gets": get("/")})
	began := time.Now()
	got := rideOf(t, rides, &benchv1.RideRequest{
		Address: address, DurationNs: uint64(50 * time.Millisecond), TimeoutNs: uint64(30 * time.Millisecond), Seed: 3,
		Traffics: []*benchv1.Traffic{{Name: "gets", RatePerS: 200, Connections: 4}},
	})[0]
	if got.Requests != 0 || got.Failures[0] == 0 || time.Since(began) > 5*time.Second {
		t.Errorf("%d good, failures %v after %v", got.Requests, got.Failures, time.Since(began))
	}
}

func TestARideEndsWhenItsCallerGoes(t *testing.T) {
	address := startHTTP(t, func(http.ResponseWriter, *http.Request) {})
	rides := preparedJourneys(t, map[string][]*benchv1.HttpRequest{"gets": get("/")})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := rides.Ride(ctx, &benchv1.RideRequest{Address: address, DurationNs: uint64(time.Minute), TimeoutNs: uint64(time.Second), Traffics: []*benchv1.Traffic{
		{Name: "gets", RatePerS: 100, Connections: 2},
	}})
	if status.Code(err) != codes.DeadlineExceeded || time.Since(began) > 10*time.Second {
		t.Errorf("%v after %v", err, time.Since(began))
	}
}

func TestWhatARideCanNotMeanIsRefusedByName(t *testing.T) {
	rides := preparedJourneys(t, map[string][]*benchv1.HttpRequest{"gets": get("/")})
	good := func() *benchv1.RideRequest {
		return &benchv1.RideRequest{Address: "127.0.0.1:1", DurationNs: 1e6, TimeoutNs: 1e6, Traffics: []*benchv1.Traffic{{Name: "gets", RatePerS: 10, Connections: 1}}}
	}
	for _, test := range []struct {
		named  string
		spoilt func(*benchv1.RideRequest)
	}{
		{"not prepared", func(r *benchv1.RideRequest) { r.Traffics[0].Name = "posts" }},
		{"rate_per_s", func(r *benchv1.RideRequest) { r.Traffics[0].RatePerS = 0 }},
		{"rate_per_s", func(r *benchv1.RideRequest) { r.Traffics[0].RatePerS = 1e15 }},
		{"connections", func(r *benchv1.RideRequest) { r.Traffics[0].Connections = 0 }},
		{"traffics", func(r *benchv1.RideRequest) { r.Traffics = nil }},
		{"duration_ns", func(r *benchv1.RideRequest) { r.DurationNs = 0 }},
		{"timeout_ns", func(r *benchv1.RideRequest) { r.TimeoutNs = 0 }},
	} {
		request := good()
		test.spoilt(request)
		if _, err := rides.Ride(t.Context(), request); err == nil || !strings.Contains(err.Error(), test.named) {
			t.Errorf("%s: %v", test.named, err)
		}
	}
	for named, requests := range map[string][]*benchv1.HttpRequest{
		"no requests": nil, "neither GET nor POST": {{Method: "PUT", Target: "/"}}, "no path": {{Method: "GET", Target: "/a\r\nX: 1"}},
	} {
		if _, err := rides.Prepare(t.Context(), &benchv1.PrepareRequest{Traffic: "t", Requests: requests}); err == nil || !strings.Contains(err.Error(), named) {
			t.Errorf("%s: %v", named, err)
		}
	}
}
