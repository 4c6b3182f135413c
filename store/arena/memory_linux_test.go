//go:build linux && !portablememory

package arena

import (
	"math/rand/v2"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// residentOf asks the kernel how much of a region is in physical memory.
func residentOf(t *testing.T, r *region) (bytes int64) {
	t.Helper()
	var pages [regionSize / osPage]byte
	if _, _, errno := unix.Syscall(unix.SYS_MINCORE, uintptr(r.base), regionSize, uintptr(unsafe.Pointer(&pages))); errno != 0 {
		t.Fatal(errno)
	}
	for _, p := range pages {
		bytes += int64(p&1) * osPage
	}
	return bytes
}

// The kernel's count of resident memory must be Pool.Resident to the page,
// once every block was written.
func TestResidentIsWhatTheKernelSays(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	pool := new(Pool)
	a := New(pool)
	regions := map[*region]bool{}
	var blocks []Handle
	alloc := func() {
		h := a.Alloc(rng.IntN(1 << rng.IntN(18)))
		clear(a.Bytes(h, a.Size(h)))
		blocks = append(blocks, h)
		s := &a.spans[a.spans[h>>offsetBits].head]
		if s.small() {
			s = &a.spans[s.bytes]
		}
		regions[s.region] = true
	}
	check := func(when string) {
		t.Helper()
		var kernel int64
		for r := range regions {
			kernel += residentOf(t, r)
		}
		if kernel != pool.Resident() {
			t.Errorf("%s: kernel says %d, pool %d", when, kernel, pool.Resident())
		}
	}
	for range 4000 {
		alloc()
	}
	check("allocated")
	for range 40000 {
		i := rng.IntN(len(blocks))
		a.Free(blocks[i])
		blocks[i] = blocks[len(blocks)-1]
		blocks = blocks[:len(blocks)-1]
		if rng.IntN(20) > 0 {
			alloc()
		}
		if len(blocks) == 0 {
			break
		}
	}
	check("churned")
	a.Reset()
}
