package shell

import (
	"path"
	"strings"
	"unicode/utf8"
)

// The bounds of a reading of PowerShell.
const (
	// maxPSNesting is how deep brackets are followed; deeper ones only separate
	// commands.
	maxPSNesting = 200
	// maxPSRepeats bounds the text that is read again, in blocks that run for
	// each item of a list, in bytes.
	maxPSRepeats = 512 << 10
	// psItemCost is what each item takes beside the text of its block.
	psItemCost = 48
	// maxTypeName is how long the name of a type may be, in bytes.
	maxTypeName = 400
)

// powershell reads PowerShell (Microsoft documentation, "PowerShell language
// specification"): statements of commands and of expressions, whose values it
// computes where they are constant. Blocks are read where they stand.
type powershell struct {
	*reader
	src  *source
	text string
	pos  int
	// state is shared with the texts that Invoke-Expression runs.
	state *psState
	// target is the variable that the expression read last is, or "".
	target string
	// upstream is the command whose output the pipe holds, or "".
	upstream string
	level    int // functions around the statement
	// single tells that a comma ends the expression.
	single bool
}

// psState is what a session of PowerShell knows.
type psState struct {
	vars    map[string]object // by names in lower case
	aliases map[string]string
	depth   int
	blocks  int // around the statement: what they set is not sure
	calls   int // of functions of the script, one inside the other
	repeats int // bytes that may still be read again
	// functions are those of the script by their names in lower case; pending
	// are those that may not be read yet.
	functions map[string]*psFunction
	pending   []*psFunction
	// binding is what the function that is entered was given, until its
	// parameters took it.
	binding *psArguments
}

// psFunction is a function of the script.
type psFunction struct {
	reader       *powershell // of the text in which it stands
	params       []string    // in front of the block
	start        int         // of the block
	level        int         // how many functions are around it
	active, read bool
}

// psBlock is a script block that was read; out is what it returns.
type psBlock struct{ out object }

// readPowerShell reads the text of a source. It returns what its commands
// print.
func (r *reader) readPowerShell(src *source, in object) object {
	if src.depth > MaxDepth {
		r.limit("shells nested more than %d levels deep", MaxDepth)
		return opaqueObject(in.taint)
	}
	last, span, pinned, dir := r.last, r.span, r.pinned, r.dir
	r.repeating = true
	r.last, r.pinned = -1, false
	defer func() { r.last, r.span, r.pinned, r.dir = last, span, pinned, dir }()
	outermost := r.ps == nil
	if outermost {
		r.ps = &psState{vars: map[string]object{}, aliases: map[string]string{}, functions: map[string]*psFunction{}, repeats: maxPSRepeats}
		defer func() { r.ps = nil }()
	}
	s := &powershell{reader: r, src: src, text: src.text, state: r.ps}
	s.state.vars["input"] = in
	out := opaqueObject(0)
	out.text = ""
	for s.pos < len(s.text) {
		out = s.output(out, s.block(0))
		s.pos++ // a bracket that closes nothing
	}
	for outermost && len(s.state.pending) > 0 {
		f := s.state.pending[0]
		s.state.pending = s.state.pending[1:]
		if !f.read {
			s.enterFunction(f, nil, object{})
		}
	}
	return out
}

// peek returns the byte n behind the position, or 0.
func (s *powershell) peek(n int) byte {
	if s.pos+n < len(s.text) {
		return s.text[s.pos+n]
	}
	return 0
}

// has reports whether the text goes on with prefix, whatever the case.
func (s *powershell) has(prefix string) bool {
	return len(s.text)-s.pos >= len(prefix) && strings.EqualFold(s.text[s.pos:s.pos+len(prefix)], prefix)
}

