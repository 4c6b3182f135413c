package store

import (
	"encoding/binary"
	"unsafe"

	"synap/store/arena"
	"synap/store/dict"
)

// setRoot is the payload of a large set's entry. It is used where it lies, at any address, hence only through pointers
// made by setRootOf; there are no pointers in it.
type setRoot struct {
	table  dict.Table
	blocks int64 // bytes of the members' blocks
	estate uint64
}

const setRootSize = int(unsafe.Sizeof(setRoot{}))

func setRootOf(payload []byte) *setRoot { return (*setRoot)(unsafe.Pointer(unsafe.SliceData(payload))) }

// bytes is the root as a payload.
func (r *setRoot) bytes() []byte { return unsafe.Slice((*byte)(unsafe.Pointer(r)), setRootSize) }

// A member's block is its length, one byte or longMember and four, and its text. A block's size is a multiple of eight, so
// a byte more or less often costs nothing; "member:123456" takes 16 bytes, and its place in the table some 11.
const longMember = 0xff

// longHeader is the most that stands before a member's text.
const longHeader = 5

// SetFits reports whether a set can be stored under key, and whether the members can be in it: like all blocks, theirs end
// at 1 GiB. Commands check it before they add.
func SetFits(key []byte, members [][]byte) bool {
	for _, x := range members {
		if len(x) > maxEntry-longHeader {
			return false
		}
	}
	return Fits(key, int64(setRootSize))
}

func memberSize(text []byte) int {
	if len(text) < longMember {
		return 1 + len(text)
	}
	return longHeader + len(text)
}

// memberText is the text in a member's block.
func memberText(block unsafe.Pointer) []byte {
	if n := *(*byte)(block); n != longMember {
		return unsafe.Slice((*byte)(unsafe.Add(block, 1)), n)
	}
	n := binary.LittleEndian.Uint32(unsafe.Slice((*byte)(unsafe.Add(block, 1)), 4))
	return unsafe.Slice((*byte)(unsafe.Add(block, longHeader)), n)
}

// member is the member behind a slot of v's table.
func (v SetView) member(s dict.Slot) Member {
	return Member{Text: memberText(v.a.Ptr(s.Handle())), hash: s.Hash(), hashed: true}
}

// find looks a member up. If it is there, h is its block and p stands at it.
func (r *setRoot) find(a *arena.Arena, hash uint64, text []byte) (p dict.Probe, h arena.Handle) {
	p = r.table.Probe(a, hash)
	for h = p.Next(); h != 0; h = p.Next() {
		if string(memberText(a.Ptr(h))) == string(text) {
			break
		}
	}
	return p, h
}

// insert adds a member that is not in the set.
func (r *setRoot) insert(a *arena.Arena, hash uint64, text []byte) {
	h := a.Alloc(memberSize(text))
	r.blocks += int64(a.Size(h))
	b := a.Bytes(h, memberSize(text))
	if len(text) < longMember {
		b[0] = byte(len(text))
		copy(b[1:], text)
	} else {
		b[0] = longMember
		binary.LittleEndian.PutUint32(b[1:], uint32(len(text)))
		copy(b[longHeader:], text)
	}
	r.table.Insert(a, hash, h)
}

// add is insert for a member at hand. A set that has become too large for the shard's arena leaves it: a is of no use then.
func (r *setRoot) add(m *shardState, a *arena.Arena, x Member) {
	var digits [20]byte
	text := x.Bytes(digits[:])
	r.insert(a, x.hashAs(m, text), text)
	m.grown(Set, r.bytes(), r.blockBytes())
}

// blockBytes is the sum of the sizes of all blocks.
func (r *setRoot) blockBytes() int64 { return r.table.Bytes() + r.blocks }

// remove takes out the member that find found.
func (r *setRoot) remove(a *arena.Arena, p dict.Probe, h arena.Handle) {
	r.blocks -= int64(a.Size(h))
	r.table.Remove(a, &p)
	a.Free(h)
}

// removeSlot takes out a member by its slot.
func (r *setRoot) removeSlot(a *arena.Arena, s dict.Slot) {
	p := r.table.Probe(a, s.Hash())
	for h := p.Next(); h != 0; h = p.Next() {
		if h == s.Handle() {
			r.remove(a, p, h)
			return
		}
	}
}

// batch is nextBatch for the members of a large set.
func (v SetView) batch(b int, slots []dict.Slot) (next int, _ []dict.Slot) {
	return nextBatch(v.a, v.table(), b, slots)
}

// keep reduces v's slots to those whose members w has, or with want false has not. It overwrites them.
func (v SetView) keep(slots []dict.Slot, w SetView, want bool) []dict.Slot {
	if len(slots) <= slotBatch {
		return v.keepBatch(slots, w, want)
	}
	kept := v.keepBatch(slots[:slotBatch], w, want)
	return append(kept, v.keep(slots[slotBatch:], w, want)...)
}

// keepBatch is keep for up to slotBatch slots.
func (v SetView) keepBatch(slots []dict.Slot, w SetView, want bool) []dict.Slot {
	kept := slots[:0]
	if w.enc != EncHashtable {
		for _, s := range slots {
			if w.has(v.member(s)) == want {
				kept = append(kept, s)
			}
		}
		return kept
	}
	// Three passes, each with the memory that the one before asked for.
	t, a := w.table(), w.a
	for _, s := range slots {
		t.Prefetch(s.Hash())
	}
	var probes [slotBatch]dict.Probe
	var found [slotBatch]arena.Handle
	for i, s := range slots {
		probes[i] = t.Probe(a, s.Hash())
		if found[i] = probes[i].Next(); found[i] != 0 {
			dict.PrefetchSlots(a, []dict.Slot{dict.Slot(found[i])})
		}
	}
	for i, s := range slots {
		h := found[i]
		if h != 0 {
			text := memberText(v.a.Ptr(s.Handle()))
			for h != 0 && string(memberText(a.Ptr(h))) != string(text) {
				h = probes[i].Next()
			}
		}
		if (h != 0) == want {
			kept = append(kept, s)
		}
	}
	return kept
}

// setParts is what the keyspace does with a large set.
var setParts = parts{
	free: func(a *arena.Arena, root []byte, limit int) (done bool) {
		r := setRootOf(root)
		return r.table.Drain(a, limit, func(h arena.Handle) {
			r.blocks -= int64(a.Size(h))
			a.Free(h)
		})
	},
	clone: func(m *shardState, a *arena.Arena, root []byte, to *arena.Arena, dst []byte) {
		from, copied := SetView{m, a, EncHashtable, root}, setRootOf(dst)
		*copied = setRoot{blocks: setRootOf(root).blocks}
		var buf slotBuffer
		for b := 0; b < from.table().Buckets(); {
			next, slots := from.batch(b, buf[:0])
			b = next
			for _, s := range slots {
				copied.table.Insert(to, s.Hash(), copyBlock(a, s.Handle(), to))
			}
		}
	},
	compact: func(a *arena.Arena, root []byte, at uint64, limit int) (moved int) {
		return compactTable(&setRootOf(root).table, a, at, limit)
	},
	bytes: func(_ *arena.Arena, root []byte) int64 { return setRootOf(root).blockBytes() },
}
