package service

import (
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/process/processtest"
)

// administered is a service with its admin endpoint.
type administered struct {
	*running
	at *running
}

func startAdministered(t *testing.T, change func(*Settings)) *administered {
	t.Helper()
	service := startServer(t, nil, change)
	listener, err := listenAdmin("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	service.ServeAdmin(listener)
	return &administered{running: service, at: &running{base: "http://" + listener.Addr().String(), http: service.http}}
}

// change asks for a change and gives the report that is answered.
func (a *administered) change(t *testing.T, method, path, body string) (report PolicyReport) {
	t.Helper()
	got := a.at.do(t, method, path, strings.NewReader(body))
	if got.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: status %d: %s", method, path, got.StatusCode, got.body)
	}
	if err := json.Unmarshal(got.body, &report); err != nil {
		t.Fatal(err)
	}
	return report
}

func TestAnOperatorSetsKillsAndRestoresAPolicy(t *testing.T) {
	service := startAdministered(t, nil)
	route := func() string {
		service.post(t, "redact", "x", keyHeader, "tenant-7")
		status, _ := service.client.PolicyOf("redact")
		if status.Counts.Moved > 0 {
			return "moved"
		}
		return "native"
	}
	set := service.change(t, "PUT", "/policies/redact", `{"route":"native/original","percent":100,"why":"a trial","rollback":{"window":"5s","error_rate":0.1}}`)
	if set.State != "active" || set.By != "admin" || set.Version != 1 || set.Policy.Rollback.Window.Duration != 5e9 || set.Why != "a trial" || route() != "moved" {
		t.Errorf("after PUT: %+v", set)
	}
	killed := service.change(t, "POST", "/policies/redact/kill", `{"why":"it smells"}`)
	if killed.State != "killed" || killed.Why != "it smells" || killed.Version != 2 || !killed.Policy.Killed {
		t.Errorf("after kill: %+v", killed)
	}
	moved := service.change(t, "GET", "/policies/redact", "").Counts.Moved
	service.post(t, "redact", "x")
	if now := service.change(t, "GET", "/policies/redact", ""); now.Counts.Moved != moved {
		t.Errorf("a killed kernel was moved: %+v", now)
	}
	restored := service.change(t, "POST", "/policies/redact/restore", "")
	if restored.State != "active" || restored.Policy.Killed || *restored.Policy.Percent != 100 {
		t.Errorf("after restore: %+v", restored)
	}
	var all struct{ Policies []PolicyReport }
	if err := json.Unmarshal(service.at.do(t, "GET", "/policies", nil).body, &all); err != nil || len(all.Policies) != 1 {
		t.Errorf("all policies are %+v, %v", all, err)
	}
}

func TestWhatTheAdminEndpointCanNotDoIsAProblemThatNamesIt(t *testing.T) {
	service := startAdministered(t, nil)
	for _, test := range []struct {
		name, method, path, body string
		status                   int
		want                     string
	}{
		{"an unknown kernel", "PUT", "/policies/none", `{"percent":1}`, 404, `none`},
		{"an unknown kernel to kill", "POST", "/policies/none/kill", "", 404, "none"},
		{"a kernel without a policy", "GET", "/policies/echo", "", 404, "PUT one"},
		{"no JSON", "PUT", "/policies/echo", "percent=1", 400, "body"},
		{"an unknown field", "PUT", "/policies/echo", `{"precent":1}`, 400, "precent"},
		{"a wrong type", "PUT", "/policies/echo", `{"percent":"1"}`, 400, "percent"},
		{"two values", "PUT", "/policies/echo", `{"percent":1}{}`, 400, "more than one"},
		{"a percentage over 100", "PUT", "/policies/echo", `{"percent":101}`, 400, "percent: 101"},
		{"a route that is none", "PUT", "/policies/echo", `{"percent":1,"route":"x"}`, 400, `route: no route is called "x"`},
		{"a route without an address", "PUT", "/policies/echo", `{"percent":1,"route":"uds/raw"}`, 400, "route:"},
		{"no percentage", "PUT", "/policies/echo", `{"route":"native/original"}`, 400, "percent: is missing"},
		{"a large body", "PUT", "/policies/echo", strings.Repeat(" ", maxAdminBytes+1), 413, "65536"},
		{"another path", "GET", "/policy", "", 404, "no such path"},
		{"another method", "DELETE", "/policies/echo", "", 404, "no such path or method"},
	} {
		t.Run(test.name, func(t *testing.T) {
			problem := service.at.do(t, test.method, test.path, strings.NewReader(test.body)).problem(t)
			if problem.Status != test.status || !strings.Contains(problem.Detail, test.want) {
				t.Errorf("got %+v, want status %d and %q", problem, test.status, test.want)
			}
		})
	}
	if len(service.client.Policies()) != 0 {
		t.Error("a refused request changed something")
	}
}

