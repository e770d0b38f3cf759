package javascript

import (
	"slices"
	"sort"

	"github.com/microsoft/typescript-go/shim"
)

// names holds the scopes, bindings and references of one file.
type names struct {
	file *File
	// refs are the references and the other nodes at which a path may start,
	// in source order. Several may share an offset.
	refs []ref
	// strings are the string literals, and folds the expressions that may be
	// constants without being literals, in source order.
	strings, folds []*shim.Node
	// roots are the member accesses and calls whose object or callee is neither
	// a name nor itself one, in source order.
	roots []*shim.Node
	// functions are the scopes of functions by their node.
	functions map[*shim.Node]*scope
	// thisProps are the members assigned as this.NAME anywhere in the file.
	thisProps map[string]*prop
	// globals are the names that are assigned without being declared, as a name
	// or as a member of the global object.
	globals map[string]*binding
	// bundles are the tables of modules that bundlers write, and modules what
	// they hold.
	bundles []*shim.Node
	modules map[string]*shim.Node
	// rotations are the calls that move an array's first element to its end, and
	// tableList the arrays.
	rotations []*shim.Node
	tableList map[*binding]*stringTable
	// objects are the properties of large object literals by name.
	objects map[*shim.Node]map[string]*shim.Node
	// known are the functions that were called.
	known map[*shim.Node]*function
	flow  *flow
	eval  evaluator
}

// ref is one reference.
type ref struct {
	node *shim.Node
	// binding is nil for a global, and for nodes that are no identifiers.
	binding *binding
}

// scope is a region of names.
type scope struct {
	node     *shim.Node
	bindings []*binding
	index    map[string]*binding // of large scopes
	entered  bool
}

// binding is one declared name.
type binding struct {
	name   string
	writes []write
	// props are the assigned members of the name.
	props map[string]*prop
	// global marks a name that is assigned without being declared.
	global bool
	// changed marks a name whose array is changed in place or handed to a
	// function called on the spot.
	changed bool

	shadowed *binding // while references are matched
	state    evalState
	value    value
}

// prop is a member that is assigned.
type prop struct {
	values []*shim.Node
	state  evalState
	value  value
}

// write is one place where a binding gets its value.
type write struct {
	how  writeKind
	node *shim.Node
}

type writeKind uint8

const (
	writeUnknown    writeKind = iota // a loop, an update
	writeExpression                  // node is the value
	writeElement                     // node is a binding element
	writeTarget                      // node is a name in a destructuring assignment
	writeParameter                   // node is the parameter
	writeFunction                    // node is the function or class
	writeImport                      // node is the import clause, specifier or declaration
	writeEnum                        // node is the enumeration
)

// smallScope is the number of bindings up to which a scope is searched one by
// one.
const smallScope = 8

func (s *scope) lookup(name string) *binding {
	if s.index != nil {
		return s.index[name]
	}
	for _, b := range s.bindings {
		if b.name == name {
			return b
		}
	}
	return nil
}

func (s *scope) declare(name string) *binding {
	if b := s.lookup(name); b != nil {
		return b
	}
	b := &binding{name: name}
	s.bindings = append(s.bindings, b)
	if s.index != nil {
		s.index[name] = b
	} else if len(s.bindings) > smallScope {
		s.index = make(map[string]*binding, 2*len(s.bindings))
		for _, b := range s.bindings {
			s.index[b.name] = b
		}
	}
	return b
}

// event is a step of the walk: a node where node is set, else the start or end
// of a scope.
type event struct {
	node  *shim.Node
	scope *scope
}

// propWrite is an assignment to a member of a name.
type propWrite struct {
	object *shim.Node
	name   string
	value  *shim.Node
}

// walker makes the scopes of a file in one walk over its tree.
type walker struct {
	names  *names
	events []event
	stack  []*shim.Node
	scopes []*scope
	// hoists are the scopes that var declares into.
	hoists []*scope
	props  []propWrite
	// changed are names whose arrays do not stay as written.
	changed []*shim.Node
}

