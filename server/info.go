package server

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"synap/commands"
	"synap/server/config"
	"synap/server/latency"
	"synap/server/metric"
	"synap/server/pubsub"
	"synap/server/transport"
	"synap/store"
)

// allocator names what data lives in.
const allocator = "arena"

// section is one part of INFO. Sections that are not standard have to be asked for by name, or with "all" or "everything",
// which differ in sections of modules only.
type section struct {
	name     string
	title    string
	standard bool
	write    func(r *report)
}

// sections are INFO's parts in Redis's order: some tools take the first match of a field's name.
var sections = []section{
	{"server", "Server", true, (*report).server},
	{"clients", "Clients", true, (*report).clients},
	{"memory", "Memory", true, (*report).memory},
	{"persistence", "Persistence", true, (*report).persistence},
	{"stats", "Stats", true, (*report).stats},
	{"replication", "Replication", true, (*report).replication},
	{"cpu", "CPU", true, (*report).cpu},
	{"modules", "Modules", true, func(*report) {}},
	{"commandstats", "Commandstats", false, (*report).commandStats},
	{"errorstats", "Errorstats", true, (*report).errorStats},
	{"latencystats", "Latencystats", false, (*report).latencyStats},
	{"cluster", "Cluster", true, func(r *report) { r.field("cluster_enabled", 0) }},
	{"keyspace", "Keyspace", true, (*report).keyspace},
	{"debug", "Debug", false, (*report).debug},
}

// report builds the text of INFO. The world is stopped.
type report struct {
	s    *Server
	tx   *store.Txn
	now  time.Time
	text strings.Builder
}

// field appends one line. Floats are given as formatted strings.
func (r *report) field(name string, value any) {
	switch v := value.(type) {
	case bool:
		n := 0
		if v {
			n = 1
		}
		fmt.Fprintf(&r.text, "%s:%d\r\n", name, n)
	default:
		fmt.Fprintf(&r.text, "%s:%v\r\n", name, v)
	}
}

// zeros appends fields of parts a standalone server does not use.
func (r *report) zeros(names ...string) {
	for _, n := range names {
		r.field(n, 0)
	}
}

func (r *report) bytes(name string, n int64) {
	r.field(name, n)
	r.field(name+"_human", metric.Human(uint64(max(n, 0))))
}

func ratio(a, b int64) string {
	if b == 0 {
		return "0.00"
	}
	return fmt.Sprintf("%.2f", float64(a)/float64(b))
}

func percent(part, whole int64) string {
	if whole == 0 {
		return "0.00%"
	}
	return fmt.Sprintf("%.2f%%", float64(part)/float64(whole)*100)
}

// infoText is INFO's answer for the sections asked for, in lower case; none means the standard ones.
func (s *Server) infoText(tx *store.Txn, wanted []string) string {
	r := &report{s: s, tx: tx, now: s.clock()}
	if slices.Contains(wanted, "module_list") { // Redis's name for the part of Modules that no module writes
		wanted = append(slices.Clip(wanted), "modules")
	}
	standard := len(wanted) == 0 || slices.Contains(wanted, "default")
	all := slices.Contains(wanted, "all") || slices.Contains(wanted, "everything")
	for _, x := range sections {
		if x.name == "debug" && !slices.Contains(wanted, "debug") {
			continue // for developers: only under its own name
		}
		if !all && !(standard && x.standard) && !slices.Contains(wanted, x.name) {
			continue
		}
		if r.text.Len() > 0 {
			r.text.WriteString("\r\n")
		}
		r.text.WriteString("# " + x.title + "\r\n")
		x.write(r)
	}
	return r.text.String()
}

