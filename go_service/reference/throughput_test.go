package reference_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/client"
	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"
	"github.com/sidecar-ipc/gateway/go_service/reference"
	"github.com/sidecar-ipc/gateway/go_service/wire"
	"github.com/sidecar-ipc/gateway/go_service/workertest"
)

var (
	rounds   = flag.Int("throughput.rounds", 0, "rounds of the throughput table; 0 leaves it out")
	block    = flag.Duration("throughput.block", 300*time.Millisecond, "how long each case is called in a round")
	callers  = flag.Int("throughput.callers", 64, "callers at once")
	size     = flag.Int("throughput.bytes", 64, "payload of a call")
	together = flag.Bool("throughput.together", false, "leave the placement to the system instead of a CPU for the caller and one for the servers")
)

// against says what each route is held against, and the ratio that it is to reach at 64 B and 64 callers.
var against = []struct {
	route, reference string
	mark             float64
}{
	{"uds/msgpack", "default-grpc", 6},
	{"grpc-stream/msgpack", "default-grpc", 2},
	{"gateway/msgpack", "bare-aio", 4},
	{"gateway-unary/protobuf", "bare-aio", 0.8},
	{"uds/msgpack", "multiplexed-uds", 0},
	{"multiplexed-uds", "bare-uds", 0},
}

// TestThroughputAgainstTheReferences measures every case in each round and prints the rates and their ratios within
// rounds. It judges nothing: a loaded machine is no defect. `make throughput` runs it.
func TestThroughputAgainstTheReferences(t *testing.T) {
	if *rounds == 0 {
		t.Skip("takes a quiet machine; `make throughput` runs it")
	}
	cases := openAll(t)
	rates := map[string][]float64{}
	for range *rounds {
		for _, c := range cases {
			rates[c.name] = append(rates[c.name], c.rate(t))
		}
	}
	for _, c := range cases {
		fmt.Printf("%-24s %9.0f calls a second (median of %d rounds)\n", c.name, median(rates[c.name]), *rounds)
	}
	for _, pair := range against {
		printRatio(pair.route, pair.reference, pair.mark, rates)
	}
}

// named is one case with its callers.
type named struct {
	name    string
	callers []reference.Echo
}

// join opens a case for all callers.
func join(t *testing.T, name string, client reference.Client) named {
	t.Cleanup(func() { _ = client.Close() })
	c := named{name: name}
	for range *callers {
		echo, err := client.Join()
		if err != nil {
			t.Fatal(err)
		}
		c.callers = append(c.callers, echo)
	}
	return c
}

func openAll(t *testing.T) []named {
	worker := workertest.Start(t)
	gateway := workertest.StartGateway(t, worker.Address(wire.ChannelUDS))
	references, aio := startReferences(t), startAio(t)
	if !*together {
		placeApart(t, worker.PID, gateway.PID, references.pid, aio.pid)
	}
	c, err := client.New(client.WithWorker(worker.Endpoints), client.WithWorker(gateway.Endpoints))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	var cases []named
	for _, name := range []string{"bare-uds", "multiplexed-uds", "default-grpc"} {
		cases = append(cases, join(t, name, open(t, name, references.endpoints[name])))
	}
	cases = append(cases, join(t, "bare-aio", open(t, "bare-aio", aio.endpoints["bare-aio"])))
	for _, route := range []string{"uds/msgpack", "grpc-uds/protobuf", "grpc-stream/msgpack", "gateway/msgpack", "gateway-unary/protobuf"} {
		cases = append(cases, join(t, route, ours(t, c, route)))
	}
	return cases
}

func open(t *testing.T, name, address string) reference.Client {
	t.Helper()
	client, err := reference.Open(name, address)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// route calls the kernel echo by the public client.
type route struct {
	client *client.Client
	via    client.CallOption
	buffer client.Buffer
}

// routes opens a caller of one route.
type routes struct {
	client *client.Client
	via    client.CallOption
}

func ours(t *testing.T, c *client.Client, name string) reference.Client {
	parsed, err := wire.ParseRoute(name)
	if err != nil {
		t.Fatal(err)
	}
	return routes{c, client.Via(parsed)}
}

func (r routes) Join() (reference.Echo, error) { return &route{client: r.client, via: r.via}, nil }

func (routes) Close() error { return nil }

func (r *route) Echo(ctx context.Context, payload []byte) error {
	response, err := r.client.Echo(ctx, &kernelsv1.EchoRequest{Payload: payload}, r.via, client.WithBuffer(&r.buffer))
	if err == nil && len(response.Payload) != len(payload) {
		return fmt.Errorf("%d bytes came back", len(response.Payload))
	}
	return err
}

// rate calls by all callers for the length of a block, and gives calls a second.
func (c named) rate(t *testing.T) float64 {
	var calls atomic.Int64
	var calling sync.WaitGroup
	start := time.Now()
	for _, echo := range c.callers {
		calling.Go(func() { calls.Add(callUntil(t, c.name, echo, start.Add(*block))) })
	}
	calling.Wait()
	return float64(calls.Load()) / time.Since(start).Seconds()
}

func callUntil(t *testing.T, name string, echo reference.Echo, end time.Time) int64 {
	payload := make([]byte, *size)
	made := int64(0)
	for time.Now().Before(end) {
		if err := echo.Echo(context.Background(), payload); err != nil {
			t.Errorf("%s: %v", name, err)
			return made
		}
		made++
	}
	return made
}

func printRatio(name, reference string, mark float64, rates map[string][]float64) {
	ratios := make([]float64, *rounds)
	for i := range ratios {
		ratios[i] = rates[name][i] / rates[reference][i]
	}
	slices.Sort(ratios)
	wanted := ""
	if mark > 0 {
		wanted = fmt.Sprintf("  wanted ≥ %g", mark)
	}
	fmt.Printf("%-24s %6.2f × %-16s rounds from %.2f to %.2f%s\n", name, median(ratios), reference, ratios[0], ratios[len(ratios)-1], wanted)
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// placeApart gives this process the first CPU and all servers the second.
func placeApart(t *testing.T, servers ...int) {
	if runtime.NumCPU() < 2 {
		t.Log("one CPU only: caller and servers share it")
		return
	}
	place(t, os.Getpid(), 0)
	for _, pid := range servers {
		place(t, pid, 1)
	}
	runtime.GOMAXPROCS(1)
}

// place pins every thread; those that come later inherit it.
func place(t *testing.T, pid, cpu int) {
	tasks, err := filepath.Glob(filepath.Join("/proc", strconv.Itoa(pid), "task", "*"))
	if err != nil || len(tasks) == 0 {
		t.Fatalf("place process %d: no tasks in /proc: %v", pid, err)
	}
	for _, task := range tasks {
		tid, _ := strconv.Atoi(filepath.Base(task))
		pin(t, tid, cpu)
	}
}
