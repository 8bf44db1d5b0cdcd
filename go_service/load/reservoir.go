package load

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"
)

// reservoir keeps a uniform sample of fixed size out of calls that many goroutines make: every call draws a random
// key and the calls with the smallest keys stay. One threshold serves all goroutines, so that there is nothing to
// merge and a call that is not kept costs one load. (Bottom-k sampling; E. Cohen, H. Kaplan, "Summarizing data using
// bottom-k sketches", PODC 2007; the same as A-Res of Efraimidis and Spirakis, IPL 97(5), 2006, with equal weights.)
type reservoir struct {
	threshold atomic.Uint64 // a call stays when its key is below

	mu      sync.Mutex
	largest []slot // heap, the largest key first, once it is full
	records []Record
}

// slot says whose key a record has.
type slot struct {
	key    uint64
	record int32
}

func newReservoir(size int) *reservoir {
	r := &reservoir{largest: make([]slot, 0, size), records: make([]Record, 0, size)}
	if size > 0 {
		r.threshold.Store(math.MaxUint64)
	}
	return r
}

// wants says whether a call with this key would stay.
func (r *reservoir) wants(key uint64) bool { return key < r.threshold.Load() }

// keep copies the record when its key still is small enough.
func (r *reservoir) keep(key uint64, record *Record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.wants(key) {
		return
	}
	if len(r.records) < cap(r.records) {
		r.fill(key, record)
		return
	}
	top := r.largest[0].record
	r.records[top] = *record
	r.largest[0].key = key
	r.siftDown(0)
	r.threshold.Store(r.largest[0].key)
}

func (r *reservoir) fill(key uint64, record *Record) {
	r.largest = append(r.largest, slot{key: key, record: int32(len(r.records))})
	r.records = append(r.records, *record)
	if len(r.records) < cap(r.records) {
		return
	}
	for parent := len(r.largest)/2 - 1; parent >= 0; parent-- {
		r.siftDown(parent)
	}
	r.threshold.Store(r.largest[0].key)
}

func (r *reservoir) siftDown(parent int) {
	for {
		child := 2*parent + 1
		if child >= len(r.largest) {
			return
		}
		if right := child + 1; right < len(r.largest) && r.largest[right].key > r.largest[child].key {
			child = right
		}
		if r.largest[parent].key >= r.largest[child].key {
			return
		}
		r.largest[parent], r.largest[child] = r.largest[child], r.largest[parent]
		parent = child
	}
}

// sample gives what was kept in the order of the intended starts.
func (r *reservoir) sample() []Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	slices.SortFunc(r.records, func(a, b Record) int {
		switch {
		case a.StampsNs[0] < b.StampsNs[0]:
			return -1
		case a.StampsNs[0] > b.StampsNs[0]:
			return 1
		default:
			return 0
		}
	})
	return r.records
}
