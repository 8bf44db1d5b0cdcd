//go:build sidecar_cgo

package load

import _ "github.com/sidecar-ipc/gateway/go_service/channel/cgo" // so that the tests call in process too
