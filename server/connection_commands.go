package server

import (
	"crypto/sha256"
	"crypto/subtle"

	"synap/commands"
	"synap/server/config"
	"synap/server/resp"
)

// connectionCommands deal with the connection itself: login, protocol version, database.
var connectionCommands = []commands.Command{
	{
		Name: "auth", Group: commands.GroupConnection, Since: "1.0.0", Arity: -2,
		Flags: commands.NoScript | commands.Loading | commands.Stale | commands.Fast | commands.NoAuth |
			commands.AllowBusy,
		ACL:        commands.CatConnection,
		Summary:    "Logs the connection in with a password, or a user name and password.",
		Complexity: "O(N) for N passwords of the user",
		History:    []commands.Change{{Version: "6.0.0", What: "Takes a user name before the password."}},
		Args:       []commands.Arg{commands.Str("username").Opt().From("6.0.0"), commands.Str("password")},
		Run:        auth,
	},
	{
		Name: "hello", Group: commands.GroupConnection, Since: "6.0.0", Arity: -1,
		Flags: commands.NoScript | commands.Loading | commands.Stale | commands.Fast | commands.NoAuth |
			commands.AllowBusy,
		ACL:        commands.CatConnection,
		Summary:    "Chooses the protocol version and optionally logs in and names the connection.",
		Complexity: "O(1)",
		History: []commands.Change{
			{Version: "6.2.0", What: "The version can be left out, to see the connection's present state."},
		},
		Args: []commands.Arg{
			commands.Block("arguments",
				commands.Int("protover"),
				commands.Block("auth", commands.Str("username"), commands.Str("password")).With("AUTH").Opt(),
				commands.Str("clientname").With("SETNAME").Opt()).Opt(),
		},
		Run: hello,
	},
	{
		Name: "ping", Group: commands.GroupConnection, Since: "1.0.0", Arity: -1,
		Flags: commands.Fast | commands.InSubscribe, ACL: commands.CatConnection,
		Summary:    "Answers PONG or echoes the given message, to prove that the connection works.",
		Complexity: "O(1)",
		Tips:       []string{"request_policy:all_shards", "response_policy:all_succeeded"},
		Args:       []commands.Arg{commands.Str("message").Opt()},
		Run:        ping,
	},
	{
		Name: "echo", Group: commands.GroupConnection, Since: "1.0.0", Arity: 2,
		Flags: commands.Loading | commands.Stale | commands.Fast, ACL: commands.CatConnection,
		Summary:    "Sends the given message back.",
		Complexity: "O(1)",
		Args:       []commands.Arg{commands.Str("message")},
		Run:        echo,
	},
	{
		Name: "quit", Group: commands.GroupConnection, Since: "1.0.0", Arity: -1,
		Flags: commands.AllowBusy | commands.NoScript | commands.Loading | commands.Stale | commands.Fast |
			commands.NoAuth | commands.NotQueued | commands.InSubscribe,
		ACL:        commands.CatConnection,
		Summary:    "Asks the server to close the connection.",
		Complexity: "O(1)",
		Deprecated: "7.2.0", ReplacedBy: "closing the connection",
		Run: quit,
	},
	{
		Name: "reset", Group: commands.GroupConnection, Since: "6.2.0", Arity: 1,
		Flags: commands.WatchedShards | commands.NoScript | commands.Loading | commands.Stale | commands.Fast | commands.NoAuth |
			commands.AllowBusy | commands.NotQueued | commands.InSubscribe,
		ACL:        commands.CatConnection,
		Summary:    "Brings the connection back to the state of a new one.",
		Complexity: "O(1)",
		Run:        reset,
	},
	{
		Name: "select", Group: commands.GroupConnection, Since: "1.0.0", Arity: 2,
		Flags: commands.Loading | commands.Stale | commands.Fast, ACL: commands.CatConnection,
		Summary:    "Switches the connection to another database.",
		Complexity: "O(1)",
		Args:       []commands.Arg{commands.Int("index")},
		Run:        selectDB,
	},
}

const (
	errWrongPass commands.Error = "WRONGPASS invalid username-password pair or user is disabled."
	errNoPass    commands.Error = "ERR AUTH <password> called without any password configured for the default user. " +
		"Are you sure your configuration is correct?"
	errNoProto     commands.Error = "NOPROTO unsupported protocol version"
	errHelloNumber commands.Error = "ERR Protocol version is not an integer or out of range"
	errHelloAuth   commands.Error = "NOAUTH HELLO must be called with the client already authenticated, otherwise the " +
		"HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol " +
		"version at the same time"
	errClientName commands.Error = "ERR Client names cannot contain spaces, newlines or special characters."
)

// defaultUser is the one user there is.
const defaultUser = "default"

