package javascript

import (
	"maps"
	"slices"
	"strings"

	"github.com/microsoft/typescript-go/shim"
)

// MaxGraph bounds the edges of a Graph. What flows beyond is not in it.
const MaxGraph = 1 << 21

// Graph is how values flow within a file. Its nodes are numbered: expressions,
// names, parameters, members by their name, what functions give. An edge leads
// from a value to where it goes, whole or as a part. The order of statements
// does not count, nor which object a member is of.
type Graph struct {
	// Calls are the calls of modules, globals and of methods that are not known,
	// in source order, and Reads what else is taken of modules and globals.
	Calls []GraphCall
	Reads []GraphRead
	// Members are what is taken, by a name that was asked for, of objects that are
	// not known, and Writes what is assigned to such.
	Members []GraphPlace
	Writes  []GraphPlace
	// Literals are the strings and regular expressions that were asked for, named
	// by their text.
	Literals []GraphPlace
	// SelfTexts are where the text of one of the file's own functions is taken.
	SelfTexts []GraphPlace
	// Computed are the expressions that name a member that is called.
	Computed []GraphPlace
	// Mixed are the results of exclusive or.
	Mixed []GraphPlace
	// Replaced are the members that were asked for and get a function: by an
	// assignment, Object.defineProperty or Object.assign. Those whose name is not
	// known are among them, named "", where the member is read as well.
	Replaced []GraphPlace
	// Exports are what the file exports, by name; "" is the module itself.
	Exports []GraphExport
	// Functions are the file's functions, in source order.
	Functions []GraphFunction
	// Cut tells that the graph has not all edges.
	Cut bool

	file     *File
	to       [][]int32
	position []int32 // of each node; -1 for none
	// values are what is assigned to members of a name.
	values map[string][]*shim.Node
	// parts are the nodes that are members taken of objects.
	parts map[int32]bool
}

// Interest says what a Graph notes.
type Interest struct {
	// Passes reports whether a call of a path gives what is made of its arguments;
	// calls of what is not known always do.
	Passes func(Path) bool
	// Member tells the names of Graph.Members and Graph.Writes, Replaced those of
	// Graph.Replaced, and Literal the texts of Graph.Literals.
	Member, Replaced, Literal func(string) bool
}

// GraphPlace is a node of interest.
type GraphPlace struct {
	Name string
	Node int32
	Pos  int
}

// GraphCall is a call. Node is its result.
type GraphCall struct {
	// Paths are what it calls. Where that is not known, Method is the name of the
	// member that it calls, if any.
	Paths  []Path
	Method string
	// Receiver is the object of the member, -1 where there is none.
	Node, Receiver int32
	Args           []int32
	// New tells a construction.
	New      bool
	Pos, End int

	nodes []*shim.Node
}

// GraphRead is a value that is taken of a module or global.
type GraphRead struct {
	Path Path
	Node int32
	Pos  int
}

// GraphExport is one thing that a file exports.
type GraphExport struct {
	Name string
	Node int32
	// Function is its place in Functions, -1 where it is none.
	Function int
}

// GraphFunction is a function: the nodes of its parameters and of what it
// gives.
type GraphFunction struct {
	// Name is that of the variable, member or method that it is given to, "" for
	// none.
	Name   string
	Params []int32
	// Names are the names of the parameters, "" where they are taken apart.
	Names  []string
	Return int32
	Pos    int
}

// To returns the nodes that a node's value goes to.
func (g *Graph) To(node int32) []int32 { return g.to[node] }

// IsPart reports whether a node is a member that is taken of an object, so that
// what leads there is more than it.
func (g *Graph) IsPart(node int32) bool { return g.parts[node] }

// Len returns the number of nodes.
func (g *Graph) Len() int { return len(g.to) }

// Pos returns the offset at which a node stands, or -1.
func (g *Graph) Pos(node int32) int { return int(g.position[node]) }

// Arg returns an argument, resolved as far as it is known.
func (g *Graph) Arg(c *GraphCall, i int) Arg {
	if i >= len(c.nodes) {
		return Arg{}
	}
	u := Use{file: g.file, arguments: c.nodes[i : i+1]}
	return u.Args()[0]
}

// IsObject reports whether an argument is an object literal.
func (g *Graph) IsObject(c *GraphCall, i int) bool {
	return i < len(c.nodes) && c.nodes[i].Kind == shim.KindObjectLiteralExpression
}

// IsLiteral reports whether an argument is a text, a pattern or a function that
// stands there.
func (g *Graph) IsLiteral(c *GraphCall, i int) bool {
	if i >= len(c.nodes) {
		return false
	}
	switch c.nodes[i].Kind {
	case shim.KindStringLiteral, shim.KindNoSubstitutionTemplateLiteral, shim.KindRegularExpressionLiteral, shim.KindFunctionExpression, shim.KindArrowFunction:
		return true
	}
	return false
}

