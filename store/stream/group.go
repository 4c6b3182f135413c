package stream

import (
	"bytes"
	"encoding/binary"
	"unsafe"

	"synap/store/arena"
)

// named is what group and consumer records begin with.
type named struct {
	length uint32 // of the name, which stands at the end of the record
	at     uint32 // where it begins
}

// names is an array of handles of records, in the order of their names.
type names struct {
	h     arena.Handle
	count uint64
}

func (n *names) len() int { return int(n.count) }

func (n *names) at(m heap, i int) arena.Handle { return getHandle(m.Bytes(n.h, 8*(i+1))[8*i:]) }

func nameOf(m heap, h arena.Handle) []byte {
	r := (*named)(m.Ptr(h))
	return m.Bytes(h, int(r.at+r.length))[r.at:]
}

// find returns where the name is in the array, or where it would be.
func (n *names) find(m heap, name []byte) (i int, found bool) {
	lo, hi := 0, n.len()
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		switch c := bytes.Compare(nameOf(m, n.at(m, mid)), name); {
		case c == 0:
			return mid, true
		case c < 0:
			lo = mid + 1
		default:
			hi = mid
		}
	}
	return lo, false
}

func (n *names) insert(m heap, i int, h arena.Handle) {
	k := n.len()
	switch {
	case n.h == 0:
		n.h = m.alloc(8)
	case m.Size(n.h) < 8*(k+1):
		n.h = m.move(n.h, 8*k, 16*k)
	}
	b := m.Bytes(n.h, 8*(k+1))
	copy(b[8*(i+1):], b[8*i:8*k])
	putHandle(b[8*i:], h)
	n.count++
}

func (n *names) set(m heap, i int, h arena.Handle) { putHandle(m.Bytes(n.h, 8*(i+1))[8*i:], h) }

func (n *names) remove(m heap, i int) {
	k := n.len()
	b := m.Bytes(n.h, 8*k)
	copy(b[8*i:], b[8*(i+1):])
	switch n.count--; {
	case n.count == 0:
		m.free(n.h)
		n.h = 0
	case m.Size(n.h) >= 32*int(n.count):
		n.h = m.move(n.h, 8*int(n.count), 16*int(n.count))
	}
}

// groupRecord is a consumer group. Its name follows.
type groupRecord struct {
	named
	last      ID    // the last ID delivered
	read      int64 // entries delivered so far, counted from the first ever added, or UnknownRead
	bytes     int64 // all that the group owns, this record included
	pending   tree  // ID to delivery
	consumers names
	slots     arena.Handle // handles of consumers by slot
	slotCount uint64       // slots in use now or before
	vacant    uint64       // number of a slot that is free plus one; it holds that of the next; 0: none
}

// UnknownRead says that nobody knows how many entries a group has read.
const UnknownRead int64 = -1

const groupSize = int(unsafe.Sizeof(groupRecord{}))

// Group is a consumer group of an opened stream, valid until the group is destroyed.
type Group struct {
	s *Stream
	h arena.Handle
	p *groupRecord
}

func (s *Stream) group(h arena.Handle) Group { return Group{s, h, (*groupRecord)(s.a.Ptr(h))} }

func (g *Group) heap() heap { return heap{g.s.a, &g.p.bytes} }

// Groups is the number of groups.
func (s *Stream) Groups() int { return s.groups.len() }

// GroupAt returns the i-th group in the order of names.
func (s *Stream) GroupAt(i int) Group { return s.group(s.groups.at(s.heap(), i)) }

// Group finds a group by its name.
func (s *Stream) Group(name []byte) (Group, bool) {
	i, found := s.groups.find(s.heap(), name)
	if !found {
		return Group{}, false
	}
	return s.GroupAt(i), true
}

