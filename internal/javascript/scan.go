package javascript

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokenKind is the class of a token.
type tokenKind uint8

const (
	endOfText tokenKind = iota
	word                // an identifier, keyword or #private name
	number
	stringLiteral
	templatePiece // a whole template or the part up to ${ or after }
	regexpLiteral
	punctuator
	jsxText
)

// token is one token of the token pass.
type token struct {
	kind       tokenKind
	start, end int
	// newline tells that a line break stands before the token.
	newline bool
}

// levelKind says what opened a nesting level.
type levelKind uint8

const (
	fileLevel     levelKind = iota
	parenLevel              // ( … )
	headerLevel             // the ( … ) behind if, for, while and with
	bracketLevel            // [ … ]
	blockLevel              // { … } of statements
	braceLevel              // { … } of an object, a pattern or a JSX expression
	templateLevel           // ${ … }
	tagLevel                // <name … >
	childrenLevel           // <name> … </name>
)

// scanner splits text into tokens with a stack of its own and no recursion, so
// that no input can exhaust the Go stack. It tells a regular expression from a
// division and a JSX tag from a comparison by the token before, as
// highlighters do; in valid programs it is wrong only in corner cases.
type scanner struct {
	text   string
	pos    int
	jsx    bool
	levels []levelKind
	// operand tells that the token before ended an operand, so that a slash is
	// a division.
	operand bool
	// last is the token before, comments left out.
	last token
	// header tells that the next parenthesis belongs to if, for, while or with.
	header bool
	// docs, where not nil, receives the offset of every comment that opens
	// with two asterisks.
	docs func(offset int)
}

func newScanner(text string, jsx bool) *scanner {
	return &scanner{text: text, jsx: jsx, levels: append(make([]levelKind, 0, 64), fileLevel)}
}

// class sorts bytes by what they can begin.
type class uint8

const (
	classPunctuator class = iota
	classWord
	classDigit
	classSpace
	classNewline
	classQuote
	classWide // not ASCII
)

func byteClasses() (stringTable [256]class) {
	for c := range stringTable {
		switch b := byte(c); {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', b == '_', b == '$', b == '\\', b == '#':
			stringTable[c] = classWord
		case '0' <= b && b <= '9':
			stringTable[c] = classDigit
		case b == '\n', b == '\r':
			stringTable[c] = classNewline
		case b <= ' ', b == 0x7f:
			stringTable[c] = classSpace
		case b == '"', b == '\'':
			stringTable[c] = classQuote
		case b >= 0x80:
			stringTable[c] = classWide
		}
	}
	return stringTable
}

var classes = byteClasses()

// plainWord marks what words are made of but for escapes.
var plainWord = func() (table [256]bool) {
	for c, k := range classes {
		table[c] = (k == classWord || k == classDigit) && c != '\\'
	}
	return table
}()

// plainText marks what stands in string literals for itself.
var plainText = func() (table [256]bool) {
	for c := range table {
		table[c] = strings.IndexByte("\"'\\\n\r", byte(c)) < 0
	}
	return table
}()

// assigning marks the operators that a = may follow.
var assigning = func() (table [256]bool) {
	for _, c := range []byte("=+-*/%&|^<>!?") {
		table[c] = true
	}
	return table
}()

// level is the kind of the innermost open level.
func (s *scanner) level() levelKind { return s.levels[len(s.levels)-1] }

func (s *scanner) push(k levelKind) { s.levels = append(s.levels, k) }

// pop leaves a level; the file's own stays.
func (s *scanner) pop() levelKind {
	k := s.level()
	if len(s.levels) > 1 {
		s.levels = s.levels[:len(s.levels)-1]
	}
	return k
}

// next returns the next token.
func (s *scanner) next() token {
	if s.level() == childrenLevel {
		if t, ok := s.children(); ok {
			s.last = t
			return t
		}
	}
	newline := s.trivia()
	t := token{start: s.pos, newline: newline}
	if s.pos >= len(s.text) {
		t.end = s.pos
		return t
	}
	switch c := s.text[s.pos]; classes[c] {
	case classWord, classWide:
		t.kind = word
		s.word(c)
	case classDigit:
		t.kind = number
		s.number()
	case classQuote:
		t.kind = stringLiteral
		s.quoted(c)
	default:
		t.kind = s.punctuator(c)
	}
	t.end = s.pos
	s.last = t
	return t
}

