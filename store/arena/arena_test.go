package arena

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
)

func TestClassSize(t *testing.T) {
	previous := 0
	for size := 1; size <= spanLimit; size++ {
		got := ClassSize(size)
		if got < size || got < previous || got%8 != 0 {
			t.Fatalf("ClassSize(%d) = %d after %d", size, got, previous)
		}
		if waste := got - size; waste >= 8 && waste*8 > got {
			t.Fatalf("ClassSize(%d) = %d wastes more than an eighth", size, got)
		}
		if ClassSize(got) != got {
			t.Fatalf("ClassSize(%d) = %d, which is no class", got, ClassSize(got))
		}
		previous = got
	}
	for _, c := range []struct{ size, want int }{
		{-1, 8}, {0, 8}, {1, 8}, {9, 16}, {256, 256}, {257, 288}, {8192, 8192}, {8193, 9216}, {65536, 65536},
		{65537, 69632}, {1 << 20, 1 << 20}, {1<<20 + 1, 1<<20 + 4096}, {maxSize, maxSize},
	} {
		if got := ClassSize(c.size); got != c.want {
			t.Errorf("ClassSize(%d) = %d, want %d", c.size, got, c.want)
		}
	}
}

func TestAllocTooLarge(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic beyond 1 GiB")
		}
	}()
	New(new(Pool)).Alloc(maxSize + 1)
}

// model checks an arena against what it should hold.
type model struct {
	t      testing.TB
	a      *Arena
	blocks []modelBlock
	used   int64
	serial uint64
}

type modelBlock struct {
	h      Handle
	size   int
	serial uint64
}

// stamp marks both ends of a block with the serial.
func stamp(b []byte, serial uint64) {
	var mark [8]byte
	binary.LittleEndian.PutUint64(mark[:], serial*0x9e3779b97f4a7c15)
	copy(b[max(0, len(b)-8):], mark[:])
	copy(b, mark[:])
}

func stamped(b []byte, serial uint64) bool {
	want := make([]byte, min(len(b), 16))
	stamp(want, serial)
	if len(b) <= 16 {
		return bytes.Equal(b, want)
	}
	return bytes.Equal(b[:8], want[:8]) && bytes.Equal(b[len(b)-8:], want[8:])
}

func (m *model) alloc(size int) {
	m.serial++
	h := m.a.Alloc(size)
	if h == 0 || h>>handleBits != 0 {
		m.t.Fatalf("Alloc(%d) = %#x", size, h)
	}
	if got := m.a.Size(h); got != ClassSize(size) {
		m.t.Fatalf("Size = %d, want %d", got, ClassSize(size))
	}
	if size := m.a.Size(h); size%64 == 0 && uintptr(m.a.Ptr(h))%64 != 0 {
		m.t.Fatalf("block of %d bytes at %p", size, m.a.Ptr(h))
	}
	stamp(m.a.Bytes(h, m.a.Size(h)), m.serial)
	m.blocks = append(m.blocks, modelBlock{h, m.a.Size(h), m.serial})
	m.used += int64(m.a.Size(h))
}

func (m *model) free(i int) {
	m.verify(i)
	b := m.blocks[i]
	m.a.Free(b.h)
	m.used -= int64(b.size)
	last := len(m.blocks) - 1
	m.blocks[i] = m.blocks[last]
	m.blocks = m.blocks[:last]
}

func (m *model) verify(i int) {
	b := m.blocks[i]
	if !stamped(m.a.Bytes(b.h, b.size), b.serial) {
		m.t.Fatalf("block %d of %d bytes was overwritten", i, b.size)
	}
}

func (m *model) check() {
	m.t.Helper()
	if m.a.Used() != m.used {
		m.t.Fatalf("Used = %d, want %d", m.a.Used(), m.used)
	}
	if m.a.Resident() < m.a.Used() || m.a.pool.Resident() < m.a.Resident() {
		m.t.Fatalf("Used %d, Resident %d, pool %d", m.a.Used(), m.a.Resident(), m.a.pool.Resident())
	}
	ordered := slices.Clone(m.blocks)
	slices.SortFunc(ordered, func(x, y modelBlock) int {
		return int(int64(uintptr(m.a.Ptr(x.h))) - int64(uintptr(m.a.Ptr(y.h))))
	})
	for i := 1; i < len(ordered); i++ {
		if uintptr(m.a.Ptr(ordered[i-1].h))+uintptr(ordered[i-1].size) > uintptr(m.a.Ptr(ordered[i].h)) {
			m.t.Fatalf("blocks overlap: %+v %+v", ordered[i-1], ordered[i])
		}
	}
	m.checkClasses()
}

