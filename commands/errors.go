package commands

import (
	"math"
	"strconv"
	"strings"

	"synap/server/resp"
)

// Error is an error reply: its text is sent as it stands, code first.
type Error string

func (e Error) Error() string { return string(e) }

// Error replies that several commands give, in Redis's words: clients and tests compare them.
const (
	ErrSyntax       Error = "ERR syntax error"
	ErrWrongType    Error = "WRONGTYPE Operation against a key holding the wrong kind of value"
	ErrNotInteger   Error = "ERR value is not an integer or out of range"
	ErrNotFloat     Error = "ERR value is not a valid float"
	ErrNoSuchKey    Error = "ERR no such key"
	ErrOutOfRange   Error = "ERR index out of range"
	ErrSameObject   Error = "ERR source and destination objects are the same"
	ErrDBIndex      Error = "ERR DB index is out of range"
	ErrStringTooBig Error = "ERR string exceeds maximum allowed size (proto-max-bulk-len)"
	ErrOOM          Error = "OOM command not allowed when used memory > 'maxmemory'."
)

// ErrArity is the reply to a call with the wrong number of words.
func ErrArity(cmd *Command) Error {
	return Error("ERR wrong number of arguments for '" + cmd.FullName + "' command")
}

// ErrWrongUse is the reply to a call of a container with words that fit none of its subcommands.
func ErrWrongUse(c *Ctx) Error {
	return Error("ERR unknown subcommand or wrong number of arguments for '" + resp.Excerpt(c.Args[1], resp.MaxExcerpt) +
		"'. Try " + strings.ToUpper(string(c.Args[0])) + " HELP.")
}

// ErrInvalidExpire is the reply to an expiry that makes no sense for the command.
func ErrInvalidExpire(name string) Error {
	return Error("ERR invalid expire time in '" + name + "' command")
}

// Integer reads the i-th word as a 64-bit integer.
func (c *Ctx) Integer(i int) (int64, error) {
	n, ok := resp.ParseInt(c.Args[i])
	if !ok {
		return 0, ErrNotInteger
	}
	return n, nil
}

// IntegerWithin reads the i-th word as an integer from least to most.
func (c *Ctx) IntegerWithin(i int, least, most int64) (int64, error) {
	n, err := c.Integer(i)
	if err != nil {
		return 0, err
	}
	if n < least || n > most {
		return 0, Error("ERR value is out of range, value must between " + strconv.FormatInt(least, 10) + " and " +
			strconv.FormatInt(most, 10))
	}
	return n, nil
}

// Database reads the i-th word as the number of a database. What does not fit in 32 bits is told apart from what is
// merely too high: that is how Redis reads a C int.
func (c *Ctx) Database(i int) (int, error) {
	n, err := c.IntegerWithin(i, math.MinInt32, math.MaxInt32)
	if err != nil {
		return 0, err
	}
	if n < 0 || n >= int64(c.Tx.Databases()) {
		return 0, ErrDBIndex
	}
	return int(n), nil
}
