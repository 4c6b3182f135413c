package server

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"
	"unsafe"

	"synap/commands"
	"synap/server/resp"
	"synap/store"
	"synap/store/glob"
)

// debugCommands are inspections for developers.
var debugCommands = []commands.Command{
	{
		Name: "debug", Group: commands.GroupServer, Since: "1.0.0", Arity: -2,
		Flags: commands.Admin | commands.NoScript | commands.Loading | commands.Stale | commands.Protected |
			commands.World | commands.AllShards | commands.ConfigGated | commands.SysCmd,
		Summary:    "Runs tests and inspections meant for developers.",
		Complexity: "Depends on the subcommand",
		Run:        debugCommand,
	},
}

// debugAction is one subcommand of DEBUG. They are not in the command table: they come and go with what there is to
// test, and Redis does not document them there either.
type debugAction struct {
	name     string
	min, max int // words that follow the name
	usage    string
	what     string
	run      commands.Handler
}

// debugActions is filled by init because HELP, one of them, shows them all.
var debugActions []debugAction

func init() {
	debugActions = []debugAction{
		{"change-repl-id", 0, 0, "", "Give the server another replication ID.", debugChangeReplID},
		{"config-rewrite-force-all", 0, 0, "", "Rewrite the configuration file as CONFIG REWRITE does, defaults included.",
			debugConfigRewrite},
		{"digest", 0, 0, "", "Show a hash of all data: equal for equal data, 0 for none.", debugDigest},
		{"digest-value", 0, math.MaxInt, "<key> [<key> ...]", "Show a hash of each value with its type, 0 for a missing key.",
			debugDigestValue},
		{"error", 1, 1, "<text>", "Reply an error of this text, code included.", debugError},
		{"htstats", 1, 2, "<dbid> [FULL]", "Show how full the tables of a database are.", debugTableStats},
		{"htstats-key", 1, 2, "<key> [FULL]", "Show how full the table of a big set, sorted set or hash is.", debugValueTable},
		{"loadaof", 0, 0, "", "Reload the data from the append-only file.", debugLoadAOF},
		{"log", 1, 1, "<message>", "Write a message to the server's log.", debugLog},
		{"object", 1, 1, "<key>", "Show how a value is kept.", debugObject},
		{"pause-cron", 1, 1, "(0|1)", "Do the periodic background work (0), or none of it (1).", debugPauseCron},
		{"populate", 1, 3, "<count> [<prefix> [<size>]]",
			"Create the missing ones of the keys <prefix>:0 and on, \"key\" if no prefix is given, with a value of <size> bytes.",
			debugPopulate},
		{"protocol", 1, 1, "(string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false)",
			"Reply an example of a type.", debugProtocol},
		{"quicklist-packed-threshold", 1, 1, "<size>", "Check the size and do nothing: long elements of lists are no special case.",
			debugPackedThreshold},
		{"reload", 0, math.MaxInt, "[MERGE] [NOFLUSH] [NOSAVE]", "Save the data and load them again.", debugReload},
		{"replybuffer", 2, 2, "(PEAK-RESET-TIME (<milliseconds>|NEVER|RESET)|RESIZING (0|1))",
			"Check the words and do nothing: the buffers of sent replies belong to nobody.", debugReplyBuffer},
		{"set-active-expire", 1, 1, "(0|1)", "Remove expired keys only when they are used (0), or also in the background (1).",
			debugSetActiveExpire},
		{"sleep", 1, 1, "<seconds>", "Stop the whole server for a time, which may have a fraction.", debugSleep},
		{"stringmatch-len", 2, 2, "<pattern> <text>", "Tell whether a glob pattern matches a text: 1 or 0.", debugStringMatch},
	}
}

// Error replies of DEBUG, in Redis's words but for the last two.
const (
	errProtocolType commands.Error = "ERR Wrong protocol type name. Please use one of the following: " +
		"string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false"
	errPushInRESP2   commands.Error = "ERR RESP2 is not supported by this command"
	errNotPositive   commands.Error = "ERR value is out of range, must be positive"
	errReloadOptions commands.Error = "ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options."
	errNotPersistent commands.Error = "ERR the data are kept in memory only: there is nothing to load them from"
	errSleepTime     commands.Error = "ERR the time to sleep is not a number of seconds"
)

func debugCommand(c *commands.Ctx) error {
	if len(c.Args) == 2 && c.Is(1, "help") {
		var lines []string
		for _, a := range debugActions {
			head := upper(a.name)
			if a.usage != "" {
				head += " " + a.usage
			}
			lines = append(lines, head, "    "+a.what)
		}
		c.Help(lines...)
		return nil
	}
	for _, a := range debugActions {
		if n := len(c.Args) - 2; c.Is(1, a.name) && a.min <= n && n <= a.max {
			return a.run(c)
		}
	}
	return errWrongUse(c)
}