// skip passes white space, comments and continued lines, with lines also ends
// of lines.
func (s *powershell) skip(lines bool) {
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; {
		case c == ' ' || c == '\t' || c == '\f' || c == '\v':
			s.pos++
		case (c == '\n' || c == '\r') && lines:
			s.pos++
		case c == '\r' && s.peek(1) != '\n':
			s.pos++
		case c == '`' && (s.peek(1) == '\n' || s.peek(1) == '\r' && s.peek(2) == '\n'):
			s.pos += 2 + btoi(s.peek(1) == '\r')
		case c == '#' && (s.pos == 0 || strings.IndexByte(" \t\r\n;{}(),|&=", s.text[s.pos-1]) >= 0):
			if i := strings.IndexByte(s.text[s.pos:], '\n'); i >= 0 {
				s.pos += i
			} else {
				s.pos = len(s.text)
			}
		case c == '<' && s.peek(1) == '#':
			if i := strings.Index(s.text[s.pos:], "#>"); i >= 0 {
				s.pos += i + 2
			} else {
				s.pos = len(s.text)
			}
		case strings.HasPrefix(s.text[s.pos:], "\ufeff"):
			s.pos += len("\ufeff")
		case strings.HasPrefix(s.text[s.pos:], "\u00a0"):
			s.pos += len("\u00a0")
		default:
			return
		}
	}
}

// enter reports whether brackets may be followed one level deeper.
func (s *powershell) enter() bool {
	if s.state.depth >= maxPSNesting {
		return false
	}
	s.state.depth++
	return true
}

// output joins what two statements return.
func (s *powershell) output(a, b object) object {
	if a.kind == objUnknown && a.text == "" {
		return b.tainted(a.taint)
	}
	if b.kind == objUnknown && b.text == "" {
		return a.tainted(b.taint)
	}
	return opaqueObject(a.taint | b.taint)
}

// block reads statements up to the closing byte, or to a bracket that closes
// nothing for 0. The position is behind the closing byte afterwards.
func (s *powershell) block(closing byte) object {
	out := opaqueObject(0)
	out.text = ""
	for {
		s.skip(true)
		if s.pos >= len(s.text) {
			return out
		}
		c := s.text[s.pos]
		switch {
		case c == closing && closing != 0:
			s.pos++
			return out
		case c == ';' || c == ',' && closing == ')':
			s.pos++
			continue
		case c == ')' || c == '}' || c == ']':
			if closing == 0 || s.state.depth > 1 {
				return out // it belongs to what is around, if to anything
			}
			s.pos++
			continue
		}
		start := s.pos
		out = s.output(out, s.statement())
		s.connect(OpSequence)
		if s.pos == start {
			s.pos++
		}
	}
}

// scriptBlock reads a block in braces. The values that it sets are not sure.
func (s *powershell) scriptBlock() object {
	out := opaqueObject(0)
	if s.peek(0) != '{' {
		return out
	}
	s.pos++
	if !s.enter() {
		return out
	}
	s.state.blocks++
	last, single := s.last, s.single
	s.single = false
	out = s.block('}')
	s.last, s.single = last, single
	s.state.blocks--
	s.state.depth--
	return out
}

// brackets reads statements in round brackets, the position being behind the
// opening one.
func (s *powershell) brackets() object {
	if !s.enter() {
		return opaqueObject(0)
	}
	last, inWord, single := s.last, s.inWord, s.single
	s.inWord, s.single = true, false
	out := s.block(')')
	s.last, s.inWord, s.single = last, inWord, single
	s.state.depth--
	return out
}

// keyword returns the word at the position in lower case.
func (s *powershell) keyword() string {
	i := s.pos
	for i < len(s.text) && (isNameByte(s.text[i]) || s.text[i] == '-') {
		i++
	}
	return strings.ToLower(s.text[s.pos:i])
}

// quote makes acts quote the source from start to the end of the statement, as
// far as snippets go.
func (s *powershell) quote(start int) {
	end := min(start+4*MaxSnippet, len(s.text))
	depth := 0
	for i := start; i < end; i++ {
		switch c := s.text[i]; c {
		case '(', '{':
			depth++
		case ')', '}':
			if depth--; depth < 0 {
				end = i
			}
		case '\n', ';':
			if depth == 0 {
				end = i
			}
		}
	}
	s.span = [2]int{start, end}
}

