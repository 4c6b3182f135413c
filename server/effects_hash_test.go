package server

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"synap/store"
)

// hashText is the fields of a hash with their expiries: their order is not the hash's.
func hashText(e store.Entry) string {
	var fields []string
	e.EachField(func(f store.Field) {
		fields = append(fields, fmt.Sprintf("%q=%q@%d", f.Name.Append(nil), f.Value.Append(nil), f.ExpireAt))
	})
	slices.Sort(fields)
	return strings.Join(fields, " ")
}

// hashKey is one of few keys beside those of other types.
func (m *mix) hashKey() string {
	if m.IntN(8) == 0 {
		return m.key()
	}
	return "hash" + strconv.Itoa(m.IntN(5))
}

func (m *mix) field() string {
	if m.IntN(10) == 0 {
		return m.value()
	}
	return "f" + strconv.Itoa(m.IntN(60))
}

func (m *mix) someFields() (out []string) {
	for range 1 + m.IntN(5) {
		out = append(out, m.field())
	}
	return out
}

// fieldPairs are some fields with values, now and then so many that the hash is laid out anew.
func (m *mix) fieldPairs() (out []string) {
	if m.IntN(12) == 0 {
		first := m.IntN(100)
		for i := range m.IntN(140) {
			out = append(out, "f"+strconv.Itoa(first+i), m.number())
		}
	}
	for range 1 + m.IntN(4) {
		out = append(out, m.field(), m.value())
	}
	return out
}

// fieldList is FIELDS, a count and names.
func (m *mix) fieldList() []string {
	names := m.someFields()
	return slices.Concat([]string{"FIELDS", strconv.Itoa(len(names))}, names)
}

// fieldExpiry is the arguments of HEXPIRE and its kin with the given time.
func (m *mix) fieldExpiry(at int64) []string {
	condition := m.pick(nil, nil, nil, one("NX"), one("XX"), one("gt"), one("LT"))
	return slices.Concat([]string{m.hashKey(), strconv.FormatInt(max(at, 0), 10)}, condition, m.fieldList())
}

// hashArguments are those of commands on hashes. Times are near enough to pass during a run, and now and then past.
var hashArguments = map[string]func(m *mix) []string{
	"hset":   func(m *mix) []string { return words(m.hashKey(), m.fieldPairs()) },
	"hmset":  func(m *mix) []string { return words(m.hashKey(), m.fieldPairs()) },
	"hsetnx": func(m *mix) []string { return []string{m.hashKey(), m.field(), m.value()} },
	"hdel":   func(m *mix) []string { return words(m.hashKey(), m.someFields()) },
	"hincrby": func(m *mix) []string {
		return []string{m.hashKey(), "f" + strconv.Itoa(m.IntN(60)), m.number()}
	},
	"hincrbyfloat": func(m *mix) []string {
		return []string{m.hashKey(), "f" + strconv.Itoa(m.IntN(60)), []string{"0.1", "1e3", "-2.5", "3"}[m.IntN(4)]}
	},
	"hexpire":    func(m *mix) []string { return m.fieldExpiry(int64(m.IntN(8))) },
	"hpexpire":   func(m *mix) []string { return m.fieldExpiry(int64(m.IntN(8000))) },
	"hexpireat":  func(m *mix) []string { return m.fieldExpiry(m.now()/1000 + int64(m.IntN(9)-1)) },
	"hpexpireat": func(m *mix) []string { return m.fieldExpiry(m.now() + int64(m.IntN(9000)-500)) },
	"hpersist":   func(m *mix) []string { return words(m.hashKey(), m.fieldList()) },
}

var hashReadArguments = map[string][]string{
	"hget": {"x", "f"}, "hmget": {"x", "f", "g"}, "hexists": {"x", "f"}, "hlen": {"x"}, "hstrlen": {"x", "f"},
	"hkeys": {"x"}, "hvals": {"x"}, "hgetall": {"x"}, "hrandfield": {"x", "3", "WITHVALUES"}, "hscan": {"x", "0"},
	"httl": {"x", "FIELDS", "1", "f"}, "hpttl": {"x", "FIELDS", "1", "f"},
	"hexpiretime": {"x", "FIELDS", "1", "f"}, "hpexpiretime": {"x", "FIELDS", "1", "f"},
}

