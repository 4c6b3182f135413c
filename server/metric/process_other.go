//go:build !linux

package metric

import "runtime/metrics"

// RSS returns the memory the Go runtime has mapped and not given back, in bytes, in place of the resident memory.
func RSS() int64 {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	return int64(s[0].Value.Uint64() - s[1].Value.Uint64())
}

// HugePages is unknown on this platform and returns 0.
func HugePages() int64 { return 0 }

// TotalMemory is unknown on this platform and returns 0.
func TotalMemory() int64 { return 0 }

// MemoryLimit is unknown on this platform and returns 0.
func MemoryLimit() int64 { return 0 }

func mainThread() Usage { return Usage{} }
