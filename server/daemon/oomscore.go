package daemon

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// OOMScore adjusts what the kernel takes into account when it chooses a process to kill because memory has run out: -1000
// (never this one) to 1000 (https://man7.org/linux/man-pages/man5/proc_pid_oom_score_adj.5.html). It is not safe for
// concurrent use.
type OOMScore struct {
	path     string
	base     int // the adjustment before the first change
	adjusted bool
}

// NewOOMScore is for this process. path is the kernel's file; empty means the usual one.
func NewOOMScore(path string) *OOMScore {
	if path == "" {
		path = "/proc/self/oom_score_adj"
	}
	return &OOMScore{path: path}
}

// Adjust sets the adjustment to score, or if relative is set to score added to what it was before the first change. Results
// out of range become the nearest one. An error means that nothing has changed: lowering takes a privilege, and only Linux
// has this at all.
func (o *OOMScore) Adjust(score int, relative bool) error {
	base := o.base
	if !o.adjusted {
		b, err := os.ReadFile(o.path)
		if err != nil {
			return err
		}
		if base, err = strconv.Atoi(strings.TrimSpace(string(b))); err != nil {
			return fmt.Errorf("%s: %w", o.path, err)
		}
	}
	if relative {
		score += base
	}
	if err := o.write(min(max(score, -1000), 1000)); err != nil {
		return err
	}
	o.base, o.adjusted = base, true
	return nil
}

// Restore undoes Adjust, if it was called.
func (o *OOMScore) Restore() error {
	if !o.adjusted {
		return nil
	}
	if err := o.write(o.base); err != nil {
		return err
	}
	o.adjusted = false
	return nil
}

func (o *OOMScore) write(score int) error {
	f, err := os.OpenFile(o.path, os.O_WRONLY, 0) // never created: elsewhere than on Linux that would be an ordinary file
	if err != nil {
		return err
	}
	_, err = f.WriteString(strconv.Itoa(score))
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}