// TestHashUnits: what hashes leave in the stream among other commands.
func TestHashUnits(t *testing.T) {
	const fields = "HSET h a 1 b 2 c 3"
	runEffectScripts(t, []effectScript{
		{"as sent", "", "HSET h a 1 ; HMSET h b 2 ; HSETNX h c 3 ; HINCRBY h a 4 ; HDEL h a b",
			"0:HSET h a 1\n0:HMSET h b 2\n0:HSETNX h c 3\n0:HINCRBY h a 4\n0:HDEL h a b"},
		{"a sum of floats as its result", fields, "HINCRBYFLOAT h a 0.5", "0:HSET h a 1.5"},
		{"a sum of floats that expires", fields + " ; HPEXPIRE h 5000 FIELDS 1 a", "HINCRBYFLOAT h a 0.5",
			"0:HSET h a 1.5; 0:HPEXPIREAT h 1700000005000 FIELDS 1 a"},
		{"times are absolute", fields, "HEXPIRE h 10 FIELDS 2 a b ; HPEXPIRE h 5 FIELDS 1 c",
			"0:HPEXPIREAT h 1700000010000 FIELDS 2 a b\n0:HPEXPIREAT h 1700000000005 FIELDS 1 c"},
		{"only fields that changed", fields + " ; HEXPIRE h 5 FIELDS 1 b", "HEXPIREAT h 1700000060 NX FIELDS 4 a b x c",
			"0:HPEXPIREAT h 1700000060000 FIELDS 2 a c"},
		{"a time that has passed", fields, "HEXPIREAT h 1 FIELDS 3 a x b ; HPEXPIRE h 0 FIELDS 1 c", "0:HDEL h a b\n0:HDEL h c"},
		{"no longer expiring", fields + " ; HEXPIRE h 5 FIELDS 1 b", "HPERSIST h FIELDS 2 a b", "0:HPERSIST h FIELDS 2 a b"},
		{"expired, met by a read", fields + " ; HEXPIRE h 1 FIELDS 2 a b ; @later", "HGET h a ; HMGET h a b",
			"0:HDEL h a\n0:HDEL h b"},
		{"expired, met by a write", fields + " ; HEXPIRE h 1 FIELDS 2 a b ; @later",
			"HSETNX h a 5 ; HINCRBY h b 1", "0:HDEL h a; 0:HSETNX h a 5\n0:HDEL h b; 0:HINCRBY h b 1"},
		{"the last one expired", "HSET h a 1 ; HEXPIRE h 1 FIELDS 1 a ; @later", "HSETNX h a 1", "0:HDEL h a; 0:HSETNX h a 1"},
		{"expired, met by nobody", "SELECT 2 ; " + fields + " ; HEXPIRE h 1 FIELDS 2 a b ; @later", "@cycle", "2:HDEL h a b"},
		{"expired, passed over", fields + " ; HEXPIRE h 1 FIELDS 2 a b ; @later", "HGETALL h ; HSCAN h 0 ; HRANDFIELD h -5 ; HLEN h", ""},
		{"in EXEC", fields, "MULTI ; HSET h d 4 ; HEXPIRE h 1 FIELDS 1 d ; HDEL h a b c d ; EXEC",
			"0:HSET h d 4; 0:HPEXPIREAT h 1700000001000 FIELDS 1 d; 0:HDEL h a b c d"},
		{"no change", fields, "HSETNX h a 1 ; HDEL h x ; HPERSIST h FIELDS 1 a ; HEXPIRE h 1 XX FIELDS 1 a ; HEXPIRE x 1 FIELDS 1 a", ""},
	})
}

// TestReplayOfHashes is TestReplay with nothing but hashes, so that fields expire in many states.
func TestReplayOfHashes(t *testing.T) {
	for seed := range uint64(3) {
		r := newEffectRun(t, seed+100)
		r.writes = slices.DeleteFunc(r.writes, func(name string) bool {
			return hashArguments[name] == nil && name != "copy" && name != "rename" && name != "move"
		})
		r.m.keys = 3
		for range 4 {
			r.steps(500)
			replay(t, r.log.since(0), r.f.srv.store)
		}
		removed := 0
		for _, u := range r.log.since(0) {
			for _, e := range u {
				if string(e.Args[0]) == "HDEL" {
					removed += len(e.Args) - 2
				}
			}
		}
		if removed < 200 {
			t.Errorf("seed %d: only %d fields were removed", seed, removed)
		}
	}
}
