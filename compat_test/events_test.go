package compat

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// allEvents is every class of events on both kinds of channels.
const allEvents = "KEAmn"

// listener hears the events of one server.
type listener struct {
	conn   *conn
	fencer *conn
	fences int
}

const fenceChannel = "fence"

func listen(t testing.TB, s *server, classes string) *listener {
	t.Helper()
	l := &listener{conn: dial(t, s), fencer: dial(t, s)}
	if r := l.fencer.do(t, "CONFIG", "SET", "notify-keyspace-events", classes); r.String() != "+OK" {
		t.Fatalf("%s: %s", s.name, r)
	}
	// A key whose time has passed is removed when somebody looks at it.
	if r := l.fencer.do(t, "DEBUG", "SET-ACTIVE-EXPIRE", "0"); r.String() != "+OK" {
		t.Fatalf("%s: %s", s.name, r)
	}
	l.conn.do(t, "PSUBSCRIBE", "__key*@*__:*")
	l.conn.do(t, "SUBSCRIBE", fenceChannel)
	t.Cleanup(func() { l.conn.close(); l.fencer.close() })
	return l
}

// events returns what was heard since the last call: "channel payload". All commands that caused it have replied.
func (l *listener) events(t testing.TB) (heard []string) {
	t.Helper()
	l.fences++
	fence := strconv.Itoa(l.fences)
	l.fencer.do(t, "PUBLISH", fenceChannel, fence)
	for {
		r := l.conn.read(t)
		switch {
		case len(r.elems) == 3 && r.elems[0].text == "message" && r.elems[2].text == fence:
			return heard
		case len(r.elems) == 4 && r.elems[0].text == "pmessage":
			heard = append(heard, fmt.Sprintf("%q %q", r.elems[2].text, r.elems[3].text))
		default:
			t.Fatalf("a subscriber got %s", r)
		}
	}
}

// eventPair are the listeners of a pair.
type eventPair struct{ oracle, subject *listener }

func listenBoth(t testing.TB, p *pair, classes string) eventPair {
	t.Helper()
	return eventPair{listen(t, p.oracle, classes), listen(t, p.subject, classes)}
}

// difference compares what was heard of both servers, "" if it is the same.
func (e eventPair) difference(t testing.TB) string {
	t.Helper()
	o, s := withoutOrderOfMisses(e.oracle.events(t)), withoutOrderOfMisses(e.subject.events(t))
	if slices.Equal(o, s) {
		return ""
	}
	at := 0
	for at < len(o) && at < len(s) && o[at] == s[at] {
		at++
	}
	from := max(0, at-2)
	tail := func(list []string) string {
		return strings.Join(list[min(from, len(list)):min(at+6, len(list))], "\n          ")
	}
	return fmt.Sprintf("events from number %d on\nredis     %s\nsubject   %s", from+1, tail(o), tail(s))
}

// withoutOrderOfMisses sorts events of keys missed one after the other: members of a set and of a sorted set come in whatever
// order they lie, so SORT looks up the keys that are made of them in that order.
func withoutOrderOfMisses(events []string) []string {
	for from := 0; from < len(events); {
		to := from
		for to < len(events) && strings.Contains(events[to], "keymiss") {
			to++
		}
		slices.Sort(events[from:to])
		from = to + 1
	}
	return events
}

// TestRandomEvents compares the events that a random stream causes, class by class as Redis emits them.
func TestRandomEvents(t *testing.T) {
	commands := int(envNumber(t, "SYNAP_FUZZ_COMMANDS", defaultCommands)) / 4
	seed := envNumber(t, "SYNAP_FUZZ_SEED", defaultSeed)
	p := startPair(t)
	r := newRunner(t, p)
	defer r.close()
	heard := listenBoth(t, p, allEvents)
	g := newGenerator(seed, time.Now())
	total := 0
	for sent := 0; sent < commands; {
		var batch []group
		for range 8 {
			gr := g.next()
			batch = append(batch, gr)
			sent += len(gr)
		}
		if err := r.run(batch); err != nil {
			t.Fatalf("seed %d, command %d: %v", seed, sent, err)
		}
		if d := heard.difference(t); d != "" {
			t.Fatalf("seed %d, command %d: %s\nof\n%s", seed, sent, d, render(batch))
		}
		total++
	}
	if total == 0 {
		t.Fatal("nothing was sent")
	}
}

