package packagehash

import (
	"bytes"
	"errors"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

var (
	errControl = errors.New("control character in a string")
	errEscape  = errors.New("invalid escape")
	errString  = errors.New("string without end")
	errNumber  = errors.New("no value")
)

// str reads a string into d.scratch. Python keeps a \u escape that is half of a
// surrogate pair; here it becomes three bytes, as if UTF-8 had surrogates. They
// sort by code point like all others.
func (d *document) str() error {
	d.scratch = d.scratch[:0]
	d.pos++
	for start := d.pos; d.pos < len(d.in); {
		switch c := d.in[d.pos]; {
		case c == '"':
			d.scratch = append(d.scratch, d.in[start:d.pos]...)
			d.pos++
			return nil
		case c < ' ':
			return errControl
		case c == '\\':
			d.scratch = append(d.scratch, d.in[start:d.pos]...)
			d.pos++
			if err := d.escape(); err != nil {
				return err
			}
			start = d.pos
		default:
			d.pos++
		}
	}
	return errString
}

// The escapes of one character and what they stand for.
const (
	escapes = `"\/bfnrt`
	escaped = "\"\\/\b\f\n\r\t"
)

// escape reads what follows a backslash.
func (d *document) escape() error {
	c := d.peek()
	d.pos++
	if i := strings.IndexByte(escapes, c); i >= 0 {
		d.scratch = append(d.scratch, escaped[i])
		return nil
	}
	if c != 'u' {
		return errEscape
	}
	r, ok := d.hex()
	if !ok {
		return errEscape
	}
	if strings.HasPrefix(d.in[d.pos:], `\u`) && utf16.IsSurrogate(r) {
		before := d.pos
		d.pos += 2
		low, ok := d.hex()
		if !ok {
			return errEscape
		}
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			r = pair
		} else {
			d.pos = before
		}
	}
	if utf16.IsSurrogate(r) {
		d.scratch = append(d.scratch, 0xe0|byte(r>>12), 0x80|byte(r>>6)&0x3f, 0x80|byte(r)&0x3f)
	} else {
		d.scratch = utf8.AppendRune(d.scratch, r)
	}
	return nil
}

// hex reads four hexadecimal digits.
func (d *document) hex() (rune, bool) {
	const digits = "0123456789abcdef0123456789ABCDEF"
	if len(d.in)-d.pos < 4 {
		return 0, false
	}
	var r rune
	for range 4 {
		i := strings.IndexByte(digits, d.in[d.pos])
		if i < 0 {
			return 0, false
		}
		r = r<<4 | rune(i&15)
		d.pos++
	}
	return r, true
}

// appendQuoted appends a string as Python writes it: in ASCII, with escapes in
// lower case for all that is not printable.
func appendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if ' ' <= c && c <= '~' && c != '"' && c != '\\' {
			dst = append(dst, c)
			i++
			continue
		}
		if j := strings.IndexByte(escaped, c); j >= 0 {
			dst = append(dst, '\\', escapes[j])
			i++
			continue
		}
		r, size := decode(s[i:])
		i += size
		if r > math.MaxUint16 {
			high, low := utf16.EncodeRune(r)
			dst = appendEscape(dst, high)
			r = low
		}
		dst = appendEscape(dst, r)
	}
	return append(dst, '"')
}

// decode returns the first code point of s, which may be a surrogate, and its
// length in bytes.
func decode(s string) (rune, int) {
	if r, size := utf8.DecodeRuneInString(s); r != utf8.RuneError || size > 1 {
		return r, size
	}
	return rune(s[0]&0xf)<<12 | rune(s[1]&0x3f)<<6 | rune(s[2]&0x3f), 3
}

// appendEscape appends a UTF-16 code unit.
func appendEscape(dst []byte, unit rune) []byte {
	const digits = "0123456789abcdef"
	return append(dst, '\\', 'u', digits[unit>>12&15], digits[unit>>8&15], digits[unit>>4&15], digits[unit&15])
}

// number reads a number. Integers have any length, as in the Python of the
// artifact's time (later ones stop at 4,300 digits); all other numbers are binary
// floating point, of 64 bits.
func (d *document) number() error {
	start := d.pos
	if d.peek() == '-' {
		d.pos++
	}
	whole := d.digits()
	if whole == "" || len(whole) > 1 && whole[0] == '0' {
		return errNumber
	}
	var fraction, exponent string
	if d.peek() == '.' {
		d.pos++
		if fraction = d.digits(); fraction == "" {
			return errNumber
		}
	}
	if c := d.peek(); c == 'e' || c == 'E' {
		d.pos++
		sign := ""
		if c := d.peek(); c == '+' || c == '-' {
			sign = string(c)
			d.pos++
		}
		digits := d.digits()
		if digits == "" {
			return errNumber
		}
		exponent = sign + digits
	}
	switch {
	case fraction == "" && exponent == "" && whole == "0":
		d.text = append(d.text, '0') // an integer has no negative zero
	case fraction == "" && exponent == "":
		d.text = append(d.text, d.in[start:d.pos]...)
	default:
		d.text = appendFloat(d.text, parseFloat(d.in[start] == '-', whole, fraction, exponent))
	}
	return nil
}

// digits reads decimal digits.
func (d *document) digits() string {
	start := d.pos
	for d.pos < len(d.in) && isDigit(d.in[d.pos]) {
		d.pos++
	}
	return d.in[start:d.pos]
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// parseFloat returns the value of a number, infinite if it is too large.
// strconv.ParseFloat cuts exponents of more than four digits, which is wrong
// where as many zeros make up for them: it is given the digits behind "0.".
func parseFloat(negative bool, whole, fraction, exponent string) float64 {
	digits := strings.TrimLeft(whole+fraction, "0")
	value := 0.0
	if digits != "" {
		zeros := len(whole) + len(fraction) - len(digits)
		shift := len(whole) - zeros + parseExponent(exponent)
		// Overflow is an error that comes with the infinity wanted.
		value, _ = strconv.ParseFloat("0."+digits+"e"+strconv.Itoa(shift), 64)
	}
	if negative {
		return -value
	}
	return value
}

// parseExponent returns the value of an exponent, cut where no document has as
// many digits to make up for it.
func parseExponent(s string) int {
	const most = 1 << 30
	n, _ := strconv.ParseInt(s, 10, 64) // out of range, it is the limit of that range
	return int(max(-most, min(n, most)))
}

// appendFloat appends a number as Python writes it: the fewest digits that
// read back as the same value, and an exponent if it is under -4 or over 15.
func appendFloat(dst []byte, f float64) []byte {
	switch {
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
	exponent, _ := strconv.Atoi(string(dst[bytes.IndexByte(dst[start:], 'e')+start+1:]))
	if exponent < -4 || exponent > 15 {
		return dst
	}
	dst = strconv.AppendFloat(dst[:start], f, 'f', -1, 64)
	if bytes.IndexByte(dst[start:], '.') < 0 {
		dst = append(dst, ".0"...)
	}
	return dst
}