// statement reads one statement.
func (s *powershell) statement() object {
	span := s.span
	defer func() { s.span = span }()
	s.quote(s.pos)
	start := s.pos
	word := s.keyword()
	behind := s.pos + len(word)
	switch word {
	case "if", "elseif", "while", "until", "switch":
		s.pos = behind
		s.condition()
		return s.rest()
	case "else", "try", "finally", "do", "begin", "process", "end", "catch", "default", "dynamicparam", "trap", "data", "clean":
		s.pos = behind
		s.skip(true)
		for s.peek(0) == '[' { // the type of an exception
			s.skipType()
			s.skip(true)
			if s.peek(0) == ',' {
				s.pos++
				s.skip(true)
			}
		}
		if s.peek(0) == '{' {
			return s.scriptBlock()
		}
		s.pos = start
	case "foreach":
		s.pos = behind
		s.skip(true)
		if s.peek(0) == '(' {
			s.loop()
			return s.rest()
		}
		s.pos = start
	case "for":
		s.pos = behind
		s.condition()
		return s.rest()
	case "function", "filter":
		s.pos = behind
		s.function()
		out := opaqueObject(0)
		out.text = ""
		return out
	case "param":
		s.pos = behind
		s.skip(true)
		if s.peek(0) == '(' {
			s.bind(s.parameters())
		}
		out := opaqueObject(0)
		out.text = ""
		return out
	case "return", "throw", "exit", "break", "continue":
		s.pos = behind
		s.skip(false)
		if c := s.peek(0); c == 0 || strings.IndexByte("\r\n;})", c) >= 0 {
			return opaqueObject(0)
		}
		return s.pipeline()
	case "class", "enum":
		s.pos = behind
		for s.pos < len(s.text) && s.peek(0) != '{' && s.peek(0) != '\n' {
			s.pos++
		}
		return s.scriptBlock()
	case "using":
		s.pos = behind
		s.skip(false)
		if s.keyword() == "module" {
			s.pos += len("module")
			s.skip(false)
			if w := s.word(); w.text != "" {
				s.module(&call{src: s.src, offset: w.offset}, w)
			}
			return opaqueObject(0)
		}
		for s.pos < len(s.text) && s.peek(0) != '\n' && s.peek(0) != ';' {
			s.pos++
		}
		return opaqueObject(0)
	}
	return s.pipeline()
}

// condition reads what stands in brackets behind a keyword.
func (s *powershell) condition() {
	s.skip(true)
	for s.peek(0) == '-' { // the options of switch
		s.pos++
		s.pos += len(s.keyword())
		s.skip(true)
	}
	if s.peek(0) == '(' {
		s.pos++
		s.brackets()
	}
}

// rest reads the block behind a condition.
func (s *powershell) rest() object {
	s.skip(true)
	return s.scriptBlock()
}

// loop reads the head of foreach.
func (s *powershell) loop() {
	s.pos++
	s.skip(true)
	var name string
	if s.peek(0) == '$' {
		name, _ = s.variableName()
	}
	s.skip(true)
	if s.keyword() == "in" {
		s.pos += 2
	}
	items := s.brackets()
	o := opaqueObject(items.taint)
	if items.kind == objList && len(items.items) > 0 && len(items.items) <= maxOthers {
		o = items.items[0]
		for _, item := range items.items[1:] {
			o = either(o, item)
		}
	}
	s.state.vars[strings.ToLower(name)] = o
}

// function notes a function, which is read where it is called.
func (s *powershell) function() {
	s.skip(true)
	start := s.pos
	for s.pos < len(s.text) && strings.IndexByte(" \t\r\n({", s.text[s.pos]) < 0 {
		s.pos++
	}
	name := strings.ToLower(s.text[start:s.pos])
	name = name[strings.LastIndexByte(name, ':')+1:] // as in global:name
	f := &psFunction{reader: s, level: s.level + 1}
	s.skip(true)
	if s.peek(0) == '(' {
		f.params = s.parameters()
		s.skip(true)
	}
	if s.peek(0) != '{' {
		return
	}
	f.start = s.pos
	if f.level > maxPSNesting {
		s.limit("functions nested more than %d levels deep", maxPSNesting)
		s.pos = len(s.text)
		return
	}
	s.skipBlock()
	s.state.functions[name] = f
	s.state.pending = append(s.state.pending, f)
}

