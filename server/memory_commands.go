package server

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"synap/commands"
	"synap/server/metric"
)

// memoryCommands report the use of memory.
var memoryCommands = []commands.Command{
	{
		Name: "memory", Group: commands.GroupServer, Since: "4.0.0", Arity: -2,
		Summary:    "Groups the commands that report the use of memory.",
		Complexity: "Depends on the subcommand",
		Sub: []commands.Command{
			{
				Name: "usage", Group: commands.GroupServer, Since: "4.0.0", Arity: -3, Flags: commands.ReadOnly,
				Summary:    "Tells how many bytes a key and its value take.",
				Complexity: "O(N) for N examined elements",
				Keys:       []commands.KeySpec{commands.KeyAt(2, commands.KeyRO)},
				Args:       []commands.Arg{commands.KeyArg("key", 0), commands.Int("count").With("SAMPLES").Opt()},
				Run:        memoryUsage,
			},
			{
				Name: "stats", Group: commands.GroupServer, Since: "4.0.0", Arity: 2, Flags: commands.World,
				Summary:    "Breaks down what the server uses memory for.",
				Complexity: "O(1)",
				Tips:       []string{"nondeterministic_output", "request_policy:all_shards", "response_policy:special"},
				Run:        memoryStats,
			},
			{
				Name: "doctor", Group: commands.GroupServer, Since: "4.0.0", Arity: 2, Flags: commands.World,
				Summary:    "Explains problems with the use of memory in plain text.",
				Complexity: "O(1)",
				Tips:       []string{"nondeterministic_output", "request_policy:all_shards", "response_policy:special"},
				Run:        memoryDoctor,
			},
			{
				Name: "purge", Group: commands.GroupServer, Since: "4.0.0", Arity: 2, Flags: commands.World,
				Summary:    "Gives unused memory back to the operating system.",
				Complexity: "Depends on the amount of memory in use",
				Tips:       []string{"request_policy:all_shards", "response_policy:all_succeeded"},
				Run:        memoryPurge,
			},
			{
				Name: "malloc-stats", Group: commands.GroupServer, Since: "4.0.0", Arity: 2, Flags: commands.World,
				Summary:    "Shows the memory allocator's own statistics.",
				Complexity: "Depends on the amount of memory in use",
				Tips:       []string{"nondeterministic_output", "request_policy:all_shards", "response_policy:special"},
				Run:        memoryMallocStats,
			},
			{
				Name: "help", Group: commands.GroupServer, Since: "4.0.0", Arity: 2,
				Flags:      commands.Loading | commands.Stale,
				Summary:    "Lists the MEMORY subcommands.",
				Complexity: "O(1)",
				Run:        commands.Help,
			},
		},
	},
}

// memoryUsage replies what a key costs. SAMPLES is for values of many elements; a string is one.
func memoryUsage(c *commands.Ctx) error {
	for i := 3; i < len(c.Args); i++ {
		if !c.Is(i, "samples") || i+1 == len(c.Args) {
			return commands.ErrSyntax
		}
		i++
		n, err := c.Integer(i)
		if err != nil {
			return err
		}
		if n < 0 {
			return commands.ErrSyntax
		}
	}
	e := c.Tx.Peek(c.Args[2])
	if !e.Exists() {
		c.W.Null()
		return nil
	}
	c.W.Int(c.Tx.MemoryUsage(e))
	return nil
}

func memoryStats(c *commands.Ctx) error {
	srv := c.Client.(*session).srv
	m, w := srv.memoryFigures(c.Tx), c.W
	number := func(name string, n int64) { w.BulkString(name); w.Int(n) }
	real := func(name string, a, b int64) {
		w.BulkString(name)
		if b == 0 {
			w.Double(0)
		} else {
			w.Double(float64(a) / float64(b))
		}
	}
	w.Map(27 + len(m.databases))
	number("peak.allocated", m.peak)
	number("total.allocated", m.used)
	number("startup.allocated", m.startup)
	number("replication.backlog", 0)
	number("clients.slaves", 0)
	number("clients.normal", m.clients)
	number("cluster.links", 0)
	number("aof.buffer", 0)
	number("lua.caches", 0)
	number("functions.caches", 0)
	for _, db := range m.databases {
		w.BulkString("db." + itoa(int64(db.DB)))
		w.Map(2)
		number("overhead.hashtable.main", db.TableBytes)
		number("overhead.hashtable.expires", 0)
	}
	number("overhead.total", m.overhead)
	number("keys.count", m.keys)
	number("keys.bytes-per-key", (m.used-m.startup)/max(m.keys, 1))
	number("dataset.bytes", m.dataset)
	real("dataset.percentage", m.dataset*100, m.used-m.startup)
	real("peak.percentage", m.used*100, m.peak)
	number("allocator.allocated", m.allocated)
	number("allocator.active", m.active)
	number("allocator.resident", m.active)
	real("allocator-fragmentation.ratio", m.active, m.allocated)
	number("allocator-fragmentation.bytes", m.active-m.allocated)
	real("allocator-rss.ratio", m.active, m.active)
	number("allocator-rss.bytes", 0)
	real("rss-overhead.ratio", m.rss, m.active)
	number("rss-overhead.bytes", m.rss-m.active)
	real("fragmentation", m.rss, m.held())
	number("fragmentation.bytes", m.rss-m.held())
	return nil
}