// CreateGroup adds a group that has read up to last and reports whether the name was free.
func (s *Stream) CreateGroup(name []byte, last ID, read int64) bool {
	m := s.heap()
	i, found := s.groups.find(m, name)
	if found {
		return false
	}
	h := s.a.Alloc(groupSize + len(name))
	p := (*groupRecord)(s.a.Ptr(h))
	*p = groupRecord{named: named{uint32(len(name)), uint32(groupSize)}, last: last, read: read}
	p.bytes = int64(s.a.Size(h))
	copy(s.a.Bytes(h, groupSize+len(name))[groupSize:], name)
	s.groups.insert(m, i, h)
	return true
}

// Destroy removes a group and returns it as the only content of a stream of its own, which is the caller's to free.
func (s *Stream) Destroy(g Group) Stream {
	i, _ := s.groups.find(s.heap(), g.Name())
	s.groups.remove(s.heap(), i)
	rest := Stream{a: s.a}
	rest.groups.insert(rest.heap(), 0, g.h)
	return rest
}

// Name is the group's name, in the arena.
func (g *Group) Name() []byte { return nameOf(g.heap(), g.h) }

// Last is the last ID delivered.
func (g *Group) Last() ID { return g.p.last }

// Read is the number of entries delivered, or UnknownRead.
func (g *Group) Read() int64 { return g.p.read }

// SetLast sets what was delivered last.
func (g *Group) SetLast(id ID, read int64) { g.p.last, g.p.read = id, read }

// Consumers is the number of consumers.
func (g *Group) Consumers() int { return g.p.consumers.len() }

// Pending is the number of entries delivered and not acknowledged.
func (g *Group) Pending() int { return int(g.p.pending.count) }

// Advance notes that the entry with the given ID was delivered if it is the furthest so far, and reports whether it is.
func (g *Group) Advance(id ID) bool {
	if !g.p.last.Less(id) {
		return false
	}
	if g.p.read != UnknownRead && !g.s.tombstonesFrom(id) {
		g.p.read++
	} else if g.s.Added > 0 {
		g.p.read = g.s.ReadUpTo(id)
	}
	g.p.last = id
	return true
}

// Lag is the number of entries the group has still to read, if that can be told.
func (g *Group) Lag() (lag int64, known bool) {
	s := g.s
	if s.Added == 0 {
		return 0, true
	}
	read := g.p.read
	if read == UnknownRead || s.tombstonesFrom(g.p.last) {
		read = s.ReadUpTo(g.p.last)
	}
	return int64(s.Added) - read, read != UnknownRead
}

// tombstonesFrom reports whether entries at or after id may have been deleted by name.
func (s *Stream) tombstonesFrom(id ID) bool {
	if s.Length == 0 || s.MaxDeleted == MinID || s.MaxDeleted.Less(s.First) {
		return false
	}
	return !s.MaxDeleted.Less(id)
}

// ReadUpTo is the number of entries ever added up to id, or UnknownRead if that cannot be told: because entries were
// deleted behind the first, or because id is neither before the first, nor the first, nor the last.
func (s *Stream) ReadUpTo(id ID) int64 {
	last := id.Compare(s.Last)
	switch {
	case s.Added == 0:
		return 0
	case s.Length == 0 && last <= 0, last == 0:
		return int64(s.Added)
	case last > 0:
		return UnknownRead
	case s.MaxDeleted != MinID && !s.MaxDeleted.Less(s.First):
		return UnknownRead
	}
	switch c := id.Compare(s.First); {
	case c < 0:
		return int64(s.Added - s.Length)
	case c == 0:
		return int64(s.Added - s.Length + 1)
	}
	return UnknownRead
}

// consumerRecord is a consumer of a group. Its name follows.
type consumerRecord struct {
	named
	seen, active int64
	pending      tree // IDs alone
	slot         uint64
}

const consumerSize = int(unsafe.Sizeof(consumerRecord{}))

// Consumer is a consumer of a group, valid until it is removed.
type Consumer struct {
	h arena.Handle
	p *consumerRecord
	g Group
}

