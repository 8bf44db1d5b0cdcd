package load

import (
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	benchv1 "github.com/sidecar-ipc/gateway/go_service/gen/bench/v1"
	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"
	"github.com/sidecar-ipc/gateway/go_service/wire"
	"github.com/sidecar-ipc/gateway/go_service/workertest"
)

// echoServer gives back every byte, as a bare reference's server does; met counts its connections.
type echoServer struct {
	path     string
	listener net.Listener
	met      atomic.Int64
}

func startEcho(t *testing.T, path string, serve func(net.Conn)) *echoServer {
	t.Helper()
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	s := &echoServer{path: path, listener: listener}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			s.met.Add(1)
			go serve(connection)
		}
	}()
	return s
}

func giveBack(connection net.Conn) {
	_, _ = io.Copy(connection, connection)
	_ = connection.Close()
}

// heldAgainst is a driver that knows where the bare reference is.
func heldAgainst(t *testing.T, serve func(net.Conn)) (*Driver, *echoServer) {
	t.Helper()
	server := startEcho(t, filepath.Join(workertest.Dir(t), "bare.sock"), serve)
	driver := newDriver(t)
	driver.HoldAgainst(map[string]string{"bare-uds": server.path})
	loadScenario(t, driver, "echo", echoOf(64), echoOf(1000))
	return driver, server
}

func TestAReferenceIsMeasuredAsARouteIs(t *testing.T) {
	driver, server := heldAgainst(t, giveBack)
	for _, test := range []struct {
		name  string
		block *benchv1.MeasureRequest
		calls uint64
	}{
		{"closed loop", &benchv1.MeasureRequest{Callers: 8, MaxCalls: 4000}, 4000},
		{"open loop", &benchv1.MeasureRequest{Callers: 8, RatePerS: 2000, DurationNs: uint64(100 * time.Millisecond)}, 200},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.block.Scenario, test.block.Route, test.block.Reservoir = "echo", "reference/bare-uds", 100
			got := measureOf(t, driver, test.block)
			if got.Calls != test.calls || counted(got) != test.calls || len(got.Failures) != 0 || got.Batch != 1 {
				t.Errorf("%d calls, %d timed, failures %v, batch %d", got.Calls, counted(got), got.Failures, got.Batch)
			}
			if mean := got.RequestBytes / got.Calls; mean < 400 || mean > 660 || got.ReplyBytes != got.RequestBytes {
				t.Errorf("%d bytes out, %d back by %d calls", got.RequestBytes, got.ReplyBytes, got.Calls)
			}
			if len(got.Records.TotalNs) != 100 || got.Records.TotalNs[0] <= 0 {
				t.Errorf("%d records", len(got.Records.TotalNs))
			}
		})
	}
	if met := server.met.Load(); met != 8 {
		t.Errorf("%d connections for the 8 callers of two blocks", met)
	}
}

func TestAReferenceWhoseServerDiesFailsAndIsMetAgainWhenItIsBack(t *testing.T) {
	driver, server := heldAgainst(t, func(connection net.Conn) {
		_, _ = io.CopyN(connection, connection, 100_000)
		_ = connection.Close()
	})
	block := &benchv1.MeasureRequest{Scenario: "echo", Route: "reference/bare-uds", Callers: 1, MaxCalls: 300, Mode: benchv1.Mode_MODE_OFF}
	got := measureOf(t, driver, block)
	if got.Calls == 0 || got.Calls == 300 || got.Failures[uint32(wire.ReasonInternalError)] != 300-got.Calls {
		t.Fatalf("%d calls, failures %v", got.Calls, got.Failures)
	}
	_ = server.listener.Close()
	if _, err := driver.Measure(t.Context(), block); status.Code(err) != codes.Unavailable || !strings.Contains(err.Error(), "bare-uds") {
		t.Fatalf("without a server: %v", err)
	}
	startEcho(t, server.path, giveBack)
	if got := measureOf(t, driver, block); got.Calls != 300 {
		t.Errorf("%d calls by the server that came back", got.Calls)
	}
}

