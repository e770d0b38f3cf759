package javascript

import (
	"iter"
	"strings"

	"github.com/microsoft/typescript-go/shim"
)

// UseKind is how a reference is used.
type UseKind uint8

// The kinds of uses.
const (
	// Read takes the value.
	Read UseKind = iota
	// Write assigns to it or deletes it.
	Write
	// Call calls it, itself or through call, apply or Reflect; a template
	// behind it is a call as well.
	Call
	// New constructs it.
	New
	// Import loads the module: an import or export declaration, import() or a
	// require with a constant name. Path.Names is empty.
	Import
	// Test asks for its type only (typeof fetch).
	Test
)

func (k UseKind) String() string {
	return [...]string{"read", "write", "call", "new", "import", "test"}[k]
}

// Use is one reference that stands for a module, a global or a member of such.
type Use struct {
	Path
	Kind UseKind
	// Pos and End are where it stands, up to the last member; Pos is that of a
	// call's callee.
	Pos, End int
	// Local is the local name that the reference goes through; empty where it
	// names the module or global itself.
	Local string
	// Alias tells that the value is only given to a name or member whose own
	// references are uses of their own.
	Alias bool

	file *File
	// node is the reference with its members, or the call.
	node *shim.Node
	// arguments are a call's, as the function gets them.
	arguments []*shim.Node
}

// Arg is an argument of a call.
type Arg struct {
	// Text is the argument's constant text where Constant is set: a string, or
	// another primitive as a string.
	Text     string
	Constant bool
	// List are the elements of an array of constants, as strings.
	List []string
	// Paths are the modules and globals that it may stand for.
	Paths    []Path
	Pos, End int
}

// Args returns the arguments of a call, resolved as far as they are known. It
// is nil for other uses, and for calls whose arguments are not spelled out.
func (u *Use) Args() []Arg {
	var args []Arg
	for _, node := range u.arguments {
		arg := Arg{Pos: u.file.start(node), End: node.End()}
		v := u.file.names.eval.of(node)
		if v.kind == pathValue {
			for _, p := range v.paths {
				arg.Paths = append(arg.Paths, p.path())
			}
		} else if v.kind == arrayValue && v.constant() {
			for _, item := range v.list {
				text, _ := item.text()
				arg.List = append(arg.List, text)
			}
		} else if v.constant() {
			arg.Text, arg.Constant = v.text()
		}
		args = append(args, arg)
	}
	return args
}

// start returns the offset of a node's first token. A node that the parser
// missed has none and ends where it starts.
func (f *File) start(node *shim.Node) int {
	return min(shim.SkipTrivia(f.Text, node.Pos()), node.End())
}

// Uses yields the uses of modules and globals in source order. A chain of
// calls gives one use for each call. For a file without a tree it yields what
// the token pass sees.
func (f *File) Uses() iter.Seq[Use] {
	return func(yield func(Use) bool) {
		if f.names == nil {
			f.tokenUses(yield)
			return
		}
		for i := range f.names.refs {
			if !f.names.uses(&f.names.refs[i], yield) {
				return
			}
		}
	}
}

// UnresolvedCalls yields the calls of locals, and of their members, that stand
// for no known module or global. Path.Names holds the members and Local the
// name.
func (f *File) UnresolvedCalls() iter.Seq[Use] {
	return func(yield func(Use) bool) {
		if f.names == nil {
			return
		}
		for _, r := range f.names.refs {
			if r.binding == nil || r.node.Kind != shim.KindIdentifier {
				continue
			}
			if v := f.names.eval.binding(r.binding); v.kind != unknownValue {
				continue
			}
			c := climb{names: f.names, local: r.binding.name, path: &step{root: localRoot}, node: r.node}
			c.yield = func(u Use) bool { return u.Kind != Call && u.Kind != New || yield(u) }
			if !c.run() {
				return
			}
		}
	}
}

