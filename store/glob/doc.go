// Package glob matches byte strings against Redis's glob-style patterns, as used by KEYS, SCAN MATCH, PSUBSCRIBE,
// CONFIG GET and the key patterns of ACL rules.
//
// # Syntax
//
//   - any run of bytes, also an empty one
//     ?        any one byte
//     [abc]    one of the bytes listed; [^abc] one that is not listed
//     [a-z]    one byte of the range; the ends may be given in either order
//     \x       the byte x itself, also inside brackets
//
// Corner cases are those of Redis, because scripts and ACL files rely on them:
//
//   - An empty string matches the empty pattern only, so "*" does not match it. (KEYS and SCAN treat the pattern that
//     is exactly "*" as no filter at all; see Pattern.IsStar.)
//   - A class that is never closed ends with the pattern. "[" therefore matches nothing and "[^" any byte.
//   - "[]" is an empty class and "[^]" its complement: a bracket cannot be made a member by putting it first.
//   - A backslash that ends the pattern stands for itself.
//   - "-" makes a range wherever two more bytes follow, so "[a-]" is the range from 'a' to ']' and stays open.
//   - Range ends are compared as signed bytes: 0x80..0xff sort before 0x00.
//   - Without regard to case, only ASCII letters fold, and a byte escaped inside brackets still matches exactly.
//
// # Algorithm
//
// Every element but the star consumes exactly one byte, so a failed attempt has to come back to the latest star only:
// a longer match of an earlier star could only leave less text for the rest. That makes matching iterative, with two
// saved positions and no recursion, O(len(pattern)·len(string)) at worst and linear for runs such as "*a*a*a". A
// backtracking matcher is exponential on those; translation to regexp would not reproduce the corner cases above and
// costs an allocation per pattern.
//
// Patterns used more than once are compiled, which recognises the shapes nearly all real patterns have (a literal, a
// literal followed by a star) and turns them into one comparison. A Pattern is immutable and safe for concurrent use.
package glob