func TestAReferenceWhoseServerHangsEndsWithTheRequest(t *testing.T) {
	for name, answered := range map[string]int64{"at its first call": 0, "in the block": 100_000} {
		t.Run(name, func(t *testing.T) {
			driver, _ := heldAgainst(t, func(connection net.Conn) { _, _ = io.CopyN(connection, connection, answered) })
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			began := time.Now()
			_, err := driver.Measure(ctx, &benchv1.MeasureRequest{
				Scenario: "echo", Route: "reference/bare-uds", Callers: 2, DurationNs: uint64(time.Minute), Mode: benchv1.Mode_MODE_OFF,
			})
			if took := time.Since(began); err == nil || took > 10*time.Second {
				t.Errorf("ended after %v with %v", took, err)
			}
		})
	}
}

func TestTheBareCrossingIsTimedInBatches(t *testing.T) {
	driver := newDriver(t)
	if why := driver.references.unavailable("bare-cgo"); why != "" {
		t.Skip(why)
	}
	loadScenario(t, driver, "echo", echoOf(64))
	got := measureOf(t, driver, &benchv1.MeasureRequest{Scenario: "echo", Route: "reference/bare-cgo", Callers: 2, DurationNs: uint64(50 * time.Millisecond)})
	if got.Batch < 2 || got.HistogramUnitNs != 0.001 || len(got.Failures) != 0 || got.Calls < 1000 {
		t.Errorf("%d calls in batches of %d, failures %v", got.Calls, got.Batch, got.Failures)
	}
	if got.AllocatedObjects > 1000 {
		t.Errorf("%d objects for %d calls", got.AllocatedObjects, got.Calls)
	}
}

func TestAReferenceThatCanNotBeMeasuredIsRefusedByName(t *testing.T) {
	driver, _ := heldAgainst(t, giveBack)
	loadScenario(t, driver, "digest", &kernelsv1.DigestRequest{})
	for _, test := range []struct {
		name, scenario, route string
		mode                  benchv1.Mode
		want                  codes.Code
	}{
		{"no server was named", "echo", "reference/default-grpc", benchv1.Mode_MODE_OFF, codes.FailedPrecondition},
		{"an unknown one", "echo", "reference/pigeon", benchv1.Mode_MODE_OFF, codes.FailedPrecondition},
		{"no name", "echo", "reference/", benchv1.Mode_MODE_OFF, codes.FailedPrecondition},
		{"a scenario that was not loaded", "none", "reference/bare-uds", benchv1.Mode_MODE_OFF, codes.NotFound},
		{"another kernel", "digest", "reference/bare-uds", benchv1.Mode_MODE_OFF, codes.InvalidArgument},
		{"stamps", "echo", "reference/bare-uds", benchv1.Mode_MODE_STAMPS, codes.InvalidArgument},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := driver.Measure(t.Context(), &benchv1.MeasureRequest{
				Scenario: test.scenario, Route: test.route, Callers: 1, MaxCalls: 1, Mode: test.mode,
			})
			if status.Code(err) != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func TestADescriptionListsTheReferencesAndSaysWhyOneIsMissing(t *testing.T) {
	driver, _ := heldAgainst(t, giveBack)
	got, err := driver.Describe(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for n, known := range wire.References {
		described := got.References[n]
		if described.Name != known.Name || (described.Unavailable == "") != (known.Name == "bare-uds" || known.Name == "bare-cgo" && inprocInitNs() > 0) {
			t.Errorf("%+v", described)
		}
	}
}

func TestTheFlagReferenceTakesServersOfTheListsOnly(t *testing.T) {
	dir := workertest.Dir(t)
	for given, right := range map[string]bool{
		"bare-uds=/tmp/a.sock": true, "bare-aio=/tmp/a=b.sock": true, "bare-uds=": false, "bare-uds": false, "bare-cgo=/tmp/a": false, "x=y": false,
	} {
		f, err := parseFlags([]string{"--socket-dir", dir, "--reference", given}, io.Discard)
		if (err == nil) != right {
			t.Errorf("%q: %v", given, errors.Join(err))
		}
		if name, address, _ := strings.Cut(given, "="); right && f.references[name] != address {
			t.Errorf("%q gives %v", given, f.references)
		}
	}
}
