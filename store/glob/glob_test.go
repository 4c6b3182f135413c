package glob

import (
	"bytes"
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	tests := []struct {
		name, pattern, s string
		exact, folded    bool
	}{
		{"empty both", "", "", true, true},
		{"empty pattern", "", "a", false, false},
		{"star never matches empty", "*", "", false, false},
		{"stars never match empty", "**", "", false, false},
		{"star", "*", "abc", true, true},
		{"stars", "***", "a", true, true},
		{"literal", "abc", "abc", true, true},
		{"literal case", "aBc", "AbC", false, true},
		{"literal too long", "abcd", "abc", false, false},
		{"literal too short", "ab", "abc", false, false},
		{"question", "a?c", "abc", true, true},
		{"question needs a byte", "abc?", "abc", false, false},
		{"prefix", "ab*", "ab", true, true},
		{"suffix", "*bc", "abcbc", true, true},
		{"suffix overlapping", "*aab", "aaaab", true, true},
		{"middle", "a*b*c", "axxbyyc", true, true},
		{"middle missing", "a*b*c", "axxyyc", false, false},
		{"star then more after end", "a*b", "a", false, false},
		{"trailing stars", "a**", "a", true, true},
		{"class", "h[ae]llo", "hallo", true, true},
		{"class miss", "h[ae]llo", "hillo", false, false},
		{"class case", "h[ae]llo", "hAllo", false, true},
		{"negated", "h[^e]llo", "hallo", true, true},
		{"negated miss", "h[^e]llo", "hello", false, false},
		{"caret later is literal", "[a^]", "^", true, true},
		{"range", "[a-c]", "b", true, true},
		{"range case", "[a-c]", "B", false, true},
		{"range reversed", "[c-a]", "b", true, true},
		{"range ends ordered before folding", "[Z-a]", "b", false, false},
		{"range folded empty", "[Z-a]", "a", true, false},
		{"range up to bracket stays open", "[a-]", "]", true, true},
		{"range up to bracket", "[a-]", "^", true, true},
		{"dash last of an open class", "[a-", "-", true, true},
		{"range high bytes are negative", "[\x80-\x01]", "\xff", true, false},
		{"range high bytes exclude ascii", "[\x80-\x01]", "a", false, false},
		{"open class", "[ab", "b", true, true},
		{"open class then nothing", "[", "a", false, false},
		{"open class bracket itself", "[", "[", false, false},
		{"open negated", "[^", "a", true, true},
		{"empty class", "[]", "a", false, false},
		{"empty class does not take bracket", "[]a]", "]", false, false},
		{"empty negated", "[^]", "a", true, true},
		{"class escape", "[\\]]", "]", true, true},
		{"class escape is exact", "[\\a]", "A", false, false},
		{"class escaped dash", "[a\\-z]", "-", true, true},
		{"class escaped dash not a range", "[a\\-z]", "m", false, false},
		{"class trailing backslash", "[\\", "\\", true, true},
		{"escape star", "a\\*", "a*", true, true},
		{"escape star exact", "a\\*", "ab", false, false},
		{"escape folds", "\\A", "a", false, true},
		{"trailing backslash", "a\\", "a\\", true, true},
		{"escaped backslash", "\\\\", "\\", true, true},
		{"nul bytes", "a\x00?", "a\x00b", true, true},
		{"star class", "*[0-9]", "key:7", true, true},
		{"star escape", "*\\?", "what?", true, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, fold := range []bool{false, true} {
				want := tt.exact
				if fold {
					want = tt.folded
				}
				if got := MatchString(tt.pattern, tt.s, fold); got != want {
					t.Errorf("MatchString(%q, %q, %v) = %v, want %v", tt.pattern, tt.s, fold, got, want)
				}
				p := Compile([]byte(tt.pattern), fold)
				if got := p.MatchString(tt.s); got != want {
					t.Errorf("Compile(%q, %v).MatchString(%q) = %v, want %v", tt.pattern, fold, tt.s, got, want)
				}
			}
		})
	}
}

func TestLiteralPrefix(t *testing.T) {
	tests := []struct {
		pattern, prefix string
		whole           bool
	}{
		{"", "", true},
		{"abc", "abc", true},
		{"abc*", "abc", false},
		{"*", "", false},
		{"a?b", "a", false},
		{"a[b]", "a", false},
		{"a\\*b", "a*b", true},
		{"a\\*b*c", "a*b", false},
		{"a\\", "a\\", true},
		{"\\\\x[", "\\x", false},
	}
	for _, tt := range tests {
		t.Run(tt.pattern, func(t *testing.T) {
			got, whole := LiteralPrefix([]byte(tt.pattern))
			if string(got) != tt.prefix || whole != tt.whole {
				t.Errorf("LiteralPrefix = %q, %v; want %q, %v", got, whole, tt.prefix, tt.whole)
			}
		})
	}
}

