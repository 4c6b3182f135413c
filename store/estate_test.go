package store

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"synap/store/arena"
	"synap/store/stream"
)

// keyElsewhere is a key of another shard than all the given ones.
func keyElsewhere(keys ...string) string {
	for i := 0; ; i++ {
		k := "elsewhere:" + strconv.Itoa(i)
		if !slices.ContainsFunc(keys, func(other string) bool { return ShardOf([]byte(k)) == ShardOf([]byte(other)) }) {
			return k
		}
	}
}

// bigAt is a big value as it lies there.
type bigAt struct {
	root     []byte // without the number of the estate
	a        *arena.Arena
	m        *shardState
	used     int64 // of the arena
	resident int64
}

func (f *fixture) bigAt(key string) (v bigAt) {
	f.on(0, key, func(t *Txn, k []byte) {
		e := t.Peek(k)
		root := e.payload()
		v = bigAt{bytes.Clone(root[:len(root)-estateSize]), e.arena(), e.m, e.arena().Used(), e.arena().Resident()}
	})
	return v
}

func (f *fixture) rename(from, to string) {
	f.do(0, func(t *Txn) { t.Rename([]byte(from), []byte(to)) })
}

// TestRenameMovesNoBlocks: a value that has an estate takes it along to another shard as it is, block by block, and so does one
// that replaces another there. Both shards count what they have.
func TestRenameMovesNoBlocks(t *testing.T) {
	eachBigIn(t, collectionTuning.EstateBytes, 3000, func(t *testing.T, typ Type, f *fixture) {
		to := keyElsewhere("big")
		f.on(0, to, func(tx *Txn, key []byte) { bigValues[typ](tx, key, 2000) })
		for f.s.Reclaim() {
		}
		want := f.s.contents()[place{0, "big"}]
		was, replaced := f.bigAt("big"), f.bigAt(to)
		if was.a == was.m.arena || was.used < collectionTuning.EstateBytes {
			t.Fatalf("the value of %d bytes has no estate", was.used)
		}
		used, resident, before := f.s.Used(), f.s.Resident(), was.m.used
		f.rename("big", to)
		now := f.bigAt(to)
		if now.a != was.a || now.m == was.m || !bytes.Equal(now.root, was.root) {
			t.Error("the value is not made of the same blocks")
		}
		if now.used != was.used || now.resident != was.resident || f.s.Resident() != resident {
			t.Errorf("%d bytes in %d, were %d in %d; %d resident, were %d", now.used, now.resident, was.used, was.resident,
				f.s.Resident(), resident)
		}
		if left := before - was.used; was.m.used > left || was.m.used < left-1000 || len(was.m.estates.arenas) > 0 {
			t.Errorf("the old shard uses %d bytes, not %d; it has %d estates", was.m.used, left, len(was.m.estates.arenas))
		}
		if f.s.Owed() != replaced.used || f.s.Used() > used {
			t.Errorf("%d bytes to be freed of a value of %d; %d used, were %d", f.s.Owed(), replaced.used, f.s.Used(), used)
		}
		if f.audit(); f.s.contents()[place{0, to}] != want {
			t.Error("the value has changed")
		}
		f.on(0, to, func(tx *Txn, key []byte) { bigValues[typ](tx, key, 3300) }) // what it was keyed with still fits
		f.rename(to, "big")
		f.audit()
	})
}

// TestSmallRenameCopies: what is below the limit is copied, and so is bounded.
func TestSmallRenameCopies(t *testing.T) {
	eachBigIn(t, math.MaxInt64, 100, func(t *testing.T, _ Type, f *fixture) {
		to, want := keyElsewhere("big"), f.s.contents()[place{0, "big"}]
		f.rename("big", to)
		if v := f.bigAt(to); v.a != v.m.arena || f.s.contents()[place{0, to}] != want {
			t.Error("the value has another place, or content")
		}
	})
}

