package config

import (
	"math"
	"slices"
)

// Bounds of C's int and unsigned int, which error texts show.
const (
	minInt  = math.MinInt32
	maxInt  = math.MaxInt32
	maxUint = math.MaxUint32
)

// clampHZ keeps the frequency of background cycles in a useful range; what is outside is accepted, as in Redis.
func clampHZ(n int64) int64 { return min(max(n, 1), 500) }

// table is the configuration, one row for each directive, in the order of redis.conf.example: a part for each of its sections.
var table = slices.Concat(
	fileDirectives,
	networkDirectives,
	tlsDirectives,
	processDirectives,
	securityDirectives,
	clientDirectives,
	memoryDirectives,
	encodingDirectives,
	observationDirectives,
	persistenceDirectives,
	replicationDirectives,
	clusterDirectives,
	debuggingDirectives,
)

var fileDirectives = []Directive{
	{Name: "include", line: include, args: 1, max: 1},
	{Name: "loadmodule", Class: Refused, line: refused(errModules), args: 1},
	{Name: "rename-command", line: renameCommand, args: 2, max: 2},
	{Name: "user", Class: Refused, line: refused(errACLFile), args: 1},
	{Name: "sentinel", Class: Refused, line: sentinelLine},
}

var networkDirectives = []Directive{
	{Name: "bind", Flags: MultiArg, kind: addresses{}},
	{Name: "bind-source-addr", Class: Accepted, kind: optional(func(v *Values) *string { return &v.BindSourceAddr })},
	{Name: "protected-mode", kind: yesNo(func(v *Values) *bool { return &v.ProtectedMode }, true)},
	{Name: "port", kind: integer(func(v *Values) *int { return &v.Port }, 0, 65535, 6379)},
	{Name: "tcp-backlog", Flags: Immutable, kind: integer(func(v *Values) *int { return &v.TCPBacklog }, 0, maxInt, 511)},
	{Name: "unixsocket", Flags: Immutable, kind: optional(func(v *Values) *string { return &v.UnixSocket })},
	{Name: "unixsocketperm", Flags: Immutable, kind: number[int]{at: func(v *Values) *int { return &v.UnixSocketPerm }, max: 0o777, unit: octal}},
	{Name: "timeout", kind: integer(func(v *Values) *int { return &v.Timeout }, 0, maxInt, 0)},
	{Name: "tcp-keepalive", kind: integer(func(v *Values) *int { return &v.TCPKeepAlive }, 0, maxInt, 300)},
	{Name: "socket-mark-id", Flags: Immutable, Class: Accepted, kind: integer(func(v *Values) *int { return &v.SocketMarkID }, 0, maxUint, 0)},
	{Name: "network-backend", Flags: Immutable | Hidden, kind: choice[NetworkBackend]{at: func(v *Values) *NetworkBackend { return &v.NetworkBackend }, words: networkBackends}},
	{Name: "io-threads", Flags: Immutable, kind: integer(func(v *Values) *int { return &v.IOThreads }, 0, 128, 0)},
	{Name: "io-threads-do-reads", Flags: Immutable, Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.IOThreadsReads }, false)},
}

