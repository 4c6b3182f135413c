package server

import (
	"slices"
	"strings"
	"testing"
)

// infoSection is a section of INFO and the fields it has.
type infoSection struct {
	title  string
	fields string // in Redis's order
	own    string // behind them
}

// infoSections are the sections of Redis 7.2.4's INFO in its order, with the fields of a server that stands alone, is not
// loading and keeps no append only file. The last field of Server and those of Commandstats, Errorstats, Latencystats and
// Keyspace come from what the test does.
var infoSections = []infoSection{
	{"Server",
		"redis_version redis_git_sha1 redis_git_dirty redis_build_id redis_mode os arch_bits monotonic_clock " +
			"multiplexing_api atomicvar_api gcc_version process_id process_supervised run_id tcp_port server_time_usec " +
			"uptime_in_seconds uptime_in_days hz configured_hz lru_clock executable config_file io_threads_active listener0", "server_name synap_version"},
	{"Clients",
		"connected_clients cluster_connections maxclients client_recent_max_input_buffer " +
			"client_recent_max_output_buffer blocked_clients tracking_clients clients_in_timeout_table total_blocking_keys " +
			"total_blocking_keys_on_nokey", ""},
	{"Memory",
		"used_memory used_memory_human used_memory_rss used_memory_rss_human used_memory_peak used_memory_peak_human " +
			"used_memory_peak_perc used_memory_overhead used_memory_startup used_memory_dataset used_memory_dataset_perc " +
			"allocator_allocated allocator_active allocator_resident total_system_memory total_system_memory_human " +
			"used_memory_lua used_memory_vm_eval used_memory_lua_human used_memory_scripts_eval number_of_cached_scripts " +
			"number_of_functions number_of_libraries used_memory_vm_functions used_memory_vm_total " +
			"used_memory_vm_total_human used_memory_functions used_memory_scripts used_memory_scripts_human maxmemory " +
			"maxmemory_human maxmemory_policy allocator_frag_ratio allocator_frag_bytes allocator_rss_ratio " +
			"allocator_rss_bytes rss_overhead_ratio rss_overhead_bytes mem_fragmentation_ratio mem_fragmentation_bytes " +
			"mem_not_counted_for_evict mem_replication_backlog mem_total_replication_buffers mem_clients_slaves " +
			"mem_clients_normal mem_cluster_links mem_aof_buffer mem_allocator active_defrag_running " +
			"lazyfree_pending_objects lazyfreed_objects", ""},
	{"Persistence",
		"loading async_loading current_cow_peak current_cow_size current_cow_size_age current_fork_perc " +
			"current_save_keys_processed current_save_keys_total rdb_changes_since_last_save rdb_bgsave_in_progress " +
			"rdb_last_save_time rdb_last_bgsave_status rdb_last_bgsave_time_sec rdb_current_bgsave_time_sec rdb_saves " +
			"rdb_last_cow_size rdb_last_load_keys_expired rdb_last_load_keys_loaded aof_enabled aof_rewrite_in_progress " +
			"aof_rewrite_scheduled aof_last_rewrite_time_sec aof_current_rewrite_time_sec aof_last_bgrewrite_status " +
			"aof_rewrites aof_rewrites_consecutive_failures aof_last_write_status aof_last_cow_size module_fork_in_progress " +
			"module_fork_last_cow_size", ""},
	{"Stats",
		"total_connections_received total_commands_processed instantaneous_ops_per_sec total_net_input_bytes " +
			"total_net_output_bytes total_net_repl_input_bytes total_net_repl_output_bytes instantaneous_input_kbps " +
			"instantaneous_output_kbps instantaneous_input_repl_kbps instantaneous_output_repl_kbps rejected_connections " +
			"sync_full sync_partial_ok sync_partial_err expired_keys expired_stale_perc expired_time_cap_reached_count " +
			"expire_cycle_cpu_milliseconds evicted_keys evicted_clients total_eviction_exceeded_time " +
			"current_eviction_exceeded_time keyspace_hits keyspace_misses pubsub_channels pubsub_patterns " +
			"pubsubshard_channels latest_fork_usec total_forks migrate_cached_sockets slave_expires_tracked_keys " +
			"active_defrag_hits active_defrag_misses active_defrag_key_hits active_defrag_key_misses " +
			"total_active_defrag_time current_active_defrag_time tracking_total_keys tracking_total_items " +
			"tracking_total_prefixes unexpected_error_replies total_error_replies dump_payload_sanitizations " +
			"total_reads_processed total_writes_processed io_threaded_reads_processed io_threaded_writes_processed " +
			"reply_buffer_shrinks reply_buffer_expands eventloop_cycles eventloop_duration_sum eventloop_duration_cmd_sum " +
			"instantaneous_eventloop_cycles_per_sec instantaneous_eventloop_duration_usec acl_access_denied_auth " +
			"acl_access_denied_cmd acl_access_denied_key acl_access_denied_channel", ""},
	{"Replication",
		"role connected_slaves master_failover_state master_replid master_replid2 master_repl_offset second_repl_offset " +
			"repl_backlog_active repl_backlog_size repl_backlog_first_byte_offset repl_backlog_histlen", ""},
	{"CPU",
		"used_cpu_sys used_cpu_user used_cpu_sys_children used_cpu_user_children used_cpu_sys_main_thread " +
			"used_cpu_user_main_thread", ""},
	{"Modules", "", ""},
	{"Commandstats", "cmdstat_get cmdstat_incr cmdstat_set", ""},
	{"Errorstats", "errorstat_ERR", ""},
	{"Latencystats", "latency_percentiles_usec_get latency_percentiles_usec_set", ""},
	{"Cluster", "cluster_enabled", ""},
	{"Keyspace", "db0", ""},
	{"Debug", "eventloop_duration_aof_sum eventloop_duration_cron_sum eventloop_duration_max eventloop_cmd_per_cycle_max", ""},
}