// TestEstatesComeAndGo: a value leaves the shard's arena once it has outgrown that, goes back when little is left of it, and
// loses its estate when it becomes small, is replaced or goes.
func TestEstatesComeAndGo(t *testing.T) {
	tuning := collectionTuning
	tuning.EstateBytes = 16_000
	limit := tuning.EstateBytes
	for typ, fill := range bigValues {
		t.Run(typ.String(), func(t *testing.T) {
			f := newFixture(t, tuning)
			own := func() bool { v := f.bigAt("k"); return v.a != v.m.arena }
			turns := 0
			for n, was := 50, false; n < 1000; n += 5 { // the streams would not grow by filling anew
				f.on(0, "k", func(tx *Txn, key []byte) {
					tx.Delete(key)
					fill(tx, key, n)
				})
				if now := own(); now != was {
					turns, was = turns+1, now
				}
			}
			if turns != 1 || !own() {
				t.Errorf("%d turns while it grew", turns)
			}
			f.audit()
			removeSome(f, typ, place{0, "k"}, func(i, left int) bool { return f.bigAt("k").used > limit/leastEstate*3/2 })
			if !own() {
				t.Error("the value has lost its estate too early")
			}
			removeSome(f, typ, place{0, "k"}, func(i, left int) bool { return own() && left > 20 })
			if own() {
				t.Error("the value has kept its estate")
			}
			f.audit()
			f.on(0, "k", func(tx *Txn, key []byte) { fill(tx, key, 1500) })
			f.set(0, "k", "1", NoExpiry)
			for f.s.Reclaim() {
			}
			if m := &f.s.shards[ShardOf([]byte("k"))].mu.shardState; len(m.estates.arenas) != 0 || m.used > 2000 {
				t.Errorf("%d estates are left, and %d bytes", len(m.estates.arenas), m.used)
			}
		})
	}
}

// removeSome removes elements of a value that bigValues has made, one per transaction, as long as more says so.
func removeSome(f *fixture, typ Type, p place, more func(i, left int) bool) {
	f.Helper()
	for i, left := 0, math.MaxInt; more(i, left); i++ {
		f.on(p.db, p.key, func(tx *Txn, k []byte) {
			switch e := tx.Peek(k); typ {
			case List:
				tx.EditList(k).Drop(i%2 == 0, 1)
				left = tx.Peek(k).List().Len()
			case Stream:
				log := tx.Log(k)
				log.Edit()
				log.Delete(log.Top())
				if log.Length == 0 {
					f.Fatal("the stream is empty")
				}
				log.Delete(log.First)
				log.Save()
				log.Changed(1)
				left = int(log.Length)
			case Set:
				tx.EditSet(k).Remove([][]byte{bytes.Clone(tx.RandomMember(e.Set()).Text)})
				left = tx.Peek(k).Set().Len()
			case SortedSet:
				tx.EditSortedSet(k, 0).RemoveRange(i%left, i%left+1)
				left = tx.Peek(k).SortedSet().Len()
			case Hash:
				h := tx.Fields(k)
				field, _ := h.Random()
				h.Delete(bytes.Clone(field.Name.Text))
				h.Changed(1)
				left = h.Len()
			}
		})
	}
}

// TestConversionGivesTheEstateBack: a large value that becomes a packed block has no arena any more.
func TestConversionGivesTheEstateBack(t *testing.T) {
	tuning := collectionTuning
	tuning.SetMaxListpackEntries, tuning.ListMaxListpackSize, tuning.EstateBytes = 200, 400, 2000
	for typ, empty := range map[Type]func(t *Txn, k []byte){
		Set:  func(t *Txn, k []byte) { t.EditSet(k).Pop(2950, func(Member) {}) },
		List: func(t *Txn, k []byte) { t.EditList(k).Drop(true, 2950) },
	} {
		t.Run(typ.String(), func(t *testing.T) {
			f := newFixture(t, tuning)
			f.on(0, "k", func(tx *Txn, k []byte) {
				if bigValues[typ](tx, k, 3000); estateOf(tx.Peek(k).payload()) == 0 {
					t.Fatal("the value has no estate")
				}
				if empty(tx, k); tx.Peek(k).Encoding() != EncListpack {
					t.Fatalf("the encoding is %s", tx.Peek(k).Encoding())
				}
			})
			f.audit()
			for f.s.Reclaim() {
			}
			if used := f.s.Used(); used > 4000 {
				t.Errorf("%d bytes are left", used)
			}
		})
	}
}

