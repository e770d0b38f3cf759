package javascript

import (
	"strings"

	"github.com/microsoft/typescript-go/shim"
)

// maxBundles bounds the tables of modules that one file may hold.
const maxBundles = 64

// bundleRequire tells the names under which bundlers hand their own require to
// the modules of a bundle.
func bundleRequire(name string) bool {
	return name == "__webpack_require__" || name == "__nccwpck_require__"
}

// bundled notes the table of modules that a function with a bundler's require
// stands in.
func (w *walker) bundled(parameter *shim.Node) {
	fn := outermost(parameter.Parent)
	stringTable := fn.Parent
	if fn.Kind != shim.KindMethodDeclaration && stringTable.Kind == shim.KindPropertyAssignment {
		stringTable = stringTable.Parent
	}
	list := w.names.bundles
	if stringTable.Kind != shim.KindObjectLiteralExpression || len(list) == maxBundles || len(list) > 0 && list[len(list)-1] == stringTable {
		return
	}
	w.names.bundles = append(list, stringTable)
}

// bundleModules returns the file's own modules by their names in the bundle.
func (n *names) bundleModules() map[string]*shim.Node {
	if n.modules == nil {
		n.modules = make(map[string]*shim.Node)
		for _, stringTable := range n.bundles {
			for _, p := range stringTable.Properties() {
				name := textOf(p.Name())
				if _, ok := n.modules[name]; ok || name == "" {
					continue
				}
				if p.Kind == shim.KindPropertyAssignment {
					n.modules[name] = unwrap(p.Initializer())
				} else if p.Kind == shim.KindMethodDeclaration {
					n.modules[name] = p
				}
			}
		}
	}
	return n.modules
}

// isLocal reports whether a path that loads modules finds the module of the
// given name within the file's own bundle.
func (e *evaluator) isLocal(p *step, name *shim.Node) bool {
	switch {
	case p.local != nil:
		if key := e.of(name); key.kind == stringValue {
			v, found := e.property(p.local, key.str)
			return found && v.kind != undefinedValue
		}
	case bundleRequire(p.name):
		return e.bundled(name).kind == unknownValue
	}
	return false
}

// inBundle reports whether a path that loads modules finds the named one in the
// file's own bundle, which loads it elsewhere.
func (e *evaluator) inBundle(p *step, arguments []*shim.Node) bool {
	if !bundleRequire(p.name) || len(arguments) == 0 {
		return false
	}
	key, _ := e.text(e.of(arguments[0]))
	return e.names.bundleModules()[key] != nil
}

// bundled returns what a bundler's require gives: the module that a module of
// the bundle does nothing but load, or one that is not in the bundle.
func (e *evaluator) bundled(name *shim.Node) value {
	v := e.of(name)
	key, ok := v.text()
	if !ok {
		return value{}
	}
	fn, found := e.names.bundleModules()[key]
	if !found {
		if v.kind == stringValue && !strings.HasPrefix(key, ".") {
			return pathOf(module(key))
		}
		return value{}
	}
	if !isFunction(fn) || fn.Body() == nil || fn.Body().Kind != shim.KindBlock {
		return value{}
	}
	list := fn.Body().Statements()
	if len(list) == 0 || len(list) > 2 || list[len(list)-1].Kind != shim.KindExpressionStatement {
		return value{}
	}
	// module.exports = require("fs")
	node := unwrap(list[len(list)-1].Expression())
	if node.Kind != shim.KindBinaryExpression || node.AsBinaryExpression().OperatorToken.Kind != shim.KindEqualsToken {
		return value{}
	}
	if left := node.AsBinaryExpression().Left; left.Kind != shim.KindPropertyAccessExpression || textOf(left.Name()) != "exports" {
		return value{}
	}
	if v := e.of(node.AsBinaryExpression().Right); v.kind == pathValue && v.paths[0].root == moduleRoot {
		return v
	}
	return value{}
}

// ownRequire returns the require that a bundler hands to a function: it finds
// the modules in the table beside the function within the bundle.
func ownRequire(fn *shim.Node) *step {
	s := &step{parent: global, name: "require", depth: 1}
	if p := outermost(fn).Parent; p.Kind == shim.KindArrayLiteralExpression {
		if list := p.Elements(); len(list) == 2 && list[1].Kind == shim.KindObjectLiteralExpression {
			s.local = list[1]
		}
	}
	return s
}

// dependencies returns the array of module names that a call of a path loads,
// as asynchronous modules have it (define(['fs'], function (fs) {})), or nil.
func dependencies(p *step, arguments []*shim.Node) *shim.Node {
	if !p.isGlobal("define") && !p.isGlobal("require") && !p.isGlobal("requirejs") && !p.isGlobal("System", "register") {
		return nil
	}
	for _, argument := range arguments[:min(len(arguments), 2)] {
		if list := unwrap(argument); list.Kind == shim.KindArrayLiteralExpression {
			return list
		}
	}
	return nil
}

// dependency returns what the name of a dependency stands for, nil where that
// is not known.
func (e *evaluator) dependency(element *shim.Node) *step {
	v := e.of(element)
	if v.kind != stringValue || v.str == "" || strings.Contains(v.str, "!") {
		return nil
	}
	switch v.str {
	case "require", "exports", "module":
		return global.member(v.str)
	}
	return module(v.str)
}

// depends yields the modules that a list of dependencies loads. Those that the
// function they are handed to cannot be followed in are read as well.
func (c *climb) depends(list *shim.Node, arguments []*shim.Node) bool {
	e := &c.names.eval
	var fn *shim.Node
	for _, argument := range arguments {
		switch argument = unwrap(argument); argument.Kind {
		case shim.KindFunctionExpression, shim.KindArrowFunction:
			fn = argument
		case shim.KindIdentifier:
			fn = c.names.factory(c.names.bindingOf(argument))
		}
	}
	last := unwrap(arguments[len(arguments)-1])
	for i, element := range list.Elements() {
		p := e.dependency(element)
		if p == nil || p.root != moduleRoot {
			continue
		}
		c.path, c.at = p, element
		more := c.emit(Import, false, element, nil)
		c.loaded = true
		if fn != nil && i < len(fn.Parameters()) && !follows(fn.Parameters()[i]) || fn == nil && last != list {
			more = more && c.hand()
		}
		if !more {
			return false
		}
	}
	c.path = nil
	return true
}

// depended returns the module that a function given to define, or to another
// call that loads a list of modules, gets as its parameter at index.
func (e *evaluator) depended(call *shim.Node, index int) value {
	f := e.of(call.Expression())
	if f.kind != pathValue {
		return value{}
	}
	list := dependencies(f.paths[0], argumentsOf(call))
	if list == nil || f.paths[0].name == "register" || index >= len(list.Elements()) {
		return value{}
	}
	return pathOf(e.dependency(list.Elements()[index]))
}
