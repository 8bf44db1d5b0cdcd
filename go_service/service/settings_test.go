package service

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/process"
)

func settingsOf(t *testing.T, file string, environ []string, arguments ...string) (Settings, error) {
	t.Helper()
	if file != "" {
		path := filepath.Join(t.TempDir(), "service.toml")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		arguments = append(arguments, "--config", path)
	}
	flags, set := &Flags{}, flag.NewFlagSet("sidecar-service", flag.ContinueOnError)
	flags.Register(set)
	if err := process.Parse(set, arguments, os.Stderr); err != nil {
		return Settings{}, err
	}
	return flags.Settings(environ)
}

const settingsFile = `
http = "127.0.0.1:1"
max_request_bytes = 100
[worker]
uds = "/file.sock"
grpc_tcp = "127.0.0.1:4"
gateway-unary = "/file-proxy.sock"
[kernels.redact]
route = "uds/raw"
deadline = "10ms"
[kernels.digest]
route = "native"
`

func TestAFlagWeighsMoreThanTheEnvironmentAndThatMoreThanTheFile(t *testing.T) {
	environ := []string{"SIDECAR_HTTP=127.0.0.1:2", "SIDECAR_ROUTE_REDACT=uds/protobuf", "SIDECAR_ROUTE_ECHO=native", "SIDECAR_ROUTE=grpc-uds/protobuf", "SIDECAR_GRPC_TCP=127.0.0.1:5", "PATH=/bin"}
	got, err := settingsOf(t, settingsFile, environ, "--http", "127.0.0.1:3", "--gateway-unary", "/flag-proxy.sock", "--route", "echo=uds/msgpack", "--deadline", "echo=2s")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		what      string
		got, want any
	}{
		{"the address of the flag", got.HTTP, "127.0.0.1:3"},
		{"the limit of the file", got.MaxRequestBytes, int64(100)},
		{"the worker of the file", got.Worker["uds"], "/file.sock"},
		{"the port of the environment", got.Worker["grpc-tcp"], "127.0.0.1:5"},
		{"the route of all of the environment", got.Route, "grpc-uds/protobuf"},
		{"the proxy of the flag", got.Worker["gateway-unary"], "/flag-proxy.sock"},
		{"redact's route of the environment", got.Kernels["redact"].Route, "uds/protobuf"},
		{"redact's deadline of the file", got.Kernels["redact"].Deadline.Duration, 10 * time.Millisecond},
		{"digest's route of the file", got.Kernels["digest"].Route, "native"},
		{"echo's route of the flag", got.Kernels["echo"].Route, "uds/msgpack"},
		{"echo's deadline of the flag", got.Kernels["echo"].Deadline.Duration, 2 * time.Second},
	} {
		if test.got != test.want {
			t.Errorf("%s: got %v, want %v", test.what, test.got, test.want)
		}
	}
}

func TestWithoutSettingsEveryKernelStaysInGo(t *testing.T) {
	got, err := settingsOf(t, "", nil)
	if err != nil || got.HTTP != defaultHTTP || len(got.Kernels) != 0 {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestSettingsThatCanNotBeAreRefusedByName(t *testing.T) {
	for _, test := range []struct {
		name, file string
		arguments  []string
		want       string
	}{
		{"no TOML", "http = ", nil, "settings file"},
		{"an unknown key", "htpp = \"x\"", nil, "htpp"},
		{"a channel that is none", "[worker]\npigeon = \"x\"", nil, "worker.pigeon"},
		{"an absent file", "", []string{"--config", "/nonexistent.toml"}, "/nonexistent.toml"},
		{"a route that is none", "", []string{"--route", "redact"}, "redact"},
		{"a deadline that is none", "", []string{"--deadline", "echo=soon"}, "--deadline echo"},
		{"a deadline in a file that is none", "[kernels.echo]\ndeadline = \"soon\"", nil, "settings file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := settingsOf(t, test.file, nil, test.arguments...); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want a text with %q", err, test.want)
			}
		})
	}
}

func TestRoutesThatThisBuildCanNotTakeAreRefusedBeforeServing(t *testing.T) {
	for _, test := range []struct{ name, kernel, route, want string }{
		{"an unknown kernel", "none", "native", `"none"`},
		{"an unknown route", "echo", "pigeon", `"pigeon"`},
		{"a worker without an address", "echo", "uds/raw", "uds/raw"},
		{"a twin that is not there", "digest", "native/original", "native/original"},
	} {
		t.Run(test.name, func(t *testing.T) {
			settings := Defaults()
			settings.Kernels[test.kernel] = KernelSettings{Route: test.route}
			server, err := NewServer(settings, nil)
			if err == nil {
				server.Drain(0)
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want a text with %q", err, test.want)
			}
		})
	}
}

func TestTheAccessLogIsThereUnlessFileOrFlagSaysNo(t *testing.T) {
	for _, test := range []struct {
		file      string
		arguments []string
		want      bool
	}{
		{"", nil, true},
		{"access_log = false", nil, false},
		{"", []string{"--no-access-log"}, false},
		{"access_log = true", []string{"--no-access-log"}, false},
	} {
		got, err := settingsOf(t, test.file, nil, test.arguments...)
		if err != nil || got.AccessLog != test.want {
			t.Errorf("file %q, flags %v: %v, %v; want %v", test.file, test.arguments, got.AccessLog, err, test.want)
		}
	}
}