// auditWaste checks that the estate of a value, which must have one, holds no more than twice what it needs, and a little.
func (f *fixture) auditWaste(t *testing.T, key string, limit int64) {
	t.Helper()
	v := f.bigAt(key)
	if v.a == v.m.arena {
		t.Fatal("the value has gone back to the shard's arena")
	}
	if most := 2*v.used + slackLimits*limit + v.used/4; v.resident > most {
		t.Errorf("%d bytes are held for %d", v.resident, v.used)
	}
}

// TestEstateWaste: however a value shrinks, its estate holds no more than twice what it needs, and a little.
func TestEstateWaste(t *testing.T) {
	const n, left = 100_000, 10_000
	for _, typ := range []Type{Set, SortedSet, Hash, List} {
		t.Run(typ.String(), func(t *testing.T) {
			tuning := collectionTuning
			tuning.EstateBytes = 128 << 10
			f := newFixture(t, tuning)
			f.on(0, "k", func(tx *Txn, k []byte) { bigValues[typ](tx, k, n) })
			rng := rand.New(rand.NewPCG(1, 2))
			order := rng.Perm(n)
			for _, i := range order[left:] {
				f.on(0, "k", func(tx *Txn, k []byte) {
					switch x := []byte("member:" + strconv.Itoa(i)); typ {
					case Set:
						tx.EditSet(k).Remove([][]byte{x})
					case SortedSet:
						tx.EditSortedSet(k, 0).Remove(x)
					case Hash:
						tx.Fields(k).Delete([]byte("field:" + strconv.Itoa(i)))
					case List:
						tx.EditList(k).Drop(i%2 == 0, 1)
					}
				})
			}
			f.s.Trim()
			f.auditWaste(t, "k", tuning.EstateBytes)
		})
	}
}

// TestEstateWasteAtOnce: what a single command leaves of a value holds no more than that, either.
func TestEstateWasteAtOnce(t *testing.T) {
	const n, left = 100_000, 10_000
	for typ, remove := range map[Type]func(t *Txn, k []byte){
		Set:       func(t *Txn, k []byte) { t.EditSet(k).Pop(n-left, func(Member) {}) },
		SortedSet: func(t *Txn, k []byte) { t.EditSortedSet(k, 0).RemoveRange(0, n-left) },
	} {
		t.Run(typ.String(), func(t *testing.T) {
			tuning := collectionTuning
			tuning.EstateBytes = 128 << 10
			f := newFixture(t, tuning)
			f.on(0, "k", func(tx *Txn, k []byte) { bigValues[typ](tx, k, n) })
			f.on(0, "k", remove)
			f.audit()
			f.auditWaste(t, "k", tuning.EstateBytes)
		})
	}
}

// TestEstateIsFreedWhole: what removes a value with an estate leaves its memory to be given back extent by extent, which takes
// steps in proportion to that, counts as owed meanwhile, and counts as one object.
func TestEstateIsFreedWhole(t *testing.T) {
	eachBigIn(t, collectionTuning.EstateBytes, 60_000, func(t *testing.T, _ Type, f *fixture) {
		v := f.bigAt("big")
		var before int64
		f.do(0, func(tx *Txn) { before = tx.Reclaimed() })
		f.on(0, "big", func(tx *Txn, k []byte) { tx.Delete(k) })
		if f.s.Owed() != v.used || v.a.Used() != v.used {
			t.Errorf("%d bytes are owed, and %d used, of %d", f.s.Owed(), v.a.Used(), v.used)
		}
		f.do(0, func(tx *Txn) {
			if n := tx.PendingReclaim(); n != 1 {
				t.Errorf("%d objects are pending", n)
			}
		})
		steps := 0
		for f.s.Reclaim() {
			steps++
			f.audit()
		}
		if most := int(v.resident/drainAtOnce) + 2; steps > most || f.s.Owed() != 0 {
			t.Errorf("%d steps, want at most %d; %d bytes are owed", steps, most, f.s.Owed())
		}
		f.do(0, func(tx *Txn) {
			if n := tx.Reclaimed() - before; n != 1 {
				t.Errorf("%d objects were freed", n)
			}
		})
	})
}

