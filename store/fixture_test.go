package store

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"synap/store/arena"
	"synap/store/dict"
)

// epoch0 is when the tests' clock starts, in unix milliseconds.
const epoch0 = int64(1_700_000_000_000)

// lockedRand is a seeded random source for concurrent use.
type lockedRand struct {
	mu struct {
		sync.Mutex
		src *rand.PCG
	}
}

func newRand(seed uint64) *lockedRand {
	r := new(lockedRand)
	r.mu.src = rand.NewPCG(seed, 7)
	return r
}

func (r *lockedRand) Uint64() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.mu.src.Uint64()
}

// record is what the tests know of an entry.
type record struct {
	value    string
	enc      Encoding
	expireAt int64
}

// place names an entry.
type place struct {
	db  int
	key string
}

func recordOf(e Entry) record {
	if e.Type() != String {
		return record{contentOf(e), collectionEncoding, e.ExpireAt()}
	}
	var scratch [20]byte
	return record{string(e.Bytes(scratch[:])), e.Encoding(), e.ExpireAt()}
}

// journal keeps the units it is given.
type journal struct {
	mu struct {
		sync.Mutex
		units []Unit
	}
}

func (j *journal) Append(u Unit) uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	own := make(Unit, len(u))
	for i, e := range u {
		own[i] = NewEffect(e.DB, e.Args...)
	}
	j.mu.units = append(j.mu.units, own)
	return uint64(len(j.mu.units))
}

// take returns the units since the last call, as "db word word ...; ...".
func (j *journal) take() (lines []string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, u := range j.mu.units {
		var b bytes.Buffer
		for i, e := range u {
			if i > 0 {
				b.WriteString("; ")
			}
			fmt.Fprintf(&b, "%d %s", e.DB, bytes.Join(e.Args, []byte(" ")))
		}
		lines = append(lines, b.String())
	}
	j.mu.units = nil
	return lines
}

// fixture is a store with an injected clock and seeded randomness that audits itself at the end of the test.
type fixture struct {
	testing.TB
	s   *Store
	now int64
	tx  Txn
}

func newFixture(t testing.TB, tuning Tuning) *fixture {
	f := &fixture{TB: t, now: epoch0, s: New(Options{Databases: 16, Tuning: tuning, Rand: newRand(42)})}
	t.Cleanup(f.finish)
	return f
}

// do runs a transaction over the whole keyspace.
func (f *fixture) do(db int, body func(t *Txn)) (seq uint64) {
	f.s.Begin(&f.tx, AllShards, db, f.now)
	body(&f.tx)
	return f.tx.End()
}

// on runs a transaction over the shard of one key.
func (f *fixture) on(db int, key string, body func(t *Txn, key []byte)) (seq uint64) {
	k := []byte(key)
	f.s.Begin(&f.tx, MaskOf(k), db, f.now)
	body(&f.tx, k)
	return f.tx.End()
}

func (f *fixture) set(db int, key, value string, expireAt int64) {
	f.on(db, key, func(t *Txn, k []byte) { t.SetString(k, []byte(value), expireAt) })
}

func (f *fixture) get(db int, key string) (value string, ok bool) {
	f.on(db, key, func(t *Txn, k []byte) {
		if e := t.Read(k); e.Exists() {
			value, ok = recordOf(e).value, true
		}
	})
	return value, ok
}

func (f *fixture) size(db int) (n int) {
	f.do(db, func(t *Txn) { n = t.Len(db) })
	return n
}

// clock is the fixture's clock as ExpireCycle wants it.
func (f *fixture) clock() time.Time { return time.UnixMilli(f.now) }

// physical is the content of the keyspace with what has expired but was not removed. All shards are locked.
func (s *Store) physical() map[place]record {
	all := make(map[place]record)
	for i := range s.shards {
		m := &s.shards[i].mu.shardState
		for db, sp := range m.spaces {
			if sp != nil {
				m.each(sp, func(e Entry) { all[place{db, string(e.Key())}] = recordOf(e) })
			}
		}
	}
	return all
}

// contents is physical for an unlocked store.
func (s *Store) contents() map[place]record {
	s.lock(AllShards)
	defer s.unlock(AllShards)
	defer func() {
		for i := range s.shards {
			s.report(&s.shards[i].mu.shardState) // the visit may have made tables do what they had put off
		}
	}()
	return s.physical()
}

