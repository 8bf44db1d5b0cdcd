package channel

import (
	"fmt"
	"sync"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Options say how to open a channel; the zero value of each means its default.
type Options struct {
	// Address is a socket path or host:port; unused in process.
	Address string
	// MaxMessageBytes bounds requests and replies; the contract's limit by default.
	MaxMessageBytes int
	// Connections is how many connections share the calls; each channel has its own default.
	Connections int
	// Running and Waiting bound native calls: by default as many run as there are processors, and 1,024 wait.
	Running, Waiting int
	// DialTimeout bounds dialling and the hello together; 5 s by default.
	DialTimeout time.Duration
}

// Factory opens a channel; it does not wait for a worker.
type Factory func(Options) (Channel, error)

var (
	factoriesMu sync.RWMutex
	factories   = map[wire.Channel]Factory{}
	remedies    = map[wire.Channel]string{
		wire.ChannelCgo: `import _ "github.com/sidecar-ipc/gateway/go_service/channel/cgo" and build with -tags sidecar_cgo and CGO_LDFLAGS naming the folder of libsidecar_inproc.a`,
	}
)

// Register makes a channel known; a package does so in its init. The last one wins.
func Register(name wire.Channel, factory Factory) {
	factoriesMu.Lock()
	defer factoriesMu.Unlock()
	factories[name] = factory
}

// RegisterUnavailable says why this build lacks a channel and what to do; Open's error repeats it.
func RegisterUnavailable(name wire.Channel, remedy string) {
	factoriesMu.Lock()
	defer factoriesMu.Unlock()
	remedies[name] = remedy
}

// Registered says whether this build has a channel.
func Registered(name wire.Channel) bool {
	factoriesMu.RLock()
	defer factoriesMu.RUnlock()
	return factories[name] != nil
}

// Open opens a channel by name.
func Open(name wire.Channel, options Options) (Channel, error) {
	factoriesMu.RLock()
	factory, remedy := factories[name], remedies[name]
	factoriesMu.RUnlock()
	if factory == nil {
		return nil, wire.Failf(wire.ReasonNoWorker, "this build has no channel %s: %s", name, remedy)
	}
	opened, err := factory(options.withDefaults())
	if err != nil {
		return nil, fmt.Errorf("open channel %s: %w", name, err)
	}
	return opened, nil
}

// connections is what was asked for, else the channel's default.
func (o *Options) connections(byDefault int) int {
	if o.Connections > 0 {
		return o.Connections
	}
	return byDefault
}

func (o Options) withDefaults() Options {
	if o.MaxMessageBytes <= 0 {
		o.MaxMessageBytes = wire.MaxMessageBytes
	}
	if o.DialTimeout <= 0 {
		o.DialTimeout = 5 * time.Second
	}
	return o
}
