// Package deque is the large list: a sequence of values in packed blocks, cheap to change at both ends and to enter
// anywhere.
//
// # Layout
//
// A Deque is a root of fixed size that may lie in arena memory itself. It refers to its first and last block, and through
// a directory of two levels to all those between. The directory's pages are arrays of up to 256 references to blocks, each
// with its number of elements; the top is an array of references to pages, with the numbers of theirs. Finding the element
// at an index adds up numbers that lie side by side, first those of pages and then those of one page's blocks, from the nearer
// end: about a microsecond in the middle of a hundred million elements. A change in the middle touches one block, one
// page and the top.
//
// # Ends
//
// The first and the last block are outside the directory, so that pushing and popping change the root and one block only.
// Each keeps its free room at the outer end: values are put before the head's first and behind the tail's last without
// moving others (see package packed). A push that finds the head full retires it to the directory and begins another, one
// that finds the tail full retires most of that (see below); a pop that finds none takes the nearest from the directory, or
// the other end's when there is no directory. Blocks at the ends grow by half until they have full size; those that retire
// take what they need.
//
// # The two layouts of blocks
//
// Elements are taken from the end of the last block, and so the tail is a two-way block (package packed), whose elements have
// lengths behind them. All others are forward blocks, which do without: the head, too, as both its changes are at its
// front. Elements lose their lengths when they leave the tail, and get them when their block becomes the tail because pops
// have used up the one before. So an element is converted once on its way through a queue, which takes a few nanoseconds,
// and walks towards the front of the list go through forward blocks by packed.Backward.
//
// The tail holds up to three eighths more than a block may have. When it is full, as many of its first elements as fill a
// forward block to its limit go, and the rest stays: at least an eighth unless values are large. So blocks of the directory
// are as full as if they had been filled one by one, and pushing and popping in turns, wherever the tail's limits are, does
// not convert the same elements each time.
//
// # Limits
//
// A Limit says how many bytes or elements a block may have. A block of full size is 4, 8, 16, 32 or 64 KiB, as the
// configuration has it. A value that is larger than a block has one of its own.
//
// # Changes in the middle
//
// An insertion into a full block splits it where the value belongs. A deletion that leaves little in a block joins it with
// a neighbour if both together take at most three quarters of the limit, so that coming and going at one place does not
// split and join in turns.
//
// # Whole values
//
// Free works in steps, so that nobody waits for a large list to go; Compact moves a bounded number of blocks; Clone copies
// to another arena. Bytes is what the arena counts for all blocks, page arrays and the top.
//
// # Concurrency
//
// None: the owner serialises. Reading (Len, Seek, cursors, Bytes, Clone's source) changes nothing.
//
// # Rejected
//
//   - Linked blocks, as Redis's quicklist has: half the blocks are walked, one cache miss each, to reach the middle.
//   - A counted B-tree: its depth is two anyway up to a hundred million elements, and both its ends are at the bottom.
//   - Compressed blocks (list-compress-depth): memory that is paid for with every access from the middle.
package deque
