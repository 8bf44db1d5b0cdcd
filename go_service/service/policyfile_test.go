package service

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/workertest"
)

const goodPolicies = `
[kernels.redact]
route = "native/original"
percent = 25
shadow = 50
fallback = true
fail = "open"
why = "ticket 12"

[kernels.redact.rollback]
window = "10s"
min_calls = 100
error_rate = 0.01
mismatch_rate = 0.001
p99 = "5ms"

[kernels.digest]
killed = true
`

func noCheck(_ string, policy client.Policy) error { return policy.Check() }

func TestAPolicyFileSaysEveryFieldOfAPolicy(t *testing.T) {
	got, failure := parsePolicies("p.toml", goodPolicies, noCheck)
	if failure != nil {
		t.Fatal(failure)
	}
	want := client.Policy{
		Route: "native/original", Percent: 25, Shadow: 50, Fallback: true, Fail: client.FailOpen, Why: "ticket 12",
		Rollback: client.Rollback{Window: 10 * time.Second, MinCalls: 100, ErrorRate: 0.01, MismatchRate: 0.001, P99: 5 * time.Millisecond},
	}
	if got["redact"] != want || !got["digest"].Killed || len(got) != 2 {
		t.Errorf("got %+v", got)
	}
	if again, err := (&PolicyForm{Percent: new(float64)}).policy(); err != nil || again != (client.Policy{}) {
		t.Errorf("an empty form is %+v, %v", again, err)
	}
	form := formOf(&want)
	if back, err := form.policy(); err != nil || back != want {
		t.Errorf("there and back it is %+v, %v", back, err)
	}
}

func TestAnErrorOfAPolicyFileIsNamedWithLineAndKey(t *testing.T) {
	worker := workertest.Start(t, "--uds")
	service := startServer(t, nil, func(s *Settings) { s.Worker = worker.Endpoints })
	for _, test := range []struct {
		name, text string
		line       int
		key, want  string
	}{
		{"no TOML", "[kernels.echo]\nroute = \n", 2, "kernels.echo.route", "expected value"},
		{"a key twice", "[kernels.echo]\npercent = 1\npercent = 2\n", 3, "kernels.echo.percent", "already"},
		{"a wrong type", "[kernels.echo]\nroute = \"uds/raw\"\n\npercent = \"all\"\n", 4, "kernels.echo.percent", "string"},
		{"a time that is none", "[kernels.echo]\npercent = 1\n[kernels.echo.rollback]\nerror_rate = 0.1\nwindow = \"soon\"\n", 5, "kernels.echo.rollback.window", "soon"},
		{"an unknown field", "[kernels.echo]\npercent = 1\n\n# fat finger\nprecent = 3\n", 5, "kernels.echo.precent", "unknown key"},
		{"an unknown field below", "[kernels.echo]\npercent = 1\nrollback = { error_rate = 0.1, widow = \"1s\" }\n", 3, "kernels.echo.rollback.widow", "unknown key"},
		{"an unknown table", "[kernel.echo]\npercent = 1\n", 1, "kernel.echo", "unknown key"},
		{"an unknown kernel", "[kernels.echo]\npercent = 1\n\n[kernels.ecco]\npercent = 1\n", 4, "kernels.ecco", `"ecco"`},
		{"an unknown route", "[kernels.digest]\npercent = 5\nroute = \"pigeon\"\n", 3, "kernels.digest.route", `"pigeon"`},
		{"a route without an address", "[kernels.digest]\nroute = \"gateway/raw\"\npercent = 5\n", 2, "kernels.digest.route", "gateway/raw"},
		{"a percentage over 100", "# one\n[kernels.digest]\nroute = \"uds/raw\"\npercent = 101\n", 4, "kernels.digest.percent", "101"},
		{"a negative percentage", "[kernels.digest]\nshadow = -1\n", 2, "kernels.digest.shadow", "-1"},
		{"no percentage", "\n\n[kernels.digest]\nroute = \"uds/raw\"\n", 3, "kernels.digest.percent", "missing"},
		{"a mode that is none", "[kernels]\ndigest = { percent = 0, fail = \"ajar\" }\n", 2, "kernels.digest.fail", "ajar"},
		{"a window without a bound", "[kernels.digest]\npercent = 0\nrollback.min_calls = 5\nrollback.window = \"1s\"\n", 4, "kernels.digest.rollback.window", "bounded"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, failure := parsePolicies("p.toml", test.text, service.policies.check)
			if failure == nil {
				t.Fatal("it was taken")
			}
			if failure.Line != test.line || failure.Key != test.key || !strings.Contains(failure.Problem, test.want) {
				t.Errorf("got line %d, key %q, problem %q; want line %d, key %q and %q", failure.Line, failure.Key, failure.Problem, test.line, test.key, test.want)
			}
		})
	}
}

func TestAServiceDoesNotBeginWithAPolicyFileThatItCanNotTake(t *testing.T) {
	for name, text := range map[string]string{"an error": "[kernels.none]\n", "no file": ""} {
		settings := Defaults()
		settings.Policies = filepath.Join(t.TempDir(), "policies.toml")
		if text != "" {
			write(t, settings.Policies, text)
		}
		if server, err := NewServer(settings, nil); err == nil || !strings.Contains(err.Error(), settings.Policies) {
			if err == nil {
				server.Drain(0)
			}
			t.Errorf("%s: %v", name, err)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
