package shell

import (
	"path"
	"slices"
	"strings"
)

// dialect is the set of rules by which the simple reader splits text.
type dialect uint8

const (
	// dialectAny is for text that is no shell: both kinds of quotes, sh's
	// substitutions and cmd.exe's variables.
	dialectAny dialect = iota
	dialectCmd
)

// maxBrackets is how deep the simple reader follows brackets; deeper ones only
// separate commands.
const maxBrackets = 32

// split reads text by simple rules: white space, quotes, brackets, operators.
// It takes no text for a comment, so that nothing hides in one.
func (r *reader) split(src *source, d dialect, stdin value) value {
	last, span, pinned, dir := r.last, r.span, r.pinned, r.dir
	r.last, r.pinned = -1, false
	defer func() { r.last, r.span, r.pinned, r.dir = last, span, pinned, dir }()
	s := &splitter{reader: r, src: src, text: src.text, dialect: d}
	return s.list(stdin, 0, 0)
}

// alsoWindows adds what cmd.exe would do with a text beyond what sh does.
func (r *reader) alsoWindows(src *source) {
	other := newReader()
	other.windows = true
	other.split(newSource(src.text), dialectCmd, value{})
	type key struct {
		kind   Kind
		detail string
	}
	known := map[key]bool{}
	for _, a := range r.script.Acts {
		known[key{a.Kind, a.Detail}] = true
	}
	for _, a := range other.script.Acts {
		if a.Kind != KindDynamicCommand && !known[key{a.Kind, a.Detail}] && r.room(len(r.script.Acts), MaxActs, "acts") {
			r.script.Acts = append(r.script.Acts, a)
		}
	}
	for _, f := range other.script.Files {
		same := func(g FileRun) bool { return g.Path == f.Path && g.Dynamic == f.Dynamic }
		if !slices.ContainsFunc(r.script.Files, same) && r.room(len(r.script.Files), MaxActs, "files") {
			r.script.Files = append(r.script.Files, f)
		}
	}
	for _, run := range other.script.Runs {
		same := func(x ScriptRun) bool { return x.Name == run.Name && x.Dir == run.Dir }
		if !slices.ContainsFunc(r.script.Runs, same) && r.room(len(r.script.Runs), MaxActs, "scripts run") {
			r.script.Runs = append(r.script.Runs, run)
		}
	}
	for _, h := range other.script.Hosts {
		r.host(h)
	}
	for _, l := range other.script.Limits {
		r.limit("%s", l)
	}
}

// splitter is the simple reader.
type splitter struct {
	*reader
	src     *source
	text    string
	pos     int
	dialect dialect
	// backquoted tells that the next backquote closes what is read.
	backquoted bool
}

func (s *splitter) peek(n int) byte {
	if s.pos+n < len(s.text) {
		return s.text[s.pos+n]
	}
	return 0
}

