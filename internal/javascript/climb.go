package javascript

import "github.com/microsoft/typescript-go/shim"

// climb follows one path from a reference outwards through the members, calls
// and operators around it, to where the value goes.
type climb struct {
	names *names
	path  *step
	// node is the expression that stands for path, and at the one in it that
	// took the path's last step: what lies between only passes it on.
	node, at *shim.Node
	local    string
	yield    func(Use) bool
	// quiet tells that what path stands for has been yielded already, and
	// loaded that this was as the import of a module: where that goes is a use
	// of its own.
	quiet, loaded bool
	// bound tells that the value was assigned on the way to names whose
	// references are looked at by themselves, and stored that it was assigned to
	// what is not followed.
	bound, stored bool
	// second tells that an operand before gives the same path, whose climb goes
	// on for both.
	second bool
}

func (c *climb) emit(kind UseKind, alias bool, node *shim.Node, arguments []*shim.Node) bool {
	c.quiet, c.loaded = true, false
	pos := c.names.file.start(node)
	return c.yield(Use{
		Path: c.path.path(), Kind: kind, Pos: pos, End: max(pos, c.at.End()), Local: c.local, Alias: alias,
		file: c.names.file, node: node, arguments: arguments,
	})
}

// run returns false when the consumer wants no more.
func (c *climb) run() bool {
	c.at = c.node
	for c.path != nil {
		c.node = outermost(c.node)
		p := c.node.Parent
		switch p.Kind {
		case shim.KindPropertyAccessExpression, shim.KindElementAccessExpression:
			if p.Expression() != c.node {
				return c.hand()
			}
			if more, goes := c.member(p); !goes {
				return more
			}
		case shim.KindCallExpression, shim.KindNewExpression:
			if p.Expression() != c.node {
				if more, goes := c.argument(p); !goes {
					return more
				}
				continue
			}
			kind := Call
			if p.Kind == shim.KindNewExpression {
				kind = New
			}
			if !c.called(kind, p, argumentsOf(p)) {
				return false
			}
		case shim.KindTaggedTemplateExpression:
			if p.AsTaggedTemplateExpression().Tag != c.node {
				return c.hand()
			}
			if !c.called(Call, p, []*shim.Node{p.AsTaggedTemplateExpression().Template}) {
				return false
			}
		case shim.KindConditionalExpression:
			conditional := p.AsConditionalExpression()
			if conditional.Condition == c.node {
				return c.test()
			}
			c.merge(conditional.WhenFalse == c.node, conditional.WhenTrue)
			c.node = p
		case shim.KindBinaryExpression:
			if more, goes := c.operator(p); !goes {
				return more
			}
		case shim.KindVariableDeclaration, shim.KindParameter, shim.KindBindingElement, shim.KindPropertyDeclaration:
			return c.declared(p)
		case shim.KindPropertyAssignment, shim.KindShorthandPropertyAssignment, shim.KindArrayLiteralExpression:
			if patternRoot(c.node) != nil {
				return c.end(Write)
			}
			if c.names.keeps(c.node) {
				c.bound = true
				return c.leave()
			}
			return c.hand()
		case shim.KindReturnStatement, shim.KindArrowFunction:
			call, followed := c.names.returns(p, c.path)
			if !followed {
				return c.hand()
			}
			if call == nil {
				c.bound = true
				return c.leave()
			}
			c.node = call
		case shim.KindExpressionStatement, shim.KindVoidExpression:
			return c.leave()
		case shim.KindTypeOfExpression:
			return c.end(Test)
		case shim.KindDeleteExpression, shim.KindPostfixUnaryExpression:
			return c.end(Write)
		case shim.KindPrefixUnaryExpression:
			switch p.AsPrefixUnaryExpression().Operator {
			case shim.KindPlusPlusToken, shim.KindMinusMinusToken:
				return c.end(Write)
			case shim.KindExclamationToken:
				return c.test()
			}
			return c.hand()
		default:
			switch c.names.file.keyword(p) {
			case "if", "while":
				return c.test()
			}
			return c.hand()
		}
	}
	return true
}

