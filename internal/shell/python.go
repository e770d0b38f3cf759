package shell

import (
	"path"
	"slices"
	"strings"
)

// The bounds of a reading of Python.
const (
	// maxPyNesting is how deep expressions are followed; CPython gives up at
	// 200 brackets.
	maxPyNesting = 200
	// maxPyRepeats bounds the values that are computed again, in calls of the
	// script's own functions and in loops inside an expression. Every statement
	// is read once without counting.
	maxPyRepeats = 100_000
)

// python reads Python by its tokens: names, literals, calls and assignments
// (Python language reference). Branches are read one after another, functions
// where they are called, and those that nothing calls at the end.
type python struct {
	*reader
	src    *source
	tokens []pyToken
	// pos and end are the tokens that are being read.
	pos, end int
	scope    *pyScope
	global   *pyScope
	// pending are the functions of the script, functions finds them by their
	// first token, attributes and methods by name.
	pending    []*pyFunction
	functions  map[int]*pyFunction
	attributes map[string]object
	methods    map[string][]*pyFunction
	work       *pyWork
	indent     int  // of the statement
	suite      bool // it stands behind a colon in the same line
	level      int  // functions around the statement
	// peeking tells that a name is read to change what it stands for.
	peeking bool
	// final is the value of the last expression that was a statement.
	final object
	// folder is that of the file, for the modules beside it.
	folder string
}

// pyWork counts what a text and the texts inside it take together.
type pyWork struct {
	depth   int // of expressions
	calls   int // of functions of the script, one inside the other
	again   int // > 0 where something is read again
	repeats int // values that may still be computed again
}

// pyScope holds the names of the file or of one call of a function.
type pyScope struct {
	vars    map[string]object
	parent  *pyScope
	indent  int // of the statements
	globals map[string]bool
	class   *pyClass
	result  object
	returns bool
}

// pyFunction is a function of the script.
type pyFunction struct {
	name   string
	params []pyParam
	lines  []pyLine
	// from and to are the tokens of the body in the same line, or a lambda's.
	from, to int
	lambda   bool
	method   bool
	scope    *pyScope
	class    *pyClass
	level    int     // how many functions are around it
	owner    *python // the reader of the text in which it stands
	active   bool
	read     bool
}

type pyParam struct {
	name     string
	from, to int // the tokens of the default
	star     bool
}

// pyClass is a class of the script.
type pyClass struct {
	name    string
	methods map[string]*pyFunction
	vars    map[string]object
	base    object
}

// python reads Python. The name is that of the file, or empty for code of a
// command line.
func (r *reader) python(src *source, name string) {
	if src.depth > MaxDepth {
		r.limit("programs nested more than %d levels deep", MaxDepth)
		return
	}
	r.repeating = true
	span, pinned := r.span, r.pinned
	defer func() { r.span, r.pinned = span, pinned }()
	p := newPython(r, src, &pyWork{repeats: maxPyRepeats})
	p.global = &pyScope{vars: map[string]object{"__name__": textObject("__main__", 0)}}
	if name != "" {
		p.global.vars["__file__"] = textObject(name, 0)
		p.folder = path.Dir(name)
	} else if r.dir != unknown {
		p.folder = r.dir
	}
	p.program()
}

func newPython(r *reader, src *source, work *pyWork) *python {
	return &python{
		reader: r, src: src, work: work, final: opaqueObject(0),
		functions: map[int]*pyFunction{}, attributes: map[string]object{}, methods: map[string][]*pyFunction{},
	}
}

// program reads the whole text in the global scope. It returns the value of
// the last statement where that is an expression.
func (p *python) program() object {
	tokens, lines, err := pyTokens(p.src.text)
	if err != nil && p.script.Err == "" && !p.shortened {
		p.script.Err = snippet(err.Error())
	}
	p.tokens, p.scope = tokens, p.global
	p.run(lines)
	for i := 0; i < len(p.pending); i++ {
		if f := p.pending[i]; !f.read {
			p.standalone(f)
		}
	}
	return p.final
}

