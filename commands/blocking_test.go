package commands

import (
	"strings"
	"testing"
	"time"
)

func TestTimeouts(t *testing.T) {
	const ms = time.Millisecond
	for _, tc := range []struct {
		word    string
		seconds time.Duration
		sErr    error
		millis  time.Duration
		mErr    error
	}{
		{"0", 0, nil, 0, nil},
		{"-0", 0, nil, 0, errTimeoutNotInteger},
		{"1", 1000 * ms, nil, ms, nil},
		{"1.5", 1500 * ms, nil, 0, errTimeoutNotInteger},
		{"0.001", ms, nil, 0, errTimeoutNotInteger},
		{"0.0001", ms, nil, 0, errTimeoutNotInteger},
		{"1e-30", ms, nil, 0, errTimeoutNotInteger},
		{"-0.0001", 0, nil, 0, errTimeoutNotInteger},
		{"-1", 0, errTimeoutNegative, 0, errTimeoutNegative},
		{"-0.01", 0, errTimeoutNegative, 0, errTimeoutNotInteger},
		{"0x10", 16000 * ms, nil, 0, errTimeoutNotInteger},
		{"9223372036.854", 9223372036854 * ms, nil, 0, errTimeoutNotInteger},
		{"9223372036854", 9223372036854 * ms, nil, 9223372036854 * ms, nil},
		{"9223372036855", 9223372036854 * ms, nil, 9223372036854 * ms, nil},
		{"9223372036854774", 9223372036854 * ms, nil, 9223372036854 * ms, nil},
		{"9223372036854776", 0, errTimeoutRange, 9223372036854 * ms, nil},
		{"9223372036854774807", 0, errTimeoutRange, 9223372036854 * ms, nil},
		{"9223372036854774808", 0, errTimeoutRange, 0, errTimeoutRange},
		{"9223372036854775808", 0, errTimeoutRange, 0, errTimeoutNotInteger},
		{"1e400", 0, errTimeoutRange, 0, errTimeoutNotInteger},
		{"inf", 0, errTimeoutRange, 0, errTimeoutNotInteger},
		{"-inf", 0, errTimeoutNegative, 0, errTimeoutNotInteger},
		{"nan", 0, errTimeoutNotFloat, 0, errTimeoutNotInteger},
		{"", 0, errTimeoutNotFloat, 0, errTimeoutNotInteger},
		{" 1", 0, errTimeoutNotFloat, 0, errTimeoutNotInteger},
		{"1x", 0, errTimeoutNotFloat, 0, errTimeoutNotInteger},
		{strings.Repeat("1", 5000), 0, errTimeoutNotFloat, 0, errTimeoutNotInteger},
	} {
		c := &Ctx{Args: [][]byte{[]byte(tc.word)}, Now: 1000}
		if got, err := c.TimeoutSeconds(0); got != tc.seconds || err != tc.sErr {
			t.Errorf("%.40q seconds: %v, %v", tc.word, got, err)
		}
		if got, err := c.TimeoutMillis(0); got != tc.millis || err != tc.mErr {
			t.Errorf("%.40q milliseconds: %v, %v", tc.word, got, err)
		}
	}
}
