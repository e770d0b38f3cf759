package shell

import (
	"slices"
	"strconv"
	"strings"
)

// all reads everything up to the end: expressions with commas between them.
func (p *python) all() object {
	var items []object
	comma := false
	for p.pos < p.end {
		next := p.find(",")
		p.within(next, func() { items = append(items, p.item()) })
		if p.pos < p.end {
			p.pos++
			comma = true
		}
	}
	switch {
	case len(items) == 0:
		return opaqueObject(0)
	case len(items) == 1 && !comma:
		return items[0]
	}
	return listObject(items)
}

// item reads what stands between two commas. Of what is no expression the first
// part counts.
func (p *python) item() object {
	if p.generator(p.end) {
		return p.comprehension(p.end, false)
	}
	var out object
	for first := true; p.pos < p.end || first; first = false {
		start := p.pos
		if o := p.expression(); first {
			out = o
		} else {
			out.taint |= o.taint
		}
		if p.pos == start {
			p.pos++
		}
	}
	return out
}

// expression reads one expression. It stops at what does not continue it.
func (p *python) expression() object {
	if p.work.depth >= maxPyNesting {
		p.limit("expressions nested more than %d levels deep", maxPyNesting)
		p.pos = p.end
		return opaqueObject(0)
	}
	p.work.depth++
	defer func() { p.work.depth-- }()
	o := p.simple()
	for p.accept("if") {
		p.simple()
		if p.accept("else") {
			o = either(o, p.simple())
		}
	}
	return o
}

// simple reads a lambda or an expression without a condition.
func (p *python) simple() object {
	if p.peek(0) == "lambda" {
		return p.lambda()
	}
	return p.binary(1)
}

// lambda notes a function without a name.
func (p *python) lambda() object {
	start := p.pos
	p.pos++
	f := p.functions[start]
	if f == nil {
		f = &pyFunction{owner: p, lambda: true, level: p.level + 1}
		if f.level > maxPyNesting {
			p.limit("functions nested more than %d levels deep", maxPyNesting)
			p.pos = p.end
			return opaqueObject(0)
		}
		p.functions[start] = f
		p.pending = append(p.pending, f)
	}
	f.scope = p.scope
	colon := p.find(":")
	p.within(colon, func() { f.params = p.parameters("") })
	p.pos = min(colon+1, p.end)
	f.from, f.to = p.pos, p.find(",", "for")
	p.pos = f.to
	return object{kind: objOwn, own: f, value: opaque(0)}
}

// precedence returns how tightly an operator binds, 0 for what is none, and
// how many tokens it takes.
func (p *python) precedence() (int, int) {
	switch p.peek(0) {
	case "or":
		return 1, 1
	case "and":
		return 2, 1
	case "in", "==", "!=", "<", ">", "<=", ">=", "<>":
		return 4, 1
	case "not":
		if p.peek(1) == "in" {
			return 4, 2
		}
	case "is":
		if p.peek(1) == "not" {
			return 4, 2
		}
		return 4, 1
	case "|":
		return 5, 1
	case "^":
		return 6, 1
	case "&":
		return 7, 1
	case "<<", ">>":
		return 8, 1
	case "+", "-":
		return 9, 1
	case "*", "/", "//", "%", "@":
		return 10, 1
	case "**":
		return 12, 1
	}
	return 0, 0
}

// binary reads operators that bind at least as tightly as least.
func (p *python) binary(least int) object {
	left := p.unary()
	for {
		level, n := p.precedence()
		if level == 0 || level < least || p.pos >= p.end {
			return left
		}
		op, at := p.peek(0), p.tokens[p.pos].start
		p.pos += n
		peeking := p.peeking
		p.peeking = peeking || level == 4
		right := p.binary(level + 1)
		p.peeking = peeking
		if right.ref == "os.environ" && level == 4 { // as in "X" in os.environ
			p.environ(left, at)
			right = opaqueObject(0)
		} else if op == "%" {
			p.stringified(right, at)
		}
		left = p.operate(op, left, right)
	}
}

