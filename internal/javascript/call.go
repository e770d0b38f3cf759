package javascript

import (
	"encoding/base64"
	"encoding/hex"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/microsoft/typescript-go/shim"
)

// call returns the result of a call or of new.
func (e *evaluator) call(node *shim.Node) value {
	arguments := argumentsOf(node)
	callee := unwrap(node.Expression())
	switch callee.Kind {
	case shim.KindImportKeyword:
		if len(arguments) > 0 {
			if name := e.of(arguments[0]); name.kind == stringValue {
				return pathOf(module(name.str))
			}
		}
		return pathOf(global.member("import").member(Called))
	case shim.KindSuperKeyword:
		return value{}
	}
	return e.invoke(e.of(callee), node, arguments)
}

// invoke returns what a call of f gives.
func (e *evaluator) invoke(f value, node *shim.Node, arguments []*shim.Node) value {
	switch f.kind {
	case pathValue:
		return e.each(f, func(p *step) value { return e.result(p, node, arguments) })
	case methodValue:
		return e.method(f.items()[0], f.str, arguments)
	case functionValue:
		return e.follow(f.node, arguments)
	}
	// An unknown function given a module most likely hands it back: helpers for
	// interoperation, promisify and patches do.
	if len(arguments) > 0 && e.loads(arguments[0]) {
		return e.of(arguments[0])
	}
	return value{}
}

// loads reports whether a node is a call that loads a module.
func (e *evaluator) loads(node *shim.Node) bool {
	node = unwrap(node)
	if node.Kind != shim.KindCallExpression {
		return false
	}
	callee := unwrap(node.Expression())
	if callee.Kind == shim.KindImportKeyword {
		return true
	}
	f := e.of(callee)
	return f.kind == pathValue && f.paths[0].requires()
}

// passes reports whether a call of f is known to give its first argument back.
// Of other functions that are given a module this is only likely.
func (e *evaluator) passes(f value, arguments []*shim.Node) bool {
	switch f.kind {
	case pathValue:
		p := f.paths[0]
		return helper(p.name) || p.depth != 1 || isGlobalFunction(p.name) || !e.loads(arguments[0])
	case functionValue:
		known := e.names.function(f.node)
		return known.passes || known.plain && e.applied(f.node, []value{e.of(arguments[0])}).kind == pathValue
	}
	return f.kind != unknownValue
}

func argumentsOf(node *shim.Node) []*shim.Node {
	if list := node.ArgumentList(); list != nil {
		return list.Nodes
	}
	return nil
}

