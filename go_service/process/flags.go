package process

import (
	"flag"
	"time"
)

// Exit codes of every child.
const (
	ExitDrained  = 0 // all calls were finished
	ExitCut      = 1 // calls were cut, or the process failed
	ExitBadFlags = 2
)

// Flags are those that every child takes.
type Flags struct {
	Nonce         string
	LifelineFD    int // negative: nothing is watched
	ClockOffsetNs int64
	SocketDir     string
	DrainTimeout  time.Duration
}

// Register adds the flags to a set.
func (f *Flags) Register(set *flag.FlagSet) {
	set.StringVar(&f.Nonce, "nonce", "", "given back in the handshake line, `hex`")
	set.IntVar(&f.LifelineFD, "lifeline-fd", -1, "inherited pipe; the process drains and ends when its other end closes")
	set.Int64Var(&f.ClockOffsetNs, "clock-offset-ns", 0, "realtime minus monotonic clock in `ns`, as the parent measured it; measured here without")
	set.StringVar(&f.SocketDir, "socket-dir", "", "private `folder` of mode 0700 for this process's sockets")
	set.DurationVar(&f.DrainTimeout, "drain-timeout", 5*time.Second, "how long calls may finish before they are cut")
}
