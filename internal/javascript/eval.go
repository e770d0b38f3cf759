package javascript

import (
	"math"
	"strconv"
	"strings"

	"github.com/microsoft/typescript-go/shim"
)

// The bounds of folding and resolving.
const (
	// MaxSteps bounds the nodes looked at for one file. Where it is used up,
	// later constants and names stay unresolved.
	MaxSteps = 4 << 20
	// MaxQuery bounds the nodes looked at for one expression.
	MaxQuery = 1 << 14
	// MaxLooked bounds how much of strings and arrays operations look at in one
	// file, in bytes.
	MaxLooked = 256 << 20
	// elementSize is what an element of an array counts as, in bytes.
	elementSize = 32
	// MaxConstant bounds a folded string, in bytes.
	MaxConstant = 1 << 20
	// MaxConstants bounds all strings made by folding in one file, in bytes.
	MaxConstants = 32 << 20
	// MaxElements bounds the elements of an array that is folded, those of
	// arrays within included.
	MaxElements = 1 << 16
	// maxEvalDepth bounds how deep values are followed into each other.
	maxEvalDepth = 250
	// maxCallDepth bounds how deep the file's own functions are followed.
	maxCallDepth = 12
	// followCost is what following a function costs, in steps.
	followCost = 8
	// maxRemembered bounds the calls whose values are remembered.
	maxRemembered = 1 << 16
	// maxStatements bounds the functions that are followed.
	maxStatements = 8
)

type evalState uint8

const (
	notEvaluated evalState = iota
	evaluating
	evaluated
)

// evaluator works out what expressions stand for. It follows the file's own
// straight-line functions, and runs nothing else.
type evaluator struct {
	names *names
	// steps and bytes count against the file's budgets, query against that of
	// the expression that was asked for.
	steps, bytes, query int
	// looked counts against MaxLooked.
	looked int
	// depth is how deep values were followed into each other.
	depth int
	// frames are the functions that are being followed, and cut tells that one
	// was not because a bound was reached.
	frames []*shim.Node
	cut    bool
	// trial is the table whose rotation is being looked for, and turnSteps are
	// the steps that this took in the file.
	trial     *stringTable
	turnSteps int
	// ciphers counts against maxCiphers.
	ciphers int
	// region numbers the functions that are being followed into each other and
	// see each other's locals; it is 0 outside of such. regions is the last number
	// given.
	region, regions int
	// shadowed are the locals that those in force replaced, to be brought back.
	shadowed []shadow
	// circles counts where a value was needed that is just being worked out.
	circles int
	// calls remembers what calls stand for.
	calls []remembered
}

// local is what a parameter or variable stands for while its function is
// followed.
type local struct {
	value  value
	region int
}

// shadow is a local that another one replaced; nil for none.
type shadow struct {
	binding *binding
	local   *local
}

// local returns what a name stands for within the function that is being
// followed.
func (e *evaluator) local(b *binding) (value, bool) {
	if l := b.local; l != nil && l.region == e.region {
		return l.value, true
	}
	return value{}, false
}

func (e *evaluator) setLocal(b *binding, v value) {
	e.shadowed = append(e.shadowed, shadow{b, b.local})
	b.local = &local{v, e.region}
}

// enterRegion begins to follow a function, and leaveRegion ends that: what it
// set is as before.
func (e *evaluator) enterRegion() (region, mark int) {
	region = e.region
	if region == 0 {
		e.regions++
		e.region = e.regions
	}
	return region, len(e.shadowed)
}

func (e *evaluator) leaveRegion(region, mark int) {
	for i := len(e.shadowed) - 1; i >= mark; i-- {
		s := &e.shadowed[i]
		s.binding.local, s.local = s.local, nil
	}
	e.shadowed = e.shadowed[:mark]
	e.region = region
}

// remembered is what a call stands for; nil for nothing known.
type remembered struct {
	node  *shim.Node
	value *value
}

// remembers returns where the value of a call is kept, if it is. Each call ends
// at an offset of its own, so that few share a place; of those the last is kept.
func (e *evaluator) remembers(call *shim.Node) *remembered {
	if e.calls == nil {
		size := 64
		for size < min(2*e.names.calls, maxRemembered) {
			size *= 2
		}
		e.calls = make([]remembered, size)
	}
	return &e.calls[call.End()&(len(e.calls)-1)]
}

