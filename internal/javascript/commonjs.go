package javascript

import (
	"errors"
	"path"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/microsoft/typescript-go/shim"
)

// Module is a file as the body of a function with the parameters exports,
// require, module, __import and __meta.
type Module struct {
	// Text has as many lines as the file.
	Text string
	// ES tells that the file is an ES module. Text is in strict mode then.
	ES bool
	// Async tells that it awaits at its top level. Text then sets
	// module.__promise to the promise of its end.
	Async bool

	moves []move
}

// move says that what follows on a line stands at another column in the file.
// Columns count from 0, in UTF-16 code units.
type move struct{ line, column, original int }

// Place returns where a place of Text is in the file. Lines and columns count
// from 1, columns in UTF-16 code units.
func (m *Module) Place(line, column int) (int, int) {
	at := sort.Search(len(m.moves), func(i int) bool {
		return m.moves[i].line > line || m.moves[i].line == line && m.moves[i].column > column-1
	})
	if at == 0 || m.moves[at-1].line != line {
		return line, column
	}
	before := m.moves[at-1]
	return line, column - before.column + before.original
}

// CommonJS rewrites a file so that an engine without modules runs it.
//
// In all files import(x) becomes __import(x), import.meta becomes __meta, a
// direct eval(x) becomes eval(__seen(x)), and eval by name elsewhere becomes
// globalThis.eval. In an ES module imports become calls of require and their
// names reads of its result's members, and exports become getters. As bundlers
// have it, the default of a module that has __esModule is its default, and that
// of any other one the module. Lines stay as they are.
//
// The error says that the file has no tree.
func CommonJS(source []byte, name string) (Module, error) {
	// What the file is called tells modules from scripts, but not the dialect: an
	// engine reads JavaScript.
	f := Parse("file.js", source, Options{})
	if f.tree == nil {
		return Module{}, errors.New(f.Skipped)
	}
	r := rewriter{file: f, list: f.tree.AsNode().Statements()}
	r.walk()
	if !r.module && !r.await && !r.meta && path.Ext(name) != ".mjs" {
		text, moves := r.text("")
		return Module{Text: text, moves: moves}, nil
	}
	r.prefix()
	r.statements()
	r.names()
	tail := "\n}"
	if r.await {
		tail = "\n})();"
	}
	text, moves := r.text(r.head())
	return Module{Text: text + tail, ES: true, Async: r.await, moves: moves}, nil
}

// Script rewrites a text that is no module: what is evaluated, or a function that
// was made of texts. import(x) and eval are as in CommonJS.
//
// The error says that the text has no tree.
func Script(source []byte) (string, error) {
	f := Parse("file.js", source, Options{})
	if f.tree == nil {
		return "", errors.New(f.Skipped)
	}
	r := rewriter{file: f}
	r.walk()
	text, _ := r.text("")
	return text, nil
}

// edit puts a text in the place of another.
type edit struct {
	pos, end int
	text     string
}

// rewriter collects the changes of one file.
type rewriter struct {
	file *File
	list []*shim.Node // the statements
	// module tells that there are imports or exports, meta that there is
	// import.meta, and await that the file awaits at its top level.
	module, meta, await bool
	edits               []edit
	// hidden is how names begin that the file does not have.
	hidden string
	// access is how the names that imports declare are read, by what declares
	// them, and count how many modules were named.
	access map[*shim.Node]string
	count  int
	// early are the imports that do not stand before all other code.
	early strings.Builder
	// getters are the exports.
	getters strings.Builder
}

var (
	kindCaseClause    = kindNamed("KindCaseClause")
	kindDefaultClause = kindNamed("KindDefaultClause")
)

func (r *rewriter) start(node *shim.Node) int { return shim.SkipTrivia(r.file.Text, node.Pos()) }

func (r *rewriter) replace(pos, end int, text string) {
	if 0 <= pos && pos <= end && end <= len(r.file.Text) {
		r.edits = append(r.edits, edit{pos, end, text})
	}
}