var tlsDirectives = []Directive{
	{Name: "tls-port", Class: Refused, kind: number[int]{at: func(v *Values) *int { return &v.TLSPort }, max: 65535, valid: zeroOnly(errTLS)}},
	{Name: "tls-cert-file", Flags: Volatile, Class: Accepted, kind: optional(func(v *Values) *string { return &v.TLSCertFile })},
	{Name: "tls-key-file", Flags: Volatile, Class: Accepted, kind: optional(func(v *Values) *string { return &v.TLSKeyFile })},
	{Name: "tls-key-file-pass", Flags: Sensitive, Class: Accepted, kind: optional(func(v *Values) *string { return &v.TLSKeyFilePass })},
	{Name: "tls-client-cert-file", Flags: Volatile, Class: Accepted, kind: optional(func(v *Values) *string { return &v.TLSClientCertFile })},
	{Name: "tls-client-key-file", Flags: Volatile, Class: Accepted, kind: optional(func(v *Values) *string { return &v.TLSClientKeyFile })},
	{Name: "tls-client-key-file-pass", Flags: Sensitive, Class: Accepted, kind: optional(func(v *Values) *string { return &v.TLSClientKeyFilePass })},
	{Name: "tls-dh-params-file", Flags: Volatile, Class: Accepted, kind: optional(func(v *Values) *string { return &v.TLSDHParamsFile })},
	{Name: "tls-ca-cert-file", Flags: Volatile, Class: Accepted, kind: optional(func(v *Values) *string { return &v.TLSCACertFile })},
	{Name: "tls-ca-cert-dir", Flags: Volatile, Class: Accepted, kind: optional(func(v *Values) *string { return &v.TLSCACertDir })},
	{Name: "tls-auth-clients", Class: Accepted, kind: choice[TLSAuth]{at: func(v *Values) *TLSAuth { return &v.TLSAuthClients }, words: tlsAuths, def: TLSAuthYes}},
	{Name: "tls-replication", Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.TLSReplication }, false)},
	{Name: "tls-cluster", Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.TLSCluster }, false)},
	{Name: "tls-protocols", Class: Accepted, kind: optional(func(v *Values) *string { return &v.TLSProtocols })},
	{Name: "tls-ciphers", Class: Accepted, kind: optional(func(v *Values) *string { return &v.TLSCiphers })},
	{Name: "tls-ciphersuites", Class: Accepted, kind: optional(func(v *Values) *string { return &v.TLSCipherSuites })},
	{Name: "tls-prefer-server-ciphers", Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.TLSPreferServerCiphers }, false)},
	{Name: "tls-session-caching", Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.TLSSessionCaching }, true)},
	{Name: "tls-session-cache-size", Class: Accepted, kind: integer(func(v *Values) *int { return &v.TLSSessionCacheSize }, 0, maxInt, 20480)},
	{Name: "tls-session-cache-timeout", Class: Accepted, kind: integer(func(v *Values) *int { return &v.TLSSessionCacheTimeout }, 0, maxInt, 300)},
}

var processDirectives = []Directive{
	{Name: "daemonize", Flags: Immutable, kind: yesNo(func(v *Values) *bool { return &v.Daemonize }, false)},
	{Name: "supervised", Flags: Immutable, kind: choice[Supervision]{at: func(v *Values) *Supervision { return &v.Supervised }, words: supervisions}},
	{Name: "pidfile", Flags: Immutable, kind: optional(func(v *Values) *string { return &v.PIDFile })},
	{Name: "loglevel", kind: choice[LogLevel]{at: func(v *Values) *LogLevel { return &v.LogLevel }, words: logLevels, def: LogNotice}},
	{Name: "logfile", Flags: Immutable, kind: text{at: func(v *Values) *string { return &v.LogFile }}},
	{Name: "syslog-enabled", Flags: Immutable, kind: yesNo(func(v *Values) *bool { return &v.SyslogEnabled }, false)},
	{Name: "syslog-ident", Flags: Immutable, kind: text{at: func(v *Values) *string { return &v.SyslogIdent }, def: "redis"}},
	{Name: "syslog-facility", Flags: Immutable, kind: choice[SyslogFacility]{at: func(v *Values) *SyslogFacility { return &v.SyslogFacility }, words: syslogFacilities, def: SyslogLocal0}},
	{Name: "crash-log-enabled", Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.CrashLog }, true)},
	{Name: "crash-memcheck-enabled", Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.CrashMemcheck }, true)},
	{Name: "databases", Flags: Immutable, kind: integer(func(v *Values) *int { return &v.Databases }, 1, maxInt, 16)},
	{Name: "always-show-logo", Flags: Immutable, Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.AlwaysShowLogo }, false)},
	{Name: "set-proc-title", Flags: Immutable, Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.SetProcTitle }, true)},
	{Name: "proc-title-template", Class: Accepted, kind: text{at: func(v *Values) *string { return &v.ProcTitleTemplate }, def: "{title} {listen-addr} {server-mode}", valid: titleTemplate}},
	{Name: "locale-collate", Class: Accepted, kind: text{at: func(v *Values) *string { return &v.LocaleCollate }, valid: locale}},
	{Name: "ignore-warnings", Class: Accepted, kind: text{at: func(v *Values) *string { return &v.IgnoreWarnings }}},
	{Name: "shutdown-timeout", Class: Accepted, kind: integer(func(v *Values) *int { return &v.ShutdownTimeout }, 0, maxInt, 10)},
	{Name: "shutdown-on-sigint", Flags: MultiArg, Class: Accepted, kind: flagWords{func(v *Values) *ShutdownFlags { return &v.ShutdownOnSigInt }}},
	{Name: "shutdown-on-sigterm", Flags: MultiArg, Class: Accepted, kind: flagWords{func(v *Values) *ShutdownFlags { return &v.ShutdownOnSigTerm }}},
	{Name: "hz", kind: number[int]{at: func(v *Values) *int { return &v.HZ }, max: maxInt, def: 10, clamp: clampHZ}},
	{Name: "dynamic-hz", Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.DynamicHZ }, true)},
	{Name: "oom-score-adj", kind: choice[OOMScoreAdj]{at: func(v *Values) *OOMScoreAdj { return &v.OOMScoreAdj }, words: oomScoreAdjs}},
	{Name: "oom-score-adj-values", Flags: MultiArg, kind: oomScores{}},
	{Name: "disable-thp", Flags: Immutable, Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.DisableTHP }, true)},
	{Name: "jemalloc-bg-thread", Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.JemallocBgThread }, true)},
	{Name: "server_cpulist", Flags: Immutable, Class: Accepted, kind: optional(func(v *Values) *string { return &v.ServerCPUList })},
	{Name: "bio_cpulist", Flags: Immutable, Class: Accepted, kind: optional(func(v *Values) *string { return &v.BioCPUList })},
	{Name: "aof_rewrite_cpulist", Flags: Immutable, Class: Accepted, kind: optional(func(v *Values) *string { return &v.AOFRewriteCPUList })},
	{Name: "bgsave_cpulist", Flags: Immutable, Class: Accepted, kind: optional(func(v *Values) *string { return &v.BGSaveCPUList })},
}

