package client

import (
	"time"

	"github.com/sidecar-ipc/gateway/go_service/channel"
	"github.com/sidecar-ipc/gateway/go_service/clock"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Option sets up a client.
type Option func(*settings) error

type settings struct {
	addresses       map[wire.Channel]string
	channels        map[wire.Channel]channel.Channel
	route           wire.Route
	routes          map[string]target
	policies        map[string]Policy
	comparers       map[string]Comparer
	rolledBack      func(RolledBack)
	shadows         int
	nowNs           func() uint64
	deadline        time.Duration
	retries         int
	maxMessageBytes int
	connections     int
	running         int
	waiting         int
	tracer          Tracer
}

func newSettings() *settings {
	return &settings{
		addresses: map[wire.Channel]string{}, channels: map[wire.Channel]channel.Channel{}, route: wire.Native,
		routes: map[string]target{}, policies: map[string]Policy{}, comparers: map[string]Comparer{},
		rolledBack: logRolledBack, nowNs: clock.NowNs,
	}
}

// WithWorker takes the endpoints of a handshake line, a worker's or a proxy's; give it once for each. Keys that name no channel
// are passed over.
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
			s.routes[kernel] = target{route: parsed}
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

// WithChannel carries a channel's routes by one of your own, such as a test double. The client closes it.
func WithChannel(name wire.Channel, carrier channel.Channel) Option {
	return func(s *settings) error { s.channels[name] = carrier; return nil }
}

// WithPolicy starts with a policy for a kernel; SetPolicy changes it.
func WithPolicy(kernel string, policy Policy) Option {
	return func(s *settings) error { s.policies[kernel] = policy; return nil }
}

// WithComparer compares a kernel's shadow answers; without it they must be equal in every bit.
func WithComparer(kernel string, same Comparer) Option {
	return func(s *settings) error { s.comparers[kernel] = same; return nil }
}

// WithShadowLimit bounds how many shadow calls run at once, of all kernels together; 64 by default. Further ones are
// dropped and counted.
func WithShadowLimit(n int) Option {
	return func(s *settings) error { s.shadows = n; return nil }
}

// WithRollbackHandler is told of every rollback, in the call that found it; without it slog is told. It must not block.
func WithRollbackHandler(told func(RolledBack)) Option {
	return func(s *settings) error { s.rolledBack = told; return nil }
}

// CallOption sets up one call. It is a value, so that it costs no allocation.
type CallOption struct {
	kind        callOptionKind
	route       wire.Route
	observation *Observation
	buffer      *Buffer
	trace       wire.TraceContext
	text        string // tracestate or key
}

type callOptionKind uint8

const (
	optionRoute callOptionKind = iota
	optionObservation
	optionStamps
	optionBuffer
	optionTrace
	optionKey
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
// buffer serves one call at a time. On a native route it is used by a kernel that has a NativeInto.
func WithBuffer(b *Buffer) CallOption { return CallOption{kind: optionBuffer, buffer: b} }

// WithTrace sends this context instead of asking the tracer.
func WithTrace(trace wire.TraceContext, tracestate string) CallOption {
	return CallOption{kind: optionTrace, trace: trace, text: tracestate}
}

// WithKey names the caller for a policy's percentage, such as a tenant or an account: calls of one key go one way as long
// as the percentage does not fall below it. Without a key, or with an empty one, every call is drawn by itself.
func WithKey(key string) CallOption { return CallOption{kind: optionKey, text: key} }

// callSettings is what the options of one call come to.
type callSettings struct {
	route       wire.Route
	observation *Observation
	stamps      bool
	buffer      *Buffer
	trace       wire.TraceContext
	tracestate  string
	traceGiven  bool
	key         string
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
			s.trace, s.tracestate, s.traceGiven = option.trace, option.text, true
		case optionKey:
			s.key = option.text
		}
	}
}
