package service

import (
	"bufio"
	"bytes"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

func TestAServiceAnnouncesItselfServesAndEndsWithItsParent(t *testing.T) {
	for _, test := range []struct {
		name string
		end  func(command *exec.Cmd, lifeline *os.File)
	}{
		{"SIGTERM", func(command *exec.Cmd, _ *os.File) { _ = command.Process.Signal(syscall.SIGTERM) }},
		{"the lifeline's end", func(_ *exec.Cmd, lifeline *os.File) { lifeline.Close() }},
	} {
		t.Run(test.name, func(t *testing.T) {
			command, lifeline, handshake := startProcess(t, "--http", "127.0.0.1:0", "--nonce", "cd34", "--route", "digest=native")
			if handshake.Role != "service" || handshake.Nonce != "cd34" || handshake.PID != command.Process.Pid {
				t.Errorf("handshake %+v", handshake)
			}
			response, err := http.Get("http://" + handshake.Endpoints["http"] + "/healthz")
			if err != nil || response.StatusCode != http.StatusOK {
				t.Fatalf("%v, %v", response, err)
			}
			response.Body.Close()
			http.DefaultClient.CloseIdleConnections()
			test.end(command, lifeline)
			if code := exitCode(t, command); code != 0 {
				t.Errorf("exit code %d", code)
			}
		})
	}
}

func startProcess(t *testing.T, flags ...string) (*exec.Cmd, *os.File, wire.Handshake) {
	t.Helper()
	theirs, ours, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(os.Args[0], append(flags, "--lifeline-fd", "3")...)
	command.Env, command.ExtraFiles = append(os.Environ(), asService+"=1"), []*os.File{theirs}
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	t.Cleanup(func() {
		ours.Close()
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err != nil {
		t.Fatalf("no handshake: %v", err)
	}
	handshake, err := wire.ParseHandshake(line)
	if err != nil {
		t.Fatal(err)
	}
	return command, ours, handshake
}

func exitCode(t *testing.T, command *exec.Cmd) int {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- command.Wait() }()
	select {
	case err := <-done:
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return command.ProcessState.ExitCode()
	case <-time.After(15 * time.Second):
		t.Fatal("the service did not end")
		return 0
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
