package server

import (
	"runtime/debug"
	"time"

	"synap/server/config"
)

// samplePeriod is the time from one sample of the statistics to the next.
const samplePeriod = 100 * time.Millisecond

// cron is the server's background work. It holds no lock for longer than a slice of it.
func (s *Server) cron(stop <-chan struct{}) {
	samples := time.NewTicker(samplePeriod)
	expiry, upkeep := time.NewTimer(expiryPeriod), time.NewTimer(upkeepPeriod(int(s.hz.Load())))
	defer samples.Stop()
	defer expiry.Stop()
	defer upkeep.Stop()
	for {
		select {
		case <-stop:
			return
		case <-expiry.C:
			s.timed(func() { expiry.Reset(s.expire()) })
		case <-samples.C:
			s.timed(s.sample)
		case <-upkeep.C:
			upkeep.Reset(upkeepPeriod(int(s.hz.Load())))
			s.timed(s.upkeep)
		}
	}
}

// timed adds the time f takes to that of all background work.
func (s *Server) timed(f func()) {
	start := s.clock()
	f()
	s.broadcast(nil)
	s.ring(-1)
	s.counters.cronTime.Add(int64(s.since(start)))
}

// upkeepPeriod is the time from one upkeep to the next.
func upkeepPeriod(hz int) time.Duration { return time.Second / time.Duration(hz) }

// upkeep does, hz times a second, what is not done command by command: it enforces limits and moves entries together. It
// stops the world only for maxmemory-clients, which has to see all clients at once.
func (s *Server) upkeep() {
	if s.cronOff.Load() {
		return
	}
	s.world.RLock()
	defrag, limited, hard := s.cfg.ActiveDefrag, s.clientLimit > 0, s.cfg.MaxMemory > 0
	s.world.RUnlock()
	if limited {
		s.world.Lock()
		s.evictClients()
		s.world.Unlock()
	}
	if hard {
		s.world.RLock()
		s.relieve(s.clock().UnixMilli())
		s.world.RUnlock()
	}
	if s.tracking.count.Load() > 0 {
		s.world.RLock()
		s.limitTracked()
		s.world.RUnlock()
	}
	if s.heapDropped.Swap(false) {
		debug.FreeOSMemory()
	}
	switch {
	case s.purge.Swap(false):
		if !s.purgeStep() {
			s.purge.Store(true)
		}
	case defrag:
		s.defragment(false)
	default:
		s.defragPass = defragPass{}
	}
}

// defragSlice is how many buckets are looked at under one hold of a shard's lock.
const defragSlice = 64

// purgeShare is the percentage of one core for what MEMORY PURGE asked for.
const purgeShare = 50

// purgeStep goes on with what MEMORY PURGE asked for and reports whether all is done: what was removed and waits to be freed,
// then a pass of defragmentation over what that has left.
func (s *Server) purgeStep() (done bool) {
	start := s.clock()
	for budget := upkeepPeriod(int(s.hz.Load())) * purgeShare / 100; s.store.Reclaim(); {
		if s.since(start) >= budget {
			return false
		}
	}
	return s.defragment(true)
}

// defragPass judges what passes of defragmentation over the keyspace are good for. Some waste cannot be moved together, such
// as the last page of every size; looking at all entries for it again and again would take time and gain nothing.
type defragPass struct {
	begun        bool
	waste, moved int64 // when the pass began
	futile       int64 // waste that a pass has left as it was, 0: none
}

// worthwhile reports whether there is waste that the last pass did not leave behind, or noticeably more.
func (p *defragPass) worthwhile(waste int64) bool {
	p.futile = min(p.futile, waste)
	return p.begun || waste > p.futile+p.futile/8
}

func (p *defragPass) begin(waste, moved int64) {
	if !p.begun {
		p.begun, p.waste, p.moved, p.futile = true, waste, moved, 0
	}
}

// end is told what is left. A pass was futile if it has freed and moved next to nothing.
func (p *defragPass) end(waste, moved int64) {
	const wastePerEntry = 4 << 10
	if waste > p.waste-p.waste/16 && moved-p.moved <= waste/wastePerEntry {
		p.futile = waste
	}
	p.begun = false
}

// defragment moves entries off sparse pages until a pass over the keyspace ends or its share of the period is used up.
// It reports the former. Unless forced it moves only when the waste is worth it (active-defrag-*).
func (s *Server) defragment(force bool) (done bool) {
	s.world.RLock()
	v := s.cfg.Values
	s.world.RUnlock()
	used, held := s.store.Used(), s.store.Resident()
	waste := held - used
	share := defragShare(waste, used, &v)
	if force {
		share = purgeShare
	} else if share == 0 || !s.defragPass.worthwhile(waste) {
		s.defragRunning.Store(false)
		return true
	}
	s.defragRunning.Store(true)
	s.defragPass.begin(waste, s.store.Moved())
	start := s.clock()
	for budget := upkeepPeriod(v.HZ) * time.Duration(share) / 100; ; {
		if done = s.store.Defragment(defragSlice); done || s.since(start) >= budget {
			break
		}
	}
	s.store.Trim()
	if done {
		s.defragPass.end(s.store.Resident()-s.store.Used(), s.store.Moved())
	}
	spent := s.since(start)
	s.counters.defragTime.Add(int64(spent))
	s.recordLatency("active-defrag-cycle", spent, start)
	if force && done {
		s.defragRunning.Store(false)
	}
	return done
}

// defragShare is the percentage of one core that defragmentation may use: between active-defrag-cycle-min and -max as the
// waste goes from active-defrag-threshold-lower to -upper percent, and nothing below or while the waste is small.
func defragShare(waste, used int64, v *config.Values) int {
	if used == 0 || waste < v.DefragIgnoreBytes {
		return 0
	}
	percent := int(waste * 100 / used)
	if percent < v.DefragThresholdLower {
		return 0
	}
	span := max(v.DefragThresholdUpper-v.DefragThresholdLower, 1)
	share := v.DefragCycleMin + (v.DefragCycleMax-v.DefragCycleMin)*(percent-v.DefragThresholdLower)/span
	return min(max(share, v.DefragCycleMin), v.DefragCycleMax)
}
