package gatewaytest_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/faults"
	"github.com/sidecar-ipc/gateway/go_service/gatewaytest"
	faultsv1 "github.com/sidecar-ipc/gateway/go_service/gen/faults/v1"
	"github.com/sidecar-ipc/gateway/go_service/wire"
	"github.com/sidecar-ipc/gateway/go_service/workertest"
)

func TestTheExampleOfAWorkerPasses(t *testing.T) { redacts(t) }

func TestAStartedWorkerAnswersByEveryRouteToAProcess(t *testing.T) {
	worker := gatewaytest.Start(t)
	for _, route := range []string{"uds/raw", "uds/msgpack", "uds/protobuf", "grpc-uds/protobuf", "grpc-tcp/protobuf", "grpc-stream/msgpack"} {
		if err := call(worker.Client(t, client.WithRoute("", route))); err != nil {
			t.Errorf("%s: %v", route, err)
		}
	}
}

func TestACrashIsSeenByCallersAndARestartIsAtTheSameAddresses(t *testing.T) {
	worker := gatewaytest.Start(t)
	c := worker.Client(t, client.WithDeadline(2*time.Second))
	tcp := worker.Client(t, client.WithDeadline(2*time.Second), client.WithRoute("", "grpc-tcp/protobuf"), client.WithRetries(20))
	before := worker.Addresses
	if err := errors.Join(call(c), call(tcp)); err != nil {
		t.Fatal(err)
	}
	worker.Kill()
	if err := call(c); !errors.Is(err, wire.ErrNoWorker) && !errors.Is(err, wire.ErrWorkerDied) {
		t.Errorf("after the crash: %v", err)
	}
	worker.Restart(t)
	for name, address := range before {
		if worker.Addresses[name] != address {
			t.Errorf("%s was at %s, is at %s", name, address, worker.Addresses[name])
		}
	}
	again := worker.Client(t, client.WithDeadline(2*time.Second))
	if err := errors.Join(call(again), call(tcp)); err != nil {
		t.Error(err)
	}
}

func TestFlagsReachTheWorker(t *testing.T) {
	worker := gatewaytest.Start(t, gatewaytest.WithFlags("--faults", "--uds"))
	if len(worker.Addresses) != 1 {
		t.Errorf("it serves at %v, want uds alone", worker.Addresses)
	}
	if _, err := client.Call(context.Background(), worker.Client(t), faults.Alloc, &faultsv1.AllocRequest{Size: 7}); err != nil {
		t.Error(err)
	}
	worker.Restart(t)
	if len(worker.Addresses) != 1 {
		t.Errorf("it serves at %v after a restart, want uds alone", worker.Addresses)
	}
}

// inner runs a test of this file in a process of its own, which alone may be skipped or fail, and gives what it printed.
func inner(t *testing.T, name string, environment ...string) (string, error) {
	t.Helper()
	command := exec.Command(os.Args[0], "-test.run", "^"+name+"$", "-test.v")
	command.Env = append(append(os.Environ(), "GATEWAYTEST_INNER=1"), environment...)
	printed, err := command.CombinedOutput()
	return string(printed), err
}

func skipUnlessInner(t *testing.T) {
	t.Helper()
	if os.Getenv("GATEWAYTEST_INNER") == "" {
		t.Skip("is run by TestWhichWorkerIsTaken")
	}
}

func TestInnerStart(t *testing.T) {
	skipUnlessInner(t)
	gatewaytest.Start(t)
}

func TestInnerOwnProgram(t *testing.T) {
	skipUnlessInner(t)
	gatewaytest.Start(t, gatewaytest.WithProgram(os.Getenv("GATEWAYTEST_PROGRAM")))
}

func TestInnerFailure(t *testing.T) {
	skipUnlessInner(t)
	gatewaytest.Start(t)
	t.Error("on purpose")
}

func TestWhichWorkerIsTaken(t *testing.T) {
	built := workertest.Binary(t)
	onPath := t.TempDir()
	if err := os.Symlink(built, filepath.Join(onPath, "sidecar-worker")); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "other-contract")
	script := "#!/bin/sh\nexec " + built + " --faults --contract-major 9 \"$@\"\n"
	if err := os.WriteFile(other, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, test, says string
		environment      []string
		passes           bool
	}{
		{"named by the variable", "TestInnerStart", "--- PASS", []string{"SIDECAR_WORKER=" + built, "PATH=/nowhere"}, true},
		{"on the PATH", "TestInnerStart", "--- PASS", []string{"SIDECAR_WORKER=", "PATH=" + onPath}, true},
		{"built in the checkout", "TestInnerStart", "--- PASS", []string{"SIDECAR_WORKER=", "PATH=/nowhere"}, true},
		{"named and missing", "TestInnerStart", "no worker /nowhere/w", []string{"SIDECAR_WORKER=/nowhere/w"}, false},
		{"of another contract", "TestInnerStart", "of contract 9.", []string{"SIDECAR_WORKER=" + other}, false},
		{"that is no worker", "TestInnerStart", "handshake", []string{"SIDECAR_WORKER=/bin/true"}, false},
		{"of one's own", "TestInnerOwnProgram", "--- PASS", []string{"SIDECAR_WORKER=/nowhere/w", "GATEWAYTEST_PROGRAM=" + built}, true},
		{"whose test fails", "TestInnerFailure", "the worker's log ends with:", []string{"SIDECAR_WORKER=" + built}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			printed, err := inner(t, row.test, row.environment...)
			if passed := err == nil; passed != row.passes || !strings.Contains(printed, row.says) {
				t.Errorf("%v; it printed\n%s", err, printed)
			}
		})
	}
}
