package compat

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// numericBattery are the values every numeric argument has to survive.
var numericBattery = []string{
	"0", "1", "-1", "2147483647", "2147483648", "-2147483648", "4294967296",
	"9007199254740992", "9223372036854775807", "-9223372036854775808",
	"9223372036854775808", "18446744073709551615", "+1", "01", "1.5", "1e3",
	" 1", "1 ", "", "NaN", "inf", "-0",
}

// transcript is one file of testdata.
type transcript struct {
	path   string
	modes  []string
	protos []int
	flags  []string
	newer  string // the version the commands came with, if the oracle does not know them
	steps  []step
}

// step is one command (or extra read) of a transcript.
type step struct {
	line   int
	client string
	args   []string // nil: only read a reply
	rule   rule

	plain, noReply, sendOnly, closes, torn, scan bool
	until                                        string
	only72                                       string         // canonical text
	only72Match                                  *regexp.Regexp // or a pattern for it
}

// alone tells whether the step cannot be part of a pipeline or transaction.
func (s *step) alone() bool {
	return s.args == nil || s.sendOnly || s.closes || s.torn || s.scan || s.until != ""
}

func (s *step) newer() bool { return s.only72 != "" || s.only72Match != nil }

func loadTranscripts(t testing.TB) []*transcript {
	t.Helper()
	var all []*transcript
	err := filepath.WalkDir("testdata", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			// The fuzz directory is where Go keeps its own corpora.
			if err == nil && path == filepath.Join("testdata", "fuzz") {
				return filepath.SkipDir
			}
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		tr, err := parseTranscript(path, string(text))
		if err != nil {
			return err
		}
		all = append(all, tr)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatal("no transcripts in testdata")
	}
	return all
}

type transcriptParser struct {
	*transcript
	client string
	only72 *step // an @only7.2 line waiting for its command
}

func parseTranscript(path, text string) (*transcript, error) {
	p := &transcriptParser{
		transcript: &transcript{path: path, modes: []string{"single", "pipelined", "multi"}, protos: []int{2, 3}},
		client:     "a",
	}
	for i, line := range strings.Split(text, "\n") {
		if err := p.parseLine(i+1, line); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, i+1, err)
		}
	}
	if p.only72 != nil {
		return nil, fmt.Errorf("%s: @only7.2 at the end belongs to no command", path)
	}
	if len(p.steps) == 0 {
		return nil, fmt.Errorf("%s: no commands", path)
	}
	for _, s := range p.steps {
		if p.newer != "" && !s.newer() {
			return nil, fmt.Errorf("%s:%d: no expected reply", path, s.line)
		}
	}
	return p.transcript, nil
}

func (p *transcriptParser) parseLine(n int, line string) error {
	if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
		return nil
	}
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "=>", "=~":
		return p.expect(word, rest)
	case "@battery":
		return p.expand(n, numericBattery, rest)
	case "@deadlines":
		return p.expand(n, slices.DeleteFunc(slices.Clone(numericBattery), func(v string) bool { return v == "1" }), rest)
	case "@over":
		list, template, ok := cutQuoted(rest)
		if !ok {
			return fmt.Errorf("@over needs a quoted list")
		}
		values, err := splitArgs(list)
		if err != nil {
			return err
		}
		return p.expand(n, values, template)
	case "@only7.2", "@only7.2~":
		p.only72 = &step{only72: rest}
		if word == "@only7.2~" {
			re, err := regexp.Compile("^(?s:" + rest + ")$")
			if err != nil {
				return err
			}
			p.only72 = &step{only72Match: re}
		}
		return nil
	}
	args, err := splitArgs(line)
	if err != nil {
		return err
	}
	if handled, err := p.parseHeader(args); handled || err != nil {
		return err
	}
	return p.addStep(n, args)
}

// expect gives the last steps, those of one line, the reply they must have.
func (p *transcriptParser) expect(kind, text string) error {
	last := len(p.steps) - 1
	if last < 0 || p.newer == "" || p.steps[last].newer() {
		return fmt.Errorf("%s belongs to no command", kind)
	}
	var re *regexp.Regexp
	if kind == "=~" {
		var err error
		if re, err = regexp.Compile("^(?s:" + text + ")$"); err != nil {
			return err
		}
		text = ""
	}
	for line := p.steps[last].line; last >= 0 && p.steps[last].line == line; last-- {
		p.steps[last].only72, p.steps[last].only72Match = text, re
	}
	return nil
}

func (p *transcriptParser) parseHeader(args []string) (bool, error) {
	switch args[0] {
	case "@modes":
		p.modes = args[1:]
	case "@flags":
		p.flags = args[1:]
	case "@newer":
		p.newer = args[1]
	case "@proto":
		v, err := strconv.Atoi(args[1])
		if err != nil {
			return true, err
		}
		p.protos = []int{v}
	case "@client":
		p.client = args[1]
		return true, nil
	default:
		return false, nil
	}
	if len(p.steps) > 0 {
		return true, fmt.Errorf("%s after the first command", args[0])
	}
	return true, nil
}

// cutQuoted splits `"list" rest`.
func cutQuoted(s string) (list, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		return "", "", false
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			words, err := splitArgs(s[:i+1])
			if err != nil || len(words) != 1 {
				return "", "", false
			}
			return words[0], s[i+1:], true
		}
	}
	return "", "", false
}