// resolve matches the names of a file's tree.
func resolve(f *File) *names {
	n := &names{
		file:      f,
		functions: make(map[*shim.Node]*scope),
		thisProps: make(map[string]*prop),
		globals:   make(map[string]*binding),
	}
	n.eval.names = n
	w := &walker{names: n}
	w.walk(f.tree.AsNode())
	w.match()
	return n
}

// walk visits every node in source order. It keeps its own stack: trees may be
// deeper than Go's.
func (w *walker) walk(root *shim.Node) {
	push := func(child *shim.Node) bool {
		w.stack = append(w.stack, child)
		return false
	}
	w.stack = append(w.stack, root)
	for len(w.stack) > 0 {
		node := w.stack[len(w.stack)-1]
		w.stack = w.stack[:len(w.stack)-1]
		if node == nil {
			w.leave()
			continue
		}
		if node.Kind == shim.KindIdentifier {
			w.identifier(node)
			continue
		}
		if node.Flags&shim.NodeFlagsReparsed != 0 || !w.enter(node) {
			continue
		}
		mark := len(w.stack)
		node.ForEachChild(push)
		slices.Reverse(w.stack[mark:])
	}
}

// open starts a scope that ends with the children of its node.
func (w *walker) open(node *shim.Node, hoist bool) *scope {
	s := &scope{node: node}
	w.scopes = append(w.scopes, s)
	if hoist {
		w.hoists = append(w.hoists, s)
	}
	w.events = append(w.events, event{scope: s})
	w.stack = append(w.stack, nil)
	return s
}

func (w *walker) leave() {
	s := w.scopes[len(w.scopes)-1]
	w.scopes = w.scopes[:len(w.scopes)-1]
	if len(w.hoists) > 0 && w.hoists[len(w.hoists)-1] == s {
		w.hoists = w.hoists[:len(w.hoists)-1]
	}
	w.events = append(w.events, event{scope: s})
}

// inner is the innermost scope, function the innermost that var declares into.
func (w *walker) inner() *scope    { return w.scopes[len(w.scopes)-1] }
func (w *walker) function() *scope { return w.hoists[len(w.hoists)-1] }

func (w *walker) note(node *shim.Node) { w.events = append(w.events, event{node: node}) }

