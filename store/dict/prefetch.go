package dict

import (
	"unsafe"

	"synap/store/arena"
)

// cacheLine is the unit of memory a processor fetches, in bytes.
const cacheLine = 64

// Prefetch starts fetching the bucket for a hash from memory. A search that follows after some other work finds it in
// the cache. Table and bucket are not changed.
func (t *Table) Prefetch(hash uint64) {
	if t.buckets != 0 {
		prefetch(unsafe.Pointer(t.bucket(t.index(hash))))
	}
}

// PrefetchEntry starts fetching the entry that a search for the hash will return first, if there is one: its first two
// cache lines, which hold small entries whole; or the bucket's overflow, if the entry can only be there. It reads the
// bucket, so it belongs some time after Prefetch.
func (t *Table) PrefetchEntry(a *arena.Arena, hash uint64) {
	p := t.Probe(a, hash)
	if p.state&leftMask == 0 {
		if p.over != nil {
			prefetch(p.over)
		}
		return
	}
	e := a.Ptr(p.Next())
	prefetch(e)
	prefetch(unsafe.Add(e, cacheLine))
}

// PrefetchGroup starts fetching the beginnings of all entries of a group, ahead of visiting it.
func (t *Table) PrefetchGroup(a *arena.Arena, group int) {
	t.EachInGroup(a, group, func(h arena.Handle) { prefetch(a.Ptr(h)) })
}
