package store

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"testing"
)

func wantString(t *testing.T, e Entry, want string) {
	t.Helper()
	var scratch [20]byte
	switch {
	case !e.Exists() && want != "":
		t.Errorf("no entry, want %q", want)
	case e.Exists() && string(e.Bytes(scratch[:])) != want:
		t.Errorf("value %q, want %q", e.Bytes(scratch[:]), want)
	}
}

// TestLastKey is about the place of the last key that a transaction remembers: whatever happens between two looks at a
// key, the second finds what is there then.
func TestLastKey(t *testing.T) {
	a, b := []byte("a"), []byte("b")
	set := func(t *Txn, k []byte, v string) { t.SetString(k, []byte(v), NoExpiry) }
	for _, tc := range []struct {
		name    string
		between func(t *Txn)
		want    string // of key a, "" missing
	}{
		{"nothing", func(*Txn) {}, "old"},
		{"another key is set", func(t *Txn) { set(t, b, "b") }, "old"},
		{"set", func(t *Txn) { set(t, a, "new") }, "new"},
		{"set to a longer value", func(t *Txn) { set(t, a, strings.Repeat("x", 3000)) }, strings.Repeat("x", 3000)},
		{"set twice", func(t *Txn) { set(t, a, "1"); set(t, a, "longer than an integer") }, "longer than an integer"},
		{"set to an integer", func(t *Txn) { t.SetInt(a, -7, NoExpiry) }, "-7"},
		{"edited", func(t *Txn) { e, _ := t.Edit(a, 5); copy(e[3:], "er") }, "older"},
		{"built", func(t *Txn) { t.Build(a, 2, func(b []byte) { copy(b, "ab") }) }, "ab"},
		{"deleted", func(t *Txn) { t.Delete(a) }, ""},
		{"deleted twice", func(t *Txn) { t.Delete(a); t.Delete(a) }, ""},
		{"deleted and set", func(t *Txn) { t.Delete(a); set(t, a, "new") }, "new"},
		{"expiry set", func(t *Txn) { t.SetExpiry(a, epoch0+1) }, "old"},
		{"expired", func(t *Txn) { t.SetExpiry(a, epoch0+1); t.SetNow(epoch0 + 2) }, ""},
		{"expired and set", func(t *Txn) { t.SetExpiry(a, epoch0+1); t.SetNow(epoch0 + 2); set(t, a, "new") }, "new"},
		{"many inserted", func(t *Txn) {
			for i := range 5000 {
				set(t, []byte("key"+strconv.Itoa(i)), "v")
			}
		}, "old"},
		{"the same key changed in another database", func(t *Txn) { t.Select(1); set(t, a, "other"); t.Select(0) }, "old"},
		{"flushed", func(t *Txn) { t.Flush(0, true) }, ""},
		{"flushed and set", func(t *Txn) { t.Flush(-1, false); set(t, a, "new") }, "new"},
		{"swapped", func(t *Txn) { t.Swap(0, 2) }, ""},
		{"renamed", func(t *Txn) { t.Rename(a, b) }, ""},
		{"replaced by a renamed one", func(t *Txn) { set(t, b, "was b"); t.Rename(b, a) }, "was b"},
		{"moved away", func(t *Txn) { t.Move(a, 3) }, ""},
		{"copied to", func(t *Txn) { set(t, b, "was b"); t.Copy(b, a, 0, true) }, "was b"},
		{"scanned", func(t *Txn) { t.Scan(0, 1000, func(Entry) {}) }, "old"},
		{"random key taken", func(t *Txn) { t.RandomKey() }, "old"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFixture(t, Tuning{})
			f.do(0, func(tx *Txn) {
				set(tx, a, "old")
				wantString(t, tx.Read(a), "old")
				tc.between(tx)
				wantString(t, tx.Peek(a), tc.want)
				if e := tx.Write(a); e.Exists() != (tc.want != "") {
					t.Errorf("exists: %v", e.Exists())
				}
				set(tx, a, "last")
				wantString(t, tx.Read(a), "last")
			})
		})
	}
}

// TestLastKeyAfterScan: going through a table may make it do what it had put off, and so move its slots, that of the
// remembered key included. That is too rare to wait for.
func TestLastKeyAfterScan(t *testing.T) {
	f := newFixture(t, Tuning{})
	k := []byte("k")
	f.do(0, func(tx *Txn) {
		tx.SetInt(k, 1, NoExpiry)
		for name, visit := range map[string]func(){
			"Each": func() { tx.Each(func(Entry) {}) },
			"Scan": func() { tx.Scan(0, 10, func(Entry) {}) },
		} {
			if tx.Peek(k); !tx.ref.valid {
				t.Error("the last key is not remembered")
			}
			if visit(); tx.ref.valid {
				t.Errorf("the place of the last key is remembered after %s", name)
			}
		}
	})
}

