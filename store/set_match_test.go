package store

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// TestSmallSetOperations: sets without a table, of sizes on both sides of every batch, are operated on as maps would be.
func TestSmallSetOperations(t *testing.T) {
	kinds := []struct {
		name   string
		member func(i int) string
	}{
		{"ints", func(i int) string { return strconv.Itoa(i*i*i - 1000) }},
		{"texts", func(i int) string { return "m:" + strconv.Itoa(i) }},
		{"mixed", func(i int) string {
			return []string{"m:" + strconv.Itoa(i), strconv.Itoa(i), strings.Repeat("x", i%90) + strconv.Itoa(i), "0" + strconv.Itoa(i)}[i%4]
		}},
	}
	sizes := []int{1, 2, matchWorth - 1, matchWorth, 60, matchBatch, matchBatch + 1, 300}
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(3, uint64(len(kind.name))))
			for round := range 60 {
				m := newSetModel(t)
				m.s.SetTuning(Tuning{SetMaxIntsetEntries: 512, SetMaxListpackEntries: 512, SetMaxListpackValue: 128})
				var sources []string
				for i := range 2 + rng.IntN(3) {
					key := fmt.Sprintf("source:%d", i)
					sources = append(sources, key)
					n := sizes[rng.IntN(len(sizes))]
					from := rng.IntN(2) * rng.IntN(200)
					for j := range n {
						m.add(key, []string{kind.member(from + j)})
					}
					if rng.IntN(4) == 0 { // of integers, laid out as a packed block
						m.add(key, []string{"not a number"})
					}
				}
				m.operate(sources, "target")
				m.read("target")
				if round%8 == 0 {
					m.audit()
				}
			}
		})
	}
}
