package simulate

import (
	"strings"
)

type tokenKind uint8

const (
	blank    tokenKind = iota // white space
	comment                   // either kind
	word                      // identifier or keyword
	number                    // numeric literal
	quoted                    // string literal
	template                  // template literal with all that is in it
	regex                     // regular expression literal
	sign                      // punctuation
)

type token struct {
	kind tokenKind
	text string
}

// signs are the operators of more than one character that matter here, longest
// first.
var signs = []string{"...", "===", "!==", "=>", "?.", "==", "!=", "<=", ">=", "&&", "||", "??", "++", "--", "+=", "-=", "*=", "^="}

// tokenize splits JavaScript. It is exact for what this package writes; for other
// code a regular expression behind a brace or bracket may be taken for a
// division.
func tokenize(src string) []token {
	var out []token
	last := token{kind: sign, text: ";"}
	for len(src) > 0 {
		kind, n := next(src, last)
		t := token{kind, src[:n]}
		out = append(out, t)
		if kind != blank && kind != comment {
			last = t
		}
		src = src[n:]
	}
	return out
}

func next(src string, last token) (tokenKind, int) {
	c := src[0]
	switch {
	case isBlank(c):
		return blank, span(src, isBlank)
	case strings.HasPrefix(src, "//"), strings.HasPrefix(src, "#!"):
		return comment, until(src, "\n", false)
	case strings.HasPrefix(src, "/*"):
		return comment, until(src, "*/", true)
	case isWord(c):
		if c >= '0' && c <= '9' {
			return number, span(src, func(c byte) bool { return isWord(c) || c == '.' })
		}
		return word, span(src, isWord)
	case c == '"' || c == '\'':
		return quoted, literal(src, c)
	case c == '`':
		return template, templateEnd(src)
	case c == '/' && operand(last):
		if n := regexEnd(src); n > 0 {
			return regex, n
		}
	}
	for _, s := range signs {
		if strings.HasPrefix(src, s) {
			return sign, len(s)
		}
	}
	return sign, 1
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c >= 0x80
}

func span(s string, in func(byte) bool) int {
	i := 0
	for i < len(s) && in(s[i]) {
		i++
	}
	return i
}

func until(s, end string, with bool) int {
	i := strings.Index(s, end)
	switch {
	case i < 0:
		return len(s)
	case with:
		return i + len(end)
	}
	return i
}

func literal(s string, quote byte) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case quote, '\n':
			return i + 1
		}
	}
	return len(s)
}

// templateEnd finds the end of a template literal; expressions in it may hold
// others.
func templateEnd(s string) int {
	var depth []int // open braces in each expression that is open
	for i := 1; i < len(s); i++ {
		c := s[i]
		switch inside := len(depth)%2 == 1; {
		case c == '\\':
			i++
		case !inside && c == '`':
			if len(depth) == 0 {
				return i + 1
			}
			depth = depth[:len(depth)-1]
		case !inside && strings.HasPrefix(s[i:], "${"):
			depth = append(depth, 0)
			i++
		case inside && c == '`':
			depth = append(depth, 0)
		case inside && c == '{':
			depth[len(depth)-1]++
		case inside && c == '}':
			if depth[len(depth)-1] == 0 {
				depth = depth[:len(depth)-1]
			} else {
				depth[len(depth)-1]--
			}
		case inside && (c == '"' || c == '\''):
			i += literal(s[i:], c) - 1
		}
	}
	return len(s)
}

// operand tells whether a value is expected behind a token, so that a slash
// begins a regular expression.
func operand(last token) bool {
	switch last.kind {
	case word:
		switch last.text {
		case "return", "typeof", "case", "in", "of", "new", "delete", "void", "throw", "else", "do", "await", "yield":
			return true
		}
		return false
	case sign:
		return last.text != ")" && last.text != "]" && last.text != "}" && last.text != "++" && last.text != "--"
	}
	return false
}

// maxLook bounds looking ahead or back in code of a base, which may be anything.
const maxLook = 10_000

func regexEnd(s string) int {
	class := false
	for i := 1; i < min(len(s), maxLook); i++ {
		switch s[i] {
		case '\\':
			i++
		case '[':
			class = true
		case ']':
			class = false
		case '\n':
			return 0
		case '/':
			if !class {
				return i + 1 + span(s[i+1:], isWord)
			}
		}
	}
	return 0
}

func join(tokens []token) string {
	var b strings.Builder
	for _, t := range tokens {
		b.WriteString(t.text)
	}
	return b.String()
}

// near finds the token before or after i that is neither blank nor comment; ok is
// false at the ends.
func near(tokens []token, i, step int) (token, bool) {
	for i += step; i >= 0 && i < len(tokens); i += step {
		if k := tokens[i].kind; k != blank && k != comment {
			return tokens[i], true
		}
	}
	return token{}, false
}
