package arena

import "unsafe"

// extent returns the units of a span.
func (s *span) extent() extent {
	return extent{region: s.region, unit: int(s.unit), units: int(s.units), touched: int(s.touched)}
}

// used is the bytes of the blocks in use.
func (s *span) used() int64 {
	switch {
	case s.class == largeClass:
		return int64(s.bytes)
	case s.class == sharedClass:
		return 0
	}
	return int64(s.live) * int64(classSizes[s.class])
}

// quarter returns the list for the span's use.
func (s *span) quarter() int8 {
	quarter, live := (uint32(s.capacity)+3)/4, uint32(s.live)
	switch {
	case live >= 3*quarter:
		return 3
	case live >= 2*quarter:
		return 2
	case live >= quarter:
		return 1
	}
	return 0
}

// touch counts the span's first end bytes as resident.
func (a *Arena) touch(s *span, end int) {
	if s.small() {
		a.touchSmall(s, end)
		return
	}
	touched := uint32(roundUp(end, osPage))
	delta := int64(touched) - int64(s.touched)
	s.touched = touched
	a.resident += delta
	a.pool.resident.Add(delta)
}

// refill gives a class whose current span is full another one: the most used
// of those with room, or a new one.
func (a *Arena) refill(c int) {
	k := &a.classes[c]
	for list := len(k.lists) - 1; list >= 0; list-- {
		if n := k.lists[list]; n != 0 {
			a.unlist(n)
			k.current = n
			return
		}
	}
	var n uint32
	var capacity int
	if parts := a.nextParts(k); parts > 0 {
		n, capacity = a.addSmall(c, parts)
	} else {
		n, capacity = a.addSpan(c)
	}
	k.current = n
	k.room += capacity
	k.partial++
}

// addSpan gives a class another span of one unit or more.
func (a *Arena) addSpan(c int) (n uint32, capacity int) {
	units := 1
	if classSizes[c] > singleLimit {
		units = spanUnits
	}
	n = a.addPages(a.pool.take(units))
	s := &a.spans[n]
	s.class = uint8(c)
	capacity = units * unitSize / int(classSizes[c])
	s.capacity = uint16(capacity)
	return n, capacity
}

// emptied deals with a span whose last block was freed.
func (a *Arena) emptied(n uint32) {
	s := &a.spans[n]
	c := int(s.class)
	k := &a.classes[c]
	if n != k.current {
		a.unlist(n)
		a.releaseSpan(n)
		return
	}
	if s.units > 1 || k.room > int(s.capacity) {
		a.releaseSpan(n) // too much to keep, or there is room elsewhere
		return
	}
	if a.vacant != c {
		a.dropVacant()
		a.vacant = c
	}
}

// releaseSpan gives an empty span that is on no list back to the pool.
func (a *Arena) releaseSpan(n uint32) {
	s := &a.spans[n]
	k := &a.classes[s.class]
	k.room -= int(s.capacity)
	k.partial--
	if k.current == n {
		k.current = 0
	}
	if s.small() {
		a.removeSmall(n)
	} else {
		a.removePages(n)
	}
}

func (a *Arena) enlist(n uint32, list int8) {
	s := &a.spans[n]
	head := &a.classes[s.class].lists[list]
	s.list, s.next, s.prev = list, *head, 0
	if s.next != 0 {
		a.spans[s.next].prev = n
	}
	*head = n
}

// unlist takes a span off its list, if it is on one.
func (a *Arena) unlist(n uint32) {
	s := &a.spans[n]
	if s.list < 0 {
		return
	}
	if s.prev != 0 {
		a.spans[s.prev].next = s.next
	} else {
		a.classes[s.class].lists[s.list] = s.next
	}
	if s.next != 0 {
		a.spans[s.next].prev = s.prev
	}
	s.list, s.next, s.prev = -1, 0, 0
}

// addPages gives page numbers to an extent for a span of blocks and returns
// the first.
func (a *Arena) addPages(e extent) uint32 {
	n := a.number(e.units)
	for i := range e.units {
		a.bases[int(n)+i] = extent{region: e.region, unit: e.unit + i}.base()
		a.spans[int(n)+i].head = n
	}
	a.spans[n] = span{
		region: e.region, unit: uint8(e.unit), units: uint8(e.units), touched: uint32(e.touched),
		head: n, free: noBlock, list: -1,
	}
	a.resident += int64(e.touched)
	return n
}

// removePages gives the extent of a span back to the pool.
func (a *Arena) removePages(n uint32) {
	e := a.spans[n].extent()
	a.resident -= int64(e.touched)
	a.recycle(n, e.units)
	a.pool.give(e)
}

// number returns the first of count (1 or spanUnits) unused page numbers.
func (a *Arena) number(count int) uint32 {
	unused := &a.unused[count/spanUnits]
	if n := *unused; n != 0 {
		*unused = a.spans[n].next
		return n
	}
	n := len(a.spans)
	if n+count > maxPages {
		panic("arena: full")
	}
	if n+count > cap(a.spans) {
		a.growTables()
	}
	a.bases, a.spans = a.bases[:n+count], a.spans[:n+count]
	return uint32(n)
}

// growTables makes room for more page numbers: by a quarter, not twice as many, since there are as many tables as arenas.
func (a *Arena) growTables() {
	size := len(a.spans) + max(16, len(a.spans)/4)
	bases, spans := make([]unsafe.Pointer, len(a.bases), size), make([]span, len(a.spans), size)
	copy(bases, a.bases)
	copy(spans, a.spans)
	a.bases, a.spans = bases, spans
}

// recycle makes page numbers unused.
func (a *Arena) recycle(n uint32, count int) {
	for i := range count {
		a.bases[int(n)+i] = nil
	}
	unused := &a.unused[count/spanUnits]
	a.spans[n] = span{next: *unused}
	*unused = n
}
