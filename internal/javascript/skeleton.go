package javascript

import (
	"iter"
	"slices"
	"strings"

	"github.com/microsoft/typescript-go/shim"
)

// Part is one item of a script's skeleton.
type Part struct {
	Kind PartKind
	// Name is set for the kinds that have one, which are all but CallPart and
	// NewPart.
	Name string
}

// PartKind is a kind of Part.
type PartKind uint8

// The kinds of parts.
const (
	// GlobalPart is a global that is used by its name. The global object has
	// none.
	GlobalPart PartKind = iota
	// ModulePart is a module, where its value is used or where it is loaded and
	// not given a name. A path within the package or the file system is ".".
	ModulePart
	// MemberPart is a member that is taken: .name, a constant name in brackets,
	// or an element of a pattern.
	MemberPart
	// KeyPart is the name of a property of an object literal or a class.
	KeyPart
	// CallPart stands behind the callee and the arguments of a call.
	CallPart
	// NewPart stands behind the class and the arguments of new.
	NewPart
)

// Skeleton yields what stays of a script when it is reformatted, when its local
// names are changed, and largely when it is minified: what it takes of globals,
// modules and objects, and what it calls, in the order of the tree. Comments,
// literals, operators, statements and the spelling of functions are left out. A
// local name that stands for one module or global, or a member of such, gives
// that wherever it is used, and nothing where it is declared. Private names give
// nothing.
//
// A file without a tree yields nothing. Where MaxSteps is used up, names behind
// are not resolved; in such a file the skeleton depends on what was asked before.
func (f *File) Skeleton() iter.Seq[Part] {
	return func(yield func(Part) bool) {
		if f.names == nil {
			return
		}
		w := skeletonWalk{names: f.names, yield: yield}
		w.walk(f.tree.AsNode())
	}
}

// skeletonStep is a node to be visited or, without one, a part to be yielded.
type skeletonStep struct {
	node *shim.Node
	part Part
}

type skeletonWalk struct {
	names *names
	yield func(Part) bool
	// stack holds what is left to do, the next at the end.
	stack []skeletonStep
}

// walk visits the nodes with a stack of its own: trees may be deeper than Go's.
func (w *skeletonWalk) walk(root *shim.Node) {
	w.child(root)
	for len(w.stack) > 0 {
		s := w.stack[len(w.stack)-1]
		w.stack = w.stack[:len(w.stack)-1]
		if s.node == nil {
			if s.part.Name == "" && s.part.Kind < CallPart || strings.HasPrefix(s.part.Name, "#") {
				continue
			}
			if !w.yield(s.part) {
				return
			}
			continue
		}
		if s.node.Flags&shim.NodeFlagsReparsed != 0 {
			continue
		}
		mark := len(w.stack)
		w.visit(s.node)
		slices.Reverse(w.stack[mark:])
	}
}

func (w *skeletonWalk) child(node *shim.Node) bool {
	if node != nil {
		w.stack = append(w.stack, skeletonStep{node: node})
	}
	return false
}

func (w *skeletonWalk) part(kind PartKind, name string) {
	w.stack = append(w.stack, skeletonStep{part: Part{kind, name}})
}

// visit puts what a node consists of on the stack, in its order.
func (w *skeletonWalk) visit(node *shim.Node) {
	switch node.Kind {
	case shim.KindIdentifier:
		if node.Text() != "" && isReference(node) {
			w.reference(node)
		}
	case shim.KindPropertyAccessExpression:
		w.child(node.Expression())
		w.part(MemberPart, textOf(node.Name()))
	case shim.KindElementAccessExpression:
		w.element(node)
	case shim.KindCallExpression:
		w.call(node)
	case shim.KindNewExpression:
		node.ForEachChild(w.child)
		w.part(NewPart, "")
	case shim.KindTaggedTemplateExpression:
		node.ForEachChild(w.child)
		w.part(CallPart, "")
	case shim.KindVariableDeclaration:
		if init := node.Initializer(); init == nil || w.path(init) == nil {
			w.child(init)
			w.pattern(node)
		}
	case shim.KindParameter:
		w.pattern(node)
		w.child(node.Initializer())
	case shim.KindBindingElement:
		w.bindingElement(node)
	case shim.KindShorthandPropertyAssignment:
		w.part(KeyPart, textOf(node.Name()))
		w.reference(node.Name())
		w.child(node.AsShorthandPropertyAssignment().ObjectAssignmentInitializer)
	case shim.KindPropertyAssignment, shim.KindPropertyDeclaration:
		w.key(node.Name())
		w.child(node.Initializer())
	case shim.KindMethodDeclaration, shim.KindGetAccessor, shim.KindSetAccessor:
		w.method(node)
	case shim.KindHeritageClause:
		if node.AsHeritageClause().Token == shim.KindExtendsKeyword {
			node.ForEachChild(w.child)
		}
	case shim.KindImportDeclaration:
		if node.ImportClause() == nil {
			w.module(node.ModuleSpecifier())
		}
	case shim.KindExportDeclaration:
		w.module(node.ModuleSpecifier())
	case shim.KindExpressionWithTypeArguments:
		w.child(node.Expression())
	default:
		if !isType(node.Kind) {
			node.ForEachChild(w.child)
		}
	}
}

