package arena

import "unsafe"

// A shared unit is cut in parts for the small spans of several classes: a class with few blocks would keep most of a page of
// its own, and with 64 arenas that adds up.
const (
	partSize    = 1 << 10
	unitParts   = unitSize/partSize - 1    // what is left pays for the color
	allParts    = uint64(1)<<unitParts - 1 // bit i: part i
	smallLimit  = partSize / 2             // largest class with small spans
	smallSpans  = 4                        // a class has at most; more blocks get a span of a unit
	sharedClass = classes + 1              // marks a shared unit
	_           = uint(unitSize - unitParts*partSize - (colors-1)*colorBytes)
)

// shared is the state of a shared unit.
type shared struct {
	page  uint32 // its page number; its own span counts what is touched
	start uint32 // of part 0, in bytes
	free  uint64 // parts
}

// partsFor is the number of parts a small span of blocks of the given size takes: room for four blocks, or a few less. No
// more than two, so that between the beginnings of two spans, which are always touched, there is never a whole page that
// is not: a shared unit's touched part is all resident.
func partsFor(size uint32) int {
	if size <= partSize/4 {
		return 1
	}
	return 2
}

// addSmall gives a class another small span.
func (a *Arena) addSmall(c int) (n uint32, capacity int) {
	size := classSizes[c]
	parts := partsFor(size)
	i := a.sharedWith(parts)
	u := &a.shared[i]
	first := firstStretch(u.free, parts)
	u.free &^= (1<<parts - 1) << first
	start := int(u.start) + first*partSize
	n = a.number(1)
	a.bases[n] = unsafe.Add(a.bases[u.page], start)
	capacity = parts * partSize / int(size)
	a.spans[n] = span{head: n, bytes: u.page, unit: uint8(first), free: noBlock, list: -1,
		touched: uint32(max(0, int(a.spans[u.page].touched)-start))}
	a.classes[c].small++
	return n, capacity
}

// sharedWith returns the index of a shared unit with so many free parts side by side.
func (a *Arena) sharedWith(parts int) int {
	for i := range a.shared {
		if longestStretch(a.shared[i].free) >= parts {
			return i
		}
	}
	page := a.addPages(a.pool.take(1))
	a.spans[page].class = sharedClass
	a.shared = append(a.shared, shared{page: page, start: a.color % colors * colorBytes, free: allParts})
	a.color++
	return len(a.shared) - 1
}

// small reports whether the span is made of parts of a shared unit.
func (s *span) small() bool { return s.units == 0 && s.class < largeClass }

// removeSmall gives the parts of a small span back, and its shared unit with the last.
func (a *Arena) removeSmall(n uint32) {
	s := &a.spans[n]
	a.classes[s.class].small--
	page, mask := s.bytes, uint64(1<<partsFor(classSizes[s.class])-1)<<s.unit
	a.recycle(n, 1)
	for i := range a.shared {
		u := &a.shared[i]
		if u.page != page {
			continue
		}
		if u.free |= mask; u.free == allParts {
			last := len(a.shared) - 1
			a.shared[i] = a.shared[last]
			a.shared = a.shared[:last]
			a.removePages(page)
		}
		return
	}
}

// touchSmall counts what a small span's first end bytes make resident of its shared unit.
func (a *Arena) touchSmall(s *span, end int) {
	start := int(uintptr(a.bases[s.head]) - uintptr(a.bases[s.bytes]))
	u := &a.spans[s.bytes]
	if start+end > int(u.touched) {
		a.touch(u, start+end)
	}
	s.touched = u.touched - uint32(start)
}