// TestValuesBeginInEstates: what is built as a whole lies where it belongs at once.
func TestValuesBeginInEstates(t *testing.T) {
	const n = 2000
	texts := make([][]byte, n)
	scored := make([]Scored, n)
	for i := range texts {
		texts[i] = []byte("member:" + strconv.Itoa(10_000+i))
		scored[i] = Scored{texts[i], float64(i)}
	}
	tuning := collectionTuning
	tuning.HashMaxListpackEntries, tuning.HashMaxListpackValue = 1500, 60
	for name, build := range map[string]func(t *Txn, key []byte){
		"sorted set": func(t *Txn, key []byte) { t.StoreSortedSet(key, scored) },
		"list":       func(t *Txn, key []byte) { t.StoreList(key, texts) },
		"set": func(t *Txn, key []byte) {
			t.EditSet([]byte("source")).Add(texts)
			b := t.BuildSet(key)
			b.Unite([]SetView{t.Peek([]byte("source")).Set()})
			b.Store(t)
		},
		"enlarged hash": func(t *Txn, key []byte) {
			h := t.Fields(key)
			for _, x := range texts {
				h.Set(x, x)
			}
			h.Changed(n)
		},
		"copy": func(t *Txn, key []byte) {
			t.StoreSortedSet([]byte("source"), scored)
			t.Copy([]byte("source"), key, 0, true)
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, tuning)
			f.do(0, func(tx *Txn) { build(tx, []byte("k")) })
			if v := f.bigAt("k"); v.a == v.m.arena {
				t.Error("the value has no estate")
			}
			f.audit()
		})
	}
}

// TestBuildersSettle: a set that was large while it was built, and is not any more, is stored in the shard's arena; one that
// comes to nothing leaves nothing.
func TestBuildersSettle(t *testing.T) {
	tuning := setTuning
	tuning.EstateBytes = 20_000
	f := newFixture(t, tuning)
	f.fillSet("a", 3000)
	f.fillSet("b", 2990)
	f.do(0, func(tx *Txn) {
		a, b := tx.Peek([]byte("a")).Set(), tx.Peek([]byte("b")).Set()
		d := tx.BuildSet([]byte("d"))
		d.append(Member{Text: []byte("stays:1")})
		for i := range 20 {
			d.append(Member{Text: []byte("stays as well:" + strconv.Itoa(i))})
		}
		d.Unite([]SetView{a})
		for x := range 2990 {
			d.remove(Member{Text: []byte("m:" + strconv.Itoa(x))})
		}
		d.Store(tx)
		gone := tx.BuildSet([]byte("gone"))
		gone.Unite([]SetView{b})
		gone.Discard()
	})
	if v := f.bigAt("d"); v.a != v.m.arena {
		t.Errorf("a set of %d bytes has an estate", v.used)
	}
	f.audit()
}