// audit verifies all that must hold between transactions.
func (f *fixture) audit() {
	f.Helper()
	f.s.lock(AllShards)
	defer f.s.unlock(AllShards)
	var used, pending int64
	keys := make([]int64, f.s.dbs)
	for i := range f.s.shards {
		m := &f.s.shards[i].mu.shardState
		bytes := make(usage)
		if m.used != m.reported.used {
			f.Errorf("shard %d: %d bytes used, reported %d", i, m.used, m.reported.used)
		}
		for db, sp := range m.spaces {
			if sp == nil {
				continue
			}
			if sp.db != db {
				f.Errorf("shard %d: the part of database %d says it is of %d", i, db, sp.db)
			}
			f.auditSpace(i, m, sp, bytes)
			bytes[m.arena] += sp.table.Bytes()
			keys[db] += int64(sp.table.Len())
		}
		for _, sp := range m.dropped {
			m.each(sp, bytes.add)
			bytes[m.arena] += sp.table.Bytes()
		}
		f.auditFreeing(i, m, bytes)
		f.auditArenas(i, m, bytes)
		f.s.report(m) // the visit may have made the table do what it had put off
		used += m.used
		pending += int64(m.backlog())
	}
	if f.s.Used() != used || f.s.pending.Load() != pending {
		f.Errorf("store says %d bytes and %d dropped tables; there are %d and %d", f.s.Used(), f.s.pending.Load(), used, pending)
	}
	for db, n := range keys {
		if got := f.s.keys[db].Load() & (1<<keysBits - 1); got != n {
			f.Errorf("store says %d keys in database %d; there are %d", got, db, n)
		}
	}
}

// usage is the bytes of blocks that were found to have an owner, by arena.
type usage map[*arena.Arena]int64

// add adds the blocks of an entry.
func (u usage) add(e Entry) {
	n := int64(e.m.arena.Size(e.h))
	u[e.m.arena] += n
	if e.big() {
		u[e.arena()] += e.Footprint() - n
	}
}

// auditFreeing verifies what a shard knows of the memory that it is still to free.
func (f *fixture) auditFreeing(i int, m *shardState, bytes usage) {
	f.Helper()
	owed, strays := int64(0), 0
	for _, o := range m.orphans {
		bytes[o.a] += o.bytes()
		owed += o.bytes()
		if o.a != m.arena {
			strays++
		}
	}
	for n, r := range m.retired {
		bytes[r.arena] = r.arena.Used() // nobody looks into it any more
		if r.owed {
			owed += r.arena.Used()
		} else if n > 0 && m.retired[n-1].owed {
			f.Errorf("shard %d: a retired arena that is not owed lies on one that is", i)
		}
	}
	if m.owed != owed || m.owed != m.reported.owed || m.strays != strays {
		f.Errorf("shard %d: %d bytes to be freed are counted as %d, reported as %d; %d strays of %d", i, owed, m.owed,
			m.reported.owed, strays, m.strays)
	}
}

// auditArenas verifies that all that a shard's arenas hold was found, in bytes.
func (f *fixture) auditArenas(i int, m *shardState, bytes usage) {
	f.Helper()
	sum := int64(0)
	check := func(a *arena.Arena) {
		if sum += a.Used(); a.Used() != bytes[a] {
			f.Errorf("shard %d: an arena uses %d, blocks are %d bytes", i, a.Used(), bytes[a])
		}
		delete(bytes, a)
	}
	check(m.arena)
	taken := 0
	m.estates.each(func(a *arena.Arena) {
		if taken++; a.Used() == 0 {
			f.Errorf("shard %d: an estate of nobody", i)
		}
		check(a)
	})
	for _, r := range m.retired {
		check(r.arena)
	}
	if sum != m.used || len(bytes) > 0 || taken+len(m.estates.free) != len(m.estates.arenas) {
		f.Errorf("shard %d: %d bytes used, counted as %d; %d arenas unknown; %d of %d estates, %d free", i, sum, m.used,
			len(bytes), taken, len(m.estates.arenas), len(m.estates.free))
	}
}

// auditSpace verifies one table and adds its entries' blocks to bytes, with those of big values.
func (f *fixture) auditSpace(shard int, m *shardState, sp *space, bytes usage) {
	f.Helper()
	n, expires, sum := 0, 0, expirySum{}
	keys := make(map[string]bool)
	m.each(sp, func(e Entry) {
		n++
		bytes.add(e)
		f.auditBig(e)
		keys[string(e.Key())] = true
		if ShardOf(e.Key()) != shard {
			f.Errorf("key %.40q is in shard %d", e.Key(), shard)
		}
		if e.size() > m.arena.Size(e.h) {
			f.Errorf("key %.40q: entry of %d bytes in a block of %d", e.Key(), e.size(), m.arena.Size(e.h))
		}
		if m.snap == nil && e.flags()&flagEpoch != m.epoch {
			f.Errorf("key %.40q has an old epoch mark", e.Key())
		}
		if e.hasExpiry() {
			expires++
			sum.add(e.ExpireAt())
		}
	})
	if n != sp.table.Len() || n != len(keys) {
		f.Errorf("shard %d: table counts %d, has %d entries with %d keys", shard, sp.table.Len(), n, len(keys))
	}
	if expires != sp.expires || sum != sp.expirySum {
		f.Errorf("shard %d: expires %d, sum %v; there are %d, %v", shard, sp.expires, sp.expirySum, expires, sum)
	}
	if noted := f.noted(m, sp); noted != expires {
		f.Errorf("shard %d: the table's bounds lead to %d of %d entries with an expiry", shard, noted, expires)
	}
}

