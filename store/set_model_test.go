package store

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"synap/store/packed"
)

// setTuning makes all layouts and conversions frequent.
var setTuning = Tuning{SetMaxIntsetEntries: 8, SetMaxListpackEntries: 6, SetMaxListpackValue: 12, EstateBytes: 2500}

// setModel drives sets and maps with the same operations.
type setModel struct {
	*fixture
	keys []string
	want map[string]*setTwin
}

// setTwin is what a set must be.
type setTwin struct {
	enc     Encoding
	members map[string]bool
}

func newSetModel(t testing.TB) *setModel {
	m := &setModel{fixture: newFixture(t, setTuning), want: map[string]*setTwin{}}
	for i := range 8 {
		m.keys = append(m.keys, "set:"+strconv.Itoa(i))
	}
	return m
}

func asBytes(words []string) (out [][]byte) {
	for _, w := range words {
		out = append(out, []byte(w))
	}
	return out
}

// add is SADD.
func (m *setModel) add(key string, members []string) {
	m.Helper()
	w := m.want[key]
	limits := m.s.tuning.Load()
	if w == nil {
		w = &setTwin{enc: limits.startSet(Member{Text: []byte(members[0])}, len(members)), members: map[string]bool{}}
		m.want[key] = w
	} else if w.enc == EncIntset && len(members) > limits.SetMaxIntsetEntries ||
		w.enc == EncListpack && len(members) > limits.SetMaxListpackEntries {
		w.enc = EncHashtable
	}
	added := 0
	for _, x := range members {
		if w.add(x, limits) {
			added++
		}
	}
	m.on(0, key, func(t *Txn, k []byte) {
		if got := t.EditSet(k).Add(asBytes(members)); got != added || t.Dirty() != added {
			m.Fatalf("adding %q to %s: %d new and %d changes, want %d", members, key, got, t.Dirty(), added)
		}
	})
}

// add is Redis's rule for one member.
func (w *setTwin) add(x string, limits *Tuning) bool {
	if w.members[x] {
		return false
	}
	n := len(w.members)
	w.members[x] = true
	_, isInt := parseInt([]byte(x))
	switch w.enc {
	case EncIntset:
		if isInt {
			if n+1 > limits.SetMaxIntsetEntries {
				w.enc = EncHashtable
			}
			return true
		}
		if w.enc = EncListpack; n >= limits.SetMaxListpackEntries || w.longest() > limits.SetMaxListpackValue {
			w.enc = EncHashtable
		}
	case EncListpack:
		if n >= limits.SetMaxListpackEntries || len(x) > limits.SetMaxListpackValue {
			w.enc = EncHashtable
		}
	}
	return true
}

func (w *setTwin) longest() (n int) {
	for x := range w.members {
		n = max(n, len(x))
	}
	return n
}

// remove is SREM.
func (m *setModel) remove(key string, members []string) {
	w, removed := m.want[key], 0
	if w == nil {
		return
	}
	for _, x := range members {
		if w.members[x] {
			removed++
			delete(w.members, x)
		}
	}
	emptied := len(w.members) == 0
	if emptied {
		delete(m.want, key)
	}
	m.on(0, key, func(t *Txn, k []byte) {
		got, gone := t.EditSet(k).Remove(asBytes(members))
		if got != removed || gone != emptied || t.Dirty() != removed || t.Peek(k).Exists() == emptied {
			m.Fatalf("removing %q from %s: %d, emptied %t, %d changes; want %d, %t", members, key, got, gone, t.Dirty(),
				removed, emptied)
		}
	})
}

// pop is SPOP with a count below the size.
func (m *setModel) pop(key string, n int) {
	w := m.want[key]
	if w == nil || n >= len(w.members) || n < 1 {
		return
	}
	m.on(0, key, func(t *Txn, k []byte) {
		t.EditSet(k).Pop(n, func(x Member) {
			text := string(x.Bytes(nil))
			if !w.members[text] {
				m.Fatalf("%q was popped from %s", text, key)
			}
			delete(w.members, text)
		})
		if t.Dirty() != n {
			m.Fatalf("%d changes by popping %d", t.Dirty(), n)
		}
		limits := t.s.tuning.Load()
		if left := len(w.members); w.enc == EncHashtable && left*manyPopped <= n && left <= limits.SetMaxListpackEntries &&
			w.longest() <= limits.SetMaxListpackValue {
			w.enc = EncListpack
		}
	})
}