// enter does what a node asks for and tells whether its children are visited.
func (w *walker) enter(node *shim.Node) bool {
	if shim.KindFirstTypeNode <= node.Kind && node.Kind <= shim.KindLastTypeNode {
		return false
	}
	switch node.Kind {
	case shim.KindStringLiteral, shim.KindNoSubstitutionTemplateLiteral:
		w.names.strings = append(w.names.strings, node)
		return false
	case shim.KindInterfaceDeclaration, shim.KindTypeAliasDeclaration, shim.KindTypeParameter,
		shim.KindJSTypeAliasDeclaration, shim.KindJSImportDeclaration:
		return false
	case shim.KindSourceFile:
		w.open(node, true)
	case shim.KindFunctionDeclaration, shim.KindClassDeclaration:
		if name := node.Name(); name != nil && name.Kind == shim.KindIdentifier {
			w.add(w.inner(), name.Text(), write{writeFunction, node})
		}
		w.scoped(node, node.Kind == shim.KindFunctionDeclaration)
	case shim.KindFunctionExpression, shim.KindClassExpression:
		s := w.scoped(node, node.Kind == shim.KindFunctionExpression)
		if name := node.Name(); name != nil && name.Kind == shim.KindIdentifier {
			w.add(s, name.Text(), write{writeFunction, node})
		}
	case shim.KindArrowFunction, shim.KindMethodDeclaration, shim.KindConstructor,
		shim.KindGetAccessor, shim.KindSetAccessor, shim.KindClassStaticBlockDeclaration:
		w.scoped(node, true)
	case shim.KindModuleDeclaration:
		if name := node.Name(); name != nil && name.Kind == shim.KindIdentifier {
			w.add(w.inner(), name.Text(), write{how: writeUnknown})
		}
		w.open(node, true)
	case shim.KindBlock:
		if !isFunction(node.Parent) {
			w.open(node, false)
		}
	case shim.KindForStatement, shim.KindForInStatement, shim.KindForOfStatement,
		shim.KindCaseBlock, shim.KindCatchClause:
		w.open(node, false)
	case shim.KindParameter:
		if name := node.Name(); name != nil && name.Kind == shim.KindIdentifier {
			w.add(w.inner(), name.Text(), write{writeParameter, node})
			if bundleRequire(name.Text()) {
				w.bundled(node)
			}
		}
	case shim.KindVariableDeclaration:
		w.variable(node)
	case shim.KindBindingElement:
		if name := node.Name(); name != nil && name.Kind == shim.KindIdentifier {
			w.add(w.declares(node), name.Text(), write{writeElement, node})
		}
	case shim.KindEnumDeclaration:
		if name := node.Name(); name != nil && name.Kind == shim.KindIdentifier {
			w.add(w.inner(), name.Text(), write{writeEnum, node})
		}
	case shim.KindImportDeclaration, shim.KindExportDeclaration, shim.KindImportEqualsDeclaration:
		return w.module(node)
	case shim.KindHeritageClause:
		return node.AsHeritageClause().Token == shim.KindExtendsKeyword
	case shim.KindBinaryExpression:
		w.binary(node)
	case shim.KindTemplateExpression:
		w.names.folds = append(w.names.folds, node)
	case shim.KindCallExpression:
		w.call(node)
	case shim.KindNewExpression, shim.KindTaggedTemplateExpression:
		w.root(node)
	case shim.KindPropertyAccessExpression, shim.KindElementAccessExpression:
		w.access(node)
	case shim.KindPropertyDeclaration:
		if name := node.Name(); node.Initializer() != nil && (name.Kind == shim.KindIdentifier || name.Kind == shim.KindPrivateIdentifier) {
			assign(w.names.thisProps, propWrite{name: name.Text(), value: node.Initializer()})
		}
	case shim.KindMetaProperty:
		w.note(node)
		return false
	}
	return true
}

func isFunction(node *shim.Node) bool {
	switch node.Kind {
	case shim.KindFunctionDeclaration, shim.KindFunctionExpression, shim.KindArrowFunction,
		shim.KindMethodDeclaration, shim.KindConstructor, shim.KindGetAccessor,
		shim.KindSetAccessor, shim.KindClassStaticBlockDeclaration:
		return true
	}
	return false
}

// scoped opens the scope of a function or class.
func (w *walker) scoped(node *shim.Node, function bool) *scope {
	s := w.open(node, function)
	if function {
		w.names.functions[node] = s
	}
	return s
}

func (w *walker) add(s *scope, name string, wr write) {
	b := s.declare(name)
	b.writes = append(b.writes, wr)
}

// declares returns the scope that a declaration's names go to.
func (w *walker) declares(node *shim.Node) *scope {
	for node.Kind == shim.KindBindingElement || node.Kind == shim.KindObjectBindingPattern || node.Kind == shim.KindArrayBindingPattern {
		node = node.Parent
	}
	if node.Kind == shim.KindVariableDeclaration && node.Parent.Kind == shim.KindVariableDeclarationList &&
		node.Parent.Flags&shim.NodeFlagsBlockScoped == 0 {
		return w.function()
	}
	return w.inner()
}

func (w *walker) variable(node *shim.Node) {
	name := node.Name()
	if name == nil || name.Kind != shim.KindIdentifier {
		return
	}
	b := w.declares(node).declare(name.Text())
	switch {
	case node.Initializer() != nil:
		b.writes = append(b.writes, write{writeExpression, node.Initializer()})
	case node.Parent.Kind == shim.KindCatchClause,
		node.Parent.Parent != nil && (node.Parent.Parent.Kind == shim.KindForInStatement || node.Parent.Parent.Kind == shim.KindForOfStatement):
		b.writes = append(b.writes, write{how: writeUnknown})
	}
}

