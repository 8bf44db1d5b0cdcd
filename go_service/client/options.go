package client

import (
	"time"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Option sets up a client.
type Option func(*settings) error

type settings struct {
	addresses       map[wire.Channel]string
	route           wire.Route
	routes          map[string]wire.Route
	deadline        time.Duration
	retries         int
	maxMessageBytes int
	connections     int
	running         int
	waiting         int
	tracer          Tracer
}

// WithWorker takes the endpoints of a worker's handshake line; keys that name no channel are passed over.
func WithWorker(endpoints map[string]string) Option {
	return func(s *settings) error {
		for name, address := range endpoints {
			s.addresses[wire.Channel(name)] = address
		}
		return nil
	}
}

// WithUDS sets the socket that speaks frames.
func WithUDS(path string) Option { return withAddress(wire.ChannelUDS, path) }

// WithGRPCUnix sets the socket that speaks gRPC.
func WithGRPCUnix(path string) Option { return withAddress(wire.ChannelGRPCUDS, path) }

// WithGRPCTCP sets the host:port that speaks gRPC.
func WithGRPCTCP(address string) Option { return withAddress(wire.ChannelGRPCTCP, address) }

func withAddress(channel wire.Channel, address string) Option {
	return func(s *settings) error {
		s.addresses[channel] = address
		return nil
	}
}

// WithRoute sends a kernel's calls by a route, such as "uds/msgpack"; with an empty kernel every kernel's that no other
// option names. Without it calls stay native.
func WithRoute(kernel, route string) Option {
	return func(s *settings) error {
		parsed, err := wire.ParseRoute(route)
		if err != nil {
			return err
		}
		if kernel == "" {
			s.route = parsed
		} else {
			s.routes[kernel] = parsed
		}
		return nil
	}
}

// WithDeadline bounds each call whose context has no deadline.
func WithDeadline(deadline time.Duration) Option {
	return func(s *settings) error { s.deadline = deadline; return nil }
}

// WithRetries tries a call again up to n times, with backoff: only when it was not executed, or when its kernel is
// idempotent. Without it no call is tried again.
func WithRetries(n int) Option {
	return func(s *settings) error { s.retries = n; return nil }
}

// WithMaxMessageBytes bounds requests and replies; the worker has its own limit.
func WithMaxMessageBytes(n int) Option {
	return func(s *settings) error { s.maxMessageBytes = n; return nil }
}

// WithConnections opens so many connections instead of one.
func WithConnections(n int) Option {
	return func(s *settings) error { s.connections = n; return nil }
}

// WithInprocLimit bounds calls in process: so many run at once, so many wait, further ones are refused as QUEUE_FULL.
func WithInprocLimit(running, waiting int) Option {
	return func(s *settings) error { s.running, s.waiting = running, waiting; return nil }
}

// WithTracer asks a tracer for every call's trace context.
func WithTracer(tracer Tracer) Option {
	return func(s *settings) error { s.tracer = tracer; return nil }
}

// CallOption sets up one call. It is a value, so that it costs no allocation.
type CallOption struct {
	kind        callOptionKind
	route       wire.Route
	observation *Observation
	buffer      *Buffer
	trace       wire.TraceContext
	tracestate  string
}

type callOptionKind uint8

const (
	optionRoute callOptionKind = iota
	optionObservation
	optionStamps
	optionBuffer
	optionTrace
)

// Via takes a route for this call.
func Via(route wire.Route) CallOption { return CallOption{kind: optionRoute, route: route} }

// WithObservation fills o in; no clock is read.
func WithObservation(o *Observation) CallOption {
	return CallOption{kind: optionObservation, observation: o}
}

// WithStamps fills o in, clocks included.
func WithStamps(o *Observation) CallOption { return CallOption{kind: optionStamps, observation: o} }

// WithBuffer reuses b's memory for the request and the reply: the response's bytes are valid until b's next call. A
// buffer serves one call at a time.
func WithBuffer(b *Buffer) CallOption { return CallOption{kind: optionBuffer, buffer: b} }

// WithTrace sends this context instead of asking the tracer.
func WithTrace(trace wire.TraceContext, tracestate string) CallOption {
	return CallOption{kind: optionTrace, trace: trace, tracestate: tracestate}
}

// callSettings is what the options of one call come to.
type callSettings struct {
	route       wire.Route
	observation *Observation
	stamps      bool
	buffer      *Buffer
	trace       wire.TraceContext
	tracestate  string
	traceGiven  bool
}

func (s *callSettings) apply(options []CallOption) {
	for i := range options {
		option := &options[i]
		switch option.kind {
		case optionRoute:
			s.route = option.route
		case optionObservation:
			s.observation = option.observation
		case optionStamps:
			s.observation, s.stamps = option.observation, true
		case optionBuffer:
			s.buffer = option.buffer
		case optionTrace:
			s.trace, s.tracestate, s.traceGiven = option.trace, option.tracestate, true
		}
	}
}
