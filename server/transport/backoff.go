package transport

import "time"

// Bounds of the pause after an accept failed for want of descriptors or memory.
const (
	backoffMin = 5 * time.Millisecond
	backoffMax = time.Second
)

// Backoff is the growing pause of a listener that cannot accept. The zero value is ready.
type Backoff struct{ next time.Duration }

// Pause returns how long to wait after one more failure.
func (b *Backoff) Pause() time.Duration {
	d := max(b.next, backoffMin)
	b.next = min(2*d, backoffMax)
	return d
}

// First reports that no failure was seen since the last success; it keeps the log short.
func (b *Backoff) First() bool { return b.next == 0 }

// Reset is called when an accept succeeded.
func (b *Backoff) Reset() { b.next = 0 }