// result returns what calling a path gives.
func (e *evaluator) result(p *step, node *shim.Node, arguments []*shim.Node) value {
	argument := func(i int) value {
		if i < len(arguments) {
			return e.of(arguments[i])
		}
		return value{kind: undefinedValue}
	}
	if p.code != nil {
		return pathOf(p.code)
	}
	if p.requires() {
		if bundleRequire(p.name) && len(arguments) > 0 {
			return e.bundled(arguments[0])
		}
		if name := argument(0); name.kind == stringValue {
			if p.local != nil && e.isLocal(p, arguments[0]) {
				return value{}
			}
			return pathOf(module(name.str))
		}
		return pathOf(p.member(Called))
	}
	if p.depth > 0 {
		switch p.name {
		case "then":
			if fn := argument(0); p.parent.root == moduleRoot && fn.kind == functionValue && plain(fn.node) {
				return e.applied(fn.node, []value{pathOf(p.parent)})
			}
		case "catch", "finally":
			if p.parent.root == moduleRoot {
				return pathOf(p.parent)
			}
		case "n":
			// webpack's getter of a module's default export.
			if v := argument(0); p.depth == 2 && bundleRequire(p.parent.name) && v.kind == pathValue {
				return pathOf(&step{parent: p, name: Called, depth: p.depth + 1, code: v.paths[0]})
			}
		case "bind":
			if p.parent.throughCall() {
				// f.call.bind(g) is g.call, whatever f is.
				return e.each(argument(0), func(g *step) value { return pathOf(g.member(p.parent.name)) })
			}
			return pathOf(p.parent)
		case "call", "apply":
			if p.throughCall() {
				if list := argument(1); p.name == "apply" && list.kind == arrayValue && p.parent.isGlobal("String", "fromCharCode") {
					return e.fromCodes(list.items(), false)
				}
				return e.result(p.parent, node, shifted(p.name, arguments))
			}
		}
	}
	if len(arguments) > 0 && (helper(p.name) || p.depth == 1 && p.parent.root == globalRoot && !isGlobalFunction(p.name)) {
		if helper(p.name) || e.loads(arguments[0]) {
			if v := argument(0); v.kind == pathValue {
				return v
			}
		}
	}
	switch {
	case p.isModule("util", "promisify"), p.isModule("util", "callbackify"), p.isModule("util", "deprecate"),
		p.isGlobal("Object"), p.isGlobal("Object", "freeze"), p.isGlobal("Object", "seal"),
		p.isGlobal("Object", "create"), p.isGlobal("Promise", "resolve"):
		if v := argument(0); v.kind == pathValue {
			return v
		}
	case p.isGlobal("Object", "getPrototypeOf"), p.isGlobal("Reflect", "getPrototypeOf"):
		if v := argument(0); v.kind == functionValue {
			return v // its constructor is the same
		}
	case p.isGlobal("Reflect", "get"):
		return e.member(argument(0), argument(1))
	case p.isGlobal("Reflect", "apply"), p.isGlobal("Reflect", "construct"):
		f := argument(0)
		last := len(arguments) - 1
		if f.kind == pathValue && last > 0 {
			given := elementsOf(arguments[last])
			return e.each(f, func(p *step) value { return e.result(p, node, given) })
		}
	case p.isGlobal("Function"), p.isGlobal("eval"):
		if len(arguments) > 0 {
			if code := argument(len(arguments) - 1); code.kind == stringValue {
				if p.name == "eval" {
					if named := globalIn(code.str); named != nil {
						return pathOf(named)
					}
				} else if rest, ok := strings.CutPrefix(strings.TrimSpace(code.str), "return"); ok {
					return pathOf(&step{parent: p, name: Called, depth: p.depth + 1, code: globalIn(rest)})
				}
			}
		}
	}
	if v := e.builtin(p, arguments); v.kind != unknownValue {
		return v
	}
	if v := e.places(p, arguments); v.kind != unknownValue {
		return v
	}
	return pathOf(p.member(Called))
}

// shifted returns the arguments that a function gets through its call or apply.
func shifted(through string, arguments []*shim.Node) []*shim.Node {
	if len(arguments) < 2 {
		return nil
	}
	if through == "call" {
		return arguments[1:]
	}
	return elementsOf(arguments[1])
}

// elementsOf returns the elements of an array literal.
func elementsOf(node *shim.Node) []*shim.Node {
	if node = unwrap(node); node.Kind == shim.KindArrayLiteralExpression {
		return node.Elements()
	}
	return nil
}

// helper tells the functions that compilers and libraries wrap modules in.
func helper(name string) bool {
	return strings.HasPrefix(name, "_interop") || strings.HasPrefix(name, "__import") || name == "__toESM" || name == "promisifyAll"
}

// globalIn returns the global that code which is nothing but a name stands
// for: "this", "process.env".
func globalIn(code string) *step {
	code = strings.TrimSpace(code)
	if len(code) > 100 {
		return nil
	}
	code = strings.Trim(code, "(); \t\r\n")
	if code == "this" {
		return global
	}
	p := global
	for _, name := range strings.Split(code, ".") {
		if name == "" || strings.IndexFunc(name, func(r rune) bool {
			return r >= utf8.RuneSelf || classes[byte(r)] != classWord && classes[byte(r)] != classDigit
		}) >= 0 {
			return nil
		}
		if p = p.member(name); p == nil {
			return nil
		}
	}
	return p
}

// function is what is known of a function of the file.
type function struct {
	// plain tells that it may be followed, and passes that it is a helper for
	// module interoperation.
	plain, passes bool
	// decoder is how it decodes strings, if it is a decoder.
	decoder decoder
	// opaque is what it gives where nothing is known of its arguments, once it
	// was asked for.
	opaque      value
	opaqueKnown bool
}