// recall is call for a call that is not part of a function that is being
// followed: several passes ask for it, and its value is always the same.
func (e *evaluator) recall(node *shim.Node) value {
	if e.region != 0 || e.trial != nil || len(e.frames) > 0 {
		return e.call(node)
	}
	r := e.remembers(node)
	if r.node == node {
		if r.value == nil {
			return value{}
		}
		return *r.value
	}
	cut, circles := e.cut, e.circles
	e.cut = false
	v := e.call(node)
	// Where a bound cut it short or it went in a circle, it may be known better
	// next time.
	if !e.cut && circles == e.circles {
		if r.node, r.value = node, nil; v.kind != unknownValue {
			r.value = &v
		}
	}
	e.cut = e.cut || cut
	return v
}

// of returns what an expression stands for.
func (e *evaluator) of(node *shim.Node) value {
	node = unwrap(node)
	if node == nil {
		return value{}
	}
	switch node.Kind {
	case shim.KindStringLiteral, shim.KindNoSubstitutionTemplateLiteral:
		return stringOf(node.Text())
	case shim.KindIdentifier:
		return e.identifier(node)
	case shim.KindObjectLiteralExpression:
		return value{kind: objectValue, node: node}
	case shim.KindFunctionExpression, shim.KindArrowFunction:
		return value{kind: functionValue, node: node}
	}
	if !e.spend(1) {
		return value{}
	}
	e.depth++
	v := e.expression(node)
	e.depth--
	return v
}

// expression returns what an expression stands for that has parts or costs a
// step.
func (e *evaluator) expression(node *shim.Node) value {
	switch node.Kind {
	case shim.KindNumericLiteral:
		if f, err := strconv.ParseFloat(node.Text(), 64); err == nil {
			return numberOf(f)
		}
	case shim.KindTrueKeyword, shim.KindFalseKeyword:
		return boolOf(node.Kind == shim.KindTrueKeyword)
	case shim.KindNullKeyword:
		return value{kind: nullValue}
	case shim.KindThisKeyword:
		if isGlobalThis(node) {
			return pathOf(global)
		}
	case shim.KindMetaProperty:
		if node.AsMetaProperty().KeywordToken == shim.KindImportKeyword {
			return pathOf(global.member("import.meta"))
		}
	case shim.KindPropertyAccessExpression:
		return e.access(node, stringOf(textOf(node.Name())))
	case shim.KindElementAccessExpression:
		return e.access(node, e.of(node.AsElementAccessExpression().ArgumentExpression))
	case shim.KindCallExpression, shim.KindNewExpression:
		return e.recall(node)
	case shim.KindTaggedTemplateExpression:
		return e.tagged(node)
	case shim.KindTemplateExpression:
		return e.template(node)
	case shim.KindBinaryExpression:
		return e.binary(node)
	case shim.KindPrefixUnaryExpression:
		v := e.of(node.AsPrefixUnaryExpression().Operand)
		if !e.look(v) {
			return value{}
		}
		return unary(node.AsPrefixUnaryExpression().Operator, v)
	case shim.KindTypeOfExpression:
		return typeOf(e.of(node.Expression()))
	case shim.KindVoidExpression:
		return value{kind: undefinedValue}
	case shim.KindConditionalExpression:
		c := node.AsConditionalExpression()
		if truth, known := e.of(c.Condition).truth(); known {
			if truth {
				return e.of(c.WhenTrue)
			}
			return e.of(c.WhenFalse)
		}
		return either(e.of(c.WhenTrue), e.of(c.WhenFalse))
	case shim.KindArrayLiteralExpression:
		return e.array(node)
	case shim.KindClassExpression:
		return value{kind: functionValue, node: node}
	case shim.KindRegularExpressionLiteral:
		return value{kind: regexpValue, node: node}
	}
	return value{}
}

// spend takes n steps from the budgets of the file and of the expression that
// was asked for. It returns false where one is used up, or the expression is
// too deep.
func (e *evaluator) spend(n int) bool {
	if e.depth == 0 {
		e.query = 0
	}
	e.steps += n
	e.query += n
	if e.steps > MaxSteps || e.query > MaxQuery {
		e.names.file.limits |= FoldSteps
		e.cut = true
		return false
	}
	if e.depth >= maxEvalDepth {
		e.names.file.limits |= FoldDepth
		e.cut = true
		return false
	}
	return true
}