// Texts returns the constant texts within an expression that is an argument, such
// as the pieces of a sum, in their order, also those of the names in it. At most
// maxTexts nodes are seen.
func (g *Graph) Texts(c *GraphCall, i int) []string {
	if i >= len(c.nodes) {
		return nil
	}
	var out []string
	followed, members := make(map[*binding]bool), make(map[string]bool)
	stack := []*shim.Node{c.nodes[i]}
	for seen := 0; len(stack) > 0 && seen < maxTexts; seen++ {
		node := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if isFunction(node) {
			continue
		}
		switch node.Kind {
		case shim.KindIdentifier, shim.KindPropertyAccessExpression, shim.KindElementAccessExpression, shim.KindCallExpression,
			shim.KindBinaryExpression, shim.KindTemplateExpression:
			if node.Kind == shim.KindIdentifier && !isReference(node) {
				continue
			}
			if v := g.file.names.eval.of(node); v.kind == stringValue {
				out = append(out, v.str)
				continue
			}
			if node.Kind == shim.KindIdentifier {
				if b := g.file.names.bindingOf(node); b != nil && !followed[b] {
					followed[b] = true
					for _, w := range b.writes[:min(len(b.writes), MaxAlternatives)] {
						switch {
						case w.node == nil:
						case w.how == writeExpression:
							stack = append(stack, w.node)
						case w.how == writeUnknown && (w.node.Kind == shim.KindForOfStatement || w.node.Kind == shim.KindForInStatement):
							stack = append(stack, w.node.Expression())
						}
					}
				}
				continue
			}
			if node.Kind == shim.KindPropertyAccessExpression {
				if name := textOf(node.Name()); len(g.values[name]) <= MaxAlternatives && !members[name] {
					members[name] = true
					stack = append(stack, g.values[name]...)
				}
			}
			if node.Kind == shim.KindCallExpression && g.file.names.eval.of(node.Expression()).kind == pathValue {
				stack = append(stack, argumentsOf(node)...) // what is called is no text of it
				continue
			}
		case shim.KindStringLiteral, shim.KindNoSubstitutionTemplateLiteral, shim.KindTemplateHead, shim.KindTemplateMiddle, shim.KindTemplateTail:
			out = append(out, node.Text())
		}
		node.ForEachChild(func(child *shim.Node) bool {
			stack = append(stack, child)
			return false
		})
	}
	slices.Reverse(out)
	return out
}

// maxTexts bounds the nodes that Texts looks at.
const maxTexts = 2000

// Graph works out how values flow in the file. A file without a tree has an
// empty graph.
func (f *File) Graph(interest Interest) *Graph {
	g := &Graph{file: f, values: make(map[string][]*shim.Node), parts: make(map[int32]bool)}
	if f.names == nil {
		return g
	}
	b := &grapher{Graph: g, names: f.names, want: interest,
		nodes: make(map[*shim.Node]int32), bindings: make(map[*binding]int32), members: make(map[string]int32),
		returns: make(map[*shim.Node]int32), places: make(map[*shim.Node]int), named: make(map[string][]int),
		constructors: make(map[*shim.Node]int), resolvers: make(map[*binding]int32), indexed: make(map[string]bool)}
	b.functions()
	b.walk()
	b.invoke()
	b.wrapped()
	return g
}

// grapher makes a Graph.
type grapher struct {
	*Graph
	want  Interest
	names *names
	edges int

	nodes    map[*shim.Node]int32
	bindings map[*binding]int32
	members  map[string]int32
	// returns are what functions give, places their numbers in Functions, and
	// named those of a name.
	returns map[*shim.Node]int32
	places  map[*shim.Node]int
	list    []*shim.Node // the functions
	named   map[string][]int
	// constructors are those of classes.
	constructors map[*shim.Node]int
	// resolvers are the parameters by which a promise gets its value.
	resolvers map[*binding]int32
	// open are calls of what may be a function that was handed on.
	open []openCall
	// indexed are the members that are read by a name that is not known, as they
	// are written.
	indexed map[string]bool
}

// openCall is a call whose callee is a value.
type openCall struct {
	callee, result int32
	args           []int32
}

// maxTargets bounds the functions that a method's name stands for. Names that
// more functions have say nothing.
const maxTargets = 6

func (b *grapher) add(pos int) int32 {
	b.to = append(b.to, nil)
	b.position = append(b.position, int32(pos))
	return int32(len(b.to) - 1)
}

func (b *grapher) edge(from, to int32) {
	if from == to || from < 0 || to < 0 {
		return
	}
	if b.edges >= MaxGraph {
		b.Cut = true
		return
	}
	b.edges++
	b.to[from] = append(b.to[from], to)
}

// of returns the number of an expression or parameter.
func (b *grapher) of(node *shim.Node) int32 {
	if node = unwrap(node); node == nil {
		return -1
	}
	id, ok := b.nodes[node]
	if !ok {
		id = b.add(node.Pos())
		b.nodes[node] = id
	}
	return id
}

func (b *grapher) member(name string) int32 {
	id, ok := b.members[name]
	if !ok {
		id = b.add(-1)
		b.members[name] = id
	}
	return id
}

// binding returns the number of a name, and has what is assigned to it flow
// there the first time.
func (b *grapher) binding(n *binding) int32 {
	id, ok := b.bindings[n]
	if ok {
		return id
	}
	id = b.add(-1)
	b.bindings[n] = id
	for _, w := range n.writes {
		if w.node == nil {
			continue
		}
		if b.position[id] < 0 {
			b.position[id] = int32(w.node.Pos())
		}
		switch w.how {
		case writeExpression, writeParameter, writeFunction:
			b.edge(b.of(w.node), id)
		case writeElement:
			b.pattern(w.node, id)
		case writeTarget:
			b.target(w.node, id)
		case writeUnknown:
			b.loop(w.node, id)
		}
	}
	// In their order: it numbers the nodes, and so decides which way is found first.
	for _, name := range slices.Sorted(maps.Keys(n.props)) {
		for _, v := range n.props[name].values {
			b.edge(b.of(v), id)
		}
	}
	return id
}

