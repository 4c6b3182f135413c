package dict

import (
	"math/rand/v2"
	"testing"

	"synap/store/arena"
)

// Entries present throughout are returned exactly once, whatever comes and
// goes between the calls, and Position tells which were passed.
func TestScanWhileTableChanges(t *testing.T) {
	for name, hash := range hashes {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, uint64(len(name))))
			for range 6 {
				m := newModel(t, hash)
				stay := rng.Uint64N(200) + 1
				for key := range stay {
					m.set(key)
				}
				others := uint64(1000)
				grow := func(n uint64) {
					for range n {
						others++
						m.set(others)
					}
				}
				grow(rng.Uint64N(300))
				seen := map[uint64]int{}
				for cursor := uint64(0); ; {
					cursor = m.table.Scan(m.a, cursor, func(h arena.Handle) { seen[m.entry(h).key]++ })
					if cursor == 0 {
						break
					}
					for key := range stay {
						if passed := Position(hash(key)) < cursor; passed != (seen[key] == 1) {
							t.Fatalf("key %d: Position says passed %v, visited %d times", key, passed, seen[key])
						}
					}
					switch rng.IntN(4) {
					case 0:
						grow(rng.Uint64N(100))
					case 1:
						for range rng.IntN(100) {
							if others > 1000 {
								m.remove(others)
								others--
							}
						}
					}
					if others > 1600 {
						break
					}
				}
				for key := range stay {
					if seen[key] != 1 && others <= 1600 {
						t.Fatalf("key %d visited %d times", key, seen[key])
					}
				}
				m.drop()
			}
		})
	}
}

func TestScanWrongCursors(t *testing.T) {
	m := newModel(t, mix)
	if next := m.table.Scan(m.a, 99, func(arena.Handle) { t.Error("visit of nothing") }); next != 0 {
		t.Errorf("empty table: cursor %d", next)
	}
	for key := range uint64(1000) {
		m.set(key)
	}
	for _, cursor := range []uint64{1, tagMask, tagMask + 1, 1<<64 - 1, 0x123456789} {
		for calls := 0; cursor != 0; calls++ {
			cursor = m.table.Scan(m.a, cursor, func(arena.Handle) {})
			if calls > m.table.Buckets() || cursor > tagMask {
				t.Fatalf("cursor %d after %d calls", cursor, calls)
			}
		}
	}
	m.drop()
}

// A visit may empty the table under its feet; each entry is visited once, and
// none that is gone.
func TestScanRemoves(t *testing.T) {
	for name, hash := range hashes {
		t.Run(name, func(t *testing.T) {
			m := newModel(t, hash)
			for key := range uint64(700) {
				m.set(key)
			}
			for cursor := uint64(0); ; {
				cursor = m.table.Scan(m.a, cursor, func(h arena.Handle) {
					key := m.entry(h).key // the checker of arenas notices one freed
					m.remove(key)
					m.remove((key + 7) % 700)
				})
				if cursor == 0 {
					break
				}
			}
			m.check()
			if m.table.Len() != 0 {
				t.Errorf("%d entries left", m.table.Len())
			}
		})
	}
}

func TestMoveSparse(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	m := newModel(t, mix)
	for key := range uint64(100_000) {
		m.set(key)
	}
	for key := range uint64(100_000) {
		if rng.IntN(10) > 0 {
			m.remove(key)
		}
	}
	before := m.a.Resident()
	for range 4 {
		for cursor := uint64(0); ; {
			cursor = m.table.MoveSparse(m.a, cursor, func(old arena.Handle) arena.Handle {
				if !m.a.Sparse(old) {
					return old
				}
				e := *m.entry(old)
				h := m.newEntry(e.key)
				m.a.Free(old)
				m.entries[e.key] = h
				return h
			})
			if cursor == 0 {
				break
			}
		}
	}
	m.check()
	if after := m.a.Resident(); after > before/3 || after > m.a.Used()*2 {
		t.Errorf("Resident %d before, %d after, %d used", before, after, m.a.Used())
	}
	m.drop()
}

func TestRewriteVisitsAll(t *testing.T) {
	m := newModel(t, hashes["low bits same"])
	for key := range uint64(3000) {
		m.set(key)
	}
	calls := 0
	for cursor := uint64(0); ; {
		cursor = m.table.Rewrite(m.a, cursor, func(old arena.Handle) arena.Handle {
			calls++
			h := m.newEntry(m.entry(old).key)
			m.entries[m.entry(old).key] = h
			m.a.Free(old)
			return h
		})
		if cursor == 0 {
			break
		}
	}
	if calls != 3000 {
		t.Errorf("%d calls", calls)
	}
	m.check()
	m.drop()
}