// isGlobalThis reports whether this is the global object where it stands:
// outside functions, and in functions that are called on the spot.
func isGlobalThis(node *shim.Node) bool {
	for p := node.Parent; p != nil; p = p.Parent {
		switch p.Kind {
		case shim.KindSourceFile:
			return true
		case shim.KindFunctionExpression:
			if callOf(p) == nil {
				return false
			}
		case shim.KindFunctionDeclaration, shim.KindMethodDeclaration, shim.KindConstructor, shim.KindGetAccessor,
			shim.KindSetAccessor, shim.KindClassStaticBlockDeclaration, shim.KindPropertyDeclaration:
			return false
		}
	}
	return false
}

// callOf returns the call that a function expression is called by on the spot,
// with its call or apply, or nil.
func callOf(fn *shim.Node) *shim.Node {
	node := outermost(fn)
	p := node.Parent
	if p.Kind == shim.KindPropertyAccessExpression && p.Expression() == node {
		if name := textOf(p.Name()); name != "call" && name != "apply" {
			return nil
		}
		node = outermost(p)
		p = node.Parent
	}
	if p.Kind == shim.KindCallExpression && p.Expression() == node {
		return p
	}
	return nil
}

// outermost returns the outermost of the wrappers around a node.
func outermost(node *shim.Node) *shim.Node {
	for node.Parent != nil && isWrapper(node.Parent.Kind) {
		node = node.Parent
	}
	return node
}

func (e *evaluator) identifier(node *shim.Node) value {
	if b := e.names.bindingOf(node); b != nil {
		if v, ok := e.local(b); ok {
			return v
		}
		return e.binding(b)
	}
	switch name := node.Text(); name {
	case "undefined":
		return value{kind: undefinedValue}
	case "NaN":
		return numberOf(math.NaN())
	case "Infinity":
		return numberOf(math.Inf(1))
	case "arguments":
		return value{}
	case DirName:
		return stringOf(DirName)
	case "__filename":
		return stringOf(e.names.file.fileName())
	default:
		return pathOf(global.member(name))
	}
}

// binding returns what a name stands for. A name that is assigned twice stands
// for no constant, but for the modules and globals of all its assignments: a
// require within try, or one of two modules.
func (e *evaluator) binding(b *binding) value {
	switch b.state {
	case evaluated:
		return b.value
	case evaluating:
		e.circles++
		return value{}
	}
	if !e.spend(1) {
		return value{}
	}
	b.state = evaluating
	e.depth++
	// What a name stands for does not depend on who asks, so that it is worked
	// out once, outside the call and on a budget of its own.
	region, query := e.region, e.query
	e.region, e.query = 0, 0
	v := e.writes(b)
	e.region, e.query = region, query
	if v.kind == arrayValue && b.changed {
		v = e.rotated(b, v.items())
	}
	e.depth--
	if bundleRequire(b.name) {
		v = pathOf(global.member(b.name))
	}
	if b.global && v.kind != pathValue {
		v = pathOf(global.member(b.name))
	}
	if b.state, b.value = evaluated, v; e.passing(v) {
		b.state = notEvaluated
	}
	return v
}

// passing reports whether a value may only hold for the rotation that is being
// tried.
func (e *evaluator) passing(v value) bool {
	return e.trial != nil && v.kind != functionValue && v.kind != objectValue && v.kind != pathValue
}

func (e *evaluator) writes(b *binding) value {
	if len(b.writes) == 0 {
		return value{}
	}
	if len(b.writes) == 1 {
		return e.write(b.writes[0])
	}
	if first := b.writes[0]; first.how == writeFunction && replacesItself(b) {
		return e.write(first)
	}
	var v value
	for _, w := range b.writes[:min(len(b.writes), 2*MaxAlternatives)] {
		v = either(v, e.write(w))
	}
	return v
}

// replacesItself reports whether a function is assigned nowhere but in its own
// body, as lazily made tables do.
func replacesItself(b *binding) bool {
	fn := b.writes[0].node
	for _, w := range b.writes[1:] {
		if w.node == nil || w.node.Pos() < fn.Pos() || w.node.End() > fn.End() {
			return false
		}
	}
	return true
}

func (e *evaluator) write(w write) value {
	switch w.how {
	case writeExpression:
		return e.of(w.node)
	case writeElement:
		return e.element(w.node)
	case writeTarget:
		return e.target(w.node)
	case writeParameter:
		return e.parameter(w.node)
	case writeFunction:
		return value{kind: functionValue, node: w.node}
	case writeImport:
		return imported(w.node)
	case writeEnum:
		return value{kind: objectValue, node: w.node}
	}
	return value{}
}