var securityDirectives = []Directive{
	{Name: "requirepass", Flags: Sensitive, kind: optional(func(v *Values) *string { return &v.RequirePass })},
	{Name: "aclfile", Flags: Immutable, Class: Refused, kind: text{at: func(v *Values) *string { return &v.ACLFile }, valid: emptyOnly(errACLFile)}},
	{Name: "acllog-max-len", Class: Accepted, kind: integer(func(v *Values) *int { return &v.ACLLogMaxLen }, 0, math.MaxInt64, 128)},
	{Name: "acl-pubsub-default", Class: Accepted, kind: choice[ACLPubSubDefault]{at: func(v *Values) *ACLPubSubDefault { return &v.ACLPubSubDefault }, words: aclPubSubDefaults}},
	{Name: "enable-protected-configs", Flags: Immutable, kind: choice[ProtectedAction]{at: func(v *Values) *ProtectedAction { return &v.EnableProtectedConfigs }, words: protectedActions}},
	{Name: "enable-debug-command", Flags: Immutable, kind: choice[ProtectedAction]{at: func(v *Values) *ProtectedAction { return &v.EnableDebugCommand }, words: protectedActions}},
	{Name: "enable-module-command", Flags: Immutable, Class: Accepted, kind: choice[ProtectedAction]{at: func(v *Values) *ProtectedAction { return &v.EnableModuleCommand }, words: protectedActions}},
	{Name: "sanitize-dump-payload", Class: Accepted, kind: choice[SanitizeDump]{at: func(v *Values) *SanitizeDump { return &v.SanitizeDumpPayload }, words: sanitizeDumps}},
}

var clientDirectives = []Directive{
	{Name: "maxclients", kind: integer(func(v *Values) *int { return &v.MaxClients }, 1, maxUint, 10000)},
	{Name: "client-output-buffer-limit", Flags: MultiArg, kind: bufferLimits{}},
	{Name: "client-query-buffer-limit", kind: bytes(func(v *Values) *int64 { return &v.ClientQueryBufferLimit }, 1<<20, math.MaxInt64, 1<<30)},
	{Name: "maxmemory-clients", kind: number[int64]{at: func(v *Values) *int64 { return &v.MaxMemoryClients }, min: -100, max: math.MaxInt64, unit: percent}},
	{Name: "proto-max-bulk-len", kind: bytes(func(v *Values) *int64 { return &v.ProtoMaxBulkLen }, 1<<20, math.MaxInt64, 512<<20)},
	{Name: "tracking-table-max-keys", kind: long(func(v *Values) *int64 { return &v.TrackingTableMaxKeys }, 0, math.MaxInt64, 1000000)},
	{Name: "busy-reply-threshold", Alias: "lua-time-limit", Class: Accepted, kind: long(func(v *Values) *int64 { return &v.BusyReplyThreshold }, 0, math.MaxInt64, 5000)},
	{Name: "notify-keyspace-events", kind: notifyEvents{}},
}

