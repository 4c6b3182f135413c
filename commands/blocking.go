package commands

import (
	"math"
	"time"

	"synap/commands/number"
	"synap/server/resp"
	"synap/store"
)

// Wait is what a blocking command that found nothing waits for (see Ctx.Block).
type Wait struct {
	store.Interest
	Keys    [][]byte      // any of them
	Targets [][]byte      // keys that the command changes when it is woken, besides the one that woke it
	Timeout time.Duration // 0: for ever
	Words   [][]byte      // what is run when it is woken; nil: the words as sent
	Expired func(*Writer) // the reply when its time is up; nil: a null array
	Refused func(*Writer) // the reply if the client must not wait; nil: Expired
}

// Blocker parks clients. It is what the server is to a blocking command.
type Blocker interface {
	// Block parks the client of c until it is woken or its time is up. It reports false if the client must not wait. It
	// copies what it keeps.
	Block(c *Ctx, w *Wait) bool
}

// Block ends a handler that found nothing to reply: the client waits, in the queues of w.Keys. When one of them holds
// what w asks for, the command is run again (Wake), by whatever transaction made it so, before anybody else can see the
// change. In a transaction or a script, where nobody can wait, Block replies at once. The handler has changed nothing and
// replied nothing; it returns Block's result.
func (c *Ctx) Block(w Wait) error {
	if c.waking != nil {
		c.waiting = true
		return nil
	}
	if c.Blocker != nil && c.Blocker.Block(c, &w) {
		return nil
	}
	if w.Refused != nil {
		w.Refused(c.W)
	} else {
		w.Expire(c.W)
	}
	return nil
}

// Expire replies that the time is up.
func (w *Wait) Expire(out *Writer) {
	if w.Expired == nil {
		out.NullArray()
	} else {
		w.Expired(out)
	}
}

// Wake runs a command that waits for i again, in the transaction c.Tx of another client. It reports whether the command
// has replied, with the error it replied if that was one; if not it waits on.
func (c *Ctx) Wake(cmd *Command, i *store.Interest) (over bool, err error) {
	c.waking, c.waiting = i, false
	err = c.Execute(cmd)
	c.waking = nil
	return !c.waiting, err
}

// Woken reports whether the command has waited and is run again.
func (c *Ctx) Woken() bool { return c.waking != nil }

// Skips reports whether a command that waits for several keys must leave key alone: it is run again for others. The
// transaction that woke it holds the shards of what it changed; in others there is nothing for the command, or it would
// not wait. A key of a type it does not wait for is no more of interest than a missing one.
func (c *Ctx) Skips(key []byte) bool {
	if c.waking == nil {
		return false
	}
	if !c.Tx.Holds(store.MaskOf(key)) {
		return true
	}
	if c.waking.Gone {
		return false
	}
	e := c.Tx.Peek(key)
	return e.Exists() && e.Type() != c.waking.Type
}

// firstAwaited reads the time limit of a blocking pop, its i-th word, into w and returns the first of w.Keys that is there,
// nil if none is. It must be of the type that w asks for.
func (c *Ctx) firstAwaited(w *Wait, i int) (key []byte, err error) {
	if w.Timeout, err = c.TimeoutSeconds(i); err != nil {
		return nil, err
	}
	for _, key := range w.Keys {
		if c.Skips(key) {
			continue
		}
		if e := c.Tx.Write(key); e.Exists() {
			if e.Type() != w.Type {
				return nil, ErrWrongType
			}
			return key, nil
		}
	}
	return nil, nil
}

// Errors of time limits.
const (
	errTimeoutNotFloat   Error = "ERR timeout is not a float or out of range"
	errTimeoutNotInteger Error = "ERR timeout is not an integer or out of range"
	errTimeoutNegative   Error = "ERR timeout is negative"
	errTimeoutRange      Error = "ERR timeout is out of range"
)

// TimeoutSeconds reads the i-th word as a time limit in seconds and fractions of them, rounded up to milliseconds; 0 is
// no limit.
func (c *Ctx) TimeoutSeconds(i int) (time.Duration, error) {
	x, ok := number.ParseLongDouble(c.Args[i])
	if !ok {
		return 0, errTimeoutNotFloat
	}
	ms := math.Ceil(x.Float64() * 1000)
	switch {
	case ms >= math.MaxInt64:
		return 0, errTimeoutRange
	case ms < 0:
		return 0, errTimeoutNegative
	}
	return c.timeout(int64(ms))
}

// TimeoutMillis reads the i-th word as a time limit in milliseconds; 0 is no limit.
func (c *Ctx) TimeoutMillis(i int) (time.Duration, error) {
	ms, ok := resp.ParseInt(c.Args[i])
	switch {
	case !ok:
		return 0, errTimeoutNotInteger
	case ms < 0:
		return 0, errTimeoutNegative
	}
	return c.timeout(ms)
}

// timeout refuses a limit that cannot be added to the time of day. One so long that a Duration cannot hold it (292 years)
// is shortened.
func (c *Ctx) timeout(ms int64) (time.Duration, error) {
	if c.waking == nil && ms > math.MaxInt64-c.Now {
		return 0, errTimeoutRange
	}
	return time.Duration(min(ms, math.MaxInt64/int64(time.Millisecond))) * time.Millisecond, nil
}