// module declares what an import brings in.
func (w *walker) module(node *shim.Node) bool {
	switch node.Kind {
	case shim.KindExportDeclaration:
		d := node.AsExportDeclaration()
		if d.IsTypeOnly {
			return false
		}
		if d.ModuleSpecifier == nil {
			w.exports(d.ExportClause)
			return false
		}
	case shim.KindImportEqualsDeclaration:
		d := node.AsImportEqualsDeclaration()
		if d.IsTypeOnly {
			return false
		}
		w.add(w.inner(), textOf(node.Name()), write{writeImport, node})
		if d.ModuleReference.Kind != shim.KindExternalModuleReference {
			return false
		}
	case shim.KindImportDeclaration:
		if clause := node.ImportClause(); clause != nil {
			if clause.AsImportClause().PhaseModifier == shim.KindTypeKeyword {
				return false
			}
			if name := clause.Name(); name != nil {
				w.add(w.inner(), name.Text(), write{writeImport, clause})
			}
			if named := clause.AsImportClause().NamedBindings; named != nil {
				if named.Kind == shim.KindNamespaceImport {
					w.add(w.inner(), textOf(named.Name()), write{writeImport, named})
				} else {
					for _, specifier := range named.Elements() {
						if !specifier.AsImportSpecifier().IsTypeOnly && specifier.Name() != nil {
							w.add(w.inner(), textOf(specifier.Name()), write{writeImport, specifier})
						}
					}
				}
			}
		}
	}
	w.note(node)
	return false
}

// exports notes the names that a list of exports hands on.
func (w *walker) exports(list *shim.Node) {
	if list == nil || list.Kind != shim.KindNamedExports {
		return
	}
	for _, element := range list.Elements() {
		if name := element.PropertyNameOrName(); !element.IsTypeOnly() && name != nil && name.Kind == shim.KindIdentifier {
			w.note(name)
		}
	}
}

// binary notes assignments to members and expressions that may fold.
func (w *walker) binary(node *shim.Node) {
	b := node.AsBinaryExpression()
	switch b.OperatorToken.Kind {
	case shim.KindPlusToken:
		// The operators of a chain are looked at together, from its top.
		if p := node.Parent; p.Kind != shim.KindBinaryExpression || p.AsBinaryExpression().OperatorToken.Kind != shim.KindPlusToken || p.AsBinaryExpression().Left != node {
			w.names.folds = append(w.names.folds, node)
		}
	case shim.KindEqualsToken:
		left := b.Left
		var name string
		switch left.Kind {
		case shim.KindPropertyAccessExpression:
			name = textOf(left.Name())
		case shim.KindElementAccessExpression:
			index := left.AsElementAccessExpression().ArgumentExpression
			if index == nil || index.Kind != shim.KindStringLiteral {
				if left.Expression().Kind == shim.KindIdentifier {
					w.changed = append(w.changed, left.Expression())
				}
				return
			}
			name = index.Text()
		default:
			return
		}
		if object := left.Expression(); object.Kind == shim.KindIdentifier || object.Kind == shim.KindThisKeyword {
			w.props = append(w.props, propWrite{object, name, b.Right})
		}
	}
}

