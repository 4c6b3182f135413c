package commands

import (
	"slices"
	"time"

	"synap/store"
	"synap/store/stream"
)

// streamReadCommands read several streams, waiting for entries if asked to.
var streamReadCommands = []Command{
	{
		Name: "xread", Group: GroupStream, Since: "5.0.0", Arity: -4, Flags: Blocking | ReadOnly, ACL: CatStream,
		Summary:    "Reads the entries after given IDs from several streams, waiting for them if asked to.",
		Complexity: "O(N) for N returned entries",
		Keys: []KeySpec{
			{Flags: KeyRO | KeyAccess, Keyword: "STREAMS", From: 1, Last: -1, Step: 1, Limit: 2},
		},
		GetKeys: streamKeys,
		Args: []Arg{
			Int("count").With("COUNT").Opt(),
			Int("milliseconds").With("BLOCK").Opt(),
			Block("streams", KeyArg("key", 0).Many(), Str("ID").Many()).With("STREAMS"),
		},
		Run: xRead,
	},
	{
		Name: "xreadgroup", Group: GroupStream, Since: "5.0.0", Arity: -7, Flags: Blocking | Write, ACL: CatStream,
		Summary:    "Reads from several streams as a consumer of a group, which then waits for acknowledgement.",
		Complexity: "O(M) for M returned entries, plus O(1) per waiting client served by XADD",
		Keys: []KeySpec{
			{Flags: KeyRO | KeyAccess, Keyword: "STREAMS", From: 4, Last: -1, Step: 1, Limit: 2},
		},
		GetKeys: streamKeys,
		Args: []Arg{
			Block("group-block", Str("group"), Str("consumer")).With("GROUP"),
			Int("count").With("COUNT").Opt(),
			Int("milliseconds").With("BLOCK").Opt(),
			Tok("noack", "NOACK").Opt(),
			Block("streams", KeyArg("key", 0).Many(), Str("ID").Many()).With("STREAMS"),
		},
		Run: xReadGroup,
	},
}

// Errors of reading, in Redis's words.
const (
	errReadGroup   Error = "ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead."
	errReadNoAck   Error = "ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead."
	errReadNoGroup Error = "ERR Missing GROUP option for XREADGROUP"
	errReadNew     Error = "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> " +
		"option."
	errReadLast Error = "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this " +
		"consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty " +
		"result set."
)

// streamKeys finds the keys behind STREAMS. Words in the place of an option's value are none.
func streamKeys(args [][]byte, dst []KeyRef) ([]KeyRef, bool) {
	flags := KeyRO | KeyAccess
	for i := 1; i < len(args); i++ {
		more := len(args) - i - 1
		switch {
		case EqualFold(args[i], "block") && more > 0, EqualFold(args[i], "count") && more > 0:
			i++
		case EqualFold(args[i], "group") && more > 1:
			i += 2
		case EqualFold(args[i], "noack"):
		case EqualFold(args[i], "streams") && more > 0:
			for k := range more / 2 {
				dst = append(dst, KeyRef{i + 1 + k, flags})
			}
			return dst, more%2 == 0
		default:
			return dst, true
		}
	}
	return dst, true
}

// streamRead is a call of XREAD or XREADGROUP.
type streamRead struct {
	count   int64 // entries of each stream, 0: all
	waits   bool
	timeout time.Duration
	noAck   bool
	group   []byte // nil: XREAD
	reader  []byte // the consumer
	first   int    // position of the first key
	n       int    // streams
}

func xRead(c *Ctx) error { return c.readStreams(false) }

func xReadGroup(c *Ctx) error { return c.readStreams(true) }

func (c *Ctx) readStreams(group bool) error {
	var r streamRead
	if err := r.parse(c, group); err != nil {
		return err
	}
	return r.run(c)
}

