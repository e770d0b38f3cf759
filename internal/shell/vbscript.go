package shell

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// vbToken is one token of VBScript (Microsoft's VBScript language reference).
type vbToken struct {
	kind       pyTokenKind // a name, number, text, operator, or the end of a line
	start, end int
	text       string // names in lower case, texts without quotes
	plain      int    // 1 + the offset at which the text stands unchanged, or 0
}

// vbscript reads VBScript statement by statement: assignments, calls of COM
// objects and of the functions that make text. What branches and functions do
// is read where it stands.
type vbscript struct {
	*reader
	src      *source
	tokens   []vbToken
	pos, end int
	next     int // the token at which the next statement starts
	vars     map[string]object
	blocks   int // around the statement: what it sets is not sure
	depth    int
	// procedures are those of the script by name; pending are those that may
	// not be read yet.
	procedures map[string]*vbProcedure
	pending    []*vbProcedure
	calls      int // of procedures, one inside the other
	repeats    int // statements that may still be read again
}

// vbProcedure is a procedure of the script: its parameters and the tokens of
// its statements.
type vbProcedure struct {
	params       []string
	from, to     int
	active, read bool
}

const (
	// maxVBNesting is how deep brackets and statements of one line are
	// followed.
	maxVBNesting = 100
	// maxVBRepeats bounds the statements that are read again, where procedures
	// are called more than once.
	maxVBRepeats = 20_000
	// maxVBName is how long a name may be, in bytes.
	maxVBName = 255
)

var (
	scriptElement = regexp.MustCompile(`(?i)<script\b([^>]*)>`)
	scriptSource  = regexp.MustCompile(`(?i)\bsrc\s*=\s*["']?([^"'\s>]+)`)
	scriptIsVB    = regexp.MustCompile(`(?i)\bvb`)
)

// vbscript reads the text of a source. Of a .wsf or .hta file the elements with
// VBScript are read, those with JavaScript are listed as code.
func (r *reader) vbscript(src *source) {
	if src.depth > MaxDepth {
		r.limit("programs nested more than %d levels deep", MaxDepth)
		return
	}
	r.repeating = true
	span, pinned := r.span, r.pinned
	defer func() { r.span, r.pinned = span, pinned }()
	v := &vbscript{
		reader: r, src: src, vars: map[string]object{}, procedures: map[string]*vbProcedure{}, repeats: maxVBRepeats,
	}
	if scriptElement.MatchString(src.text) {
		v.elements()
	} else {
		v.tokens = vbTokens(src.text, 0)
		v.run(0, len(v.tokens), false)
	}
	for i := 0; i < len(v.pending); i++ {
		if f := v.pending[i]; !f.read {
			v.enter("", f, nil, false)
		}
	}
}

// elements reads the script elements of a page.
func (v *vbscript) elements() {
	text := v.src.text
	lower := strings.ToLower(text)
	if len(lower) != len(text) {
		lower = text
	}
	for {
		m := scriptElement.FindStringSubmatchIndex(text)
		if m == nil {
			return
		}
		at := len(v.src.text) - len(text)
		attributes := text[m[2]:m[3]]
		c := &call{src: v.src, offset: at + m[0], name: "cscript"}
		if s := scriptSource.FindStringSubmatch(attributes); s != nil {
			v.span = [2]int{at + m[0], at + m[1]}
			w := word{value: value{text: s[1]}, offset: at + m[0], exact: -1}
			if name, ok := v.reader.vars["0"]; ok && !isURL(s[1]) {
				w.text = path.Join(path.Dir(name.text), slashes(s[1])) // beside this file
			}
			v.runsFile(c, "cscript", w)
		}
		body := text[m[1]:]
		end := strings.Index(lower[at+m[1]:], "</script")
		if strings.HasSuffix(strings.TrimSpace(attributes), "/") {
			end = 0
		}
		if end < 0 {
			end = len(body)
		}
		if !strings.Contains(strings.ToLower(attributes), "language") || scriptIsVB.MatchString(attributes) {
			from := len(v.tokens)
			v.tokens = append(v.tokens, vbTokens(body[:end], at+m[1])...)
			v.run(from, len(v.tokens), false)
		} else {
			c.offset = at + m[1]
			v.code(c, "javascript", value{text: body[:end]})
		}
		text = body[end:]
	}
}

