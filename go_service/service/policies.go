package service

import (
	"cmp"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Who changed a policy.
const (
	byStart    = "start"
	byFile     = "file"
	byAdmin    = "admin"
	byRollback = "rollback"
)

// policies is the book of who changed which policy. The last writer wins: the file acts on a kernel only when what it
// says of that kernel has changed, so that an edit elsewhere lifts no kill and no rollback.
type policies struct {
	client *client.Client
	routes map[string]string // of the settings, to which a kernel returns that leaves the file
	route  string            // of those that the settings name none for

	mu         sync.Mutex
	by         map[string]string
	inFile     map[string]client.Policy
	path       string
	loadedAt   time.Time
	fileError  *FileError
	fileErrors int
}

func newPolicies(settings *Settings) *policies {
	p := &policies{path: settings.Policies, route: settings.Route, routes: map[string]string{}, by: map[string]string{}}
	for name, of := range settings.Kernels {
		p.routes[name] = of.Route
	}
	return p
}

// check refuses a kernel that this service does not know, and a policy that its client cannot follow.
func (p *policies) check(kernel string, policy client.Policy) error {
	if _, err := client.Lookup(kernel); err != nil {
		return err
	}
	return p.client.CheckPolicy(kernel, policy)
}

// load takes the file's text over; with an error nothing changes.
func (p *policies) load(text string) error {
	parsed, failure := parsePolicies(p.path, text, p.check)
	if failure != nil {
		p.fail(failure)
		return failure
	}
	p.mu.Lock()
	before := p.inFile
	p.inFile, p.loadedAt, p.fileError = parsed, time.Now(), nil
	p.mu.Unlock()
	for _, kernel := range slices.Sorted(maps.Keys(parsed)) {
		if old, was := before[kernel]; !was || old != parsed[kernel] {
			_ = p.set(kernel, parsed[kernel], byFile) // was checked
		}
	}
	for _, kernel := range slices.Sorted(maps.Keys(before)) {
		if _, still := parsed[kernel]; !still {
			p.leave(kernel)
		}
	}
	return nil
}

// follow takes the policy file over and watches it from then on; nil without one. A service does not begin with a file
// that it cannot take.
func (p *policies) follow() (*watcher, error) {
	if p.path == "" {
		return nil, nil
	}
	first := readPolicyFile(p.path)
	if failure := p.take(first); failure != nil {
		return nil, failure
	}
	return watch(p.path, first, func(now reading) { _ = p.take(now) }), nil
}

// take acts on a reading of the file.
func (p *policies) take(now reading) error {
	if now.problem != "" {
		failure := &FileError{Path: p.path, Problem: now.problem}
		p.fail(failure)
		return failure
	}
	return p.load(now.text)
}

// fail remembers what is wrong with the file; the last good one stays.
func (p *policies) fail(failure *FileError) {
	p.mu.Lock()
	p.fileError = failure
	p.fileErrors++
	p.mu.Unlock()
	slog.Error("the policy file is not taken; what was in force stays", "path", failure.Path, "line", failure.Line, "key", failure.Key, "problem", failure.Problem)
}

// leave puts a kernel back to the route of the settings.
func (p *policies) leave(kernel string) {
	route := cmp.Or(p.routes[kernel], p.route, wire.RouteNative)
	_ = p.set(kernel, client.Policy{Route: route, Percent: 100, Why: "left the policy file"}, byFile)
}

// set, kill and restore change a policy and say who did.
func (p *policies) set(kernel string, policy client.Policy, by string) error {
	return p.change(kernel, by, func() error { return p.client.SetPolicy(kernel, policy) })
}

func (p *policies) kill(kernel, why, by string) error {
	return p.change(kernel, by, func() error { return p.client.Kill(kernel, why) })
}

func (p *policies) restore(kernel, by string) error {
	return p.change(kernel, by, func() error { return p.client.Restore(kernel) })
}

func (p *policies) change(kernel, by string, make func() error) error {
	if err := make(); err != nil {
		return err
	}
	p.changed(kernel, by)
	status, _ := p.client.PolicyOf(kernel)
	slog.Info("a policy changed", "kernel", kernel, "by", by, "version", status.Version, "state", status.State, "route", status.Policy.Route,
		"percent", status.Policy.Percent, "shadow", status.Policy.Shadow, "why", status.Why)
	return nil
}

func (p *policies) changed(kernel, by string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.by[kernel] = by
}

// rolledBack is told by the client.
func (p *policies) rolledBack(event client.RolledBack) {
	p.changed(event.Kernel, byRollback)
	slog.Warn("a policy changed", "kernel", event.Kernel, "by", byRollback, "state", client.PolicyRolledBack, "route", event.Route,
		"measure", event.Measure, "value", event.Value(), "bound", event.Bound, "calls", event.Calls, "window", event.Window.String(), "why", event.String())
}

// reports shows every kernel's policy.
func (p *policies) reports() []PolicyReport {
	all := []PolicyReport{}
	for _, status := range p.client.Policies() {
		all = append(all, reportOf(&status, p.changedBy(status.Kernel)))
	}
	return all
}

func (p *policies) report(kernel string) (PolicyReport, bool) {
	status, ok := p.client.PolicyOf(kernel)
	return reportOf(&status, p.changedBy(kernel)), ok
}

func (p *policies) changedBy(kernel string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if by := p.by[kernel]; by != "" {
		return by
	}
	return byStart
}

// FileReport is the policy file as the admin endpoint shows it.
type FileReport struct {
	Path     string    `json:"path"`
	LoadedAt time.Time `json:"loaded_at,omitzero"`
	// Error is of the file as it is now; the policies are those of the last good one.
	Error *FileError `json:"error,omitempty"`
}

func (p *policies) file() *FileReport {
	if p.path == "" {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return &FileReport{p.path, p.loadedAt, p.fileError}
}

func (p *policies) fileFailures() (current, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fileError != nil {
		current = 1
	}
	return current, p.fileErrors
}