func (g *Group) consumer(h arena.Handle) Consumer {
	return Consumer{h, (*consumerRecord)(g.s.a.Ptr(h)), *g}
}

// ConsumerAt returns the i-th consumer in the order of names.
func (g *Group) ConsumerAt(i int) Consumer { return g.consumer(g.p.consumers.at(g.heap(), i)) }

// Consumer finds a consumer by its name.
func (g *Group) Consumer(name []byte) (Consumer, bool) {
	i, found := g.p.consumers.find(g.heap(), name)
	if !found {
		return Consumer{}, false
	}
	return g.ConsumerAt(i), true
}

// NeverActive is the time of activity of a consumer that was never active.
const NeverActive int64 = -1

// AddConsumer returns the consumer with the given name, which it creates if there is none.
func (g *Group) AddConsumer(name []byte, now int64) (c Consumer, added bool) {
	m := g.heap()
	i, found := g.p.consumers.find(m, name)
	if found {
		return g.ConsumerAt(i), false
	}
	h := m.alloc(consumerSize + len(name))
	c = g.consumer(h)
	*c.p = consumerRecord{named: named{uint32(len(name)), uint32(consumerSize)}, seen: now, active: NeverActive,
		slot: g.takeSlot()}
	copy(m.Bytes(h, consumerSize+len(name))[consumerSize:], name)
	g.setSlot(c.p.slot, uint64(h))
	g.p.consumers.insert(m, i, h)
	return c, true
}

func (g *Group) takeSlot() uint64 {
	m, p := g.heap(), g.p
	if p.vacant > 0 {
		slot := p.vacant - 1
		p.vacant = g.slot(slot)
		return slot
	}
	switch k := int(p.slotCount); {
	case p.slots == 0:
		p.slots = m.alloc(8)
	case m.Size(p.slots) < 8*(k+1):
		p.slots = m.move(p.slots, 8*k, 16*k)
	}
	p.slotCount++
	return p.slotCount - 1
}

func (g *Group) slot(i uint64) uint64 {
	return binary.LittleEndian.Uint64(g.s.a.Bytes(g.p.slots, int(8*(i+1)))[8*i:])
}

func (g *Group) setSlot(i, v uint64) {
	binary.LittleEndian.PutUint64(g.s.a.Bytes(g.p.slots, int(8*(i+1)))[8*i:], v)
}

// RemoveConsumer removes a consumer with all that is pending for it.
func (g *Group) RemoveConsumer(c Consumer) {
	m := g.heap()
	i, _ := g.p.consumers.find(m, c.Name())
	for cur, ok := c.p.pending.first(m, 0); ok; ok = cur.next(m) {
		g.p.pending.remove(m, deliverySize, cur.id())
	}
	for c.p.pending.top != 0 {
		c.p.pending.dropLeaf(m, 0)
	}
	g.p.consumers.remove(m, i)
	g.setSlot(c.p.slot, g.p.vacant)
	g.p.vacant = c.p.slot + 1
	m.free(c.h)
	if g.p.consumers.count == 0 {
		m.free(g.p.slots)
		g.p.slots, g.p.slotCount, g.p.vacant = 0, 0, 0
	}
}

// Name is the consumer's name, in the arena.
func (c *Consumer) Name() []byte { return nameOf(c.g.heap(), c.h) }

// Pending is the number of entries delivered to the consumer and not acknowledged.
func (c *Consumer) Pending() int { return int(c.p.pending.count) }

// Seen is when the consumer last asked for something, in unix milliseconds.
func (c *Consumer) Seen() int64 { return c.p.seen }

// Active is when the consumer last got something, or NeverActive.
func (c *Consumer) Active() int64 { return c.p.active }

// See notes that the consumer asked for something.
func (c *Consumer) See(now int64) { c.p.seen = now }

// Act notes that the consumer got something.
func (c *Consumer) Act(now int64) { c.p.active = now }

// Is reports whether two values stand for the same consumer.
func (c *Consumer) Is(o Consumer) bool { return c.h == o.h }