// login checks a user's password. Both sides are hashed first, so the time tells nothing about the password.
func (s *session) login(user, password []byte) error {
	want := s.srv.cfg.RequirePass
	given, stored := sha256.Sum256(password), sha256.Sum256([]byte(want))
	match := want == "" || subtle.ConstantTimeCompare(given[:], stored[:]) == 1
	if string(user) != defaultUser || !match {
		s.srv.counters.authFailures.Add(1)
		return errWrongPass
	}
	s.authenticated = true
	return nil
}

func auth(c *commands.Ctx) error {
	s := c.Client.(*session)
	user, password := []byte(defaultUser), c.Args[1]
	switch len(c.Args) {
	case 2:
		s.redact(1)
		if s.srv.cfg.RequirePass == "" {
			return errNoPass
		}
	case 3:
		s.redact(1)
		s.redact(2)
		user, password = c.Args[1], c.Args[2]
	default:
		return commands.ErrSyntax
	}
	if err := s.login(user, password); err != nil {
		return err
	}
	c.W.OK()
	return nil
}

// helloOptions are what HELLO was given behind the version.
type helloOptions struct {
	user, password, name []byte
	auth, setName        bool
}

func (s *session) parseHello(c *commands.Ctx) (o helloOptions, err error) {
	for i := 2; i < len(c.Args); i++ {
		left := len(c.Args) - 1 - i
		switch {
		case c.Is(i, "auth") && left >= 2:
			s.redact(i + 1)
			s.redact(i + 2)
			o.auth, o.user, o.password = true, c.Args[i+1], c.Args[i+2]
			i += 2
		case c.Is(i, "setname") && left >= 1:
			if !validName(c.Args[i+1]) {
				return o, errClientName
			}
			o.setName, o.name = true, c.Args[i+1]
			i++
		default:
			return o, commands.Error("ERR Syntax error in HELLO option '" + resp.Excerpt(c.Args[i], resp.MaxExcerpt) + "'")
		}
	}
	return o, nil
}

func hello(c *commands.Ctx) error {
	s := c.Client.(*session)
	proto := c.W.Proto
	if len(c.Args) > 1 {
		n, ok := resp.ParseInt(c.Args[1])
		if !ok {
			return errHelloNumber
		}
		if n != 2 && n != 3 {
			return errNoProto
		}
		proto = int(n)
	}
	o, err := s.parseHello(c)
	if err != nil {
		return err
	}
	if o.auth {
		if err := s.login(o.user, o.password); err != nil {
			return err
		}
	}
	if !s.authenticated {
		return errHelloAuth
	}
	if o.setName {
		s.name = string(o.name)
	}
	c.W.Proto = proto
	writeHello(c.W, s.id)
	return nil
}

// writeHello replies the seven fields that clients read.
func writeHello(w *commands.Writer, id int64) {
	w.Map(7)
	w.BulkString("server")
	w.BulkString("redis")
	w.BulkString("version")
	w.BulkString(config.Version)
	w.BulkString("proto")
	w.Int(int64(w.Proto))
	w.BulkString("id")
	w.Int(id)
	w.BulkString("mode")
	w.BulkString("standalone")
	w.BulkString("role")
	w.BulkString("master")
	w.BulkString("modules")
	w.Array(0)
}

// validName reports whether a client's name or library can be shown in CLIENT LIST without breaking its format.
func validName(b []byte) bool {
	for _, c := range b {
		if c < '!' || c > '~' {
			return false
		}
	}
	return true
}

// ping answers a RESP2 client that listens in the form of a message.
func ping(c *commands.Ctx) error {
	s := c.Client.(*session)
	switch {
	case len(c.Args) > 2:
		return commands.ErrArity(c.Cmd)
	case s.listening.Load() && c.W.Proto != 3:
		c.W.Array(2)
		c.W.BulkString("pong")
		if len(c.Args) == 2 {
			c.W.Bulk(c.Args[1])
		} else {
			c.W.Bulk(nil)
		}
	case len(c.Args) == 1:
		c.W.Simple("PONG")
	default:
		c.W.Bulk(c.Args[1])
	}
	return nil
}

func echo(c *commands.Ctx) error {
	c.W.Bulk(c.Args[1])
	return nil
}

func quit(c *commands.Ctx) error {
	c.W.OK()
	c.Client.(*session).endAfterReply()
	return nil
}

// reset makes the connection as good as new.
func reset(c *commands.Ctx) error {
	s := c.Client.(*session)
	s.multi = nil
	c.Tx.Unwatch(&s.watcher)
	s.leave()
	if s.inbox.filled.Load() {
		s.takePushesInFeed(s.loop()) // in the present protocol
	}
	if s.monitoring {
		s.monitoring = false
		s.srv.monitors.remove(s)
	}
	s.db, s.name, s.reply, s.noTouch, s.noEvict = 0, "", replyOn, false, false
	s.authenticated = s.srv.cfg.RequirePass == ""
	c.W.Proto = 2
	c.W.Simple("RESET")
	return nil
}

func selectDB(c *commands.Ctx) error {
	db, err := c.Database(1)
	if err != nil {
		return err
	}
	c.Client.(*session).db = db
	c.W.OK()
	return nil
}
