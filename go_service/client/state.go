package client

import (
	"github.com/sidecar-ipc/gateway/go_service/channel"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Connected says of each open channel to another process whether it has a connection just now. Nothing is dialled: a
// channel connects with its first call.
func (c *Client) Connected() map[wire.Channel]bool {
	all := map[wire.Channel]bool{}
	for name, opened := range c.channels {
		if connected, ok := channel.Connected(opened); ok {
			all[name] = connected
		}
	}
	return all
}

// Retries counts the further tries of calls since the start; WithRetries allows them.
func (c *Client) Retries() uint64 { return c.retried.Load() }

// InprocState is what bounds calls in process; ok is false where this build has no such channel.
func (c *Client) InprocState() (state channel.LimiterState, ok bool) {
	limited, ok := c.channels[wire.ChannelCgo].(interface{ State() channel.LimiterState })
	if !ok {
		return channel.LimiterState{}, false
	}
	return limited.State(), true
}
