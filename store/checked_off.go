//go:build !race

package store

// checked makes every key lookup verify that the transaction holds the key's shard. Race-enabled builds do.
const checked = false
