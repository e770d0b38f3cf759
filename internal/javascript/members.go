package javascript

import (
	"iter"
	"slices"

	"github.com/microsoft/typescript-go/shim"
)

// Member is one access to a member of anything.
type Member struct {
	Name string
	// Kind is Read, Write or Call. What new constructs is called, and what is
	// deleted, counted up or given a part of a destructured value is written.
	Kind UseKind
	// Pos and End are where the name stands, or the expression that gives it.
	Pos, End int
}

// Members yields the member accesses in source order: a.name, a['name'] with
// any constant string, and the names that object patterns take, whatever the
// object is. Indices, keys of object literals, declarations and types are none.
// For a file without a tree it yields .name and ['name'] as the token pass sees
// them.
func (f *File) Members() iter.Seq[Member] {
	return func(yield func(Member) bool) {
		if f.names == nil {
			f.tokenMembers(yield)
			return
		}
		m := memberWalk{names: f.names, yield: yield}
		for i := range f.names.accesses {
			if !m.access(&f.names.accesses[i]) {
				return
			}
		}
	}
}

// memberStep is a node to be visited.
type memberStep struct {
	node *shim.Node
	// name tells that the object of this access has been visited and its name
	// is next; pattern that the node is what a destructuring assignment or a
	// loop assigns to.
	name, pattern bool
}

type memberWalk struct {
	names *names
	yield func(Member) bool
	stack []memberStep
	// walked is the end of the last pattern.
	walked int
}

// access yields what one access noted by the walk over the tree takes.
func (m *memberWalk) access(a *access) bool {
	if a.node.End() <= m.walked {
		return true
	}
	if a.pattern {
		m.walked = a.node.End()
		return m.pattern(a.node)
	}
	if a.node.Kind == shim.KindBindingElement {
		return m.element(a.node)
	}
	return m.name(a.node, false)
}

// pattern yields the members within what is assigned to. It visits the nodes
// with a stack of its own.
func (m *memberWalk) pattern(root *shim.Node) bool {
	push := func(child *shim.Node) bool {
		if kind := child.Kind; kind != shim.KindIdentifier && kind != shim.KindStringLiteral && kind != shim.KindNumericLiteral {
			m.stack = append(m.stack, memberStep{node: child})
		}
		return false
	}
	m.stack = append(m.stack, memberStep{node: root, pattern: true})
	for len(m.stack) > 0 {
		s := m.stack[len(m.stack)-1]
		m.stack = m.stack[:len(m.stack)-1]
		if s.name {
			if !m.name(s.node, s.pattern) {
				return false
			}
			continue
		}
		node := s.node
		if node.Flags&shim.NodeFlagsReparsed != 0 || isType(node.Kind) {
			continue
		}
		mark := len(m.stack)
		switch node.Kind {
		case shim.KindPropertyAccessExpression:
			m.stack = append(m.stack, memberStep{node: node, name: true, pattern: s.pattern})
			push(node.Expression())
			continue
		case shim.KindElementAccessExpression:
			if index := node.AsElementAccessExpression().ArgumentExpression; index != nil {
				push(index)
			}
			m.stack = append(m.stack, memberStep{node: node, name: true, pattern: s.pattern})
			push(node.Expression())
			continue
		case shim.KindBindingElement:
			if !m.element(node) {
				return false
			}
			node.ForEachChild(push)
		case shim.KindHeritageClause:
			if node.AsHeritageClause().Token == shim.KindExtendsKeyword {
				node.ForEachChild(push)
			}
		case shim.KindBinaryExpression:
			b := node.AsBinaryExpression()
			pattern := b.OperatorToken.Kind == shim.KindEqualsToken && isPattern(b.Left)
			if pattern || s.pattern {
				// With a default, the left side is an element of a pattern.
				m.stack = append(m.stack, memberStep{node: b.Left, pattern: true})
				push(b.Right)
			} else {
				push(b.Left)
				push(b.Right)
			}
		case shim.KindForOfStatement, shim.KindForInStatement:
			initializer := node.AsForInOrOfStatement().Initializer
			node.ForEachChild(func(child *shim.Node) bool {
				m.stack = append(m.stack, memberStep{node: child, pattern: child == initializer})
				return false
			})
		case shim.KindParenthesizedExpression, shim.KindNonNullExpression, shim.KindAsExpression, shim.KindArrayLiteralExpression,
			shim.KindObjectLiteralExpression, shim.KindSpreadElement, shim.KindSpreadAssignment:
			if !s.pattern {
				node.ForEachChild(push)
				break
			}
			node.ForEachChild(func(child *shim.Node) bool {
				m.stack = append(m.stack, memberStep{node: child, pattern: true})
				return false
			})
		case shim.KindPropertyAssignment, shim.KindShorthandPropertyAssignment:
			if !s.pattern {
				node.ForEachChild(push)
				break
			}
			if !m.taken(node.Name()) {
				return false
			}
			push(node.Name())
			if node.Kind == shim.KindPropertyAssignment {
				m.stack = append(m.stack, memberStep{node: node.Initializer(), pattern: true})
			} else if value := node.AsShorthandPropertyAssignment().ObjectAssignmentInitializer; value != nil {
				push(value)
			}
		default:
			node.ForEachChild(push)
		}
		slices.Reverse(m.stack[mark:])
	}
	return true
}

