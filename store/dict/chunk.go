package dict

import (
	"math/bits"
	"unsafe"

	"synap/store/arena"
)

const (
	chunkBuckets   = 64
	chunkStep      = 8 // buckets by which the last chunk grows
	segmentChunks  = 64
	segmentBuckets = segmentChunks * chunkBuckets

	groupBuckets  = 8
	chunkGroups   = chunkBuckets / groupBuckets
	segmentGroups = segmentBuckets / groupBuckets

	segmentBytes = int(unsafe.Sizeof(segment{}))
	// Per chunk a segment's block has: its address, its handle, its bounds.
	// They are three arrays, so that addresses are dense in the cache.
	chunkEntryBytes = 8 + 8 + 4*chunkGroups
)

// segment is an element of the top array.
type segment struct {
	base     address // of the block that describes the chunks
	handle   arena.Handle
	bound    uint32 // lower bound of all expiry bounds of the segment
	capacity uint32 // chunks the block has room for
}

// bucket returns bucket b, which must exist.
func (t *Table) bucket(b uint32) *bucket {
	s := (*segment)(unsafe.Add(load(&t.top), uintptr(b/segmentBuckets)*unsafe.Sizeof(segment{})))
	chunk := (*address)(unsafe.Add(load(&s.base), b/chunkBuckets%segmentChunks*8))
	return (*bucket)(unsafe.Add(load(chunk), b%chunkBuckets*bucketBytes))
}

func (t *Table) segment(i uint32) *segment {
	return (*segment)(unsafe.Add(load(&t.top), int(i)*segmentBytes))
}

// segments returns the number of segments in use.
func (t *Table) segments() uint32 { return (t.buckets + segmentBuckets - 1) / segmentBuckets }

// chunks returns the number of chunks in use.
func (t *Table) chunks() uint32 { return (t.buckets + chunkBuckets - 1) / chunkBuckets }

// addresses returns the addresses of the segment's chunks.
func (s *segment) addresses() []address {
	return unsafe.Slice((*address)(load(&s.base)), s.capacity)
}

// blocks returns the handles of the segment's chunks.
func (s *segment) blocks() []arena.Handle {
	return unsafe.Slice((*arena.Handle)(unsafe.Add(load(&s.base), s.capacity*8)), s.capacity)
}

func (s *segment) block(chunk uint32) arena.Handle { return s.blocks()[chunk] }

// bounds returns the expiry bounds of the segment's groups.
func (s *segment) bounds() []uint32 {
	return unsafe.Slice((*uint32)(unsafe.Add(load(&s.base), s.capacity*16)), s.capacity*chunkGroups)
}

func (s *segment) setChunk(a *arena.Arena, chunk uint32, h arena.Handle) {
	s.addresses()[chunk] = address(a.Ptr(h))
	s.blocks()[chunk] = h
}

func (t *Table) alloc(a *arena.Arena, size int) arena.Handle {
	t.bytes += int64(arena.ClassSize(size))
	return a.Alloc(size)
}

func (t *Table) free(a *arena.Arena, h arena.Handle) {
	t.bytes -= int64(a.Size(h))
	a.Free(h)
}

// realloc returns a block of another size with the first n bytes of h, which
// it frees (h may be 0).
func (t *Table) realloc(a *arena.Arena, h arena.Handle, n, size int) arena.Handle {
	moved := t.alloc(a, size)
	if h != 0 {
		copy(a.Bytes(moved, n), a.Bytes(h, n))
		t.free(a, h)
	}
	return moved
}

// addBucket adds an empty bucket at the end. Entries are not redistributed.
func (t *Table) addBucket(a *arena.Arena) {
	b := t.buckets
	if b%segmentBuckets == 0 {
		t.addSegment(a)
	}
	s := t.segment(b / segmentBuckets)
	chunk := b / chunkBuckets % segmentChunks
	switch room := b % chunkBuckets; {
	case room == 0:
		if chunk == s.capacity {
			t.resizeSegment(a, s, 2*s.capacity)
		}
		size := chunkStep * bucketBytes
		if b == 0 {
			size = bucketBytes
		}
		s.setChunk(a, chunk, t.alloc(a, size))
	case int(room)*bucketBytes == a.Size(s.block(chunk)):
		grown := min(2*room, room/chunkStep*chunkStep+chunkStep)
		h := t.realloc(a, s.block(chunk), int(room)*bucketBytes, int(grown)*bucketBytes)
		s.setChunk(a, chunk, h)
	}
	if b%groupBuckets == 0 {
		s.bounds()[b/groupBuckets%segmentGroups] = NoExpiry
	}
	t.buckets++
	t.mask = 1<<bits.Len32(t.buckets) - 1
	*t.bucket(b) = bucket{}
}

// removeBucket drops the last bucket, of several, whatever is in it.
func (t *Table) removeBucket(a *arena.Arena) {
	t.buckets--
	t.mask = 1<<bits.Len32(t.buckets) - 1
	b := t.buckets
	s := t.segment(b / segmentBuckets)
	chunk := b / chunkBuckets % segmentChunks
	h := s.block(chunk)
	switch room := b % chunkBuckets; {
	case room == 0:
		t.free(a, h)
		if chunk == 0 {
			t.removeSegment(a)
		} else if chunk*4 <= s.capacity {
			t.resizeSegment(a, s, s.capacity/2)
		}
	case room*bucketBytes+2*chunkStep*bucketBytes <= uint32(a.Size(h)),
		room < chunkStep && b < chunkBuckets && 4*room*bucketBytes <= uint32(a.Size(h)):
		// Two steps of slack, or for the smallest tables a factor of four,
		// so that an entry coming and going does not copy each time.
		size := min(2*room, room/chunkStep*chunkStep+chunkStep) * bucketBytes
		s.setChunk(a, chunk, t.realloc(a, h, int(room)*bucketBytes, int(size)))
	}
}

// addSegment adds a segment without chunks at the end.
func (t *Table) addSegment(a *arena.Arena) {
	n := int(t.segments())
	if n == 0 {
		t.resizeTop(a, 0, 1)
	} else if n*segmentBytes == a.Size(t.topBlock) {
		t.resizeTop(a, n, 2*n)
	}
	capacity := segmentChunks
	if n == 0 {
		capacity = 1
	}
	h := t.alloc(a, capacity*chunkEntryBytes)
	*t.segment(uint32(n)) = segment{base: address(a.Ptr(h)), handle: h, bound: NoExpiry, capacity: uint32(capacity)}
}

// removeSegment drops the last segment, of several, when its chunks are gone.
func (t *Table) removeSegment(a *arena.Arena) {
	n := t.segments()
	t.free(a, t.segment(n).handle)
	if int(n)*4*segmentBytes <= a.Size(t.topBlock) {
		t.resizeTop(a, int(n), 2*int(n))
	}
}

func (t *Table) resizeTop(a *arena.Arena, used, capacity int) {
	t.topBlock = t.realloc(a, t.topBlock, used*segmentBytes, capacity*segmentBytes)
	t.top = address(a.Ptr(t.topBlock))
}

// resizeSegment changes the number of chunks a segment has room for.
func (t *Table) resizeSegment(a *arena.Arena, s *segment, capacity uint32) {
	h := t.alloc(a, int(capacity)*chunkEntryBytes)
	resized := segment{base: address(a.Ptr(h)), handle: h, bound: s.bound, capacity: capacity}
	copy(resized.addresses(), s.addresses())
	copy(resized.blocks(), s.blocks())
	copy(resized.bounds(), s.bounds())
	t.free(a, s.handle)
	*s = resized
}
