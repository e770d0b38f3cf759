package shell

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// pyKind is the type of a Python value.
type pyKind uint8

const (
	pyString pyKind = iota
	pyAtom          // a number, True, False, None
	pyList          // also a tuple or a set
	pyDict
)

// pyValue is one value of a Python literal.
type pyValue struct {
	kind   pyKind
	text   string // of a string or an atom
	items  []*pyValue
	keys   []*pyValue // of a dict, beside items
	offset int
	// exact is the offset at which the text of a string stands unchanged, or
	// -1 where it has escapes or is joined from several literals.
	exact int
}

// maxPyDepth is how deep a literal may nest; CPython's parser gives up at 200.
const maxPyDepth = 100

// errPyCode is the cause where a text is Python but no literal.
var errPyCode = errors.New("code of Python where a literal is expected")

// pyParser reads a Python literal (Python language reference, "Literals" and
// "Displays"): strings with adjacent concatenation, numbers, True, False, None,
// lists, tuples, sets and dicts, with comments and trailing commas.
type pyParser struct {
	text string
	pos  int
	// bytes tells that escapes stand for bytes, all of which are kept.
	bytes bool
}

// pyError is an error at an offset.
type pyError struct {
	offset int
	err    error
}

func (e *pyError) Error() string { return e.err.Error() }
func (e *pyError) Unwrap() error { return e.err }

func (p *pyParser) fail(format string, args ...any) error {
	return &pyError{p.pos, fmt.Errorf(format, args...)}
}

// parsePython reads a text that is one literal. Errors are of type *pyError.
func parsePython(text string) (*pyValue, error) {
	p := &pyParser{text: text}
	if strings.HasPrefix(text, "\ufeff") {
		p.pos = len("\ufeff")
	}
	v, err := p.value(0)
	if err != nil {
		return nil, err
	}
	if p.skip(); p.pos < len(p.text) {
		return nil, p.fail("%w: %.20q", errPyCode, p.text[p.pos:])
	}
	return v, nil
}

// skip passes white space, comments and joined lines.
func (p *pyParser) skip() {
	for p.pos < len(p.text) {
		switch p.text[p.pos] {
		case ' ', '\t', '\r', '\n', '\f':
			p.pos++
		case '\\':
			if !strings.HasPrefix(p.text[p.pos+1:], "\n") && !strings.HasPrefix(p.text[p.pos+1:], "\r\n") {
				return
			}
			p.pos++
		case '#':
			i := strings.IndexByte(p.text[p.pos:], '\n')
			if i < 0 {
				p.pos = len(p.text)
				return
			}
			p.pos += i
		default:
			return
		}
	}
}

func (p *pyParser) peek() byte {
	if p.pos < len(p.text) {
		return p.text[p.pos]
	}
	return 0
}

func (p *pyParser) value(depth int) (*pyValue, error) {
	if depth > maxPyDepth {
		return nil, p.fail("nested more than %d levels deep", maxPyDepth)
	}
	p.skip()
	if p.pos >= len(p.text) {
		return nil, p.fail("the text ends too early")
	}
	v := &pyValue{offset: p.pos, exact: -1}
	switch c := p.peek(); {
	case c == '[' || c == '(':
		return v, p.sequence(v, depth)
	case c == '{':
		return v, p.dict(v, depth)
	case p.stringStart() >= 0:
		return p.either(v)
	case c >= '0' && c <= '9' || c == '.' || c == '-' || c == '+':
		v.kind = pyAtom
		p.pos++
		for isNameByte(p.peek()) || p.peek() == '.' {
			p.pos++
		}
		v.text = p.text[v.offset:p.pos]
		return v, nil
	}
	end := p.pos
	for end < len(p.text) && isNameByte(p.text[end]) {
		end++
	}
	switch name := p.text[p.pos:end]; name {
	case "True", "False", "None":
		v.kind, v.text = pyAtom, name
		p.pos = end
		return v, nil
	}
	return nil, p.fail("%w: %.20q", errPyCode, p.text[p.pos:])
}

// sequence reads [a, b] and (a, b); brackets around a single value without a
// comma are just brackets.
func (p *pyParser) sequence(v *pyValue, depth int) error {
	closing := map[byte]byte{'[': ']', '(': ')'}[p.peek()]
	p.pos++
	v.kind = pyList
	for comma := true; ; {
		p.skip()
		switch {
		case p.peek() == closing && p.pos < len(p.text):
			p.pos++
			if closing == ')' && len(v.items) == 1 && !comma {
				*v = *v.items[0]
			}
			return nil
		case !comma:
			return p.fail("%w: a comma is missing before %.20q", errPyCode, p.text[p.pos:])
		}
		item, err := p.value(depth + 1)
		if err != nil {
			return err
		}
		v.items = append(v.items, item)
		comma = p.comma()
	}
}

func (p *pyParser) dict(v *pyValue, depth int) error {
	p.pos++
	v.kind = pyDict
	for comma := true; ; comma = p.comma() {
		p.skip()
		switch {
		case p.peek() == '}':
			p.pos++
			return nil
		case !comma:
			return p.fail("%w: a comma is missing before %.20q", errPyCode, p.text[p.pos:])
		}
		key, err := p.value(depth + 1)
		if err != nil {
			return err
		}
		p.skip()
		if p.peek() != ':' {
			return p.fail("%w: a colon is missing before %.20q", errPyCode, p.text[p.pos:])
		}
		p.pos++
		item, err := p.value(depth + 1)
		if err != nil {
			return err
		}
		v.keys = append(v.keys, key)
		v.items = append(v.items, item)
	}
}

func (p *pyParser) comma() bool {
	p.skip()
	if p.peek() != ',' {
		return false
	}
	p.pos++
	return true
}

