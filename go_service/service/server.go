package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/process"
	"github.com/sidecar-ipc/gateway/go_service/trace"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Server is the HTTP service in front of a client; it implements process.Served.
type Server struct {
	http      *http.Server
	admin     *http.Server
	client    *client.Client
	policies  *policies
	watcher   *watcher // nil without a policy file
	ready     *readiness
	exporter  *trace.Exporter
	endpoints map[string]string
	ended     chan error
}

// NewServer checks the settings against what this build can call, and makes a server; it does not listen yet. The
// exporter may be nil; Drain ends it.
func NewServer(settings Settings, exporter *trace.Exporter) (*Server, error) {
	if err := settings.check(); err != nil {
		return nil, err
	}
	book := newPolicies(&settings)
	calls, err := client.New(append(settings.options(exporter), client.WithRollbackHandler(book.rolledBack))...)
	if err != nil {
		return nil, err
	}
	book.client = calls
	shapes, err := shapesOf(calls, settings)
	if err != nil {
		return nil, errors.Join(err, calls.Close())
	}
	watcher, err := book.follow()
	if err != nil {
		return nil, errors.Join(err, calls.Close())
	}
	ready := &readiness{client: calls, kernels: slices.Sorted(maps.Keys(shapes))}
	h := &handlers{client: calls, settings: settings, shapes: shapes, metrics: newMetrics(book, exporter, ready), exporter: exporter, ready: ready}
	return &Server{
		http: newHTTP(h.routes()), admin: newHTTP((&admin{book}).routes()), client: calls, policies: book, watcher: watcher, ready: ready,
		exporter: exporter, endpoints: map[string]string{}, ended: make(chan error, 2),
	}, nil
}

func newHTTP(handler http.Handler) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		ErrorLog: slog.NewLogLogger(slog.Default().Handler(), slog.LevelWarn),
	}
}

// shapesOf takes every registered kernel that HTTP can carry and its route can reach.
func shapesOf(calls *client.Client, settings Settings) (map[string]*shape, error) {
	shapes := map[string]*shape{}
	for _, kernel := range client.Kernels() {
		name := kernel.Description().Name
		asked := settings.Kernels[name].Route != ""
		of, err := shapeOf(kernel)
		if err == nil {
			err = calls.Available(kernel, calls.Route(name))
			asked = asked || settings.Route != ""
		}
		if err != nil && asked {
			return nil, fmt.Errorf("kernel %s by %s: %w", name, calls.Route(name), err)
		}
		if err != nil {
			slog.Info("a kernel is not offered", "kernel", name, "because", err)
			continue
		}
		shapes[name] = of
	}
	return shapes, nil
}

// Serve serves in the background until Drain.
func (s *Server) Serve(listener net.Listener) {
	s.serve("http", s.http, listener)
	s.endpoints["metrics"] = s.endpoints["http"]
}

// ServeAdmin serves the admin endpoint likewise; it has no authentication, so the listener must be a loopback's.
func (s *Server) ServeAdmin(listener net.Listener) { s.serve("admin", s.admin, listener) }

func (s *Server) serve(name string, server *http.Server, listener net.Listener) {
	s.endpoints[name] = listener.Addr().String()
	go func() { s.ended <- server.Serve(listener) }()
}

// Endpoints implements process.Served.
func (s *Server) Endpoints() map[string]string { return s.endpoints }

// Failed implements process.Served.
func (s *Server) Failed() <-chan error { return s.ended }

// Drain implements process.Served: it stops taking requests and lets those in flight finish within the bound.
func (s *Server) Drain(bound time.Duration) int {
	s.ready.draining.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	code := process.ExitDrained
	if err := s.http.Shutdown(ctx); err != nil {
		slog.Warn("requests were cut at the end of the drain", "bound", bound)
		_ = s.http.Close()
		code = process.ExitCut
	}
	_ = s.admin.Close()
	s.watcher.end()
	if err := s.client.Close(); err != nil {
		slog.Warn("closing the client failed", "error", err)
	}
	s.exporter.End()
	return code
}

// check refuses what no build could serve.
func (s *Settings) check() error {
	if s.MaxRequestBytes <= 0 {
		return errors.New("max_request_bytes must be positive")
	}
	if s.Retries < 0 {
		return errors.New("retries must not be negative")
	}
	for name, of := range s.Kernels {
		if _, err := client.Lookup(name); err != nil {
			return fmt.Errorf("settings of kernel %q: %w", name, err)
		}
		if of.Deadline.Duration < 0 {
			return fmt.Errorf("settings of kernel %q: the deadline must not be negative", name)
		}
	}
	return nil
}

// bodyOverhead is what a codec adds to a body, amply.
const bodyOverhead = 1 << 10

// options sets the client up.
func (s *Settings) options(exporter *trace.Exporter) []client.Option {
	options := []client.Option{
		client.WithWorker(s.Worker),
		client.WithTracer(trace.NewTracer(exporter)),
		client.WithRetries(s.Retries),
	}
	if s.MaxRequestBytes > wire.MaxMessageBytes {
		options = append(options, client.WithMaxMessageBytes(int(s.MaxRequestBytes)+bodyOverhead))
	}
	if s.Route != "" {
		options = append(options, client.WithRoute("", s.Route))
	}
	for name, of := range s.Kernels {
		if of.Route != "" {
			options = append(options, client.WithRoute(name, of.Route))
		}
	}
	return options
}
