package config

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// savePoints is the save directive: pairs of seconds and changes.
type savePoints struct{}

var (
	defaultSave = []SavePoint{{3600, 1}, {300, 100}, {60, 10000}}
	errSave     = reason("Invalid save parameters")
)

func (savePoints) reset(v *Values) { v.Save = slices.Clone(defaultSave) }

func (savePoints) set(c *Config, args []string) error {
	points, err := parseSave(args)
	if err == nil {
		c.Save = points
	}
	return err
}

// add is set for the second and later lines of one start-up: they add points, and an empty value drops all before it.
func (savePoints) add(c *Config, args []string) error {
	points, err := parseSave(args)
	if err != nil {
		return err
	}
	if len(args) == 1 {
		c.Save = nil
		return nil
	}
	c.Save = append(slices.Clone(c.Save), points...)
	return nil
}

func parseSave(args []string) ([]SavePoint, error) {
	if len(args) == 1 && args[0] == "" {
		return nil, nil
	}
	if len(args)%2 != 0 {
		return nil, errSave
	}
	var points []SavePoint
	for i := 0; i < len(args); i += 2 {
		seconds, ok1 := parseLoose(args[i])
		changes, ok2 := parseLoose(args[i+1])
		if !ok1 || !ok2 || seconds < 1 || changes < 0 || changes > math.MaxInt32 {
			return nil, errSave
		}
		points = append(points, SavePoint{seconds, int(changes)})
	}
	return points, nil
}

func (savePoints) get(v *Values) string {
	parts := make([]string, len(v.Save))
	for i, p := range v.Save {
		parts[i] = fmt.Sprintf("%d %d", p.Seconds, p.Changes)
	}
	return strings.Join(parts, " ")
}

func (savePoints) rewrite(v *Values) []fileValue {
	if len(v.Save) == 0 {
		return []fileValue{{`""`, true}}
	}
	lines := make([]fileValue, len(v.Save))
	for i, p := range v.Save {
		lines[i] = fileValue{fmt.Sprintf("%d %d", p.Seconds, p.Changes), true}
	}
	return lines
}

// addresses is the bind directive.
type addresses struct{}

const maxBind = 16

var defaultBind = []string{"*", "-::*"}

func (addresses) reset(v *Values) { v.Bind = slices.Clone(defaultBind) }