// call notes calls that may fold and arrays that a call may change.
func (w *walker) call(node *shim.Node) {
	w.root(node)
	c := node.AsCallExpression()
	callee := c.Expression
	switch callee.Kind {
	case shim.KindImportKeyword:
		w.note(node)
	case shim.KindPropertyAccessExpression:
		switch textOf(callee.Name()) {
		case "join", "reverse", "replace", "replaceAll", "toString", "concat", "slice", "substr", "substring",
			"split", "repeat", "toLowerCase", "toUpperCase", "trim", "charAt", "at", "fromCharCode", "fromCodePoint",
			"raw", "map", "padStart", "padEnd", "decode":
			w.names.folds = append(w.names.folds, node)
		case "push", "pop", "shift", "unshift", "splice", "sort", "fill":
			if callee.Expression().Kind == shim.KindIdentifier {
				w.changed = append(w.changed, callee.Expression())
			}
			if textOf(callee.Name()) == "push" {
				w.rotates(node)
			}
		}
		if textOf(callee.Name()) == "reverse" && callee.Expression().Kind == shim.KindIdentifier {
			w.changed = append(w.changed, callee.Expression())
		}
	case shim.KindElementAccessExpression:
		w.names.folds = append(w.names.folds, node)
		if literalMember(callee) == "push" {
			w.rotates(node)
		}
	case shim.KindIdentifier:
		w.names.folds = append(w.names.folds, node)
	case shim.KindParenthesizedExpression, shim.KindFunctionExpression, shim.KindArrowFunction:
		if inner := unwrap(callee); isFunction(inner) {
			for _, argument := range node.Arguments() {
				if argument.Kind == shim.KindIdentifier {
					w.changed = append(w.changed, argument)
				}
			}
		}
	}
}

// root notes a member access or call whose object or callee starts a chain and
// is no name.
func (w *walker) root(node *shim.Node) {
	switch object := unwrap(calleeOf(node)); object.Kind {
	case shim.KindIdentifier, shim.KindPropertyAccessExpression, shim.KindElementAccessExpression,
		shim.KindCallExpression, shim.KindNewExpression, shim.KindTaggedTemplateExpression,
		shim.KindImportKeyword, shim.KindMetaProperty:
	case shim.KindSuperKeyword:
		if node.Kind != shim.KindCallExpression {
			w.names.roots = append(w.names.roots, node)
		}
	default:
		w.names.roots = append(w.names.roots, node)
	}
}

// access notes member accesses on literals, whose constructor is a way to
// Function.
func (w *walker) access(node *shim.Node) {
	switch object := unwrap(node.Expression()); object.Kind {
	case shim.KindIdentifier, shim.KindPropertyAccessExpression, shim.KindElementAccessExpression,
		shim.KindCallExpression, shim.KindNewExpression, shim.KindTaggedTemplateExpression, shim.KindMetaProperty:
	case shim.KindStringLiteral, shim.KindNoSubstitutionTemplateLiteral, shim.KindTemplateExpression,
		shim.KindNumericLiteral, shim.KindArrayLiteralExpression, shim.KindObjectLiteralExpression,
		shim.KindFunctionExpression, shim.KindArrowFunction, shim.KindClassExpression,
		shim.KindRegularExpressionLiteral, shim.KindPrefixUnaryExpression,
		shim.KindThisKeyword, shim.KindTrueKeyword, shim.KindFalseKeyword:
		w.note(node)
		w.names.roots = append(w.names.roots, node)
	case shim.KindBinaryExpression:
		// Other operators give one of their operands, which are looked at by
		// themselves.
		if object.AsBinaryExpression().OperatorToken.Kind == shim.KindPlusToken {
			w.note(node)
		}
		w.names.roots = append(w.names.roots, node)
	default:
		w.names.roots = append(w.names.roots, node)
	}
	if node.Kind == shim.KindElementAccessExpression {
		w.names.folds = append(w.names.folds, node)
	}
}

// identifier notes a reference.
func (w *walker) identifier(node *shim.Node) {
	// Where the parser missed a name there is one of no length.
	if node.Flags&shim.NodeFlagsReparsed == 0 && node.Text() != "" && isReference(node) {
		w.note(node)
	}
}