// imported returns what an import brings in.
func imported(node *shim.Node) value {
	switch node.Kind {
	case shim.KindImportClause:
		return pathOf(module(textOf(node.Parent.ModuleSpecifier())))
	case shim.KindNamespaceImport:
		return pathOf(module(textOf(node.Parent.Parent.ModuleSpecifier())))
	case shim.KindImportSpecifier:
		root := module(textOf(node.Parent.Parent.Parent.ModuleSpecifier()))
		return pathOf(root.member(textOf(node.PropertyNameOrName())))
	case shim.KindImportEqualsDeclaration:
		reference := node.AsImportEqualsDeclaration().ModuleReference
		if reference.Kind == shim.KindExternalModuleReference && reference.Expression().Kind == shim.KindStringLiteral {
			return pathOf(module(reference.Expression().Text()))
		}
	}
	return value{}
}

// element returns what a binding element takes out of what it destructures.
func (e *evaluator) element(node *shim.Node) value {
	if e.depth >= maxEvalDepth {
		return value{}
	}
	e.depth++
	defer func() { e.depth-- }()
	pattern := node.Parent
	var from value
	switch holder := pattern.Parent; holder.Kind {
	case shim.KindVariableDeclaration:
		if holder.Initializer() == nil {
			return value{}
		}
		from = e.of(holder.Initializer())
	case shim.KindParameter:
		from = e.parameter(holder)
	case shim.KindBindingElement:
		from = e.element(holder)
	}
	v := e.taken(from, pattern, node)
	if initializer := node.Initializer(); initializer != nil && v.kind != stringValue {
		v = either(v, e.of(initializer))
	}
	return v
}

// taken returns the member of from that an element of a pattern names.
func (e *evaluator) taken(from value, pattern, element *shim.Node) value {
	if pattern.Kind == shim.KindArrayBindingPattern {
		for i, other := range pattern.Elements() {
			if other == element {
				return e.member(from, numberOf(float64(i)))
			}
		}
		return value{}
	}
	if element.AsBindingElement().DotDotDotToken != nil {
		return from
	}
	return e.member(from, e.propertyName(element.PropertyNameOrName()))
}

// propertyName returns the value of a property's name.
func (e *evaluator) propertyName(name *shim.Node) value {
	switch name.Kind {
	case shim.KindIdentifier, shim.KindStringLiteral, shim.KindNumericLiteral, shim.KindNoSubstitutionTemplateLiteral, shim.KindPrivateIdentifier:
		return stringOf(name.Text())
	case shim.KindComputedPropertyName:
		return e.of(name.Expression())
	}
	return value{}
}

// target returns what a name in a destructuring assignment is given.
func (e *evaluator) target(node *shim.Node) value {
	var keys []value
	for range maxPattern {
		p := node.Parent
		switch p.Kind {
		case shim.KindPropertyAssignment:
			keys = append(keys, e.propertyName(p.Name()))
			p = p.Parent
		case shim.KindShorthandPropertyAssignment:
			keys = append(keys, stringOf(textOf(p.Name())))
			p = p.Parent
		case shim.KindArrayLiteralExpression:
			for i, item := range p.Elements() {
				if item == node {
					keys = append(keys, numberOf(float64(i)))
				}
			}
		case shim.KindSpreadAssignment:
			p = p.Parent
		case shim.KindBinaryExpression:
			v := e.of(p.AsBinaryExpression().Right)
			for i := len(keys) - 1; i >= 0; i-- {
				v = e.member(v, keys[i])
			}
			return v
		default:
			return value{}
		}
		node = p
	}
	return value{}
}

// parameter returns what a function's parameter stands for: the argument of
// the call where the function is called on the spot, or the module where it is
// given to the promise of one.
func (e *evaluator) parameter(node *shim.Node) value {
	fn := node.Parent
	index := -1
	for i, p := range fn.Parameters() {
		if p == node {
			index = i
		}
	}
	v := e.argument(fn, index)
	if node.Initializer() != nil && v.kind == unknownValue {
		v = e.of(node.Initializer())
	}
	name := node.Name()
	if v.kind == unknownValue && name.Kind == shim.KindIdentifier && name.Text() == "require" {
		// Bundlers hand their own require to each module.
		return pathOf(ownRequire(fn))
	}
	return v
}

