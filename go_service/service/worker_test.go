package service

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	tracev1 "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/sidecar-ipc/gateway/go_service/process"
	"github.com/sidecar-ipc/gateway/go_service/trace"
	"github.com/sidecar-ipc/gateway/go_service/trace/tracetest"
	"github.com/sidecar-ipc/gateway/go_service/wire"
	"github.com/sidecar-ipc/gateway/go_service/workertest"
)

// by puts every kernel on one route to a worker.
func by(worker *workertest.Worker, route string) func(*Settings) {
	return through(worker.Endpoints, route)
}

// through is by with addresses that may lead through a proxy.
func through(addresses process.Addresses, route string) func(*Settings) {
	return func(s *Settings) {
		s.Worker = addresses
		for _, kernel := range []string{"echo", "spin", "digest", "redact"} {
			s.Kernels[kernel] = KernelSettings{Route: route, Deadline: Duration{5 * time.Second}}
		}
	}
}

// everyAddress starts a worker and a proxy before it.
func everyAddress(t *testing.T) process.Addresses {
	t.Helper()
	worker := workertest.Start(t)
	all := process.Addresses{}
	for _, endpoints := range []map[string]string{worker.Endpoints, workertest.StartGateway(t, worker.Address(wire.ChannelUDS)).Endpoints} {
		maps.Copy(all, endpoints)
	}
	return all
}

// remoteRoutes are those that lead to another process.
func remoteRoutes() (routes []wire.Route) {
	for _, route := range wire.Routes() {
		if route.Placement() == wire.PlacementProcess {
			routes = append(routes, route)
		}
	}
	return routes
}

func TestEveryRouteGivesTheSameAnswersOverHTTP(t *testing.T) {
	addresses := everyAddress(t)
	native := startServer(t, nil, nil)
	bodies := map[string]string{
		"echo": "\x00\xff", "spin?steps=1000&seed=3": "p", "digest": strings.Repeat("d", 100_000),
		"redact": "user=alice@example.com ip=10.1.2.3 card 4111 1111 1111 1111\r\n",
	}
	for _, route := range remoteRoutes() {
		service := startServer(t, nil, through(addresses, route.String()))
		for path, body := range bodies {
			got, want := service.post(t, path, body), native.post(t, path, body)
			if got.StatusCode != http.StatusOK || string(got.body) != string(want.body) || got.Header.Get("Kernel-State") != want.Header.Get("Kernel-State") {
				t.Errorf("%s by %s: status %d, %d bytes, native %d bytes", path, route, got.StatusCode, len(got.body), len(want.body))
			}
		}
	}
}

func TestAServiceIsReadyWhileItsWorkerIsAndRecoversWithIt(t *testing.T) {
	worker := workertest.Start(t)
	service := startServer(t, nil, by(worker, "uds/msgpack"))
	ready := func() int { return service.do(t, "GET", "/readyz", nil).StatusCode }
	if got := ready(); got != http.StatusOK {
		t.Fatalf("readyz with a worker: %d", got)
	}
	worker.Kill()
	await(t, func() bool { return ready() == http.StatusServiceUnavailable })
	if problem := service.post(t, "echo", "x").problem(t); problem.Status != http.StatusServiceUnavailable || problem.Code != "UNAVAILABLE" {
		t.Errorf("a call without a worker: %+v", problem)
	}
	workertest.StartIn(t, worker.Dir)
	await(t, func() bool { return ready() == http.StatusOK })
	if got := service.post(t, "echo", "x"); got.StatusCode != http.StatusOK {
		t.Errorf("a call to the worker that came back: %d", got.StatusCode)
	}
}

func TestManyCallersAtOnceEachGetTheirOwnAnswer(t *testing.T) {
	worker := workertest.Start(t)
	service := startServer(t, nil, by(worker, "uds/raw"))
	var calling sync.WaitGroup
	for caller := range 16 {
		calling.Go(func() {
			for n := range 30 {
				body := strings.Repeat(string(rune('a'+caller)), 1+n*100)
				if got := service.post(t, "echo", body); string(got.body) != body {
					t.Errorf("caller %d got %d bytes of another answer", caller, len(got.body))
				}
			}
		})
	}
	calling.Wait()
}