func (n *names) function(fn *shim.Node) *function {
	if f := n.known[fn]; f != nil {
		return f
	}
	text := n.file.Text[fn.Pos():fn.End()]
	f := &function{plain: plain(fn), passes: len(text) < 2000 && strings.Contains(text, "__esModule")}
	if !f.plain && plainParameters(fn) && fn.Body() != nil && fn.Body().Kind == shim.KindBlock {
		f.decoder = n.decoderIn(fn)
	}
	if n.known == nil {
		n.known = make(map[*shim.Node]*function)
	}
	n.known[fn] = f
	return f
}

// follow works out what a function of the file returns. It follows functions
// of a few plain statements; a helper for module interoperation returns its
// argument.
func (e *evaluator) follow(fn *shim.Node, arguments []*shim.Node) value {
	if fn.Body() == nil {
		return value{}
	}
	f := e.names.function(fn)
	if len(arguments) > 0 && f.passes {
		return e.of(arguments[0])
	}
	if !f.plain && f.decoder.alphabet == "" {
		return e.handedBack(arguments)
	}
	given := make([]value, len(fn.Parameters()))
	opaque := len(arguments) >= len(given)
	for i, p := range fn.Parameters() {
		if isRest(p) {
			rest, ok := e.rest(arguments[min(i, len(arguments)):])
			if !ok {
				return e.handedBack(arguments)
			}
			given, opaque = append(given[:i], rest...), false
			break
		}
		given[i] = value{kind: undefinedValue}
		if i < len(arguments) {
			given[i] = e.of(arguments[i])
		}
		if given[i].kind == undefinedValue && p.Initializer() != nil {
			given[i] = e.of(p.Initializer())
		}
		opaque = opaque && given[i].kind == unknownValue
	}
	if e.trial != nil && len(given) == 0 {
		if b := e.names.flows().holders[fn]; b != nil && e.names.tables()[b] == e.trial {
			return e.trial.tried
		}
	}
	opaque = opaque && !e.enclosed(fn)
	if opaque && f.opaqueKnown {
		return f.opaque
	}
	cut := e.cut
	e.cut = false
	var v value
	if f.plain {
		v = e.applied(fn, given)
	} else {
		v = e.decoded(fn, f.decoder, given)
	}
	if v.kind == arrayValue && len(given) == 0 {
		if b := e.names.flows().holders[fn]; b != nil && b.changed {
			v = e.rotated(b, v.items())
		}
	}
	if v.kind == unknownValue {
		v = e.handedBack(arguments)
	}
	if opaque && !e.cut && e.trial == nil {
		f.opaque, f.opaqueKnown = v, true
	}
	e.cut = e.cut || cut
	return v
}

// enclosed reports whether a function stands within one that is being
// followed, whose locals it may use.
func (e *evaluator) enclosed(fn *shim.Node) bool {
	for _, outer := range e.frames {
		if outer.Pos() <= fn.Pos() && fn.End() <= outer.End() {
			return true
		}
	}
	return false
}

// plain reports whether a function consists of an expression or a few plain
// statements, with plain parameters.
func plain(fn *shim.Node) bool {
	body := fn.Body()
	if body == nil {
		return false
	}
	if !plainParameters(fn) {
		return false
	}
	if body.Kind != shim.KindBlock {
		return true
	}
	list := body.Statements()
	return len(list) > 0 && len(list) <= maxStatements && !slices.ContainsFunc(list, func(s *shim.Node) bool { return !plainStatement(s) })
}

func plainParameters(fn *shim.Node) bool {
	for _, p := range fn.Parameters() {
		if p.Name() == nil || p.Name().Kind != shim.KindIdentifier {
			return false
		}
	}
	return true
}

// isRest tells the parameter that takes all arguments from its place on.
func isRest(parameter *shim.Node) bool {
	return parameter.AsParameterDeclaration().DotDotDotToken != nil
}

// rest returns the values of arguments, or false where their number is not known.
func (e *evaluator) rest(arguments []*shim.Node) (list []value, ok bool) {
	for _, node := range arguments {
		if node.Kind == shim.KindSpreadElement {
			return nil, false
		}
		list = append(list, e.of(node))
	}
	return list, e.look(value{kind: arrayValue, num: float64(len(list))})
}

