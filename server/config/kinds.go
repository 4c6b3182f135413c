package config

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

var errArgs = reason("wrong number of arguments")

// toggle is yes or no.
type toggle struct {
	at    func(*Values) *bool
	def   bool
	valid func(bool) error
}

func yesNo(at func(*Values) *bool, def bool) kind { return toggle{at: at, def: def} }

func (k toggle) reset(v *Values) { *k.at(v) = k.def }

func (k toggle) set(c *Config, args []string) error {
	if len(args) != 1 {
		return errArgs
	}
	var on bool
	switch strings.ToLower(args[0]) {
	case "yes":
		on = true
	case "no":
	default:
		return reason("argument must be 'yes' or 'no'")
	}
	if k.valid != nil {
		if err := k.valid(on); err != nil {
			return err
		}
	}
	*k.at(&c.Values) = on
	return nil
}

func (k toggle) get(v *Values) string {
	if *k.at(v) {
		return "yes"
	}
	return "no"
}

func (k toggle) rewrite(v *Values) []fileValue {
	return []fileValue{{k.get(v), *k.at(v) != k.def}}
}

// unit is how a number is written.
type unit uint8

const (
	plain   unit = iota
	memory       // bytes, with an optional suffix
	percent      // bytes, or a percentage, which is stored below zero
	octal
)

// number is an integer with inclusive bounds.
type number[T int | int64] struct {
	at       func(*Values) *T
	min, max int64
	def      T
	unit     unit
	clamp    func(int64) int64 // brings an accepted value into the range in use
	valid    func(int64) error
}

func integer(at func(*Values) *int, least, most int64, def int) kind {
	return number[int]{at: at, min: least, max: most, def: def}
}

func long(at func(*Values) *int64, least, most, def int64) kind {
	return number[int64]{at: at, min: least, max: most, def: def}
}

func bytes(at func(*Values) *int64, least, most, def int64) kind {
	return number[int64]{at: at, min: least, max: most, def: def, unit: memory}
}

func (k number[T]) reset(v *Values) { *k.at(v) = k.def }

func (k number[T]) set(c *Config, args []string) error {
	if len(args) != 1 {
		return errArgs
	}
	n, err := k.parse(args[0])
	if err != nil {
		return err
	}
	if k.valid != nil {
		if err := k.valid(n); err != nil {
			return err
		}
	}
	if k.clamp != nil {
		n = k.clamp(n)
	}
	*k.at(&c.Values) = T(n)
	return nil
}

func (k number[T]) parse(s string) (int64, error) {
	switch k.unit {
	case memory, percent:
		n, err := ParseMemory(s)
		switch {
		case errors.Is(err, strconv.ErrRange):
			return 0, k.errBounds()
		case err == nil:
			return k.bounded(n)
		case k.unit == percent:
			return k.parsePercent(s)
		}
		return 0, reason("argument must be a memory value")
	case octal:
		n, err := strconv.ParseInt(s, 8, 64)
		if err != nil && s != "" {
			return 0, reason("argument couldn't be parsed as an octal number")
		}
		return k.bounded(n)
	}
	n, ok := parseInt(s)
	if !ok {
		return 0, reason("argument couldn't be parsed into an integer")
	}
	return k.bounded(n)
}

func (k number[T]) parsePercent(s string) (int64, error) {
	digits, ok := strings.CutSuffix(s, "%")
	n, isInt := parseInt(digits)
	if !ok || !isInt || n < 0 {
		return 0, reason("argument must be a memory or percent value")
	}
	if n > -k.min {
		return 0, fmt.Errorf("percentage argument must be less or equal to %d", -k.min)
	}
	return -n, nil
}

func (k number[T]) bounded(n int64) (int64, error) {
	if n < k.min || n > k.max {
		return 0, k.errBounds()
	}
	return n, nil
}

func (k number[T]) errBounds() error {
	if k.unit == octal {
		return fmt.Errorf("argument must be between %o and %o inclusive", k.min, k.max)
	}
	return fmt.Errorf("argument must be between %d and %d inclusive", k.min, k.max)
}

