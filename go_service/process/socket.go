package process

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// socket is a listener that holds its lock, accepts its own user only, and unlinks nothing but what it bound.
type socket struct {
	*net.UnixListener
	path  string
	inode uint64
	lock  *os.File

	closeOnce sync.Once // a second close must not touch the files of a successor
	closeErr  error
}

// Listen binds a socket in the folder under the lock NAME.lock. A socket file without a lock holder is stale and replaced.
func (d SocketDir) Listen(name string) (net.Listener, error) {
	path, err := d.Path(name)
	if err != nil {
		return nil, err
	}
	lock, err := acquireLock(path + ".lock")
	if err != nil {
		return nil, err
	}
	listener, inode, err := bind(path)
	if err != nil {
		releaseLock(lock)
		return nil, fmt.Errorf("socket %s: %w", path, err)
	}
	return &socket{UnixListener: listener, path: path, inode: inode, lock: lock}, nil
}

func bind(path string) (*net.UnixListener, uint64, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, 0, err
	}
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, 0, err
	}
	listener.SetUnlinkOnClose(false)
	inode, err := inodeOf(path)
	if err != nil {
		_ = listener.Close()
		return nil, 0, err
	}
	return listener, inode, nil
}

// Accept drops peers of another user; the folder's mode keeps them out already, this holds when it was changed.
func (s *socket) Accept() (net.Conn, error) {
	for {
		conn, err := s.AcceptUnix()
		if err != nil {
			return nil, err
		}
		if uid, err := peerUID(conn); err == nil && uid == os.Geteuid() {
			return conn, nil
		}
		_ = conn.Close()
	}
}

// Close unlinks the path only when it still is the socket that was bound here.
func (s *socket) Close() error {
	s.closeOnce.Do(func() { s.closeErr = s.close() })
	return s.closeErr
}

func (s *socket) close() error {
	if inode, err := inodeOf(s.path); err == nil && inode == s.inode {
		_ = os.Remove(s.path)
	}
	err := s.UnixListener.Close()
	releaseLock(s.lock)
	return err
}

func inodeOf(path string) (uint64, error) {
	var stat unix.Stat_t
	if err := unix.Lstat(path, &stat); err != nil {
		return 0, &os.PathError{Op: "lstat", Path: path, Err: err}
	}
	return stat.Ino, nil
}
