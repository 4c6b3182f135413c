package daemon

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// DefaultPIDFile is used by a background process whose configuration names none.
const DefaultPIDFile = "/var/run/redis.pid"

// WritePIDFile writes the number of this process to path.
func WritePIDFile(path string) error {
	return os.WriteFile(path, fmt.Appendf(nil, "%d\n", os.Getpid()), 0o644)
}

// RemovePIDFile removes the file if it still names this process: a successor may have taken it over. A missing file is
// not an error.
func RemovePIDFile(path string) error {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if strings.TrimSpace(string(b)) != fmt.Sprint(os.Getpid()) {
		return nil
	}
	return os.Remove(path)
}
