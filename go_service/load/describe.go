package load

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"

	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/clock"
	benchv1 "github.com/sidecar-ipc/gateway/go_service/gen/bench/v1"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Describe implements the service.
func (d *Driver) Describe(context.Context, *benchv1.DescribeRequest) (*benchv1.DescribeResponse, error) {
	response := &benchv1.DescribeResponse{
		Pid: uint32(os.Getpid()), GoVersion: runtime.Version(), Build: buildSettings(), References: d.references.describe(),
		ClockReadNs: clockReadNs(), InprocInitNs: inprocInitNs(),
	}
	for _, kernel := range client.Kernels() {
		response.Kernels = append(response.Kernels, d.describe(kernel))
		for _, route := range wire.Routes() {
			described := &benchv1.Route{Kernel: kernel.Description().Name, Route: route.String()}
			if err := d.plain.Available(kernel, route); err != nil {
				described.Unavailable = err.Error()
			}
			response.Routes = append(response.Routes, described)
		}
	}
	return response, nil
}

func (d *Driver) describe(kernel client.AnyKernel) *benchv1.Kernel {
	spec := kernel.Description()
	return &benchv1.Kernel{
		Name: spec.Name, Package: spec.Package, Bytes: spec.Method == wire.BytesMethod, Version: spec.Version, Comparer: spec.Comparer,
		Idempotent: spec.Idempotent, FallbackSafe: spec.FallbackSafe, HasOriginal: kernel.HasTwin(wire.Original),
		InprocFirstCallNs: d.firstCalls.of(spec.Name),
	}
}

// buildSettings says how this program was built, as the go command noted it.
func buildSettings() map[string]string {
	settings := map[string]string{}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range info.Settings {
			settings[setting.Key] = setting.Value
		}
	}
	return settings
}

const (
	clockLoops = 101
	clockReads = 1000 // of a loop: some 30 µs
)

// clockReadNs is the price of one clock read in ns: the median over loops, so that those that were interrupted do not
// count. It is measured once.
var clockReadNs = sync.OnceValue(func() float64 {
	loops := make([]float64, clockLoops)
	for n := range loops {
		start := clock.NowNs()
		for range clockReads {
			clock.NowNs()
		}
		loops[n] = float64(clock.NowNs()-start) / (clockReads + 1)
	}
	slices.Sort(loops)
	return loops[clockLoops/2]
})