func plainStatement(s *shim.Node) bool {
	switch s.Kind {
	case shim.KindReturnStatement, shim.KindVariableStatement, shim.KindExpressionStatement,
		shim.KindFunctionDeclaration, shim.KindEmptyStatement:
		return true
	}
	return false
}

// applied is what a plain function returns for the values of its parameters.
func (e *evaluator) applied(fn *shim.Node, given []value) value {
	return e.framed(fn, given, func(scope *scope) value {
		body := fn.Body()
		if body.Kind != shim.KindBlock {
			return e.of(body)
		}
		v, _ := e.statements(scope, body.Statements())
		return v
	})
}

// framed works out something within a function for the values of its
// parameters.
func (e *evaluator) framed(fn *shim.Node, given []value, within func(*scope) value) value {
	scope := e.names.functions[fn]
	if scope == nil || slices.Contains(e.frames, fn) {
		return value{}
	}
	if len(e.frames) >= maxCallDepth || !e.spend(followCost) {
		e.cut = true
		return value{}
	}
	region, mark := e.enterRegion()
	for i, p := range fn.Parameters() {
		b := scope.lookup(p.Name().Text())
		switch {
		case b == nil:
		case isRest(p):
			e.setLocal(b, listOf(given[min(i, len(given)):]))
		case i < len(given):
			e.setLocal(b, given[i])
		}
	}
	e.frames = append(e.frames, fn)
	v := within(scope)
	e.frames = e.frames[:len(e.frames)-1]
	e.leaveRegion(region, mark)
	return v
}

// handedBack is the result of a function that could not be followed: the module
// that it is called with, where that is loaded on the spot.
func (e *evaluator) handedBack(arguments []*shim.Node) value {
	if len(arguments) > 0 && e.loads(arguments[0]) {
		return e.of(arguments[0])
	}
	return value{}
}

// statements follows the statements of a function and returns what they
// return. The second result is false where one is not plain.
func (e *evaluator) statements(scope *scope, list []*shim.Node) (value, bool) {
	for _, s := range list {
		switch s.Kind {
		case shim.KindReturnStatement:
			return e.of(s.Expression()), true
		case shim.KindVariableStatement:
			for _, d := range s.AsVariableStatement().DeclarationList.AsVariableDeclarationList().Declarations.Nodes {
				if d.Name().Kind != shim.KindIdentifier {
					return value{}, false
				}
				if b := scope.lookup(textOf(d.Name())); b != nil && d.Initializer() != nil {
					e.setLocal(b, e.of(d.Initializer()))
				}
			}
		case shim.KindExpressionStatement:
			node := unwrap(s.Expression())
			switch {
			case node.Kind == shim.KindStringLiteral:
			case node.Kind == shim.KindBinaryExpression && node.AsBinaryExpression().OperatorToken.Kind == shim.KindEqualsToken && node.AsBinaryExpression().Left.Kind == shim.KindIdentifier:
				e.of(node)
			case node.Kind == shim.KindBinaryExpression && node.AsBinaryExpression().Left.Kind == shim.KindIdentifier:
				b := e.names.bindingOf(node.AsBinaryExpression().Left)
				operator := map[shim.Kind]shim.Kind{
					shim.KindMinusEqualsToken: shim.KindMinusToken, shim.KindPlusEqualsToken: shim.KindPlusToken,
				}[node.AsBinaryExpression().OperatorToken.Kind]
				if b == nil || operator == shim.KindUnknown {
					return value{}, false
				}
				left, _ := e.local(b)
				e.setLocal(b, operate(operator, left, e.of(node.AsBinaryExpression().Right)))
			default:
				return value{}, false
			}
		case shim.KindFunctionDeclaration, shim.KindEmptyStatement:
		default:
			return value{}, false
		}
	}
	return value{kind: undefinedValue}, true
}

