//go:build sidecar_cgo && cgo

package channel_test

import "github.com/sidecar-ipc/gateway/go_service/channel/cgo"

// cgoLinked says that this build has the Rust library.
const cgoLinked = true

func init() {
	if err := cgo.EnableFaults(""); err != nil {
		panic(err)
	}
}