// Conditions under which MEMORY DOCTOR has something to say.
const (
	doctorMinimum       = 5 << 20 // bytes of data below which figures mean nothing
	doctorPeak          = 1.5     // peak against now
	doctorFragmentation = 1.4     // pages held against live blocks
	doctorPending       = 0.1     // removed and not freed yet, of all
	doctorClient        = 200 << 10
)

func memoryDoctor(c *commands.Ctx) error {
	srv := c.Client.(*session).srv
	m := srv.memoryFigures(c.Tx)
	var found []string
	if float64(m.peak) > float64(m.used)*doctorPeak {
		found = append(found, " * Peak memory: in the past this instance used more than 150% of the memory it uses now. "+
			"The difference may still be held by the process; MEMORY PURGE gives back what it can.")
	}
	if float64(m.active) > float64(m.allocated)*doctorFragmentation && m.active-m.allocated > 10<<20 {
		found = append(found, " * High fragmentation: pages are held for much more than what lives in them. Deleting many "+
			"keys of one size does that. Turn activedefrag on, or call MEMORY PURGE once.")
	}
	if float64(m.pending) > float64(m.used)*doctorPending && m.pending > 10<<20 {
		found = append(found, fmt.Sprintf(" * Memory waits to be freed: %s, %s of what is used, is left of large values and "+
			"databases that were removed. It is freed in the background, a little at a time; MEMORY PURGE makes haste.",
			metric.Human(uint64(m.pending)), percent(m.pending, m.used)))
	}
	if n := srv.clients.count.Load(); n > 0 && m.clients/n > doctorClient {
		found = append(found, " * Big client buffers: the clients hold more than 200 KiB each on average. Look for large "+
			"omem and qbuf values in CLIENT LIST: somebody sends huge commands or does not read replies.")
	}
	switch {
	case m.used < doctorMinimum:
		c.W.Verbatim("txt", "Hi Sam, this instance is empty or is using very little memory, so the figures say nothing "+
			"about its health. Load it with real data and ask again.\n")
	case len(found) == 0:
		c.W.Verbatim("txt", "Hi Sam, I can't find any memory issue in your instance.\n")
	default:
		c.W.Verbatim("txt", "Sam, I found something to look at in this instance's memory:\n\n"+
			strings.Join(found, "\n\n")+"\n")
	}
	return nil
}

// memoryPurge gives memory that no data needs back to the operating system: what is free now at once, the rest in the
// background (purgeStep). To free gigabytes of removed values, or to move entries together, takes seconds, and this command has
// the world stopped.
func memoryPurge(c *commands.Ctx) error {
	srv := c.Client.(*session).srv
	srv.purge.Store(true)
	srv.store.Trim()
	debug.FreeOSMemory()
	c.W.OK()
	return nil
}

func memoryMallocStats(c *commands.Ctx) error {
	srv := c.Client.(*session).srv
	m := srv.memoryFigures(c.Tx)
	var heap runtime.MemStats
	runtime.ReadMemStats(&heap)
	c.W.Verbatim("txt", fmt.Sprintf("arena: live %d, held %d, tables %d\nruntime heap: live %d, in use %d, idle %d, released %d\n"+
		"runtime other: stacks %d, metadata %d, system %d\nprocess: resident %d\n", m.allocated, m.active, m.tables, heap.HeapAlloc,
		heap.HeapInuse, heap.HeapIdle, heap.HeapReleased, heap.StackInuse, heap.MSpanInuse+heap.MCacheInuse+heap.GCSys,
		heap.Sys, m.rss))
	return nil
}
