package arena

import "testing"

func TestSmallSpans(t *testing.T) {
	a := New(new(Pool))
	var blocks []Handle
	for range 100_000 / 64 {
		blocks = append(blocks, a.Alloc(64))
	}
	k := &a.classes[classOf(64)]
	if k.parts < mostParts || len(a.shared) != 1 {
		t.Fatalf("%d parts in %d shared units", k.parts, len(a.shared))
	}
	if want := int64(roundUp(100_000, osPage) + 3*osPage); a.Resident() > want {
		t.Errorf("Resident %d, want at most %d", a.Resident(), want)
	}
	for _, h := range blocks {
		a.Free(h)
	}
	a.Trim()
	if k.parts != 0 || len(a.shared) != 0 || a.Resident() != 0 {
		t.Errorf("after all was freed: %d parts in %d shared units, Resident %d", k.parts, len(a.shared), a.Resident())
	}
}

// Parts that became free serve other classes before another unit is shared.
func TestPartsAreReused(t *testing.T) {
	a := New(new(Pool))
	keep := a.Alloc(8)
	for round := range 1000 {
		size := 8 + round*8%manyOwners.limit
		h := a.Alloc(size)
		if len(a.shared) != 1 {
			t.Fatalf("round %d: %d shared units", round, len(a.shared))
		}
		a.Free(h)
	}
	a.Free(keep)
	a.Reset()
	if a.Resident() != 0 || len(a.shared) != 0 {
		t.Errorf("after Reset: Resident %d", a.Resident())
	}
}

// What an earlier owner of the memory has touched is given back once nobody needs the memory at once.
func TestTrimDropsTails(t *testing.T) {
	pool := new(Pool)
	m := &model{t: t, a: New(pool)}
	for range 2 * unitSize / 64 {
		m.alloc(64)
	}
	m.drop()
	m.alloc(1000) // in a span that was full of other blocks
	m.alloc(24)
	if m.a.Resident() < unitSize {
		t.Fatalf("Resident %d: no span was used again", m.a.Resident())
	}
	m.a.Trim()
	if m.a.Resident() > 3*osPage {
		t.Errorf("Resident %d after Trim", m.a.Resident())
	}
	m.check()
	for range 100 {
		m.alloc(24)
		m.alloc(1000)
	}
	m.check()
	m.drop()
	m.a.Reset()
}
