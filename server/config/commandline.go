package config

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/cespare/xxhash/v2"
)

// Exit is a command line that ends the process instead of starting a server: help, or an error.
type Exit struct {
	Code   int
	Stdout string
	Stderr string
	Log    string // a warning for the log, on standard output
}

func (e *Exit) Error() string { return e.Stdout + e.Stderr + e.Log }

var errSentinel = reason("Sentinel mode is not supported: run redis-sentinel for it, it can watch servers of any kind " +
	"that speak the protocol")

// FromCommandLine makes the configuration of a server started as argv, with the program's name first:
//
//	synap-server [/path/to/redis.conf | -] [--directive value ...] [-]
//
// The file, standard input ("-") and the options count as one text in this order. The error is always an *Exit.
func FromCommandLine(argv []string, env Env) (*Config, error) {
	c, err := New(env)
	if err != nil {
		return nil, &Exit{Code: 1, Stderr: "Can't determine the working directory: " + osReason(err) + "\n"}
	}
	if len(argv) < 2 {
		return c, nil
	}
	if exit := information(argv); exit != nil {
		return nil, exit
	}
	args := argv[1:]
	if !strings.HasPrefix(args[0], "-") {
		c.Path = absolute(c.StartDir, args[0])
		args = args[1:]
	}
	options, useStdin := optionText(args, len(args) == len(argv)-1)
	var more strings.Builder
	if useStdin {
		if c.Stdin, err = io.ReadAll(env.Stdin); err != nil {
			return nil, &Exit{Code: 1, Log: "Fatal error, can't read the configuration from standard input: " + osReason(err)}
		}
		more.Write(c.Stdin)
	}
	more.WriteString("\n" + options)
	l := c.loader()
	if c.Path != "" {
		err = l.files(c.Path, more.String())
	} else {
		err = l.text(more.String())
	}
	var open *OpenError
	switch {
	case err == nil:
		return c, nil
	case errors.As(err, &open):
		return nil, &Exit{Code: 1, Log: err.Error()}
	}
	return nil, &Exit{Code: 1, Stderr: err.Error()}
}

// information answers options that do not start a server.
func information(argv []string) *Exit {
	switch argv[1] {
	case "-v", "--version":
		return &Exit{Stdout: VersionLine() + "\n"}
	case "-h", "--help":
		return &Exit{Code: 1, Stderr: usage}
	case "--test-memory":
		return &Exit{Code: 1, Stderr: "--test-memory is not supported: test the machine with memtester or memtest86+.\n"}
	case "--check-system":
		return &Exit{Code: 1, Stderr: "--check-system is not supported: this server does not fork, so what it checks (overcommit, " +
			"huge pages, fork bugs) does not concern it.\n"}
	}
	sentinel := strings.Contains(filepath.Base(argv[0]), "redis-sentinel")
	for _, a := range argv[1:] {
		sentinel = sentinel || a == "--sentinel"
	}
	if sentinel {
		return &Exit{Code: 1, Stderr: errSentinel.Error() + ".\n"}
	}
	return nil
}

// optionText turns options into configuration lines. A word that starts with "--" opens a line, unless the directive
// before it still lacks a value: then it is that value. A lone "-" as the first (if no file came before it) or the last
// argument means standard input. "--save" without a value means no save points.
func optionText(args []string, first bool) (text string, useStdin bool) {
	var b strings.Builder
	complete := true
	for i, a := range args {
		last := i == len(args)-1
		switch {
		case a == "-" && (first && i == 0 || last):
			useStdin = true
		case complete && strings.HasPrefix(a, "--"):
			if b.Len() > 0 {
				b.WriteByte('\n')
			}
			b.WriteString(a[2:] + " ")
			words, _ := splitArgs(a)
			complete = len(words) != 1
			if !complete && strings.EqualFold(a, "--save") {
				if last || strings.HasPrefix(args[i+1], "--") {
					b.WriteString(`""`)
					complete = true
				}
			}
		default:
			b.WriteString(quote(a) + " ")
			complete = true
		}
	}
	return b.String(), useStdin
}

func absolute(wd, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(wd, path)
}

// VersionLine is the answer to --version, in the form that scripts parse.
func VersionLine() string {
	commit, modified := "00000000", 0
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision" && len(s.Value) >= 8:
				commit = s.Value[:8]
			case s.Key == "vcs.modified" && s.Value == "true":
				modified = 1
			}
		}
	}
	const bits = 32 << (^uint(0) >> 63)
	return fmt.Sprintf("Redis server v=%s sha=%s:%d malloc=arena bits=%d build=%s synap=%s", Version, commit, modified, bits,
		BuildID(), SynapVersion)
}

// BuildID tells builds from different sources apart.
func BuildID() string {
	build := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		build = info.String()
	}
	return fmt.Sprintf("%x", xxhash.Sum64String(build))
}

const usage = `Usage: synap-server [/path/to/redis.conf | -] [--directive value ...] [-]

Starts the server. Settings come from the file, then from standard input if "-" is given, then from the options; where
they disagree the last one counts. An option is a line of the configuration file with "--" before it.

  -v, --version   print the version
  -h, --help      print this text

Examples:
  synap-server                                     all defaults
  synap-server /etc/redis/redis.conf               settings from a file
  synap-server /etc/redis/redis.conf --port 7777   the same, on another port
  synap-server --port 7777 --save ""               settings from options
  synap-server --bind 127.0.0.1 ::1                a directive with several values
  echo 'maxmemory 1gb' | synap-server -            settings from standard input
`