// isReference tells a reference from a declaration's name, a member's name or a
// label.
func isReference(node *shim.Node) bool {
	p := node.Parent
	switch p.Kind {
	case shim.KindPropertyAccessExpression:
		return p.AsPropertyAccessExpression().Expression == node
	case shim.KindPropertyAssignment, shim.KindVariableDeclaration, shim.KindParameter,
		shim.KindPropertyDeclaration, shim.KindEnumMember:
		return p.Initializer() == node
	case shim.KindBindingElement:
		return p.AsBindingElement().Initializer == node
	case shim.KindArrowFunction:
		return p.Body() == node
	case shim.KindFunctionDeclaration, shim.KindFunctionExpression, shim.KindClassDeclaration,
		shim.KindClassExpression, shim.KindMethodDeclaration, shim.KindGetAccessor, shim.KindSetAccessor,
		shim.KindLabeledStatement, shim.KindBreakStatement, shim.KindContinueStatement,
		shim.KindMetaProperty, shim.KindJsxAttribute, shim.KindJsxClosingElement, shim.KindJsxNamespacedName, shim.KindModuleDeclaration,
		shim.KindEnumDeclaration, shim.KindExportSpecifier, shim.KindImportSpecifier, shim.KindQualifiedName,
		shim.KindNamespaceExport, shim.KindNamespaceExportDeclaration, shim.KindTypePredicate, shim.KindMissingDeclaration,
		shim.KindPropertySignature, shim.KindMethodSignature, shim.KindImportClause, shim.KindNamespaceImport:
		return false
	}
	return true
}

// match gives every reference its binding by replaying the walk: entering a
// scope brings its names in force, leaving it brings the shadowed ones back.
func (w *walker) match() {
	n := w.names
	current := make(map[string]*binding)
	undeclared := n.globals
	for _, e := range w.events {
		switch {
		case e.node == nil && !e.scope.entered:
			e.scope.entered = true
			for _, b := range e.scope.bindings {
				b.shadowed = current[b.name]
				current[b.name] = b
			}
		case e.node == nil:
			for _, b := range e.scope.bindings {
				if current[b.name] = b.shadowed; b.shadowed == nil {
					delete(current, b.name)
				}
				b.shadowed = nil
			}
		case e.node.Kind != shim.KindIdentifier:
			n.refs = append(n.refs, ref{node: e.node})
		default:
			b := current[e.node.Text()]
			if wr, ok := writeTo(e.node); ok {
				if b == nil {
					if b = undeclared[e.node.Text()]; b == nil {
						b = &binding{name: e.node.Text(), global: true}
						undeclared[b.name] = b
					}
				}
				b.writes = append(b.writes, wr)
			}
			n.refs = append(n.refs, ref{e.node, b})
		}
	}
	w.events = nil
	for _, p := range w.props {
		if p.object.Kind == shim.KindIdentifier && isGlobalObject(p.object.Text()) && !isGlobalObject(p.name) {
			b := undeclared[p.name]
			if b == nil {
				b = &binding{name: p.name, global: true}
				undeclared[p.name] = b
			}
			b.writes = append(b.writes, write{writeExpression, p.value})
		}
	}
	if len(undeclared) > 0 {
		for i, r := range n.refs {
			if r.binding == nil && r.node.Kind == shim.KindIdentifier {
				n.refs[i].binding = undeclared[r.node.Text()]
			}
		}
	}
	byPos := func(a, b ref) int { return a.node.Pos() - b.node.Pos() }
	if !slices.IsSortedFunc(n.refs, byPos) {
		slices.SortStableFunc(n.refs, byPos)
	}
	for _, p := range w.props {
		if p.object.Kind == shim.KindThisKeyword {
			assign(n.thisProps, p)
		} else if b := n.bindingOf(p.object); b != nil {
			if b.props == nil {
				b.props = make(map[string]*prop)
			}
			assign(b.props, p)
		}
	}
	for _, node := range w.changed {
		if b := n.bindingOf(node); b != nil {
			b.changed = true
		}
	}
}

func assign(props map[string]*prop, w propWrite) {
	p := props[w.name]
	if p == nil {
		p = &prop{}
		props[w.name] = p
	}
	p.values = append(p.values, w.value)
}

// bindingOf returns the binding of an identifier, nil for a global.
func (n *names) bindingOf(node *shim.Node) *binding {
	pos := node.Pos()
	for i := sort.Search(len(n.refs), func(i int) bool { return n.refs[i].node.Pos() >= pos }); i < len(n.refs) && n.refs[i].node.Pos() == pos; i++ {
		if n.refs[i].node == node {
			return n.refs[i].binding
		}
	}
	return nil
}

