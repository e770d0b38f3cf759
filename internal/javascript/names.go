package javascript

import (
	"slices"

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
	// accesses are where members are taken, in the order of their names.
	accesses []access
	// near holds, for each nearSize bytes of the text, the first of the refs at or
	// behind them.
	near []int32
	// roots are the member accesses and calls whose object or callee is neither
	// a name nor itself one, in source order.
	roots []*shim.Node
	// switches are the switch statements.
	switches []*shim.Node
	// functions are the scopes of functions by their node.
	functions map[*shim.Node]*scope
	// thisProps are the members assigned as this.NAME anywhere in the file.
	thisProps map[string]*prop
	// globals are the names that are assigned without being declared, as a name
	// or as a member of the global object.
	globals map[string]*binding
	// bindings are the names that references stand for, in the order of the first
	// reference of each.
	bindings []*binding
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
	calls int // how many there are
	flow  *flow
	eval  evaluator
}

// ref is one reference.
type ref struct {
	node *shim.Node
	// binding is nil for a global, and for nodes that are no identifiers.
	binding *binding
	// pos is the node's: looking at nodes all over the tree takes time.
	pos int32
	// named tells that the node is an identifier, and written that it is the
	// target of an assignment. linked tells that a member of it may be taken or it
	// called, and special that this may be its constructor: most references are
	// neither.
	named, written, linked, special bool
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

	// listed tells that it is in names.bindings.
	listed bool
	// leaks tells that the value is handed on somewhere, and calls is where a
	// parameter is used in calls: see flow.
	leaks bool
	calls *parameterCalls
	// runner tells that the name may lead to a runner of text, and holder that it
	// is an object with one as a member: see structure.
	runner, holder bool
	// machine tells that the name is one that obfuscators make.
	machine bool

	shadowed *binding // while references are matched
	slot     *slot
	state    evalState
	value    value
	local    *local // while its function is followed

	first [1]write // where most names have all their writes
}

