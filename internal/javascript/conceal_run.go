package javascript

import (
	"fmt"
	"slices"
	"strings"

	"github.com/microsoft/typescript-go/shim"
)

// The bounds of the search for decoders and of what counts as one.
const (
	// maxVisited bounds the nodes that are looked at for one argument, and
	// maxVisits those for all arguments of a file.
	maxVisited = 2000
	maxVisits  = 1 << 17
	// maxScans bounds how often all references are read for what is added to a
	// name.
	maxScans = 32
	// maxFollowed bounds the functions that are looked into for one argument.
	maxFollowed = 8
	// minPacked is a text that holds more than a name or a message, in bytes.
	minPacked = 100
	// minProgram is longer than what Function is given by hand, in bytes. A
	// program within a text is read by no tool and shown by no editor as code.
	minProgram = 1000
	// minPackedItems is the same as minPacked for lists.
	minPackedItems = 32
	// minCharacters is the fewest character codes that make a word.
	minCharacters = 8
	// maxTimer bounds the functions whose text is read, in bytes, and maxTimers
	// how many are.
	maxTimer  = 4096
	maxTimers = 1000
	// maxLoop bounds the text of an empty loop, in bytes.
	maxLoop = 64
	// minFrame is the letters and digits of a text that make a part of a program,
	// and not a separator or a comment sign.
	minFrame = 8
	// minConsole is the fewest console methods that are replaced together.
	minConsole = 5
)

// mayRun reports whether a reference may stand for a runner of text. It goes by
// how names are written alone: resolving every name would cost as much as Uses.
func (t *structure) mayRun(r *ref) bool {
	node := r.node
	switch node.Kind {
	case shim.KindIdentifier:
	case shim.KindImportDeclaration, shim.KindExportDeclaration:
		return isRunnerModule(textOf(node.ModuleSpecifier()))
	case shim.KindCallExpression:
		return true
	case shim.KindPropertyAccessExpression:
		return isRunner(textOf(node.Name())) || leadsToConstructor(node)
	case shim.KindElementAccessExpression:
		t.computed(node)
		return true
	default:
		return false
	}
	if leadsToConstructor(node) {
		return true
	}
	if r.binding == nil {
		return isRoot(node.Text()) && !harmless(node)
	}
	return r.binding.runner && (r.binding.holder || !harmless(node))
}

// leadsToConstructor reports whether the constructor of an expression is taken.
func leadsToConstructor(node *shim.Node) bool {
	p := node.Parent
	return p.Kind == shim.KindPropertyAccessExpression && textOf(p.Name()) == "constructor"
}

// isRunner tells what runs text, by its last name.
func isRunner(name string) bool {
	switch name {
	case "eval", "Function", "setTimeout", "setInterval", "setImmediate", "execScript", "constructor", "_compile",
		"runInThisContext", "runInNewContext", "runInContext", "Script", "compileFunction", "SourceTextModule", "Worker":
		return true
	}
	return false
}

// isRoot tells the globals that run text or lead to what does.
func isRoot(name string) bool {
	switch name {
	case "eval", "Function", "setTimeout", "setInterval", "setImmediate", "execScript", "require", "module", "process":
		return true
	}
	return isGlobalObject(name)
}

func isRunnerModule(name string) bool {
	switch strings.TrimPrefix(name, "node:") {
	case "vm", "module", "worker_threads", "process":
		return true
	}
	return strings.HasPrefix(name, "data:")
}

// harmless reports whether a global is used in a way that leads to no runner: a
// member of another name, another module.
func harmless(node *shim.Node) bool {
	p := node.Parent
	switch p.Kind {
	case shim.KindPropertyAccessExpression:
		name := textOf(p.Name())
		return p.Expression() == node && !isRunner(name) && !isRoot(name) && name != "mainModule" && name != "getBuiltinModule" &&
			name != "call" && name != "apply" && name != "bind"
	case shim.KindCallExpression:
		list := p.Arguments()
		return p.Expression() == node && node.Text() == "require" && len(list) > 0 && list[0].Kind == shim.KindStringLiteral && !isRunnerModule(list[0].Text())
	}
	return false
}

