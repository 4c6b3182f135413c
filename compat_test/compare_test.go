package compat

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// weakness is one of the accepted ways in which two replies may differ.
type weakness int

const (
	exact        weakness = iota // same bytes
	sorted                       // order of elements ignored
	near                         // integers within a distance
	within                       // both integers in a range
	anyValue                     // same type and shape
	textOnly                     // same type, same error code
	prefix                       // first bytes equal
	helpText                     // arrays of simple strings
	masked                       // equal after masking
	fields                       // texts with the same named lines
	objectOf72                   // near, or the name of a small layout that only Redis 7.2 has for lists and sets
	digits                       // numbers may be written with other digits
	sortedDigits                 // so, and the order of elements ignored
)

// rule says how a reply is compared.
type rule struct {
	weakness weakness
	lo, hi   int64 // near: distance in lo; prefix: length in lo
	mask     *regexp.Regexp
	names    []string
}

// check returns what is wrong with the subject's reply, or "".
func (r *rule) check(oracle, subject reply) string {
	if bytes.Equal(oracle.raw, subject.raw) && r.weakness != within && r.weakness != fields {
		return ""
	}
	ok := false
	switch r.weakness {
	case exact:
	case sorted:
		ok = bytes.Equal(canonicalOrder(oracle), canonicalOrder(subject))
	case near:
		ok = equalWithin(oracle, subject, r.lo)
	case objectOf72:
		ok = equalWithin(oracle, subject, r.lo) ||
			(oracle.text == "hashtable" || oracle.text == "quicklist") && subject.text == "listpack"
	case within:
		ok = inRange(oracle, r.lo, r.hi) && inRange(subject, r.lo, r.hi)
	case anyValue:
		ok = sameShape(oracle, subject)
	case textOnly:
		ok = oracle.kind == subject.kind && (!oracle.isError() || errorCode(oracle) == errorCode(subject))
	case prefix:
		n := int(r.lo)
		ok = bytes.Equal(oracle.raw[:min(n, len(oracle.raw))], subject.raw[:min(n, len(subject.raw))])
	case helpText:
		ok = isHelp(oracle) && isHelp(subject)
	case digits:
		ok = sameNumbers(oracle, subject)
	case sortedDigits:
		ok = bytes.Equal(canonicalOrder(plainNumbers(oracle)), canonicalOrder(plainNumbers(subject)))
	case masked:
		ok = oracle.kind == subject.kind &&
			r.mask.ReplaceAllString(oracle.String(), "") == r.mask.ReplaceAllString(subject.String(), "")
	case fields:
		missing := append(missingFields("redis", oracle, r.names), missingFields("subject", subject, r.names)...)
		if oracle.kind == subject.kind && len(missing) == 0 {
			return ""
		}
		return fmt.Sprintf("kinds %c %c, missing fields: %s", oracle.kind, subject.kind, strings.Join(missing, " "))
	}
	if ok {
		return ""
	}
	return fmt.Sprintf("redis   %s\nsubject %s", clip(oracle.describe(), 2000), clip(subject.describe(), 2000))
}

// describe shows the canonical text, and the bytes where that text is the same
// for different encodings.
func (r reply) describe() string {
	if r.kind == '_' || r.kind == '$' && len(r.raw) < 40 {
		return fmt.Sprintf("%s (%q)", r, r.raw)
	}
	return r.String()
}

// canonicalOrder encodes a reply with the elements of its arrays and sets, and
// the pairs of its maps, in order of their bytes.
func canonicalOrder(r reply) []byte {
	if len(r.elems) == 0 {
		return r.raw
	}
	width := 1
	if r.kind == '%' {
		width = 2
	}
	var parts [][]byte
	for i := 0; i < len(r.elems); i += width {
		var part []byte
		for _, e := range r.elems[i : i+width] {
			part = append(part, canonicalOrder(e)...)
		}
		parts = append(parts, part)
	}
	slices.SortFunc(parts, bytes.Compare)
	return fmt.Appendf(nil, "%c%d\r\n%s", r.kind, len(parts), bytes.Join(parts, nil))
}

func equalWithin(a, b reply, distance int64) bool {
	if a.kind != b.kind || len(a.elems) != len(b.elems) {
		return false
	}
	if len(a.elems) > 0 {
		for i := range a.elems {
			if !equalWithin(a.elems[i], b.elems[i], distance) {
				return false
			}
		}
		return true
	}
	if a.kind != ':' {
		return bytes.Equal(a.raw, b.raw)
	}
	x, errX := strconv.ParseInt(a.text, 10, 64)
	y, errY := strconv.ParseInt(b.text, 10, 64)
	if errX != nil || errY != nil {
		return false
	}
	// -1 and -2 are "no expiry" and "no key", not points in time.
	if x < 0 || y < 0 {
		return x == y
	}
	return max(x, y)-min(x, y) <= distance
}

func inRange(r reply, lo, hi int64) bool {
	n, err := strconv.ParseInt(r.text, 10, 64)
	return err == nil && (r.kind == ':' || r.kind == '$') && cmp.Compare(n, lo) >= 0 && n <= hi
}

func sameShape(a, b reply) bool {
	if a.kind != b.kind || len(a.elems) != len(b.elems) {
		return false
	}
	for i := range a.elems {
		if !sameShape(a.elems[i], b.elems[i]) {
			return false
		}
	}
	return true
}