// pattern has what a pattern takes apart flow to a name of it.
func (b *grapher) pattern(element *shim.Node, id int32) {
	if element.Parent != nil && element.Parent.Kind == shim.KindObjectBindingPattern {
		if name := textOf(element.PropertyNameOrName()); name != "" {
			b.edge(b.member(name), id)
			b.parts[id] = true
			if b.want.Member(name) {
				b.Members = append(b.Members, GraphPlace{name, id, b.file.start(element)})
			}
		}
	}
	b.edge(b.of(element.Initializer()), id)
	for p := element.Parent; p != nil; p = p.Parent {
		switch p.Kind {
		case shim.KindVariableDeclaration:
			if init := p.Initializer(); init != nil {
				b.edge(b.of(init), id)
			} else if list := p.Parent; list != nil && list.Parent != nil {
				b.loop(list.Parent, id)
			}
			return
		case shim.KindParameter:
			b.edge(b.of(p), id)
			return
		case shim.KindObjectBindingPattern, shim.KindArrayBindingPattern, shim.KindBindingElement:
		default:
			return
		}
	}
}

// loop has what a loop runs over flow to its variable.
func (b *grapher) loop(statement *shim.Node, id int32) {
	if statement.Kind == shim.KindForOfStatement || statement.Kind == shim.KindForInStatement {
		b.edge(b.of(statement.Expression()), id)
	}
}

// target has the right side of a destructuring assignment flow to a name.
func (b *grapher) target(node *shim.Node, id int32) {
	for p := node.Parent; p != nil; p = p.Parent {
		if p.Kind == shim.KindBinaryExpression && p.AsBinaryExpression().OperatorToken.Kind == shim.KindEqualsToken && p.AsBinaryExpression().Left.End() >= node.End() {
			b.edge(b.of(p.AsBinaryExpression().Right), id)
			return
		}
		switch p.Kind {
		case shim.KindArrayLiteralExpression, shim.KindObjectLiteralExpression, shim.KindPropertyAssignment,
			shim.KindShorthandPropertyAssignment, shim.KindSpreadElement, shim.KindBinaryExpression:
		default:
			return
		}
	}
}

// each visits the nodes of the tree in order, with a stack of its own.
func (b *grapher) each(visit func(*shim.Node)) {
	stack := []*shim.Node{b.file.tree.AsNode()}
	for len(stack) > 0 {
		node := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if node.Flags&shim.NodeFlagsReparsed != 0 || isType(node.Kind) {
			continue
		}
		visit(node)
		mark := len(stack)
		node.ForEachChild(func(child *shim.Node) bool {
			stack = append(stack, child)
			return false
		})
		slices.Reverse(stack[mark:])
	}
}

// functions numbers the functions, so that calls find them.
func (b *grapher) functions() {
	b.each(func(node *shim.Node) {
		if !isFunction(node) || node.Kind == shim.KindClassStaticBlockDeclaration {
			return
		}
		f := GraphFunction{Name: b.functionName(node), Return: b.add(-1), Pos: node.Pos()}
		for _, p := range node.Parameters() {
			f.Params = append(f.Params, b.of(p))
			name := ""
			if p.Name() != nil && p.Name().Kind == shim.KindIdentifier {
				name = p.Name().Text()
			}
			f.Names = append(f.Names, name)
		}
		place := len(b.Functions)
		b.Functions = append(b.Functions, f)
		b.list = append(b.list, node)
		b.places[node], b.returns[node] = place, f.Return
		if node.Kind == shim.KindConstructor {
			b.constructors[node.Parent] = place
		}
		if f.Name != "" {
			b.named[f.Name] = append(b.named[f.Name], place)
		}
	})
}

// functionName returns the name that a function is known by: that of the member or
// variable that it is given to, or its own.
func (b *grapher) functionName(node *shim.Node) string {
	if node.Kind == shim.KindConstructor {
		return ""
	}
	p := outermost(node).Parent
	switch p.Kind {
	case shim.KindVariableDeclaration, shim.KindPropertyAssignment, shim.KindPropertyDeclaration:
		return textOf(p.Name())
	case shim.KindBinaryExpression:
		left := unwrap(p.AsBinaryExpression().Left)
		switch left.Kind {
		case shim.KindPropertyAccessExpression, shim.KindElementAccessExpression:
			return b.memberName(left)
		case shim.KindIdentifier:
			return left.Text()
		}
	}
	return textOf(node.Name())
}