var memoryDirectives = []Directive{
	{Name: "maxmemory", kind: bytes(func(v *Values) *int64 { return &v.MaxMemory }, 0, math.MaxInt64, 0)},
	{Name: "maxmemory-policy", kind: choice[MaxMemoryPolicy]{at: func(v *Values) *MaxMemoryPolicy { return &v.MaxMemoryPolicy }, words: maxMemoryPolicies, def: NoEviction}},
	{Name: "maxmemory-samples", kind: integer(func(v *Values) *int { return &v.MaxMemorySamples }, 1, maxInt, 5)},
	{Name: "maxmemory-eviction-tenacity", kind: integer(func(v *Values) *int { return &v.MaxMemoryEvictionTenacity }, 0, 100, 10)},
	{Name: "lfu-log-factor", kind: integer(func(v *Values) *int { return &v.LFULogFactor }, 0, maxInt, 10)},
	{Name: "lfu-decay-time", kind: integer(func(v *Values) *int { return &v.LFUDecayTime }, 0, maxInt, 1)},
	{Name: "active-expire-effort", kind: integer(func(v *Values) *int { return &v.ActiveExpireEffort }, 1, 10, 1)},
	{Name: "activerehashing", Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.ActiveRehashing }, true)},
	{Name: "lazyfree-lazy-eviction", Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.LazyFreeEviction }, false)},
	{Name: "lazyfree-lazy-expire", Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.LazyFreeExpire }, false)},
	{Name: "lazyfree-lazy-server-del", Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.LazyFreeServerDel }, false)},
	{Name: "lazyfree-lazy-user-del", Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.LazyFreeUserDel }, false)},
	{Name: "lazyfree-lazy-user-flush", kind: yesNo(func(v *Values) *bool { return &v.LazyFreeUserFlush }, false)},
	{Name: "activedefrag", kind: yesNo(func(v *Values) *bool { return &v.ActiveDefrag }, false)},
	{Name: "active-defrag-ignore-bytes", kind: bytes(func(v *Values) *int64 { return &v.DefragIgnoreBytes }, 1, math.MaxInt64, 100<<20)},
	{Name: "active-defrag-threshold-lower", kind: integer(func(v *Values) *int { return &v.DefragThresholdLower }, 0, 1000, 10)},
	{Name: "active-defrag-threshold-upper", kind: integer(func(v *Values) *int { return &v.DefragThresholdUpper }, 0, 1000, 100)},
	{Name: "active-defrag-cycle-min", kind: integer(func(v *Values) *int { return &v.DefragCycleMin }, 1, 99, 1)},
	{Name: "active-defrag-cycle-max", kind: integer(func(v *Values) *int { return &v.DefragCycleMax }, 1, 99, 25)},
	{Name: "active-defrag-max-scan-fields", Class: Accepted, kind: long(func(v *Values) *int64 { return &v.DefragMaxScanFields }, 1, math.MaxInt64, 1000)},
}

var encodingDirectives = []Directive{
	{Name: "hash-max-listpack-entries", Alias: "hash-max-ziplist-entries", kind: long(func(v *Values) *int64 { return &v.HashMaxListpackEntries }, 0, math.MaxInt64, 512)},
	{Name: "hash-max-listpack-value", Alias: "hash-max-ziplist-value", kind: bytes(func(v *Values) *int64 { return &v.HashMaxListpackValue }, 0, math.MaxInt64, 64)},
	{Name: "list-max-listpack-size", Alias: "list-max-ziplist-size", kind: integer(func(v *Values) *int { return &v.ListMaxListpackSize }, minInt, maxInt, -2)},
	{Name: "list-compress-depth", Class: Accepted, kind: integer(func(v *Values) *int { return &v.ListCompressDepth }, 0, maxInt, 0)},
	{Name: "set-max-intset-entries", kind: long(func(v *Values) *int64 { return &v.SetMaxIntsetEntries }, 0, math.MaxInt64, 512)},
	{Name: "set-max-listpack-entries", kind: long(func(v *Values) *int64 { return &v.SetMaxListpackEntries }, 0, math.MaxInt64, 128)},
	{Name: "set-max-listpack-value", kind: long(func(v *Values) *int64 { return &v.SetMaxListpackValue }, 0, math.MaxInt64, 64)},
	{Name: "zset-max-listpack-entries", Alias: "zset-max-ziplist-entries", kind: long(func(v *Values) *int64 { return &v.ZSetMaxListpackEntries }, 0, math.MaxInt64, 128)},
	{Name: "zset-max-listpack-value", Alias: "zset-max-ziplist-value", kind: bytes(func(v *Values) *int64 { return &v.ZSetMaxListpackValue }, 0, math.MaxInt64, 64)},
	{Name: "hll-sparse-max-bytes", kind: bytes(func(v *Values) *int64 { return &v.HLLSparseMaxBytes }, 0, math.MaxInt64, 3000)},
	{Name: "stream-node-max-bytes", kind: bytes(func(v *Values) *int64 { return &v.StreamNodeMaxBytes }, 0, math.MaxInt64, 4096)},
	{Name: "stream-node-max-entries", kind: long(func(v *Values) *int64 { return &v.StreamNodeMaxEntries }, 0, math.MaxInt64, 100)},
}

