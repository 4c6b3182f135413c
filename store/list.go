package store

import (
	"unsafe"

	"synap/store/arena"
	"synap/store/deque"
	"synap/store/packed"
)

// A list is laid out in one of two ways:
//
//   - EncListpack: a packed block in the entry (package packed), as long as list-max-listpack-size allows: a forward one as
//     long as it is so short that its last element is soon found, then for good a two-way one;
//   - EncQuicklist: in the entry only a listRoot, with the root of a deque of such blocks (package deque).

// Element is an element of a list as it stands there: a string, or an integer whose decimal digits are the string. Its
// text is in the arena, valid until the list changes or the transaction ends.
type Element = packed.Elem

// ElementOf is the element that x is stored as. It refers to x.
func ElementOf(x []byte) Element { return packed.Of(x) }

// ListCursor stands at an element of a list. It is valid until the list changes.
type ListCursor = deque.Cursor

// ListView reads a list. It is valid as long as the entry it came from.
type ListView struct {
	a   *arena.Arena // of a large list's blocks
	enc Encoding
	b   []byte // the payload
}

// List is the view of the list in an entry of that type.
func (e Entry) List() ListView {
	v := ListView{enc: e.Encoding(), b: e.payload()}
	if v.enc == EncQuicklist {
		v.a = e.m.arenaOf(v.b)
	}
	return v
}

// Len is the number of elements.
func (v ListView) Len() int {
	if v.enc == EncListpack {
		return packed.Len(v.b)
	}
	return listRootOf(v.b).Len()
}

// At is a cursor at the i-th element, counted from 0. There is one.
func (v ListView) At(i int) ListCursor {
	if v.enc == EncListpack {
		return deque.Over(v.b, i)
	}
	return listRootOf(v.b).Seek(v.a, i)
}

// End is the first element or the last.
func (v ListView) End(front bool) Element {
	switch {
	case v.enc == EncListpack && front:
		return packed.At(v.b, packed.HeaderSize)
	case v.enc == EncListpack:
		return packed.At(v.b, packed.Last(v.b))
	case front:
		return listRootOf(v.b).Front(v.a)
	}
	return listRootOf(v.b).Back(v.a)
}

// ListFits reports whether elements of the given texts can be stored in the list under key: as any entry, an element with
// what it needs around it ends at 1 GiB.
func ListFits(key []byte, elements ...[]byte) bool {
	for _, x := range elements {
		if len(x) > packed.MaxSize-64 {
			return false
		}
	}
	return Fits(key, 2*maxListpack+int64(listRootSize))
}

// listRoot is the payload of a large list.
type listRoot struct {
	deque.Deque
	bytes  int64 // of the deque's blocks
	estate uint64
}

const listRootSize = int(unsafe.Sizeof(listRoot{}))

func listRootOf(payload []byte) *listRoot {
	return (*listRoot)(unsafe.Pointer(unsafe.SliceData(payload[:listRootSize])))
}

// bigList is a large list opened for changing. It is valid until its blocks move (see grown).
type bigList struct {
	*listRoot
	m    *shardState
	a    *arena.Arena // of its blocks
	used int64        // of a, when the list was opened
}

func (m *shardState) bigList(payload []byte) bigList {
	a := m.arenaOf(payload)
	return bigList{listRootOf(payload), m, a, a.Used()}
}

// payload is the root as it lies in the entry.
func (l *bigList) payload() []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(l.listRoot)), listRootSize)
}

// count counts the blocks that were allocated and freed since the list was opened. Nothing else has used the arena meanwhile.
func (l *bigList) count() {
	used := l.a.Used()
	l.bytes += used - l.used
	l.used = used
}

// grown ends a change: the blocks may move to another arena.
func (l *bigList) grown() {
	l.count()
	l.m.grown(List, l.payload(), l.bytes)
}

// settle is grown for a change that may also have taken n elements away.
func (l *bigList) settle(n int) {
	l.grown()
	l.m.shrunk(List, l.payload(), n)
}

const (
	// maxListpack is the most that list-max-listpack-size allows.
	maxListpack = 64 << 10
	// listpackExtra is how much longer a listpack of Redis is than a packed block of the same elements: Redis's rule is
	// about listpacks.
	listpackExtra = 3
	// forwardBlock is the longest forward block of a small list or sorted set, in bytes.
	forwardBlock = 512
)

// listLimit is list-max-listpack-size.
func (m *shardState) listLimit() deque.Limit {
	return deque.LimitOf(m.tuning.Load().ListMaxListpackSize)
}

// shortList is what a large list may be at most to be laid out as a small one again: half of what a small one may become,
// so that coming and going at the limit does not lay it out anew each time.
func (m *shardState) shortList() deque.Limit {
	l := m.listLimit()
	if m.tuning.Load().ListMaxListpackSize < 0 {
		l.Bytes = l.Bytes/2 - listpackExtra
	} else {
		l.Elements /= 2
	}
	return l
}

// addition is elements to be added to a small list.
type addition struct {
	n, text int
	sizes   [2]int // what they take in a block, by its layout
}

func (a *addition) add(x Element) {
	a.n++
	a.text += x.Len()
	a.sizes[packed.Forward] += x.Size(packed.Forward)
	a.sizes[packed.TwoWay] += x.Size(packed.TwoWay)
}

// outgrown reports whether a packed block, nil if it is yet to be made, must become a deque if something is added to it.
// Redis's rule counts what is there as a listpack has it, which is two-way, and of what is added the text alone. If that is
// much less than what it takes (empty strings take two bytes), the rule is not followed to the end.
func outgrown(l deque.Limit, b []byte, a *addition) bool {
	if b == nil {
		return a.outgrows(l, packed.HeaderSize, 0)
	}
	// A block is at most twice as long with lengths: most often that is all there is to know.
	return a.outgrows(l, 2*len(b), packed.Len(b)) && a.outgrows(l, packed.SizeIn(b, packed.TwoWay), packed.Len(b))
}

// outgrows is outgrown for a two-way block of so many bytes and elements.
func (a *addition) outgrows(l deque.Limit, bytes, elements int) bool {
	return bytes+listpackExtra+a.text > l.Bytes || elements+a.n > l.Elements || bytes+a.sizes[packed.TwoWay] > 2*l.Bytes
}

// listParts is what the keyspace does with a large list.
var listParts = parts{
	free: func(a *arena.Arena, root []byte, limit int) (done bool) {
		l := bigList{listRootOf(root), nil, a, a.Used()}
		done = l.Free(a, limit)
		l.count()
		return done
	},
	clone: func(_ *shardState, a *arena.Arena, root []byte, to *arena.Arena, dst []byte) {
		l := bigList{listRootOf(dst), nil, to, to.Used()}
		listRootOf(root).Clone(a, to, &l.Deque)
		l.bytes = to.Used() - l.used
	},
	compact: func(a *arena.Arena, root []byte, at uint64, limit int) (moved int) {
		return listRootOf(root).Compact(a, at, limit)
	},
	bytes: func(_ *arena.Arena, root []byte) int64 { return listRootOf(root).bytes },
}

// pushTo puts elements at an end of a deque, one after another.
func pushTo(d *deque.Deque, a *arena.Arena, front bool, e Element, l deque.Limit) {
	if front {
		d.PushFront(a, e, l)
	} else {
		d.PushBack(a, e, l)
	}
}