// standalone reads a function that nothing was seen to call.
func (p *python) standalone(f *pyFunction) {
	f.read = true
	p.enter(f, nil, nil)
}

// run reads statements.
func (p *python) run(lines []pyLine) {
	for i := 0; i < len(lines); {
		if p.exhausted() {
			return
		}
		line := lines[i]
		body := i + 1
		for body < len(lines) && lines[body].indent > line.indent {
			body++
		}
		block := lines[i+1 : body]
		pos, end, indent, suite := p.pos, p.end, p.indent, p.suite
		p.pos, p.end, p.indent, p.suite = line.from, line.to, line.indent, false
		p.span = [2]int{p.tokens[line.from].start, p.tokens[line.to-1].end}
		if p.definition(block) {
			i = body
		} else {
			p.statement()
			i++
		}
		p.pos, p.end, p.indent, p.suite = pos, end, indent, suite
	}
}

// exhausted reports whether a repeated reading has used up its work.
func (p *python) exhausted() bool {
	return p.work.again > 0 && p.work.repeats <= 0
}

// peek returns the text of an operator or a name n tokens ahead, or "".
func (p *python) peek(n int) string {
	if p.pos+n < p.end && p.pos+n >= 0 {
		if t := &p.tokens[p.pos+n]; t.kind == pyOperator || t.kind == pyName {
			return t.text
		}
	}
	return ""
}

// accept passes a token with the given text.
func (p *python) accept(text string) bool {
	if p.peek(0) != text || text == "" {
		return false
	}
	p.pos++
	return true
}

// name passes a name.
func (p *python) name() string {
	if p.pos < p.end && p.tokens[p.pos].kind == pyName {
		p.pos++
		return p.tokens[p.pos-1].text
	}
	return ""
}

// find returns the index of the first token at the level of the position that
// is one of the texts, or the end. The parameters of a lambda do not count.
func (p *python) find(texts ...string) int {
	lambda := false
	for i := p.pos; i < p.end; i++ {
		t := &p.tokens[i]
		switch {
		case t.kind != pyOperator && t.kind != pyName:
		case lambda:
			lambda = t.text != ":"
		case slices.Contains(texts, t.text):
			return i
		case t.text == "lambda":
			lambda = true
		}
		if t.mate > i {
			i = min(t.mate, p.end)
		}
	}
	return p.end
}

// within reads the tokens up to an index with f and goes on behind them.
func (p *python) within(to int, f func()) {
	end := p.end
	p.end = min(to, end)
	f()
	p.pos, p.end = max(p.pos, min(to, end)), end
}

// definition reads a function or a class, whose statements are block.
func (p *python) definition(block []pyLine) bool {
	start := p.pos
	p.accept("async")
	switch p.peek(0) {
	case "def":
		p.pos++
		p.function(start, block)
		return true
	case "class":
		p.pos++
		p.class(block)
		return true
	}
	p.pos = start
	return false
}

// function notes a function.
func (p *python) function(start int, block []pyLine) {
	f := p.functions[start]
	if f == nil {
		f = &pyFunction{owner: p, level: p.level + 1}
		p.functions[start] = f
		p.pending = append(p.pending, f)
	}
	f.name, f.lines, f.scope, f.class = p.name(), block, p.scope, p.scope.class
	if open := p.find("("); open < p.end && p.tokens[open].mate > open {
		p.pos = open + 1
		p.within(p.tokens[open].mate, func() { f.params = p.parameters(":") })
		p.pos++
	}
	p.pos = min(p.find(":")+1, p.end)
	f.from, f.to = p.pos, p.end
	o := object{kind: objOwn, own: f, value: opaque(0)}
	if class := p.scope.class; class != nil {
		f.method = true
		class.methods[f.name] = f
		if !slices.Contains(p.methods[f.name], f) {
			p.methods[f.name] = append(p.methods[f.name], f)
		}
	}
	p.bind(f.name, o)
}

