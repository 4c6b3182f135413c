package server

import (
	"io/fs"
	"math"
	"time"

	"synap/server/config"
	"synap/server/logging"
	"synap/server/resp"
	"synap/store"
)

// policies translates the configuration's policies into the store's.
var policies = map[config.MaxMemoryPolicy]store.Policy{
	config.NoEviction: store.NoEviction, config.AllKeysLRU: store.AllKeysLRU, config.AllKeysLFU: store.AllKeysLFU,
	config.AllKeysRandom: store.AllKeysRandom, config.VolatileLRU: store.VolatileLRU,
	config.VolatileLFU: store.VolatileLFU, config.VolatileRandom: store.VolatileRandom, config.VolatileTTL: store.VolatileTTL,
}

func tuning(v *config.Values) store.Tuning {
	return store.Tuning{Policy: policies[v.MaxMemoryPolicy], Samples: v.MaxMemorySamples, LFULogFactor: v.LFULogFactor,
		LFUDecayTime:           v.LFUDecayTime,
		HashMaxListpackEntries: int(v.HashMaxListpackEntries), HashMaxListpackValue: int(v.HashMaxListpackValue),
		ListMaxListpackSize:   v.ListMaxListpackSize,
		SetMaxIntsetEntries:   int(v.SetMaxIntsetEntries),
		SetMaxListpackEntries: int(v.SetMaxListpackEntries), SetMaxListpackValue: int(v.SetMaxListpackValue),
		ZSetMaxListpackEntries: int(v.ZSetMaxListpackEntries), ZSetMaxListpackValue: int(v.ZSetMaxListpackValue),
		HLLSparseMaxBytes:  int(v.HLLSparseMaxBytes),
		StreamNodeMaxBytes: int(v.StreamNodeMaxBytes), StreamNodeMaxEntries: int(v.StreamNodeMaxEntries)}
}

// derive computes what the hot path wants to know of the configuration. The world is stopped, or not yet turning.
func (s *Server) derive() {
	v := &s.cfg.Values
	s.env.MaxBulkLen = v.ProtoMaxBulkLen
	s.env.LazyFlush = v.LazyFreeUserFlush
	s.store.SetTuning(tuning(v))
	p := s.store.Policy()
	s.env.SharesIntegers = v.MaxMemory == 0 || !p.LRU() && !p.LFU()
	s.expireEffort.Store(int32(v.ActiveExpireEffort))
	s.hz.Store(int32(v.HZ))
	limit := v.ClientOutputBufferLimit[config.ClientNormal]
	s.env.OutputLimit = limit.Hard
	for class, l := range v.ClientOutputBufferLimit {
		s.pushLimits[class].Store(l.Hard)
	}
	s.selectEvents(v.NotifyKeyspaceEvents)
	s.outputLimited = limit.Hard > 0 || limit.Soft > 0
	s.decodeLimits[0] = resp.Limits{MaxBulk: v.ProtoMaxBulkLen, Unauthenticated: true}
	s.decodeLimits[1] = resp.Limits{MaxBulk: v.ProtoMaxBulkLen}
	s.observed.configure(v)
	s.clientLimit = clientLimit(v)
	s.slowest = math.MaxInt64
	if v.SlowlogLogSlowerThan >= 0 {
		s.slowest = time.Duration(v.SlowlogLogSlowerThan) * time.Microsecond
	}
	if v.LatencyMonitorThreshold > 0 {
		s.slowest = min(s.slowest, time.Duration(v.LatencyMonitorThreshold)*time.Millisecond)
	}
}

// limits are the decoder's limits for a client.
func (s *Server) limits(x *session) *resp.Limits {
	if x.authenticated {
		return &s.decodeLimits[1]
	}
	return &s.decodeLimits[0]
}

// registerChanges makes CONFIG SET take effect.
func (s *Server) registerChanges() {
	s.cfg.OnChange(func(_, _ *config.Values) error { s.derive(); return nil },
		"proto-max-bulk-len", "lazyfree-lazy-user-flush", "maxmemory", "maxmemory-clients",
		"maxmemory-policy", "maxmemory-samples", "lfu-log-factor", "lfu-decay-time",
		"active-expire-effort", "hz", "client-output-buffer-limit", "slowlog-log-slower-than", "slowlog-max-len",
		"latency-monitor-threshold", "notify-keyspace-events",
		"hash-max-listpack-entries", "hash-max-listpack-value", "list-max-listpack-size", "set-max-intset-entries",
		"set-max-listpack-entries", "set-max-listpack-value", "zset-max-listpack-entries", "zset-max-listpack-value",
		"hll-sparse-max-bytes", "stream-node-max-bytes", "stream-node-max-entries")
	s.cfg.OnChange(func(_, v *config.Values) error {
		s.log.SetLevel(logging.Level(v.LogLevel))
		return nil
	}, "loglevel")
	s.cfg.OnChange(func(_, v *config.Values) error { return s.adjustOOMScore(v) }, "oom-score-adj", "oom-score-adj-values")
	s.cfg.OnChange(s.changeMaxMemory, "maxmemory")
	s.cfg.OnChange(s.changeMaxClients, "maxclients")
	s.cfg.OnChange(s.changeRequirePass, "requirepass")
	s.cfg.OnChange(s.rebind, "port", "bind", "tcp-keepalive")
}

// adjustOOMScore tells the kernel how good a choice this process is when memory has run out.
func (s *Server) adjustOOMScore(v *config.Values) (err error) {
	const primary = 0 // of oom-score-adj-values
	if v.OOMScoreAdj == config.OOMScoreAdjNo {
		err = s.oomScore.Restore()
	} else {
		err = s.oomScore.Adjust(v.OOMScoreAdjValues[primary], v.OOMScoreAdj == config.OOMScoreAdjRelative)
	}
	if err != nil {
		s.log.Warning("Unable to set the out-of-memory score: %v", err)
		return config.ReplyError("Failed to set current oom_score_adj. Check server logs.")
	}
	return nil
}

func (s *Server) changeMaxMemory(_, v *config.Values) error {
	if used := s.limitedMemory(); v.MaxMemory > 0 && used > v.MaxMemory {
		s.log.Warning("WARNING: the new maxmemory value set via CONFIG SET (%d) is smaller than the current memory "+
			"usage (%d). This will result in key eviction and/or the inability to accept new write commands "+
			"depending on the maxmemory-policy.", v.MaxMemory, used)
	}
	return nil
}

func (s *Server) changeMaxClients(_, v *config.Values) error {
	want := uint64(v.MaxClients) + reservedDescriptors
	got, err := raiseDescriptorLimit(want)
	if err == nil && got < want {
		return config.ReplyError("The operating system is not able to handle the specified number of clients, try with " +
			itoa(int64(got)-reservedDescriptors))
	}
	return nil
}

// renameCommands applies the rename-command lines.
func (s *Server) renameCommands() error {
	for _, r := range s.cfg.RenamedCommands {
		if err := s.table.Rename(r.From, r.To); err != nil {
			return err
		}
	}
	return nil
}

// debugAllowed tells whether a client may use commands that enable-debug-command guards.
func (s *Server) debugAllowed(x *session) bool {
	switch s.cfg.EnableDebugCommand {
	case config.ProtectedYes:
		return true
	case config.ProtectedLocal:
		return isLocal(x.conn)
	}
	return false
}

func fileMode(octal int) fs.FileMode { return fs.FileMode(octal) & fs.ModePerm }