// walk draws the edges.
func (b *grapher) walk() {
	b.each(func(node *shim.Node) {
		switch node.Kind {
		case shim.KindIdentifier:
			if isReference(node) {
				b.reference(node)
			}
		case shim.KindPropertyAccessExpression, shim.KindElementAccessExpression:
			b.access(node)
		case shim.KindCallExpression, shim.KindNewExpression:
			b.call(node)
		case shim.KindTaggedTemplateExpression:
			b.edge(b.of(node.AsTaggedTemplateExpression().Template), b.of(node))
		case shim.KindTemplateSpan:
			b.edge(b.of(node.Expression()), b.of(node.Parent))
			b.selfText(node.Expression(), node.Expression())
		case shim.KindStringLiteral, shim.KindNoSubstitutionTemplateLiteral, shim.KindRegularExpressionLiteral:
			if b.want.Literal(node.Text()) {
				b.Literals = append(b.Literals, GraphPlace{node.Text(), b.of(node), b.file.start(node)})
			}
		case shim.KindBinaryExpression:
			b.binary(node)
		case shim.KindConditionalExpression:
			c := node.AsConditionalExpression()
			b.edge(b.of(c.WhenTrue), b.of(node))
			b.edge(b.of(c.WhenFalse), b.of(node))
		case shim.KindArrayLiteralExpression:
			for _, e := range node.Elements() {
				b.edge(b.of(e), b.of(node))
			}
		case shim.KindYieldExpression:
			if fn := enclosingFunction(node); fn != nil && node.Expression() != nil {
				b.edge(b.of(node.Expression()), b.gives(fn))
			}
		case shim.KindSpreadElement, shim.KindSpreadAssignment:
			if e := node.Expression(); e != nil {
				to := b.of(node)
				if node.Kind == shim.KindSpreadAssignment {
					to = b.of(node.Parent)
				}
				b.edge(b.of(e), to)
			}
		case shim.KindPropertyAssignment:
			b.edge(b.of(node.Initializer()), b.of(node.Parent))
			if name := textOf(node.Name()); name != "" {
				b.value(name, node.Initializer())
				b.edge(b.of(node.Initializer()), b.member(name))
			}
		case shim.KindShorthandPropertyAssignment:
			if n := b.names.bindingOf(node.Name()); n != nil {
				id := b.binding(n)
				b.edge(id, b.of(node.Parent))
				b.edge(id, b.member(textOf(node.Name())))
			}
		case shim.KindPropertyDeclaration:
			if init := node.Initializer(); init != nil {
				b.value(textOf(node.Name()), init)
				b.edge(b.of(init), b.member(textOf(node.Name())))
			}
		case shim.KindReturnStatement:
			if e := node.Expression(); e != nil {
				if fn := enclosingFunction(node); fn != nil {
					b.edge(b.of(e), b.gives(fn))
				}
			}
		case shim.KindArrowFunction:
			if body := node.Body(); body != nil && body.Kind != shim.KindBlock {
				b.edge(b.of(body), b.gives(node))
			}
		case shim.KindGetAccessor:
			b.edge(b.gives(node), b.member(textOf(node.Name())))
		case shim.KindParameter:
			if init := node.Initializer(); init != nil {
				b.edge(b.of(init), b.of(node))
			}
		case shim.KindVariableDeclaration:
			b.declaration(node)
		case shim.KindFunctionDeclaration, shim.KindClassDeclaration:
			if b.file.exported(node) {
				b.export(exportName(b.file, node), node)
			}
		case shim.KindExportAssignment:
			b.export("default", node.Expression())
		case shim.KindExportSpecifier:
			if name := node.PropertyNameOrName(); name != nil && node.Parent.Parent.ModuleSpecifier() == nil {
				b.export(textOf(node.Name()), name)
			}
		}
	})
}

// value notes what a member of a name is given.
func (b *grapher) value(name string, node *shim.Node) {
	if name != "" && len(b.values[name]) <= MaxAlternatives {
		b.values[name] = append(b.values[name], node)
	}
}

// selfText notes an expression that takes the text of a function of the file.
func (b *grapher) selfText(function, text *shim.Node) {
	if function = unwrap(function); function == nil {
		return
	}
	switch function.Kind { // of others the value is no function of the file
	case shim.KindIdentifier, shim.KindPropertyAccessExpression, shim.KindElementAccessExpression, shim.KindFunctionExpression, shim.KindArrowFunction:
	default:
		return
	}
	name := ""
	if v := b.names.eval.of(function); v.kind == functionValue {
		name = b.functionName(v.node)
	} else if v.kind == methodValue && v.items()[0].kind == functionValue && len(b.named[v.str]) > 0 {
		name = v.str // a static method of a class of the file
	} else {
		return
	}
	b.SelfTexts = append(b.SelfTexts, GraphPlace{name, b.of(text), b.file.start(text)})
}

// replaces notes a member that gets a function.
func (b *grapher) replaces(name string, object, fn *shim.Node) {
	asked, _, computed := strings.Cut(name, computedName)
	if !computed {
		asked = name
	}
	if _, ok := b.function(fn); ok && b.want.Replaced(asked) {
		b.Replaced = append(b.Replaced, GraphPlace{name, b.of(object), b.file.start(fn)})
	}
}

// defines notes the functions that Object.defineProperty and Object.assign give
// to members.
func (b *grapher) defines(name string, arguments []*shim.Node) {
	last := len(arguments) - 1
	if last < 1 {
		return
	}
	literal := unwrap(arguments[last])
	if literal == nil || literal.Kind != shim.KindObjectLiteralExpression {
		return
	}
	member := ""
	if name == "defineProperty" {
		if v := b.names.eval.of(arguments[1]); v.kind == stringValue {
			member = v.str
		}
	}
	for _, p := range literal.Properties() {
		given, fn := textOf(p.Name()), p
		if p.Kind == shim.KindPropertyAssignment {
			fn = p.Initializer()
		}
		if name == "defineProperty" {
			given = member
		}
		if given != "" {
			b.replaces(given, arguments[0], fn)
		}
	}
}