// parameters reads the names in front of an end or of a colon.
func (p *python) parameters(annotation string) []pyParam {
	var out []pyParam
	for p.pos < p.end {
		next := p.find(",")
		p.within(next, func() {
			var param pyParam
			for p.accept("*") || p.accept("**") || p.accept("/") {
				param.star = true
			}
			param.name = p.name()
			if annotation != "" && p.peek(0) == annotation {
				p.pos = p.find("=")
			}
			if p.accept("=") {
				param.from, param.to = p.pos, p.end
			}
			if param.name != "" {
				out = append(out, param)
			}
		})
		p.pos = next + 1
	}
	p.pos = p.end
	return out
}

// class reads a class, whose statements run at once.
func (p *python) class(block []pyLine) {
	c := &pyClass{methods: map[string]*pyFunction{}, vars: map[string]object{}}
	c.name = p.name()
	if p.peek(0) == "(" && p.tokens[p.pos].mate > p.pos {
		for _, a := range p.arguments() {
			if a.name == "" && c.base.kind == objUnknown {
				c.base = a.object
			}
		}
	}
	p.accept(":")
	scope := p.scope
	indent := p.indent
	if len(block) > 0 {
		indent = block[0].indent
	}
	p.scope = &pyScope{vars: c.vars, parent: scope, indent: indent, class: c}
	if p.pos < p.end {
		p.suite = true
		p.statement()
	}
	p.run(block)
	p.scope = scope
	p.bind(c.name, object{kind: objOwn, own: c, value: opaque(0)})
}

// bind gives a name a value. Where the statement is not sure to run, the name
// may keep the value that it has.
func (p *python) bind(name string, o object) {
	scope := p.scope
	if scope.globals[name] {
		scope = p.global
	}
	if p.indent > scope.indent || p.suite || scope != p.scope {
		if old, ok := scope.vars[name]; ok {
			o = either(old, o)
		}
	}
	scope.vars[name] = o
}

// lookup returns what a name stands for.
func (p *python) lookup(name string) (object, bool) {
	for s := p.scope; s != nil; s = s.parent {
		if o, ok := s.vars[name]; ok {
			return o, true
		}
	}
	return object{}, false
}

// statement reads one statement that defines nothing.
func (p *python) statement() {
	start := p.pos
	switch keyword := p.peek(0); keyword {
	case "import":
		p.pos++
		p.importNames()
	case "from":
		p.pos++
		p.importFrom()
	case "global", "nonlocal":
		p.pos++
		if p.scope.globals == nil {
			p.scope.globals = map[string]bool{}
		}
		for p.pos < p.end {
			if name := p.name(); name != "" && keyword == "global" {
				p.scope.globals[name] = true
			} else {
				p.pos++
			}
		}
	case "pass", "break", "continue":
	case "return", "yield":
		p.pos++
		if p.pos < p.end {
			p.give(p.all())
		}
	case "del", "assert", "raise":
		p.pos++
		p.all()
	case "if", "elif", "while", "else", "try", "finally":
		p.pos++
		colon := p.colon()
		p.within(colon, func() { p.all() })
		p.inline(colon)
	case "for":
		p.pos++
		colon := p.colon()
		p.within(colon, p.loop)
		p.inline(colon)
	case "async":
		p.pos++
		p.statement()
	case "with":
		p.pos++
		colon := p.colon()
		p.within(colon, p.with)
		p.inline(colon)
	case "except":
		p.pos++
		colon := p.colon()
		p.within(colon, func() {
			as := p.find("as", ",")
			p.within(as, func() { p.all() })
			p.pos++
			if name := p.name(); name != "" {
				p.bind(name, opaqueObject(0))
			}
		})
		p.inline(colon)
	case "@":
		p.pos++
		p.all()
	case "exec":
		if next := p.peek(1); next == "=" || next == "(" || next == "." {
			p.assignment()
			return
		}
		p.pos++ // a statement in Python 2
		code := p.find("in")
		p.within(code, func() {
			at := p.tokens[start].start
			p.library("builtins.exec", &pyCall{at: at, args: []pyArgument{{object: p.expression()}}})
		})
	default:
		p.assignment()
	}
}