// parameters reads the parameters in the brackets at the position, and gives
// those with a default its value.
func (s *powershell) parameters() []string {
	s.pos++
	start := s.pos
	s.brackets()
	var names []string
	depth, wanted := 0, true
	for i := start; i < s.pos; i++ {
		switch c := s.text[i]; {
		case c == '(' || c == '[' || c == '{':
			depth++
		case c == ')' || c == ']' || c == '}':
			depth--
		case c == ',' && depth == 0:
			wanted = true
		case c == '$' && depth == 0 && wanted:
			end := i + 1
			for end < s.pos && isNameByte(s.text[end]) {
				end++
			}
			names = append(names, strings.ToLower(s.text[i+1:end]))
			wanted = false
		}
	}
	return names
}

// skipBlock passes a block in braces without reading it.
func (s *powershell) skipBlock() {
	var around []byte // brackets and quotes that are open
	for s.pos < len(s.text) {
		c := s.text[s.pos]
		inText := len(around) > 0 && around[len(around)-1] == '"'
		switch {
		case c == '`':
			s.pos++
		case inText && c == '"' && s.peek(1) == '"':
			s.pos++
		case inText && c == '"':
			around = around[:len(around)-1]
		case inText && c == '$' && s.peek(1) == '(':
			s.pos++
			around = append(around, '(')
		case inText:
		case c == '#' || c == '<' && s.peek(1) == '#':
			start := s.pos
			if s.skip(true); s.pos > start {
				continue
			}
		case c == '@' && (s.peek(1) == '\'' || s.peek(1) == '"'):
			end := strings.Index(s.text[s.pos:], "\n"+s.text[s.pos+1:s.pos+2]+"@")
			if end < 0 {
				s.pos = len(s.text)
				return
			}
			s.pos += end + 2
		case c == '\'':
			if end := strings.IndexByte(s.text[s.pos+1:], '\''); end >= 0 {
				s.pos += end + 1
			}
		case c == '"' || c == '{' || c == '(':
			around = append(around, c)
		case c == '}' || c == ')':
			if around = around[:len(around)-1]; len(around) == 0 {
				s.pos++
				return
			}
		}
		s.pos++
	}
	s.pos = len(s.text)
}

// enterFunction reads a function for the words behind its name; args is nil
// where nothing is known of them.
func (s *powershell) enterFunction(f *psFunction, args *psArguments, in object) object {
	t := in.taint
	if args != nil {
		for _, a := range args.list {
			t |= a.taint
		}
	}
	if f.active || s.state.calls >= maxCalls || f.read && s.state.repeats <= 0 {
		return opaqueObject(t)
	}
	r := f.reader
	old, binding, given := *r, s.state.binding, s.state.vars["args"]
	f.active = true
	s.state.calls++
	if args != nil {
		s.state.binding = args
		var list []object
		for _, a := range args.list {
			list = append(list, a.object)
		}
		s.state.vars["args"] = listObject(list)
		s.bind(f.params)
		s.state.binding = args // for the param of the body
	}
	if in.kind != objUnknown || in.text != "" {
		s.state.vars["input"], s.state.vars["_"] = in, in
	}
	r.pos, r.level, r.single, r.target = f.start, f.level, false, ""
	out := r.scriptBlock()
	if f.read {
		s.state.repeats -= r.pos - f.start
	}
	f.read, f.active = true, false
	r.pos, r.level, r.single, r.target, r.upstream = old.pos, old.level, old.single, old.target, old.upstream
	s.state.calls--
	s.state.binding, s.state.vars["args"] = binding, given
	return s.emptied(out)
}

// bind gives parameters the values of the words behind a function's name.
func (s *powershell) bind(params []string) {
	args := s.state.binding
	s.state.binding = nil
	if args == nil {
		return
	}
	n := 0
	for _, name := range params {
		if a, ok := args.named("-"+name, len(name)+1); ok {
			s.state.vars[name] = a.object
		} else if a, ok := args.positional(n); ok {
			s.state.vars[name] = a.object
			n++
		}
	}
}

