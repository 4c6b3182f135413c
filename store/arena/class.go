package arena

import "math/bits"

const (
	unitSize = 64 << 10 // granularity of the pool

	fineLimit   = 256      // classes are 8 bytes apart up to here
	singleLimit = 8 << 10  // largest class served by spans of one unit
	spanLimit   = 64 << 10 // largest class
	spanUnits   = 4        // units of a span of a class above singleLimit
	colors      = 16       // places where the parts of a shared unit begin
	colorBytes  = 64       // distance between them

	pageLimit = 1 << 20 // larger blocks are mappings of their own
	maxSize   = 1 << 30 // largest block

	fineClasses = fineLimit/8 + 1                    // class 0 is unused
	classes     = fineClasses + 8*(16-8)             // 8 per doubling from 2^8 to 2^16
	largeClass  = classes                            // marks a block outside the classes
	osPage      = 4096                               // granularity of physical memory
	_           = uint(spanLimit - 1<<16)            // classes counts on it
	_           = uint(1<<16 - spanUnits*unitSize/8) // offsets in a span fit 16 bits
)

var classSizes = func() (sizes [classes]uint32) {
	for c := 1; c < fineClasses; c++ {
		sizes[c] = uint32(c) * 8
	}
	for c := fineClasses; c < classes; c++ {
		doubling, step := (c-fineClasses)/8, (c-fineClasses)%8
		sizes[c] = uint32(9+step) << (5 + doubling)
	}
	return sizes
}()

// classOf returns the class for a size of 1 to spanLimit bytes.
func classOf(size int) int {
	if size <= fineLimit {
		return (size + 7) / 8
	}
	s := uint(size - 1)
	log := bits.Len(s) - 1
	return fineClasses + (log-8)*8 + int(s>>(log-3))&7
}

// ClassSize returns the number of bytes a block requested with size occupies.
// It panics beyond 1 GiB.
func ClassSize(size int) int {
	size = max(size, 1)
	switch {
	case size <= spanLimit:
		return int(classSizes[classOf(size)])
	case size <= maxSize:
		return roundUp(size, osPage)
	}
	panic("arena: block larger than 1 GiB")
}

func roundUp(n, unit int) int {
	return (n + unit - 1) / unit * unit
}