func (r *report) server() {
	s := r.s
	r.field("redis_version", config.Version)
	r.field("redis_git_sha1", "00000000")
	r.field("redis_git_dirty", 0)
	r.field("redis_build_id", config.BuildID())
	r.field("redis_mode", "standalone")
	r.field("os", metric.OS())
	r.field("arch_bits", 64)
	r.field("monotonic_clock", "POSIX clock_gettime")
	r.field("multiplexing_api", s.multiplexing())
	r.field("atomicvar_api", "go-atomic")
	r.field("gcc_version", "0.0.0")
	r.field("process_id", os.Getpid())
	r.field("process_supervised", s.cfg.Supervised)
	r.field("run_id", s.runID)
	r.field("tcp_port", s.cfg.Port)
	r.field("server_time_usec", r.now.UnixMicro())
	up := int64(r.now.Sub(s.started) / time.Second)
	r.field("uptime_in_seconds", up)
	r.field("uptime_in_days", up/86400)
	r.field("hz", s.cfg.HZ)
	r.field("configured_hz", s.cfg.HZ)
	r.field("lru_clock", r.now.Unix()&(1<<24-1))
	r.field("executable", metric.Executable())
	r.field("config_file", s.cfg.Path)
	r.field("io_threads_active", s.activeLoops() > 1)
	r.listeners()
	r.field("server_name", "synap")
	r.field("synap_version", config.SynapVersion)
}

// listeners appends where the server listens, a line per kind of socket.
func (r *report) listeners() {
	n := 0
	line := func(text string) {
		r.field(fmt.Sprintf("listener%d", n), text)
		n++
	}
	if r.s.cfg.Port != 0 {
		text := "name=tcp"
		for _, b := range r.s.cfg.Bind {
			text += ",bind=" + b
		}
		line(fmt.Sprintf("%s,port=%d", text, r.s.cfg.Port))
	}
	if r.s.cfg.UnixSocket != "" {
		line("name=unix,bind=" + r.s.cfg.UnixSocket)
	}
}

func (r *report) clients() {
	in, out := 0, 0
	for _, x := range r.s.clients.all() {
		u := x.conn.Usage()
		in, out = max(in, u.InputCap), max(out, u.TailCap+u.Frozen)
	}
	r.field("connected_clients", r.s.clients.count.Load())
	r.field("cluster_connections", 0)
	r.field("maxclients", r.s.cfg.MaxClients)
	r.field("client_recent_max_input_buffer", in)
	r.field("client_recent_max_output_buffer", out)
	r.field("blocked_clients", r.s.blocked.all.Load()+r.s.pause.held())
	r.field("tracking_clients", r.s.tracking.count.Load())
	r.field("clients_in_timeout_table", r.s.blocked.limited.Load())
	keys, gone := r.tx.Awaited()
	r.field("total_blocking_keys", keys)
	r.field("total_blocking_keys_on_nokey", gone)
}

func (r *report) memory() {
	s := r.s
	m := s.memoryFigures(r.tx)
	r.bytes("used_memory", m.used)
	r.bytes("used_memory_rss", m.rss)
	r.bytes("used_memory_peak", m.peak)
	r.field("used_memory_peak_perc", percent(m.used, m.peak))
	r.field("used_memory_overhead", m.overhead)
	r.field("used_memory_startup", m.startup)
	r.field("used_memory_dataset", m.dataset)
	r.field("used_memory_dataset_perc", percent(m.dataset, max(m.used-m.startup, 1)))
	r.field("allocator_allocated", m.allocated)
	r.field("allocator_active", m.active)
	r.field("allocator_resident", m.active)
	r.bytes("total_system_memory", m.system)
	r.zeros("used_memory_lua", "used_memory_vm_eval")
	r.field("used_memory_lua_human", "0B")
	r.zeros("used_memory_scripts_eval", "number_of_cached_scripts", "number_of_functions", "number_of_libraries",
		"used_memory_vm_functions", "used_memory_vm_total")
	r.field("used_memory_vm_total_human", "0B")
	r.zeros("used_memory_functions", "used_memory_scripts")
	r.field("used_memory_scripts_human", "0B")
	r.bytes("maxmemory", s.cfg.MaxMemory)
	r.field("maxmemory_policy", s.cfg.MaxMemoryPolicy)
	r.field("allocator_frag_ratio", ratio(m.active, m.allocated))
	r.field("allocator_frag_bytes", max(m.active-m.allocated, 0))
	r.field("allocator_rss_ratio", "1.00")
	r.field("allocator_rss_bytes", 0)
	r.field("rss_overhead_ratio", ratio(m.rss, m.active))
	r.field("rss_overhead_bytes", m.rss-m.active)
	r.field("mem_fragmentation_ratio", ratio(m.rss, m.held()))
	r.field("mem_fragmentation_bytes", m.rss-m.held())
	r.field("mem_not_counted_for_evict", s.inboxMemory.Load())
	r.zeros("mem_replication_backlog", "mem_total_replication_buffers", "mem_clients_slaves")
	r.field("mem_clients_normal", s.clientsMemory())
	r.zeros("mem_cluster_links", "mem_aof_buffer")
	r.field("mem_allocator", allocator)
	r.field("active_defrag_running", s.defragRunning.Load())
	r.field("lazyfree_pending_objects", r.tx.PendingReclaim())
	r.field("lazyfreed_objects", r.tx.Reclaimed())
}

