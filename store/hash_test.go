package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"synap/store/dict"
)

// fillHash makes a hash of n fields, field<i> with value value-<i>.
func (f *fixture) fillHash(key string, n int, format string) {
	f.on(0, key, func(t *Txn, k []byte) {
		h := t.Fields(k)
		for i := range n {
			h.Set(fmt.Appendf(nil, format, i), fmt.Appendf(nil, "value-%d", i))
		}
	})
}

var usualHashes = Tuning{HashMaxListpackEntries: 128, HashMaxListpackValue: 64}

// TestHashEncodings crosses every limit from either side.
func TestHashEncodings(t *testing.T) {
	long := strings.Repeat("x", 65)
	for _, tc := range []struct {
		name string
		make func(h Fields)
		want Encoding
	}{
		{"one field", func(h Fields) { h.Set([]byte("a"), []byte("b")) }, EncListpack},
		{"as many as fit", func(h Fields) { setMany(h, 128) }, EncListpack},
		{"one more", func(h Fields) { setMany(h, 129) }, EncHashtable},
		{"one more, and less again", func(h Fields) { setMany(h, 129); h.Delete([]byte("f1")); h.Delete([]byte("f2")) }, EncHashtable},
		{"value as long as fits", func(h Fields) { h.Set([]byte("a"), []byte(long[1:])) }, EncListpack},
		{"longer value", func(h Fields) { h.Set([]byte("a"), []byte(long)) }, EncHashtable},
		{"longer name", func(h Fields) { h.Set([]byte(long), []byte("b")) }, EncHashtable},
		{"longer value later", func(h Fields) { setMany(h, 3); h.Set([]byte("f1"), []byte(long)) }, EncHashtable},
		{"many at once", func(h Fields) { h.SetAll(slices.Repeat([][]byte{[]byte("a"), []byte("b")}, 129)) }, EncHashtable},
		{"expiring field", func(h Fields) { setMany(h, 3); h.SetExpiry([]byte("f1"), epoch0+5) }, EncListpackEx},
		{"no field expires any more", func(h Fields) {
			setMany(h, 3)
			h.SetExpiry([]byte("f1"), epoch0+5)
			h.SetExpiry([]byte("f1"), NoExpiry)
		}, EncListpackEx},
		{"expiring field and one too many", func(h Fields) {
			setMany(h, 128)
			h.SetExpiry([]byte("f1"), epoch0+5)
			h.Set([]byte("more"), nil)
		}, EncHashtable},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFixture(t, usualHashes)
			f.on(0, "h", func(tx *Txn, k []byte) {
				tc.make(tx.Fields(k))
				if got := tx.Peek(k).Encoding(); got != tc.want {
					t.Errorf("encoded as %v, want %v", got, tc.want)
				}
			})
			f.auditHashes()
		})
	}
}

func setMany(h Fields, n int) {
	for i := range n {
		h.Set(fmt.Appendf(nil, "f%d", i), []byte("v"))
	}
}

// TestHashMemory holds the bars of bytes per field, blocks and tables included.
func TestHashMemory(t *testing.T) {
	for _, tc := range []struct {
		name         string
		keys, fields int
		format       string
		most         float64
	}{
		{"small", 100_000, 10, "field%d", 25},
		{"big", 1, 1_000_000, "field:%d", 48},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFixture(t, usualHashes)
			for i := range tc.keys {
				f.fillHash(fmt.Sprintf("hash:%d", i), tc.fields, tc.format)
			}
			per := float64(f.s.Used()) / float64(tc.keys*tc.fields)
			t.Logf("%.1f bytes per field, %.1f resident", per, float64(f.s.Resident())/float64(tc.keys*tc.fields))
			if per > tc.most {
				t.Errorf("%.1f bytes per field, want at most %.0f", per, tc.most)
			}
		})
	}
}

func (f *fixture) fieldCount(key string) (n int) {
	f.on(0, key, func(t *Txn, k []byte) { n = t.Fields(k).Len() })
	return n
}

