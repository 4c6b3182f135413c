package server

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"synap/commands"
	"synap/server/config"
	"synap/server/daemon"
	"synap/server/logging"
	"synap/server/metric"
	"synap/server/pubsub"
	"synap/server/resp"
	"synap/server/transport"
	"synap/store"
)

// Server is one Synap. Its life: New reads the configuration and opens nothing; Run listens, serves and returns after
// the context ends or a client said SHUTDOWN.
type Server struct {
	cfg   *config.Config
	log   logger
	table *commands.Table
	store *store.Store
	env   commands.Env
	clock func() time.Time                // time.Now, but for tests
	since func(t time.Time) time.Duration // elapsed after t by the same clock; time.Since costs half of time.Now

	// world is held shared by every loop during its turns, and exclusively by a command that needs all of them to
	// stand still (commands.World). Whoever holds it exclusively may look into any session and change cfg.
	world sync.RWMutex
	loops []*loop

	transport transport.Server
	ready     chan struct{}
	quit      chan shutdownRequest
	runID     string
	replID    string
	started   time.Time

	oomScore      *daemon.OOMScore
	programMemory int64 // resident when the server began to listen, in bytes

	clients       clients
	clientMemory  atomic.Int64
	inboxMemory   atomic.Int64 // of what other clients have for them, and is not in clientMemory yet
	dying         atomic.Int64 // the part of clientMemory that belongs to killed clients whose loops have not closed them yet
	futileClients atomic.Int64 // memory of all clients below which evicting some was tried in vain
	monitors      monitors
	pubsub        *pubsub.Registry
	tracking      trackedClients
	toRing        [(maxLoops + 64) / 64]atomic.Uint64 // loops whose clients got pushes since they were last woken
	pause         pause
	expiry        expiryDuty
	blocked       blockedClients
	counters      counters

	// holdReplies, if set, is told the effect stream's sequence number of every write before its reply leaves.
	holdReplies func(c transport.Conn, seq uint64)

	// Derived from cfg, for the hot path.
	outputLimited bool          // some client-output-buffer-limit of normal clients is set
	clientLimit   int64         // bytes of all clients together; 0: no limit
	slowest       time.Duration // shortest duration that SLOWLOG or the latency monitor wants to know of
	expiryOff     atomic.Bool   // DEBUG SET-ACTIVE-EXPIRE 0
	cronOff       atomic.Bool   // DEBUG PAUSE-CRON 1
	defragRunning atomic.Bool
	defragPass    defragPass // of upkeep alone
	rest          rest
	heapDropped   atomic.Bool // a large buffer was dropped: its memory can go back to the system
	purge         atomic.Bool // MEMORY PURGE asked for a pass of defragmentation
	expireEffort  atomic.Int32
	hz            atomic.Int32
	notify        atomic.Int32    // the channels of notify-keyspace-events
	pushLimits    [3]atomic.Int64 // hard limits of the output, by class of clients
	decodeLimits  [2]resp.Limits  // of clients that have not logged in, and that have

	observed    observations
	sampled     sampler
	trafficBase traffic // what the transport had counted at the last CONFIG RESETSTAT
}

// counters are statistics that no loop owns.
type counters struct {
	rejected, evictedClients           atomic.Int64
	outputLimitKills, queryLimitKills  atomic.Int64
	evictionTime, defragTime, cronTime atomic.Int64 // nanoseconds
	authFailures                       atomic.Int64
}

// shutdownRequest is a client's SHUTDOWN.
type shutdownRequest struct{ now bool }

// New makes a server with a configuration that it owns from now on.
func New(cfg *config.Config, log *logging.Logger) (*Server, error) {
	table, err := commands.NewTable(append(commands.DataFamilies(), families()...)...)
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, log: logger{log}, table: table, clock: time.Now, since: time.Since,
		ready: make(chan struct{}),
		quit:  make(chan shutdownRequest, 1), runID: randomID(), replID: randomID()}
	if err := s.renameCommands(); err != nil {
		return nil, err
	}
	s.oomScore = daemon.NewOOMScore("")
	s.clients.init()
	s.tracking.init()
	s.pubsub = newRegistry()
	s.store = store.New(store.Options{Databases: cfg.Databases, Tuning: tuning(&cfg.Values)})
	s.store.OnEvents(s.publishEvents)
	s.store.SetTracker(s)
	for i := range s.loopCount() + 1 {
		s.loops = append(s.loops, newLoop(s, i))
	}
	s.derive()
	s.registerChanges()
	return s, nil
}

// families are the command tables of this package.
func families() [][]commands.Command {
	return [][]commands.Command{connectionCommands, clientCommands, transactionCommands, commandCommands,
		configCommands, infoCommands, slowlogCommands, latencyCommands, memoryCommands, debugCommands, moduleCommands, functionCommands,
		pubsubCommands}
}