func (r *report) persistence() {
	r.zeros("loading", "async_loading", "current_cow_peak", "current_cow_size", "current_cow_size_age")
	r.field("current_fork_perc", "0.00")
	r.zeros("current_save_keys_processed", "current_save_keys_total")
	r.field("rdb_changes_since_last_save", r.s.changes())
	r.field("rdb_bgsave_in_progress", 0)
	r.field("rdb_last_save_time", r.s.started.Unix())
	r.field("rdb_last_bgsave_status", "ok")
	r.field("rdb_last_bgsave_time_sec", -1)
	r.field("rdb_current_bgsave_time_sec", -1)
	r.zeros("rdb_saves", "rdb_last_cow_size", "rdb_last_load_keys_expired", "rdb_last_load_keys_loaded", "aof_enabled",
		"aof_rewrite_in_progress", "aof_rewrite_scheduled")
	r.field("aof_last_rewrite_time_sec", -1)
	r.field("aof_current_rewrite_time_sec", -1)
	r.field("aof_last_bgrewrite_status", "ok")
	r.zeros("aof_rewrites", "aof_rewrites_consecutive_failures")
	r.field("aof_last_write_status", "ok")
	r.zeros("aof_last_cow_size", "module_fork_in_progress", "module_fork_last_cow_size")
}

func (r *report) stats() {
	s := r.s
	t := s.traffic()
	rates := s.rates()
	keys, expiry := r.tx.Stats(), s.store.ExpiryStats()
	r.field("total_connections_received", t.accepted)
	r.field("total_commands_processed", s.totalCommands())
	r.field("instantaneous_ops_per_sec", rates.commands)
	r.field("total_net_input_bytes", t.in)
	r.field("total_net_output_bytes", t.out)
	r.zeros("total_net_repl_input_bytes", "total_net_repl_output_bytes")
	r.field("instantaneous_input_kbps", fmt.Sprintf("%.2f", float64(rates.in)/1024))
	r.field("instantaneous_output_kbps", fmt.Sprintf("%.2f", float64(rates.out)/1024))
	r.field("instantaneous_input_repl_kbps", "0.00")
	r.field("instantaneous_output_repl_kbps", "0.00")
	r.field("rejected_connections", s.counters.rejected.Load())
	r.zeros("sync_full", "sync_partial_ok", "sync_partial_err")
	r.field("expired_keys", keys.Expired)
	r.field("expired_stale_perc", fmt.Sprintf("%.2f", expiry.StalePercent))
	r.field("expired_time_cap_reached_count", expiry.TimeCapReached)
	r.field("expire_cycle_cpu_milliseconds", expiry.CPU.Milliseconds())
	r.field("evicted_keys", keys.Evicted)
	r.field("evicted_clients", s.counters.evictedClients.Load())
	r.field("total_eviction_exceeded_time", s.counters.evictionTime.Load()/int64(time.Millisecond))
	r.field("current_eviction_exceeded_time", 0)
	r.field("keyspace_hits", keys.Hits)
	r.field("keyspace_misses", keys.Misses)
	r.field("pubsub_channels", s.pubsub.Count(pubsub.Channel))
	r.field("pubsub_patterns", s.pubsub.Count(pubsub.Pattern))
	r.field("pubsubshard_channels", s.pubsub.Count(pubsub.Shard))
	r.zeros("latest_fork_usec", "total_forks",
		"migrate_cached_sockets", "slave_expires_tracked_keys")
	r.field("active_defrag_hits", s.store.Moved())
	r.zeros("active_defrag_misses", "active_defrag_key_hits", "active_defrag_key_misses")
	r.field("total_active_defrag_time", s.counters.defragTime.Load()/int64(time.Millisecond))
	r.zeros("current_active_defrag_time")
	tracked, readers := s.store.Tracked()
	r.field("tracking_total_keys", tracked)
	r.field("tracking_total_items", readers)
	r.field("tracking_total_prefixes", s.tracking.prefixes.Len())
	r.zeros("unexpected_error_replies")
	r.field("total_error_replies", s.totalErrors())
	r.zeros("dump_payload_sanitizations")
	r.field("total_reads_processed", t.reads)
	r.field("total_writes_processed", t.writes)
	r.zeros("io_threaded_reads_processed", "io_threaded_writes_processed", "reply_buffer_shrinks", "reply_buffer_expands")
	r.field("eventloop_cycles", t.turns)
	r.field("eventloop_duration_sum", t.busy.Microseconds())
	r.field("eventloop_duration_cmd_sum", s.commandTime().Microseconds())
	r.field("instantaneous_eventloop_cycles_per_sec", rates.turns)
	r.field("instantaneous_eventloop_duration_usec", rates.turnTime.Microseconds())
	r.field("acl_access_denied_auth", s.counters.authFailures.Load())
	r.zeros("acl_access_denied_cmd", "acl_access_denied_key", "acl_access_denied_channel")
}

