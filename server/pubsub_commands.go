package server

import (
	"synap/commands"
	"synap/server/pubsub"
	"synap/server/resp"
	"synap/store/glob"
)

// How COMMAND describes publish/subscribe. Listening changes what the client may do next in RESP2, so these run at their
// place in a transaction like any other command.
const (
	listenFlags = commands.PubSub | commands.NoScript | commands.Loading | commands.Stale | commands.InSubscribe
	sendFlags   = commands.PubSub | commands.Loading | commands.Stale | commands.Fast | commands.MayReplicate
	askFlags    = commands.PubSub | commands.Loading | commands.Stale
)

// pubsubCommands send messages to channels and listen to them.
var pubsubCommands = []commands.Command{
	{
		Name: "publish", Group: commands.GroupPubSub, Since: "2.0.0", Arity: 3, Flags: sendFlags,
		Summary:    "Sends a message to everybody who listens to a channel.",
		Complexity: "O(N+M) for N subscribers of the channel and M patterns that anybody subscribes to",
		Args:       []commands.Arg{commands.Str("channel"), commands.Str("message")},
		Run:        publish,
	},
	{
		Name: "subscribe", Group: commands.GroupPubSub, Since: "2.0.0", Arity: -2, Flags: listenFlags,
		Summary:    "Listens to channels.",
		Complexity: "O(N) for N channels",
		Args:       []commands.Arg{commands.Str("channel").Many()},
		Run:        subscribe,
	},
	{
		Name: "unsubscribe", Group: commands.GroupPubSub, Since: "2.0.0", Arity: -1, Flags: listenFlags,
		Summary:    "Stops listening to the given channels, or to all.",
		Complexity: "O(N) for N channels",
		Args:       []commands.Arg{commands.Str("channel").Opt().Many()},
		Run:        unsubscribe,
	},
	{
		Name: "psubscribe", Group: commands.GroupPubSub, Since: "2.0.0", Arity: -2, Flags: listenFlags,
		Summary:    "Listens to all channels whose names fit glob patterns.",
		Complexity: "O(N) for N patterns",
		Args:       []commands.Arg{commands.Pattern("pattern").Many()},
		Run:        psubscribe,
	},
	{
		Name: "punsubscribe", Group: commands.GroupPubSub, Since: "2.0.0", Arity: -1, Flags: listenFlags,
		Summary:    "Stops listening by the given patterns, or by all.",
		Complexity: "O(N) for N patterns",
		Args:       []commands.Arg{commands.Pattern("pattern").Opt().Many()},
		Run:        punsubscribe,
	},
	{
		Name: "spublish", Group: commands.GroupPubSub, Since: "7.0.0", Arity: 3, Flags: sendFlags,
		Summary:    "Sends a message to everybody who listens to a shard channel.",
		Complexity: "O(N) for N subscribers of the shard channel",
		Keys:       []commands.KeySpec{commands.KeyAt(1, commands.KeyNotKey)},
		Args:       []commands.Arg{commands.Str("shardchannel"), commands.Str("message")},
		Run:        spublish,
	},
	{
		Name: "ssubscribe", Group: commands.GroupPubSub, Since: "7.0.0", Arity: -2, Flags: listenFlags,
		Summary:    "Listens to shard channels.",
		Complexity: "O(N) for N shard channels",
		Keys:       []commands.KeySpec{commands.KeyRange(1, -1, 1, commands.KeyNotKey)},
		Args:       []commands.Arg{commands.Str("shardchannel").Many()},
		Run:        ssubscribe,
	},
	{
		Name: "sunsubscribe", Group: commands.GroupPubSub, Since: "7.0.0", Arity: -1, Flags: listenFlags,
		Summary:    "Stops listening to the given shard channels, or to all.",
		Complexity: "O(N) for N shard channels",
		Keys:       []commands.KeySpec{commands.KeyRange(1, -1, 1, commands.KeyNotKey)},
		Args:       []commands.Arg{commands.Str("shardchannel").Opt().Many()},
		Run:        sunsubscribe,
	},
	{
		Name: "pubsub", Group: commands.GroupPubSub, Since: "2.8.0", Arity: -2,
		Summary:    "Groups the commands that show who listens to what.",
		Complexity: "Depends on the subcommand",
		Sub: []commands.Command{
			{
				Name: "channels", Group: commands.GroupPubSub, Since: "2.8.0", Arity: -2, Flags: askFlags,
				Summary:    "Lists the channels that somebody listens to by name.",
				Complexity: "O(N) for N such channels",
				Args:       []commands.Arg{commands.Pattern("pattern").Opt()},
				Run:        pubsubChannels,
			},
			{
				Name: "numsub", Group: commands.GroupPubSub, Since: "2.8.0", Arity: -2, Flags: askFlags,
				Summary:    "Counts who listens to channels by name.",
				Complexity: "O(N) for N given channels",
				Args:       []commands.Arg{commands.Str("channel").Opt().Many()},
				Run:        pubsubNumSub,
			},
			{
				Name: "numpat", Group: commands.GroupPubSub, Since: "2.8.0", Arity: 2, Flags: askFlags,
				Summary:    "Counts the different patterns by which anybody listens.",
				Complexity: "O(1)",
				Run:        pubsubNumPat,
			},
			{
				Name: "shardchannels", Group: commands.GroupPubSub, Since: "7.0.0", Arity: -2, Flags: askFlags,
				Summary:    "Lists the shard channels that somebody listens to.",
				Complexity: "O(N) for N such channels",
				Args:       []commands.Arg{commands.Pattern("pattern").Opt()},
				Run:        pubsubShardChannels,
			},
			{
				Name: "shardnumsub", Group: commands.GroupPubSub, Since: "7.0.0", Arity: -2, Flags: askFlags,
				Summary:    "Counts who listens to shard channels.",
				Complexity: "O(N) for N given channels",
				Args:       []commands.Arg{commands.Str("shardchannel").Opt().Many()},
				Run:        pubsubShardNumSub,
			},
			{
				Name: "help", Group: commands.GroupPubSub, Since: "6.2.0", Arity: 2,
				Flags:      commands.Loading | commands.Stale,
				Summary:    "Lists the PUBSUB subcommands.",
				Complexity: "O(1)",
				Run:        commands.Help,
			},
		},
	},
}

