package process

import (
	"flag"
	"slices"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Addresses say where each channel to another process leads, by the channel's name. A channel without one is not there.
type Addresses map[string]string

// AddressNames are the channels that lead to another process.
func AddressNames() (names []string) {
	for _, channel := range wire.Channels {
		if channel.Placement == wire.PlacementProcess {
			names = append(names, string(channel.Name))
		}
	}
	return names
}

// Register adds a flag for each channel to a set.
func (a *Addresses) Register(set *flag.FlagSet) {
	for _, name := range AddressNames() {
		set.Func(name, "`address` of the channel "+name+": a socket's path, or host:port", func(address string) error {
			a.Set(name, address)
			return nil
		})
	}
}

// Set gives a channel an address; an empty one changes nothing.
func (a *Addresses) Set(name, address string) {
	if address == "" {
		return
	}
	if *a == nil {
		*a = Addresses{}
	}
	(*a)[name] = address
}

// Unknown gives a name that is no channel to another process; empty when there is none.
func (a Addresses) Unknown() string {
	known := AddressNames()
	for name := range a {
		if !slices.Contains(known, name) {
			return name
		}
	}
	return ""
}
