package deque

import (
	"synap/store/arena"
	"synap/store/packed"
)

// Cursor stands at an element of a list, and can move on. It is valid until the list changes.
type Cursor struct {
	d     *Deque // nil: the list is one packed block
	a     *arena.Arena
	block position
	data  []byte
	at    int
	index int
}

// Seek is a cursor at the i-th element. There is one.
func (d *Deque) Seek(a *arena.Arena, i int) Cursor {
	p, k := d.locate(a, i)
	data := d.at(a, p).bytes(a)
	return Cursor{d: d, a: a, block: p, data: data, at: packed.Index(data, k), index: i}
}

// Over is a cursor at the i-th element of a packed block. There is one.
func Over(data []byte, i int) Cursor {
	return Cursor{data: data, at: packed.Index(data, i), index: i}
}

// Elem is the element at the cursor.
func (c *Cursor) Elem() packed.Elem { return packed.At(c.data, c.at) }

// Index is the number of the element at the cursor.
func (c *Cursor) Index() int { return c.index }

// Next moves to the next element and reports whether there is one. If not, the cursor must not be used any more.
func (c *Cursor) Next() bool {
	c.index++
	if c.at += packed.SizeAt(c.data, c.at); c.at < len(c.data) {
		return true
	}
	return c.nextBlock()
}

func (c *Cursor) nextBlock() bool {
	if c.d == nil {
		return false
	}
	p, ok := c.d.next(c.a, c.block)
	if ok {
		c.block, c.data, c.at = p, c.d.at(c.a, p).bytes(c.a), packed.HeaderSize
	}
	return ok
}

// Visit visits n elements from the cursor on, or backwards; there are that many. The cursor must not be used any more.
func (c *Cursor) Visit(n int, backward bool, visit func(e packed.Elem)) {
	if backward {
		if n > 0 {
			c.eachBack(func(e packed.Elem) bool {
				visit(e)
				n--
				return n > 0
			})
		}
		return
	}
	for {
		data, at, sizes := c.data, c.at, packed.SizesIn(c.data)
		for ; at < len(data) && n > 0; n-- {
			visit(packed.At(data, at))
			at += sizes.At(data, at)
		}
		if n == 0 || !c.nextBlock() {
			return
		}
	}
}

// prevBlock moves to the end of the block before and reports whether there is one.
func (c *Cursor) prevBlock() bool {
	if c.d == nil {
		return false
	}
	p, ok := c.d.prev(c.a, c.block)
	if ok {
		c.block, c.data = p, c.d.at(c.a, p).bytes(c.a)
		c.at = len(c.data)
	}
	return ok
}

// Find moves to the next element that equals e, the one at the cursor included, and reports whether there is one among the
// elements before index end. If not, the cursor must not be used any more.
func (c *Cursor) Find(e packed.Elem, end int) bool {
	for c.index < end {
		from := c.at
		if c.at = packed.FindElem(c.data, from, e, 0); c.at >= 0 {
			c.index += packed.Count(c.data, from, c.at)
			return c.index < end
		}
		if from == packed.HeaderSize {
			c.index += packed.Len(c.data)
		} else {
			c.index += packed.Count(c.data, from, len(c.data))
		}
		if !c.nextBlock() {
			return false
		}
	}
	return false
}

// FindBack visits the indexes of the elements that equal e, from the cursor backwards to index begin, until visit returns false.
// The cursor must not be used any more.
func (c *Cursor) FindBack(e packed.Elem, begin int, visit func(i int) bool) {
	i := c.index
	if i < begin {
		return
	}
	c.eachBack(func(x packed.Elem) bool {
		if x.Same(e) && !visit(i) {
			return false
		}
		i--
		return i >= begin
	})
}

// eachBack visits the elements from the cursor backwards until visit returns false.
func (c *Cursor) eachBack(visit func(e packed.Elem) bool) {
	var back packed.Backward
	for visit(c.Elem()) {
		if c.at == packed.HeaderSize && !c.prevBlock() {
			return
		}
		c.at = back.Prev(c.data, c.at, 1)
	}
}
