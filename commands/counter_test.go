package commands

import "testing"

func TestCounters(t *testing.T) {
	const overflow = "-ERR increment or decrement would overflow"
	scripts{
		"incr": {`INCR k`, ":1", `INCR k`, ":2", `DECR k`, ":1", `INCRBY k 41`, ":42", `DECRBY k 50`, ":-8", `GET k`, "$2 -8"},
		"growing": {`SET k 127`, "+OK", `INCR k`, ":128", `INCRBY k 40000`, ":40128", `INCRBY k 9000000000`, ":9000040128",
			`INCRBY k 900000000000000000`, ":900000009000040128", `DECRBY k 900000009000040128`, ":0", `GET k`, "$1 0"},
		"overflow": {
			`SET k 9223372036854775807`, "+OK", `INCR k`, overflow, `DECR k`, ":9223372036854775806",
			`SET k -9223372036854775808`, "+OK", `DECR k`, overflow, `INCRBY k -1`, overflow,
			`DECRBY k -9223372036854775808`, "-ERR decrement would overflow",
			`SET k -1`, "+OK", `INCRBY k -9223372036854775808`, overflow, `DECRBY k 9223372036854775807`, ":-9223372036854775808",
		},
		"not a number": {`SET k v`, "+OK", `INCR k`, wrongNumber, `SET k " 1"`, "+OK", `INCR k`, wrongNumber,
			`SET k ""`, "+OK", `INCR k`, wrongNumber, `INCRBY k x`, wrongNumber, `DECRBY n 1.5`, wrongNumber,
			`SET k 01`, "+OK", `INCR k`, wrongNumber},
		"text that reads as a number": {`APPEND k 1`, ":1", `APPEND k 2`, ":2", `INCR k`, ":13"},
		"expiry stays":                {`SET k 1 EX 10`, "+OK", `INCR k`, ":2", `TTL k`, ":10", `INCRBYFLOAT k 1`, "$1 3", `TTL k`, ":10"},
	}.run(t)
}

func TestIncrByFloat(t *testing.T) {
	const notFloat, infinite = "-ERR value is not a valid float", "-ERR increment would produce NaN or Infinity"
	scripts{
		"sums": {
			`INCRBYFLOAT k 10.5`, "$4 10.5", `INCRBYFLOAT k 0.1`, "$4 10.6", `INCRBYFLOAT k -5`, "$3 5.6",
			`SET k 5.0e3`, "+OK", `INCRBYFLOAT k 2.0e2`, "$4 5200", `INCRBYFLOAT k 0x10`, "$4 5216", `INCRBYFLOAT n -0`, "$1 0",
			`SET k 3`, "+OK", `INCRBYFLOAT k 1.000000000000000005`, "$19 4.00000000000000001",
		},
		"errors": {
			`INCRBYFLOAT k x`, notFloat, `INCRBYFLOAT k nan`, notFloat, `INCRBYFLOAT k ""`, notFloat, `INCRBYFLOAT k " 1"`, notFloat,
			`INCRBYFLOAT k inf`, infinite, `EXISTS k`, ":0",
			`SET k x`, "+OK", `INCRBYFLOAT k x`, notFloat, `SET k "1 "`, "+OK", `INCRBYFLOAT k 1`, notFloat,
			`SET k 1e4932`, "+OK", `INCRBYFLOAT k 1e4932`, infinite,
		},
	}.run(t)
}
