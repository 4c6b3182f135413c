package config

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// Version is the release of Redis whose configuration, and whose error texts, this package follows.
const Version = "7.2.4"

// SynapVersion is Synap's own version.
const SynapVersion = "0.1.0"

// Env is what the configuration needs of its surroundings.
type Env struct {
	Stdin io.Reader
	Chdir func(string) error
	Getwd func() (string, error)
	Files Files

	// KnownCommand tells whether a command exists, for rename-command. With nil every name is taken as known, and
	// whoever applies Values.RenamedCommands has to check.
	KnownCommand func(name string) bool
}

// System is the environment of a real process.
func System() Env {
	return Env{Stdin: os.Stdin, Chdir: os.Chdir, Getwd: os.Getwd, Files: osFiles{}}
}

// Config is a server's configuration. See the package documentation for who may use it when.
type Config struct {
	Values

	Path     string // the configuration file, absolute; empty if there is none
	StartDir string // the working directory before any dir directive
	Stdin    []byte // what was read from standard input; nil if it was not asked for

	env   Env
	given map[*Directive]bool // set by file or command line
	hooks []hook
	lines map[string]func() []string
}

type hook struct {
	directives []*Directive
	apply      func(old, new *Values) error
}

// New returns a configuration with all defaults.
func New(env Env) (*Config, error) {
	wd, err := env.Getwd()
	if err != nil {
		return nil, err
	}
	c := &Config{env: env, StartDir: wd, given: map[*Directive]bool{}, lines: map[string]func() []string{}}
	for i := range table {
		if d := &table[i]; d.kind != nil {
			d.kind.reset(&c.Values)
		}
	}
	c.Dir = wd
	return c, nil
}

// OnChange registers what applies a change of the named directives. CONFIG SET calls it once, after all values of the
// command are stored, if any of these directives changed. An error vetoes the command: its text becomes part of the reply,
// all values are restored, and hooks that had already run are called again with old and new swapped. A hook that fails
// has to leave its own state as it was. It panics on an unknown name.
func (c *Config) OnChange(apply func(old, new *Values) error, names ...string) {
	h := hook{apply: apply}
	for _, n := range names {
		h.directives = append(h.directives, mustLookup(n))
	}
	c.hooks = append(c.hooks, h)
}

// OnRewrite registers the source of a file-only directive (user) that is kept elsewhere: lines gives what has to
// follow the name, one element for each line. Without a source such lines stay as they are. It panics on an unknown name.
func (c *Config) OnRewrite(name string, lines func() []string) {
	c.lines[mustLookup(name).Name] = lines
}

func mustLookup(name string) *Directive {
	d, _ := lookup(name)
	if d == nil {
		panic("config: unknown directive " + name)
	}
	return d
}

// Given reports whether a file or the command line set the directive, even to its default.
func (c *Config) Given(name string) bool { return c.given[mustLookup(name)] }

// Ineffective names, in the order of the table, the directives that have no effect and are not at their default: the
// server logs them once at start. What is switched off by an empty value needs no effect.
func (c *Config) Ineffective() []string {
	var names []string
	for i := range table {
		d := &table[i]
		if d.Class == Accepted && d.kind != nil && d.kind.get(&c.Values) != d.Default && d.kind.get(&c.Values) != "" {
			names = append(names, d.Name)
		}
	}
	return names
}

// Setting is one answer of CONFIG GET.
type Setting struct{ Name, Value string }

// Get answers CONFIG GET: the settings whose name or alias matches one of the patterns, each name once. A name without
// wildcards is answered as it was spelled, and is the only way to see a hidden directive.
func (c *Config) Get(patterns ...string) []Setting {
	var found []Setting
	seen := map[string]bool{}
	add := func(name string, d *Directive) {
		if key := strings.ToLower(name); !seen[key] {
			seen[key] = true
			found = append(found, Setting{name, d.kind.get(&c.Values)})
		}
	}
	for _, p := range patterns {
		if !strings.ContainsAny(p, "[*?") {
			if d, _ := lookup(p); d != nil && d.kind != nil {
				add(p, d)
			}
			continue
		}
		for i := range table {
			d := &table[i]
			if d.kind == nil || d.Flags&Hidden != 0 {
				continue
			}
			if matches(p, d.Name) {
				add(d.Name, d)
			}
			if d.Alias != "" && matches(p, d.Alias) {
				add(d.Alias, d)
			}
		}
	}
	return found
}

