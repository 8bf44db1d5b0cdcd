// Package workertest starts real workers and proxies for tests and ends them with the test.
package workertest

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// RequireVariable, when it is set to anything but 0, turns a missing program from a skip into a failure.
const RequireVariable = "SIDECAR_REQUIRE_WORKER"

// Worker is a running worker process.
type Worker struct{ *Process }

// Binary finds the worker: $SIDECAR_WORKER, bin/sidecar-worker or cargo's output, the newest of these. Without one the
// test is skipped, or fails where workers are required.
func Binary(tb testing.TB) string {
	tb.Helper()
	if named := os.Getenv("SIDECAR_WORKER"); named != "" {
		return named
	}
	newest := Built()
	if newest == "" {
		Missing(tb, "no worker is built; run `make build`")
	}
	return newest
}

// Built is the newest worker of this checkout; empty without one.
func Built() (newest string) {
	at := time.Time{}
	for _, place := range []string{"bin/sidecar-worker", "rust_worker/target/release/sidecar-worker", "rust_worker/target/debug/sidecar-worker"} {
		path := filepath.Join(Root(), place)
		if info, err := os.Stat(path); err == nil && info.ModTime().After(at) {
			newest, at = path, info.ModTime()
		}
	}
	return newest
}

// Missing skips the test, or fails it where every program is required.
func Missing(tb testing.TB, problem string) {
	tb.Helper()
	if required := os.Getenv(RequireVariable); required != "" && required != "0" {
		tb.Fatal(problem)
	}
	tb.Skip(problem)
}

// Root is the repository's folder.
func Root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(filepath.Dir(filepath.Dir(file)))
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

// Start starts a worker with further flags, in a folder of its own, and waits until it serves. It ends with the test.
func Start(tb testing.TB, flags ...string) *Worker {
	tb.Helper()
	return StartIn(tb, Dir(tb), flags...)
}

// StartIn is Start in a given folder, so that a worker can take another's place.
func StartIn(tb testing.TB, dir string, flags ...string) *Worker {
	tb.Helper()
	return StartProgram(tb, Binary(tb), dir, flags...)
}

// StartProgram is StartIn with a worker that is named.
func StartProgram(tb testing.TB, program, dir string, flags ...string) *Worker {
	tb.Helper()
	return &Worker{startProcess(tb, dir, exec.Command(program, flags...))}
}
