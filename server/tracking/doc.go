// Package tracking holds what client-side caching needs to know besides which client has read which key (that is in the
// store, beside the keys): the prefixes whose changes clients want to be told of (CLIENT TRACKING BCAST), and the messages.
//
// # Prefixes
//
// Prefixes are looked up by the beginnings of a changed key, one look for each length that any prefix has; so the cost
// follows the number of different lengths, and not that of prefixes or clients. Changes are collected and matched a batch
// at a time: within a batch a key counts once, and if several clients have changed it none of them is who did.
//
// Rejected: a radix tree, as Redis has it. It walks all prefixes for every change.
package tracking
