//go:build linux && !portablememory

package arena

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// mapMemory returns size bytes of zeroed memory, page aligned, without
// physical memory behind it yet. It panics if the system refuses: the caller
// is in the middle of a change it could not undo.
func mapMemory(size int) unsafe.Pointer {
	p, err := unix.MmapPtr(-1, 0, nil, uintptr(size), unix.PROT_READ|unix.PROT_WRITE,
		unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
	if err != nil {
		panic(fmt.Sprintf("arena: mapping %d bytes: %v", size, err))
	}
	// Fails only where the kernel has no huge pages: then there is nothing to refuse.
	_ = unix.Madvise(unsafe.Slice((*byte)(p), size), unix.MADV_NOHUGEPAGE)
	return p
}

// unmapMemory gives a mapping made by mapMemory back.
func unmapMemory(p unsafe.Pointer, size int) {
	if err := unix.MunmapPtr(p, uintptr(size)); err != nil {
		panic(fmt.Sprintf("arena: unmapping %d bytes: %v", size, err))
	}
}

// discardMemory drops the physical memory of a range; its contents are lost.
// A locked range (mlockall) keeps it, which costs memory and nothing else.
func discardMemory(p unsafe.Pointer, size int) {
	_ = unix.Madvise(unsafe.Slice((*byte)(p), size), unix.MADV_DONTNEED)
}