// list reads commands up to the closing byte, or to the end of the text for 0.
func (s *splitter) list(in value, closing byte, depth int) value {
	var out value
	feed := in
	c := &call{src: s.src, offset: -1}
	stop := s.pos // where the command ends and the operator begins
	end := func(op Operator) {
		c.stdin, c.capture = feed, op == OpPipe
		v := s.finish(c, stop)
		if op == OpPipe {
			feed = v
		} else {
			out, feed = s.concat(out, v), in
		}
		s.connect(op)
		c = &call{src: s.src, offset: -1}
	}
	for s.pos < len(s.text) {
		ch := s.text[s.pos]
		stop = s.pos
		if ch == closing && closing != 0 {
			end(OpNone)
			s.pos++
			return out
		}
		if ch == '`' && s.backquoted { // it closes what is around an open bracket
			break
		}
		switch {
		case (ch == ':' || ch == 'r' || ch == 'R') && s.batch != nil && len(c.words) == 0 && s.dialect == dialectCmd && s.comment():
		case s.dialect == dialectCmd && ch == '^' && (s.peek(1) == '\n' || s.peek(1) == '\r' && s.peek(2) == '\n'):
			s.pos += 2 + btoi(s.peek(1) == '\r')
		case s.batch != nil && s.dialect == dialectCmd && (ch == ';' || ch == ',' || ch == '=' || ch == '@') && len(c.words) == 0:
			s.pos++ // they separate words, and @ is silent
		case ch == '\n' || ch == ';' && (s.batch == nil || s.dialect != dialectCmd) || ch == ')' && s.dialect != dialectCmd:
			s.pos++
			end(OpSequence)
		case isSpace(rune(ch)) || ch == '\r':
			s.pos++
		case ch == '&':
			switch s.peek(1) {
			case '&':
				s.pos += 2
				end(OpAnd)
			case '>':
				s.pos++
				s.redirection(c, "&", depth)
			default:
				s.pos++
				if s.dialect == dialectAny && len(c.words) > 0 {
					s.span = [2]int{c.offset, s.pos}
					s.actAt(s.src, c.offset, KindBackground, "&", false)
					end(OpBackground)
				} else {
					end(OpSequence)
				}
			}
		case ch == '|':
			s.pos++
			switch s.peek(0) {
			case '|':
				s.pos++
				end(OpOr)
			case '&':
				s.pos++
				fallthrough
			default:
				end(OpPipe)
			}
		case ch == '(' && (s.dialect != dialectCmd || opensGroup(c.words)):
			s.pos++
			if depth >= maxBrackets {
				end(OpSequence)
				continue
			}
			at := s.pos - 1
			if len(c.words) > 0 {
				switch first := strings.ToLower(c.words[0].text); {
				case first == "for" && strings.EqualFold(c.words[len(c.words)-1].text, "in") && !s.quotedSet():
					s.skipSet()
					continue
				case first == "if" || first == "else", first == "for" && strings.EqualFold(c.words[len(c.words)-1].text, "do"):
					c.words = nil // the condition; what follows is a group
				}
			}
			if len(c.words) == 0 {
				s.last = -1
				v := s.list(feed, ')', depth+1)
				// A group may be one part of a pipeline, or a value.
				if strings.HasPrefix(strings.TrimLeft(s.text[s.pos:], " \t"), "|") {
					s.pos += strings.IndexByte(s.text[s.pos:], '|') + 1
					feed = v
				} else {
					out = s.concat(out, v)
				}
				continue
			}
			v := s.inner(')', depth)
			if s.dialect == dialectCmd { // of for, whose variable goes through it
				s.vars["%"] = v
			}
			c.words = append(c.words, word{value: opaque(v.taint), offset: at, exact: -1, raw: s.text[at:s.pos]})
		case (ch == '{' || ch == '}') && s.alone():
			s.pos++
			end(OpSequence)
		case ch == '>' || ch == '<':
			s.redirection(c, "", depth)
		case ch >= '0' && ch <= '9' && (s.peek(1) == '>' || s.peek(1) == '<'):
			s.pos++
			s.redirection(c, string(ch), depth)
		default:
			w := s.word(depth)
			if c.offset < 0 {
				c.offset = w.offset
			}
			c.words = append(c.words, w)
		}
	}
	stop = s.pos
	end(OpNone)
	return out
}

// opensGroup reports whether cmd.exe takes a bracket behind these words for one
// that groups commands; elsewhere it is text.
func opensGroup(words []word) bool {
	if len(words) == 0 {
		return true
	}
	switch strings.ToLower(words[0].text) {
	case "if", "else", "for":
		return true
	}
	return false
}

// quotedSet reports whether the brackets of cmd.exe's for hold a command, whose
// output is read, instead of names. It blanks the command's quotes.
func (s *splitter) quotedSet() bool {
	rest := strings.TrimLeft(s.text[s.pos:], " \t")
	if rest == "" || rest[0] != '\'' && rest[0] != '`' {
		return false
	}
	start := len(s.text) - len(rest)
	end := strings.IndexByte(rest[1:], rest[0])
	if end < 0 {
		return true
	}
	end += start + 1
	s.text = s.text[:start] + " " + s.text[start+1:end] + " " + s.text[end+1:]
	return true
}

// skipSet skips to behind the closing bracket.
func (s *splitter) skipSet() {
	if i := strings.IndexByte(s.text[s.pos:], ')'); i >= 0 {
		s.pos += i + 1
	} else {
		s.pos = len(s.text)
	}
}

// alone reports whether the byte at the position is a word of its own.
func (s *splitter) alone() bool {
	before := s.pos == 0 || strings.IndexByte(" \t\n;&|(){}", s.text[s.pos-1]) >= 0
	after := s.pos+1 == len(s.text) || strings.IndexByte(" \t\n;&|(){}", s.text[s.pos+1]) >= 0
	return before && after
}

// inner reads commands in brackets whose output is part of a word.
func (s *splitter) inner(closing byte, depth int) value {
	last, dir, span, inWord, backquoted := s.last, s.dir, s.span, s.inWord, s.backquoted
	defer func() { s.last, s.dir, s.span, s.inWord, s.backquoted = last, dir, span, inWord, backquoted }()
	s.inWord, s.backquoted = true, closing == '`'
	v := s.list(value{}, closing, depth+1)
	v.text = strings.TrimRight(v.text, "\n")
	return v
}

