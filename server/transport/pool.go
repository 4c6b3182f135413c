package transport

// Sizes of the output buffers a Pool keeps. Sessions grow tails with append, so capacities vary.
const (
	poolMinCap  = 16 << 10
	poolMaxCap  = 2 * FreezeSize
	poolMaxKept = 4 << 20 // bytes
)

// Pool is a loop's stock of output buffers. It is not safe for concurrent use. The zero value is ready. Last in, first
// out, so that a turn's replies are built in memory that is still in the processor's cache.
type Pool struct {
	free [][]byte
	kept int // Σ cap(free)
}

// Get returns an empty buffer of at least 16 KiB.
func (p *Pool) Get() []byte {
	n := len(p.free)
	if n == 0 {
		return make([]byte, 0, poolMinCap)
	}
	b := p.free[n-1]
	p.free[n-1] = nil
	p.free = p.free[:n-1]
	p.kept -= cap(b)
	return b
}

// Put takes a buffer nobody uses any more. Odd sizes and what exceeds the stock's bound go to the garbage collector.
func (p *Pool) Put(b []byte) {
	c := cap(b)
	if c < poolMinCap || c > poolMaxCap || p.kept+c > poolMaxKept {
		return
	}
	p.free = append(p.free, b[:0])
	p.kept += c
}

// Shrink drops half of the stock; loops call it when they are idle.
func (p *Pool) Shrink() {
	n := len(p.free) / 2
	for i := n; i < len(p.free); i++ {
		p.kept -= cap(p.free[i])
		p.free[i] = nil
	}
	p.free = p.free[:n]
}
