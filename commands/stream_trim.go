package commands

import (
	"strconv"

	"synap/store"
	"synap/store/stream"
)

// xaddOptions are the options of XADD and XTRIM.
type xaddOptions struct {
	noCreate bool
	at       int       // XADD: position of the ID
	fixed    bool      // the ID is given, at least in part
	openSeq  bool      // the ID is given but for its sequence number
	id       stream.ID // as far as it is given

	trims    bool
	trim     stream.Trim
	strategy int // position of MAXLEN or MINID
	value    int // position of the threshold
	limit    int // position of LIMIT, 0 if there is none
}

// Errors of trimming, in Redis's words.
const (
	errTrimTwice    Error = "ERR syntax error, MAXLEN and MINID options at the same time are not compatible"
	errTrimNothing  Error = "ERR syntax error, XTRIM must be called with a trimming strategy"
	errMaxLen       Error = "ERR The MAXLEN argument must be >= 0."
	errTrimLimit    Error = "ERR The LIMIT argument must be >= 0."
	errLimitAlone   Error = "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy"
	errLimitOfExact Error = "ERR syntax error, LIMIT cannot be used without the special ~ option"
)

// parse reads the options up to the ID of XADD, or to the end.
func (o *xaddOptions) parse(c *Ctx, add bool) (err error) {
	i := 2
options:
	for o.at = len(c.Args); i < len(c.Args); i++ {
		more := i+1 < len(c.Args)
		switch {
		case add && len(c.Args[i]) == 1 && c.Args[i][0] == '*':
			o.at = i
			break options
		case c.Is(i, "maxlen") && more, c.Is(i, "minid") && more:
			if i, err = o.parseStrategy(c, i); err != nil {
				return err
			}
		case c.Is(i, "limit") && more:
			if o.limit, i = i, i+1; err == nil {
				err = o.parseLimit(c, i)
			}
			if err != nil {
				return err
			}
		case add && c.Is(i, "nomkstream"):
			o.noCreate = true
		case add:
			var ok bool
			if o.id, o.openSeq, ok = parseIDOrOpen(c.Args[i], 0); !ok {
				return errStreamID
			}
			o.fixed, o.at = true, i
			break options
		default:
			return ErrSyntax
		}
	}
	return o.check(c, add)
}

// parseStrategy reads MAXLEN or MINID, at the i-th word, and returns the position of its threshold.
func (o *xaddOptions) parseStrategy(c *Ctx, i int) (int, error) {
	if o.trims {
		return i, errTrimTwice
	}
	o.trims, o.strategy, o.trim.ByID = true, i, c.Is(i, "minid")
	i++
	if word := c.Args[i]; i+1 < len(c.Args) && len(word) == 1 && (word[0] == '~' || word[0] == '=') {
		o.trim.Whole = word[0] == '~'
		i++
	}
	o.value = i
	if o.trim.ByID {
		var err error
		o.trim.MinID, err = c.exactID(i, 0)
		return i, err
	}
	n, err := c.Integer(i)
	if err == nil && n < 0 {
		err = errMaxLen
	}
	o.trim.MaxLen = uint64(n)
	return i, err
}

func (o *xaddOptions) parseLimit(c *Ctx, i int) error {
	n, err := c.Integer(i)
	if err != nil {
		return err
	}
	if n < 0 {
		return errTrimLimit
	}
	o.trim.Limit = uint64(n)
	return nil
}

func (o *xaddOptions) check(c *Ctx, add bool) error {
	switch {
	case o.trim.Limit > 0 && !o.trims:
		return errLimitAlone
	case !add && !o.trims:
		return errTrimNothing
	case o.limit > 0 && !o.trim.Whole:
		return errLimitOfExact
	case o.limit == 0 && o.trim.Whole:
		o.trim.Limit = c.Tx.TrimLimit()
	}
	return nil
}

func xTrim(c *Ctx) error {
	var o xaddOptions
	if err := o.parse(c, false); err != nil {
		return err
	}
	key := c.Args[1]
	log, found, err := c.writeLog(key)
	if err != nil {
		return err
	}
	if !found {
		c.W.Int(0)
		return nil
	}
	log.Edit()
	removed := log.Trim(o.trim)
	log.Save() // blocks go even if all their entries had been deleted before
	c.W.Int(int64(removed))
	if removed == 0 {
		return nil
	}
	log.Changed(int(removed))
	c.Notify(store.EventStream, "xtrim", key)
	if o.trim.Whole {
		o.effect(c, &log, stream.ID{})
	}
	return nil
}

// effect records the command with the ID that was given to the entry, and with a threshold that makes exact trimming
// remove what was removed: what approximate trimming removes depends on the layout.
func (o *xaddOptions) effect(c *Ctx, log *store.Log, id stream.ID) {
	if !c.Tx.Recording() {
		return
	}
	words := make([][]byte, 0, len(c.Args))
	for i := 0; i < len(c.Args); i++ {
		switch {
		case i == o.at:
			words = append(words, id.Append(nil))
		case o.trim.Whole && o.limit > 0 && i == o.limit:
			i++
		case o.trim.Whole && i == o.strategy+1:
			words = append(words, []byte{'='})
		case o.trim.Whole && i == o.value && o.trim.ByID:
			words = append(words, log.Edge().Append(nil))
		case o.trim.Whole && i == o.value:
			words = append(words, strconv.AppendUint(nil, log.Length, 10))
		default:
			words = append(words, c.Args[i])
		}
	}
	c.Effect(words...)
}
