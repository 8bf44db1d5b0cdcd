package process

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shortDir makes a private folder with a path short enough for a socket.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sg-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func openDir(t *testing.T, path string) SocketDir {
	t.Helper()
	dir, err := OpenSocketDir(path)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestTheHandshakeIsOneLineThatAParentReads(t *testing.T) {
	var out bytes.Buffer
	sent := wire.Handshake{Contract: wire.ContractText, Role: "driver", PID: 7, StartNs: 9, Nonce: "ab", Version: "0.1.0",
		Endpoints: map[string]string{"driver": "/tmp/d.sock"}}
	if err := Announce(&out, sent); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(out.String(), "\n"); got != 1 || !strings.HasSuffix(out.String(), "\n") {
		t.Errorf("want exactly one line, got %q", out.String())
	}
	read, err := wire.ParseHandshake(out.Bytes())
	if err != nil || !reflect.DeepEqual(read, sent) {
		t.Errorf("read %+v, %v; sent %+v", read, err, sent)
	}
}

func TestAHandshakeOverTheBoundIsRefusedAndNothingIsWritten(t *testing.T) {
	var out bytes.Buffer
	err := Announce(&out, wire.Handshake{Role: "service", Nonce: strings.Repeat("a", wire.MaxHandshakeBytes)})
	if err == nil || out.Len() != 0 {
		t.Errorf("want a refusal and no output, got %v and %d bytes", err, out.Len())
	}
}

func TestASocketFolderThatIsNotPrivateIsRefusedWithTheRemedy(t *testing.T) {
	file := filepath.Join(shortDir(t), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	open := shortDir(t)
	if err := os.Chmod(open, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, path, want string }{
		{"none", "", "--socket-dir is missing"},
		{"absent", "/nonexistent-sg", "create it"},
		{"a file", file, "is no folder"},
		{"others may enter", open, "chmod 0700"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := OpenSocketDir(test.path); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want a text with %q", err, test.want)
			}
		})
	}
}

func TestASocketPathOverTheBoundIsRefusedByName(t *testing.T) {
	dir := openDir(t, shortDir(t))
	name := strings.Repeat("n", MaxSocketPathBytes)
	if _, err := dir.Listen(name); err == nil || !strings.Contains(err.Error(), name) {
		t.Errorf("got %v, want a refusal that names the path", err)
	}
}

func TestASocketInUseIsNeverTakenOverAndTheFirstOwnerLivesOn(t *testing.T) {
	dir := openDir(t, shortDir(t))
	first, err := dir.Listen("s.sock")
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	if second, err := dir.Listen("s.sock"); err == nil {
		second.Close()
		t.Fatal("a second listener took the socket over")
	}
	conn, err := net.Dial("unix", first.Addr().String())
	if err != nil {
		t.Fatalf("the first owner no longer serves: %v", err)
	}
	conn.Close()
}

func TestAStaleSocketIsReplacedAndCloseLeavesAnEmptyFolder(t *testing.T) {
	path := shortDir(t)
	stale, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(path, "s.sock"), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	stale.SetUnlinkOnClose(false)
	stale.Close()
	listener, err := openDir(t, path).Listen("s.sock")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	listener.Close()
	if left, _ := os.ReadDir(path); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestCloseLeavesASocketAloneThatSomebodyElseBoundMeanwhile(t *testing.T) {
	path := shortDir(t)
	listener, err := openDir(t, path).Listen("s.sock")
	if err != nil {
		t.Fatal(err)
	}
	kept := filepath.Join(path, "s.sock")
	// The old socket stays linked, so that the newcomer can't get its inode number.
	if err := os.Rename(kept, kept+".old"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(kept, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	listener.Close()
	if _, err := os.Stat(kept); err != nil {
		t.Errorf("a file of somebody else was unlinked: %v", err)
	}
}

func TestTheOtherEndOfTheLifelineEndsTheProcess(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	fd, err := syscall.Dup(int(read.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	read.Close()
	ending, stop, err := Ending(t.Context(), fd)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	if ending.Err() != nil {
		t.Fatal("ended while the parent lives")
	}
	write.Close()
	select {
	case <-ending.Done():
	case <-time.After(5 * time.Second):
		t.Fatal("did not notice the parent's end")
	}
	if cause := context.Cause(ending); !errors.Is(cause, ErrLifeline) {
		t.Errorf("cause %v", cause)
	}
}

func TestSIGTERMEndsTheProcess(t *testing.T) {
	ending, stop, err := Ending(t.Context(), -1)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ending.Done():
	case <-time.After(5 * time.Second):
		t.Fatal("SIGTERM was not noticed")
	}
}

func TestADescriptorThatIsNoPipeIsRefusedAsALifeline(t *testing.T) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	copied, err := syscall.Dup(int(null.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	for name, fd := range map[string]int{"stdin": 0, "not open": 987, "/dev/null": copied} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := Ending(t.Context(), fd); err == nil || !strings.Contains(err.Error(), "pipe") {
				t.Errorf("got %v, want a refusal that says what to pass", err)
			}
		})
	}
}