// read compares what can be read of a set with its twin.
func (m *setModel) read(key string) {
	m.Helper()
	m.on(0, key, func(t *Txn, k []byte) {
		e, w := t.Read(k), m.want[key]
		if e.Exists() != (w != nil) {
			m.Fatalf("%s exists: %t", key, e.Exists())
		}
		if w == nil {
			return
		}
		v := e.Set()
		if e.Encoding() != w.enc || v.Len() != len(w.members) {
			m.Fatalf("%s is %v of %d, want %v of %d", key, e.Encoding(), v.Len(), w.enc, len(w.members))
		}
		if w.enc == EncListpack && packed.LayoutOf(v.b) != packed.Forward {
			m.Fatalf("%s is not a forward block", key)
		}
		got := map[string]bool{}
		v.Each(func(x Member) bool {
			text := x.Bytes(nil)
			if got[string(text)] = true; !v.Has(text) {
				m.Fatalf("%s has %q, but does not find it", key, text)
			}
			return true
		})
		if !maps.Equal(got, w.members) {
			m.Fatalf("%s is %v, want %v", key, got, w.members)
		}
		if v.Has([]byte("nobody")) || v.Has([]byte("-01")) || v.Has(nil) != w.members[""] {
			m.Fatalf("%s has strangers", key)
		}
		if x := t.RandomMember(v).Bytes(nil); !w.members[string(x)] {
			m.Fatalf("a random member of %s is %q", key, x)
		}
		sampled := map[string]bool{}
		for _, n := range []int{0, 1, v.Len() / 4, v.Len() - 1} {
			if n >= v.Len() {
				continue
			}
			clear(sampled)
			t.Sample(v, n, func(x Member) { sampled[string(x.Bytes(nil))] = true })
			if len(sampled) != n {
				m.Fatalf("%d of %s: %v", n, key, sampled)
			}
		}
	})
}

// operate runs the set operations over some sets, into replies and into a target, and compares with their definitions.
func (m *setModel) operate(sources []string, target string) {
	var twins []map[string]bool
	m.do(0, func(t *Txn) {
		views := func() (views []SetView) {
			for _, key := range sources {
				if e := t.Read([]byte(key)); e.Exists() {
					views = append(views, e.Set())
				}
			}
			return views
		}
		for _, key := range sources {
			if w := m.want[key]; w != nil {
				twins = append(twins, w.members)
			}
		}
		if len(twins) == 0 {
			return
		}
		every, none, some := map[string]bool{}, map[string]bool{}, map[string]bool{}
		for _, w := range twins {
			maps.Copy(some, w)
		}
		for x := range some {
			if !slices.ContainsFunc(twins, func(w map[string]bool) bool { return !w[x] }) {
				every[x] = true
			}
			if twins[0][x] && !slices.ContainsFunc(twins[1:], func(w map[string]bool) bool { return w[x] }) {
				none[x] = true
			}
		}
		for _, op := range []struct {
			name  string
			want  map[string]bool
			reply func(visit func(x Member))
			store func(b *SetBuilder)
		}{
			{"intersection", every, func(visit func(x Member)) {
				Intersect(views(), func(x Member) bool {
					visit(x)
					return true
				})
			}, func(b *SetBuilder) { b.Intersect(views()) }},
			{"difference", none, func(visit func(x Member)) { Subtract(views(), visit) },
				func(b *SetBuilder) { b.Subtract(views()) }},
			{"union", some, func(visit func(x Member)) { Unite(views(), visit) },
				func(b *SetBuilder) { b.Unite(views()) }},
		} {
			got := map[string]bool{}
			op.reply(func(x Member) {
				text := string(x.Bytes(nil))
				if got[text] {
					m.Fatalf("%s of %v shows %q twice", op.name, sources, text)
				}
				got[text] = true
			})
			if !maps.Equal(got, op.want) {
				m.Fatalf("%s of %v is %v, want %v", op.name, sources, got, op.want)
			}
			m.storeResult(t, op.name, target, op.want, op.store)
			if slices.Contains(sources, target) {
				break // the next operation would have other sources
			}
		}
	})
}

