package latency

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestBucketsTileTheRange(t *testing.T) {
	next := int64(0)
	for chunk := range chunks {
		for slot := range chunkLen {
			low, high := span(chunk, slot)
			if low != next || high < low {
				t.Fatalf("bucket %d/%d is %d..%d, want it to begin at %d", chunk, slot, low, high, next)
			}
			if low >= 100 && float64(high-low) > float64(low)/100 {
				t.Fatalf("bucket %d..%d is wider than two digits", low, high)
			}
			for _, v := range []int64{low, high} {
				if c, s := place(v); c != chunk || s != slot {
					t.Fatalf("place(%d) = %d/%d, want %d/%d", v, c, s, chunk, slot)
				}
			}
			next = high + 1
		}
	}
	if next <= maxNanos {
		t.Errorf("buckets end at %d", next)
	}
}

func TestPercentile(t *testing.T) {
	var h Histogram
	if got := h.Percentile(50); got != 0 {
		t.Errorf("empty: %d", got)
	}
	for v := int64(1); v <= 100; v++ {
		h.Record(v * 1000)
	}
	tests := []struct {
		p    float64
		want int64
	}{
		// The highest values of the buckets that hold the exact ones.
		{0, 1000}, {1, 1003}, {50, 50175}, {99, 99327}, {99.9, 100351}, {100, 100351}, {200, 100351},
	}
	for _, tt := range tests {
		if got := h.Percentile(tt.p); got != tt.want {
			t.Errorf("Percentile(%v) = %d, want %d", tt.p, got, tt.want)
		}
	}
	got := string(h.AppendPercentiles(nil, []float64{50, 99, 99.9, 99.99999}))
	if want := "p50=50.175,p99=99.327,p99.9=100.351,p99.99999=100.351"; got != want {
		t.Errorf("AppendPercentiles = %s, want %s", got, want)
	}
	if got := string(h.AppendPercentiles(nil, nil)); got != "" {
		t.Errorf("no percentiles: %q", got)
	}
}

func TestRecordClamps(t *testing.T) {
	var h Histogram
	h.Record(-5)
	h.Record(0)
	if got := h.Percentile(100); got != 1 {
		t.Errorf("too small: %d", got)
	}
	h.Record(math.MaxInt64)
	if got := h.Percentile(100); got != 1002438655 {
		t.Errorf("too large: %d", got)
	}
	if h.Count() != 3 {
		t.Errorf("Count = %d", h.Count())
	}
	h.Reset()
	if h.Count() != 0 || h.Percentile(50) != 0 || h.Buckets() != nil {
		t.Error("Reset left something")
	}
}

func TestBuckets(t *testing.T) {
	var h Histogram
	for _, v := range []int64{5, 1023, 1024, 1031, 1032, 2100, 40_000, 40_001, 536_870_912, 600_000_000, 999_999_999} {
		h.Record(v)
	}
	want := []Bucket{
		{1, 4},        // up to 1031 ns
		{2, 5},        // up to 2063
		{4, 6},        // up to 4127
		{66, 8},       // up to 66047
		{541065, 9},   // up to 541065215
		{1073741, 11}, // the rest
	}
	if got := h.Buckets(); !slices.Equal(got, want) {
		t.Errorf("= %v, want %v", got, want)
	}
}

// TestBucketsMatchDefinition compares with counting the values themselves.
func TestBucketsMatchDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var h Histogram
	var values []int64
	for range 3000 {
		v := 1 + r.Int64N(1<<(1+r.IntN(29)))
		values = append(values, v)
		h.Record(v)
	}
	var want []Bucket
	for limit := int64(1024); limit <= 1<<30; limit *= 2 {
		high := int64(1<<30 - 1)
		if limit < 1<<30 {
			_, high = span(place(limit))
		}
		n := uint64(0)
		for _, v := range values {
			if v <= high {
				n++
			}
		}
		if n > 0 && (len(want) == 0 || n > want[len(want)-1].Calls) {
			want = append(want, Bucket{high / 1000, n})
		}
	}
	if got := h.Buckets(); !slices.Equal(got, want) {
		t.Errorf("= %v, want %v", got, want)
	}
}

func TestMerge(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	var a, b, both Histogram
	for i := range 5000 {
		v := r.Int64N(1 << (1 + r.IntN(30)))
		both.Record(v)
		if i%3 == 0 {
			a.Record(v)
		} else {
			b.Record(v)
		}
	}
	var sum Histogram
	sum.Merge(&a)
	sum.Merge(&b)
	sum.Merge(&Histogram{})
	if sum.Count() != both.Count() || !slices.Equal(sum.Buckets(), both.Buckets()) {
		t.Error("the merged histogram differs from the one that saw everything")
	}
	for p := 0.0; p <= 100; p += 0.5 {
		if sum.Percentile(p) != both.Percentile(p) {
			t.Errorf("percentile %v: %d, want %d", p, sum.Percentile(p), both.Percentile(p))
		}
	}
	if a.Count()+b.Count() != both.Count() {
		t.Error("merging changed its source")
	}
}

func TestCountersOverflowIntoSpill(t *testing.T) {
	var h, o Histogram
	h.Record(10)
	o.Record(10)
	chunk, slot := place(10)
	h.counts[chunk][slot] = math.MaxUint32
	h.total = math.MaxUint32
	h.Record(10)
	if got := h.at(chunk, slot); got != 1<<32 {
		t.Fatalf("after an overflow: %d", got)
	}
	o.counts[chunk][slot], o.total = math.MaxUint32, math.MaxUint32
	h.Record(10)
	h.Merge(&o)
	var sum Histogram
	sum.Merge(&h)
	if want := uint64(1<<33 - 1 + 1); sum.at(chunk, slot) != want || sum.Count() != want {
		t.Fatalf("after merging: %d of %d, want %d", sum.at(chunk, slot), sum.Count(), want)
	}
	if got := sum.Buckets(); len(got) != 1 || got[0].Calls != sum.Count() {
		t.Errorf("Buckets = %v", got)
	}
}

func BenchmarkRecord(b *testing.B) {
	var h Histogram
	v := int64(0)
	for b.Loop() {
		h.Record(500 + v&8191)
		v += 37
	}
}