// errShardInExec is what EXEC says to SSUBSCRIBE, in Redis's words.
const errShardInExec commands.Error = "ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client"

// newRegistry makes the table of subscriptions.
func newRegistry() *pubsub.Registry {
	return pubsub.New(func(pattern []byte) pubsub.Matcher { return compilePattern(pattern) })
}

func compilePattern(pattern []byte) *glob.Pattern {
	p := glob.Compile(pattern, false)
	return &p
}

// publish replies how many got the message. Events of what the transaction did before come before it.
func publish(c *commands.Ctx) error {
	c.Tx.DeliverEvents()
	c.W.Int(int64(c.Client.(*session).srv.pubsub.Publish(c.Args[1], c.Args[2])))
	c.Announce()
	return nil
}

func spublish(c *commands.Ctx) error {
	c.Tx.DeliverEvents()
	c.W.Int(int64(c.Client.(*session).srv.pubsub.PublishShard(c.Args[1], c.Args[2])))
	c.Announce()
	return nil
}

func subscribe(c *commands.Ctx) error {
	return c.Client.(*session).subscribe(c, pubsub.Channel, "subscribe")
}
func unsubscribe(c *commands.Ctx) error {
	return c.Client.(*session).unsubscribe(c, pubsub.Channel, "unsubscribe")
}
func psubscribe(c *commands.Ctx) error {
	return c.Client.(*session).subscribe(c, pubsub.Pattern, "psubscribe")
}
func punsubscribe(c *commands.Ctx) error {
	return c.Client.(*session).unsubscribe(c, pubsub.Pattern, "punsubscribe")
}
func sunsubscribe(c *commands.Ctx) error {
	return c.Client.(*session).unsubscribe(c, pubsub.Shard, "sunsubscribe")
}

