package commands

import (
	"strings"
	"testing"

	"synap/store"
)

const (
	wrongNumber = "-ERR value is not an integer or out of range"
	syntaxError = "-ERR syntax error"
)

func TestSet(t *testing.T) {
	scripts{
		"plain":     {`SET k v`, "+OK", `GET k`, "$1 v", `SET k ""`, "+OK", `GET k`, "$0 ", `GET none`, "$-1"},
		"overwrite": {`SET k v EX 10`, "+OK", `SET k w`, "+OK", `TTL k`, ":-1", `GET k`, "$1 w"},
		"nx":        {`SET k v NX`, "+OK", `SET k w nx`, "$-1", `GET k`, "$1 v"},
		"xx":        {`SET k v XX`, "$-1", `EXISTS k`, ":0", `SET k v`, "+OK", `SET k w xX`, "+OK", `GET k`, "$1 w"},
		"get":       {`SET k v GET`, "$-1", `SET k w GET GET`, "$1 v", `GET k`, "$1 w"},
		"nx get":    {`SET k v NX GET`, "$-1", `SET k w NX GET`, "$1 v", `GET k`, "$1 v"},
		"xx get":    {`SET k v XX GET`, "$-1", `EXISTS k`, ":0", `SET k v`, "+OK", `SET k w XX GET`, "$1 v", `GET k`, "$1 w"},
		"ex":        {`SET k v EX 10`, "+OK", `PTTL k`, ":10000", "@+9999", `GET k`, "$1 v", "@+2", `GET k`, "$-1"},
		"px":        {`SET k v px 1500`, "+OK", `PTTL k`, ":1500"},
		"exat":      {`SET k v EXAT 1700000060`, "+OK", `PEXPIRETIME k`, ":1700000060000"},
		"pxat":      {`SET k v PXAT 1700000000001`, "+OK", `PTTL k`, ":1"},
		"pxat past": {`SET k v PXAT 1`, "+OK", `GET k`, "$-1"},
		"keepttl": {`SET k v EX 10`, "+OK", `SET k a-longer-value-than-before KEEPTTL`, "+OK", `TTL k`, ":10",
			`SET n v KEEPTTL`, "+OK", `TTL n`, ":-1", `SET k 1 KEEPTTL KEEPTTL`, "+OK", `TTL k`, ":10"},
		"option given twice": {`SET k v EX 10 EX 20`, "+OK", `TTL k`, ":20", `SET k v NX NX`, "$-1"},
		"exclusive options": {`SET k v NX XX`, syntaxError, `SET k v XX NX`, syntaxError, `SET k v EX 1 PX 1`, syntaxError,
			`SET k v EX 1 KEEPTTL`, syntaxError, `SET k v KEEPTTL EX 1`, syntaxError, `SET k v EXAT 1 PXAT 1`, syntaxError},
		"malformed": {`SET k v EX`, syntaxError, `SET k v PERSIST`, syntaxError, `SET k v foo`, syntaxError,
			`SET k v EX NX`, wrongNumber, `SET k v EX 1.5`, wrongNumber, `SET k v ""`, syntaxError},
		"senseless times": {
			`SET k v EX 0`, "-ERR invalid expire time in 'set' command",
			`SET k v PX -1`, "-ERR invalid expire time in 'set' command",
			`SET k v EX 9223372036854775807`, "-ERR invalid expire time in 'set' command",
			`SET k v EX 9223372036854775`, "-ERR invalid expire time in 'set' command",
			`SET k v PX 9223372036854775807`, "-ERR invalid expire time in 'set' command",
			`SET k v EXAT 9223372036854776`, "-ERR invalid expire time in 'set' command",
			`SET k v PXAT 0`, "-ERR invalid expire time in 'set' command",
			`SET k v PXAT 9223372036854775807`, "+OK", `GET k`, "$1 v",
		},
		"resp3": {"@proto 3", `GET k`, "_", `SET k v XX`, "_", `SET k v GET`, "_", `SET k v`, "+OK", `MGET k n`, "*2 $1 v _"},
	}.run(t)
}