// builtin folds a call of a global function, and of Buffer's.
func (e *evaluator) builtin(p *step, arguments []*shim.Node) value {
	if p.depth == 0 || p.depth > 2 {
		return value{}
	}
	name := p.name
	if p.depth == 2 {
		name = p.parent.name + "." + name
	}
	switch name {
	case "String.fromCharCode", "String.fromCodePoint", "Buffer.from", "Buffer", "atob", "btoa", "unescape",
		"decodeURIComponent", "decodeURI", "parseInt", "parseFloat", "Number", "String", "Array.from", "Buffer.alloc":
	default:
		return value{}
	}
	var given []value
	for _, node := range arguments {
		if node.Kind == shim.KindSpreadElement {
			list := e.of(node.Expression())
			if list.kind != arrayValue {
				return value{}
			}
			given = append(given, list.items()...)
			continue
		}
		v := e.of(node)
		if v.kind == unknownValue || v.kind == pathValue || !e.look(v) {
			return value{}
		}
		given = append(given, v)
	}
	if len(given) == 0 {
		return value{}
	}
	first, _ := given[0].text()
	isString := given[0].kind == stringValue
	switch name {
	case "String.fromCharCode", "String.fromCodePoint":
		return e.fromCodes(given, name == "String.fromCodePoint")
	case "Buffer.from", "Buffer":
		return e.buffer(given)
	case "atob":
		if data, ok := decodeBase64(first); isString && ok {
			return e.made(latin1(data))
		}
	case "btoa":
		if isString {
			return e.made(base64.StdEncoding.EncodeToString(bytesOf(first)))
		}
	case "unescape":
		if isString {
			return e.made(unescape(first))
		}
	case "decodeURIComponent", "decodeURI":
		if s, ok := percentDecode(first); isString && ok {
			return e.made(s)
		}
	case "parseInt":
		base := 0.0
		if len(given) > 1 {
			base = given[1].num
		}
		return numberOf(parseInteger(first, int(int32Of(base))))
	case "parseFloat":
		n := 0
		for n < len(first) && strings.IndexByte("0123456789.-+", first[n]) >= 0 {
			n++
		}
		return numberOf(parseNumber(first[:n]))
	case "Number":
		if f, ok := given[0].number(); ok {
			return numberOf(f)
		}
	case "String":
		if s, ok := given[0].text(); ok {
			return e.made(s)
		}
	case "Array.from":
		if len(given) == 1 && (given[0].kind == arrayValue || given[0].kind == stringValue) {
			return e.method(given[0], "slice", nil)
		}
	}
	return value{}
}

func (e *evaluator) fromCodes(given []value, points bool) value {
	var units []uint16
	for _, v := range given {
		f, ok := v.number()
		if !ok {
			return value{}
		}
		if points {
			units = utf16.AppendRune(units, rune(int32Of(f)))
		} else {
			units = append(units, uint16(int32Of(f)))
		}
	}
	return e.made(string(utf16.Decode(units)))
}

// buffer is Buffer.from.
func (e *evaluator) buffer(given []value) value {
	encoding := "utf8"
	if len(given) > 1 && given[1].kind == stringValue {
		encoding = strings.ToLower(given[1].str)
	}
	var data []byte
	ok := true
	switch given[0].kind {
	case bytesValue:
		data = []byte(given[0].str)
	case arrayValue:
		for _, item := range given[0].items() {
			f, isNumber := item.number()
			if !isNumber {
				return value{}
			}
			data = append(data, byte(int32Of(f)))
		}
	case stringValue:
		switch s := given[0].str; encoding {
		case "hex":
			// Node stops at the first pair that is no hexadecimal number.
			n := 0
			for n+1 < len(s) && isHex(s[n]) && isHex(s[n+1]) {
				n += 2
			}
			data, _ = hex.DecodeString(s[:n])
		case "base64", "base64url":
			data, ok = decodeBase64(s)
		case "latin1", "binary", "ascii":
			data = bytesOf(s)
		case "utf8", "utf-8":
			data = []byte(s)
		case "utf16le", "ucs2", "utf-16le", "ucs-2":
			for _, u := range units(s) {
				data = append(data, byte(u), byte(u>>8))
			}
		default:
			return value{}
		}
	default:
		return value{}
	}
	if v := e.made(string(data)); ok && v.kind == stringValue {
		return value{kind: bytesValue, str: v.str}
	}
	return value{}
}

