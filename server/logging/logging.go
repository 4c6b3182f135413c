package logging

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Level is the seriousness of a message.
type Level int32

// Levels. Nothing is a threshold only.
const (
	Debug Level = iota
	Verbose
	Notice
	Warning
	Nothing
)

var levelNames = [...]string{"debug", "verbose", "notice", "warning", "nothing"}

// ParseLevel reads a level's name.
func ParseLevel(name string) (Level, bool) {
	for i, n := range levelNames {
		if strings.EqualFold(n, name) {
			return Level(i), true
		}
	}
	return 0, false
}

func (l Level) String() string {
	if l < Debug || l > Nothing {
		return fmt.Sprintf("Level(%d)", int(l))
	}
	return levelNames[l]
}

// Role is the letter that tells what the process is.
type Role byte

// Roles.
const (
	Primary Role = 'M'
	Replica Role = 'S'
	Starter Role = 'C' // not serving yet
)

// Syslog receives messages beside the log file; see DialSyslog.
type Syslog interface {
	Write(level Level, message string) error
	Close() error
}

// Options configure a Logger. The zero value logs everything to standard output.
type Options struct {
	Path   string    // log file; empty: Output
	Output io.Writer // nil: standard output
	Level  Level     // least serious level that is logged
	Role   Role      // zero: Starter
	Syslog Syslog    // nil: none
	PID    int       // zero: this process
	Now    func() time.Time
}

// Logger writes log lines.
type Logger struct {
	path   string
	now    func() time.Time
	pid    int
	level  atomic.Int32
	role   atomic.Int32
	syslog Syslog

	out struct {
		sync.Mutex
		w io.Writer
	}
}

// New returns a Logger. It does not touch the log file. A relative path keeps meaning what it means now, whatever
// directory the process changes into.
func New(o Options) *Logger {
	l := &Logger{path: o.Path, now: o.Now, pid: o.PID, syslog: o.Syslog}
	if l.now == nil {
		l.now = time.Now
	}
	if l.pid == 0 {
		l.pid = os.Getpid()
	}
	if abs, err := filepath.Abs(o.Path); o.Path != "" && err == nil {
		l.path = abs
	}
	l.out.w = o.Output
	if o.Output == nil {
		l.out.w = os.Stdout
	}
	if o.Role == 0 {
		o.Role = Starter
	}
	l.level.Store(int32(o.Level))
	l.role.Store(int32(o.Role))
	return l
}

// SetLevel changes the least serious level that is logged.
func (l *Logger) SetLevel(level Level) { l.level.Store(int32(level)) }

// SetRole changes the letter that tells what the process is.
func (l *Logger) SetRole(r Role) { l.role.Store(int32(r)) }

// Enabled reports whether messages of a level are logged, for messages that are costly to make.
func (l *Logger) Enabled(level Level) bool { return level >= Level(l.level.Load()) && level < Nothing }

// Logf writes one line. Line breaks inside the message are kept, as a crash report needs them.
func (l *Logger) Logf(level Level, format string, args ...any) {
	if level < Debug || !l.Enabled(level) {
		return
	}
	message := format
	if len(args) > 0 {
		message = fmt.Sprintf(format, args...)
	}
	l.write(l.line(level, message))
	if l.syslog != nil {
		// Like the file: nowhere to report a failure.
		_ = l.syslog.Write(level, message)
	}
}

// Log writes one line at the level of this name; an unknown name counts as a warning rather than being lost.
func (l *Logger) Log(level, format string, args ...any) {
	lv, ok := ParseLevel(level)
	if !ok {
		lv = Warning
	}
	l.Logf(lv, format, args...)
}

func (l *Logger) line(level Level, message string) []byte {
	const stamp = "02 Jan 2006 15:04:05.000"
	b := fmt.Appendf(nil, "%d:%c ", l.pid, rune(l.role.Load()))
	b = l.now().AppendFormat(b, stamp)
	b = append(b, ' ', ".-*#"[level], ' ')
	b = append(b, message...)
	return append(b, '\n')
}

func (l *Logger) write(line []byte) {
	if l.path == "" {
		l.out.Lock()
		defer l.out.Unlock()
		_, _ = l.out.w.Write(line)
		return
	}
	f, err := os.OpenFile(l.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o666)
	if err != nil {
		return
	}
	_, _ = f.Write(line)
	_ = f.Close()
}

// Close releases the connection to syslog. The Logger can still write to its file.
func (l *Logger) Close() error {
	if l.syslog == nil {
		return nil
	}
	return l.syslog.Close()
}