// debugSleep holds up everybody: the world stands still during DEBUG.
func debugSleep(c *commands.Ctx) error {
	seconds, err := strconv.ParseFloat(string(c.Args[2]), 64)
	if err != nil || math.IsNaN(seconds) || seconds > math.MaxInt64/float64(time.Second) {
		return errSleepTime
	}
	time.Sleep(time.Duration(max(seconds, 0) * float64(time.Second)))
	c.W.OK()
	return nil
}

func debugSetActiveExpire(c *commands.Ctx) error {
	n, err := c.Integer(2)
	if err != nil {
		return err
	}
	c.Client.(*session).srv.expiryOff.Store(n == 0)
	c.W.OK()
	return nil
}

func debugPauseCron(c *commands.Ctx) error {
	n, err := c.Integer(2)
	if err != nil {
		return err
	}
	c.Client.(*session).srv.cronOff.Store(n != 0)
	c.W.OK()
	return nil
}

func debugStringMatch(c *commands.Ctx) error {
	if glob.Match(c.Args[2], c.Args[3], false) {
		c.W.Int(1)
	} else {
		c.W.Int(0)
	}
	return nil
}

func debugError(c *commands.Ctx) error { return commands.Error(c.Args[2]) }

func debugLog(c *commands.Ctx) error {
	c.Client.(*session).srv.log.Warning("DEBUG LOG: %s", c.Args[2])
	c.W.OK()
	return nil
}

func debugChangeReplID(c *commands.Ctx) error {
	srv := c.Client.(*session).srv
	srv.log.Notice("Changing the replication ID at the request of DEBUG CHANGE-REPL-ID")
	srv.replID = randomID()
	c.W.OK()
	return nil
}

func debugConfigRewrite(c *commands.Ctx) error {
	if err := c.Client.(*session).srv.cfg.RewriteAll(); err != nil {
		return commands.Error(err.Error())
	}
	c.W.OK()
	return nil
}

// debugReload checks its options, so that a mistake in them is told apart from the refusal.
func debugReload(c *commands.Ctx) error {
	for i := 2; i < len(c.Args); i++ {
		if !c.Is(i, "merge") && !c.Is(i, "noflush") && !c.Is(i, "nosave") {
			return errReloadOptions
		}
	}
	return errNotPersistent
}

func debugLoadAOF(*commands.Ctx) error { return errNotPersistent }

// debugObject leaves no trace in the key's access history, which it shows.
func debugObject(c *commands.Ctx) error {
	e := c.Tx.Peek(c.Args[2])
	if !e.Exists() {
		return commands.ErrNoSuchKey
	}
	idle := c.Tx.IdleSeconds(e)
	clock := c.Now/1000 - idle
	if c.Tx.Policy().LFU() {
		idle, clock = 0, c.Now/60000<<8|c.Tx.Frequency(e)
	}
	c.W.Simple(fmt.Sprintf("Value at:%p refcount:1 encoding:%s serializedlength:%d lru:%d lru_seconds_idle:%d",
		unsafe.SliceData(e.Key()), e.Encoding(), serializedLen(e), clock&historyClock, idle))
	return nil
}

// historyClock are the bits of a key's access history.
const historyClock = 1<<24 - 1

// debugPopulate creates keys for tests. Unlike Redis it hands them to the effect stream like any other data.
func debugPopulate(c *commands.Ctx) error {
	count, err := positive(c, 2)
	if err != nil {
		return err
	}
	prefix, size := []byte("key"), int64(0)
	if len(c.Args) > 3 {
		prefix = c.Args[3]
	}
	if len(c.Args) > 4 {
		if size, err = positive(c, 4); err != nil {
			return err
		}
	}
	stem := append(append([]byte(nil), prefix...), ':')
	if !store.Fits(strconv.AppendInt(stem, math.MaxInt64, 10), max(size, 32)) || size > c.Env.MaxBulkLen {
		return commands.ErrStringTooBig
	}
	value := make([]byte, size)
	c.NoEffect()
	for i := range count {
		key := strconv.AppendInt(slices.Clip(stem), i, 10) // memory of its own: the store tells keys apart by it
		if c.Tx.Peek(key).Exists() {
			continue
		}
		text := strconv.AppendInt([]byte("value:"), i, 10)
		if size > 0 {
			copy(value, text)
			text = value
		}
		c.Tx.SetString(key, text, store.NoExpiry)
		c.Effect([]byte("SET"), key, text)
	}
	c.W.OK()
	return nil
}

// positive reads the i-th word as an integer that is not negative.
func positive(c *commands.Ctx, i int) (int64, error) {
	n, ok := resp.ParseInt(c.Args[i])
	if !ok || n < 0 {
		return 0, errNotPositive
	}
	return n, nil
}
