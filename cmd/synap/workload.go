package main

import (
	"fmt"
	"strconv"
	"strings"

	"synap/server/resp"
)

// workload is one call of redis-benchmark.
type workload struct {
	name     string
	requests int
	clients  int
	pipeline int
	keys     int    // drawn at random from that many; 0: always the same one
	value    int    // bytes
	test     string // redis-benchmark's name of the command
	fill     *shape // what the database holds at the beginning; nil: nothing
	quick    bool   // part of the quick set
}

// keyspace is the number of keys that random workloads draw from.
const keyspace = 1_000_000

var workloads = []workload{
	{"SET P1", 150_000, 50, 1, keyspace, 64, "set", &strings64, true},
	{"GET P1", 150_000, 50, 1, keyspace, 64, "get", &strings64, true},
	{"SET P16", 1_500_000, 50, 16, keyspace, 64, "set", &strings64, true},
	{"GET P16", 1_500_000, 50, 16, keyspace, 64, "get", &strings64, true},
	{"INCR P16", 1_500_000, 50, 16, keyspace, 0, "incr", nil, true},
	{"MSET10 P16", 300_000, 50, 16, keyspace, 64, "mset", &strings64, true},
	{"GET P64", 3_000_000, 50, 64, keyspace, 64, "get", &strings64, true},
	{"SET P64", 3_000_000, 50, 64, keyspace, 64, "set", &strings64, false},
	{"SET hot P1", 150_000, 50, 1, 0, 64, "set", nil, false},
	{"SET hot P16", 1_500_000, 50, 16, 0, 64, "set", nil, false},
	{"GET hot P16", 1_500_000, 50, 16, 0, 64, "get", &hotKey, false},
	{"SET 4KiB P16", 400_000, 50, 16, 10_000, 4096, "set", &strings4k, false},
	{"GET 4KiB P16", 400_000, 50, 16, 10_000, 4096, "get", &strings4k, false},
	{"GET c500 P1", 150_000, 500, 1, keyspace, 64, "get", &strings64, false},
}

// arguments is redis-benchmark's command line.
func (w workload) arguments(port int) []string {
	args := []string{"-h", "127.0.0.1", "-p", strconv.Itoa(port), "-c", strconv.Itoa(w.clients), "-n", strconv.Itoa(w.requests),
		"-P", strconv.Itoa(w.pipeline), "-t", w.test, "--csv"}
	if w.keys > 0 {
		args = append(args, "-r", strconv.Itoa(w.keys))
	}
	if w.value > 0 {
		args = append(args, "-d", strconv.Itoa(w.value))
	}
	return args
}

// shape is a kind of key, and a number of them.
type shape struct {
	name    string
	keys    int
	command func(w *resp.Writer, i int) // writes the command that makes the i-th key
}

// The shapes. Names and values are those of redis-benchmark where it is to find them.
var (
	strings64 = shape{"16-byte key, 64-byte value", keyspace, func(w *resp.Writer, i int) {
		writeCommand(w, "SET", fmt.Sprintf("key:%012d", i), value64)
	}}
	expiring = shape{"the same with TTL", keyspace, func(w *resp.Writer, i int) {
		writeCommand(w, "SET", fmt.Sprintf("key:%012d", i), value64, "EX", strconv.Itoa(86400+i%1000))
	}}
	integers = shape{"k<i>, integer", keyspace, func(w *resp.Writer, i int) {
		writeCommand(w, "SET", "k"+strconv.Itoa(i), strconv.Itoa(i))
	}}
	strings4k = shape{"16-byte key, 4 KiB value", 10_000, func(w *resp.Writer, i int) {
		writeCommand(w, "SET", fmt.Sprintf("key:%012d", i), value4k)
	}}
	hotKey = shape{"one key", 1, func(w *resp.Writer, i int) {
		writeCommand(w, "SET", "key:__rand_int__", value64) // what redis-benchmark sends without -r
	}}
)

// memoryShapes are those whose memory is measured.
var memoryShapes = []shape{strings64, expiring, integers}

var value64, value4k = strings.Repeat("x", 64), strings.Repeat("x", 4096)

func writeCommand(w *resp.Writer, words ...string) {
	w.Array(len(words))
	for _, word := range words {
		w.BulkString(word)
	}
}

// choose returns the workloads and shapes of a set that have word in their name ("memory" stands for all shapes).
func choose(set, word string) (chosen []workload, shapes []shape, err error) {
	if set != "quick" && set != "full" {
		return nil, nil, fmt.Errorf("--set is quick or full, not %q", set)
	}
	for _, w := range workloads {
		if (w.quick || set == "full") && strings.Contains(w.name, word) {
			chosen = append(chosen, w)
		}
	}
	for _, s := range memoryShapes {
		if strings.Contains("memory "+s.name, word) {
			shapes = append(shapes, s)
		}
	}
	if len(chosen)+len(shapes) == 0 {
		return nil, nil, fmt.Errorf("--only: nothing in the %s set has %q in its name", set, word)
	}
	return chosen, shapes, nil
}
