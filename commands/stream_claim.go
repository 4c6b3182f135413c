package commands

import (
	"math"
	"slices"

	"synap/server/resp"
	"synap/store"
	"synap/store/stream"
)

// Errors of claiming, in Redis's words.
const (
	errClaimIdle     Error = "ERR Invalid min-idle-time argument for XCLAIM"
	errAutoClaimIdle Error = "ERR Invalid min-idle-time argument for XAUTOCLAIM"
	errClaimIdleTime Error = "ERR Invalid IDLE option argument for XCLAIM"
	errClaimTime     Error = "ERR Invalid TIME option argument for XCLAIM"
	errClaimRetry    Error = "ERR Invalid RETRYCOUNT option argument for XCLAIM"
	errClaimCount    Error = "ERR COUNT must be > 0"
	errClaimMemory   Error = "ERR Insufficient memory, failed allocating transient memory, COUNT too high."
)

// claim is what XCLAIM and XAUTOCLAIM do with an entry.
type claim struct {
	idle   int64 // milliseconds since the last delivery, at least
	time   int64 // of the delivery that the claim counts as, in unix milliseconds
	retry  int64 // its number, -1: one more
	justID bool

	log     *store.Log
	g       *stream.Group
	claimer stream.Consumer
}

// minIdle reads the fourth word, the least idle time.
func (k *claim) minIdle(c *Ctx, refusal Error) error {
	if !store.NameFits(c.Args[3]) {
		return ErrStringTooBig
	}
	n, err := c.Integer(4)
	if err != nil {
		return refusal
	}
	k.idle = max(n, 0)
	return nil
}

// beginClaim is called once all arguments are known to be right. It returns the claimer.
func (c *Ctx) beginClaim(log *store.Log, g *stream.Group) stream.Consumer {
	c.NoEffect()
	log.Edit()
	return c.useConsumer(log, g, c.Args[3])
}

// take makes an entry pending for the claimer and replies with it.
func (k *claim) take(c *Ctx, d stream.Delivery, i *stream.Iterator) {
	switch {
	case k.retry >= 0:
		d.Count = uint64(k.retry)
	case !k.justID:
		d.Count++
	}
	d.Time, d.Consumer = k.time, k.claimer
	k.g.Deliver(d.ID, k.claimer, d.Time, d.Count)
	k.claimer.Act(c.Now)
	k.log.Altered(1)
	c.claimEffect(k.log, k.g, d)
	if k.justID {
		c.replyID(d.ID)
	} else {
		c.replyEntry(i)
	}
}

// forget removes what is pending of an entry that does not exist any more.
func (k *claim) forget(c *Ctx, d stream.Delivery) {
	c.claimEffect(k.log, k.g, d)
	k.g.Acknowledge(d.ID)
	k.log.Altered(1)
}

// claimOptions are the options of XCLAIM.
type claimOptions struct {
	claim
	last  int // position behind the last ID
	force bool
	upTo  stream.ID
}

func (o *claimOptions) parse(c *Ctx) error {
	if err := o.minIdle(c, errClaimIdle); err != nil {
		return err
	}
	for o.last = 5; o.last < len(c.Args); o.last++ {
		if _, ok := parseID(c.Args[o.last], 0); !ok {
			break
		}
	}
	o.time, o.retry = c.Now, -1
	for i := o.last; i < len(c.Args); i++ {
		switch {
		case c.Is(i, "force"):
			o.force = true
		case c.Is(i, "justid"):
			o.justID = true
		default:
			if i+1 == len(c.Args) {
				return errClaimOption(c.Args[i])
			}
			if err := o.parseValue(c, i); err != nil {
				return err
			}
			i++
		}
	}
	if o.time < 0 || o.time > c.Now { // clients' clocks may differ
		o.time = c.Now
	}
	return nil
}

// parseValue reads an option with a value, at the i-th word.
func (o *claimOptions) parseValue(c *Ctx, i int) (err error) {
	var refusal Error
	n, bad := c.Integer(i + 1)
	switch {
	case c.Is(i, "idle"):
		o.time, refusal = c.Now-n, errClaimIdleTime
	case c.Is(i, "time"):
		o.time, refusal = n, errClaimTime
	case c.Is(i, "retrycount"):
		o.retry, refusal = n, errClaimRetry
	case c.Is(i, "lastid"):
		o.upTo, err = c.exactID(i+1, 0)
		return err
	default:
		return errClaimOption(c.Args[i])
	}
	if bad != nil {
		return refusal
	}
	return nil
}

func errClaimOption(word []byte) error {
	return Error("ERR Unrecognized XCLAIM option '" + resp.Excerpt(word, len(word)) + "'")
}