// maxHops bounds how many names are followed to a runner, and maxOperators how
// many operators within one expression.
const (
	maxHops      = 8
	maxOperators = 16
)

// findRunners finds the names that may stand for a runner or for what leads to
// one: those that are given one outright, then those that are given such names.
func (t *structure) findRunners() {
	list := make([]*binding, 0, len(t.names.bindings))
	for _, b := range t.names.bindings {
		b.runner, b.holder = false, false
		b.machine = len(b.name) >= minMachineName && machineName(b.name)
		if len(b.writes) > 0 || len(b.props) > 0 {
			list = append(list, b)
		}
	}
	for range maxHops {
		found := false
		clear(t.callees)
		// Who is given no other name has been judged for good.
		open := list[:0]
		for _, b := range list {
			t.waits = false
			if t.given(b) {
				b.runner, found = true, true
			} else if t.waits {
				open = append(open, b)
			}
		}
		if list = open; !found {
			return
		}
	}
}

// given reports whether a name is given what leads to a runner, or is an object
// of which a member is a runner.
func (t *structure) given(b *binding) bool {
	for _, w := range b.writes {
		if t.gives(w) {
			object := peel(w.node)
			b.holder = object != nil && object.Kind == shim.KindObjectLiteralExpression
			return true
		}
	}
	for _, p := range b.props {
		for _, node := range p.values {
			if namesRunner(node) {
				b.holder = true
				return true
			}
		}
	}
	return false
}

func (t *structure) gives(w write) bool {
	switch w.how {
	case writeExpression:
		return t.leads(w.node, maxOperators)
	case writeElement:
		if isRunner(textOf(w.node.PropertyNameOrName())) {
			return true
		}
		holder := w.node.Parent.Parent
		return holder.Kind == shim.KindVariableDeclaration && t.leads(holder.Initializer(), maxOperators)
	case writeTarget:
		if p := w.node.Parent; p.Kind == shim.KindPropertyAssignment {
			return isRunner(textOf(p.Name()))
		}
		return isRunner(w.node.Text())
	case writeImport:
		p := w.node
		for p.Kind != shim.KindImportDeclaration && p.Kind != shim.KindImportEqualsDeclaration {
			if p = p.Parent; p == nil {
				return false
			}
		}
		return p.Kind == shim.KindImportEqualsDeclaration || isRunnerModule(textOf(p.ModuleSpecifier()))
	case writeParameter:
		return t.handed(w.node.Parent)
	}
	return false
}

// handed reports whether a function is called on the spot with what leads to a
// runner.
func (t *structure) handed(fn *shim.Node) bool {
	if fn.Kind != shim.KindFunctionExpression && fn.Kind != shim.KindArrowFunction {
		return false
	}
	call := callOf(fn)
	if call == nil {
		return false
	}
	leads, asked := t.callees[fn]
	if asked {
		t.waits = true // as far as is known
		return leads
	}
	leads = slices.ContainsFunc(call.Arguments(), func(argument *shim.Node) bool { return t.leads(argument, maxOperators) })
	if t.callees == nil {
		t.callees = make(map[*shim.Node]bool)
	}
	t.callees[fn] = leads
	return leads
}

