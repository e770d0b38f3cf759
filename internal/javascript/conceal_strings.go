package javascript

import (
	"slices"

	"github.com/microsoft/typescript-go/shim"
)

// table is an array of strings that may hold a program's texts.
type table struct {
	node *shim.Node
	// maker is the function that holds it, and replaced tells that the function
	// replaces itself by one that returns it.
	maker    *shim.Node
	replaced bool
	// fetches counts calls of the maker and strays its other uses, and rotations
	// are the calls that turn the array.
	fetches, strays int
	rotations       []*shim.Node
	// indexed counts constant indexes, and members those that name a member.
	indexed, members int
	// shifted tells that a function reads it at an index that it works out, and
	// asked counts the constants that the function is called with.
	shifted bool
	asked   int
	// pool tells that it holds numbers and other constants as well.
	pool bool
	// others counts all other uses of the array.
	others int
}

// element notes the array that a string is an element of.
func (t *structure) element(node *shim.Node) {
	array := node.Parent
	if array.Kind != shim.KindArrayLiteralExpression || array == t.last {
		return
	}
	t.last = array
	elements := array.Elements()
	if len(elements) < minConsole || !isFirst(node, elements) {
		return
	}
	t.console(array, elements)
	if len(elements) < minStringArray {
		return
	}
	texts, constants := 0, 0
	for _, e := range elements {
		switch e.Kind {
		case shim.KindStringLiteral, shim.KindNoSubstitutionTemplateLiteral, shim.KindBinaryExpression:
			texts++
		case shim.KindNumericLiteral, shim.KindTrueKeyword, shim.KindFalseKeyword, shim.KindNullKeyword, shim.KindVoidExpression, shim.KindPrefixUnaryExpression:
			constants++
		}
	}
	pool := 10*texts < 9*len(elements)
	if pool && texts+constants < len(elements) {
		return
	}
	if t.tables == nil {
		t.tables = make(map[*shim.Node]*table)
		t.makers = make(map[*shim.Node]*table)
		t.lookups = make(map[*shim.Node]*table)
	}
	found := &table{node: array, maker: enclosing(array), pool: pool}
	t.tables[array] = found
	t.order = append(t.order, found)
	if found.maker != nil && t.makers[found.maker] == nil {
		t.makers[found.maker] = found
	}
}

// isFirst reports whether a string is the first one of an array, so that each
// array is looked at once. An obfuscator cuts long texts into sums, so that it
// need not be the first element.
func isFirst(node *shim.Node, elements []*shim.Node) bool {
	for _, e := range elements[:min(len(elements), minConsole)] {
		if e.Kind == shim.KindStringLiteral || e.Kind == shim.KindNoSubstitutionTemplateLiteral {
			return e == node
		}
	}
	return false
}

// tableUse counts a reference to a table or to its maker.
func (t *structure) tableUse(r *ref) {
	first := r.binding.writes[0]
	switch first.how {
	case writeExpression:
		node := peel(first.node)
		if found := t.tables[node]; found != nil {
			t.read(found, r)
		} else if found := t.makers[node]; found != nil {
			t.fetch(found, r)
		}
	case writeFunction:
		if found := t.makers[first.node]; found != nil {
			t.fetch(found, r)
		}
	}
}

// peel is unwrap for what many references ask for: it takes away a few wrappers
// only, so that no reference costs more than any other.
func peel(node *shim.Node) *shim.Node {
	for i := 0; i < 4 && node != nil && isWrapper(node.Kind); i++ {
		node = node.Expression()
	}
	return node
}

// fetch counts a use of the function that holds a table.
func (t *structure) fetch(found *table, r *ref) {
	p := r.node.Parent
	inside := found.maker.Pos() <= r.node.Pos() && r.node.Pos() < found.maker.End()
	switch {
	case p.Kind == shim.KindBinaryExpression && p.AsBinaryExpression().Left == r.node:
		if found.replaced = inside && t.returnsTable(found, unwrap(p.AsBinaryExpression().Right)); !found.replaced {
			found.strays++
		}
	case inside:
	case t.turns(r.node):
		found.rotations = append(found.rotations, p)
	case p.Kind == shim.KindCallExpression && p.Expression() == r.node && len(p.Arguments()) == 0:
		found.fetches++
	default:
		found.strays++
	}
}