// end yields the use that the climb ends with.
func (c *climb) end(kind UseKind) bool {
	if c.quiet && !c.loaded {
		return true
	}
	return c.emit(kind, false, c.at, nil)
}

// hand ends the climb where the value is handed on to what is not followed.
func (c *climb) hand() bool { return c.end(Read) }

// leave ends the climb where the value goes no further than to what it was
// assigned to on the way.
func (c *climb) leave() bool {
	switch {
	case c.stored:
		return c.hand()
	case c.loaded:
		return true
	case c.bound && !c.quiet:
		return c.emit(Read, true, c.at, nil)
	}
	return c.hand()
}

// test ends the climb where the value is only asked whether it is there. The
// value of a variable of the environment is more than that.
func (c *climb) test() bool {
	if c.stored || c.path.depth > 1 {
		return c.hand()
	}
	return c.end(Test)
}

// settle yields what is owed for the path before the climb goes on to a member
// or result of it.
func (c *climb) settle() bool {
	stored := c.stored
	c.bound, c.stored = false, false
	return !stored || c.hand()
}

// merge notes that the value is one of two. Where the operand before gives the
// same path, that one's climb goes on.
func (c *climb) merge(right bool, before *shim.Node) {
	if !right {
		return
	}
	for _, p := range c.names.eval.of(before).paths {
		c.second = c.second || same(p, c.path)
	}
}

// member steps to a member. Where the climb ends, goes is false.
func (c *climb) member(p *shim.Node) (more, goes bool) {
	if !c.settle() {
		return false, false
	}
	if c.second {
		return c.at.Kind == shim.KindIdentifier || c.hand(), false
	}
	name := c.names.memberName(p)
	c.node = p
	outer := outermost(p)
	if call := outer.Parent; call.Kind == shim.KindCallExpression && call.Expression() == outer {
		switch {
		case name == "bind":
			c.node = call
			return true, true
		case c.path.root == moduleRoot && name == "then":
			if fn := callback(call); fn != nil && len(fn.Parameters()) == 0 || fn != nil && follows(fn.Parameters()[0]) {
				return true, false
			}
			return c.hand(), false
		case c.path.root == moduleRoot && (name == "catch" || name == "finally"):
			c.node = call
			return true, true
		}
	}
	next := c.path.member(name)
	if g := c.names.globalMember(c.path, name); g != nil {
		if _, written := c.names.target(p); !written {
			next = g
		}
	}
	if next != c.path {
		c.quiet, c.loaded = false, false
	}
	c.path, c.at = next, p
	return true, next != nil
}

// memberName returns the name that a property or element access takes.
func (n *names) memberName(access *shim.Node) string {
	if access.Kind == shim.KindPropertyAccessExpression {
		return textOf(access.Name())
	}
	if key, ok := n.eval.of(access.AsElementAccessExpression().ArgumentExpression).text(); ok {
		return key
	}
	return Computed
}

// called yields a call and steps to its result. It returns false when the
// consumer wants no more.
func (c *climb) called(kind UseKind, node *shim.Node, arguments []*shim.Node) bool {
	if !c.settle() {
		return false
	}
	if c.second {
		c.path = nil
		return true
	}
	if c.path.throughCall() {
		arguments = shifted(c.path.name, arguments)
		c.path = c.path.parent
	}
	e := &c.names.eval
	if c.path.requires() && len(arguments) > 0 && e.isLocal(c.path, arguments[0]) {
		c.path = nil // a module of the bundle
		return true
	}
	if list := dependencies(c.path, arguments); list != nil {
		if !c.path.requires() && !c.emit(kind, false, node, arguments) {
			return false
		}
		c.path = nil
		return c.depends(list, arguments)
	}
	result := e.result(c.path, node, arguments)
	if c.path.requires() && result.kind == pathValue && result.paths[0].name != Called {
		bundled := e.inBundle(c.path, arguments)
		c.path = result.paths[0]
		more := bundled || c.emit(Import, false, node, arguments)
		c.node, c.at, c.quiet, c.loaded = node, node, true, true
		return more
	}
	if !c.emit(kind, false, node, arguments) {
		return false
	}
	c.node, c.at, c.path = node, node, nil
	if result.kind == pathValue && !c.names.direct(arguments, result.paths[0]) {
		c.path = result.paths[0]
	}
	return true
}

