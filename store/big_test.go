package store

import (
	"math"
	"strconv"
	"testing"
)

// bigValues make a value of n elements of each type with a big encoding.
var bigValues = map[Type]func(t *Txn, key []byte, n int){
	List: func(t *Txn, key []byte, n int) {
		for i := range n {
			t.EditList(key).Push(i%2 == 0, [][]byte{[]byte("an element of some length: " + strconv.Itoa(i))})
		}
	},
	Stream: func(t *Txn, key []byte, n int) {
		elements := make([][]byte, n)
		for i := range elements {
			elements[i] = []byte("field or value:" + strconv.Itoa(i))
		}
		appendEntries(t, key, nil, elements)
	},
	Set: func(t *Txn, key []byte, n int) {
		for i := range n {
			t.EditSet(key).Add([][]byte{[]byte("member:" + strconv.Itoa(i))})
		}
	},
	SortedSet: func(t *Txn, key []byte, n int) {
		z := t.EditSortedSet(key, 1)
		for i := range n {
			z.Add([]byte("member:"+strconv.Itoa(i)), float64(i%1000)/8, 0)
		}
	},
	Hash: func(t *Txn, key []byte, n int) {
		h := t.Fields(key)
		for i := range n {
			h.Set([]byte("field:"+strconv.Itoa(i)), []byte("value:"+strconv.Itoa(i)))
		}
		h.Changed(n)
	},
}

// places are how large values may become in their shard's arena, by where that makes large ones lie.
var places = map[string]int64{"shard": math.MaxInt64, "estate": collectionTuning.EstateBytes}

// eachBig runs f on a store with a value of n elements under the key "big", in the shard's arena and in one of its own.
func eachBig(t *testing.T, n int, f func(t *testing.T, typ Type, f *fixture)) {
	for name, limit := range places {
		t.Run(name, func(t *testing.T) { eachBigIn(t, limit, n, f) })
	}
}

func eachBigIn(t *testing.T, limit int64, n int, f func(t *testing.T, typ Type, f *fixture)) {
	tuning := collectionTuning
	tuning.EstateBytes = limit
	for typ, fill := range bigValues {
		t.Run(typ.String(), func(t *testing.T) {
			x := newFixture(t, tuning)
			x.on(0, "big", func(tx *Txn, key []byte) {
				if fill(tx, key, n); !tx.Peek(key).big() {
					t.Fatalf("the encoding is %s", tx.Peek(key).Encoding())
				}
			})
			x.audit()
			for x.s.Reclaim() { // what the value has left behind when it moved
			}
			f(t, typ, x)
		})
	}
}

// TestBigValuesGoInSteps: whatever makes a value of many elements disappear frees no more than a bounded part of it while its
// shard is locked. So does every step afterwards, until nothing is left.
func TestBigValuesGoInSteps(t *testing.T) {
	const elements, step = 60_000, 600_000 // some 256 blocks, of which those of an index are the largest
	ways := map[string]func(f *fixture){
		"delete":    func(f *fixture) { f.on(0, "big", func(t *Txn, key []byte) { t.Delete(key) }) },
		"overwrite": func(f *fixture) { f.set(0, "big", "1", NoExpiry) },
		"expire": func(f *fixture) {
			f.on(0, "big", func(t *Txn, key []byte) { t.SetExpiry(key, f.now+1) })
			f.now += 5
			f.on(0, "big", func(t *Txn, key []byte) { t.Read(key) })
		},
		"rename over": func(f *fixture) {
			f.set(0, "other", "1", NoExpiry)
			f.do(0, func(t *Txn) { t.Rename([]byte("other"), []byte("big")) })
		},
		"lazy flush": func(f *fixture) {
			f.set(1, "big", "keeps the shard in use", NoExpiry)
			f.do(0, func(t *Txn) { t.Flush(0, true) })
		},
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			eachBig(t, elements, func(t *testing.T, _ Type, f *fixture) {
				before := f.s.Used()
				if way(f); f.s.Used() < before-step/4 {
					t.Errorf("%d of %d bytes were freed at once", before-f.s.Used(), before)
				}
				f.do(0, func(t *Txn) {
					if n := t.PendingBytes(); n < before/4 || n > f.s.Used() {
						f.Errorf("%d bytes of %d pending", n, f.s.Used())
					}
				})
				f.audit()
				for n := 0; ; n++ {
					last := f.s.Used()
					if !f.s.Reclaim() {
						break
					}
					if last-f.s.Used() > step {
						t.Fatalf("step %d freed %d of %d bytes", n, last-f.s.Used(), before)
					}
				}
				if left := f.s.Used(); left > 1000 {
					t.Errorf("%d bytes are left", left)
				}
			})
		})
	}
}

