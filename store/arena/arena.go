package arena

import (
	"math"
	"math/bits"
	"unsafe"
)

const (
	offsetBits = 13 // log2(unitSize / 8)
	offsetMask = 1<<offsetBits - 1
	handleBits = 36
	maxPages   = 1 << (handleBits - offsetBits)
	noBlock    = 1<<16 - 1
)

// Handle names a block of an arena. It fits in 36 bits; 0 names no block.
type Handle uint64

// Arena is a heap of blocks outside the Go heap. It is not safe for concurrent
// use, except that Ptr, Bytes and Size may run together. An arena dropped
// without Reset leaks its memory.
type Arena struct {
	bases    []unsafe.Pointer // by page number; nil if unused
	spans    []span           // by page number
	used     int64
	sum      *int64 // used of this arena and those that count with it
	resident int64
	pool     *Pool
	vacant   int       // class whose current span may be empty, 0 for none
	unused   [2]uint32 // free page numbers: singles, and firsts of four
	color    uint32    // of the next shared unit
	shared   []shared  // units that small spans are cut from
	sharing  *sharing
	serial   uint32 // among the arenas of the pool
	check    checker
	own      int64 // the sum of an arena that counts alone
	classes  [classes]class
}

// class is the state of a size class.
type class struct {
	current uint32    // span being filled, on no list; 0 none
	units   uint16    // block size in units of 8 bytes
	parts   uint16    // of its small spans
	room    int       // free blocks in all spans of the class
	partial int       // spans that have some
	lists   [4]uint32 // spans with room by quarter of use, most used last
}

// span describes a page: the first of a span of blocks, a later one of it
// (only head matters then), a large block, or none (next links free numbers).
type span struct {
	region     *region // nil: a mapping of its own
	next, prev uint32  // neighbours in a list of the class
	head       uint32  // first page of the span
	bytes      uint32  // large block: its size; small span: its shared unit's page
	touched    uint32  // bytes from the start counted as resident
	live       uint16  // blocks in use
	capacity   uint16  // blocks
	free       uint16  // first free block, noBlock if none; offsets in units of 8 bytes
	bump       uint16  // start of the part never used
	class      uint8
	unit       uint8 // place in the region; small span: first part
	units      uint8 // 0: a small span, or a mapping of its own
	list       int8  // -1: on no list
}

// New returns an empty arena that takes its memory from p.
func New(p *Pool) *Arena { return newArena(p, &manyOwners) }

// NewPrivate is New for the blocks of one owner: fewer of them share what a class keeps for those that come, and so it
// keeps less.
func NewPrivate(p *Pool) *Arena { return newArena(p, &oneOwner) }

func newArena(p *Pool, s *sharing) *Arena {
	a := &Arena{pool: p, serial: p.arenas.Add(1), sharing: s}
	a.sum = &a.own
	a.clear()
	return a
}

func (a *Arena) clear() {
	*a = Arena{pool: a.pool, serial: a.serial, color: a.serial, sum: a.sum, sharing: a.sharing}
	// Page 0 is never used, so that no handle is 0; as a span it is full.
	a.bases = append(a.bases, nil)
	a.spans = append(a.spans, span{free: noBlock, list: -1})
	for c := range a.classes {
		a.classes[c].units = uint16(classSizes[c] / 8)
	}
	a.check.reset()
}

// Alloc returns a block of at least size bytes whose contents are undefined.
// It panics if size is above 1 GiB or the system refuses memory.
func (a *Arena) Alloc(size int) Handle {
	size = max(size, 1)
	if size > spanLimit {
		return a.allocLarge(size)
	}
	k := &a.classes[classOf(size)]
	s := &a.spans[k.current]
	if s.live == s.capacity {
		a.refill(classOf(size))
		s = &a.spans[k.current]
	}
	off := s.free
	if off != noBlock {
		s.free = *(*uint16)(unsafe.Add(a.bases[k.current], int(off)*8))
	} else {
		off = s.bump
		s.bump += k.units
		if end := uint32(s.bump) * 8; end > s.touched {
			a.touch(s, int(end))
		}
	}
	k.room--
	if s.live++; s.live == s.capacity {
		k.partial--
	}
	a.count(int64(k.units) * 8)
	h := Handle(k.current)<<offsetBits + Handle(off)
	if checking {
		a.check.alloc(a, h)
	}
	return h
}

// Free gives a block back.
func (a *Arena) Free(h Handle) {
	if checking {
		a.check.free(a, h)
	}
	n := a.spans[h>>offsetBits].head
	s := &a.spans[n]
	if s.class == largeClass {
		a.freeLarge(n)
		return
	}
	off := uint16(h - Handle(n)<<offsetBits)
	*(*uint16)(unsafe.Add(a.bases[n], int(off)*8)) = s.free
	s.free = off
	k := &a.classes[s.class]
	a.count(-int64(k.units) * 8)
	k.room++
	if s.live == s.capacity {
		k.partial++
	}
	s.live--
	switch {
	case s.live == 0:
		a.emptied(n)
	case n != k.current:
		if list := s.quarter(); list != s.list {
			a.unlist(n)
			a.enlist(n, list)
		}
	}
}