// TestStraysFollow: a group that was removed from a stream, and is too large to be freed at once, lies in the stream's estate
// until it is freed: it goes where that goes.
func TestStraysFollow(t *testing.T) {
	for name, end := range map[string]func(f *fixture, key string){
		"freed":   func(*fixture, string) {},
		"deleted": func(f *fixture, key string) { f.on(0, key, func(t *Txn, k []byte) { t.Delete(k) }) },
		"flushed": func(f *fixture, _ string) { f.do(0, func(t *Txn) { t.Flush(-1, true) }) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, collectionTuning)
			to := keyElsewhere("k")
			f.on(0, "k", func(tx *Txn, k []byte) {
				bigValues[Stream](tx, k, 3000)
				log := tx.Log(k)
				log.Edit()
				log.CreateGroup([]byte("g"), stream.ID{}, 0)
				g, _ := log.Group([]byte("g"))
				c, _ := g.AddConsumer([]byte("c"), f.now)
				for i := log.Range(stream.MinID, stream.MaxID, false); i.Next(); {
					g.Deliver(i.ID, c, f.now, 1)
				}
				log.Altered(1)
				log.Destroy(g)
				log.Save()
			})
			f.audit()
			v := f.bigAt("k")
			if v.m.strays != 1 {
				t.Fatalf("%d strays", v.m.strays)
			}
			f.rename("k", to)
			f.audit()
			if m := f.bigAt(to).m; v.m.strays != 0 || m.strays != 1 || v.m.owed >= m.owed {
				t.Errorf("%d strays and %d bytes owed here, %d and %d there", v.m.strays, v.m.owed, m.strays, m.owed)
			}
			f.s.Reclaim()
			f.audit()
			end(f, to)
			f.audit()
			for f.s.Reclaim() {
			}
			f.audit()
			if f.s.Owed() != 0 {
				t.Errorf("%d bytes are owed", f.s.Owed())
			}
		})
	}
}

// TestGroupsLeaveTheShard: what groups keep of a stream counts, too. It moves when nothing can refer to it any more.
func TestGroupsLeaveTheShard(t *testing.T) {
	tuning := collectionTuning
	tuning.EstateBytes = 64 << 10
	f := newFixture(t, tuning)
	own := func() bool { v := f.bigAt("k"); return v.a != v.m.arena }
	f.on(0, "k", func(tx *Txn, k []byte) { bigValues[Stream](tx, k, 500) })
	if own() {
		t.Fatal("the stream has an estate")
	}
	for i := range 12 {
		f.on(0, "k", func(tx *Txn, k []byte) {
			log := tx.Log(k)
			log.Edit()
			name := []byte("g" + strconv.Itoa(i))
			log.CreateGroup(name, stream.ID{}, 0)
			log.Save()
			g, _ := log.Group(name)
			c, _ := g.AddConsumer([]byte("c"), f.now)
			for it := log.Range(stream.MinID, stream.MaxID, false); it.Next(); {
				g.Deliver(it.ID, c, f.now, 1)
				log.Altered(1)
			}
			if c.Pending() != 500 {
				t.Errorf("%d entries are pending", c.Pending())
			}
		})
		f.audit()
	}
	if !own() {
		t.Error("the stream has no estate")
	}
}

// BenchmarkLeave measures what a value that has just outgrown the shard's arena pays for that, once.
func BenchmarkLeave(b *testing.B) {
	tuning := usualHashes
	tuning.ListMaxListpackSize, tuning.StreamNodeMaxBytes, tuning.StreamNodeMaxEntries = -2, 4096, 100
	tuning.EstateBytes = math.MaxInt64
	for typ, fill := range bigValues {
		b.Run(typ.String(), func(b *testing.B) {
			f := newFixture(b, tuning)
			n := 1000
			size := func() (bytes int64) {
				f.on(0, "k", func(t *Txn, k []byte) { bytes = t.Peek(k).Footprint() })
				return bytes
			}
			for ; ; n += 100 {
				f.on(0, "k", func(t *Txn, k []byte) {
					t.Delete(k)
					fill(t, k, n)
				})
				for f.s.Reclaim() {
				}
				if size() > defaultEstate {
					break
				}
			}
			for b.Loop() {
				f.on(0, "k", func(t *Txn, k []byte) {
					e := t.Peek(k)
					e.m.moveBlocks(typ, e.payload(), e.m.newEstate())
				})
				b.StopTimer()
				for f.s.Reclaim() {
				}
				b.StartTimer()
			}
			b.ReportMetric(float64(n), "elements")
			f.on(0, "k", func(t *Txn, k []byte) { t.Delete(k) })
		})
	}
}