// auditBig verifies that the blocks of a value lie where they should.
func (f *fixture) auditBig(e Entry) {
	f.Helper()
	if !e.big() {
		return
	}
	n, limit := e.parts().bytes(e.arena(), e.payload()), f.s.tuning.Load().estateLimit()
	if e.Type() == List {
		if d := &listRootOf(e.payload()).Deque; d.Bytes(e.arena()) != n {
			f.Errorf("key %.40q: a list of %d bytes, counted as %d", e.Key(), d.Bytes(e.arena()), n)
		}
	}
	// Tables grow and shrink a little later than what they belong to.
	if own := estateOf(e.payload()) != 0; own && n < limit/leastEstate/2 || !own && n/2 > limit {
		f.Errorf("key %.40q: a %s of %d bytes, in an estate: %v", e.Key(), e.Type(), n, own)
	}
}

// noted counts the entries with an expiry that lie in groups whose bound is not later.
func (f *fixture) noted(m *shardState, sp *space) (n int) {
	for g, ok := sp.table.NextExpired(0, dict.NoExpiry-1); ok; g, ok = sp.table.NextExpired(g+1, dict.NoExpiry-1) {
		sp.table.EachInGroup(m.arena, g, func(h arena.Handle) {
			e := m.entry(h)
			if !e.hasExpiry() {
				return
			}
			if found, ok := sp.table.NextExpired(g, expirySecond(e.ExpireAt())); ok && found == g {
				n++
			}
		})
	}
	return n
}

// finish audits the store as the test left it, empties it, and verifies that nothing is left.
func (f *fixture) finish() {
	f.audit()
	f.s.SetSink(nil)
	f.do(0, func(t *Txn) { t.Flush(-1, false) })
	for f.s.Reclaim() {
	}
	f.audit()
	f.do(0, func(t *Txn) {
		awaited, _ := t.Awaited()
		if n := t.PendingReclaim() + t.Watched() + awaited; n != 0 {
			f.Errorf("left behind: %d entries, %d watches, %d waits", t.PendingReclaim(), t.Watched(), awaited)
		}
	})
	if u := f.s.Used(); u != 0 {
		f.Errorf("%d bytes in use after FLUSHALL", u)
	}
	for i := range f.s.shards {
		f.s.shards[i].mu.arena.Reset()
	}
	f.s.Trim()
	if r := f.s.Resident(); r != 0 {
		f.Errorf("%d bytes resident after the arenas' reset", r)
	}
}

// collector is a snapshot sink that keeps what it is given.
type collector struct {
	tb    testing.TB
	mu    sync.Mutex // the writers of different shards save side by side
	saved map[place]record
}

func newCollector(t testing.TB) *collector {
	return &collector{tb: t, saved: make(map[place]record)}
}

func (c *collector) Save(db int, e Entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := place{db, string(e.Key())}
	if _, twice := c.saved[p]; twice {
		c.tb.Errorf("database %d key %.40q was saved twice", db, p.key)
	}
	c.saved[p] = recordOf(e)
}

// differences describes up to a few differences between two states of the keyspace.
func differences(got, want map[place]record) (out []string) {
	for p, w := range want {
		if g, ok := got[p]; !ok {
			out = append(out, fmt.Sprintf("db %d key %.40q missing", p.db, p.key))
		} else if g != w {
			out = append(out, fmt.Sprintf("db %d key %.40q is %.60q (%d bytes) %v %d, want %.60q (%d bytes) %v %d",
				p.db, p.key, g.value, len(g.value), g.enc, g.expireAt, w.value, len(w.value), w.enc, w.expireAt))
		}
	}
	for p := range got {
		if _, ok := want[p]; !ok {
			out = append(out, fmt.Sprintf("db %d key %.40q is too much", p.db, p.key))
		}
	}
	slices.Sort(out)
	return out[:min(len(out), 5)]
}
