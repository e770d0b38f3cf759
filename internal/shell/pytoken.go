package shell

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// pyTokenKind is the type of a Python token.
type pyTokenKind uint8

const (
	pyName pyTokenKind = iota
	pyNumber
	pyText   // a string or bytes literal
	pyFormat // a formatted string
	pyOperator
	pyLineEnd
)

// pyToken is one token of Python (Python language reference, "Lexical
// analysis").
type pyToken struct {
	kind       pyTokenKind
	bytes      bool // of a literal: it is one of bytes
	start, end int
	// text is the name, number or operator, what a literal stands for, or the
	// source between the quotes of a formatted string.
	text string
	// plain is 1 + the offset at which the text stands unchanged, or 0.
	plain int
	// mate is the index of the bracket that belongs to this one, or -1.
	mate int
}

// pyLine is a logical line: the tokens from one index up to another.
type pyLine struct {
	from, to int
	indent   int // columns of white space in front, tabs to the next 8
}

// pyOperators are the operators of more than one character, longest first.
var pyOperators = []string{
	"**=", "//=", ">>=", "<<=", "...", ":=", "->", "==", "!=", "<=", ">=", "<>", "**", "//", "<<", ">>",
	"+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "@=",
}

// maxFailedFormats is how many formatted strings may have no end before their
// braces are no longer looked at.
const maxFailedFormats = 16

// pyLexer splits a text into tokens. It never fails: a quote without an end is
// an operator, and the first such is in err.
type pyLexer struct {
	text   string
	pos    int
	tokens []pyToken
	err    error
	// unclosed tells for a quote up to where none is closed.
	unclosed map[string]int
	failed   int
}

// pyTokens returns the tokens of a text and its logical lines.
func pyTokens(text string) ([]pyToken, []pyLine, error) {
	l := &pyLexer{text: text, unclosed: map[string]int{}}
	if strings.HasPrefix(text, "\ufeff") {
		l.pos = len("\ufeff")
	}
	for l.pos < len(l.text) {
		l.next()
	}
	matchBrackets(l.tokens)
	return l.tokens, l.lines(), l.err
}

func (l *pyLexer) add(kind pyTokenKind, start int) *pyToken {
	l.tokens = append(l.tokens, pyToken{kind: kind, start: start, end: l.pos, text: l.text[start:l.pos], mate: -1})
	return &l.tokens[len(l.tokens)-1]
}

// next reads one token, or skips what is none.
func (l *pyLexer) next() {
	start, rest := l.pos, l.text[l.pos:]
	switch c := rest[0]; {
	case c == ' ' || c == '\t' || c == '\f':
		l.pos++
	case c == '#':
		if i := strings.IndexAny(rest, "\r\n"); i >= 0 {
			l.pos += i
		} else {
			l.pos = len(l.text)
		}
	case c == '\n' || c == '\r':
		l.pos++
		l.add(pyLineEnd, start)
	case c == '\\' && (strings.HasPrefix(rest[1:], "\n") || strings.HasPrefix(rest[1:], "\r\n")):
		l.pos += 1 + strings.IndexByte(rest[1:], '\n') + 1
	case c >= '0' && c <= '9', c == '.' && len(rest) > 1 && rest[1] >= '0' && rest[1] <= '9':
		for l.pos < len(l.text) && (isNameByte(l.text[l.pos]) || l.text[l.pos] == '.') {
			l.pos++
		}
		l.add(pyNumber, start)
	case l.literal():
	case isNameByte(c) || c >= utf8.RuneSelf || c == unknown[0]:
		for l.pos < len(l.text) && (isNameByte(l.text[l.pos]) || l.text[l.pos] >= utf8.RuneSelf || l.text[l.pos] == unknown[0]) {
			l.pos++
		}
		t := l.add(pyName, start)
		t.text = plainLetters(t.text)
	default:
		l.pos++
		for _, op := range pyOperators {
			if strings.HasPrefix(rest, op) {
				l.pos = start + len(op)
				break
			}
		}
		l.add(pyOperator, start)
	}
}

