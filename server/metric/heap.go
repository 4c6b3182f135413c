package metric

import "runtime/metrics"

// Heap is the Go runtime's heap. All values are in bytes.
type Heap struct {
	Objects int64 // in use or garbage
	Live    int64 // what the last collection found in use, 0 before the first
	Free    int64 // free, and not given back to the system
}

// ReadHeap returns the heap as it is now, without stopping the program. See the names in package runtime/metrics.
func ReadHeap() Heap {
	s := [...]metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/free:bytes"},
	}
	metrics.Read(s[:])
	return Heap{Objects: int64(s[0].Value.Uint64()), Live: int64(s[1].Value.Uint64()), Free: int64(s[2].Value.Uint64())}
}
