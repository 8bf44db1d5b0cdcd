//go:build sidecar_cgo

package main

import _ "github.com/sidecar-ipc/gateway/go_service/channel/cgo" // the in-process channel, where the build links it