func isPattern(node *shim.Node) bool {
	return node.Kind == shim.KindObjectLiteralExpression || node.Kind == shim.KindArrayLiteralExpression
}

// isType tells nodes that hold nothing that runs.
func isType(kind shim.Kind) bool {
	if shim.KindFirstTypeNode <= kind && kind <= shim.KindLastTypeNode {
		return true
	}
	switch kind {
	case shim.KindInterfaceDeclaration, shim.KindTypeAliasDeclaration, shim.KindTypeParameter,
		shim.KindJSTypeAliasDeclaration, shim.KindJSImportDeclaration, shim.KindImportDeclaration,
		shim.KindExportDeclaration, shim.KindImportEqualsDeclaration:
		return true
	}
	return false
}

// name yields the name of a member access.
func (m *memberWalk) name(access *shim.Node, assigned bool) bool {
	name := access.Name()
	text := ""
	if access.Kind == shim.KindElementAccessExpression {
		name = access.AsElementAccessExpression().ArgumentExpression
		if name == nil || name.Kind == shim.KindNumericLiteral {
			return true
		}
		v := m.names.eval.of(name)
		if v.kind != stringValue {
			return true
		}
		text = v.str
	} else {
		text = textOf(name)
	}
	if text == "" {
		return true
	}
	kind := accessKind(access)
	if assigned {
		kind = Write
	}
	return m.one(text, kind, name)
}

// element yields the name that an element of a binding pattern takes.
func (m *memberWalk) element(element *shim.Node) bool {
	e := element.AsBindingElement()
	if e.DotDotDotToken != nil || element.Parent.Kind != shim.KindObjectBindingPattern {
		return true
	}
	return m.taken(element.PropertyNameOrName())
}

// taken yields a name that an object pattern takes.
func (m *memberWalk) taken(name *shim.Node) bool {
	if name == nil || name.Kind == shim.KindNumericLiteral {
		return true
	}
	if key := m.names.eval.propertyName(name); key.kind == stringValue && key.str != "" {
		return m.one(key.str, Read, name)
	}
	return true
}

func (m *memberWalk) one(text string, kind UseKind, name *shim.Node) bool {
	pos := m.names.file.start(name)
	return m.yield(Member{Name: text, Kind: kind, Pos: pos, End: max(pos, name.End())})
}

// accessKind tells how a member is used.
func accessKind(access *shim.Node) UseKind {
	node := outermost(access)
	p := node.Parent
	switch p.Kind {
	case shim.KindCallExpression, shim.KindNewExpression:
		if p.Expression() == node {
			return Call
		}
	case shim.KindTaggedTemplateExpression:
		if p.AsTaggedTemplateExpression().Tag == node {
			return Call
		}
	case shim.KindBinaryExpression:
		b := p.AsBinaryExpression()
		if op := b.OperatorToken.Kind; b.Left == node && shim.KindFirstAssignment <= op && op <= shim.KindLastAssignment {
			return Write
		}
	case shim.KindDeleteExpression, shim.KindPostfixUnaryExpression:
		return Write
	case shim.KindPrefixUnaryExpression:
		if op := p.AsPrefixUnaryExpression().Operator; op == shim.KindPlusPlusToken || op == shim.KindMinusMinusToken {
			return Write
		}
	}
	return Read
}
