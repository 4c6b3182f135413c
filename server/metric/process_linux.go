package metric

import (
	"bytes"
	"os"
	"path"
	"strconv"
	"strings"
	"time"
)

// RSS returns the resident memory of the process in bytes.
func RSS() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	return residentPages(string(text)) * int64(os.Getpagesize())
}

// residentPages reads /proc/self/statm.
func residentPages(text string) int64 {
	fields := strings.Fields(text)
	if len(fields) < 2 {
		return 0
	}
	n, _ := strconv.ParseInt(fields[1], 10, 64)
	return max(n, 0)
}

// HugePages returns how much of the process's memory lies on anonymous huge pages, in bytes. It makes the kernel walk
// the page tables, which takes milliseconds per gigabyte.
func HugePages() int64 {
	text, err := os.ReadFile("/proc/self/smaps_rollup")
	if err != nil {
		return 0
	}
	return kilobytes(text, "AnonHugePages:")
}

// TotalMemory returns the memory of the machine in bytes.
func TotalMemory() int64 {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	return kilobytes(text, "MemTotal:")
}

// kilobytes finds the line "name  123 kB" and returns its value in bytes.
func kilobytes(text []byte, name string) int64 {
	for line := range bytes.Lines(text) {
		fields := strings.Fields(string(line))
		if len(fields) >= 2 && fields[0] == name {
			n, err := strconv.ParseInt(fields[1], 10, 54)
			if err != nil || n < 0 {
				return 0
			}
			return n * 1024
		}
	}
	return 0
}

// MemoryLimit returns how much memory the process may use, in bytes: that of the machine, or less if a control group
// limits it.
func MemoryLimit() int64 {
	limit := TotalMemory()
	groups, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return limit
	}
	for _, file := range groupLimitFiles(string(groups)) {
		text, err := os.ReadFile(path.Join("/sys/fs/cgroup", file))
		if err != nil {
			continue
		}
		if n, ok := parseGroupLimit(string(text)); ok && (limit == 0 || n < limit) {
			limit = n
		}
	}
	return limit
}

// groupLimitFiles lists the files below the mount point of the control groups that may limit the memory of a process
// whose /proc/self/cgroup is given: its own group's and those of the groups around it. A container often sees the
// group's path on the host, but its own group mounted as the root; the walk up ends there.
func groupLimitFiles(groups string) (files []string) {
	for line := range strings.Lines(groups) {
		_, rest, _ := strings.Cut(strings.TrimSpace(line), ":") // hierarchy:controllers:path
		controllers, group, ok := strings.Cut(rest, ":")
		if !ok {
			continue
		}
		dir, name := "", "memory.max"
		if controllers != "" {
			if !strings.Contains(","+controllers+",", ",memory,") {
				continue
			}
			dir, name = "memory", "memory.limit_in_bytes"
		}
		for group = path.Clean("/" + group); ; group = path.Dir(group) {
			files = append(files, strings.TrimPrefix(path.Join(dir, group, name), "/"))
			if group == "/" {
				break
			}
		}
	}
	return files
}

// parseGroupLimit reads a limit file. Version 2 writes "max" for no limit, version 1 a huge number.
func parseGroupLimit(text string) (bytes int64, ok bool) {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	return n, err == nil && n > 0
}

// mainThread returns the processor time of the thread the process started with.
func mainThread() Usage {
	pid := strconv.Itoa(os.Getpid())
	text, err := os.ReadFile("/proc/self/task/" + pid + "/stat")
	if err != nil {
		return Usage{}
	}
	return parseStat(string(text))
}

// parseStat reads the times from a stat file of proc(5). The kernel counts them in ticks of 10 ms on every platform Go
// runs on.
func parseStat(text string) Usage {
	const tick = 10 * time.Millisecond
	// The name in parentheses may itself hold anything; fields are counted from after it.
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if len(fields) < 13 {
		return Usage{}
	}
	user, errUser := strconv.ParseInt(fields[11], 10, 48)
	system, errSystem := strconv.ParseInt(fields[12], 10, 48)
	if errUser != nil || errSystem != nil {
		return Usage{}
	}
	return Usage{User: time.Duration(user) * tick, System: time.Duration(system) * tick}
}