// checkClasses compares the counters of classes and lists with the spans.
func (m *model) checkClasses() {
	m.t.Helper()
	var room, partial, small [classes]int
	var resident int64
	for n := range m.a.spans {
		s := &m.a.spans[n]
		if m.a.bases[n] == nil || int(s.head) != n {
			continue
		}
		if s.small() {
			small[s.class] += s.parts()
		} else {
			resident += int64(s.touched)
		}
		if s.class >= largeClass {
			continue
		}
		room[s.class] += int(s.capacity - s.live)
		if s.live < s.capacity {
			partial[s.class]++
			listed := s.list >= 0
			if listed == (m.a.classes[s.class].current == uint32(n)) {
				m.t.Fatalf("span %d: current or listed, not both: %+v", n, s)
			}
		}
	}
	if resident != m.a.resident {
		m.t.Fatalf("Resident = %d, spans have %d", m.a.resident, resident)
	}
	for c := range m.a.classes {
		if k := &m.a.classes[c]; k.room != room[c] || k.partial != partial[c] || int(k.parts) != small[c] {
			m.t.Fatalf("class %d: room %d partial %d parts %d, want %d %d %d", c, k.room, k.partial, k.parts, room[c], partial[c], small[c])
		}
	}
}

func (m *model) drop() {
	for len(m.blocks) > 0 {
		m.free(len(m.blocks) - 1)
	}
	m.check()
}

func TestArenaRandom(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	pool := new(Pool)
	m := &model{t: t, a: New(pool)}
	for round := range 6 {
		for range 20000 {
			grow := 3
			if round%2 == 1 {
				grow = 1
			}
			if len(m.blocks) == 0 || rng.IntN(4) < grow {
				size := rng.IntN(64)
				switch rng.IntN(100) {
				case 0:
					size = rng.IntN(200 << 10)
				case 1, 2, 3, 4:
					size = rng.IntN(9 << 10)
				case 5, 6, 7, 8, 9, 10, 11, 12:
					size = rng.IntN(700)
				}
				m.alloc(size)
			} else {
				m.free(rng.IntN(len(m.blocks)))
			}
		}
		m.check()
	}
	m.drop()
	if m.a.Used() != 0 || m.a.Resident() > unitSize {
		t.Errorf("empty: Used %d, Resident %d", m.a.Used(), m.a.Resident())
	}
	m.a.Trim()
	if m.a.Resident() != 0 {
		t.Errorf("after Arena.Trim: Resident %d", m.a.Resident())
	}
	if limit := int64(reserveUnits * unitSize); pool.Resident() > limit {
		t.Errorf("reserve of %d bytes", pool.Resident())
	}
	pool.Trim()
	if pool.Resident() != 0 || pool.mu.vacant != 0 || pool.mu.occupied != [2]uint64{} {
		t.Errorf("after Trim: %d resident, %d regions", pool.Resident(), pool.mu.vacant)
	}
}

func FuzzArena(f *testing.F) {
	f.Add([]byte{0, 10, 1, 0, 200, 3, 1, 0, 0, 2, 9, 9})
	f.Add(bytes.Repeat([]byte{0, 255, 255, 3, 0, 1}, 50))
	f.Fuzz(func(t *testing.T, ops []byte) {
		for _, a := range []*Arena{New(new(Pool)), NewPrivate(new(Pool))} {
			m := &model{t: t, a: a}
			m.follow(ops)
			m.check()
			m.drop()
			a.Reset()
		}
	})
}

// follow allocates and frees as ops say.
func (m *model) follow(ops []byte) {
	for ; len(ops) >= 3; ops = ops[3:] {
		arg := int(ops[1])<<8 | int(ops[2])
		switch op := ops[0] % 8; {
		case op < 4:
			m.alloc(arg >> (2 * op))
		case op < 7:
			if len(m.blocks) > 0 {
				m.free(arg % len(m.blocks))
			}
		default:
			m.alloc(arg << 5)
		}
	}
}

func TestLargeBlocks(t *testing.T) {
	pool := new(Pool)
	m := &model{t: t, a: New(pool)}
	for _, size := range []int{spanLimit, spanLimit + 1, 3 << 17, pageLimit, pageLimit + 1, 5 << 20, 512<<20 + 100} {
		m.alloc(size)
		m.check()
	}
	for len(m.blocks) > 0 {
		m.free(0)
		m.check()
	}
	m.a.Trim()
	pool.Trim()
	for pool.Unmap(1 << 20) {
	}
	if m.a.Used() != 0 || m.a.Resident() != 0 || pool.Resident() != 0 {
		t.Errorf("Used %d Resident %d pool %d", m.a.Used(), m.a.Resident(), pool.Resident())
	}
}

