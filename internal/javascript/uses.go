package javascript

import (
	"iter"
	"slices"

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
	// Test only asks for its type or whether it is there (typeof fetch,
	// if (fetch)). Reading a variable of the environment is more than that.
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
	// List are the elements of an array of at most MaxList, as strings. Unknown
	// stands for those that are no constants; at least one is.
	List []string
	// Composed tells that the argument is a text that is not constant and is put
	// together on the spot: a template with substitutions, a sum, a join.
	Composed bool
	// Paths are the modules and globals that it may stand for.
	Paths    []Path
	Pos, End int
}

// MaxList bounds Arg.List.
const MaxList = 256

// Unknown stands in Arg.List for what is not constant.
const Unknown = "\x00"

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
		} else if v.kind == arrayValue {
			arg.List = v.texts()
		} else if v.constant() {
			arg.Text, arg.Constant = v.text()
		} else {
			arg.Composed = composes(node)
		}
		args = append(args, arg)
	}
	return args
}

// composes reports whether an expression puts a text together.
func composes(node *shim.Node) bool {
	switch node = unwrap(node); node.Kind {
	case shim.KindTemplateExpression:
		return true
	case shim.KindBinaryExpression:
		return node.AsBinaryExpression().OperatorToken.Kind == shim.KindPlusToken
	case shim.KindCallExpression:
		if callee := node.Expression(); callee.Kind == shim.KindPropertyAccessExpression {
			name := textOf(callee.Name())
			return name == "concat" || name == "join"
		}
	}
	return false
}

// start returns the offset of a node's first token. A node that the parser
// missed has none and ends where it starts.
func (f *File) start(node *shim.Node) int {
	return min(shim.SkipTrivia(f.Text, node.Pos()), node.End())
}

// Uses yields the uses of modules and globals in source order, each once. A
// chain of calls gives one use for each call.
//
// A module that is loaded gives an Import. Where its value is handed on (as an
// argument, a result, an element, an export) a Read follows; where it is only
// given to names and members that are followed, there are at most Alias reads,
// and the references of these are uses of their own; a statement that only loads
// it gives no more than the Import.
//
// For a file without a tree Uses yields what the token pass sees.
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

// uses yields the uses that start at one reference.
func (n *names) uses(r *ref, yield func(Use) bool) bool {
	node := r.node
	if b := r.binding; r.named && !r.linked && !r.written && b != nil && b.state == evaluated && b.value.kind != pathValue {
		return true
	}
	switch node.Kind {
	case shim.KindImportDeclaration, shim.KindExportDeclaration, shim.KindImportEqualsDeclaration:
		return n.declaration(node, yield)
	case shim.KindCallExpression:
		return n.dynamicImport(node, yield)
	case shim.KindIdentifier:
		if r.binding == nil {
			name := node.Text()
			if node.Parent.Kind == shim.KindExportSpecifier {
				return true // a type
			}
			if name == "undefined" || name == "arguments" || name == "NaN" || name == "Infinity" {
				return true
			}
			return n.climbAll(node, pathOf(global.member(name)), "", yield)
		}
		if r.written {
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
		if v.kind == unknownValue && r.binding.props == nil && !constructorOf(node) {
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

// constructorOf reports whether a member of a reference may be its constructor,
// and that is not all that is taken of it. x.constructor.constructor is Function.
func constructorOf(node *shim.Node) bool {
	p := linkOf(node)
	if p == nil || isCall(p) || p.Kind == shim.KindPropertyAccessExpression && textOf(p.Name()) != "constructor" {
		return false
	}
	q := linkOf(p)
	return q != nil && !isCall(q)
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
			if p.Kind == shim.KindCallExpression {
				v.paths = slices.DeleteFunc(slices.Clone(v.paths), func(q *step) bool { return n.direct(argumentsOf(p), q) })
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
			if p.gives(result) {
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
	if len(v.paths) > 1 {
		yield = once(yield)
	}
	for _, p := range v.paths {
		// What a call of the file's own functions gives was counted within.
		called := node.Kind == shim.KindCallExpression
		c := climb{names: n, local: local, path: p, node: node, yield: yield, quiet: called, loaded: called}
		if !c.run() {
			return false
		}
	}
	return true
}

// once drops uses that were yielded before: two paths may come to be the same
// on the way.
func once(yield func(Use) bool) func(Use) bool {
	var seen []Use
	return func(u Use) bool {
		if slices.ContainsFunc(seen, func(s Use) bool {
			return s.Pos == u.Pos && s.End == u.End && s.Kind == u.Kind && s.Module == u.Module && slices.Equal(s.Names, u.Names)
		}) {
			return true
		}
		seen = append(seen, u)
		return yield(u)
	}
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
	read := func(p *step, node *shim.Node, alias bool) bool {
		return yield(Use{Path: p.path(), Kind: Read, Pos: n.file.start(node), End: node.End(), Alias: alias, file: n.file, node: node})
	}
	var named *shim.Node
	switch node.Kind {
	case shim.KindImportEqualsDeclaration:
		if n.file.keyword(node) == "export" {
			return read(root, node, false)
		}
	case shim.KindExportDeclaration:
		named = node.AsExportDeclaration().ExportClause
		if named == nil || named.Kind == shim.KindNamespaceExport {
			return read(root, node, false)
		}
	case shim.KindImportDeclaration:
		if node.ImportClause() != nil {
			named = node.ImportClause().AsImportClause().NamedBindings
		}
	}
	if named == nil || named.Kind != shim.KindNamedImports && named.Kind != shim.KindNamedExports {
		return true
	}
	for _, element := range named.Elements() {
		if element.IsTypeOnly() || element.Name() == nil {
			continue
		}
		p := root.member(textOf(element.PropertyNameOrName()))
		if !read(p, element, node.Kind == shim.KindImportDeclaration) {
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
	c := climb{names: n, path: v.paths[0], node: node, yield: yield, quiet: true, loaded: u.Kind == Import}
	return c.run()
}
