// Package bits is the arithmetic of the bitmap commands: BITCOUNT, BITPOS, BITOP and BITFIELD on plain byte slices.
//
// Bit 0 is the most significant bit of the first byte, as in SETBIT. A bitmap has no end: bits past the last byte read
// as zero, which is what BITPOS for a clear bit, BITOP over inputs of different lengths and BITFIELD GET rely on.
// Nothing here grows a slice; Need tells the caller the length a write requires.
//
// All loops take eight bytes at a time. Words are loaded through encoding/binary, which compiles to a plain load on
// every platform and needs no alignment; a lookup table per byte is several times slower, and unsafe word pointers
// would gain nothing.
//
// Arguments are parsed with Redis's limits. The errors returned are sentinels whose text is what Redis replies after
// "ERR ". Functions keep no state and are safe for concurrent use on slices nobody writes.
package bits
