package server

import (
	"synap/commands"
	"synap/server/latency"
	"synap/server/metric"
	"synap/server/resp"
)

// latencyCommands report delays inside the server.
var latencyCommands = []commands.Command{
	{
		Name: "latency", Group: commands.GroupServer, Since: "2.8.13", Arity: -2,
		Summary:    "Groups the commands that report delays inside the server.",
		Complexity: "Depends on the subcommand",
		Sub: []commands.Command{
			{
				Name: "doctor", Group: commands.GroupServer, Since: "2.8.13", Arity: 2,
				Flags:      commands.Admin | commands.NoScript | commands.Loading | commands.Stale | commands.World,
				Summary:    "Explains the recorded delays and gives advice in plain text.",
				Complexity: "O(1)",
				Tips:       []string{"nondeterministic_output", "request_policy:all_nodes", "response_policy:special"},
				Run:        latencyDoctor,
			},
			{
				Name: "graph", Group: commands.GroupServer, Since: "2.8.13", Arity: 3,
				Flags:      commands.Admin | commands.NoScript | commands.Loading | commands.Stale | commands.World,
				Summary:    "Draws the recorded delays of one event as text.",
				Complexity: "O(1)",
				Tips:       []string{"nondeterministic_output", "request_policy:all_nodes", "response_policy:special"},
				Args:       []commands.Arg{commands.Str("event")},
				Run:        latencyGraph,
			},
			{
				Name: "help", Group: commands.GroupServer, Since: "2.8.13", Arity: 2,
				Flags:      commands.Loading | commands.Stale,
				Summary:    "Lists the LATENCY subcommands.",
				Complexity: "O(1)",
				Run:        commands.Help,
			},
			{
				Name: "histogram", Group: commands.GroupServer, Since: "7.0.0", Arity: -2,
				Flags:      commands.Admin | commands.NoScript | commands.Loading | commands.Stale | commands.World,
				Summary:    "Shows how the run times of all or the named commands are distributed.",
				Complexity: "O(N) for N reported commands",
				Tips:       []string{"nondeterministic_output", "request_policy:all_nodes", "response_policy:special"},
				Args:       []commands.Arg{commands.Str("COMMAND").Opt().Many()},
				Run:        latencyHistogram,
			},
			{
				Name: "history", Group: commands.GroupServer, Since: "2.8.13", Arity: 3,
				Flags:      commands.Admin | commands.NoScript | commands.Loading | commands.Stale | commands.World,
				Summary:    "Shows when one event was slow and by how much.",
				Complexity: "O(1)",
				Tips:       []string{"nondeterministic_output", "request_policy:all_nodes", "response_policy:special"},
				Args:       []commands.Arg{commands.Str("event")},
				Run:        latencyHistory,
			},
			{
				Name: "latest", Group: commands.GroupServer, Since: "2.8.13", Arity: 2,
				Flags:      commands.Admin | commands.NoScript | commands.Loading | commands.Stale | commands.World,
				Summary:    "Shows the last and the worst delay of each event.",
				Complexity: "O(1)",
				Tips:       []string{"nondeterministic_output", "request_policy:all_nodes", "response_policy:special"},
				Run:        latencyLatest,
			},
			{
				Name: "reset", Group: commands.GroupServer, Since: "2.8.13", Arity: -2,
				Flags:      commands.Admin | commands.NoScript | commands.Loading | commands.Stale | commands.World,
				Summary:    "Forgets the recorded delays of all or the named events.",
				Complexity: "O(1)",
				Tips:       []string{"request_policy:all_nodes", "response_policy:agg_sum"},
				Args:       []commands.Arg{commands.Str("event").Opt().Many()},
				Run:        latencyReset,
			},
		},
	},
}

func latencyLatest(c *commands.Ctx) error {
	o := &c.Client.(*session).srv.observed.mu
	o.Lock()
	defer o.Unlock()
	latest := o.latency.Latest()
	c.W.Array(len(latest))
	for _, e := range latest {
		c.W.Array(4)
		c.W.BulkString(e.Event)
		c.W.Int(e.Unix)
		c.W.Int(e.Millis)
		c.W.Int(e.MaxMillis)
	}
	return nil
}

func latencyHistory(c *commands.Ctx) error {
	o := &c.Client.(*session).srv.observed.mu
	o.Lock()
	defer o.Unlock()
	samples := o.latency.History(string(c.Args[2]))
	c.W.Array(len(samples))
	for _, x := range samples {
		c.W.Array(2)
		c.W.Int(x.Unix)
		c.W.Int(x.Millis)
	}
	return nil
}

func latencyReset(c *commands.Ctx) error {
	o := &c.Client.(*session).srv.observed.mu
	o.Lock()
	defer o.Unlock()
	n := 0
	if len(c.Args) == 2 {
		n = o.latency.ResetAll()
	}
	for _, event := range c.Args[2:] {
		n += o.latency.Reset(string(event))
	}
	c.W.Int(int64(n))
	return nil
}

func latencyGraph(c *commands.Ctx) error {
	o := &c.Client.(*session).srv.observed.mu
	o.Lock()
	defer o.Unlock()
	text, ok := o.latency.Graph(string(c.Args[2]), c.Now/1000)
	if !ok {
		return commands.Error("ERR No samples available for event '" + resp.Excerpt(c.Args[2], resp.MaxExcerpt) + "'")
	}
	c.W.Verbatim("txt", text)
	return nil
}

func latencyDoctor(c *commands.Ctx) error {
	srv := c.Client.(*session).srv
	facts := latency.Facts{SlowlogMicros: srv.cfg.SlowlogLogSlowerThan, ExpireEffort: srv.cfg.ActiveExpireEffort,
		HugePages: metric.HugePages()}
	o := &srv.observed.mu
	o.Lock()
	defer o.Unlock()
	c.W.Verbatim("txt", o.latency.Doctor(facts, c.Now/1000))
	return nil
}

// latencyHistogram replies the run-time distribution of the named commands, or of all that were called.
func latencyHistogram(c *commands.Ctx) error {
	srv := c.Client.(*session).srv
	hole, n := c.W.MapHole(), 0
	add := func(cmd *commands.Command) {
		if st := srv.statsOf(cmd); st.histogram != nil {
			writeHistogram(c.W, cmd.FullName, st.histogram)
			n++
		}
	}
	if len(c.Args) == 2 {
		for cmd := range srv.table.All() {
			add(cmd)
		}
	}
	for _, name := range c.Args[2:] {
		cmd := srv.table.Named(string(name))
		if cmd == nil {
			continue
		}
		add(cmd)
		for i := range cmd.Sub {
			add(&cmd.Sub[i])
		}
	}
	c.W.FillMap(hole, n)
	return nil
}

func writeHistogram(w *commands.Writer, name string, h *latency.Histogram) {
	w.BulkString(name)
	w.Map(2)
	w.BulkString("calls")
	w.Int(int64(h.Count()))
	w.BulkString("histogram_usec")
	buckets := h.Buckets()
	w.Map(len(buckets))
	for _, b := range buckets {
		w.Int(b.Micros)
		w.Int(int64(b.Calls))
	}
}