// expand adds the steps of a battery.
func (p *transcriptParser) expand(n int, values []string, template string) error {
	second := []string{""}
	if strings.Contains(template, "{2}") {
		second = values
	}
	for _, v1 := range values {
		for _, v2 := range second {
			for piece := range strings.SplitSeq(template, " | ") {
				args, err := splitArgs(piece)
				if err != nil {
					return err
				}
				for i := range args {
					args[i] = strings.NewReplacer("{}", v1, "{1}", v1, "{2}", v2).Replace(args[i])
				}
				if err := p.addStep(n, args); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// addStep parses the modifiers in front of a command and adds it.
func (p *transcriptParser) addStep(n int, args []string) error {
	s := step{line: n, client: p.client}
	if p.only72 != nil {
		s.only72, s.only72Match = p.only72.only72, p.only72.only72Match
		p.only72 = nil
	}
	for len(args) > 0 && strings.HasPrefix(args[0], "@") {
		if args[0] == "@read" {
			p.steps = append(p.steps, s)
			return nil
		}
		used, err := s.modify(args)
		if err != nil {
			return err
		}
		args = args[used:]
	}
	if len(args) == 0 {
		return fmt.Errorf("modifiers without a command")
	}
	s.args = args
	p.steps = append(p.steps, s)
	return nil
}

// modify applies the modifier at the head of args and returns its length.
func (s *step) modify(args []string) (used int, err error) {
	operands := map[string]int{
		"@near": 1, "@range": 2, "@prefix": 1, "@mask": 1, "@until": 1,
	}[args[0]]
	if len(args) <= operands {
		return 0, fmt.Errorf("%s lacks its operands", args[0])
	}
	weaknesses := map[string]weakness{
		"@sorted": sorted, "@near": near, "@range": within, "@any": anyValue, "@text": textOnly,
		"@prefix": prefix, "@help": helpText, "@mask": masked, "@fields": fields,
		"@digits": digits,
	}
	if w, ok := weaknesses[args[0]]; ok {
		s.rule.weakness = w
	}
	switch args[0] {
	case "@sorted", "@any", "@text", "@help", "@digits":
	case "@near", "@prefix":
		s.rule.lo, err = strconv.ParseInt(args[1], 10, 64)
	case "@range":
		if s.rule.lo, err = strconv.ParseInt(args[1], 10, 64); err == nil {
			s.rule.hi, err = strconv.ParseInt(args[2], 10, 64)
		}
	case "@mask":
		s.rule.mask, err = regexp.Compile(args[1])
	case "@fields":
		end := slices.Index(args, ";")
		if end < 2 {
			return 0, fmt.Errorf("@fields needs names ended by ;")
		}
		s.rule.names, operands = args[1:end], end
	case "@plain":
		s.plain = true
	case "@noreply":
		s.noReply, s.plain = true, true
	case "@send":
		s.sendOnly = true
	case "@closes":
		s.closes = true
	case "@torn":
		s.torn = true
	case "@scan":
		s.scan = true
	case "@until":
		s.until = args[1]
	default:
		return 0, fmt.Errorf("unknown directive %s", args[0])
	}
	return operands + 1, err
}

// splitArgs splits a line into words as redis-cli does: double quotes with
// \xHH and the C escapes, single quotes with \' only.
func splitArgs(line string) ([]string, error) {
	var args []string
	for i := 0; ; {
		for i < len(line) && (line[i] == ' ' || line[i] == '\t' || line[i] == '\r') {
			i++
		}
		if i == len(line) {
			return args, nil
		}
		var word []byte
		var quote byte
		for ; i < len(line); i++ {
			c := line[i]
			switch {
			case quote == 0 && (c == ' ' || c == '\t'):
			case quote == 0 && (c == '"' || c == '\''):
				quote = c
				continue
			case quote == 0:
				word = append(word, c)
				continue
			case c == quote:
				quote = 0
				if i+1 < len(line) && line[i+1] != ' ' && line[i+1] != '\t' {
					return nil, fmt.Errorf("text after a closing quote: %s", line)
				}
				continue
			case c == '\\' && i+1 < len(line):
				b, used := unescape(line[i+1:], quote)
				word = append(word, b...)
				i += used
				continue
			default:
				word = append(word, c)
				continue
			}
			break
		}
		if quote != 0 {
			return nil, fmt.Errorf("unclosed quote: %s", line)
		}
		args = append(args, string(word))
	}
}

// unescape decodes what follows a backslash and returns how much of s it took.
func unescape(s string, quote byte) (decoded []byte, used int) {
	if quote == '\'' {
		if s[0] == '\'' {
			return []byte{'\''}, 1
		}
		return []byte{'\\'}, 0
	}
	if s[0] == 'x' && len(s) >= 3 {
		if v, err := strconv.ParseUint(s[1:3], 16, 8); err == nil {
			return []byte{byte(v)}, 3
		}
	}
	if at := strings.IndexByte("nrtba", s[0]); at >= 0 {
		return []byte{"\n\r\t\b\a"[at]}, 1
	}
	return []byte{s[0]}, 1
}

func TestSplitArgs(t *testing.T) {
	tests := []struct {
		line string
		want []string
		ok   bool
	}{
		{`SET k "a b"`, []string{"SET", "k", "a b"}, true},
		{`  a   b  `, []string{"a", "b"}, true},
		{`"\x00\xff\n\"\\"`, []string{"\x00\xff\n\"\\"}, true},
		{`'a\'b\n'`, []string{`a'b\n`}, true},
		{`"" ''`, []string{"", ""}, true},
		{`"open`, nil, false},
		{`"a"b`, nil, false},
	}
	for _, tt := range tests {
		got, err := splitArgs(tt.line)
		if (err == nil) != tt.ok || !slices.Equal(got, tt.want) {
			t.Errorf("splitArgs(%s) = %q, %v; want %q", tt.line, got, err, tt.want)
		}
	}
}
