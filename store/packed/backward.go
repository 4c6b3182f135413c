package packed

// Backward remembers where elements of a block begin that lie before a walk towards the front. In a two-way block it has nothing
// to do. In a forward block it goes over the elements from the first on, and keeps the offsets of the last ones, and of
// others here and there from which it can go on when those are used up: as the room for them gets free, ever more closely.
// So a walk through some ten thousand elements steps over each a few times. The zero value is ready for use with one block,
// and after the walk has met that one's first element, or Reset, with another.
type Backward struct {
	few   [32]uint32 // offsets of elements before the place, one after another and round again
	end   int        // behind the nearest of them
	known int        // how many they are
	marks [32]uint32 // offsets further to the front, in order
	top   int        // how many they are
}

// Prev is the offset n elements before the one at an offset, or before the block's end; -1 if that is the first element.
// Otherwise there are as many. Each call but the first of a walk gets the offset that the one before has returned, and the
// same block and n.
func (w *Backward) Prev(b []byte, at, n int) int {
	if at == HeaderSize {
		return -1
	}
	if LayoutOf(b) == TwoWay {
		for ; n > 0; n-- {
			at = Prev(b, at)
		}
		return at
	}
	if w.known == 0 {
		w.learn(b, at, len(b), n)
	}
	return w.nearest()
}

// Seek is the offset where a walk in steps of n elements begins, and i steps lead to the first element.
func (w *Backward) Seek(b []byte, i, n int) int {
	if LayoutOf(b) == TwoWay {
		return Index(b, i*n)
	}
	w.Reset()
	w.learn(b, len(b), i+1, n)
	return w.nearest()
}

// Reset makes w ready for another walk.
func (w *Backward) Reset() { w.known, w.top = 0, 0 }

// nearest takes the nearest offset of those before the place.
func (w *Backward) nearest() int {
	w.known--
	w.end--
	return int(w.few[w.end%len(w.few)])
}

// learn goes over the elements, n at a time and most times, between the nearest mark and an offset.
func (w *Backward) learn(b []byte, at, most, n int) {
	from := HeaderSize
	for ; w.top > 0; w.top-- {
		if mark := int(w.marks[w.top-1]); mark < at {
			from = mark
			break
		}
	}
	more := w.marks[w.top:]
	more = more[:(len(more)+1)/2] // the others are for the way between these
	sizes := SizesIn(b)
	around, i, stride, marks := sizes.empty(), 0, len(w.few), 0
	for next := stride; from < at && i < most; i++ {
		w.few[i%len(w.few)] = uint32(from)
		if i == next {
			if marks == len(more) { // every second one must do
				marks, stride = thin(more), 2*stride
			}
			if i%stride == 0 && marks < len(more) {
				more[marks] = uint32(from)
				marks++
			}
			next = i - i%stride + stride
		}
		for k := n; k > 0; k-- {
			behind := from + around
			if h := int(b[from]); h < shortLimit {
				from = behind + h
			} else {
				from += sizes.At(b, from)
			}
		}
	}
	w.top += marks
	w.end, w.known = i, min(i, len(w.few))
}

// thin drops every second of the marks, the first one first, and returns how many are left.
func thin(marks []uint32) int {
	for k := range len(marks) / 2 {
		marks[k] = marks[2*k+1]
	}
	return len(marks) / 2
}
