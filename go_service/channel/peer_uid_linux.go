package channel

import (
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// checkPeerUID refuses a worker that another user runs; root's is taken by everyone.
func checkPeerUID(socket *net.UnixConn) error {
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
	if own := uint32(os.Geteuid()); peer.Uid != own && peer.Uid != 0 {
		return fmt.Errorf("the peer runs as user %d, this process as %d", peer.Uid, own)
	}
	return nil
}