// vbTokens splits a text whose first byte stands at base.
func vbTokens(text string, base int) []vbToken {
	var out []vbToken
	add := func(kind pyTokenKind, start, end int, s string) {
		out = append(out, vbToken{kind: kind, start: base + start, end: base + end, text: s})
	}
	lineEnd := func(i int) int {
		if n := strings.IndexAny(text[i:], "\r\n"); n >= 0 {
			return i + n
		}
		return len(text)
	}
	for i := 0; i < len(text); {
		c := text[i]
		start := i
		switch {
		case c == '\n' || c == '\r' || c == ':':
			i++
			add(pyLineEnd, start, i, "")
		case c == ' ' || c == '\t':
			i++
		case c == '\'':
			i = lineEnd(i)
		case c == '_' && strings.TrimLeft(text[i+1:min(len(text), i+8)], " \t\r") != "" && strings.TrimLeft(text[i+1:min(len(text), i+8)], " \t\r")[0] == '\n':
			i += 1 + strings.IndexByte(text[i+1:], '\n') + 1
		case c == '"':
			i++
			var b strings.Builder
			doubled := false
			for i < len(text) && text[i] != '\n' {
				if text[i] == '"' {
					if i+1 >= len(text) || text[i+1] != '"' {
						break
					}
					i++
					doubled = true
				}
				b.WriteByte(text[i])
				i++
			}
			i = min(i+1, len(text))
			add(pyText, start, i, b.String())
			if !doubled {
				out[len(out)-1].plain = base + start + 2
			}
		case c >= '0' && c <= '9':
			for i < len(text) && (isNameByte(text[i]) || text[i] == '.') {
				i++
			}
			add(pyNumber, start, i, text[start:i])
		case c == '&' && i+2 < len(text) && (text[i+1] == 'h' || text[i+1] == 'H') && isNameByte(text[i+2]):
			for i++; i < len(text) && isNameByte(text[i]); i++ {
			}
			add(pyNumber, start, i, "0x"+text[start+2:i])
			if i < len(text) && text[i] == '&' {
				i++
			}
		case isNameByte(c) || c >= 0x80 || c == unknown[0]:
			for i < len(text) && (isNameByte(text[i]) || text[i] >= 0x80 || text[i] == unknown[0]) {
				i++
			}
			name := strings.ToLower(text[start:i])
			if name == "rem" && (len(out) == 0 || out[len(out)-1].kind == pyLineEnd) {
				i = lineEnd(i)
				continue
			}
			add(pyName, start, i, name)
		case c == '[': // a name in brackets
			if n := strings.IndexByte(text[i:min(i+maxVBName, len(text))], ']'); n > 0 {
				i += n + 1
				add(pyName, start, i, strings.ToLower(text[start+1:i-1]))
			} else {
				i++
			}
		default:
			i++
			if (c == '<' || c == '>') && i < len(text) && (text[i] == '=' || text[i] == '>') {
				i++
			}
			add(pyOperator, start, i, text[start:i])
		}
	}
	return append(out, vbToken{kind: pyLineEnd, start: base + len(text), end: base + len(text)})
}

// run reads the statements of a range of tokens.
func (v *vbscript) run(from, to int, again bool) {
	for i := from; i < to; {
		from := i
		for i < to && v.tokens[i].kind != pyLineEnd {
			i++
		}
		v.next = i + 1
		if i > from {
			if again {
				if v.repeats--; v.repeats < 0 {
					return
				}
			}
			v.pos, v.end = from, i
			v.span = [2]int{v.tokens[from].start, v.tokens[i-1].end}
			v.statement()
		}
		i = max(v.next, i+1)
	}
}

