package simulate

import (
	"strings"
)

// style is how one author writes. Code is written in one canonical form (two
// spaces, double quotes, semicolons, const and let, arrow functions) and turned
// into another by its tokens.
type style struct {
	indent    string
	single    bool // quotes
	bare      bool // no semicolons at line ends
	vars      bool // var for const and let
	functions bool // function expressions for arrow functions with a block
	nodes     bool // "node:" in front of modules
	imports   importStyle
	comments  bool
	tight     bool // minified
}

type importStyle uint8

const (
	required importStyle = iota
	destructured
	inlined
	interop // as TypeScript compiles default imports
	starred // ES modules: import * as
)

func (g *generator) drawStyle() style {
	s := style{
		indent:    g.one("  ", "  ", "  ", "    ", "    ", "\t"),
		single:    g.chance(0.5),
		bare:      g.chance(0.15),
		vars:      g.chance(0.2),
		functions: g.chance(0.3),
		nodes:     g.chance(0.12),
		comments:  g.chance(0.35),
		tight:     g.chance(0.12),
	}
	s.imports = pick(g, []weighted[importStyle]{{required, 50}, {destructured, 20}, {inlined, 18}, {interop, 12}})
	if s.vars {
		s.functions = g.chance(0.75)
	}
	return s
}

// apply turns canonical code into the style.
func (s style) apply(src string) string {
	tokens := tokenize(src)
	if s.functions {
		tokens = toFunctions(tokens)
	}
	for i, t := range tokens {
		switch {
		case s.single && t.kind == quoted:
			tokens[i].text = requote(t.text)
		case s.vars && t.kind == word && (t.text == "const" || t.text == "let") && declares(tokens, i):
			tokens[i].text = "var"
		}
	}
	if s.tight {
		return squeeze(tokens)
	}
	if s.bare {
		tokens = dropSemicolons(tokens)
	}
	if s.indent != "  " {
		for i, t := range tokens {
			if t.kind == blank {
				tokens[i].text = reindent(t.text, s.indent)
			}
		}
	}
	return join(tokens)
}

func declares(tokens []token, i int) bool {
	before, ok := near(tokens, i, -1)
	return !ok || before.text != "."
}

func requote(s string) string {
	inner := s[1 : len(s)-1]
	if s[0] != '"' || strings.Contains(inner, "'") {
		return s
	}
	return "'" + strings.ReplaceAll(inner, `\"`, `"`) + "'"
}

// toFunctions makes "(a) => {" into "function (a) {". The canonical code does not
// use this in an arrow function.
func toFunctions(tokens []token) []token {
	for i, t := range tokens {
		if t.text != "=>" || t.kind != sign {
			continue
		}
		if after, ok := near(tokens, i, 1); !ok || after.text != "{" {
			continue
		}
		open := opening(tokens, i)
		if open < 0 {
			continue
		}
		tokens[open].text = "function " + tokens[open].text
		tokens[i].text = ""
		if i+1 < len(tokens) && tokens[i+1].kind == blank {
			tokens[i+1].text = ""
		}
	}
	return tokens
}

// opening finds the parenthesis that belongs to the one before token i.
func opening(tokens []token, i int) int {
	depth := 0
	first := max(0, i-maxLook)
	for i--; i >= first; i-- {
		if tokens[i].kind != sign {
			if depth == 0 && tokens[i].kind != blank {
				return -1
			}
			continue
		}
		switch tokens[i].text {
		case ")":
			depth++
		case "(":
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// dropSemicolons removes those at line ends where the next line cannot continue
// the statement.
func dropSemicolons(tokens []token) []token {
	for i, t := range tokens {
		if t.kind != sign || t.text != ";" {
			continue
		}
		if i+1 < len(tokens) && (tokens[i+1].kind != blank || !strings.Contains(tokens[i+1].text, "\n")) {
			continue
		}
		after, ok := near(tokens, i, 1)
		if ok && after.kind != word && after.text != "}" {
			continue
		}
		if before, ok := near(tokens, i, -1); ok && before.text == ")" && emptyBody(tokens, i) {
			continue
		}
		tokens[i].text = ""
	}
	return tokens
}

// emptyBody tells whether the semicolon at i is the body of a loop.
func emptyBody(tokens []token, i int) bool {
	close := i - 1
	for close >= 0 && tokens[close].text != ")" {
		close--
	}
	open := opening(tokens, close+1)
	if open < 0 {
		return false
	}
	before, ok := near(tokens, open, -1)
	return ok && (before.text == "for" || before.text == "while")
}

func reindent(s, indent string) string {
	cut := strings.LastIndexByte(s, '\n')
	if cut < 0 {
		return s
	}
	return s[:cut+1] + strings.Repeat(indent, (len(s)-cut-1)/2)
}

// squeeze leaves out comments and what white space can go.
func squeeze(tokens []token) string {
	var b strings.Builder
	var last token
	for _, t := range tokens {
		if t.kind == blank || t.kind == comment || t.text == "" {
			continue
		}
		text := t.text
		if rest, ok := strings.CutPrefix(text, "function "); ok {
			// toFunctions writes the keyword with its space.
			text = "function" + rest
		}
		if ends(last) && begins(t) || clash(last, t) {
			b.WriteByte(' ')
		}
		b.WriteString(text)
		last = t
	}
	return b.String()
}

// ends and begins tell whether a token ends or begins like a word, so that two of
// them need a space between.
func ends(t token) bool {
	return t.kind != quoted && t.kind != template && t.text != "" && isWord(t.text[len(t.text)-1])
}

func begins(t token) bool { return t.kind != quoted && isWord(t.text[0]) }

func clash(a, b token) bool {
	return a.kind == sign && b.kind == sign && a.text != "" && a.text[len(a.text)-1] == b.text[0] && strings.ContainsAny(b.text[:1], "+-")
}
