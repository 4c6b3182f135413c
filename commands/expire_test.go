package commands

import "testing"

func TestExpire(t *testing.T) {
	scripts{
		"units": {
			`EXPIRE k 10`, ":0", `SET k v`, "+OK",
			`EXPIRE k 10`, ":1", `PTTL k`, ":10000",
			`PEXPIRE k 10`, ":1", `PTTL k`, ":10",
			`EXPIREAT k 1700000010`, ":1", `PTTL k`, ":10000",
			`PEXPIREAT k 1700000000010`, ":1", `PTTL k`, ":10",
			"@+9", `GET k`, "$1 v", "@+2", `GET k`, "$-1",
		},
		"past": {
			`SET k v`, "+OK", `EXPIRE k 0`, ":1", `EXISTS k`, ":0",
			`SET k v`, "+OK", `EXPIRE k -1`, ":1", `EXISTS k`, ":0",
			`SET k v`, "+OK", `PEXPIREAT k 1700000000000`, ":1", `EXISTS k`, ":0",
			`SET k v`, "+OK", `PEXPIREAT k 1700000000001`, ":1", `EXISTS k`, ":1",
			`SET k v`, "+OK", `PEXPIRE k -9223372036854775808`, ":1", `EXISTS k`, ":0",
		},
		"nx": {`SET k v`, "+OK", `EXPIRE k 10 NX`, ":1", `EXPIRE k 20 nx`, ":0", `TTL k`, ":10"},
		"xx": {`SET k v`, "+OK", `EXPIRE k 10 XX`, ":0", `TTL k`, ":-1", `EXPIRE k 10`, ":1", `EXPIRE k 20 XX`, ":1", `TTL k`, ":20"},
		"gt": {`SET k v`, "+OK", `EXPIRE k 10 GT`, ":0", `EXPIRE k 10`, ":1", `EXPIRE k 10 GT`, ":0", `EXPIRE k 5 GT`, ":0",
			`EXPIRE k 11 GT`, ":1", `TTL k`, ":11"},
		"lt": {`SET k v`, "+OK", `EXPIRE k 10 LT`, ":1", `EXPIRE k 10 LT`, ":0", `EXPIRE k 11 LT`, ":0", `EXPIRE k 9 LT`, ":1",
			`TTL k`, ":9", `EXPIRE k -1 LT`, ":1", `EXISTS k`, ":0"},
		"xx with gt and lt": {`SET k v`, "+OK", `EXPIRE k 10 XX LT`, ":0", `EXPIRE k 10`, ":1", `EXPIRE k 9 XX LT`, ":1",
			`EXPIRE k 10 GT XX`, ":1"},
		"errors": {
			`EXPIRE k x`, wrongNumber,
			`EXPIRE k 1 FOO`, "-ERR Unsupported option FOO",
			`EXPIRE k x FOO`, "-ERR Unsupported option FOO",
			`EXPIRE k x NX GT`, "-ERR NX and XX, GT or LT options at the same time are not compatible",
			`EXPIRE k 1 NX XX`, "-ERR NX and XX, GT or LT options at the same time are not compatible",
			`EXPIRE k 1 GT LT`, "-ERR GT and LT options at the same time are not compatible",
			`EXPIRE k 9223372036854775807`, "-ERR invalid expire time in 'expire' command",
			`EXPIRE k -9223372036854775808`, "-ERR invalid expire time in 'expire' command",
			`EXPIRE k 9223372036854775`, "-ERR invalid expire time in 'expire' command",
			`PEXPIRE k 9223372036854775807`, "-ERR invalid expire time in 'pexpire' command",
			`EXPIREAT k 9223372036854776`, "-ERR invalid expire time in 'expireat' command",
			`PEXPIREAT k 9223372036854775807`, ":0",
		},
		"persist": {`PERSIST k`, ":0", `SET k v`, "+OK", `PERSIST k`, ":0", `EXPIRE k 10`, ":1", `PERSIST k`, ":1", `TTL k`, ":-1"},
		"values stay": {
			`SET k 123`, "+OK", `EXPIRE k 10`, ":1", `GET k`, "$3 123", `INCR k`, ":124", `TTL k`, ":10", `APPEND k x`, ":4", `TTL k`, ":10",
			`INCRBYFLOAT k 1`, "-ERR value is not a valid float", `PERSIST k`, ":1", `GET k`, "$4 124x",
		},
	}.run(t)
}

func TestTimeToLive(t *testing.T) {
	scripts{
		"missing": {`TTL k`, ":-2", `PTTL k`, ":-2", `EXPIRETIME k`, ":-2", `PEXPIRETIME k`, ":-2"},
		"none":    {`SET k v`, "+OK", `TTL k`, ":-1", `PTTL k`, ":-1", `EXPIRETIME k`, ":-1", `PEXPIRETIME k`, ":-1"},
		"rounding": {
			`SET k v PX 1499`, "+OK", `TTL k`, ":1", `EXPIRETIME k`, ":1700000001", `PEXPIRETIME k`, ":1700000001499",
			`SET k v PX 1500`, "+OK", `TTL k`, ":2", `EXPIRETIME k`, ":1700000002",
			`SET k v PX 499`, "+OK", `TTL k`, ":0",
		},
		"far": {`SET k v PXAT 9223372036854775807`, "+OK", `PEXPIRETIME k`, ":9223372036854775807", `EXPIRETIME k`, ":9223372036854776"},
	}.run(t)
}

func TestExpireEffects(t *testing.T) {
	runEffects(t, []effectCase{
		{"SET k v", `EXPIRE k 10`, "0:PEXPIREAT k 1700000010000"},
		{"SET k v", `PEXPIRE k 10 NX`, "0:PEXPIREAT k 1700000000010"},
		{"SET k v", `EXPIREAT k 1700000010`, "0:PEXPIREAT k 1700000010000"},
		{"SET k v", `PEXPIREAT k 1700000000010`, "0:PEXPIREAT k 1700000000010"},
		{"SET k v", `EXPIRE k 0`, "0:DEL k"},
		{"SET k v", `EXPIRE k 10 XX`, ""},
		{"", `EXPIRE k 10`, ""},
		{"SET k v EX 10", `PERSIST k`, "0:PERSIST k"},
		{"SET k v", `PERSIST k`, ""},
	})
}