func errorCode(r reply) string {
	code, _, _ := strings.Cut(r.text, " ")
	return code
}

func isHelp(r reply) bool {
	if r.kind != '*' || len(r.elems) < 2 {
		return false
	}
	return !slices.ContainsFunc(r.elems, func(e reply) bool { return e.kind != '+' })
}

// missingFields returns those of names that no key of a map, "name:value" line
// or word "name=value" of a text carries.
func missingFields(who string, r reply, names []string) []string {
	have := make(map[string]bool)
	for i := 0; i < len(r.elems); i += 2 {
		have[r.elems[i].text] = true
	}
	for word := range strings.FieldsSeq(r.payload()) {
		if at := strings.IndexAny(word, ":="); at > 0 {
			have[word[:at]] = true
		}
	}
	var missing []string
	for _, n := range names {
		if !have[n] {
			missing = append(missing, who+"/"+n)
		}
	}
	return missing
}

func TestRules(t *testing.T) {
	tests := []struct {
		name            string
		rule            rule
		oracle, subject string
		same            bool
	}{
		{"exact equal", rule{}, ":1\r\n", ":1\r\n", true},
		{"exact differs", rule{}, ":1\r\n", ":2\r\n", false},
		{"exact: nulls of two protocols differ", rule{}, "$-1\r\n", "_\r\n", false},
		{"sorted nested", rule{weakness: sorted}, "*2\r\n$1\r\n0\r\n*2\r\n+a\r\n+b\r\n", "*2\r\n$1\r\n0\r\n*2\r\n+b\r\n+a\r\n", true},
		{"sorted keeps elements", rule{weakness: sorted}, "*2\r\n+a\r\n+b\r\n", "*2\r\n+a\r\n+a\r\n", false},
		{"sorted keeps pairs", rule{weakness: sorted}, "%2\r\n+a\r\n:1\r\n+b\r\n:2\r\n", "%2\r\n+a\r\n:2\r\n+b\r\n:1\r\n", false},
		{"near", rule{weakness: near, lo: 5}, ":100\r\n", ":95\r\n", true},
		{"not near", rule{weakness: near, lo: 5}, ":100\r\n", ":94\r\n", false},
		{"near: no key is not no expiry", rule{weakness: near, lo: 5}, ":-2\r\n", ":-1\r\n", false},
		{"object: number", rule{weakness: objectOf72, lo: 5}, ":100\r\n", ":95\r\n", true},
		{"object: layout", rule{weakness: objectOf72}, "$6\r\nintset\r\n", "$6\r\nintset\r\n", true},
		{"object: small layout", rule{weakness: objectOf72}, "$9\r\nhashtable\r\n", "$8\r\nlistpack\r\n", true},
		{"object: large layout", rule{weakness: objectOf72}, "$8\r\nlistpack\r\n", "$9\r\nhashtable\r\n", false},
		{"object: other layout", rule{weakness: objectOf72}, "$6\r\nintset\r\n", "$8\r\nlistpack\r\n", false},
		{"within", rule{weakness: within, lo: 1, hi: 3}, ":1\r\n", ":3\r\n", true},
		{"both outside", rule{weakness: within, lo: 1, hi: 3}, ":4\r\n", ":4\r\n", false},
		{"any", rule{weakness: anyValue}, "*1\r\n$1\r\na\r\n", "*1\r\n$2\r\nbb\r\n", true},
		{"any: other type", rule{weakness: anyValue}, "*1\r\n$1\r\na\r\n", "*1\r\n+a\r\n", false},
		{"text: code", rule{weakness: textOnly}, "-ERR a\r\n", "-ERR b\r\n", true},
		{"text: other code", rule{weakness: textOnly}, "-ERR a\r\n", "-WRONGTYPE a\r\n", false},
		{"prefix", rule{weakness: prefix, lo: 2}, "*10\r\n" + strings.Repeat(":1\r\n", 10), "*1\r\n:1\r\n", true},
		{"help", rule{weakness: helpText}, "*2\r\n+a\r\n+b\r\n", "*3\r\n+c\r\n+d\r\n+e\r\n", true},
		{"help in bulks", rule{weakness: helpText}, "*2\r\n+a\r\n+b\r\n", "*2\r\n$1\r\nc\r\n$1\r\nd\r\n", false},
		{"mask", rule{weakness: masked, mask: regexp.MustCompile(`id=\d+`)}, "$6\r\nid=1 a\r\n", "$7\r\nid=22 a\r\n", true},
		{"mask: rest differs", rule{weakness: masked, mask: regexp.MustCompile(`id=\d+`)}, "$6\r\nid=1 a\r\n", "$6\r\nid=1 b\r\n", false},
		{"fields", rule{weakness: fields, names: []string{"a", "b"}}, "+a:1 b:2\r\n", "+b:1 a:2\r\n", true},
		{"field missing", rule{weakness: fields, names: []string{"a", "b"}}, "+a:1 b:2\r\n", "+b:1\r\n", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.rule.check(mustParse(t, []byte(tt.oracle)), mustParse(t, []byte(tt.subject)))
			if (got == "") != tt.same {
				t.Errorf("check = %q, want same = %v", got, tt.same)
			}
		})
	}
}
