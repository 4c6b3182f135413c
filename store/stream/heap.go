package stream

import "synap/store/arena"

// heap is an arena together with a count of the bytes that one owner has of it.
type heap struct {
	*arena.Arena
	bytes *int64
}

func (m heap) alloc(size int) arena.Handle {
	h := m.Alloc(size)
	*m.bytes += int64(m.Size(h))
	return h
}

func (m heap) free(h arena.Handle) {
	*m.bytes -= int64(m.Size(h))
	m.Free(h)
}

// all returns the whole of a block.
func (m heap) all(h arena.Handle) []byte { return m.Bytes(h, m.Size(h)) }

// resize moves the first keep bytes of a block to one of the given size, unless it has that already.
func (m heap) resize(h arena.Handle, keep, size int) arena.Handle {
	if m.Size(h) == arena.ClassSize(size) {
		return h
	}
	return m.move(h, keep, size)
}

func (m heap) move(h arena.Handle, keep, size int) arena.Handle {
	to := m.alloc(size)
	copy(m.Bytes(to, keep), m.Bytes(h, keep))
	m.free(h)
	return to
}
