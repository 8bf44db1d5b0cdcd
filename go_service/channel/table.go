package channel

// tableSlots is a power of two over what callers usually have in flight.
const tableSlots = 256

// callTable finds the calls in flight by their ids. Ids rise one by one, so that their low bits give a slot of their own
// to each; only a call that outlives the next tableSlots of them makes another take the map.
type callTable struct {
	slots [tableSlots]*pending
	rest  map[uint64]*pending
	size  int
}

func (t *callTable) get(id uint64) *pending {
	if p := t.slots[id%tableSlots]; p != nil && p.id == id {
		return p
	}
	return t.rest[id]
}

func (t *callTable) put(p *pending) {
	t.size++
	if slot := &t.slots[p.id%tableSlots]; *slot == nil {
		*slot = p
		return
	}
	if t.rest == nil {
		t.rest = map[uint64]*pending{}
	}
	t.rest[p.id] = p
}

// remove takes out a call that is in the table.
func (t *callTable) remove(p *pending) {
	t.size--
	if slot := &t.slots[p.id%tableSlots]; *slot == p {
		*slot = nil
		return
	}
	delete(t.rest, p.id)
}

// above gives the calls with higher ids, in no order.
func (t *callTable) above(id uint64) (found []*pending) {
	for _, p := range t.slots {
		if p != nil && p.id > id {
			found = append(found, p)
		}
	}
	for _, p := range t.rest {
		if p.id > id {
			found = append(found, p)
		}
	}
	return found
}