// uses yields the uses that start at one reference.
func (n *names) uses(r *ref, yield func(Use) bool) bool {
	node := r.node
	switch node.Kind {
	case shim.KindImportDeclaration, shim.KindExportDeclaration, shim.KindImportEqualsDeclaration:
		return n.declaration(node, yield)
	case shim.KindCallExpression:
		return n.dynamicImport(node, yield)
	case shim.KindIdentifier:
		if r.binding == nil {
			name := node.Text()
			if name == "undefined" || name == "arguments" || name == "NaN" || name == "Infinity" {
				return true
			}
			return n.climbAll(node, pathOf(global.member(name)), "", yield)
		}
		if _, ok := writeTo(node); ok {
			if !r.binding.global {
				return true
			}
			return n.climbAll(node, pathOf(global.member(r.binding.name)), "", yield)
		}
		v := n.eval.binding(r.binding)
		local := r.binding.name
		if r.binding.global {
			local = ""
		}
		if v.kind == pathValue {
			return n.climbAll(node, v, local, yield)
		}
		if v.kind == unknownValue && r.binding.props == nil {
			return true
		}
		return n.ascend(node, local, yield)
	case shim.KindMetaProperty:
		return n.climbAll(node, n.eval.of(node), "", yield)
	default:
		// A member of a literal or of this.
		if _, ok := n.target(node); ok {
			return true
		}
		v := n.eval.of(node)
		if v.kind == pathValue {
			return n.climbAll(node, v, "", yield)
		}
		return n.ascend(node, "", yield)
	}
}

// maxAscent bounds how many members and calls of a local value are looked
// through for a path.
const maxAscent = 8

// ascend looks for the first member or call of a value of the file's own that
// stands for a path: a property that holds a module, a function that returns
// one, the constructor of a constant.
func (n *names) ascend(node *shim.Node, local string, yield func(Use) bool) bool {
	for range maxAscent {
		node = outermost(node)
		p := node.Parent
		switch p.Kind {
		case shim.KindPropertyAccessExpression, shim.KindElementAccessExpression, shim.KindCallExpression:
			if p.Expression() != node {
				return true
			}
		default:
			return true
		}
		if _, ok := n.target(p); ok {
			return true
		}
		v := n.eval.of(p)
		if v.kind == pathValue {
			if p.Kind == shim.KindCallExpression && n.direct(argumentsOf(p), v.paths[0]) {
				return true
			}
			return n.climbAll(p, v, local, yield)
		}
		if v.kind == unknownValue {
			return true
		}
		node = p
	}
	return true
}

// direct reports whether a call's result is one of its arguments or a member of
// one. Arguments are references that are looked at by themselves.
func (n *names) direct(arguments []*shim.Node, result *step) bool {
	for _, argument := range arguments {
		for _, p := range n.eval.of(argument).paths {
			if p.within(result) {
				return true
			}
		}
	}
	return false
}

// target reports whether a member is what an assignment writes to.
func (n *names) target(node *shim.Node) (*shim.Node, bool) {
	p := node.Parent
	if p.Kind != shim.KindBinaryExpression || p.AsBinaryExpression().Left != node {
		return nil, false
	}
	op := p.AsBinaryExpression().OperatorToken.Kind
	return p, shim.KindFirstAssignment <= op && op <= shim.KindLastAssignment
}

func (n *names) climbAll(node *shim.Node, v value, local string, yield func(Use) bool) bool {
	for _, p := range v.paths {
		c := climb{names: n, local: local, path: p, node: node, yield: yield}
		if !c.run() {
			return false
		}
	}
	return true
}

// declaration yields the uses of an import or export declaration.
func (n *names) declaration(node *shim.Node, yield func(Use) bool) bool {
	var specifier *shim.Node
	switch node.Kind {
	case shim.KindImportEqualsDeclaration:
		specifier = node.AsImportEqualsDeclaration().ModuleReference
		if specifier.Kind == shim.KindExternalModuleReference {
			specifier = specifier.Expression()
		}
	default:
		specifier = node.ModuleSpecifier()
	}
	if specifier == nil || specifier.Kind != shim.KindStringLiteral {
		return true
	}
	root := module(specifier.Text())
	if !yield(Use{Path: root.path(), Kind: Import, Pos: n.file.start(node), End: node.End(), file: n.file, node: node}) {
		return false
	}
	var named *shim.Node
	if node.Kind == shim.KindExportDeclaration {
		named = node.AsExportDeclaration().ExportClause
	} else if node.Kind == shim.KindImportDeclaration && node.ImportClause() != nil {
		named = node.ImportClause().AsImportClause().NamedBindings
	}
	if named == nil || named.Kind != shim.KindNamedImports && named.Kind != shim.KindNamedExports {
		return true
	}
	for _, element := range named.Elements() {
		if element.IsTypeOnly() || element.Name() == nil {
			continue
		}
		p := root.member(textOf(element.PropertyNameOrName()))
		if !yield(Use{Path: p.path(), Kind: Read, Pos: n.file.start(element), End: element.End(), Alias: true, file: n.file, node: element}) {
			return false
		}
	}
	return true
}

