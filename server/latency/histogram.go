package latency

import (
	"math/bits"
	"strconv"
)

// Bounds of recorded run times, in nanoseconds.
const (
	minNanos = 1
	maxNanos = 1_000_000_000
)

const (
	chunkLen = 128 // buckets per power of two
	chunks   = 24  // two of width 1 for 0..255, then one each for 2⁸..2³⁰-1
)

// Histogram counts run times. The zero value is empty and ready.
type Histogram struct {
	total  uint64
	counts [chunks]*[chunkLen]uint32
	spill  map[uint16]uint64 // multiples of 2³² that counters have overflowed by, by chunk·chunkLen+slot
}

// place returns the bucket of a run time within the bounds.
func place(nanos int64) (chunk, slot int) {
	v := uint64(nanos)
	if v < 2*chunkLen {
		return int(v / chunkLen), int(v % chunkLen)
	}
	shift := bits.Len64(v) - 8
	return shift + 1, int(v>>shift) - chunkLen
}

// span returns the lowest and highest run time of a bucket.
func span(chunk, slot int) (low, high int64) {
	if chunk == 0 {
		return int64(slot), int64(slot)
	}
	shift := chunk - 1
	low = int64(chunkLen+slot) << shift
	return low, low + 1<<shift - 1
}

// Record counts one run time in nanoseconds. Values out of bounds count as 1 ns or 1 s.
func (h *Histogram) Record(nanos int64) {
	chunk, slot := place(min(max(nanos, minNanos), maxNanos))
	h.total++
	c := h.counts[chunk]
	if c == nil {
		c = new([chunkLen]uint32)
		h.counts[chunk] = c
	}
	c[slot]++
	if c[slot] == 0 {
		h.carry(chunk, slot, 1)
	}
}

func (h *Histogram) carry(chunk, slot int, times uint64) {
	if h.spill == nil {
		h.spill = map[uint16]uint64{}
	}
	h.spill[uint16(chunk*chunkLen+slot)] += times
}

// at returns the count of a bucket of an allocated chunk.
func (h *Histogram) at(chunk, slot int) uint64 {
	n := uint64(h.counts[chunk][slot])
	if h.spill != nil {
		n += h.spill[uint16(chunk*chunkLen+slot)] << 32
	}
	return n
}

// Merge adds the counts of o, which stays as it is.
func (h *Histogram) Merge(o *Histogram) {
	h.total += o.total
	for chunk, from := range o.counts {
		if from == nil {
			continue
		}
		to := h.counts[chunk]
		if to == nil {
			to = new([chunkLen]uint32)
			h.counts[chunk] = to
		}
		for slot, n := range from {
			to[slot] += n
			if to[slot] < n {
				h.carry(chunk, slot, 1)
			}
		}
	}
	for key, times := range o.spill {
		h.carry(int(key)/chunkLen, int(key)%chunkLen, times)
	}
}

// Reset forgets everything and releases the memory.
func (h *Histogram) Reset() { *h = Histogram{} }

// Count returns how many run times were recorded.
func (h *Histogram) Count() uint64 { return h.total }

// Percentile returns the run time in nanoseconds that p percent (0 to 100) of those recorded do not exceed, as the
// highest value of its bucket; for p = 0, the lowest value of the first bucket in use. It is 0 for an empty histogram.
func (h *Histogram) Percentile(p float64) int64 {
	target := max(uint64(min(p, 100)/100*float64(h.total)+0.5), 1)
	var seen uint64
	for chunk, c := range h.counts {
		if c == nil {
			continue
		}
		for slot := range c {
			seen += h.at(chunk, slot)
			if seen < target {
				continue
			}
			low, high := span(chunk, slot)
			if p == 0 {
				return low
			}
			return high
		}
	}
	return 0
}

// Bucket is one line of LATENCY HISTOGRAM: Calls run times did not exceed Micros microseconds.
type Bucket struct {
	Micros int64
	Calls  uint64
}

// Buckets returns the cumulative distribution in ranges of which each is twice as long as the one before, starting at
// 1.024 µs. A range that adds nothing to the one before is left out.
func (h *Histogram) Buckets() []Bucket {
	var out []Bucket
	var seen, reported uint64
	report := func(high int64) {
		if seen > reported {
			out = append(out, Bucket{Micros: high / 1000, Calls: seen})
			reported = seen
		}
	}
	const first = 4 // the chunk that begins with 1024 ns
	for chunk, c := range h.counts {
		for slot := range chunkLen {
			if c != nil {
				seen += h.at(chunk, slot)
			}
			if slot == 0 && chunk >= first {
				// A range ends with the whole bucket its limit lies in, the first one of the chunk.
				_, high := span(chunk, slot)
				report(high)
			}
			if c == nil {
				break
			}
		}
	}
	_, high := span(chunks-1, chunkLen-1)
	report(high)
	return out
}

// AppendPercentiles appends the value of a latencystats line of INFO: "p50=1.003,p99=2.007", in microseconds.
func (h *Histogram) AppendPercentiles(dst []byte, percentiles []float64) []byte {
	for i, p := range percentiles {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendTrimmed(append(dst, 'p'), p)
		dst = strconv.AppendFloat(append(dst, '='), float64(h.Percentile(p))/1000, 'f', 3, 64)
	}
	return dst
}

// appendTrimmed appends v with up to six decimals.
func appendTrimmed(dst []byte, v float64) []byte {
	dst = strconv.AppendFloat(dst, v, 'f', 6, 64)
	for dst[len(dst)-1] == '0' {
		dst = dst[:len(dst)-1]
	}
	if dst[len(dst)-1] == '.' {
		dst = dst[:len(dst)-1]
	}
	return dst
}
