package channel

import (
	"math/rand/v2"
	"testing"
)

func TestATableFindsEachCallHoweverLongItStays(t *testing.T) {
	var table callTable
	inFlight := map[uint64]*pending{}
	source := rand.New(rand.NewPCG(1, 2))
	for id := uint64(1); id <= 20*tableSlots; id++ {
		p := &pending{id: id}
		table.put(p)
		inFlight[id] = p
		for other, q := range inFlight { // some stay for long, so that their slots are taken
			if source.IntN(4) > 0 {
				table.remove(q)
				delete(inFlight, other)
			}
			if len(inFlight) < tableSlots/2 {
				break
			}
		}
		checkTable(t, &table, inFlight, id)
	}
}

func checkTable(t *testing.T, table *callTable, want map[uint64]*pending, last uint64) {
	t.Helper()
	if table.size != len(want) || len(table.above(0)) != len(want) {
		t.Fatalf("after call %d: size %d, %d calls, want %d", last, table.size, len(table.above(0)), len(want))
	}
	for id, p := range want {
		if table.get(id) != p {
			t.Fatalf("after call %d: call %d is not found", last, id)
		}
	}
	if table.get(last+1) != nil || len(table.above(last)) != 0 {
		t.Fatalf("after call %d: a call is found that was not made", last)
	}
}
