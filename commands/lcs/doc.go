// Package lcs computes the longest common subsequence of two byte strings, for the LCS command.
//
// Two strings often have several longest subsequences, and one subsequence several alignments; clients see which one
// is chosen, so it is part of the behaviour. With L[i][j] the length for the first i bytes of a and the first j of b,
// the result is read backwards from the full lengths: where the last bytes are equal they are taken; otherwise the
// last byte of a is dropped if L[i-1][j] > L[i][j-1], and the last byte of b if not.
//
// # Algorithm
//
// The table of lengths is never built. Along a row, L grows by 0 or 1 per column, so a row is a vector of bits, and
// one row follows from the previous by an addition and a few logical operations on whole words (Hyyrö, "Bit-parallel
// LCS-length computation revisited", 2004). That is some forty times faster than filling in lengths one by one and
// takes one bit per cell instead of four bytes. The bits are also all that reading back needs: where the bytes differ,
// L[i-1][j] > L[i][j-1] holds exactly if L[i][j] > L[i][j-1], which is the bit of the cell. The length alone needs
// only the latest row.
//
// # Limits
//
// Redis refuses inputs whose table of 32-bit lengths would exceed proto-max-bulk-len. The same inputs are refused
// here, although 1/32 of that, plus as much again for the positions of each byte, is what a computation really takes.
package lcs
