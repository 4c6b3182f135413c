package commands

import (
	"synap/store"
	"synap/store/stream"
)

// pendingGroup looks up the group of a command on what is pending: XACK, XPENDING, XCLAIM, XAUTOCLAIM.
func (c *Ctx) pendingGroup(log *store.Log) (g stream.Group, found bool, err error) {
	*log, found, err = c.readLog(c.Args[1])
	if found {
		g, found = log.Group(c.Args[2])
	}
	return g, found, err
}

func (c *Ctx) errPendingGroup() error {
	return errNoGroup("No such key '", c.Args[1], "' or consumer group '", c.Args[2], "'")
}

func xAck(c *Ctx) error {
	var log store.Log
	g, found, err := c.pendingGroup(&log)
	if err != nil {
		return err
	}
	if !found {
		c.W.Int(0)
		return nil
	}
	var few [8]stream.ID
	ids := few[:0]
	for i := 3; i < len(c.Args); i++ {
		id, err := c.exactID(i, 0)
		if err != nil {
			return err
		}
		ids = append(ids, id)
	}
	log.Edit()
	n := 0
	for _, id := range ids {
		if g.Acknowledge(id) {
			n++
		}
	}
	log.Altered(n)
	c.W.Int(int64(n))
	return nil
}

// pendingQuery is what XPENDING asks for in its long form.
type pendingQuery struct {
	idle     int64 // milliseconds, at least
	lo, hi   stream.ID
	count    int64
	consumer []byte // nil: of all
}

func (q *pendingQuery) parse(c *Ctx) (err error) {
	at := 3
	if c.Is(3, "idle") {
		if q.idle, err = c.Integer(4); err != nil {
			return err
		}
		if len(c.Args) < 8 {
			return ErrSyntax
		}
		at = 5
	}
	if q.count, err = c.Integer(at + 2); err != nil {
		return err
	}
	if q.lo, err = c.intervalStart(at); err != nil {
		return err
	}
	if q.hi, err = c.intervalEnd(at + 1); err != nil {
		return err
	}
	if at+3 < len(c.Args) {
		q.consumer = c.Args[at+3]
	}
	return nil
}

func xPending(c *Ctx) error {
	if n := len(c.Args); n != 3 && (n < 6 || n > 9) {
		return ErrSyntax
	}
	var q pendingQuery
	if len(c.Args) > 3 {
		if err := q.parse(c); err != nil {
			return err
		}
	}
	var log store.Log
	g, found, err := c.pendingGroup(&log)
	switch {
	case err != nil:
		return err
	case !found:
		return c.errPendingGroup()
	case len(c.Args) == 3:
		c.replyPendingSummary(&g)
		return nil
	}
	pending := g.PendingFrom(q.lo)
	if q.consumer != nil {
		consumer, found := g.Consumer(q.consumer)
		if !found {
			c.W.Array(0)
			return nil
		}
		pending = consumer.PendingFrom(q.lo)
	}
	c.replyPending(&pending, &q)
	return nil
}

// replyPendingSummary replies with the number of pending entries, the first and the last, and who has how many.
func (c *Ctx) replyPendingSummary(g *stream.Group) {
	c.W.Array(4)
	c.W.Int(int64(g.Pending()))
	if g.Pending() == 0 {
		c.W.Null()
		c.W.Null()
		c.W.NullArray()
		return
	}
	first, last := g.PendingEnds()
	c.replyID(first)
	c.replyID(last)
	hole, n := c.W.ArrayHole(), 0
	for i := range g.Consumers() {
		if consumer := g.ConsumerAt(i); consumer.Pending() > 0 {
			c.W.Array(2)
			c.W.Bulk(consumer.Name())
			c.W.IntBulk(int64(consumer.Pending()))
			n++
		}
	}
	c.W.FillArray(hole, n)
}

// replyPending replies with pending entries: ID, consumer, milliseconds since the delivery, number of deliveries.
func (c *Ctx) replyPending(pending *stream.Pending, q *pendingQuery) {
	hole, n := c.W.ArrayHole(), int64(0)
	for n < q.count {
		d, ok := pending.Next()
		if !ok || q.hi.Less(d.ID) {
			break
		}
		idle := c.Now - d.Time
		if q.idle != 0 && idle < q.idle {
			continue
		}
		c.W.Array(4)
		c.replyID(d.ID)
		c.W.Bulk(d.Consumer.Name())
		c.W.Int(max(idle, 0))
		c.W.Int(int64(d.Count))
		n++
	}
	c.W.FillArray(hole, int(n))
}
