//go:build !linux

package process

import (
	"net"
	"os"
)

// peerUID trusts the folder's mode where the system has no SO_PEERCRED.
func peerUID(*net.UnixConn) (int, error) { return os.Geteuid(), nil }
