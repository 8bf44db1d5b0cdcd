// Package cgo carries calls into the Rust library inside this process; protos/ABI.md. Import it for its side effect:
//
//	import _ "github.com/sidecar-ipc/gateway/go_service/channel/cgo"
//
// and build with -tags sidecar_cgo and CGO_LDFLAGS=-L with the folder of libsidecar_inproc.a. Without the tag the package
// is empty and the channel says why it is not there.
package cgo