// is reports whether the token n ahead is a name or an operator of this text.
func (v *vbscript) is(n int, text string) bool {
	return v.pos+n < v.end && v.tokens[v.pos+n].text == text && (v.tokens[v.pos+n].kind == pyName || v.tokens[v.pos+n].kind == pyOperator)
}

// find returns the index of the first token of this text outside brackets, or
// the end.
func (v *vbscript) find(texts ...string) int {
	depth := 0
	for i := v.pos; i < v.end; i++ {
		t := &v.tokens[i]
		if t.kind != pyOperator && t.kind != pyName {
			continue
		}
		switch t.text {
		case "(":
			depth++
		case ")":
			depth--
		}
		if depth == 0 && slices.Contains(texts, t.text) {
			return i
		}
	}
	return v.end
}

// until reads the tokens up to an index with f and goes on behind them.
func (v *vbscript) until(to int, f func()) {
	end := v.end
	v.end = min(to, end)
	f()
	v.pos, v.end = min(to, end), end
}

// statement reads one statement.
func (v *vbscript) statement() {
	if v.pos >= v.end {
		return
	}
	if v.depth >= maxVBNesting {
		v.limit("statements nested more than %d levels deep", maxVBNesting)
		v.pos = v.end
		return
	}
	v.depth++
	defer func() { v.depth-- }()
	word := ""
	if v.tokens[v.pos].kind == pyName {
		word = v.tokens[v.pos].text
	}
	switch word {
	case "if", "elseif":
		v.pos++
		then := v.find("then")
		v.until(then, func() { v.expression() })
		v.pos = min(then+1, v.end)
		if word == "if" {
			v.blocks++
		}
		if v.pos < v.end { // all in one line
			rest := v.find("else")
			v.until(rest, v.statement)
			v.pos = min(rest+1, v.end)
			v.statement()
			if word == "if" {
				v.blocks--
			}
		}
	case "else", "loop", "until":
		v.pos++
		v.statement()
	case "select", "with":
		v.blocks++
		v.pos += 1 + btoi(v.is(1, "case"))
		o := v.expression()
		if word == "with" {
			v.vars["with"] = o
		}
	case "for":
		v.blocks++
		v.pos += 1 + btoi(v.is(1, "each"))
		v.loop()
	case "do", "while":
		v.blocks++
		v.pos++
		for v.is(0, "while") || v.is(0, "until") {
			v.pos++
		}
		v.expression()
	case "next", "wend", "end":
		if word != "end" || v.pos+1 < v.end {
			v.blocks = max(v.blocks-1, 0)
		}
	case "sub", "function", "property":
		v.pos++
		v.definition(word)
	case "class":
	case "public", "private", "default", "call", "set", "let":
		v.pos++
		v.statement()
	case "const", "dim", "redim":
		v.pos++
		for v.pos < v.end {
			next := v.find(",")
			v.until(next, func() {
				if v.is(1, "=") {
					v.assignment(v.pos + 1)
				}
			})
			v.pos++
		}
	case "on", "option", "exit", "case":
	default:
		if at := v.find("="); at < v.end {
			v.assignment(at)
			return
		}
		v.call()
	}
}

// loop reads the head of For, the position being behind the word.
func (v *vbscript) loop() {
	name := ""
	if v.pos < v.end {
		name = v.tokens[v.pos].text
	}
	v.pos++
	for v.pos < v.end {
		start := v.pos
		if v.is(0, "=") || v.is(0, "to") || v.is(0, "step") || v.is(0, "in") {
			v.pos++
		}
		o := v.expression()
		if v.pos == start {
			v.pos++
		}
		v.vars[name] = opaqueObject(o.taint)
	}
}

// definition notes a procedure, which is read where it is called. The position
// is behind its kind.
func (v *vbscript) definition(kind string) {
	v.pos += btoi(kind == "property") // Get, Let or Set
	if v.pos >= v.end {
		return
	}
	f := &vbProcedure{from: v.end}
	name := v.tokens[v.pos].text
	for v.pos++; v.pos < v.end; v.pos++ {
		if t := v.tokens[v.pos]; t.kind == pyName && t.text != "byval" && t.text != "byref" {
			f.params = append(f.params, t.text)
		}
	}
	for f.to = f.from; f.to+1 < len(v.tokens); f.to++ {
		if v.tokens[f.to].text == "end" && v.tokens[f.to+1].text == kind && v.tokens[f.to].kind == pyName {
			break
		}
	}
	v.next = f.to
	v.procedures[name] = f
	v.pending = append(v.pending, f)
}

