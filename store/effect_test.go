package store

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func TestEffects(t *testing.T) {
	f := newFixture(t, Tuning{Policy: AllKeysRandom, Samples: 5})
	j := new(journal)
	f.s.SetSink(j)
	word := func(s string) []byte { return []byte(s) }

	if seq := f.on(0, "k", func(tx *Txn, k []byte) { tx.Read(k) }); seq != 0 {
		t.Errorf("a read has sequence number %d", seq)
	}
	var seqs []uint64
	seqs = append(seqs, f.on(2, "k", func(tx *Txn, k []byte) {
		tx.SetInt(k, 1, f.now+5)
		tx.Record(NewEffect(2, word("SET"), k, word("1")))
	}))
	seqs = append(seqs, f.do(0, func(tx *Txn) {
		tx.Record(NewEffect(0, word("A")), NewEffect(1, word("B"), word("b")))
		tx.Record(NewEffect(0, word("C")))
	}))
	f.now += 6
	seqs = append(seqs, f.on(2, "k", func(tx *Txn, k []byte) {
		tx.SetInt(k, 2, NoExpiry)
		tx.Record(NewEffect(2, word("SET"), k, word("2")))
	}))
	if !slices.Equal(seqs, []uint64{1, 2, 3}) {
		t.Errorf("sequence numbers %d", seqs)
	}
	want := []string{"2 SET k 1", "0 A; 1 B b; 0 C", "2 DEL k; 2 SET k 2"}
	if got := j.take(); !slices.Equal(got, want) {
		t.Errorf("units %q, want %q", got, want)
	}

	f.set(7, "gone", "v", f.now)
	f.now++
	f.s.ExpireCycle(f.clock, 1e9)
	if got := j.take(); !slices.Equal(got, []string{"7 DEL gone"}) {
		t.Errorf("background expiry: %q", got)
	}
	if n, kept := f.s.Evict(0, f.now, func() bool { return false }); n != 1 || !kept {
		t.Errorf("evicted %d, kept %v", n, kept)
	}
	if got := j.take(); !slices.Equal(got, []string{"2 DEL k"}) {
		t.Errorf("eviction: %q", got)
	}
}

// TestEffectOrder: for every key, units reach the sink in the order of application.
func TestEffectOrder(t *testing.T) {
	f := newFixture(t, Tuning{})
	j := new(journal)
	f.s.SetSink(j)
	done := make(chan bool)
	for range 4 {
		go func() {
			var tx Txn
			k := []byte("counter")
			for range 500 {
				f.s.Begin(&tx, MaskOf(k), 0, f.now)
				n, _ := int64(0), false
				if e := tx.Read(k); e.Exists() {
					n, _ = e.Int()
				}
				tx.SetInt(k, n+1, NoExpiry)
				tx.Record(NewEffect(0, []byte(strings.Repeat("x", int(n)))))
				tx.End()
			}
			done <- true
		}()
	}
	for range 4 {
		<-done
	}
	for i, u := range j.mu.units {
		if len(u[0].Args[0]) != i {
			t.Fatalf("unit %d was made at count %d", i, len(u[0].Args[0]))
		}
	}
}

func TestEffectOwnsItsWords(t *testing.T) {
	word := []byte("word")
	e := NewEffect(1, word, []byte{}, word)
	word[0] = 'L'
	if !bytes.Equal(bytes.Join(e.Args, []byte("|")), []byte("word||word")) {
		t.Errorf("%q", e.Args)
	}
	_ = append(e.Args[0], '!')
	if string(e.Args[2]) != "word" {
		t.Errorf("appending to a word writes into the next: %q", e.Args)
	}
}

// countingSink only counts.
type countingSink struct{ units, effects uint64 }

func (c *countingSink) Append(u Unit) uint64 {
	c.effects += uint64(len(u))
	c.units++
	return c.units
}

// TestAllocations: the plain path takes nothing from the Go heap, with effects or without.
func TestAllocations(t *testing.T) {
	f := newFixture(t, Tuning{})
	key, value, words := []byte("key"), []byte("some value"), [][]byte{[]byte("SET")}
	var tx Txn
	turn := func() {
		f.s.Begin(&tx, MaskOf(key), 0, f.now)
		tx.SetString(key, value, f.now+1000)
		if tx.Recording() {
			tx.Record(Effect{Args: words})
		}
		var scratch [20]byte
		_ = tx.Read(key).Bytes(scratch[:])
		tx.Delete(key)
		tx.End()
	}
	if n := testing.AllocsPerRun(1000, turn); n != 0 {
		t.Errorf("%v allocations without a sink", n)
	}
	sink := new(countingSink)
	f.s.SetSink(sink)
	if n := testing.AllocsPerRun(1000, turn); n != 0 {
		t.Errorf("%v allocations with a sink", n)
	}
	if sink.units != 1001 || sink.effects != 1001 {
		t.Errorf("%+v", sink)
	}
	f.s.SetSink(nil)
	f.s.Begin(&tx, MaskOf(key), 0, f.now)
	tx.Record(Effect{Args: words})
	if seq := tx.End(); seq != 0 || len(tx.unit) != 0 {
		t.Error("an effect was kept without a sink")
	}
}

// TestUnitRoom: one huge transaction does not hold its room for effects for ever.
func TestUnitRoom(t *testing.T) {
	f := newFixture(t, Tuning{})
	f.s.SetSink(new(countingSink))
	f.do(0, func(tx *Txn) {
		for range 10 * unitKept {
			tx.Record(Effect{Args: [][]byte{wordDel}})
		}
	})
	if n := cap(f.tx.unit); n > unitKept {
		t.Errorf("room for %d effects is kept", n)
	}
}
