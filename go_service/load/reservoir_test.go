package load

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

func recordOf(n int) *Record {
	return &Record{StampsNs: [wire.StampCount]uint64{uint64(n)}, Request: uint32(n)}
}

func TestEveryCallHasTheSameChanceToStayInTheReservoir(t *testing.T) {
	const calls, size, rounds = 100, 10, 20_000
	kept := make([]float64, calls)
	keys := rand.New(rand.NewPCG(1, 2))
	for range rounds {
		r := newReservoir(size)
		for n := range calls {
			if key := keys.Uint64(); r.wants(key) {
				r.keep(key, recordOf(n))
			}
		}
		for _, record := range r.sample() {
			kept[record.Request]++
		}
	}
	expected := float64(size*rounds) / calls
	// Pearson's statistic over 99 degrees of freedom; the counts of a sample without replacement vary by 1-size/calls less.
	chi2 := 0.0
	for _, count := range kept {
		chi2 += (count - expected) * (count - expected) / expected
	}
	chi2 /= 1 - float64(size)/calls
	if limit := 148.2; chi2 > limit { // 99.9 % of the distribution
		t.Errorf("chi-square %.1f over %.1f: some calls stay more often than others", chi2, limit)
	}
}

func TestTheReservoirKeepsAllCallsWhileThereIsRoomAndItsSizeAfterwards(t *testing.T) {
	for _, test := range []struct{ size, calls, want int }{{0, 5, 0}, {10, 0, 0}, {10, 9, 9}, {10, 10, 10}, {10, 1000, 10}, {1, 50, 1}} {
		r := newReservoir(test.size)
		keys := rand.New(rand.NewPCG(3, 4))
		for n := range test.calls {
			if key := keys.Uint64(); r.wants(key) {
				r.keep(key, recordOf(n))
			}
		}
		if got := len(r.sample()); got != test.want {
			t.Errorf("size %d, %d calls: kept %d, want %d", test.size, test.calls, got, test.want)
		}
	}
}

func TestTheReservoirKeepsExactlyTheCallsWithTheSmallestKeys(t *testing.T) {
	const size, calls = 50, 5000
	r := newReservoir(size)
	order := rand.New(rand.NewPCG(5, 6)).Perm(calls)
	for _, key := range order {
		if r.wants(uint64(key)) {
			r.keep(uint64(key), recordOf(key))
		}
	}
	for n, record := range r.sample() {
		if int(record.Request) != n {
			t.Fatalf("place %d holds the call with key %d", n, record.Request)
		}
	}
}

func TestManyGoroutinesFillOneReservoirWithoutLosingOrDoublingACall(t *testing.T) {
	const size, callers, each = 200, 8, 5000
	r := newReservoir(size)
	var group sync.WaitGroup
	for caller := range callers {
		group.Go(func() {
			keys := rand.New(rand.NewPCG(7, uint64(caller)))
			for n := range each {
				if key := keys.Uint64(); r.wants(key) {
					r.keep(key, recordOf(caller*each+n))
				}
			}
		})
	}
	group.Wait()
	seen := map[uint32]bool{}
	for _, record := range r.sample() {
		seen[record.Request] = true
	}
	if len(seen) != size {
		t.Errorf("%d different calls kept, want %d", len(seen), size)
	}
}

func TestTheSameSeedKeepsTheSameCalls(t *testing.T) {
	run := func() []Record {
		r := newReservoir(20)
		keys := rand.New(rand.NewPCG(9, 9))
		for n := range 1000 {
			if key := keys.Uint64(); r.wants(key) {
				r.keep(key, recordOf(n))
			}
		}
		return r.sample()
	}
	first, second := run(), run()
	for n := range first {
		if first[n] != second[n] {
			t.Fatalf("place %d: %v and %v", n, first[n], second[n])
		}
	}
}

func TestKeepingARecordAllocatesNothing(t *testing.T) {
	r := newReservoir(1000)
	keys := rand.New(rand.NewPCG(1, 1))
	record := recordOf(1)
	if allocations := testing.AllocsPerRun(5000, func() {
		if key := keys.Uint64(); r.wants(key) {
			r.keep(key, record)
		}
	}); allocations != 0 {
		t.Errorf("%v allocations a call", allocations)
	}
}