// leads reports whether an expression may stand for a runner or for what leads
// to one, looking at as many operators as left says.
func (t *structure) leads(node *shim.Node, left int) bool {
	for ; left > 0; left-- {
		if node = unwrap(node); node == nil {
			return false
		}
		switch node.Kind {
		case shim.KindIdentifier:
			if b := t.names.bindingOf(node); b != nil {
				t.waits = t.waits || !b.runner
				return b.runner
			}
			return isRoot(node.Text())
		case shim.KindPropertyAccessExpression:
			if isRunner(textOf(node.Name())) {
				return true
			}
			node = node.Expression()
		case shim.KindElementAccessExpression:
			node = node.Expression()
		case shim.KindCallExpression:
			callee := unwrap(node.Expression())
			if callee == nil || callee.Kind == shim.KindIdentifier && harmless(callee) {
				return false
			}
			node = callee
		case shim.KindConditionalExpression:
			c := node.AsConditionalExpression()
			if t.leads(c.WhenTrue, left-1) {
				return true
			}
			node = c.WhenFalse
		case shim.KindBinaryExpression:
			b := node.AsBinaryExpression()
			switch b.OperatorToken.Kind {
			case shim.KindEqualsToken, shim.KindCommaToken:
				node = b.Right
			case shim.KindBarBarToken, shim.KindAmpersandAmpersandToken, shim.KindQuestionQuestionToken:
				if t.leads(b.Right, left-1) {
					return true
				}
				node = b.Left
			default:
				return false
			}
		case shim.KindObjectLiteralExpression:
			return t.objectHolds(node)
		default:
			return false
		}
	}
	return false
}

// objectHolds reports whether a member of an object is a runner.
func (t *structure) objectHolds(node *shim.Node) bool {
	holds, asked := t.objects[node]
	if asked {
		return holds
	}
	for _, property := range node.Properties() {
		holds = holds || property.Kind == shim.KindPropertyAssignment && namesRunner(property.Initializer())
	}
	if t.objects == nil {
		t.objects = make(map[*shim.Node]bool)
	}
	t.objects[node] = holds
	return holds
}

// namesRunner reports whether an expression names a runner outright.
func namesRunner(node *shim.Node) bool {
	node = unwrap(node)
	if node == nil {
		return false
	}
	switch node.Kind {
	case shim.KindIdentifier:
		return isRunner(node.Text())
	case shim.KindPropertyAccessExpression:
		return isRunner(textOf(node.Name()))
	}
	return false
}

// use judges one use of a runner.
func (t *structure) use(u Use) bool {
	if u.Kind == Import {
		if strings.HasPrefix(u.Module, "data:") {
			t.sink(u, "an import of the data itself")
		}
		return true
	}
	if u.Kind != Call && u.Kind != New || u.node == nil || t.sinks[u.node] {
		return true
	}
	arguments := runs(u.Path, u.arguments)
	if len(arguments) == 0 {
		return true
	}
	if t.sinks == nil {
		t.sinks = make(map[*shim.Node]bool)
	}
	t.sinks[u.node] = true
	for _, argument := range arguments {
		if t.defends(u, argument) {
			return true
		}
		if how := t.decoder(argument); how != "" {
			t.sink(u, how)
			return true
		}
		if text := unwrap(argument); u.Names[len(u.Names)-1] == "Function" && len(textOf(text)) >= minProgram {
			t.sink(u, fmt.Sprintf("a program of %d bytes within a text", len(textOf(text))))
			return true
		}
	}
	return true
}

// sink notes a runner that is given what how says.
func (t *structure) sink(u Use, how string) {
	end := u.End
	if u.node != nil {
		end = max(end, u.node.End())
	}
	path := u.Path.String()
	t.signer.add(DecodeRun, u.Pos, end, path[:min(len(path), MaxDetail/2)]+" runs "+how)
}

// runs returns the arguments of a call that are run as text.
func runs(p Path, arguments []*shim.Node) []*shim.Node {
	if len(p.Names) == 0 || len(arguments) == 0 {
		return nil
	}
	name := p.Names[len(p.Names)-1]
	switch p.Module {
	case "":
		switch {
		case name == "_compile" && p.Names[0] == "module":
		case len(p.Names) > 1:
			return nil
		case name == "Function":
			return arguments
		case name == "eval", name == "execScript", name == "setTimeout", name == "setInterval", name == "setImmediate":
		default:
			return nil
		}
	case "vm":
		switch name {
		case "runInThisContext", "runInNewContext", "runInContext", "Script", "compileFunction", "SourceTextModule":
		default:
			return nil
		}
	case "module":
		if name != "_compile" {
			return nil
		}
	case "worker_threads":
		if name != "Worker" {
			return nil
		}
	default:
		return nil
	}
	return arguments[:1]
}

