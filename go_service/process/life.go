package process

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Served is what a child serves from its announcement to its end.
type Served interface {
	// Endpoints are the addresses by channel or protocol.
	Endpoints() map[string]string
	// Failed gives an error when serving ends by itself.
	Failed() <-chan error
	// Drain lets calls finish within the bound, gives everything back, and returns the exit code.
	Drain(bound time.Duration) int
}

// Live is a child's life: start brings up what it serves under a context that ends with the child; it is announced,
// served until the child must end, and drained. A failed start counts as bad flags, which is what it comes from.
func (f *Flags) Live(role string, startNs uint64, stdout io.Writer, start func(context.Context) (Served, error)) (int, error) {
	ending, stop, err := Ending(context.Background(), f.LifelineFD)
	if err != nil {
		return ExitBadFlags, err
	}
	defer stop()
	served, err := start(ending)
	if err != nil {
		return ExitBadFlags, err
	}
	if err := Announce(stdout, f.handshake(role, startNs, served.Endpoints())); err != nil {
		served.Drain(0)
		return ExitCut, err
	}
	select {
	case <-ending.Done():
	case err := <-served.Failed():
		served.Drain(0)
		return ExitCut, fmt.Errorf("serving ended: %w", err)
	}
	stop() // a second signal has its default effect from here
	return served.Drain(f.DrainTimeout), nil
}

func (f *Flags) handshake(role string, startNs uint64, endpoints map[string]string) wire.Handshake {
	return wire.Handshake{
		Contract: wire.ContractText, Role: role, PID: os.Getpid(), StartNs: startNs, Nonce: f.Nonce,
		Version: Version, Endpoints: endpoints,
	}
}