func TestTheAdminEndpointIsForProgramsOnThisMachineAlone(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.7:80", "[::]:0", "example.org:80"} {
		if listener, err := listenAdmin(address); err == nil || !strings.Contains(err.Error(), address) {
			if err == nil {
				_ = listener.Close()
			}
			t.Errorf("--admin %s: %v", address, err)
		}
	}
	service := startAdministered(t, nil)
	if problem := service.at.do(t, "GET", "/policies", nil, "Origin", "http://evil.example").problem(t); problem.Status != http.StatusForbidden {
		t.Errorf("a page of another site: %+v", problem)
	}
	connection, err := net.Dial("tcp", strings.TrimPrefix(service.at.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if _, err := connection.Write([]byte("GET /policies HTTP/1.1\r\nHost: rebound.example\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 1024)
	if n, _ := connection.Read(answer); !strings.HasPrefix(string(answer[:n]), "HTTP/1.1 403") {
		t.Errorf("a rebound name is answered %q", answer[:n])
	}
	if got := service.do(t, "GET", "/policies", nil); got.StatusCode != http.StatusNotFound {
		t.Errorf("the public endpoint answers for policies: %d", got.StatusCode)
	}
}

func TestAServiceAnnouncesItsAdminEndpoint(t *testing.T) {
	service := processtest.Start(t, asService, "--http", "127.0.0.1:0", "--admin", "127.0.0.1:0")
	response, err := http.Get("http://" + service.Endpoints["admin"] + "/policies")
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%v, %v", response, err)
	}
	response.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	service.Abandon()
	if code := service.End(t); code != 0 {
		t.Errorf("exit code %d: %s", code, &service.Stderr)
	}
}

func TestMetricsTellOfPolicies(t *testing.T) {
	service := startAdministered(t, nil)
	service.change(t, "PUT", "/policies/redact", `{"route":"native/original","percent":100}`)
	service.post(t, "redact", "x")
	service.change(t, "PUT", "/policies/redact", `{"route":"native/original","shadow":100}`)
	service.post(t, "redact", "x")
	await(t, func() bool { return service.change(t, "GET", "/policies/redact", "").Counts.Compared == 1 })
	service.change(t, "POST", "/policies/redact/kill", "")
	text := string(service.do(t, "GET", "/metrics", nil).body)
	for _, line := range []string{
		`sidecar_policy_calls_total{decision="moved",kernel="redact"} 1`, `sidecar_policy_calls_total{decision="native",kernel="redact"} 1`,
		`sidecar_requests_total{code="OK",kernel="redact",route="native/original"} 1`, `sidecar_requests_total{code="OK",kernel="redact",route="native"} 1`,
		`sidecar_policy_shadow_calls_total{kernel="redact"} 1`, `sidecar_policy_shadow_mismatches_total{kernel="redact"} 0`,
		`sidecar_policy_shadow_drops_total{kernel="redact"} 0`, `sidecar_policy_fallbacks_total{kernel="redact"} 0`,
		`sidecar_policy_rollbacks_total{kernel="redact",measure="p99"} 0`, `sidecar_policy_version{kernel="redact"} 3`,
		`sidecar_policy_state{kernel="redact",state="killed"} 1`, `sidecar_policy_percent{kernel="redact"} 0`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("no %s in the metrics", line)
		}
	}
}

func TestARollbackOfTheServiceIsReportedWithItsReason(t *testing.T) {
	service := startAdministered(t, nil)
	event := client.RolledBack{Kernel: "redact", Route: "uds/raw", Measure: client.MeasureErrorRate, Count: 50, Calls: 100, Bound: 0.01, Window: 1e10}
	service.policies.rolledBack(event)
	if service.policies.changedBy("redact") != byRollback {
		t.Error("the book does not say that the rollback was the last to change the policy")
	}
	if report := rollbackOf(&event); report.Value != 0.5 || !strings.Contains(report.Why, "50 of 100 calls") {
		t.Errorf("the report is %+v", report)
	}
}