func (r *streamRead) parse(c *Ctx, group bool) (err error) {
	for i := 1; i < len(c.Args) && r.first == 0; i++ {
		more := len(c.Args) - i - 1
		switch {
		case c.Is(i, "block") && more > 0:
			i++
			r.waits = true
			r.timeout, err = c.TimeoutMillis(i)
		case c.Is(i, "count") && more > 0:
			i++
			r.count, err = c.Integer(i)
			r.count = max(r.count, 0)
		case c.Is(i, "streams") && more > 0:
			r.first, r.n = i+1, more/2
			if more%2 != 0 {
				err = unbalanced(c.Cmd, group)
			}
		case c.Is(i, "group") && more > 1:
			if !group {
				return errReadGroup
			}
			r.group, r.reader = c.Args[i+1], c.Args[i+2]
			if !store.NameFits(r.reader) {
				return ErrStringTooBig
			}
			i += 2
		case c.Is(i, "noack"):
			if !group {
				return errReadNoAck
			}
			r.noAck = true
		default:
			return ErrSyntax
		}
		if err != nil {
			return err
		}
	}
	switch {
	case r.first == 0:
		return ErrSyntax
	case group && r.group == nil:
		return errReadNoGroup
	}
	return nil
}

func unbalanced(cmd *Command, group bool) error {
	symbol := "$"
	if group {
		symbol = ">"
	}
	return Error("ERR Unbalanced '" + cmd.FullName + "' list of streams: for each stream key an ID or '" + symbol +
		"' must be specified.")
}

// run checks all streams and IDs, then replies with what there is.
func (r *streamRead) run(c *Ctx) error {
	for i := range r.n {
		if err := r.check(c, i); err != nil {
			return err
		}
	}
	c.NoEffect() // other than what the parts say
	hole, served := c.W.Mark(), 0
	for i := range r.n {
		if r.serve(c, i, served) {
			served++
		}
	}
	switch {
	case served == 0:
		return r.wait(c)
	case c.W.Proto == 3:
		c.W.FillMap(hole, served)
	default:
		c.W.FillArray(hole, served)
	}
	return nil
}

// check looks whether the i-th stream and its ID are fit for reading.
func (r *streamRead) check(c *Ctx, i int) error {
	key := c.Args[r.first+i]
	if c.Skips(key) {
		return nil
	}
	log, found, err := c.readLog(key)
	if err != nil {
		return err
	}
	if r.group != nil {
		if _, known := log.Group(r.group); !found || !known {
			return errNoGroup("No such key '", key, "' or consumer group '", r.group, "' in XREADGROUP with GROUP option")
		}
	}
	switch word := untilNUL(c.Args[r.first+r.n+i]); {
	case string(word) == "$":
		if r.group != nil {
			return errReadLast
		}
	case string(word) == ">":
		if r.group == nil {
			return errReadNew
		}
	default:
		_, err = c.exactID(r.first+r.n+i, 0)
	}
	return err
}

// after is the ID after which the i-th stream is to be read: MaxID stands for what is new to a group.
func (r *streamRead) after(c *Ctx, i int, log *store.Log) stream.ID {
	switch word := untilNUL(c.Args[r.first+r.n+i]); string(word) {
	case "$":
		return log.Last
	case ">":
		return stream.MaxID
	}
	id, _ := c.exactID(r.first+r.n+i, 0)
	return id
}

// serve replies with what the i-th stream has, if anything.
func (r *streamRead) serve(c *Ctx, i, served int) bool {
	key := c.Args[r.first+i]
	if c.Skips(key) || !c.Tx.Read(key).Exists() {
		return false
	}
	log := c.Tx.Log(key)
	after := r.after(c, i, &log)
	if r.group != nil {
		return r.serveGroup(c, &log, key, after, served)
	}
	if log.Length == 0 || !after.Less(log.Last) || !after.Less(log.Top()) {
		return false
	}
	r.begin(c, key, served)
	start, _ := after.Next()
	c.replyEntries(log.Range(start, stream.MaxID, false), r.count)
	return true
}