// finish runs a command that ends at the given offset.
func (s *splitter) finish(c *call, stop int) value {
	c.words = skipKeywords(c.words)
	s.last = -1
	if len(c.words) == 0 && len(c.redirs) == 0 {
		return value{}
	}
	if len(c.words) > 0 {
		c.offset = c.words[0].offset
	} else {
		c.offset = c.redirs[0].target.offset
	}
	s.span = [2]int{c.offset, stop}
	s.set(c)
	for len(c.words) > 0 && assignmentPattern.MatchString(c.words[0].text) && s.dialect == dialectAny {
		name, v, _ := strings.Cut(c.words[0].text, "=")
		x := literal(v, c.words[0])
		x.names = c.words[0].names
		c.env = append(c.env, variable{name, x})
		c.words = c.words[1:]
	}
	return s.run(c)
}

// skipKeywords drops what stands in front of a command in control structures
// of sh and cmd.exe.
func skipKeywords(words []word) []word {
	for len(words) > 0 {
		switch strings.ToLower(strings.TrimPrefix(words[0].text, "@")) {
		case "then", "do", "else", "elif", "while", "until", "!", "fi", "done", "esac", "try", "catch", "finally", "":
			if words[0].quoted && words[0].text != "" {
				return words
			}
			words = words[1:]
		case "if":
			words = skipCondition(words[1:])
		case "for":
			i := slices.IndexFunc(words, func(w word) bool { return strings.EqualFold(w.text, "do") })
			if i < 0 {
				return words
			}
			words = words[i+1:]
		default:
			return words
		}
	}
	return nil
}

// skipCondition drops the condition of cmd.exe's if (help if).
func skipCondition(words []word) []word {
	for len(words) > 0 {
		switch t := strings.ToLower(words[0].text); {
		case t == "/i", t == "not":
			words = words[1:]
			continue
		case t == "exist", t == "defined", t == "errorlevel", t == "cmdextversion":
			return words[min(2, len(words)):]
		case strings.Contains(t, "=="):
			return words[1:]
		case len(words) > 1 && slices.Contains([]string{"==", "equ", "neq", "lss", "leq", "gtr", "geq"}, strings.ToLower(words[1].text)):
			return words[min(3, len(words)):]
		}
		break
	}
	return words
}

// redirection reads an operator with its target.
func (s *splitter) redirection(c *call, fd string, depth int) {
	start := s.pos
	if fd == "&" {
		start--
		fd = ""
	}
	for s.peek(0) == '>' || s.peek(0) == '<' || s.peek(0) == '&' && s.pos > start {
		s.pos++
	}
	rd := redirect{fd: fd, op: s.text[start:s.pos]}
	for s.peek(0) == ' ' || s.peek(0) == '\t' {
		s.pos++
	}
	if s.pos < len(s.text) && !strings.ContainsRune("\n;&|<>()", rune(s.peek(0))) {
		rd.target = s.word(depth)
	}
	c.redirs = append(c.redirs, rd)
}

