package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// workload is one call of redis-benchmark.
type workload struct {
	name     string
	requests int
	clients  int
	pipeline int
	keys     int // random numbers are drawn from that many; 0: always the same key
	value    int // bytes of the values of redis-benchmark's own tests
	// command is redis-benchmark's name of a test or, of more than one word, the command to send, in which
	// __rand_int__ stands for a random number of 12 digits.
	command string
	fill    []shape // what the database holds at the beginning
	traits  trait
}

// trait is what sets a workload apart. Several can be combined.
type trait uint8

const (
	quick trait = 1 << iota // part of the quick set
	anew                    // every round begins with a database filled anew: the workload uses up what it finds, or adds to it
	heard                   // subscribers listen to what is published
)

// Numbers that random workloads draw from.
const (
	keyspace      = 1_000_000 // strings; elements of one large key
	smallKeyspace = 100_000   // keys of ten elements each
)

const value16 = "0123456789abcdef"

// workloads are in the order in which they run. "hot" ones meet in one key, the others spread over the keyspace.
var workloads = slices.Concat(stringWorkloads, listWorkloads, setWorkloads, hashWorkloads, sortedSetWorkloads, streamWorkloads,
	otherWorkloads)

var stringWorkloads = []workload{
	{"SET c1 P1", 30_000, 1, 1, keyspace, 64, "set", fill(strings64), quick},
	{"GET c1 P1", 30_000, 1, 1, keyspace, 64, "get", fill(strings64), quick},
	{"SET P1", 150_000, 50, 1, keyspace, 64, "set", fill(strings64), quick},
	{"GET P1", 150_000, 50, 1, keyspace, 64, "get", fill(strings64), quick},
	{"SET P16", 1_500_000, 50, 16, keyspace, 64, "set", fill(strings64), quick},
	{"GET P16", 1_500_000, 50, 16, keyspace, 64, "get", fill(strings64), quick},
	{"INCR P16", 1_500_000, 50, 16, keyspace, 0, "incr", nil, quick},
	{"MSET10 P16", 300_000, 50, 16, keyspace, 64, "mset", fill(strings64), quick},
	{"GET P64", 3_000_000, 50, 64, keyspace, 64, "get", fill(strings64), quick},
	{"SET P64", 3_000_000, 50, 64, keyspace, 64, "set", fill(strings64), 0},
	{"SET hot P1", 150_000, 50, 1, 0, 64, "set", nil, 0},
	{"SET hot P16", 1_500_000, 50, 16, 0, 64, "set", nil, 0},
	{"GET hot P16", 1_500_000, 50, 16, 0, 64, "get", fill(hotString), 0},
	{"SET 4KiB P16", 400_000, 50, 16, 10_000, 4096, "set", fill(strings4k), 0},
	{"GET 4KiB P16", 400_000, 50, 16, 10_000, 4096, "get", fill(strings4k), 0},
	{"GET c500 P1", 150_000, 500, 1, keyspace, 64, "get", fill(strings64), 0},
}

var listWorkloads = []workload{
	{"LPUSH hot P16", 1_000_000, 50, 16, 0, 16, "lpush", nil, quick | anew},
	{"RPUSH hot P16", 1_000_000, 50, 16, 0, 16, "rpush", nil, anew},
	{"LPOP hot P16", 900_000, 50, 16, 0, 0, "lpop", fill(hotList), anew},
	{"RPOP hot P16", 900_000, 50, 16, 0, 0, "rpop", fill(hotList), anew},
	{"LRANGE_100 P16", 60_000, 50, 16, 0, 0, "lrange mylist 0 99", fill(thousandList), quick},
	{"LPUSH P16", 500_000, 50, 16, smallKeyspace, 0, "lpush l:__rand_int__ " + value16, fill(tenLists), quick | anew},
	{"LPOP P16", 400_000, 50, 16, smallKeyspace, 0, "lpop l:__rand_int__", fill(tenLists), anew},
}

var setWorkloads = []workload{
	{"SADD hot P16", 1_000_000, 50, 16, keyspace, 0, "sadd", nil, anew},
	{"SPOP hot P16", 900_000, 50, 16, 0, 0, "spop", fill(hotSet), anew},
	{"SADD P16", 500_000, 50, 16, smallKeyspace, 0, "sadd s:__rand_int__ member:__rand_int__", fill(tenSets), anew},
}