// defends notes code made of text that stops a debugger, and a timer around
// debugger.
func (t *structure) defends(u Use, argument *shim.Node) bool {
	v := t.names.eval.of(argument)
	switch v.kind {
	case stringValue:
		if len(v.str) > maxLoop {
			return false
		}
		text := strings.TrimSpace(v.str)
		if text == "debugger" || text == "debugger;" || isEndless(text) {
			t.signer.add(SelfDefence, u.Pos, max(u.End, argument.End()), "runs "+text)
			return true
		}
	case functionValue:
		start, end := t.file.start(v.node), v.node.End()
		if (u.Path.Names[0] == "setInterval" || u.Path.Names[0] == "setTimeout") && end-start <= maxTimer && t.breaks(start, end) {
			t.signer.add(SelfDefence, u.Pos, max(u.End, argument.End()), u.Path.Names[0]+" around debugger")
			return true
		}
	}
	return false
}

// isEndless tells the text of an empty endless loop.
func isEndless(text string) bool {
	switch strings.Join(strings.Fields(text), "") {
	case "while(true){}", "while(1){}", "while(!0){}", "while(!![]){}", "for(;;){}", "while(true);", "for(;;);":
		return true
	}
	return false
}

// breaks reports whether a range of the text holds a debugger statement.
func (t *structure) breaks(start, end int) bool {
	text := t.file.Text[start:end]
	if t.timers++; t.timers > maxTimers || !strings.Contains(text, "debugger") {
		return false
	}
	scan := newScanner(text, languageOf(t.file.Name).jsx)
	for token := scan.next(); token.kind != endOfText; token = scan.next() {
		if token.kind == word && scan.is(token, "debugger") {
			return true
		}
	}
	return false
}

// computed notes a member of a function literal whose name is hidden, called
// with hidden text, the result called in turn: the constructor that makes the
// text a function.
func (t *structure) computed(node *shim.Node) {
	if !isFunction(unwrap(node.Expression())) {
		return
	}
	key := unwrap(node.AsElementAccessExpression().ArgumentExpression)
	call := outermost(node).Parent
	if key == nil || key.Kind != shim.KindCallExpression || call.Kind != shim.KindCallExpression || len(call.Arguments()) == 0 {
		return
	}
	if _, known := t.names.eval.of(key).text(); known {
		return
	}
	member := outermost(call).Parent
	if member.Kind == shim.KindElementAccessExpression && outermost(member).Parent.Kind == shim.KindCallExpression {
		t.signer.add(SelfDefence, t.file.start(node), call.End(), "a hidden member of a function literal is called")
	}
}

// once notes the wrapper around the checks of self-defending code: a function
// that hands its arguments on, or one that does nothing, by a flag.
func (t *structure) once(arguments *shim.Node) {
	fn := enclosing(arguments)
	if fn == nil || fn.Kind != shim.KindFunctionExpression || fn == t.wrapper {
		return
	}
	t.wrapper = fn
	c := outermost(fn).Parent
	if c.Kind != shim.KindConditionalExpression {
		return
	}
	branches := c.AsConditionalExpression()
	flag, other := unwrap(branches.Condition), unwrap(branches.WhenFalse)
	if unwrap(branches.WhenTrue) != fn || flag == nil || flag.Kind != shim.KindIdentifier ||
		other == nil || other.Kind != shim.KindFunctionExpression || other.Body() == nil || len(other.Body().Statements()) != 0 {
		return
	}
	t.signer.add(SelfDefence, t.file.start(c), c.End(), "a wrapper that runs its function once and then does nothing")
}

