package commands

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"synap/server/resp"
)

func TestSortSets(t *testing.T) {
	const scores = "-ERR One or more scores can't be converted into double"
	scripts{
		"numbers": {
			`SADD s 10 9 -3 2.5 1e2`, ":5", `SORT s`, "*5 $2 -3 $3 2.5 $1 9 $2 10 $3 1e2", `SORT s DESC LIMIT 1 2`, "*2 $2 10 $1 9",
			`SORT s LIMIT -5 1`, "*1 $2 -3", `SORT s LIMIT 5 1`, "*0", `SORT s LIMIT 4 -1`, "*1 $3 1e2", `SORT_RO s LIMIT 0 1`, "*1 $2 -3",
			`SADD s x`, ":1", `SORT s`, scores, `SORT s LIMIT 0 1`, scores,
		},
		"texts": {
			`SADD s b a B "" "a\x00c" abcdefghi abcdefghj`, ":7",
			`SORT s ALPHA LIMIT 0 3`, "*3 $0  $1 B $1 a", `SORT s ALPHA DESC LIMIT 0 3`, "*3 $1 b $9 abcdefghj $9 abcdefghi",
		},
		"other keys": {
			`SADD s 1 2 3`, ":3", `MSET w_1 3 w_2 2 w_3 1 n_1 one n_2 two`, "+OK", `HSET h_1 f x`, ":1",
			`SORT s BY w_*`, "*3 $1 3 $1 2 $1 1", `SORT s BY w_* GET n_* GET # GET h_*->f`, "*9 $-1 $1 3 $-1 $3 two $1 2 $-1 $3 one $1 1 $1 x",
			`SORT s BY n_* ALPHA`, "*3 $1 3 $1 1 $1 2", `SORT s BY n_*`, scores, `SORT s BY h_*->f ALPHA DESC LIMIT 0 1`, "*1 $1 1",
			`SORT s GET h_*`, "*3 $-1 $-1 $-1", `SORT s GET w_1`, "*3 $-1 $-1 $-1", `@proto 3`, `SORT s GET n_3`, "*3 _ _ _",
		},
		"sorted sets": {
			`ZADD z 1 c 2 b 3 a`, ":3", `SORT z BY nosort`, "*3 $1 c $1 b $1 a", `SORT z BY nosort DESC LIMIT 0 2`, "*2 $1 a $1 b", `SORT z ALPHA`, "*3 $1 a $1 b $1 c",
		},
		"errors": {
			`SET v 1`, "+OK", `SORT v`, "-WRONGTYPE Operation against a key holding the wrong kind of value", `SORT v LIMIT x 1`, wrongNumber,
			`SORT v LIMIT 1`, syntaxError, `SORT v BY`, syntaxError, `SORT_RO v STORE d`, syntaxError, `SORT none`, "*0", `SORT none STORE v`, ":0", `EXISTS v`, ":0",
		},
	}.run(t)
}

func TestSortKeys(t *testing.T) {
	f := newFixture(t)
	for line, want := range map[string]string{
		"SORT k":                                 "k",
		"SORT k BY store STORE d":                "k d",
		"SORT k BY a* GET STORE STORE d STORE e": "k e",
		"SORT k LIMIT STORE x STORE":             "k",
		"SORT_RO k BY store STORE d":             "k",
	} {
		var args [][]byte
		for word := range strings.FieldsSeq(line) {
			args = append(args, []byte(word))
		}
		cmd, _ := f.table.Lookup(args)
		refs, err := cmd.FindKeys(args, nil)
		var got []string
		for _, r := range refs {
			got = append(got, string(args[r.Index]))
		}
		if strings.Join(got, " ") != want || err != nil {
			t.Errorf("%s: keys %q, %v; want %s", line, got, err, want)
		}
		if reaches := strings.Contains(line, "*"); cmd.ReachesAll(args) != reaches {
			t.Errorf("%s: reaches all keys: %v", line, !reaches)
		}
	}
}

// TestSortByKey compares with a stable sort, below and above the length where digits come in.
func TestSortByKey(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, shift := range []int{0, 20, 44, 60, 64} {
		for _, n := range []int{1, 2, 100, 3000} {
			items := make([]sortItem, n)
			for i := range items {
				items[i] = sortItem{key: rng.Uint64() >> shift << (shift / 3), index: int32(i)}
			}
			want := slices.Clone(items)
			slices.SortStableFunc(want, func(a, b sortItem) int { return cmp.Compare(a.key, b.key) })
			if got := sortByKey(items, make([]sortItem, n)); !slices.Equal(got, want) {
				t.Errorf("%d keys of %d bits: wrong order", n, 64-shift)
			}
		}
	}
}

// TestSortMany sorts more elements than the few of other tests, by number, text and other keys, with ties.
func TestSortMany(t *testing.T) {
	f := newFixture(t)
	defer f.audit()
	const n = 1000
	values := make([]int, n)
	for i := range values {
		values[i] = i * 7919 % 600
		f.do(fmt.Sprintf("RPUSH l %d", values[i]))
		f.do(fmt.Sprintf("SET w_%d %d", values[i], values[i]%10))
	}
	check := func(line string, compare func(a, b int) int) {
		want := slices.Clone(values)
		slices.SortStableFunc(want, compare)
		var reply strings.Builder
		fmt.Fprintf(&reply, "*%d", n)
		for _, v := range want {
			text := strconv.Itoa(v)
			fmt.Fprintf(&reply, " $%d %s", len(text), text)
		}
		if got := f.do(line); got != reply.String() {
			t.Errorf("%s: wrong order", line)
		}
	}
	text := func(a, b int) int { return cmp.Compare(strconv.Itoa(a), strconv.Itoa(b)) }
	check("SORT l", func(a, b int) int { return cmp.Compare(a, b) })
	check("SORT l DESC", func(a, b int) int { return cmp.Compare(b, a) })
	check("SORT l ALPHA", text)
	check("SORT l ALPHA DESC", func(a, b int) int { return text(b, a) })
	check("SORT l BY w_*", func(a, b int) int { return cmp.Or(cmp.Compare(a%10, b%10), text(a, b)) })
	check("SORT l BY w_* DESC", func(a, b int) int { return cmp.Or(cmp.Compare(b%10, a%10), text(b, a)) })
	check("SORT l BY w_* ALPHA", func(a, b int) int { return cmp.Compare(a%10, b%10) })
	check("SORT l BY w_* ALPHA DESC", func(a, b int) int { return cmp.Compare(b%10, a%10) })
	check("SORT l BY none_* ALPHA", func(a, b int) int { return 0 })
}

func BenchmarkSort(b *testing.B) {
	f := newFixture(b)
	for i := range 100_000 {
		f.do(fmt.Sprintf("RPUSH l %d", i*7919%1_000_003))
		f.do(fmt.Sprintf("SET w_%d %d", i*7919%1_000_003, i*104729%1_000_033))
	}
	for _, line := range []string{"SORT l", "SORT l ALPHA", "SORT l DESC LIMIT 0 10", "SORT l BY w_*", "SORT l BY nosort GET w_*", "SORT l STORE d"} {
		b.Run(line, func(b *testing.B) {
			args, err := resp.SplitArgs([]byte(line))
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				f.run(args)
			}
		})
	}
}
