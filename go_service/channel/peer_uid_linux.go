package channel

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// checkPeerUID refuses a worker that another user runs. Root's is taken by everyone; root takes another user's, such as
// that of a container, where only this user can have put the socket at the path that was dialled.
func checkPeerUID(socket *net.UnixConn, path string) error {
	raw, err := socket.SyscallConn()
	if err != nil {
		return fmt.Errorf("peer's user: %w", err)
	}
	var peer *unix.Ucred
	var optionErr error
	err = raw.Control(func(fd uintptr) { peer, optionErr = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) })
	if err = errors.Join(err, optionErr); err != nil {
		return fmt.Errorf("peer's user: %w", err)
	}
	own := uint32(os.Geteuid())
	if peer.Uid == own || peer.Uid == 0 {
		return nil
	}
	if own == 0 {
		return checkPrivate(filepath.Dir(path), peer.Uid)
	}
	return fmt.Errorf("the peer runs as user %d, this process as %d", peer.Uid, own)
}

// checkPrivate refuses a folder that is not the user's own or that others may search.
func checkPrivate(folder string, user uint32) error {
	var found unix.Stat_t
	if err := unix.Lstat(folder, &found); err != nil {
		return fmt.Errorf("the folder of the peer's socket: %w", err)
	}
	if found.Mode&unix.S_IFMT != unix.S_IFDIR || found.Uid != user || found.Mode&0o077 != 0 {
		return fmt.Errorf("the peer runs as user %d, and its socket is not in a folder of mode 0700 of that user", user)
	}
	return nil
}
