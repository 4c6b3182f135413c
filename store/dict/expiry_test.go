package dict

import (
	"math/rand/v2"
	"testing"

	"synap/store/arena"
)

// expiring adds expiry times to a model.
type expiring struct {
	*model
	expiry map[uint64]uint32 // by key
}

func (m *expiring) set(key uint64, sec uint32) {
	m.model.set(key)
	m.expiry[key] = sec
	if sec != NoExpiry {
		m.table.NoteExpiry(m.hash(key), sec)
	}
}

func (m *expiring) remove(key uint64) {
	m.model.remove(key)
	delete(m.expiry, key)
}

// checkBounds verifies that no bound is above an expiry in its group.
func (m *expiring) checkBounds() {
	m.t.Helper()
	for key, sec := range m.expiry {
		b := m.table.index(m.hash(key))
		if bound := m.table.bound(b); bound > sec || m.table.segment(b/segmentBuckets).bound > bound {
			m.t.Fatalf("key %d expires at %d, its group's bound is %d, its segment's %d",
				key, sec, bound, m.table.segment(b/segmentBuckets).bound)
		}
	}
}

// cycle removes all expired at now by the bounds alone and returns how many
// groups it visited.
func (m *expiring) cycle(now uint32) (visits int) {
	for from := 0; ; visits++ {
		group, ok := m.table.NextExpired(from, now)
		if !ok {
			return visits
		}
		m.table.VisitGroup(m.a, group, func(h arena.Handle) uint32 {
			key := m.entry(h).key
			if sec := m.expiry[key]; sec > now {
				return sec
			}
			m.remove(key)
			return NoExpiry
		})
		from = group // merges may have brought it others, so look again
	}
}

func TestExpiry(t *testing.T) {
	for name, hash := range hashes {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(11, uint64(len(name))))
			m := &expiring{newModel(t, hash), map[uint64]uint32{}}
			n := uint64(500)
			if name == "mixed" {
				n = 30000
			}
			for round := range uint32(3) {
				now := round * 1000
				for range n {
					sec := uint32(NoExpiry)
					if rng.IntN(3) > 0 {
						sec = now + rng.Uint32N(3000)
					}
					m.set(rng.Uint64N(n), sec)
				}
				m.checkBounds()
				for end := now + 1000; now < end; now += 250 {
					m.cycle(now)
					m.checkBounds()
					for key, sec := range m.expiry { // the bounds hide none
						if sec <= now {
							t.Fatalf("at %d: key %d of %d is left", now, key, sec)
						}
					}
				}
				m.check()
			}
			m.cycle(NoExpiry - 1)
			m.cycle(NoExpiry - 1) // groups that merges gave low bounds after their visit
			m.check()
			if visits := m.cycle(NoExpiry - 1); visits != 0 {
				t.Errorf("%d visits where nothing expires", visits)
			}
			if g, ok := m.table.RandomExpiring(rand.NewPCG(1, 1)); ok {
				t.Errorf("group %d said to have expiring entries", g)
			}
			m.drop()
		})
	}
}

func TestVisitGroupSeesItsGroup(t *testing.T) {
	m := newModel(t, mix)
	for key := range uint64(5000) {
		m.set(key)
	}
	visited, listed := 0, 0
	for g := -1; g <= m.table.Groups(); g++ {
		m.table.VisitGroup(m.a, g, func(h arena.Handle) uint32 {
			visited++
			if got := int(m.table.index(m.entry(h).hash)) / groupBuckets; got != g {
				t.Fatalf("entry of group %d visited in %d", got, g)
			}
			return NoExpiry
		})
		m.table.EachInGroup(m.a, g, func(arena.Handle) { listed++ })
	}
	if visited != 5000 || listed != 5000 {
		t.Errorf("visited %d, listed %d of 5000", visited, listed)
	}
	m.drop()
}

// Expiries noted by the visit itself count.
func TestVisitGroupKeepsWhatVisitNotes(t *testing.T) {
	m := newModel(t, mix)
	m.set(1)
	m.table.NoteExpiry(mix(1), 50)
	m.table.VisitGroup(m.a, 0, func(arena.Handle) uint32 {
		m.table.NoteExpiry(mix(1), 70)
		return 90
	})
	if _, ok := m.table.NextExpired(0, 69); ok {
		t.Error("the old bound remained")
	}
	if g, ok := m.table.NextExpired(0, 70); !ok || g != 0 {
		t.Error("the bound noted is lost")
	}
	m.drop()
}

func TestRandomExpiring(t *testing.T) {
	m := newModel(t, mix)
	for key := range uint64(60000) {
		m.set(key)
	}
	if _, ok := m.table.RandomExpiring(rand.NewPCG(1, 2)); ok {
		t.Error("a group found though nothing expires")
	}
	m.table.NoteExpiry(mix(777), 1)
	want := int(m.table.index(mix(777))) / groupBuckets
	for seed := range uint64(50) {
		if g, ok := m.table.RandomExpiring(rand.NewPCG(seed, 2)); !ok || g != want {
			t.Fatalf("group %d, want %d", g, want)
		}
	}
	for key := range uint64(60000) {
		m.table.NoteExpiry(mix(key), 1)
	}
	seen, rng := map[int]bool{}, rand.NewPCG(3, 4)
	for range 100 {
		g, _ := m.table.RandomExpiring(rng)
		seen[g] = true
	}
	if len(seen) < 80 {
		t.Errorf("100 random groups are %d", len(seen))
	}
	m.drop()
}
