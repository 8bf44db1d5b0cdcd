package service

import (
	"fmt"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/client"
)

// PolicyForm is a policy as files and the admin endpoint write it; client.Policy explains the fields.
type PolicyForm struct {
	Route    string       `toml:"route" json:"route,omitempty"`
	Percent  *float64     `toml:"percent" json:"percent,omitempty"` // must be said where a route is
	Shadow   float64      `toml:"shadow" json:"shadow,omitempty"`
	Fallback bool         `toml:"fallback" json:"fallback,omitempty"`
	Fail     string       `toml:"fail" json:"fail,omitempty"`
	Killed   bool         `toml:"killed" json:"killed,omitempty"`
	Why      string       `toml:"why" json:"why,omitempty"`
	Rollback RollbackForm `toml:"rollback" json:"rollback,omitzero"`
}

// RollbackForm is client.Rollback with times such as "10s".
type RollbackForm struct {
	Window       Duration `toml:"window" json:"window,omitzero"`
	MinCalls     int      `toml:"min_calls" json:"min_calls,omitempty"`
	ErrorRate    float64  `toml:"error_rate" json:"error_rate,omitempty"`
	MismatchRate float64  `toml:"mismatch_rate" json:"mismatch_rate,omitempty"`
	P99          Duration `toml:"p99" json:"p99,omitzero"`
}

// policy gives what the form says. A route without a percentage is refused: whether it means all callers or none must
// not be a guess.
func (f *PolicyForm) policy() (client.Policy, error) {
	policy := client.Policy{
		Route: f.Route, Shadow: f.Shadow, Fallback: f.Fallback, Fail: client.FailMode(f.Fail), Killed: f.Killed, Why: f.Why,
		Rollback: client.Rollback{
			Window: f.Rollback.Window.Duration, MinCalls: f.Rollback.MinCalls, ErrorRate: f.Rollback.ErrorRate,
			MismatchRate: f.Rollback.MismatchRate, P99: f.Rollback.P99.Duration,
		},
	}
	switch {
	case f.Percent != nil:
		policy.Percent = *f.Percent
	case f.Route != "" && f.Shadow == 0:
		return policy, &client.FieldError{Field: "percent", Problem: fmt.Sprintf("is missing beside route %q; give 100 for all callers, 0 for none", f.Route)}
	}
	return policy, nil
}

// formOf is the other way round.
func formOf(policy *client.Policy) PolicyForm {
	return PolicyForm{
		Route: policy.Route, Percent: &policy.Percent, Shadow: policy.Shadow, Fallback: policy.Fallback, Fail: string(policy.Fail),
		Killed: policy.Killed, Why: policy.Why, Rollback: RollbackForm{
			Window: Duration{policy.Rollback.Window}, MinCalls: policy.Rollback.MinCalls, ErrorRate: policy.Rollback.ErrorRate,
			MismatchRate: policy.Rollback.MismatchRate, P99: Duration{policy.Rollback.P99},
		},
	}
}

// PolicyReport is a kernel's policy as the admin endpoint shows it.
type PolicyReport struct {
	Kernel  string     `json:"kernel"`
	Policy  PolicyForm `json:"policy"`
	State   string     `json:"state"`
	Why     string     `json:"why,omitempty"`
	Since   time.Time  `json:"since"`
	Version uint64     `json:"version"`
	// By is who made the last change: start, file, admin or rollback.
	By           string          `json:"by"`
	Counts       CountsReport    `json:"counts"`
	LastRollback *RollbackReport `json:"last_rollback,omitempty"`
	// Mismatches are samples of answers that differ, without their bytes.
	Mismatches []MismatchReport `json:"mismatches,omitempty"`
}

// CountsReport is client.PolicyCounts.
type CountsReport struct {
	Moved        uint64            `json:"moved"`
	Native       uint64            `json:"native"`
	Failed       uint64            `json:"failed"`
	Fallbacks    uint64            `json:"fallbacks"`
	Shadows      uint64            `json:"shadows"`
	Compared     uint64            `json:"compared"`
	ShadowFailed uint64            `json:"shadow_failed"`
	Dropped      uint64            `json:"dropped"`
	Mismatches   uint64            `json:"mismatches"`
	Rollbacks    map[string]uint64 `json:"rollbacks"`
}

// RollbackReport is client.RolledBack.
type RollbackReport struct {
	At      time.Time `json:"at"`
	Route   string    `json:"route"`
	Measure string    `json:"measure"`
	Value   float64   `json:"value"`
	Bound   float64   `json:"bound"`
	Calls   uint64    `json:"calls"`
	Window  Duration  `json:"window"`
	Why     string    `json:"why"`
}

// MismatchReport is client.Mismatch.
type MismatchReport struct {
	At              time.Time `json:"at"`
	Route           string    `json:"route"`
	RequestBytes    int       `json:"request_bytes"`
	NativeBytes     int       `json:"native_bytes"`
	OtherBytes      int       `json:"other_bytes"`
	FirstDifference int       `json:"first_difference"`
	RequestHash     string    `json:"request_hash"`
	NativeHash      string    `json:"native_hash"`
	OtherHash       string    `json:"other_hash"`
	NativeReason    string    `json:"native_reason"`
	OtherReason     string    `json:"other_reason"`
	TraceID         string    `json:"trace_id,omitempty"`
}

func reportOf(status *client.PolicyStatus, by string) PolicyReport {
	report := PolicyReport{
		Kernel: status.Kernel, Policy: formOf(&status.Policy), State: string(status.State), Why: status.Why, Since: status.Since,
		Version: status.Version, By: by, Counts: countsOf(&status.Counts), LastRollback: rollbackOf(status.LastRollback),
	}
	for i := range status.Mismatches {
		report.Mismatches = append(report.Mismatches, mismatchOf(&status.Mismatches[i]))
	}
	return report
}

func countsOf(counts *client.PolicyCounts) CountsReport {
	report := CountsReport{
		Moved: counts.Moved, Native: counts.Native, Failed: counts.Failed, Fallbacks: counts.Fallbacks, Shadows: counts.Shadows,
		Compared: counts.Compared, ShadowFailed: counts.ShadowFailed, Dropped: counts.Dropped, Mismatches: counts.Mismatches,
		Rollbacks: map[string]uint64{},
	}
	for measure, count := range counts.Rollbacks {
		report.Rollbacks[string(measure)] = count
	}
	return report
}

func rollbackOf(event *client.RolledBack) *RollbackReport {
	if event == nil {
		return nil
	}
	return &RollbackReport{
		At: event.At, Route: event.Route, Measure: string(event.Measure), Value: event.Value(), Bound: event.Bound,
		Calls: event.Calls, Window: Duration{event.Window}, Why: event.String(),
	}
}

func mismatchOf(sample *client.Mismatch) MismatchReport {
	report := MismatchReport{
		At: sample.At, Route: sample.Route, RequestBytes: sample.RequestBytes, NativeBytes: sample.NativeBytes,
		OtherBytes: sample.OtherBytes, FirstDifference: sample.FirstDifference, RequestHash: hex(sample.RequestHash),
		NativeHash: hex(sample.NativeHash), OtherHash: hex(sample.OtherHash),
		NativeReason: sample.NativeReason.String(), OtherReason: sample.OtherReason.String(),
	}
	if sample.TraceID != [16]byte{} {
		report.TraceID = fmt.Sprintf("%x", sample.TraceID)
	}
	return report
}

func hex(hash uint64) string { return fmt.Sprintf("%016x", hash) }