// TestLargeMappingsGoInSteps: what was freed is given back a little at a time, unless too much of it waits already, or so
// little that it need not wait.
func TestLargeMappingsGoInSteps(t *testing.T) {
	const step = 3 << 20
	pool := new(Pool)
	a := New(pool)
	free := func(size int) (left int64) {
		before := pool.Resident()
		a.Free(a.Alloc(size))
		if a.Used() != 0 || a.Resident() != 0 {
			t.Errorf("the arena has %d bytes, %d resident", a.Used(), a.Resident())
		}
		return pool.Resident() - before
	}
	if left := free(unmapAtOnce); left != 0 {
		t.Errorf("%d bytes of a short block wait", left)
	}
	if pool.Unmap(step) {
		t.Error("there is something to unmap")
	}
	for _, sizes := range [][]int{{unmapAtOnce + 1, 30 << 20, 20 << 20}, {700 << 20}} {
		total := int64(0)
		for _, size := range sizes {
			left := free(size)
			if left < int64(size) {
				t.Errorf("%d bytes of a block of %d wait", left, size)
			}
			total += left
		}
		if left := free(unmapLater); left != 0 {
			t.Errorf("%d bytes wait beyond the limit", left)
		}
		for total > 0 {
			if before := pool.Resident(); !pool.Unmap(step) || before-pool.Resident() > step || pool.Resident() >= before {
				t.Fatalf("%d bytes of %d are left after one step", pool.Resident(), before)
			}
			total = pool.Resident()
		}
	}
	if pool.Unmap(step) || pool.mu.unused != 0 {
		t.Errorf("%d bytes are thought to be left", pool.mu.unused)
	}
}

func TestLargeBlockTailIsDropped(t *testing.T) {
	a := New(new(Pool))
	a.Free(a.Alloc(128 << 10))
	a.Alloc(68 << 10) // gets the two resident units of the first
	if a.Resident() != 68<<10 || a.pool.Resident() != 68<<10 {
		t.Errorf("Resident %d, pool %d", a.Resident(), a.pool.Resident())
	}
	a.Reset()
}

// TestDrain: an arena goes in steps of a bounded size, whose memory other arenas of the pool can have, and is as good as new
// then.
func TestDrain(t *testing.T) {
	p := new(Pool)
	a, other := New(p), New(p)
	for i := range 20_000 {
		a.Alloc(1 + i%3000)
	}
	for i := range 20 {
		a.Alloc(70_000 + i*1000)
	}
	a.Alloc(pageLimit + 1)
	held, kept, sum := a.Resident(), other.Alloc(100), int64(0)
	a.CountIn(&sum)
	other.CountIn(&sum)
	const limit = 1 << 20
	steps := 0
	for done := false; !done; steps++ {
		was, used := p.Resident(), a.Used()
		done = a.Drain(limit)
		if given := was - p.Resident(); given > 2*limit+osPage || given <= 0 {
			t.Fatalf("step %d gave %d bytes back", steps, given)
		}
		if a.Used() >= used || a.Used()+other.Used() != sum || p.Resident() != a.Resident()+other.Resident() {
			t.Fatalf("step %d: %d bytes used, %d and %d resident of %d", steps, a.Used(), a.Resident(), other.Resident(), p.Resident())
		}
	}
	if least := int(held / (2 * limit)); steps < least {
		t.Errorf("%d steps, want at least %d", steps, least)
	}
	if a.Used() != 0 || a.Resident() != 0 || p.Resident() != other.Resident() || sum != other.Used() {
		t.Errorf("%d bytes used, %d resident; the pool has %d", a.Used(), a.Resident(), p.Resident())
	}
	if !a.Drain(limit) {
		t.Error("an empty arena is not drained")
	}
	clear(other.Bytes(kept, 100))
	clear(a.Bytes(a.Alloc(3000), 3000))
	a.Reset()
	other.Reset()
}

func TestReset(t *testing.T) {
	pool := new(Pool)
	m := &model{t: t, a: New(pool)}
	other := &model{t: t, a: New(pool)}
	for round := range 3 {
		for i := range 5000 {
			m.alloc(i % 600)
			other.alloc(50)
		}
		m.alloc(300 << 10)
		m.alloc(3 << 20)
		m.a.Reset()
		m.blocks, m.used = nil, 0
		m.check()
		if m.a.Resident() != 0 || pool.Resident() != other.a.Resident() {
			t.Fatalf("round %d: Resident %d, pool %d, other %d", round, m.a.Resident(), pool.Resident(), other.a.Resident())
		}
	}
	for i := range other.blocks {
		other.verify(i)
	}
	other.check()
}

func TestEmptySpansGoBack(t *testing.T) {
	pool := new(Pool)
	m := &model{t: t, a: New(pool)}
	for range 100 * unitSize / 1024 {
		m.alloc(1024)
	}
	if got := m.a.Resident(); got < 100*unitSize || got > 103*unitSize {
		t.Fatalf("Resident %d for 100 spans full of blocks", got)
	}
	m.drop()
	if got := m.a.Resident(); got == 0 || got > unitSize {
		t.Errorf("Resident %d after freeing all, want the one span kept", got)
	}
	if got := pool.Resident(); got > (reserveUnits+1)*unitSize {
		t.Errorf("pool Resident %d, more than its reserve", got)
	}
}