// wrapped drops replaced members of which neither the name is known nor that they
// are read, which is how a wrapper gets what it wraps.
func (b *grapher) wrapped() {
	kept := b.Replaced[:0]
	for _, r := range b.Replaced {
		if name, computed := strings.CutPrefix(r.Name, computedName); !computed {
			kept = append(kept, r)
		} else if b.indexed[name] {
			r.Name = ""
			kept = append(kept, r)
		}
	}
	b.Replaced = kept
}

// computedName precedes the text of a member whose name is not known until
// wrapped has seen it.
const computedName = "\x00"

// gives returns the number of what a function gives.
func (b *grapher) gives(fn *shim.Node) int32 {
	if id, ok := b.returns[fn]; ok {
		return id
	}
	return -1
}

// enclosingFunction returns the function that a statement stands in, or nil.
func enclosingFunction(node *shim.Node) *shim.Node {
	for p := node.Parent; p != nil; p = p.Parent {
		if isFunction(p) {
			return p
		}
	}
	return nil
}

func exportName(f *File, node *shim.Node) string {
	if strings.HasPrefix(f.Text[f.start(node):], "export default") {
		return "default"
	}
	return textOf(node.Name())
}

// declaration sees what is declared and exported at once.
func (b *grapher) declaration(node *shim.Node) {
	if node.Name() == nil || node.Name().Kind != shim.KindIdentifier {
		return
	}
	if node.Initializer() != nil && b.file.exported(node) {
		b.export(node.Name().Text(), node.Initializer())
	}
}

// reference has a name's value flow to where it is used.
func (b *grapher) reference(node *shim.Node) {
	n := b.names.bindingOf(node)
	if n == nil || n.global {
		b.read(node)
	}
	if n != nil {
		b.edge(b.binding(n), b.of(node))
		for _, w := range n.writes[:min(len(n.writes), MaxAlternatives)] {
			if w.how == writeImport || w.how == writeElement || w.how == writeParameter {
				b.read(node) // it may be a module or global with no expression of its own
				break
			}
		}
	}
}

// read notes a value that is taken of a module or global, at the last member.
func (b *grapher) read(node *shim.Node) {
	p := outermost(node).Parent
	switch p.Kind {
	case shim.KindPropertyAccessExpression, shim.KindElementAccessExpression, shim.KindCallExpression, shim.KindNewExpression:
		if p.Expression() == outermost(node) {
			return
		}
	case shim.KindVariableDeclaration:
		if p.Initializer() == outermost(node) && takesApart(p.Name()) {
			return // the members that are taken are read where their names are
		}
	}
	v := b.names.eval.of(node)
	for _, path := range v.paths {
		if path.base().root == localRoot {
			continue
		}
		b.Reads = append(b.Reads, GraphRead{path.path(), b.of(node), b.file.start(node)})
	}
}

// takesApart reports whether a pattern takes single members of an object.
func takesApart(pattern *shim.Node) bool {
	return pattern != nil && pattern.Kind == shim.KindObjectBindingPattern && !slices.ContainsFunc(pattern.Elements(), func(e *shim.Node) bool {
		return e.AsBindingElement().DotDotDotToken != nil
	})
}

// access has an object's value flow to a member that is taken of it, and what
// is known of members of that name.
func (b *grapher) access(node *shim.Node) {
	id := b.of(node)
	object := node.Expression()
	name := b.memberName(node)
	if name != "length" {
		b.edge(b.of(object), id)
	}
	b.parts[id] = true
	if name != "" {
		v := b.names.eval.of(object)
		if v.kind != pathValue {
			b.edge(b.member(name), id)
		}
	}
	index := ""
	if name == "" && node.Kind == shim.KindElementAccessExpression && node.End()-node.Pos() < 80 {
		index = strings.TrimSpace(b.file.Text[node.Pos():node.End()])
	}
	if write, is := writeTo(node); is && write.how == writeExpression && write.node != nil {
		b.assign(node, name, write.node)
		if b.want.Member(name) {
			b.Writes = append(b.Writes, GraphPlace{name, b.of(write.node), b.file.start(node)})
		}
		if index != "" {
			b.replaces(computedName+index, object, write.node)
		} else {
			b.replaces(name, object, write.node)
		}
		return
	}
	if index != "" {
		b.indexed[index] = true
	}
	if b.want.Member(name) {
		b.Members = append(b.Members, GraphPlace{name, id, b.file.start(node)})
	}
	b.read(node)
}

// assign has a value flow to a member that it is assigned to, and to the object.
func (b *grapher) assign(node *shim.Node, name string, from *shim.Node) {
	value := b.of(from)
	if name != "" {
		b.value(name, from)
		b.edge(value, b.member(name))
	}
	if export, is := exportedAs(node); is {
		b.export(export, from)
		return
	}
	b.into(node.Expression(), value)
}

