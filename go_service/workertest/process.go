package workertest

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

const (
	readyWithin = 10 * time.Second
	endsWithin  = 10 * time.Second
)

// Process is a running child that has said its handshake.
type Process struct {
	wire.Handshake
	// Dir is its socket folder.
	Dir      string
	command  *exec.Cmd
	log      *logTail
	ended    chan struct{}
	lifeline *os.File
	once     sync.Once
}

// startProcess starts a command with a socket folder and waits until it serves. It ends with the test.
func startProcess(tb testing.TB, dir string, command *exec.Cmd) *Process {
	tb.Helper()
	command.Args = append(command.Args, "--socket-dir", dir)
	p := &Process{Dir: dir, command: command, log: new(logTail), ended: make(chan struct{})}
	command.Stderr = p.log
	stdout, err := command.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	p.start(tb)
	tb.Cleanup(p.Kill)
	line := make(chan []byte, 1)
	go func() {
		reader := bufio.NewReader(stdout)
		first, _ := reader.ReadBytes('\n')
		line <- first
		_ = command.Wait()
		close(p.ended)
	}()
	p.awaitHandshake(tb, line)
	return p
}

// start starts it with a lifeline, so that it ends even when this process is killed.
func (p *Process) start(tb testing.TB) {
	tb.Helper()
	theirs, ours, err := os.Pipe()
	if err != nil {
		tb.Fatal(err)
	}
	p.lifeline, p.command.ExtraFiles = ours, []*os.File{theirs}
	p.command.Args = append(p.command.Args, "--lifeline-fd", "3")
	if err := p.command.Start(); err != nil {
		tb.Fatalf("start %s: %v", p.command.Path, err)
	}
	_ = theirs.Close()
}

func (p *Process) awaitHandshake(tb testing.TB, line <-chan []byte) {
	tb.Helper()
	select {
	case first := <-line:
		handshake, err := wire.ParseHandshake(first)
		if err != nil {
			tb.Fatalf("%s: %v; its log ends with:\n%s", p.command.Path, err, p.log)
		}
		p.Handshake = handshake
	case <-time.After(readyWithin):
		tb.Fatalf("%s: not ready within %v; its log ends with:\n%s", p.command.Path, readyWithin, p.log)
	}
}

// Address of a channel.
func (p *Process) Address(channel wire.Channel) string { return p.Endpoints[string(channel)] }

// Signal sends one.
func (p *Process) Signal(signal os.Signal) { _ = p.command.Process.Signal(signal) }

// Terminate sends SIGTERM and does not wait.
func (p *Process) Terminate() { p.Signal(syscall.SIGTERM) }

// Kill ends it at once and waits for that.
func (p *Process) Kill() {
	p.once.Do(func() {
		_ = p.command.Process.Kill()
		_ = p.lifeline.Close()
	})
	p.Wait()
}

// Wait waits until it ended, at most ten seconds.
func (p *Process) Wait() bool {
	ctx, cancel := context.WithTimeout(context.Background(), endsWithin)
	defer cancel()
	select {
	case <-p.ended:
		return true
	case <-ctx.Done():
		return false
	}
}

// Log gives the end of its stderr.
func (p *Process) Log() string { return p.log.String() }

// logTail keeps the end of a log.
type logTail struct {
	mu   sync.Mutex
	text strings.Builder
}

const logBytes = 64 << 10

// Write implements io.Writer.
func (l *logTail) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.text.Len() > logBytes {
		l.text.Reset()
	}
	return l.text.Write(b)
}

// String gives what is kept.
func (l *logTail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
