package service

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// cataloguePattern is the path of the list of kernels.
const cataloguePattern = "/v1/kernels"

// Offered is a kernel as the catalogue lists it.
type Offered struct {
	Kernel  string `json:"kernel"`
	Version string `json:"version"`
	Route   string `json:"route"` // of now; a policy may send some calls elsewhere
}

// catalogue answers which kernels the service offers and where each is computed. It is light and needs no kernel: what
// it takes while they are busy is what their load does to every other endpoint (gateway bench --journey).
func (h *handlers) catalogue(w http.ResponseWriter, _ *http.Request) {
	offered := make([]Offered, 0, len(h.ready.kernels))
	for _, name := range h.ready.kernels {
		spec := h.shapes[name].kernel.Description()
		offered = append(offered, Offered{name, versionText(spec.Version), h.client.Route(name).String()})
	}
	body, err := json.Marshal(map[string]any{"kernels": offered})
	if err != nil { // texts always encode
		problemOf(wire.Fail(wire.ReasonInternalError, "")).write(w)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}

// versionText writes a version as major.minor.
func versionText(version uint32) string {
	return fmt.Sprintf("%d.%d", version>>16, version&0xffff)
}
