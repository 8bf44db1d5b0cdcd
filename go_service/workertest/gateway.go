package workertest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Gateway is a running proxy process.
type Gateway struct{ *Process }

// GatewayCommand finds the program that has the proxy: $SIDECAR_GATEWAY, else the environment's in .venv. Without one
// the test is skipped, or fails where workers are required.
func GatewayCommand(tb testing.TB) string {
	tb.Helper()
	if named := os.Getenv("SIDECAR_GATEWAY"); named != "" {
		return named
	}
	path := filepath.Join(Root(), ".venv", "bin", "gateway")
	if _, err := os.Stat(path); err != nil {
		Missing(tb, "the gateway is not installed; run `make setup`")
	}
	return path
}

// StartGateway starts a proxy before the workers at these frame sockets, in a folder of its own, and waits until it
// serves. It ends with the test.
func StartGateway(tb testing.TB, upstreams ...string) *Gateway {
	tb.Helper()
	var flags []string
	for _, upstream := range upstreams {
		flags = append(flags, "--upstream", upstream)
	}
	return StartGatewayIn(tb, Dir(tb), flags...)
}

// StartGatewayIn is StartGateway in a given folder and with flags, so that a proxy can take another's place.
func StartGatewayIn(tb testing.TB, dir string, flags ...string) *Gateway {
	tb.Helper()
	command := exec.Command(GatewayCommand(tb), append([]string{"proxy"}, flags...)...)
	return &Gateway{startProcess(tb, dir, command)}
}