var observationDirectives = []Directive{
	{Name: "slowlog-log-slower-than", kind: long(func(v *Values) *int64 { return &v.SlowlogLogSlowerThan }, -1, math.MaxInt64, 10000)},
	{Name: "slowlog-max-len", kind: long(func(v *Values) *int64 { return &v.SlowlogMaxLen }, 0, math.MaxInt64, 128)},
	{Name: "latency-monitor-threshold", kind: long(func(v *Values) *int64 { return &v.LatencyMonitorThreshold }, 0, math.MaxInt64, 0)},
	{Name: "latency-tracking", kind: yesNo(func(v *Values) *bool { return &v.LatencyTracking }, true)},
	{Name: "latency-tracking-info-percentiles", Flags: MultiArg | AlwaysWrite, kind: percentiles{}},
}

var persistenceDirectives = []Directive{
	{Name: "dir", Flags: Protected | DenyLoading | AlwaysWrite, kind: directory{}},
	{Name: "dbfilename", Flags: Protected, Class: Accepted, kind: text{at: func(v *Values) *string { return &v.DBFilename }, def: "dump.rdb", valid: baseName("dbfilename", "filename", true)}},
	{Name: "save", Flags: MultiArg | AlwaysWrite, Class: Accepted, kind: savePoints{}},
	{Name: "stop-writes-on-bgsave-error", Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.StopWritesOnBGSaveError }, true)},
	{Name: "rdbcompression", Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.RDBCompression }, true)},
	{Name: "rdbchecksum", Flags: Immutable, Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.RDBChecksum }, true)},
	{Name: "rdb-save-incremental-fsync", Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.RDBSaveIncrementalFsync }, true)},
	{Name: "rdb-del-sync-files", Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.RDBDelSyncFiles }, false)},
	{Name: "appendonly", Flags: DenyLoading, Class: Refused, kind: toggle{at: func(v *Values) *bool { return &v.AppendOnly }, valid: offOnly(errAppendOnly)}},
	{Name: "appendfilename", Flags: Immutable, Class: Accepted, kind: text{at: func(v *Values) *string { return &v.AppendFilename }, def: "appendonly.aof", valid: baseName("appendfilename", "filename", false)}},
	{Name: "appenddirname", Flags: Immutable, Class: Accepted, kind: text{at: func(v *Values) *string { return &v.AppendDirname }, def: "appendonlydir", valid: baseName("appenddirname", "dirname", false)}},
	{Name: "appendfsync", Class: Accepted, kind: choice[AppendFsync]{at: func(v *Values) *AppendFsync { return &v.AppendFsync }, words: appendFsyncs}},
	{Name: "no-appendfsync-on-rewrite", Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.NoAppendFsyncOnRewrite }, false)},
	{Name: "auto-aof-rewrite-percentage", Class: Accepted, kind: integer(func(v *Values) *int { return &v.AutoAOFRewritePercentage }, 0, maxInt, 100)},
	{Name: "auto-aof-rewrite-min-size", Class: Accepted, kind: bytes(func(v *Values) *int64 { return &v.AutoAOFRewriteMinSize }, 0, math.MaxInt64, 64<<20)},
	{Name: "aof-load-truncated", Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.AOFLoadTruncated }, true)},
	{Name: "aof-use-rdb-preamble", Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.AOFUseRDBPreamble }, true)},
	{Name: "aof-timestamp-enabled", Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.AOFTimestampEnabled }, false)},
	{Name: "aof-rewrite-incremental-fsync", Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.AOFRewriteIncrementalFsync }, true)},
	{Name: "propagation-error-behavior", Class: Accepted, kind: choice[PropagationError]{at: func(v *Values) *PropagationError { return &v.PropagationErrorBehavior }, words: propagationErrors}},
}

