package deque

import (
	"unsafe"

	"synap/store/arena"
)

const (
	pageRefs = 256 // references in a full page
	itemSize = 16  // bytes of a reference to a block or page
)

// page refers to an array of blocks.
type page struct {
	where uint64 // handle, and above it the number of blocks
	total uint64 // elements in them
}

func (p *page) handle() arena.Handle { return arena.Handle(p.where & handleMask) }
func (p *page) len() int             { return int(p.where >> handleBits) }

func (p *page) place(h arena.Handle, n int) { p.where = uint64(h) | uint64(n)<<handleBits }

func (p *page) blocks(a *arena.Arena) []block { return items[block](a, p.handle(), p.len()) }

// position names a block: by page and slot, or by page -1 the head and by the page behind the last the tail.
type position struct{ page, slot int }

var headPosition = position{-1, 0}

func (d *Deque) tailPosition() position { return position{int(d.pages), 0} }

// table is the top of the directory.
func (d *Deque) table(a *arena.Arena) []page { return items[page](a, d.top, int(d.pages)) }

// at is the reference at a position. It is valid until the directory changes.
func (d *Deque) at(a *arena.Arena, p position) *block {
	switch {
	case p.page < 0:
		return &d.head
	case p.page >= int(d.pages):
		return &d.tail
	}
	return &d.table(a)[p.page].blocks(a)[p.slot]
}

// note counts elements added to the block at a position, or removed from it, for the list and its page.
func (d *Deque) note(a *arena.Arena, p position, n int) {
	d.length += uint64(n)
	if p.page >= 0 && p.page < int(d.pages) {
		d.table(a)[p.page].total += uint64(n)
	}
}

// firstBlock is the position of the block with the first element; the list is not empty.
func (d *Deque) firstBlock() position {
	switch {
	case d.head.count > 0:
		return headPosition
	case d.pages > 0:
		return position{0, 0}
	}
	return d.tailPosition()
}

// lastBlock is the position of the block with the last element; the list is not empty.
func (d *Deque) lastBlock(a *arena.Arena) position {
	switch {
	case d.tail.count > 0:
		return d.tailPosition()
	case d.pages > 0:
		return d.lastRef(a)
	}
	return headPosition
}

func (d *Deque) lastRef(a *arena.Arena) position {
	n := int(d.pages) - 1
	return position{n, d.table(a)[n].len() - 1}
}

// next is the position of the block behind one that is there, and whether there is one.
func (d *Deque) next(a *arena.Arena, p position) (position, bool) {
	switch {
	case p.page >= int(d.pages):
		return p, false
	case p.page >= 0 && p.slot+1 < d.table(a)[p.page].len():
		return position{p.page, p.slot + 1}, true
	case p.page+1 < int(d.pages):
		return position{p.page + 1, 0}, true
	}
	return d.tailPosition(), d.tail.count > 0
}

// prev is the position of the block before one that is there, and whether there is one.
func (d *Deque) prev(a *arena.Arena, p position) (position, bool) {
	switch {
	case p.page < 0:
		return p, false
	case p.page < int(d.pages) && p.slot > 0:
		return position{p.page, p.slot - 1}, true
	case p.page > 0:
		return position{p.page - 1, d.table(a)[p.page-1].len() - 1}, true
	}
	return headPosition, d.head.count > 0
}

// locate is the position of the block with the i-th element, and which of the block's elements that is.
func (d *Deque) locate(a *arena.Arena, i int) (position, int) {
	if i < d.head.len() {
		return headPosition, i
	}
	i -= d.head.len()
	inside := d.Len() - d.head.len() - d.tail.len()
	if i >= inside {
		return d.tailPosition(), i - inside
	}
	pages := d.table(a)
	if i <= inside/2 {
		for n := range pages {
			if total := int(pages[n].total); i >= total {
				i -= total
				continue
			}
			return locateIn(a, pages, n, i)
		}
	}
	for n := len(pages) - 1; ; n-- {
		if inside -= int(pages[n].total); i >= inside {
			return locateIn(a, pages, n, i-inside)
		}
	}
}

// locateIn is locate in one page.
func locateIn(a *arena.Arena, pages []page, n, i int) (position, int) {
	blocks, total := pages[n].blocks(a), int(pages[n].total)
	if i <= total/2 {
		for s := range blocks {
			if i < blocks[s].len() {
				return position{n, s}, i
			}
			i -= blocks[s].len()
		}
	}
	for s := len(blocks) - 1; ; s-- {
		if total -= blocks[s].len(); i >= total {
			return position{n, s}, i - total
		}
	}
}

// addLast puts a block into the directory behind all others.
func (d *Deque) addLast(a *arena.Arena, b block) position {
	if d.pages == 0 {
		return d.addRef(a, position{0, 0}, b)
	}
	p := d.lastRef(a)
	return d.addRef(a, position{p.page, p.slot + 1}, b)
}

