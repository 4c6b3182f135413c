package arena

import "testing"

// TestPrivateArena: blocks that grow from class to class, all at about the same time, leave little behind in an arena of one
// owner.
func TestPrivateArena(t *testing.T) {
	const blocks, from, to = 100, 600, 1900
	waste := func(a *Arena) float64 {
		handles, most := make([]Handle, blocks), 0.0
		for i := range handles {
			handles[i] = a.Alloc(from)
		}
		for size := from; size <= to; size += 50 {
			for i, h := range handles {
				a.Free(h)
				handles[i] = a.Alloc(size + i%3*50)
			}
			most = max(most, float64(a.Resident())/float64(a.Used()))
		}
		for _, h := range handles {
			a.Free(h)
		}
		a.Trim()
		if a.Used() != 0 || a.Resident() != 0 || len(a.shared) != 0 {
			t.Errorf("%d bytes used, %d resident, %d shared units are left", a.Used(), a.Resident(), len(a.shared))
		}
		return most
	}
	own, common := waste(NewPrivate(new(Pool))), waste(New(new(Pool)))
	if own > 1.6 || own > common*0.7 {
		t.Errorf("%.2f times as much resident as used; an arena of many owners has %.2f", own, common)
	}
}

// TestFewestLost: whatever a class of small spans loses to rounding, it is less than a part, as span.parts needs it.
func TestFewestLost(t *testing.T) {
	for _, size := range classSizes {
		if size <= partSize || int(size) > oneOwner.limit {
			continue
		}
		parts := fewestLost(int(size))
		s := span{class: uint8(classOf(int(size))), capacity: uint16(parts * partSize / int(size))}
		if parts < 1 || parts > mostParts || s.capacity == 0 || s.parts() != parts {
			t.Errorf("class %d: %d parts for %d blocks, which say %d", size, parts, s.capacity, s.parts())
		}
	}
}
