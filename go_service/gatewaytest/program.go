package gatewaytest

import (
	"os"
	"os/exec"
	"testing"

	"github.com/sidecar-ipc/gateway/go_service/workertest"
)

// Where Start looks for a worker.
const (
	// WorkerVariable names the program.
	WorkerVariable = "SIDECAR_WORKER"
	// RequireVariable, set to anything but 0, makes a test fail that would be skipped for want of a worker.
	RequireVariable = workertest.RequireVariable
	programName     = "sidecar-worker"
)

// program finds the worker; named is what the test said, or empty.
func program(tb testing.TB, named string) string {
	tb.Helper()
	if named == "" {
		named = os.Getenv(WorkerVariable)
	}
	if named != "" {
		path, err := exec.LookPath(named)
		if err != nil {
			tb.Fatalf("gatewaytest: no worker %s: %v; name an executable file", named, err)
		}
		return path
	}
	if path, err := exec.LookPath(programName); err == nil {
		return path
	}
	built := workertest.Built()
	if built == "" {
		workertest.Missing(tb, "gatewaytest: no "+programName+": put it on the PATH, or name it by "+WorkerVariable)
	}
	return built
}