// blank takes a text out and keeps its lines, with something else before them.
func (r *rewriter) blank(pos, end int, instead string) {
	if 0 <= pos && pos <= end && end <= len(r.file.Text) {
		r.replace(pos, end, instead+strings.Repeat("\n", strings.Count(r.file.Text[pos:end], "\n")))
	}
}

// text returns the file with a head and all changes, and what they move. Changes
// at one place stay in their order, and one within another is left out.
func (r *rewriter) text(head string) (string, []move) {
	source, from := r.file.Text, 0
	if strings.HasPrefix(source, "#!") {
		r.replace(0, 2, "//")
	}
	slices.SortStableFunc(r.edits, func(a, b edit) int { return a.pos - b.pos })
	var b strings.Builder
	b.Grow(len(head) + len(source) + len(source)/16)
	now := move{line: 1}
	now.made(head)
	b.WriteString(head)
	moves := make([]move, 0, len(r.edits)+1)
	moves = append(moves, now)
	for _, e := range r.edits {
		if e.pos < from {
			continue
		}
		now.kept(source[from:e.pos])
		now.made(e.text)
		now.original = columnBehind(now.original, source[e.pos:e.end])
		moves = append(moves, now)
		b.WriteString(source[from:e.pos])
		b.WriteString(e.text)
		from = e.end
	}
	b.WriteString(source[from:])
	return b.String(), moves
}

// made moves on behind a text that the file does not have.
func (m *move) made(text string) {
	m.line += strings.Count(text, "\n")
	m.column = columnBehind(m.column, text)
}

// kept moves on behind a text of the file.
func (m *move) kept(text string) {
	m.made(text)
	m.original = columnBehind(m.original, text)
}

// columnBehind returns the column behind a text that starts at one.
func columnBehind(column int, text string) int {
	if at := strings.LastIndexByte(text, '\n'); at >= 0 {
		text, column = text[at+1:], 0
	}
	for _, r := range text {
		column += max(utf16.RuneLen(r), 1)
	}
	return column
}

// walked is a node to be looked at.
type walked struct {
	node   *shim.Node
	inside bool // of a function
}

// walk changes what all files have in common, and finds what a module is told by.
func (r *rewriter) walk() {
	stack := []walked{{r.file.tree.AsNode(), false}}
	var inside bool
	push := func(child *shim.Node) bool {
		stack = append(stack, walked{child, inside})
		return false
	}
	for len(stack) > 0 {
		v := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		node := v.node
		if node.Flags&shim.NodeFlagsReparsed != 0 {
			continue
		}
		inside = v.inside || isFunction(node) || node.Kind == shim.KindPropertyDeclaration
		switch node.Kind {
		case shim.KindImportDeclaration, shim.KindExportDeclaration, shim.KindExportAssignment:
			r.module = true
		case shim.KindAwaitExpression:
			r.await = r.await || !inside
		case shim.KindForOfStatement:
			r.await = r.await || !inside && node.AsForInOrOfStatement().AwaitModifier != nil
		case shim.KindMetaProperty:
			if node.AsMetaProperty().KeywordToken == shim.KindImportKeyword {
				r.meta = true
				r.replace(r.start(node), node.End(), "__meta")
			}
		case shim.KindCallExpression:
			r.call(node)
		case shim.KindVariableStatement, shim.KindFunctionDeclaration, shim.KindClassDeclaration:
			r.module = r.module || exported(node) != nil
		}
		mark := len(stack)
		node.ForEachChild(push)
		slices.Reverse(stack[mark:])
	}
	for i := range r.file.names.refs {
		ref := &r.file.names.refs[i]
		if ref.named && (ref.binding == nil || ref.binding.global) && ref.node.Text() == "eval" && !isDirect(ref.node) {
			r.use(ref.node, globalEval)
		}
	}
}

// globalEval is eval by any other way than a direct call.
const globalEval = "globalThis.eval"

// exported returns the keyword export of a declaration.
func exported(node *shim.Node) *shim.Node {
	for _, m := range node.ModifierNodes() {
		if m.Kind == kindExport {
			return m
		}
	}
	return nil
}

var (
	kindExport  = kindNamed("KindExportKeyword")
	kindDefault = kindNamed("KindDefaultKeyword")
)

