package client

import (
	"fmt"
	"math"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Policy says which way a kernel's calls take while it is being moved, and how it comes back. It can be changed while
// calls run: SetPolicy. docs/way-back.md explains each field. The zero value keeps every call native.
type Policy struct {
	// Route is where the kernel is being moved to, such as "uds/msgpack"; empty is "native".
	Route string
	// Percent is the canary percentage, 0 to 100: of so many callers the calls take Route, all others stay native.
	Percent float64
	// Shadow is the mirror percentage, 0 to 100, of the calls that stay native: Route is called too, in the background, and
	// its answer compared. The caller always gets the native one.
	Shadow float64
	// Fallback lets the native twin answer when Route failed by a fault of its own, where the kernel's contract says that
	// it is safe and the call may be repeated.
	Fallback bool
	// Fail says what a failed call comes to that no safe fallback answered; empty is FailClosed.
	Fail FailMode
	// Killed is the kill switch: every call is native at once, whatever else the policy says.
	Killed bool
	// Rollback watches the calls by Route and takes the kernel back to native by itself.
	Rollback Rollback
	// Why is a note for people; it stands in the status.
	Why string
}

// FailMode says what becomes of a call that failed without a safe fallback.
type FailMode string

// The two modes.
const (
	// FailClosed gives the caller the error.
	FailClosed FailMode = "closed"
	// FailOpen lets the native twin answer even where the contract does not call that safe. A call that may have been
	// executed and is not idempotent still fails: no policy makes it twice.
	FailOpen FailMode = "open"
)

// Rollback has the bounds of the calls by a route, canary and shadow together. A bound of 0 is not watched. A bound
// is passed when the window's share is over it by more than chance explains: see exceeds.
type Rollback struct {
	// Window is the time over which calls are counted; 10 s by default, at least 100 ms.
	Window time.Duration
	// MinCalls is how many calls a window must have for a decision; 20 by default.
	MinCalls int
	// ErrorRate bounds the share of calls that failed by the route's fault, 0 to 1.
	ErrorRate float64
	// MismatchRate bounds the share of shadow calls that answered otherwise, 0 to 1.
	MismatchRate float64
	// P99 bounds the 99th percentile of the calls' time: at most 1 in 100 may take longer.
	P99 time.Duration
}

// Defaults of a rollback that has a bound.
const (
	defaultWindow   = 10 * time.Second
	shortestWindow  = 100 * time.Millisecond
	defaultMinCalls = 20
)

// highestRate is the greatest share that a rollback can bound: nothing is over a bound of 1.
const highestRate = 0.99

// FieldError says which field of a policy cannot be; Field is its name in files, such as "rollback.window".
type FieldError struct{ Field, Problem string }

// Error names the field and what to do.
func (e *FieldError) Error() string { return e.Field + ": " + e.Problem }

// Check says what cannot be, by field, before anything is changed; every error is a *FieldError.
func (p *Policy) Check() error {
	if _, err := p.route(); err != nil {
		return &FieldError{"route", err.Error()}
	}
	if err := checkRange("percent", p.Percent, 100); err != nil {
		return err
	}
	if err := checkRange("shadow", p.Shadow, 100); err != nil {
		return err
	}
	if p.Fail != "" && p.Fail != FailOpen && p.Fail != FailClosed {
		return &FieldError{"fail", fmt.Sprintf("%q is no mode; take %q or %q", p.Fail, FailOpen, FailClosed)}
	}
	return p.Rollback.check(p.Shadow)
}

func (p *Policy) route() (wire.Route, error) {
	if p.Route == "" {
		return wire.Native, nil
	}
	return wire.ParseRoute(p.Route)
}

func checkRange(field string, value, highest float64) error {
	if math.IsNaN(value) || value < 0 || value > highest {
		return &FieldError{field, fmt.Sprintf("%v is out of range; give 0 to %v", value, highest)}
	}
	return nil
}

// check refuses what could never fire as well as what is no number.
func (r *Rollback) check(shadow float64) error {
	if err := checkRange("rollback.error_rate", r.ErrorRate, highestRate); err != nil {
		return err
	}
	if err := checkRange("rollback.mismatch_rate", r.MismatchRate, highestRate); err != nil {
		return err
	}
	switch {
	case r.P99 < 0:
		return &FieldError{"rollback.p99", "must not be negative"}
	case r.P99 > r.withDefaults().Window/4:
		return &FieldError{"rollback.p99", fmt.Sprintf("%v is over a quarter of the window of %v; give a longer window", r.P99, r.withDefaults().Window)}
	case r.MinCalls < 0:
		return &FieldError{"rollback.min_calls", "must not be negative"}
	case r.Window != 0 && r.Window < shortestWindow:
		return &FieldError{"rollback.window", fmt.Sprintf("%v is too short; give at least %v", r.Window, shortestWindow)}
	case r.Window != 0 && !r.watches():
		return &FieldError{"rollback.window", "nothing is bounded; give error_rate, mismatch_rate or p99"}
	case r.MismatchRate > 0 && shadow == 0:
		return &FieldError{"rollback.mismatch_rate", "nothing is compared without shadow; give shadow over 0"}
	}
	return nil
}

// watches says that there is a bound.
func (r *Rollback) watches() bool { return r.ErrorRate > 0 || r.MismatchRate > 0 || r.P99 > 0 }

func (r Rollback) withDefaults() Rollback {
	if r.Window == 0 {
		r.Window = defaultWindow
	}
	if r.MinCalls == 0 {
		r.MinCalls = defaultMinCalls
	}
	return r
}