// dynamicImport yields the uses of import() and of what it gives.
func (n *names) dynamicImport(node *shim.Node, yield func(Use) bool) bool {
	v := n.eval.of(node)
	if v.kind != pathValue {
		return true
	}
	u := Use{Pos: n.file.start(node), End: node.End(), file: n.file, node: node, arguments: argumentsOf(node)}
	if p := v.paths[0]; p.root == moduleRoot || p.depth == 1 {
		u.Path, u.Kind = p.path(), Import
	} else {
		u.Path, u.Kind = p.parent.path(), Call
	}
	if !yield(u) {
		return false
	}
	c := climb{names: n, path: v.paths[0], node: node, yield: yield, quiet: true}
	return c.run()
}

// climb follows one path from a reference outwards through the members, calls
// and operators around it.
type climb struct {
	names *names
	path  *step
	// node is the expression that stands for path.
	node  *shim.Node
	local string
	yield func(Use) bool
	// quiet tells that what path stands for has been yielded already.
	quiet bool
	// alias tells that it was assigned on the way.
	alias bool
}

func (c *climb) emit(kind UseKind, node *shim.Node, arguments []*shim.Node) bool {
	c.quiet = true
	pos := c.names.file.start(node)
	return c.yield(Use{
		Path: c.path.path(), Kind: kind, Pos: pos, End: max(pos, c.node.End()), Local: c.local, Alias: c.alias && kind == Read,
		file: c.names.file, node: node, arguments: arguments,
	})
}

// run returns false when the consumer wants no more.
func (c *climb) run() bool {
	for c.path != nil {
		c.node = outermost(c.node)
		p := c.node.Parent
		switch p.Kind {
		case shim.KindPropertyAccessExpression, shim.KindElementAccessExpression:
			if p.Expression() != c.node {
				return c.end(Read)
			}
			if !c.member(p) {
				return true
			}
		case shim.KindCallExpression, shim.KindNewExpression:
			if p.Expression() != c.node {
				if !c.handed(p) {
					return c.end(Read)
				}
				continue
			}
			kind := Call
			if p.Kind == shim.KindNewExpression {
				kind = New
			}
			if !c.called(kind, p, argumentsOf(p)) {
				return false
			}
		case shim.KindTaggedTemplateExpression:
			if p.AsTaggedTemplateExpression().Tag != c.node {
				return c.end(Read)
			}
			if !c.emit(Call, p, []*shim.Node{p.AsTaggedTemplateExpression().Template}) {
				return false
			}
			c.path, c.node = c.path.member(Called), p
		case shim.KindConditionalExpression:
			if p.AsConditionalExpression().Condition == c.node {
				return c.end(Read)
			}
			c.node = p
		case shim.KindBinaryExpression:
			done, more := c.operator(p)
			if done {
				return more
			}
		case shim.KindVariableDeclaration, shim.KindParameter, shim.KindBindingElement:
			return c.declared(p)
		case shim.KindTypeOfExpression:
			return c.end(Test)
		case shim.KindDeleteExpression, shim.KindPostfixUnaryExpression:
			return c.end(Write)
		case shim.KindPrefixUnaryExpression:
			if op := p.AsPrefixUnaryExpression().Operator; op == shim.KindPlusPlusToken || op == shim.KindMinusMinusToken {
				return c.end(Write)
			}
			return c.end(Read)
		default:
			return c.end(Read)
		}
	}
	return true
}

