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
	a.count(int64(size))
	h := Handle(n) << offsetBits
	if checking {
		a.check.alloc(a, h)
	}
	return h
}

// freeLarge frees the large block of page n.
func (a *Arena) freeLarge(n uint32) {
	s := &a.spans[n]
	a.count(-int64(s.bytes))
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
	m := mapping{base: a.bases[n], size: int(s.bytes), touched: int(s.touched)}
	a.resident -= int64(m.touched)
	a.recycle(n, 1)
	a.pool.unmap(m)
}

// mapping is that of a large block which is not in use any more.
type mapping struct {
	base          unsafe.Pointer
	size, touched int
}

// To unmap a gigabyte takes the system a tenth of a second and more. Whoever frees such a block holds a lock, so a mapping of
// more than unmapAtOnce bytes waits for Unmap. Only one of any size does, or several of unmapLater bytes in all: what waits is
// in nobody's account, and whoever appends to a large string frees one each time.
const (
	unmapAtOnce = 4 << 20
	unmapLater  = 64 << 20
)

func (p *Pool) unmap(m mapping) {
	p.mu.Lock()
	wait := m.touched > unmapAtOnce && (p.mu.unused == 0 || p.mu.unused+m.touched <= unmapLater)
	if wait {
		p.mu.mappings = append(p.mu.mappings, m)
		p.mu.unused += m.touched
	}
	p.mu.Unlock()
	if !wait {
		unmapMemory(m.base, m.size)
		p.resident.Add(-int64(m.touched))
	}
}

// Unmap gives up to limit bytes of freed large blocks back to the system, and reports whether there were any. Resident counts
// them until then. It is for background work, without a lock.
func (p *Pool) Unmap(limit int) (found bool) {
	p.mu.Lock()
	last := len(p.mu.mappings) - 1
	if last < 0 {
		p.mu.Unlock()
		return false
	}
	m := p.mu.mappings[last]
	p.mu.mappings = p.mu.mappings[:last]
	p.mu.Unlock()

	left := max(m.touched-limit, 0) &^ (osPage - 1)
	if left > 0 {
		discardMemory(unsafe.Add(m.base, left), m.touched-left)
	} else {
		unmapMemory(m.base, m.size)
	}
	p.resident.Add(int64(left - m.touched))

	p.mu.Lock()
	defer p.mu.Unlock()
	p.mu.unused -= m.touched - left
	if m.touched = left; left > 0 {
		p.mu.mappings = append(p.mu.mappings, m)
	}
	return true
}
