package channel_test

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/sidecar-ipc/gateway/go_service/channel"
)

const otherUser = 65532

// listenAs binds a socket in the folder as another user, on a thread that ends with it.
func listenAs(t *testing.T, user int, path string) {
	t.Helper()
	bound := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread is thrown away with its user
		const unchanged = ^uintptr(0)
		if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, unchanged, uintptr(user), unchanged); errno != 0 {
			bound <- errno
			return
		}
		listener, err := net.Listen("unix", path)
		if err == nil {
			t.Cleanup(func() { _ = listener.Close() })
		}
		bound <- err
	}()
	if err := <-bound; err != nil {
		t.Fatal(err)
	}
}

func TestRootTrustsAnotherUsersWorkerOnlyWhereNobodyElseCanHavePutTheSocket(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root may look into another user's folder")
	}
	for _, one := range []struct {
		name    string
		owner   int
		mode    os.FileMode
		trusted bool
	}{
		{"a folder of its own that nobody else may search", otherUser, 0o700, true},
		{"a folder of its own that others may search", otherUser, 0o711, false},
		{"a folder of its own that its group may write", otherUser, 0o770, false},
		{"somebody else's folder", otherUser + 1, 0o707, false},
	} {
		t.Run(one.name, func(t *testing.T) {
			folder, err := os.MkdirTemp("", "p")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.RemoveAll(folder) })
			if err := os.Chown(folder, one.owner, one.owner); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(folder, one.mode); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(folder, "w.sock")
			listenAs(t, otherUser, path)
			dialled, err := net.Dial("unix", path)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = dialled.Close() })
			err = channel.CheckPeerUID(dialled.(*net.UnixConn), path)
			if (err == nil) != one.trusted {
				t.Fatalf("got %v", err)
			}
		})
	}
}
