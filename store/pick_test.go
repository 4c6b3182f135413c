package store

import (
	"fmt"
	"strconv"
	"testing"
)

// TestPickIsFair: every choice of two positions of six is as likely as every other.
func TestPickIsFair(t *testing.T) {
	const each = 1000
	counts := map[string]int{}
	for range 15 * each {
		var p picks
		ranks, ok := p.pick(globalRand{}, 2, 6)
		if !ok {
			t.Fatal("not picked")
		}
		counts[fmt.Sprint(ranks)]++
	}
	for i := range 6 {
		for j := range i {
			if n := counts[fmt.Sprint([]int{j, i})]; n < each*8/10 || n > each*12/10 {
				t.Errorf("%d and %d came %d times, want about %d", j, i, n, each)
			}
		}
	}
	for _, tt := range []struct{ n, size int }{{0, 10}, {fewPicks + 1, 1000}, {4, 11}} {
		var p picks
		if _, ok := p.pick(globalRand{}, tt.n, tt.size); ok {
			t.Errorf("%d of %d are picked", tt.n, tt.size)
		}
	}
}

// TestSortedSampleIsFair: every member of a small sorted set is as likely in a sample as every other, with its own score.
func TestSortedSampleIsFair(t *testing.T) {
	const size, each = 12, 1000
	f := newFixture(t, Tuning{ZSetMaxListpackEntries: 128, ZSetMaxListpackValue: 64})
	var members []Scored
	for i := range size {
		members = append(members, Scored{[]byte(strconv.Itoa(i)), float64(i)})
	}
	counts := map[string]int{}
	f.on(0, "z", func(tx *Txn, k []byte) {
		tx.StoreSortedSet(k, members)
		for range each * size / 3 {
			tx.SampleScored(tx.Read(k).SortedSet(), 3, func(member []byte, score float64) {
				if string(member) != strconv.Itoa(int(score)) {
					t.Fatalf("%s has the score %v", member, score)
				}
				counts[string(member)]++
			})
		}
	})
	for x, n := range counts {
		if n < each*8/10 || n > each*12/10 {
			t.Errorf("%s came %d times, want about %d", x, n, each)
		}
	}
	if len(counts) != size {
		t.Errorf("%d members came", len(counts))
	}
}