// storeResult stores a result under target and checks it there.
func (m *setModel) storeResult(t *Txn, name, target string, want map[string]bool, fill func(b *SetBuilder)) {
	before := t.Dirty()
	b := t.BuildSet([]byte(target))
	fill(b)
	if b.Len() != len(want) {
		m.Fatalf("%s: built %d members, want %d", name, b.Len(), len(want))
	}
	if len(want) == 0 {
		b.Discard()
		return
	}
	b.Store(t)
	if t.Dirty() != before+1 {
		m.Fatalf("%s: storing counts %d changes", name, t.Dirty()-before)
	}
	e := t.Peek([]byte(target))
	m.want[target] = &setTwin{e.Encoding(), want}
	m.plausible(name, m.want[target])
}

// plausible checks that a layout can hold what it holds. Which one it is depends on the order in which members were added.
func (m *setModel) plausible(name string, w *setTwin) {
	limits := m.s.tuning.Load()
	ints := true
	for x := range w.members {
		_, isInt := parseInt([]byte(x))
		ints = ints && isInt
	}
	switch small := len(w.members) <= limits.SetMaxIntsetEntries; {
	case w.enc == EncIntset && ints && small:
	case w.enc == EncListpack && len(w.members) <= limits.SetMaxListpackEntries && w.longest() <= limits.SetMaxListpackValue:
	case w.enc == EncHashtable && !(name == "intersection" && ints && small):
	default:
		m.Fatalf("%s: %v in %v", name, w.members, w.enc)
	}
}

// step draws one operation.
func (m *setModel) step(rng *rand.Rand) {
	key, other := m.keys[rng.IntN(len(m.keys))], m.keys[rng.IntN(len(m.keys))]
	switch rng.IntN(24) {
	case 0:
		m.on(0, key, func(t *Txn, k []byte) { t.Delete(k) })
		delete(m.want, key)
	case 1:
		if key != other {
			m.do(0, func(t *Txn) { t.Copy([]byte(key), []byte(other), 0, true) })
			if w := m.want[key]; w != nil {
				m.want[other] = &setTwin{w.enc, maps.Clone(w.members)}
			}
		}
	case 2:
		if key != other {
			m.do(0, func(t *Txn) { t.Rename([]byte(key), []byte(other)) })
			if w := m.want[key]; w != nil {
				m.want[other] = w
				delete(m.want, key)
			}
		}
	case 3:
		m.s.Defragment(1 << 12)
		m.s.Reclaim()
	case 4:
		m.on(0, key, func(t *Txn, k []byte) { t.SetExpiry(k, m.now+1000) })
	case 5, 6, 7:
		if w := m.want[key]; w != nil {
			m.pop(key, rng.IntN(len(w.members)+1))
		}
	case 8, 9:
		sources := []string{key}
		for range rng.IntN([]int{3, 7, 24}[rng.IntN(3)]) {
			sources = append(sources, m.keys[rng.IntN(len(m.keys))])
		}
		m.operate(sources, other)
	case 10, 11, 12, 13, 14:
		m.remove(key, someMembers(rng, 12))
	case 15:
		if w := m.want[key]; w != nil {
			m.remove(key, slices.Sorted(maps.Keys(w.members))[:len(w.members)-rng.IntN(2)])
		}
	case 16:
		m.add(key, manyMembers(rng))
	default:
		m.add(key, someMembers(rng, 5))
	}
	m.read(key)
	m.read(other)
}

func someMembers(rng *rand.Rand, most int) (out []string) {
	for range 1 + rng.IntN(most) {
		x := strconv.Itoa(rng.IntN(14) - 4)
		switch rng.IntN(12) {
		case 0:
			x = strconv.FormatInt(int64(rng.Uint64())>>rng.IntN(60), 10)
		case 1:
			x = []string{"", "007", "+1", "-0", "1e3", " 1", "9223372036854775808"}[rng.IntN(7)]
		case 2, 3:
			x = "m" + strconv.Itoa(rng.IntN(9))
		case 4:
			x = strings.Repeat("x", 10+rng.IntN(400))
		}
		out = append(out, x)
	}
	return out
}

// manyMembers is enough for large tables.
func manyMembers(rng *rand.Rand) (out []string) {
	first := rng.IntN(500)
	for i := range 100 + rng.IntN(300) {
		out = append(out, "member:"+strconv.Itoa(first+i))
	}
	return out
}
