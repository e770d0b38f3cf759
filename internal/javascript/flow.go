package javascript

import (
	"slices"

	"github.com/microsoft/typescript-go/shim"
)

// flow is what becomes of the file's names, worked out when first asked for.
type flow struct {
	// holders are the names that functions, objects and arrays are given to, by
	// the node of the value.
	holders map[*shim.Node]*binding
}

// parameterCalls are the calls of a parameter, and those that it is given to.
type parameterCalls struct{ of, given []*shim.Node }

// maxFlows bounds the calls that one parameter is looked up in.
const maxFlows = 8

func (n *names) flows() *flow {
	if n.flow != nil {
		return n.flow
	}
	f := &flow{holders: make(map[*shim.Node]*binding)}
	n.flow = f
	for _, b := range n.bindings {
		for _, w := range b.writes {
			f.hold(w, b)
		}
	}
	for i := range n.refs {
		r := &n.refs[i]
		b := r.binding
		if b == nil {
			continue
		}
		node := outermost(r.node)
		p := node.Parent
		if isParameter(b) && (p.Kind == shim.KindCallExpression) {
			if b.calls == nil {
				b.calls = new(parameterCalls)
			}
			list := &b.calls.given
			if p.Expression() == node {
				list = &b.calls.of
			}
			if len(*list) < maxFlows {
				*list = append(*list, p)
			}
		}
		// A leak is a use of the value otherwise than by a member, a call or a test
		// of it.
		b.leaks = b.leaks || leaks(node)
	}
	return f
}

func (f *flow) hold(w write, b *binding) {
	if w.node == nil || w.how != writeExpression && w.how != writeFunction {
		return
	}
	switch node := unwrap(w.node); node.Kind {
	case shim.KindFunctionDeclaration, shim.KindFunctionExpression, shim.KindArrowFunction,
		shim.KindObjectLiteralExpression, shim.KindArrayLiteralExpression:
		f.holders[node] = b
	}
}

func isParameter(b *binding) bool {
	return len(b.writes) > 0 && b.writes[0].how == writeParameter
}

// leaks reports whether a reference hands the value of its name on.
func leaks(node *shim.Node) bool {
	p := node.Parent
	switch p.Kind {
	case shim.KindPropertyAccessExpression, shim.KindElementAccessExpression,
		shim.KindCallExpression, shim.KindNewExpression:
		return p.Expression() != node
	case shim.KindTypeOfExpression, shim.KindExpressionStatement:
		return false
	case shim.KindConditionalExpression:
		return p.AsConditionalExpression().Condition != node
	case shim.KindPrefixUnaryExpression:
		return p.AsPrefixUnaryExpression().Operator != shim.KindExclamationToken
	case shim.KindBinaryExpression:
		b := p.AsBinaryExpression()
		if b.Left == node {
			return b.OperatorToken.Kind == shim.KindBarBarToken || b.OperatorToken.Kind == shim.KindQuestionQuestionToken
		}
	}
	return true
}

// holds reports whether the name that a function, object or array is given to
// has no other value and hands it on nowhere.
func (n *names) holds(node *shim.Node) bool {
	f := n.flows()
	b := f.holders[node]
	return b != nil && !b.global && !b.leaks && !b.changed && (len(b.writes) == 1 || replacesItself(b)) && !n.file.exported(node)
}

// keeps reports whether an element of an object or array literal can be
// followed: the literal is taken apart on the spot, or given to what holds it.
func (n *names) keeps(node *shim.Node) bool {
	for range maxPattern {
		p := node.Parent
		switch p.Kind {
		case shim.KindPropertyAssignment:
			if p.Initializer() != node {
				return false
			}
			p = p.Parent
		case shim.KindShorthandPropertyAssignment:
			p = p.Parent
		case shim.KindArrayLiteralExpression:
		case shim.KindVariableDeclaration:
			if p.Initializer() != node || p.Name() == nil || n.file.exported(p) {
				return false
			}
			return p.Name().Kind != shim.KindIdentifier || n.holds(unwrap(node))
		case shim.KindBinaryExpression:
			b := p.AsBinaryExpression()
			if b.Right != node || b.OperatorToken.Kind != shim.KindEqualsToken {
				return false
			}
			switch b.Left.Kind {
			case shim.KindIdentifier:
				return n.holds(unwrap(node))
			case shim.KindObjectLiteralExpression, shim.KindArrayLiteralExpression:
				return true
			}
			return n.keepsIn(b.Left)
		case shim.KindPropertyAccessExpression, shim.KindElementAccessExpression:
			// A method of an array may hand its elements to anything.
			method := unwrap(node).Kind == shim.KindArrayLiteralExpression && p.Kind == shim.KindPropertyAccessExpression
			return p.Expression() == node && !method
		default:
			return false
		}
		node = outermost(p)
	}
	return false
}

// keepsIn reports whether what is assigned to a target is found at the
// references of that target.
func (n *names) keepsIn(target *shim.Node) bool {
	switch target.Kind {
	case shim.KindIdentifier:
		return true
	case shim.KindPropertyAccessExpression, shim.KindElementAccessExpression:
	default:
		return false
	}
	if target.Kind == shim.KindElementAccessExpression {
		// The walk sees literal names only.
		if index := target.AsElementAccessExpression().ArgumentExpression; index == nil || index.Kind != shim.KindStringLiteral {
			return false
		}
	}
	object := target.Expression()
	switch object.Kind {
	case shim.KindThisKeyword:
		return true
	case shim.KindIdentifier:
		b := n.bindingOf(object)
		if b == nil {
			return isGlobalObject(object.Text())
		}
		n.flows()
		return !b.global && !isParameter(b) && !b.leaks && !n.exportedName(b)
	}
	return false
}

