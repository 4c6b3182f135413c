package commands

import "testing"

func TestBits(t *testing.T) {
	const offset, value = "-ERR bit offset is not an integer or out of range", "-ERR bit is not an integer or out of range"
	scripts{
		"setbit": {
			`SETBIT k 7 1`, ":0", `GET k`, "$1 \x01", `SETBIT k 7 0`, ":1", `GET k`, "$1 \x00", `SETBIT k 16 0`, ":0", `STRLEN k`, ":3",
			`SET k 12 EX 10`, "+OK", `SETBIT k 6 1`, ":0", `GET k`, "$2 32", `TTL k`, ":10",
			`SETBIT k -1 1`, offset, `SETBIT k x 1`, offset, `SETBIT k 4294967296 1`, offset, `SETBIT k 1 2`, value, `SETBIT k 1 x`, value,
			`SETBIT k x x`, offset,
		},
		"getbit": {
			`GETBIT k 0`, ":0", `SET k a`, "+OK", `GETBIT k 1`, ":1", `GETBIT k 0`, ":0", `GETBIT k 8`, ":0", `GETBIT k 4294967295`, ":0",
			`SET k 5`, "+OK", `GETBIT k 2`, ":1", `GETBIT k -1`, offset, `GETBIT k 4294967296`, offset,
		},
	}.run(t)
}

func TestBitCount(t *testing.T) {
	scripts{
		"ranges": {
			`SET k foobar`, "+OK", `BITCOUNT k`, ":26", `BITCOUNT k 0 0`, ":4", `BITCOUNT k 1 1`, ":6", `BITCOUNT k 1 1 BYTE`, ":6",
			`BITCOUNT k 5 30 BIT`, ":17", `BITCOUNT k -1 -1`, ":4", `BITCOUNT k -2 -5`, ":0", `BITCOUNT k 3 1`, ":0", `BITCOUNT k 10 20`, ":0",
			`BITCOUNT k -8 -1 bit`, ":4", `SET i 123`, "+OK", `BITCOUNT i`, ":10",
			`BITCOUNT k -9223372036854775808 9223372036854775807 BIT`, ":26",
		},
		"errors": {
			`BITCOUNT n 0`, ":0", // a missing key is noticed first
			`SET k v`, "+OK", `BITCOUNT k 0`, syntaxError, `BITCOUNT k 0 1 foo`, syntaxError, `BITCOUNT k 0 1 bit 2`, syntaxError,
			`BITCOUNT k x 1`, wrongNumber, `BITCOUNT k 1 x`, wrongNumber, `BITCOUNT k -1 -2 foo`, ":0",
		},
	}.run(t)
}

func TestBitPos(t *testing.T) {
	scripts{
		"whole": {
			`BITPOS n 1`, ":-1", `BITPOS n 0`, ":0", `SET k "\xff\xf0\x00"`, "+OK", `BITPOS k 0`, ":12", `BITPOS k 1`, ":0",
			`SET k "\x00\xff\xf0"`, "+OK", `BITPOS k 1`, ":8", `BITPOS k 1 0`, ":8", `BITPOS k 1 2`, ":16",
			`SET k "\xff\xff\xff"`, "+OK", `BITPOS k 0`, ":24", `BITPOS k 0 0`, ":24", `BITPOS k 0 0 -1`, ":-1", `BITPOS k 0 5`, ":-1",
			`SET e ""`, "+OK", `BITPOS e 0`, ":-1", `BITPOS e 1`, ":-1",
		},
		"ranges": {
			`SET k "\x00\xff\xf0"`, "+OK", `BITPOS k 1 2 -1 BYTE`, ":16", `BITPOS k 1 7 15 BIT`, ":8", `BITPOS k 1 7 -3 BIT`, ":8",
			`BITPOS k 0 8 15 BIT`, ":-1", `BITPOS k 0 19 20 bit`, ":20", `BITPOS k 1 -1 -3`, ":-1", `BITPOS k 1 5 1`, ":-1",
			`SET o a`, "+OK", `BITPOS o 1 -1 -3`, ":1",
		},
		"errors": {
			`BITPOS n 2`, "-ERR The bit argument must be 1 or 0.", `BITPOS n x`, wrongNumber, `BITPOS n 1 x`, ":-1",
			`SET k v`, "+OK", `BITPOS k 1 x`, wrongNumber, `BITPOS k 1 0 x`, wrongNumber, `BITPOS k 1 0 1 foo`, syntaxError,
			`BITPOS k 1 0 1 bit 1`, syntaxError, `BITPOS k 1 x 1 foo`, wrongNumber, `BITPOS k 1 0 x foo`, syntaxError,
		},
	}.run(t)
}

