//go:build !linux

package channel

import "net"

// checkPeerUID leaves the check to the private directory that holds the socket.
func checkPeerUID(*net.UnixConn, string) error { return nil }