// unary reads the operators in front of a value, and the value.
func (p *python) unary() object {
	negative, plain := false, true
	for {
		switch p.peek(0) {
		case "-":
			negative = !negative
		case "+", "await", "*", "**":
		case "not", "~":
			plain = false
		case "yield", "from":
		case "print":
			if next := p.peek(1); next == "(" || p.pos+1 >= p.end || next == "." || next == "=" {
				o := p.primary()
				return o
			}
		default:
			o := p.primary()
			switch {
			case !plain:
				return opaqueObject(0)
			case negative && o.kind == objNumber:
				return numberObject(-o.number, o.taint)
			}
			return o
		}
		p.pos++
	}
}

// operate returns what an operator makes of two values.
func (p *python) operate(op string, a, b object) object {
	t := a.taint | b.taint
	switch op {
	case "or":
		return either(a, b)
	case "and":
		return b.tainted(a.taint)
	case "in", "not", "is", "==", "!=", "<", ">", "<=", ">=", "<>":
		return opaqueObject(0)
	case "+":
		switch {
		case a.kind == objNumber && b.kind == objNumber:
			return numberObject(a.number+b.number, t)
		case a.kind == objList && b.kind == objList && len(a.items)+len(b.items) <= maxItems && p.spend(8*(len(a.items)+len(b.items))):
			return listObject(append(slices.Clone(a.items), b.items...)).tainted(t)
		case a.kind == objList && b.kind == objUnknown: // its first words count
			return listObject(append(slices.Clone(a.items), opaqueObject(b.taint))).tainted(t)
		case a.kind == objList || b.kind == objList || a.kind == objNumber || b.kind == objNumber:
			return opaqueObject(t)
		}
		o := p.join(a, b)
		if o.text == unknown && len(o.others) == 0 {
			o.kind = objUnknown
		}
		return o
	case "/":
		if isPath(a) || isPath(b) || a.kind == objText || b.kind == objText {
			return p.joinPaths(a, b)
		}
		return opaqueObject(t)
	case "%":
		if a.kind == objNumber && b.kind == objNumber && b.number != 0 {
			return numberObject(a.number%b.number, t)
		}
		if a.isText() {
			args := []object{b}
			if b.kind == objList {
				args = b.items
			}
			return p.percent(a, args, t)
		}
		return opaqueObject(t)
	case "*":
		text, n := a, b
		if a.kind == objNumber {
			text, n = b, a
		}
		if text.isText() && n.kind == objNumber && n.number >= 0 && n.number < maxWork &&
			int64(len(text.text))*n.number < maxWork && p.spend(len(text.text)*int(n.number)) {
			return textObject(strings.Repeat(text.text, int(n.number)), t)
		}
		if a.kind == objNumber && b.kind == objNumber {
			return numberObject(a.number*b.number, t)
		}
		return opaqueObject(t)
	}
	if a.kind != objNumber || b.kind != objNumber {
		return opaqueObject(t)
	}
	x, y := a.number, b.number
	switch {
	case op == "-":
		return numberObject(x-y, t)
	case op == "^":
		return numberObject(x^y, t)
	case op == "|":
		return numberObject(x|y, t)
	case op == "&":
		return numberObject(x&y, t)
	case op == "//" && y != 0:
		return numberObject(x/y, t)
	case op == "<<" && y >= 0 && y < 63:
		return numberObject(x<<y, t)
	case op == ">>" && y >= 0 && y < 63:
		return numberObject(x>>y, t)
	}
	return opaqueObject(t)
}

// percent formats as str % args does, as far as %s, %d and %r.
func (p *python) percent(format object, args []object, t taint) object {
	out := textObject("", t)
	rest := format.text
	for {
		i := strings.IndexByte(rest, '%')
		if i < 0 || i+1 == len(rest) {
			return p.join(out, textObject(rest, 0))
		}
		out = p.join(out, textObject(rest[:i], 0))
		verb := rest[i+1]
		rest = rest[i+2:]
		switch {
		case verb == '%':
			out = p.join(out, textObject("%", 0))
			continue
		case verb == '(':
			if end := strings.IndexByte(rest, ')'); end >= 0 && end+1 < len(rest) {
				rest = rest[end+2:]
			}
			out = p.join(out, opaqueObject(0))
			continue
		case (verb == 's' || verb == 'd' || verb == 'i') && len(args) > 0:
			out = p.join(out, args[0])
		default:
			for verb != 's' && verb != 'd' && rest != "" && strings.IndexByte("-+ #0123456789.*l", verb) >= 0 {
				verb, rest = rest[0], rest[1:]
			}
			out = p.join(out, opaqueObject(0))
		}
		args = args[min(1, len(args)):]
	}
}

