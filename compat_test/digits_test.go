package compat

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// sameNumbers compares replies in which numbers may be written in different ways: Redis 7.2 prints a double in the fewest
// digits that read back as the same, whole numbers up to 2⁶² in full, where older ones print 17 digits. All else must be
// equal, and the subject's numbers must be written as 7.2 does.
func sameNumbers(oracle, subject reply) bool {
	if oracle.kind != subject.kind || len(oracle.elems) != len(subject.elems) {
		return false
	}
	if len(oracle.elems) > 0 {
		for i := range oracle.elems {
			if !sameNumbers(oracle.elems[i], subject.elems[i]) {
				return false
			}
		}
		return true
	}
	if bytes.Equal(oracle.raw, subject.raw) {
		return true
	}
	if oracle.kind != ',' && oracle.kind != '$' {
		return false
	}
	x, err := strconv.ParseFloat(oracle.text, 64)
	if err != nil {
		return false
	}
	y, err := strconv.ParseFloat(subject.text, 64)
	return err == nil && x == y && newStyle(subject.text, y)
}

// plainNumbers is a reply with all its texts that are numbers written in one way.
func plainNumbers(r reply) reply {
	r.elems = slices.Clone(r.elems)
	for i := range r.elems {
		r.elems[i] = plainNumbers(r.elems[i])
	}
	if v, err := strconv.ParseFloat(r.text, 64); err == nil && len(r.elems) == 0 {
		r.raw = fmt.Appendf(nil, "%c%v", r.kind, v+0) // -0+0 is 0
	}
	return r
}

// newStyle reports whether text is v as Redis 7.2 prints it, give or take the place of the point.
func newStyle(text string, v float64) bool {
	if v == math.Trunc(v) && math.Abs(v) <= 1<<62 {
		return text == strconv.FormatInt(int64(v), 10)
	}
	return significant(text) == significant(strconv.FormatFloat(v, 'e', -1, 64))
}

// significant is the digits of a number without sign, point, exponent and the zeros at either end.
func significant(text string) string {
	mantissa, _, _ := strings.Cut(text, "e")
	return strings.Trim(strings.NewReplacer("-", "", ".", "").Replace(mantissa), "0")
}

func TestSameNumbers(t *testing.T) {
	for _, tt := range []struct {
		oracle, subject string
		same            bool
	}{
		{"$19\r\n0.10000000000000001\r\n", "$3\r\n0.1\r\n", true},
		{",0.10000000000000001\r\n", ",0.1\r\n", true},
		{",0.10000000000000001\r\n", ",0.10\r\n", true},
		{"$5\r\n1e+17\r\n", "$18\r\n100000000000000000\r\n", true},
		{"$18\r\n100000000000000000\r\n", "$5\r\n1e+17\r\n", false},
		{"$3\r\n0.1\r\n", "$19\r\n0.10000000000000001\r\n", false},
		{"$19\r\n0.10000000000000001\r\n", "$19\r\n0.10000000000000002\r\n", false},
		{"$3\r\n0.5\r\n", ",0.5\r\n", false},
		{"$1\r\na\r\n", "$1\r\nb\r\n", false},
		{"$2\r\n-0\r\n", "$1\r\n0\r\n", true},
		{"*2\r\n$1\r\na\r\n,0.10000000000000001\r\n", "*2\r\n$1\r\na\r\n,0.1\r\n", true},
		{"*2\r\n$1\r\na\r\n,0.10000000000000001\r\n", "*2\r\n$1\r\nb\r\n,0.1\r\n", false},
	} {
		if got := sameNumbers(mustParse(t, []byte(tt.oracle)), mustParse(t, []byte(tt.subject))); got != tt.same {
			t.Errorf("%q and %q: %v", tt.oracle, tt.subject, got)
		}
	}
}
