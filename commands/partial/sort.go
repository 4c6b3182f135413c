// Package partial sorts the part of a slice that is asked for: SORT ... BY ... LIMIT and geo searches with COUNT want the first few
// of many, in time proportional to the many plus what sorting the few takes.
//
// Elements that compare equal have an order nobody asked for, and yet clients see it. It is the one that Redis gives: that
// of the quicksort in Jon L. Bentley and M. Douglas McIlroy, "Engineering a Sort Function" (Software: Practice and
// Experience 23(11), 1993), which leaves out the parts of the slice that are not wanted. Package slices has nothing of the
// kind, and a heap of the first few would order equal elements in yet another way.
package partial

const (
	insertionBelow = 7  // shorter slices are sorted by insertion
	ninthersAbove  = 40 // the pivot of longer slices is the median of three medians
)

// Sort reorders s so that s[first:last+1] holds what a full sort by cmp would put there, in order. cmp returns a negative
// number, 0 or a positive one. It is quadratic at worst.
func Sort[T any](s []T, first, last int, cmp func(a, b *T) int) {
	for len(s) >= insertionBelow {
		less, more := partition(s, cmp)
		if less > 1 && first < less && last >= 0 {
			Sort(s[:less], first, last, cmp)
		}
		start := len(s) - more
		if first, last = first-start, last-start; more < 2 || first >= more || last < 0 {
			return
		}
		s = s[start:]
	}
	for i := 1; i < len(s); i++ {
		for j := i; j > 0 && cmp(&s[j-1], &s[j]) > 0; j-- {
			s[j-1], s[j] = s[j], s[j-1]
		}
	}
}

// partition reorders s into what is less than a pivot, what equals it and what is more, and returns the lengths of the outer parts.
// Equal elements gather at both ends before they are moved to the middle.
func partition[T any](s []T, cmp func(a, b *T) int) (less, more int) {
	p := pivot(s, cmp)
	s[0], s[p] = s[p], s[0]
	equalLow, low := 1, 1
	high, equalHigh := len(s)-1, len(s)-1
	for {
		for ; low <= high; low++ {
			c := cmp(&s[low], &s[0])
			if c > 0 {
				break
			}
			if c == 0 {
				s[equalLow], s[low] = s[low], s[equalLow]
				equalLow++
			}
		}
		for ; low <= high; high-- {
			c := cmp(&s[high], &s[0])
			if c < 0 {
				break
			}
			if c == 0 {
				s[high], s[equalHigh] = s[equalHigh], s[high]
				equalHigh--
			}
		}
		if low > high {
			break
		}
		s[low], s[high] = s[high], s[low]
		low++
		high--
	}
	less, more = low-equalLow, equalHigh-high
	swapRanges(s, 0, low, min(equalLow, less))
	swapRanges(s, low, len(s), min(more, len(s)-1-equalHigh))
	return less, more
}

// swapRanges swaps the n elements from start on with those before end.
func swapRanges[T any](s []T, start, end, n int) {
	for i := range n {
		s[start+i], s[end-n+i] = s[end-n+i], s[start+i]
	}
}

// pivot picks the element to divide by: the middle one, or the median of several.
func pivot[T any](s []T, cmp func(a, b *T) int) int {
	low, middle, high := 0, len(s)/2, len(s)-1
	if len(s) == insertionBelow {
		return middle
	}
	if len(s) > ninthersAbove {
		d := len(s) / 8
		low = median(s, low, low+d, low+2*d, cmp)
		middle = median(s, middle-d, middle, middle+d, cmp)
		high = median(s, high-2*d, high-d, high, cmp)
	}
	return median(s, low, middle, high, cmp)
}

func median[T any](s []T, a, b, c int, cmp func(a, b *T) int) int {
	if cmp(&s[a], &s[b]) < 0 {
		switch {
		case cmp(&s[b], &s[c]) < 0:
			return b
		case cmp(&s[a], &s[c]) < 0:
			return c
		}
		return a
	}
	switch {
	case cmp(&s[b], &s[c]) > 0:
		return b
	case cmp(&s[a], &s[c]) < 0:
		return a
	}
	return c
}
