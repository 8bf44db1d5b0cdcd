package gatewaytest

import (
	"maps"
	"strings"
	"testing"

	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/wire"
	"github.com/sidecar-ipc/gateway/go_service/workertest"
)

// Worker is a real worker that a test started. Where a Fake is scripted, this one computes; both give Options.
type Worker struct {
	// Addresses are where it serves, by channel: a socket's path, or host:port.
	Addresses map[string]string

	program string
	dir     string
	flags   []string
	process *workertest.Worker
}

// StartOption sets up a worker.
type StartOption func(*Worker)

// WithFlags adds to its command line, such as "--compute-threads", "1"; `sidecar-worker --help` lists them.
func WithFlags(flags ...string) StartOption {
	return func(w *Worker) { w.flags = append(w.flags, flags...) }
}

// WithProgram starts this worker, such as one with kernels of your own, instead of the one that is found.
func WithProgram(path string) StartOption { return func(w *Worker) { w.program = path } }

// Start starts a worker, waits until it serves, and ends it with the test. Its sockets lie in a private folder, so tests
// may run at once. Of a test that fails the end of its log is shown.
//
// The program is $SIDECAR_WORKER, else the sidecar-worker on the PATH, else the one that this module's checkout built.
// Without any the test is skipped, or fails when SIDECAR_REQUIRE_WORKER is set to anything but 0.
func Start(tb testing.TB, options ...StartOption) *Worker {
	tb.Helper()
	w := new(Worker)
	for _, option := range options {
		option(w)
	}
	w.program = program(tb, w.program)
	w.dir = workertest.Dir(tb)
	w.start(tb)
	return w
}

// Options lead a client to the worker, with every kernel by Route; later options may say otherwise.
func (w *Worker) Options() []client.Option {
	return []client.Option{client.WithWorker(w.Addresses), client.WithRoute("", Route)}
}

// Client makes a client of the worker that is closed with the test.
func (w *Worker) Client(tb testing.TB, options ...client.Option) *client.Client {
	tb.Helper()
	c, err := client.New(append(w.Options(), options...)...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = c.Close() })
	return c
}

// Kill ends the worker at once, as a crash would. Calls then fail until Restart.
func (w *Worker) Kill() { w.process.Kill() }

// Restart starts another worker at the same addresses, after killing this one where it still runs. A port that flags
// of the test's own leave free is a new one.
func (w *Worker) Restart(tb testing.TB) {
	tb.Helper()
	w.Kill()
	w.start(tb, w.sameDoors()...)
}

// sameDoors are flags by which it serves where it did before, none where the test named its own.
func (w *Worker) sameDoors() []string {
	const uds, grpcUDS, grpcTCP = "--" + string(wire.ChannelUDS), "--" + string(wire.ChannelGRPCUDS), "--" + string(wire.ChannelGRPCTCP)
	for _, flag := range w.flags {
		if name, _, _ := strings.Cut(flag, "="); name == uds || name == grpcUDS || name == grpcTCP {
			return nil
		}
	}
	return []string{uds, grpcUDS, grpcTCP, w.Addresses[string(wire.ChannelGRPCTCP)]}
}

func (w *Worker) start(tb testing.TB, flags ...string) {
	tb.Helper()
	process := workertest.StartProgram(tb, w.program, w.dir, append(flags, w.flags...)...)
	if contract, _ := wire.ParseContract(process.Contract); process.Role != "worker" || !wire.ContractAgrees(contract) {
		tb.Fatalf("gatewaytest: %s is a %s of contract %s, this client is of %d; install a worker of that major", w.program, process.Role, process.Contract, wire.ContractMajor)
	}
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("the worker's log ends with:\n%s", process.Log())
		}
	})
	w.process, w.Addresses = process, maps.Clone(process.Endpoints)
}