// trivia skips white space and comments and reports whether it saw a line
// break.
func (s *scanner) trivia() (newline bool) {
	for s.pos < len(s.text) {
		rest, n := s.text[s.pos:], 0
		for n < len(rest) && rest[n] == ' ' {
			n++
		}
		if s.pos += n; n == len(rest) {
			break
		}
		c := rest[n]
		switch classes[c] {
		case classSpace:
			s.pos++
			continue
		case classNewline:
			newline = true
			s.pos++
			continue
		case classWide:
			r, n := utf8.DecodeRuneInString(s.text[s.pos:])
			if r == '\u2028' || r == '\u2029' {
				newline = true
			} else if !unicode.IsSpace(r) && r != '\ufeff' && r != '\u200b' {
				return newline
			}
			s.pos += n
			continue
		}
		if s.pos == 0 && strings.HasPrefix(s.text, "#!") {
			s.line()
			continue
		}
		if c != '/' || s.pos+1 >= len(s.text) {
			return newline
		}
		switch s.text[s.pos+1] {
		case '/':
			s.line()
		case '*':
			if s.docs != nil && s.pos+3 < len(s.text) && s.text[s.pos+2] == '*' && s.text[s.pos+3] != '/' {
				s.docs(s.pos)
			}
			end := strings.Index(s.text[s.pos+2:], "*/")
			if end < 0 {
				s.pos = len(s.text)
				return newline
			}
			comment := s.text[s.pos : s.pos+2+end]
			newline = newline || strings.IndexByte(comment, '\n') >= 0
			s.pos += len(comment) + 2
		default:
			return newline
		}
	}
	return newline
}

// line skips to the end of the line.
func (s *scanner) line() {
	line := s.text[s.pos:]
	if n := strings.IndexByte(line, '\n'); n >= 0 {
		line = line[:n]
	}
	s.pos += lineEnd(line)
}

// lineEnd returns where the first line of a text ends that holds no LF.
func lineEnd(text string) int {
	if n := strings.IndexByte(text, '\r'); n >= 0 {
		text = text[:n]
	}
	// The separators that Unicode has both begin with e2 80.
	for i := 0; ; i++ {
		n := strings.IndexByte(text[i:], 0xe2)
		if n < 0 {
			return len(text)
		}
		if i += n; strings.HasPrefix(text[i:], "\u2028") || strings.HasPrefix(text[i:], "\u2029") {
			return i
		}
	}
}

func (s *scanner) word(first byte) {
	start := s.pos
	for s.pos < len(s.text) {
		rest, n := s.text[s.pos:], 0
		for n < len(rest) && plainWord[rest[n]] {
			n++
		}
		if s.pos += n; n == len(rest) {
			break
		}
		c := rest[n]
		switch classes[c] {
		case classWord, classDigit:
			s.pos++
			if c == '\\' && strings.HasPrefix(s.text[s.pos:], "u{") {
				s.pos += 2
				for s.pos < len(s.text) && isHex(s.text[s.pos]) {
					s.pos++
				}
				if s.pos < len(s.text) && s.text[s.pos] == '}' {
					s.pos++
				}
			}
			continue
		case classWide:
			r, n := utf8.DecodeRuneInString(s.text[s.pos:])
			if s.pos > start && (unicode.IsSpace(r) || r == '\u2028' || r == '\u2029' || r == '\ufeff') {
				break
			}
			s.pos += n
			continue
		}
		break
	}
	text := s.text[start:s.pos]
	// Behind a dot a keyword is a name.
	if s.behindDot() {
		s.operand, s.header = true, false
		return
	}
	if len(text) > longestKeyword || first < 'a' || first > 'z' {
		s.operand, s.header = true, false // no keyword
		return
	}
	s.operand = !beforeOperand(text)
	s.header = s.header && text == "await" || text == "if" || text == "for" || text == "while" || text == "with"
}

// longestKeyword is the length of the longest word that beforeOperand knows.
const longestKeyword = len("instanceof")

// behindDot reports whether the token before is . or ?. .
func (s *scanner) behindDot() bool {
	t := &s.last
	return t.kind == punctuator && t.end-t.start <= len("?.") && s.text[t.end-1] == '.'
}

// beforeOperand tells the keywords behind which an operand or a statement
// starts.
func beforeOperand(text string) bool {
	switch text {
	case "return", "typeof", "instanceof", "in", "of", "new", "delete", "void",
		"throw", "case", "do", "else", "yield", "await", "default", "extends",
		"export", "import", "try", "finally",
		"if", "for", "while", "with", "var", "let", "const",
		"keyof", "readonly", "unique", "infer", "as", "satisfies", "is", "asserts":
		return true
	}
	return false
}

// is reports whether the token's text is one of the given ones.
func (s *scanner) is(t token, texts ...string) bool {
	text := s.text[t.start:t.end]
	for _, want := range texts {
		if text == want {
			return true
		}
	}
	return false
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}

