//go:build race || invariants

package arena

import "fmt"

// checking tells whether arenas verify handles.
const checking = true

// Patterns that make reading undefined or freed memory visible.
const (
	newFill   = 0xa5
	freeFill  = 0xdb
	fillLimit = 4096 // bytes filled per block
)

// checker knows the live blocks of an arena.
type checker struct{ live map[Handle]struct{} }

func (c *checker) reset() { c.live = map[Handle]struct{}{} }

func (c *checker) alloc(a *Arena, h Handle) {
	if _, live := c.live[h]; live || h == 0 || h>>handleBits != 0 {
		panic(fmt.Sprintf("arena: allocated handle %#x is in use or invalid", uint64(h)))
	}
	c.live[h] = struct{}{}
	fill(a, h, newFill)
}

func (c *checker) free(a *Arena, h Handle) {
	c.access(h)
	fill(a, h, freeFill)
	delete(c.live, h)
}

func (c *checker) access(h Handle) {
	if _, live := c.live[h]; !live {
		panic(fmt.Sprintf("arena: handle %#x names no live block", uint64(h)))
	}
}

func fill(a *Arena, h Handle, pattern byte) {
	b := a.Bytes(h, min(a.Size(h), fillLimit))
	for i := range b {
		b[i] = pattern
	}
}
