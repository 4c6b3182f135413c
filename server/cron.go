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
	case s.purge.Load():
		s.purge.Store(!s.defragment(true))
	case defrag:
		s.defragment(false)
	}
}

// defragSlice is how many buckets are looked at under one hold of a shard's lock.
const defragSlice = 64

// forcedDefragShare is the percentage of one core for a pass that MEMORY PURGE asked for.
const forcedDefragShare = 50

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
		share = forcedDefragShare
	} else if share == 0 {
		s.defragRunning.Store(false)
		return true
	}
	s.defragRunning.Store(true)
	start := s.clock()
	for budget := upkeepPeriod(v.HZ) * time.Duration(share) / 100; ; {
		if done = s.store.Defragment(defragSlice); done || s.since(start) >= budget {
			break
		}
	}
	s.store.Trim()
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