func TestOneTraceLeadsFromTheCallerThroughTheServiceToTheWorker(t *testing.T) {
	receiver := tracetest.Start(t)
	addresses := everyAddress(t) // worker and proxy inherit the receiver
	const traceID, callerSpan = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	for _, route := range remoteRoutes() {
		t.Run(route.String(), func(t *testing.T) {
			exporter, err := trace.NewExporter(t.Context(), ServiceName, 0)
			if err != nil {
				t.Fatal(err)
			}
			service := startServer(t, exporter, through(addresses, route.String())) // ends the exporter
			seen := len(inTrace(receiver, traceID))
			service.post(t, "redact", "x", "Traceparent", "00-"+traceID+"-"+callerSpan+"-01", "Tracestate", "vendor=1")
			flush(t, exporter)
			var server, call, hop, behind, hosted tracetest.Span
			await(t, func() bool {
				spans := inTrace(receiver, traceID)[seen:]
				server = find(spans, ServiceName, "POST "+kernelPattern)
				call = find(spans, ServiceName, "kernels.v1.RedactService/Redact")
				hop = findKind(spans, "sidecar-gateway", tracev1.Span_SPAN_KIND_SERVER)
				behind = findKind(spans, "sidecar-gateway", tracev1.Span_SPAN_KIND_CLIENT)
				hosted = find(spans, trace.WorkerServiceName, "kernels.v1.RedactService/Redact")
				return server.Span != nil && call.Span != nil && hosted.Span != nil &&
					(hop.Span != nil) == route.Channel.Proxied() && (behind.Span != nil) == route.Channel.Proxied()
			})
			above := call // of the worker's span
			if hop.Span != nil {
				above = behind
				if hop.ParentID() != call.ID() || behind.ParentID() != hop.ID() {
					t.Errorf("the proxy's spans stand below %s and %s, want the call %s and %s", hop.ParentID(), behind.ParentID(), call.ID(), hop.ID())
				}
			}
			if server.ParentID() != callerSpan || call.ParentID() != server.ID() || hosted.ParentID() != above.ID() {
				t.Errorf("caller %s < service %s below %s < call %s below %s < worker below %s", callerSpan,
					server.ID(), server.ParentID(), call.ID(), call.ParentID(), hosted.ParentID())
			}
		})
	}
}

func flush(t *testing.T, exporter *trace.Exporter) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := exporter.Flush(ctx); err != nil {
		t.Fatal(err)
	}
}

// inTrace gives a trace's spans in the order of their coming.
func inTrace(receiver *tracetest.Receiver, id string) (found []tracetest.Span) {
	for _, span := range receiver.Spans() {
		if span.Trace() == id {
			found = append(found, span)
		}
	}
	return found
}

func find(spans []tracetest.Span, service, name string) tracetest.Span {
	at := slices.IndexFunc(spans, func(s tracetest.Span) bool { return s.Service == service && s.GetName() == name })
	if at < 0 {
		return tracetest.Span{}
	}
	return spans[at]
}

func findKind(spans []tracetest.Span, service string, kind tracev1.Span_SpanKind) tracetest.Span {
	at := slices.IndexFunc(spans, func(s tracetest.Span) bool { return s.Service == service && s.GetKind() == kind })
	if at < 0 {
		return tracetest.Span{}
	}
	return spans[at]
}

func TestACallersClearFlagIsTakenOver(t *testing.T) {
	receiver := tracetest.Start(t)
	exporter, err := trace.NewExporter(t.Context(), ServiceName, 0)
	if err != nil {
		t.Fatal(err)
	}
	service := startServer(t, exporter, nil)
	service.post(t, "redact", "x", "Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")
	flush(t, exporter)
	if got := len(receiver.Spans()); got != 0 {
		t.Errorf("%d spans of a call that its caller does not trace", got)
	}
	service.post(t, "redact", "x")
	flush(t, exporter)
	if root := find(receiver.Spans(), ServiceName, "POST "+kernelPattern); root.Span == nil || root.ParentID() != "" {
		t.Error("a call without a trace did not begin one")
	}
}
