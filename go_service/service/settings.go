package service

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/sidecar-ipc/gateway/go_service/process"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Settings are what an operator decides. Each comes from a flag, else from SIDECAR_… in the environment, else
// from the file, else from Defaults.
type Settings struct {
	HTTP            string                    `toml:"http"`              // address to serve on
	Admin           string                    `toml:"admin"`             // loopback address of the admin endpoint; empty: none
	Policies        string                    `toml:"policies"`          // policy file, which is watched; empty: none
	MaxRequestBytes int64                     `toml:"max_request_bytes"` // body limit
	AccessLog       bool                      `toml:"access_log"`        // a line a request
	Retries         int                       `toml:"retries"`           // further tries of a call where that is safe; 0: none
	Route           string                    `toml:"route"`             // of every kernel that none is given for; empty: native
	Worker          process.Addresses         `toml:"worker"`            // by channel; one without an address has no routes
	Kernels         map[string]KernelSettings `toml:"kernels"`
}

// KernelSettings are of one kernel.
type KernelSettings struct {
	Route    string   `toml:"route"`
	Deadline Duration `toml:"deadline"` // bound of each call; 0: none
}

// Duration is written as 50ms in a file.
type Duration struct{ time.Duration }

// MarshalText writes the notation of time.ParseDuration.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the notation of time.ParseDuration.
func (d *Duration) UnmarshalText(text []byte) (err error) {
	d.Duration, err = time.ParseDuration(string(text))
	return err
}

// Where a setting was made, for the refusal's text.
const (
	routePrefix    = "SIDECAR_ROUTE_"
	deadlinePrefix = "SIDECAR_DEADLINE_"
)

// Flags are the command line's part; apply lays them over what file and environment say.
type Flags struct {
	config    string
	given     Settings
	noLog     bool
	routes    assignments
	deadlines assignments
}

// Register adds the flags to a set.
func (f *Flags) Register(set *flag.FlagSet) {
	set.StringVar(&f.config, "config", os.Getenv("SIDECAR_CONFIG"), "TOML `file` of settings")
	set.StringVar(&f.given.HTTP, "http", "", "`address` to serve HTTP on (default "+defaultHTTP+")")
	set.StringVar(&f.given.Admin, "admin", "", "loopback `address` of the endpoint that shows and changes policies; none without")
	set.StringVar(&f.given.Policies, "policies", "", "TOML `file` of policies, followed while the service runs")
	set.Int64Var(&f.given.MaxRequestBytes, "max-request-bytes", 0, "limit of a request's body (default the contract's message limit)")
	set.IntVar(&f.given.Retries, "retries", 0, "further `tries` of a call that was not executed, or whose kernel is idempotent")
	set.BoolVar(&f.noLog, "no-access-log", false, "write no line a request")
	f.given.Worker.Register(set)
	set.Func("route", "`kernel=route`, such as redact=uds/msgpack, or a route of all that have none; repeatable", f.setRoute)
	set.Var(&f.deadlines, "deadline", "`kernel=duration`, such as redact=50ms; repeatable")
}

// setRoute takes one occurrence of the flag.
func (f *Flags) setRoute(text string) error {
	if text == "" || strings.Contains(text, "=") {
		return f.routes.Set(text)
	}
	f.given.Route = text
	_, err := wire.ParseRoute(text)
	return err
}

// Settings resolves defaults, file, environment and flags, in rising order of weight.
func (f *Flags) Settings(environ []string) (Settings, error) {
	settings := Defaults()
	steps := []func(*Settings) error{
		f.readFile,
		func(s *Settings) error { return s.readEnvironment(environ) },
		f.apply,
	}
	for _, step := range steps {
		if err := step(&settings); err != nil {
			return Settings{}, err
		}
	}
	return settings, nil
}

func (f *Flags) readFile(settings *Settings) error {
	if f.config == "" {
		return nil
	}
	meta, err := toml.DecodeFile(f.config, settings)
	if err != nil {
		return fmt.Errorf("settings file %s: %w", f.config, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return fmt.Errorf("settings file %s: unknown key %s; remove or correct it", f.config, unknown[0])
	}
	settings.Worker = channelNames(settings.Worker)
	if unknown := settings.Worker.Unknown(); unknown != "" {
		return fmt.Errorf("settings file %s: unknown key worker.%s; take one of %s", f.config, unknown, strings.Join(process.AddressNames(), ", "))
	}
	return nil
}

// channelNames takes keys as a file may write them, such as grpc_uds.
func channelNames(written process.Addresses) (named process.Addresses) {
	for key, address := range written {
		named.Set(strings.ReplaceAll(key, "_", "-"), address)
	}
	return named
}

func (s *Settings) readEnvironment(environ []string) error {
	texts := map[string]*string{"SIDECAR_HTTP": &s.HTTP, "SIDECAR_ADMIN": &s.Admin, "SIDECAR_POLICIES": &s.Policies, "SIDECAR_ROUTE": &s.Route}
	channels := addressVariables()
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if text, ok := texts[name]; ok {
			*text = value
		} else if channel, ok := channels[name]; ok {
			s.Worker.Set(channel, value)
		} else if kernel, ok := strings.CutPrefix(name, routePrefix); ok {
			s.setRoute(strings.ToLower(kernel), value)
		} else if kernel, ok := strings.CutPrefix(name, deadlinePrefix); ok {
			if err := s.setDeadline(strings.ToLower(kernel), value); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return nil
}

// addressVariables gives the channel of each variable, such as SIDECAR_GRPC_UDS.
func addressVariables() map[string]string {
	channels := map[string]string{}
	for _, name := range process.AddressNames() {
		channels["SIDECAR_"+strings.ToUpper(strings.ReplaceAll(name, "-", "_"))] = name
	}
	return channels
}

func (f *Flags) apply(settings *Settings) error {
	settings.HTTP = cmp.Or(f.given.HTTP, settings.HTTP)
	settings.Admin = cmp.Or(f.given.Admin, settings.Admin)
	settings.Policies = cmp.Or(f.given.Policies, settings.Policies)
	settings.Route = cmp.Or(f.given.Route, settings.Route)
	for name, address := range f.given.Worker {
		settings.Worker.Set(name, address)
	}
	settings.AccessLog = settings.AccessLog && !f.noLog
	settings.Retries = cmp.Or(f.given.Retries, settings.Retries)
	if f.given.MaxRequestBytes != 0 {
		settings.MaxRequestBytes = f.given.MaxRequestBytes
	}
	for _, given := range f.routes {
		settings.setRoute(given.kernel, given.value)
	}
	for _, given := range f.deadlines {
		if err := settings.setDeadline(given.kernel, given.value); err != nil {
			return fmt.Errorf("--deadline %s: %w", given.kernel, err)
		}
	}
	return nil
}

func (s *Settings) setRoute(kernel, route string) {
	of := s.Kernels[kernel]
	of.Route = route
	s.Kernels[kernel] = of
}

func (s *Settings) setDeadline(kernel, text string) error {
	deadline, err := time.ParseDuration(text)
	if err != nil {
		return err
	}
	of := s.Kernels[kernel]
	of.Deadline = Duration{deadline}
	s.Kernels[kernel] = of
	return nil
}