// TestKeysOfOneBuffer uses slices of one array, of which some start at the same byte.
func TestKeysOfOneBuffer(t *testing.T) {
	f := newFixture(t, Tuning{})
	buf := []byte("key:abcdef")
	f.do(0, func(tx *Txn) {
		for n := len(buf); n >= 0; n-- {
			tx.Peek(buf[:n])
			tx.SetInt(buf[:n], int64(n), NoExpiry)
		}
		for n := range len(buf) + 1 {
			wantString(t, tx.Read(buf[:n]), strconv.Itoa(n))
			wantString(t, tx.Read(buf[len(buf):]), "0") // the empty key, wherever it points
			wantString(t, tx.Read(nil), "0")
		}
		tx.Select(5)
		if tx.Read(buf).Exists() {
			t.Error("a key of database 0 was found in database 5")
		}
	})
}

func TestEntryLayout(t *testing.T) {
	f := newFixture(t, Tuning{})
	for _, keyLen := range []int{0, 1, 255, 256, 70000} {
		for _, v := range []string{"", "x", "12", strings.Repeat("v", 44), strings.Repeat("v", 45), strings.Repeat("v", 255), strings.Repeat("v", 256), strings.Repeat("v", 1<<20)} {
			for _, at := range []int64{NoExpiry, epoch0 + 1, math.MaxInt64} {
				key := strings.Repeat("k", keyLen)
				want := record{v, encodingOf([]byte(v)), at}
				f.set(0, key, v, at)
				f.on(0, key, func(tx *Txn, k []byte) {
					e := tx.Peek(k)
					if got := recordOf(e); got != want || e.Type() != String || !bytes.Equal(e.Key(), k) || e.Len() != len(v) {
						t.Errorf("key of %d, value of %d bytes: got %.50q %v %d", keyLen, len(v), got.value, got.enc, got.expireAt)
					}
					e.setHistory(0xabcdef)
					if e.history() != 0xabcdef || recordOf(e) != want {
						t.Errorf("access history overlaps something")
					}
					if u := tx.MemoryUsage(e); u < int64(e.size()) || u > int64(e.size())*9/8+4096+8 {
						t.Errorf("entry of %d bytes takes %d", e.size(), u)
					}
				})
			}
		}
	}
}

// TestEntrySize pins the sizes that the package's documentation promises.
func TestEntrySize(t *testing.T) {
	for _, tc := range []struct {
		name string
		s    shape
		want int
	}{
		{"7-byte key, small integer", shape{String, EncInt, 7, 1, NoExpiry}, 14},
		{"16-byte key, 64-byte value", shape{String, EncRaw, 16, 64, NoExpiry}, 87},
		{"with an expiry", shape{String, EncRaw, 16, 64, 1}, 95},
		{"longest short key and value", shape{String, EncRaw, 255, 255, NoExpiry}, 517},
		{"long key and value", shape{String, EncRaw, 256, 256, NoExpiry}, 525},
		{"integer under a long key", shape{String, EncInt, 256, 8, 1}, 281},
	} {
		if got := tc.s.size(); got != tc.want {
			t.Errorf("%s: %d bytes, want %d", tc.name, got, tc.want)
		}
	}
}

func TestIntegers(t *testing.T) {
	f := newFixture(t, Tuning{})
	var all []int64
	for bit := range 64 {
		for _, d := range []int64{-1, 0, 1} {
			all = append(all, 1<<bit+d, -(1<<bit)+d)
		}
	}
	for _, n := range append(all, 0, math.MaxInt64, math.MinInt64) {
		text := strconv.FormatInt(n, 10)
		f.set(0, "n", text, NoExpiry)
		f.on(0, "n", func(tx *Txn, k []byte) {
			e := tx.Read(k)
			if got, ok := e.Int(); !ok || got != n || e.Len() != len(text) || e.Encoding() != EncInt {
				t.Errorf("%d: got %d, %v", n, got, ok)
			}
			wantString(t, e, text)
		})
	}
	for _, s := range []string{"", "-", "-0", "+1", "01", " 1", "1 ", "1.0", "1e3", "0x1", "9223372036854775808", "-9223372036854775809", "18446744073709551617", "99999999999999999999", "１"} {
		f.set(0, "n", s, NoExpiry)
		f.on(0, "n", func(tx *Txn, k []byte) {
			if e := tx.Read(k); e.Encoding() != EncEmbstr {
				t.Errorf("%q is stored as %v", s, e.Encoding())
			}
			wantString(t, tx.Read(k), s)
		})
	}
}

