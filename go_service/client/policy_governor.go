package client

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// governor keeps one kernel's policy: calls read it without a lock, changes replace it as a whole.
type governor struct {
	kernel   string
	nowNs    func() uint64
	told     func(RolledBack)
	counters policyCounters
	samples  mismatches
	panicked atomic.Bool // a shadow, once
	ended    atomic.Bool // with its client

	mu           sync.Mutex // changes
	course       atomic.Pointer[course]
	lastRollback *RolledBack
}

// course is a policy in force. It is never changed.
type course struct {
	policy  Policy
	route   wire.Route
	moved   share
	shadow  share
	window  *window // nil where nothing is watched
	state   PolicyState
	why     string
	since   time.Time
	version uint64
}

// ruling is what a policy decides for one call.
type ruling struct {
	*course
	takes  wire.Route
	moves  bool // takes the policy's route
	shadow bool // stays native, and the route is called too
}

// rule decides for a call; an empty key is a caller of its own.
func (g *governor) rule(key string) ruling {
	now := g.inForce()
	if now.state != PolicyActive {
		return ruling{course: now, takes: wire.Native}
	}
	place := anyPlace()
	if key != "" {
		place = placeOf(g.kernel, key)
	}
	if now.moved.has(place) {
		return ruling{course: now, takes: now.route, moves: true}
	}
	return ruling{course: now, takes: wire.Native, shadow: now.shadow > 0 && now.shadow.has(anyPlace())}
}

// inForce gives the course, after the rollback where the window asks for one.
func (g *governor) inForce() *course {
	now := g.course.Load()
	if now.window == nil || now.state != PolicyActive {
		return now
	}
	if found, over := now.window.turn(g.nowNs()); over {
		g.rollBack(now, found)
		return g.course.Load()
	}
	return now
}

// set puts a policy in force; it lifts a kill and a rollback.
func (g *governor) set(policy Policy, route wire.Route) {
	g.mu.Lock()
	defer g.mu.Unlock()
	next := &course{policy: policy, route: route, state: PolicyActive, why: policy.Why}
	if policy.Killed {
		next.state = PolicyKilled
	}
	if route != wire.Native {
		next.moved, next.shadow = shareOf(policy.Percent), shareOf(policy.Shadow)
	}
	g.follow(next)
}

// follow makes a course the one in force, with a fresh window.
func (g *governor) follow(next *course) {
	next.since, next.version = time.Now(), 1
	if before := g.course.Load(); before != nil {
		next.version = before.version + 1
	}
	next.window = nil
	if bounds := next.policy.Rollback; bounds.watches() && next.state == PolicyActive {
		next.window = newWindow(bounds.withDefaults(), g.nowNs())
	}
	g.course.Store(next)
	g.watch(next)
}

// watch turns a course's window at each slot's end too, so that a route that hangs is judged while no call begins.
func (g *governor) watch(now *course) {
	if now.window == nil {
		return
	}
	time.AfterFunc(now.window.untilTurn(g.nowNs()), func() {
		if g.course.Load() == now && !g.ended.Load() {
			g.inForce()
			g.watch(now)
		}
	})
}

// kill sends every call to native from the next one on.
func (g *governor) kill(why string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	next := *g.course.Load()
	next.policy.Killed, next.state, next.why = true, PolicyKilled, why
	g.follow(&next)
}

// restore follows the policy again.
func (g *governor) restore() {
	g.mu.Lock()
	defer g.mu.Unlock()
	next := *g.course.Load()
	next.policy.Killed, next.state, next.why = false, PolicyActive, next.policy.Why
	g.follow(&next)
}

// rollBack ends a course, unless another one is in force by now.
func (g *governor) rollBack(ended *course, found excess) {
	event := RolledBack{
		Kernel: g.kernel, Route: ended.route.String(), Measure: found.measure, Count: found.count, Calls: found.calls,
		Bound: found.bound, Window: ended.window.bounds.Window, At: time.Now(),
	}
	if found.measure == MeasureP99 {
		event.P99 = ended.window.bounds.P99
	}
	if g.latch(ended, &event) {
		g.told(event)
	}
}

func (g *governor) latch(ended *course, event *RolledBack) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.course.Load() != ended {
		return false
	}
	next := *ended
	next.state, next.why = PolicyRolledBack, event.String()
	g.follow(&next)
	g.lastRollback = event
	g.counters.rollbacks(event.Measure).Add(1)
	return true
}

// status reads everything out.
func (g *governor) status() PolicyStatus {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.course.Load()
	return PolicyStatus{
		Kernel: g.kernel, Policy: now.policy, State: now.state, Why: now.why, Since: now.since, Version: now.version,
		Counts: g.counters.read(), LastRollback: g.lastRollback, Mismatches: g.samples.read(),
	}
}

// leads says which route calls take that the policy moves; native where it moves none.
func (g *governor) leads() wire.Route {
	now := g.course.Load()
	if now.state != PolicyActive || now.moved == 0 {
		return wire.Native
	}
	return now.route
}

// fits refuses a policy that the kernel cannot have: a shadow where a second call does harm, a way back where there is no
// twin. Kernels that nobody registered are taken as they are.
func fits(name string, policy *Policy) error {
	kernel, err := Lookup(name)
	if err != nil {
		return nil
	}
	if policy.Shadow > 0 && !kernel.Description().Idempotent {
		return &FieldError{"shadow", fmt.Sprintf("kernel %s is not idempotent, and a shadow calls it twice; leave it out", name)}
	}
	if kernel.HasTwin(wire.Native) {
		return nil
	}
	if policy.Percent >= 100 && !policy.Fallback && policy.Fail != FailOpen && !policy.Rollback.watches() {
		return nil
	}
	return &FieldError{"percent", fmt.Sprintf(
		"kernel %s has no native twin to go back to; give 100, without fallback, fail = \"open\" or rollback", name)}
}