// pattern visits what a variable or parameter takes apart.
func (w *skeletonWalk) pattern(node *shim.Node) {
	if name := node.Name(); name != nil && name.Kind != shim.KindIdentifier {
		w.child(name)
	}
}

// bindingElement takes a member, and may take it apart in turn.
func (w *skeletonWalk) bindingElement(node *shim.Node) {
	e := node.AsBindingElement()
	if node.Parent.Kind == shim.KindObjectBindingPattern && e.DotDotDotToken == nil {
		if name := node.PropertyNameOrName(); name != nil && name.Kind == shim.KindComputedPropertyName {
			w.child(name)
		} else {
			w.part(MemberPart, textOf(name))
		}
	}
	w.child(e.Initializer)
	w.pattern(node)
}

func (w *skeletonWalk) element(node *shim.Node) {
	w.child(node.Expression())
	index := node.AsElementAccessExpression().ArgumentExpression
	if index == nil || index.Kind == shim.KindNumericLiteral {
		return
	}
	if v := w.names.eval.of(index); v.kind == stringValue {
		w.part(MemberPart, v.str)
		return
	}
	w.child(index)
}

func (w *skeletonWalk) key(name *shim.Node) {
	if name != nil && name.Kind == shim.KindComputedPropertyName {
		w.child(name)
		return
	}
	w.part(KeyPart, textOf(name))
}

func (w *skeletonWalk) method(node *shim.Node) {
	name := node.Name()
	w.key(name)
	node.ForEachChild(func(child *shim.Node) bool {
		if child != name {
			w.child(child)
		}
		return false
	})
}

// call gives the module where it loads one, else callee, arguments and itself.
func (w *skeletonWalk) call(node *shim.Node) {
	if p := w.path(node); p != nil && p.root == moduleRoot {
		w.resolved(p)
		return
	}
	node.ForEachChild(w.child)
	w.part(CallPart, "")
}

func (w *skeletonWalk) module(specifier *shim.Node) {
	if specifier != nil && specifier.Kind == shim.KindStringLiteral {
		w.resolved(module(specifier.Text()))
	}
}

// reference gives what a name stands for.
func (w *skeletonWalk) reference(node *shim.Node) {
	b := w.names.bindingOf(node)
	if b == nil || b.global {
		switch name := node.Text(); name {
		case "undefined", "NaN", "Infinity", "arguments": // constants are spelled in many ways
		default:
			w.resolved(global.member(name))
		}
		return
	}
	if p := single(w.names.eval.binding(b)); p != nil {
		w.resolved(p)
	}
}

// path returns the one module or global that an expression stands for, if it is
// of the kinds that a name is given for: the name stands for it then.
func (w *skeletonWalk) path(node *shim.Node) *step {
	switch node = unwrap(node); node.Kind {
	case shim.KindIdentifier, shim.KindPropertyAccessExpression, shim.KindElementAccessExpression, shim.KindCallExpression:
		return single(w.names.eval.of(node))
	}
	return nil
}

// single returns the path of a value that stands for one module or global, or
// for a member. What a call gives is no such: it may be another each time.
func single(v value) *step {
	if v.kind != pathValue || len(v.paths) != 1 {
		return nil
	}
	for s := v.paths[0]; s.root == notRoot; s = s.parent {
		if s.name == Called || s.name == Computed {
			return nil
		}
	}
	return v.paths[0]
}

// resolved gives a module or global with its members.
func (w *skeletonWalk) resolved(p *step) {
	path := p.path()
	kind := GlobalPart
	if p.base().root == moduleRoot {
		kind = MemberPart
		name := path.Module
		if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "/") {
			name = "."
		}
		w.part(ModulePart, name)
	}
	for _, name := range path.Names {
		w.part(kind, name)
		kind = MemberPart
	}
}
