//go:build amd64 || arm64

package dict

import "unsafe"

// prefetch asks the processor to bring the cache line at p closer. It never faults and does not wait.
//
//go:noescape
func prefetch(p unsafe.Pointer)
