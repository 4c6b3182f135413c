package dict

import (
	"encoding/binary"
	"maps"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"synap/store/arena"
)

// model is a table of entries of 16 bytes, key and hash, and the map it must
// equal.
type model struct {
	t       testing.TB
	a       *arena.Arena
	table   Table
	hash    func(key uint64) uint64
	entries map[uint64]arena.Handle // by key
}

type entry struct{ key, hash uint64 }

func newModel(t testing.TB, hash func(uint64) uint64) *model {
	return &model{t: t, a: arena.New(new(arena.Pool)), hash: hash, entries: map[uint64]arena.Handle{}}
}

func (m *model) entry(h arena.Handle) *entry { return (*entry)(m.a.Ptr(h)) }

func (m *model) newEntry(key uint64) arena.Handle {
	h := m.a.Alloc(16)
	*m.entry(h) = entry{key, m.hash(key)}
	return h
}

func (m *model) find(key uint64) (p Probe, found arena.Handle) {
	p = m.table.Probe(m.a, m.hash(key))
	for h := p.Next(); h != 0; h = p.Next() {
		if m.entry(h).key == key {
			return p, h
		}
	}
	return p, 0
}

// set inserts a key, or gives the present one a new entry.
func (m *model) set(key uint64) {
	h := m.newEntry(key)
	if p, old := m.find(key); old != 0 {
		p.Replace(h)
		m.a.Free(old)
	} else {
		m.table.Insert(m.a, m.hash(key), h)
	}
	m.entries[key] = h
}

func (m *model) remove(key uint64) {
	p, h := m.find(key)
	if h != m.entries[key] {
		m.t.Fatalf("key %d: found %#x, want %#x", key, h, m.entries[key])
	}
	if h != 0 {
		m.table.Remove(m.a, &p)
		m.a.Free(h)
		delete(m.entries, key)
	}
}

// check compares all of the table with the map and with the arena.
func (m *model) check() {
	m.t.Helper()
	if m.table.Len() != len(m.entries) {
		m.t.Fatalf("Len = %d, want %d", m.table.Len(), len(m.entries))
	}
	for key, want := range m.entries {
		if _, h := m.find(key); h != want {
			m.t.Fatalf("key %d: found %#x, want %#x", key, h, want)
		}
	}
	if used := m.table.Bytes() + 16*int64(len(m.entries)); m.a.Used() != used {
		m.t.Fatalf("arena has %d bytes, table and entries %d", m.a.Used(), used)
	}
	m.checkBuckets()
	m.checkSlots()
	if got := m.scanAll(); len(got) != len(m.entries) {
		m.t.Fatalf("a scan finds %d entries, want %d", len(got), len(m.entries))
	}
}

// checkSlots verifies that going through the buckets shows every entry once, with
// enough of its hash to find it in this table and to place it in another.
func (m *model) checkSlots() {
	m.t.Helper()
	seen := map[arena.Handle]bool{}
	var slots []Slot
	for b := range m.table.Buckets() {
		slots = m.table.Bucket(m.a, b, slots[:0])
		PrefetchSlots(m.a, slots)
		for _, s := range slots {
			h := s.Handle()
			seen[h] = true
			e := m.entry(h)
			if s.Hash() != e.hash&tagMask || Position(s.Hash()) != Position(e.hash) || m.entries[e.key] != h {
				m.t.Fatalf("bucket %d shows %+v as %#x", b, *e, uint64(s))
			}
			p := m.table.Probe(m.a, s.Hash())
			found := p.Next()
			for found != 0 && found != h {
				found = p.Next()
			}
			if found != h {
				m.t.Fatalf("no probe for the hash of slot %#x leads to it", uint64(s))
			}
		}
	}
	if len(seen) != len(m.entries) {
		m.t.Fatalf("the buckets show %d entries, want %d", len(seen), len(m.entries))
	}
}

// checkBuckets verifies what the structure promises: entries are in the bucket
// of their hash, overflow only behind full buckets, counters exact.
func (m *model) checkBuckets() {
	m.t.Helper()
	t := &m.table
	var count int
	var overflow int64
	for b := range t.buckets {
		bkt := t.bucket(b)
		if uintptr(unsafe.Pointer(bkt))%bucketBytes != 0 {
			m.t.Fatalf("bucket %d at %p", b, bkt)
		}
		for _, slot := range collect(m.a, bkt, nil) {
			count++
			if e := m.entry(arena.Handle(slot & handleMask)); t.index(e.hash) != b || tagOf(e.hash) != slot&^handleMask {
				m.t.Fatalf("bucket %d has %+v", b, *e)
			}
		}
		if n := len(overflowOf(m.a, bkt)); n > 0 {
			overflow += int64(overflowBytes(n))
			if n == 1 || n > int(t.longest) || slices.Contains(bkt[:], 0) {
				m.t.Fatalf("bucket %d: %x and %d more (longest %d)", b, *bkt, n, t.longest)
			}
		}
	}
	if count != t.Len() || overflow != t.overflow || t.held != 0 {
		m.t.Fatalf("%d entries, %d bytes overflow; counted %d, %d; held %d", count, overflow, t.Len(), t.overflow, t.held)
	}
	if t.count == 0 && (*t != Table{}) {
		m.t.Fatalf("empty table owns %+v", *t)
	}
}

