package client

import (
	"sync/atomic"
	"time"
)

// PolicyState says whether a policy is followed.
type PolicyState string

// The states. In the latter two every call is native until the policy is set or restored.
const (
	PolicyActive     PolicyState = "active"
	PolicyKilled     PolicyState = "killed"
	PolicyRolledBack PolicyState = "rolled_back"
)

// PolicyStatus is a kernel's policy as it stands.
type PolicyStatus struct {
	Kernel string
	Policy Policy
	State  PolicyState
	// Why says what made the state, Since when.
	Why   string
	Since time.Time
	// Version counts the changes, rollbacks included; from 1.
	Version uint64
	Counts  PolicyCounts
	// LastRollback is nil where there was none.
	LastRollback *RolledBack
	// Mismatches are the latest that the shadow found, the oldest first.
	Mismatches []Mismatch
}

// PolicyCounts are of a kernel since its first policy; changes do not reset them.
type PolicyCounts struct {
	// Moved calls took the policy's route, Native ones stayed by the policy's choice.
	Moved, Native uint64
	// Failed calls by the route failed by its own fault; Fallbacks of them native answered.
	Failed, Fallbacks uint64
	// Shadows were begun; Compared and ShadowFailed of them have ended, the latter with nothing to compare. Dropped ones
	// found no place.
	Shadows, Compared, ShadowFailed, Dropped uint64
	// Mismatches of the compared ones answered otherwise.
	Mismatches uint64
	// Rollbacks by measure.
	Rollbacks map[Measure]uint64
}

// policyCounters are PolicyCounts as calls count them.
type policyCounters struct {
	moved, native, failed, fallbacks         atomic.Uint64
	shadows, compared, shadowFailed, dropped atomic.Uint64
	mismatches                               atomic.Uint64
	byErrorRate, byMismatchRate, byP99       atomic.Uint64
}

func (c *policyCounters) rollbacks(measure Measure) *atomic.Uint64 {
	switch measure {
	case MeasureErrorRate:
		return &c.byErrorRate
	case MeasureMismatchRate:
		return &c.byMismatchRate
	default:
		return &c.byP99
	}
}

func (c *policyCounters) read() PolicyCounts {
	counts := PolicyCounts{
		Moved: c.moved.Load(), Native: c.native.Load(), Failed: c.failed.Load(), Fallbacks: c.fallbacks.Load(),
		Shadows: c.shadows.Load(), Compared: c.compared.Load(), ShadowFailed: c.shadowFailed.Load(), Dropped: c.dropped.Load(),
		Mismatches: c.mismatches.Load(), Rollbacks: map[Measure]uint64{},
	}
	for _, measure := range []Measure{MeasureErrorRate, MeasureMismatchRate, MeasureP99} {
		counts.Rollbacks[measure] = c.rollbacks(measure).Load()
	}
	return counts
}
