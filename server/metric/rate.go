package metric

import "sync/atomic"

// rateSamples is the number of readings a Rate averages.
const rateSamples = 16

// Rate is the recent increase of a counter per step of some base, usually time. The zero value is ready.
type Rate struct {
	samples [rateSamples]int64
	next    int
	started bool
	value   int64
	base    int64
}

// Sample takes a reading: the counter stands at value while the base stands at base. Increases are per factor steps of
// the base: with the time in microseconds as base, 1e6 makes them per second. A reading without progress of the base
// counts as no increase.
func (r *Rate) Sample(value, base, factor int64) {
	if r.started {
		increase := int64(0)
		if steps := base - r.base; steps > 0 {
			// In floating point, because bytes times microseconds leave 64 bits.
			increase = int64(float64(value-r.value) * float64(factor) / float64(steps))
		}
		r.samples[r.next] = increase
		r.next = (r.next + 1) % rateSamples
	}
	r.started, r.value, r.base = true, value, base
}

// PerFactor returns the mean of the latest 16 increases; those not yet taken count as 0.
func (r *Rate) PerFactor() int64 {
	var sum int64
	for _, s := range r.samples {
		sum += s
	}
	return sum / rateSamples
}

// Reset forgets all readings.
func (r *Rate) Reset() { *r = Rate{} }

// Peak is the highest value observed. The zero value is ready; it is safe for concurrent use.
type Peak struct{ v atomic.Int64 }

// Observe raises the peak to v if that is higher, and returns the peak.
func (p *Peak) Observe(v int64) int64 {
	for {
		old := p.v.Load()
		if v <= old {
			return old
		}
		if p.v.CompareAndSwap(old, v) {
			return v
		}
	}
}

// Value returns the peak.
func (p *Peak) Value() int64 { return p.v.Load() }

// Reset makes v the peak, whatever it was.
func (p *Peak) Reset(v int64) { p.v.Store(v) }