func TestExpiryOfSetters(t *testing.T) {
	f := newFixture(t, Tuning{})
	expireAt := func(key string) (at int64) {
		f.on(0, key, func(tx *Txn, k []byte) {
			if at = 0; tx.Peek(k).Exists() {
				at = tx.Peek(k).ExpireAt()
			}
		})
		return at
	}
	f.set(0, "k", "v", KeepExpiry)
	if at := expireAt("k"); at != NoExpiry {
		t.Errorf("new key with KeepExpiry expires at %d", at)
	}
	f.set(0, "k", "w", f.now+10)
	f.set(0, "k", "7", KeepExpiry)
	if at := expireAt("k"); at != f.now+10 {
		t.Errorf("KeepExpiry gives %d", at)
	}
	f.now += 10
	if _, ok := f.get(0, "k"); !ok {
		t.Error("expired early")
	}
	f.now++
	if _, ok := f.get(0, "k"); ok {
		t.Error("did not expire")
	}
	f.set(0, "k", "x", KeepExpiry)
	if at := expireAt("k"); at != NoExpiry {
		t.Errorf("a key that had expired passes its expiry on: %d", at)
	}
	f.set(0, "k", "x", f.now-5)
	if at := expireAt("k"); at != 0 {
		t.Error("a key set to expire in the past is there")
	}
}

func TestFrozenExpiry(t *testing.T) {
	f := newFixture(t, Tuning{})
	j := new(journal)
	f.s.SetSink(j)
	f.set(0, "k", "v", f.now)
	f.now++
	f.s.FreezeExpiry(true)
	f.s.ExpireCycle(f.clock, 1e9)
	f.on(0, "k", func(tx *Txn, k []byte) {
		if tx.Read(k).Exists() || tx.Write(k).Exists() || tx.Peek(k).Exists() || tx.Delete(k) || tx.SetExpiry(k, NoExpiry) {
			t.Error("an expired key is visible")
		}
	})
	if n := f.size(0); n != 1 {
		t.Errorf("%d keys, want the expired one to stay", n)
	}
	if e := j.take(); len(e) != 0 {
		t.Errorf("effects %q", e)
	}
	f.s.FreezeExpiry(false)
	if _, ok := f.get(0, "k"); ok || f.size(0) != 0 {
		t.Error("the key outlives the freeze")
	}
	if e := j.take(); len(e) != 1 || e[0] != "0 DEL k" {
		t.Errorf("effects %q", e)
	}
	f.s.FreezeExpiry(true)
	defer f.s.FreezeExpiry(false)
	f.set(0, "k", "v", f.now-1)
	f.set(0, "k", "w", KeepExpiry)
	if v, ok := f.get(0, "k"); v != "w" || !ok {
		t.Errorf("overwriting an expired key that stays in place gives %q", v)
	}
}

func TestTransactionState(t *testing.T) {
	f := newFixture(t, Tuning{})
	f.do(3, func(tx *Txn) {
		if tx.DB() != 3 || tx.Now() != f.now || tx.Dirty() != 0 || tx.Databases() != 16 || !tx.Holds(AllShards) {
			t.Errorf("fresh transaction: %d %d %d %d", tx.DB(), tx.Now(), tx.Dirty(), tx.Databases())
		}
		tx.SetInt([]byte("a"), 1, NoExpiry)
		tx.SetExpiry([]byte("a"), f.now+5)
		tx.SetExpiry([]byte("none"), f.now+5)
		tx.Delete([]byte("none"))
		tx.Rename([]byte("a"), []byte("b"))
		tx.Delete([]byte("b"))
		if tx.Dirty() != 4 {
			t.Errorf("4 changes count as %d", tx.Dirty())
		}
	})
	f.on(0, "a", func(tx *Txn, k []byte) {
		if tx.Dirty() != 0 || tx.Holds(AllShards) || !tx.Holds(MaskOf(k)) {
			t.Error("state of the last transaction shows through")
		}
	})
}

