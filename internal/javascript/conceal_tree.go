package javascript

import (
	"slices"
	"strings"

	"github.com/microsoft/typescript-go/shim"
)

// The thresholds of structures.
const (
	// minStringArray is the strings of an array that is looked at. An obfuscator's
	// array holds every text of the program.
	minStringArray = 8
	// minLookups is how many constants an array's lookup is called with. A table
	// of months is asked with a variable.
	minLookups = 8
	// minPoolReads is how often a list of constants is read by constant indexes:
	// in place of every constant of the program.
	minPoolReads = 50
	// minSteps is the cases of a flattened block. Obfuscators flatten from five
	// statements on, some from three.
	minSteps = 3
	// minStates is the cases of a machine whose states are bare numbers.
	minStates = 5
)

// The kinds of statements that the shim has no names for.
var (
	kindSwitch = kindNamed("KindSwitchStatement")
	kindCase   = kindNamed("KindCaseClause")
	kindWhile  = kindNamed("KindWhileStatement")
	kindDo     = kindNamed("KindDoStatement")
)

// kindNamed returns the kind that calls itself by a name.
func kindNamed(name string) shim.Kind {
	for kind := shim.KindUnknown; !strings.HasPrefix(kind.String(), "Kind("); kind++ {
		if kind.String() == name {
			return kind
		}
	}
	panic("javascript: the parser has no " + name)
}

// structure looks for shapes in the tree. It starts at the references and
// strings that the walk over the tree has listed.
type structure struct {
	signer *signer
	names  *names
	file   *File

	// tables are the arrays of strings by their node, makers those of a function
	// that holds them by the function, and lookups those that a function indexes.
	tables, makers, lookups map[*shim.Node]*table
	// order holds the tables in source order, and last is the array of the last
	// string.
	order []*table
	last  *shim.Node

	// objects remembers which objects have a runner of text as a member, and
	// callees which functions are handed one.
	objects, callees map[*shim.Node]bool
	// waits tells that a name was judged by another one that may turn out to be a
	// runner.
	waits bool
	// sinks are the calls of runners that were judged.
	sinks map[*shim.Node]bool
	// wrapper is the function of the last reference to arguments.
	wrapper *shim.Node
	// visits, scans and timers count against their bounds.
	visits, scans, timers int
}

// reference looks at one reference.
func (t *structure) reference(r *ref) {
	if r.node.Kind == shim.KindIdentifier {
		t.identifier(r)
	}
	if t.mayRun(r) {
		t.names.uses(r, t.use)
	}
}

func (t *structure) identifier(r *ref) {
	node := r.node
	if name := node.Text(); len(name) >= minMachineName && machineName(name) {
		t.signer.name(name, t.file.start(node))
	} else if name == "arguments" && r.binding == nil {
		t.once(node)
	}
	if t.tables != nil && r.binding != nil && len(r.binding.writes) > 0 {
		t.tableUse(r)
	}
}

// switched judges a switch over a name or a member of one.
func (t *structure) switched(node *shim.Node) {
	if node.Kind != kindSwitch {
		return
	}
	switch over := node.Expression(); {
	case over.Kind == shim.KindIdentifier:
		t.states(node, over)
	default:
		if over = unwrap(over); over != nil && over.Kind == shim.KindElementAccessExpression && textOf(over.Expression()) != "" && over.Expression().Kind == shim.KindIdentifier {
			t.dispatch(node, over)
		}
	}
}

// maxClimb bounds how far above a node its function or loop is looked for.
const maxClimb = 32

// enclosing returns the function around a node, nil where none is near.
func enclosing(node *shim.Node) *shim.Node {
	p := node.Parent
	for range maxClimb {
		if p == nil || isFunction(p) {
			return p
		}
		p = p.Parent
	}
	return nil
}

// loopOf returns the loop that a statement is the body of, alone or in a block.
func loopOf(node *shim.Node) *shim.Node {
	p := node.Parent
	for p != nil && (p.Kind == shim.KindBlock || p.Kind == shim.KindLabeledStatement) {
		p = p.Parent
	}
	if p != nil && (p.Kind == kindWhile || p.Kind == kindDo || p.Kind == shim.KindForStatement) {
		return p
	}
	return nil
}

// condition returns a loop's condition, nil for none.
func condition(loop *shim.Node) *shim.Node {
	if loop.Kind == shim.KindForStatement {
		return loop.AsForStatement().Condition
	}
	return loop.Expression()
}

// endless reports whether a loop's condition always holds.
func (t *structure) endless(loop *shim.Node) bool {
	c := condition(loop)
	if c == nil {
		return loop.Kind == shim.KindForStatement
	}
	truth, known := t.names.eval.of(c).truth()
	return truth && known
}

