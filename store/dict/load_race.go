//go:build race

package dict

import "unsafe"

// load reads an address as a pointer. The race detector's build checks that
// pointers are read from aligned places only, which a table inside a larger
// structure does not offer; the copy is aligned.
func load(p *address) unsafe.Pointer {
	aligned := *p
	return *(*unsafe.Pointer)(unsafe.Pointer(&aligned))
}