// decodeBase64 reads both alphabets, with or without padding, and skips what
// is in neither, as Node does.
func decodeBase64(s string) ([]byte, bool) {
	clean := make([]byte, 0, len(s))
	for i := range len(s) {
		switch c := s[i]; {
		case c == '=':
		case c == '-':
			clean = append(clean, '+')
		case c == '_':
			clean = append(clean, '/')
		case '0' <= c && c <= '9', 'a' <= c|0x20 && c|0x20 <= 'z', c == '+', c == '/':
			clean = append(clean, c)
		}
	}
	if len(clean)%4 == 1 {
		clean = clean[:len(clean)-1]
	}
	data := make([]byte, base64.RawStdEncoding.DecodedLen(len(clean)))
	n, err := base64.RawStdEncoding.Decode(data, clean)
	return data[:n], err == nil
}

// latin1 makes a string of one character for each byte.
func latin1(data []byte) string {
	var b strings.Builder
	for _, c := range data {
		b.WriteRune(rune(c))
	}
	return b.String()
}

// bytesOf is the reverse of latin1; it drops what is above a byte.
func bytesOf(s string) []byte {
	data := make([]byte, 0, len(s))
	for _, r := range s {
		data = append(data, byte(r))
	}
	return data
}

// percentDecode is decodeURIComponent, which fails on a malformed sequence.
func percentDecode(s string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b.WriteByte(s[i])
			continue
		}
		if i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
			return "", false
		}
		n, _ := strconv.ParseUint(s[i+1:i+3], 16, 8)
		b.WriteByte(byte(n))
		i += 2
	}
	return b.String(), utf8.ValidString(b.String())
}

