package stream

import (
	"unsafe"

	"synap/store/arena"
)

// root is all of a stream that has a fixed size.
type root struct {
	Length     uint64 // entries that live
	Added      uint64 // entries ever added
	First      ID     // of the entries that live; zero if there are none
	Last       ID     // the last ID ever given
	MaxDeleted ID     // the greatest ID ever deleted by name
	bytes      int64  // of blocks outside of groups
	tailID     ID
	tail       arena.Handle // the last block, 0: there is none
	blocks     tree         // all others: master ID to handle
	groups     names
}

// RootSize is the size of a root in bytes.
const RootSize = int(unsafe.Sizeof(root{}))

// handleSize is the size of what the tree of blocks keeps with an ID.
const handleSize = 8

// Stream is an opened stream. Its zero value is of no use: call Open.
type Stream struct {
	root
	a *arena.Arena
}

// Open reads a root. The rest of the stream is in a.
func Open(a *arena.Arena, payload []byte) Stream {
	s := Stream{a: a}
	copy(s.root.raw(), payload)
	return s
}

// Save writes the root back.
func (s *Stream) Save(payload []byte) { copy(payload, s.root.raw()) }

func (r *root) raw() []byte { return unsafe.Slice((*byte)(unsafe.Pointer(r)), RootSize) }

func (s *Stream) heap() heap { return heap{s.a, &s.bytes} }

// Blocks is the number of blocks.
func (s *Stream) Blocks() int {
	if s.tail == 0 {
		return 0
	}
	return int(s.blocks.count) + 1
}

// Nodes is the number of nodes of the tree of blocks, which XINFO calls a radix tree. The blocks, its leaves, count, as the nodes
// that hold them do in Redis: an empty stream has one node, and one block makes it two.
func (s *Stream) Nodes() int { return s.blocks.nodes(s.heap()) + s.Blocks() + 1 }

// Bytes is the size of all blocks the stream owns, as the arena counts them.
func (s *Stream) Bytes() int64 {
	n := s.bytes
	for i := range s.groups.len() {
		n += s.GroupAt(i).p.bytes
	}
	return n
}

// EntryBytes is Bytes without what groups keep.
func (s *Stream) EntryBytes() int64 { return s.bytes }

// Append adds an entry of fields and values in turn. Its ID is after Last, and Fits has been asked.
func (s *Stream) Append(id ID, pairs [][]byte, limits Limits) {
	size, fields := measure(pairs)
	same := true
	b := s.tailWithRoom(size, len(pairs), limits)
	if b == nil {
		b = s.newTail(id, size+fields, pairs)
	} else {
		same = b.sameFields(pairs)
	}
	b.add(s.tailID, id, same, pairs)
	s.Length++
	s.Added++
	if s.Last = id; s.Length == 1 {
		s.First = id
	}
}

// tailWithRoom returns the last block with enough capacity for an entry, nil if that has to begin a new one.
func (s *Stream) tailWithRoom(size, words int, limits Limits) block {
	if s.tail == 0 {
		return nil
	}
	b := s.load(s.tail)
	need := len(b) + size + words*elementExtra + entryExtra
	if limits.full(b, size) || need > blockMax {
		return nil
	}
	m := s.heap()
	if have := m.Size(s.tail); have < need {
		s.tail = m.move(s.tail, len(b), min(max(need, have+have/4), blockMax))
	}
	return block(m.all(s.tail))[:len(b)]
}

// newTail begins a block, whose master is an entry with strings of size bytes, fields counted twice.
func (s *Stream) newTail(id ID, size int, pairs [][]byte) block {
	m := s.heap()
	s.closeTail()
	s.tail, s.tailID = m.alloc(room(size, len(pairs)+len(pairs)/2)), id
	return beginBlock(m.all(s.tail), pairs)
}

// closeTail makes the last block one of those in the tree.
func (s *Stream) closeTail() {
	if s.tail == 0 {
		return
	}
	m := s.heap()
	used := s.load(s.tail).used()
	h := m.resize(s.tail, used, used)
	slot, _ := s.blocks.insert(m, handleSize, s.tailID)
	putHandle(slot, h)
	s.tail = 0
}

// removeBlock frees a block that is not needed any more.
func (s *Stream) removeBlock(id ID, h arena.Handle) {
	m := s.heap()
	m.free(h)
	if h != s.tail {
		s.blocks.remove(m, handleSize, id)
		return
	}
	s.tail = 0
	if c, ok := s.blocks.last(m, handleSize); ok { // entries go on into the block before, as far as it has room
		s.tailID, s.tail = c.id(), getHandle(c.value())
		s.blocks.remove(m, handleSize, s.tailID)
	}
}

// blockFrom returns the first block whose master is at or after id; h is 0 if there is none.
func (s *Stream) blockFrom(id ID) (master ID, h arena.Handle) {
	if c, ok := s.blocks.seek(s.heap(), handleSize, id); ok {
		return c.id(), getHandle(c.value())
	}
	if s.tail == 0 || s.tailID.Less(id) {
		return ID{}, 0
	}
	return s.tailID, s.tail
}

// blockUpTo returns the last block whose master is at or before id; h is 0 if there is none.
func (s *Stream) blockUpTo(id ID) (master ID, h arena.Handle) {
	if s.tail != 0 && !id.Less(s.tailID) {
		return s.tailID, s.tail
	}
	if c, ok := s.blocks.seekBack(s.heap(), handleSize, id); ok {
		return c.id(), getHandle(c.value())
	}
	return ID{}, 0
}

// Delete removes the entry with the given ID and reports whether there was one. First is then for Settle to find; the
// deletion is not noted in MaxDeleted.
func (s *Stream) Delete(id ID) bool {
	master, h := s.blockUpTo(id)
	if h == 0 {
		return false
	}
	b := s.load(h)
	for at := b.firstEntry(); at < len(b); {
		e := b.entryAt(at, master)
		if c := e.id.Compare(id); c > 0 || c == 0 && e.dead {
			return false
		} else if c < 0 {
			at = e.end
			continue
		}
		if s.Length--; b.live() == 1 {
			s.removeBlock(master, h)
		} else {
			b.kill(e)
		}
		return true
	}
	return false
}

// Has reports whether there is an entry with the given ID.
func (s *Stream) Has(id ID) bool {
	i := s.Range(id, id, false)
	return i.Next()
}

// Settle finds First anew after entries were removed.
func (s *Stream) Settle() {
	s.First = ID{}
	if s.Length > 0 {
		i := s.Range(MinID, MaxID, false)
		i.Next()
		s.First = i.ID
	}
}

// Top is the ID of the last entry that lives; there is one.
func (s *Stream) Top() ID {
	i := s.Range(MinID, MaxID, true)
	i.Next()
	return i.ID
}

// Edge is the ID of the first entry that was not freed, deleted or not, or MaxID if there is none.
func (s *Stream) Edge() ID {
	master, h := s.blockFrom(MinID)
	if h == 0 {
		return MaxID
	}
	return master
}
