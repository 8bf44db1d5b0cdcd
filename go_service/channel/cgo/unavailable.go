//go:build !sidecar_cgo || !cgo

package cgo

import (
	"github.com/sidecar-ipc/gateway/go_service/channel"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

func init() {
	channel.RegisterUnavailable(wire.ChannelCgo,
		"it was built without the Rust library; build with CGO_ENABLED=1, -tags sidecar_cgo and CGO_LDFLAGS=-L with the folder of libsidecar_inproc.a")
}