func ssubscribe(c *commands.Ctx) error {
	s := c.Client.(*session)
	if s.executing {
		return errShardInExec // Redis counts it among the commands that might wait
	}
	return s.subscribe(c, pubsub.Shard, "ssubscribe")
}

// subscribe replies a confirmation for each name.
func (s *session) subscribe(c *commands.Ctx, kind pubsub.Kind, word string) error {
	s.listening.Store(true)
	for _, name := range c.Args[1:] {
		s.subs.Subscribe(s.srv.pubsub, kind, name, s)
		s.confirm(c, kind, word, name)
	}
	return nil
}

// unsubscribe replies a confirmation for each name, or for all there are when none is given; there is always one.
func (s *session) unsubscribe(c *commands.Ctx, kind pubsub.Kind, word string) error {
	names := c.Args[1:]
	if len(names) == 0 {
		for _, name := range s.subs.Names(kind) {
			names = append(names, []byte(name))
		}
	}
	l := s.loop()
	for _, name := range names {
		if s.subs.Unsubscribe(s.srv.pubsub, kind, name) {
			s.takeEarlierPushes(l)
		}
		s.confirm(c, kind, word, name)
	}
	if len(names) == 0 {
		s.confirm(c, kind, word, nil)
	}
	s.listening.Store(s.subs.Total() > 0)
	return nil
}

// confirm replies to a change of subscriptions: what it was, the name (nil: none) and how many subscriptions there are now.
// It is a push in RESP3, and reaches even a client that wants no replies.
func (s *session) confirm(c *commands.Ctx, kind pubsub.Kind, word string, name []byte) {
	w := c.W
	if s.muted() {
		w = &resp.Writer{Proto: w.Proto}
	}
	w.Push(3)
	w.BulkString(word)
	if name == nil {
		w.Null()
	} else {
		w.Bulk(name)
	}
	n := s.subs.Count(pubsub.Channel) + s.subs.Count(pubsub.Pattern)
	if kind == pubsub.Shard {
		n = s.subs.Count(pubsub.Shard)
	}
	w.Int(int64(n))
	if w != c.W {
		text := string(w.Buf)
		s.late = append(s.late, latePush{push: push{m: pubsub.Prepared(text, text, nil)}})
	}
}

func pubsubChannels(c *commands.Ctx) error { return replyChannels(c, pubsub.Channel) }

func pubsubShardChannels(c *commands.Ctx) error { return replyChannels(c, pubsub.Shard) }

func replyChannels(c *commands.Ctx, kind pubsub.Kind) error {
	if len(c.Args) > 3 {
		return errWrongUse(c)
	}
	var m pubsub.Matcher
	if len(c.Args) == 3 {
		m = compilePattern(c.Args[2])
	}
	names := c.Client.(*session).srv.pubsub.Names(kind, m)
	c.W.Array(len(names))
	for _, name := range names {
		c.W.BulkString(name)
	}
	return nil
}

func pubsubNumSub(c *commands.Ctx) error { return replySubscribers(c, pubsub.Channel) }

func pubsubShardNumSub(c *commands.Ctx) error { return replySubscribers(c, pubsub.Shard) }

func replySubscribers(c *commands.Ctx, kind pubsub.Kind) error {
	c.W.Array(2 * (len(c.Args) - 2))
	for _, name := range c.Args[2:] {
		c.W.Bulk(name)
		c.W.Int(int64(c.Client.(*session).srv.pubsub.Subscribers(kind, name)))
	}
	return nil
}

func pubsubNumPat(c *commands.Ctx) error {
	c.W.Int(c.Client.(*session).srv.pubsub.Count(pubsub.Pattern))
	return nil
}
