package load

import "testing"

// A record keeps the hop nearest to the caller, which is the last that put its stamps into the receipt.
func TestTheHopNearestToTheCallerIsKept(t *testing.T) {
	for name, c := range map[string]struct {
		hops []uint64
		want hopStamps
	}{
		"no hop":    {nil, hopStamps{}},
		"a cut hop": {[]uint64{1, 2, 3}, hopStamps{}},
		"one hop":   {[]uint64{1, 2, 3, 4}, hopStamps{1, 2, 3, 4}},
		"two hops":  {[]uint64{1, 2, 3, 4, 5, 6, 7, 8}, hopStamps{5, 6, 7, 8}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := nearestHop(c.hops); got != c.want {
				t.Fatalf("nearestHop(%v) = %v, want %v", c.hops, got, c.want)
			}
			columned := columns([]Record{{HopNs: nearestHop(c.hops)}})
			if got := (hopStamps{columned.P0Ns[0], columned.P1Ns[0], columned.P2Ns[0], columned.P3Ns[0]}); got != c.want {
				t.Fatalf("columns give %v, want %v", got, c.want)
			}
		})
	}
}