func TestEncodings(t *testing.T) {
	long := strings.Repeat("x", 44)
	scripts{
		"set": {
			`SET k 12345`, "+OK", `OBJECT ENCODING k`, "$3 int",
			`SET k -9223372036854775808`, "+OK", `OBJECT ENCODING k`, "$3 int", `GET k`, "$20 -9223372036854775808",
			`SET k 9223372036854775808`, "+OK", `OBJECT ENCODING k`, "$6 embstr",
			`SET k 012`, "+OK", `OBJECT ENCODING k`, "$6 embstr",
			`SET k ` + long, "+OK", `OBJECT ENCODING k`, "$6 embstr",
			`SET k ` + long + "x", "+OK", `OBJECT ENCODING k`, "$3 raw",
			`GETSET k 5`, "$45 " + long + "x", `OBJECT ENCODING k`, "$3 int",
		},
		"counter": {
			`INCR k`, ":1", `OBJECT ENCODING k`, "$3 int",
			`INCRBYFLOAT k 2`, "$1 3", `OBJECT ENCODING k`, "$6 embstr",
			`INCR k`, ":4", `OBJECT ENCODING k`, "$3 int",
		},
		"partial writes": {
			`APPEND k 12`, ":2", `OBJECT ENCODING k`, "$3 int",
			`APPEND k 3`, ":3", `OBJECT ENCODING k`, "$3 raw",
			`SET k 12`, "+OK", `SETRANGE k 0 4`, ":2", `OBJECT ENCODING k`, "$3 raw", `GET k`, "$2 42",
			`SET k 12`, "+OK", `SETRANGE k 0 ""`, ":2", `OBJECT ENCODING k`, "$3 int",
			`SET k 12`, "+OK", `SETBIT k 0 0`, ":0", `OBJECT ENCODING k`, "$3 raw",
			`SET k ab`, "+OK", `APPEND k ""`, ":2", `OBJECT ENCODING k`, "$3 raw",
			`SETBIT n 7 1`, ":0", `OBJECT ENCODING n`, "$3 raw",
			`SETRANGE r 0 x`, ":1", `OBJECT ENCODING r`, "$3 raw",
			`SET k 12`, "+OK", `BITOP NOT d k`, ":2", `OBJECT ENCODING d`, "$3 raw",
			`SET k 12`, "+OK", `BITFIELD k GET u8 0`, "*1 :49", `OBJECT ENCODING k`, "$3 int",
			`BITFIELD k SET u8 0 49`, "*1 :49", `OBJECT ENCODING k`, "$3 raw",
		},
		"copies": {
			`APPEND k a`, ":1", `APPEND k b`, ":2", `COPY k c`, ":1", `OBJECT ENCODING c`, "$3 raw",
			`RENAME c d`, "+OK", `OBJECT ENCODING d`, "$3 raw", `EXPIRE d 10`, ":1", `OBJECT ENCODING d`, "$3 raw",
			`SET i 5`, "+OK", `COPY i j`, ":1", `OBJECT ENCODING j`, "$3 int",
		},
	}.run(t)
}

func TestSetVariants(t *testing.T) {
	scripts{
		"setnx": {`SETNX k v`, ":1", `SETNX k w`, ":0", `GET k`, "$1 v"},
		"setex": {
			`SETEX k 10 v`, "+OK", `PTTL k`, ":10000",
			`SETEX k 0 v`, "-ERR invalid expire time in 'setex' command",
			`SETEX k x v`, wrongNumber,
			`SETEX k 9223372036854775807 v`, "-ERR invalid expire time in 'setex' command",
		},
		"psetex": {
			`PSETEX k 10 v`, "+OK", `PTTL k`, ":10",
			`PSETEX k -5 v`, "-ERR invalid expire time in 'psetex' command",
			`PSETEX k 9223372036854775807 v`, "-ERR invalid expire time in 'psetex' command",
		},
		"getset": {`GETSET k v`, "$-1", `EXPIRE k 5`, ":1", `GETSET k w`, "$1 v", `TTL k`, ":-1"},
		"getdel": {`GETDEL k`, "$-1", `SET k v`, "+OK", `GETDEL k`, "$1 v", `EXISTS k`, ":0"},
		"mset": {
			`MSET a 1 b 2 a 3`, "+OK", `MGET a b c`, "*3 $1 3 $1 2 $-1",
			`MSET a 1 b`, "-ERR wrong number of arguments for 'mset' command",
			`EXPIRE a 5`, ":1", `MSET a 4`, "+OK", `TTL a`, ":-1",
		},
		"msetnx": {
			`MSETNX a 1 b 2`, ":1", `MSETNX b 3 c 4`, ":0", `MGET a b c`, "*3 $1 1 $1 2 $-1",
			`MSETNX x 1 x 2`, ":1", `GET x`, "$1 2",
			`MSETNX a 1 b`, "-ERR wrong number of arguments for 'msetnx' command",
		},
	}.run(t)
}