// into has a value flow to the name that an object is held by.
func (b *grapher) into(object *shim.Node, value int32) {
	for depth := 0; depth < 8; depth++ {
		object = unwrap(object)
		switch {
		case object == nil:
			return
		case object.Kind == shim.KindIdentifier:
			if n := b.names.bindingOf(object); n != nil {
				b.edge(value, b.binding(n))
			}
			return
		case object.Kind == shim.KindPropertyAccessExpression:
			b.edge(value, b.member(textOf(object.Name())))
			if inner := unwrap(object.Expression()); inner.Kind == shim.KindThisKeyword {
				return
			}
			object = object.Expression()
		case object.Kind == shim.KindElementAccessExpression:
			object = object.Expression()
		default:
			return
		}
	}
}

// exportedAs returns the name under which a CommonJS module exports what is
// assigned to an expression; "" for module.exports itself.
func exportedAs(node *shim.Node) (name string, is bool) {
	if node.Kind != shim.KindPropertyAccessExpression {
		return "", false
	}
	object, last := unwrap(node.Expression()), textOf(node.Name())
	switch {
	case object.Kind == shim.KindIdentifier && object.Text() == "module" && last == "exports":
		return "", true
	case object.Kind == shim.KindIdentifier && object.Text() == "exports":
		return last, true
	case object.Kind == shim.KindPropertyAccessExpression && textOf(object.Name()) == "exports" && textOf(unwrap(object.Expression())) == "module":
		return last, true
	}
	return "", false
}

// export notes what a file exports.
func (b *grapher) export(name string, node *shim.Node) {
	if node = unwrap(node); node == nil {
		return
	}
	e := GraphExport{Name: name, Node: b.of(node), Function: -1}
	fn := node
	if !isFunction(fn) && fn.Kind != shim.KindFunctionDeclaration {
		if v := b.names.eval.of(node); v.kind == functionValue {
			fn = v.node
		}
	}
	if place, ok := b.places[fn]; ok {
		e.Function = place
	}
	if node.Kind == shim.KindIdentifier {
		if n := b.names.bindingOf(node); n != nil {
			b.edge(b.binding(n), e.Node)
		}
	}
	b.Exports = append(b.Exports, e)
	if node.Kind != shim.KindObjectLiteralExpression {
		return
	}
	for _, p := range node.Properties() {
		switch p.Kind {
		case shim.KindPropertyAssignment:
			b.export(textOf(p.Name()), p.Initializer())
		case shim.KindShorthandPropertyAssignment:
			b.export(textOf(p.Name()), p.Name())
		case shim.KindMethodDeclaration:
			if place, ok := b.places[p]; ok {
				b.Exports = append(b.Exports, GraphExport{Name: textOf(p.Name()), Node: b.of(p), Function: place})
			}
		}
	}
}

// binary has operands flow through operators that keep them, and to what they
// are assigned to.
func (b *grapher) binary(node *shim.Node) {
	e := node.AsBinaryExpression()
	id := b.of(node)
	switch e.OperatorToken.Kind {
	case shim.KindPlusToken, shim.KindBarBarToken, shim.KindAmpersandAmpersandToken, shim.KindQuestionQuestionToken, shim.KindCaretToken,
		shim.KindBarToken, shim.KindAmpersandToken:
		b.edge(b.of(e.Left), id)
		b.edge(b.of(e.Right), id)
		switch e.OperatorToken.Kind {
		case shim.KindCaretToken:
			b.Mixed = append(b.Mixed, GraphPlace{"^", id, b.file.start(node)})
		case shim.KindPlusToken:
			b.selfText(e.Left, node)
			b.selfText(e.Right, node)
		}
	case shim.KindCommaToken:
		b.edge(b.of(e.Right), id)
	case shim.KindEqualsToken, shim.KindPlusEqualsToken, shim.KindBarBarEqualsToken, shim.KindQuestionQuestionEqualsToken, shim.KindAmpersandAmpersandEqualsToken:
		b.edge(b.of(e.Right), id)
		left := unwrap(e.Left)
		switch left.Kind {
		case shim.KindIdentifier:
			if n := b.names.bindingOf(left); n != nil {
				b.edge(b.of(e.Right), b.binding(n))
			}
		case shim.KindPropertyAccessExpression, shim.KindElementAccessExpression:
			if e.OperatorToken.Kind != shim.KindEqualsToken {
				b.into(left, b.of(e.Right))
			} else if left.Kind == shim.KindElementAccessExpression {
				b.into(left.Expression(), b.of(e.Right))
			}
		}
	}
}

