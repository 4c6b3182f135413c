package store

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
)

// estateModel does to large values all that may happen to them, and knows what must be under each key. What changes inside a
// value is for the tests of its type: here it is read back after the change.
type estateModel struct {
	*fixture
	rng  *rand.Rand
	keys []string
	want map[place]record

	snap     *Snapshot
	atMoment map[place]record
	saved    *collector
}

const estateModelDBs = 2

func (m *estateModel) pick() place {
	return place{m.rng.IntN(estateModelDBs), m.keys[m.rng.IntN(len(m.keys))]}
}

// reread notes what is under a key.
func (m *estateModel) reread(p place) {
	m.on(p.db, p.key, func(t *Txn, k []byte) {
		if e := t.Peek(k); e.Exists() {
			m.want[p] = recordOf(e)
		} else {
			delete(m.want, p)
		}
	})
}

func (m *estateModel) typeOf(p place) (typ Type, ok bool) {
	m.on(p.db, p.key, func(t *Txn, k []byte) {
		if e := t.Peek(k); e.Exists() {
			typ, ok = e.Type(), true
		}
	})
	return typ, ok
}

func (m *estateModel) grow(p place) {
	types := []Type{List, Set, SortedSet, Hash, Stream}
	typ, ok := m.typeOf(p)
	if !ok || typ == String {
		typ = types[m.rng.IntN(len(types))]
	}
	n := 1 + m.rng.IntN(300)
	m.on(p.db, p.key, func(t *Txn, k []byte) {
		if e := t.Peek(k); e.Exists() && e.Type() == String {
			t.Delete(k)
		}
		if typ == Stream && t.Peek(k).Exists() && t.Peek(k).Log().Length > 1000 {
			t.Delete(k)
		}
		bigValues[typ](t, k, n)
	})
	m.reread(p)
}

func (m *estateModel) shrink(p place) {
	typ, ok := m.typeOf(p)
	if !ok || typ == String {
		return
	}
	least := 4 + m.rng.IntN(40)
	removeSome(m.fixture, typ, p, func(_, left int) bool { return left > least })
	m.reread(p)
}

func (m *estateModel) transfer(from, to place, move bool) {
	if from == to {
		return
	}
	r, ok := m.want[from]
	m.do(from.db, func(t *Txn) {
		switch f, k := []byte(from.key), []byte(to.key); {
		case !move:
			t.Copy(f, k, to.db, true)
		case from.db == to.db:
			t.Rename(f, k)
		case from.key == to.key:
			t.Select(to.db)
			t.Delete(k)
			t.Select(from.db)
			t.Move(f, to.db)
		default:
			ok = false
		}
	})
	if from.key == to.key && from.db != to.db && move {
		delete(m.want, to)
	}
	if !ok {
		m.reread(to)
		return
	}
	m.want[to] = r
	if move {
		delete(m.want, from)
	}
}

// vanish removes keys in one of the ways in which keys go.
func (m *estateModel) vanish(p place) {
	switch kind := m.rng.IntN(12); {
	case kind < 5:
		m.on(p.db, p.key, func(t *Txn, k []byte) { t.Delete(k) })
		delete(m.want, p)
	case kind < 7:
		m.set(p.db, p.key, "a string", NoExpiry)
		m.reread(p)
	case kind < 9:
		m.on(p.db, p.key, func(t *Txn, k []byte) { t.SetExpiry(k, m.now+1) })
		m.now += 10
		m.s.ExpireCycle(m.clock, 1e9)
		delete(m.want, p)
	case kind < 10:
		m.s.Evict(m.s.Used()*9/10, m.now, func() bool { return false })
		there := m.s.contents()
		maps.DeleteFunc(m.want, func(p place, _ record) bool { _, ok := there[p]; return !ok })
	case m.rng.IntN(3) == 0:
		db, lazy := m.rng.IntN(estateModelDBs+1)-1, m.rng.IntN(2) == 0
		m.do(0, func(t *Txn) { t.Flush(db, lazy) })
		maps.DeleteFunc(m.want, func(p place, _ record) bool { return db < 0 || p.db == db })
	}
}

func (m *estateModel) step() {
	p := m.pick()
	switch op := m.rng.IntN(100); {
	case op < 28:
		m.grow(p)
	case op < 42:
		m.shrink(p)
	case op < 67:
		m.transfer(p, m.pick(), true)
	case op < 72:
		m.transfer(p, m.pick(), false)
	case op < 80:
		m.vanish(p)
	case op < 85:
		m.s.Reclaim()
	case op < 88:
		m.s.Defragment(1 + m.rng.IntN(50))
	case op < 90:
		m.s.Trim()
	case op < 92:
		m.do(0, func(t *Txn) { t.Swap(0, 1) })
		swapped := make(map[place]record)
		for p, r := range m.want {
			swapped[place{1 - p.db, p.key}] = r
		}
		m.want = swapped
	case m.snap == nil:
		m.saved, m.atMoment = newCollector(m), m.s.contents()
		m.snap, _ = m.s.NewSnapshot(m.saved, nil)
	default:
		m.stepSnapshot(1 + m.rng.IntN(10))
	}
}

func (m *estateModel) stepSnapshot(n int) {
	if m.snap.Step(n) {
		return
	}
	m.snap = nil
	if d := differences(m.saved.saved, m.atMoment); len(d) > 0 {
		m.Errorf("the snapshot: %q", d)
	}
}

// TestEstatesAtRandom: large values stay what they are, and all memory has an owner, whatever is done to them and wherever they
// go.
func TestEstatesAtRandom(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			tuning := collectionTuning
			tuning.Policy, tuning.Samples, tuning.EstateBytes = AllKeysRandom, 5, 6000
			m := &estateModel{fixture: newFixture(t, tuning), rng: rand.New(rand.NewPCG(seed, 9)), want: map[place]record{}}
			m.s.owedFree = 20_000
			for len(m.keys) < 6 {
				m.keys = append(m.keys, keyElsewhere(m.keys...))
			}
			m.keys = slices.Concat(m.keys, []string{m.keys[0] + "+"})
			for n := range 1500 {
				m.step()
				if n%10 == 0 {
					if d := differences(m.s.contents(), m.want); len(d) > 0 {
						t.Fatalf("step %d: %q", n, d)
					}
					m.audit()
				}
				if t.Failed() {
					t.Fatalf("step %d", n)
				}
			}
			for m.snap != nil {
				m.stepSnapshot(10)
			}
		})
	}
}
