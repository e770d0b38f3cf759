package javascript

import (
	"strings"

	"github.com/microsoft/typescript-go/shim"
)

// Path is what a reference stands for: a module or the global object, and the
// members taken of it.
type Path struct {
	// Module is a module's name as the program gives it, without node:. Empty
	// for what starts at the global object.
	Module string
	// Names are the members in order. "()" stands for the result of a call or
	// of new, and "*" for a member whose name is not constant.
	Names []string
}

// String returns the path for people: child_process#exec, process.env.HOME.
func (p Path) String() string {
	names := strings.Join(p.Names, ".")
	switch {
	case p.Module == "":
		return names
	case names == "":
		return p.Module + "#"
	}
	return p.Module + "#" + names
}

// Called and Computed stand in Path.Names.
const (
	Called   = "()"
	Computed = "*"
)

// The bounds of paths.
const (
	// MaxPath bounds Path.Names. What follows is not resolved.
	MaxPath = 24
	// MaxAlternatives bounds the paths that one name is taken to stand for
	// (c ? http : https).
	MaxAlternatives = 4
)

// step is one member of a path, linked to what it is a member of. Roots have
// no parent.
type step struct {
	parent *step
	name   string
	depth  int
	root   rootKind
	// code is, for a function made of text, what calling it gives.
	code *step
	// local is, for the require of a module in a bundle, the object that names
	// the modules it finds within the bundle.
	local *shim.Node
	// self is the list of the path alone.
	self [1]*step
}

type rootKind uint8

const (
	notRoot    rootKind = iota
	globalRoot          // the global object
	moduleRoot          // the module called name
	localRoot           // an unresolved local called name
)

// alone makes a step that many files share and that none may change.
func alone(s step) *step {
	s.self[0] = &s
	return &s
}

var global = alone(step{root: globalRoot})

// module returns the root of a module. The process module is the global of the
// same name.
func module(name string) *step {
	name = strings.TrimPrefix(name, "node:")
	if below(name) {
		name = "." + strings.TrimPrefix(name, DirName)
	}
	if name == "process" {
		return &step{parent: global, name: name, depth: 1}
	}
	return &step{name: name, root: moduleRoot}
}

// path returns the steps from the root on.
func (s *step) path() Path {
	names := make([]string, s.depth)
	for ; s.root == notRoot; s = s.parent {
		names[s.depth-1] = s.name
	}
	p := Path{Names: names}
	if s.root == moduleRoot {
		p.Module = s.name
	}
	return p
}

// isGlobal reports whether s is the path of global names.
func (s *step) isGlobal(names ...string) bool { return s.is(globalRoot, "", names) }

// isModule reports whether s is the path of names in a module.
func (s *step) isModule(name string, names ...string) bool { return s.is(moduleRoot, name, names) }

func (s *step) is(root rootKind, name string, names []string) bool {
	if s.depth != len(names) {
		return false
	}
	for i := len(names) - 1; i >= 0; i-- {
		if s.name != names[i] {
			return false
		}
		s = s.parent
	}
	return s.root == root && (root == globalRoot || s.name == name)
}

// member returns the path of a member, nil where it would be too long.
func (s *step) member(name string) *step {
	switch {
	case s.root == globalRoot && isGlobalObject(name):
		return s
	case s.root == moduleRoot && name == "default":
		// Interoperation between module systems: the default is the module.
		return s
	case s.depth == 0 && s.isModule("buffer") && name == "Buffer":
		return &step{parent: global, name: name, depth: 1}
	case name == "constructor":
		if c := s.constructor(); c != nil {
			return c
		}
	case s.depth >= MaxPath:
		return nil
	}
	return &step{parent: s, name: name, depth: s.depth + 1}
}

// isGlobalObject tells the names under which the global object is known.
func isGlobalObject(name string) bool {
	switch name {
	case "globalThis", "global", "window", "self", "frames", "GLOBAL":
		return true
	}
	return false
}

// constructor returns what .constructor of a path is, nil where that says
// nothing.
func (s *step) constructor() *step {
	switch {
	case s.isGlobal("module"), s.isGlobal("require", "main"), s.isGlobal("process", "mainModule"), s.isGlobal("module", "parent"):
		return module("module")
	case s.root == notRoot && s.name == "constructor", s.depth == 1 && s.parent.root == globalRoot && isGlobalFunction(s.name):
		return functionStep
	}
	return nil
}

var functionStep = alone(step{parent: global, name: "Function", depth: 1})

func isGlobalFunction(name string) bool {
	switch name {
	case "require", "eval", "fetch", "setTimeout", "setInterval", "Object", "Array", "String", "Function",
		"Number", "Boolean", "Symbol", "Promise", "Date", "RegExp", "Error", "Map", "Set", "Proxy",
		"parseInt", "parseFloat", "isNaN", "atob", "btoa", "unescape", "escape", "decodeURIComponent", "encodeURIComponent":
		return true
	}
	return false
}

// requires reports whether calling the path loads the module that the first
// argument names.
func (s *step) requires() bool {
	switch s.name {
	case "require":
		return s.isGlobal("require") || s.isGlobal("module", "require") || s.isGlobal("require", "main", "require") ||
			s.isGlobal("process", "mainModule", "require") || s.isGlobal("module", "parent", "require") ||
			s.isGlobal("import.meta", "require") || s.isModule("module", "prototype", "require")
	case "__non_webpack_require__", "nativeRequire", "__webpack_require__", "__nccwpck_require__":
		return s.depth == 1 && s.parent.root == globalRoot
	case "_load":
		return s.isModule("module", "_load") || s.isModule("module", "Module", "_load")
	case "getBuiltinModule":
		return s.isGlobal("process", "getBuiltinModule")
	case Called:
		if s.depth < 2 {
			return false
		}
		switch s.parent.name {
		case "createRequire", "createRequireFromPath":
			return s.parent.parent.isModule("module") || s.parent.parent.isModule("module", "Module")
		}
	}
	return false
}

// throughCall reports whether calling the path calls what it is a member of:
// f.call and f.apply.
func (s *step) throughCall() bool {
	return s.depth > 1 && (s.name == "call" || s.name == "apply") && !s.isGlobal("Reflect", "apply")
}

// base returns the root of a path.
func (s *step) base() *step {
	for s.root == notRoot {
		s = s.parent
	}
	return s
}