// enter reads a procedure; args is nil where nothing is known of its arguments.
func (v *vbscript) enter(name string, f *vbProcedure, args []object, known bool) object {
	var t taint
	for _, a := range args {
		t |= a.taint
	}
	if f.active || v.calls >= maxCalls || f.read && v.repeats <= 0 {
		return opaqueObject(t)
	}
	for i, param := range f.params {
		o := opaqueObject(0)
		if i < len(args) && known {
			o = args[i]
		}
		v.vars[param] = o
	}
	delete(v.vars, name)
	pos, end, span, blocks, next := v.pos, v.end, v.span, v.blocks, v.next
	again := f.read
	f.active = true
	v.calls++
	v.run(f.from, f.to, again)
	v.calls--
	f.active, f.read = false, true
	v.pos, v.end, v.span, v.blocks, v.next = pos, end, span, blocks, next
	out, ok := v.vars[name]
	delete(v.vars, name)
	if !ok {
		return opaqueObject(0)
	}
	return out
}

// assignment reads a = b, where the sign stands at an index.
func (v *vbscript) assignment(at int) {
	start := v.pos
	v.pos = at + 1
	o := v.expression()
	v.pos = start
	t := v.tokens[start]
	switch {
	case at == start+1 && t.kind == pyName:
		if old, ok := v.vars[t.text]; ok && v.blocks > 0 {
			o = either(old, o)
		}
		v.vars[t.text] = o
	case t.kind == pyName: // a property or an item, of which the name takes the origin
		v.until(at, func() { v.primary() })
		if old, ok := v.vars[t.text]; ok {
			v.vars[t.text] = old.tainted(o.taint)
		}
	}
	v.pos = v.end
}

// call reads a statement that calls something, with or without brackets.
func (v *vbscript) call() {
	start := v.pos
	_, target := v.chain()
	switch {
	case !target.called:
		target.args = v.list()
		v.invoke(target)
	case v.is(0, ","): // f (a), b
		target.args = append(target.args, v.list()...)
		v.invoke(target)
	case v.pos < v.end: // f ("a") & b
		v.pos = start
		v.expression()
	}
}

// list reads expressions with commas between them.
func (v *vbscript) list() []object {
	var out []object
	for v.pos < v.end {
		if v.is(0, ")") {
			return out
		}
		if v.is(0, ",") {
			v.pos++
			if v.is(0, ",") { // left out
				out = append(out, opaqueObject(0))
			}
			continue
		}
		start := v.pos
		out = append(out, v.expression())
		if v.pos == start {
			v.pos++
		}
	}
	return out
}

// vbLevels are the operators with how tightly they bind.
var vbLevels = map[string]int{
	"imp": 1, "eqv": 1, "xor": 1, "or": 1, "and": 1, "=": 2, "<>": 2, "<": 2, ">": 2, "<=": 2, ">=": 2, "is": 2,
	"&": 3, "+": 4, "-": 4, "mod": 5, "\\": 5, "*": 6, "/": 6, "^": 7,
}

// expression reads an expression.
func (v *vbscript) expression() object {
	if v.depth >= maxVBNesting {
		v.pos = v.end
		v.limit("expressions nested more than %d levels deep", maxVBNesting)
		return opaqueObject(0)
	}
	v.depth++
	defer func() { v.depth-- }()
	return v.binary(1)
}

func (v *vbscript) binary(least int) object {
	left := v.unary()
	for v.pos < v.end {
		t := v.tokens[v.pos]
		level := vbLevels[t.text]
		if t.kind != pyOperator && t.kind != pyName || level == 0 || level < least {
			break
		}
		v.pos++
		left = v.operate(t.text, left, v.binary(level+1))
	}
	return left
}

