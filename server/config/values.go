package config

// Values holds the setting of every directive as a plain typed field.
//
// Fields are read without locks: the only writer after start-up is CONFIG SET, which runs while nothing else does.
// Slices are replaced, never changed in place, so a copy of the struct is a snapshot.
type Values struct {
	// Network.
	Bind           []string // addresses; a leading "-" means: may be unavailable
	BindSourceAddr string
	Port           int    // 0: no TCP listener
	TCPBacklog     int    // connections the kernel queues for accept
	UnixSocket     string // path; empty: none
	UnixSocketPerm int    // mode bits; 0: leave to the umask
	Timeout        int    // seconds of idleness before a client is closed; 0: never
	TCPKeepAlive   int    // seconds; 0: off
	ProtectedMode  bool
	SocketMarkID   int // SO_MARK of listening sockets
	NetworkBackend NetworkBackend
	MaxClients     int
	IOThreads      int // most event loops in use; 0: one for each core
	IOThreadsReads bool

	// TLS.
	TLSPort                int
	TLSCertFile            string
	TLSKeyFile             string
	TLSKeyFilePass         string
	TLSClientCertFile      string
	TLSClientKeyFile       string
	TLSClientKeyFilePass   string
	TLSDHParamsFile        string
	TLSCACertFile          string
	TLSCACertDir           string
	TLSAuthClients         TLSAuth
	TLSReplication         bool
	TLSCluster             bool
	TLSProtocols           string
	TLSCiphers             string
	TLSCipherSuites        string
	TLSPreferServerCiphers bool
	TLSSessionCaching      bool
	TLSSessionCacheSize    int
	TLSSessionCacheTimeout int // seconds

	// Process.
	Daemonize         bool
	Supervised        Supervision
	PIDFile           string
	LogLevel          LogLevel
	LogFile           string // empty: standard output
	SyslogEnabled     bool
	SyslogIdent       string
	SyslogFacility    SyslogFacility
	CrashLog          bool
	CrashMemcheck     bool
	UseExitOnPanic    bool
	WatchdogPeriod    int // milliseconds
	AlwaysShowLogo    bool
	SetProcTitle      bool
	ProcTitleTemplate string
	LocaleCollate     string
	IgnoreWarnings    string
	DisableTHP        bool
	JemallocBgThread  bool
	OOMScoreAdj       OOMScoreAdj
	OOMScoreAdjValues [3]int // primary, replica, background child
	ServerCPUList     string
	BioCPUList        string
	AOFRewriteCPUList string
	BGSaveCPUList     string
	HZ                int // background cycles per second
	DynamicHZ         bool
	ShutdownTimeout   int // seconds
	ShutdownOnSigInt  ShutdownFlags
	ShutdownOnSigTerm ShutdownFlags

	// Security.
	RequirePass            string
	ACLFile                string
	ACLLogMaxLen           int
	ACLPubSubDefault       ACLPubSubDefault
	EnableProtectedConfigs ProtectedAction
	EnableDebugCommand     ProtectedAction
	EnableModuleCommand    ProtectedAction
	SanitizeDumpPayload    SanitizeDump
	RenamedCommands        []RenamedCommand // in the order given; apply one after the other

	// Keyspace and memory.
	Databases                 int
	MaxMemory                 int64 // bytes; 0: no limit
	MaxMemoryPolicy           MaxMemoryPolicy
	MaxMemorySamples          int
	MaxMemoryEvictionTenacity int   // 0-100
	MaxMemoryClients          int64 // bytes; below zero: percent of MaxMemory; 0: no limit
	LFULogFactor              int
	LFUDecayTime              int // minutes
	ActiveExpireEffort        int // 1-10
	ActiveRehashing           bool
	LazyFreeEviction          bool
	LazyFreeExpire            bool
	LazyFreeServerDel         bool
	LazyFreeUserDel           bool
	LazyFreeUserFlush         bool
	ActiveDefrag              bool
	DefragIgnoreBytes         int64
	DefragThresholdLower      int // percent of waste
	DefragThresholdUpper      int
	DefragCycleMin            int // percent of one core
	DefragCycleMax            int
	DefragMaxScanFields       int64

	// Encodings.
	HashMaxListpackEntries int64
	HashMaxListpackValue   int64 // bytes
	SetMaxIntsetEntries    int64
	SetMaxListpackEntries  int64
	SetMaxListpackValue    int64
	ZSetMaxListpackEntries int64
	ZSetMaxListpackValue   int64
	ListMaxListpackSize    int // above zero: elements; -1 to -5: 4, 8, 16, 32, 64 KiB
	ListCompressDepth      int
	StreamNodeMaxBytes     int64
	StreamNodeMaxEntries   int64
	HLLSparseMaxBytes      int64

	// Clients and protocol.
	ClientOutputBufferLimit [3]OutputBufferLimit // indexed by ClientClass
	ClientQueryBufferLimit  int64
	ProtoMaxBulkLen         int64
	TrackingTableMaxKeys    int64
	BusyReplyThreshold      int64 // milliseconds; 0: never answer BUSY
	NotifyKeyspaceEvents    NotifyFlags

	// Observation.
	SlowlogLogSlowerThan    int64 // microseconds; below zero: off; 0: every command
	SlowlogMaxLen           int64
	LatencyMonitorThreshold int64 // milliseconds; 0: off
	LatencyTracking         bool
	LatencyPercentiles      []float64

	// Persistence.
	Dir                         string // absolute
	DBFilename                  string
	Save                        []SavePoint
	RDBCompression              bool
	RDBChecksum                 bool
	RDBDelSyncFiles             bool
	RDBSaveIncrementalFsync     bool
	RDBKeySaveDelay             int // microseconds
	KeyLoadDelay                int // microseconds
	LoadingProcessEventsBytes   int64
	StopWritesOnBGSaveError     bool
	AppendOnly                  bool
	AppendFilename              string
	AppendDirname               string
	AppendFsync                 AppendFsync
	NoAppendFsyncOnRewrite      bool
	AutoAOFRewritePercentage    int
	AutoAOFRewriteMinSize       int64
	AOFLoadTruncated            bool
	AOFUseRDBPreamble           bool
	AOFTimestampEnabled         bool
	AOFRewriteIncrementalFsync  bool
	AOFDisableAutoGC            bool
	PropagationErrorBehavior    PropagationError
	ReplicaIgnoreDiskWriteError bool

	// Replication.
	MasterUser                  string
	MasterAuth                  string
	ReplicaServeStaleData       bool
	ReplicaReadOnly             bool
	ReplicaLazyFlush            bool
	ReplicaIgnoreMaxMemory      bool
	ReplicaPriority             int
	ReplicaAnnounced            bool
	ReplicaAnnounceIP           string
	ReplicaAnnouncePort         int
	ReplDisklessSync            bool
	ReplDisklessSyncDelay       int // seconds
	ReplDisklessSyncMaxReplicas int
	ReplDisklessLoad            DisklessLoad
	ReplPingReplicaPeriod       int // seconds
	ReplTimeout                 int // seconds
	ReplDisableTCPNoDelay       bool
	ReplBacklogSize             int64
	ReplBacklogTTL              int64 // seconds
	MinReplicasToWrite          int
	MinReplicasMaxLag           int // seconds

	// Cluster.
	ClusterEnabled             bool
	ClusterConfigFile          string
	ClusterNodeTimeout         int64 // milliseconds
	ClusterPort                int
	ClusterPingInterval        int64
	ClusterReplicaValidity     int
	ClusterMigrationBarrier    int
	ClusterAllowMigration      bool
	ClusterRequireFullCoverage bool
	ClusterReplicaNoFailover   bool
	ClusterAllowReadsWhenDown  bool
	ClusterAllowPubSubWhenDown bool
	ClusterLinkSendbufLimit    int64
	ClusterAnnounceIP          string
	ClusterAnnounceHostname    string
	ClusterAnnounceNodename    string
	ClusterAnnouncePort        int
	ClusterAnnounceTLSPort     int
	ClusterAnnounceBusPort     int
	ClusterPreferredEndpoint   ClusterEndpoint
	ReplicaOfHost              string // empty: this is a primary
	ReplicaOfPort              int
}

// SavePoint asks for a snapshot once Seconds have passed with at least Changes writes.
type SavePoint struct {
	Seconds int64
	Changes int
}

// ClientClass indexes Values.ClientOutputBufferLimit.
type ClientClass int

// Classes of clients with a limit of their own.
const (
	ClientNormal ClientClass = iota
	ClientReplica
	ClientPubSub
)

// OutputBufferLimit bounds the bytes waiting to be sent to one client: it is closed beyond Hard, or after being beyond
// Soft for SoftSeconds. Zero means no limit.
type OutputBufferLimit struct {
	Hard, Soft  int64
	SoftSeconds int64
}

// RenamedCommand is one rename-command line. To is empty when the command is removed.
type RenamedCommand struct{ From, To string }
