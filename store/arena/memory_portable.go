//go:build !linux || portablememory

package arena

import (
	"sync"
	"unsafe"
)

// mappings keeps the slices that stand in for mappings reachable, since their
// users hold addresses the collector does not see.
var mappings = struct {
	sync.Mutex
	byAddress map[unsafe.Pointer][]byte
}{byAddress: map[unsafe.Pointer][]byte{}}

// mapMemory returns size bytes of memory from the Go heap, page aligned.
func mapMemory(size int) unsafe.Pointer {
	b := make([]byte, size+osPage)
	start := unsafe.Pointer(unsafe.SliceData(b))
	p := unsafe.Add(start, -int(uintptr(start))&(osPage-1))
	mappings.Lock()
	mappings.byAddress[p] = b
	mappings.Unlock()
	return p
}

// unmapMemory lets the collector reclaim a mapping made by mapMemory.
func unmapMemory(p unsafe.Pointer, _ int) {
	mappings.Lock()
	delete(mappings.byAddress, p)
	mappings.Unlock()
}

// discardMemory does nothing: part of a slice cannot be given back.
func discardMemory(unsafe.Pointer, int) {}
