package reference_test

import (
	"bufio"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/sidecar-ipc/gateway/go_service/wire"
	"github.com/sidecar-ipc/gateway/go_service/workertest"
)

// server is a reference's process.
type server struct {
	pid       int
	endpoints map[string]string
}

// startReferences starts the echo servers in Rust; cargo builds them when they are not there.
func startReferences(t *testing.T) server {
	workspace := filepath.Join(workertest.Root(), "rust_worker")
	build := exec.Command("cargo", "build", "--release", "--locked", "-p", "sidecar-references")
	build.Dir, build.Stderr = workspace, os.Stderr
	if err := build.Run(); err != nil {
		t.Fatalf("build the references: %v", err)
	}
	program := filepath.Join(workspace, "target", "release", "sidecar-references")
	return announced(t, exec.Command(program, "--socket-dir", workertest.Dir(t)))
}

// announced starts a process that says by a handshake where it listens.
func announced(t *testing.T, command *exec.Cmd) server {
	pid, line := start(t, command)
	handshake, err := wire.ParseHandshake(line)
	if err != nil {
		t.Fatal(err)
	}
	return server{pid, handshake.Endpoints}
}

// startAio starts the echo server in Python.
func startAio(t *testing.T) server {
	python := filepath.Join(workertest.Root(), ".venv", "bin", "python")
	command := exec.Command(python, "-m", "gateway.references.aio_echo", "--socket-dir", workertest.Dir(t))
	command.Dir = workertest.Root()
	return announced(t, command)
}

// start starts a process that ends with the test, and gives its first line.
func start(t *testing.T, command *exec.Cmd) (int, []byte) {
	command.Stderr = os.Stderr
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	reader := bufio.NewReader(stdout)
	line, err := reader.ReadBytes('\n')
	if err != nil {
		t.Fatalf("%s ended before it served: %v", command.Path, err)
	}
	go func() { _, _ = io.Copy(io.Discard, reader) }()
	return command.Process.Pid, line
}

// silent is a socket that takes connections and never answers.
func silent(t *testing.T) string {
	path := filepath.Join(workertest.Dir(t), "silent.sock")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return path
}