func (addresses) set(c *Config, args []string) error {
	if len(args) > maxBind {
		return reason("Too many bind addresses specified.")
	}
	if len(args) == 1 && args[0] == "" {
		args = nil
	}
	for _, a := range args {
		// No host has such a name, and a file could not say it on one line.
		if a == "" || strings.ContainsFunc(a, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`"'\`, r) }) {
			return reason("Failed to bind to specified addresses.")
		}
	}
	c.Bind = slices.Clone(args)
	return nil
}

func (addresses) get(v *Values) string { return strings.Join(v.Bind, " ") }

func (addresses) rewrite(v *Values) []fileValue {
	switch {
	case slices.Equal(v.Bind, defaultBind):
		return nil
	case len(v.Bind) == 0:
		return []fileValue{{`""`, true}}
	}
	return []fileValue{{strings.Join(v.Bind, " "), true}}
}

// bufferLimits is client-output-buffer-limit: groups of class, hard limit, soft limit, soft seconds.
type bufferLimits struct{}

var defaultBufferLimits = [3]OutputBufferLimit{
	ClientReplica: {256 << 20, 64 << 20, 60},
	ClientPubSub:  {32 << 20, 8 << 20, 60},
}

func (bufferLimits) reset(v *Values) { v.ClientOutputBufferLimit = defaultBufferLimits }

func (bufferLimits) set(c *Config, args []string) error {
	if len(args)%4 != 0 {
		return reason("Wrong number of arguments in buffer limit configuration.")
	}
	limits := c.ClientOutputBufferLimit
	for ; len(args) > 0; args = args[4:] {
		var class ClientClass
		switch strings.ToLower(args[0]) {
		case "normal":
			class = ClientNormal
		case "slave", "replica":
			class = ClientReplica
		case "pubsub":
			class = ClientPubSub
		default:
			return reason("Invalid client class specified in buffer limit configuration.")
		}
		hard, err1 := ParseMemory(args[1])
		soft, err2 := ParseMemory(args[2])
		seconds, ok := parseLoose(args[3])
		if err1 != nil || err2 != nil || !ok || seconds < 0 {
			return reason("Error in hard, soft or soft_seconds setting in buffer limit configuration.")
		}
		limits[class] = OutputBufferLimit{hard, soft, seconds}
	}
	c.ClientOutputBufferLimit = limits
	return nil
}

func (bufferLimits) get(v *Values) string {
	parts := make([]string, 0, 3)
	for class, l := range v.ClientOutputBufferLimit {
		name := [...]string{"normal", "slave", "pubsub"}[class]
		parts = append(parts, fmt.Sprintf("%s %d %d %d", name, l.Hard, l.Soft, l.SoftSeconds))
	}
	return strings.Join(parts, " ")
}

func (bufferLimits) rewrite(v *Values) []fileValue {
	var lines []fileValue
	for class, l := range v.ClientOutputBufferLimit {
		name := [...]string{"normal", "replica", "pubsub"}[class]
		line := fmt.Sprintf("%s %s %s %d", name, formatMemory(l.Hard), formatMemory(l.Soft), l.SoftSeconds)
		lines = append(lines, fileValue{line, l != defaultBufferLimits[class]})
	}
	return lines
}

// oomScores is oom-score-adj-values.
type oomScores struct{}

var defaultOOMScores = [3]int{0, 200, 800}

func (oomScores) reset(v *Values) { v.OOMScoreAdjValues = defaultOOMScores }

func (oomScores) set(c *Config, args []string) error {
	if len(args) != 3 {
		return errArgs
	}
	var scores [3]int
	for i, a := range args {
		n, ok := parseLoose(a)
		if !ok || n < -2000 || n > 2000 {
			return reason("Invalid oom-score-adj-values, elements must be between -2000 and 2000.")
		}
		scores[i] = int(n)
	}
	c.OOMScoreAdjValues = scores
	return nil
}

func (oomScores) get(v *Values) string {
	s := v.OOMScoreAdjValues
	return fmt.Sprintf("%d %d %d", s[0], s[1], s[2])
}

func (k oomScores) rewrite(v *Values) []fileValue {
	return []fileValue{{k.get(v), v.OOMScoreAdjValues != defaultOOMScores}}
}

// notifyEvents is notify-keyspace-events.
type notifyEvents struct{}

func (notifyEvents) reset(v *Values) { v.NotifyKeyspaceEvents = 0 }

func (notifyEvents) set(c *Config, args []string) error {
	if len(args) != 1 {
		return errArgs
	}
	flags, ok := ParseNotifyFlags(args[0])
	if !ok {
		return reason("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")
	}
	c.NotifyKeyspaceEvents = flags
	return nil
}

func (notifyEvents) get(v *Values) string { return v.NotifyKeyspaceEvents.String() }

func (k notifyEvents) rewrite(v *Values) []fileValue {
	return []fileValue{{quote(k.get(v)), v.NotifyKeyspaceEvents != 0}}
}

// percentiles is latency-tracking-info-percentiles.
type percentiles struct{}

func (percentiles) reset(v *Values) { v.LatencyPercentiles = []float64{50, 99, 99.9} }

func (percentiles) set(c *Config, args []string) error {
	if len(args) == 1 && args[0] == "" {
		args = nil
	}
	list := make([]float64, len(args))
	for i, a := range args {
		p, err := strconv.ParseFloat(a, 64)
		if err != nil || math.IsNaN(p) {
			return reason("Invalid latency-tracking-info-percentiles parameters")
		}
		if p < 0 || p > 100 {
			return reason("latency-tracking-info-percentiles parameters should sit between [0.0,100.0]")
		}
		list[i] = p
	}
	c.LatencyPercentiles = list
	return nil
}

func (percentiles) get(v *Values) string {
	parts := make([]string, len(v.LatencyPercentiles))
	for i, p := range v.LatencyPercentiles {
		s := strconv.FormatFloat(p, 'f', 6, 64)
		parts[i] = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	}
	return strings.Join(parts, " ")
}

func (k percentiles) rewrite(v *Values) []fileValue {
	if len(v.LatencyPercentiles) == 0 {
		return []fileValue{{`""`, true}}
	}
	return []fileValue{{k.get(v), true}}
}

// directory is dir: the process changes into it, so that relative names of later directives are taken from there.
type directory struct{}

func (directory) reset(v *Values) { v.Dir = "" }

func (directory) set(c *Config, args []string) error {
	if len(args) != 1 {
		return errArgs
	}
	if err := c.env.Chdir(args[0]); err != nil {
		return reason(osReason(err))
	}
	wd, err := c.env.Getwd()
	if err != nil {
		return reason(osReason(err))
	}
	c.Dir = wd
	return nil
}

func (directory) get(v *Values) string { return v.Dir }

func (directory) rewrite(v *Values) []fileValue { return []fileValue{{quote(v.Dir), true}} }

// flagWords is a set of shutdown options.
type flagWords struct {
	at func(*Values) *ShutdownFlags
}

func (k flagWords) reset(v *Values) { *k.at(v) = 0 }

func (k flagWords) set(c *Config, args []string) error {
	if len(args) == 0 {
		return errWords(shutdownFlags)
	}
	var flags ShutdownFlags
	for _, a := range args {
		f, ok := valueOf(shutdownFlags, a)
		if !ok {
			return errWords(shutdownFlags)
		}
		flags |= f
	}
	if flags&ShutdownSave != 0 && flags&ShutdownNoSave != 0 {
		return reason("shutdown options SAVE and NOSAVE can't be used simultaneously")
	}
	*k.at(&c.Values) = flags
	return nil
}

func (k flagWords) get(v *Values) string { return k.at(v).String() }

func (k flagWords) rewrite(v *Values) []fileValue { return []fileValue{{k.get(v), *k.at(v) != 0}} }

// primaryAddress is replicaof.
type primaryAddress struct{}

func (primaryAddress) reset(v *Values) { v.ReplicaOfHost, v.ReplicaOfPort = "", 0 }

func (primaryAddress) set(c *Config, args []string) error {
	if len(args) != 2 {
		return errArgs
	}
	if strings.EqualFold(args[0], "no") && strings.EqualFold(args[1], "one") {
		c.ReplicaOfHost, c.ReplicaOfPort = "", 0
		return nil
	}
	port, ok := parseLoose(args[1])
	if !ok || port < 0 || port > 65535 {
		return reason("Invalid master port")
	}
	return errReplication
}

func (primaryAddress) get(v *Values) string {
	if v.ReplicaOfHost == "" {
		return ""
	}
	return fmt.Sprintf("%s %d", v.ReplicaOfHost, v.ReplicaOfPort)
}

func (k primaryAddress) rewrite(v *Values) []fileValue {
	if v.ReplicaOfHost == "" {
		return nil
	}
	return []fileValue{{k.get(v), true}}
}