func randomID() string {
	b := make([]byte, 20)
	rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// loopCount is the number of event loops that may be used.
func (s *Server) loopCount() int {
	if n := s.cfg.IOThreads; n > 0 {
		return min(n, maxLoops)
	}
	return min(runtime.GOMAXPROCS(0), maxLoops)
}

// maxLoops is more than any machine profits from.
const maxLoops = 128

// Ready is closed when the server accepts connections.
func (s *Server) Ready() <-chan struct{} { return s.ready }

// Run serves until ctx ends or a client asks for shutdown, then closes everything. The error says why the server could
// not start.
func (s *Server) Run(ctx context.Context) error {
	s.started = s.clock()
	s.fitClientsToDescriptors()
	s.log.Notice("Running mode=standalone, port=%d, PID: %d", s.cfg.Port, os.Getpid())
	if err := s.listen(); err != nil {
		return s.listenFailed(err)
	}
	if len(s.transport.Addrs()) == 0 {
		s.transport.Shutdown(s.clock())
		return errNowhere
	}
	_ = s.adjustOOMScore(&s.cfg.Values) // the log says why it cannot
	s.programMemory = metric.RSS()
	s.rest.start = metric.ReadHeap().Objects
	s.log.SetRole(logging.Primary)
	s.log.Notice("Server initialized")
	stop := make(chan struct{})
	var cron sync.WaitGroup
	cron.Add(1)
	go func() {
		defer cron.Done()
		s.cron(stop)
	}()
	kinds := s.listens() // clients may change it as soon as there are any
	s.transport.Start()
	for _, kind := range kinds {
		s.log.Notice("Ready to accept connections %s", kind)
	}
	close(s.ready)
	now := false
	select {
	case <-ctx.Done():
		s.log.Warning("User requested shutdown...")
	case r := <-s.quit:
		now = r.now
		s.log.Warning("User requested shutdown...")
	}
	close(stop)
	cron.Wait()
	deadline := s.clock()
	if !now {
		deadline = deadline.Add(time.Second)
	}
	s.transport.Shutdown(deadline)
	s.log.Warning("Synap is now ready to exit, bye bye...")
	return nil
}

// errNowhere is why a server without any socket does not start.
var errNowhere = errors.New("Configured to not listen anywhere, exiting.") //lint:ignore ST1005 as Redis says it

// listens names the kinds of sockets, as the log lines say them.
func (s *Server) listens() (kinds []string) {
	for _, a := range s.transport.Addrs() {
		kind := "tcp"
		if strings.HasPrefix(a, "/") {
			kind = "unix"
		}
		if !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// listenFailed says why there is no socket, in the words scripts wait for.
func (s *Server) listenFailed(err error) error {
	if path := s.cfg.UnixSocket; path != "" && strings.Contains(err.Error(), path) {
		return fmt.Errorf("Failed opening Unix socket: %w", err) //lint:ignore ST1005 a line of the log
	}
	s.log.Warning("Warning: Could not create server TCP listening socket: %v", err)
	return fmt.Errorf("Failed listening on port %d (tcp), aborting.", s.cfg.Port) //lint:ignore ST1005 a line of the log
}

// endpoints is where the configuration wants the server to listen. An empty bind directive means no TCP at all; that it
// is missing, any address.
func (s *Server) endpoints() transport.Endpoints {
	port := s.cfg.Port
	if len(s.cfg.Bind) == 0 {
		port = 0
	}
	return transport.Endpoints{Bind: s.cfg.Bind, Port: port, Unix: s.cfg.UnixSocket,
		UnixPerm: fileMode(s.cfg.UnixSocketPerm), Backlog: s.cfg.TCPBacklog,
		KeepAlive: time.Duration(s.cfg.TCPKeepAlive) * time.Second}
}

// Accept makes the session of a new connection, or refuses it.
func (s *Server) Accept(c transport.Conn) transport.Session {
	refuse := func(text string) transport.Session {
		s.counters.rejected.Add(1)
		c.Out().Append([]byte(text + "\r\n"))
		return nil
	}
	if s.clients.count.Load() >= int64(s.cfg.MaxClients) {
		return refuse("-ERR max number of clients reached")
	}
	if s.cfg.ProtectedMode && s.cfg.RequirePass == "" && !isLocal(c) {
		return refuse(deniedText)
	}
	now := s.clock().UnixMilli()
	x := &session{srv: s, conn: c, created: now, active: now, authenticated: s.cfg.RequirePass == "", isUnix: c.Unix()}
	x.w.Proto = 2
	s.clients.add(x)
	x.account(s.loops[c.Loop()])
	return x
}

// deniedText refuses strangers in protected mode; tools know its first word.
const deniedText = "-DENIED Synap is running in protected mode: no password is set for the default user, so only " +
	"connections from this machine are accepted. To serve other machines set a password (requirepass), or bind to " +
	"an address that only trusted machines reach and turn protected-mode off."

// isLocal reports whether the peer is on this machine.
func isLocal(c transport.Conn) bool {
	if c.Unix() {
		return true
	}
	host, _, err := net.SplitHostPort(c.RemoteAddr())
	return err == nil && net.ParseIP(host).IsLoopback()
}

// Log writes a transport's message.
func (s *Server) Log(level, format string, args ...any) { s.log.Log(level, format, args...) }

// logger adds a method per level.
type logger struct{ *logging.Logger }

func (l logger) Debug(format string, args ...any)   { l.Logf(logging.Debug, format, args...) }
func (l logger) Verbose(format string, args ...any) { l.Logf(logging.Verbose, format, args...) }
func (l logger) Notice(format string, args ...any)  { l.Logf(logging.Notice, format, args...) }
func (l logger) Warning(format string, args ...any) { l.Logf(logging.Warning, format, args...) }

// reservedDescriptors are kept for everything that is not a client.
const reservedDescriptors = 32

// fitClientsToDescriptors raises the limit of open files for maxclients, or lowers maxclients to the limit.
func (s *Server) fitClientsToDescriptors() {
	want := uint64(s.cfg.MaxClients) + reservedDescriptors
	got, err := raiseDescriptorLimit(want)
	if err != nil || got >= want {
		return
	}
	fit := max(int(min(got, math.MaxInt32))-reservedDescriptors, 1)
	s.log.Warning("You requested maxclients of %d requiring at least %d max file descriptors.", s.cfg.MaxClients, want)
	s.log.Warning("Current maximum open files is %d. maxclients has been reduced to %d to compensate for low ulimit. "+
		"If you need higher maxclients increase 'ulimit -n'.", got, fit)
	s.cfg.MaxClients = fit
}