var replicationDirectives = []Directive{
	{Name: "replicaof", Alias: "slaveof", Flags: Immutable | MultiArg, Class: Refused, kind: primaryAddress{}},
	{Name: "masterauth", Flags: Sensitive, Class: Accepted, kind: optional(func(v *Values) *string { return &v.MasterAuth })},
	{Name: "masteruser", Flags: Sensitive, Class: Accepted, kind: optional(func(v *Values) *string { return &v.MasterUser })},
	{Name: "replica-serve-stale-data", Alias: "slave-serve-stale-data", Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.ReplicaServeStaleData }, true)},
	{Name: "replica-read-only", Alias: "slave-read-only", Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.ReplicaReadOnly }, true)},
	{Name: "replica-lazy-flush", Alias: "slave-lazy-flush", Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.ReplicaLazyFlush }, false)},
	{Name: "replica-ignore-maxmemory", Alias: "slave-ignore-maxmemory", Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.ReplicaIgnoreMaxMemory }, true)},
	{Name: "replica-ignore-disk-write-errors", Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.ReplicaIgnoreDiskWriteError }, false)},
	{Name: "replica-priority", Alias: "slave-priority", Class: Accepted, kind: integer(func(v *Values) *int { return &v.ReplicaPriority }, 0, maxInt, 100)},
	{Name: "replica-announced", Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.ReplicaAnnounced }, true)},
	{Name: "replica-announce-ip", Alias: "slave-announce-ip", Class: Accepted, kind: optional(func(v *Values) *string { return &v.ReplicaAnnounceIP })},
	{Name: "replica-announce-port", Alias: "slave-announce-port", Class: Accepted, kind: integer(func(v *Values) *int { return &v.ReplicaAnnouncePort }, 0, 65535, 0)},
	{Name: "repl-diskless-sync", Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.ReplDisklessSync }, true)},
	{Name: "repl-diskless-sync-delay", Class: Accepted, kind: integer(func(v *Values) *int { return &v.ReplDisklessSyncDelay }, 0, maxInt, 5)},
	{Name: "repl-diskless-sync-max-replicas", Class: Accepted, kind: integer(func(v *Values) *int { return &v.ReplDisklessSyncMaxReplicas }, 0, maxInt, 0)},
	{Name: "repl-diskless-load", Flags: DenyLoading, Class: Accepted, kind: choice[DisklessLoad]{at: func(v *Values) *DisklessLoad { return &v.ReplDisklessLoad }, words: disklessLoads}},
	{Name: "repl-ping-replica-period", Alias: "repl-ping-slave-period", Class: Accepted, kind: integer(func(v *Values) *int { return &v.ReplPingReplicaPeriod }, 1, maxInt, 10)},
	{Name: "repl-timeout", Class: Accepted, kind: integer(func(v *Values) *int { return &v.ReplTimeout }, 1, maxInt, 60)},
	{Name: "repl-disable-tcp-nodelay", Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.ReplDisableTCPNoDelay }, false)},
	{Name: "repl-backlog-size", Class: Accepted, kind: bytes(func(v *Values) *int64 { return &v.ReplBacklogSize }, 1, math.MaxInt64, 1<<20)},
	{Name: "repl-backlog-ttl", Class: Accepted, kind: long(func(v *Values) *int64 { return &v.ReplBacklogTTL }, 0, math.MaxInt64, 3600)},
	{Name: "min-replicas-to-write", Alias: "min-slaves-to-write", Class: Refused, kind: number[int]{at: func(v *Values) *int { return &v.MinReplicasToWrite }, max: maxInt, valid: zeroOnly(errReplication)}},
	{Name: "min-replicas-max-lag", Alias: "min-slaves-max-lag", Class: Accepted, kind: integer(func(v *Values) *int { return &v.MinReplicasMaxLag }, 0, maxInt, 10)},
}