func (e *evaluator) argument(fn *shim.Node, index int) value {
	if fn.Kind != shim.KindFunctionExpression && fn.Kind != shim.KindArrowFunction {
		return value{}
	}
	if call := callOf(fn); call != nil {
		arguments := call.Arguments()
		if callee := unwrap(call.Expression()); callee.Kind == shim.KindPropertyAccessExpression {
			if textOf(callee.Name()) == "apply" {
				if len(arguments) < 2 {
					return value{}
				}
				return e.member(e.of(arguments[1]), numberOf(float64(index)))
			}
			index++
		}
		if 0 <= index && index < len(arguments) {
			return e.of(arguments[index])
		}
		return value{}
	}
	// import('x').then(x => …)
	if call := thenOf(fn); call != nil && index == 0 {
		if v := e.of(call.Expression().Expression()); v.kind == pathValue && v.paths[0].root == moduleRoot {
			return v
		}
		return value{}
	}
	call := outermost(fn).Parent
	if call.Kind != shim.KindCallExpression {
		return value{}
	}
	if v := e.depended(call, index); v.kind != unknownValue {
		return v
	}
	// (function (factory) { factory(require('x')) })(function (x) { … })
	b := e.names.handedTo(fn)
	if b == nil {
		return value{}
	}
	var v value
	e.names.flows()
	if b.calls == nil {
		return value{}
	}
	for _, call := range b.calls.of {
		if arguments := argumentsOf(call); index < len(arguments) {
			v = either(v, e.of(arguments[index]))
		}
	}
	for _, call := range b.calls.given {
		v = either(v, e.depended(call, index))
	}
	return v
}

func (e *evaluator) array(node *shim.Node) value {
	elements := node.Elements()
	if len(elements) > MaxElements {
		e.names.file.limits |= FoldSize
		return value{}
	}
	if !e.look(value{kind: arrayValue, num: float64(len(elements))}) {
		return value{}
	}
	list := make([]value, 0, len(elements))
	for _, element := range elements {
		if element.Kind != shim.KindSpreadElement {
			list = append(list, e.of(element))
			continue
		}
		switch v := e.of(element.Expression()); v.kind {
		case arrayValue:
			list = append(list, v.items()...)
		case stringValue:
			for _, r := range v.str {
				list = append(list, stringOf(string(r)))
			}
		default:
			return value{}
		}
		if len(list) > MaxElements {
			e.names.file.limits |= FoldSize
			return value{}
		}
	}
	v := listOf(list)
	if v.kind == unknownValue {
		e.names.file.limits |= FoldSize
	}
	return v
}

// look takes what looking at all of a value costs from the file's budget. It
// returns false where that is used up.
func (e *evaluator) look(v value) bool {
	if v.kind == arrayValue {
		e.looked += int(v.num) * elementSize
	}
	e.looked += len(v.str)
	if e.looked > MaxLooked {
		e.names.file.limits |= FoldSteps
		e.cut = true
		return false
	}
	return true
}

// text returns v as a string where the budget allows.
func (e *evaluator) text(v value) (string, bool) {
	if !e.look(v) {
		return "", false
	}
	return v.text()
}

// made accounts for a string that folding made.
func (e *evaluator) made(s string) value {
	e.bytes += len(s)
	if len(s) > MaxConstant || e.bytes > MaxConstants {
		e.names.file.limits |= FoldSize
		return value{}
	}
	return stringOf(s)
}

func (e *evaluator) template(node *shim.Node) value {
	t := node.AsTemplateExpression()
	var b strings.Builder
	b.WriteString(t.Head.Text())
	for _, span := range t.TemplateSpans.Nodes {
		s, ok := e.text(e.of(span.AsTemplateSpan().Expression))
		if !ok || b.Len()+len(s) > MaxConstant {
			return value{}
		}
		b.WriteString(s)
		b.WriteString(span.AsTemplateSpan().Literal.Text())
	}
	return e.made(b.String())
}

func (e *evaluator) tagged(node *shim.Node) value {
	t := node.AsTaggedTemplateExpression()
	tag := e.of(t.Tag)
	if tag.kind != pathValue {
		return value{}
	}
	if tag.paths[0].isGlobal("String", "raw") {
		return e.of(t.Template)
	}
	return e.each(tag, func(p *step) value { return pathOf(p.member(Called)) })
}

// each applies f to every path of v and returns what they may stand for.
func (e *evaluator) each(v value, f func(*step) value) value {
	if len(v.paths) == 1 {
		return f(v.paths[0])
	}
	var all value
	for _, p := range v.paths {
		all = either(all, f(p))
	}
	return all
}

