package hyperloglog

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
)

// The extent of a self-test.
const (
	testRounds   = 1000
	testElements = 10_000_000
)

// SelfTest checks the registers, and the estimates of both forms up to ten million elements, with numbers drawn from r. limit is
// that of Add. It takes about a second. The error says what went wrong.
func SelfTest(r *rand.Rand, limit int) error {
	if err := testRegisters(r, testRounds); err != nil {
		return err
	}
	return testEstimates(r.Uint64(), testElements, limit)
}

func testRegisters(r *rand.Rand, rounds int) error {
	dense := make([]byte, DenseSize)
	var want Union
	for range rounds {
		for i := range want {
			want[i] = byte(r.Uint64() & 63)
			setDense(dense, i, want[i])
		}
		for i, v := range want {
			if got := Register(dense, i); got != v {
				return fmt.Errorf("TESTFAILED Register %d should be %d but is %d", i, v, got)
			}
		}
	}
	return nil
}

// testEstimates adds the same elements to both forms and compares at every power of ten.
func testEstimates(salt uint64, elements, limit int) error {
	dense, err := AppendDense(nil, AppendEmpty(nil))
	if err != nil {
		return err
	}
	sketch, checkpoint := AppendEmpty(nil), 1
	var element [8]byte
	for n := 1; n <= elements; n++ {
		binary.LittleEndian.PutUint64(element[:], uint64(n)^salt)
		index, value := rank(element[:])
		raiseDense(dense, index, value)
		if sketch, _, err = raise(sketch, index, value, limit); err != nil {
			return err
		}
		if n == checkpoint {
			if err := checkEstimate(dense, sketch, n, limit); err != nil {
				return err
			}
			checkpoint *= 10
		}
	}
	return nil
}

// checkEstimate wants an error of at most six times the standard error; of ten elements one may be missed.
func checkEstimate(dense, sketch []byte, n, limit int) error {
	if n < limit/2 && Dense(sketch) {
		return fmt.Errorf("TESTFAILED sparse encoding not used")
	}
	got, err := Count(dense)
	if err != nil {
		return err
	}
	if other, err := Count(sketch); err != nil || other != got {
		return fmt.Errorf("TESTFAILED dense/sparse disagree")
	}
	most := int64(math.Ceil(1.04 / math.Sqrt(Registers) * 6 * float64(n)))
	if n == 10 {
		most = 1
	}
	if off := max(got-int64(n), int64(n)-got); off > most {
		return fmt.Errorf("TESTFAILED Too big error. card:%d abserr:%d", n, off)
	}
	return nil
}