func (r *report) replication() {
	r.field("role", "master")
	r.field("connected_slaves", 0)
	r.field("master_failover_state", "no-failover")
	r.field("master_replid", r.s.replID)
	r.field("master_replid2", strings.Repeat("0", 40))
	r.field("master_repl_offset", 0)
	r.field("second_repl_offset", -1)
	r.field("repl_backlog_active", 0)
	r.field("repl_backlog_size", r.s.cfg.ReplBacklogSize)
	r.zeros("repl_backlog_first_byte_offset", "repl_backlog_histlen")
}

func (r *report) cpu() {
	u := metric.ReadCPU()
	for _, f := range []struct {
		name string
		d    time.Duration
	}{
		{"used_cpu_sys", u.Self.System}, {"used_cpu_user", u.Self.User},
		{"used_cpu_sys_children", u.Children.System}, {"used_cpu_user_children", u.Children.User},
		{"used_cpu_sys_main_thread", u.MainThread.System}, {"used_cpu_user_main_thread", u.MainThread.User},
	} {
		r.field(f.name, fmt.Sprintf("%.6f", f.d.Seconds()))
	}
}

func (r *report) commandStats() {
	for cmd, st := range r.s.allCommandStats() {
		perCall := "0.00"
		if st.calls > 0 {
			perCall = fmt.Sprintf("%.2f", float64(st.nanos)/1000/float64(st.calls))
		}
		fmt.Fprintf(&r.text, "cmdstat_%s:calls=%d,usec=%d,usec_per_call=%s,rejected_calls=%d,failed_calls=%d\r\n",
			cmd.FullName, st.calls, st.nanos/1000, perCall, st.rejected, st.failed)
	}
}

func (r *report) latencyStats() {
	if !r.s.cfg.LatencyTracking {
		return
	}
	for cmd, st := range r.s.allCommandStats() {
		if st.histogram == nil {
			continue
		}
		r.text.WriteString("latency_percentiles_usec_" + cmd.FullName + ":")
		r.text.Write(st.histogram.AppendPercentiles(nil, r.s.cfg.LatencyPercentiles))
		r.text.WriteString("\r\n")
	}
}

func (r *report) errorStats() {
	codes := r.s.errorCounts()
	names := make([]string, 0, len(codes))
	for c := range codes {
		names = append(names, c)
	}
	slices.Sort(names)
	for _, c := range names {
		fmt.Fprintf(&r.text, "errorstat_%s:count=%d\r\n", c, codes[c])
	}
}