// Ptr returns the address of a block. It is valid until the block is freed.
func (a *Arena) Ptr(h Handle) unsafe.Pointer {
	if checking {
		a.check.access(h)
	}
	return unsafe.Add(a.bases[h>>offsetBits], (h&offsetMask)*8)
}

// Bytes returns the first n bytes of a block. The slice is valid until the
// block is freed.
func (a *Arena) Bytes(h Handle, n int) []byte {
	return unsafe.Slice((*byte)(a.Ptr(h)), n)
}

// Size returns the number of bytes a block has: its request, rounded up.
func (a *Arena) Size(h Handle) int {
	s := &a.spans[a.spans[h>>offsetBits].head]
	if s.class == largeClass {
		return int(s.bytes)
	}
	return int(a.classes[s.class].units) * 8
}

// Used returns the bytes of all live blocks, each at its Size.
func (a *Arena) Used() int64 { return a.used }

// CountIn has the arena count its used bytes in a sum, too, which it may share with others of the same owner: it adds
// what it has to the sum and takes it out of the one before.
func (a *Arena) CountIn(sum *int64) {
	*a.sum -= a.used
	*sum += a.used
	a.sum = sum
}

func (a *Arena) count(bytes int64) {
	a.used += bytes
	*a.sum += bytes
}

// Resident returns the bytes of physical memory the arena holds, in units of
// 4 KiB: blocks in use, blocks freed, and the space between.
func (a *Arena) Resident() int64 { return a.resident }

// Sparse reports whether moving the block would help to empty its span: the
// span is at most half used, or at most seven eighths and less than its
// class's partial spans on average, and its blocks fit in the others.
func (a *Arena) Sparse(h Handle) bool {
	n := a.spans[h>>offsetBits].head
	s := &a.spans[n]
	if s.class == largeClass || s.live == s.capacity {
		return false
	}
	k := &a.classes[s.class]
	live, capacity := int(s.live), int(s.capacity)
	room := capacity - live
	if n == k.current || k.room-room < live {
		return false
	}
	return 2*live <= capacity || 8*live <= 7*capacity && room*k.partial > k.room
}

// Reset frees all blocks and gives their memory back to the system at once.
func (a *Arena) Reset() { a.Drain(math.MaxInt) }

// Drain is Reset in steps, so that the time each takes is bounded: it gives back about limit bytes of physical memory, but
// a large block whole, and reports whether nothing is left. Once begun, an arena is for Drain only until it is done; Used
// is the bytes of the blocks that are left.
func (a *Arena) Drain(limit int) (done bool) {
	var extents []extent
	n := len(a.spans) - 1
	for ; n > 0 && limit > 0; n-- {
		s := &a.spans[n]
		if a.bases[n] == nil || int(s.head) != n {
			continue
		}
		a.count(-s.used())
		switch {
		case s.small(): // its memory goes with its shared unit
		case s.region == nil:
			limit -= int(s.touched)
			a.unmap(uint32(n))
		default:
			limit -= int(s.touched)
			a.resident -= int64(s.touched)
			extents = append(extents, s.extent())
		}
	}
	a.spans, a.bases = a.spans[:n+1], a.bases[:n+1]
	a.pool.release(extents)
	if n == 0 {
		a.clear()
	}
	return n == 0
}

// Trim gives back the empty span the arena keeps for the next allocation, and the physical memory that spans have taken over
// from earlier owners and not used yet.
func (a *Arena) Trim() {
	a.dropVacant()
	for n := 1; n < len(a.spans); n++ {
		if s := &a.spans[n]; a.bases[n] != nil && int(s.head) == n && s.class < largeClass && !s.small() {
			a.trimTail(uint32(n), int(s.bump)*8)
		}
	}
	for i := range a.shared {
		u := &a.shared[i]
		used := bits.Len64(allParts &^ u.free)
		a.trimTail(u.page, int(u.start)+used*partSize)
	}
}

// trimTail makes what is behind the first used bytes of a span's memory not resident.
func (a *Arena) trimTail(n uint32, used int) {
	s := &a.spans[n]
	if used = roundUp(used, osPage); int(s.touched) > used {
		discardMemory(unsafe.Add(a.bases[n], used), int(s.touched)-used)
		a.touch(s, used)
	}
}

// dropVacant gives back the empty span the arena keeps for the next allocation.
func (a *Arena) dropVacant() {
	if n := a.classes[a.vacant].current; n != 0 && a.spans[n].live == 0 {
		a.releaseSpan(n)
	}
	a.vacant = 0
}
