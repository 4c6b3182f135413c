package stream

import "encoding/binary"

// Delivery is what a group keeps of an entry that was delivered and not acknowledged.
type Delivery struct {
	ID       ID
	Time     int64  // of the last delivery, in unix milliseconds
	Count    uint64 // of deliveries
	Consumer Consumer
}

// deliverySize is the size of a delivery in the tree of a group: time, count, slot of the consumer.
const deliverySize = 8 + 8 + 4

func (g *Group) delivery(id ID, b []byte) Delivery {
	slot := binary.LittleEndian.Uint32(b[16:])
	return Delivery{id, int64(binary.LittleEndian.Uint64(b)), binary.LittleEndian.Uint64(b[8:]),
		g.consumer(handleOf(g.slot(uint64(slot))))}
}

func putDelivery(b []byte, time int64, count, slot uint64) {
	binary.LittleEndian.PutUint64(b, uint64(time))
	binary.LittleEndian.PutUint64(b[8:], count)
	binary.LittleEndian.PutUint32(b[16:], uint32(slot))
}

// Delivery finds the pending entry with the given ID.
func (g *Group) Delivery(id ID) (Delivery, bool) {
	b := g.p.pending.get(g.heap(), deliverySize, id)
	if b == nil {
		return Delivery{}, false
	}
	return g.delivery(id, b), true
}

// Deliver makes an entry pending for a consumer, and for no other any more.
func (g *Group) Deliver(id ID, c Consumer, time int64, count uint64) {
	m := g.heap()
	b, added := g.p.pending.insert(m, deliverySize, id)
	if !added {
		if old := g.delivery(id, b).Consumer; !old.Is(c) {
			old.p.pending.remove(m, 0, id)
			c.p.pending.insert(m, 0, id)
		}
	} else {
		c.p.pending.insert(m, 0, id)
	}
	putDelivery(b, time, count, c.p.slot)
}

// Acknowledge makes an entry pending no more and reports whether it was.
func (g *Group) Acknowledge(id ID) bool {
	m := g.heap()
	b := g.p.pending.get(m, deliverySize, id)
	if b == nil {
		return false
	}
	c := g.delivery(id, b).Consumer
	c.p.pending.remove(m, 0, id)
	return g.p.pending.remove(m, deliverySize, id)
}

// Pending visits pending entries in the order of their IDs. It stands before the first until Next is called, and goes on from
// there whatever is delivered or acknowledged meanwhile.
type Pending struct {
	g    Group
	t    *tree
	w    int
	next ID
	done bool
}

// PendingFrom prepares to visit what is pending for the group from an ID on.
func (g *Group) PendingFrom(id ID) Pending {
	return Pending{g: *g, t: &g.p.pending, w: deliverySize, next: id}
}

// PendingFrom prepares to visit what is pending for the consumer from an ID on.
func (c *Consumer) PendingFrom(id ID) Pending { return Pending{g: c.g, t: &c.p.pending, next: id} }

// Next returns the next pending entry.
func (p *Pending) Next() (d Delivery, ok bool) {
	if p.done {
		return Delivery{}, false
	}
	c, ok := p.t.seek(p.g.heap(), p.w, p.next)
	if !ok {
		p.done = true
		return Delivery{}, false
	}
	id := c.id()
	var more bool
	p.next, more = id.Next()
	p.done = !more
	if p.w > 0 {
		return p.g.delivery(id, c.value()), true
	}
	return p.g.Delivery(id)
}

// PendingEnds returns the first and the last pending entry; there are some.
func (g *Group) PendingEnds() (first, last ID) {
	m := g.heap()
	f, _ := g.p.pending.first(m, deliverySize)
	l, _ := g.p.pending.last(m, deliverySize)
	return f.id(), l.id()
}
