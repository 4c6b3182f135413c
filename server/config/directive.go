package config

import "strings"

// Flag describes how a directive may be used.
type Flag uint16

// Flags of directives.
const (
	Immutable   Flag = 1 << iota // fixed at start-up: CONFIG SET refuses it
	MultiArg                     // takes several arguments
	Sensitive                    // its value is kept out of the slow log, MONITOR and logs
	Hidden                       // CONFIG GET needs its exact name
	Protected                    // CONFIG SET needs enable-protected-configs
	DenyLoading                  // CONFIG SET is refused while the data set loads
	Volatile                     // apply hooks run even when the value stays the same
	AlwaysWrite                  // CONFIG REWRITE writes it even when it has its default
)

// Class says what setting a directive changes.
type Class uint8

// Classes of directives.
const (
	Effective Class = iota
	Accepted        // remembered and reported, without effect
	Refused         // any value but the default is refused, with a reason
)

func (c Class) String() string { return [...]string{"effective", "accepted", "refused"}[c] }

// Directive is one row of the table.
type Directive struct {
	Name, Alias string
	Flags       Flag
	Class       Class
	Default     string // as CONFIG GET reports it; empty for dir, which starts as the working directory

	kind kind // nil: exists in files only, and line handles it
	line func(l *loader, args []string) error
	args int // file-only directives: least number of arguments
	max  int // and the most; 0: no limit
}

// Gettable reports whether CONFIG GET and CONFIG SET know the directive; the others exist in configuration files only.
func (d *Directive) Gettable() bool { return d.kind != nil }

// kind is the behaviour of one type of value. set leaves the value alone when it fails. get renders it as CONFIG GET does;
// rewrite as a configuration file needs it: one element for each line, none if the directive has to leave the file.
type kind interface {
	reset(v *Values)
	set(c *Config, args []string) error
	get(v *Values) string
	rewrite(v *Values) []fileValue
}

// fileValue is the text after a directive's name. changed tells that it is not the default, so the line has to be there.
type fileValue struct {
	text    string
	changed bool
}

// lookup finds a directive by name or alias, ignoring case.
func lookup(name string) (d *Directive, alias bool) {
	name = strings.ToLower(name)
	if d = byName[name]; d != nil {
		return d, d.Name != name
	}
	return nil, false
}

// Directives returns the table: every directive in the order of redis.conf.example. Callers must not change it.
func Directives() []Directive { return table }

// IsSensitive reports whether name is a directive whose value must not be shown.
func IsSensitive(name string) bool {
	d, _ := lookup(name)
	return d != nil && d.Flags&Sensitive != 0
}

// byName is filled by init because file-only rows, which read further lines, refer back to it.
var byName map[string]*Directive

func init() {
	byName = make(map[string]*Directive, 2*len(table))
	var defaults Values
	for i := range table {
		d := &table[i]
		byName[d.Name] = d
		if d.Alias != "" {
			byName[d.Alias] = d
		}
		if d.kind != nil {
			d.kind.reset(&defaults)
			d.Default = d.kind.get(&defaults)
		}
	}
}

// reason says why a value or a line is refused, in the words of the reply: these are Redis's own where it refuses the
// same, capitals and full stops included.
type reason string

func (r reason) Error() string { return string(r) }
