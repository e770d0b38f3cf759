package javascript

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// counted returns what a feature counts: the uses of what begins with prefix,
// but for imports, tests, aliases and the results of calls.
func countedUses(f *File, prefix string) (list []string) {
	for u := range f.Uses() {
		if u.Kind == Import || u.Kind == Test || u.Alias || slices.Contains(u.Names, Called) || !strings.HasPrefix(u.Path.String(), prefix) {
			continue
		}
		list = append(list, u.Kind.String()+" "+strings.TrimPrefix(u.Path.String(), prefix))
	}
	return list
}

func TestCounts(t *testing.T) {
	const cp = "const cp = require('cp'); "
	for _, test := range []struct {
		name, src string
		want      []string
	}{
		// A module that is handed on is read once.
		{"argument", `f(require('cp'))`, []string{"read "}},
		{"argument of new", `new F(require('cp'))`, []string{"read "}},
		{"second argument", `f(1, require('cp'))`, []string{"read "}},
		{"argument of import()", `f(import('cp'))`, []string{"read "}},
		{"argument of await", `f(await import('cp'))`, []string{"read "}},
		{"spread", `f(...require('cp'))`, []string{"read "}},
		{"return", `function f() { if (a) return require('cp') }`, []string{"read "}},
		{"return of an exported function", `export function f() { return require('cp') } f()`, []string{"read "}},
		{"arrow", `module.exports = () => require('cp')`, []string{"read "}},
		{"getter", `x = {get cp() { return require('cp') }}`, []string{"read "}},
		{"exports member", `exports.cp = require('cp')`, []string{"read "}},
		{"module.exports", `module.exports = require('cp')`, []string{"read "}},
		{"exports twice", `exports.a = exports.b = require('cp')`, []string{"read "}},
		{"name and exports", `const x = exports.a = require('cp')`, []string{"read "}},
		{"exports and name", `let x; exports.a = x = require('cp')`, []string{"read "}},
		{"exports in a sequence", `exports.a = require('cp'), exports.b = require('cp').c`, []string{"read ", "read c"}},
		{"exports of a member", `exports.a = (exports.b = require('cp')).c`, []string{"read ", "read c"}},
		{"property", `f({a: require('cp')})`, []string{"read "}},
		{"nested property", `module.exports = {a: {b: require('cp')}}`, []string{"read "}},
		{"element", `f([require('cp')])`, []string{"read "}},
		{"property of what is handed on", `const o = {a: require('cp')}; o.a.b(); f(o)`, []string{"read ", "call b"}},
		{"property of what is exported", `export const o = {a: require('cp')}`, []string{"read "}},
		{"property of two objects", `let o = {a: require('cp')}; o = {}; o.a`, []string{"read "}},
		{"array that is changed", `const a = [require('cp')]; a.push(1); a[0].b()`, []string{"read "}},
		{"member of a parameter", `function f(o) { o.a = require('cp') }`, []string{"read "}},
		{"member of what is handed on", `const o = {}; o.a = require('cp'); f(o)`, []string{"read "}},
		{"computed member", `const o = {}; o[k] = require('cp')`, []string{"read "}},
		{"export all", `export * from 'cp'`, []string{"read "}},
		{"export all as", `export * as n from 'cp'`, []string{"read "}},
		{"export names", `export {a, b as c, default} from 'cp'`, []string{"read a", "read b", "read "}},
		{"export none", `export {} from 'cp'`, nil},
		{"export default", `export default require('cp')`, []string{"read "}},
		{"export const", `export const x = require('cp')`, []string{"read "}},
		{"export pattern", `export const {a, b: {c}} = require('cp')`, []string{"read a", "read b.c"}},
		{"export of a name", cp + `export {cp}`, []string{"read "}},
		{"export of a renamed name", cp + `export {cp as x, cp as y}`, []string{"read ", "read "}},
		{"export of an import", `import {a} from 'cp'; export {a}`, []string{"read a"}},
		{"export of an imported namespace", `import * as cp from 'cp'; export {cp}`, []string{"read "}},
		{"export default of an import", `import cp from 'cp'; export default cp`, []string{"read "}},
		{"promise", `import('cp').then(f)`, []string{"read "}},
		{"promise handed on", `module.exports = import('cp').catch(() => {})`, []string{"read "}},
		{"yield", `function* f() { yield require('cp') }`, []string{"read "}},
		{"throw", `throw require('cp')`, []string{"read "}},
		{"unknown helper", `const x = f(require('cp')); g(x)`, []string{"read ", "read "}},
		{"unknown helper alone", `f(require('cp')); function f(x) { if (x) g(x) }`, []string{"read "}},
		{"statement that calls", `function f() { return require('cp') } f()`, nil},
		{"promisify unknown", `const p = promisify(require('cp').exec)`, []string{"read exec"}},
		{"promisify handed on", `const {promisify} = require('util'); module.exports = promisify(require('cp').exec)`, []string{"read exec"}},
		{"argument of a namespace", `import * as cp from 'cp'; foo(cp)`, []string{"read "}},
		{"object of members", cp + `module.exports = {spawn: cp.spawn}`, []string{"read spawn"}},
		{"shorthand", cp + `f({cp})`, []string{"read "}},
		{"array", cp + `f([cp])`, []string{"read "}},
		{"class field", cp + `class A { static x = cp; m() { return cp } }`, []string{"read ", "read "}},

		// What is only given to names is counted at the names.
		{"unused name", cp, nil},
		{"unused pattern", `const {exec} = require('cp')`, nil},
		{"unused import", `import * as cp from 'cp'; import {a} from 'cp'; import b from 'cp'`, nil},
		{"alias of an alias", cp + `const x = cp, y = x.exec; y()`, []string{"call exec"}},
		{"alias of a choice", `const x = a ? require('cp') : null; x.b()`, []string{"call b"}},
		{"alias of an operand", `const x = require('cp') || {}; x.b()`, []string{"call b"}},
		{"default of a parameter", `function f(x = require('cp')) { x.b() }`, []string{"call b"}},
		{"default in a pattern", `const {x = require('cp')} = {}; x.b()`, []string{"call b"}},
		{"held property", `const o = {a: require('cp')}; o.a.b()`, []string{"call b"}},
		{"held property of this", `class A { constructor() { this.cp = require('cp') } m() { this.cp.b() } }`, []string{"call b"}},
		{"field", `class A { cp = require('cp'); m() { this.cp.b() } }`, []string{"call b"}},
		{"held element", `const a = [require('cp')]; a[0].b()`, []string{"call b"}},
		{"object taken apart", `const {a: x} = {a: require('cp')}; x.b()`, []string{"call b"}},
		{"object used on the spot", `({a: require('cp')}).a.b()`, []string{"call b"}},
		{"held function", `const f = () => require('cp'); f().b()`, []string{"call b"}},
		{"held function declaration", `function f() { return require('cp') } f().b(); f().c`, []string{"call b", "read c"}},
		{"function on the spot", `const x = (() => require('cp'))(); x.b()`, []string{"call b"}},
		{"function on the spot handed on", `f((() => require('cp'))())`, []string{"read "}},
		{"parameter on the spot", `(function (x) { x.b() })(require('cp'))`, []string{"call b"}},
		{"parameter through call", `(function (x) { x.b() }).call(this, require('cp'))`, []string{"call b"}},
		{"pattern of a parameter", `(function ({b}) { b() })(require('cp'))`, []string{"call b"}},
		{"more arguments than parameters", `(function () { f(arguments[0]) })(require('cp'))`, []string{"read "}},
		{"factory", `(function (r, f) { module.exports = f(require('cp')) })(this, function (x) { x.b() })`, []string{"call b"}},
		{"promise with a function", `import('cp').then(x => { x.b() })`, []string{"call b"}},
		{"promise with a pattern", `import('cp').then(({b}) => { b() })`, []string{"call b"}},
		{"promise of a member", `const x = await import('cp').then(m => m.b); x()`, []string{"call b"}},
		{"lazy member", `lazy(() => import('cp').then(m => m.b))`, []string{"read b"}},
		{"interoperation", `var x = __importDefault(require('cp')); x.default.b()`, []string{"call b"}},
		{"member of the global object", `globalThis.x = require('cp'); x.b(); global.x.c()`, []string{"call b", "call c"}},

		// A statement of its own loads and nothing else.
		{"require alone", `require('cp');`, nil},
		{"import alone", `import 'cp'`, nil},
		{"import() alone", `import('cp'); await import('cp'); void import('cp')`, nil},
		{"import() with a function that takes nothing", `import('cp').then(() => f())`, nil},
		{"in a sequence", `f(), require('cp'), g()`, nil},
		{"test of a module", `if (require('cp')) f(); !require('cp')`, nil},

		// Calls, members and tests.
		{"guard", cp + `cp && cp.exec(); if (cp) f(); cp ? 1 : 2; typeof cp`, []string{"call exec"}},
		{"sequence", cp + `(0, cp.exec)('x')`, []string{"call exec"}},
		{"called on the spot", `require('cp')(1)`, []string{"call "}},
		{"constructed on the spot", `new (require('cp'))(1)`, []string{"new "}},
		{"member alone", `require('cp').a`, []string{"read a"}},
		{"two operands", cp + `const x = a && cp || b.cp; (cp || x).y()`, []string{"call y"}},
		{"one of two operands", cp + `f(cp.a || cp.b)`, []string{"read a", "read b"}},
		{"same operand twice", cp + `(cp || cp).y()`, []string{"call y"}},
		{"pattern of operands", `let x; const {a, b} = x || (x = require('cp')); a(); b()`, []string{"call a", "call b"}},
		{"through an object of functions", cp + `const o = {f: function (a, b) { return a(b) }}; o.f(cp.exec, 'x')`, []string{"call exec"}},
		{"through a function", cp + `function f(a, b) { return a(b) } f(cp.exec, 'x')`, []string{"call exec"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := Parse("a.mjs", []byte(test.src), Options{})
			if len(f.Errors) > 0 {
				t.Fatal(f.Errors)
			}
			if diff := cmp.Diff(test.want, countedUses(f, "cp#")); diff != "" {
				t.Errorf("counted uses differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCountsOfEnvironment(t *testing.T) {
	for _, test := range []struct {
		src  string
		want []string
	}{
		{`if (process.env.X) f()`, []string{"read .X"}},
		{`process.env.X && f(); !process.env.Y`, []string{"read .X", "read .Y"}},
		{`const {env} = process; env.X`, []string{"read .X"}},
		{`const {env: {X}} = process; f(X)`, []string{"read .X"}},
		{`f({...process.env})`, []string{"read "}},
		{`Object.keys(process.env)`, []string{"read "}},
		{`JSON.stringify(process.env)`, []string{"read "}},
		{`Object.assign({}, process.env)`, []string{"read "}},
		{`for (const k in process.env) f(k)`, []string{"read "}},
		{`const e = process.env; f(e); e.X`, []string{"read ", "read .X"}},
		{`const e = {...process.env}`, []string{"read "}},
		{`spawn('x', {env: process.env})`, []string{"read "}},
		{`process.env.X = 1; delete process.env.Y`, []string{"write .X", "write .Y"}},
		{"`${process.env.X}`", []string{"read .X"}},
	} {
		f := Parse("a.mjs", []byte(test.src), Options{})
		if diff := cmp.Diff(test.want, countedUses(f, "process.env")); diff != "" {
			t.Errorf("%s: counted uses differ (-want +got):\n%s", test.src, diff)
		}
	}
	// Names that a pattern takes are told, even where nothing comes of them.
	f := Parse("a.js", []byte(`const {A, B} = process.env`), Options{})
	var got []string
	for u := range f.Uses() {
		got = append(got, fmt.Sprint(u.Kind, " ", u.Path, " ", u.Alias))
	}
	if diff := cmp.Diff([]string{"read process.env.A true", "read process.env.B true"}, got); diff != "" {
		t.Errorf("uses differ (-want +got):\n%s", diff)
	}
}

// TestOnce wants no use twice, whatever the ways to it.
func TestOnce(t *testing.T) {
	for _, src := range []string{
		`const f = window || global; f.fetch('x'); (window || global).fetch('y'); (a = window || self).fetch('z')`,
		`const x = a ? require('b') : require('b'); x.c(); (a ? x : x).d()`,
		`(process.env.A || process.env.B || '').split(','); (process.env[a] || process.env[b]).split(',')`,
		`const {a, b} = c || (c = require('d'))`,
		`({a: require('b')}).a.c(); [require('d')][0].e(); (function () { return require('f') })().g()`,
		`(0, a.b)('x'); (a, b)(); (a || b)(c || d)`,
		`this.x = require('a'); this.x.b(); (this.x || c).d()`,
		`Reflect.apply(a.b, c, [d]); a.b.call(c, d); a.b.bind(c)(d)`,
		`b(a ? b : c ? b : d); b(b).c(b)`,
		`x.constructor.constructor('y')(); fetch.constructor.constructor('z')`,
	} {
		f := Parse("a.js", []byte(src), Options{})
		seen := make(map[string]bool)
		for u := range f.Uses() {
			key := fmt.Sprint(u.Kind, u.Path, u.Pos, u.End)
			if seen[key] {
				t.Errorf("%s: %s %s twice at %d", src, u.Kind, u.Path, u.Pos)
			}
			seen[key] = true
		}
	}
}

func TestModuleSystems(t *testing.T) {
	for _, test := range []struct {
		name, src string
		want      []string
	}{
		{"define", `define(['fs', './x', 'require', 'exports', 'text!y'], function (fs, x, r, e) { fs.readFileSync(r('net')) })`,
			[]string{`call define(["fs" "./x" "require" "exports" "text!y"], ?)`, "import fs#", "import ./x#", "call fs#readFileSync(net#)", "import net#", "read net#"}},
		{"named define", `define('n', ['fs'], fs => fs.a())`, []string{`call define("n", ["fs"], ?)`, "import fs#", "call fs#a()"}},
		{"define without list", `define(function (require, exports, module) { require('fs').a() })`, []string{"call define(?)", "import fs#", "call fs#a()"}},
		{"define with an unknown function", `define(['fs'], f)`, []string{`call define(["fs"], f)`, "import fs#", "read fs#", "read f"}},
		{"define with fewer parameters", `define(['a', 'b'], function (a) {})`, []string{`call define(["a" "b"], ?)`, "import a#", "import b#"}},
		{"define with a pattern", `define(['a'], ({b}) => b())`, []string{`call define(["a"], ?)`, "import a#", "call a#b()"}},
		{"require of a list", `require(['fs'], function (fs) { fs.a() })`, []string{"import fs#", "call fs#a()"}},
		{"require of a list alone", `require(['fs'])`, []string{"import fs#"}},
		{"requirejs", `requirejs(['fs'], fs => fs.a())`, []string{`call requirejs(["fs"], ?)`, "import fs#", "call fs#a()"}},
		{"System", `System.register(['fs'], function (e) { var fs; return {setters: [m => { fs = m }]} })`, []string{`call System.register(["fs"], ?)`, "import fs#"}},
		{"universal", `(function (root, factory) {
				if (typeof define === 'function' && define.amd) define(['fs'], factory);
				else if (typeof exports === 'object') module.exports = factory(require('fs'));
				else root.x = factory(root.fs)
			})(this, function (fs) { fs.a('b') })`,
			[]string{"test define", "read define.amd", `call define(["fs"], ?)`, "import fs#", "test exports", "write module.exports", "import fs#", "write x", `call fs#a("b")`, `call fs.a("b")`}},
		{"universal of rollup", `(function (g, f) { typeof exports === 'object' && typeof module !== 'undefined' ? f(exports, require('fs')) :
				typeof define === 'function' && define.amd ? define(['exports', 'fs'], f) : (g = g || self, f(g.x = {}, g.fs)) })(this, (function (exports, fs) { exports.y = fs.a('b') }))`,
			[]string{"test exports", "test module", "import fs#", "test define", "read define.amd", `call define(["exports" "fs"], ?)`, "import fs#", "write x", "write exports.y", `call fs#a("b")`, `call fs.a("b")`}},
		{"browserify", `(function e(t, n, r) { function s(o) {} return s })({1: [function (require, module, exports) {
				var a = require('./a'), fs = require('fs'); fs.b(a.c()); require('d') }, {'./a': 2, 'd': undefined}], 2: [function (require) { require('./e') }, {}]}, {}, [1])`,
			[]string{"import fs#", "call fs#b(?)", "import d#", "import ./e#"}},
		{"webpack", `var __webpack_modules__ = {
				"fs": module => { module.exports = require("fs"); },
				7: (module, exports, __webpack_require__) => { const fs = __webpack_require__("fs"); fs.a('b'); __webpack_require__(9)(); __webpack_require__(8).c() },
				8: function (module) { "use strict"; module.exports = require("net") },
				9(module, exports) { module.exports = function () {} } };
			function __webpack_require__(id) { __webpack_modules__[id](module, module.exports, __webpack_require__) }
			__webpack_require__(7); var n = __webpack_require__("fs"), m = __webpack_require__.n(n); m().d()`,
			[]string{"import fs#", "read fs#", "call fs#a(\"b\")", "call net#c()", "import net#", "read net#", "call fs#d()"}},
		{"webpack of an unknown module", `({"./a.js": (module, exports, __webpack_require__) => { __webpack_require__("fs").a() }})`, []string{"import fs#", "call fs#a()"}},
		{"parameter of another bundler", `bundle("a", function (require) { require("fs").a() })`, []string{`call bundle("a", ?)`, "import fs#", "call fs#a()"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := Parse("a.js", []byte(test.src), Options{})
			if len(f.Errors) > 0 {
				t.Fatal(f.Errors)
			}
			var got []string
			for _, u := range uses(f) {
				if !strings.Contains(u, "__webpack_") && !strings.HasSuffix(u, "read module") && !strings.HasSuffix(u, "read module.exports") && !(test.name == "webpack" && u == "write module.exports") {
					got = append(got, u)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("uses differ (-want +got):\n%s", diff)
			}
		})
	}
}
