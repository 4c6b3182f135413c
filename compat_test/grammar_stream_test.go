package compat

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// streamKey is mostly one of a few keys that only streams live at, so that these grow to many blocks.
func (g *generator) streamKey() string {
	if g.chance(10) {
		return g.key()
	}
	return "stream" + strconv.Itoa(g.rng.IntN(4))
}

func (g *generator) groupName() string { return g.pick("g1", "g1", "g2", "") }

func (g *generator) consumerName() string { return g.pick("c1", "c2", "c3", "\x00") }

// Entries get IDs from one counter, four to a millisecond, so that they ascend in every stream.
func streamID(n uint64) string {
	return strconv.FormatUint(1+n/4, 10) + "-" + strconv.FormatUint(n%4, 10)
}

// newID is greater than all before, in one of the ways to write it.
func (g *generator) newID() string {
	g.added += 1 + g.rng.Uint64N(3)
	if g.chance(1) {
		g.added += g.rng.Uint64N(40_000)
	}
	switch ms := strconv.FormatUint(1+g.added/4, 10); {
	case g.chance(6):
		g.added += 8
		return ms + "-*"
	case g.chance(3):
		g.added += 4
		return ms
	}
	return streamID(g.added)
}

// oldID may be in a stream.
func (g *generator) oldID() string {
	if g.chance(4) {
		return g.pick("0", "x", "9-9-9", "", "0-0", g.edge())
	}
	return streamID(g.added - min(g.added, g.rng.Uint64N(300)))
}

func (g *generator) oldIDs() []string {
	ids := make([]string, 1+g.rng.IntN(6))
	for i := range ids {
		ids[i] = g.oldID()
	}
	return ids
}

// interval is an end of a range.
func (g *generator) interval() string {
	switch g.rng.IntN(6) {
	case 0, 1:
		return g.pick("-", "+")
	case 2:
		return "(" + g.oldID()
	case 3:
		return strconv.FormatUint(1+(g.added-min(g.added, g.rng.Uint64N(300)))/4, 10)
	}
	return g.oldID()
}

func (g *generator) entryFields() []string {
	switch g.rng.IntN(4) {
	case 0:
		pairs := []string{}
		for range 1 + g.rng.IntN(4) {
			pairs = append(pairs, g.pick("temp", "hum", "12", "", "a field with a longer name"), g.value())
		}
		return pairs
	case 1:
		return []string{"f", g.value()}
	}
	return []string{"temp", strconv.Itoa(g.rng.IntN(100)), "hum", strconv.Itoa(g.rng.IntN(400))}
}

func (g *generator) trimming() []string {
	args := []string{g.pick("MAXLEN", "maxlen", "MINID")}
	approximate := g.chance(60)
	if approximate {
		args = append(args, "~")
	} else if g.chance(30) {
		args = append(args, "=")
	}
	switch {
	case strings.EqualFold(args[0], "minid"):
		args = append(args, g.oldID())
	case g.chance(5):
		args = append(args, g.edge())
	default:
		args = append(args, strconv.Itoa(g.rng.IntN(400)))
	}
	if approximate && g.chance(40) || g.chance(2) {
		args = append(args, "LIMIT", strconv.Itoa(g.rng.IntN(300)))
	}
	return args
}

// xadd begins with a harmless command, for that is the one that may get spoiled: a huge ID would end a stream.
func (g *generator) xadd() [][]string {
	key, n := g.streamKey(), 1+g.rng.IntN(3)
	if g.chance(20) {
		n += g.rng.IntN(60)
	}
	lines := [][]string{{"XLEN", key}}
	fields := g.entryFields()
	for range n {
		args := []string{"XADD", key}
		if g.chance(4) {
			args = append(args, "NOMKSTREAM")
		}
		if g.chance(5) {
			args = append(args, g.trimming()...)
		}
		id := g.newID()
		if g.chance(3) {
			id = g.oldID()
		}
		if g.chance(20) {
			fields = g.entryFields()
		}
		lines = append(lines, append(append(args, id), fields...))
	}
	return lines
}

func (g *generator) streamRange() []string {
	args := []string{g.pick("XRANGE", "XREVRANGE"), g.streamKey(), g.interval(), g.interval()}
	if g.chance(50) {
		args = append(args, g.pick("COUNT", "count"), g.number())
	}
	return args
}

func (g *generator) streamCount() []string {
	if g.chance(60) {
		return []string{"COUNT", strconv.Itoa(g.rng.IntN(12))}
	}
	return nil
}