// TestFieldExpiryInSlices lets 100,000 fields of one hash expire together: they go a few at a time, and all go.
func TestFieldExpiryInSlices(t *testing.T) {
	const fields = 100_000
	f := newFixture(t, usualHashes)
	sink := new(journal)
	f.s.SetSink(sink)
	f.fillHash("h", fields+1, "f%d")
	f.on(0, "h", func(tx *Txn, k []byte) {
		for i := range fields {
			tx.Fields(k).SetExpiry(fmt.Appendf(nil, "f%d", i), f.now+1000+int64(i%500))
		}
	})
	f.auditHashes()
	f.now += 2501
	var tx Txn
	slices := 0
	for shard := range Shards {
		f.s.expiry.shard, f.s.expiry.db, f.s.expiry.group = shard, 0, 0
		for more := true; more; slices++ {
			before := f.fieldCount("h")
			more, _ = f.s.expireSlice(&tx, f.clock)
			if gone := before - f.fieldCount("h"); gone > 512 { // and the rest of a group, crowded as the table shrinks
				t.Fatalf("%d fields removed in one slice", gone)
			}
		}
	}
	if slices < fields/200 {
		t.Errorf("%d slices", slices)
	}
	if n := f.fieldCount("h"); n != 1 {
		t.Errorf("%d fields left", n)
	}
	words := 0
	for _, unit := range sink.take() {
		for effect := range strings.SplitSeq(unit, "; ") {
			if !strings.HasPrefix(effect, "0 HDEL h ") {
				t.Fatalf("effect %.60q", effect)
			}
			words += strings.Count(effect, " ") - 2
		}
	}
	if words != fields {
		t.Errorf("the effects remove %d fields", words)
	}
	f.auditHashes()
}

// TestFieldExpiryTells: removed fields leave as HDEL, events say so, and the last one takes the key along.
func TestFieldExpiryTells(t *testing.T) {
	lazily := func(f *fixture) {
		f.on(0, "h", func(tx *Txn, k []byte) {
			for i := range 200 {
				tx.Fields(k).Get(fmt.Appendf(nil, "f%d", i))
			}
		})
	}
	cycle := func(f *fixture) { f.s.ExpireCycle(f.clock, time.Second) }
	for _, n := range []int{1, 3, 200} {
		for how, remove := range map[string]func(*fixture){"lazily": lazily, "in the background": cycle} {
			t.Run(fmt.Sprintf("%d fields %s", n, how), func(t *testing.T) {
				f := newFixture(t, usualHashes)
				var events []string
				f.s.OnEvents(func(all []Event) {
					for _, e := range all {
						events = append(events, fmt.Sprintf("%d:%s:%s", e.DB, e.Name, e.Key))
					}
				})
				f.s.SelectEvents(EventHash | EventGeneric)
				f.fillHash("h", n, "f%d")
				f.on(0, "h", func(tx *Txn, k []byte) {
					for i := range n {
						tx.Fields(k).SetExpiry(fmt.Appendf(nil, "f%d", i), f.now+100)
					}
				})
				sink := new(journal)
				f.s.SetSink(sink)
				var w Watcher
				f.on(0, "h", func(tx *Txn, k []byte) { tx.Watch(&w, k) })
				defer f.s.Unwatch(&w)
				f.now += 100
				remove(f)
				if units := sink.take(); len(units)+len(events) > 0 {
					t.Fatalf("removed in the last millisecond: %q %q", units, events)
				}
				f.now++
				f.s.FreezeExpiry(true)
				remove(f)
				if units := sink.take(); len(units)+len(events) > 0 {
					t.Fatalf("removed while expiry was frozen: %q %q", units, events)
				}
				f.s.FreezeExpiry(false)
				f.now += 2000
				remove(f)
				all := strings.Join(sink.take(), "; ")
				for i := range n {
					if !strings.Contains(all+" ", fmt.Sprintf(" f%d ", i)) && !strings.Contains(all, fmt.Sprintf(" f%d;", i)) {
						t.Errorf("no HDEL of f%d", i)
					}
				}
				if n == 1 && all != "0 HDEL h f0" {
					t.Errorf("the effects are %q", all)
				}
				if len(events) < 2 || events[0] != "0:hexpired:h" || events[len(events)-1] != "0:del:h" {
					t.Errorf("the events are %q", events)
				}
				if f.size(0) != 0 {
					t.Error("the empty hash is still there")
				}
				if !w.Changed() {
					t.Error("the watcher was not told")
				}
			})
		}
	}
}