// end yields the use that the climb ends with.
func (c *climb) end(kind UseKind) bool {
	if c.quiet {
		return true
	}
	return c.emit(kind, c.node, nil)
}

// member steps to a member. It returns false where the climb ends.
func (c *climb) member(p *shim.Node) bool {
	name := Computed
	if p.Kind == shim.KindPropertyAccessExpression {
		name = textOf(p.Name())
	} else if key, ok := c.names.eval.of(p.AsElementAccessExpression().ArgumentExpression).text(); ok {
		name = key
	}
	c.node = p
	outer := outermost(p)
	if call := outer.Parent; call.Kind == shim.KindCallExpression && call.Expression() == outer {
		switch name {
		case "bind":
			c.node = call
			return true
		case "then", "catch", "finally":
			if c.path.root == moduleRoot {
				return false
			}
		}
	}
	next := c.path.member(name)
	c.quiet = c.quiet && next == c.path
	c.path = next
	return next != nil
}

// called yields a call and steps to its result. It returns false when the
// consumer wants no more.
func (c *climb) called(kind UseKind, node *shim.Node, arguments []*shim.Node) bool {
	if c.path.throughCall() {
		arguments = shifted(c.path.name, arguments)
		c.path = c.path.parent
	}
	var result value
	if c.path.base().root == localRoot {
		result = pathOf(c.path.member(Called))
	} else {
		result = c.names.eval.result(c.path, node, arguments)
	}
	if c.path.requires() && result.kind == pathValue && result.paths[0].name != Called {
		c.path = result.paths[0]
		kind = Import
		more := c.emit(kind, node, arguments)
		c.node = node
		return more
	}
	if !c.emit(kind, node, arguments) {
		return false
	}
	c.node, c.path = node, nil
	if result.kind == pathValue && !c.names.direct(arguments, result.paths[0]) {
		c.path = result.paths[0]
	}
	return true
}

// base returns the root of a path.
func (s *step) base() *step {
	for s.root == notRoot {
		s = s.parent
	}
	return s
}

// handed steps to the result of a call that the path is an argument of, where
// the call gives it back or uses it. It returns false where it does neither.
func (c *climb) handed(call *shim.Node) bool {
	arguments := argumentsOf(call)
	if len(arguments) == 0 || arguments[0] != c.node || call.Kind != shim.KindCallExpression {
		return false
	}
	callee := unwrap(call.Expression())
	if f := c.names.eval.of(callee); f.kind == pathValue {
		switch p := f.paths[0]; {
		case p.isGlobal("Reflect", "apply"), p.isGlobal("Reflect", "construct"):
			kind := Call
			if p.name == "construct" {
				kind = New
			}
			more := c.called(kind, call, elementsOf(arguments[len(arguments)-1]))
			if !more {
				c.path = nil
			}
			return true
		case p.requires():
			return false
		}
	}
	result := c.names.eval.of(call)
	if result.kind != pathValue {
		return false
	}
	for _, p := range result.paths {
		if c.path.within(p) {
			c.quiet = c.quiet && same(c.path, p)
			c.path, c.node = p, call
			return true
		}
	}
	return false
}

// within reports whether p is s, or a member of it.
func (s *step) within(p *step) bool {
	for p.depth > s.depth {
		p = p.parent
	}
	return same(s, p)
}

// operator steps over a binary operator. The first result tells that the climb
// has ended.
func (c *climb) operator(p *shim.Node) (done, more bool) {
	b := p.AsBinaryExpression()
	left := b.Left == c.node
	switch op := b.OperatorToken.Kind; {
	case left && shim.KindFirstAssignment <= op && op <= shim.KindLastAssignment:
		if c.quiet {
			return true, true
		}
		return true, c.end(Write)
	case op == shim.KindEqualsToken:
		switch unwrap(b.Left).Kind {
		case shim.KindObjectLiteralExpression:
			return true, c.pattern(b.Left)
		case shim.KindIdentifier:
			c.alias = true
		case shim.KindPropertyAccessExpression:
			object := b.Left.Expression()
			c.alias = object.Kind == shim.KindThisKeyword || object.Kind == shim.KindIdentifier && c.names.bindingOf(object) != nil
		}
	case op == shim.KindCommaToken && !left, op == shim.KindBarBarToken, op == shim.KindQuestionQuestionToken, op == shim.KindAmpersandAmpersandToken && !left:
	case op == shim.KindQuestionQuestionEqualsToken, op == shim.KindBarBarEqualsToken:
		c.alias = true
	default:
		return true, c.end(Read)
	}
	c.node = p
	return false, true
}

