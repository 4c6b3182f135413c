package number

import "strings"

// maxExponent is where the exponent of a literal saturates: beyond what any text that fits in memory can make up for
// with digits.
const maxExponent = 1 << 40

type literalKind uint8

const (
	finite literalKind = iota
	infinite
)

// literal is the text of a floating point number taken apart. Its value is ±digits·base^exponent where the digits are
// those of mantissa read as one integer, without the point.
type literal struct {
	mantissa []byte // digits and at most one point, without leading zeros
	count    int    // digits in mantissa
	exponent int64  // of 10 for decimal, of 2 for hexadecimal; saturated at ±maxExponent
	kind     literalKind
	negative bool
	hex      bool
}

// unit is the number of exponent steps one digit is worth.
func (l *literal) unit() int64 {
	if l.hex {
		return 4
	}
	return 1
}

// zero reports whether the number is zero.
func (l *literal) zero() bool { return l.count == 0 }

// magnitude is the exponent of the first digit's left edge: the value is below base^magnitude.
func (l *literal) magnitude() int64 { return l.exponent + int64(l.count)*l.unit() }

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func trimSpace(b []byte) []byte {
	for len(b) > 0 && isSpace(b[0]) {
		b = b[1:]
	}
	return b
}

// scan takes b apart if the whole of it is a number in the syntax of strtod; NaN is not taken for one.
func scan(b []byte) (l literal, ok bool) {
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		l.negative = b[0] == '-'
		b = b[1:]
	}
	if len(b) == 0 {
		return l, false
	}
	if len(b) <= len("infinity") && (b[0] == 'i' || b[0] == 'I') {
		l.kind = infinite
		s := string(b)
		return l, strings.EqualFold(s, "inf") || strings.EqualFold(s, "infinity")
	}
	if len(b) > 2 && b[0] == '0' && b[1]|0x20 == 'x' {
		l.hex = true
		b = b[2:]
	}
	b, ok = l.scanMantissa(b)
	if !ok {
		return l, false
	}
	return l, l.scanExponent(b)
}

// scanMantissa reads the digits and returns what follows them; ok is false if there is no digit.
func (l *literal) scanMantissa(b []byte) (rest []byte, ok bool) {
	var start, fraction, i int
	point, leading := false, true
	for ; i < len(b); i++ {
		c := b[i]
		if c == '.' && !point {
			point = true
			continue
		}
		if !isDigit(c, l.hex) {
			break
		}
		ok = true
		if point {
			fraction++
		}
		if leading && c == '0' {
			continue
		}
		if leading {
			leading = false
			start = i
		}
		l.count++
	}
	if l.count > 0 {
		l.mantissa = b[start:i]
	}
	l.exponent = -int64(fraction) * l.unit()
	return b[i:], ok
}

func isDigit(c byte, hex bool) bool {
	return c >= '0' && c <= '9' || hex && c|0x20 >= 'a' && c|0x20 <= 'f'
}

// scanExponent reads the exponent, which must be all of b, and adds it up.
func (l *literal) scanExponent(b []byte) bool {
	if len(b) == 0 {
		return true
	}
	mark := byte('e')
	if l.hex {
		mark = 'p'
	}
	if b[0]|0x20 != mark {
		return false
	}
	b = b[1:]
	negative := len(b) > 0 && b[0] == '-'
	if negative || len(b) > 0 && b[0] == '+' {
		b = b[1:]
	}
	if len(b) == 0 {
		return false
	}
	var e int64
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
		e = min(e*10+int64(c-'0'), maxExponent)
	}
	if negative {
		e = -e
	}
	l.exponent += e
	return true
}

// digits appends the first n digits of the mantissa to dst, and reports whether any digit left out is not zero.
func (l *literal) digits(dst []byte, n int) (out []byte, more bool) {
	for _, c := range l.mantissa {
		switch {
		case c == '.':
		case n > 0:
			dst = append(dst, c)
			n--
		case c != '0':
			return dst, true
		}
	}
	return dst, false
}