// Request describes the client behind a CONFIG SET.
type Request struct {
	Local   bool // it connected from this machine
	Loading bool // the data set is being loaded
}

// ReplyError is the text of an error reply, code included.
type ReplyError string

func (e ReplyError) Error() string { return string(e) }

func replyErrorf(format string, args ...any) error {
	return ReplyError("ERR " + fmt.Sprintf(format, args...))
}

// change is one pair of a CONFIG SET.
type change struct {
	d     *Directive
	name  string // the directive's name, or its alias if that was used
	value string
}

// Set answers CONFIG SET: args are names and values in turn. All of them take effect, or none. Errors are ReplyErrors.
func (c *Config) Set(req Request, args ...string) error {
	changes, err := c.check(req, args)
	if err != nil {
		return err
	}
	old := c.Values
	for _, ch := range changes {
		if err := ch.d.kind.set(c, ch.d.split(ch.value)); err != nil {
			c.restore(&old)
			return errSet(ch.name, err)
		}
	}
	var done []hook
	for _, h := range c.hooks {
		name := h.concerns(changes, &old, &c.Values)
		if name == "" {
			continue
		}
		if err := h.apply(&old, &c.Values); err != nil {
			failed := c.Values
			c.restore(&old)
			for _, d := range slices.Backward(done) {
				// A hook that cannot go back has nobody left to tell but its own log.
				_ = d.apply(&failed, &c.Values)
			}
			return errSet(name, err)
		}
		done = append(done, h)
	}
	return nil
}

// check finds the directives and refuses what may not be set, before anything is.
func (c *Config) check(req Request, args []string) ([]change, error) {
	if len(args)%2 != 0 {
		return nil, ReplyError("ERR syntax error")
	}
	var changes []change
	seen := map[string]bool{}
	for i := 0; i < len(args); i += 2 {
		name := args[i]
		d, alias := lookup(name)
		if d == nil || d.kind == nil {
			return nil, replyErrorf("Unknown option or number of arguments for CONFIG SET - '%s'", name)
		}
		key := d.Name
		if alias {
			key = d.Alias
		}
		switch {
		case d.Flags&Immutable != 0:
			return nil, replyErrorf("CONFIG SET failed (possibly related to argument '%s') - can't set immutable config", name)
		case d.Flags&Protected != 0 && !c.EnableProtectedConfigs.Allows(req.Local):
			return nil, replyErrorf("CONFIG SET failed (possibly related to argument '%s') - can't set protected config", name)
		case d.Flags&DenyLoading != 0 && req.Loading:
			return nil, ReplyError("LOADING Redis is loading the dataset in memory")
		case seen[key]:
			return nil, replyErrorf("CONFIG SET failed (possibly related to argument '%s') - duplicate parameter", name)
		}
		seen[key] = true
		changes = append(changes, change{d, key, args[i+1]})
	}
	return changes, nil
}

func errSet(name string, err error) error {
	return replyErrorf("CONFIG SET failed (possibly related to argument '%s') - %s", name, err)
}

// split makes arguments of a CONFIG SET value: directives with several take them separated by single spaces.
func (d *Directive) split(value string) []string {
	switch {
	case d.Flags&MultiArg == 0:
		return []string{value}
	case value == "":
		return nil
	}
	return strings.Split(value, " ")
}

// concerns returns the name of the first change that the hook has to apply.
func (h hook) concerns(changes []change, old, new *Values) string {
	for _, ch := range changes {
		if slices.Contains(h.directives, ch.d) && (ch.d.Flags&Volatile != 0 || ch.d.kind.get(old) != ch.d.kind.get(new)) {
			return ch.name
		}
	}
	return ""
}

// restore goes back to a snapshot of the values, and to its working directory.
func (c *Config) restore(old *Values) {
	if c.Dir != old.Dir {
		// The directory was left a moment ago. If it is gone by now, Dir still names what relative paths meant.
		_ = c.env.Chdir(old.Dir)
	}
	c.Values = *old
}