// One block allocated and freed in turns must not reach the pool.
func TestOneBlockInTurnsKeepsItsSpan(t *testing.T) {
	a := New(new(Pool))
	first := a.Alloc(100)
	a.Free(first)
	a.pool.mu.Lock() // the pool would deadlock
	for range 1000 {
		h := a.Alloc(100)
		if h != first {
			t.Fatalf("block %#x, then %#x", first, h)
		}
		a.Free(h)
	}
	a.pool.mu.Unlock()
}

// A class of spans hardly used costs no more physical memory than is touched.
func TestUntouchedTailIsNotResident(t *testing.T) {
	a := New(new(Pool))
	c, parts := 1, 0
	for ; int(classSizes[c]) <= manyOwners.limit; c++ {
		parts += a.nextParts(&a.classes[c])
	}
	if parts > 2*unitParts {
		t.Fatalf("%d parts", parts)
	}
	low, high := int64(parts-3*mostParts)*partSize, int64(parts*partSize+2*osPage+2*(colors-1)*colorBytes)
	for ; c < classes; c++ {
		low += int64(roundUp(int(classSizes[c]), osPage))
		high += int64(roundUp(int(classSizes[c])+(colors-1)*colorBytes, osPage))
	}
	for c := 1; c < classes; c++ {
		a.Alloc(int(classSizes[c]))
	}
	if a.Resident() < low || a.Resident() > high {
		t.Errorf("Resident %d, want %d to %d", a.Resident(), low, high)
	}
	a.Reset()
}

// Moving the blocks Sparse reports must bring the resident size near the used.
func TestSparseDefragments(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	a := New(new(Pool))
	var blocks []Handle
	for range 200000 {
		blocks = append(blocks, a.Alloc(80))
	}
	rng.Shuffle(len(blocks), func(i, j int) { blocks[i], blocks[j] = blocks[j], blocks[i] })
	for _, h := range blocks[20000:] {
		a.Free(h)
	}
	blocks = blocks[:20000]
	if a.Resident() < 5*a.Used() {
		t.Fatalf("not fragmented: Resident %d, Used %d", a.Resident(), a.Used())
	}
	moves := 0
	for range 4 {
		for i, h := range blocks {
			if a.Sparse(h) {
				blocks[i] = a.Alloc(80)
				a.Free(h)
				moves++
			}
		}
	}
	if a.Resident()*4 > a.Used()*5 {
		t.Errorf("Resident %d for %d used after %d moves", a.Resident(), a.Used(), moves)
	}
	if moves > 30000 {
		t.Errorf("%d moves for 20000 blocks", moves)
	}
	for _, h := range blocks {
		if a.Sparse(h) {
			t.Fatal("still sparse: moving would not end")
		}
	}
	a.Reset()
}

func TestPoolSharedByArenas(t *testing.T) {
	pool := new(Pool)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(5, uint64(i)))
			m := &model{t: t, a: New(pool)}
			for range 3000 {
				if len(m.blocks) == 0 || rng.IntN(5) > 1 {
					m.alloc(rng.IntN(20 << 10))
				} else {
					m.free(rng.IntN(len(m.blocks)))
				}
			}
			for len(m.blocks) > 0 {
				m.free(0)
			}
			m.a.Reset()
		})
	}
	wg.Wait()
	pool.Trim()
	if pool.Resident() != 0 {
		t.Errorf("Resident %d after all arenas were reset", pool.Resident())
	}
}

func TestStretches(t *testing.T) {
	for _, c := range []struct {
		free    uint64
		longest int
		n, at   int
	}{
		{^uint64(0), 64, 64, 0}, {0b1011, 2, 2, 0}, {0b111011, 3, 3, 3}, {1 << 63, 1, 1, 63}, {^uint64(1), 63, 16, 1},
	} {
		if got := longestStretch(c.free); got != c.longest {
			t.Errorf("longestStretch(%b) = %d, want %d", c.free, got, c.longest)
		}
		if got := firstStretch(c.free, c.n); got != c.at {
			t.Errorf("firstStretch(%b, %d) = %d, want %d", c.free, c.n, got, c.at)
		}
	}
}

func BenchmarkAllocFree(b *testing.B) {
	for _, size := range []int{16, 100, 1000, 20000, 100000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			a := New(new(Pool))
			var ring [1024]Handle
			for i := range b.N {
				slot := &ring[i%len(ring)]
				if *slot != 0 {
					a.Free(*slot)
				}
				*slot = a.Alloc(size)
			}
			a.Reset()
		})
	}
}