// TestFieldExpiryAfterTransfer: the background cycle finds expiring fields wherever the hash went.
func TestFieldExpiryAfterTransfer(t *testing.T) {
	for name, transfer := range map[string]func(tx *Txn, k []byte){
		"copied":          func(tx *Txn, k []byte) { tx.Copy(k, []byte("to"), 1, false); tx.Delete(k) },
		"renamed":         func(tx *Txn, k []byte) { tx.Rename(k, []byte("to")) },
		"moved":           func(tx *Txn, k []byte) { tx.Move(k, 3) },
		"swapped":         func(tx *Txn, _ []byte) { tx.Swap(0, 5) },
		"given an expiry": func(tx *Txn, k []byte) { tx.SetExpiry(k, epoch0+1_000_000) },
	} {
		for _, n := range []int{3, 500} {
			t.Run(fmt.Sprintf("%s, %d fields", name, n), func(t *testing.T) {
				f := newFixture(t, usualHashes)
				f.fillHash("h", n, "f%d")
				f.do(0, func(tx *Txn) {
					k := []byte("h")
					for i := range n {
						tx.Fields(k).SetExpiry(fmt.Appendf(nil, "f%d", i), f.now+100+int64(i))
					}
					transfer(tx, k)
				})
				f.auditHashes()
				f.now += 3000
				f.s.ExpireCycle(f.clock, time.Second)
				if left := f.s.contents(); len(left) > 0 {
					t.Errorf("left: %v", left)
				}
			})
		}
	}
}

// TestSampleIsUniform draws samples and counts how often each field is in them.
func TestSampleIsUniform(t *testing.T) {
	for _, tc := range []struct{ fields, expired, sample int }{{10, 0, 3}, {10, 5, 3}, {300, 0, 3}, {300, 0, 150}, {300, 30, 10}} {
		t.Run(fmt.Sprint(tc), func(t *testing.T) {
			f := newFixture(t, usualHashes)
			f.fillHash("h", tc.fields, "f%d")
			f.on(0, "h", func(tx *Txn, k []byte) {
				for i := range tc.expired {
					tx.Fields(k).SetExpiry(fmt.Appendf(nil, "f%d", i), f.now+1)
				}
			})
			f.now += 2
			f.s.FreezeExpiry(true)
			defer f.s.FreezeExpiry(false)
			picked, singles := make(map[string]int), make(map[string]int)
			left := tc.fields - tc.expired
			rounds := 400 * left / tc.sample
			f.on(0, "h", func(tx *Txn, k []byte) {
				h := tx.Fields(k)
				for range rounds {
					h.Sample(tc.sample, func(x Field) { picked[string(x.Name.Append(nil))]++ })
				}
				for range 400 * left {
					x, ok := h.Random()
					if !ok {
						t.Fatal("no random field")
					}
					singles[string(x.Name.Append(nil))]++
				}
			})
			for i := range tc.fields {
				for what, counts := range map[string]map[string]int{"samples": picked, "random picks": singles} {
					n := counts[fmt.Sprintf("f%d", i)]
					if i < tc.expired && n > 0 || i >= tc.expired && (n < 280 || n > 520) {
						t.Errorf("f%d is in %d %s, want about 400", i, n, what)
					}
				}
			}
		})
	}
}