// colon returns the index of the colon that ends the head of a statement.
func (p *python) colon() int {
	pos := p.pos
	defer func() { p.pos = pos }()
	for {
		at := p.find(":", "lambda")
		if at >= p.end || p.tokens[at].kind == pyOperator {
			return at
		}
		p.pos = at + 1
		p.pos = min(p.find(":")+1, p.end)
	}
}

// inline reads the statement behind a colon in the same line.
func (p *python) inline(colon int) {
	if p.pos = min(colon+1, p.end); p.pos < p.end {
		p.suite = true
		p.statement()
	}
}

// give adds to what the current function returns.
func (p *python) give(o object) {
	if p.scope.returns {
		o = either(p.scope.result, o)
	}
	p.scope.result, p.scope.returns = o, true
}

// loop reads the head of a for statement.
func (p *python) loop() {
	start := p.pos
	in := p.find("in")
	p.pos = min(in+1, p.end)
	items := p.all()
	p.pos = start
	p.within(in, func() { p.target(p.element(items)) })
	p.pos = p.end
}

// element returns what a loop over an object sees.
func (p *python) element(o object) object {
	if o.kind != objList || len(o.items) == 0 || len(o.items) > maxOthers {
		x := opaqueObject(o.taint)
		x.path = o.path
		return x
	}
	x := o.items[0]
	for _, item := range o.items[1:] {
		if x.kind == objList && item.kind == objList && len(x.items) == len(item.items) {
			pair := make([]object, len(x.items))
			for i := range pair {
				pair[i] = either(x.items[i], item.items[i])
			}
			x = listObject(pair)
			continue
		}
		x = either(x, item)
	}
	return x
}

// with reads the head of a with statement.
func (p *python) with() {
	if p.peek(0) == "(" && p.tokens[p.pos].mate == p.end-1 {
		p.pos++
		p.within(p.end-1, p.with)
		return
	}
	for p.pos < p.end {
		next := p.find(",")
		p.within(next, func() {
			as := p.find("as")
			var o object
			p.within(as, func() { o = p.expression() })
			if p.accept("as") {
				p.target(o)
			}
		})
		p.pos = next + 1
	}
}

// assignment reads an assignment, or an expression alone.
func (p *python) assignment() {
	start := p.pos
	var targets [][2]int
	for {
		at := p.find("=", "+=", "-=", "*=", "/=", "//=", "%=", "&=", "|=", "^=", ">>=", "<<=", "**=", "@=", ":", "lambda")
		if at >= p.end || p.tokens[at].text == "lambda" {
			break
		}
		op := p.tokens[at].text
		if op == ":" { // an annotation, or a colon that means nothing here
			if p.tokens[start].kind != pyName {
				p.pos = at + 1
				continue
			}
			p.pos = at + 1
			p.pos = p.find("=")
			if p.pos >= p.end {
				break
			}
			targets = append(targets, [2]int{start, at})
			p.pos++
			start = p.pos
			continue
		}
		targets = append(targets, [2]int{start, at})
		p.pos = at + 1
		start = p.pos
		if op != "=" {
			p.augment(targets[len(targets)-1], op)
			return
		}
	}
	p.pos = start
	o := p.all()
	p.final = o
	for _, t := range targets {
		p.pos = t[0]
		p.within(t[1], func() { p.target(o) })
	}
	p.pos = p.end
}

// augment reads a += b.
func (p *python) augment(target [2]int, op string) {
	right := p.all()
	pos := p.pos
	p.pos = target[0]
	p.within(target[1], func() {
		start := p.pos
		left := p.expression()
		p.pos = start
		sure := p.indent <= p.scope.indent && !p.suite
		o := opaqueObject(left.taint | right.taint)
		if sure {
			o = p.operate(strings.TrimSuffix(op, "="), left, right)
		}
		p.target(o)
	})
	p.pos = pos
}

