package store

import (
	"synap/store/arena"
	"synap/store/dict"
)

// slotBatch is how many slots of a table are looked at together: enough for their cache misses to overlap, few enough for what
// was fetched still to be in the cache when it is used.
const slotBatch = 64

// slotBuffer is room for the slots of one batch and of a last bucket that is unusually full. It stays on the caller's stack,
// for it is handed to no function that is not known.
type slotBuffer [2 * slotBatch]dict.Slot

// nextBatch appends the slots of a table from bucket b on to slots, some slotBatch, with the blocks that they refer to on
// their way into the cache. It returns the bucket to go on with; Buckets is the end.
func nextBatch(a *arena.Arena, t *dict.Table, b int, slots []dict.Slot) (next int, _ []dict.Slot) {
	for n := t.Buckets(); b < n && len(slots) < slotBatch*3/4; b++ {
		slots = t.Bucket(a, b, slots)
	}
	dict.PrefetchSlots(a, slots)
	return b, slots
}
