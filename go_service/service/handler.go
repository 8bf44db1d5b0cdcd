package service

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/clock"
	"github.com/sidecar-ipc/gateway/go_service/trace"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// kernelPattern is the kernels' path; it is also the http.route of their spans.
const kernelPattern = "/v1/kernels/{kernel}"

// keyHeader names the caller for a policy's percentage, such as a tenant: calls with one key go one way.
const keyHeader = "Boundary-Key"

// handlers answers HTTP by calling kernels.
type handlers struct {
	client   *client.Client
	settings Settings
	shapes   map[string]*shape
	metrics  *metrics
	exporter *trace.Exporter
	ready    *readiness
}

// routes gives the paths that the service has. Every other one is a problem too.
func (h *handlers) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST "+kernelPattern, http.HandlerFunc(h.kernel))
	mux.Handle(kernelPattern, methodNotAllowed(http.MethodPost))
	mux.HandleFunc("GET "+cataloguePattern, h.catalogue)
	mux.Handle(cataloguePattern, methodNotAllowed(http.MethodGet))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { writeText(w, "alive") })
	mux.HandleFunc("GET /readyz", h.ready.handle)
	mux.Handle("GET /metrics", h.metrics.handler())
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		notFound().write(w)
	})
	return mux
}

// served is what one kernel request came to, for the metrics, the log and the span.
type served struct {
	kernel   string // of the closed list, or "unknown"
	route    string
	failure  *wire.Error // nil on success
	status   int
	sent     int
	received int
}

func (s *served) code() string {
	if s.failure == nil {
		return trace.CodeName(codes.OK)
	}
	return trace.CodeName(s.failure.Code)
}

// kernel serves one request: it takes the trace over, answers, and tells of it.
func (h *handlers) kernel(w http.ResponseWriter, r *http.Request) {
	startNs := clock.NowNs()
	around := takeTrace(r.Header, h.exporter)
	done := h.answer(w, r.WithContext(around.in(r.Context())))
	endNs := clock.NowNs()
	h.metrics.observe(done.kernel, done.route, done.code(), time.Duration(endNs-startNs))
	h.exporter.ExportRequest(around.request(r, done, startNs, endNs))
	if h.settings.AccessLog {
		logAccess(r, done, time.Duration(endNs-startNs), around)
	}
}

// answer finds the kernel, calls it and writes what came.
func (h *handlers) answer(w http.ResponseWriter, r *http.Request) (done *served) {
	done = &served{kernel: "unknown", route: "none"}
	defer func() {
		if recovered := recover(); recovered != nil { // what was panicked with may hold bytes of the request
			slog.Error("a handler panicked", "kernel", done.kernel, "stack", string(debug.Stack()))
			h.refuse(w, done, wire.Fail(wire.ReasonInternalError, "the service's own defect; see its log"))
		}
	}()
	name := r.PathValue("kernel")
	of, ok := h.shapes[name]
	if !ok {
		h.refuse(w, done, wire.Failf(wire.ReasonUnknownKernel, "this service has no kernel of that name"))
		return done
	}
	done.kernel, done.route = name, h.client.Route(name).String()
	h.metrics.inFlight.WithLabelValues(name).Inc()
	defer h.metrics.inFlight.WithLabelValues(name).Dec()
	answer, err := h.call(w, r, of, done)
	if err != nil {
		h.refuse(w, done, err)
		return done
	}
	h.write(w, of, done, answer)
	return done
}

// call reads the request and calls the kernel under its deadline.
func (h *handlers) call(w http.ResponseWriter, r *http.Request, of *shape, done *served) (wire.Message, error) {
	body, err := readBody(w, r, h.settings.MaxRequestBytes)
	if err != nil {
		return nil, err
	}
	done.received = len(body)
	message, err := of.message(body, r.URL.Query())
	if err != nil {
		return nil, refusal(http.StatusBadRequest, wire.ReasonMalformedPayload, err.Error())
	}
	ctx := r.Context()
	if deadline := h.settings.Kernels[done.kernel].Deadline.Duration; deadline > 0 {
		bounded, cancel := context.WithTimeout(ctx, deadline)
		defer cancel()
		ctx = bounded
	}
	var seen client.Observation
	answer, err := of.kernel.CallAny(ctx, h.client, message, client.WithKey(r.Header.Get(keyHeader)), client.WithObservation(&seen))
	if seen.Route != (wire.Route{}) { // a policy may have chosen another one
		done.route = seen.Route.String()
	}
	return answer, err
}

// write sends an answer's body, and its numbers as headers.
func (h *handlers) write(w http.ResponseWriter, of *shape, done *served, answer wire.Message) {
	body, header := of.body(answer), w.Header()
	header.Set("Content-Type", "application/octet-stream")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	of.scalars(answer, header.Set)
	w.WriteHeader(http.StatusOK)
	done.status = http.StatusOK
	done.sent, _ = w.Write(body)
}

// refuse answers with a problem.
func (h *handlers) refuse(w http.ResponseWriter, done *served, err error) {
	done.failure = failureOf(err)
	if done.failure.Route == "" && done.route != "none" {
		done.failure.Route = done.route
	}
	problem := problemOf(done.failure)
	var own httpError
	if errors.As(err, &own) {
		problem.Status = own.status
	}
	done.status = problem.Status
	problem.write(w)
}

func methodNotAllowed(allowed string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Allow", allowed)
		problem := problemOf(wire.Failf(wire.ReasonMalformedHeader, "the method is not allowed here; use %s", allowed))
		problem.Status = http.StatusMethodNotAllowed
		problem.write(w)
	})
}

func notFound() Problem {
	problem := problemOf(wire.Fail(wire.ReasonUnknownKernel, "no such path; kernels are at POST /v1/kernels/{kernel}"))
	problem.Status = http.StatusNotFound
	return problem
}

func writeText(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte(text + "\n"))
}
