//go:build plant

package load

import "github.com/sidecar-ipc/gateway/go_service/internal/plant"

var lagDelay = plant.Asked.Delay("lag")

// plantLag waits between a call's intended start and the call.
func plantLag() { plant.Wait(lagDelay) }
