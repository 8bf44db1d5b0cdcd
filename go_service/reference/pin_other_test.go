//go:build !linux

package reference_test

import "testing"

func pin(t *testing.T, _, _ int) {
	t.Skip("threads are pinned on Linux only; give -throughput.together")
}