func (s *scanner) number() {
	for s.pos < len(s.text) {
		c := s.text[s.pos]
		if c == '.' && s.pos+1 < len(s.text) && s.text[s.pos+1] == '.' {
			s.pos++
			break
		}
		if k := classes[c]; k != classDigit && k != classWord && c != '.' {
			break
		}
		// The sign of an exponent.
		if (c == 'e' || c == 'E') && s.pos+1 < len(s.text) && (s.text[s.pos+1] == '+' || s.text[s.pos+1] == '-') {
			s.pos++
		}
		s.pos++
	}
	s.operand = true
}

// quoted skips a string. Outside JSX it ends with its line.
func (s *scanner) quoted(quote byte) {
	s.operand = true
	s.pos++
	if s.level() == tagLevel {
		if n := strings.IndexByte(s.text[s.pos:], quote); n >= 0 {
			s.pos += n + 1
		} else {
			s.pos = len(s.text)
		}
		return
	}
	for s.pos < len(s.text) {
		rest, n := s.text[s.pos:], 0
		for n < len(rest) && plainText[rest[n]] {
			n++
		}
		if s.pos += n; n == len(rest) {
			return
		}
		switch c := rest[n]; c {
		case quote:
			s.pos++
			return
		case '\\':
			s.pos++
			if strings.HasPrefix(s.text[s.pos:], "\r\n") {
				s.pos++
			}
			if s.pos < len(s.text) {
				s.pos++
			}
		case '\n', '\r':
			return
		default:
			s.pos++
		}
	}
}

// template skips a template's text up to its end or the next ${.
func (s *scanner) template() tokenKind {
	for s.pos < len(s.text) {
		switch s.text[s.pos] {
		case '`':
			s.pos++
			s.operand = true
			return templatePiece
		case '\\':
			s.pos = min(s.pos+2, len(s.text))
		case '$':
			s.pos++
			if s.pos < len(s.text) && s.text[s.pos] == '{' {
				s.pos++
				s.push(templateLevel)
				s.operand = false
				return templatePiece
			}
		default:
			s.pos++
		}
	}
	s.operand = true
	return templatePiece
}

// regexp skips a regular expression, which ends with its line.
func (s *scanner) regexp() {
	s.operand = true
	s.pos++
	inClass := false
	for s.pos < len(s.text) {
		switch s.text[s.pos] {
		case '\\':
			s.pos = min(s.pos+2, len(s.text))
			continue
		case '[':
			inClass = true
		case ']':
			inClass = false
		case '\n', '\r':
			return
		case '/':
			if !inClass {
				s.pos++
				for s.pos < len(s.text) && classes[s.text[s.pos]] == classWord {
					s.pos++
				}
				return
			}
		}
		s.pos++
	}
}

func (s *scanner) punctuator(c byte) tokenKind {
	if s.level() == tagLevel {
		if kind, ok := s.tag(c); ok {
			return kind
		}
	}
	operand := s.operand
	header := s.header
	s.operand, s.header = false, false
	switch c {
	case '(':
		s.pos++
		if header {
			s.push(headerLevel)
		} else {
			s.push(parenLevel)
		}
	case ')':
		s.pos++
		s.operand = s.pop() != headerLevel
	case '[':
		s.pos++
		s.push(bracketLevel)
	case ']':
		s.pos++
		s.pop()
		s.operand = true
	case '{':
		s.push(s.brace(operand))
		s.pos++
	case '}':
		s.pos++
		switch s.pop() {
		case templateLevel:
			return s.template()
		case braceLevel:
			s.operand = true
		}
	case '`':
		s.pos++
		return s.template()
	case '/':
		if !operand {
			s.regexp()
			return regexpLiteral
		}
		s.operator(c)
	case '<':
		if s.jsx && !operand && s.opensTag() {
			s.pos++
			s.push(tagLevel)
			return punctuator
		}
		s.operator(c)
	case '.':
		if s.pos+1 < len(s.text) && classes[s.text[s.pos+1]] == classDigit {
			s.number()
			return number
		}
		s.pos++
		if strings.HasPrefix(s.text[s.pos:], "..") {
			s.pos += 2
		}
	case '+', '-':
		s.operator(c)
		// a++ ends an operand as a does.
		if s.text[s.pos-1] == c && s.pos >= 2 && s.text[s.pos-2] == c {
			s.operand = operand
		}
	case '!':
		s.operator(c)
		// TypeScript's a! is an operand.
		s.operand = operand && s.text[s.pos-1] == '!' && !s.jsx
	default:
		s.operator(c)
	}
	return punctuator
}