// parseInfo returns the titles of an INFO text and the fields' names by title, in the order of the text.
func parseInfo(text string) (titles []string, fields map[string][]string) {
	fields = map[string][]string{}
	for line := range strings.SplitSeq(text, "\r\n") {
		if title, ok := strings.CutPrefix(line, "# "); ok {
			titles = append(titles, title)
		} else if name, _, ok := strings.Cut(line, ":"); ok {
			fields[titles[len(titles)-1]] = append(fields[titles[len(titles)-1]], name)
		}
	}
	return titles, fields
}

// TestInfoFields: every field of Redis is there, in its place; what it does not have stands behind, and is named here.
func TestInfoFields(t *testing.T) {
	f := newFixture(t)
	f.srv.transport = &countingTransport{}
	c := f.connect()
	c.send("SET a 1\r\nGET a\r\nINCR\r\n")
	c.answers()
	var titles []string
	_, fields := parseInfo(string(c.tree("INFO everything debug").Text))
	for _, x := range infoSections {
		titles = append(titles, x.title)
		want := append(strings.Fields(x.fields), strings.Fields(x.own)...)
		if got := fields[x.title]; !slices.Equal(got, want) {
			t.Errorf("section %s\ngot  %q\nwant %q", x.title, got, want)
		}
	}
	without := func(some ...string) []string {
		return slices.DeleteFunc(slices.Clone(titles), func(title string) bool { return slices.Contains(some, title) })
	}
	for _, tc := range []struct {
		request string
		want    []string
	}{
		{"INFO", without("Commandstats", "Latencystats", "Debug")},
		{"INFO default", without("Commandstats", "Latencystats", "Debug")},
		{"INFO all", without("Debug")},
		{"INFO everything", without("Debug")},
		{"INFO everything debug", titles},
		{"INFO cpu SERVER keyspace", []string{"Server", "CPU", "Keyspace"}},
		{"INFO default commandstats", without("Latencystats", "Debug")},
		{"INFO module_list", []string{"Modules"}},
		{"INFO Modules", []string{"Modules"}},
		{"INFO nosuch", nil},
	} {
		if got, _ := parseInfo(string(c.tree(tc.request).Text)); !slices.Equal(got, tc.want) {
			t.Errorf("%s\ngot  %q\nwant %q", tc.request, got, tc.want)
		}
	}
}
