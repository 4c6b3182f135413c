package server

import (
	"synap/commands"
	"synap/server/resp"
	"synap/server/tracking"
)

// The subcommands of CLIENT for client-side caching.
var (
	clientTrackingCommand = commands.Command{
		Name: "tracking", Group: commands.GroupConnection, Since: "6.0.0", Arity: -3,
		Flags: commands.NoScript | commands.Loading | commands.Stale, ACL: commands.CatConnection,
		Summary:    "Turns messages about changes of keys that this connection has read on or off.",
		Complexity: "O(1), plus the prefixes",
		Args: []commands.Arg{
			commands.OneOf("status", commands.Tok("on", "ON"), commands.Tok("off", "OFF")),
			commands.Int("client-id").With("REDIRECT").Opt(),
			commands.Str("prefix").With("PREFIX").Opt().ManyTokens(),
			commands.Tok("BCAST", "BCAST").Opt(),
			commands.Tok("OPTIN", "OPTIN").Opt(),
			commands.Tok("OPTOUT", "OPTOUT").Opt(),
			commands.Tok("NOLOOP", "NOLOOP").Opt(),
		},
		Run: clientTracking,
	}
	clientCachingCommand = commands.Command{
		Name: "caching", Group: commands.GroupConnection, Since: "6.0.0", Arity: 3,
		Flags: commands.NoScript | commands.Loading | commands.Stale, ACL: commands.CatConnection,
		Summary:    "Says whether the keys of the next command are to be tracked.",
		Complexity: "O(1)",
		Args:       []commands.Arg{commands.OneOf("mode", commands.Tok("yes", "YES"), commands.Tok("no", "NO"))},
		Run:        clientCaching,
	}
	clientTrackingInfoCommand = commands.Command{
		Name: "trackinginfo", Group: commands.GroupConnection, Since: "6.2.0", Arity: 2,
		Flags: commands.NoScript | commands.Loading | commands.Stale, ACL: commands.CatConnection,
		Summary:    "Describes how this connection uses client-side caching.",
		Complexity: "O(1)",
		Run:        clientTrackingInfo,
	}
)

// Error replies of client-side caching, in Redis's words.
const (
	errTwoRedirects  commands.Error = "ERR A client can only redirect to a single other client"
	errNoRedirect    commands.Error = "ERR The client ID you want redirect to does not exist"
	errPrefixMode    commands.Error = "ERR PREFIX option requires BCAST mode to be enabled"
	errSwitchBcast   commands.Error = "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode."
	errBcastOpt      commands.Error = "ERR OPTIN and OPTOUT are not compatible with BCAST"
	errOptInOptOut   commands.Error = "ERR You can't specify both OPTIN mode and OPTOUT mode"
	errSwitchOpt     commands.Error = "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode."
	errCachingMode   commands.Error = "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled"
	errCachingOptIn  commands.Error = "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode."
	errCachingOptOut commands.Error = "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode."
)

// trackingOptions are the words behind CLIENT TRACKING ON or OFF.
type trackingOptions struct {
	redirect                        int64
	broadcast, optIn, optOut, quiet bool
	prefixes                        [][]byte
}

func (o *trackingOptions) parse(c *commands.Ctx) (err error) {
	s := c.Client.(*session)
	for i := 3; i < len(c.Args); i++ {
		more := i+1 < len(c.Args)
		switch {
		case more && c.Is(i, "redirect"):
			if i++; o.redirect != 0 {
				return errTwoRedirects
			}
			if o.redirect, err = c.Integer(i); err != nil {
				return err
			}
			if s.srv.clients.get(o.redirect) == nil {
				return errNoRedirect
			}
		case more && c.Is(i, "prefix"):
			i++
			o.prefixes = append(o.prefixes, c.Args[i])
		case c.Is(i, "bcast"):
			o.broadcast = true
		case c.Is(i, "optin"):
			o.optIn = true
		case c.Is(i, "optout"):
			o.optOut = true
		case c.Is(i, "noloop"):
			o.quiet = true
		default:
			return commands.ErrSyntax
		}
	}
	return nil
}

