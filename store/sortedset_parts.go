package store

import (
	"synap/store/arena"
	"synap/store/order"
)

// sortedSetParts is the keyspace's view of big sorted sets.
var sortedSetParts = parts{
	free: func(m *shardState, payload []byte, limit int) bool {
		root := sortedRootOf(payload)
		return root.index.Drain(m.arena, limit) &&
			root.table.Drain(m.arena, limit, func(h arena.Handle) { root.dropElement(m, h) })
	},
	clone: func(m *shardState, payload []byte, to *shardState, dst []byte) {
		from, root := sortedRootOf(payload), sortedRootOf(dst)
		*root = sortedRoot{}
		var c order.Cursor
		from.index.At(m.arena, 0, &c)
		for more := true; more; more = c.Next() {
			h := order.Copy(m.arena, c.Element(), to.arena)
			root.elements += int64(to.arena.Size(h))
			root.table.Insert(to.arena, to.hashOf(order.Member(to.arena, h)), h)
			root.index.Append(to.arena, h)
		}
	},
	compact: func(m *shardState, payload []byte, at uint64, limit int) (moved int) {
		root := sortedRootOf(payload)
		rank := int(at % uint64(root.index.Len()))
		moved = root.index.MoveSparse(m.arena, rank)
		for looked := 0; looked < limit; {
			at = root.table.MoveSparse(m.arena, at, func(old arena.Handle) arena.Handle {
				if looked++; !m.arena.Sparse(old) {
					return old
				}
				h := order.Copy(m.arena, old, m.arena)
				root.index.Replace(m.arena, old, h)
				m.arena.Free(old)
				moved++
				return h
			})
			if looked++; at == 0 {
				break
			}
		}
		return moved
	},
	bytes: func(_ *shardState, payload []byte) int64 {
		root := sortedRootOf(payload)
		return root.elements + root.index.Bytes() + root.table.Bytes()
	},
}
