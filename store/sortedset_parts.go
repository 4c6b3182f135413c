package store

import (
	"synap/store/arena"
	"synap/store/order"
)

// sortedSetParts is the keyspace's view of big sorted sets.
var sortedSetParts = parts{
	free: func(a *arena.Arena, payload []byte, limit int) bool {
		root := sortedRootOf(payload)
		return root.index.Drain(a, limit) &&
			root.table.Drain(a, limit, func(h arena.Handle) { root.dropElement(a, h) })
	},
	clone: func(m *shardState, a *arena.Arena, payload []byte, to *arena.Arena, dst []byte) {
		from, root := sortedRootOf(payload), sortedRootOf(dst)
		*root = sortedRoot{}
		var c order.Cursor
		from.index.At(a, 0, &c)
		for more := true; more; more = c.Next() {
			h := order.Copy(a, c.Element(), to)
			root.elements += int64(to.Size(h))
			root.table.Insert(to, m.hashOf(order.Member(to, h)), h)
			root.index.Append(to, h)
		}
	},
	compact: func(a *arena.Arena, payload []byte, at uint64, limit int) (moved int) {
		root := sortedRootOf(payload)
		rank := int(at % uint64(root.index.Len()))
		moved = root.index.MoveSparse(a, rank)
		for looked := 0; looked < limit; {
			at = root.table.MoveSparse(a, at, func(old arena.Handle) arena.Handle {
				if looked++; !a.Sparse(old) {
					return old
				}
				h := order.Copy(a, old, a)
				root.index.Replace(a, old, h)
				a.Free(old)
				moved++
				return h
			})
			if looked++; at == 0 {
				break
			}
		}
		return moved
	},
	bytes: func(_ *arena.Arena, payload []byte) int64 { return sortedRootOf(payload).blockBytes() },
}
