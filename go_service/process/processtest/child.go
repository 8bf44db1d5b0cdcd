// Package processtest starts a test's own program as a child process, so that tests of whole programs need no build.
package processtest

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// endsWithin is more than any drain of a test.
const endsWithin = 15 * time.Second

// Child is a running child that has announced itself.
type Child struct {
	wire.Handshake
	Stderr  bytes.Buffer // to be read after End
	command *exec.Cmd
	parent  *os.File
}

// Start runs the test's program with the environment variable as set to 1, which TestMain looks at, and waits for the
// handshake. The child has a lifeline and ends with the test.
func Start(t *testing.T, as string, flags ...string) *Child {
	t.Helper()
	lifeline, parent, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c := &Child{parent: parent, command: exec.Command(os.Args[0], append(flags, "--lifeline-fd", "3")...)}
	c.command.Env, c.command.ExtraFiles, c.command.Stderr = append(os.Environ(), as+"=1"), []*os.File{lifeline}, &c.Stderr
	stdout, err := c.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.command.Start(); err != nil {
		t.Fatal(err)
	}
	_ = lifeline.Close()
	t.Cleanup(c.kill)
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err != nil {
		t.Fatalf("no handshake: %v", err)
	}
	if c.Handshake, err = wire.ParseHandshake(line); err != nil {
		t.Fatal(err)
	}
	if c.PID != c.command.Process.Pid || c.StartNs == 0 {
		t.Errorf("the handshake %+v is not of process %d", c.Handshake, c.command.Process.Pid)
	}
	return c
}

// Signal sends one.
func (c *Child) Signal(signal os.Signal) { _ = c.command.Process.Signal(signal) }

// Abandon closes the parent's end of the lifeline.
func (c *Child) Abandon() { _ = c.parent.Close() }

// End waits for the child and gives its exit code.
func (c *Child) End(t *testing.T) int {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- c.command.Wait() }()
	select {
	case err := <-done:
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return c.command.ProcessState.ExitCode()
	case <-time.After(endsWithin):
		t.Fatalf("the child did not end within %v", endsWithin)
		return 0
	}
}

func (c *Child) kill() {
	c.Abandon()
	_ = c.command.Process.Kill()
	_ = c.command.Wait()
}
