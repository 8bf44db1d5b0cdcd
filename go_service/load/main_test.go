package load

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	benchv1 "github.com/sidecar-ipc/gateway/go_service/gen/bench/v1"
	"github.com/sidecar-ipc/gateway/go_service/wire"
	"github.com/sidecar-ipc/gateway/go_service/workertest"
)

// driverProcess is this test's program started as a driver.
type driverProcess struct {
	command   *exec.Cmd
	handshake wire.Handshake
	stderr    bytes.Buffer
	lifeline  *os.File
}

func startDriver(t *testing.T, dir string, environment []string, flags ...string) *driverProcess {
	t.Helper()
	theirs, ours, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	d := &driverProcess{lifeline: ours}
	d.command = exec.Command(os.Args[0], append([]string{"--socket-dir", dir, "--lifeline-fd", "3", "--nonce", "ab12"}, flags...)...)
	d.command.Env = append(append(os.Environ(), asDriver+"=1"), environment...)
	d.command.ExtraFiles, d.command.Stderr = []*os.File{theirs}, &d.stderr
	stdout, err := d.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.command.Start(); err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	t.Cleanup(func() {
		ours.Close()
		_ = d.command.Process.Kill()
		_ = d.command.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err != nil {
		t.Fatalf("no handshake: %v", err)
	}
	if d.handshake, err = wire.ParseHandshake(line); err != nil {
		t.Fatal(err)
	}
	return d
}

// end waits for the process and gives its exit code.
func (d *driverProcess) end(t *testing.T) int {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- d.command.Wait() }()
	select {
	case err := <-done:
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return d.command.ProcessState.ExitCode()
	case <-time.After(15 * time.Second):
		t.Fatal("the driver did not end")
		return 0
	}
}

func connect(t *testing.T, d *driverProcess) (driver benchv1.DriverServiceClient, leave func() error) {
	t.Helper()
	connection, err := grpc.NewClient("unix:"+d.handshake.Endpoints["driver"], grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	return benchv1.NewDriverServiceClient(connection), connection.Close
}

func TestADriverAnnouncesItselfServesAndLeavesNothingBehind(t *testing.T) {
	for _, test := range []struct {
		name string
		end  func(*driverProcess)
	}{
		{"SIGTERM", func(d *driverProcess) { _ = d.command.Process.Signal(syscall.SIGTERM) }},
		{"SIGINT", func(d *driverProcess) { _ = d.command.Process.Signal(syscall.SIGINT) }},
		{"the lifeline's end", func(d *driverProcess) { d.lifeline.Close() }},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := workertest.Dir(t)
			d := startDriver(t, dir, nil)
			if d.handshake.Role != "driver" || d.handshake.PID != d.command.Process.Pid || d.handshake.Nonce != "ab12" || d.handshake.StartNs == 0 {
				t.Errorf("handshake %+v", d.handshake)
			}
			driver, _ := connect(t, d)
			described, err := driver.Describe(t.Context(), &benchv1.DescribeRequest{})
			if err != nil || int(described.Pid) != d.command.Process.Pid {
				t.Fatalf("described as %v, %v", described, err)
			}
			test.end(d)
			if code := d.end(t); code != 0 {
				t.Errorf("exit code %d: %s", code, &d.stderr)
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
				d := startDriver(t, dir, nil, "--drain-timeout", "50ms")
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
				_ = d.command.Process.Signal(syscall.SIGTERM)
				want := 1
				if leaves && kernel != "stubborn" {
					want = 0 // the block ended with its caller
				}
				if code := d.end(t); code != want {
					t.Errorf("exit code %d, want %d: %s", code, want, &d.stderr)
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
