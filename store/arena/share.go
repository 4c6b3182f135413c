package arena

import "unsafe"

// A shared unit is cut in parts for the small spans of several classes: a class with few blocks would keep most of a page of
// its own, and with 64 arenas that adds up.
const (
	partSize    = 512
	unitParts   = 63                       // what is left of the unit pays for the color, or is never touched
	allParts    = uint64(1)<<unitParts - 1 // bit i: part i
	mostParts   = 4                        // of a small span
	sharedClass = classes + 1              // marks a shared unit
	_           = uint(unitSize - unitParts*partSize - (colors-1)*colorBytes)
)

// sharing says which classes of an arena have small spans.
type sharing struct {
	limit int    // the largest class, in bytes
	parts uint16 // a class above partSize that has as many parts gets spans of a unit; another does with mostParts
}

// In an arena with one owner, what a class has left over serves nobody. The nodes of a sorted set's index all grow at about the
// same time, from class to class: if each left most of a unit behind, the index of ten thousand members would take three
// times its size. So there they have parts, which then serve the next class.
var (
	manyOwners = sharing{limit: partSize}
	oneOwner   = sharing{limit: mostParts * partSize, parts: 512}
)

// shared is the state of a shared unit.
type shared struct {
	page  uint32 // its page number; its own span counts what is touched
	start uint32 // of part 0, in bytes
	free  uint64 // parts
}

// nextParts is the number of parts of a class's next small span, 0 if it should have a span of a unit. The first has room for
// four blocks, if that is not too much, the others double.
//
// No more than mostParts, so that between the beginnings of two spans, which are always touched, there is never a whole page
// that is not: a shared unit is resident up to the last byte touched.
func (a *Arena) nextParts(k *class) int {
	switch size := int(k.units) * 8; {
	case size > a.sharing.limit || k.parts >= max(mostParts, a.sharing.parts):
		return 0
	case size > partSize:
		return fewestLost(size)
	case k.parts >= mostParts:
		return 0
	case k.parts > 1 || size > partSize/2:
		return mostParts
	case k.parts == 1 || size > partSize/4:
		return 2
	}
	return 1
}

// fewestLost is the number of parts in which the least is lost to blocks of a size above partSize: less than a part.
func fewestLost(size int) (parts int) {
	lost := partSize
	for n := mostParts; n*partSize >= size; n-- {
		if l := n * partSize % size; l < lost {
			parts, lost = n, l
		}
	}
	return parts
}

// addSmall gives a class another small span.
func (a *Arena) addSmall(c, parts int) (n uint32, capacity int) {
	i := a.sharedWith(parts)
	u := &a.shared[i]
	first := firstStretch(u.free, parts)
	u.free &^= (1<<parts - 1) << first
	n = a.number(1)
	a.bases[n] = unsafe.Add(a.bases[u.page], int(u.start)+first*partSize)
	capacity = parts * partSize / int(classSizes[c])
	a.spans[n] = span{head: n, bytes: u.page, unit: uint8(first), class: uint8(c), capacity: uint16(capacity),
		free: noBlock, list: -1}
	a.spans[n].touched = a.touchedOf(&a.spans[n])
	a.classes[c].parts += uint16(parts)
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

// parts is the number of parts of a small span: less than a block is lost in them.
func (s *span) parts() int {
	return roundUp(int(s.capacity)*int(classSizes[s.class]), partSize) / partSize
}

// removeSmall gives the parts of a small span back, and its shared unit with the last.
func (a *Arena) removeSmall(n uint32) {
	s := &a.spans[n]
	parts := s.parts()
	a.classes[s.class].parts -= uint16(parts)
	page, mask := s.bytes, uint64(1<<parts-1)<<s.unit
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
	end += a.startOf(s)
	if u := &a.spans[s.bytes]; end > int(u.touched) {
		a.touch(u, end)
	}
	s.touched = a.touchedOf(s)
}

// touchedOf is how much of a small span is resident, in bytes.
func (a *Arena) touchedOf(s *span) uint32 {
	return uint32(min(max(0, int(a.spans[s.bytes].touched)-a.startOf(s)), s.parts()*partSize))
}

// startOf is where in its shared unit a small span begins.
func (a *Arena) startOf(s *span) int {
	return int(uintptr(a.bases[s.head]) - uintptr(a.bases[s.bytes]))
}
