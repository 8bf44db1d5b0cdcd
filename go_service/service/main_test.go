package service

import (
	"bytes"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/sidecar-ipc/gateway/go_service/process/processtest"
)

func TestAServiceAnnouncesItselfServesAndEndsWithItsParent(t *testing.T) {
	for _, test := range []struct {
		name string
		end  func(*processtest.Child)
	}{
		{"SIGTERM", func(c *processtest.Child) { c.Signal(syscall.SIGTERM) }},
		{"the lifeline's end", func(c *processtest.Child) { c.Abandon() }},
	} {
		t.Run(test.name, func(t *testing.T) {
			service := processtest.Start(t, asService, "--http", "127.0.0.1:0", "--nonce", "cd34", "--route", "digest=native")
			if service.Role != "service" || service.Nonce != "cd34" {
				t.Errorf("handshake %+v", service.Handshake)
			}
			response, err := http.Get("http://" + service.Endpoints["http"] + "/healthz")
			if err != nil || response.StatusCode != http.StatusOK {
				t.Fatalf("%v, %v", response, err)
			}
			response.Body.Close()
			http.DefaultClient.CloseIdleConnections()
			test.end(service)
			if code := service.End(t); code != 0 {
				t.Errorf("exit code %d: %s", code, &service.Stderr)
			}
		})
	}
}

func TestWhatCanNotBeServedEndsTheServiceWithCodeTwoAndOneLine(t *testing.T) {
	for _, test := range []struct {
		name  string
		flags []string
		want  string
	}{
		{"an unknown flag", []string{"--nope"}, "nope"},
		{"an unknown kernel", []string{"--route", "none=native"}, `"none"`},
		{"an address that is none", []string{"--http", "nowhere:http:1"}, "--http nowhere:http:1"},
		{"a route without a worker", []string{"--route", "redact=uds/raw"}, "uds/raw"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			if code := Main(test.flags, &stdout, &stderr); code != 2 {
				t.Errorf("exit code %d, want 2", code)
			}
			if !strings.Contains(stderr.String(), test.want) || stdout.Len() != 0 {
				t.Errorf("stderr %q, stdout %q", &stderr, &stdout)
			}
		})
	}
}
