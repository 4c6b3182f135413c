// Package number reads and writes the numbers of the protocol: 64-bit integers, doubles and the 80-bit long doubles
// behind INCRBYFLOAT.
//
// # Integers
//
// An integer argument is the one decimal form a server would print: no plus sign, no leading zero, no space. Accepting
// more would make "01" and "1" the same argument but different values when stored. ParseUint is looser, because Redis
// reads the parts of stream IDs with strtoull.
//
// # Doubles
//
// Doubles follow C's strtod in the C locale over the whole argument: decimal or hexadecimal, "inf" or "infinity" in any
// case, never NaN. Values that overflow are refused, as are nonzero values that underflow to zero. strconv.ParseFloat
// rounds correctly but speaks Go's syntax (underscores, hexadecimal only with an exponent) and reads exponents beyond
// five digits loosely, so the text is checked here first and rewritten where the two differ.
//
// They are printed as Redis 7.2 does: integers up to 2⁶² in full, everything else as the shortest text that reads back
// as the same value.
//
// # Long doubles
//
// INCRBYFLOAT and HINCRBYFLOAT add in the x87 extended format (64-bit significand, 15-bit exponent) and print with
// "%.17Lf", so that 10.5 + 0.1 gives 10.6. The sums are visible to clients and end up in stored values, hence they
// must agree to the last digit. LongDouble is that format in software: reading, adding and printing are each correctly
// rounded to nearest, ties to even. A big.Float of 64-bit precision has neither the subnormal range nor an overflow
// limit and allocates on every step; here, numbers of everyday size need two-word arithmetic only and allocate nothing.
//
// The cost of a hostile argument is bounded: text is at most 5 KiB, and an exponent that leaves the format's range is
// recognised before any power of ten is computed.
//
// Everything in the package is a pure function on values and safe for concurrent use.
package number
