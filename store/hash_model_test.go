package store

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"synap/store/arena"
	"synap/store/packed"
)

// naiveField is what the tests know of a field.
type naiveField struct {
	value    string
	expireAt int64
}

// fieldsOf are the fields of a hash, those past their time included.
func fieldsOf(e Entry) map[string]naiveField {
	all := make(map[string]naiveField)
	e.EachField(func(f Field) {
		all[string(f.Name.Append(nil))] = naiveField{string(f.Value.Append(nil)), f.ExpireAt}
	})
	return all
}

// hashes are all hashes of a store whose shards are locked, as far as they are visible.
func (s *Store) hashes(now int64) map[place]map[string]naiveField {
	all := make(map[place]map[string]naiveField)
	for i := range s.shards {
		m := &s.shards[i].mu.shardState
		for db, sp := range m.spaces {
			if sp == nil {
				continue
			}
			m.each(sp, func(e Entry) {
				fields := visible(fieldsOf(e), now)
				if len(fields) > 0 && !e.expired(now) {
					all[place{db, string(e.Key())}] = fields
				}
			})
		}
	}
	return all
}

func visible(fields map[string]naiveField, now int64) map[string]naiveField {
	maps.DeleteFunc(fields, func(_ string, f naiveField) bool { return f.expireAt != NoExpiry && f.expireAt < now })
	return fields
}

// auditHashes verifies what the table and the roots say about hashes.
func (f *fixture) auditHashes() {
	f.Helper()
	f.s.lock(AllShards)
	defer f.s.unlock(AllShards)
	for i := range f.s.shards {
		m := &f.s.shards[i].mu.shardState
		for _, sp := range m.spaces {
			if sp == nil {
				continue
			}
			for g := range sp.table.Groups() {
				sp.table.EachInGroup(m.arena, g, func(h arena.Handle) {
					if e := m.entry(h); e.Type() == Hash {
						f.auditHash(sp, g, e)
					}
				})
			}
			f.s.report(m)
		}
	}
}

func (f *fixture) auditHash(sp *space, group int, e Entry) {
	f.Helper()
	n, expiring, blocks := 0, 0, int64(0)
	e.EachField(func(x Field) {
		n++
		if x.ExpireAt == NoExpiry {
			return
		}
		expiring++
		sec := expirySecond(x.ExpireAt)
		if e.nextFieldExpiry() > sec {
			f.Errorf("key %.40q: a field expires at %d, the hash at %d", e.Key(), sec, e.nextFieldExpiry())
		}
		if g, ok := sp.table.NextExpired(group, sec); !ok || g != group {
			f.Errorf("key %.40q: the table does not know of a field that expires at %d", e.Key(), sec)
		}
	})
	if n != e.FieldCount() || n == 0 {
		f.Errorf("key %.40q: %d fields, the hash says %d", e.Key(), n, e.FieldCount())
	}
	if e.Encoding() != EncHashtable {
		if e.Encoding() == EncListpack && expiring > 0 {
			f.Errorf("key %.40q: %d expiring fields in a listpack", e.Key(), expiring)
		}
		if packed.LayoutOf(smallHashOf(e.Encoding(), e.payload()).block) != packed.Forward {
			f.Errorf("key %.40q: its block is not a forward one", e.Key())
		}
		return
	}
	root, a := hashRootOf(e.payload()), e.arena()
	noted := 0
	for g := range root.table.Groups() {
		root.table.EachInGroup(a, g, func(h arena.Handle) {
			b := e.bigHash().block(h)
			blocks += int64(a.Size(h))
			if b.shape().size() > a.Size(h) {
				f.Errorf("key %.40q: a field of %d bytes in a block of %d", e.Key(), b.shape().size(), a.Size(h))
			}
			if b.hasExpiry() {
				if found, ok := root.table.NextExpired(g, expirySecond(b.expireAt())); ok && found == g {
					noted++
				}
			}
		})
	}
	if noted != expiring || root.expiring != int64(expiring) || root.bytes != blocks {
		f.Errorf("key %.40q: %d fields expire, %d by the bounds, %d by the count; %d bytes, %d by the count",
			e.Key(), expiring, noted, root.expiring, blocks, root.bytes)
	}
}

// hashModel is a store and a naive twin of its hashes.
type hashModel struct {
	*fixture
	want map[place]map[string]naiveField

	snap      *Snapshot
	atMoment  map[place]map[string]naiveField
	collected *hashCollector
}

// hashCollector is a snapshot sink.
type hashCollector struct {
	saved map[place]map[string]naiveField
	twice bool
}

func (c *hashCollector) Save(db int, e Entry) {
	p := place{db, string(e.Key())}
	_, twice := c.saved[p]
	c.twice = c.twice || twice
	c.saved[p] = fieldsOf(e)
}

func (m *hashModel) fields(db int, key []byte) map[string]naiveField {
	fields := visible(m.want[place{db, string(key)}], m.now)
	if fields == nil {
		fields = make(map[string]naiveField)
	}
	return fields
}

func (m *hashModel) put(db int, key []byte, fields map[string]naiveField) {
	if len(fields) == 0 {
		delete(m.want, place{db, string(key)})
	} else {
		m.want[place{db, string(key)}] = fields
	}
}