// TestBigValuesMoveAsTheyAre: a rename within a shard and a move to another database cost the same for any size.
func TestBigValuesMoveAsTheyAre(t *testing.T) {
	eachBig(t, 5000, func(t *testing.T, _ Type, f *fixture) {
		before, blocks := f.s.Used(), f.s.contents()[place{0, "big"}]
		f.on(0, "big", func(t *Txn, key []byte) { t.Move(key, 3) })
		if f.s.Used() < before-1000 || f.s.Used() > before+1000 {
			t.Errorf("%d bytes before, %d after", before, f.s.Used())
		}
		if f.s.contents()[place{3, "big"}] != blocks {
			t.Error("the value has changed")
		}
		f.audit()
	})
}

// TestBigValuesCopy: a copy is a value of its own.
func TestBigValuesCopy(t *testing.T) {
	eachBig(t, 3000, func(t *testing.T, _ Type, f *fixture) {
		want := f.s.contents()[place{0, "big"}]
		f.do(0, func(t *Txn) { t.Copy([]byte("big"), []byte("copy"), 0, false) })
		f.audit()
		f.on(0, "big", func(t *Txn, key []byte) { t.Delete(key) })
		for f.s.Reclaim() {
		}
		if f.s.contents()[place{0, "copy"}] != want {
			t.Error("the copy differs once the original is gone")
		}
		f.audit()
	})
}

// TestSnapshotOfBigValues: a snapshot has each value as it was at its moment, whatever happens to it before its turn comes.
func TestSnapshotOfBigValues(t *testing.T) {
	changes := map[string]func(f *fixture, fill func(t *Txn, key []byte, n int)){
		"untouched": func(*fixture, func(t *Txn, key []byte, n int)) {},
		"extended": func(f *fixture, fill func(t *Txn, key []byte, n int)) {
			f.on(0, "big", func(t *Txn, key []byte) { fill(t, key, 2100) })
		},
		"deleted": func(f *fixture, _ func(t *Txn, key []byte, n int)) {
			f.on(0, "big", func(t *Txn, key []byte) { t.Delete(key) })
		},
		"moved": func(f *fixture, _ func(t *Txn, key []byte, n int)) {
			f.on(0, "big", func(t *Txn, key []byte) { t.Move(key, 1) })
		},
		"renamed": func(f *fixture, _ func(t *Txn, key []byte, n int)) {
			f.do(0, func(t *Txn) { t.Rename([]byte("big"), []byte("other")) })
			f.on(0, "other", func(t *Txn, key []byte) { t.Delete(key) })
		},
		"flushed": func(f *fixture, _ func(t *Txn, key []byte, n int)) { f.do(0, func(t *Txn) { t.Flush(-1, true) }) },
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			eachBig(t, 2000, func(t *testing.T, typ Type, f *fixture) {
				want := f.s.contents()
				c := newCollector(t)
				n, err := f.s.NewSnapshot(c, nil)
				if err != nil {
					t.Fatal(err)
				}
				change(f, bigValues[typ])
				for n.Step(4) {
					f.s.Reclaim()
				}
				if d := differences(c.saved, want); len(d) > 0 {
					t.Errorf("%q", d)
				}
			})
		})
	}
}

// TestDefragmentBigValues: blocks that keep mostly empty pages alive are moved together, and values stay what they are.
func TestDefragmentBigValues(t *testing.T) {
	eachBigIn(t, math.MaxInt64, 4000, func(t *testing.T, typ Type, f *fixture) {
		f.on(0, "big", func(t *Txn, key []byte) { // every other block of the shard belongs to the second value
			t.Delete(key)
			for i := range 40 {
				bigValues[typ](t, key, 100*(i+1))
				t.Select(1)
				bigValues[typ](t, key, 100*(i+1))
				t.Select(0)
			}
			t.Select(1)
			t.Delete(key)
		})
		for f.s.Reclaim() {
		}
		want, before := f.s.contents(), f.s.Moved()
		for range 100 {
			for !f.s.Defragment(64) {
			}
		}
		if f.s.Moved() == before {
			t.Error("nothing was moved")
		}
		if d := differences(f.s.contents(), want); len(d) > 0 {
			t.Errorf("%q", d)
		}
		f.audit()
	})
}