// word reads one word. It consumes at least one byte.
func (s *splitter) word(depth int) word {
	start := s.pos
	w := word{offset: start, exact: start}
	var b strings.Builder
	plain := true
	unknownPart := func(v value) {
		w.taint |= v.taint
		plain = false
		if !s.spend(len(v.text)) {
			v.text = unknown
		}
		b.WriteString(v.text)
	}
	var quote byte
loop:
	for s.pos < len(s.text) {
		ch := s.text[s.pos]
		switch {
		case quote != 0 && ch == quote:
			quote = 0
			s.pos++
			plain = false
		case quote == 0 && (ch == '"' || ch == '\'' && s.dialect != dialectCmd) && s.closes(ch):
			quote = ch
			s.pos++
			plain = false
		case ch == '\\' && s.peek(1) == '"':
			b.WriteByte('"')
			s.pos += 2
			plain = false
		case ch == '^' && quote == 0 && s.dialect == dialectCmd:
			s.pos++
			plain = false
			switch {
			case s.peek(0) == '\r' && s.peek(1) == '\n':
				s.pos += 2
			case s.peek(0) == '\n':
				s.pos++
			case s.pos < len(s.text):
				b.WriteByte(s.text[s.pos])
				s.pos++
			}
		case ch == '`' && s.backquoted:
			break loop
		case ch == '`' && s.dialect == dialectAny && quote != '\'' && depth < maxBrackets:
			s.pos++
			unknownPart(s.inner('`', depth))
		case ch == '$' && s.peek(1) == '(' && quote != '\'' && s.dialect != dialectCmd && depth < maxBrackets:
			s.pos += 2
			unknownPart(s.inner(')', depth))
		case ch == '$' && quote != '\'' && s.dialect != dialectCmd && isVariable(s.text[s.pos:]):
			name, n := variableName(s.text[s.pos:])
			s.pos += n
			w.names = append(w.names, name)
			unknownPart(s.variable(name))
		case s.batch != nil && s.dialect == dialectCmd && (ch == '%' || ch == '!' && s.batch.delayed) && s.isBatchVariable():
			v, name, n := s.batchVariable()
			s.pos += n
			if name != "" && !v.known() {
				w.names = append(w.names, name)
			}
			unknownPart(v)
		case s.batch != nil && s.dialect == dialectCmd && ch == '%' && s.peek(1) == '%':
			b.WriteByte('%')
			s.pos += 2
			plain = false
		case ch == '%' && s.dialect == dialectCmd && len(s.text) >= s.pos+5 && strings.EqualFold(s.text[s.pos:s.pos+5], "%~dp0"):
			s.pos += 5
			dir := opaque(0)
			if v, ok := s.vars["0"]; ok {
				dir.text = path.Dir(v.text) + "/"
			}
			unknownPart(dir)
		case ch == '%' && quote != '\'' && percentVariable(s.text[s.pos:]) > 0:
			n := percentVariable(s.text[s.pos:])
			name := s.text[s.pos+1 : s.pos+n-1]
			s.pos += n
			w.names = append(w.names, name)
			v := s.variable(name)
			if program, ok := wellKnown[strings.ToUpper(name)]; ok {
				v.text = program
			}
			unknownPart(v)
		case ch == '%' && s.dialect == dialectCmd && loopVariable(s.text[s.pos:]) > 0:
			s.pos += loopVariable(s.text[s.pos:])
			unknownPart(opaque(s.vars["%"].taint))
		case quote == 0 && s.pos > start && strings.IndexByte(" \t\r\n&|<>", ch) >= 0,
			quote == 0 && s.pos > start && ch == ';' && (s.batch == nil || s.dialect != dialectCmd),
			quote == 0 && s.pos > start && (ch == '(' || ch == ')') && (s.dialect != dialectCmd || depth > 0):
			break loop
		default:
			b.WriteByte(ch)
			s.pos++
		}
	}
	w.text, w.raw = b.String(), s.text[start:s.pos]
	if s.dialect == dialectCmd && strings.Count(w.text, "'") == 1 { // of a string that sh sees as one
		w.text, plain = strings.Trim(w.text, "'"), false
	}
	if len(w.raw) > 1 && (w.raw[0] == '"' || w.raw[0] == '\'') && w.raw[len(w.raw)-1] == w.raw[0] {
		w.quoted = true
		if w.text == w.raw[1:len(w.raw)-1] {
			w.exact, plain = start+1, true
		}
	}
	if !plain {
		w.exact = -1
	}
	return w
}

// closes reports whether the quote at the position has a partner; one without
// is text.
func (s *splitter) closes(quote byte) bool {
	rest := s.text[s.pos+1:]
	for i := 0; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			if quote == '"' {
				i++
			}
		case quote:
			return true
		}
	}
	return false
}

func isNameByte(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func isVariable(s string) bool {
	return len(s) > 1 && (isNameByte(s[1]) || s[1] == '{')
}

// variableName returns the name in $name, ${name} or $env:name and the length
// of the expansion.
func variableName(s string) (name string, n int) {
	if s[1] == '{' {
		if end := strings.IndexByte(s, '}'); end > 0 {
			return s[2:end], end + 1
		}
		return "", 2
	}
	i := 1
	for i < len(s) && isNameByte(s[i]) {
		i++
	}
	if strings.EqualFold(s[1:i], "env") && i+1 < len(s) && s[i] == ':' && isNameByte(s[i+1]) {
		start := i + 1
		for i++; i < len(s) && isNameByte(s[i]); i++ {
		}
		return s[start:i], i
	}
	return s[1:i], i
}

// percentVariable returns the length of %name% at the start of s, or 0.
func percentVariable(s string) int {
	i := 1
	for i < len(s) && isNameByte(s[i]) {
		i++
	}
	if i > 1 && i < len(s) && s[i] == '%' {
		return i + 1
	}
	return 0
}

// loopVariable returns the length of the variable of cmd.exe's for at the
// start of s, written %i or %%i, or 0.
func loopVariable(s string) int {
	n := 1
	if strings.HasPrefix(s, "%%") {
		n = 2
	}
	for n < len(s) && s[n] == '~' {
		n++
	}
	if n < len(s) && isNameByte(s[n]) && s[n] > '9' && (n+1 == len(s) || !isNameByte(s[n+1])) {
		return n + 1
	}
	return 0
}
