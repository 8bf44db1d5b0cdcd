//go:build !linux

package clock

// systemNs starts the clock at zero: no stamp of another process is compared here.
func systemNs() uint64 { return 0 }