// pipeline reads commands and expressions of which each takes the output of
// the one before.
func (s *powershell) pipeline() object {
	in := opaqueObject(0)
	in.text = ""
	for {
		s.skip(false)
		start := s.pos
		if in.kind == objUnknown && in.text == "" {
			s.upstream = ""
		}
		out := s.element(in)
		s.skip(false)
		out = s.redirections(out, start)
		s.skip(false)
		switch {
		case s.has("&&"), s.has("||"):
			s.connect(map[bool]Operator{true: OpAnd, false: OpOr}[s.has("&&")])
			s.pos += 2
			in = opaqueObject(0)
			in.text = ""
			s.skip(true)
			if s.pos < len(s.text) {
				continue
			}
		case s.peek(0) == '|':
			s.connect(OpPipe)
			s.pos++
			in = out
			s.skip(true)
			if s.pos < len(s.text) {
				continue
			}
		case s.peek(0) == '&' && s.pos > start:
			s.pos++
			s.actAt(s.src, start, KindBackground, "&", false)
			s.connect(OpBackground)
		}
		return out
	}
}

// redirections reads >, >>, 2>&1 and the like behind an expression.
func (s *powershell) redirections(out object, start int) object {
	for s.redirects() {
		rd, ok := s.redirection()
		s.skip(false)
		if !ok || rd.op == ">&" {
			continue
		}
		to := s.redirect(s.src, start, []redirect{rd}, &value{}, false)
		s.inspect(&call{src: s.src, offset: start, redirs: []redirect{rd}})
		out = valueObject(s.send(out.value, to))
	}
	return out
}

// redirects reports whether a redirection starts at the position.
func (s *powershell) redirects() bool {
	c := s.peek(0)
	return c == '>' || (c >= '1' && c <= '6' || c == '*') && s.peek(1) == '>'
}

// element reads one part of a pipeline.
func (s *powershell) element(in object) object {
	switch c := s.peek(0); {
	case (c == '&' || c == '.') && s.invokes():
		s.pos++
		s.skip(false)
		return s.invoke(in)
	case s.startsExpression():
		return s.expressionStatement(in)
	case c == 0 || strings.IndexByte(";|)}\r\n", c) >= 0:
		return in
	}
	return s.command(s.word(), in)
}

// invokes reports whether the operator at the position runs what follows.
func (s *powershell) invokes() bool {
	if s.peek(0) == '&' {
		return s.peek(1) != '&'
	}
	c := s.peek(1)
	return c == 0 || strings.IndexByte(" \t'\"$({", c) >= 0
}

// invoke runs the value at the position with the words behind it.
func (s *powershell) invoke(in object) object {
	if s.peek(0) == '{' {
		s.state.vars["_"] = in
		out := s.scriptBlock()
		s.arguments()
		return out
	}
	start := s.pos
	var w word
	if s.startsExpression() {
		o := s.postfix()
		if b, ok := o.own.(*psBlock); ok {
			s.arguments()
			return b.out
		}
		w = o.word(s.src, start, s.pos)
		if o.kind == objText && s.pos < len(s.text) && isWordByte(s.text[s.pos]) {
			next := s.word()
			w = literal(o.text+next.text, w)
		}
	} else {
		w = s.word()
	}
	return s.command(w, in)
}

// startsExpression reports whether the position starts an expression instead
// of a command.
func (s *powershell) startsExpression() bool {
	switch c := s.peek(0); {
	case c == '$' || c == '"' || c == '\'' || c == '(' || c == '{' || c == '[' || c == unknown[0]:
		return true
	case c == '@':
		return strings.IndexByte("({'\"", s.peek(1)) >= 0 && s.peek(1) != 0
	case c == '!' || c == ',':
		return true
	case c == '-' || c == '+':
		word := strings.ToLower(s.operatorName())
		return word == "-not" || word == "-join" || word == "-split" || word == "-bnot" || s.peek(1) == '$' || s.peek(1) == '(' ||
			s.peek(1) >= '0' && s.peek(1) <= '9' || s.peek(1) == c
	case c >= '0' && c <= '9':
		i := s.pos
		for i < len(s.text) && (isNameByte(s.text[i]) || s.text[i] == '.' && !strings.HasPrefix(s.text[i:], "..")) {
			i++
		}
		_, ok := psNumber(s.text[s.pos:i])
		return ok
	}
	return false
}

