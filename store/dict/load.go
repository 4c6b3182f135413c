//go:build !race

package dict

import "unsafe"

// load reads an address as a pointer. p need not be aligned.
func load(p *address) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(p)) }
