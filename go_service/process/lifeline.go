package process

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lifeline is the child's end of a pipe that only the parent holds open.
type lifeline struct {
	pipe *os.File // nil: none was asked for
}

func openLifeline(fd int) (lifeline, error) {
	if fd < 0 {
		return lifeline{}, nil
	}
	if fd <= 2 {
		return lifeline{}, fmt.Errorf("--lifeline-fd %d: a standard stream is never a lifeline; pass an inherited pipe above 2", fd)
	}
	// Non-blocking, so that the runtime's poller waits on it and close wakes the reader.
	if err := syscall.SetNonblock(fd, true); err != nil {
		return lifeline{}, fmt.Errorf("--lifeline-fd %d: %w; pass an inherited pipe", fd, err)
	}
	syscall.CloseOnExec(fd)
	pipe := os.NewFile(uintptr(fd), "lifeline")
	info, err := pipe.Stat()
	if err == nil && info.Mode()&(os.ModeNamedPipe|os.ModeSocket) == 0 {
		err = errors.New("it is neither a pipe nor a socket")
	}
	if err != nil {
		return lifeline{}, fmt.Errorf("--lifeline-fd %d: %w; pass an inherited pipe", fd, err)
	}
	return lifeline{pipe: pipe}, nil
}

// watch calls ended when the other end closes; the channel closes when the watcher has gone.
func (l lifeline) watch(ended func()) <-chan struct{} {
	watched := make(chan struct{})
	if l.pipe == nil {
		close(watched)
		return watched
	}
	go func() {
		defer close(watched)
		var scrap [64]byte
		for {
			if _, err := l.pipe.Read(scrap[:]); err != nil {
				ended()
				return
			}
		}
	}()
	return watched
}

func (l lifeline) close() {
	if l.pipe != nil {
		_ = l.pipe.Close()
	}
}