func (m *model) scanAll() map[uint64]int {
	seen := map[uint64]int{}
	for cursor := uint64(0); ; {
		cursor = m.table.Scan(m.a, cursor, func(h arena.Handle) { seen[m.entry(h).key]++ })
		if cursor == 0 {
			return seen
		}
	}
}

func (m *model) drop() {
	for _, key := range slices.Sorted(maps.Keys(m.entries)) { // the same order for the same fuzz input
		m.remove(key)
	}
	m.check()
	if m.a.Used() != 0 {
		m.t.Fatalf("%d bytes used by nothing", m.a.Used())
	}
	m.a.Reset()
}

// mix is a stand-in for a good hash.
func mix(key uint64) uint64 {
	key *= 0x9e3779b97f4a7c15
	key ^= key >> 32
	key *= 0xd6e8feb86659fd93
	return key ^ key>>29
}

var hashes = map[string]func(uint64) uint64{
	"mixed":         mix,
	"sequential":    func(key uint64) uint64 { return key },
	"constant":      func(uint64) uint64 { return 12345 },
	"zero":          func(uint64) uint64 { return 0 },
	"ones":          func(uint64) uint64 { return 1<<64 - 1 },
	"low bits same": func(key uint64) uint64 { return mix(key)<<12 | 0xabc },
	"tag same":      func(key uint64) uint64 { return mix(key) << tagBits },
	"two buckets":   func(key uint64) uint64 { return key % 2 * 0x5555 },
}

func TestTable(t *testing.T) {
	for name, hash := range hashes {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, 2))
			m := newModel(t, hash)
			for _, size := range []uint64{1, 9, 30, 300, 1000} {
				for range 2 * size {
					m.set(rng.Uint64N(size))
				}
				m.check()
				for range size {
					m.remove(rng.Uint64N(size))
				}
				m.check()
			}
			m.drop()
		})
	}
}

func TestBigTable(t *testing.T) {
	m := newModel(t, mix)
	const n = 150_000 // several segments
	for key := range uint64(n) {
		m.set(key)
	}
	m.check()
	if m.table.segments() < 3 {
		t.Fatalf("%d segments", m.table.segments())
	}
	for key := range uint64(n - 10) {
		m.remove(key)
	}
	m.check()
	if m.table.Bytes() > 1024 {
		t.Errorf("%d bytes for 10 entries", m.table.Bytes())
	}
	m.drop()
}

func TestFree(t *testing.T) {
	for _, n := range []uint64{0, 1, 8, 9, 1000, 5000} {
		m := newModel(t, hashes["low bits same"])
		for key := range n {
			m.set(key)
		}
		m.table.Free(m.a)
		if m.table != (Table{}) || m.a.Used() != 16*int64(n) {
			t.Errorf("%d entries: left %+v, %d bytes", n, m.table, m.a.Used())
		}
		m.a.Reset()
	}
}

func TestDrain(t *testing.T) {
	m := newModel(t, mix)
	for key := range uint64(20000) {
		m.set(key)
	}
	for empty := false; !empty; {
		before := m.table.Len()
		empty = m.table.Drain(m.a, 100, func(h arena.Handle) {
			delete(m.entries, m.entry(h).key)
			m.a.Free(h)
		})
		if gone := before - m.table.Len(); gone > 150 {
			t.Fatalf("%d entries at once", gone)
		}
		m.checkBuckets()
		if used := m.table.Bytes() + 16*int64(len(m.entries)); m.a.Used() != used {
			t.Fatalf("arena has %d bytes, table and entries %d", m.a.Used(), used)
		}
	}
	m.drop()
}

// The table must not take more memory per entry than promised, whatever the
// number of entries.
func TestBytesPerEntry(t *testing.T) {
	a := arena.New(new(arena.Pool))
	defer a.Reset()
	var table Table
	for n := 1; n <= 200_000; n++ {
		table.Insert(a, mix(uint64(n)), 1)
		limit := 11.5 + 500/float64(n) // one step of the last chunk, directory
		if per := float64(table.Bytes()) / float64(n); per > limit {
			t.Fatalf("%d entries: %.2f bytes each", n, per)
		}
	}
}