func (v *vbscript) unary() object {
	for v.is(0, "not") || v.is(0, "-") || v.is(0, "+") || v.is(0, "new") || v.is(0, "byval") {
		negative := v.is(0, "-")
		v.pos++
		if negative && v.pos < v.end && v.tokens[v.pos].kind == pyNumber {
			o := v.primary()
			return numberObject(-o.number, o.taint)
		}
	}
	return v.primary()
}

// operate returns what an operator makes of two values.
func (v *vbscript) operate(op string, a, b object) object {
	t := a.taint | b.taint
	numbers := a.kind == objNumber && b.kind == objNumber
	switch {
	case op == "&", op == "+" && !numbers:
		if a.kind == objList || b.kind == objList || a.kind == objRef || b.kind == objRef {
			return opaqueObject(t)
		}
		o := v.join(a, b)
		if o.text == unknown && len(o.others) == 0 {
			o.kind = objUnknown
		}
		return o
	case !numbers:
		return opaqueObject(t)
	case op == "+":
		return numberObject(a.number+b.number, t)
	case op == "-":
		return numberObject(a.number-b.number, t)
	case op == "*":
		return numberObject(a.number*b.number, t)
	case op == "xor":
		return numberObject(a.number^b.number, t)
	case (op == "\\" || op == "/") && b.number != 0 && a.number%b.number == 0:
		return numberObject(a.number/b.number, t)
	case op == "mod" && b.number != 0:
		return numberObject(a.number%b.number, t)
	}
	return opaqueObject(t)
}

// vbTarget is what a statement calls.
type vbTarget struct {
	self   object
	name   string
	at     int
	args   []object
	called bool // its arguments stood in brackets
}

// primary reads a value with the members and calls behind it.
func (v *vbscript) primary() object {
	o, _ := v.chain()
	return o
}

// chain reads a value with the members and calls behind it. It returns also
// what was called last; a last name without brackets is not called.
func (v *vbscript) chain() (object, vbTarget) {
	var target vbTarget
	if v.pos >= v.end {
		return opaqueObject(0), target
	}
	t := v.tokens[v.pos]
	target.at = t.start
	var o object
	switch {
	case t.kind == pyText:
		v.pos++
		o = valueObject(value{text: t.text})
		o.kind, o.plain = objText, t.plain
		return o, vbTarget{called: true}
	case t.kind == pyNumber:
		v.pos++
		n, err := strconv.ParseInt(t.text, 0, 64)
		if err != nil {
			if n, err = strconv.ParseInt(strings.TrimLeft(t.text, "0"), 10, 64); err != nil && strings.Trim(t.text, "0") != "" {
				return opaqueObject(0), vbTarget{called: true}
			}
		}
		return numberObject(n, 0), vbTarget{called: true}
	case v.is(0, "("):
		v.pos++
		o = v.expression()
		if v.is(0, ")") {
			v.pos++
		}
		target.called = true
	case v.is(0, ".") && v.vars["with"].ref != "": // of With
		o = v.vars["with"]
	case t.kind == pyName:
		v.pos++
		target.name = t.text
		target.called = v.variable(t.text)
		o = v.named(t.text, target.at)
	default:
		if !v.is(0, ",") && !v.is(0, ")") {
			v.pos++
		}
		return opaqueObject(0), target
	}
	for v.pos < v.end {
		switch {
		case v.is(0, ".") && v.pos+1 < v.end && v.tokens[v.pos+1].kind == pyName:
			name := v.tokens[v.pos+1].text
			v.pos += 2
			target = vbTarget{self: o, name: name, at: target.at}
			o = v.property(o, name, target.at)
		case v.is(0, "("):
			v.pos++
			target.args = v.list()
			if v.is(0, ")") {
				v.pos++
			}
			if target.called {
				o = v.item(o, target.args)
				break
			}
			o = v.invoke(target)
			target.called = true
		default:
			return o, target
		}
	}
	return o, target
}