func (r *report) keyspace() {
	for _, st := range r.tx.SpaceStats() {
		fmt.Fprintf(&r.text, "db%d:keys=%d,expires=%d,avg_ttl=%d\r\n", st.DB, st.Keys, st.Expires, st.AvgTTL)
	}
}

// debug shows the extremes of the loops' turns.
func (r *report) debug() {
	var most int64
	var longest time.Duration
	for _, l := range r.s.loops {
		most, longest = max(most, l.stats.turnMost, l.stats.commands-l.stats.turnStart), max(longest, l.stats.turnLongest, l.last)
	}
	r.field("eventloop_duration_aof_sum", 0)
	r.field("eventloop_duration_cron_sum", r.s.counters.cronTime.Load()/int64(time.Microsecond))
	r.field("eventloop_duration_max", longest.Microseconds())
	r.field("eventloop_cmd_per_cycle_max", most)
}

// multiplexing names how the transport waits for sockets.
func (s *Server) multiplexing() string {
	if _, portable := s.transport.(portable); portable {
		return "go-netpoll"
	}
	return "epoll"
}

// portable marks the transport that runs everywhere.
type portable interface{ Portable() }

func (s *Server) activeLoops() (n int) {
	for _, l := range s.transport.Stats().Loops {
		if l.Conns > 0 {
			n++
		}
	}
	return n
}

// traffic are the transport's figures since the last CONFIG RESETSTAT.
type traffic struct {
	accepted, in, out, reads, writes, turns int64
	busy                                    time.Duration
}

func trafficOf(st transport.Stats) traffic {
	t := st.Total()
	return traffic{st.Accepted + st.Refused, t.BytesIn, t.BytesOut, t.Reads, t.Writes, t.Turns, t.Busy}
}

func (s *Server) traffic() traffic {
	t, z := trafficOf(s.transport.Stats()), s.trafficBase
	return traffic{t.accepted - z.accepted, t.in - z.in, t.out - z.out, t.reads - z.reads, t.writes - z.writes,
		t.turns - z.turns, t.busy - z.busy}
}

// The following sum up the loops' statistics; the world is stopped.

func (s *Server) totalCommands() (n int64) {
	for _, l := range s.loops {
		n += l.stats.commands
	}
	return n
}

func (s *Server) totalErrors() (n int64) {
	for _, l := range s.loops {
		n += l.stats.errors
	}
	return n
}

func (s *Server) commandTime() (d time.Duration) {
	for _, l := range s.loops {
		for i := range l.stats.byCommand {
			d += time.Duration(l.stats.byCommand[i].nanos)
		}
	}
	return d
}

func (s *Server) errorCounts() map[string]int64 {
	sum := map[string]int64{}
	for _, l := range s.loops {
		for c, n := range l.stats.errorCodes {
			sum[c] += n
		}
	}
	return sum
}

// statsOf sums the loops' statistics of one command. The histogram is nil if there were no calls.
func (s *Server) statsOf(cmd *commands.Command) (sum commandStats) {
	for _, l := range s.loops {
		st := &l.stats.byCommand[cmd.ID]
		sum.calls += st.calls
		sum.nanos += st.nanos
		sum.rejected += st.rejected
		sum.failed += st.failed
		if st.histogram != nil {
			if sum.histogram == nil {
				sum.histogram = new(latency.Histogram)
			}
			sum.histogram.Merge(st.histogram)
		}
	}
	return sum
}

// allCommandStats iterates over the commands that were called or refused, by name.
func (s *Server) allCommandStats() func(func(*commands.Command, commandStats) bool) {
	return func(yield func(*commands.Command, commandStats) bool) {
		cmds := slices.SortedFunc(s.table.All(), func(a, b *commands.Command) int { return cmp.Compare(a.FullName, b.FullName) })
		for _, c := range cmds {
			st := s.statsOf(c)
			if (st.calls > 0 || st.rejected > 0 || st.failed > 0) && !yield(c, st) {
				return
			}
		}
	}
}
