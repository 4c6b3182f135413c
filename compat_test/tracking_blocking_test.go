package compat

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// trackingScript is what clients of RESP3 do. A line is a client's name and its command; "a> BLPOP k 0" is one in which it
// waits.
type trackingScript struct {
	name  string
	lines string
	// newer is what a client hears in Redis 7.2 where the oracle differs: it does not track what a client reads that it
	// serves, nor says that a list changes from which it serves one.
	newer map[string]string
	own   map[string]string // what a client hears from Synap where Redis differs (docs/differences.md)
}

// trackingScripts are about keys that are read by who waits, and changed by who is served.
var trackingScripts = []trackingScript{
	{name: "a pop reads nothing that is tracked", lines: `
a CLIENT TRACKING ON
a> BLPOP k 0
b RPUSH k x
b RPUSH k y
a LRANGE k 0 -1
a BLPOP k 0
a> BLMOVE k d LEFT LEFT 0
b RPUSH k z
b RPUSH d z`},
	{name: "the waiting one's cache", lines: `
a CLIENT TRACKING ON
a LRANGE q 0 -1
a LRANGE d 0 -1
a> BLMOVE q d LEFT LEFT 0
b RPUSH q 1
b RPUSH d 2
b RPUSH q 2`},
	{name: "not of its own changes", lines: `
a CLIENT TRACKING ON NOLOOP
a LLEN q
a LLEN d
a> BLMOVE q d LEFT LEFT 0
b RPUSH q 1
b RPUSH d 2`},
	{name: "a third one's cache", lines: `
c CLIENT TRACKING ON
c LLEN k
c LLEN d
a> BLMOVE k d LEFT LEFT 0
b RPUSH k 1
b RPUSH d x
c LLEN d
a BLMPOP 0 2 k d LEFT COUNT 3
b PING`},
	{name: "the serving one's cache", lines: `
b CLIENT TRACKING ON
b LLEN k
b LLEN d
a> BLMOVE k d LEFT LEFT 0
b RPUSH k 1
b LRANGE d 0 -1`},
	{name: "the serving one's cache, not of its own changes", lines: `
b CLIENT TRACKING ON NOLOOP
b LLEN k
b LLEN d
a> BLMOVE k d LEFT LEFT 0
b RPUSH k 1
b LRANGE d 0 -1`},
	{name: "served by a transaction", lines: `
a CLIENT TRACKING ON
a LLEN k
b CLIENT TRACKING ON
b LLEN d
a> BLMOVE k d LEFT LEFT 0
b MULTI
b RPUSH k 1
b LLEN k
b EXEC
b PING`,
		newer: map[string]string{"b": `+OK :0 +OK +QUEUED +QUEUED [:1, :1] >["invalidate", ["d"]] >["invalidate", ["k"]] +PONG`}},
	{name: "a read is tracked", lines: `
a CLIENT TRACKING ON
a> XREAD BLOCK 0 STREAMS s t $ $
b XADD t 1-1 f v
a XLEN t
b XADD s 1-2 f v
b XADD t 1-3 f v`},
	{name: "a read is tracked anew when it is served", lines: `
a CLIENT TRACKING ON
a> XREAD BLOCK 0 STREAMS s $
b XADD s 1-1 f v
b XADD s 1-2 f v
b XADD s 1-3 f v`,
		newer: map[string]string{"a": `+OK >["invalidate", ["s"]] {"s": [["1-1", ["f", "v"]]]} >["invalidate", ["s"]]`}},
	{name: "of a key that changes without serving", lines: `
b XADD s 1-1 f v
a CLIENT TRACKING ON
a> XREAD BLOCK 0 STREAMS s $
b XTRIM s MAXLEN 0
b XADD s 1-2 f v
a XLEN s
b XADD s 1-3 f v`},
	{name: "a group's read is not tracked", lines: `
b XGROUP CREATE s g $ MKSTREAM
a CLIENT TRACKING ON
a> XREADGROUP GROUP g c BLOCK 0 STREAMS s >
b XADD s 1-1 f v
b XADD s 1-2 f v
a XLEN s
a XREADGROUP GROUP g c STREAMS s >
a> XREADGROUP GROUP g c BLOCK 0 STREAMS s >
b XADD s 1-3 f v`},
	{name: "only if it is asked for", lines: `
a CLIENT TRACKING ON OPTIN
a> XREAD BLOCK 0 STREAMS s $
b XADD s 1-1 f v
b XADD s 1-2 f v
a CLIENT CACHING YES
a> XREAD BLOCK 0 STREAMS s $
b XADD s 1-3 f v
a CLIENT CACHING YES
a XLEN s
a CLIENT CACHING YES
a> BLPOP k 0
b RPUSH k x
a LLEN k
b RPUSH k y
b XADD s 1-5 f v`},
	{name: "unless it is asked not to", lines: `
a CLIENT TRACKING ON OPTOUT
a CLIENT CACHING NO
a> XREAD BLOCK 0 STREAMS s $
b XADD s 1-1 f v
b XADD s 1-2 f v
a XLEN s
a> XREAD BLOCK 0 STREAMS t $
b XADD t 1-1 f v
a XLEN t
b XADD s 1-3 f v
b XADD t 1-2 f v`},
	{name: "of all changes", lines: `
a CLIENT TRACKING ON BCAST
a> BLPOP k 0
b RPUSH k x
a> BLMOVE k d LEFT LEFT 0
b RPUSH k 1 2
a> XREAD BLOCK 0 STREAMS s $
b XADD s 1-1 f v
b SET z 1`},
	{name: "of all changes but its own", lines: `
a CLIENT TRACKING ON BCAST NOLOOP
a> BLPOP k 0
b RPUSH k x
a> BLMOVE k d LEFT LEFT 0
b RPUSH k 1 2
b SET z 1`},
	{name: "of all changes but its own that nobody else undoes", lines: `
b CLIENT TRACKING ON BCAST NOLOOP
a> BLMOVE k d LEFT LEFT 0
b RPUSH k 1
b PING`,
		own: map[string]string{"b": `+OK :1 >["invalidate", ["d", "k"]] +PONG`}},
}

