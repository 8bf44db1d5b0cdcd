package service

import (
	"log/slog"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// memoryShare of a container's memory limit is Go's: the in-process library allocates beside it, most of all the
// vocabulary of tokenize.
const memoryShare = 0.8

// keepToMemoryLimit tells Go's collector of the limit of a cgroup, v1 or v2, as the runtime by itself does for CPUs.
// GOMEMLIMIT weighs more when it is set; without a limit nothing changes.
func keepToMemoryLimit() {
	limit, err := memlimit.Set(memlimit.WithRatio(memoryShare))
	if err != nil {
		slog.Debug("no memory limit is kept to", "because", err)
		return
	}
	slog.Debug("the collector keeps to a memory limit", "bytes", limit)
}
