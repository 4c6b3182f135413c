package server

import (
	"strings"

	"synap/commands"
	"synap/server/config"
)

// configCommands show and change the configuration.
var configCommands = []commands.Command{
	{
		Name: "config", Group: commands.GroupServer, Since: "2.0.0", Arity: -2,
		Summary:    "Groups the commands that deal with the configuration.",
		Complexity: "Depends on the subcommand",
		Sub: []commands.Command{
			{
				Name: "get", Group: commands.GroupServer, Since: "2.0.0", Arity: -3,
				Flags:      commands.Admin | commands.NoScript | commands.Loading | commands.Stale | commands.World,
				Summary:    "Shows the directives whose names fit the patterns.",
				Complexity: "O(N) for N requested patterns",
				History:    []commands.Change{{Version: "7.0.0", What: "Takes several patterns."}},
				Args:       []commands.Arg{commands.Str("parameter").Many()},
				Run:        configGet,
			},
			{
				Name: "set", Group: commands.GroupServer, Since: "2.0.0", Arity: -4,
				Flags:      commands.Admin | commands.NoScript | commands.Loading | commands.Stale | commands.World,
				Summary:    "Changes directives while the server runs, all or none of them.",
				Complexity: "O(N) for N directives",
				History:    []commands.Change{{Version: "7.0.0", What: "Takes several directives."}},
				Tips:       []string{"request_policy:all_nodes", "response_policy:all_succeeded"},
				Args:       []commands.Arg{commands.Block("data", commands.Str("parameter"), commands.Str("value")).Many()},
				Run:        configSet,
			},
			{
				Name: "resetstat", Group: commands.GroupServer, Since: "2.0.0", Arity: 2,
				Flags:      commands.Admin | commands.NoScript | commands.Loading | commands.Stale | commands.World,
				Summary:    "Sets the counters that INFO shows back to zero.",
				Complexity: "O(1)",
				Tips:       []string{"request_policy:all_nodes", "response_policy:all_succeeded"},
				Run:        configResetStat,
			},
			{
				Name: "rewrite", Group: commands.GroupServer, Since: "2.8.0", Arity: 2,
				Flags:      commands.Admin | commands.NoScript | commands.Loading | commands.Stale | commands.World,
				Summary:    "Writes the running configuration back to its file.",
				Complexity: "O(1)",
				Tips:       []string{"request_policy:all_nodes", "response_policy:all_succeeded"},
				Run:        configRewrite,
			},
			{
				Name: "help", Group: commands.GroupServer, Since: "5.0.0", Arity: 2,
				Flags:      commands.Loading | commands.Stale,
				Summary:    "Lists the CONFIG subcommands.",
				Complexity: "O(1)",
				Run:        commands.Help,
			},
		},
	},
}

func configGet(c *commands.Ctx) error {
	patterns := make([]string, 0, len(c.Args)-2)
	for _, p := range c.Args[2:] {
		patterns = append(patterns, string(p))
	}
	found := c.Client.(*session).srv.cfg.Get(patterns...)
	c.W.Map(len(found))
	for _, setting := range found {
		c.W.BulkString(setting.Name)
		c.W.BulkString(setting.Value)
	}
	return nil
}

// configSet changes directives. Values that are secrets are hidden from MONITOR and SLOWLOG even if they are refused.
func configSet(c *commands.Ctx) error {
	s := c.Client.(*session)
	var args, names []string
	for i, word := range c.Args[2:] {
		args = append(args, string(word))
		if i%2 == 1 {
			continue
		}
		names = append(names, string(word))
		if config.IsSensitive(string(word)) {
			s.redact(i + 3)
		}
	}
	if err := s.srv.cfg.Set(config.Request{Local: isLocal(s.conn)}, args...); err != nil {
		s.srv.log.Verbose("Client %s could not change the configuration: %v", s.conn.RemoteAddr(), err)
		return commands.Error(err.Error())
	}
	s.srv.log.Verbose("Client %s changed the configuration: %s", s.conn.RemoteAddr(), strings.Join(names, ", "))
	c.W.OK()
	return nil
}

// configRewrite notes in the log what became of it, as Redis does.
func configRewrite(c *commands.Ctx) error {
	srv := c.Client.(*session).srv
	if err := srv.cfg.Rewrite(); err != nil {
		if srv.cfg.Path != "" {
			srv.log.Warning("CONFIG REWRITE failed: %v", err)
		}
		return commands.Error(err.Error())
	}
	srv.log.Notice("CONFIG REWRITE executed with success.")
	c.W.OK()
	return nil
}

// configResetStat clears the statistics. What the transport counts goes on; its figures until now are remembered and
// subtracted.
func configResetStat(c *commands.Ctx) error {
	srv := c.Client.(*session).srv
	for _, l := range srv.loops {
		l.stats.reset(srv.table.Len())
	}
	c.Tx.ResetStats()
	n := &srv.counters
	n.rejected.Store(0)
	n.evictedClients.Store(0)
	n.outputLimitKills.Store(0)
	n.queryLimitKills.Store(0)
	n.evictionTime.Store(0)
	n.defragTime.Store(0)
	n.authFailures.Store(0)
	srv.sampled.reset() // rates of counters that begin anew
	if srv.transport != nil {
		srv.trafficBase = trafficOf(srv.transport.Stats())
	}
	c.W.OK()
	return nil
}

// Why addresses could not be changed, in Redis's words.
const (
	errRebindPort    config.ReplyError = "Unable to listen on this port. Check server logs."
	errRebindAddress config.ReplyError = "Failed to bind to specified addresses."
)

// rebind applies a change of the addresses to listen at, and of what new connections are given.
func (s *Server) rebind(old, v *config.Values) error {
	if s.transport == nil {
		return nil // Run has not been called
	}
	err := s.transport.Rebind(s.endpoints())
	if err == nil {
		return nil
	}
	s.log.Warning("Failed to listen at other addresses: %v", err)
	if old.Port != v.Port {
		return errRebindPort
	}
	return errRebindAddress
}

// changeRequirePass lets in the clients that were waiting to log in when no password is needed any more.
func (s *Server) changeRequirePass(_, v *config.Values) error {
	if v.RequirePass == "" {
		for _, x := range s.clients.all() {
			x.authenticated = true
		}
	}
	return nil
}
