package config

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
)

const maxIncludeDepth = 64

// LineError is a configuration line that is not understood, or a finding about the configuration as a whole (Line 0).
type LineError struct {
	Line   int    // from 1
	Text   string // the line, trimmed
	Reason string
}

// Error is the report that Redis prints before it exits.
func (e *LineError) Error() string {
	where := ""
	if e.Line > 0 {
		where = fmt.Sprintf("Reading the configuration file, at line %d\n>>> '%s'\n", e.Line, e.Text)
	}
	return fmt.Sprintf("\n*** FATAL CONFIG FILE ERROR (Redis %s) ***\n%s%s\n", Version, where, e.Reason)
}

// OpenError is a configuration file that cannot be read.
type OpenError struct {
	Path string
	Err  error
}

func (e *OpenError) Error() string {
	return fmt.Sprintf("Fatal error, can't open config file '%s': %s", e.Path, osReason(e.Err))
}

func (e *OpenError) Unwrap() error { return e.Err }

// loader reads configuration text. One loader serves a whole start-up, with all included files.
type loader struct {
	c        *Config
	depth    int
	saved    bool            // a save line was seen: further ones add to it
	commands map[string]bool // commands that rename-command made (true) or removed (false)
}

func (c *Config) loader() *loader { return &loader{c: c, commands: map[string]bool{}} }

// Load reads configuration text as a file would be. Errors are *LineError and *OpenError.
func (c *Config) Load(text string) error { return c.loader().text(text) }

// files reads path, or all that match it if it has wildcards, as one text with more appended.
func (l *loader) files(path, more string) error {
	paths := []string{path}
	if strings.ContainsAny(path, "*?[") {
		paths = l.c.env.Files.Glob(path)
	}
	var text strings.Builder
	for _, p := range paths {
		b, err := l.c.env.Files.ReadFile(p)
		if err != nil {
			return &OpenError{p, err}
		}
		text.Write(b)
	}
	text.WriteString(more)
	return l.text(text.String())
}

func (l *loader) text(text string) error {
	n := 0
	for line := range strings.SplitSeq(text, "\n") {
		n++
		line = strings.Trim(line, " \t\r\n")
		if line == "" || line[0] == '#' {
			continue
		}
		args, ok := splitArgs(line)
		if !ok {
			return &LineError{n, line, errQuotes.Error()}
		}
		if len(args) == 0 {
			continue // blanks that Trim does not know
		}
		err := l.directive(strings.ToLower(args[0]), args[1:])
		var nested *LineError
		var open *OpenError
		switch {
		case err == nil:
		case errors.As(err, &nested), errors.As(err, &open):
			return err
		default:
			return &LineError{n, line, err.Error()}
		}
	}
	return l.finish()
}

var (
	errDirective = reason("Bad directive or wrong number of arguments")
	errQuotes    = reason("Unbalanced quotes in configuration line")
)

// obsolete directives are still skipped when they have one argument.
var obsolete = map[string]bool{
	"list-max-ziplist-entries": true, "list-max-ziplist-value": true, "lua-replicate-commands": true,
}

func (l *loader) directive(name string, args []string) error {
	d, _ := lookup(name)
	switch {
	case d == nil && obsolete[name] && len(args) == 1:
		return nil
	case d == nil && strings.Contains(name, "."):
		if len(args) == 0 {
			return reason("Module config specified without value")
		}
		return errModules
	case d == nil:
		return errDirective
	case d.kind == nil:
		if len(args) < d.args || d.max > 0 && len(args) > d.max {
			return errDirective
		}
		return d.line(l, args)
	case d.Flags&MultiArg == 0 && len(args) != 1:
		return errArgs
	}
	if d.Flags&MultiArg != 0 && len(args) == 1 && args[0] != "" {
		// The arguments may come as one: --save "60 1".
		var ok bool
		if args, ok = splitArgs(args[0]); !ok {
			return errQuotes
		}
	}
	l.c.given[d] = true
	if save, ok := d.kind.(savePoints); ok {
		if l.saved {
			return save.add(l.c, args)
		}
		l.saved = true
	}
	return d.kind.set(l.c, args)
}

// finish checks what concerns a text as a whole.
func (l *loader) finish() error {
	if path := l.c.LogFile; path != "" {
		if err := l.c.env.Files.TryAppend(path); err != nil {
			return &LineError{Reason: "Can't open the log file: " + osReason(err)}
		}
	}
	return nil
}

func include(l *loader, args []string) error {
	if l.depth == maxIncludeDepth {
		return reason("Too many nested includes")
	}
	l.depth++
	defer func() { l.depth-- }()
	return l.files(args[0], "")
}

func renameCommand(l *loader, args []string) error {
	from, to := strings.ToLower(args[0]), strings.ToLower(args[1])
	if !l.exists(from) {
		return reason("No such command in rename-command")
	}
	l.commands[from] = false
	if to != "" {
		if l.taken(to) {
			return reason("Target command name already exists")
		}
		l.commands[to] = true
	}
	r := l.c.RenamedCommands
	l.c.RenamedCommands = append(r[:len(r):len(r)], RenamedCommand{args[0], args[1]})
	return nil
}

// exists tells whether a command can be renamed: with nobody to ask, every name but a removed one can.
func (l *loader) exists(name string) bool {
	if made, ok := l.commands[name]; ok {
		return made
	}
	return l.c.env.KnownCommand == nil || l.c.env.KnownCommand(name)
}

func (l *loader) taken(name string) bool {
	if made, ok := l.commands[name]; ok {
		return made
	}
	return l.c.env.KnownCommand != nil && l.c.env.KnownCommand(name)
}

// refused returns the handler of a file-only directive that is not supported.
func refused(reason error) func(*loader, []string) error {
	return func(*loader, []string) error { return reason }
}

// sentinelLine answers for the pseudo option of the command line (no arguments) and for lines of sentinel.conf.
func sentinelLine(_ *loader, args []string) error {
	if len(args) == 0 {
		return errSentinel
	}
	return reason("sentinel directive while not in sentinel mode")
}

// osReason words an error of the operating system as C's strerror does, without the path.
func osReason(err error) string {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return err.Error()
	}
	s := errno.Error()
	return strings.ToUpper(s[:1]) + s[1:]
}
