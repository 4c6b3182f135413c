// Package hyperloglog estimates how many different elements were added to a set from 16384 small registers, kept in a
// string of Redis's own format: a key's bytes can be moved to a Redis server and back, by GET and SET as well as in a
// dump. Every update leaves the bytes that Redis would leave.
//
// # Algorithm
//
// An element's hash (MurmurHash64A with a fixed seed) has 64 bits: 14 pick a register, and the position of the lowest set
// bit in the other 50 is what the register keeps the maximum of. The number of elements follows from how often each
// value occurs among the registers, by the improved estimator of Otmar Ertl, "New cardinality estimation algorithms for
// HyperLogLog sketches" (https://arxiv.org/abs/1702.01284), which needs no correction tables. The standard error is
// 1.04/sqrt(16384), about 0.81%.
//
// # Format
//
// 16 bytes of header: "HYLL", a byte for the form (0 dense, 1 sparse), three unused, and the estimate as of the last count in
// 8 bytes, little-endian, whose highest bit says that it is out of date. Then the registers:
//
//   - dense: 12288 bytes, 6 bits each, beginning with the lowest bits of the first byte.
//   - sparse: runs of equal registers, in order.
//     00nnnnnn            n+1 registers of 0, up to 64
//     01nnnnnn nnnnnnnn   n+1 registers of 0, up to 16384 (high bits first)
//     1vvvvvnn            n+1 registers of v+1: up to 4, of 1 to 32
//
// An empty sketch is sparse. A value above 32 or a length beyond the caller's limit (hll-sparse-max-bytes) makes it dense for
// good. An update of the sparse form splits one run in up to three and joins equal runs nearby, in five of them at most, so
// that its form depends on the order of updates; a canonical form would be shorter, and differ from Redis's.
//
// # Hostile strings
//
// Any client can SET any string. [Valid] tells by header and length alone whether a string is taken for a sketch, as Redis
// does; whatever the runs of a sparse one say, no function reads or writes outside of it, and those that need all registers
// return ErrCorrupt unless the runs add up to 16384.
//
// Nothing is kept between calls: all functions work on the bytes they are given, and may run at once on different ones.
//
// # Rejected
//
//   - Registers in arena blocks with the string made on demand: faster updates of the sparse form, but GET, SETRANGE and dumps
//     see a string, and would all have to know.
//   - A branch per kind of run when looking for a register: kinds alternate without a pattern, and each wrong guess costs as
//     much as ten table look-ups.
package hyperloglog