// expressionStatement reads an expression, or an assignment to one.
func (s *powershell) expressionStatement(in object) object {
	start := s.pos
	o := s.expression()
	target := s.target
	s.skip(false)
	op := ""
	for _, x := range []string{"=", "+=", "-=", "*=", "/=", "%=", "??="} {
		if strings.HasPrefix(s.text[s.pos:], x) {
			op = x
		}
	}
	if op == "" || op == "=" && s.peek(1) == '=' {
		if s.pos == start {
			return in
		}
		return o
	}
	s.pos += len(op)
	s.skip(true)
	right := s.statement()
	if right.kind == objUnknown && right.text == "" {
		right.text = unknown
	}
	switch op {
	case "+=":
		if s.state.blocks > 0 {
			right = opaqueObject(o.taint | right.taint)
		} else {
			right = s.add(o, right)
		}
	case "=":
	default:
		right = opaqueObject(o.taint | right.taint)
	}
	s.assign(target, right)
	out := opaqueObject(0)
	out.text = ""
	return out
}

// assign gives a variable a value.
func (s *powershell) assign(name string, o object) {
	if name == "" {
		return
	}
	if rest, ok := strings.CutPrefix(name, "env:"); ok {
		s.reader.vars[rest] = value{unknown, o.taint}
		if o.isText() {
			s.reader.vars[rest] = o.value
		}
		return
	}
	if old, ok := s.state.vars[name]; ok && s.state.blocks > 0 {
		o = either(old, o)
	}
	s.state.vars[name] = o
}

// isWordByte reports whether a byte goes on a word of a command.
func isWordByte(c byte) bool { return strings.IndexByte(" \t\r\n;|&(){},<>", c) < 0 }

// word reads one word of a command that is no expression.
func (s *powershell) word() word {
	start := s.pos
	o := textObject("", 0)
	plain, quoted := true, false
	for s.pos < len(s.text) && (isWordByte(s.text[s.pos]) || s.pos == start && s.text[s.pos] == '&') {
		c := s.text[s.pos]
		switch {
		case c == '`':
			plain = false
			if s.peek(1) == '\n' || s.peek(1) == '\r' {
				return s.finished(o, start, plain, quoted)
			}
			o = s.join(o, textObject(s.escaped(), 0))
		case s.quoteAt() > 0:
			if s.pos == start {
				quoted = true
			}
			next := s.quotedText()
			if quoted && o.text == "" {
				o = next
			} else {
				o = s.join(o, next)
			}
			plain = false
		case c == '$' && (s.peek(1) == '(' || isVariableStart(s.text[s.pos:])):
			plain = false
			o = s.join(o, s.expanded())
		default:
			i := s.pos + 1
			for i < len(s.text) && isWordByte(s.text[i]) && strings.IndexByte("`'\"$", s.text[i]) < 0 && s.text[i] < utf8.RuneSelf {
				i++
			}
			if c >= utf8.RuneSelf {
				_, n := utf8.DecodeRuneInString(s.text[s.pos:])
				i = max(s.pos+n, s.pos+1)
			}
			o = s.join(o, textObject(s.text[s.pos:i], 0))
			s.pos = i
		}
	}
	return s.finished(o, start, plain, quoted)
}

func (s *powershell) finished(o object, start int, plain, quoted bool) word {
	w := o.word(s.src, start, s.pos)
	if plain && w.known() {
		w.exact = start
	}
	w.quoted = quoted && s.pos > start+1 && s.quoteByte(s.text[s.pos-1])
	return w
}

func (s *powershell) quoteByte(c byte) bool { return c == '"' || c == '\'' }

