package arena

import "unsafe"

// tailSlack is how much physical memory beyond its end a large block may
// inherit from the reserve; more is worth a system call.
const tailSlack = 16 << 10

// allocLarge returns a block above spanLimit.
func (a *Arena) allocLarge(size int) Handle {
	size = ClassSize(size)
	n := a.number(1)
	s := &a.spans[n]
	*s = span{head: n, bytes: uint32(size), class: largeClass, list: -1}
	if size > pageLimit {
		a.bases[n] = mapMemory(size)
	} else {
		e := a.pool.take((size + unitSize - 1) / unitSize)
		if e.touched > size+tailSlack {
			discardMemory(unsafe.Add(e.base(), size), e.touched-size)
			a.pool.resident.Add(int64(size - e.touched))
			e.touched = size
		}
		s.region, s.unit, s.units, s.touched = e.region, uint8(e.unit), uint8(e.units), uint32(e.touched)
		a.resident += int64(e.touched)
		a.bases[n] = e.base()
	}
	if uint32(size) > s.touched {
		a.touch(s, size)
	}
	a.used += int64(size)
	h := Handle(n) << offsetBits
	if checking {
		a.check.alloc(a, h)
	}
	return h
}

// freeLarge frees the large block of page n.
func (a *Arena) freeLarge(n uint32) {
	s := &a.spans[n]
	a.used -= int64(s.bytes)
	if s.region == nil {
		a.unmap(n)
		return
	}
	e := s.extent()
	a.resident -= int64(e.touched)
	a.recycle(n, 1)
	a.pool.give(e)
}

// unmap gives the mapping of a large block back to the system.
func (a *Arena) unmap(n uint32) {
	s := &a.spans[n]
	unmapMemory(a.bases[n], int(s.bytes))
	a.resident -= int64(s.touched)
	a.pool.resident.Add(-int64(s.touched))
	a.recycle(n, 1)
}
