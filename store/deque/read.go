package deque

import "synap/store/packed"

// Read reads elements into dst, from the one at the cursor on, and moves behind them. It returns how many they are: fewer than
// there is room for if there are no more. After it the cursor is good for nothing but another Read.
func (c *Cursor) Read(dst []packed.Elem) (n int) {
	for {
		k, next := packed.Read(dst[n:], c.data, c.at)
		c.at = next
		if n += k; n == len(dst) || !c.nextBlock() {
			return n
		}
	}
}
