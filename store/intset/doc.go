// Package intset keeps a small set of 64-bit integers in one piece of memory.
//
// # Format
//
//	byte 0  width of the elements in bytes: 2, 3, 4, 6 or 8
//	...     the elements in ascending order, little-endian two's complement
//
// The set ends where the memory ends, so its length need not be stored: what owns the memory knows it. The width is the
// least that holds every element ever in the set; it grows with an element that needs more, and never shrinks, so that an
// element coming and going does not rewrite the set each time. Ten small numbers take 21 bytes.
//
// # Use
//
// All functions are pure: they work on the bytes they are given, allocate nothing and know no owner. Growing and shrinking
// the memory is the caller's: Find says where an element belongs, SizeWith how long the set will be, the caller makes
// room, Insert moves what is behind. Searching halves the set, inserting and deleting move at most all of it, which is why
// the set has to stay small (set-max-intset-entries).
//
// Elements may lie at any address: they are read and written a byte at a time as far as the language is concerned, which
// compilers turn into single instructions.
//
// # Rejected
//
//   - The widths 5 and 7: few numbers need them. Three bytes hold most identifiers, six the times in milliseconds.
//   - Differences of neighbours in variable length: half the memory again for dense sets, but no access by position, which
//     searching and random choice need.
package intset