// stringStart returns the length of a string's prefix, which may be 0, or -1
// where no string starts. A formatted string is code.
func (p *pyParser) stringStart() int {
	for n := 0; n <= 2 && p.pos+n < len(p.text); n++ {
		switch p.text[p.pos+n] {
		case '\'', '"':
			return n
		case 'r', 'R', 'u', 'U', 'b', 'B':
		default:
			return -1
		}
	}
	return -1
}

// either reads strings joined by "and" and "or", which give one of them: "and"
// the first empty one or else the last, "or" the first that is not empty. People
// write conditions of gyp files so by mistake, and gyp, which evaluates the file
// as Python, takes what comes of it.
func (p *pyParser) either(v *pyValue) (*pyValue, error) {
	if err := p.strings(v); err != nil {
		return nil, err
	}
	// All of an "and" chain is one operand of "or".
	var chosen *pyValue
	for operand := v; ; {
		word := p.operator()
		if word != "and" && chosen == nil && (operand.text != "" || word == "") {
			chosen = operand
		}
		if word == "" {
			return chosen, nil
		}
		p.pos += len(word)
		p.skip()
		next := &pyValue{offset: p.pos, exact: -1}
		if p.stringStart() < 0 {
			return nil, p.fail("%w: %.20q", errPyCode, p.text[p.pos:])
		}
		if err := p.strings(next); err != nil {
			return nil, err
		}
		if word == "or" || operand.text != "" {
			operand = next
		}
	}
}

// operator returns the "and" or "or" that follows, "" for none.
func (p *pyParser) operator() string {
	for _, word := range []string{"and", "or"} {
		if rest, ok := strings.CutPrefix(p.text[p.pos:], word); ok && (rest == "" || !isNameByte(rest[0])) {
			return word
		}
	}
	return ""
}

// strings reads adjacent string literals as one string.
func (p *pyParser) strings(v *pyValue) error {
	v.kind = pyString
	var b strings.Builder
	for n := 0; ; n++ {
		prefix := p.stringStart()
		if prefix < 0 {
			break
		}
		raw := strings.ContainsAny(p.text[p.pos:p.pos+prefix], "rR")
		p.pos += prefix
		at, plain, err := p.literal(&b, raw)
		if err != nil {
			return err
		}
		if n == 0 && plain {
			v.exact = at
		} else {
			v.exact = -1
		}
		p.skip()
	}
	v.text = b.String()
	return nil
}

// literal reads one string literal. It returns where its text starts, and
// whether it stands there as it is.
func (p *pyParser) literal(b *strings.Builder, raw bool) (at int, plain bool, err error) {
	quote := p.quote()
	start := p.pos
	p.pos += len(quote)
	at, plain = p.pos, true
	for p.pos < len(p.text) {
		c := p.text[p.pos]
		switch {
		case strings.HasPrefix(p.text[p.pos:], quote):
			p.pos += len(quote)
			return at, plain, nil
		case c == '\n' && len(quote) == 1:
			p.pos = start
			return 0, false, p.fail("a string is not closed")
		case c == '\\' && p.pos+1 < len(p.text):
			if raw {
				b.WriteString(p.text[p.pos : p.pos+2])
				p.pos += 2
				continue
			}
			plain = false
			p.escape(b)
		default:
			b.WriteByte(c)
			p.pos++
		}
	}
	p.pos = start
	return 0, false, p.fail("a string is not closed")
}

// quote returns the quote at the position, which may be a triple one.
func (p *pyParser) quote() string {
	quote := p.text[p.pos : p.pos+1]
	if long := strings.Repeat(quote, 3); strings.HasPrefix(p.text[p.pos:], long) {
		return long
	}
	return quote
}

// writeRune writes c unless it is the mark of the unknown.
func writeRune(b *strings.Builder, c rune) {
	if c != 0 {
		b.WriteRune(c)
	}
}

// code writes the character of an escape sequence.
func (p *pyParser) code(b *strings.Builder, c rune) {
	if p.bytes {
		b.WriteByte(byte(c))
	} else {
		writeRune(b, c)
	}
}

// escape reads one escape sequence.
func (p *pyParser) escape(b *strings.Builder) {
	c := p.text[p.pos+1]
	p.pos += 2
	rest := p.text[p.pos:]
	switch c {
	case '\n':
	case '\r':
		p.pos += btoi(strings.HasPrefix(rest, "\n"))
	case '\\', '\'', '"':
		b.WriteByte(c)
	case 'a', 'b', 'f', 'n', 'r', 't', 'v':
		b.WriteByte(map[byte]byte{'a': '\a', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v'}[c])
	case 'x', 'u', 'U':
		width := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
		if n, got := digits(rest, 16, width); got == width && n <= utf8.MaxRune && (c == 'x' || !p.bytes) {
			p.code(b, rune(n))
			p.pos += width
			return
		}
		b.WriteByte('\\')
		b.WriteByte(c)
	case '0', '1', '2', '3', '4', '5', '6', '7':
		n, width := digits(string(c)+rest[:min(2, len(rest))], 8, 3)
		p.code(b, rune(n))
		p.pos += width - 1
	default:
		b.WriteByte('\\')
		b.WriteByte(c)
	}
}

// quoteShell returns a word as Python's shlex.quote writes it for a shell.
func quoteShell(s string) string {
	safe := func(c rune) bool {
		return c < utf8.RuneSelf && (isNameByte(byte(c)) || strings.ContainsRune("@%+=:,./-", c))
	}
	if s != "" && strings.IndexFunc(s, func(c rune) bool { return !safe(c) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'"'"'`) + "'"
}