// fieldName draws from enough names for every encoding.
func (c *script) fieldName() []byte {
	n := c.pick(40)
	if n > 35 {
		return bytes.Repeat([]byte{'n'}, 10*n)
	}
	if n%3 == 0 {
		return strconv.AppendInt(nil, int64(n-9), 10)
	}
	return fmt.Appendf(nil, "field%d", n)
}

func (c *script) fieldValue() []byte {
	switch c.pick(6) {
	case 0, 1:
		return strconv.AppendInt(nil, c.integer(), 10)
	case 2:
		return nil
	case 3:
		return bytes.Repeat([]byte("v"), c.length()%2000)
	}
	return bytes.Repeat([]byte("w"), c.pick(20))
}

func (m *hashModel) step(c *script) {
	db, key := c.pick(2), fmt.Appendf(nil, "h%d", c.pick(3))
	switch c.pick(13) {
	case 0, 1, 2:
		m.set(db, key, c)
	case 3:
		m.setAll(db, key, c)
	case 4:
		m.remove(db, key, c)
	case 5, 6:
		m.expire(db, key, c)
	case 7:
		m.now += int64(c.pick(3000))
	case 8:
		m.s.ExpireCycle(m.clock, time.Second)
	case 9:
		m.transfer(db, key, c)
	case 10:
		m.read(db, key, c)
	case 11:
		m.snapshot(c)
	case 12:
		m.s.Defragment(8)
		m.s.Reclaim()
	}
}

func (m *hashModel) set(db int, key []byte, c *script) {
	name, value, keep := c.fieldName(), c.fieldValue(), c.pick(3) == 0
	fields := m.fields(db, key)
	old, had := fields[string(name)]
	at := NoExpiry
	if had && keep {
		at = old.expireAt
	}
	fields[string(name)] = naiveField{string(value), at}
	m.put(db, key, fields)
	m.on(db, string(key), func(t *Txn, k []byte) {
		h := t.Fields(k)
		created := false
		if keep {
			created = h.Update(name, packed.Of(value))
		} else {
			created = h.Set(name, value)
		}
		h.Changed(1)
		if created == had {
			m.Errorf("%q created: %v", name, created)
		}
	})
}

func (m *hashModel) setAll(db int, key []byte, c *script) {
	fields, created := m.fields(db, key), 0
	var pairs [][]byte
	for range 1 + c.pick(14) {
		name, value := c.fieldName(), c.fieldValue()
		if _, had := fields[string(name)]; !had {
			created++
		}
		fields[string(name)] = naiveField{string(value), NoExpiry}
		pairs = append(pairs, name, value)
	}
	m.put(db, key, fields)
	m.on(db, string(key), func(t *Txn, k []byte) {
		if n := t.Fields(k).SetAll(pairs); n != created {
			m.Errorf("%d fields created, want %d", n, created)
		}
		t.Fields(k).Changed(len(pairs) / 2)
	})
}

func (m *hashModel) remove(db int, key []byte, c *script) {
	fields := m.fields(db, key)
	n := c.pick(6)
	if n == 5 {
		m.on(db, string(key), func(t *Txn, k []byte) { t.Delete(k) })
		m.put(db, key, nil)
		return
	}
	if c.pick(2) == 0 {
		var names [][]byte
		before := len(fields)
		for range n {
			names = append(names, c.fieldName())
			delete(fields, string(names[len(names)-1]))
		}
		m.on(db, string(key), func(t *Txn, k []byte) {
			if got := t.Fields(k).DeleteAll(names); got != before-len(fields) {
				m.Errorf("%d fields deleted, want %d", got, before-len(fields))
			}
		})
		n = 0
	}
	for range n {
		name := c.fieldName()
		_, had := fields[string(name)]
		delete(fields, string(name))
		m.on(db, string(key), func(t *Txn, k []byte) {
			if t.Fields(k).Delete(name) != had {
				m.Errorf("%q deleted: %v", name, !had)
			}
		})
	}
	m.put(db, key, fields)
}

func (m *hashModel) expire(db int, key []byte, c *script) {
	fields, at := m.fields(db, key), m.now+int64(c.pick(5000))
	if c.pick(4) == 0 {
		at = NoExpiry
	}
	for range 1 + c.pick(8) {
		name := c.fieldName()
		f, had := fields[string(name)]
		if had {
			f.expireAt = at
			fields[string(name)] = f
		}
		m.on(db, string(key), func(t *Txn, k []byte) {
			h := t.Fields(k)
			if _, ok := h.Get(name); ok != had {
				m.Errorf("%q found: %v", name, ok)
			} else if ok {
				h.SetExpiry(name, at)
			}
		})
	}
	m.put(db, key, fields)
}