// TestHashScanSurvivesResizing: what is there from beginning to end is returned, whatever else comes and goes.
func TestHashScanSurvivesResizing(t *testing.T) {
	f := newFixture(t, usualHashes)
	f.fillHash("h", 1000, "stays%d")
	f.on(0, "h", func(tx *Txn, k []byte) {
		h, seen, calls := tx.Fields(k), make(map[string]bool), 0
		for cursor := uint64(0); ; {
			cursor = h.Scan(cursor, 10, func(x Field) { seen[string(x.Name.Append(nil))] = true })
			if cursor == 0 {
				break
			}
			for i := range 200 {
				if name := fmt.Appendf(nil, "comes%d", i+200*(calls%7)); calls%2 == 0 {
					h.Set(name, nil)
				} else {
					h.Delete(name)
				}
			}
			calls++
		}
		for i := range 1000 {
			if !seen[fmt.Sprintf("stays%d", i)] {
				t.Errorf("stays%d was not returned", i)
			}
		}
	})
}

// TestHashDoesNotAllocate: the everyday commands run without garbage.
func TestHashDoesNotAllocate(t *testing.T) {
	for _, n := range []int{10, 1000} {
		f := newFixture(t, usualHashes)
		f.fillHash("h", n, "field%d")
		key, name, value, other := []byte("h"), []byte("field7"), []byte("value-8"), []byte("12345")
		var tx Txn
		allocs := testing.AllocsPerRun(100, func() {
			f.s.Begin(&tx, MaskOf(key), 0, f.now)
			h := tx.Fields(key)
			h.Set(name, value)
			h.Set(name, other)
			h.Get(name)
			h.Delete(name)
			h.Set(name, value)
			h.Changed(1)
			tx.End()
		})
		if allocs != 0 {
			t.Errorf("%d fields: %v allocations", n, allocs)
		}
	}
}

// TestFieldBounds: the bound of an entry is never later than what it stands for.
func TestFieldBounds(t *testing.T) {
	f := newFixture(t, usualHashes)
	f.fillHash("h", 3, "f%d")
	f.on(0, "h", func(tx *Txn, k []byte) {
		if next := tx.Peek(k).nextExpiry(); next != dict.NoExpiry {
			t.Errorf("a hash without expiries expires at %d", next)
		}
		tx.Fields(k).SetExpiry([]byte("f1"), epoch0+5000)
		if next := tx.Peek(k).nextExpiry(); next != expirySecond(epoch0+5000) {
			t.Errorf("the hash's next expiry is %d", next)
		}
		tx.SetExpiry(k, epoch0+2000)
		if next := tx.Peek(k).nextExpiry(); next != expirySecond(epoch0+2000) {
			t.Errorf("the key's next expiry is %d", next)
		}
	})
}

// Limits that allow anything do not make blocks that end beyond what a block can be.
func TestHashOfLongValues(t *testing.T) {
	long := make([]byte, maxSmallHash)
	for name, fill := range map[string]func(h Fields){
		"new":      func(h Fields) { h.Set([]byte("a"), long) },
		"at once":  func(h Fields) { h.SetAll([][]byte{[]byte("a"), long, []byte("b"), nil}) },
		"added":    func(h Fields) { setMany(h, 3); h.Set([]byte("a"), long) },
		"replaced": func(h Fields) { setMany(h, 3); h.Set([]byte("f1"), long) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, Tuning{HashMaxListpackEntries: 128, HashMaxListpackValue: 1 << 30})
			f.on(0, "h", func(tx *Txn, k []byte) {
				fill(tx.Fields(k))
				if got := tx.Peek(k).Encoding(); got != EncHashtable {
					t.Errorf("encoded as %v", got)
				}
			})
		})
	}
	if !NameFits(make([]byte, 1000)) || NameFits(make([]byte, MaxString/2+1)) {
		t.Error("NameFits")
	}
}
