package process

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// acquireLock takes the lock file without waiting. A holder removes the file before it lets go, so a lock that was
// won on a removed file counts for nothing and is tried again.
func acquireLock(path string) (*os.File, error) {
	for {
		lock, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		err = unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if errors.Is(err, unix.EWOULDBLOCK) {
			_ = lock.Close()
			return nil, fmt.Errorf("lock %s: another process serves this socket; end it or choose another --socket-dir", path)
		}
		if err != nil {
			_ = lock.Close()
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		if isCurrent(lock) {
			return lock, nil
		}
		_ = lock.Close()
	}
}

func isCurrent(lock *os.File) bool {
	held, err := lock.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(lock.Name())
	return err == nil && os.SameFile(held, named)
}

func releaseLock(lock *os.File) {
	_ = os.Remove(lock.Name())
	_ = lock.Close()
}
