package config

import (
	"regexp"
	"strings"
)

// Settings that would promise what this server does not do are refused rather than remembered.
var (
	errReplication = reason("replication is not supported by this server")
	errCluster     = reason("cluster mode is not supported by this server")
	errAppendOnly  = reason("the append only file is not supported by this server")
	errTLS         = reason("TLS is not supported by this server")
	errACLFile     = reason("ACL users are not supported by this server")
	errModules     = reason("loading modules is not supported by this server")
)

// offOnly refuses "yes".
func offOnly(reason error) func(bool) error {
	return func(on bool) error {
		if on {
			return reason
		}
		return nil
	}
}

// zeroOnly refuses any other number.
func zeroOnly(reason error) func(int64) error {
	return func(n int64) error {
		if n != 0 {
			return reason
		}
		return nil
	}
}

// emptyOnly refuses any text.
func emptyOnly(reason error) func(string) error {
	return func(s string) error {
		if s != "" {
			return reason
		}
		return nil
	}
}

// baseName refuses paths; what names the kind of thing expected.
func baseName(directive, what string, emptyAllowed bool) func(string) error {
	return func(s string) error {
		switch {
		case s == "" && !emptyAllowed:
			return reason(directive + " can't be empty")
		case strings.ContainsAny(s, `/\`):
			return reason(directive + " can't be a path, just a " + what)
		}
		return nil
	}
}

func hostname(s string) error {
	if len(s) >= 256 {
		return reason("Hostnames must be less than 256 characters")
	}
	for _, c := range []byte(s) {
		if !isAlnum(c) && c != '-' && c != '.' {
			return reason("Hostnames may only contain alphanumeric characters, hyphens or dots")
		}
	}
	return nil
}

func nodename(s string) error {
	if strings.ContainsAny(s, "!#$%&()*+:;<>?@[]^{|}~") {
		return reason("Announced human node name contained invalid character")
	}
	return nil
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// titleVariables tells for each variable of proc-title-template whether it expands to something in a process without a
// title of its own.
var titleVariables = map[string]bool{
	"title": false, "listen-addr": true, "server-mode": false, "config-file": true, "port": true, "tls-port": true,
	"unixsocket": false,
}

// titleTemplate checks braces and variable names, and that the title would not be blank. "{{" stands for a brace.
func titleTemplate(s string) error {
	errTemplate := reason("template format is invalid or contains unknown variables")
	blank := true
	for s != "" {
		plain, rest, found := strings.Cut(s, "{")
		blank = blank && strings.Trim(plain, " ") == ""
		if !found {
			break
		}
		if s, found = strings.CutPrefix(rest, "{"); found {
			blank = false
			continue
		}
		var name string
		if name, s, found = strings.Cut(rest, "}"); !found {
			return errTemplate
		}
		shows, known := titleVariables[name]
		if !known {
			return errTemplate
		}
		blank = blank && !shows
	}
	if blank {
		return errTemplate
	}
	return nil
}

var localeShape = regexp.MustCompile(`^(|C|POSIX|C\.[A-Za-z0-9-]+|[a-z]{2,3}(_[A-Z]{2,3})?(\.[A-Za-z0-9-]+)?(@[A-Za-z]+)?)$`)

// locale accepts what looks like a locale's name: there is no list of them to look it up in.
func locale(s string) error {
	if !localeShape.MatchString(s) {
		return reason("Invalid locale name")
	}
	return nil
}