// xread begins with a harmless command: Redis 7.2 words some errors of XREAD anew.
func (g *generator) xread() [][]string {
	key := g.streamKey()
	args := append([]string{"XREAD"}, g.streamCount()...)
	if g.chance(1) {
		args = append(args, "BLOCK", "1")
	}
	if g.chance(3) {
		args = append(args, g.pick("NOACK", "GROUP", "FOO", "COUNT"))
	}
	if g.chance(30) {
		args = append(args, "STREAMS", key, g.streamKey(), g.oldID(), g.pick("$", "0", ">"))
	} else {
		args = append(args, "STREAMS", key, g.oldID())
	}
	return [][]string{{"XLEN", key}, args}
}

// asConsumer puts in front what makes the consumer: Redis 7.2 makes it on many more occasions than 7.0 does.
func (g *generator) asConsumer(make func(key, group, consumer string) []string) [][]string {
	key, group, consumer := g.streamKey(), g.groupName(), g.consumerName()
	return [][]string{{"XLEN", key}, {"XGROUP", "CREATECONSUMER", key, group, consumer}, make(key, group, consumer)}
}

func (g *generator) xreadgroup() [][]string {
	return g.asConsumer(func(key, group, consumer string) []string {
		args := append([]string{"XREADGROUP", "GROUP", group, consumer}, g.streamCount()...)
		if g.chance(15) {
			args = append(args, "NOACK")
		}
		return append(args, "STREAMS", key, g.pick(">", ">", ">", "0", g.oldID()))
	})
}

// The idle times are far apart: entries get one of a long time ago, or that of now.
const (
	longIdle  = "1000000000"
	idleLimit = "500000000"
)

func (g *generator) xclaim() [][]string {
	return g.asConsumer(func(key, group, consumer string) []string {
		args := append([]string{"XCLAIM", key, group, consumer, g.pick("0", "0", idleLimit)}, g.oldIDs()...)
		for g.chance(45) {
			switch g.rng.IntN(7) {
			case 0:
				args = append(args, "IDLE", g.pick(longIdle, longIdle, "0"))
			case 1:
				args = append(args, "TIME", g.pick("1000", "-5", "99999999999999"))
			case 2:
				args = append(args, "RETRYCOUNT", g.number())
			case 3:
				args = append(args, "FORCE")
			case 4:
				args = append(args, "JUSTID")
			case 5:
				args = append(args, "LASTID", g.oldID())
			default:
				if g.chance(10) {
					args = append(args, g.pick("FOO", "IDLE", "TIME", "LASTID"))
				}
			}
		}
		return args
	})
}

func (g *generator) xautoclaim() [][]string {
	return g.asConsumer(func(key, group, consumer string) []string {
		args := []string{"XAUTOCLAIM", key, group, consumer, g.pick("0", idleLimit), g.pick("0", "-", g.interval())}
		if g.chance(60) {
			args = append(args, "COUNT", strconv.Itoa(1+g.rng.IntN(20)))
		}
		if g.chance(30) {
			args = append(args, "JUSTID")
		}
		return args
	})
}

func (g *generator) xgroup() []string {
	key, group := g.streamKey(), g.groupName()
	switch g.rng.IntN(10) {
	case 0:
		return []string{"XGROUP", "DESTROY", key, group}
	case 1:
		return []string{"XGROUP", "DELCONSUMER", key, group, g.consumerName()}
	case 2:
		return []string{"XGROUP", "CREATECONSUMER", key, group, g.consumerName()}
	case 3, 4:
		args := []string{"XGROUP", "SETID", key, group, g.pick("$", "0", g.oldID())}
		if g.chance(40) {
			args = append(args, "ENTRIESREAD", g.number())
		}
		return args
	}
	args := []string{"XGROUP", "CREATE", key, group, g.pick("$", "0", g.oldID())}
	for g.chance(40) && len(args) < 8 {
		args = append(args, g.pick("MKSTREAM", "mkstream", "FOO"))
		if g.chance(30) {
			args = append(args, "ENTRIESREAD", g.number())
		}
	}
	return args
}

func (g *generator) xpending() []string {
	args := []string{"XPENDING", g.streamKey(), g.groupName()}
	if g.chance(40) {
		return args
	}
	if g.chance(30) {
		args = append(args, "IDLE", g.pick(idleLimit, "0", "x"))
	}
	args = append(args, g.interval(), g.interval(), strconv.Itoa(g.rng.IntN(20)))
	if g.chance(40) {
		args = append(args, g.consumerName())
	}
	return args
}

func (g *generator) xinfo() []string {
	key := g.streamKey()
	switch g.rng.IntN(5) {
	case 0:
		return []string{"XINFO", "STREAM", key}
	case 1:
		return []string{"XINFO", "STREAM", key, "FULL"}
	case 2:
		return []string{"XINFO", "STREAM", key, "FULL", "COUNT", strconv.Itoa(g.rng.IntN(20) - 1)}
	case 3:
		return []string{"XINFO", "GROUPS", key}
	}
	return []string{"XINFO", "CONSUMERS", key, g.groupName()}
}