func (m *hashModel) transfer(db int, key []byte, c *script) {
	to, other, op := fmt.Appendf(nil, "h%d", c.pick(3)), c.pick(2), c.pick(3)
	fields := maps.Clone(m.fields(db, key))
	m.do(db, func(t *Txn) {
		// All that is visible has to arrive; what is past its time may.
		exists := t.Peek(key).Exists()
		switch {
		case op == 0 && !(string(to) == string(key) && other == db):
			if t.Copy(key, to, other, true) {
				m.put(other, to, fields)
			} else if exists {
				m.Errorf("%q was not copied", key)
			}
		case op == 1 && string(to) != string(key):
			if t.Rename(key, to) {
				m.put(db, key, nil)
				m.put(db, to, fields)
			}
		case op == 2 && other != db:
			if t.Move(key, other) {
				m.put(db, key, nil)
				m.put(other, key, fields)
			}
		}
	})
}

func (m *hashModel) read(db int, key []byte, c *script) {
	fields := m.fields(db, key)
	m.on(db, string(key), func(t *Txn, k []byte) {
		h := t.Fields(k)
		got := make(map[string]naiveField)
		note := func(f Field) {
			got[string(f.Name.Append(nil))] = naiveField{string(f.Value.Append(nil)), f.ExpireAt}
		}
		check := func(what string) {
			if !maps.Equal(got, fields) {
				m.Errorf("%s found %v, want %v", what, got, fields)
			}
			clear(got)
		}
		h.Each(note)
		check("Each")
		for cursor := uint64(0); ; {
			if cursor = h.Scan(cursor, int64(c.pick(10)), note); cursor == 0 {
				break
			}
		}
		check("Scan")
		n := c.pick(12)
		h.Sample(n, note)
		if len(got) != min(n, len(fields)) {
			m.Errorf("%d fields in a sample of %d of %d", len(got), n, len(fields))
		}
		for name, f := range got {
			if fields[name] != f {
				m.Errorf("sample has %q: %v, want %v", name, f, fields[name])
			}
		}
		f, ok := h.Random()
		if ok != (len(fields) > 0) || ok && fields[string(f.Name.Append(nil))].value != string(f.Value.Append(nil)) {
			m.Errorf("random field %v: %v", ok, f)
		}
		if h.Len() < len(fields) {
			m.Errorf("length %d, with %d fields", h.Len(), len(fields))
		}
		name := c.fieldName()
		want, had := fields[string(name)]
		if f, ok := h.Get(name); ok != had || ok && (string(f.Value.Append(nil)) != want.value || f.ExpireAt != want.expireAt) {
			m.Errorf("%q is %v, want %v", name, f, want)
		}
	})
}

func (m *hashModel) snapshot(c *script) {
	if m.snap == nil {
		m.collected = &hashCollector{saved: make(map[place]map[string]naiveField)}
		snap, err := m.s.NewSnapshot(m.collected, nil)
		if err != nil {
			m.Fatal(err)
		}
		m.snap, m.atMoment = snap, m.everything()
		return
	}
	if m.snap.Step(1 + c.pick(40)) {
		return
	}
	m.snap = nil
	if m.collected.twice {
		m.Error("an entry was saved twice")
	}
	if len(m.collected.saved) != len(m.atMoment) {
		m.Errorf("%d hashes saved, there were %d", len(m.collected.saved), len(m.atMoment))
	}
	for p, fields := range m.atMoment {
		if !maps.Equal(m.collected.saved[p], fields) {
			m.Errorf("%v was saved as %v, and was %v", p, m.collected.saved[p], fields)
		}
	}
}

// everything is what the store holds, past its time or not.
func (m *hashModel) everything() map[place]map[string]naiveField {
	m.s.lock(AllShards)
	defer m.s.unlock(AllShards)
	return m.s.hashes(0)
}

func (m *hashModel) compare() {
	m.Helper()
	m.s.lock(AllShards)
	got := m.s.hashes(m.now)
	for i := range m.s.shards {
		m.s.report(&m.s.shards[i].mu.shardState)
	}
	m.s.unlock(AllShards)
	for p := range m.want {
		if len(visible(m.want[p], m.now)) == 0 {
			delete(m.want, p)
		}
	}
	if !maps.EqualFunc(got, m.want, func(a, b map[string]naiveField) bool { return maps.Equal(a, b) }) {
		m.Errorf("the store has\n%v, want\n%v", got, m.want)
	}
}

func runHashModel(t testing.TB, data []byte) {
	f := newFixture(t, Tuning{HashMaxListpackEntries: 12, HashMaxListpackValue: 64, EstateBytes: 2500})
	f.s.SetSink(new(countingSink))
	m := &hashModel{fixture: f, want: make(map[place]map[string]naiveField)}
	c := &script{data: data}
	for n := 0; c.more() && !t.Failed(); n++ {
		if m.step(c); n%16 == 0 {
			m.compare()
			m.audit()
			m.auditHashes()
		}
	}
	m.compare()
	m.auditHashes()
	for m.snap != nil && m.snap.Step(1000) {
	}
}

func TestHashModel(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 3))
		data := make([]byte, 12_000)
		for i := range data {
			data[i] = byte(rng.Uint32())
		}
		runHashModel(t, data)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func FuzzHash(f *testing.F) {
	f.Add([]byte("some operations on hashes"))
	f.Fuzz(func(t *testing.T, data []byte) { runHashModel(t, data[:min(len(data), 4000)]) })
}
