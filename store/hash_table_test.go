package store

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"synap/store/packed"
)

// TestFieldTable reads big hashes whose fields are laid out in every way, and compares with what is visited one by one.
func TestFieldTable(t *testing.T) {
	f := newFixture(t, Tuning{HashMaxListpackEntries: 1, HashMaxListpackValue: 1, EstateBytes: 4000})
	texts := []string{"", "a", strings.Repeat("v", shortMax), strings.Repeat("V", shortMax+1), "x y"}
	for _, n := range []int64{0, -1, 127, 128, -32768, 1 << 23, -1 << 31, 1 << 40, math.MaxInt64, math.MinInt64} {
		texts = append(texts, fmt.Sprint(n))
	}
	f.on(0, "h", func(tx *Txn, k []byte) {
		h := tx.Fields(k)
		if _, ok := h.Table(); ok {
			t.Error("there is a table of no fields")
		}
		h.Set([]byte("a"), []byte("b"))
		if _, ok := h.Table(); ok {
			t.Error("there is a table of a small hash")
		}
		for i := range 500 {
			name := fmt.Sprint("f", i)
			if i%7 == 0 {
				name += strings.Repeat("n", shortMax)
			}
			h.Set([]byte(name), []byte(texts[i%len(texts)]))
		}
		h.SetExpiry([]byte("f1"), epoch0+5)
		if _, ok := h.Table(); ok {
			t.Error("there is a table of fields that expire")
		}
		h.SetExpiry([]byte("f1"), NoExpiry)
		table, ok := h.Table()
		if !ok {
			t.Fatal("no table")
		}
		var want, got []string
		h.Each(func(f Field) { want = append(want, string(f.Name.Append(nil)), string(f.Value.Append(nil))) })
		var room FieldBatch
		batches := 0
		for at, done := 0, false; !done; batches++ {
			var batch []packed.Elem
			at, batch, done = table.Next(at, room[:0])
			for _, e := range batch {
				got = append(got, string(e.Append(nil)))
			}
		}
		if !slices.Equal(got, want) || len(got) != 2*h.Len() || batches < 2 {
			t.Errorf("%d batches of %d fields, %d visited:\n%.200q\n%.200q", batches, len(got)/2, len(want)/2, got, want)
		}
	})
}
