package metric

import (
	"math"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

func TestRate(t *testing.T) {
	var r Rate
	if r.PerFactor() != 0 {
		t.Error("not zero at first")
	}
	const perSecond = 1e6
	now, total := int64(1e15), int64(5000)
	r.Sample(total, now, perSecond)
	if r.PerFactor() != 0 {
		t.Error("the first reading has nothing to compare with")
	}
	for i := int64(1); i <= rateSamples; i++ {
		now, total = now+100_000, total+200
		r.Sample(total, now, perSecond)
		if got, want := r.PerFactor(), 2000*i/rateSamples; got != want {
			t.Errorf("after %d readings: %d, want %d", i, got, want)
		}
	}
	for range rateSamples {
		now += 100_000
		r.Sample(total, now, perSecond)
	}
	if got := r.PerFactor(); got != 0 {
		t.Errorf("after a pause: %d", got)
	}
	r.Sample(total+1, now, perSecond)
	if got := r.PerFactor(); got != 0 {
		t.Errorf("without progress of the base: %d", got)
	}
	r.Reset()
	r.Sample(0, 0, perSecond)
	r.Sample(1<<50, 1e6, perSecond)
	if got, want := r.PerFactor(), int64(1<<50/rateSamples); got != want {
		t.Errorf("large numbers: %d, want %d", got, want)
	}
}

func TestPeak(t *testing.T) {
	var p Peak
	if p.Observe(5) != 5 || p.Observe(3) != 5 || p.Value() != 5 {
		t.Error("the peak is the highest value")
	}
	p.Reset(2)
	if p.Value() != 2 {
		t.Error("Reset")
	}
	var wg sync.WaitGroup
	for i := range int64(8) {
		wg.Go(func() {
			for v := range int64(1000) {
				p.Observe(v*8 + i)
			}
		})
	}
	wg.Wait()
	if p.Value() != 7999 {
		t.Errorf("concurrent: %d", p.Value())
	}
}

func TestHuman(t *testing.T) {
	for n, want := range map[uint64]string{
		0: "0B", 1023: "1023B", 1024: "1.00K", 1536: "1.50K", 1<<20 - 1: "1024.00K", 1 << 20: "1.00M", 1101004: "1.05M",
		5 << 30: "5.00G", 1 << 40: "1.00T", 1 << 50: "1.00P", 1<<60 - 1: "1024.00P", 1 << 60: "1152921504606846976B",
		math.MaxUint64: "18446744073709551615B",
	} {
		if got := Human(n); got != want {
			t.Errorf("Human(%d) = %s, want %s", n, got, want)
		}
	}
}

// TestProcess checks that the facts about this very process are plausible.
func TestReadHeap(t *testing.T) {
	keep := make([]byte, 8<<20)
	runtime.GC()
	h := ReadHeap()
	if h.Live < int64(len(keep)) || h.Objects < int64(len(keep)) || h.Free < 0 {
		t.Errorf("%d bytes in use: %+v", len(keep), h)
	}
	runtime.KeepAlive(keep)
}

func TestProcess(t *testing.T) {
	if rss := RSS(); rss < 1<<18 || rss > 1<<40 {
		t.Errorf("RSS = %d", rss)
	}
	if path := Executable(); !filepath.IsAbs(path) {
		t.Errorf("Executable = %q", path)
	}
	if os := OS(); len(strings.Fields(os)) < 2 {
		t.Errorf("OS = %q", os)
	}
	before := ReadCPU()
	after := ReadCPU()
	if after.Self.User < before.Self.User || after.Self.System < before.Self.System || before.Self.User < 0 {
		t.Errorf("processor time went back from %+v to %+v", before, after)
	}
}