// access returns the member of an object that a property or element access
// takes.
func (e *evaluator) access(node *shim.Node, key value) value {
	object := unwrap(node.Expression())
	switch object.Kind {
	case shim.KindIdentifier:
		if b := e.names.bindingOf(object); b != nil && b.props != nil && key.kind == stringValue {
			if p := b.props[key.str]; p != nil {
				return e.assigned(p, e.member(e.of(object), key))
			}
		}
	case shim.KindThisKeyword:
		if key.kind == stringValue {
			if p := e.names.thisProps[key.str]; p != nil {
				return e.assigned(p, value{})
			}
		}
	}
	return e.member(e.of(object), key)
}

// assigned returns what an assigned member stands for. before is what it was
// where the object was made.
func (e *evaluator) assigned(p *prop, before value) value {
	switch p.state {
	case evaluating:
		e.circles++
		return before
	case notEvaluated:
		p.state = evaluating
		region, query := e.region, e.query
		e.region, e.query = 0, 0
		if len(p.values) == 1 {
			p.value = e.of(p.values[0])
		} else {
			for _, node := range p.values[:min(len(p.values), 2*MaxAlternatives)] {
				p.value = either(p.value, e.of(node))
			}
		}
		e.region, e.query = region, query
		if p.state = evaluated; e.passing(p.value) {
			v := p.value
			p.state, p.value = notEvaluated, value{}
			return v
		}
	}
	if before.kind == unknownValue || before.kind == undefinedValue || before.kind == methodValue {
		return p.value
	}
	return either(before, p.value)
}

// member returns a member of a value.
func (e *evaluator) member(v, key value) value {
	if v.kind == unknownValue && key.kind == stringValue && key.str != "constructor" {
		return value{} // as nearly always
	}
	name, ok := e.text(key)
	if v.kind == pathValue {
		if !ok {
			name = Computed
		}
		return e.each(v, func(p *step) value {
			if g := e.names.globalMember(p, name); g != nil {
				return pathOf(g)
			}
			return pathOf(p.member(name))
		})
	}
	if !ok {
		return value{}
	}
	switch v.kind {
	case stringValue, bytesValue, arrayValue:
		if !e.look(value{str: v.str}) {
			return value{}
		}
		if i, err := strconv.Atoi(name); err == nil && i >= 0 {
			if e.trial != nil {
				e.trial.takes(v, i)
			}
			return item(v, i)
		}
		if name == "length" {
			if v.kind == stringValue {
				return numberOf(float64(length(v.str)))
			}
			return numberOf(float64(len(v.str) + len(v.items())))
		}
	case objectValue:
		if found, ok := e.property(v.node, name); ok {
			return found
		}
	case unknownValue:
		if name == "constructor" {
			// Whatever it is, its constructor is a function.
			return value{kind: methodValue, str: name, array: &[]value{v}}
		}
		return value{}
	case undefinedValue, nullValue:
		return value{}
	}
	if name == "constructor" {
		switch v.kind {
		case functionValue, methodValue:
			return pathOf(functionStep)
		case stringValue:
			return pathOf(global.member("String"))
		case arrayValue:
			return pathOf(global.member("Array"))
		case numberValue:
			return pathOf(global.member("Number"))
		case boolValue:
			return pathOf(global.member("Boolean"))
		}
		return pathOf(global.member("Object"))
	}
	if name == "" || classes[name[0]] != classWord {
		return value{kind: undefinedValue}
	}
	return value{kind: methodValue, str: name, array: &[]value{v}}
}

// globalMember returns the module or global that a member of the global object
// was given in this file, or nil.
func (n *names) globalMember(p *step, name string) *step {
	if p.root != globalRoot || len(n.globals) == 0 {
		return nil
	}
	if b := n.globals[name]; b != nil {
		if v := n.eval.binding(b); v.kind == pathValue {
			return v.paths[0]
		}
	}
	return nil
}

// item returns the character or element at an index.
func item(v value, i int) value {
	switch {
	case v.kind == arrayValue && i < len(v.items()):
		return v.items()[i]
	case v.kind == bytesValue && i < len(v.str):
		return numberOf(float64(v.str[i]))
	case v.kind == stringValue:
		if c := cut(v.str, i, i+1); c != "" {
			return stringOf(c)
		}
	}
	return value{kind: undefinedValue}
}