// primary reads a value with the attributes, calls and items behind it.
func (p *python) primary() object {
	if p.work.again > 0 {
		p.work.repeats--
	}
	start := p.pos
	at := 0
	if start < p.end {
		at = p.tokens[start].start
	}
	o := p.atom()
	for p.pos < p.end {
		t := &p.tokens[p.pos]
		switch {
		case t.kind != pyOperator:
			return p.whole(o, at)
		case t.text == "." && p.pos+1 < p.end && p.tokens[p.pos+1].kind == pyName:
			p.pos++
			name := p.name()
			if p.peek(0) == "(" && p.tokens[p.pos].mate > p.pos {
				o = p.method(o, name, at)
			} else {
				o = p.attribute(o, name, at)
			}
		case t.text == "(" && t.mate > p.pos:
			c := &pyCall{at: at, args: p.arguments()}
			o = p.call(o, c)
		case t.text == "[" && t.mate > p.pos:
			o = p.index(o, p.subscripts(), at)
		case t.text == ":=" && p.pos == start+1 && p.tokens[start].kind == pyName:
			p.pos++
			o = p.expression()
			p.bind(p.tokens[start].text, o)
		default:
			return p.whole(o, at)
		}
	}
	return p.whole(o, at)
}

// whole records that all of the environment is taken, as a copy for a program
// that is started.
func (p *python) whole(o object, at int) object {
	if o.ref == "os.environ" && !p.peeking && o.kind == objRef && o.taint&fromSecrets == 0 {
		p.actAt(p.src, at, KindReadEnvironment, "os.environ", false)
		o.taint |= fromSecrets
	}
	return o
}

// constants are names of libraries that stand for a text.
var pyConstants = map[string]string{
	"sys.executable": "python", "os.sep": "/", "os.path.sep": "/", "os.linesep": "\n", "os.devnull": "/dev/null", "os.curdir": ".",
	"os.pathsep": ":", "os.pardir": "..", "string.ascii_lowercase": "abcdefghijklmnopqrstuvwxyz",
	"string.ascii_uppercase": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "string.digits": "0123456789",
	"string.ascii_letters": "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
}

// atom reads a name, a literal or what stands in brackets.
func (p *python) atom() object {
	if p.pos >= p.end {
		return opaqueObject(0)
	}
	t := &p.tokens[p.pos]
	switch t.kind {
	case pyName:
		p.pos++
		return p.named(t.text)
	case pyNumber:
		p.pos++
		n, err := strconv.ParseInt(strings.TrimRight(strings.ReplaceAll(t.text, "_", ""), "lL"), 0, 64)
		if err != nil {
			return opaqueObject(0)
		}
		return numberObject(n, 0)
	case pyText, pyFormat:
		return p.strings()
	case pyOperator:
		if t.mate > p.pos {
			return p.bracket(t.text)
		}
	}
	if t.text != "," && t.text != ")" && t.text != "]" && t.text != "}" && t.text != ":" && t.text != "=" {
		p.pos++
	}
	return opaqueObject(0)
}

func (p *python) named(name string) object {
	switch name {
	case "True":
		return numberObject(1, 0)
	case "False", "None":
		return opaqueObject(0)
	}
	if o, ok := p.lookup(name); ok {
		return o
	}
	switch {
	case name == "__builtins__":
		return refObject("builtins", 0)
	case builtins[name]:
		return refObject("builtins."+name, 0)
	}
	return opaqueObject(0)
}

// builtins are the built-in functions that matter here.
var builtins = set("exec", "eval", "compile", "open", "getattr", "__import__", "chr", "ord", "bytes", "bytearray", "str", "map",
	"filter", "list", "tuple", "set", "reversed", "execfile", "globals", "locals", "vars", "int", "hex", "zip", "range", "xrange",
	"unicode", "dict", "repr", "file", "iter", "sorted", "unichr", "len", "input", "print", "next", "super", "format", "enumerate",
	"sum", "max", "min", "type", "object", "memoryview", "setattr", "hasattr")