// exportedName reports whether a name's declaration exports it.
func (n *names) exportedName(b *binding) bool {
	for _, w := range b.writes {
		if w.node != nil && (w.how == writeImport || n.file.exported(w.node)) {
			return true
		}
	}
	return false
}

// exported reports whether a function, a variable or its value is exported
// where it is declared.
func (f *File) exported(node *shim.Node) bool {
	if node.Kind == shim.KindFunctionDeclaration || node.Kind == shim.KindClassDeclaration {
		return f.keyword(node) == "export"
	}
	if node.Kind != shim.KindVariableDeclaration {
		node = outermost(node).Parent
	}
	if node.Kind != shim.KindVariableDeclaration || node.Parent.Parent == nil || node.Parent.Parent.Kind != shim.KindVariableStatement {
		return false
	}
	return f.keyword(node.Parent.Parent) == "export"
}

// keyword returns the word in lower case that a node starts with.
func (f *File) keyword(node *shim.Node) string {
	start := f.start(node)
	end := start
	for end < len(f.Text) && 'a' <= f.Text[end] && f.Text[end] <= 'z' {
		end++
	}
	if end < len(f.Text) && (classes[f.Text[end]] == classWord || classes[f.Text[end]] == classDigit || classes[f.Text[end]] == classWide) {
		return ""
	}
	return f.Text[start:end]
}

// returns reports whether what a return statement or arrow function gives is
// found where the function is called: at the one call of a function that is
// called on the spot, or at all references of a name that holds it.
func (n *names) returns(p *shim.Node, path *step) (call *shim.Node, followed bool) {
	fn := p
	if p.Kind == shim.KindReturnStatement {
		if p.Parent.Kind != shim.KindBlock {
			return nil, false
		}
		fn = p.Parent.Parent
	}
	if !isFunction(fn) || !plain(fn) {
		return nil, false
	}
	switch fn.Kind {
	case shim.KindFunctionExpression, shim.KindArrowFunction:
		if call = callOf(fn); call == nil {
			call = thenOf(fn)
		}
		if call != nil {
			return call, slices.ContainsFunc(n.eval.of(call).paths, func(q *step) bool { return same(path, q) })
		}
	case shim.KindFunctionDeclaration:
	default:
		return nil, false
	}
	if !n.holds(fn) {
		return nil, false
	}
	return nil, slices.ContainsFunc(n.eval.follow(fn, nil).paths, func(q *step) bool { return same(path, q) })
}

// callback returns the function literal that a call is given first, or nil.
func callback(call *shim.Node) *shim.Node {
	if len(argumentsOf(call)) == 0 {
		return nil
	}
	fn := unwrap(call.Arguments()[0])
	if fn.Kind == shim.KindFunctionExpression || fn.Kind == shim.KindArrowFunction {
		return fn
	}
	return nil
}

// thenOf returns the call of then that a function literal is the callback of,
// or nil.
func thenOf(fn *shim.Node) *shim.Node {
	call := outermost(fn).Parent
	if call.Kind != shim.KindCallExpression || call.Expression().Kind != shim.KindPropertyAccessExpression ||
		textOf(call.Expression().Name()) != "then" || callback(call) != fn {
		return nil
	}
	return call
}

// receiver returns the parameter that a call gives its argument at index to,
// where the function is known by this one call: a function called on the spot,
// or one that is handed to such and called there. Else it is nil.
func (n *names) receiver(callee *shim.Node, index int) *shim.Node {
	var fn *shim.Node
	switch callee.Kind {
	case shim.KindFunctionExpression, shim.KindArrowFunction:
		fn = callee
	case shim.KindPropertyAccessExpression:
		fn = unwrap(callee.Expression())
		if textOf(callee.Name()) != "call" {
			return nil
		}
		index--
	case shim.KindIdentifier:
		fn = n.factory(n.bindingOf(callee))
	}
	if fn == nil || fn.Kind != shim.KindFunctionExpression && fn.Kind != shim.KindArrowFunction || index < 0 || index >= len(fn.Parameters()) {
		return nil
	}
	if p := fn.Parameters()[index]; follows(p) {
		return p
	}
	return nil
}

// follows reports whether the value of a parameter can be followed.
func follows(p *shim.Node) bool {
	return p.Name() != nil && p.AsParameterDeclaration().DotDotDotToken == nil && p.Name().Kind != shim.KindArrayBindingPattern
}

// factory returns the function literal that a parameter of a function called
// on the spot stands for, or nil.
func (n *names) factory(b *binding) *shim.Node {
	if b == nil || len(b.writes) != 1 || b.writes[0].how != writeParameter {
		return nil
	}
	parameter := b.writes[0].node
	if v := n.eval.argument(parameter.Parent, slices.Index(parameter.Parent.Parameters(), parameter)); v.kind == functionValue {
		return v.node
	}
	return nil
}

// handedTo returns the parameter of a function called on the spot that a
// function literal is the argument for, or nil.
func (n *names) handedTo(fn *shim.Node) *binding {
	node := outermost(fn)
	call := node.Parent
	if call.Kind != shim.KindCallExpression || call.Expression() == node {
		return nil
	}
	parameter := n.receiver(unwrap(call.Expression()), slices.Index(argumentsOf(call), node))
	if parameter == nil || parameter.Name().Kind != shim.KindIdentifier {
		return nil
	}
	if s := n.functions[parameter.Parent]; s != nil {
		return s.lookup(parameter.Name().Text())
	}
	return nil
}