// declared yields what a declaration takes of the path.
func (c *climb) declared(p *shim.Node) bool {
	name := p.Name()
	if p.Initializer() != c.node || name == nil {
		return c.end(Read)
	}
	c.alias = true
	if name.Kind == shim.KindObjectBindingPattern {
		return c.pattern(name)
	}
	return c.end(Read)
}

// pattern yields the members that an object pattern takes.
func (c *climb) pattern(pattern *shim.Node) bool {
	path := c.path
	type taken struct {
		name *shim.Node // nil for all the rest
		node *shim.Node
	}
	var list []taken
	if pattern = unwrap(pattern); pattern.Kind == shim.KindObjectBindingPattern {
		for _, element := range pattern.Elements() {
			t := taken{node: element}
			if element.AsBindingElement().DotDotDotToken == nil {
				t.name = element.PropertyNameOrName()
			}
			list = append(list, t)
		}
	} else {
		for _, property := range pattern.Properties() {
			list = append(list, taken{property.Name(), property})
		}
	}
	for _, t := range list {
		c.path, c.node, c.quiet, c.alias = path, t.node, false, true
		if t.name != nil {
			name := Computed
			if key := c.names.eval.propertyName(t.name); key.kind == stringValue {
				name = key.str
			}
			if c.path = path.member(name); c.path == nil {
				continue
			}
			if t.node.Kind == shim.KindBindingElement && t.node.Name() != nil && t.node.Name().Kind == shim.KindObjectBindingPattern {
				if !c.pattern(t.node.Name()) {
					return false
				}
				continue
			}
		}
		if !c.emit(Read, t.node, nil) {
			return false
		}
	}
	return true
}

// String is a text in the file.
type String struct {
	Text     string
	Pos, End int
	// Folded tells that the text does not stand in the file as it is.
	Folded bool
}

// Strings yields the string literals in source order, and then the constants
// that folding makes of other expressions: the largest ones, not their parts.
func (f *File) Strings() iter.Seq[String] {
	return func(yield func(String) bool) {
		if f.names == nil {
			f.tokenStrings(yield)
			return
		}
		for _, node := range f.names.strings {
			if !yield(String{Text: node.Text(), Pos: f.start(node), End: node.End()}) {
				return
			}
		}
		f.names.folded(yield)
	}
}

// folded yields what folds without being a literal.
func (n *names) folded(yield func(String) bool) {
	end := -1
	for _, node := range n.folds {
		if node.Pos() < end {
			continue
		}
		s, ok := n.eval.of(node), false
		if s.kind == stringValue || s.kind == bytesValue {
			ok = true
		}
		if ok {
			end = node.End()
			if !yield(String{Text: strings.ToValidUTF8(s.str, "\ufffd"), Pos: n.file.start(node), End: end, Folded: true}) {
				return
			}
			continue
		}
		if node.Kind == shim.KindBinaryExpression && !n.runs(node, yield) {
			return
		}
	}
}

// runs yields the constants within a sum that is none: x + 'a' + 'b' holds ab.
func (n *names) runs(node *shim.Node, yield func(String) bool) bool {
	list := operands(node)
	var b strings.Builder
	count, pos := 0, 0
	for i, operand := range list {
		v := value{}
		if operand.Kind != shim.KindParenthesizedExpression {
			v = n.eval.of(operand)
		}
		if v.kind == stringValue && b.Len()+len(v.str) <= MaxConstant {
			if count == 0 {
				pos = n.file.start(operand)
			}
			b.WriteString(v.str)
			count++
			if i+1 < len(list) {
				continue
			}
		}
		if count > 1 && !yield(String{Text: b.String(), Pos: pos, End: list[i].End(), Folded: true}) {
			return false
		}
		b.Reset()
		count = 0
	}
	return true
}
