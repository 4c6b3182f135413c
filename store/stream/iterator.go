package stream

import "synap/store/arena"

// Iterator visits the entries of a range of IDs in either direction. Entries must be neither added nor deleted meanwhile;
// groups may change.
type Iterator struct {
	ID    ID  // of the entry that Next found
	Pairs int // its fields and values

	s       *Stream
	lo, hi  ID
	back    bool
	started bool
	master  ID
	b       block
	at      int // forward: where the next entry begins; backward: where the one before ends
	first   int // where the entries of the block begin
	field   int // where the next field begins; 0: fields and values take turns
	value   int // where the next value begins
}

// Range prepares to visit the entries from lo to hi, both included, or with back set from hi to lo.
func (s *Stream) Range(lo, hi ID, back bool) Iterator {
	return Iterator{s: s, lo: lo, hi: hi, back: back}
}

// Next goes to the next entry and reports whether there is one.
func (i *Iterator) Next() bool {
	for {
		for i.more() {
			at := i.at
			if i.back {
				at = i.b.before(at)
			}
			e := i.b.entryAt(at, i.master)
			if i.at = e.end; i.back {
				i.at = e.at
			}
			switch {
			case e.dead:
			case !e.id.Less(i.lo) && !i.hi.Less(e.id):
				i.show(e)
				return true
			case i.back && e.id.Less(i.lo), !i.back && i.hi.Less(e.id):
				i.stop()
				return false
			}
		}
		if !i.nextBlock() {
			return false
		}
	}
}

// stop leaves nothing to visit.
func (i *Iterator) stop() {
	i.b, i.at, i.first = nil, 0, 0
	i.lo, i.hi, i.started = MaxID, MinID, true
}

// more reports whether the block has entries left.
func (i *Iterator) more() bool {
	if i.back {
		return i.at > i.first
	}
	return i.at < len(i.b)
}

func (i *Iterator) show(e entry) {
	i.ID, i.Pairs, i.value, i.field = e.id, e.pairs, e.body, 0
	if e.same {
		_, i.field = i.b.masterFields()
	}
}

// nextBlock goes to the block to begin with or the one after the present one.
func (i *Iterator) nextBlock() bool {
	var h arena.Handle
	switch {
	case !i.started && i.back:
		i.master, h = i.s.blockUpTo(i.hi)
	case !i.started:
		if i.master, h = i.s.blockUpTo(i.lo); h == 0 {
			i.master, h = i.s.blockFrom(i.lo)
		}
	case i.hi.Less(i.lo):
	case i.back:
		if id, ok := i.master.Prev(); ok {
			i.master, h = i.s.blockUpTo(id)
		}
	default:
		if id, ok := i.master.Next(); ok {
			i.master, h = i.s.blockFrom(id)
		}
	}
	i.started = true
	if h == 0 {
		i.stop()
		return false
	}
	i.b = i.s.load(h)
	i.first = i.b.firstEntry()
	if i.at = i.first; i.back {
		i.at = len(i.b)
	}
	return true
}

// Pair returns the next field and value of the entry; there are Pairs of them. The bytes are in the arena.
func (i *Iterator) Pair() (field, value Text) {
	if i.field != 0 {
		field, i.field = element(i.b, i.field)
	} else {
		field, i.value = element(i.b, i.value)
	}
	value, i.value = element(i.b, i.value)
	return field, value
}