// call changes import() and direct calls of eval.
func (r *rewriter) call(node *shim.Node) {
	callee := node.Expression()
	switch {
	case callee.Kind == shim.KindImportKeyword:
		r.replace(r.start(callee), callee.End(), "__import")
	case callee.Kind == shim.KindIdentifier && callee.Text() == "eval" && isDirect(callee):
		if b := r.file.names.bindingOf(callee); b == nil || b.global {
			text := node.Arguments()[0]
			r.replace(r.start(text), r.start(text), "__seen(")
			r.replace(text.End(), text.End(), ")")
		}
	}
}

// isDirect reports whether a name is called as direct calls of eval are.
func isDirect(name *shim.Node) bool {
	call := name.Parent
	if call.Kind != shim.KindCallExpression || call.Expression() != name || call.QuestionDotToken() != nil {
		return false
	}
	args := call.Arguments()
	return len(args) > 0 && args[0].Kind != shim.KindSpreadElement
}

// prefix finds how hidden names may begin.
func (r *rewriter) prefix() {
	r.hidden = "__m"
	for strings.Contains(r.file.Text, r.hidden) {
		r.hidden += "_"
	}
	r.access = make(map[*shim.Node]string)
}

// head is what stands before the text. What it takes from the function's
// parameters has hidden names: the block behind it may declare theirs again.
func (r *rewriter) head() string {
	var b strings.Builder
	h := r.hidden
	b.WriteString(`"use strict";const ` + h + "require=require," + h + "exports=exports," + h + "Object=Object;")
	if r.await {
		b.WriteString("module.__promise=(async()=>{")
	} else {
		b.WriteString("{")
	}
	b.WriteString(h + "Object.defineProperty(" + h + `exports,"__esModule",{value:true});`)
	b.WriteString(r.getters.String())
	b.WriteString(r.early.String())
	return b.String()
}

// statements changes imports and exports.
func (r *rewriter) statements() {
	leading := true
	for _, node := range r.list {
		if node.Flags&shim.NodeFlagsReparsed != 0 {
			continue
		}
		switch node.Kind {
		case shim.KindImportDeclaration:
			if code := r.imported(node); leading {
				r.blank(r.start(node), node.End(), code)
			} else {
				r.early.WriteString(code)
				r.blank(r.start(node), node.End(), ";")
			}
			continue
		case shim.KindExportDeclaration:
			r.handedOn(node, leading)
			continue
		case shim.KindExportAssignment:
			if a := node.AsExportAssignment(); !a.IsExportEquals && a.Expression != nil {
				r.blank(r.start(node), r.start(a.Expression), "var "+r.hidden+"default= ")
				r.export("default", r.hidden+"default")
			}
		case shim.KindVariableStatement, shim.KindFunctionDeclaration, shim.KindClassDeclaration:
			if exported(node) != nil {
				r.declared(node)
			}
		}
		leading = leading && (node.Kind == shim.KindFunctionDeclaration || isDirective(node))
	}
}

func isDirective(node *shim.Node) bool {
	return node.Kind == shim.KindExpressionStatement && node.Expression().Kind == shim.KindStringLiteral
}

// load names a module, and returns the name and the declaration.
func (r *rewriter) load(specifier *shim.Node) (name, code string) {
	name = r.hidden + strconv.Itoa(r.count)
	r.count++
	return name, "var " + name + "=" + r.hidden + "require(" + r.quote(specifier) + ");"
}

// quote returns the text of a string as it stands in the file, which no change of
// lines may be in.
func (r *rewriter) quote(literal *shim.Node) string {
	if literal == nil || literal.Kind != shim.KindStringLiteral || r.start(literal) > literal.End() {
		return quoteText(textOf(literal)) // a syntax error
	}
	text := r.file.Text[r.start(literal):literal.End()]
	if strings.ContainsAny(text, "\n\r") {
		return quoteText(literal.Text())
	}
	return text
}