// argument steps to what a call that the path is an argument of makes of it.
// Where the climb ends, goes is false.
func (c *climb) argument(call *shim.Node) (more, goes bool) {
	if call.Kind != shim.KindCallExpression {
		return c.hand(), false
	}
	arguments := argumentsOf(call)
	index := -1
	for i, argument := range arguments {
		if argument == c.node {
			index = i
		}
	}
	n := c.names
	callee := unwrap(call.Expression())
	if parameter := n.receiver(callee, index); parameter != nil {
		c.bound = true
		if name := parameter.Name(); name.Kind == shim.KindObjectBindingPattern && !c.stored {
			return c.pattern(name), false
		}
		return c.leave(), false
	}
	f := n.eval.of(callee)
	switch f.kind {
	case pathValue:
		switch p := f.paths[0]; {
		case index == 0 && (p.isGlobal("Reflect", "apply") || p.isGlobal("Reflect", "construct")):
			kind := Call
			if p.name == "construct" {
				kind = New
			}
			more := c.called(kind, call, elementsOf(arguments[len(arguments)-1]))
			return more, more
		case p.requires():
			return c.hand(), false
		case p.name == "n" && p.depth == 2 && bundleRequire(p.parent.name):
			c.bound = true
			return c.leave(), false
		}
	case functionValue:
		if given, ok := calls(f.node, arguments, index); ok {
			more := c.called(Call, call, given)
			return more, more
		}
	}
	if index == 0 {
		for _, p := range n.eval.of(call).paths {
			if !c.path.gives(p) {
				continue
			}
			if !same(c.path, p) {
				// A function of the file uses what it is given.
				if f.kind == functionValue && !c.hand() {
					return false, false
				}
				c.quiet, c.loaded, c.at = false, false, call
			} else if !n.eval.passes(f, arguments) {
				c.stored = true
			}
			c.path, c.node = p, call
			return true, true
		}
	}
	return c.hand(), false
}

// calls reports whether a function does nothing but call its parameter at index
// with others of its parameters, and with which of the arguments.
func calls(fn *shim.Node, arguments []*shim.Node, index int) (given []*shim.Node, ok bool) {
	if !plain(fn) {
		return nil, false
	}
	body := fn.Body()
	if body.Kind == shim.KindBlock {
		list := body.Statements()
		if len(list) != 1 || list[0].Kind != shim.KindReturnStatement || list[0].Expression() == nil {
			return nil, false
		}
		body = list[0].Expression()
	}
	body = unwrap(body)
	if body.Kind != shim.KindCallExpression {
		return nil, false
	}
	position := func(node *shim.Node) int {
		if node.Kind == shim.KindIdentifier {
			for i, p := range fn.Parameters() {
				if p.Name().Text() == node.Text() {
					return i
				}
			}
		}
		return -1
	}
	if callee := unwrap(body.Expression()); position(callee) != index {
		return nil, false
	}
	for _, argument := range argumentsOf(body) {
		i := position(argument)
		if i < 0 || i >= len(arguments) {
			return nil, false
		}
		given = append(given, arguments[i])
	}
	return given, true
}

// within reports whether p is s, or a member of it.
func (s *step) within(p *step) bool {
	for p.depth > s.depth {
		p = p.parent
	}
	return same(s, p)
}

