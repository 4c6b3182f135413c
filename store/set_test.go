package store

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestSetsAgainstMaps: whatever is done to sets, they are what maps would be, laid out as Redis's rules say, and every
// byte is accounted for.
func TestSetsAgainstMaps(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			m, rng := newSetModel(t), rand.New(rand.NewPCG(seed, 1))
			for i := range 600 {
				m.step(rng)
				if i%8 == 0 {
					m.audit()
				}
			}
		})
	}
}

// TestSetOperationsOverMany: many sets are united and subtracted by other means than a few.
func TestSetOperationsOverMany(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	for _, tt := range []struct {
		name   string
		member func(i int) string
		first  int // size of the first set
	}{
		{"intsets", strconv.Itoa, 8},
		{"listpacks", func(i int) string { return []string{"a", "b", "c", "d", "e", "1", "2", "3"}[i%8] }, 6},
		{"tables", func(i int) string { return fmt.Sprintf("a long member:%d", i) }, 300},
		{"mixed", func(i int) string { return []string{"a", "a long member:1", "3", "4"}[i%4] + strconv.Itoa(i/4) }, 300},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := newSetModel(t)
			var sources []string
			for i := range 30 {
				key := fmt.Sprintf("source:%d", i)
				sources = append(sources, key)
				n := 1 + rng.IntN(3)
				if i == 0 {
					n = tt.first
				}
				for j := range n {
					if i > 0 {
						j = rng.IntN(tt.first)
					}
					m.add(key, []string{tt.member(j)})
				}
			}
			if v := m.views(sources); subtractByProbing(v) {
				t.Error("the difference is not the case to be tested")
			}
			m.operate(sources, "target")
			if v := m.views(sources[1:]); uniteByProbing(v) {
				t.Error("the union is not the case to be tested")
			}
			m.operate(sources[1:], "target")
			m.read("target")
			m.operate(sources, sources[3])
			m.read(sources[3])
		})
	}
}

// views are the sets under keys, good for a look at their sizes.
func (m *setModel) views(keys []string) (views []SetView) {
	for _, key := range keys {
		m.on(0, key, func(t *Txn, k []byte) { views = append(views, t.Peek(k).Set()) })
	}
	return views
}

func FuzzSets(f *testing.F) {
	f.Add(uint64(1), 50)
	f.Add(uint64(2), 200)
	f.Fuzz(func(t *testing.T, seed uint64, steps int) {
		m, rng := newSetModel(t), rand.New(rand.NewPCG(seed, 2))
		for range min(max(steps, 0), 300) {
			m.step(rng)
		}
		m.audit()
	})
}

// TestSetsWithEqualTags: of so many members some agree in all that tables keep of hashes.
func TestSetsWithEqualTags(t *testing.T) {
	const n = 40_000
	f := newFixture(t, setTuning)
	f.do(0, func(t *Txn) {
		for i := range n {
			t.EditSet([]byte("a")).Add([][]byte{fmt.Appendf(nil, "a:%d", i), fmt.Appendf(nil, "both:%d", i%100)})
			t.EditSet([]byte("b")).Add([][]byte{fmt.Appendf(nil, "b:%d", i), fmt.Appendf(nil, "both:%d", i%100)})
		}
		found := 0
		Intersect([]SetView{t.Read([]byte("a")).Set(), t.Read([]byte("b")).Set()}, func(x Member) bool {
			if found++; !strings.HasPrefix(string(x.Text), "both:") {
				f.Errorf("%q is in both", x.Text)
			}
			return found < 50
		})
		if found != 50 {
			f.Errorf("%d members were visited, want the 50 that were wanted", found)
		}
		left := 0
		Subtract([]SetView{t.Read([]byte("a")).Set(), t.Read([]byte("b")).Set()}, func(Member) { left++ })
		if left != n {
			f.Errorf("%d members are left, want %d", left, n)
		}
	})
}

// TestSetDefragment: members move off sparse pages, and stay what they are.
func TestSetDefragment(t *testing.T) {
	const n, step = 60_000, 50
	tuning := setTuning
	tuning.EstateBytes = math.MaxInt64
	f := newFixture(t, tuning)
	f.fillSet("s", n)
	f.on(0, "s", func(t *Txn, k []byte) {
		for i := range n {
			if i%step != 0 {
				t.EditSet(k).Remove([][]byte{fmt.Appendf(nil, "m:%d", i)})
			}
		}
	})
	for range 200 {
		for !f.s.Defragment(1 << 16) {
		}
	}
	if moved := f.s.Moved(); moved < n/step/4 {
		t.Errorf("%d blocks moved", moved)
	}
	f.on(0, "s", func(tx *Txn, k []byte) {
		v := tx.Read(k).Set()
		for i := 0; i < n; i += step {
			if !v.Has(fmt.Appendf(nil, "m:%d", i)) {
				t.Fatalf("m:%d is gone", i)
			}
		}
	})
}

