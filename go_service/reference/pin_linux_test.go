package reference_test

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"
)

func pin(t *testing.T, tid, cpu int) {
	var set unix.CPUSet
	set.Set(cpu)
	if err := unix.SchedSetaffinity(tid, &set); err != nil && !errors.Is(err, unix.ESRCH) {
		t.Fatalf("pin thread %d to CPU %d: %v", tid, cpu, err)
	}
}