var hashWorkloads = []workload{
	{"HSET hot P16", 1_000_000, 50, 16, keyspace, 16, "hset", nil, quick | anew},
	{"HGET hot P16", 1_000_000, 50, 16, keyspace, 0, "hget myhash element:__rand_int__", fill(hotHash), 0},
	{"HSET P16", 500_000, 50, 16, smallKeyspace, 0, "hset h:__rand_int__ field5 " + value16, fill(tenHashes), quick},
	{"HGET P16", 1_000_000, 50, 16, smallKeyspace, 0, "hget h:__rand_int__ field5", fill(tenHashes), 0},
	{"HSET 2 fields P16", 1_000_000, 50, 16, keyspace, 0, "hset h:__rand_int__ f " + value16 + " g x", nil, anew},
}

var sortedSetWorkloads = []workload{
	{"ZADD hot P16", 500_000, 50, 16, keyspace, 0, "zadd", nil, quick | anew},
	{"ZRANK hot P16", 500_000, 50, 16, keyspace, 0, "zrank myzset element:__rand_int__", fill(hotSortedSet), 0},
	{"ZRANGE_100 P16", 60_000, 50, 16, 0, 0, "zrange myzset 1000 1099", fill(hotSortedSet), 0},
	{"ZADD P16", 500_000, 50, 16, smallKeyspace, 0, "zadd z:__rand_int__ 5 member:__rand_int__", fill(tenSortedSets),
		quick | anew},
	{"ZRANK P16", 500_000, 50, 16, smallKeyspace, 0, "zrank z:__rand_int__ member:5", fill(tenSortedSets), 0},
}

var streamWorkloads = []workload{
	{"XADD hot P16", 500_000, 50, 16, 0, 0, "xadd mystream * field " + value16, nil, anew},
	{"XREADGROUP hot P16", 300_000, 50, 16, 0, 0, "xreadgroup group group consumer count 1 streams mystream >",
		fill(group, entries), anew},
	{"XACK hot P16", 300_000, 50, 16, entries.elements, 0, "xack mystream group 1-__rand_int__",
		fill(group, entries, deliveries), anew},
	{"XADD P16", 500_000, 50, 16, smallKeyspace, 0, "xadd st:__rand_int__ * field " + value16, nil, anew},
}

// The last ones take long for each request: one client, without pipelining, and few requests.
var otherWorkloads = []workload{
	{"PUBLISH P16", 200_000, 50, 16, 0, 0, "publish " + channel + " " + value16, nil, heard},
	{"SINTER 100k", 40, 1, 1, 0, 0, "sinter seta setb", fill(setA, setB), 0},
	{"ZUNIONSTORE 100k", 20, 1, 1, 0, 0, "zunionstore zsetc 2 zseta zsetb", fill(sortedSetA, sortedSetB), 0},
	{"SORT 100k", 20, 1, 1, 0, 0, "sort numbers", fill(numbers), 0},
}

func fill(shapes ...shape) []shape { return shapes }

// arguments is redis-benchmark's command line.
func (w workload) arguments(port int) []string {
	args := []string{"-h", "127.0.0.1", "-p", strconv.Itoa(port), "-c", strconv.Itoa(w.clients), "-n", strconv.Itoa(w.requests),
		"-P", strconv.Itoa(w.pipeline), "--csv"}
	if w.keys > 0 {
		args = append(args, "-r", strconv.Itoa(w.keys))
	}
	if w.value > 0 {
		args = append(args, "-d", strconv.Itoa(w.value))
	}
	if strings.Contains(w.command, " ") {
		return append(args, strings.Fields(w.command)...)
	}
	return append(args, "-t", w.command)
}

// choose returns the workloads and shapes of a set that have word in their name ("memory" stands for all shapes).
func choose(set, word string) (chosen []workload, shapes []shape, err error) {
	if set != "quick" && set != "full" {
		return nil, nil, fmt.Errorf("--set is quick or full, not %q", set)
	}
	for _, w := range workloads {
		if (w.traits&quick != 0 || set == "full") && strings.Contains(w.name, word) {
			chosen = append(chosen, w)
		}
	}
	measured := stringShapes
	if set == "full" {
		measured = append(measured[:len(measured):len(measured)], collectionShapes...)
	}
	for _, s := range measured {
		if strings.Contains("memory "+s.name, word) {
			shapes = append(shapes, s)
		}
	}
	if len(chosen)+len(shapes) == 0 {
		return nil, nil, fmt.Errorf("--only: nothing in the %s set has %q in its name", set, word)
	}
	return chosen, shapes, nil
}
