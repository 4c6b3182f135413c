package store

import (
	"bytes"
	"encoding/binary"
	"maps"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
)

// model is a naive twin of the store: the physical content of every database. It learns of expired and evicted keys
// through the effects, as a replica would.
type model struct {
	*fixture
	data     [modelDBs]map[string]record
	evicting bool
	frozen   bool

	snap   *Snapshot
	saved  *collector
	moment map[place]record
}

const modelDBs = 3

// Append applies the removals nobody asked for.
func (m *model) Append(u Unit) uint64 {
	for _, e := range u {
		key := string(e.Args[1])
		r, ok := m.data[e.DB][key]
		switch {
		case string(e.Args[0]) != "DEL" || len(e.Args) != 2:
			m.Errorf("effect %q", e.Args)
		case !ok:
			m.Errorf("DEL of %.40q in database %d, which has no such key", key, e.DB)
		case !m.evicting && !r.expired(m.now):
			m.Errorf("DEL of %.40q, which has not expired", key)
		}
		delete(m.data[e.DB], key)
	}
	return 1
}

func (r record) expired(now int64) bool { return r.expireAt != NoExpiry && r.expireAt < now }

func (m *model) live(db int, key []byte) (record, bool) {
	r, ok := m.data[db][string(key)]
	return r, ok && !r.expired(m.now)
}

// script is the source of choices: bytes of the fuzzer's or a generator's.
type script struct{ data []byte }

func (c *script) more() bool { return len(c.data) > 0 }

func (c *script) pick(n int) int {
	if len(c.data) == 0 {
		return 0
	}
	b := c.data[0]
	c.data = c.data[1:]
	return int(b) % n
}

func (c *script) number() uint64 {
	var b [8]byte
	c.data = c.data[copy(b[:], c.data):]
	return binary.LittleEndian.Uint64(b[:])
}

var modelKeyLengths = []int{0, 1, 2, 3, 7, 8, 16, 17, 60, 254, 255, 256, 257, 4000, 8200, 70000}

// key is one of some 200 binary keys, most of them short.
func (c *script) key() []byte {
	b := c.pick(200)
	if n := modelKeyLengths[b%16]; b < 48 {
		return bytes.Repeat([]byte{byte(b), 0, 0xff, '\n'}, n/4+1)[:n]
	}
	return []byte("key:" + strconv.Itoa(b))
}

var modelLengths = []int{0, 1, 2, 5, 12, 20, 21, 44, 45, 46, 100, 247, 255, 256, 300, 1000, 4096, 9000}

func (c *script) length() int {
	b := c.pick(256)
	switch {
	case b == 255:
		return 1 << 20
	case b >= 252:
		return 60000 + 4000*(b-252)
	}
	return modelLengths[b%len(modelLengths)]
}

func (c *script) value() []byte {
	if c.pick(3) == 0 {
		return strconv.AppendInt(nil, c.integer(), 10)
	}
	v := make([]byte, c.length())
	for i := range v {
		v[i] = byte(i*i) ^ byte(len(v))
	}
	return v
}

// integer covers every stored size.
func (c *script) integer() int64 {
	n := int64(c.number()) >> (8 * c.pick(8))
	switch c.pick(20) {
	case 0:
		return math.MaxInt64
	case 1:
		return math.MinInt64
	}
	return n
}

func (c *script) expiry(now int64) int64 {
	switch c.pick(4) {
	case 0:
		return NoExpiry
	case 1:
		return KeepExpiry
	case 2:
		return now + int64(c.pick(250))*20 + 1
	}
	return now + int64(c.pick(250))*100_000
}

// encodingOf is the encoding of a value set as a whole.
func encodingOf(v []byte) Encoding {
	n, err := strconv.ParseInt(string(v), 10, 64)
	switch {
	case err == nil && strconv.FormatInt(n, 10) == string(v):
		return EncInt
	case len(v) <= 44:
		return EncEmbstr
	}
	return EncRaw
}

// runModel carries a script out on a store and on the model and compares them.
func runModel(t testing.TB, data []byte) {
	tuning := collectionTuning
	tuning.Samples, tuning.LFULogFactor, tuning.LFUDecayTime = 5, 10, 1
	m := &model{fixture: newFixture(t, tuning)}
	for db := range m.data {
		m.data[db] = make(map[string]record)
	}
	m.s.SetSink(m)
	c := &script{data}
	for n := 0; c.more() && !t.Failed(); n++ {
		m.step(c)
		if n%512 == 0 {
			m.compare()
		}
	}
	for m.snap != nil {
		m.stepSnapshot(8)
	}
	m.compare()
	m.s.FreezeExpiry(false)
}

func (m *model) compare() {
	m.Helper()
	want := make(map[place]record)
	for db, keys := range m.data {
		for k, r := range keys {
			want[place{db, k}] = r
		}
	}
	if d := differences(m.s.contents(), want); len(d) > 0 {
		m.Fatalf("store and model differ: %q", d)
	}
	m.audit()
}

