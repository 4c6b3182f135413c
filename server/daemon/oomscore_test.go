package daemon

import (
	"os"
	"path/filepath"
	"testing"
)

// kernelFile is a file that takes numbers as the kernel's does: each write replaces what was there.
func kernelFile(t *testing.T, content string) (path string, value func() string, set func(string)) {
	path = filepath.Join(t.TempDir(), "oom_score_adj")
	set = func(v string) {
		if err := os.WriteFile(path, []byte(v), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	set(content)
	return path, func() string {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}, set
}

func TestOOMScore(t *testing.T) {
	// All values have as many digits: an ordinary file keeps what a shorter write does not reach.
	path, value, set := kernelFile(t, "222\n")
	o := NewOOMScore(path)
	check := func(what string, err error, want string) {
		t.Helper()
		if got := value(); err != nil || got != want+"\n" {
			t.Errorf("%s: %q, %v, want %s", what, got, err, want)
		}
	}
	check("nothing to restore", o.Restore(), "222")
	check("relative", o.Adjust(100, true), "322")
	check("relative to the first", o.Adjust(200, true), "422")
	check("absolute", o.Adjust(555, false), "555")
	check("restored", o.Restore(), "222")
	set("333\n")
	check("nothing to restore any more", o.Restore(), "333")
	check("relative to what it is now", o.Adjust(-100, true), "233")
}

func TestOOMScoreLimits(t *testing.T) {
	path, value, _ := kernelFile(t, "0")
	o := NewOOMScore(path)
	if err := o.Adjust(2000, true); err != nil || value() != "1000" {
		t.Errorf("%s, %v", value(), err)
	}
	if err := o.Adjust(-2000, false); err != nil || value() != "-1000" {
		t.Errorf("%s, %v", value(), err)
	}
}

// TestOOMScoreFails: where the file is missing or strange nothing is changed, created or remembered.
func TestOOMScoreFails(t *testing.T) {
	path, value, set := kernelFile(t, "a number")
	o := NewOOMScore(path)
	if o.Adjust(100, true) == nil || value() != "a number" {
		t.Error("it was added to no number")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if o.Adjust(100, false) == nil {
		t.Error("a missing file is no error")
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the file was created")
	}
	set("500")
	if err := o.Restore(); err != nil || value() != "500" {
		t.Errorf("restored to %s, %v", value(), err)
	}
}