func TestBitOp(t *testing.T) {
	scripts{
		"operations": {
			`MSET a abc b ab`, "+OK", `BITOP AND d a b`, ":3", `GET d`, "$3 ab\x00", `BITOP or d a b`, ":3", `GET d`, "$3 abc",
			`BITOP XOR d a b`, ":3", `GET d`, "$3 \x00\x00c", `BITOP NOT d b`, ":2", `GET d`, "$2 \x9e\x9d",
			`BITOP AND d a none`, ":3", `GET d`, "$3 \x00\x00\x00", `SET i 12`, "+OK", `SET j 34`, "+OK", `BITOP OR d i j`, ":2", `GET d`, "$2 36",
		},
		"onto a source": {
			`SET a abc EX 10`, "+OK", `SET b ab`, "+OK", `BITOP XOR a a b`, ":3", `GET a`, "$3 \x00\x00c", `TTL a`, ":-1",
			`SET a 1`, "+OK", `BITOP NOT a a`, ":1", `BITOP NOT a a`, ":1", `GET a`, "$1 1",
		},
		"empty":  {`SET d v`, "+OK", `BITOP AND d none`, ":0", `EXISTS d`, ":0", `BITOP AND d none`, ":0"},
		"errors": {`BITOP FOO d a`, syntaxError, `BITOP NOT d a b`, "-ERR BITOP NOT must be called with a single source key."},
	}.run(t)
}

func TestBitField(t *testing.T) {
	const fieldType = "-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."
	const offset = "-ERR bit offset is not an integer or out of range"
	scripts{
		"operations": {
			`BITFIELD k`, "*0", `EXISTS k`, ":0", `BITFIELD k GET u8 0`, "*1 :0", `EXISTS k`, ":0",
			`BITFIELD k SET i8 0 -1 GET u8 0 GET i4 #1 INCRBY u2 100 1`, "*4 :0 :255 :-1 :1", `STRLEN k`, ":13",
			`BITFIELD k SET u8 #2 300`, "*1 :0", `BITFIELD k GET u8 16`, "*1 :44",
			`BITFIELD k INCRBY i64 0 1`, "*1 :-72009215526305791",
			`BITFIELD_RO k GET u8 16 GET u63 #0`, "*2 :44 :9187367429091622912",
		},
		"overflow": {
			`BITFIELD k OVERFLOW SAT SET u8 0 300 GET u8 0`, "*2 :0 :255",
			`BITFIELD k OVERFLOW FAIL INCRBY u8 0 1 OVERFLOW WRAP INCRBY u8 0 2`, "*2 $-1 :1",
			`BITFIELD k overflow sat INCRBY i8 0 1000 overflow fail SET i8 0 128`, "*2 :127 $-1",
			`BITFIELD n OVERFLOW FAIL SET u2 8 7`, "*1 $-1", `STRLEN n`, ":2",
			"@proto 3", `BITFIELD k OVERFLOW FAIL SET u2 8 7`, "*1 _",
		},
		"errors": {
			`BITFIELD k GET u64 0`, fieldType, `BITFIELD k GET i65 0`, fieldType, `BITFIELD k GET x8 0`, fieldType, `BITFIELD k GET u 0`, fieldType,
			`BITFIELD k GET u8 -1`, offset, `BITFIELD k GET u8 x`, offset, `BITFIELD k GET u8 #`, offset, `BITFIELD k GET u8 #9223372036854775807`, offset,
			`BITFIELD k SET u8 0 x`, wrongNumber, `BITFIELD k FOO`, syntaxError, `BITFIELD k GET u8`, syntaxError, `BITFIELD k SET u8 0`, syntaxError,
			`BITFIELD k OVERFLOW`, syntaxError, `BITFIELD k OVERFLOW foo`, "-ERR Invalid OVERFLOW type specified",
			`BITFIELD_RO k SET u8 0 1`, "-ERR BITFIELD_RO only supports the GET subcommand", `BITFIELD_RO k`, "*0",
			`BITFIELD k SET u8 0 1 GET u8 x`, offset, `EXISTS k`, ":0",
		},
	}.run(t)
}