// check reports what makes the options impossible, by themselves or after those in force (nil: none).
func (o *trackingOptions) check(now *tracker) error {
	switch {
	case !o.broadcast && len(o.prefixes) > 0:
		return errPrefixMode
	case now != nil && now.broadcast != o.broadcast:
		return errSwitchBcast
	case o.broadcast && (o.optIn || o.optOut):
		return errBcastOpt
	case o.optIn && o.optOut:
		return errOptInOptOut
	case now != nil && (o.optIn && now.optOut || o.optOut && now.optIn):
		return errSwitchOpt
	}
	var have []string
	if now != nil {
		have = now.prefixes
	}
	if prefix, other, existing, found := tracking.Overlap(have, o.prefixes); found {
		which := "another provided"
		if existing {
			which = "an existing"
		}
		return commands.Error("ERR Prefix '" + resp.Excerpt(prefix, len(prefix)) + "' overlaps with " + which + " prefix '" +
			resp.Excerpt(other, len(other)) + "'. Prefixes for a single client must not overlap.")
	}
	return nil
}

// tracker makes the tracker that the options ask for, after the one in force: prefixes add up. given are those of the
// options.
func (o *trackingOptions) tracker(now *tracker) (t *tracker, given []string) {
	t = &tracker{redirect: o.redirect, broadcast: o.broadcast, optIn: o.optIn, optOut: o.optOut, quiet: o.quiet}
	if !o.broadcast {
		return t, nil
	}
	for _, p := range o.prefixes {
		given = append(given, string(p))
	}
	if len(given) == 0 {
		given = []string{""}
	}
	t.prefixes, t.bytes = now.with(given)
	return t, given
}

func clientTracking(c *commands.Ctx) error {
	s := c.Client.(*session)
	var o trackingOptions
	if err := o.parse(c); err != nil {
		return err
	}
	switch now := s.tracker.Load(); {
	case c.Is(2, "on"):
		if err := o.check(now); err != nil {
			return err
		}
		t, given := o.tracker(now)
		s.startTracking(t, given)
	case c.Is(2, "off"):
		s.stopTracking()
	default:
		return commands.ErrSyntax
	}
	c.W.OK()
	return nil
}

// clientCaching is the exception to the rule of OPTIN or OPTOUT for one command or transaction.
func clientCaching(c *commands.Ctx) error {
	s := c.Client.(*session)
	t := s.tracker.Load()
	switch {
	case t == nil:
		return errCachingMode
	case c.Is(2, "yes"):
		if !t.optIn {
			return errCachingOptIn
		}
	case c.Is(2, "no"):
		if !t.optOut {
			return errCachingOptOut
		}
	default:
		return commands.ErrSyntax
	}
	s.caching = true
	c.W.OK()
	return nil
}

// clientGetRedir replies who gets the client's invalidation messages: 0 is itself, -1 that it wants none.
func clientGetRedir(c *commands.Ctx) error {
	c.W.Int(c.Client.(*session).redirection())
	return nil
}

func (s *session) redirection() int64 {
	if t := s.tracker.Load(); t != nil {
		return t.redirect
	}
	return -1
}

func clientTrackingInfo(c *commands.Ctx) error {
	s := c.Client.(*session)
	flags := []string{"off"}
	var prefixes []string
	if t := s.tracker.Load(); t != nil {
		flags, prefixes = t.flags(s.caching), t.prefixes
	}
	c.W.Map(3)
	c.W.BulkString("flags")
	c.W.Set(len(flags))
	for _, f := range flags {
		c.W.BulkString(f)
	}
	c.W.BulkString("redirect")
	c.W.Int(s.redirection())
	c.W.BulkString("prefixes")
	c.W.Array(len(prefixes))
	for _, p := range prefixes {
		c.W.BulkString(p)
	}
	return nil
}

// flags are the words of CLIENT TRACKINGINFO. caching is whether CLIENT CACHING was said.
func (t *tracker) flags(caching bool) (flags []string) {
	for _, f := range []struct {
		name string
		set  bool
	}{
		{"on", true}, {"bcast", t.broadcast}, {"optin", t.optIn}, {"caching-yes", t.optIn && caching}, {"optout", t.optOut},
		{"caching-no", t.optOut && caching}, {"noloop", t.quiet}, {"broken_redirect", t.broken.Load()},
	} {
		if f.set {
			flags = append(flags, f.name)
		}
	}
	return flags
}