// target gives a value to what stands on the left of an assignment.
func (p *python) target(o object) {
	if next := p.find(","); next < p.end || p.peek(0) == "(" && p.tokens[p.pos].mate == p.end-1 || p.peek(0) == "[" && p.tokens[p.pos].mate == p.end-1 {
		if next >= p.end {
			p.pos++
			p.within(p.end-1, func() { p.target(o) })
			return
		}
		for i := int64(0); p.pos < p.end; i++ {
			next := p.find(",")
			item, ok := o.at(i)
			if !ok || o.kind != objList {
				item = opaqueObject(o.taint)
			}
			p.within(next, func() { p.target(item) })
			p.pos = next + 1
		}
		return
	}
	p.accept("*")
	name := p.name()
	switch {
	case name != "" && p.pos == p.end:
		p.bind(name, o)
	case name == "":
		p.all()
	default:
		p.pos--
		p.member(o)
	}
}

// member gives a value to an attribute or an item.
func (p *python) member(o object) {
	last := p.pos
	for i := p.pos; i < p.end; i++ {
		if t := p.tokens[i]; t.text == "." && t.kind == pyOperator || t.text == "[" && t.mate > i {
			last = i
		}
		if p.tokens[i].mate > i {
			i = p.tokens[i].mate
		}
	}
	start := p.pos
	var base object
	p.peeking = true
	p.within(last, func() { base = p.expression() })
	p.peeking = false
	if p.accept(".") {
		attribute := p.name()
		if base.kind == objInstance || base.kind == objUnknown {
			if old, ok := p.attributes[attribute]; ok {
				o = either(old, o)
			}
			p.attributes[attribute] = o
		}
		return
	}
	p.pos = last
	p.subscripts() // for what they do
	if base.ref == "os.environ" {
		return
	}
	// An item of a list or a dictionary: what it holds is in its origin.
	if name := p.tokens[start].text; last == start+1 && p.tokens[start].kind == pyName {
		base.taint |= o.taint
		if base.kind == objDict || base.kind == objList {
			base.kind, base.items, base.keys = objUnknown, nil, nil
		}
		p.bind(name, base)
	}
}

// importNames reads the names behind import.
func (p *python) importNames() {
	for p.pos < p.end {
		module := p.dotted()
		if module == "" {
			p.pos++
			continue
		}
		p.imports(module)
		if p.accept("as") {
			p.bind(p.name(), refObject(module, 0))
		} else {
			top, _, _ := strings.Cut(module, ".")
			p.bind(top, refObject(top, 0))
		}
		p.accept(",")
	}
}

// importFrom reads from a import b as c.
func (p *python) importFrom() {
	dots := ""
	for {
		if p.accept(".") {
			dots += "."
		} else if p.accept("...") {
			dots += "..."
		} else {
			break
		}
	}
	module := ""
	if p.peek(0) != "import" {
		module = p.dotted()
	}
	p.accept("import")
	p.accept("(")
	if module != "" || dots != "" {
		p.imports(dots + module)
	}
	for p.pos < p.end {
		name := p.name()
		switch {
		case name != "":
			as := name
			if p.accept("as") {
				as = p.name()
			}
			ref := module + "." + name
			if module == "" {
				p.imports(dots + name)
				ref = name
			}
			if dots != "" {
				ref = "." + ref
			}
			p.bind(as, refObject(ref, 0))
		case p.peek(0) == "*":
			p.star(module)
			p.pos++
		default:
			p.pos++
		}
	}
}

// dotted reads a.b.c.
func (p *python) dotted() string {
	name := p.name()
	for name != "" && p.accept(".") {
		name += "." + p.name()
	}
	return shorten(name, maxRef)
}
