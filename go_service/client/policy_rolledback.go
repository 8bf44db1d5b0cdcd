package client

import (
	"fmt"
	"log/slog"
	"time"
)

// Measure is what a rollback watches.
type Measure string

// The measures.
const (
	MeasureErrorRate    Measure = "error_rate"
	MeasureMismatchRate Measure = "mismatch_rate"
	MeasureP99          Measure = "p99"
)

// RolledBack says why a policy took a kernel back to native by itself.
type RolledBack struct {
	Kernel, Route string
	Measure       Measure
	// Count of Calls in the window failed, differed or took longer than P99.
	Count, Calls uint64
	// Bound is the share that was allowed; 0.01 for the p99.
	Bound float64
	// P99 is the time that 99 in 100 calls may take; 0 for the rates.
	P99    time.Duration
	Window time.Duration
	At     time.Time
}

// Value is the share that was measured.
func (r *RolledBack) Value() float64 { return float64(r.Count) / float64(r.Calls) }

// String is the reason in a line.
func (r *RolledBack) String() string {
	share := fmt.Sprintf("%d of %d calls (%.3g %%), %.3g %% are allowed, in a window of %v",
		r.Count, r.Calls, 100*r.Value(), 100*r.Bound, r.Window)
	switch r.Measure {
	case MeasureErrorRate:
		return "failed: " + share
	case MeasureMismatchRate:
		return "answered otherwise than native: " + share
	default:
		return fmt.Sprintf("took longer than %v: %s", r.P99, share)
	}
}

// logRolledBack is what a client does that was given no other handler.
func logRolledBack(event RolledBack) {
	slog.Warn("a kernel was rolled back to native", "kernel", event.Kernel, "route", event.Route, "measure", event.Measure,
		"value", event.Value(), "bound", event.Bound, "calls", event.Calls, "window", event.Window, "why", event.String())
}
