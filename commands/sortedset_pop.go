package commands

import (
	"math"
	"strconv"

	"synap/server/resp"
	"synap/store"
)

var (
	wordZPopMin = []byte("ZPOPMIN")
	wordZPopMax = []byte("ZPOPMAX")
)

// sortedEnd is an end of a sorted set: what pops from there is called as command and event.
type sortedEnd struct {
	word  []byte
	event string
	high  bool
}

var (
	lowEnd  = sortedEnd{wordZPopMin, "zpopmin", false}
	highEnd = sortedEnd{wordZPopMax, "zpopmax", true}
)

func zPopMin(c *Ctx) error { return c.popScored(&lowEnd) }

func zPopMax(c *Ctx) error { return c.popScored(&highEnd) }

// popScored is ZPOPMIN and ZPOPMAX. Without a count the reply is flat even in RESP3.
func (c *Ctx) popScored(end *sortedEnd) error {
	if len(c.Args) > 3 {
		return ErrSyntax
	}
	count, nested := int64(1), false
	if len(c.Args) == 3 {
		n, ok := resp.ParseInt(c.Args[2])
		if !ok || n < 0 {
			return errNotPositive
		}
		count, nested = n, c.W.Proto == 3
	}
	key := c.Args[1]
	z, err := asSortedSet(c.Tx.Write(key))
	if err != nil {
		return err
	}
	n := int(min(count, int64(z.Len())))
	if nested {
		c.W.Array(n)
	} else {
		c.W.Array(2 * n)
	}
	c.takeScored(end, key, n, nested)
	return nil
}

// takeScored takes n members, which the sorted set at key has, from one of its ends and replies them: each as an
// array of two or as two elements.
func (c *Ctx) takeScored(end *sortedEnd, key []byte, n int, nested bool) {
	if n == 0 {
		return
	}
	z := c.Tx.EditSortedSet(key, 0)
	view := z.View()
	all := view.Len()
	var at store.SortedCursor
	var digits [20]byte
	from, to := 0, n
	if end.high {
		from, to = all-n, all
		view.AtBack(all-1, &at)
	} else {
		view.At(0, &at)
	}
	for range n {
		if nested {
			c.W.Array(2)
		}
		c.W.Bulk(at.Member(digits[:]))
		c.W.Double(at.Score())
		if end.high {
			at.Prev()
		} else {
			at.Next()
		}
	}
	z.RemoveRange(from, to)
	c.removedWith(end.event, key, n == all)
}

// serveScored replies what BZPOPMIN or BZPOPMAX does with a key that has a sorted set: the key, a member and its
// score. Its effect is the pop.
func (c *Ctx) serveScored(end *sortedEnd, key []byte) {
	c.W.Array(3)
	c.W.Bulk(key)
	c.takeScored(end, key, 1, false)
	c.Effect(end.word, key)
}

// serveScoredPairs replies what ZMPOP and BZMPOP do with a key that has a sorted set: the key and up to count pairs. Its
// effect is the pop.
func (c *Ctx) serveScoredPairs(end *sortedEnd, key []byte, count int64) {
	n := int(min(count, int64(c.Tx.EditSortedSet(key, 0).View().Len())))
	c.W.Array(2)
	c.W.Bulk(key)
	c.W.Array(n)
	c.takeScored(end, key, n, true)
	var digits [20]byte
	c.Effect(end.word, key, strconv.AppendInt(digits[:0], int64(n), 10))
}

// multiPop is what ZMPOP and BZMPOP ask for.
type multiPop struct {
	keys  [][]byte
	end   *sortedEnd
	count int64
}

// parse reads the words from the number of keys, at position i, on.
func (p *multiPop) parse(c *Ctx, i int) error {
	n, ok := resp.ParseInt(c.Args[i])
	if !ok || n < 1 {
		return errNumKeys
	}
	if n >= int64(len(c.Args)-i-1) {
		return ErrSyntax
	}
	p.keys = c.Args[i+1:][:n]
	i += 1 + int(n)
	switch {
	case c.Is(i, "min"):
		p.end = &lowEnd
	case c.Is(i, "max"):
		p.end = &highEnd
	default:
		return ErrSyntax
	}
	p.count = -1
	for i++; i < len(c.Args); i += 2 {
		if p.count != -1 || !c.Is(i, "count") || i+1 == len(c.Args) {
			return ErrSyntax
		}
		if p.count, ok = resp.ParseInt(c.Args[i+1]); !ok || p.count < 1 {
			return errPopNumber
		}
	}
	p.count = min(max(p.count, 1), math.MaxInt64)
	return nil
}

// firstScored is the first key of some that exists, nil if none does. It must be a sorted set.
func (c *Ctx) firstScored(keys [][]byte) ([]byte, error) {
	for _, key := range keys {
		if e := c.Tx.Write(key); e.Exists() {
			_, err := asSortedSet(e)
			return key, err
		}
	}
	return nil, nil
}

func zMPop(c *Ctx) error {
	var p multiPop
	if err := p.parse(c, 1); err != nil {
		return err
	}
	key, err := c.firstScored(p.keys)
	switch {
	case err != nil:
		return err
	case key == nil:
		c.W.NullArray()
	default:
		c.serveScoredPairs(p.end, key, p.count)
	}
	return nil
}
