package channel

import (
	"slices"

	"google.golang.org/grpc"
	"google.golang.org/grpc/connectivity"
)

// Connected says whether a channel has a connection by which a call could leave just now; ok is false where a channel has
// none by its nature. It asks no worker and dials none: a connection is made by the first call that needs it.
func Connected(c Channel) (connected, ok bool) {
	remote, ok := c.(interface{ connected() bool })
	return ok && remote.connected(), ok
}

func (f *frames) connected() bool {
	return slices.ContainsFunc(f.lines, func(l *line) bool {
		now := l.current.Load()
		return now != nil && now.usable() == nil
	})
}

func (g *grpcChannel) connected() bool {
	return slices.ContainsFunc(g.connections, func(c *grpc.ClientConn) bool { return c.GetState() == connectivity.Ready })
}