func TestStats(t *testing.T) {
	f := newFixture(t, Tuning{Policy: AllKeysRandom, Samples: 5})
	f.set(0, "a", "1", NoExpiry)
	f.set(0, "b", "1", f.now+2000)
	f.set(0, "c", "1", f.now+4000)
	f.set(9, "a", "1", f.now+1)
	f.get(0, "a")
	f.get(0, "none")
	f.get(0, "none")
	f.do(0, func(tx *Txn) {
		got := tx.SpaceStats()
		if len(got) != 2 || got[0].TableBytes <= 0 {
			t.Fatalf("%+v", got)
		}
		got[0].TableBytes, got[1].TableBytes, got[0].Buckets, got[1].Buckets = 0, 0, 0, 0
		if got[0] != (SpaceStats{DB: 0, Keys: 3, Expires: 2, AvgTTL: 3000}) || got[1] != (SpaceStats{DB: 9, Keys: 1, Expires: 1, AvgTTL: 1}) {
			t.Errorf("%+v", got)
		}
	})
	f.now += 2
	f.get(9, "a")
	f.s.Evict(f.s.Used()-1, f.now, func() bool { return false })
	f.do(0, func(tx *Txn) {
		if got := tx.Stats(); got != (ShardStats{Hits: 1, Misses: 3, Expired: 1, Evicted: 1}) {
			t.Errorf("%+v", got)
		}
		tx.ResetStats()
		if got := tx.Stats(); got != (ShardStats{}) {
			t.Errorf("after reset: %+v", got)
		}
	})
}

func TestKeyOutsideShardsPanics(t *testing.T) {
	f := newFixture(t, Tuning{})
	var inside [][]byte
	for i := 0; len(inside) < 3; i++ {
		k := []byte("k" + strconv.Itoa(i))
		if len(inside) == 0 || ShardOf(k) != ShardOf(inside[len(inside)-1]) {
			inside = append(inside, k)
		}
	}
	if ShardOf(inside[2]) == ShardOf(inside[0]) {
		t.Fatal("the keys chosen do not suit")
	}
	f.s.Begin(&f.tx, MaskOf(inside[0])|MaskOf(inside[1]), 0, f.now)
	defer f.tx.End()
	defer func() {
		if recover() == nil {
			t.Error("a key of a shard that is not locked was looked up")
		}
	}()
	f.tx.Peek(inside[2])
}

// TestHistoryTravels: RENAME and MOVE keep the access counter, COPY starts a new one, SET keeps the key's under LFU.
func TestHistoryTravels(t *testing.T) {
	f := newFixture(t, Tuning{Policy: AllKeysLFU, LFULogFactor: 0, LFUDecayTime: 1})
	k, other := []byte("k"), []byte("other")
	f.do(0, func(tx *Txn) {
		tx.SetInt(k, 1, NoExpiry)
		for range 20 {
			tx.Read(k)
		}
		frequency := func(db int, key []byte) int64 {
			defer tx.Select(tx.DB())
			tx.Select(db)
			return tx.Frequency(tx.Peek(key))
		}
		if n := frequency(0, k); n != 25 {
			t.Fatalf("after 20 reads: %d", n)
		}
		tx.Copy(k, other, 0, true)
		if n := frequency(0, other); n != lfuInitial {
			t.Errorf("copy: %d", n)
		}
		tx.Rename(k, other)
		if n := frequency(0, other); n != 25 {
			t.Errorf("renamed: %d", n)
		}
		tx.Move(other, 4)
		if n := frequency(4, other); n != 25 {
			t.Errorf("moved: %d", n)
		}
		tx.Select(4)
		tx.SetString(other, []byte("another value, of another size"), NoExpiry)
		if n := frequency(4, other); n != 25 {
			t.Errorf("set again: %d", n)
		}
		tx.SetNow(f.now + 10*60_000)
		if n := frequency(4, other); n != 15 {
			t.Errorf("after ten minutes: %d", n)
		}
		tx.NoTouch = true
		tx.Read(other)
		tx.NoTouch = false
		if n := frequency(4, other); n != 15 {
			t.Errorf("after a read that leaves no trace: %d", n)
		}
	})
}

func TestIdleTime(t *testing.T) {
	f := newFixture(t, Tuning{Policy: AllKeysLRU})
	k := []byte("k")
	f.set(0, "k", "v", NoExpiry)
	f.now += 5000
	f.on(0, "k", func(tx *Txn, _ []byte) {
		if n := tx.IdleSeconds(tx.Peek(k)); n != 5 {
			t.Errorf("idle %d s", n)
		}
		if n := tx.IdleSeconds(tx.Read(k)); n != 0 {
			t.Errorf("idle %d s after a read", n)
		}
		tx.SetNow(f.now + (1<<24-1)*1000)
		if n := tx.IdleSeconds(tx.Peek(k)); n != 1<<24-1 {
			t.Errorf("idle %d s at most", n)
		}
	})
}