// literal reads a literal of text, bytes or a formatted string and reports
// whether there is one.
func (l *pyLexer) literal() bool {
	n := 0
	for n < 3 && l.pos+n < len(l.text) && strings.IndexByte("rRbBuUfFtT", l.text[l.pos+n]) >= 0 {
		n++
	}
	if l.pos+n >= len(l.text) || l.text[l.pos+n] != '"' && l.text[l.pos+n] != '\'' {
		return false
	}
	start, prefix := l.pos, strings.ToLower(l.text[l.pos:l.pos+n])
	p := &pyParser{text: l.text, pos: l.pos + n, bytes: strings.Contains(prefix, "b")}
	quote := p.quote()
	if l.pos < l.unclosed[quote] {
		return l.bare(start, n, quote)
	}
	if strings.ContainsAny(prefix, "ft") {
		from := p.pos + len(quote)
		end, ok := l.formatEnd(from, quote, 0)
		if !ok {
			return l.bare(start, n, quote)
		}
		l.pos = end + len(quote)
		t := l.add(pyFormat, start)
		t.text, t.plain, t.bytes = l.text[from:end], from+1, strings.Contains(prefix, "r")
		return true
	}
	var b strings.Builder
	at, plain, err := p.literal(&b, strings.Contains(prefix, "r"))
	if err != nil {
		return l.bare(start, n, quote)
	}
	l.pos = p.pos
	t := l.add(pyText, start)
	t.text, t.bytes = b.String(), p.bytes
	if plain {
		t.plain = at + 1
	}
	return true
}

// bare takes the quote of a literal that has no end for an operator.
func (l *pyLexer) bare(start, prefix int, quote string) bool {
	if l.err == nil {
		line := 1 + strings.Count(l.text[:start], "\n")
		l.err = fmt.Errorf("line %d: a string is not closed", line)
	}
	l.unclosed[quote] = len(l.text)
	if i := strings.IndexByte(l.text[start:], '\n'); i >= 0 && len(quote) == 1 {
		l.unclosed[quote] = start + i
	}
	if prefix > 0 {
		l.pos = start + prefix
		l.add(pyName, start)
	}
	from := l.pos
	l.pos += len(quote)
	l.add(pyOperator, from)
	return true
}

// formatEnd returns where a formatted string ends whose content starts at pos.
// Strings inside braces may have the same quotes (PEP 701).
func (l *pyLexer) formatEnd(pos int, quote string, depth int) (int, bool) {
	if l.failed < maxFailedFormats {
		if end, ok := l.braced(pos, quote, depth); ok {
			return end, true
		}
		l.failed++
	}
	for pos < len(l.text) {
		switch {
		case strings.HasPrefix(l.text[pos:], quote):
			return pos, true
		case l.text[pos] == '\\':
			pos++
		case l.text[pos] == '\n' && len(quote) == 1:
			return 0, false
		}
		pos++
	}
	return 0, false
}

// maxFormatNesting is how deep formatted strings inside formatted strings are
// followed.
const maxFormatNesting = 8

func (l *pyLexer) braced(pos int, quote string, depth int) (int, bool) {
	if depth > maxFormatNesting {
		return 0, false
	}
	open := 0
	for pos < len(l.text) {
		c := l.text[pos]
		switch {
		case open == 0 && strings.HasPrefix(l.text[pos:], quote):
			return pos, true
		case c == '\\':
			pos++
		case c == '\n' && len(quote) == 1 && open == 0:
			return 0, false
		case c == '{' && open == 0 && strings.HasPrefix(l.text[pos:], "{{"):
			pos++
		case c == '{':
			open++
		case c == '}' && open > 0:
			open--
		case open > 0 && (c == '"' || c == '\''):
			inner := l.text[pos : pos+1]
			if long := strings.Repeat(inner, 3); strings.HasPrefix(l.text[pos:], long) {
				inner = long
			}
			end, ok := l.braced(pos+len(inner), inner, depth+1)
			if !ok {
				return 0, false
			}
			pos = end + len(inner) - 1
		}
		pos++
	}
	return 0, false
}

