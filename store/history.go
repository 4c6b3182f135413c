package store

import "math"

// The access history of an entry is 24 bits. Under an LFU policy the high 16 are the minute of the last decrement and
// the low 8 a logarithmic counter; otherwise all 24 are the second of the last access. Both clocks wrap around
// (https://redis.io/docs/latest/develop/reference/eviction/).
const (
	historyMask = 1<<24 - 1
	lfuInitial  = 5 // counter of a new key: not the first to go
)

func (t *Txn) freshHistory() uint32 {
	if t.s.Policy().lfu() {
		return lfuMinute(t.now)<<8 | lfuInitial
	}
	return lruSecond(t.now)
}

func lruSecond(now int64) uint32 { return uint32(now/1000) & historyMask }
func lfuMinute(now int64) uint32 { return uint32(now/60000) & 0xffff }

// touch renews the access history.
func (t *Txn) touch(e Entry) {
	if !t.s.Policy().lfu() {
		if h := lruSecond(t.now); e.history() != h {
			e.setHistory(h)
		}
		return
	}
	counter := t.s.tuning.Load().decayed(e.history(), t.now)
	e.setHistory(lfuMinute(t.now)<<8 | uint32(t.s.tuning.Load().bump(counter, t.s.rand.Uint64())))
}

// decayed is the LFU counter after the time without access.
func (tn *Tuning) decayed(history uint32, now int64) uint8 {
	counter := uint8(history)
	if tn.LFUDecayTime == 0 {
		return counter
	}
	elapsed := (lfuMinute(now) - history>>8) & 0xffff
	periods := elapsed / uint32(tn.LFUDecayTime)
	if periods >= uint32(counter) {
		return 0
	}
	return counter - uint8(periods)
}

// bump increments a counter with a probability that falls as it grows. random is uniform in [0, 2^64).
func (tn *Tuning) bump(counter uint8, random uint64) uint8 {
	if counter == math.MaxUint8 {
		return counter
	}
	base := float64(max(int(counter)-lfuInitial, 0))
	if float64(random>>11)/(1<<53) < 1/(base*float64(tn.LFULogFactor)+1) {
		counter++
	}
	return counter
}

// IdleSeconds is the time since the last access. Under an LFU policy it means nothing.
func (t *Txn) IdleSeconds(e Entry) int64 { return idleSeconds(e.history(), t.now) }

func idleSeconds(history uint32, now int64) int64 {
	return int64((lruSecond(now) - history) & historyMask)
}

// Frequency is the logarithmic access counter. It means something only under an LFU policy.
func (t *Txn) Frequency(e Entry) int64 { return int64(t.s.tuning.Load().decayed(e.history(), t.now)) }

// Policy is the eviction policy in force.
func (t *Txn) Policy() Policy { return t.s.Policy() }

// LFU reports whether the policy counts accesses instead of timing them.
func (p Policy) LFU() bool { return p.lfu() }
