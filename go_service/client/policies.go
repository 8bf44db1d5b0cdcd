package client

import (
	"fmt"
	"maps"
	"slices"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// SetPolicy changes a kernel's policy while calls run: the next call follows it, those in flight end as they began. It
// lifts a kill and a rollback. What cannot be is refused by its field's name, and nothing changes.
func (c *Client) SetPolicy(kernel string, policy Policy) error {
	route, err := c.checkPolicy(kernel, &policy)
	if err != nil {
		return fmt.Errorf("client: policy of kernel %q: %w", kernel, err)
	}
	c.routesMu.Lock()
	defer c.routesMu.Unlock()
	g := c.governors[kernel]
	if g == nil {
		g = &governor{kernel: kernel, nowNs: c.nowNs, told: c.rolledBack}
		c.governors[kernel] = g
	}
	g.set(policy, route)
	c.lead(kernel, target{governor: g})
	return nil
}

// CheckPolicy says what SetPolicy would refuse.
func (c *Client) CheckPolicy(kernel string, policy Policy) error {
	_, err := c.checkPolicy(kernel, &policy)
	return err
}

func (c *Client) checkPolicy(kernel string, policy *Policy) (wire.Route, error) {
	if kernel == "" {
		return wire.Route{}, &FieldError{"kernel", "is empty; a policy is of one kernel"}
	}
	if err := policy.Check(); err != nil {
		return wire.Route{}, err
	}
	route, _ := policy.route() // Check parsed it
	if !route.IsNative() && c.channels[route.Channel] == nil {
		return wire.Route{}, &FieldError{"route", missingChannel(route).Error()}
	}
	return route, fits(kernel, policy)
}

// Kill is the kill switch: from the next call on every call of the kernel is native, until Restore or SetPolicy. Calls in
// flight end as they began. A kernel without a policy gets one of its route.
func (c *Client) Kill(kernel, why string) error {
	g, err := c.governed(kernel)
	if err != nil {
		return err
	}
	g.kill(why)
	return nil
}

// Restore follows a kernel's policy again after a kill or a rollback.
func (c *Client) Restore(kernel string) error {
	g, err := c.governed(kernel)
	if err != nil {
		return err
	}
	g.restore()
	return nil
}

// governed gives a kernel's governor; a kernel with a plain route gets the policy that is the same.
func (c *Client) governed(kernel string) (*governor, error) {
	if g := c.target(kernel).governor; g != nil {
		return g, nil
	}
	if err := c.SetPolicy(kernel, Policy{Route: c.Route(kernel).String(), Percent: 100}); err != nil {
		return nil, err
	}
	return c.target(kernel).governor, nil
}

// endPolicies ends what policies do in the background.
func (c *Client) endPolicies() {
	c.shadows.end()
	c.routesMu.Lock()
	defer c.routesMu.Unlock()
	for _, g := range c.governors {
		g.ended.Store(true)
	}
}

// PolicyOf gives a kernel's policy as it stands; ok is false where it has none.
func (c *Client) PolicyOf(kernel string) (status PolicyStatus, ok bool) {
	g := c.target(kernel).governor
	if g == nil {
		return PolicyStatus{}, false
	}
	return g.status(), true
}

// Policies gives every kernel's policy, sorted by kernel.
func (c *Client) Policies() []PolicyStatus {
	table := c.routes.Load()
	var all []PolicyStatus
	for _, kernel := range slices.Sorted(maps.Keys(table.byKernel)) {
		if g := table.byKernel[kernel].governor; g != nil {
			all = append(all, g.status())
		}
	}
	return all
}