// property returns the property of an object literal or enumeration. The last
// one of a name counts.
func (e *evaluator) property(node *shim.Node, name string) (value, bool) {
	if node.Kind == shim.KindEnumDeclaration {
		for _, m := range node.Members() {
			if p := e.propertyName(m.Name()); p.kind == stringValue && p.str == name && m.Initializer() != nil {
				return e.of(m.Initializer()), true
			}
		}
		return value{}, false
	}
	properties := node.Properties()
	if len(properties) > smallObject {
		if index := e.names.indexOf(node); index != nil {
			p := index[name]
			if p == nil {
				return value{}, false
			}
			return e.propertyValue(p), true
		}
	}
	for i := len(properties) - 1; i >= 0; i-- {
		p := properties[i]
		if !e.spend(1) {
			return value{}, true
		}
		if p.Kind == shim.KindSpreadAssignment {
			switch from := e.of(p.Expression()); from.kind {
			case objectValue:
				if e.depth < maxEvalDepth {
					e.depth++
					v, ok := e.property(from.node, name)
					e.depth--
					if ok {
						return v, true
					}
				}
			case pathValue:
				return e.member(from, stringOf(name)), true
			}
			continue
		}
		if key := e.propertyName(p.Name()); key.kind == stringValue && key.str == name {
			return e.propertyValue(p), true
		}
	}
	return value{}, false
}

// propertyValue returns the value of a property of an object literal.
func (e *evaluator) propertyValue(p *shim.Node) value {
	switch p.Kind {
	case shim.KindPropertyAssignment:
		return e.of(p.Initializer())
	case shim.KindShorthandPropertyAssignment:
		return e.of(p.Name())
	case shim.KindMethodDeclaration:
		return value{kind: functionValue, node: p}
	}
	return value{}
}

// smallObject is the number of properties up to which an object literal is
// searched one by one.
const smallObject = 16

// indexOf returns the properties of an object literal by name, nil for one
// with spreads and computed names.
func (n *names) indexOf(object *shim.Node) map[string]*shim.Node {
	if index, ok := n.objects[object]; ok {
		return index
	}
	properties := object.Properties()
	index := make(map[string]*shim.Node, len(properties))
	for _, p := range properties {
		if p.Kind == shim.KindSpreadAssignment || p.Name() == nil || p.Name().Kind == shim.KindComputedPropertyName {
			index = nil
			break
		}
		index[p.Name().Text()] = p
	}
	if n.objects == nil {
		n.objects = make(map[*shim.Node]map[string]*shim.Node)
	}
	n.objects[object] = index
	return index
}

func (e *evaluator) binary(node *shim.Node) value {
	b := node.AsBinaryExpression()
	switch b.OperatorToken.Kind {
	case shim.KindPlusToken:
		return e.sum(node)
	case shim.KindCommaToken:
		if e.region != 0 {
			e.effect(b.Left)
		}
		return e.of(b.Right)
	case shim.KindEqualsToken:
		v := e.of(b.Right)
		if e.region != 0 && b.Left.Kind == shim.KindIdentifier {
			if target := e.names.bindingOf(b.Left); target != nil {
				e.setLocal(target, v)
			}
		}
		return v
	case shim.KindBarBarToken, shim.KindQuestionQuestionToken:
		left := e.of(b.Left)
		if truth, known := left.truth(); known {
			if b.OperatorToken.Kind == shim.KindQuestionQuestionToken {
				truth = left.kind != undefinedValue && left.kind != nullValue
			}
			if truth {
				return left
			}
			return e.of(b.Right)
		}
		return either(left, e.of(b.Right))
	case shim.KindAmpersandAmpersandToken:
		left := e.of(b.Left)
		if truth, known := left.truth(); known && !truth {
			return left
		}
		return e.of(b.Right)
	case shim.KindBarBarEqualsToken, shim.KindQuestionQuestionEqualsToken:
		return either(e.of(b.Left), e.of(b.Right))
	}
	left, right := e.of(b.Left), e.of(b.Right)
	if !e.look(left) || !e.look(right) {
		return value{}
	}
	return operate(b.OperatorToken.Kind, left, right)
}

// effect carries out an assignment to a local of a function that is being
// followed.
func (e *evaluator) effect(node *shim.Node) {
	if node = unwrap(node); node.Kind == shim.KindBinaryExpression {
		e.of(node)
	}
}

// operands returns what a chain of + adds up, in order.
func operands(node *shim.Node) []*shim.Node {
	var list []*shim.Node
	for node.Kind == shim.KindBinaryExpression && node.AsBinaryExpression().OperatorToken.Kind == shim.KindPlusToken {
		list = append(list, node.AsBinaryExpression().Right)
		node = node.AsBinaryExpression().Left
	}
	list = append(list, node)
	for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
		list[i], list[j] = list[j], list[i]
	}
	return list
}

