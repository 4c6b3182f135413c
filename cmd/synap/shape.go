package main

import (
	"fmt"
	"strconv"
	"strings"

	"synap/server/resp"
)

// shape is a kind of data, and a number of elements of it: keys of strings, members, fields, entries.
type shape struct {
	name     string
	elements int
	step     int                  // elements per command
	command  func(i int) []string // the i-th command
}

// million is how many elements the memory of a shape is measured with.
const million = 1_000_000

// stringShapes are those whose memory is always measured. Names and values are those of redis-benchmark where it is to
// find them.
var (
	strings64 = shape{"16-byte key, 64-byte value", keyspace, 1, func(i int) []string {
		return []string{"SET", stringKey(i), value64}
	}}
	expiring = shape{"the same with TTL", keyspace, 1, func(i int) []string {
		return []string{"SET", stringKey(i), value64, "EX", strconv.Itoa(86400 + i%1000)}
	}}
	integers = shape{"k<i>, integer", keyspace, 1, func(i int) []string {
		return []string{"SET", "k" + strconv.Itoa(i), strconv.Itoa(i)}
	}}
	stringShapes = []shape{strings64, expiring, integers}
)

// collectionShapes are those whose memory is measured in the full set. The i-th command adds ten elements, to a key of
// its own or to the one key.
var collectionShapes = []shape{
	{"hashes of 10 fields", million, 10, func(i int) []string {
		return command(fmt.Sprintf("HSET user:%d", i), 10, func(j int) string { return fmt.Sprintf("field%d value-%d", j, i*j) })
	}},
	{"one hash", million, 10, func(i int) []string {
		return command("HSET big", 10, func(j int) string { return fmt.Sprintf("field:%d value-%d", i*10+j, i) })
	}},
	{"lists of 10", million, 10, func(i int) []string {
		return command(fmt.Sprintf("RPUSH l:%d", i), 10, func(j int) string { return fmt.Sprintf("item-%d", i*j) })
	}},
	{"one list", million, 10, func(i int) []string {
		return command("RPUSH big", 10, func(j int) string { return fmt.Sprintf("item-%d", i*10+j) })
	}},
	{"one set", million, 10, func(i int) []string {
		return command("SADD big", 10, func(j int) string { return fmt.Sprintf("member:%d", i*10+j) })
	}},
	{"sets of 10 integers", million, 10, func(i int) []string {
		return command(fmt.Sprintf("SADD s:%d", i), 10, func(j int) string { return strconv.Itoa(i * j) })
	}},
	{"one sorted set", million, 10, func(i int) []string {
		return command("ZADD big", 10, func(j int) string { return fmt.Sprintf("%d member:%d", shuffled(i, j), i*10+j) })
	}},
	{"sorted sets of 10", million, 10, func(i int) []string {
		return command(fmt.Sprintf("ZADD z:%d", i), 10, func(j int) string { return fmt.Sprintf("%d member:%d", j*3, j) })
	}},
	{"one stream", million, 1, func(i int) []string {
		return []string{"XADD", "big", "*", "temp", strconv.Itoa(i % 100), "hum", strconv.Itoa(i % 37)}
	}},
}

// Shapes that workloads start on: strings.
var (
	strings4k = shape{"16-byte key, 4 KiB value", 10_000, 1, func(i int) []string {
		return []string{"SET", stringKey(i), value4k}
	}}
	hotString = shape{"one key", 1, 1, func(int) []string {
		return []string{"SET", "key:__rand_int__", value64} // what redis-benchmark sends without -r
	}}
)

// Shapes that workloads start on: one key, of the name that redis-benchmark has for it.
var (
	hotList      = inOne("RPUSH mylist", million, func(int) string { return value16 })
	thousandList = inOne("RPUSH mylist", 1000, func(int) string { return value16 })
	hotSet       = inOne("SADD myset", million, element)
	hotHash      = inOne("HSET myhash", million, func(k int) string { return element(k) + " " + value16 })
	hotSortedSet = inOne("ZADD myzset", million, func(k int) string {
		return fmt.Sprintf("%d %s", shuffled(k/100, k%100), element(k))
	})

	group = shape{"consumer group", 1, 1, func(int) []string {
		return []string{"XGROUP", "CREATE", "mystream", "group", "0", "MKSTREAM"}
	}}
	entries = shape{"stream", 400_000, 1, func(i int) []string {
		return []string{"XADD", "mystream", fmt.Sprintf("1-%d", i+1), "field", value16}
	}}
	deliveries = shape{"pending entries", entries.elements, 1000, func(int) []string {
		return strings.Fields("XREADGROUP GROUP group consumer COUNT 1000 STREAMS mystream >")
	}}
)

// Shapes that workloads start on: many keys of ten elements each.
var (
	tenLists      = inMany("RPUSH l:%012d", func(int) string { return value16 })
	tenSets       = inMany("SADD s:%012d", func(j int) string { return fmt.Sprintf("member:%d", j) })
	tenHashes     = inMany("HSET h:%012d", func(j int) string { return fmt.Sprintf("field%d %s", j, value16) })
	tenSortedSets = inMany("ZADD z:%012d", func(j int) string { return fmt.Sprintf("%d member:%d", j, j) })
)

// hundredThousand is the number of elements of what the commands on whole keys read.
const hundredThousand = 100_000

// Shapes that workloads start on: operands of commands on whole keys. Half of A's members are B's too.
var (
	setA       = inOne("SADD seta", hundredThousand, element)
	setB       = inOne("SADD setb", hundredThousand, func(k int) string { return element(k + hundredThousand/2) })
	sortedSetA = inOne("ZADD zseta", hundredThousand, func(k int) string {
		return fmt.Sprintf("%d %s", shuffled(k, 0), element(k))
	})
	sortedSetB = inOne("ZADD zsetb", hundredThousand, func(k int) string {
		return fmt.Sprintf("%d %s", k, element(k+hundredThousand/2))
	})
	numbers = inOne("RPUSH numbers", hundredThousand, func(k int) string { return strconv.Itoa(shuffled(k, 0)) })
)

// inOne is a shape of one key: commands that begin with head add its elements, a hundred each.
func inOne(head string, elements int, element func(k int) string) shape {
	const step = 100
	return shape{head, elements, step, func(i int) []string {
		return command(head, step, func(j int) string { return element(i*step + j) })
	}}
}

// inMany is a shape of keys with ten elements each. The head of the commands has a verb for the key's number.
func inMany(head string, element func(j int) string) shape {
	const each = 10
	return shape{head, smallKeyspace * each, each, func(i int) []string {
		return command(fmt.Sprintf(head, i), each, element)
	}}
}

// command is the words of head followed by those of n elements.
func command(head string, n int, element func(j int) string) []string {
	words := strings.Fields(head)
	for j := range n {
		words = append(words, strings.Fields(element(j))...)
	}
	return words
}

var value64, value4k = strings.Repeat("x", 64), strings.Repeat("x", 4096)

func stringKey(i int) string { return fmt.Sprintf("key:%012d", i) }

// element is redis-benchmark's name of a member or field.
func element(k int) string { return fmt.Sprintf("element:%012d", k) }

// shuffled returns numbers of up to a million, out of order. For i below 100,000 it does not overflow 32 bits.
func shuffled(i, j int) int { return (i*7919 + j) % 1_000_003 }

func writeCommand(w *resp.Writer, words ...string) {
	w.Array(len(words))
	for _, word := range words {
		w.BulkString(word)
	}
}
