// Package order is the index of large sorted sets: elements in the order of their scores, equal scores in the order of
// their members, with the rank of an element, the element at a rank, and seeking by score or member in O(log n).
//
// # Elements
//
// An element is an arena block of its own: the score (8 bytes, little-endian), the length of the member (one byte, or
// 0xff and four) and the member. A member of 13 bytes so takes 24. Its owner also keeps it in a hash table, where the
// score of a member is found; the index refers to the same block. An element that moves must be told to both
// ([Index.Replace]).
//
// # Nodes
//
// The index is a B+ tree of blocks. A leaf holds up to 127 scores and handles, as three arrays (scores, low 32 and
// high 4 bits of the handles), 13 bytes per element: searching by score touches only the array of scores, and
// elements are looked at only where scores are equal. An inner node has for each child its first score and element,
// its handle and how many elements are below it. All nodes but the root's path are kept at more than a third on
// average: two neighbours that fit into three quarters of a node are joined.
//
// A node takes the size class that its contents need and an eighth for growth, not its largest size: nodes filled in
// random order are two thirds full on average, and would waste the other third. Where elements come in order, at
// either end, a full node is left as it is and a new one begun, so that such an index is full.
//
// There are no links between siblings, and none to parents: a node can be moved by changing one handle. Whoever walks
// carries the path (a [Cursor]).
//
// # Order
//
// Scores compare as numbers: 0 and -0 are equal, NaN is not allowed. Members compare as bytes. Whoever seeks by member
// in elements of different scores finds some place.
//
// # Memory and concurrency
//
// [Index.Bytes] is the exact size of the nodes; elements are the owner's to count and to free. An Index holds no Go
// pointer and can itself be arena memory. The owner serialises.
//
// # Rejected
//
// A skip list, as Redis has it, takes a node of some 50 bytes per member and a cache miss per step. Leaves without
// scores would save 8 bytes per element, and cost a cache miss per comparison. Members in the leaves would spare
// their headers, but a leaf that divides would have to tell the hash table of every member that moves.
package order