// addRef puts a block into the directory before the one at a position, or behind a page's last. It returns the block's
// position. Pages before that are as they were.
func (d *Deque) addRef(a *arena.Arena, p position, b block) position {
	if d.pages == 0 {
		d.addPage(a, 0, page{})
		p = position{0, 0}
	} else if d.table(a)[p.page].len() == pageRefs {
		p = d.makeSpace(a, p)
	}
	pg := &d.table(a)[p.page]
	n := pg.len()
	pg.place(insertItem(a, pg.handle(), n, p.slot, b), n+1)
	pg.total += uint64(b.count)
	return p
}

// makeSpace sees to it that a block can be put before a position in a full page, or behind its last, and returns the
// position there is now. At a page's ends its neighbour takes the block, or a new page: pages filled in order stay full.
func (d *Deque) makeSpace(a *arena.Arena, p position) position {
	pages := d.table(a)
	switch {
	case p.slot == pageRefs:
		if p.page++; p.page == len(pages) || pages[p.page].len() == pageRefs {
			d.addPage(a, p.page, page{})
		}
		return position{p.page, 0}
	case p.slot == 0 && p.page > 0 && pages[p.page-1].len() < pageRefs:
		return position{p.page - 1, pages[p.page-1].len()}
	case p.slot == 0:
		d.addPage(a, p.page, page{})
		return p
	}
	const half = pageRefs / 2
	var right page
	h := a.Alloc((half + half/4) * itemSize)
	right.place(h, half)
	left := &pages[p.page]
	copy(right.blocks(a), left.blocks(a)[half:])
	for _, b := range right.blocks(a) {
		right.total += uint64(b.count)
	}
	left.total -= right.total
	left.place(left.handle(), half)
	d.addPage(a, p.page+1, right)
	if p.slot > half {
		return position{p.page + 1, p.slot - half}
	}
	return p
}

// addPage puts a page before the n-th.
func (d *Deque) addPage(a *arena.Arena, n int, p page) {
	d.top = insertItem(a, d.top, int(d.pages), n, p)
	d.pages++
}

// removeRef takes a block out of the directory; its memory is the caller's now. What followed it is at the same position,
// or at the first of the next page.
func (d *Deque) removeRef(a *arena.Arena, p position) {
	pages := d.table(a)
	pg := &pages[p.page]
	n := pg.len() - 1
	pg.total -= uint64(pg.blocks(a)[p.slot].count)
	if n == 0 {
		a.Free(pg.handle())
		d.removePage(a, p.page)
		return
	}
	pg.place(removeItem[block](a, pg.handle(), n+1, p.slot), n)
	if p.page+1 < len(pages) && n+pages[p.page+1].len() <= pageRefs/2 {
		d.joinPages(a, p.page)
	}
}

// joinPages moves the blocks of the page behind the n-th into that.
func (d *Deque) joinPages(a *arena.Arena, n int) {
	left, right := &d.table(a)[n], &d.table(a)[n+1]
	for _, b := range right.blocks(a) {
		k := left.len()
		left.place(insertItem(a, left.handle(), k, k, b), k+1)
	}
	left.total += right.total
	a.Free(right.handle())
	d.removePage(a, n+1)
}

func (d *Deque) removePage(a *arena.Arena, n int) {
	d.pages--
	if d.pages == 0 {
		a.Free(d.top)
		d.top = 0
		return
	}
	d.top = removeItem[page](a, d.top, int(d.pages)+1, n)
}

// items are the n items of an array in the arena.
func items[T block | page](a *arena.Arena, h arena.Handle, n int) []T {
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*T)(a.Ptr(h)), n)
}

// insertItem puts an item before the i-th of n, and returns where the array is now. Handle 0 is an empty array.
func insertItem[T block | page](a *arena.Arena, h arena.Handle, n, i int, v T) arena.Handle {
	if h == 0 || a.Size(h) < (n+1)*itemSize {
		h = resizeArray[T](a, h, n, n+n/4+2)
	}
	all := items[T](a, h, n+1)
	copy(all[i+1:], all[i:])
	all[i] = v
	return h
}

// removeItem removes the i-th of n items, which are at least two, and returns where the array is now.
func removeItem[T block | page](a *arena.Arena, h arena.Handle, n, i int) arena.Handle {
	all := items[T](a, h, n)
	copy(all[i:], all[i+1:])
	if n--; a.Size(h) > 2*(n+2)*itemSize {
		h = resizeArray[T](a, h, n, n+n/4+1)
	}
	return h
}

// resizeArray moves an array of n items to memory for room items.
func resizeArray[T block | page](a *arena.Arena, h arena.Handle, n, room int) arena.Handle {
	to := a.Alloc(room * itemSize)
	if h != 0 {
		copy(items[T](a, to, n), items[T](a, h, n))
		a.Free(h)
	}
	return to
}
