package main

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"synap/server/resp"
)

// TestShapes reads back what the shapes send.
func TestShapes(t *testing.T) {
	for _, tc := range []struct {
		shape shape
		i     int
		want  string // the beginning
		words int
	}{
		{strings64, 7, "SET key:000000000007 " + value64, 3},
		{expiring, 7, "SET key:000000000007 " + value64 + " EX 86407", 5},
		{integers, 7, "SET k7 7", 3},
		{strings4k, 7, "SET key:000000000007 " + value4k, 3},
		{hotString, 0, "SET key:__rand_int__ " + value64, 3},
		{memoryOf("hashes of 10 fields"), 7, "HSET user:7 field0 value-0 field1 value-7 field2 value-14 ", 22},
		{memoryOf("one hash"), 7, "HSET big field:70 value-7 field:71 value-7 ", 22},
		{memoryOf("lists of 10"), 7, "RPUSH l:7 item-0 item-7 item-14 ", 12},
		{memoryOf("one list"), 7, "RPUSH big item-70 item-71 ", 12},
		{memoryOf("one set"), 7, "SADD big member:70 member:71 ", 12},
		{memoryOf("sets of 10 integers"), 7, "SADD s:7 0 7 14 ", 12},
		{memoryOf("one sorted set"), 7, "ZADD big 55433 member:70 55434 member:71 ", 22},
		{memoryOf("sorted sets of 10"), 7, "ZADD z:7 0 member:0 3 member:1 ", 22},
		{memoryOf("one stream"), 137, "XADD big * temp 37 hum 26", 7},
		{hotList, 7, "RPUSH mylist " + value16 + " " + value16 + " ", 102},
		{hotSet, 7, "SADD myset element:000000000700 element:000000000701 ", 102},
		{hotHash, 7, "HSET myhash element:000000000700 " + value16 + " element:000000000701 ", 202},
		{hotSortedSet, 7, "ZADD myzset 55433 element:000000000700 55434 element:000000000701 ", 202},
		{group, 0, "XGROUP CREATE mystream group 0 MKSTREAM", 6},
		{entries, 0, "XADD mystream 1-1 field " + value16, 5},
		{deliveries, 1, "XREADGROUP GROUP group consumer COUNT 1000 STREAMS mystream >", 9},
		{tenLists, 7, "RPUSH l:000000000007 " + value16 + " ", 12},
		{tenSets, 7, "SADD s:000000000007 member:0 member:1 ", 12},
		{tenHashes, 7, "HSET h:000000000007 field0 " + value16 + " field1 ", 22},
		{tenSortedSets, 7, "ZADD z:000000000007 0 member:0 1 member:1 ", 22},
		{setB, 0, "SADD setb element:000000050000 element:000000050001 ", 102},
		{sortedSetA, 0, "ZADD zseta 0 element:000000000000 7919 element:000000000001 ", 202},
		{sortedSetB, 1, "ZADD zsetb 100 element:000000050100 ", 202},
		{numbers, 999, "RPUSH numbers 105727 113646 ", 102},
	} {
		var w resp.Writer
		writeCommand(&w, tc.shape.command(tc.i)...)
		got := decode(t, w.Buf)
		if len(got) != 1 || len(got[0]) != tc.words || !strings.HasPrefix(strings.Join(got[0], " "), tc.want) {
			t.Errorf("%s: %q", tc.shape.name, got)
		}
	}
	if len(value16) != 16 || len(value64) != 64 || len(value4k) != 4096 {
		t.Error("the values have other lengths than they say")
	}
}

// memoryOf finds one of the shapes that only have their memory measured.
func memoryOf(name string) shape {
	return collectionShapes[slices.IndexFunc(collectionShapes, func(sh shape) bool { return sh.name == name })]
}

// TestShapesComplete: the commands of a shape make all of its elements, and no more.
func TestShapesComplete(t *testing.T) {
	all := slices.Concat(stringShapes, collectionShapes)
	for _, w := range workloads {
		all = append(all, w.fill...)
	}
	for _, sh := range all {
		if sh.step < 1 || sh.elements < sh.step || sh.elements%sh.step != 0 {
			t.Errorf("%s: %d elements in steps of %d", sh.name, sh.elements, sh.step)
		}
	}
}

func decode(t *testing.T, b []byte) (commands [][]string) {
	t.Helper()
	var d resp.Decoder
	for len(b) > 0 {
		args, n, err := d.Next(b, &resp.Limits{})
		if errors.Is(err, resp.ErrIncomplete) {
			return commands
		}
		if err != nil {
			t.Fatal(err)
		}
		var words []string
		for _, a := range args {
			words = append(words, string(a))
		}
		commands, b = append(commands, words), b[n:]
	}
	return commands
}
