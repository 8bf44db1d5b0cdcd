package service

import (
	"time"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

const defaultHTTP = "127.0.0.1:8080"

// Bounds of the HTTP server. A body of the message limit over a slow line has the time to come.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 30 * time.Second
	writeTimeout      = 60 * time.Second
	idleTimeout       = 120 * time.Second
	maxHeaderBytes    = 32 << 10
)

// Defaults are the settings of a service that nobody configured: every kernel in Go, without a deadline.
func Defaults() Settings {
	return Settings{HTTP: defaultHTTP, MaxRequestBytes: wire.MaxMessageBytes, AccessLog: true, Kernels: map[string]KernelSettings{}}
}