func TestGetEx(t *testing.T) {
	scripts{
		"plain":   {`GETEX k`, "$-1", `SET k v EX 10`, "+OK", `GETEX k`, "$1 v", `TTL k`, ":10"},
		"ex":      {`SET k v`, "+OK", `GETEX k EX 10`, "$1 v", `PTTL k`, ":10000"},
		"px":      {`SET k v`, "+OK", `GETEX k PX 10`, "$1 v", `PTTL k`, ":10"},
		"exat":    {`SET k v`, "+OK", `GETEX k EXAT 1700000010`, "$1 v", `PTTL k`, ":10000"},
		"pxat":    {`SET k v`, "+OK", `GETEX k PXAT 1700000000010`, "$1 v", `PTTL k`, ":10"},
		"persist": {`SET k v EX 10`, "+OK", `GETEX k PERSIST`, "$1 v", `TTL k`, ":-1"},
		"past":    {`SET k v`, "+OK", `GETEX k PXAT 1700000000000`, "$1 v", `EXISTS k`, ":0"},
		"errors": {
			`GETEX k EX 0`, "$-1", // a missing key is noticed before a senseless time
			`SET k v`, "+OK",
			`GETEX k EX 0`, "-ERR invalid expire time in 'getex' command",
			`GETEX k EX x`, wrongNumber,
			`GETEX k KEEPTTL`, syntaxError,
			`GETEX k NX`, syntaxError,
			`GETEX k EX`, syntaxError,
			`GETEX k EX 1 PERSIST`, syntaxError,
			`GETEX k PERSIST EX 1`, syntaxError,
			`GETEX k PERSIST PERSIST`, "$1 v",
		},
	}.run(t)
}

func TestStringEffects(t *testing.T) {
	runEffects(t, []effectCase{
		{"", `SET k v`, "0:SET k v"},
		{"", `SET k v NX`, "0:SET k v"},
		{"SET k v", `SET k v NX`, ""},
		{"", `SET k v EX 10`, "0:SET k v PXAT 1700000010000"},
		{"", `SET k v GET PX 10`, "0:SET k v PXAT 1700000000010"},
		{"", `SET k v EXAT 1700000010`, "0:SET k v PXAT 1700000010000"},
		{"SET k v", `SET k w XX KEEPTTL`, "0:SET k w KEEPTTL"},
		{"", `SETEX k 10 v`, "0:SET k v PXAT 1700000010000"},
		{"", `PSETEX k 10 v`, "0:SET k v PXAT 1700000000010"},
		{"", `SETNX k v`, "0:SETNX k v"},
		{"SET k v", `SETNX k v`, ""},
		{"", `GETSET k v`, "0:SET k v"},
		{"SET k v", `GETDEL k`, "0:DEL k"},
		{"", `GETDEL k`, ""},
		{"SET k v", `GETEX k`, ""},
		{"SET k v", `GETEX k EX 10`, "0:PEXPIREAT k 1700000010000"},
		{"SET k v", `GETEX k EXAT 1`, "0:DEL k"},
		{"SET k v", `GETEX k PERSIST`, ""},
		{"SET k v EX 10", `GETEX k PERSIST`, "0:PERSIST k"},
		{"", `MSET a 1 b 2`, "0:MSET a 1 b 2"},
		{"SET b 1", `MSETNX a 1 b 2`, ""},
		{"", `MSETNX a 1 b 2`, "0:MSETNX a 1 b 2"},
		{"SET k v PX 10; @+11", `GET k`, "0:DEL k"},
		{"SET k v PX 10; @+11", `SET k w`, "0:DEL k; 0:SET k w"},
		{"", `INCRBYFLOAT k 1.5`, "0:SET k 1.5 KEEPTTL"},
		{"SET k v EX 10", `APPEND k x`, "0:APPEND k x"},
	})
}

func TestStringWatches(t *testing.T) {
	runWatched(t, []watchCase{
		{"", `SET k v`, true},
		{"SET k v", `SET k v`, true},
		{"SET k v", `SET k w NX`, false},
		{"", `SET k w XX`, false},
		{"SET k v", `GET k`, false},
		{"SET k v", `GETEX k`, false},
		{"SET k v", `GETEX k PERSIST`, false},
		{"SET k v", `GETEX k EX 5`, true},
		{"SET k v", `GETDEL k`, true},
		{"SET k v", `SETNX k w`, false},
		{"SET k v", `MSETNX j w k w`, false},
		{"SET k v", `SETRANGE k 0 ""`, false},
		{"SET k v", `SETRANGE k 0 v`, true},
		{"SET k v", `APPEND k ""`, true},
		{"SET k v", `SETBIT k 0 0`, false},
		{"SET k 1", `SETBIT k 0 0`, false},
		{"SET k v", `SETBIT k 0 1`, true},
		{"SET k v", `SETBIT k 8 0`, true},
		{"", `SETBIT k 8 0`, true},
		{"SET k v", `BITFIELD k GET u8 0`, false},
		{"SET k v", `BITFIELD k SET u8 0 118`, false},
		{"SET k v", `BITFIELD k SET u8 0 119`, true},
		{"SET k v", `BITFIELD k OVERFLOW FAIL INCRBY u8 0 255`, false},
		{"SET k v", `BITOP AND d k`, false},
		{"SET d v", `BITOP AND k d`, true},
		{"", `BITOP AND k d`, false},
		{"SET k v", `BITOP AND k d`, true},
	})
}