// console notes a list of console methods in a function that puts masked empty
// functions in their place.
func (t *structure) console(array *shim.Node, elements []*shim.Node) {
	for _, e := range elements {
		switch textOf(e) {
		case "log", "warn", "info", "error", "exception", "table", "trace", "debug", "dir", "assert", "clear", "count":
		default:
			return
		}
	}
	fn := enclosing(array)
	if fn == nil || fn.End()-fn.Pos() > maxTimer {
		return
	}
	text := t.file.Text[fn.Pos():fn.End()]
	if strings.Contains(text, "__proto__") && strings.Contains(text, "toString") && strings.Contains(text, "bind") {
		t.signer.add(SelfDefence, t.file.start(array), array.End(), "console methods are replaced by masked ones")
	}
}

// selfPattern reports whether text is one of the patterns that self-defending
// code matches the text of its own functions with.
func selfPattern(text string) bool {
	switch text {
	case `(((.+)+)+)+$`, `^([^ ]+( +[^ ]+)+)+[^ ]}`, `function *\( *\)`, `\+\+ *(?:[a-zA-Z_$][0-9a-zA-Z_$]*)`:
		return true
	}
	return false
}

// decoder searches an expression, and what its names are given, for a decoder.
// It returns what it found, or nothing.
func (t *structure) decoder(root *shim.Node) string {
	q := search{structure: t, left: min(maxVisited, maxVisits-t.visits)}
	defer func(left int) { t.visits += left - max(q.left, 0) }(q.left)
	q.push(root)
	for len(q.stack) > 0 {
		node := q.stack[len(q.stack)-1].node
		q.framed = q.stack[len(q.stack)-1].framed || q.frames(node)
		q.stack = q.stack[:len(q.stack)-1]
		switch {
		case isFunction(node):
			// A function is run as such and is no text.
			continue
		case node.Kind == shim.KindIdentifier:
			q.name(node)
			continue
		case node.Kind == shim.KindCallExpression, node.Kind == shim.KindNewExpression:
			if how := q.call(node); how != "" {
				return how
			}
		}
		node.ForEachChild(q.push)
	}
	return ""
}

// search is the search of one expression.
type search struct {
	*structure
	stack []visit
	// framed tells that what is looked at is put into a text that the file spells
	// out.
	framed bool
	// left counts the nodes that may still be looked at.
	left     int
	bindings []*binding
	bodies   []*shim.Node
}

// visit is a node that is to be looked at.
type visit struct {
	node   *shim.Node
	framed bool
}

// frames reports whether an expression puts a text together of which a part is
// spelled out: a sum, a template, a call of concat.
func (q *search) frames(node *shim.Node) bool {
	switch {
	case isOperation(node, shim.KindPlusToken):
		if p := node.Parent; isOperation(p, shim.KindPlusToken) && p.AsBinaryExpression().Left == node {
			return false // the whole sum was asked
		}
		for ; isOperation(node, shim.KindPlusToken) && q.left > 0; q.left-- {
			b := node.AsBinaryExpression()
			if spelled(b.Right) || spelled(b.Left) {
				return true
			}
			node = b.Left
		}
	case node.Kind == shim.KindTemplateExpression:
		t := node.AsTemplateExpression()
		return spelled(t.Head) || slices.ContainsFunc(t.TemplateSpans.Nodes[:min(len(t.TemplateSpans.Nodes), maxOperators)],
			func(span *shim.Node) bool { return spelled(span.AsTemplateSpan().Literal) })
	case node.Kind == shim.KindCallExpression && node.Expression().Kind == shim.KindPropertyAccessExpression && textOf(node.Expression().Name()) == "concat":
		return spelled(node.Expression().Expression()) || slices.ContainsFunc(node.Arguments()[:min(len(node.Arguments()), maxOperators)], spelled)
	}
	return false
}

