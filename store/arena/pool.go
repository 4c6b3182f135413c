package arena

import (
	"cmp"
	"math/bits"
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"
)

const (
	regionUnits   = 64 // one bit each in region.free
	regionSize    = regionUnits * unitSize
	reserveUnits  = 64 // 4 MiB may stay resident though nobody uses it
	vacantRegions = 4  // mappings kept although wholly free (they cost no physical memory)
)

// Pool is a process-wide source of memory for arenas. The zero value is ready.
// It is safe for concurrent use.
type Pool struct {
	resident atomic.Int64
	arenas   atomic.Uint32 // made so far

	mu struct {
		sync.Mutex
		// rooms[n] lists the regions whose longest free stretch is n units.
		rooms    [regionUnits + 1]*region
		occupied [2]uint64 // bit n: rooms[n] is not empty
		vacant   int       // regions wholly free
		reserve  []extent  // oldest first
		reserved int       // units in reserve
		mappings []mapping // of large blocks that were freed, for Unmap
		unused   int       // bytes touched in them
	}
}

// region is one mapping of the pool. All but base is guarded by Pool.mu.
type region struct {
	base       unsafe.Pointer
	free       uint64 // bit i: unit i is free and has no physical memory
	longest    int    // units in the longest stretch of free
	next, prev *region
}

// extent is a stretch of units of a region.
type extent struct {
	region  *region
	unit    int // first
	units   int
	touched int // bytes from the start that may have physical memory
}

func (e extent) base() unsafe.Pointer { return unsafe.Add(e.region.base, e.unit*unitSize) }

func (e extent) mask() uint64 { return (1<<e.units - 1) << e.unit }

// Resident returns the bytes of physical memory behind all arenas of the pool
// and its reserve: blocks ever written and not given back since, in units of
// 4 KiB.
func (p *Pool) Resident() int64 { return p.resident.Load() }

// Trim gives the reserve and all unused mappings back to the system.
func (p *Pool) Trim() {
	p.mu.Lock()
	idle := p.mu.reserve
	p.mu.reserve, p.mu.reserved = nil, 0
	p.mu.Unlock()
	p.release(idle)
	p.mu.Lock()
	defer p.mu.Unlock()
	for r := p.mu.rooms[regionUnits]; r != nil; r = p.mu.rooms[regionUnits] {
		p.dropRegionLocked(r)
	}
}

// take returns an extent of 1 to regionUnits units.
func (p *Pool) take(units int) extent {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := len(p.mu.reserve) - 1; i >= 0; i-- {
		if e := p.mu.reserve[i]; e.units == units {
			p.mu.reserve = slices.Delete(p.mu.reserve, i, i+1)
			p.mu.reserved -= units
			return e
		}
	}
	r := p.fittingLocked(units)
	if r == nil {
		r = &region{base: mapMemory(regionSize)}
		p.setFreeLocked(r, ^uint64(0))
	}
	e := extent{region: r, unit: firstStretch(r.free, units), units: units}
	p.setFreeLocked(r, r.free&^e.mask())
	return e
}

// give takes an extent back. It may stay in the reserve; then an older one
// that has to leave it loses its physical memory here.
func (p *Pool) give(e extent) {
	var evicted [regionUnits]extent
	n := 0
	p.mu.Lock()
	p.mu.reserve = append(p.mu.reserve, e)
	p.mu.reserved += e.units
	for p.mu.reserved > reserveUnits {
		evicted[n] = p.mu.reserve[0]
		p.mu.reserved -= evicted[n].units
		p.mu.reserve = slices.Delete(p.mu.reserve, 0, 1)
		n++
	}
	p.mu.Unlock()
	if n > 0 {
		p.release(evicted[:n])
	}
}

// release drops the physical memory of extents and makes them free. It sorts
// its argument, so that neighbours need one system call.
func (p *Pool) release(extents []extent) {
	slices.SortFunc(extents, func(a, b extent) int {
		return cmp.Compare(uintptr(a.base()), uintptr(b.base()))
	})
	var start, end unsafe.Pointer
	touched := 0
	for _, e := range extents {
		touched += e.touched
		if e.touched == 0 {
			continue
		}
		if base := e.base(); base != end {
			discard(start, end)
			start = base
		}
		end = unsafe.Add(e.base(), e.units*unitSize)
	}
	discard(start, end)
	p.resident.Add(int64(-touched))

	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range extents {
		p.setFreeLocked(e.region, e.region.free|e.mask())
	}
	for p.mu.vacant > vacantRegions {
		p.dropRegionLocked(p.mu.rooms[regionUnits])
	}
}

func discard(start, end unsafe.Pointer) {
	if start != end {
		discardMemory(start, int(uintptr(end)-uintptr(start)))
	}
}

// fittingLocked returns the region with the shortest sufficient free stretch:
// the crowded ones fill up, the others drain.
func (p *Pool) fittingLocked(units int) *region {
	if rest := p.mu.occupied[0] >> units << units; rest != 0 {
		return p.mu.rooms[bits.TrailingZeros64(rest)]
	}
	return p.mu.rooms[regionUnits]
}

// setFreeLocked changes a region's free units and moves it to the list where
// it now belongs.
func (p *Pool) setFreeLocked(r *region, free uint64) {
	p.unlinkLocked(r)
	r.free, r.longest = free, longestStretch(free)
	r.next, r.prev = p.mu.rooms[r.longest], nil
	if r.next != nil {
		r.next.prev = r
	}
	p.mu.rooms[r.longest] = r
	p.mu.occupied[r.longest/64] |= 1 << (r.longest % 64)
	if r.longest == regionUnits {
		p.mu.vacant++
	}
}

func (p *Pool) unlinkLocked(r *region) {
	switch {
	case r.prev != nil:
		r.prev.next = r.next
	case p.mu.rooms[r.longest] == r:
		p.mu.rooms[r.longest] = r.next
		if r.next == nil {
			p.mu.occupied[r.longest/64] &^= 1 << (r.longest % 64)
		}
	default:
		return // a new region, on no list
	}
	if r.next != nil {
		r.next.prev = r.prev
	}
	r.next, r.prev = nil, nil
	if r.longest == regionUnits {
		p.mu.vacant--
	}
}

func (p *Pool) dropRegionLocked(r *region) {
	p.unlinkLocked(r)
	unmapMemory(r.base, regionSize)
}

// longestStretch returns the length of the longest run of ones.
func longestStretch(free uint64) int {
	if free == ^uint64(0) {
		return 64
	}
	n := 0
	for ; free != 0; n++ {
		free &= free << 1
	}
	return n
}

// firstStretch returns where the first run of n ones starts; there is one.
func firstStretch(free uint64, n int) int {
	for i := 1; i < n; i++ {
		free &= free >> 1 // bit k: the run from k has more than i ones
	}
	return bits.TrailingZeros64(free)
}