// fillSet adds members "m:0" to "m:n-1".
func (f *fixture) fillSet(key string, n int) {
	f.on(0, key, func(t *Txn, k []byte) {
		for i := range n {
			t.EditSet(k).Add([][]byte{fmt.Appendf(nil, "m:%d", i)})
		}
	})
}

// TestSetScan: a member that stays is seen by a scan, whatever comes and goes; small sets come whole.
func TestSetScan(t *testing.T) {
	f := newFixture(t, setTuning)
	f.fillSet("s", 3000)
	rng := rand.New(rand.NewPCG(5, 6))
	seen := map[string]bool{}
	cursor, calls := uint64(0), 0
	for first := true; first || cursor != 0; first = false {
		f.on(0, "s", func(t *Txn, k []byte) {
			cursor = t.Read(k).Set().Scan(cursor, 10, func(x Member) { seen[string(x.Text)] = true })
			calls++
			for range 20 { // only the first thousand stay
				t.EditSet(k).Remove([][]byte{fmt.Appendf(nil, "m:%d", 1000+rng.IntN(2000))})
				if calls > 50 {
					t.EditSet(k).Add([][]byte{fmt.Appendf(nil, "new:%d", rng.IntN(100_000))})
				}
			}
		})
		if calls > 3000 {
			t.Fatal("the scan does not end")
		}
	}
	for i := range 1000 {
		if x := fmt.Sprintf("m:%d", i); !seen[x] {
			t.Errorf("%s was not seen", x)
		}
	}
	f.fillSet("small", 5)
	f.on(0, "small", func(tx *Txn, k []byte) {
		n := 0
		if next := tx.Read(k).Set().Scan(77, 1, func(Member) { n++ }); next != 0 || n != 5 {
			t.Errorf("a small set shows %d members and cursor %d", n, next)
		}
	})
}

// TestSetsRandomChoiceIsFair: every member is as likely as every other, alone and as part of a sample, in all layouts.
func TestSetsRandomChoiceIsFair(t *testing.T) {
	const size, rounds = 6, 12_000
	for _, enc := range []Encoding{EncIntset, EncListpack, EncHashtable} {
		f := newFixture(t, setTuning)
		members := [][]byte{[]byte("1"), []byte("2"), []byte("3"), []byte("4"), []byte("5"), []byte("6")}
		switch enc {
		case EncListpack:
			members[5] = []byte("x")
		case EncHashtable:
			members[5] = []byte("longer than the limit")
		}
		f.on(0, "s", func(tx *Txn, k []byte) { tx.EditSet(k).Add(members) })
		for _, tt := range []struct {
			name string
			each int // how often each is expected, of rounds
			draw func(tx *Txn, k []byte, visit func(x Member))
		}{
			{"one", rounds / size, func(tx *Txn, k []byte, visit func(x Member)) { visit(tx.RandomMember(tx.Read(k).Set())) }},
			{"sample of 2", rounds / 3, func(tx *Txn, k []byte, visit func(x Member)) { tx.Sample(tx.Read(k).Set(), 2, visit) }},
			{"sample of 4", rounds * 2 / 3, func(tx *Txn, k []byte, visit func(x Member)) { tx.Sample(tx.Read(k).Set(), 4, visit) }},
			{"pop 1", rounds / size, func(tx *Txn, k []byte, visit func(x Member)) { tx.popAndReturn(k, 1, visit) }},
			{"pop 3", rounds / 2, func(tx *Txn, k []byte, visit func(x Member)) { tx.popAndReturn(k, 3, visit) }},
		} {
			t.Run(enc.String()+" "+tt.name, func(t *testing.T) {
				counts := map[string]int{}
				f.on(0, "s", func(tx *Txn, k []byte) {
					for range rounds {
						tt.draw(tx, k, func(x Member) { counts[string(x.Bytes(nil))]++ })
					}
					if got := tx.Read(k).Encoding(); got != enc {
						t.Errorf("the set is %v", got)
					}
				})
				for x, n := range counts {
					if n < tt.each*9/10 || n > tt.each*11/10 {
						t.Errorf("%s came %d times, want about %d", x, n, tt.each)
					}
				}
				if len(counts) != size {
					t.Errorf("%d members came", len(counts))
				}
			})
		}
	}
}

// popAndReturn pops members and adds them again.
func (t *Txn) popAndReturn(k []byte, n int, visit func(x Member)) {
	var back [][]byte
	t.EditSet(k).Pop(n, func(x Member) {
		back = append(back, append([]byte(nil), x.Bytes(nil)...))
		visit(x)
	})
	t.EditSet(k).Add(back)
}

