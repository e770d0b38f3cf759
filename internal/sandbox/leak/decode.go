package leak

import (
	"bytes"
	"compress/flate"
	"html"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// decode returns what a text may hold in another encoding. Guesses that give
// bytes and no text are searched, but hold nothing further.
func (s *search) decode(l layer) []layer {
	var out []layer
	if s.share < len(l.text) {
		return nil
	}
	add := func(text []byte, how string, child layer) {
		if len(text) < MinValue || !s.spend(len(text)) {
			return
		}
		child.text, child.how, child.depth = text, around(how, l.how), l.depth+1
		out = append(out, child)
	}
	for _, e := range escapes {
		if text, ok := e.decode(l.text); ok {
			add(text, e.how, layer{})
		}
	}
	for _, r := range radices {
		s.runs(l, r, add)
	}
	add(charCodes(l.text), "character codes", layer{})
	if !readable(l.text) || l.depth == 0 {
		s.inflateAnywhere(l.text, add)
	}
	return out
}

// adder takes a decoded text; of the layer only the flags count.
type adder func(text []byte, how string, child layer)

// readable says that a text is mostly printable ASCII.
func readable(text []byte) bool {
	odd := 0
	for _, b := range text {
		if (b < ' ' || b > '~') && b != '\n' && b != '\r' && b != '\t' {
			odd++
		}
	}
	return odd*10 <= len(text)
}

// wide says that a text has a zero in each character, as UTF-16 does.
func wide(text []byte) bool {
	return len(text) >= 2*MinValue && bytes.Count(text, []byte{0})*3 > len(text)
}

// escapes are decodings of a whole text; they say whether it has them.
var escapes = []struct {
	how    string
	decode func([]byte) ([]byte, bool)
}{
	{"URL", unescapePercent},
	{"JavaScript escapes", unescapeScript},
	{"HTML entities", func(text []byte) ([]byte, bool) {
		if !bytes.Contains(text, []byte("&")) || !bytes.Contains(text, []byte(";")) {
			return nil, false
		}
		plain := html.UnescapeString(string(text))
		return []byte(plain), plain != string(text)
	}},
	{"UTF-16", func(text []byte) ([]byte, bool) {
		return bytes.ReplaceAll(text, []byte{0}, nil), wide(text)
	}},
	{"UTF-8", latin1},
}

func unescapePercent(text []byte) ([]byte, bool) {
	if !bytes.Contains(text, []byte("%")) {
		return nil, false
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] == '%' {
			if b, ok := hexByte(text[i+1:]); ok {
				out = append(out, b)
				i += 2
				continue
			}
		}
		out = append(out, text[i])
	}
	return out, len(out) < len(text)
}

