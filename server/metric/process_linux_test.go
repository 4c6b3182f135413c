package metric

import (
	"slices"
	"testing"
	"time"
)

func TestMachine(t *testing.T) {
	total, limit := TotalMemory(), MemoryLimit()
	if total < 1<<24 || limit <= 0 || limit > total {
		t.Errorf("total %d, limit %d", total, limit)
	}
	if rss := RSS(); rss > total {
		t.Errorf("RSS %d of %d", rss, total)
	}
	if huge := HugePages(); huge < 0 || huge > total {
		t.Errorf("huge pages %d of %d", huge, total)
	}
}

func TestResidentPages(t *testing.T) {
	for text, want := range map[string]int64{"1000 250 30 4 0 600 0\n": 250, "": 0, "1": 0, "1 x": 0, "1 -5": 0} {
		if got := residentPages(text); got != want {
			t.Errorf("residentPages(%q) = %d, want %d", text, got, want)
		}
	}
}

func TestKilobytes(t *testing.T) {
	text := []byte("MemTotal:       16384 kB\nMemFree: 1 kB\nMemTotalX: 9 kB\nOdd:\nMinus: -4 kB\nHuge: 99999999999999999999 kB\n")
	for name, want := range map[string]int64{
		"MemTotal:": 16 << 20, "MemFree:": 1024, "None:": 0, "Odd:": 0, "Minus:": 0, "Huge:": 0,
	} {
		if got := kilobytes(text, name); got != want {
			t.Errorf("kilobytes(%s) = %d, want %d", name, got, want)
		}
	}
}

func TestGroupLimitFiles(t *testing.T) {
	tests := []struct {
		name, groups string
		want         []string
	}{
		{"version 2 at the root", "0::/\n", []string{"memory.max"}},
		{
			"version 2 nested", "0::/system.slice/a.service\n",
			[]string{"system.slice/a.service/memory.max", "system.slice/memory.max", "memory.max"},
		},
		{
			"version 1", "12:cpu,cpuacct:/x\n5:memory:/docker/1\n1:name=systemd:/\n",
			[]string{"memory/docker/1/memory.limit_in_bytes", "memory/docker/memory.limit_in_bytes",
				"memory/memory.limit_in_bytes"},
		},
		{"outside of the namespace", "0::/../other\n", []string{"other/memory.max", "memory.max"}},
		{"nothing", "", nil},
		{"garbage", "memory\n:\n", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := groupLimitFiles(tt.groups); !slices.Equal(got, tt.want) {
				t.Errorf("= %q, want %q", got, tt.want)
			}
		})
	}
}

func TestParseGroupLimit(t *testing.T) {
	tests := []struct {
		text string
		want int64
		ok   bool
	}{
		{"1073741824\n", 1 << 30, true},
		{"9223372036854771712\n", 9223372036854771712, true},
		{"max\n", 0, false}, {"0\n", 0, false}, {"-1\n", -1, false}, {"", 0, false},
	}
	for _, tt := range tests {
		if got, ok := parseGroupLimit(tt.text); ok != tt.ok || ok && got != tt.want {
			t.Errorf("parseGroupLimit(%q) = %d, %v", tt.text, got, ok)
		}
	}
}

func TestParseStat(t *testing.T) {
	const fields = " S 1 2 3 4 5 6 7 8 9 10 150 25 0 0"
	want := Usage{User: 1500 * time.Millisecond, System: 250 * time.Millisecond}
	for _, text := range []string{"42 (synap)" + fields, "42 (odd ) name)" + fields} {
		if got := parseStat(text); got != want {
			t.Errorf("parseStat(%q) = %+v", text, got)
		}
	}
	for _, text := range []string{"", "42 (synap) S 1", "42 (synap) S 1 2 3 4 5 6 7 8 9 10 x 25 0"} {
		if got := parseStat(text); got != (Usage{}) {
			t.Errorf("parseStat(%q) = %+v", text, got)
		}
	}
	if mainThread().User < 0 {
		t.Error("mainThread")
	}
}