// gives reports whether a call that is given s and results in p hands s on, or a
// member of it. What it calls is another thing.
func (s *step) gives(p *step) bool { return p.name != Called && s.within(p) }

// operator steps over a binary operator. Where the climb ends, goes is false.
func (c *climb) operator(p *shim.Node) (more, goes bool) {
	b := p.AsBinaryExpression()
	left := b.Left == c.node
	switch op := b.OperatorToken.Kind; {
	case left && shim.KindFirstAssignment <= op && op <= shim.KindLastAssignment:
		if c.quiet {
			return true, false
		}
		return c.end(Write), false
	case left && op == shim.KindCommaToken:
		return c.leave(), false
	case left && op == shim.KindAmpersandAmpersandToken:
		return c.test(), false
	case op == shim.KindEqualsToken, op == shim.KindQuestionQuestionEqualsToken, op == shim.KindBarBarEqualsToken, op == shim.KindAmpersandAmpersandEqualsToken:
		if op == shim.KindEqualsToken && unwrap(b.Left).Kind == shim.KindObjectLiteralExpression {
			return c.pattern(b.Left), false
		}
		if c.names.keepsIn(b.Left) {
			c.bound = true
		} else {
			c.stored = true
		}
	case op == shim.KindCommaToken, op == shim.KindAmpersandAmpersandToken, op == shim.KindBarBarToken, op == shim.KindQuestionQuestionToken:
		c.merge(!left && op != shim.KindCommaToken, b.Left)
	default:
		return c.hand(), false
	}
	c.node = p
	return true, true
}

// declared yields what a declaration takes of the path.
func (c *climb) declared(p *shim.Node) bool {
	name := p.Name()
	if p.Initializer() != c.node || name == nil {
		return c.hand()
	}
	if p.Kind == shim.KindPropertyDeclaration {
		c.bound = name.Kind == shim.KindIdentifier || name.Kind == shim.KindPrivateIdentifier
		// this.name is followed, the members of a class are not.
		c.stored = c.stored || !c.bound || c.names.file.keyword(p) == "static"
		return c.leave()
	}
	if p.Kind == shim.KindVariableDeclaration && c.names.file.exported(p) {
		c.stored = true
	}
	c.bound = true
	if name.Kind == shim.KindObjectBindingPattern {
		return c.pattern(name)
	}
	if name.Kind == shim.KindArrayBindingPattern {
		return c.hand()
	}
	return c.leave()
}

// pattern yields the members that an object pattern takes.
func (c *climb) pattern(pattern *shim.Node) bool {
	if c.second {
		return true
	}
	path := c.path
	type taken struct {
		name *shim.Node // nil for all the rest
		node *shim.Node
	}
	var list []taken
	if pattern = unwrap(pattern); pattern.Kind == shim.KindObjectBindingPattern {
		for _, element := range pattern.Elements() {
			t := taken{node: element}
			if element.AsBindingElement().DotDotDotToken == nil {
				t.name = element.PropertyNameOrName()
			}
			list = append(list, t)
		}
	} else {
		for _, property := range pattern.Properties() {
			list = append(list, taken{property.Name(), property})
		}
	}
	alias := !c.stored
	for _, t := range list {
		c.path, c.node, c.at, c.quiet = path, t.node, t.node, false
		if t.name != nil {
			name := Computed
			if key := c.names.eval.propertyName(t.name); key.kind == stringValue {
				name = key.str
			}
			if c.path = path.member(name); c.path == nil {
				continue
			}
			if t.node.Kind == shim.KindBindingElement && t.node.Name() != nil && t.node.Name().Kind == shim.KindObjectBindingPattern {
				if !c.pattern(t.node.Name()) {
					return false
				}
				continue
			}
		}
		if !c.emit(Read, alias, t.node, nil) {
			return false
		}
	}
	return true
}
