package load

import (
	"context"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sidecar-ipc/gateway/go_service/clock"
)

// alarm sleeps by a timerfd in the runtime's poller: the runtime's own timers wake an idle process up to a
// millisecond late, since it hands epoll whole milliseconds, and a sleeping system call would hold a thread.
type alarm struct {
	fd      int
	file    *os.File
	unwatch func() bool
}

// newAlarm makes one that wakes early when the context ends.
func newAlarm(ctx context.Context) (*alarm, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("timer of the open loop: %w", err)
	}
	file := os.NewFile(uintptr(fd), "timerfd")
	unwatch := context.AfterFunc(ctx, func() { _ = file.SetReadDeadline(time.Unix(0, 1)) })
	return &alarm{fd: fd, file: file, unwatch: unwatch}, nil
}

func (a *alarm) now() int64 { return int64(clock.NowNs()) }

func (a *alarm) sleepUntil(ctx context.Context, instantNs int64) {
	setting := unix.ItimerSpec{Value: unix.NsecToTimespec(max(instantNs, 1))}
	if err := unix.TimerfdSettime(a.fd, unix.TFD_TIMER_ABSTIME, &setting, nil); err != nil {
		return // the loop below waits the hard way
	}
	var expirations [8]byte
	_, _ = a.file.Read(expirations[:])
	for int64(clock.NowNs()) < instantNs && ctx.Err() == nil {
		continue // our clock may run some ns behind the one that set the alarm off
	}
}

func (a *alarm) close() {
	a.unwatch()
	_ = a.file.Close()
}
