package channel

import (
	"encoding/hex"
	"os"
	"strings"
	"sync"
)

// clockDomain is the boot id, 16 bytes: two processes that have the same one share CLOCK_MONOTONIC. Empty where the
// system does not tell.
var clockDomain = sync.OnceValue(func() []byte {
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return nil
	}
	domain, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(string(text)), "-", ""))
	if err != nil || len(domain) != 16 {
		return nil
	}
	return domain
})
