package javascript

import (
	"iter"

	"github.com/microsoft/typescript-go/shim"
)

// UnresolvedCalls yields the calls that Uses does not, but for those of the
// file's own functions: calls of locals, of members of locals and of anything
// else that stands for no known module or global. Each comes once, in the order
// of the names and expressions that their callees start with. Path.Names holds
// the members from the last known value on, and Local the name, if the callee
// starts with one. For a file without a tree there are none.
func (f *File) UnresolvedCalls() iter.Seq[Use] {
	return func(yield func(Use) bool) {
		n := f.names
		if n == nil {
			return
		}
		roots := n.roots
		for i := range n.refs {
			r := &n.refs[i]
			if !r.named {
				continue
			}
			for len(roots) > 0 && roots[0].Pos() <= int(r.pos) {
				if !n.unresolvedRoot(roots[0], yield) {
					return
				}
				roots = roots[1:]
			}
			if r.linked && !n.unresolvedName(r, yield) {
				return
			}
		}
		for _, root := range roots {
			if !n.unresolvedRoot(root, yield) {
				return
			}
		}
	}
}

// linkOf returns the member access or call whose object or callee a node is, or
// nil.
func linkOf(node *shim.Node) *shim.Node {
	node = outermost(node)
	p := node.Parent
	switch p.Kind {
	case shim.KindPropertyAccessExpression, shim.KindElementAccessExpression,
		shim.KindCallExpression, shim.KindNewExpression:
		if p.Expression() == node {
			return p
		}
	case shim.KindTaggedTemplateExpression:
		if p.AsTaggedTemplateExpression().Tag == node {
			return p
		}
	}
	return nil
}

func isCall(node *shim.Node) bool {
	switch node.Kind {
	case shim.KindCallExpression, shim.KindNewExpression, shim.KindTaggedTemplateExpression:
		return true
	}
	return false
}

// callLinks counts the calls in the chain around a node, up to two.
func callLinks(node *shim.Node) (count int) {
	for p := linkOf(node); p != nil && count < 2; p = linkOf(p) {
		if isCall(p) {
			count++
		}
	}
	return count
}

// unresolvedName yields the calls in the chain around a name.
func (n *names) unresolvedName(r *ref, yield func(Use) bool) bool {
	calls := callLinks(r.node)
	if calls == 0 {
		return true
	}
	t := tail{names: n, node: r.node, yield: yield}
	if r.binding == nil {
		// Uses has the calls up to the first whose result is not known.
		if calls < 2 {
			return true
		}
		t.value = pathOf(global.member(r.node.Text()))
	} else {
		t.value, t.assigned = n.eval.binding(r.binding), r.binding.props != nil
		if t.value.kind == pathValue && calls < 2 {
			return true
		}
		if !r.binding.global {
			t.local = r.binding.name
		}
	}
	return t.run()
}

// unresolvedRoot yields the calls in the chain of which node is the innermost
// member access or call.
func (n *names) unresolvedRoot(node *shim.Node, yield func(Use) bool) bool {
	if !isCall(node) && callLinks(node) == 0 {
		return true
	}
	object := calleeOf(node)
	t := tail{names: n, node: object, yield: yield, value: n.eval.of(object), assigned: unwrap(object).Kind == shim.KindThisKeyword}
	return t.run()
}

// calleeOf returns the object of a member access or the callee of a call.
func calleeOf(node *shim.Node) *shim.Node {
	if node.Kind == shim.KindTaggedTemplateExpression {
		return node.AsTaggedTemplateExpression().Tag
	}
	return node.Expression()
}

// tail follows a chain of members and calls, and yields the calls of what is
// not known.
type tail struct {
	names *names
	node  *shim.Node
	// value is what node stands for, and path the members since it did.
	value value
	path  *step
	local string
	// assigned tells that node may have members that were assigned to it.
	assigned bool
	yield    func(Use) bool
}

// unknown is the root of what stands for nothing known.
var unknown = alone(step{root: localRoot})

// run returns false when the consumer wants no more.
func (t *tail) run() bool {
	start := t.node
	if t.value.kind == unknownValue && !t.assigned {
		t.path = unknown
	}
	for p := linkOf(t.node); p != nil; p = linkOf(t.node) {
		if !isCall(p) {
			t.member(p, t.node == start)
		} else if more, goes := t.call(p); !goes {
			return more
		}
		t.node = p
	}
	return true
}

// member steps to a member.
func (t *tail) member(p *shim.Node, first bool) {
	name := t.names.memberName(p)
	if t.path != nil {
		t.extend(name)
		return
	}
	if first {
		t.value = t.names.eval.of(p) // with what was assigned to it
	} else {
		t.value = t.names.eval.member(t.value, stringOf(name))
	}
	if t.value.kind == unknownValue || t.value.kind == undefinedValue {
		t.path = unknown
		t.extend(name)
	}
}

// extend adds a member to the path. A path that would be too long starts anew.
func (t *tail) extend(name string) {
	if t.path = t.path.member(name); t.path == nil {
		t.path = unknown.member(name)
	}
}

// call steps to the result of a call. Where the chain ends, goes is false.
func (t *tail) call(p *shim.Node) (more, goes bool) {
	arguments := givenTo(p)
	switch v := t.value; {
	case t.path != nil:
	case v.kind == unknownValue:
		t.path = unknown
	case v.kind == methodValue && v.items()[0].kind != functionValue:
		t.path = unknown.member(v.str)
	}
	switch {
	case t.path == nil:
		if linkOf(p) == nil {
			return true, false
		}
		if t.value = t.names.eval.invoke(t.value, p, arguments); t.value.kind == unknownValue {
			t.path = unknown.member(Called)
		}
		return true, true
	case t.path.name == "bind" && t.path.depth > 1 && linkOf(p) != nil:
		// What bind gives is called behind.
		t.path = t.path.parent
		return true, true
	}
	if !t.emit(p, arguments) {
		return false, false
	}
	t.extend(Called)
	return true, true
}

// givenTo returns the arguments of a call, and of a tag its template.
func givenTo(call *shim.Node) []*shim.Node {
	if call.Kind == shim.KindTaggedTemplateExpression {
		return []*shim.Node{call.AsTaggedTemplateExpression().Template}
	}
	return argumentsOf(call)
}

func (t *tail) emit(call *shim.Node, arguments []*shim.Node) bool {
	kind := Call
	if call.Kind == shim.KindNewExpression {
		kind = New
	}
	callee := calleeOf(call)
	path := t.path
	if path.throughCall() {
		arguments, path = shifted(path.name, arguments), path.parent
	}
	file := t.names.file
	pos := file.start(call)
	return t.yield(Use{
		Path: path.path(), Kind: kind, Pos: pos, End: max(pos, callee.End()), Local: t.local,
		file: file, node: call, arguments: arguments,
	})
}