// begin replies with what stands before the entries of a stream, and before the first stream.
func (r *streamRead) begin(c *Ctx, key []byte, served int) {
	switch {
	case served > 0:
	case c.W.Proto == 3:
		c.W.MapHole()
	default:
		c.W.ArrayHole()
	}
	if c.W.Proto != 3 {
		c.W.Array(2)
	}
	c.W.Bulk(key)
}

// serveGroup is serve for a consumer of a group: what is new to the group becomes pending for the consumer, and what was
// delivered to the consumer before is delivered again.
func (r *streamRead) serveGroup(c *Ctx, log *store.Log, key []byte, after stream.ID, served int) bool {
	g, _ := log.Group(r.group)
	fresh := after == stream.MaxID
	nothing := fresh && (log.Length == 0 || !g.Last().Less(log.Last) || !g.Last().Less(log.Top()))
	if nothing && c.Woken() {
		return false
	}
	log.Edit()
	reader := c.useConsumer(log, &g, r.reader)
	if nothing {
		return false
	}
	r.begin(c, key, served)
	if fresh {
		r.deliver(c, log, &g, reader)
	} else {
		start, _ := after.Next()
		r.redeliver(c, log, &g, reader, start)
	}
	log.Altered(1)
	return true
}

// deliver replies with what is new to the group.
func (r *streamRead) deliver(c *Ctx, log *store.Log, g *stream.Group, reader stream.Consumer) {
	start, _ := g.Last().Next()
	i := log.Range(start, stream.MaxID, false)
	hole, n, advanced := c.W.ArrayHole(), int64(0), false
	for (r.count == 0 || n < r.count) && i.Next() {
		advanced = g.Advance(i.ID) || advanced
		c.replyEntry(&i)
		n++
		if r.noAck {
			continue
		}
		g.Deliver(i.ID, reader, c.Now, 1)
		reader.Act(c.Now)
		c.claimEffect(log, g, stream.Delivery{ID: i.ID, Time: c.Now, Count: 1, Consumer: reader})
	}
	c.W.FillArray(hole, int(n))
	if advanced {
		c.groupIDEffect(log, g)
	}
}

// redeliver replies with what is pending for the consumer from an ID on. Entries that were deleted meanwhile have no fields.
func (r *streamRead) redeliver(c *Ctx, log *store.Log, g *stream.Group, reader stream.Consumer, start stream.ID) {
	pending := reader.PendingFrom(start)
	hole, n := c.W.ArrayHole(), int64(0)
	for r.count == 0 || n < r.count {
		d, ok := pending.Next()
		if !ok {
			break
		}
		n++
		if i := log.Range(d.ID, d.ID, false); i.Next() {
			c.replyEntry(&i)
			d.Time = c.Now
			d.Count++
			g.Deliver(d.ID, reader, d.Time, d.Count)
			c.claimEffect(log, g, d)
			continue
		}
		c.W.Array(2)
		c.replyID(d.ID)
		c.W.NullArray()
	}
	c.W.FillArray(hole, int(n))
}

// wait ends a call that found nothing: with BLOCK the client waits. "$" then stands for the last entry there is now. Only what
// is new to a group can be waited for, so when one of its consumers finds nothing in a stream there is nothing for the others:
// an entry must not wake them all.
func (r *streamRead) wait(c *Ctx) error {
	if !r.waits {
		c.W.NullArray()
		return nil
	}
	w := Wait{Interest: store.Interest{Type: store.Stream, Gone: r.group != nil, Rivals: string(r.group)}, Timeout: r.timeout,
		Keys: c.Args[r.first : r.first+r.n]}
	for i := range r.n {
		at := r.first + r.n + i
		if string(untilNUL(c.Args[at])) != "$" {
			continue
		}
		if w.Words == nil {
			w.Words = slices.Clone(c.Args)
		}
		last := stream.MinID
		if c.Tx.Peek(c.Args[r.first+i]).Exists() {
			log := c.Tx.Log(c.Args[r.first+i])
			last = log.Last
		}
		w.Words[at] = last.Append(nil)
	}
	return c.Block(w)
}
