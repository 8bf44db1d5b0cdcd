//go:build !plant

package load

// plantLag waits only in test builds.
func plantLag() {}
