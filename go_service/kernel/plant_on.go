//go:build plant

package kernel

import planted "github.com/sidecar-ipc/gateway/go_service/internal/plant"

var byteInTwin = planted.Asked.Byte("go-twin")

// plant changes an answer of a twin.
func plant(answer []byte) {
	if byteInTwin {
		planted.Change(answer)
	}
}