func unescape(s string) string {
	var u []uint16
	for i := 0; i < len(s); {
		if s[i] == '%' {
			size, start := 2, i+1
			if strings.HasPrefix(s[start:], "u") {
				size, start = 4, i+2
			}
			if start+size <= len(s) {
				if n, err := strconv.ParseUint(s[start:start+size], 16, 16); err == nil {
					u = append(u, uint16(n))
					i = start + size
					continue
				}
			}
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		u = utf16.AppendRune(u, r)
		i += n
	}
	return string(utf16.Decode(u))
}

// method folds a method of a constant.
func (e *evaluator) method(v value, name string, nodes []*shim.Node) value {
	if name == "map" && v.kind == arrayValue && len(nodes) > 0 {
		return e.mapped(v.items(), nodes[0])
	}
	if v.kind == functionValue {
		switch name {
		case "bind":
			return v
		case "call", "apply":
			return e.follow(v.node, shifted(name, nodes))
		}
		return value{}
	}
	given := make([]value, len(nodes))
	for i, node := range nodes {
		if given[i] = e.of(node); given[i].kind == unknownValue || given[i].kind == pathValue || !e.look(given[i]) {
			return value{}
		}
	}
	if !e.look(v) {
		return value{}
	}
	switch v.kind {
	case stringValue:
		return e.stringMethod(v.str, name, given)
	case arrayValue:
		return e.arrayMethod(v, name, given)
	case bytesValue:
		if name == "toString" {
			return e.bytesToString(v.str, given)
		}
		if name == "slice" || name == "subarray" {
			start, end := span(len(v.str), given)
			return value{kind: bytesValue, str: v.str[start:end]}
		}
	case numberValue:
		if name == "toString" {
			base := 10
			if len(given) > 0 {
				base = int(given[0].num)
			}
			if base >= 2 && base <= 36 {
				return e.made(formatNumber(v.num, base))
			}
		}
	case boolValue:
		if s, ok := v.text(); ok && name == "toString" {
			return e.made(s)
		}
	}
	return value{}
}

// mapped is an array's map with a function of the file or String.fromCharCode.
func (e *evaluator) mapped(list []value, fn *shim.Node) value {
	f := e.of(fn)
	if f.kind == functionValue && !plain(f.node) || !e.look(value{kind: arrayValue, num: float64(len(list))}) {
		return value{}
	}
	out := make([]value, len(list))
	for i, item := range list {
		switch {
		case f.kind == functionValue:
			out[i] = e.applied(f.node, []value{item, numberOf(float64(i))})
		case f.kind == pathValue && f.paths[0].isGlobal("String", "fromCharCode"):
			// The index is a second character, as in the program.
			out[i] = e.fromCodes([]value{item, numberOf(float64(i))}, false)
		case f.kind == pathValue && f.paths[0].isGlobal("String"):
			if s, ok := item.text(); ok {
				out[i] = e.made(s)
			}
		case f.kind == pathValue && f.paths[0].isGlobal("Number"):
			if n, ok := item.number(); ok {
				out[i] = numberOf(n)
			}
		}
		if out[i].kind == unknownValue {
			return value{}
		}
	}
	return listOf(out)
}

// span returns the bounds that slice and its like mean.
func span(n int, given []value) (start, end int) {
	at := func(i, otherwise int) int {
		if i >= len(given) || given[i].kind == undefinedValue {
			return otherwise
		}
		f, _ := given[i].number()
		k := int(max(-1e9, min(1e9, f)))
		if k < 0 {
			k += n
		}
		return max(0, min(k, n))
	}
	start = at(0, 0)
	return start, max(start, at(1, n))
}

func (e *evaluator) stringMethod(s, name string, given []value) value {
	number := func(i, otherwise int) int {
		if i >= len(given) {
			return otherwise
		}
		f, _ := given[i].number()
		return int(max(-1e9, min(1e9, f)))
	}
	text := func(i int) (string, bool) {
		if i >= len(given) || given[i].kind != stringValue {
			return "", false
		}
		return given[i].str, true
	}
	switch name {
	case "toString", "valueOf":
		return stringOf(s)
	case "toLowerCase":
		return e.made(strings.ToLower(s))
	case "toUpperCase":
		return e.made(strings.ToUpper(s))
	case "trim", "trimStart", "trimEnd":
		return e.made(strings.TrimSpace(s))
	case "charAt":
		i := number(0, 0)
		return stringOf(cut(s, i, i+1))
	case "at":
		i := number(0, 0)
		if i < 0 {
			i += length(s)
		}
		return stringOf(cut(s, i, i+1))
	case "charCodeAt", "codePointAt":
		i := number(0, 0)
		if u := units(cut(s, i, i+1)); len(u) > 0 {
			return numberOf(float64(u[0]))
		}
		return numberOf(math.NaN())
	case "slice":
		start, end := span(length(s), given)
		return e.made(cut(s, start, end))
	case "substring":
		n := length(s)
		start, end := max(0, min(number(0, 0), n)), max(0, min(number(1, n), n))
		return e.made(cut(s, min(start, end), max(start, end)))
	case "substr":
		start := number(0, 0)
		if start < 0 {
			start = max(0, start+length(s))
		}
		return e.made(cut(s, start, start+max(0, number(1, length(s)))))
	case "concat":
		for _, v := range given {
			t, ok := v.text()
			if !ok {
				return value{}
			}
			s += t
		}
		return e.made(s)
	case "repeat":
		n := number(0, 0)
		if n < 0 || n*len(s) > MaxConstant {
			e.names.file.limits |= FoldSize
			return value{}
		}
		return e.made(strings.Repeat(s, n))
	case "indexOf":
		if t, ok := text(0); ok {
			i := strings.Index(s, t)
			if i > 0 {
				i = length(s[:i])
			}
			return numberOf(float64(i))
		}
	case "replace", "replaceAll":
		return e.replace(s, name, given)
	case "split":
		return e.split(s, given)
	case "padStart", "padEnd":
		fill := " "
		if t, ok := text(1); ok {
			fill = t
		}
		missing := number(0, 0) - length(s)
		if missing <= 0 || fill == "" {
			return stringOf(s)
		}
		if missing > MaxConstant {
			return value{}
		}
		fill = cut(strings.Repeat(fill, missing/length(fill)+1), 0, missing)
		if name == "padStart" {
			return e.made(fill + s)
		}
		return e.made(s + fill)
	}
	return value{}
}

// replace folds a replacement of constant text, or of a pattern that is plain
// text.
func (e *evaluator) replace(s, name string, given []value) value {
	if len(given) < 2 || given[1].kind != stringValue || strings.Contains(given[1].str, "$") {
		return value{}
	}
	old, n := "", 1
	switch given[0].kind {
	case stringValue:
		old = given[0].str
	case regexpValue:
		text := given[0].node.Text()
		end := strings.LastIndexByte(text, '/')
		pattern, flags := text[1:max(end, 1)], text[end+1:]
		if pattern == "" || strings.ContainsAny(pattern, `\^$.*+?()[]{}|`) || strings.Trim(flags, "g") != "" {
			return value{}
		}
		old = pattern
		if flags == "g" {
			n = -1
		}
	default:
		return value{}
	}
	if name == "replaceAll" {
		n = -1
	}
	if count := strings.Count(s, old); n < 0 && len(s)+count*len(given[1].str) > MaxConstant {
		e.names.file.limits |= FoldSize
		return value{}
	}
	return e.made(strings.Replace(s, old, given[1].str, n))
}

func (e *evaluator) split(s string, given []value) value {
	if len(given) == 0 {
		return listOf([]value{stringOf(s)})
	}
	if given[0].kind != stringValue {
		return value{}
	}
	var parts []string
	if given[0].str == "" && !isASCII(s) {
		for _, r := range s {
			parts = append(parts, string(r))
		}
	} else {
		parts = strings.Split(s, given[0].str)
	}
	if len(parts) > MaxElements {
		e.names.file.limits |= FoldSize
		return value{}
	}
	if !e.look(value{kind: arrayValue, num: float64(len(parts))}) {
		return value{}
	}
	list := make([]value, len(parts))
	for i, part := range parts {
		list[i] = stringOf(part)
	}
	return listOf(list)
}

func (e *evaluator) arrayMethod(v value, name string, given []value) value {
	switch name {
	case "join", "toString":
		separator := ","
		if len(given) > 0 && given[0].kind == stringValue && name == "join" {
			separator = given[0].str
		}
		if s, ok := v.join(separator); ok {
			return e.made(s)
		}
	case "reverse":
		list := make([]value, len(v.items()))
		for i, item := range v.items() {
			list[len(list)-1-i] = item
		}
		return listOf(list)
	case "slice":
		start, end := span(len(v.items()), given)
		return listOf(v.items()[start:end:end])
	case "concat":
		list := v.items()[:len(v.items()):len(v.items())]
		for _, more := range given {
			if more.kind == arrayValue {
				list = append(list, more.items()...)
			} else {
				list = append(list, more)
			}
		}
		if len(list) <= MaxElements {
			return listOf(list)
		}
	case "at":
		if len(given) == 1 {
			start, _ := span(len(v.items()), given)
			return item(v, start)
		}
	case "pop", "shift":
		if n := len(v.items()); n > 0 && name == "pop" {
			return v.items()[n-1]
		} else if n > 0 {
			return v.items()[0]
		}
	}
	return value{}
}

// bytesToString is a Buffer's toString.
func (e *evaluator) bytesToString(data string, given []value) value {
	encoding := "utf8"
	if len(given) > 0 && given[0].kind == stringValue {
		encoding = strings.ToLower(given[0].str)
	}
	switch encoding {
	case "utf8", "utf-8":
		return e.made(strings.ToValidUTF8(data, "\ufffd"))
	case "hex":
		return e.made(hex.EncodeToString([]byte(data)))
	case "base64":
		return e.made(base64.StdEncoding.EncodeToString([]byte(data)))
	case "base64url":
		return e.made(base64.RawURLEncoding.EncodeToString([]byte(data)))
	case "latin1", "binary", "ascii":
		return e.made(latin1([]byte(data)))
	case "utf16le", "ucs2", "utf-16le", "ucs-2":
		u := make([]uint16, len(data)/2)
		for i := range u {
			u[i] = uint16(data[2*i]) | uint16(data[2*i+1])<<8
		}
		return e.made(string(utf16.Decode(u)))
	}
	return value{}
}
