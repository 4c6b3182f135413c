package config

import (
	"os"
	"strings"
	"testing"
)

// example is one directive of redis.conf.example: its line and the paragraph above it.
type example struct {
	line, prose string
	comment     bool
}

// readExample splits redis.conf.example. A directive's line starts with its name, or with "# " and its name.
func readExample(t *testing.T) (text string, found map[string]example, order []string) {
	t.Helper()
	b, err := os.ReadFile("../../redis.conf.example")
	if err != nil {
		t.Fatal(err)
	}
	found = map[string]example{}
	var prose strings.Builder
	for n, line := range strings.Split(string(b), "\n") {
		if len(line) > 120 {
			t.Errorf("line %d is %d columns wide", n+1, len(line))
		}
		rest, comment := strings.CutPrefix(line, "# ")
		name, _, _ := strings.Cut(rest, " ")
		d := byName[name]
		switch {
		case line == "":
			prose.Reset()
			continue
		case d == nil && !strings.HasPrefix(line, "#"):
			t.Errorf("line %d: unknown directive %q", n+1, name)
		case d == nil:
			prose.WriteString(rest + " ")
			continue
		case d.Name != name:
			t.Errorf("line %d: %s is the old name of %s", n+1, name, d.Name)
		case found[name].line != "":
			t.Errorf("line %d: %s comes twice", n+1, name)
		}
		found[name] = example{rest, prose.String(), comment}
		order = append(order, name)
		prose.Reset()
	}
	return string(b), found, order
}

// redis.conf.example and the table agree: every directive is there, in the same order, with its default, its old name,
// and what its class and flags mean to the reader.
func TestExampleFile(t *testing.T) {
	text, found, order := readExample(t)
	if len(order) != len(table) {
		t.Errorf("%d directives, want %d", len(order), len(table))
	}
	for i := range table {
		d := &table[i]
		e, ok := found[d.Name]
		if !ok {
			t.Errorf("%s is missing", d.Name)
			continue
		}
		if i < len(order) && order[i] != d.Name {
			t.Errorf("place %d has %s, want %s", i, order[i], d.Name)
		}
		if len(e.prose) < 20 {
			t.Errorf("%s is not explained", d.Name)
		}
		says := func(text string, want bool) {
			if strings.Contains(e.prose, text) != want {
				t.Errorf("%s says %q: %v, want %v", d.Name, text, !want, want)
			}
		}
		says("Old name: "+d.Alias+".", d.Alias != "")
		says("Fixed at start.", d.Flags&Immutable != 0)
		says("enable-protected-configs.", d.Flags&Protected != 0)
		says("Accepted without effect.", d.Class == Accepted)
		says("efused.", d.Class == Refused)
		if e.comment != (d.kind == nil || d.Default == "" && d.Name != "dir") {
			t.Errorf("%s is a comment: %v", d.Name, e.comment)
		}
	}
	c := newConfig(t, newSystem(nil))
	if err := c.Load(text); err != nil {
		t.Fatalf("the file does not load: %v", err)
	}
	for _, s := range newConfig(t, newSystem(nil)).Get("*") {
		if got := get(c, s.Name); got != s.Value {
			t.Errorf("the file sets %s to %q, the default is %q", s.Name, got, s.Value)
		}
	}
}

// Every line, those that are comments too, gives its directive the default; only the examples of file-only directives
// do something else.
func TestExampleLines(t *testing.T) {
	_, found, _ := readExample(t)
	for name, e := range found {
		d := byName[name]
		if d.kind == nil {
			continue
		}
		c := newConfig(t, newSystem(nil))
		before := c.Get(name)
		// Start from another value where there is one, so that the line has something to do.
		if tog, ok := d.kind.(toggle); ok {
			*tog.at(&c.Values) = !tog.def
		}
		if err := c.Load(e.line); err != nil {
			t.Errorf("%s: %v", e.line, err)
		} else if after := c.Get(name); after[0] != before[0] {
			t.Errorf("%q gives %q, want %q", e.line, after[0].Value, before[0].Value)
		}
	}
}
