// Package arena allocates memory outside the Go heap.
//
// The data of a server (entries, packed collections, hash table buckets) is
// millions of small blocks. On the Go heap each would be scanned by every
// garbage collection, accounted only by estimate and impossible to move. Here
// a block is named by a 36-bit Handle, its size is known exactly, and the
// collector never sees it. Nothing stored in a block may point into the Go
// heap: the collector would not know.
//
// # Pool and Arena
//
// A Pool is the process's source of memory, safe for concurrent use. It maps
// regions of 4 MiB and hands out extents of 1 to 16 contiguous units of 64 KiB,
// best fit, so that regions drain and can be unmapped. What is given back goes
// through a reserve of at most 4 MiB that still has its physical memory, so
// that freeing and allocating in turns costs no page faults; beyond the
// reserve the oldest extent loses its physical memory at once (MADV_DONTNEED).
// Everything the pool holds outside the reserve is therefore not resident.
//
// An Arena is one owner's heap (a shard's, or a large value's), not safe for
// concurrent use. Many arenas share one pool: memory freed in one serves
// another. Arenas may count in a common sum, so that an owner of many knows what
// it has in all of them without asking each; an arena that changes hands takes
// its count from one sum to another.
//
// # Blocks
//
// Sizes up to 64 KiB are rounded up to a class: every 8 bytes up to 256, then 8 classes per doubling, so at most 12.5% is
// lost to rounding. A span serves one class: one unit for classes up to 8 KiB, four units above. The first four spans of a
// class up to 512 bytes are small: one or two parts of 1 KiB of a unit that classes share, since with 64 arenas a page for
// a few blocks of each class adds up to megabytes. An arena for one owner (NewPrivate) has small spans of more classes, and
// more of them. Inside a span blocks are cut one after another from the start, so the part never used is never touched and
// costs no physical memory: that is what keeps 64 arenas with a hundred classes each cheap. The parts of a shared unit
// start up to 960 bytes after the unit does, by a color that differs between units and arenas: 64 arenas alike would
// otherwise have their first blocks, the roots of their tables, at equal addresses modulo 64 KiB, where they evict each
// other from the processor's caches. Freed blocks form a list threaded through the blocks themselves. Blocks of a class
// that is a multiple of 64 bytes are aligned to 64 bytes.
//
// Blocks above 64 KiB are extents of their own, rounded up to 4 KiB (the rest
// of the last unit stays untouched); above 1 MiB they are mappings of their
// own, returned to the system when freed, or above 4 MiB soon after and in
// steps (Pool.Unmap). The number of mappings stays far below vm.max_map_count:
// one per 4 MiB, or one per value above 1 MiB.
//
// # Handles
//
// A handle is page number << 13 | offset in units of 8 bytes. A page is 64 KiB
// of a span, a small span, or a whole large block, whatever its length. The
// pages of a span of four units have consecutive numbers, so offsets in it are
// plain addition.
//
// # Fragmentation
//
// Allocation fills the current span of the class, then the fullest of those
// with room, so sparse spans drain by themselves. Sparse tells an owner that a
// block keeps a mostly empty span alive and that its class has room elsewhere:
// the owner allocates a new block, copies, frees the old one. An empty span
// goes back to the pool, except one per arena, which serves an owner that
// allocates and frees one block in turns.
//
// # Huge pages
//
// Transparent huge pages are refused (MADV_NOHUGEPAGE): they would make every
// untouched tail resident, and give a fault the latency of clearing 2 MiB.
//
// # Checking
//
// Built with the tag "invariants" or with -race, arenas verify that every
// handle passed in names a live block, fill new blocks with a pattern (their
// contents are undefined) and freed ones with another.
//
// # Rejected
//
// Mapping each class's address range at once (as some allocators do) makes
// the class of an address implicit, but 64 arenas of 100 ranges cost page
// tables and mappings; Go slices as slabs cost a scan-free but uncontrolled
// resident set, and the collector's pacing counts them as garbage to come.
package arena