// writeTo tells whether a reference is the target of an assignment, and what
// it is given.
func writeTo(node *shim.Node) (write, bool) {
	p := node.Parent
	switch p.Kind {
	case shim.KindBinaryExpression:
		b := p.AsBinaryExpression()
		if b.Left != node {
			return write{}, false
		}
		switch op := b.OperatorToken.Kind; {
		case op == shim.KindEqualsToken, op == shim.KindBarBarEqualsToken, op == shim.KindQuestionQuestionEqualsToken, op == shim.KindAmpersandAmpersandEqualsToken:
			return write{writeExpression, b.Right}, true
		case shim.KindFirstAssignment <= op && op <= shim.KindLastAssignment:
			return write{how: writeUnknown}, true
		}
	case shim.KindPrefixUnaryExpression:
		op := p.AsPrefixUnaryExpression().Operator
		return write{how: writeUnknown}, op == shim.KindPlusPlusToken || op == shim.KindMinusMinusToken
	case shim.KindPostfixUnaryExpression:
		return write{how: writeUnknown}, true
	case shim.KindForInStatement, shim.KindForOfStatement:
		return write{how: writeUnknown}, p.AsForInOrOfStatement().Initializer == node
	case shim.KindArrayLiteralExpression, shim.KindPropertyAssignment, shim.KindShorthandPropertyAssignment, shim.KindSpreadElement, shim.KindSpreadAssignment:
		return write{writeTarget, node}, patternRoot(node) != nil
	}
	return write{}, false
}

// patternRoot returns the assignment whose left side is a pattern that holds
// node as a target, or nil.
func patternRoot(node *shim.Node) *shim.Node {
	for range maxPattern {
		p := node.Parent
		switch p.Kind {
		case shim.KindArrayLiteralExpression, shim.KindObjectLiteralExpression, shim.KindSpreadElement, shim.KindSpreadAssignment:
		case shim.KindPropertyAssignment:
			if p.Initializer() != node {
				return nil
			}
		case shim.KindShorthandPropertyAssignment:
			if p.Name() != node {
				return nil
			}
		case shim.KindForOfStatement:
			if p.AsForInOrOfStatement().Initializer == node {
				return p
			}
			return nil
		case shim.KindBinaryExpression:
			b := p.AsBinaryExpression()
			if b.Left != node || b.OperatorToken.Kind != shim.KindEqualsToken {
				return nil
			}
			// With a default this is an element of a larger pattern.
			if b.Left.Kind == shim.KindArrayLiteralExpression || b.Left.Kind == shim.KindObjectLiteralExpression {
				return p
			}
			return nil
		default:
			return nil
		}
		node = p
	}
	return nil
}

// maxPattern bounds how deep destructuring patterns are followed.
const maxPattern = 64

// unwrap takes away what does not change an expression's value: parentheses,
// type assertions and await.
func unwrap(node *shim.Node) *shim.Node {
	for node != nil && isWrapper(node.Kind) {
		node = node.Expression()
	}
	return node
}

func isWrapper(kind shim.Kind) bool {
	switch kind {
	case shim.KindParenthesizedExpression, shim.KindNonNullExpression, shim.KindAsExpression,
		shim.KindSatisfiesExpression, shim.KindTypeAssertionExpression, shim.KindAwaitExpression,
		shim.KindExpressionWithTypeArguments:
		return true
	}
	return false
}

// textOf returns the text of a name or literal, and nothing for another node.
func textOf(node *shim.Node) string {
	if node == nil {
		return ""
	}
	switch node.Kind {
	case shim.KindIdentifier, shim.KindPrivateIdentifier, shim.KindStringLiteral, shim.KindNumericLiteral, shim.KindNoSubstitutionTemplateLiteral:
		return node.Text()
	}
	return ""
}