// spelled reports whether a piece of a text holds a part of a program.
func spelled(node *shim.Node) bool {
	switch node.Kind {
	case shim.KindStringLiteral, shim.KindNoSubstitutionTemplateLiteral, kindHead, kindMiddle, kindTail:
	default:
		return false
	}
	text, n := node.Text(), 0
	for i := 0; i < min(len(text), maxTimer) && n < minFrame; i++ {
		if isWord(text[i]) {
			n++
		}
	}
	return n >= minFrame
}

// The pieces of a template, which the shim has no names for.
var (
	kindHead   = kindNamed("KindTemplateHead")
	kindMiddle = kindNamed("KindTemplateMiddle")
	kindTail   = kindNamed("KindTemplateTail")
)

// push returns true where nothing more is to be looked at.
func (q *search) push(node *shim.Node) bool {
	if q.left--; q.left < 0 {
		return true
	}
	q.stack = append(q.stack, visit{node, q.framed})
	return false
}

// name follows a local name to what it is given.
func (q *search) name(node *shim.Node) {
	if !isReference(node) {
		return
	}
	b := q.names.bindingOf(node)
	if b == nil || len(q.bindings) == maxFollowed {
		return
	}
	for _, seen := range q.bindings {
		if seen == b {
			return
		}
	}
	q.bindings = append(q.bindings, b)
	added := false
	for _, w := range b.writes[:min(len(b.writes), maxFollowed)] {
		if w.how == writeExpression {
			q.push(w.node)
		}
		added = added || w.how == writeUnknown
	}
	if added {
		q.additions(b)
	}
}

// additions follows what is added to a name with +=.
func (q *search) additions(b *binding) {
	if q.scans++; q.scans > maxScans {
		return
	}
	for _, r := range q.names.refs {
		if r.binding != b || r.node.Parent.Kind != shim.KindBinaryExpression {
			continue
		}
		if p := r.node.Parent.AsBinaryExpression(); p.Left == r.node && p.OperatorToken.Kind == shim.KindPlusEqualsToken && q.push(p.Right) {
			return
		}
	}
}

// call judges a call within the searched expression.
func (q *search) call(node *shim.Node) string {
	callee := unwrap(node.Expression())
	arguments := argumentsOf(node)
	if callee == nil {
		return ""
	}
	if isFunction(callee) {
		if q.fed(arguments) {
			return "a function called on the spot with packed data"
		}
		q.body(callee)
		return ""
	}
	v := q.names.eval.of(callee)
	for _, p := range v.paths {
		if how := q.decodes(p, arguments); how != "" {
			return how
		}
	}
	name := textOf(callee)
	if callee.Kind == shim.KindPropertyAccessExpression {
		name = textOf(callee.Name())
	}
	switch {
	case v.kind == functionValue && v.node != nil && isFunction(v.node):
		if q.fed(arguments) && q.works(v.node) {
			return "the function " + name + " with packed data"
		}
		q.body(v.node)
	case name == "reverse" && callee.Kind == shim.KindPropertyAccessExpression && ofCharacters(node, callee):
		return "reversed text"
	case namesDecoder(name) && q.fed(arguments):
		return name + " of packed data"
	}
	return ""
}

// ofCharacters reports whether a call of reverse turns the characters of a text
// and not a list of other things: what it is called on is a text taken apart, or
// its result is joined.
func ofCharacters(call, callee *shim.Node) bool {
	if p := outermost(call).Parent; p.Kind == shim.KindPropertyAccessExpression && textOf(p.Name()) == "join" {
		return true
	}
	switch list := unwrap(callee.Expression()); {
	case list == nil:
		return false
	case list.Kind == shim.KindArrayLiteralExpression:
		return slices.ContainsFunc(list.Elements()[:min(len(list.Elements()), 1)], func(e *shim.Node) bool { return e.Kind == shim.KindSpreadElement })
	case list.Kind == shim.KindCallExpression:
		maker := unwrap(list.Expression())
		if maker == nil || maker.Kind != shim.KindPropertyAccessExpression {
			return false
		}
		name := textOf(maker.Name())
		return name == "split" || name == "from"
	}
	return false
}

