// Package workertest starts real workers for tests and ends them with the test.
package workertest

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// RequireVariable, when it is set to anything but 0, turns a missing worker from a skip into a failure.
const RequireVariable = "SIDECAR_REQUIRE_WORKER"

const (
	readyWithin = 10 * time.Second
	endsWithin  = 10 * time.Second
)

// Worker is a running worker process.
type Worker struct {
	wire.Handshake
	// Dir is its socket folder.
	Dir      string
	command  *exec.Cmd
	log      *logTail
	ended    chan struct{}
	lifeline *os.File
	once     sync.Once
}

// Binary finds the worker: $SIDECAR_WORKER, bin/sidecar-worker or cargo's output, the newest of these. Without one the
// test is skipped, or fails where workers are required.
func Binary(tb testing.TB) string {
	tb.Helper()
	if named := os.Getenv("SIDECAR_WORKER"); named != "" {
		return named
	}
	newest, at := "", time.Time{}
	for _, place := range []string{"bin/sidecar-worker", "rust_worker/target/release/sidecar-worker", "rust_worker/target/debug/sidecar-worker"} {
		path := filepath.Join(Root(), place)
		if info, err := os.Stat(path); err == nil && info.ModTime().After(at) {
			newest, at = path, info.ModTime()
		}
	}
	if newest != "" {
		return newest
	}
	if required := os.Getenv(RequireVariable); required != "" && required != "0" {
		tb.Fatal("no worker is built; run `make build`")
	}
	tb.Skip("no worker is built; run `make build`")
	return ""
}

// Root is the repository's folder.
func Root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(filepath.Dir(filepath.Dir(file)))
}

// Start starts a worker with further flags, in a folder of its own, and waits until it serves. It ends with the test.
func Start(tb testing.TB, flags ...string) *Worker {
	tb.Helper()
	return StartIn(tb, Dir(tb), flags...)
}

// Dir makes a private folder with a short path, gone after the test.
func Dir(tb testing.TB) string {
	tb.Helper()
	dir, err := os.MkdirTemp("", "sg")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// StartIn is Start in a given folder, so that a worker can take another's place.
func StartIn(tb testing.TB, dir string, flags ...string) *Worker {
	tb.Helper()
	command := exec.Command(Binary(tb), append([]string{"--socket-dir", dir}, flags...)...)
	w := &Worker{Dir: dir, command: command, log: new(logTail), ended: make(chan struct{})}
	command.Stderr = w.log
	stdout, err := command.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	w.start(tb)
	tb.Cleanup(w.Kill)
	line := make(chan []byte, 1)
	go func() {
		reader := bufio.NewReader(stdout)
		first, _ := reader.ReadBytes('\n')
		line <- first
		_ = command.Wait()
		close(w.ended)
	}()
	w.awaitHandshake(tb, line)
	return w
}

// start starts it with a lifeline, so that it ends even when this process is killed.
func (w *Worker) start(tb testing.TB) {
	tb.Helper()
	theirs, ours, err := os.Pipe()
	if err != nil {
		tb.Fatal(err)
	}
	w.lifeline, w.command.ExtraFiles = ours, []*os.File{theirs}
	w.command.Args = append(w.command.Args, "--lifeline-fd", "3")
	if err := w.command.Start(); err != nil {
		tb.Fatalf("start %s: %v", w.command.Path, err)
	}
	_ = theirs.Close()
}

func (w *Worker) awaitHandshake(tb testing.TB, line <-chan []byte) {
	tb.Helper()
	select {
	case first := <-line:
		handshake, err := wire.ParseHandshake(first)
		if err != nil {
			tb.Fatalf("worker: %v; its log ends with:\n%s", err, w.log)
		}
		w.Handshake = handshake
	case <-time.After(readyWithin):
		tb.Fatalf("worker: not ready within %v; its log ends with:\n%s", readyWithin, w.log)
	}
}

// Address of a channel.
func (w *Worker) Address(channel wire.Channel) string { return w.Endpoints[string(channel)] }

// Signal sends one.
func (w *Worker) Signal(signal os.Signal) { _ = w.command.Process.Signal(signal) }

// Terminate sends SIGTERM and does not wait.
func (w *Worker) Terminate() { w.Signal(syscall.SIGTERM) }

// Kill ends it at once and waits for that.
func (w *Worker) Kill() {
	w.once.Do(func() {
		_ = w.command.Process.Kill()
		_ = w.lifeline.Close()
	})
	w.Wait()
}

// Wait waits until it ended, at most ten seconds.
func (w *Worker) Wait() bool {
	ctx, cancel := context.WithTimeout(context.Background(), endsWithin)
	defer cancel()
	select {
	case <-w.ended:
		return true
	case <-ctx.Done():
		return false
	}
}

// Log gives the end of its stderr.
func (w *Worker) Log() string { return w.log.String() }

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