// TestLargeSetGoesInSteps: deleting a large set leaves its blocks to Reclaim.
func TestLargeSetGoesInSteps(t *testing.T) {
	f := newFixture(t, setTuning)
	f.fillSet("s", 5000)
	full := f.s.Used()
	f.on(0, "s", func(t *Txn, k []byte) { t.Delete(k) })
	f.audit()
	if left := f.s.Used(); left < full*9/10 {
		t.Errorf("deleting freed %d of %d bytes at once", full-left, full)
	}
	for steps := 0; f.s.Reclaim(); steps++ {
		f.audit()
		if steps > 5000 {
			t.Fatal("it takes forever")
		}
	}
	if left := f.s.Used(); left != 0 {
		t.Errorf("%d bytes are left", left)
	}
}

// TestSetMemory: what sets cost in memory, in bytes per member.
func TestSetMemory(t *testing.T) {
	const n = 1 << 17
	defaults := Tuning{SetMaxIntsetEntries: 512, SetMaxListpackEntries: 128, SetMaxListpackValue: 64}
	t.Run("large", func(t *testing.T) {
		f := newFixture(t, defaults)
		f.on(0, "set", func(t *Txn, k []byte) {
			for i := range n {
				t.EditSet(k).Add([][]byte{fmt.Appendf(nil, "member:%d", i)})
			}
		})
		if got := float64(f.s.Used()) / n; got > 30 {
			t.Errorf("%.1f bytes per member", got)
		}
	})
	t.Run("intsets of 10", func(t *testing.T) {
		f := newFixture(t, defaults)
		const sets = n / 10
		for i := range sets {
			f.on(0, fmt.Sprintf("set:%d", i), func(t *Txn, k []byte) {
				for j := range 10 {
					t.EditSet(k).Add([][]byte{fmt.Appendf(nil, "%d", 1000*i+j)})
				}
			})
		}
		if got := float64(f.s.Used()) / (10 * sets); got > 9 {
			t.Errorf("%.1f bytes per member", got)
		}
	})
}

// TestSetSnapshot: a running snapshot sees sets as they were at its beginning.
func TestSetSnapshot(t *testing.T) {
	f := newFixture(t, setTuning)
	saved := map[string][]string{}
	f.fillSet("large", 100)
	f.fillSet("small", 4)
	want := map[string][]string{}
	for key, n := range map[string]int{"large": 100, "small": 4} {
		for i := range n {
			want[key] = append(want[key], fmt.Sprintf("m:%d", i))
		}
		slices.Sort(want[key])
	}
	snap, err := f.s.NewSnapshot(setSaver(saved), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"large", "small"} {
		f.on(0, key, func(t *Txn, k []byte) {
			t.EditSet(k).Remove([][]byte{[]byte("m:1"), []byte("m:2")})
			t.EditSet(k).Add([][]byte{[]byte("later")})
			t.EditSet(k).Pop(1, func(Member) {})
			t.EditSet(k).Clear()
		})
	}
	for snap.Step(100) {
	}
	if !maps.EqualFunc(saved, want, slices.Equal) {
		t.Errorf("saved %v", saved)
	}
}

// setSaver keeps the members of sets, sorted.
type setSaver map[string][]string

func (s setSaver) Save(_ int, e Entry) {
	var members []string
	e.Set().Each(func(x Member) bool {
		members = append(members, string(x.Bytes(nil)))
		return true
	})
	slices.Sort(members)
	s[string(e.Key())] = members
}

func TestSetNoAllocations(t *testing.T) {
	for _, tt := range []struct {
		name    string
		tuning  Tuning
		members []string
	}{
		{"intset", setTuning, []string{"1", "2", "3"}},
		{"listpack", setTuning, []string{"1", "b", "c"}},
		{"hashtable", Tuning{}, []string{"1", "b", "c"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t, tt.tuning)
			key, members, one := []byte("s"), asBytes(tt.members), asBytes([]string{"77"})
			f.s.Begin(&f.tx, MaskOf(key), 0, f.now)
			defer f.tx.End()
			f.tx.EditSet(key).Add(members)
			popped := 0
			if n := testing.AllocsPerRun(100, func() {
				s := f.tx.EditSet(key)
				s.Add(one)
				v := f.tx.Read(key).Set()
				if !v.Has(one[0]) {
					t.Error("it is not there")
				}
				f.tx.RandomMember(v)
				s.Remove(one)
				s.Add(one)
				s.Pop(1, func(Member) { popped++ })
				s.Add(members)
				s.Remove(one)
			}); n != 0 {
				t.Errorf("%v allocations", n)
			}
		})
	}
}

func TestSetFits(t *testing.T) {
	if !SetFits([]byte("k"), [][]byte{make([]byte, 100)}) {
		t.Error("a short member does not fit")
	}
	large := make([]byte, maxEntry-longHeader+1)
	if SetFits([]byte("k"), [][]byte{nil, large}) {
		t.Error("a member beyond the largest block fits")
	}
	if SetFits(large[:MaxString], nil) {
		t.Error("a key that leaves no room fits")
	}
}