// quoteAt returns the length of the quote at the position, or 0. Typographic
// quotes count, as in PowerShell.
func (s *powershell) quoteAt() int {
	switch {
	case s.peek(0) == '"', s.peek(0) == '\'':
		return 1
	case strings.HasPrefix(s.text[s.pos:], "“"), strings.HasPrefix(s.text[s.pos:], "”"), strings.HasPrefix(s.text[s.pos:], "„"),
		strings.HasPrefix(s.text[s.pos:], "‘"), strings.HasPrefix(s.text[s.pos:], "’"), strings.HasPrefix(s.text[s.pos:], "‚"):
		return len("“")
	}
	return 0
}

// escaped reads a backquote with the character behind it.
func (s *powershell) escaped() string {
	s.pos++
	if s.pos >= len(s.text) {
		return ""
	}
	_, n := utf8.DecodeRuneInString(s.text[s.pos:])
	c := s.text[s.pos : s.pos+n]
	s.pos += n
	switch c {
	case "n":
		return "\n"
	case "t":
		return "\t"
	case "r":
		return "\r"
	case "0", "a", "b", "f", "v":
		return ""
	}
	return c
}

// quotedText reads a string in quotes. One without an end is text up to the
// end.
func (s *powershell) quotedText() object {
	single := strings.HasPrefix(s.text[s.pos:], "'") || strings.HasPrefix(s.text[s.pos:], "‘") ||
		strings.HasPrefix(s.text[s.pos:], "’") || strings.HasPrefix(s.text[s.pos:], "‚")
	s.pos += s.quoteAt()
	start, plain := s.pos, true
	var b strings.Builder
	out := textObject("", 0)
	flush := func() {
		out = s.join(out, textObject(b.String(), 0))
		b.Reset()
	}
	for s.pos < len(s.text) {
		n := s.quoteAt()
		same := n > 0 && single == strings.Contains("'‘’‚", s.text[s.pos:s.pos+n])
		switch {
		case same && s.pos+n < len(s.text) && strings.HasPrefix(s.text[s.pos+n:], s.text[s.pos:s.pos+n]):
			b.WriteString(s.text[s.pos : s.pos+n])
			s.pos += 2 * n
			plain = false
		case same:
			flush()
			if plain && out.isText() {
				out.plain = start + 1
			}
			s.pos += n
			return out
		case single:
			b.WriteByte(s.text[s.pos])
			s.pos++
		case s.peek(0) == '`':
			plain = false
			b.WriteString(s.escaped())
		case s.peek(0) == '$' && (s.peek(1) == '(' || isVariableStart(s.text[s.pos:])):
			plain = false
			flush()
			out = s.join(out, s.expanded())
		default:
			b.WriteByte(s.text[s.pos])
			s.pos++
		}
	}
	flush()
	return out
}

// hereText reads a here-string, whose quote stands behind an @.
func (s *powershell) hereText() object {
	quote := s.peek(1)
	start := s.pos + 2
	if i := strings.IndexByte(s.text[start:], '\n'); i >= 0 {
		start += i + 1
	}
	end := strings.Index(s.text[min(start, len(s.text)):], "\n"+string(quote)+"@")
	stop := len(s.text)
	if start <= len(s.text) && strings.HasPrefix(s.text[start:], string(quote)+"@") { // nothing inside
		s.pos = start + 2
		return textObject("", 0)
	}
	if end >= 0 {
		stop = start + end
	}
	start = min(start, stop)
	s.pos = min(stop+3, len(s.text))
	if end < 0 {
		s.pos = len(s.text)
	}
	text := strings.TrimSuffix(s.text[start:stop], "\r")
	if quote == '\'' {
		o := textObject(text, 0)
		o.plain = start + 1
		return o
	}
	inner := &powershell{reader: s.reader, src: s.src, text: s.text[:stop], pos: start, state: s.state}
	out := textObject("", 0)
	var b strings.Builder
	for inner.pos < len(inner.text) {
		switch {
		case inner.peek(0) == '`':
			b.WriteString(inner.escaped())
		case inner.peek(0) == '$' && (inner.peek(1) == '(' || isVariableStart(inner.text[inner.pos:])):
			out = s.join(out, textObject(b.String(), 0))
			b.Reset()
			out = s.join(out, inner.expanded())
		default:
			b.WriteByte(inner.text[inner.pos])
			inner.pos++
		}
	}
	return s.join(out, textObject(b.String(), 0))
}