// variable reports whether a name is one, and not what is called.
func (v *vbscript) variable(name string) bool {
	_, ok := v.vars[name]
	return ok && v.procedures[name] == nil
}

// named returns what a name stands for.
func (v *vbscript) named(name string, at int) object {
	switch name {
	case "vbcrlf", "vbnewline":
		return textObject("\r\n", 0)
	case "vblf":
		return textObject("\n", 0)
	case "vbcr":
		return textObject("\r", 0)
	case "vbtab":
		return textObject("\t", 0)
	case "vbhide":
		return numberObject(0, 0)
	case "true":
		return numberObject(-1, 0)
	case "wscript":
		return refObject("com:wscript", 0)
	}
	if o, ok := v.vars[name]; ok {
		o.plain = 0
		return o
	}
	return opaqueObject(0)
}

// property returns o.name where it is not called.
func (v *vbscript) property(o object, name string, at int) object {
	switch o.ref + "." + name {
	case "com:wscript.scriptfullname", "com:wscript.scriptname":
		if own, ok := v.reader.vars["0"]; ok {
			return textObject(own.text, 0)
		}
	}
	if strings.HasPrefix(o.ref, "com:") || name == "nodetypedvalue" {
		x := v.comProperty(v.src, at, o, name)
		if strings.HasPrefix(o.ref, "com:winmgmts") || strings.HasPrefix(o.ref, "com:schedule") {
			x = refObject(o.ref, x.taint)
		}
		return x
	}
	return opaqueObject(o.taint)
}

// item returns o(args) of a list or of the variables of the environment.
func (v *vbscript) item(o object, args []object) object {
	if len(args) == 0 {
		return o
	}
	if o.ref == "com:environment" {
		return opaqueObject(v.environmentRead(v.src, v.tokens[max(v.pos-1, 0)].start, args[0].text))
	}
	if o.kind == objList && args[0].kind == objNumber {
		if item, ok := o.at(args[0].number); ok && args[0].number >= 0 {
			return item
		}
	}
	return opaqueObject(o.taint)
}

// invoke calls what a name stands for.
func (v *vbscript) invoke(t vbTarget) object {
	taints := t.self.taint
	for _, a := range t.args {
		taints |= a.taint
	}
	if rest, ok := strings.CutPrefix(t.self.ref, "com:"); ok {
		if rest == "wscript" {
			switch t.name {
			case "createobject", "getobject":
				return v.object(t)
			}
			return opaqueObject(0)
		}
		return v.com(&comCall{src: v.src, at: t.at, class: rest, name: t.name, self: t.self, args: t.args})
	}
	if t.self.kind != objUnknown || t.self.text == unknown {
		if t.name == "create" || t.name == "createobject" {
			return v.object(t)
		}
		return opaqueObject(taints)
	}
	return v.function(t, taints)
}

// object handles CreateObject and GetObject.
func (v *vbscript) object(t vbTarget) object {
	if len(t.args) == 0 {
		return opaqueObject(0)
	}
	class := strings.ToLower(t.args[0].text)
	switch {
	case t.name == "getobject" && strings.HasPrefix(class, "winmgmts"):
		return refObject("com:winmgmts", 0)
	case t.name == "getobject" && strings.HasPrefix(class, "script:"):
		c := &call{src: v.src, offset: t.at, name: "GetObject"}
		w := word{value: value{text: t.args[0].text[len("script:"):], taint: t.args[0].taint}, offset: t.at, exact: -1}
		v.inspectWord(c, &w, false, false)
		v.runsFile(c, "GetObject", w)
		return opaqueObject(0)
	case strings.HasPrefix(class, "wbemscripting."):
		return refObject("com:winmgmts", 0)
	}
	if strings.Contains(class, unknown) {
		return opaqueObject(t.args[0].taint)
	}
	return refObject("com:"+class, 0)
}