// strings reads adjacent literals as one.
func (p *python) strings() object {
	var o object
	for n := 0; p.pos < p.end; n++ {
		t := &p.tokens[p.pos]
		var next object
		switch {
		case t.kind == pyText && t.bytes:
			next = bytesObject(t.text, 0)
		case t.kind == pyText:
			next = valueObject(value{text: t.text})
			next.kind = objText
			next.plain = t.plain
		case t.kind == pyFormat:
			next = p.format(t)
		default:
			return o
		}
		p.pos++
		if n == 0 {
			o = next
		} else {
			o = p.join(o, next)
		}
	}
	return o
}

// format evaluates a formatted string, whose expressions are a text of their
// own.
func (p *python) format(t *pyToken) object {
	out := textObject("", 0)
	text, raw := t.text, t.bytes
	literal := func(s string) {
		if !raw && strings.Contains(s, `\`) {
			var b strings.Builder
			q := &pyParser{text: s}
			for q.pos < len(s) {
				if s[q.pos] == '\\' && q.pos+1 < len(s) {
					q.escape(&b)
				} else {
					b.WriteByte(s[q.pos])
					q.pos++
				}
			}
			s = b.String()
		}
		out = p.join(out, textObject(s, 0))
	}
	for {
		i := strings.IndexAny(text, "{}")
		if i < 0 {
			break
		}
		literal(text[:i])
		if strings.HasPrefix(text[i:], "{{") || strings.HasPrefix(text[i:], "}}") || text[i] == '}' {
			literal(text[i : i+1])
			text = text[i+min(2, len(text)-i):]
			continue
		}
		content, end := bracketed(text, i)
		at := t.plain - 1 + len(t.text) - len(text) + i + 1
		o := p.embedded(content, at)
		out = p.join(out, o)
		if o.kind == objRef {
			p.stringified(o, at)
		}
		text = text[end:]
	}
	literal(text)
	return out
}

// embedded evaluates the expression in the braces of a formatted string.
func (p *python) embedded(text string, at int) object {
	if p.work.depth >= maxPyNesting {
		p.limit("expressions nested more than %d levels deep", maxPyNesting)
		return opaqueObject(0)
	}
	p.work.depth++
	defer func() { p.work.depth-- }()
	src := *p.src
	src.text = text
	if src.exact {
		src.base += at
	}
	q := newPython(p.reader, &src, p.work)
	q.global, q.scope, q.attributes, q.methods, q.folder = p.global, p.scope, p.attributes, p.methods, p.folder
	q.indent, q.suite = p.indent, p.suite
	span := p.span
	q.span = [2]int{0, len(text)}
	tokens, lines, _ := pyTokens(text)
	q.tokens = tokens
	o := opaqueObject(0)
	if len(lines) > 0 {
		q.pos, q.end = lines[0].from, lines[0].to
		q.end = min(q.find("!"), q.find("=", ":")) // what follows is about its form
		if q.pos < q.end {
			o = q.all()
		}
	}
	p.span = span
	return o
}

// bracket reads what stands in brackets.
func (p *python) bracket(open string) object {
	mate := p.tokens[p.pos].mate
	p.pos++
	var o object
	p.within(mate, func() {
		switch {
		case open == "{":
			o = p.display()
		case p.generator(p.find(",")):
			o = p.comprehension(p.end, true)
		case open == "[":
			o = p.all()
			if !p.comma(mate) {
				o = p.listOf(o, mate)
			}
		default:
			o = p.all()
		}
	})
	p.pos = mate + 1
	return o
}

// comma reports whether a comma stands in the brackets that mate closes.
func (p *python) comma(mate int) bool {
	pos := p.pos
	defer func() { p.pos = pos }()
	p.pos = p.tokens[mate].mate + 1
	return p.find(",") < p.end
}

// listOf makes a list of the single value in square brackets.
func (p *python) listOf(o object, mate int) object {
	if p.tokens[mate].mate+1 == mate {
		return listObject(nil)
	}
	return listObject([]object{o})
}

// display reads a dictionary or a set.
func (p *python) display() object {
	if p.generator(p.find(",")) {
		o := p.comprehension(p.end, true)
		return opaqueObject(o.taint)
	}
	o := object{kind: objDict, value: opaque(0)}
	var members []object
	for p.pos < p.end {
		next := p.find(",")
		p.within(next, func() {
			if p.pos >= p.end {
				return
			}
			colon := p.colon()
			var key object
			p.within(colon, func() { key = p.all() })
			o.taint |= key.taint
			if colon >= p.end {
				members = append(members, key)
				return
			}
			p.pos = colon + 1
			item := p.all()
			o.taint |= item.taint
			if len(o.items) < maxItems {
				o.keys = append(o.keys, key.text)
				o.items = append(o.items, item)
			}
		})
		p.pos = next + 1
	}
	if len(o.items) == 0 && len(members) > 0 {
		return listObject(members)
	}
	return o
}

// generator reports whether the tokens up to an index hold a comprehension.
func (p *python) generator(to int) bool {
	for i := p.pos; i < to; i++ {
		t := &p.tokens[i]
		if t.kind == pyName && t.text == "for" {
			return i > p.pos
		}
		if t.mate > i {
			i = t.mate
		}
	}
	return false
}

// comprehension reads [a for b in c if d] without its brackets. Where the items
// of c are known, a is computed for each.
func (p *python) comprehension(to int, list bool) object {
	var out []object
	var t taint
	p.within(to, func() {
		start := p.pos
		loop := p.find("for", "async")
		body := loop
		p.pos = loop
		scope := p.scope
		p.scope = &pyScope{vars: map[string]object{}, parent: scope, indent: p.indent, class: scope.class}
		defer func() { p.scope = scope }()
		var target [2]int
		var items object
		loops, conditions := 0, false
		for p.pos < p.end {
			switch {
			case p.accept("async"):
			case p.accept("for"):
				loops++
				in := p.find("in")
				target = [2]int{p.pos, in}
				p.pos = min(in+1, p.end)
				p.within(p.find("for", "if", "async"), func() { items = p.all() })
				t |= items.taint
				pos := p.pos
				p.pos = target[0]
				p.within(target[1], func() { p.target(p.element(items)) })
				p.pos = pos
			case p.accept("if"):
				conditions = true
				p.within(p.find("for", "if", "async"), func() { p.all() })
			default:
				p.pos++
			}
		}
		known := loops == 1 && !conditions && p.expand(&items) && len(items.items) <= maxItems
		if !known {
			p.pos = start
			p.within(body, func() { t |= p.all().taint })
			out = nil
			p.pos = p.end
			return
		}
		p.work.again++
		for _, item := range items.items {
			if p.exhausted() {
				break
			}
			p.pos = target[0]
			p.within(target[1], func() { p.target(item) })
			p.pos = start
			p.within(body, func() { out = append(out, p.all()) })
		}
		p.work.again--
		if len(out) == 0 { // it was not read
			p.pos = start
			p.within(body, func() { t |= p.all().taint })
		}
		if len(out) < len(items.items) {
			t |= listObject(out).taint
			out = nil
		}
		p.pos = p.end
	})
	if out == nil {
		return opaqueObject(t)
	}
	return listObject(out).tainted(t)
}

// expand makes a list of what else can be gone through: text, bytes.
func (p *python) expand(o *object) bool {
	if o.kind == objList {
		return true
	}
	raw, ok := o.constant()
	if !ok || o.kind == objNumber || len(raw) > maxItems || !p.spend(8*len(raw)) {
		return false
	}
	var items []object
	if o.kind == objBytes {
		for i := range len(raw) {
			items = append(items, numberObject(int64(raw[i]), o.taint))
		}
	} else {
		for _, c := range raw {
			items = append(items, textObject(string(c), o.taint))
		}
	}
	*o = listObject(items).tainted(o.taint)
	return true
}

// pySlice is what stands in the square brackets behind a value.
type pySlice struct {
	index object
	slice bool
	parts [3]*int64 // start, stop and step; nil where left out
	known bool
}

// subscripts reads the square brackets at the position.
func (p *python) subscripts() pySlice {
	mate := p.tokens[p.pos].mate
	p.pos++
	s := pySlice{known: true}
	p.within(mate, func() {
		for part := 0; part < 3; part++ {
			colon := p.colon()
			if colon < p.end {
				s.slice = true
			}
			if colon > p.pos {
				var o object
				p.within(colon, func() { o = p.all() })
				if part == 0 {
					s.index = o
				}
				if o.kind == objNumber {
					s.parts[part] = &o.number
				} else {
					s.known = false
				}
			}
			if colon >= p.end {
				break
			}
			p.pos = colon + 1
		}
	})
	p.pos = mate + 1
	return s
}

// index returns o[s].
func (p *python) index(o object, s pySlice, at int) object {
	t := o.taint | s.index.taint
	if s.slice {
		return p.sliced(o, s)
	}
	switch {
	case o.ref == "os.environ":
		return p.environ(s.index, at)
	case o.kind == objRef && s.index.isText():
		switch {
		case o.ref == "sys.modules":
			return refObject(s.index.text, 0)
		case o.ref == "builtins.globals()" || o.ref == "builtins.locals()":
			return p.named(s.index.text)
		case strings.HasSuffix(o.ref, ".__dict__"):
			return p.attribute(refObject(strings.TrimSuffix(o.ref, ".__dict__"), o.taint), s.index.text, at)
		}
		return p.attribute(o, s.index.text, at)
	case o.ref == "sys.argv" && s.index.kind == objNumber && s.index.number == 0:
		if file, ok := p.global.vars["__file__"]; ok {
			return file
		}
		return opaqueObject(0)
	case o.kind == objRef:
		return refObject(o.ref+"[]", t)
	case o.kind == objDict && s.index.known():
		if i := slices.Index(o.keys, s.index.text); i >= 0 {
			return o.items[i]
		}
	case o.kind == objList && s.index.kind == objNumber:
		if item, ok := o.at(s.index.number); ok {
			return item
		}
	case o.isText() && s.index.kind == objNumber:
		if list := o; p.expand(&list) {
			if item, ok := list.at(s.index.number); ok {
				return item
			}
		}
	case o.kind == objBytes && s.index.kind == objNumber:
		i := s.index.number
		if i < 0 {
			i += int64(len(o.raw))
		}
		if i >= 0 && i < int64(len(o.raw)) {
			return numberObject(int64(o.raw[i]), t)
		}
	}
	x := opaqueObject(t)
	x.path = o.path
	return x
}

// sliced returns o[a:b:c].
func (p *python) sliced(o object, s pySlice) object {
	unknownPart := opaqueObject(o.taint)
	if !s.known {
		return unknownPart
	}
	var n int64
	switch {
	case o.isText():
		n = int64(len(o.text))
		for i := range len(o.text) {
			if o.text[i] >= 0x80 { // characters are no bytes
				if s.parts[0] == nil && s.parts[1] == nil && s.parts[2] != nil && *s.parts[2] == -1 {
					return textObject(backwards(o.text), o.taint|fromDecoder)
				}
				return unknownPart
			}
		}
	case o.kind == objBytes:
		n = int64(len(o.raw))
	case o.kind == objList:
		n = int64(len(o.items))
	default:
		return unknownPart
	}
	step := int64(1)
	if s.parts[2] != nil {
		step = *s.parts[2]
	}
	if step == 0 || step > 1<<20 || step < -(1<<20) || !p.spend(int(n)) {
		return unknownPart
	}
	limit := func(part *int64, missing, low, high int64) int64 {
		if part == nil {
			return missing
		}
		v := *part
		if v < 0 {
			v += n
		}
		return min(max(v, low), high)
	}
	var picked []int64
	if step > 0 {
		for i := limit(s.parts[0], 0, 0, n); i < limit(s.parts[1], n, 0, n); i += step {
			picked = append(picked, i)
		}
	} else {
		for i := limit(s.parts[0], n-1, -1, n-1); i > limit(s.parts[1], -1, -1, n-1); i += step {
			picked = append(picked, i)
		}
	}
	t := o.taint
	if step != 1 {
		t |= fromDecoder
	}
	if o.kind == objList {
		items := make([]object, len(picked))
		for i, at := range picked {
			items[i] = o.items[at]
		}
		return listObject(items).tainted(t)
	}
	from := o.text
	if o.kind == objBytes {
		from = o.raw
	}
	out := make([]byte, len(picked))
	for i, at := range picked {
		out[i] = from[at]
	}
	if o.kind == objBytes {
		return bytesObject(string(out), t)
	}
	return textObject(string(out), t)
}