// step does one operation.
func (m *model) step(c *script) {
	db, op := c.pick(modelDBs), c.pick(84)
	switch {
	case op < 16:
		m.setValue(db, c)
	case op < 24:
		m.edit(db, c)
	case op < 30:
		m.remove(db, c)
	case op < 36:
		m.setExpiry(db, c)
	case op < 42:
		m.transfer(db, c, op)
	case op < 50:
		m.read(db, c)
	case op < 53:
		m.now += int64(c.pick(200)) * 5
	case op < 55:
		m.s.ExpireCycle(m.clock, 1)
	case op < 57:
		m.s.Defragment(1 + c.pick(20))
	case op < 58:
		m.s.Reclaim()
	case op < 59:
		m.evict(c)
	case op < 60:
		m.wholesale(db, c)
	case op < 61:
		m.frozen = c.pick(4) == 0
		m.s.FreezeExpiry(m.frozen)
	case op >= 64:
		m.collect(db, c)
	case m.snap == nil:
		m.startSnapshot()
	default:
		m.stepSnapshot(1 + c.pick(8))
	}
}

func (m *model) tx(db int, keys [][]byte, body func(t *Txn)) {
	var mask uint64
	for _, k := range keys {
		mask |= MaskOf(k)
	}
	m.s.Begin(&m.fixture.tx, mask, db, m.now)
	body(&m.fixture.tx)
	m.fixture.tx.End()
}

// expiryOf resolves KeepExpiry.
func (m *model) expiryOf(db int, key []byte, at int64) int64 {
	if at != KeepExpiry {
		return at
	}
	if r, ok := m.live(db, key); ok {
		return r.expireAt
	}
	return NoExpiry
}

func (m *model) setValue(db int, c *script) {
	key, at := c.key(), c.expiry(m.now)
	want := record{expireAt: m.expiryOf(db, key, at)}
	kind := c.pick(4)
	var v []byte
	if kind == 0 {
		n := c.integer()
		v, want.enc = strconv.AppendInt(nil, n, 10), EncInt
		m.tx(db, [][]byte{key}, func(t *Txn) { t.SetInt(key, n, at) })
	} else {
		v = c.value()
		want.enc = encodingOf(v)
		m.tx(db, [][]byte{key}, func(t *Txn) {
			switch kind {
			case 1:
				if t.SetText(key, v, at); want.enc == EncInt {
					want.enc = EncEmbstr
				}
			case 2:
				t.Build(key, len(v), func(b []byte) { copy(b, v) })
				want.enc, want.expireAt = EncRaw, NoExpiry
			default:
				t.SetString(key, v, at)
			}
		})
	}
	want.value = string(v)
	m.data[db][string(key)] = want
}

func (m *model) edit(db int, c *script) {
	key, n, fill := c.key(), c.length(), byte(c.pick(256))
	m.keep(db, key, func(r record) bool { return !r.collection() })
	old, ok := m.live(db, key)
	if !ok {
		old = record{expireAt: NoExpiry}
	}
	want := make([]byte, max(n, len(old.value)))
	copy(want, old.value)
	m.tx(db, [][]byte{key}, func(t *Txn) {
		b, grown := t.Edit(key, n)
		if !bytes.Equal(b, want) || grown != (!ok || n > len(old.value)) {
			m.Errorf("Edit(%.20q, %d): %d bytes, grown %v; before: %d bytes, there %v", key, n, len(b), grown, len(old.value), ok)
			return
		}
		for i := range b[:min(len(b), 9)] {
			b[i], want[i] = fill, fill
		}
		if !grown {
			t.Changed(key)
		}
	})
	m.data[db][string(key)] = record{string(want), EncRaw, old.expireAt}
}

func (m *model) remove(db int, c *script) {
	key := c.key()
	_, ok := m.live(db, key)
	m.tx(db, [][]byte{key}, func(t *Txn) {
		if got := t.Delete(key); got != ok {
			m.Errorf("Delete(%.20q) = %v", key, got)
		}
	})
	if ok {
		delete(m.data[db], string(key))
	}
}

func (m *model) setExpiry(db int, c *script) {
	key, at := c.key(), c.expiry(m.now)
	if at == KeepExpiry {
		at = NoExpiry
	}
	r, ok := m.live(db, key)
	ok = ok && (at != NoExpiry || r.expireAt != NoExpiry)
	m.tx(db, [][]byte{key}, func(t *Txn) {
		if got := t.SetExpiry(key, at); got != ok {
			m.Errorf("SetExpiry(%.20q, %d) = %v", key, at, got)
		}
	})
	if ok {
		r.expireAt = at
		m.data[db][string(key)] = r
	}
}