func xClaim(c *Ctx) error {
	var log store.Log
	g, found, err := c.pendingGroup(&log)
	if err != nil {
		return err
	}
	if !found {
		return c.errPendingGroup()
	}
	var o claimOptions
	if err := o.parse(c); err != nil {
		return err
	}
	o.log, o.g, o.claimer = &log, &g, c.beginClaim(&log, &g)
	further := g.Last().Less(o.upTo)
	if further {
		g.SetLast(o.upTo, g.Read())
	}
	before := c.Tx.Dirty()
	hole, n := c.W.ArrayHole(), 0
	for i := 5; i < o.last; i++ {
		id, _ := c.exactID(i, 0)
		if o.one(c, id) {
			n++
		}
	}
	c.W.FillArray(hole, n)
	if further && c.Tx.Dirty() == before { // the effects of claims say it, too
		log.Altered(1)
		c.groupIDEffect(&log, &g)
	}
	return nil
}

// one claims the entry with the given ID and reports whether it could.
func (o *claimOptions) one(c *Ctx, id stream.ID) bool {
	d, pending := o.g.Delivery(id)
	i := o.log.Range(id, id, false)
	switch {
	case !i.Next():
		if pending {
			o.forget(c, d)
		}
		return false
	case !pending && !o.force, pending && o.idle > 0 && c.Now-d.Time < o.idle:
		return false
	case !pending:
		d = stream.Delivery{ID: id, Count: 1}
	}
	o.take(c, d, &i)
	return true
}

// autoClaimOptions are the arguments of XAUTOCLAIM.
type autoClaimOptions struct {
	claim
	start stream.ID
	count int64
}

// countMax is the largest COUNT of XAUTOCLAIM; from countMemory on Redis has no memory for it.
const (
	countMax    = math.MaxInt64 / 16
	countMemory = 1 << 43
)

func (o *autoClaimOptions) parse(c *Ctx) (err error) {
	if err = o.minIdle(c, errAutoClaimIdle); err != nil {
		return err
	}
	if o.start, err = c.intervalStart(5); err != nil {
		return err
	}
	o.count, o.time, o.retry = 100, c.Now, -1
	for i := 6; i < len(c.Args); i++ {
		switch {
		case c.Is(i, "count") && i+1 < len(c.Args):
			i++
			if o.count, err = c.Integer(i); err != nil || o.count < 1 || o.count > countMax {
				return errClaimCount
			}
		case c.Is(i, "justid"):
			o.justID = true
		default:
			return ErrSyntax
		}
	}
	return nil
}

func xAutoClaim(c *Ctx) error {
	var log store.Log
	g, found, err := c.pendingGroup(&log) // a hit or a miss even if the arguments are wrong, which is the error then
	var o autoClaimOptions
	if err := o.parse(c); err != nil {
		return err
	}
	switch {
	case err != nil:
		return err
	case !found:
		return c.errPendingGroup()
	case o.count >= countMemory:
		return errClaimMemory
	}
	o.log, o.g, o.claimer = &log, &g, c.beginClaim(&log, &g)
	c.W.Array(3)
	mark := c.W.Mark()
	pending := g.PendingFrom(o.start)
	gone := o.scan(c, &pending)
	// The cursor comes first in the reply and is known last.
	var next stream.ID
	if d, more := pending.Next(); more {
		next = d.ID
	}
	end := c.W.Mark()
	c.replyID(next)
	cursor := slices.Clone(c.W.Buf[end:])
	c.W.Reset(end)
	c.W.Buf = slices.Insert(c.W.Buf, mark, cursor...)
	c.W.Array(len(gone))
	for _, id := range gone {
		c.replyID(id)
	}
	return nil
}

// scan claims pending entries that were idle long enough, and replies with them. It returns those that do not exist any
// more. It looks at ten times as many as it may claim, at most.
func (o *autoClaimOptions) scan(c *Ctx, pending *stream.Pending) (gone []stream.ID) {
	const attempts = 10
	hole, n := c.W.ArrayHole(), 0
	for tries := o.count * attempts; tries > 0 && o.count > 0; tries-- {
		d, ok := pending.Next()
		if !ok {
			break
		}
		i := o.log.Range(d.ID, d.ID, false)
		switch {
		case !i.Next():
			o.forget(c, d)
			gone = append(gone, d.ID)
			o.count--
		case o.idle > 0 && c.Now-d.Time < o.idle:
		default:
			o.take(c, d, &i)
			n++
			o.count--
		}
	}
	c.W.FillArray(hole, n)
	return gone
}