// dispatch judges a switch over the elements of a list.
func (t *structure) dispatch(node, access *shim.Node) {
	switch index := unwrap(access.AsElementAccessExpression().ArgumentExpression); {
	case index == nil:
		return
	case index.Kind == shim.KindPostfixUnaryExpression, index.Kind == shim.KindPrefixUnaryExpression && index.AsPrefixUnaryExpression().Operator == shim.KindPlusPlusToken:
	default:
		return
	}
	loop := loopOf(node)
	if loop == nil || !t.endless(loop) {
		return
	}
	steps := 0
	for _, clause := range node.AsSwitchStatement().CaseBlock.AsCaseBlock().Clauses.Nodes {
		if clause.Kind != kindCase {
			continue
		}
		label, ok := t.names.eval.of(clause.Expression()).text()
		if !ok || label == "" || strings.Trim(label, "0123456789") != "" {
			return
		}
		steps++
	}
	if steps >= minSteps {
		t.signer.add(ControlFlowFlattening, t.file.start(loop), loop.End(), plural(steps, "step")+" in the order of a list")
	}
}

// states judges a switch over one variable that only ever gets numbers. A
// hand-written machine sets its state under conditions on its input, and a
// compiler numbers the states in order.
func (t *structure) states(node, state *shim.Node) {
	loop := loopOf(node)
	if node.Expression() != state || loop == nil {
		return
	}
	if c := unwrap(condition(loop)); c != nil && c.Kind == shim.KindBinaryExpression {
		if !isName(c.AsBinaryExpression().Left, state.Text()) && !isName(c.AsBinaryExpression().Right, state.Text()) {
			return
		}
	} else if !t.endless(loop) {
		return
	}
	b := t.names.bindingOf(state)
	if b == nil {
		return
	}
	for _, w := range b.writes {
		if w.how != writeExpression || !t.isState(w.node) {
			return
		}
	}
	if t.resumes(node, b) {
		return
	}
	cases, set, falls, last := 0, 0, 0, 0.0
	for _, clause := range node.AsSwitchStatement().CaseBlock.AsCaseBlock().Clauses.Nodes {
		if clause.Kind != kindCase {
			continue
		}
		v := t.names.eval.of(clause.Expression())
		if v.kind != numberValue {
			return
		}
		if cases > 0 && v.num < last {
			falls++
		}
		last = v.num
		cases++
		if sets(clause, state.Text()) {
			set++
		}
	}
	// One case may be the end, and a shuffled order falls about every other time.
	if cases >= minStates && set+1 >= cases && 4*falls >= cases {
		t.signer.add(ControlFlowFlattening, t.file.start(loop), loop.End(), plural(cases, "state")+" in no order")
	}
}

// resumes reports whether a switch is a coroutine as compilers write it: its
// state outlives the function, and a case that sets it leaves the function, to go
// on there when that is called again. What an obfuscator flattens runs to its end
// in one call.
func (t *structure) resumes(node *shim.Node, state *binding) bool {
	inner := enclosing(node)
	if inner == nil || len(state.writes) == 0 {
		return false
	}
	for _, w := range state.writes {
		if w.node.Pos() >= inner.Pos() && w.node.End() <= inner.End() {
			continue
		}
		return slices.ContainsFunc(node.AsSwitchStatement().CaseBlock.AsCaseBlock().Clauses.Nodes, func(clause *shim.Node) bool {
			return leaves(clause) && sets(clause, state.name)
		})
	}
	return false
}

// leaves reports whether a case ends by leaving the function.
func leaves(clause *shim.Node) bool {
	list := clause.Statements()
	if len(list) == 1 && list[0].Kind == shim.KindBlock {
		list = list[0].Statements()
	}
	return len(list) > 0 && list[len(list)-1].Kind == shim.KindReturnStatement
}

// isState reports whether a value is a number or one of two.
func (t *structure) isState(node *shim.Node) bool {
	node = unwrap(node)
	if node != nil && node.Kind == shim.KindConditionalExpression {
		c := node.AsConditionalExpression()
		return t.names.eval.of(c.WhenTrue).kind == numberValue && t.names.eval.of(c.WhenFalse).kind == numberValue
	}
	return t.names.eval.of(node).kind == numberValue
}

func isName(node *shim.Node, name string) bool {
	node = unwrap(node)
	return node != nil && node.Kind == shim.KindIdentifier && node.Text() == name
}

// sets reports whether one of a case's own statements assigns to the state.
func sets(clause *shim.Node, state string) bool {
	list := clause.Statements()
	if len(list) == 1 && list[0].Kind == shim.KindBlock {
		list = list[0].Statements()
	}
	for _, statement := range list {
		if statement.Kind != shim.KindExpressionStatement {
			continue
		}
		e := unwrap(statement.Expression())
		for e != nil && isOperation(e, shim.KindCommaToken) {
			if assigns(e.AsBinaryExpression().Right, state) {
				return true
			}
			e = unwrap(e.AsBinaryExpression().Left)
		}
		if assigns(e, state) {
			return true
		}
	}
	return false
}

func isOperation(node *shim.Node, operator shim.Kind) bool {
	return node.Kind == shim.KindBinaryExpression && node.AsBinaryExpression().OperatorToken.Kind == operator
}

func assigns(node *shim.Node, name string) bool {
	node = unwrap(node)
	return node != nil && isOperation(node, shim.KindEqualsToken) && isName(node.AsBinaryExpression().Left, name)
}