// brace tells what a { opens.
func (s *scanner) brace(operand bool) levelKind {
	if operand {
		// Behind ), a class's or a function's name, or try.
		return blockLevel
	}
	switch s.last.kind {
	case endOfText:
		return blockLevel
	case word:
		switch s.text[s.last.start:s.last.end] {
		case "do", "else", "try", "finally":
			return blockLevel
		}
		return braceLevel
	case punctuator:
		switch s.text[s.last.start:s.last.end] {
		case ";", "{", "}", ")", "=>":
			if s.level() == braceLevel && s.is(s.last, "{") {
				return braceLevel
			}
			return blockLevel
		case ":":
			if s.level() == blockLevel || s.level() == fileLevel {
				return blockLevel
			}
		case ">":
			if s.level() == blockLevel || s.level() == fileLevel {
				return blockLevel
			}
		}
	}
	return braceLevel
}

// operator skips the longest operator that starts with c.
func (s *scanner) operator(c byte) {
	s.pos++
	rest := s.text[s.pos:]
	repeats := 0
	switch c {
	case '+', '-', '*', '&', '|', '?', '<':
		repeats = 1
	case '=', '>':
		repeats = 2
	}
	n := 0
	for n < repeats && n < len(rest) && rest[n] == c {
		n++
	}
	rest = rest[n:]
	s.pos += n
	if len(rest) == 0 {
		return
	}
	switch {
	case c == '=' && n == 0 && rest[0] == '>':
		s.pos++
	case c == '?' && n == 0 && rest[0] == '.' && (len(rest) < 2 || classes[rest[1]] != classDigit):
		s.pos++
	case rest[0] == '=' && assigning[c] && (c != '=' || n == 0) && (n == 0 || c != '+' && c != '-'):
		s.pos++
		if (c == '=' || c == '!') && len(rest) > 1 && rest[1] == '=' {
			s.pos++
		}
	}
}

// opensTag tells whether a < at an operand's place opens a JSX element.
func (s *scanner) opensTag() bool {
	rest := s.text[s.pos+1:]
	rest = strings.TrimLeft(rest[:min(len(rest), 256)], " \t\r\n")
	if rest == "" {
		return false
	}
	if rest[0] == '>' {
		return true
	}
	if k := classes[rest[0]]; k != classWord && k != classWide {
		return false
	}
	n := 0
	for n < len(rest) && (classes[rest[n]] == classWord || classes[rest[n]] == classDigit || classes[rest[n]] == classWide) {
		n++
	}
	name := rest[:n]
	rest = strings.TrimLeft(rest[n:], " \t\r\n")
	switch {
	case strings.HasPrefix(rest, ","), strings.HasPrefix(rest, "extends "):
		// A type parameter.
		return false
	case strings.HasPrefix(rest, ">("):
		tail := s.text[s.pos:]
		return strings.Contains(tail[:min(len(tail), 1<<12)], "</"+name)
	}
	return true
}

// tag reads a punctuator between < and > of a JSX element. The second result
// is false for one that means the same as outside.
func (s *scanner) tag(c byte) (tokenKind, bool) {
	s.operand, s.header = false, false
	switch c {
	case '>':
		s.pos++
		s.levels[len(s.levels)-1] = childrenLevel
		return punctuator, true
	case '/':
		s.pos++
		s.trivia()
		if s.pos < len(s.text) && s.text[s.pos] == '>' {
			s.pos++
			s.pop()
			s.operand = true
		}
		return punctuator, true
	case '{':
		s.pos++
		s.push(braceLevel)
		return punctuator, true
	case '<':
		s.pos++
		s.push(tagLevel)
		return punctuator, true
	case '(', ')', '[', ']', '}', '`':
		// An error: what looked like a tag was none. Whether the parser reads on
		// as text or as code, brackets go on to count.
		s.pop()
		return punctuator, false
	}
	s.pos++
	return punctuator, true
}

// children reads the content of a JSX element up to the next { or <. The
// second result is false where there is none.
func (s *scanner) children() (token, bool) {
	t := token{start: s.pos}
	if s.pos >= len(s.text) {
		return t, false
	}
	switch s.text[s.pos] {
	case '{':
		s.pos++
		s.push(braceLevel)
		s.operand = false
		t.kind = punctuator
	case '<':
		t.kind = punctuator
		s.pos++
		if s.pos < len(s.text) && s.text[s.pos] == '/' {
			if n := strings.IndexByte(s.text[s.pos:], '>'); n >= 0 {
				s.pos += n + 1
			} else {
				s.pos = len(s.text)
			}
			s.pop()
			s.operand = true
		} else {
			s.push(tagLevel)
			s.operand = false
		}
	default:
		t.kind = jsxText
		if n := strings.IndexAny(s.text[s.pos:], "{<"); n >= 0 {
			s.pos += n
		} else {
			s.pos = len(s.text)
		}
	}
	t.end = s.pos
	return t, true
}