// sum adds up a chain of + without descending it link by link.
func (e *evaluator) sum(node *shim.Node) value {
	list := operands(node)
	total := e.of(list[0])
	var b strings.Builder
	joined := false
	for _, operand := range list[1:] {
		next := e.of(operand)
		if !joined && !isText(total) && !isText(next) {
			if total = operate(shim.KindPlusToken, total, next); total.kind == unknownValue {
				return value{}
			}
			continue
		}
		if !joined {
			s, ok := e.text(total)
			if !ok {
				return value{}
			}
			b.WriteString(s)
			joined = true
		}
		s, ok := e.text(next)
		if !ok {
			return value{}
		}
		if b.WriteString(s); b.Len() > MaxConstant {
			e.names.file.limits |= FoldSize
			return value{}
		}
	}
	if !joined {
		return total
	}
	return e.made(b.String())
}

// isText reports whether adding v makes a string.
func isText(v value) bool {
	switch v.kind {
	case stringValue, arrayValue, bytesValue, objectValue, functionValue, regexpValue:
		return true
	}
	return false
}

func unary(operator shim.Kind, v value) value {
	if operator == shim.KindExclamationToken {
		if truth, known := v.truth(); known {
			return boolOf(!truth)
		}
		return value{}
	}
	f, ok := v.number()
	if !ok {
		return value{}
	}
	switch operator {
	case shim.KindMinusToken:
		return numberOf(-f)
	case shim.KindPlusToken:
		return numberOf(f)
	case shim.KindTildeToken:
		return numberOf(float64(^int32Of(f)))
	}
	return value{}
}

func typeOf(v value) value {
	switch v.kind {
	case undefinedValue:
		return stringOf("undefined")
	case nullValue, bytesValue, arrayValue, objectValue, regexpValue:
		return stringOf("object")
	case boolValue:
		return stringOf("boolean")
	case numberValue:
		return stringOf("number")
	case stringValue:
		return stringOf("string")
	case functionValue, methodValue:
		return stringOf("function")
	}
	return value{}
}

// operate folds an operator on two numbers or a comparison of two constants.
func operate(operator shim.Kind, left, right value) value {
	switch operator {
	case shim.KindEqualsEqualsEqualsToken, shim.KindExclamationEqualsEqualsToken, shim.KindEqualsEqualsToken, shim.KindExclamationEqualsToken:
		if left.kind != right.kind || left.kind != stringValue && left.kind != numberValue && left.kind != boolValue {
			return value{}
		}
		equal := left.str == right.str && left.num == right.num
		return boolOf(equal == (operator == shim.KindEqualsEqualsEqualsToken || operator == shim.KindEqualsEqualsToken))
	}
	a, ok := left.number()
	b, also := right.number()
	if !ok || !also {
		return value{}
	}
	switch operator {
	case shim.KindPlusToken:
		return numberOf(a + b)
	case shim.KindMinusToken:
		return numberOf(a - b)
	case shim.KindAsteriskToken:
		return numberOf(a * b)
	case shim.KindSlashToken:
		return numberOf(a / b)
	case shim.KindPercentToken:
		return numberOf(math.Mod(a, b))
	case shim.KindAsteriskAsteriskToken:
		return numberOf(math.Pow(a, b))
	case shim.KindLessThanLessThanToken:
		return numberOf(float64(int32Of(a) << (uint32(int32Of(b)) & 31)))
	case shim.KindGreaterThanGreaterThanToken:
		return numberOf(float64(int32Of(a) >> (uint32(int32Of(b)) & 31)))
	case shim.KindGreaterThanGreaterThanGreaterThanToken:
		return numberOf(float64(uint32(int32Of(a)) >> (uint32(int32Of(b)) & 31)))
	case shim.KindAmpersandToken:
		return numberOf(float64(int32Of(a) & int32Of(b)))
	case shim.KindBarToken:
		return numberOf(float64(int32Of(a) | int32Of(b)))
	case shim.KindCaretToken:
		return numberOf(float64(int32Of(a) ^ int32Of(b)))
	case shim.KindLessThanToken:
		return boolOf(a < b)
	case shim.KindGreaterThanToken:
		return boolOf(a > b)
	case shim.KindLessThanEqualsToken:
		return boolOf(a <= b)
	case shim.KindGreaterThanEqualsToken:
		return boolOf(a >= b)
	}
	return value{}
}
