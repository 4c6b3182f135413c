package lcs

import (
	"math"
	"math/bits"
)

// Error is a refused computation, worded as Redis's reply without "ERR ".
type Error string

func (e Error) Error() string { return string(e) }

// Errors of this package.
const (
	ErrTooLong  Error = "String too long for LCS"
	ErrTooLarge Error = "Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len"
)

// Range is a run of equal bytes in both strings: a[A[0]:A[1]+1] and b[B[0]:B[1]+1], ends included as the command
// reports them.
type Range struct {
	A, B [2]int64
}

// Len returns the length of the run, in bytes.
func (r Range) Len() int64 { return r.A[1] - r.A[0] + 1 }

// Check reports whether LCS takes strings of these lengths when the transient memory Redis would need, four bytes for
// each pair of positions, is limited to maxBytes (proto-max-bulk-len). The error is ErrTooLong or ErrTooLarge.
func Check(lenA, lenB int, maxBytes int64) error {
	if uint64(lenA) >= math.MaxUint32-1 || uint64(lenB) >= math.MaxUint32-1 {
		return ErrTooLong
	}
	hi, cells := bits.Mul64(uint64(lenA)+1, uint64(lenB)+1)
	if hi != 0 || cells > uint64(max(maxBytes, 0))/4 {
		return ErrTooLarge
	}
	return nil
}

// Length returns the length of the longest common subsequence. It fails as Check does.
func Length(a, b []byte, maxBytes int64) (int64, error) {
	if err := Check(len(a), len(b), maxBytes); err != nil {
		return 0, err
	}
	m := newMatrix(a, b)
	m.run(nil)
	return m.length(), nil
}

// Subsequence returns a longest common subsequence. It fails as Check does.
func Subsequence(a, b []byte, maxBytes int64) ([]byte, error) {
	if err := Check(len(a), len(b), maxBytes); err != nil {
		return nil, err
	}
	m := newMatrix(a, b)
	rows := newRows(len(a), len(b))
	m.run(rows)
	n := m.length()
	result := make([]byte, n)
	for i, j := len(a), len(b); n > 0; {
		switch {
		case a[i-1] == b[j-1]:
			i, j, n = i-1, j-1, n-1
			result[n] = a[i]
		case rows.grows(i, j):
			i--
		default:
			j--
		}
	}
	return result, nil
}

// Matches returns the ranges a longest common subsequence is made of, from the last to the first, without those shorter
// than minLen, and its full length. It fails as Check does.
func Matches(a, b []byte, minLen, maxBytes int64) (ranges []Range, length int64, err error) {
	if err := Check(len(a), len(b), maxBytes); err != nil {
		return nil, 0, err
	}
	m := newMatrix(a, b)
	rows := newRows(len(a), len(b))
	m.run(rows)
	length = m.length()
	end := 0 // of the run in progress in a; 0 if there is none
	var endB int
	finish := func(i, j int) {
		if r := (Range{A: [2]int64{int64(i), int64(end) - 1}, B: [2]int64{int64(j), int64(endB) - 1}}); end > 0 &&
			r.Len() >= minLen {
			ranges = append(ranges, r)
		}
		end = 0
	}
	i, j := len(a), len(b)
	for i > 0 && j > 0 {
		if a[i-1] == b[j-1] {
			if end == 0 {
				end, endB = i, j
			}
			i, j = i-1, j-1
			continue
		}
		finish(i, j)
		if rows.grows(i, j) {
			i--
		} else {
			j--
		}
	}
	finish(i, j)
	return ranges, length, nil
}

// matrix is the state of the row by row computation for strings a and b.
type matrix struct {
	a     []byte
	width int // of a row: len(b)
	// positions[index[c]-1] has a bit for each position of c in b; bytes that do not occur in a have no vector, which
	// keeps the memory below that of the rows.
	positions [][]uint64
	index     [256]int16
	// row has bit j clear if L grows from column j to j+1.
	row []uint64
}

func newMatrix(a, b []byte) *matrix {
	m := &matrix{a: a, width: len(b)}
	words := (len(b) + 63) / 64
	for _, c := range a {
		if m.index[c] == 0 {
			m.positions = append(m.positions, make([]uint64, words))
			m.index[c] = int16(len(m.positions))
		}
	}
	for j, c := range b {
		if k := m.index[c]; k != 0 {
			m.positions[k-1][j/64] |= 1 << (j % 64)
		}
	}
	m.row = make([]uint64, words)
	for w := range m.row {
		m.row[w] = math.MaxUint64
	}
	return m
}

// run computes the rows for all of a and keeps them in rows unless that is nil.
func (m *matrix) run(rows *rows) {
	for i, c := range m.a {
		m.step(m.positions[m.index[c]-1])
		if rows != nil {
			rows.keep(i, m.row)
		}
	}
}

// step computes the next row, for a byte with the given positions in b.
func (m *matrix) step(positions []uint64) {
	var carry uint64
	row := m.row
	positions = positions[:len(row)]
	for w, v := range row {
		u := v & positions[w]
		var sum uint64
		sum, carry = bits.Add64(v, u, carry)
		row[w] = sum | (v &^ u)
	}
}

// length returns L for the latest row: the number of columns where it grows.
func (m *matrix) length() int64 {
	n := 0
	for w, v := range m.row {
		if left := m.width - w*64; left < 64 {
			v |= math.MaxUint64 << left
		}
		n += bits.OnesCount64(^v)
	}
	return int64(n)
}

// rows keeps the bits of all rows, packed without padding: b may be a few bytes long and a many millions.
type rows struct {
	width int
	words []uint64
}

func newRows(height, width int) *rows {
	n := uint64(height) * uint64(width)
	return &rows{width: width, words: make([]uint64, n/64+2)} // one word to spill into at the end
}

// keep stores a row of clear-if-growing bits as row i.
func (r *rows) keep(i int, row []uint64) {
	at := uint64(i) * uint64(r.width)
	word, shift := at/64, at%64
	for w, v := range row {
		v = ^v
		if left := r.width - w*64; left < 64 {
			v &^= math.MaxUint64 << left
		}
		r.words[word] |= v << shift
		r.words[word+1] |= v >> (64 - shift)
		word++
	}
}

// grows reports whether L[i][j] > L[i][j-1].
func (r *rows) grows(i, j int) bool {
	at := uint64(i-1)*uint64(r.width) + uint64(j-1)
	return r.words[at/64]>>(at%64)&1 == 1
}
