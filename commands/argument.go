package commands

// ArgType is the kind of a syntax element, named as COMMAND DOCS names it.
type ArgType string

// The kinds of syntax elements.
const (
	ArgString   ArgType = "string"
	ArgInteger  ArgType = "integer"
	ArgDouble   ArgType = "double"
	ArgKey      ArgType = "key"
	ArgPattern  ArgType = "pattern"
	ArgUnixTime ArgType = "unix-time"
	ArgToken    ArgType = "pure-token"
	ArgOneOf    ArgType = "oneof"
	ArgBlock    ArgType = "block"
)

// Arg is one element of a command's syntax.
type Arg struct {
	Name          string
	Type          ArgType
	Display       string // text shown in place of Name; "" means Name
	Token         string // literal word in front of the value
	KeySpec       int    // index into Command.Keys for ArgKey, else -1
	Optional      bool
	Multiple      bool
	MultipleToken bool // the token is repeated with each value
	Since         string
	Deprecated    string
	Sub           []Arg
}

func arg(name string, t ArgType) Arg { return Arg{Name: name, Type: t, KeySpec: -1} }

// Constructors of syntax elements. Each returns a required, single element; the methods below change that.

// Str is a string value.
func Str(name string) Arg { return arg(name, ArgString) }

// Int is an integer value.
func Int(name string) Arg { return arg(name, ArgInteger) }

// Dbl is a floating-point value.
func Dbl(name string) Arg { return arg(name, ArgDouble) }

// Pattern is a glob pattern.
func Pattern(name string) Arg { return arg(name, ArgPattern) }

// UnixTime is a point in time.
func UnixTime(name string) Arg { return arg(name, ArgUnixTime) }

// Tok is a literal word alone.
func Tok(name, token string) Arg { return arg(name, ArgToken).With(token) }

// KeyArg is a key described by the command's spec-th key spec.
func KeyArg(name string, spec int) Arg {
	a := arg(name, ArgKey)
	a.KeySpec = spec
	return a
}

// OneOf is a choice.
func OneOf(name string, sub ...Arg) Arg {
	a := arg(name, ArgOneOf)
	a.Sub = sub
	return a
}

// Block is a group of elements in order.
func Block(name string, sub ...Arg) Arg {
	a := arg(name, ArgBlock)
	a.Sub = sub
	return a
}

// With puts a literal word in front.
func (a Arg) With(token string) Arg { a.Token = token; return a }

// Opt makes the element optional.
func (a Arg) Opt() Arg { a.Optional = true; return a }

// Many allows the element to be repeated.
func (a Arg) Many() Arg { a.Multiple = true; return a }

// ManyTokens allows the element to be repeated together with its literal word.
func (a Arg) ManyTokens() Arg { a.Multiple, a.MultipleToken = true, true; return a }

// From names the version that introduced the element.
func (a Arg) From(version string) Arg { a.Since = version; return a }

// Until names the version that deprecated the element.
func (a Arg) Until(version string) Arg { a.Deprecated = version; return a }

// Shown sets the text that is displayed in place of the name.
func (a Arg) Shown(text string) Arg { a.Display = text; return a }
