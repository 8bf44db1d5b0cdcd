// Package client is what a Go service imports to call kernels: in Go, in process, or in a worker beside it, by one
// typed call and with one kind of error. Without options every call stays in Go and needs no worker.
package client

import (
	"errors"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/channel"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Client calls kernels by routes. It is safe for concurrent use. Make one a process and close it at the end.
type Client struct {
	channels map[wire.Channel]channel.Channel
	deadline time.Duration
	retries  int
	retried  atomic.Uint64
	tracer   Tracer

	comparers  map[string]Comparer
	shadows    *shadows
	rolledBack func(RolledBack)
	nowNs      func() uint64

	routesMu  sync.Mutex
	routes    atomic.Pointer[routing]
	governors map[string]*governor // one a kernel for good, so that its counts only grow
}

// routing is replaced as a whole, so that calls read it without a lock.
type routing struct {
	byKernel map[string]target
	others   target
}

// target is where a kernel's calls go: by a route, or as a policy rules.
type target struct {
	route    wire.Route
	governor *governor // nil for a plain route
}

// New makes a client. It opens every channel that an option gives an address and, when the program is built with it, the
// in-process one; it does not wait for a worker. An in-process library of another contract is refused here with
// wire.ErrContractMismatch.
func New(options ...Option) (*Client, error) {
	s := newSettings()
	for _, option := range options {
		if err := option(s); err != nil {
			return nil, fmt.Errorf("client: %w", err)
		}
	}
	c := &Client{
		channels: s.channels, deadline: s.deadline, retries: s.retries, tracer: s.tracer, comparers: s.comparers,
		shadows: newShadows(s.shadows), rolledBack: s.rolledBack, nowNs: s.nowNs, governors: map[string]*governor{},
	}
	c.routes.Store(&routing{byKernel: s.routes, others: target{route: s.route}})
	if err := c.begin(s); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// begin opens the channels and puts the first policies in force.
func (c *Client) begin(s *settings) error {
	if err := c.open(s); err != nil {
		return err
	}
	for kernel, policy := range s.policies {
		if err := c.SetPolicy(kernel, policy); err != nil {
			return err
		}
	}
	return nil
}

// open opens what has an address and what is in process.
func (c *Client) open(s *settings) error {
	for _, spec := range wire.Channels {
		address := s.addresses[spec.Name]
		wanted := address != "" || spec.Placement == wire.PlacementInproc
		if !wanted || c.channels[spec.Name] != nil || !channel.Registered(spec.Name) {
			continue
		}
		opened, err := channel.Open(spec.Name, channel.Options{
			Address: address, MaxMessageBytes: s.maxMessageBytes, Connections: s.connections,
			Running: s.running, Waiting: s.waiting,
		})
		if err != nil {
			return fmt.Errorf("client: %w", err)
		}
		c.channels[spec.Name] = opened
	}
	return nil
}

// Close fails the calls in flight, ends the shadow calls and closes every channel.
func (c *Client) Close() error {
	c.endPolicies()
	var failures []error
	for name, opened := range c.channels {
		if err := opened.Close(); err != nil {
			failures = append(failures, fmt.Errorf("close channel %s: %w", name, err))
		}
	}
	return errors.Join(failures...)
}

// Route says which way a kernel's calls take; with a policy, where it moves them just now.
func (c *Client) Route(kernel string) wire.Route {
	found := c.target(kernel)
	if found.governor != nil {
		return found.governor.leads()
	}
	return found.route
}

func (c *Client) target(kernel string) target {
	table := c.routes.Load()
	if found, ok := table.byKernel[kernel]; ok {
		return found
	}
	return table.others
}

// SetRoute changes it while calls run; with an empty kernel for every kernel that is not named otherwise. Calls that have
// begun stay on their route. It is the trivial policy, and takes the place of another one.
func (c *Client) SetRoute(kernel, route string) error {
	parsed, err := wire.ParseRoute(route)
	if err != nil {
		return fmt.Errorf("client: route of kernel %q: %w", kernel, err)
	}
	c.routesMu.Lock()
	defer c.routesMu.Unlock()
	c.lead(kernel, target{route: parsed})
	return nil
}

// lead replaces the routing table; routesMu is held.
func (c *Client) lead(kernel string, to target) {
	old := c.routes.Load()
	next := &routing{byKernel: maps.Clone(old.byKernel), others: old.others}
	if kernel == "" {
		next.others = to
	} else {
		next.byKernel[kernel] = to
	}
	c.routes.Store(next)
}

// Available says why a kernel can't be called by a route in this client, and what to do; nil when it can. It asks no
// worker.
func (c *Client) Available(kernel AnyKernel, route wire.Route) error {
	if route.IsNative() {
		if !kernel.HasTwin(route) {
			return missingTwin(kernel.Description().Name, route)
		}
		return nil
	}
	if _, ok := c.channels[route.Channel]; !ok {
		return missingChannel(route)
	}
	return nil
}

func missingTwin(kernel string, route wire.Route) *wire.Error {
	const advice = "choose another, or import the package that has it, as go_service/client/tokenizer has those of tokenize"
	failure := wire.Failf(wire.ReasonUnknownKernel, "%s has no Go twin for the route %s in this program; %s", kernel, route, advice)
	failure.Kernel, failure.Route = kernel, route.String()
	return failure
}

func missingChannel(route wire.Route) *wire.Error {
	problem := "the client was given no address of it"
	if !channel.Registered(route.Channel) { // asking for it tells why, and opens nothing
		if _, err := channel.Open(route.Channel, channel.Options{}); err != nil {
			problem = err.Error()
		}
	}
	failure := wire.Fail(wire.ReasonNoWorker, problem)
	failure.Route = route.String()
	return failure
}