// matchBrackets sets the mates of brackets. One without a partner is an
// operator like others.
func matchBrackets(tokens []pyToken) {
	var open []int
	for i := range tokens {
		if tokens[i].kind != pyOperator {
			continue
		}
		switch tokens[i].text {
		case "(", "[", "{":
			open = append(open, i)
		case ")", "]", "}":
			want := map[string]string{")": "(", "]": "[", "}": "{"}[tokens[i].text]
			if n := len(open); n > 0 && tokens[open[n-1]].text == want {
				tokens[i].mate, tokens[open[n-1]].mate = open[n-1], i
				open = open[:n-1]
			}
		}
	}
}

// lines returns the logical lines: ends of lines inside brackets do not count,
// and a semicolon ends a line too.
func (l *pyLexer) lines() []pyLine {
	kept := l.tokens[:0:0]
	moved := make([]int, len(l.tokens))
	depth := 0
	for i, t := range l.tokens {
		moved[i] = len(kept)
		if t.mate > i {
			depth++
		} else if t.mate >= 0 {
			depth--
		}
		if t.kind != pyLineEnd || depth == 0 {
			kept = append(kept, t)
		}
	}
	for i := range kept {
		if kept[i].mate >= 0 {
			kept[i].mate = moved[kept[i].mate]
		}
	}
	l.tokens = kept
	var lines []pyLine
	depth = 0
	for i := 0; i < len(kept); {
		from := i
		for i < len(kept) && kept[i].kind != pyLineEnd {
			i++
		}
		if i > from {
			lines = l.split(lines, from, i)
		}
		i++
	}
	return lines
}

// split appends the statements of one line.
func (l *pyLexer) split(lines []pyLine, from, to int) []pyLine {
	indent := l.indent(l.tokens[from].start)
	for i := from; i < to; i++ {
		if t := l.tokens[i]; t.mate > i {
			i = min(t.mate, to-1)
		} else if t.kind == pyOperator && t.text == ";" {
			if i > from {
				lines = append(lines, pyLine{from, i, indent})
			}
			from = i + 1
		}
	}
	if from < to {
		lines = append(lines, pyLine{from, to, indent})
	}
	return lines
}

// indent returns the width of the white space in front of an offset, 0 where
// there is something else in its line.
func (l *pyLexer) indent(offset int) int {
	start := strings.LastIndexAny(l.text[:offset], "\r\n") + 1
	width := 0
	for _, c := range l.text[start:offset] {
		switch c {
		case ' ':
			width++
		case '\t':
			width += 8 - width%8
		default:
			return 0
		}
	}
	return width
}

// plainLetters maps letters that Python takes for ASCII ones (NFKC): the
// mathematical alphabets and the full-width forms.
func plainLetters(name string) string {
	ascii := true
	for i := range len(name) {
		ascii = ascii && name[i] < utf8.RuneSelf
	}
	if ascii {
		return name
	}
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 0x1d400 && c < 0x1d6a4:
			c = (c - 0x1d400) % 52
			if c < 26 {
				return 'A' + c
			}
			return 'a' + c - 26
		case c >= 0x1d7ce && c <= 0x1d7ff:
			return '0' + (c-0x1d7ce)%10
		case c > 0xff00 && c < 0xff5f:
			return c - 0xff00 + ' '
		case c >= 0x2100 && c < 0x2140:
			if i := strings.IndexRune(letterlike, c); i >= 0 {
				return rune(letterlikeASCII[len([]rune(letterlike[:i]))])
			}
		}
		return c
	}, name)
}

// The letters of the block "Letterlike Symbols" that fill the gaps of the
// mathematical alphabets, with what they stand for.
const (
	letterlike      = "ℂℊℋℌℍℎℐℑℒℓℕℙℚℛℜℝℤℨℬℭℯℰℱℳℴ"
	letterlikeASCII = "CgHHHhIILlNPQRRRZZBCeEFMo"
)