// body looks into a function that the expression calls.
func (q *search) body(fn *shim.Node) {
	if len(q.bodies) == maxFollowed || fn.Body() == nil {
		return
	}
	for _, seen := range q.bodies {
		if seen == fn {
			return
		}
	}
	q.bodies = append(q.bodies, fn)
	q.push(fn.Body())
}

// fed reports whether a call is given data: a long text or list.
func (q *search) fed(arguments []*shim.Node) bool {
	for _, argument := range arguments {
		switch v := q.names.eval.of(argument); v.kind {
		case stringValue, bytesValue:
			if len(v.str) >= minPacked {
				return true
			}
		case arrayValue:
			if len(v.items()) >= minPackedItems {
				return true
			}
		}
	}
	return false
}

// works reports whether a function works on character codes.
func (q *search) works(fn *shim.Node) bool {
	text := q.file.Text[fn.Pos():min(fn.End(), fn.Pos()+maxTimer)]
	for _, name := range []string{"charCodeAt", "codePointAt", "fromCharCode", "fromCodePoint", "atob", "parseInt", "indexOf", "split", "replace", "Buffer"} {
		if strings.Contains(text, name) {
			return true
		}
	}
	return false
}

// namesDecoder tells functions by their names.
func namesDecoder(name string) bool {
	name = strings.ToLower(name)
	for _, part := range []string{"decode", "decrypt", "decompress", "inflate", "unpack", "deobf", "decipher"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// constant reports whether a call is given something that the file holds.
func (q *search) constant(arguments []*shim.Node) bool {
	return slices.ContainsFunc(arguments, func(argument *shim.Node) bool {
		switch q.names.eval.of(argument).kind {
		case stringValue, bytesValue, arrayValue:
			return true
		}
		return false
	})
}

// decodes judges a call of a module's or global function. What takes texts out of
// URLs and bytes hides nothing by that: it is a sign where it gives the whole
// program, not where it gives a name or a value within one.
func (q *search) decodes(p *step, arguments []*shim.Node) string {
	if p.throughCall() {
		p = p.parent
	}
	switch {
	case p.isGlobal("atob"), p.isGlobal("unescape"):
		return p.name
	case p.isGlobal("decodeURIComponent"), p.isGlobal("decodeURI"):
		if !q.framed || q.constant(arguments) {
			return p.name
		}
	case p.isGlobal("String", "fromCharCode"), p.isGlobal("String", "fromCodePoint"):
		if len(arguments) >= minCharacters {
			return p.name
		}
		for _, argument := range arguments {
			if _, known := q.names.eval.of(argument).number(); !known {
				return p.name
			}
		}
	case p.isGlobal("Buffer", "from"), p.isGlobal("Buffer"):
		if len(arguments) > 1 {
			switch encoding, _ := q.names.eval.of(arguments[1]).text(); strings.ToLower(encoding) {
			case "base64", "base64url", "hex":
				return "Buffer.from " + encoding
			}
		} else if len(arguments) == 1 && q.names.eval.of(arguments[0]).kind == arrayValue {
			return "Buffer.from numbers"
		}
	case p.isGlobal("TextDecoder", Called, "decode"):
		if !q.framed || q.constant(arguments) {
			return "TextDecoder"
		}
	case p.depth > 0 && p.base().root == moduleRoot:
		switch module, name := p.base().name, strings.ToLower(p.path().Names[0]); {
		case module == "zlib" && (strings.Contains(name, "inflate") || strings.Contains(name, "unzip") || strings.Contains(name, "gunzip") || strings.Contains(name, "decompress")):
			return "zlib." + p.path().Names[0]
		case module == "crypto" && strings.HasPrefix(name, "createdecipher"):
			return "crypto." + p.path().Names[0]
		}
	}
	return ""
}