// xsetid never goes below what was deleted, which Redis 7.0 allows.
func (g *generator) xsetid() [][]string {
	key := g.streamKey()
	args := []string{"XSETID", key, streamID(g.added)}
	if g.chance(30) {
		args = append(args, "ENTRIESADDED", strconv.Itoa(g.rng.IntN(2000)))
	}
	if g.chance(30) {
		args = append(args, "MAXDELETEDID", g.oldID())
	}
	return [][]string{{"XLEN", key}, args}
}

func (g *generator) onStreamKeys() []string {
	switch g.rng.IntN(8) {
	case 0, 1:
		return []string{"COPY", g.streamKey(), g.streamKey(), "REPLACE"}
	case 2:
		return []string{g.pick("RENAME", "RENAMENX"), g.streamKey(), g.streamKey()}
	case 3:
		return []string{"DEL", g.streamKey()}
	case 4:
		return []string{"EXPIRE", g.streamKey(), g.seconds()}
	case 5:
		return []string{"MOVE", g.streamKey(), g.database()}
	}
	return []string{"OBJECT", "ENCODING", g.streamKey()}
}

var streamProductions = []production{
	{12, (*generator).xadd},
	one(4, func(g *generator) []string { return append([]string{"XDEL", g.streamKey()}, g.oldIDs()...) }),
	one(2, func(g *generator) []string { return append([]string{"XTRIM", g.streamKey()}, g.trimming()...) }),
	one(1, func(g *generator) []string { return []string{"XLEN", g.streamKey()} }),
	one(4, (*generator).streamRange),
	{4, (*generator).xread},
	{8, (*generator).xreadgroup},
	one(6, func(g *generator) []string {
		return append([]string{"XACK", g.streamKey(), g.groupName()}, g.oldIDs()...)
	}),
	{4, (*generator).xclaim},
	{3, (*generator).xautoclaim},
	one(6, (*generator).xgroup),
	one(3, (*generator).xpending),
	one(3, (*generator).xinfo),
	{1, (*generator).xsetid},
	one(2, (*generator).onStreamKeys),
}

var (
	// xinfoClock are the times in what XINFO says, what only Redis 7.2 says, and the nodes of a tree that is another one.
	xinfoClock = regexp.MustCompile(`"radix-tree-nodes"[,:] :\d+|"seen-time"[,:] :\d+|"active-time"[,:] :-?\d+, |` +
		`"idle"[,:] :\d+|, "inactive"[,:] :-?\d+|:\d{9,}`)
	// pendingClock are the idle times in what XPENDING says.
	pendingClock = regexp.MustCompile(`", :\d+, `)
)

// streamRule is the weakening of stream commands that tell times.
func streamRule(args []string) (r rule, ok bool) {
	switch strings.ToUpper(args[0]) {
	case "XINFO":
		return rule{weakness: masked, mask: xinfoClock}, true
	case "XPENDING":
		return rule{weakness: masked, mask: pendingClock}, true
	}
	return rule{}, false
}

// TestRandomStreams sends stream commands alone, with small blocks, so that much is trimmed, deleted and claimed across
// them.
func TestRandomStreams(t *testing.T) {
	commands := int(envNumber(t, "SYNAP_FUZZ_COMMANDS", defaultCommands)) / 2
	seed := envNumber(t, "SYNAP_FUZZ_SEED", defaultSeed)
	for _, limits := range [][]string{{"5", "4096"}, {"0", "300"}, {"100", "4096"}} {
		t.Run(strings.Join(limits, " "), func(t *testing.T) {
			p := startPair(t, "--stream-node-max-entries", limits[0], "--stream-node-max-bytes", limits[1])
			r := newRunner(t, p)
			defer r.close()
			g := newGenerator(seed, time.Now())
			var history []group
			for sent := 0; sent < commands/3; {
				from := len(history)
				for range batchEntries / 8 {
					lines := draw(g, streamProductions)
					if g.chance(3) {
						g.spoil(lines)
					}
					history = append(history, onConn(g.rng.IntN(2), lines))
					sent += len(lines)
				}
				difference := r.run(history[from:])
				if difference == nil && g.chance(15) {
					difference = r.compareData()
				}
				if difference == nil {
					continue
				}
				t.Errorf("seed %d, command %d:\n%v", seed, sent, difference)
				if shrunk, d := shrink(t, p, history, time.Now().Add(shrinkBudget)); d != nil {
					t.Errorf("from empty servers %d groups suffice:\n%s%v", len(shrunk), render(shrunk), d)
				}
				return
			}
		})
	}
}
