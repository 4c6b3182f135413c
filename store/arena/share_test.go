package arena

import "testing"

func TestSmallSpans(t *testing.T) {
	a := New(new(Pool))
	var blocks []Handle
	for range 100_000 / 64 {
		blocks = append(blocks, a.Alloc(64))
	}
	k := &a.classes[classOf(64)]
	if k.small != smallSpans || len(a.shared) != 1 {
		t.Fatalf("%d small spans in %d shared units", k.small, len(a.shared))
	}
	if want := int64(roundUp(100_000, osPage) + 3*osPage); a.Resident() > want {
		t.Errorf("Resident %d, want at most %d", a.Resident(), want)
	}
	for _, h := range blocks {
		a.Free(h)
	}
	a.Trim()
	if k.small != 0 || len(a.shared) != 0 || a.Resident() != 0 {
		t.Errorf("after all was freed: %d small spans in %d shared units, Resident %d", k.small, len(a.shared), a.Resident())
	}
}

// Parts that became free serve other classes before another unit is shared.
func TestPartsAreReused(t *testing.T) {
	a := New(new(Pool))
	keep := a.Alloc(8)
	for round := range 1000 {
		size := 8 + round*8%smallLimit
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