func (k number[T]) get(v *Values) string {
	n := int64(*k.at(v))
	switch {
	case k.unit == percent && n < 0:
		return strconv.FormatInt(-n, 10) + "%"
	case k.unit == octal:
		return strconv.FormatInt(n, 8)
	}
	return strconv.FormatInt(n, 10)
}

func (k number[T]) rewrite(v *Values) []fileValue {
	n := *k.at(v)
	text := k.get(v)
	if (k.unit == memory || k.unit == percent) && n > 0 {
		text = formatMemory(int64(n))
	}
	return []fileValue{{text, n != k.def}}
}

// text is a string. Where a setting can be absent (nullable), the empty string means that, and is not written to files.
type text struct {
	at       func(*Values) *string
	def      string
	nullable bool
	valid    func(string) error
}

func optional(at func(*Values) *string) kind { return text{at: at, nullable: true} }

func (k text) reset(v *Values) { *k.at(v) = k.def }

func (k text) set(c *Config, args []string) error {
	if len(args) != 1 {
		return errArgs
	}
	if k.valid != nil {
		if err := k.valid(args[0]); err != nil {
			return err
		}
	}
	*k.at(&c.Values) = args[0]
	return nil
}

func (k text) get(v *Values) string { return *k.at(v) }

func (k text) rewrite(v *Values) []fileValue {
	s := *k.at(v)
	if s == "" && k.nullable {
		return nil
	}
	return []fileValue{{quote(s), s != k.def}}
}

// choice is one of a list of words.
type choice[T ~int] struct {
	at    func(*Values) *T
	words []word[T]
	def   T
	valid func(T) error
}

func (k choice[T]) reset(v *Values) { *k.at(v) = k.def }

func (k choice[T]) set(c *Config, args []string) error {
	if len(args) != 1 {
		return errWords(k.words)
	}
	value, ok := valueOf(k.words, args[0])
	if !ok {
		return errWords(k.words)
	}
	if k.valid != nil {
		if err := k.valid(value); err != nil {
			return err
		}
	}
	*k.at(&c.Values) = value
	return nil
}

func (k choice[T]) get(v *Values) string { return nameOf(k.words, *k.at(v)) }

func (k choice[T]) rewrite(v *Values) []fileValue {
	return []fileValue{{k.get(v), *k.at(v) != k.def}}
}

// parseInt reads a decimal integer strictly: no sign but one minus, no leading zero, no blanks.
func parseInt(s string) (int64, bool) {
	digits := strings.TrimPrefix(s, "-")
	if digits == "" || digits[0] == '+' || digits[0] == '-' || digits[0] == '0' && s != "0" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// parseLoose reads a decimal integer as C's strtoll does: blanks and a sign may come first, and nothing at all is zero.
func parseLoose(s string) (int64, bool) {
	if s == "" {
		return 0, true
	}
	n, err := strconv.ParseInt(strings.TrimLeft(s, " \t\n\v\f\r"), 10, 64)
	return n, err == nil
}

var memorySuffixes = map[string]uint64{
	"": 1, "b": 1, "k": 1e3, "kb": 1 << 10, "m": 1e6, "mb": 1 << 20, "g": 1e9, "gb": 1 << 30,
}

// ParseMemory reads a number of bytes with an optional suffix. It answers strconv.ErrRange for what does not fit in an
// int64, and another error for what is not a memory value.
func ParseMemory(s string) (int64, error) {
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	scale, ok := memorySuffixes[strings.ToLower(s[digits:])]
	if !ok {
		return 0, strconv.ErrSyntax
	}
	if digits == 0 {
		return 0, nil
	}
	n, err := strconv.ParseUint(s[:digits], 10, 64)
	if err != nil || n > math.MaxInt64/scale {
		return 0, strconv.ErrRange
	}
	return int64(n * scale), nil
}

// formatMemory writes bytes with the largest binary suffix that divides them.
func formatMemory(n int64) string {
	for _, u := range []struct {
		suffix string
		size   int64
	}{{"gb", 1 << 30}, {"mb", 1 << 20}, {"kb", 1 << 10}} {
		if n != 0 && n%u.size == 0 {
			return strconv.FormatInt(n/u.size, 10) + u.suffix
		}
	}
	return strconv.FormatInt(n, 10)
}