// call draws the edges of a call and notes what it calls.
func (b *grapher) call(node *shim.Node) {
	callee := unwrap(node.Expression())
	c := GraphCall{Node: b.of(node), Receiver: -1, New: node.Kind == shim.KindNewExpression, Pos: b.file.start(node), End: node.End(), nodes: argumentsOf(node)}
	name := ""
	if callee != nil && (callee.Kind == shim.KindPropertyAccessExpression || callee.Kind == shim.KindElementAccessExpression) {
		name = b.memberName(callee)
		c.Receiver = b.of(callee.Expression())
	}
	v := b.names.eval.of(callee)
	if callee != nil && callee.Kind == shim.KindImportKeyword {
		c.Paths = append(c.Paths, Path{Names: []string{"import"}})
	}
	if v.kind == pathValue {
		for _, p := range v.paths {
			if p.base().root != localRoot {
				c.Paths = append(c.Paths, p.path())
			}
		}
	}
	b.texts(&c, callee, name)
	if len(c.Paths) > 0 && (name == "call" || name == "apply") && v.paths[0].throughCall() && len(c.nodes) > 1 {
		c.nodes = c.nodes[1:]
		for i := range c.Paths {
			c.Paths[i].Names = c.Paths[i].Names[:len(c.Paths[i].Names)-1]
		}
	}
	for _, a := range c.nodes {
		c.Args = append(c.Args, b.of(a))
	}
	passes := true
	for _, p := range c.Paths {
		passes = passes && b.want.Passes(p)
	}
	own := b.own(callee, v, name, c.New)
	for _, place := range own {
		b.enter(place, c.Args, c.Node)
	}
	if len(own) == 0 || name != "" && v.kind != functionValue {
		if passes {
			for _, a := range c.Args {
				b.edge(a, c.Node)
			}
			b.edge(c.Receiver, c.Node)
		}
		for _, a := range c.nodes {
			if place, ok := b.function(a); ok {
				for _, p := range b.Functions[place].Params {
					b.edge(c.Node, p)
				}
				b.edge(b.Functions[place].Return, c.Node)
			} else {
				b.handed(a, &c)
				b.bound(a, &c)
			}
		}
		if name == "pipe" && len(c.Args) > 0 {
			b.edge(c.Receiver, c.Args[0])
			b.into(c.nodes[0], c.Receiver)
		}
		if mutates(name) && callee != nil && c.Receiver >= 0 {
			for _, a := range c.Args {
				b.into(callee.Expression(), a)
			}
		}
		if (strings.HasPrefix(name, "copyFile") || strings.HasPrefix(name, "cp")) && len(c.nodes) > 1 {
			b.into(c.nodes[1], c.Args[0]) // a path then stands for the other
		}
		if name == "copy" && len(c.nodes) > 0 {
			b.into(c.nodes[0], c.Receiver) // of a buffer, into another
		}
		if name == "assign" && len(c.nodes) > 1 {
			for _, a := range c.Args[1:] {
				b.into(c.nodes[0], a)
			}
		}
	}
	if callee != nil && callee.Kind == shim.KindIdentifier {
		if n := b.names.bindingOf(callee); n != nil {
			if promise, ok := b.resolvers[n]; ok {
				for _, a := range c.Args {
					b.edge(a, promise)
				}
			}
			if !compilerHelper(callee.Text()) {
				b.open = append(b.open, openCall{b.of(callee), c.Node, c.Args})
			}
		}
	} else if name != "" && len(own) == 0 {
		b.open = append(b.open, openCall{b.of(callee), c.Node, c.Args})
	}
	if c.New && len(c.nodes) > 0 {
		b.promise(c.nodes[0], c.Node, v)
	}
	if len(c.Paths) == 0 {
		c.Method = name
	}
	if len(c.Paths) > 0 || name != "" {
		b.Calls = append(b.Calls, c)
	}
}

// texts notes calls that take the text of a function, replace members, or name
// what they call at run time.
func (b *grapher) texts(c *GraphCall, callee *shim.Node, name string) {
	if callee == nil {
		return
	}
	node := callee.Parent
	if callee.Kind == shim.KindElementAccessExpression && name == "" {
		index := callee.AsElementAccessExpression().ArgumentExpression
		b.Computed = append(b.Computed, GraphPlace{"", b.of(index), b.file.start(callee)})
	}
	if name == "toString" {
		b.selfText(callee.Expression(), node)
	}
	for _, p := range c.Paths {
		last := ""
		if len(p.Names) > 0 {
			last = p.Names[len(p.Names)-1]
		}
		switch {
		case p.Module != "" || len(c.nodes) == 0:
		case len(p.Names) == 1 && last == "String", len(p.Names) > 2 && p.Names[0] == "Function" && p.Names[2] == "toString":
			b.selfText(c.nodes[0], node)
		case len(p.Names) == 2 && p.Names[0] == "Object" && (last == "defineProperty" || last == "assign"):
			b.defines(last, c.nodes)
		}
	}
}

// bound has what a call gives flow into an object whose method it is given, as in
// stream.on('data', list.push.bind(list)).
func (b *grapher) bound(node *shim.Node, c *GraphCall) {
	if node = unwrap(node); node == nil || node.Kind != shim.KindCallExpression {
		return
	}
	bind := unwrap(node.Expression())
	if bind == nil || bind.Kind != shim.KindPropertyAccessExpression && bind.Kind != shim.KindElementAccessExpression || b.memberName(bind) != "bind" {
		return
	}
	method := unwrap(bind.Expression())
	if method != nil && (method.Kind == shim.KindPropertyAccessExpression || method.Kind == shim.KindElementAccessExpression) && mutates(b.memberName(method)) {
		b.into(method.Expression(), c.Node)
	}
}

// memberName returns the name of the member that an access takes, "" where it is
// not known.
func (b *grapher) memberName(access *shim.Node) string {
	if access.Kind == shim.KindPropertyAccessExpression {
		return textOf(access.Name())
	}
	if v := b.names.eval.of(access.AsElementAccessExpression().ArgumentExpression); v.kind == stringValue {
		return v.str
	}
	return ""
}

