package compat

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// selfCommands stands in for Synap's command table when Redis is compared with
// itself: Redis has commands no transcript is meant for.
var selfCommands = strings.Fields(`
	acl|whoami append auth bitcount bitfield bitfield_ro bitop bitpos client client|getname client|getredir
	client|help client|id client|info client|kill client|list client|no-evict client|pause client|reply
	client|setname client|unblock client|unpause command command|count command|docs command|getkeys
	command|getkeysandflags command|help command|info command|list config config|get config|help
	config|resetstat config|rewrite config|set copy dbsize debug decr decrby del discard echo exec exists
	expire expireat expiretime flushall flushdb get getbit getdel getex getrange getset hello incr incrby
	incrbyfloat info keys latency latency|doctor latency|graph latency|help latency|histogram
	latency|history latency|latest latency|reset lcs lolwut memory memory|doctor memory|help
	memory|malloc-stats memory|purge memory|stats memory|usage mget module module|list monitor move mset
	msetnx multi object object|encoding object|freq object|help object|idletime object|refcount persist
	pexpire pexpireat pexpiretime ping psetex pttl quit randomkey rename renamenx reset role scan select
	set setbit setex setnx setrange shutdown slowlog slowlog|get slowlog|help slowlog|len slowlog|reset
	strlen substr swapdb time touch ttl type unlink unwatch wait watch
	xack xadd xautoclaim xclaim xdel xgroup xgroup|create xgroup|createconsumer xgroup|delconsumer
	xgroup|destroy xgroup|help xgroup|setid xinfo xinfo|consumers xinfo|groups xinfo|help xinfo|stream xlen
	xpending xrange xread xreadgroup xrevrange xsetid xtrim`)

// TestEveryCommandHasATranscript demands testdata/<group>/<command>.txt for each
// command, with a step for the command and for each of its subcommands.
// Files named <command>-<topic>.txt count for the command too.
func TestEveryCommandHasATranscript(t *testing.T) {
	covered := make(map[string]bool)
	for _, tr := range loadTranscripts(t) {
		file, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(tr.path), ".txt"), "-")
		for _, s := range tr.steps {
			if len(s.args) == 0 {
				continue
			}
			command := strings.ToLower(s.args[0])
			if command != file {
				continue
			}
			covered[command] = true
			if len(s.args) > 1 {
				covered[command+"|"+strings.ToLower(s.args[1])] = true
			}
		}
	}
	for _, command := range commandNames(t) {
		if !covered[command] {
			t.Errorf("no transcript for %s", command)
		}
	}
}

// commandNames returns the commands of the subject, subcommands as "a|b".
func commandNames(t *testing.T) []string {
	if selfMode {
		return selfCommands
	}
	c := dial(t, startSubject(t))
	defer c.close()
	var names []string
	for _, command := range c.do(t, "COMMAND").elems {
		if len(command.elems) != 10 {
			t.Fatalf("COMMAND has an entry with %d elements: %s", len(command.elems), command)
		}
		names = append(names, command.elems[0].text)
		for _, sub := range command.elems[9].elems {
			names = append(names, sub.elems[0].text)
		}
	}
	if len(names) == 0 {
		t.Fatal("COMMAND lists nothing")
	}
	list := c.do(t, "COMMAND", "LIST")
	for _, e := range list.elems {
		if !slices.Contains(names, e.text) {
			t.Errorf("COMMAND LIST has %s, COMMAND does not", e.text)
		}
	}
	return names
}
