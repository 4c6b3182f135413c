package config

import (
	"strings"
)

// word is one spelling of an enumerated value. Where two spellings share a value the first one is reported.
type word[T ~int] struct {
	name  string
	value T
}

func nameOf[T ~int](words []word[T], v T) string {
	for _, w := range words {
		if w.value == v {
			return w.name
		}
	}
	return "unknown"
}

func valueOf[T ~int](words []word[T], name string) (T, bool) {
	for _, w := range words {
		if strings.EqualFold(w.name, name) {
			return w.value, true
		}
	}
	return 0, false
}

func errWords[T ~int](words []word[T]) error {
	names := make([]string, len(words))
	for i, w := range words {
		names[i] = w.name
	}
	return reason("argument(s) must be one of the following: " + strings.Join(names, ", "))
}

// MaxMemoryPolicy chooses which keys are evicted at the memory limit.
type MaxMemoryPolicy int

// Eviction policies.
const (
	VolatileLRU MaxMemoryPolicy = iota
	VolatileLFU
	VolatileRandom
	VolatileTTL
	AllKeysLRU
	AllKeysLFU
	AllKeysRandom
	NoEviction
)

var maxMemoryPolicies = []word[MaxMemoryPolicy]{
	{"volatile-lru", VolatileLRU}, {"volatile-lfu", VolatileLFU}, {"volatile-random", VolatileRandom},
	{"volatile-ttl", VolatileTTL}, {"allkeys-lru", AllKeysLRU}, {"allkeys-lfu", AllKeysLFU},
	{"allkeys-random", AllKeysRandom}, {"noeviction", NoEviction},
}

func (p MaxMemoryPolicy) String() string { return nameOf(maxMemoryPolicies, p) }

// LFU reports whether the policy ranks keys by frequency, so that the access bits of an entry hold a counter.
func (p MaxMemoryPolicy) LFU() bool { return p == VolatileLFU || p == AllKeysLFU }

// LogLevel is the least serious kind of message that is logged.
type LogLevel int

// Log levels, from the most talkative.
const (
	LogDebug LogLevel = iota
	LogVerbose
	LogNotice
	LogWarning
	LogNothing
)

var logLevels = []word[LogLevel]{
	{"debug", LogDebug}, {"verbose", LogVerbose}, {"notice", LogNotice}, {"warning", LogWarning}, {"nothing", LogNothing},
}

func (l LogLevel) String() string { return nameOf(logLevels, l) }

// SyslogFacility is a syslog facility code (RFC 5424, table 1).
type SyslogFacility int

// The first local facility; local1 to local7 follow it.
const (
	SyslogUser   SyslogFacility = 1
	SyslogLocal0 SyslogFacility = 16
)

var syslogFacilities = []word[SyslogFacility]{
	{"user", SyslogUser}, {"local0", SyslogLocal0}, {"local1", SyslogLocal0 + 1}, {"local2", SyslogLocal0 + 2},
	{"local3", SyslogLocal0 + 3}, {"local4", SyslogLocal0 + 4}, {"local5", SyslogLocal0 + 5},
	{"local6", SyslogLocal0 + 6}, {"local7", SyslogLocal0 + 7},
}

func (f SyslogFacility) String() string { return nameOf(syslogFacilities, f) }

// Supervision names the process manager to tell about readiness.
type Supervision int

// Process managers.
const (
	SupervisedNo Supervision = iota
	SupervisedAuto
	SupervisedSystemd
	SupervisedUpstart
)

var supervisions = []word[Supervision]{
	{"upstart", SupervisedUpstart}, {"systemd", SupervisedSystemd}, {"auto", SupervisedAuto}, {"no", SupervisedNo},
}

func (s Supervision) String() string { return nameOf(supervisions, s) }

// NetworkBackend chooses what serves plain connections.
type NetworkBackend int

// Network backends.
const (
	BackendAuto     NetworkBackend = iota // event loops where the system has them
	BackendReactor                        // event loops, or refuse to start
	BackendListener                       // the portable listener
)

var networkBackends = []word[NetworkBackend]{
	{"auto", BackendAuto}, {"reactor", BackendReactor}, {"listener", BackendListener},
}

func (b NetworkBackend) String() string { return nameOf(networkBackends, b) }

// ProtectedAction says who may do something dangerous.
type ProtectedAction int

// Who may.
const (
	ProtectedNo ProtectedAction = iota
	ProtectedYes
	ProtectedLocal // connections from this machine
)

