//go:build plant

package load

import (
	"os"
	"strconv"
	"strings"
	"time"
)

var lagDelay = plantedLag(os.Getenv("SIDECAR_PLANT"))

// plantLag waits between a call's intended start and the call when SIDECAR_PLANT asks for delay:lag:NS
// (protos/HANDSHAKE.md).
func plantLag() {
	if lagDelay > 0 {
		time.Sleep(lagDelay)
	}
}

func plantedLag(plants string) time.Duration {
	for plant := range strings.SplitSeq(plants, ",") {
		if text, ok := strings.CutPrefix(plant, "delay:lag:"); ok {
			if ns, err := strconv.ParseInt(text, 10, 64); err == nil {
				return time.Duration(ns)
			}
		}
	}
	return 0
}
