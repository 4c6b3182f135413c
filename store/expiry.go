package store

import (
	"math"
	"math/bits"
	"sync/atomic"
	"time"

	"synap/store/arena"
	"synap/store/dict"
)

// expirySecond is the coarse time under which the table remembers an expiry: never later than the true one.
func expirySecond(at int64) uint32 {
	return uint32(min(max(at/1000, 0), dict.NoExpiry-1))
}

// expirySum is an exact sum of expiry times: it comes back to zero after any number of additions and removals, which a
// float's would not, and does not overflow as 64 bits would with some millions of keys.
type expirySum struct{ high, low uint64 }

func (x *expirySum) add(at int64) { x.merge(expirySum{low: uint64(max(at, 0))}) }

func (x *expirySum) remove(at int64) {
	var borrow uint64
	x.low, borrow = bits.Sub64(x.low, uint64(max(at, 0)), 0)
	x.high -= borrow
}

func (x *expirySum) merge(y expirySum) {
	var carry uint64
	x.low, carry = bits.Add64(x.low, y.low, 0)
	x.high += y.high + carry
}

// average is the sum divided by the number of its terms, n > 0.
func (x expirySum) average(n int) int64 {
	quotient, _ := bits.Div64(x.high, x.low, uint64(n))
	return int64(quotient)
}

// expiryCycle is the background removal of keys that nobody looks at any more. Each table keeps, per group of eight
// buckets, a lower bound of the earliest expiry in it. A pass reads those bounds (four bytes for some fifty keys) and
// visits only groups that may hold something expired, so its cost follows what there is to remove and not the number
// of keys. The rejected alternative, Redis's random sampling, leaves up to a quarter of the expired keys in place.
type expiryCycle struct {
	shard, db, group int          // where the next call goes on
	again            bool         // removals shrank the table: what was last may now be in a group passed already
	visited, found   int64        // since the last estimate of the stale share
	timeCapReached   atomic.Int64 // the rest is read by others
	stale            atomic.Uint64
	cpu              atomic.Int64
}

// ExpiryStats describes the background expiry.
type ExpiryStats struct {
	TimeCapReached int64
	StalePercent   float64 // expired share of the keys looked at, smoothed
	CPU            time.Duration
}

// expirySlice is how many groups are visited under one hold of a shard's lock: some 20 µs of work when every entry of
// them has expired. Commands on the shard wait no longer than that.
const expirySlice = 1

// ExpireCycle removes expired keys until it has gone once around the keyspace or worked for the length of budget. It
// returns how long it has worked, waiting for shards that others use not counted, and whether the budget ended it. clock
// returns the current time. While expiry is frozen it does nothing. Calls must not overlap.
func (s *Store) ExpireCycle(clock func() time.Time, budget time.Duration) (worked time.Duration, more bool) {
	if s.frozen.Load() {
		return 0, false
	}
	c := &s.expiry
	var t Txn
	for done := 0; done < Shards; {
		if worked >= budget {
			c.timeCapReached.Add(1)
			more = true
			break
		}
		left, d := s.expireSlice(&t, clock)
		if worked += d; !left {
			c.shard, c.db, c.group = (c.shard+1)%Shards, 0, 0
			done++
		}
	}
	c.finish(worked)
	return worked, more
}

func (c *expiryCycle) finish(spent time.Duration) {
	c.cpu.Add(int64(spent))
	share := 0.0
	if c.visited > 0 {
		share = float64(c.found) / float64(c.visited)
	}
	c.stale.Store(math.Float64bits(math.Float64frombits(c.stale.Load())*0.95 + share*0.05))
	c.visited, c.found = 0, 0
}

// ExpiryStats returns the figures of the background expiry.
func (s *Store) ExpiryStats() ExpiryStats {
	c := &s.expiry
	return ExpiryStats{c.timeCapReached.Load(), math.Float64frombits(c.stale.Load()) * 100, time.Duration(c.cpu.Load())}
}

// reset clears the figures.
func (c *expiryCycle) reset() {
	c.timeCapReached.Store(0)
	c.stale.Store(0)
	c.cpu.Store(0)
}

// expireSlice visits the next groups of the current shard. It reports whether more of it is left, and how long it has held
// the shard.
func (s *Store) expireSlice(t *Txn, clock func() time.Time) (more bool, held time.Duration) {
	s.Begin(t, 1<<s.expiry.shard, s.expiry.db, 0)
	begun := clock()
	t.SetNow(begun.UnixMilli())
	more = s.expireGroups(t)
	t.End()
	return more, clock().Sub(begun)
}

// expireGroups is expireSlice on the locked shard.
func (s *Store) expireGroups(t *Txn) (more bool) {
	c := &s.expiry
	m := &s.shards[c.shard].mu.shardState
	for visits := 0; c.db < len(m.spaces); c.db, c.group = c.db+1, 0 {
		sp := m.at(c.db)
		if sp == nil {
			continue
		}
		t.db = c.db
		for {
			g, ok := sp.table.NextExpired(c.group, expirySecond(t.now))
			if !ok && c.again {
				c.group, c.again = 0, false
				continue
			}
			if !ok {
				break
			}
			if visits++; visits > expirySlice {
				c.group = g
				return true
			}
			found := c.found
			more = t.expireGroup(m, sp, g)
			c.again = c.again || c.found > found
			if c.group = g; more {
				return true
			}
			c.group++
		}
	}
	return false
}

// expireGroup removes what has expired in one group and renews the group's bound. It reports whether there is more to
// remove: of a large hash only some fields are removed at a time.
func (t *Txn) expireGroup(m *shardState, sp *space, group int) (more bool) {
	c := &t.s.expiry
	sp.table.PrefetchGroup(m.arena, group)
	sp.table.VisitGroup(m.arena, group, func(h arena.Handle) (expiry uint32) {
		e := m.entry(h)
		c.visited++
		if e.expired(t.now) {
			c.found++
			t.removeExpired(sp, e)
			return dict.NoExpiry
		}
		next := e.nextExpiry()
		if now := expirySecond(t.now); next <= now && e.Type() == Hash && e.nextFieldExpiry() <= now {
			next = t.expireFields(sp, e)
			more = more || next < now
		}
		return next
	})
	return more
}