var clusterDirectives = []Directive{
	{Name: "cluster-enabled", Flags: Immutable, Class: Refused, kind: toggle{at: func(v *Values) *bool { return &v.ClusterEnabled }, valid: offOnly(errCluster)}},
	{Name: "cluster-config-file", Flags: Immutable, Class: Accepted, kind: text{at: func(v *Values) *string { return &v.ClusterConfigFile }, def: "nodes.conf"}},
	{Name: "cluster-node-timeout", Class: Accepted, kind: long(func(v *Values) *int64 { return &v.ClusterNodeTimeout }, 0, math.MaxInt64, 15000)},
	{Name: "cluster-port", Flags: Immutable, Class: Accepted, kind: integer(func(v *Values) *int { return &v.ClusterPort }, 0, 65535, 0)},
	{Name: "cluster-replica-validity-factor", Alias: "cluster-slave-validity-factor", Class: Accepted, kind: integer(func(v *Values) *int { return &v.ClusterReplicaValidity }, 0, maxInt, 10)},
	{Name: "cluster-migration-barrier", Class: Accepted, kind: integer(func(v *Values) *int { return &v.ClusterMigrationBarrier }, 0, maxInt, 1)},
	{Name: "cluster-allow-replica-migration", Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.ClusterAllowMigration }, true)},
	{Name: "cluster-require-full-coverage", Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.ClusterRequireFullCoverage }, true)},
	{Name: "cluster-replica-no-failover", Alias: "cluster-slave-no-failover", Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.ClusterReplicaNoFailover }, false)},
	{Name: "cluster-allow-reads-when-down", Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.ClusterAllowReadsWhenDown }, false)},
	{Name: "cluster-allow-pubsubshard-when-down", Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.ClusterAllowPubSubWhenDown }, true)},
	{Name: "cluster-link-sendbuf-limit", Class: Accepted, kind: bytes(func(v *Values) *int64 { return &v.ClusterLinkSendbufLimit }, 0, math.MaxInt64, 0)},
	{Name: "cluster-announce-ip", Class: Accepted, kind: optional(func(v *Values) *string { return &v.ClusterAnnounceIP })},
	{Name: "cluster-announce-hostname", Class: Accepted, kind: text{at: func(v *Values) *string { return &v.ClusterAnnounceHostname }, nullable: true, valid: hostname}},
	{Name: "cluster-announce-human-nodename", Class: Accepted, kind: text{at: func(v *Values) *string { return &v.ClusterAnnounceNodename }, nullable: true, valid: nodename}},
	{Name: "cluster-announce-port", Class: Accepted, kind: integer(func(v *Values) *int { return &v.ClusterAnnouncePort }, 0, 65535, 0)},
	{Name: "cluster-announce-tls-port", Class: Accepted, kind: integer(func(v *Values) *int { return &v.ClusterAnnounceTLSPort }, 0, 65535, 0)},
	{Name: "cluster-announce-bus-port", Class: Accepted, kind: integer(func(v *Values) *int { return &v.ClusterAnnounceBusPort }, 0, 65535, 0)},
	{Name: "cluster-preferred-endpoint-type", Class: Accepted, kind: choice[ClusterEndpoint]{at: func(v *Values) *ClusterEndpoint { return &v.ClusterPreferredEndpoint }, words: clusterEndpoints}},
}

var debuggingDirectives = []Directive{
	{Name: "watchdog-period", Flags: Hidden, Class: Accepted, kind: integer(func(v *Values) *int { return &v.WatchdogPeriod }, 0, maxInt, 0)},
	{Name: "use-exit-on-panic", Flags: Hidden, Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.UseExitOnPanic }, false)},
	{Name: "aof-disable-auto-gc", Flags: Hidden, Class: Accepted, kind: yesNo(func(v *Values) *bool { return &v.AOFDisableAutoGC }, false)},
	{Name: "rdb-key-save-delay", Flags: Hidden, Class: Accepted, kind: integer(func(v *Values) *int { return &v.RDBKeySaveDelay }, minInt, maxInt, 0)},
	{Name: "key-load-delay", Flags: Hidden, Class: Accepted, kind: integer(func(v *Values) *int { return &v.KeyLoadDelay }, minInt, maxInt, 0)},
	{Name: "loading-process-events-interval-bytes", Flags: Hidden, Class: Accepted, kind: long(func(v *Values) *int64 { return &v.LoadingProcessEventsBytes }, 1024, maxInt, 2<<20)},
	{Name: "cluster-ping-interval", Flags: Hidden, Class: Accepted, kind: long(func(v *Values) *int64 { return &v.ClusterPingInterval }, 0, math.MaxInt64, 0)},
}