// eventScript causes each event of strings, bitmaps and keys of any type, and the cases in which there is none. A line that
// begins with ! is not compared: it prepares the next ones.
const eventScript = `
SET k v
SET k v
SET k v EX 100
SET k v KEEPTTL
SET k v PX 100000 GET
SET k v NX
SET n v XX
SET n v XX GET
SET n v NX GET
SETNX k v
SETNX m v
SETEX e 100 v
PSETEX e 100000 v
GETSET k v
GETSET fresh v
SET past v PXAT 1
GET past
SET past v EXAT 1
STRLEN past
SET past v PXAT 1
SET past w
SET past v PXAT 1
DEL past
MSET a 1 b 2 a 3
MSETNX a 1 c 1
MSETNX x 1 y 1
GETDEL a
GETDEL a
GETEX b
GETEX b EX 100
GETEX b PERSIST
GETEX b PERSIST
GETEX b PXAT 1
GETEX b
APPEND k x
APPEND k ""
APPEND p x
APPEND p2 ""
SETRANGE k 1 abc
SETRANGE k 1 ""
SETRANGE z 3 ""
SETRANGE z 3 a
INCR i
DECR i
INCRBY i 5
DECRBY i 5
INCRBYFLOAT f 1.5
INCR k
SETBIT bit 7 0
SETBIT bit 7 0
SETBIT bit 7 1
SETBIT bit 100 0
BITFIELD bit GET u8 0
BITFIELD bit SET u8 0 1
BITFIELD bit SET u8 0 1
BITFIELD bit SET u8 800 0
BITFIELD bit INCRBY u8 0 0
BITFIELD bit OVERFLOW FAIL SET u8 0 300
BITFIELD none GET u8 0
BITFIELD new SET u8 0 0
BITOP AND dest k bit
BITOP NOT dest k
BITOP AND dest none none2
BITOP AND dest none none2
GET none
MGET none k none2
EXISTS none k none
TYPE none
TTL none
PTTL none
EXPIRETIME none
TOUCH none k
STRLEN none
GETRANGE none 0 1
SUBSTR none 0 1
GETBIT none 0
BITCOUNT none
BITPOS none 1
BITFIELD_RO none GET u8 0
LCS none k
OBJECT ENCODING none
OBJECT FREQ none
MEMORY USAGE none
SET none2 x GET
DEL none2
EXPIRE k 100
EXPIRE k 200 NX
EXPIRE k 200 XX
PEXPIRE k 100000
EXPIREAT k 99999999999
PEXPIREAT k 99999999999999
PERSIST k
PERSIST k
EXPIRE none 100
PERSIST none
EXPIRE k -1
SET k v
PEXPIREAT k 1
SET k v
RENAME k k
RENAME k q
RENAME q m
RENAMENX m e
RENAMENX m w
RENAME nothing k
RENAMENX w w
COPY w v
COPY w v
COPY w v REPLACE
COPY w v DB 2
COPY w v DB 2 REPLACE
COPY nothing v2
MOVE w 3
MOVE w 3
MOVE nothing 3
MOVE v 2
DEL v none v e
UNLINK i none f
DEL none
SELECT 2
SET two x
SELECT 0
MULTI
SET t 1
INCR t
PUBLISH __keyspace@0__:t between
DEL t
EXEC
KEYS *
SCAN 0
RANDOMKEY
DBSIZE
SWAPDB 0 2
SET after x
FLUSHDB
FLUSHALL
SET "" x
SET "\x00\xff\r\n" x
DEL "" "\x00\xff\r\n"
RPUSH numbers 3 1 2
SORT numbers BY weight* GET value* GET # GET hash*->f
SORT numbers BY weight*->f LIMIT 0 1 GET value*
SORT numbers BY nosort DESC GET value* LIMIT 1 2
SORT numbers BY none LIMIT 5 1 GET value*
SET weight1 word
SORT numbers BY weight* GET value*
SORT numbers BY weight* ALPHA STORE value1
SORT_RO missing BY weight* GET value*
SORT missing STORE value1
XAUTOCLAIM missing g c x 0
XAUTOCLAIM missing g c 0 x
XCLAIM missing g c x 1-1
XREADGROUP GROUP g c STREAMS missing >
XREAD STREAMS missing missing 0 0
XPENDING missing g
`

// TestEvents compares the events of each line of a script, for several choices of classes.
func TestEvents(t *testing.T) {
	p := startPair(t)
	for _, classes := range []string{allEvents, "KA", "E$", "Kg", "Exe", "Km", "En", "A", "K", "KEgn"} {
		t.Run(classes, func(t *testing.T) {
			c := eventPair{listen(t, p.oracle, classes), listen(t, p.subject, classes)}
			oracle, subject := dial(t, p.oracle), dial(t, p.subject)
			defer oracle.close()
			defer subject.close()
			total := 0
			for _, line := range strings.Split(strings.TrimSpace(eventScript), "\n") {
				args, err := splitArgs(line)
				if err != nil {
					t.Fatal(err)
				}
				oracle.do(t, args...)
				subject.do(t, args...)
				if d := c.difference(t); d != "" {
					t.Errorf("%s: %s", line, d)
				}
				total++
			}
			if total < 100 {
				t.Errorf("only %d lines", total)
			}
		})
	}
}

// TestExpiredAndEvictedEvents: keys that go without a command.
func TestExpiredAndEvictedEvents(t *testing.T) {
	p := startPair(t)
	p.each(func(s *server) {
		c, l := dial(t, s), listen(t, s, "KExe")
		defer c.close()
		want := func(cause string, events ...string) {
			t.Helper()
			if got := l.events(t); !slices.Equal(got, events) {
				t.Errorf("%s: %s: events %q, want %q", s.name, cause, got, events)
			}
		}
		c.do(t, "DEBUG", "SET-ACTIVE-EXPIRE", "1")
		c.do(t, "SET", "gone", "v", "PX", "1")
		for c.do(t, "DBSIZE").text != "0" { // nobody looks at the key
			time.Sleep(time.Millisecond)
		}
		want("expiry", `"__keyspace@0__:gone" "expired"`, `"__keyevent@0__:expired" "gone"`)
		c.do(t, "SET", "victim", "v")
		c.do(t, "CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
		c.do(t, "CONFIG", "SET", "maxmemory", "1")
		c.do(t, "PING")
		want("eviction", `"__keyspace@0__:victim" "evicted"`, `"__keyevent@0__:evicted" "victim"`)
		c.do(t, "CONFIG", "SET", "maxmemory", "0")
	})
}