func (m *model) transfer(db int, c *script, op int) {
	from, to, target, replace := c.key(), c.key(), c.pick(modelDBs), c.pick(2) == 0
	r, ok := m.live(db, from)
	switch op % 3 {
	case 0:
		to, replace = from, false
	case 1:
		target, replace = db, true
	}
	if target == db && bytes.Equal(from, to) {
		return
	}
	if _, taken := m.live(target, to); taken && !replace {
		ok = false
	}
	m.tx(db, [][]byte{from, to}, func(t *Txn) {
		var got bool
		switch op % 3 {
		case 0:
			got = t.Move(from, target)
		case 1:
			got = t.Rename(from, to)
		default:
			got = t.Copy(from, to, target, replace)
		}
		if got != ok || t.DB() != db {
			m.Errorf("transfer %d of %.20q to %.20q in %d = %v, then in database %d", op%3, from, to, target, got, t.DB())
		}
	})
	if ok {
		m.data[target][string(to)] = r
		if op%3 < 2 {
			delete(m.data[db], string(from))
		}
	}
}

func (m *model) read(db int, c *script) {
	key, other := c.key(), c.key()
	m.tx(db, [][]byte{key, other}, func(t *Txn) {
		for _, k := range [][]byte{key, other, key} {
			want, ok := m.live(db, k)
			e := t.Read(k)
			if e.Exists() != ok || ok && (recordOf(e) != want || !want.collection() && e.Len() != len(want.value) || !bytes.Equal(e.Key(), k)) {
				m.Errorf("Read(%.20q): there %v, want %v", k, e.Exists(), ok)
			}
		}
	})
}

// evict takes away about a tenth of the memory under some policy.
func (m *model) evict(c *script) {
	policy := Policy(c.pick(8))
	tuning := *m.s.tuning.Load()
	tuning.Policy, tuning.Samples = policy, 1+c.pick(10)
	m.s.SetTuning(tuning)
	for m.s.Reclaim() {
	}
	before, count := maps.Clone(m.data[0]), m.entries()
	m.evicting = true
	limit := m.s.Used() - m.s.Used()/10
	n, kept := m.s.Evict(limit, m.now, func() bool { return false })
	m.evicting = false
	if kept != (m.s.Used() <= limit) || count-m.entries() != n {
		m.Errorf("policy %d: Evict = %d, %v; %d keys went, %d of %d bytes used", policy, n, kept, count-m.entries(), m.s.Used(), limit)
	}
	for k, r := range before {
		if _, ok := m.data[0][k]; !ok && policy >= VolatileLRU && r.expireAt == NoExpiry {
			m.Errorf("policy %d evicted %.20q, which does not expire", policy, k)
		}
	}
}

func (m *model) entries() (n int) {
	for _, keys := range m.data {
		n += len(keys)
	}
	return n
}

// wholesale flushes or swaps databases.
func (m *model) wholesale(db int, c *script) {
	kind, other, lazy := c.pick(8), c.pick(modelDBs), c.pick(2) == 0
	var want, got int
	m.s.Begin(&m.fixture.tx, AllShards, db, m.now)
	switch {
	case kind < 4:
		m.fixture.tx.Swap(db, other)
		m.data[db], m.data[other] = m.data[other], m.data[db]
	case kind < 7:
		want, got = len(m.data[db]), m.fixture.tx.Flush(db, lazy)
		clear(m.data[db])
	default:
		want, got = m.entries(), m.fixture.tx.Flush(-1, lazy)
		for i := range m.data {
			clear(m.data[i])
		}
	}
	m.fixture.tx.End()
	if want != got {
		m.Errorf("Flush = %d, want %d", got, want)
	}
}

func (m *model) startSnapshot() {
	m.saved, m.moment = newCollector(m), make(map[place]record)
	for db, keys := range m.data {
		for k, r := range keys {
			m.moment[place{db, k}] = r
		}
	}
	var err error
	if m.snap, err = m.s.NewSnapshot(m.saved, nil); err != nil {
		m.Fatal(err)
	}
}

func (m *model) stepSnapshot(buckets int) {
	if m.snap == nil || m.snap.Step(buckets) {
		return
	}
	m.snap = nil
	if d := differences(m.saved.saved, m.moment); len(d) > 0 {
		m.Fatalf("snapshot differs from its moment: %q", d)
	}
}

// TestModel plays random scripts; each covers every operation hundreds of times.
func TestModel(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			runModel(t, randomScript(seed, 40_000))
		})
	}
}

func randomScript(seed uint64, n int) []byte {
	rng := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	data := make([]byte, n)
	_, _ = rng.Read(data)
	return data
}

func FuzzStore(f *testing.F) {
	for seed := range uint64(4) {
		f.Add(randomScript(100+seed, 600))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		runModel(t, data[:min(len(data), 4096)])
	})
}