// function calls a built-in function, or one of the script.
func (v *vbscript) function(t vbTarget, taints taint) object {
	arg := func(i int) object {
		if i < len(t.args) {
			return t.args[i]
		}
		return opaqueObject(0)
	}
	first, second := arg(0), arg(1)
	switch t.name {
	case "createobject", "getobject":
		return v.object(t)
	case "execute", "executeglobal", "eval":
		return v.execute(t)
	case "chr", "chrw", "chrb":
		if first.kind == objNumber && first.number > 0 && first.number <= 0x10ffff {
			return textObject(string(rune(first.number)), taints)
		}
		return opaqueObject(taints | fromDecoder)
	case "asc", "ascw":
		if first.isText() && first.text != "" {
			return numberObject(int64([]rune(first.text)[0]), taints)
		}
	case "strreverse":
		return v.each(first, backwards).tainted(fromDecoder)
	case "replace":
		if third := arg(2); second.isText() && third.isText() && second.text != "" {
			return v.each(first, func(s string) string { return strings.ReplaceAll(s, second.text, third.text) })
		}
	case "lcase":
		return v.each(first, strings.ToLower)
	case "ucase":
		return v.each(first, strings.ToUpper)
	case "trim", "cstr":
		return v.each(first, strings.TrimSpace)
	case "cint", "clng", "cbyte":
		if n, ok := parseDigits(first.text, 10); ok {
			return numberObject(n, taints)
		}
		if rest, ok := strings.CutPrefix(strings.ToLower(first.text), "&h"); ok {
			if n, ok := parseDigits(rest, 16); ok {
				return numberObject(n, taints)
			}
		}
	case "array":
		return listObject(t.args)
	case "split":
		if first.isText() && second.isText() && second.text != "" && v.spend(len(first.text)) {
			var items []object
			for _, s := range strings.Split(first.text, second.text) {
				items = append(items, textObject(s, taints))
			}
			if len(items) <= maxItems {
				return listObject(items)
			}
		}
	case "join":
		return v.joined(first, second)
	case "mid", "left", "right":
		return v.part(t.name, t.args, taints)
	case "len":
		if first.isText() {
			return numberObject(int64(len([]rune(first.text))), 0)
		}
		return opaqueObject(0)
	case "msgbox", "inputbox", "isnull", "isempty", "isobject":
		return opaqueObject(0)
	}
	if f := v.procedures[t.name]; f != nil {
		return v.enter(t.name, f, t.args, true)
	}
	return opaqueObject(taints)
}

// joined is Join(list, separator).
func (v *vbscript) joined(list, separator object) object {
	sep := " "
	if separator.isText() {
		sep = separator.text
	}
	if list.kind != objList {
		return opaqueObject(list.taint)
	}
	out := textObject("", list.taint)
	for i, item := range list.items {
		if i > 0 {
			out = v.join(out, textObject(sep, 0))
		}
		out = v.join(out, item)
	}
	return out
}

// part is Mid, Left and Right.
func (v *vbscript) part(name string, args []object, t taint) object {
	if len(args) < 2 || !args[0].isText() || args[1].kind != objNumber {
		return opaqueObject(t)
	}
	runes := []rune(args[0].text)
	n := args[1].number
	from, to := int64(0), int64(len(runes))
	switch name {
	case "left":
		to = n
	case "right":
		from = to - n
	default:
		from = n - 1
		if len(args) > 2 {
			if args[2].kind != objNumber {
				return opaqueObject(t)
			}
			to = from + args[2].number
		}
	}
	from = min(max(from, 0), int64(len(runes)))
	to = min(max(to, from), int64(len(runes)))
	if !v.spend(len(runes)) {
		return opaqueObject(t)
	}
	return textObject(string(runes[from:to]), t)
}

// execute handles Execute and Eval: the text is read as VBScript in turn.
func (v *vbscript) execute(t vbTarget) object {
	if len(t.args) == 0 {
		return opaqueObject(0)
	}
	a := t.args[0]
	for _, text := range a.texts() {
		c := &call{src: v.src, offset: t.at, name: t.name}
		w := word{value: value{text, a.taint}, offset: t.at, exact: -1}
		if a.plain > 0 {
			w.exact = a.plain - 1
		}
		v.inline(c, "vbscript", w, t.name)
	}
	return opaqueObject(a.taint)
}
