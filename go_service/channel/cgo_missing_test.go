//go:build !sidecar_cgo || !cgo

package channel_test

// cgoLinked says that this build has the Rust library.
const cgoLinked = false
