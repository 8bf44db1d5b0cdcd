package load

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	benchv1 "github.com/sidecar-ipc/gateway/go_service/gen/bench/v1"
	"github.com/sidecar-ipc/gateway/go_service/process/processtest"
	"github.com/sidecar-ipc/gateway/go_service/workertest"
)

func connect(t *testing.T, d *processtest.Child) (driver benchv1.DriverServiceClient, leave func() error) {
	t.Helper()
	connection, err := grpc.NewClient("unix:"+d.Endpoints["driver"], grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	return benchv1.NewDriverServiceClient(connection), connection.Close
}

func TestADriverAnnouncesItselfServesAndLeavesNothingBehind(t *testing.T) {
	for _, test := range []struct {
		name string
		end  func(*processtest.Child)
	}{
		{"SIGTERM", func(d *processtest.Child) { d.Signal(syscall.SIGTERM) }},
		{"SIGINT", func(d *processtest.Child) { d.Signal(syscall.SIGINT) }},
		{"the lifeline's end", func(d *processtest.Child) { d.Abandon() }},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := workertest.Dir(t)
			d := processtest.Start(t, asDriver, "--socket-dir", dir, "--nonce", "ab12")
			if d.Role != "driver" || d.Nonce != "ab12" {
				t.Errorf("handshake %+v", d.Handshake)
			}
			driver, _ := connect(t, d)
			described, err := driver.Describe(t.Context(), &benchv1.DescribeRequest{})
			if err != nil || int(described.Pid) != d.PID {
				t.Fatalf("described as %v, %v", described, err)
			}
			test.end(d)
			if code := d.End(t); code != 0 {
				t.Errorf("exit code %d: %s", code, &d.Stderr)
			}
			if left, _ := os.ReadDir(dir); len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestCallsThatOutlastTheDrainAreCutAndTheExitCodeSaysSo(t *testing.T) {
	for _, kernel := range []string{"constant", "stubborn"} {
		for _, leaves := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, its caller leaves: %v", kernel, leaves), func(t *testing.T) {
				dir := workertest.Dir(t)
				d := processtest.Start(t, asDriver, "--socket-dir", dir, "--drain-timeout", "50ms")
				driver, leave := connect(t, d)
				if _, err := driver.Load(t.Context(), &benchv1.LoadRequest{Scenario: "s", Kernel: kernel, Requests: [][]byte{{}}}); err != nil {
					t.Fatal(err)
				}
				measured := make(chan error, 1)
				go func() {
					_, err := driver.Measure(t.Context(), &benchv1.MeasureRequest{
						Scenario: "s", Route: "native", Callers: 1, Batch: 1, DurationNs: uint64(time.Minute), Mode: benchv1.Mode_MODE_OFF,
					})
					measured <- err
				}()
				time.Sleep(100 * time.Millisecond)
				if leaves {
					_ = leave()
				}
				d.Signal(syscall.SIGTERM)
				want := 1
				if leaves && kernel != "stubborn" {
					want = 0 // the block ended with its caller
				}
				if code := d.End(t); code != want {
					t.Errorf("exit code %d, want %d: %s", code, want, &d.Stderr)
				}
				if err := <-measured; err == nil {
					t.Error("a block that was cut was answered as whole")
				}
				if left, _ := os.ReadDir(dir); len(left) != 0 {
					t.Errorf("left behind: %v", left)
				}
			})
		}
	}
}

func TestBadFlagsEndTheDriverWithCodeTwoAndALineThatSaysWhat(t *testing.T) {
	for _, test := range []struct {
		name  string
		flags []string
		want  string
	}{
		{"no folder", nil, "--socket-dir is missing"},
		{"an unknown flag", []string{"--nope"}, "nope"},
		{"an argument", []string{"bench"}, `"bench"`},
		{"a lifeline that is not open", []string{"--socket-dir", workertest.Dir(t), "--lifeline-fd", "99"}, "--lifeline-fd 99"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			if code := Main(test.flags, &stdout, &stderr); code != 2 {
				t.Errorf("exit code %d, want 2", code)
			}
			if !strings.Contains(stderr.String(), test.want) || stdout.Len() != 0 {
				t.Errorf("stderr %q, stdout %q", &stderr, &stdout)
			}
		})
	}
}