// handed notes a call of a module's function that a call is given to call.
func (b *grapher) handed(node *shim.Node, c *GraphCall) {
	node = unwrap(node)
	if node == nil || node.Kind != shim.KindIdentifier && node.Kind != shim.KindPropertyAccessExpression {
		return
	}
	v := b.names.eval.of(node)
	if v.kind != pathValue || len(b.Calls) >= maxHanded {
		return
	}
	h := GraphCall{Node: b.add(node.Pos()), Receiver: -1, Args: []int32{c.Node}, Pos: b.file.start(node), End: node.End()}
	for _, p := range v.paths {
		if p.base().root != localRoot && p.depth+len(p.base().name) > 0 {
			h.Paths = append(h.Paths, p.path())
		}
	}
	if len(h.Paths) > 0 {
		b.edge(h.Node, c.Node)
		b.Calls = append(b.Calls, h)
	}
}

// maxHanded bounds the calls that are noted.
const maxHanded = 1 << 16

// promise notes the parameter by which a new promise gets its value.
func (b *grapher) promise(executor *shim.Node, result int32, class value) {
	if !slices.ContainsFunc(class.paths, func(p *step) bool { return p.isGlobal("Promise") }) {
		return
	}
	fn := unwrap(executor)
	if s := b.names.functions[fn]; s != nil && isFunction(fn) && len(fn.Parameters()) > 0 {
		if name := fn.Parameters()[0].Name(); name != nil && name.Kind == shim.KindIdentifier {
			if n := s.lookup(name.Text()); n != nil {
				b.resolvers[n] = result
				// It may be handed on: what calls it is not known.
				b.edge(b.binding(n), result)
			}
		}
	}
}

// mutates reports whether a method puts its arguments into its object.
func mutates(name string) bool {
	switch name {
	case "push", "unshift", "add", "set", "append", "update", "splice", "emit", "concat", "fill", "setHeader":
		return true
	}
	return false
}

// function returns the file's function that an expression is.
func (b *grapher) function(node *shim.Node) (place int, ok bool) {
	node = unwrap(node)
	if node == nil {
		return 0, false
	}
	if place, ok = b.places[node]; ok {
		return place, true
	}
	if node.Kind == shim.KindIdentifier {
		if v := b.names.eval.of(node); v.kind == functionValue {
			place, ok = b.places[v.node]
		}
	}
	return place, ok
}

// own returns the file's functions that a call may enter.
func (b *grapher) own(callee *shim.Node, v value, name string, created bool) []int {
	if callee != nil && callee.Kind == shim.KindIdentifier && compilerHelper(callee.Text()) {
		return nil // else what one caller hands in would reach all
	}
	if v.kind == functionValue {
		if place, ok := b.places[v.node]; ok {
			return []int{place}
		}
		if v.node.Kind == shim.KindClassDeclaration || v.node.Kind == shim.KindClassExpression {
			if place, ok := b.constructors[v.node]; ok {
				return []int{place}
			}
		}
		return nil
	}
	if callee != nil && callee.Kind == shim.KindIdentifier && !created {
		if n := b.names.bindingOf(callee); n != nil && !n.global {
			var out []int
			for _, w := range n.writes {
				if place, ok := b.function(w.node); ok {
					out = append(out, place)
				}
			}
			return out
		}
		return nil
	}
	if name == "" || v.kind == pathValue {
		return nil
	}
	if list := b.named[name]; len(list) <= maxTargets {
		return list
	}
	return nil
}

// compilerHelper tells functions that compilers add to join and copy objects: what
// they are given, they give.
func compilerHelper(name string) bool {
	switch name {
	case "__spreadValues", "__spreadProps", "__assign", "__rest", "__objRest", "__spreadArray", "__toESM", "__toCommonJS", "__copyProps", "__export",
		"_objectSpread", "_objectSpread2", "_extends", "_defineProperty", "_objectWithoutProperties", "_toConsumableArray", "_interopRequireDefault",
		"__awaiter", "__async", "_asyncToGenerator", "__importDefault", "__importStar":
		return true
	}
	return false
}

// enter draws the edges of a call of one of the file's functions.
func (b *grapher) enter(place int, args []int32, result int32) {
	f := &b.Functions[place]
	for i, a := range args {
		if i < len(f.Params) {
			b.edge(a, f.Params[i])
		} else if n := len(f.Params); n > 0 {
			b.edge(a, f.Params[n-1]) // a rest parameter
		}
	}
	b.edge(f.Return, result)
}

// maxInvoked bounds the nodes looked at for functions that are handed on.
const maxInvoked = 1 << 18

// invoke follows functions to the calls of names that they are handed on by.
func (b *grapher) invoke() {
	callees := make(map[int32][]int, len(b.open))
	for i, c := range b.open {
		callees[c.callee] = append(callees[c.callee], i)
	}
	left := maxInvoked
	seen := make([]int32, len(b.to))
	for place, fn := range b.list {
		start, ok := b.nodes[fn]
		if !ok {
			continue
		}
		mark := int32(place + 1)
		stack := []int32{start}
		for len(stack) > 0 && left > 0 {
			node := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if seen[node] == mark {
				continue
			}
			seen[node] = mark
			left--
			for _, i := range callees[node] {
				b.enter(place, b.open[i].args, b.open[i].result)
			}
			stack = append(stack, b.to[node]...)
		}
	}
	b.Cut = b.Cut || left <= 0
}

// SkipTrivia returns the offset of the first token at or behind an offset.
func SkipTrivia(f *File, offset int) int { return shim.SkipTrivia(f.Text, offset) }