func TestStringLimits(t *testing.T) {
	const tooBig = "-ERR string exceeds maximum allowed size (proto-max-bulk-len)"
	f := newFixture(t)
	defer f.audit()
	f.env.MaxBulkLen = 8
	for _, tc := range [][2]string{
		{`APPEND k 12345678`, ":8"},
		{`APPEND k 9`, tooBig},
		{`APPEND k ""`, ":8"},
		{`SETRANGE k 7 x`, ":8"},
		{`SETRANGE k 8 x`, tooBig},
		{`SETRANGE k 8 ""`, ":8"},
		{`SETRANGE k 9223372036854775807 x`, tooBig},
		{`SETRANGE n 8 x`, tooBig},
		{`SETBIT k 63 1`, ":0"},
		{`SETBIT k 64 1`, "-ERR bit offset is not an integer or out of range"},
		{`GETBIT k 64`, "-ERR bit offset is not an integer or out of range"},
		{`BITFIELD k SET u8 63 1`, "*1 :128"},
		{`BITFIELD k SET u8 64 1`, "-ERR bit offset is not an integer or out of range"},
		{`BITFIELD k SET u8 #8 1`, "-ERR bit offset is not an integer or out of range"},
		{`LCS k k LEN`, "-ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len"},
	} {
		if got := f.do(tc[0]); got != tc[1] {
			t.Errorf("%s\n got %s\nwant %s", tc[0], got, tc[1])
		}
	}
	f.env.MaxBulkLen = 1 << 62 // more than the store can hold
	for _, line := range []string{`SETRANGE k 1073741824 x`, `SETRANGE k 4611686018427387902 x`} {
		if got := f.do(line); got != tooBig {
			t.Errorf("%s\n got %s\nwant %s", line, got, tooBig)
		}
	}
	for _, line := range []string{`SETBIT k 8589934592 1`, `BITFIELD k SET u8 9223372036854775800 1`} {
		if got := f.do(line); !strings.HasPrefix(got, "-ERR bit offset") {
			t.Errorf("%s\n got %s", line, got)
		}
	}
}

func TestHotCommandsDoNotAllocate(t *testing.T) {
	noAllocs(t, []string{`SET k value`, `SET n 12345`, `MSET a 1 b 2`, `SETBIT bits 100 1`, `SET big 4000000000`},
		`GET k`, `GET n`, `GET none`, `SET k value`, `SET k value EX 100`, `SET n 77`, `SET k v NX`, `SETEX k 100 value`,
		`INCR n`, `INCRBY big 1000`, `DECR n`, `MGET a b k none`, `MSET a 1 b two`, `EXISTS k none`, `DEL none`, `EXPIRE k 100`,
		`TTL k`, `PTTL none`, `SETBIT bits 99 1`, `GETBIT bits 100`, `GETBIT n 3`, `APPEND k ""`, `STRLEN n`, `GETRANGE k 0 2`,
		`TYPE k`, `PERSIST k`, `SETRANGE k 1 x`, `BITCOUNT k`, `BITFIELD bits INCRBY u8 0 1 GET u8 0`, `SETNX k v`,
		`INCRBYFLOAT f 1.5`)
}

func TestInsertAndDeleteDoNotAllocate(t *testing.T) {
	f := newFixture(t)
	defer f.audit()
	set, del := [][]byte{[]byte("SET"), []byte("k"), []byte("value")}, [][]byte{[]byte("DEL"), []byte("k")}
	setCmd, _ := f.table.Lookup(set)
	delCmd, _ := f.table.Lookup(del)
	mask := store.MaskOf(set[1])
	f.run([][]byte{[]byte("SET"), []byte("other"), []byte("v")})
	if n := testing.AllocsPerRun(100, func() {
		f.store.Begin(&f.tx, mask, 0, f.now)
		f.ctx.Args, f.ctx.Now, f.w.Buf = set, f.now, f.w.Buf[:0]
		f.ctx.Execute(setCmd)
		f.ctx.Args = del
		f.ctx.Execute(delCmd)
		f.tx.End()
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