// slot is a name while references are matched: what it stands for in the scopes
// that are open.
type slot struct {
	name string
	// current is the binding in the innermost scope, and global the one where it
	// is assigned without being declared.
	current, global *binding
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

// bindings makes bindings by the dozen.
type bindings struct{ free []binding }

func (m *bindings) next() *binding {
	const dozen = 12
	if len(m.free) == 0 {
		m.free = make([]binding, dozen)
	}
	b := &m.free[0]
	m.free = m.free[1:]
	return b
}

// declare returns the binding of a name in a scope.
func (w *walker) declare(s *scope, name string) *binding {
	if b := s.lookup(name); b != nil {
		return b
	}
	b := w.made.next()
	b.name, b.slot, b.writes = name, w.slot(name), b.first[:0]
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

// event is the start or end of a scope, before the reference at.
type event struct {
	scope *scope
	at    int
}

// refWrite is a reference that is written to.
type refWrite struct {
	ref   int
	write write
}

// access is a place where a member is taken: a member access or a binding
// element. Where pattern is set, it is all that a destructuring assignment or a
// loop assigns to, and what is noted behind within that is to be left out.
type access struct {
	node    *shim.Node
	pattern bool
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
	// spelled are the names of the references, nil for other nodes, and writes
	// those that are written to.
	spelled []*slot
	writes  []refWrite
	slots   map[string]*slot
	recent  [64]*slot
	made    bindings
	stack   []*shim.Node
	// keys are the accesses by element whose objects are being visited.
	keys   []*shim.Node
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
	// There is a reference to every 20 bytes of code, without its comments.
	guess := len(f.Text)/32 + 64
	n.refs = make([]ref, 0, guess)
	w := &walker{names: n, spelled: make([]*slot, 0, guess), slots: make(map[string]*slot)}
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
		switch {
		case node == nil:
			w.leave()
			continue
		case node.Kind == shim.KindIdentifier:
			w.identifier(node)
			continue
		case node == keyNext:
			last := len(w.keys) - 1
			w.taken(w.keys[last])
			w.keys = w.keys[:last]
			continue
		}
		if node.Flags&shim.NodeFlagsReparsed != 0 || !w.enter(node) {
			continue
		}
		mark := len(w.stack)
		if node.Kind == shim.KindElementAccessExpression {
			if key := node.AsElementAccessExpression().ArgumentExpression; key != nil {
				w.stack = append(w.stack, key)
			}
			w.keys = append(w.keys, node)
			w.stack = append(w.stack, keyNext, node.Expression())
			continue
		}
		node.ForEachChild(push)
		slices.Reverse(w.stack[mark:])
	}
}

// keyNext stands between the object of an access by element and its key.
var keyNext = new(shim.Node)

// taken notes where a member is taken.
func (w *walker) taken(node *shim.Node) {
	w.names.accesses = append(w.names.accesses, access{node: node})
}

// assigned notes what a destructuring assignment or a loop assigns to.
func (w *walker) assigned(node *shim.Node) {
	w.names.accesses = append(w.names.accesses, access{node, true})
}

// open starts a scope that ends with the children of its node.
func (w *walker) open(node *shim.Node, hoist bool) *scope {
	s := &scope{node: node}
	w.scopes = append(w.scopes, s)
	if hoist {
		w.hoists = append(w.hoists, s)
	}
	w.events = append(w.events, event{s, len(w.names.refs)})
	w.stack = append(w.stack, nil)
	return s
}

func (w *walker) leave() {
	s := w.scopes[len(w.scopes)-1]
	w.scopes = w.scopes[:len(w.scopes)-1]
	if len(w.hoists) > 0 && w.hoists[len(w.hoists)-1] == s {
		w.hoists = w.hoists[:len(w.hoists)-1]
	}
	w.events = append(w.events, event{s, len(w.names.refs)})
}

// inner is the innermost scope, function the innermost that var declares into.
func (w *walker) inner() *scope    { return w.scopes[len(w.scopes)-1] }
func (w *walker) function() *scope { return w.hoists[len(w.hoists)-1] }

func (w *walker) note(node *shim.Node) {
	n := w.names
	var name *slot
	r := ref{node: node, pos: int32(node.Pos())}
	if node.Kind == shim.KindIdentifier {
		name = w.slot(node.Text())
		var how write
		if how, r.written = writeTo(node); r.written {
			w.writes = append(w.writes, refWrite{len(n.refs), how})
		}
		r.named = true
		r.linked, r.special = surroundings(node)
	}
	w.spelled = append(w.spelled, name)
	n.refs = append(n.refs, r)
}

// surroundings tells whether a member of a name may be taken or it called, and
// whether that may be its constructor.
func surroundings(name *shim.Node) (linked, special bool) {
	p := name.Parent
	switch p.Kind {
	case shim.KindPropertyAccessExpression:
		return true, textOf(p.Name()) == "constructor"
	case shim.KindElementAccessExpression:
		return true, true
	case shim.KindCallExpression, shim.KindNewExpression:
		return p.Expression() == name, false
	case shim.KindTaggedTemplateExpression:
		return true, false
	}
	wrapped := isWrapper(p.Kind)
	return wrapped, wrapped
}

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
	case shim.KindForInStatement, shim.KindForOfStatement:
		w.open(node, false)
		if target := node.AsForInOrOfStatement().Initializer; target != nil && target.Kind != shim.KindVariableDeclarationList {
			w.assigned(target)
		}
	case shim.KindCaseBlock:
		w.open(node, false)
		w.names.switches = append(w.names.switches, node.Parent)
	case shim.KindForStatement, shim.KindCatchClause:
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
		w.taken(node)
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
		w.names.calls++
		w.call(node)
	case shim.KindNewExpression, shim.KindTaggedTemplateExpression:
		w.root(node)
	case shim.KindPropertyAccessExpression, shim.KindElementAccessExpression:
		w.access(node)
	case shim.KindPropertyDeclaration:
		if name := node.Name(); node.Initializer() != nil && (name.Kind == shim.KindIdentifier || name.Kind == shim.KindPrivateIdentifier) {
			assign(w.names.thisProps, propWrite{name: name.Text(), value: node.Initializer()})
		}
	case shim.KindPrivateIdentifier:
		if node.Parent.Kind == shim.KindPropertyAccessExpression && node.Parent.Expression() != node {
			w.taken(node.Parent)
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
	b := w.declare(s, name)
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
	b := w.declare(w.declares(node), name.Text())
	switch {
	case node.Initializer() != nil:
		b.writes = append(b.writes, write{writeExpression, node.Initializer()})
	case node.Parent.Kind == shim.KindCatchClause:
		b.writes = append(b.writes, write{how: writeUnknown})
	case node.Parent.Parent != nil && (node.Parent.Parent.Kind == shim.KindForInStatement || node.Parent.Parent.Kind == shim.KindForOfStatement):
		b.writes = append(b.writes, write{how: writeUnknown, node: node.Parent.Parent})
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
		if isPattern(left) {
			w.assigned(left)
		}
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
	if node.Flags&shim.NodeFlagsReparsed != 0 || node.Text() == "" {
		return
	}
	switch {
	case isReference(node):
		w.note(node)
	case node.Parent.Kind == shim.KindPropertyAccessExpression:
		w.taken(node.Parent)
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
	done := 0
	for _, e := range w.events {
		w.bind(done, e.at)
		done = e.at
		if !e.scope.entered {
			e.scope.entered = true
			for _, b := range e.scope.bindings {
				b.shadowed, b.slot.current = b.slot.current, b
			}
			continue
		}
		for _, b := range e.scope.bindings {
			b.slot.current = b.shadowed
			b.shadowed, b.slot = nil, nil
		}
	}
	w.bind(done, len(n.refs))
	for _, p := range w.props {
		if p.object.Kind == shim.KindIdentifier && isGlobalObject(p.object.Text()) && !isGlobalObject(p.name) {
			b := w.undeclared(p.name)
			b.writes = append(b.writes, write{writeExpression, p.value})
		}
	}
	if len(n.globals) > 0 {
		for i, s := range w.spelled {
			if r := &n.refs[i]; r.binding == nil && s != nil {
				r.binding = s.global
			}
		}
	}
	w.events, w.spelled, w.slots = nil, nil, nil
	byPos := func(a, b ref) int { return int(a.pos) - int(b.pos) }
	if !slices.IsSortedFunc(n.refs, byPos) {
		slices.SortStableFunc(n.refs, byPos)
	}
	n.index()
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

// bind gives the references from one up to another their bindings.
func (w *walker) bind(from, to int) {
	for i := from; i < to; i++ {
		s := w.spelled[i]
		if s == nil {
			continue
		}
		b := s.current
		if len(w.writes) > 0 && w.writes[0].ref == i {
			if b == nil {
				b = w.undeclared(s.name)
			}
			b.writes = append(b.writes, w.writes[0].write)
			w.writes = w.writes[1:]
		}
		w.names.refs[i].binding = b
	}
}

// undeclared returns the binding of a name that is assigned without being
// declared.
func (w *walker) undeclared(name string) *binding {
	b := w.names.globals[name]
	if b == nil {
		b = &binding{name: name, global: true}
		w.names.globals[name], w.slot(name).global = b, b
	}
	return b
}

// slot returns the slot of a name. Names come again soon, and telling that two
// are the same takes less than hashing one.
func (w *walker) slot(name string) *slot {
	var place *slot
	at := &place
	if name != "" {
		at = &w.recent[(len(name)*31^int(name[0])*7^int(name[len(name)-1]))%len(w.recent)]
	}
	if s := *at; s != nil && s.name == name {
		return s
	}
	s := w.slots[name]
	if s == nil {
		s = &slot{name: name}
		w.slots[name] = s
	}
	*at = s
	return s
}

func assign(props map[string]*prop, w propWrite) {
	p := props[w.name]
	if p == nil {
		p = &prop{}
		props[w.name] = p
	}
	p.values = append(p.values, w.value)
}

// nearSize is how many bytes of the text one entry of names.near is for. There
// is a reference to every 20 bytes.
const nearSize = 32

// index lists the bindings and makes the references quick to find: they are
// looked up several times each.
func (n *names) index() {
	n.near = make([]int32, len(n.file.Text)/nearSize+2)
	next := 0
	for i := range n.refs {
		r := &n.refs[i]
		for ; next <= int(r.pos)/nearSize; next++ {
			n.near[next] = int32(i)
		}
		if b := r.binding; b != nil && !b.listed {
			b.listed = true
			n.bindings = append(n.bindings, b)
		}
	}
	for ; next < len(n.near); next++ {
		n.near[next] = int32(len(n.refs))
	}
}

// bindingOf returns the binding of an identifier, nil for a global.
func (n *names) bindingOf(node *shim.Node) *binding {
	pos := node.Pos()
	if pos < 0 {
		return nil
	}
	for i := int(n.near[pos/nearSize]); i < len(n.refs); i++ {
		switch r := &n.refs[i]; {
		case r.node == node:
			return r.binding
		case int(r.pos) > pos:
			return nil
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