// quoteText writes a string literal.
func quoteText(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		case c < ' ' || c == 0x2028 || c == 0x2029:
			b.WriteString(`\u` + strconv.FormatInt(0x10000+int64(c), 16)[1:])
		default:
			b.WriteRune(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// member returns how a member of a hidden name is read.
func member(object, name string) string {
	for i := range len(name) {
		if c := name[i]; c != '_' && c != '$' && (c|0x20 < 'a' || 'z' < c|0x20) && (i == 0 || c < '0' || '9' < c) {
			return object + "[" + quoteText(name) + "]"
		}
	}
	if name == "" {
		return object + `[""]`
	}
	return object + "." + name
}

// whole returns the name of what the default of a module is a member of, and its
// declaration.
func whole(module string) (name, code string) {
	name = module + "d"
	return name, "var " + name + "=" + module + "&&" + module + ".__esModule?" + module + ":{default:" + module + "};"
}

// imported notes the names that an import declares and returns its code.
func (r *rewriter) imported(node *shim.Node) string {
	module, code := r.load(node.ModuleSpecifier())
	clause := node.ImportClause()
	if clause == nil {
		return code
	}
	defaults := ""
	of := func(name string) string {
		if name != "default" {
			return member(module, name)
		}
		if defaults == "" {
			var more string
			defaults, more = whole(module)
			code += more
		}
		return defaults + ".default"
	}
	if clause.Name() != nil {
		r.access[clause] = of("default")
	}
	if named := clause.AsImportClause().NamedBindings; named != nil {
		if named.Kind == shim.KindNamespaceImport {
			r.access[named] = module
			return code
		}
		for _, specifier := range named.Elements() {
			if name := specifier.PropertyNameOrName(); name != nil {
				r.access[specifier] = of(textOf(name))
			}
		}
	}
	return code
}

// export adds a getter for an export.
func (r *rewriter) export(name, value string) {
	r.getters.WriteString(r.hidden + "Object.defineProperty(" + r.hidden + "exports," + quoteText(name) + ",{enumerable:true,get(){return " + value + "}});")
}

// handedOn changes an export without a declaration.
func (r *rewriter) handedOn(node *shim.Node, leading bool) {
	d := node.AsExportDeclaration()
	if d.ModuleSpecifier == nil {
		for _, specifier := range specifiers(d.ExportClause) {
			name := specifier.PropertyNameOrName()
			value := textOf(name)
			if name == nil || value == "" {
				continue // a syntax error
			}
			if access, ok := r.accessOf(name); ok {
				value = access
			}
			r.export(textOf(specifier.Name()), value)
		}
		r.blank(r.start(node), node.End(), ";")
		return
	}
	module, code := r.load(d.ModuleSpecifier)
	switch clause := d.ExportClause; {
	case clause == nil:
		h := r.hidden
		code += "for(let k in " + module + ")if(k!==\"default\"&&!" + h + "Object.prototype.hasOwnProperty.call(" + h + "exports,k))" +
			h + "Object.defineProperty(" + h + "exports,k,{enumerable:true,get(){return " + module + "[k]}});"
	case clause.Kind == shim.KindNamespaceExport:
		r.export(textOf(clause.Name()), module)
	default:
		defaults := ""
		for _, specifier := range specifiers(clause) {
			name := textOf(specifier.PropertyNameOrName())
			value := member(module, name)
			if name == "default" {
				if defaults == "" {
					var more string
					defaults, more = whole(module)
					code += more
				}
				value = defaults + ".default"
			}
			r.export(textOf(specifier.Name()), value)
		}
	}
	if leading {
		r.blank(r.start(node), node.End(), code)
		return
	}
	r.early.WriteString(code)
	r.blank(r.start(node), node.End(), ";")
}

func specifiers(list *shim.Node) []*shim.Node {
	if list == nil || list.Kind != shim.KindNamedExports {
		return nil
	}
	return list.Elements()
}

// declared takes the keywords off a declaration that is exported.
func (r *rewriter) declared(node *shim.Node) {
	byDefault := false
	for _, m := range node.ModifierNodes() {
		if m.Kind == kindExport || m.Kind == kindDefault {
			byDefault = byDefault || m.Kind == kindDefault
			r.replace(r.start(m), m.End(), strings.Repeat(" ", m.End()-r.start(m)))
		}
	}
	switch name := node.Name(); {
	case node.Kind == shim.KindVariableStatement:
		for _, name := range declaredNames(node) {
			r.export(name, name)
		}
	case name == nil:
		r.named(node)
		r.export("default", r.hidden+"default")
	case byDefault:
		r.export("default", textOf(name))
	default:
		r.export(textOf(name), textOf(name))
	}
}

// named gives a function or class a name.
func (r *rewriter) named(node *shim.Node) {
	keyword := "class"
	if node.Kind == shim.KindFunctionDeclaration {
		keyword = "function"
	}
	pos := node.Pos()
	for _, m := range node.ModifierNodes() {
		pos = m.End()
	}
	pos = shim.SkipTrivia(r.file.Text, pos)
	if !strings.HasPrefix(r.file.Text[pos:], keyword) {
		return
	}
	pos += len(keyword)
	if star := shim.SkipTrivia(r.file.Text, pos); keyword == "function" && strings.HasPrefix(r.file.Text[star:], "*") {
		pos = star + 1
	}
	r.replace(pos, pos, " "+r.hidden+"default ")
}

// declaredNames returns the names that a variable statement declares, patterns
// looked into.
func declaredNames(statement *shim.Node) (names []string) {
	stack := slices.Clone(statement.AsVariableStatement().DeclarationList.AsVariableDeclarationList().Declarations.Nodes)
	slices.Reverse(stack)
	for len(stack) > 0 {
		node := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		name := node.Name()
		switch {
		case name == nil:
		case name.Kind == shim.KindIdentifier:
			if name.Text() != "" {
				names = append(names, name.Text())
			}
		case name.Kind == shim.KindObjectBindingPattern || name.Kind == shim.KindArrayBindingPattern:
			elements := slices.Clone(name.Elements())
			slices.Reverse(elements)
			stack = append(stack, elements...)
		}
	}
	return names
}

// accessOf returns how a name is read that an import declares.
func (r *rewriter) accessOf(name *shim.Node) (string, bool) {
	return r.accessBy(r.file.names.bindingOf(name))
}

func (r *rewriter) accessBy(b *binding) (string, bool) {
	if b == nil {
		return "", false
	}
	for _, w := range b.writes {
		if w.how == writeImport {
			access, ok := r.access[w.node]
			return access, ok
		}
	}
	return "", false
}

// names changes the uses of imported names.
func (r *rewriter) names() {
	for i := range r.file.names.refs {
		ref := &r.file.names.refs[i]
		if !ref.named || ref.node.Parent.Kind == shim.KindExportSpecifier {
			continue
		}
		if access, ok := r.accessBy(ref.binding); ok {
			r.use(ref.node, access)
		}
	}
}

// use puts an expression in the place of a name.
func (r *rewriter) use(name *shim.Node, access string) {
	start, end := r.start(name), name.End()
	if start >= end {
		return
	}
	parent := name.Parent
	called := parent.Kind == shim.KindCallExpression && parent.Expression() == name ||
		parent.Kind == shim.KindTaggedTemplateExpression && parent.AsTaggedTemplateExpression().Tag == name
	switch {
	case parent.Kind == shim.KindShorthandPropertyAssignment && parent.Name() == name:
		access = name.Text() + ":" + access
	case called && access != globalEval && strings.ContainsAny(access, ".["):
		// A member would be called with its object as this.
		access = "(0," + access + ")"
		if begins(name) {
			access = ";" + access // the line before may end without one
		}
	}
	r.replace(start, end, access)
}

// begins reports whether a name is the first of a statement in a list.
func begins(name *shim.Node) bool {
	for node := name.Parent; node != nil && node.Pos() == name.Pos(); node = node.Parent {
		if node.Kind != shim.KindExpressionStatement {
			continue
		}
		switch node.Parent.Kind {
		case shim.KindSourceFile, shim.KindBlock, kindCaseClause, kindDefaultClause:
			return true
		}
		return false
	}
	return false
}
