//go:build plant

package kernel

import (
	"os"
	"slices"
	"strings"
)

var planted = slices.Contains(strings.Split(os.Getenv("SIDECAR_PLANT"), ","), "byte:go-twin")

// plant changes the last byte of an answer when SIDECAR_PLANT asks for byte:go-twin (protos/HANDSHAKE.md).
func plant(answer []byte) {
	if planted && len(answer) > 0 {
		answer[len(answer)-1] ^= 1
	}
}
