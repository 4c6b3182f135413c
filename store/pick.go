package store

import (
	"math/bits"
	"math/rand/v2"
	"slices"
)

// fewPicks is the largest sample that is picked by position in a small value, rather than by walking through all of it.
const fewPicks = 16

// picks is a sample of positions.
type picks [fewPicks]int

// pick returns n different positions below size, ascending, each choice of n equally likely. ok is false if they are not
// few, or not few of many: then whoever walks decides at each.
func (p *picks) pick(src rand.Source, n, size int) (ranks []int, ok bool) {
	if n < 1 || n > fewPicks || n > size/sparseSample {
		return nil, false
	}
	for ranks = p[:0]; len(ranks) < n; {
		hi, _ := bits.Mul64(src.Uint64(), uint64(size))
		if i, again := slices.BinarySearch(ranks, int(hi)); !again {
			ranks = slices.Insert(ranks, i, int(hi))
		}
	}
	return ranks, true
}