// isVariableStart reports whether a text starts with a variable.
func isVariableStart(text string) bool {
	if len(text) < 2 {
		return false
	}
	c := text[1]
	return isNameByte(c) || c == '{' || c == ':' || c == '?' || c == '$' || c == '^'
}

// expanded reads a variable or a subexpression inside a text.
func (s *powershell) expanded() object {
	if s.peek(1) == '(' {
		s.pos += 2
		o := s.brackets()
		if o.kind == objList || o.kind == objUnknown && o.text == "" {
			return opaqueObject(o.taint)
		}
		return o
	}
	name, at := s.variableName()
	o := s.value(name, at)
	switch o.kind {
	case objText, objNumber, objUnknown:
		return o
	case objList:
		return s.joinItems(o, " ")
	}
	return opaqueObject(o.taint)
}

// variableName reads $name, ${name} or $drive:name and returns it in lower
// case, but for the names of the environment, which keep theirs.
func (s *powershell) variableName() (name string, at int) {
	at = s.pos
	s.pos++
	if s.peek(0) == '{' {
		end := strings.IndexByte(s.text[s.pos:], '}')
		if end < 0 {
			end = len(s.text) - s.pos - 1
		}
		name = s.text[s.pos+1 : s.pos+max(end, 1)]
		s.pos += end + 1
		s.pos = min(s.pos, len(s.text))
		name = strings.ReplaceAll(name, "`", "")
	} else {
		start := s.pos
		for s.pos < len(s.text) && (isNameByte(s.text[s.pos]) || s.text[s.pos] == ':' && s.peek(1) != 0 && isNameByte(s.peek(1))) {
			s.pos++
		}
		if s.pos == start { // $?, $$, $^
			s.pos = min(s.pos+1, len(s.text))
		}
		name = s.text[start:s.pos]
	}
	scope, rest, ok := strings.Cut(name, ":")
	if !ok {
		return strings.ToLower(name), at
	}
	switch strings.ToLower(scope) {
	case "env":
		return "env:" + rest, at
	case "script", "global", "local", "private", "variable", "using":
		return strings.ToLower(rest), at
	}
	return strings.ToLower(name), at
}

// value returns what a variable holds.
func (s *powershell) value(name string, at int) object {
	if rest, ok := strings.CutPrefix(name, "env:"); ok {
		return s.environ(rest, at)
	}
	switch name {
	case "true":
		return numberObject(1, 0)
	case "false", "null":
		return opaqueObject(0)
	case "psscriptroot":
		if v, ok := s.reader.vars["0"]; ok {
			return textObject(path.Dir(v.text), 0)
		}
	case "pscommandpath":
		if v, ok := s.reader.vars["0"]; ok {
			return textObject(v.text, 0)
		}
	case "pwd":
		return valueObject(s.pwd())
	case "home":
		return textObject("~", 0)
	case "profile":
		return textObject("~/Documents/PowerShell/Microsoft.PowerShell_profile.ps1", 0)
	case "myinvocation", "executioncontext", "psversiontable", "host":
		return refObject(name, 0)
	case "_", "psitem":
		if o, ok := s.state.vars["_"]; ok && (o.kind != objUnknown || o.text != "") {
			return o
		}
		return opaqueObject(0)
	}
	if o, ok := s.state.vars[name]; ok {
		if o.kind == objUnknown && o.text == "" {
			o.text = unknown
		}
		o.plain = 0
		return o
	}
	return opaqueObject(0)
}

// environ reads a variable of the environment.
func (s *powershell) environ(name string, at int) object {
	if v, ok := s.reader.vars[name]; ok {
		return valueObject(v)
	}
	return opaqueObject(s.environmentRead(s.src, at, name))
}