// trackingClient is a client of a script and all that it hears.
type trackingClient struct {
	conn  *conn
	due   int // replies
	heard []string
}

// settle reads until all replies are there. Pushes may come before them.
func (c *trackingClient) settle(t *testing.T) {
	t.Helper()
	for c.due > 0 {
		r := c.conn.read(t)
		if r.kind != '>' {
			c.due--
		}
		c.heard = append(c.heard, r.String())
	}
}

func (c *trackingClient) send(t *testing.T, line string) {
	t.Helper()
	c.settle(t)
	if err := c.conn.send(strings.Fields(line)); err != nil {
		t.Fatal(err)
	}
	c.due++
}

// playTracking has the clients do what the script says and returns what each of them hears.
func playTracking(t *testing.T, s *server, script string) (heard map[string]string) {
	t.Helper()
	control, clients := dial(t, s), map[string]*trackingClient{}
	defer control.close()
	control.do(t, "FLUSHALL")
	for line := range strings.SplitSeq(strings.TrimSpace(script), "\n") {
		name, command, _ := strings.Cut(line, " ")
		name, waits := strings.CutSuffix(name, ">")
		c := clients[name]
		if c == nil {
			c = &trackingClient{conn: dial(t, s)}
			defer c.conn.close()
			c.conn.do(t, "HELLO", "3")
			clients[name] = c
		}
		c.send(t, command)
		if waits {
			(&blockingStage{control: control}).awaitBlocked(t, 1)
		} else {
			c.settle(t)
		}
	}
	heard = map[string]string{}
	for _, c := range clients {
		c.settle(t)
	}
	for name, c := range clients {
		c.send(t, "ECHO "+strconv.Quote(name))
		c.settle(t)
		heard[name] = strings.Join(c.heard[:len(c.heard)-1], " ")
	}
	return heard
}

// TestTrackingOfWaitingClients: who waits in a blocking command, who is served by it and who serves hears of changed keys what
// Redis tells, in its order: the message about a key before the reply that is read after the change.
func TestTrackingOfWaitingClients(t *testing.T) {
	p := startPair(t)
	for _, script := range trackingScripts {
		t.Run(script.name, func(t *testing.T) {
			want, got := playTracking(t, p.oracle, script.lines), playTracking(t, p.subject, script.lines)
			if !selfMode {
				maps.Copy(want, script.newer)
				maps.Copy(want, script.own)
			}
			for _, name := range slices.Sorted(maps.Keys(want)) {
				if got[name] != want[name] {
					t.Errorf("%s hears\n%s\nwant\n%s", name, got[name], want[name])
				}
			}
		})
	}
}
