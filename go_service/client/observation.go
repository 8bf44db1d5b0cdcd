package client

import "github.com/sidecar-ipc/gateway/go_service/wire"

// Observation is what one call tells of itself. Give it to WithObservation, or to WithStamps for the clocks too; read it
// when the call returned. After retries it tells of the last attempt.
type Observation struct {
	// Stamps are t1 to t10 as far as the route has them; t0 is the caller's. Native routes have t1, t6, t7 and t10.
	Stamps wire.Stamps
	// StartNs and EndNs are the end to end clock pair, read apart from the stamps.
	StartNs, EndNs uint64
	// RequestBytes and ReplyBytes count the payloads as encoded; 0 on native routes.
	RequestBytes, ReplyBytes int
	// KernelVersion is the answering kernel's, major in the high 16 bits; 0 on native routes.
	KernelVersion uint32
	// HopsNs has four stamps for each hop on the way.
	HopsNs []uint64
	// Route is the one that was taken.
	Route wire.Route
	// Trace is the context that was sent; zero where none was.
	Trace wire.TraceContext
	// Attempts counts tries, retries included.
	Attempts int
}

// EndToEndNs is the time of the whole call by its own clock pair.
func (o *Observation) EndToEndNs() int64 { return int64(o.EndNs - o.StartNs) }

// ResidualNs is what no stage explains.
func (o *Observation) ResidualNs() int64 {
	stamps := o.Stamps
	stamps[wire.T0] = 0 // lag lies before the call
	return stamps.ResidualNs(o.EndToEndNs())
}