// unescapeScript resolves the escapes of a JavaScript or JSON string.
func unescapeScript(text []byte) ([]byte, bool) {
	if !bytes.Contains(text, []byte(`\`)) {
		return nil, false
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			out = append(out, text[i])
			continue
		}
		i++
		switch rest := text[i+1:]; text[i] {
		case 'x':
			if b, ok := hexByte(rest); ok {
				out = append(out, b)
				i += 2
			}
		case 'u':
			if r, n := codePoint(rest); n > 0 {
				out = utf8.AppendRune(out, r)
				i += n
			}
		case 'n', 'r', 't', 'b', 'f', 'v':
			out = append(out, ' ')
		case '0', '1', '2', '3', '4', '5', '6', '7':
			b, n := text[i]-'0', 0
			for n < 2 && n < len(rest) && '0' <= rest[n] && rest[n] <= '7' {
				b = b<<3 | (rest[n] - '0')
				n++
			}
			out = append(out, b)
			i += n
		default:
			out = append(out, text[i])
		}
	}
	return out, true
}

// codePoint reads what follows \u: four digits, or digits in braces. It returns
// the length read, 0 for none.
func codePoint(text []byte) (rune, int) {
	size, start := 4, 0
	if len(text) > 0 && text[0] == '{' {
		start, size = 1, bytes.IndexByte(text[:min(len(text), 9)], '}')-1
	}
	if size < 1 || start+size > len(text) {
		return 0, 0
	}
	var r rune
	for _, c := range text[start : start+size] {
		d := hexDigits[c]
		if d >= apart {
			return 0, 0
		}
		r = r<<4 | rune(d)
	}
	return r, size + 2*start
}

func hexByte(text []byte) (byte, bool) {
	if len(text) < 2 || hexDigits[text[0]] >= apart || hexDigits[text[1]] >= apart {
		return 0, false
	}
	return hexDigits[text[0]]<<4 | hexDigits[text[1]], true
}

// latin1 undoes the UTF-8 of bytes that were sent as a string of characters
// below 256.
func latin1(text []byte) ([]byte, bool) {
	if bytes.IndexByte(text, 0xc2) < 0 && bytes.IndexByte(text, 0xc3) < 0 {
		return nil, false // no such character
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError || r > 0xff {
			out = append(out, text[i:i+n]...)
		} else {
			out = append(out, byte(r))
		}
		i += n
	}
	return out, true
}

// charCodes decodes the rows of numbers below 256 in a text: "72, 101, 108".
// Between two numbers are one to three other characters.
func charCodes(text []byte) []byte {
	var out, row []byte
	number, digits, gap := 0, 0, 0
	end := func() {
		if len(row) >= MinValue {
			out = append(append(out, row...), '\n')
		}
		row = row[:0]
	}
	take := func() {
		if digits == 0 {
			return
		}
		if number > 0xff {
			end()
		} else {
			row = append(row, byte(number))
		}
		number, digits = 0, 0
	}
	for _, c := range text {
		if digit(c) {
			if gap > 3 {
				end()
			}
			gap = 0
			digits++
			number = min(number*10+int(c-'0'), 1000)
			continue
		}
		take()
		gap++
	}
	take()
	end()
	return out
}

// radix is an encoding of bits in characters.
type radix struct {
	how    string
	digits *[256]byte
	bits   int
	// alignments is how many characters may stand before the first of a byte.
	alignments int
	// least is the length from which on a run is decoded, and half of that from
	// which on it is in less likely ways.
	least int
}

// In a table of digits, none stands for a character that is no digit, and apart
// for one that may stand between two.
const (
	apart = 0xfe
	none  = 0xff
)

func digitsOf(alphabet string, fold bool) *[256]byte {
	t := new([256]byte)
	for i := range t {
		t[i] = none
	}
	for i := range len(alphabet) {
		t[alphabet[i]] = byte(i)
		if fold {
			t[strings.ToLower(alphabet)[i]] = byte(i)
		}
	}
	return t
}

const (
	letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	small   = "abcdefghijklmnopqrstuvwxyz"
	numbers = "0123456789"
)

var (
	hexDigits = func() *[256]byte {
		t := digitsOf("0123456789ABCDEF", true)
		for _, c := range []byte(" :,-_|\r\n\t") {
			t[c] = apart
		}
		return t
	}()
	base64Digits = func() *[256]byte {
		t := digitsOf(letters+small+numbers+"+/", false)
		t['-'], t['_'] = 62, 63
		return t
	}()
)

var radices = []radix{
	{"hex", hexDigits, 4, 2, 2 * MinValue},
	{"base64", base64Digits, 6, 4, 10},
	{"base32", digitsOf(letters+"234567", true), 5, 1, 14},
	{"base32hex", digitsOf(numbers+letters[:22], true), 5, 1, 14},
}

// runs decodes the runs of a radix's digits in a text. All that were decoded in
// the same way are one text; those that look like more than noise are decoded on.
func (s *search) runs(l layer, r radix, add adder) {
	type way struct {
		how       string
		alignment int
		change    func([]byte) []byte
	}
	ways := []way{{how: r.how}}
	for a := 1; a < r.alignments; a++ {
		ways = append(ways, way{how: r.how, alignment: a})
	}
	ways = append(ways, way{how: r.how + "+" + reversed, change: backward})
	if r.bits > 4 && l.depth < 2 {
		ways = append(ways, way{how: r.how + "+" + rot13, change: func(run []byte) []byte { return bytes.Map(rotate, run) }})
	}
	runs := r.find(l.text)
	for i, w := range ways {
		if i == 1 {
			runs = slices.DeleteFunc(runs, func(run []byte) bool { return len(run) < 2*r.least })
		}
		size := 0
		for _, run := range runs {
			size += len(run)*r.bits/8 + 1
		}
		if size < MinValue || size > s.share {
			return
		}
		all := make([]byte, 0, size)
		var good []byte
		for _, run := range runs {
			if w.change != nil {
				run = w.change(run)
			}
			start := len(all)
			all = r.appendDecoded(all, run[min(w.alignment, len(run)):])
			text := all[start:]
			switch {
			case readable(text) || wide(text):
				good = append(append(good, text...), '\n')
			case w.alignment == 0:
				if plain, how := s.inflate(text); plain != nil {
					add(plain, how+"+"+w.how, layer{})
				}
			}
			all = append(all, '\n')
		}
		add(all, w.how, layer{closed: true, exact: w.alignment > 0 || w.change != nil})
		add(good, w.how, layer{scanned: true})
	}
}

// mimeLine is the length from which on a line of base64 goes on in the next.
const mimeLine = 60

// find returns the runs of digits, without what may stand between them.
func (r radix) find(text []byte) [][]byte {
	var runs [][]byte
	start, line := 0, 0 // of the run that is part of the text, and of its last line
	var run []byte      // what of it was put together already
	for i := 0; i <= len(text); i++ {
		if i < len(text) && r.digits[text[i]] < apart {
			continue
		}
		rest := text[start:i]
		skip := i < len(text) && len(run)+len(rest) > 0 && r.skips(text[i], rest, i-line)
		switch {
		case skip:
			if r.bits == 4 && text[i] == 'x' {
				rest = rest[:len(rest)-1] // 0x
			}
			run = append(run, rest...)
			if text[i] != '\r' {
				line = i + 1
			}
		case len(run) == 0 && len(rest) >= r.least:
			runs = append(runs, rest)
		case len(run)+len(rest) >= r.least:
			runs = append(runs, append(run, rest...))
			run = nil
		}
		start = i + 1
		if !skip {
			run, line = run[:0], i+1
		}
	}
	return runs
}

// skips says that a run goes on behind c, on a line of so many bytes.
func (r radix) skips(c byte, rest []byte, line int) bool {
	switch {
	case c == '\n' || c == '\r':
		return line >= mimeLine || r.digits[c] == apart
	case c == 'x' && r.bits == 4:
		return len(rest) > 0 && rest[len(rest)-1] == '0'
	}
	return r.digits[c] == apart
}

// appendDecoded appends the whole bytes that the digits of a run make.
func (r radix) appendDecoded(dst, run []byte) []byte {
	var acc uint32
	bits := 0
	for _, c := range run {
		d := r.digits[c]
		if d >= apart {
			continue
		}
		acc = acc<<r.bits | uint32(d)
		bits += r.bits
		if bits >= 8 {
			bits -= 8
			dst = append(dst, byte(acc>>bits))
		}
	}
	return dst
}

// inflater is a decompressor that is used again and again.
type inflater struct {
	r  io.ReadCloser
	in bytes.Reader
}

// attempt is what trying to decompress costs of the budget, in bytes, whatever
// comes out.
const attempt = 1 << 10

// inflateAnywhere finds compressed data in a text.
func (s *search) inflateAnywhere(text []byte, add adder) {
	tries := 0
	for i := 0; i < len(text)-8 && tries < 8; i++ {
		if text[i] != 0x1f && text[i] != 0x78 && i > 0 {
			continue
		}
		if i > 0 && headerSize(text[i:]) == 0 {
			continue
		}
		tries++
		if plain, how := s.inflate(text[i:]); plain != nil {
			add(plain, how, layer{})
			return
		}
	}
}

// headerSize returns the length of a gzip (RFC 1952) or zlib (RFC 1950) header,
// 0 for none.
func headerSize(text []byte) int {
	switch {
	case len(text) < 10:
		return 0
	case text[0] == 0x78 && (int(text[0])<<8|int(text[1]))%31 == 0 && text[1]&0x20 == 0:
		return 2
	case text[0] != 0x1f || text[1] != 0x8b || text[2] != 8:
		return 0
	}
	flags, n := text[3], 10
	if flags&4 != 0 {
		n += 2
		if n > len(text) {
			return 0
		}
		n += int(text[10]) | int(text[11])<<8
	}
	for _, name := range []byte{8, 16} {
		if flags&name != 0 && n < len(text) {
			n += bytes.IndexByte(text[n:], 0) + 1
		}
	}
	if flags&2 != 0 {
		n += 2
	}
	if n >= len(text) {
		return 0
	}
	return n
}

// inflate decompresses gzip, zlib or bare deflate data as far as it is whole and
// the budget goes; nil if it is none.
func (s *search) inflate(text []byte) ([]byte, string) {
	how, start := "deflate", headerSize(text)
	switch {
	case len(text) < 8 || !s.spend(attempt):
		return nil, ""
	case start == 2:
		how = "zlib"
	case start > 2:
		how = "gzip"
	}
	in := text[start:]
	if start == 0 && (len(in) < leastDeflated || !deflateBlock(in)) {
		return nil, ""
	}
	s.inflater.in.Reset(in)
	if s.inflater.r == nil {
		s.inflater.r = flate.NewReader(&s.inflater.in)
	} else if err := s.inflater.r.(flate.Resetter).Reset(&s.inflater.in, nil); err != nil {
		return nil, ""
	}
	var first [512]byte
	n, err := io.ReadFull(s.inflater.r, first[:min(len(first), s.share)])
	if n < MinValue || start == 0 && err != nil && err != io.ErrUnexpectedEOF {
		return nil, ""
	}
	out := bytes.NewBuffer(slices.Clone(first[:n]))
	if err == nil {
		_, err = io.Copy(out, io.LimitReader(s.inflater.r, int64(s.share-n)))
	}
	if start == 0 && err != nil && s.inflater.in.Len() > 0 {
		return nil, ""
	}
	return out.Bytes(), how
}

// leastDeflated is the length from which on bytes without a header are tried as
// deflate data.
const leastDeflated = 16

// deflateBlock says that a text may begin with a block of deflate data (RFC 1951,
// 3.2.3), which half of all bytes may.
func deflateBlock(text []byte) bool {
	switch text[0] >> 1 & 3 {
	case 0:
		return text[1]^text[3] == 0xff && text[2]^text[4] == 0xff
	case 3:
		return false
	}
	return true
}