var protectedActions = []word[ProtectedAction]{{"no", ProtectedNo}, {"yes", ProtectedYes}, {"local", ProtectedLocal}}

func (p ProtectedAction) String() string { return nameOf(protectedActions, p) }

// Allows reports whether a client may do it; local tells that it connected from this machine.
func (p ProtectedAction) Allows(local bool) bool {
	return p == ProtectedYes || p == ProtectedLocal && local
}

// ShutdownFlags are the options of the SHUTDOWN that a signal triggers.
type ShutdownFlags int

// Shutdown options.
const (
	ShutdownSave ShutdownFlags = 1 << iota
	ShutdownNoSave
	ShutdownNow
	ShutdownForce
)

var shutdownFlags = []word[ShutdownFlags]{
	{"default", 0}, {"save", ShutdownSave}, {"nosave", ShutdownNoSave}, {"now", ShutdownNow}, {"force", ShutdownForce},
}

func (f ShutdownFlags) String() string {
	if f == 0 {
		return "default"
	}
	var names []string
	for _, w := range shutdownFlags {
		if f&w.value != 0 {
			names = append(names, w.name)
		}
	}
	return strings.Join(names, " ")
}

// AppendFsync says when the log is forced to disk.
type AppendFsync int

// Fsync policies.
const (
	FsyncEverySecond AppendFsync = iota
	FsyncAlways
	FsyncNo
)

var appendFsyncs = []word[AppendFsync]{{"everysec", FsyncEverySecond}, {"always", FsyncAlways}, {"no", FsyncNo}}

func (f AppendFsync) String() string { return nameOf(appendFsyncs, f) }

// TLSAuth says whether TLS clients must present a certificate.
type TLSAuth int

// Client certificate policies.
const (
	TLSAuthNo TLSAuth = iota
	TLSAuthYes
	TLSAuthOptional
)

var tlsAuths = []word[TLSAuth]{{"no", TLSAuthNo}, {"yes", TLSAuthYes}, {"optional", TLSAuthOptional}}

// DisklessLoad says when a replica loads a snapshot straight from its socket.
type DisklessLoad int

// Ways to load.
const (
	DisklessLoadDisabled DisklessLoad = iota
	DisklessLoadWhenEmpty
	DisklessLoadSwapDB
)

var disklessLoads = []word[DisklessLoad]{
	{"disabled", DisklessLoadDisabled}, {"on-empty-db", DisklessLoadWhenEmpty}, {"swapdb", DisklessLoadSwapDB},
}

// OOMScoreAdj says how the kernel's out-of-memory score is set.
type OOMScoreAdj int

// Ways to set it.
const (
	OOMScoreAdjNo OOMScoreAdj = iota
	OOMScoreAdjRelative
	OOMScoreAdjAbsolute
)

var oomScoreAdjs = []word[OOMScoreAdj]{
	{"no", OOMScoreAdjNo}, {"yes", OOMScoreAdjRelative}, {"relative", OOMScoreAdjRelative}, {"absolute", OOMScoreAdjAbsolute},
}

// ACLPubSubDefault is the channel permission of a new user.
type ACLPubSubDefault int

// Channel permissions.
const (
	ResetChannels ACLPubSubDefault = iota
	AllChannels
)

var aclPubSubDefaults = []word[ACLPubSubDefault]{{"allchannels", AllChannels}, {"resetchannels", ResetChannels}}

// SanitizeDump says whose payloads RESTORE checks deeply.
type SanitizeDump int

// Payload checks.
const (
	SanitizeNo SanitizeDump = iota
	SanitizeYes
	SanitizeClients
)

var sanitizeDumps = []word[SanitizeDump]{{"no", SanitizeNo}, {"yes", SanitizeYes}, {"clients", SanitizeClients}}

// ClusterEndpoint is the kind of address cluster redirections name.
type ClusterEndpoint int

// Kinds of address.
const (
	EndpointIP ClusterEndpoint = iota
	EndpointHostname
	EndpointUnknown
)

var clusterEndpoints = []word[ClusterEndpoint]{
	{"ip", EndpointIP}, {"hostname", EndpointHostname}, {"unknown-endpoint", EndpointUnknown},
}

// PropagationError says what to do when a replicated command fails.
type PropagationError int

// What to do.
const (
	PropagationIgnore PropagationError = iota
	PropagationPanic
	PropagationPanicOnReplicas
)

var propagationErrors = []word[PropagationError]{
	{"ignore", PropagationIgnore}, {"panic", PropagationPanic}, {"panic-on-replicas", PropagationPanicOnReplicas},
}