// Inserting and removing in turns, at any size, must not grow and shrink the
// table each time.
func TestNoThrashing(t *testing.T) {
	m := newModel(t, mix)
	for size := range uint64(600) {
		m.set(size)
		changes := 0
		for round := range 20 {
			before := m.table.Buckets()
			m.set(1 << 40)
			m.remove(1 << 40)
			if m.table.Buckets() != before && round >= 10 { // until then it may catch up
				changes++
			}
		}
		if changes > 0 {
			t.Fatalf("at %d entries: %d changes of size", size+1, changes)
		}
	}
	m.drop()
}

// fuzzed interprets bytes as operations on a small key space.
func fuzzed(t *testing.T, hash func(uint64) uint64, ops []byte) {
	m := newModel(t, hash)
	rng := rand.NewPCG(1, 2)
	cursor := uint64(0)
	for ; len(ops) >= 3; ops = ops[3:] {
		key := uint64(binary.LittleEndian.Uint16(ops[1:])) % 2048
		switch ops[0] % 8 {
		case 0:
			for k := range uint64(40) {
				m.set(key + k)
			}
		case 1, 2:
			m.set(key)
		case 3:
			for k := range uint64(40) {
				m.remove(key + k)
			}
		case 4:
			m.remove(key)
		case 5:
			cursor = m.table.Scan(m.a, cursor, func(h arena.Handle) {
				if e := m.entry(h); m.entries[e.key] != h {
					t.Fatalf("scan visits %#x, key %d is %#x", h, e.key, m.entries[e.key])
				} else if key%3 == 0 {
					m.remove(e.key)
				} else if key%3 == 1 {
					m.set(e.key + 1)
				}
			})
		case 6:
			h := m.table.Random(m.a, rng)
			if (h == 0) != (len(m.entries) == 0) || h != 0 && m.entries[m.entry(h).key] != h {
				t.Fatalf("Random = %#x of %d", h, len(m.entries))
			}
		case 7:
			m.table.MoveSparse(m.a, key<<16, func(old arena.Handle) arena.Handle {
				e := *m.entry(old)
				h := m.newEntry(e.key)
				m.a.Free(old)
				m.entries[e.key] = h
				return h
			})
		}
	}
	m.check()
	m.drop()
}

func FuzzTable(f *testing.F) {
	names := []string{"mixed", "sequential", "constant", "zero", "ones", "low bits same", "tag same", "two buckets"}
	rng := rand.New(rand.NewPCG(3, 4))
	for i := range names {
		ops := make([]byte, 600)
		for j := range ops {
			ops[j] = byte(rng.Uint32())
		}
		f.Add(byte(i), ops)
	}
	f.Fuzz(func(t *testing.T, hash byte, ops []byte) {
		fuzzed(t, hashes[names[int(hash)%len(names)]], ops[:min(len(ops), 3000)])
	})
}

func TestRandomIsUniform(t *testing.T) {
	for _, n := range []int{1, 2, 7, 9, 100, 500} {
		for _, name := range []string{"mixed", "constant", "low bits same"} {
			m := newModel(t, hashes[name])
			for key := range uint64(n) {
				m.set(key)
			}
			for key := uint64(n); key < uint64(n)+50; key++ { // leave holes
				m.set(key)
			}
			for key := uint64(n); key < uint64(n)+50; key++ {
				m.remove(key)
			}
			const each = 50
			rng := rand.NewPCG(5, 6)
			counts := make([]float64, n)
			for range each * n {
				counts[m.entry(m.table.Random(m.a, rng)).key]++
			}
			chi := 0.0
			for _, c := range counts {
				chi += (c - each) * (c - each) / each
			}
			// Mean n-1, variance 2(n-1): five standard deviations.
			if d := chi - float64(n-1); d*d > 25*2*float64(n) {
				t.Errorf("%s, %d entries: chi-square %.0f", name, n, chi)
			}
			m.drop()
		}
	}
}

// The last buckets of a table must share bits with the ones they came from.
func TestIndexFollowsBits(t *testing.T) {
	var table Table
	for n := uint32(1); n < 300; n++ {
		table.buckets, table.mask = n, 1<<bits.Len32(n)-1
		for hash := range uint64(1024) {
			want := uint32(hash) % (1 << bits.Len32(n))
			if want >= n {
				want = uint32(hash) % (1 << (bits.Len32(n) - 1))
			}
			if got := table.index(hash); got != want || got >= n {
				t.Fatalf("%d buckets: hash %b in %d, want %d", n, hash, got, want)
			}
		}
	}
}
