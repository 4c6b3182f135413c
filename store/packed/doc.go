// Package packed is the packed block: a sequence of byte strings and 64-bit integers in one piece of memory. Small lists,
// hashes, sets and sorted sets are one block each; large lists and streams are many.
//
// # A block
//
// A block is a []byte whose whole length is in use: a header of four bytes, the layout in the highest bit and the number of
// elements in the others, and the elements one after another. The memory is the caller's: whoever inserts an element first
// makes the block SizeOf bytes longer, by whatever means, and whoever deletes one cuts off what the block no longer needs.
// So the package is pure functions on bytes, without allocation, and knows nothing of arenas. A place in a block is the
// offset of an element; -1 is no place, and the block's length the place behind the last element. Any change of a block
// makes the offsets behind it void.
//
// # An element
//
// An element is a body (all numbers little-endian), which in a two-way block the body's length follows:
//
//	00-3f           a string of 0 to 63 bytes, which follow
//	40-7f nn        a string of 64 to 16383 bytes: 14 bits of length, high part first
//	80-ef           the integers 0 to 111
//	f0 nnnnnnnn     a longer string
//	f1-f8           an integer in the 1 to 8 bytes that follow, sign included
//
// The length at the end is read from its last byte on: seven bits a byte, low part first, the high bit set where another byte
// precedes. A short string so costs two bytes beyond its own, or one in a forward block.
//
// A string that reads as a 64-bit integer in its one canonical form is always stored as an integer, in as few bytes as
// can hold it. So every value has one body, and values are equal if their bodies are: looking for a value compares bytes
// and decodes nothing.
//
// # Two layouts
//
// The lengths behind the elements let a block be walked backwards, from its end or from any element. They are a byte each,
// which is a tenth of what small values take, and few blocks are walked like that. So there are blocks with lengths
// (TwoWay) for those whose last elements come and go, and blocks without (Forward) for all others. All functions
// take both, and the layout from the header; Prev, Last, DropLast and the upper half of Index go over the elements from
// the first on in a forward block. Whoever walks on backwards uses Backward: it remembers some offsets in memory of fixed
// size, and so steps over each element a few times instead of once per element behind it.
//
// An element's size depends on the layout of the block it is for, so that Size and SizeOf want to know that. Extract and Splice
// turn elements of one layout into the other; Span says how long they get. The layouts differ in the lengths alone.
// Loops over elements get the table of their block's sizes (SizesIn) before they begin, and cost what they would cost if
// there were one layout.
//
// # Both ends
//
// The header moves: a caller that keeps room in front of a block can put an element there (Prepend) or cut some off
// (DropFirst) and then has a block that begins elsewhere, with the header before its new first element. Together with
// room behind the block that makes both ends of a deque cheap whatever the block's size.
//
// # Limits
//
// A block is at most MaxSize bytes long, an element at most that less the header. Callers check this before they insert: the
// package takes it for granted, as it does that blocks hold what it has written. It is not a format for files.
//
// # Rejected
//
//   - The total length in the header and a mark at the end, as Redis's listpack has: the owner knows the length, and five
//     bytes a block count where most blocks hold ten elements.
//   - One layout, without lengths: taking from the far end of a long list would go over a whole block each time.
//   - One layout, with lengths: a byte per element that hashes, sets, sorted sets and all but one block of a large list never
//     read.
//   - A shorter header, of two bytes with the number of elements up to 32767: two bytes a block, which rounding to size classes
//     often takes back, for offsets that depend on the layout and blocks that change it when they have more elements.
//   - One length for two neighbours, as in Redis's older ziplist: an insertion can then change the size of all that follows.
//   - A table of offsets: two bytes an element, for walks that take a nanosecond a step.
package packed