// returnsTable reports whether a function does nothing but return a table, or
// a name that is given it.
func (t *structure) returnsTable(found *table, fn *shim.Node) bool {
	if fn == nil || !isFunction(fn) || fn.Body() == nil {
		return false
	}
	value := fn.Body()
	if value.Kind == shim.KindBlock {
		list := value.Statements()
		if len(list) == 0 || list[0].Kind != shim.KindReturnStatement {
			return false
		}
		value = list[0].Expression()
	}
	if value = peel(value); value == nil {
		return false
	}
	if value == found.node {
		return true
	}
	if value.Kind != shim.KindIdentifier {
		return false
	}
	b := t.names.bindingOf(value)
	// The array may be put together of several.
	return b != nil && slices.ContainsFunc(b.writes[:min(len(b.writes), maxFollowed)], func(w write) bool {
		return w.how == writeExpression && w.node.Pos() <= found.node.Pos() && found.node.End() <= w.node.End() && peel(w.node).Kind != shim.KindNewExpression
	})
}

// turns reports whether a name is handed to a function that is called on the
// spot, as the loop is that rotates a table.
func (t *structure) turns(node *shim.Node) bool {
	p := node.Parent
	if p.Kind != shim.KindCallExpression || p.Expression() == node || len(p.Arguments()) < 2 {
		return false
	}
	return isFunction(unwrap(p.Expression()))
}

// read counts a use of a table.
func (t *structure) read(found *table, r *ref) {
	p := r.node.Parent
	if t.turns(r.node) {
		found.rotations = append(found.rotations, p)
		return
	}
	if p.Kind != shim.KindElementAccessExpression || p.Expression() != r.node {
		found.others++
		return
	}
	if _, written := t.names.target(p); written {
		found.others++
		return
	}
	index := unwrap(p.AsElementAccessExpression().ArgumentExpression)
	if index == nil {
		found.others++
		return
	}
	switch {
	case index.Kind == shim.KindNumericLiteral:
		found.indexed++
		if outer := outermost(p); outer.Parent.Kind == shim.KindElementAccessExpression && outer.Parent.Expression() != outer {
			found.members++
		}
	case t.workedOut(index):
		found.shifted = true
		if fn := enclosing(p); fn != nil {
			t.lookups[fn] = found
		}
	default:
		found.others++
	}
}

// workedOut reports whether an index is a parameter that is shifted: in place,
// or by an assignment before.
func (t *structure) workedOut(index *shim.Node) bool {
	if index.Kind == shim.KindBinaryExpression {
		switch index.AsBinaryExpression().OperatorToken.Kind {
		case shim.KindMinusToken, shim.KindPlusToken, shim.KindCaretToken:
			return true
		}
		return false
	}
	if index.Kind != shim.KindIdentifier {
		return false
	}
	b := t.names.bindingOf(index)
	return b != nil && len(b.writes) > 1 && b.writes[0].how == writeParameter
}

// asks counts the constants that the lookups are called with.
func (t *structure) asks() {
	for i := range t.names.refs {
		r := &t.names.refs[i]
		if r.node.Kind != shim.KindIdentifier || r.binding == nil || len(r.binding.writes) == 0 {
			continue
		}
		found := t.lookups[peel(r.binding.writes[0].node)]
		p := r.node.Parent
		if found == nil || p.Kind != shim.KindCallExpression || p.Expression() != r.node {
			continue
		}
		if list := p.Arguments(); len(list) > 0 {
			switch list[0].Kind {
			case shim.KindNumericLiteral, shim.KindStringLiteral:
				found.asked++
			}
		}
	}
}

// arrays notes the tables that hold the program's texts.
func (t *structure) arrays() {
	if len(t.lookups) > 0 {
		t.asks()
	}
	for _, found := range t.order {
		how := ""
		switch {
		case found.replaced && found.strays == 0 && (found.fetches > 0 || len(found.rotations) > 0):
			how = "in a function that replaces itself"
		case found.others > 0:
		case found.pool:
			if found.indexed >= minPoolReads {
				how = "and numbers read by index in " + plural(found.indexed, "place")
			}
		case found.shifted && len(found.rotations) > 0:
			how = "rotated, and read at shifted indexes"
		case found.shifted && found.asked >= minLookups:
			how = "read at shifted indexes through " + plural(found.asked, "call")
		case found.indexed >= minLookups && 2*found.members >= found.indexed && !found.shifted:
			how = plural(found.members, "member") + " named by index"
		}
		if how == "" {
			continue
		}
		t.signer.add(StringArray, t.file.start(found.node), found.node.End(), plural(len(found.node.Elements()), "text")+" "+how)
		for _, call := range found.rotations {
			t.signer.add(StringArray, t.file.start(call), call.End(), "the array is rotated")
		}
	}
}