func TestPatternFacts(t *testing.T) {
	star := Compile([]byte("*"), false)
	if !star.IsStar() || star.Match(nil) {
		t.Error(`"*" must be known as the star and not match the empty string`)
	}
	stars := Compile([]byte("**"), false)
	if stars.IsStar() {
		t.Error(`"**" taken for the star`)
	}
	lit := Compile([]byte(`a\*b`), false)
	if s, ok := lit.Literal(); !ok || string(s) != "a*b" {
		t.Errorf("Literal = %q, %v", s, ok)
	}
	if got := lit.String(); got != `a\*b` {
		t.Errorf("String = %q", got)
	}
	escaped := Compile([]byte(`a\**`), false)
	if escaped.shape != prefix || string(escaped.Prefix()) != "a*" {
		t.Errorf("shape %d prefix %q", escaped.shape, escaped.Prefix())
	}
	mixed := Compile([]byte("ab*c"), false)
	if string(mixed.Prefix()) != "ab" {
		t.Errorf("Prefix = %q", mixed.Prefix())
	}
	folded := Compile([]byte("ab*"), true)
	if folded.Prefix() != nil || !folded.MatchString("AB") {
		t.Error("a folded pattern has no exact prefix and matches either case")
	}
	source := []byte("abc")
	kept := Compile(source, false)
	source[0] = 'x'
	if !kept.MatchString("abc") {
		t.Error("the pattern aliases its argument")
	}
}

// TestHostilePatterns would not end within the lifetime of the test binary if stars were retried from each other.
func TestHostilePatterns(t *testing.T) {
	pattern := []byte(strings.Repeat("*a", 1<<19) + "b")
	key := bytes.Repeat([]byte("a"), 1<<20)
	if Match(pattern, key, false) || Match(pattern, key, true) {
		t.Error("matched without a b")
	}
	if !Match(bytes.Repeat([]byte("*"), 1<<20), key, false) {
		t.Error("stars did not match")
	}
	key[len(key)-1] = 'b'
	if !Match(pattern, key, false) {
		t.Error("did not match")
	}
}

// naive matches by recursion, one element at a time.
func naive(p, s []byte, fold bool) bool {
	if len(p) == 0 {
		return len(s) == 0
	}
	if p[0] == '*' {
		for i := 0; i <= len(s); i++ {
			if naive(p[1:], s[i:], fold) {
				return true
			}
		}
		return false
	}
	if len(s) == 0 {
		return false
	}
	members, n := naiveElement(p, fold)
	return members[s[0]] && naive(p[n:], s[1:], fold)
}

// naiveElement spells out every byte that the first element accepts.
func naiveElement(p []byte, fold bool) (m [256]bool, n int) {
	add := func(c byte) {
		for b := range 256 {
			if byte(b) == c || fold && strings.EqualFold(string(rune(c)), string(rune(b))) && c < 128 && b < 128 {
				m[b] = true
			}
		}
	}
	switch {
	case p[0] == '?':
		for b := range m {
			m[b] = true
		}
		return m, 1
	case p[0] == '\\' && len(p) > 1:
		add(p[1])
		return m, 2
	case p[0] != '[':
		add(p[0])
		return m, 1
	}
	i := 1
	not := i < len(p) && p[i] == '^'
	if not {
		i++
	}
	for ; i < len(p) && p[i] != ']'; i++ {
		switch {
		case p[i] == '\\' && i+1 < len(p):
			i++
			m[p[i]] = true
		case i+2 < len(p) && p[i+1] == '-':
			for b := range m {
				m[b] = m[b] || inRange(p[i], p[i+2], byte(b), fold)
			}
			i += 2
		default:
			add(p[i])
		}
	}
	if i < len(p) {
		i++
	}
	if not {
		for b := range m {
			m[b] = !m[b]
		}
	}
	return m, i
}

func FuzzMatch(f *testing.F) {
	f.Add([]byte("a*[^b-d]\\*"), []byte("axx*"), false)
	f.Add([]byte("*a*a*b[\\"), []byte("aAab\\"), true)
	f.Fuzz(func(t *testing.T, p, s []byte, fold bool) {
		if len(p) > 12 || len(s) > 12 {
			return
		}
		want := naive(p, s, fold)
		if len(s) == 0 {
			want = len(p) == 0
		}
		if got := Match(p, s, fold); got != want {
			t.Fatalf("Match(%q, %q, %v) = %v, want %v", p, s, fold, got, want)
		}
		c := Compile(p, fold)
		if got := c.Match(s); got != want {
			t.Fatalf("Compile(%q, %v).Match(%q) = %v, want %v", p, fold, s, got, want)
		}
		if want && !bytes.HasPrefix(s, c.Prefix()) {
			t.Fatalf("%q matches %q without its prefix %q", s, p, c.Prefix())
		}
	})
}
