package javascript

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// uses returns a file's uses as text, but for reads that only name something
// and plain imports where skip says so.
func uses(f *File) []string {
	var list []string
	for u := range f.Uses() {
		if u.Alias {
			continue
		}
		s := u.Kind.String() + " " + u.Path.String()
		if u.Kind == Call || u.Kind == New {
			var args []string
			for _, a := range u.Args() {
				switch {
				case a.Constant:
					args = append(args, fmt.Sprintf("%q", a.Text))
				case len(a.List) > 0:
					args = append(args, fmt.Sprintf("%q", a.List))
				case len(a.Paths) > 0:
					args = append(args, a.Paths[0].String())
				default:
					args = append(args, "?")
				}
			}
			s += "(" + strings.Join(args, ", ") + ")"
		}
		list = append(list, s)
	}
	return list
}

func TestUses(t *testing.T) {
	const run = `call child_process#exec("id")`
	const load = "import child_process#"
	for _, test := range []struct {
		name, src string
		want      []string
	}{
		{"direct", `require('child_process').exec('id')`, []string{load, run}},
		{"alias", `const cp = require('child_process'); cp.exec('id')`, []string{load, run}},
		{"node prefix", `const cp = require('node:child_process'); cp.exec('id')`, []string{load, run}},
		{"rename", `const {exec: x} = require('child_process'); x('id')`, []string{load, run}},
		{"rename of alias", `const cp = require('child_process'); const {exec: x} = cp; x('id')`, []string{load, run}},
		{"nested pattern", `const {a: {exec: x}} = {a: require('child_process')}; x('id')`, []string{load, run}},
		{"default in pattern", `const {exec: x = 1} = require('child_process'); x('id')`, []string{load, run}},
		{"assigned pattern", `let x; ({exec: x} = require('child_process')); x('id')`, []string{load, run}},
		{"property alias", `const cp = require('child_process'); const run = cp.exec; run('id')`, []string{load, run}},
		{"import namespace", `import * as cp from 'child_process'; cp.exec('id')`, []string{load, run}},
		{"import default", `import cp from 'node:child_process'; cp.exec('id')`, []string{load, run}},
		{"import named", `import {exec as x} from 'child_process'; x('id')`, []string{load, run}},
		{"import equals", `import cp = require('child_process'); cp.exec('id')`, []string{load, run}},
		{"dynamic import", `(await import('child_process')).exec('id')`, []string{load, run}},
		{"dynamic import default", `const cp = await import('child_process'); cp.default.exec('id')`, []string{load, run}},
		{"promise", `import('child_process').then(cp => cp.exec('id'))`, []string{load, run}},
		{"promise pattern", `import('child_process').then(({exec}) => exec('id'))`, []string{load, run}},
		{"export from", `export {exec} from 'child_process'`, []string{load, "read child_process#exec"}},
		{"export all", `export * from 'child_process'`, []string{load, "read child_process#"}},
		{"require alias", `const r = require; r('child_process').exec('id')`, []string{load, run}},
		{"module.require", `module.require('child_process').exec('id')`, []string{load, run}},
		{"_load", `module.constructor._load('child_process').exec('id')`, []string{load, run}},
		{"mainModule", `process.mainModule.require('child_process').exec('id')`, []string{load, run}},
		{"getBuiltinModule", `process.getBuiltinModule('child_process').exec('id')`, []string{load, run}},
		{"globalThis", `globalThis['req' + 'uire']('child_' + 'process')['ex' + 'ec']('id')`, []string{load, run}},
		{"createRequire", `import {createRequire} from 'module'; const require = createRequire(import.meta.url); require('child_process').exec('id')`,
			[]string{"import module#", "call module#createRequire(import.meta.url)", "read import.meta.url", load, run}},
		{"template name", "require(`child_process`).exec('id')", []string{load, run}},
		{"joined name", `require(['child', 'process'].join('_')).exec('id')`, []string{load, run}},
		{"import helper", `var cp_1 = __importDefault(require('child_process')); cp_1.default.exec('id')`, []string{"call __importDefault(child_process#)", load, run}},
		{"esbuild", `var t, __toESM = (mod, n) => (t = mod != null ? {} : mod, n || !mod || !mod.__esModule ? {default: mod} : t);
			var cp = __toESM(require('child_process')); cp.exec('id')`, []string{load, run}},
		{"rollup", `const cp = require('child_process'); function d(e) { return e && e.__esModule ? e : {default: e} } const cp2 = d(cp); cp2.default.exec('id')`, []string{load, run}},
		{"sequence", `const cp_1 = require('child_process'); (0, cp_1.exec)('id')`, []string{load, run}},
		{"call", `require('child_process').exec.call(null, 'id')`, []string{load, run}},
		{"apply", `require('child_process').exec.apply(null, ['id'])`, []string{load, run}},
		{"bind", `const x = require('child_process').exec.bind(null); x('id')`, []string{load, run}},
		{"call bound to", `const x = Function.call.bind(require('child_process').exec); x(null, 'id')`, []string{load, run}},
		{"call bound to another", `const push = Function.call.bind(Array.prototype.push); push([], 'id')`, []string{`call Array.prototype.push("id")`}},
		{"Reflect.apply", `const {exec} = require('child_process'); Reflect.apply(exec, null, ['id'])`, []string{load, `call Reflect.apply(child_process#exec, "null", ["id"])`, run}},
		{"Reflect.get", `const cp = require('child_process'); Reflect.get(cp, 'exec')('id')`, []string{load, `call Reflect.get(child_process#, "exec")`, run}},
		{"promisify", `const {promisify} = require('util'); const x = promisify(require('child_process').exec); x('id')`,
			[]string{"import util#", "call util#promisify(child_process#exec)", load, run}},
		{"try", `var cp; try { cp = require('child_process') } catch (e) { cp = null } cp.exec('id')`, []string{load, run}},
		{"two modules", `const m = a ? require('http') : require('https'); m.get('u')`, []string{"test a", "import http#", "import https#", `call http#get("u")`, `call https#get("u")`}},
		{"property", `const o = {}; o.run = require('child_process').exec; o.run('id')`, []string{load, run}},
		{"object literal", `const o = {run: require('child_process').exec}; o.run('id')`, []string{load, run}},
		{"field", `class A { constructor() { this.cp = require('child_process') } run() { this.cp.exec('id') } }`, []string{load, run}},
		{"implicit global", `cp = require('child_process'); cp.exec('id')`, []string{"write cp", load, run}},
		{"umd parameter", `(function (cp) { cp.exec('id') })(require('child_process'))`, []string{run, load}},
		{"bundled", `({1: function (module, exports, require) { require('child_process').exec('id') }})`, []string{load, run}},
		{"helper function", `function m() { return require('child_process') } m().exec('id')`, []string{load, run}},
		{"hoisted", `run(); function run() { cp.exec('id') } var cp = require('child_process');`, []string{run, load}},
		{"Function this", `Function('return this')().process.env.HOME`, []string{`call Function("return this")`, "call Function.()()", "read process.env.HOME"}},
		{"constructor", `[].filter.constructor('return process')().env.HOME`, []string{`call Function("return process")`, "call Function.()()", "read process.env.HOME"}},
		{"function constructor", `(function(){}).constructor('x')()`, []string{`call Function("x")`, "call Function.()()"}},
		{"indirect eval", `(0, eval)('x'); const e = eval; e('y'); window.eval('z')`, []string{`call eval("x")`, `call eval("y")`, `call eval("z")`}},
		{"env", `const e = process['env']; const {HOME, ['NPM_' + 'TOKEN']: t, ...rest} = e; send(t)`, []string{"call send(process.env.NPM_TOKEN)", "read process.env.NPM_TOKEN"}},
		{"env of import", `import {env} from 'node:process'; f(env.HOME)`, []string{"import process", "call f(process.env.HOME)", "read process.env.HOME"}},
		{"env computed", `process.env[k]`, []string{"read process.env.*", "read k"}},
		{"write", `process.env.A = 1; delete process.env.B; process.exitCode++`, []string{"write process.env.A", "write process.env.B", "write process.exitCode"}},
		{"test", `typeof fetch`, []string{"test fetch"}},
		{"new", `const h = require('http'); new h.Agent('x')`, []string{"import http#", `new http#Agent("x")`}},
		{"chain", `require('crypto').createHash('sha1').update(x)`, []string{"import crypto#", `call crypto#createHash("sha1")`, `call crypto#createHash.().update(x)`, "read x"}},
		{"result", `const h = crypto.createHash('md5'); h.update('x')`, []string{`call crypto.createHash("md5")`, `call crypto.createHash.().update("x")`}},
		{"tagged", "import {$} from 'execa'; $`id`", []string{"import execa#", "call execa#$(\"id\")"}},
		{"computed require", `require(name)`, []string{"call require(name)", "read name"}},
		{"index shift", `var t = ['exec', 'child_process', 'id']; function g(i) { i = i - 0x1a3; return t[i] } require(g(0x1a4))[g(0x1a3)](g(0x1a5))`,
			[]string{load, run}},
		{"self replacing table", `function t() { const a = ['exec', 'child_process', 'id']; t = function () { return a }; return t() }
			function g(i, k) { const a = t(); return g = function (i, k) { i = i - 0x10; let r = a[i]; return r }, g(i, k) }
			require(g(0x11))[g(0x10)](g(0x12))`, []string{load, run}},
		{"jsx", `const x = <Foo a="it's">don't {fetch('u')} </Foo>; require('child_process').exec('id')`, []string{"read Foo", `call fetch("u")`, load, run}},
		{"types", `import type {x} from 'fs'; type A = typeof import('net'); f(z as typeof process)`, []string{"call f(z)", "read z"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			name := "a.js"
			if test.name == "types" || test.name == "import equals" {
				name = "a.ts"
			}
			f := Parse(name, []byte(test.src), Options{})
			if len(f.Errors) > 0 || f.Skipped != "" {
				t.Fatalf("errors %v, skipped %q", f.Errors, f.Skipped)
			}
			if diff := cmp.Diff(test.want, uses(f)); diff != "" {
				t.Errorf("uses differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNoUses(t *testing.T) {
	for _, src := range []string{
		`// require('fs')`,
		`"require('fs')"`,
		`const o = {fetch: 1, require() {}}`,
		`class A { eval() {} process = 1 }`,
		`function fetch() {} fetch('x')`,
		`(function (process) { process.env.A })(1)`,
		`try {} catch (process) { process.env }`,
		`process: for (;;) break process`,
		`/** @type {import('fs')} */ let x`,
		`let eval = 1; { eval }`,
		`function f(a, fs = 1, {net}, [...dns]) { fs.x(); net.x(); dns.x() }`,
	} {
		f := Parse("a.js", []byte(src), Options{})
		if got := uses(f); len(got) > 0 {
			t.Errorf("%s: uses %q", src, got)
		}
	}
}

func TestFolding(t *testing.T) {
	for _, test := range []struct{ src, want string }{
		{`'a' + 'b' + 'c'`, "abc"},
		{"`a${'b'}${1 + 2}`", "ab3"},
		{`['c', 'b'].reverse().join('')`, "bc"},
		{`'olleh'.split('').reverse().join('')`, "hello"},
		{`String.fromCharCode(104, 0x69)`, "hi"},
		{`String['from' + 'CharCode'](104, 105)`, "hi"},
		{`String.fromCharCode.apply(null, [104, 105])`, "hi"},
		{`String.fromCharCode(...[104, 105])`, "hi"},
		{`[104, 105].map(c => String.fromCharCode(c)).join('')`, "hi"},
		{`[105, 106].map(function (c) { return String.fromCharCode(c - 1) }).join('')`, "hi"},
		{`atob('aGVsbG8=')`, "hello"},
		{`window['at' + 'ob']('aGVsbG8=')`, "hello"},
		{`btoa('hello')`, "aGVsbG8="},
		{`Buffer.from('68656c6c6f', 'hex').toString()`, "hello"},
		{`Buffer.from('aGVsbG8', 'base64').toString('utf8')`, "hello"},
		{`require('buffer').Buffer.from('aGVsbG8', 'base64') + ''`, "hello"},
		{`new Buffer('aGVsbG8', 'base64').toString('hex')`, "68656c6c6f"},
		{`unescape('%68%u0069')`, "hi"},
		{`decodeURIComponent('%68%69')`, "hi"},
		{`'xhix'.slice(1, -1) + ''`, "hi"},
		{`'xhix'.substr(1, 2)`, "hi"},
		{`'xhix'.substring(3, 1)`, "hi"},
		{`'h-i'.replace('-', '')`, "hi"},
		{`'h-i-'.replace(/-/g, '')`, "hi"},
		{`'ab'.repeat(2)`, "abab"},
		{`'HI'.toLowerCase()`, "hi"},
		{`' hi '.trim()`, "hi"},
		{`'xh'.charAt(1) + 'xi'[1]`, "hi"},
		{`'xh'.at(-1) + 'i'`, "hi"},
		{`'a'.concat('b', 1)`, "ab1"},
		{`(1 + 2 * 3 - 4 / 2 % 3 << 2 ^ 1 | 8 & ~4) + ''`, "29"},
		{`(-1 >>> 28) + 'x'`, "15x"},
		{`parseInt('0x1f') + parseInt('101', 2) + ''`, "36"},
		{`(255).toString(16)`, "ff"},
		{`(true ? 'a' : 'b') + (0, 'c') + void 0 + typeof 1`, "acundefinednumber"},
		{`(![] + [])[+[]] + ([][[]] + [])[+!+[]]`, "fn"},
		{`'\x68\u0069' + '!'`, "hi!"},
		{`(() => 'a' + 'b')()`, "ab"},
	} {
		t.Run(test.src, func(t *testing.T) {
			f := Parse("a.js", []byte("f("+test.src+")"), Options{})
			for u := range f.Uses() {
				if u.Path.String() != "f" {
					continue
				}
				if a := u.Args()[0]; a.Text != test.want || !a.Constant {
					t.Errorf("folded to %q, %t; want %q", a.Text, a.Constant, test.want)
				}
				return
			}
			t.Error("no call of f")
		})
	}
}

func TestNotConstant(t *testing.T) {
	for _, src := range []string{
		`let x = 'a'; x = 'b'; f(x)`,
		`let x = 'a'; x += 'b'; f(x)`,
		`for (let x = 0; x < 2; x++) f(x)`,
		`for (const x of ['a']) f(x)`,
		`const t = ['a', 'b']; t.push(t.shift()); f(t[0])`,
		`const t = ['a', 'b']; (function (t) { t.push(t.shift()) })(t); f(t[0])`,
		`const o = {a: 'x'}; o.a = 'y'; f(o.a)`,
		`function g(x) { f(x) } g('a')`,
		`f('a'.repeat(1e9))`,
		`f(a + 'b')`,
		`const a = b, b = a; f(a)`,
		`const g = () => g(); f(g())`,
		`f('a'.replace(/./g, 'b'))`,
	} {
		f := Parse("a.js", []byte(src), Options{})
		found := false
		for u := range f.Uses() {
			if u.Path.String() == "f" {
				found = true
				if a := u.Args()[0]; a.Constant {
					t.Errorf("%s: constant %q", src, a.Text)
				}
			}
		}
		if !found {
			t.Errorf("%s: no call of f", src)
		}
	}
}

// TestArrayBound doubles an array by itself: what it holds doubles, and is to be
// known no longer where it is too much, as looking at all of it would be.
func TestArrayBound(t *testing.T) {
	v := listOf([]value{stringOf("x")})
	for v.kind == arrayValue {
		if v.num > MaxElements {
			t.Fatalf("an array of %g elements", v.num)
		}
		v = listOf([]value{v, v})
	}
}

func TestStrings(t *testing.T) {
	f := Parse("a.js", []byte("x = 'lit' + y + 'htt' + 'p:'; z = ['a', 'b'].join(''); w = `n`; v = `${atob('aGk=')}!`"), Options{})
	var got []string
	for s := range f.Strings() {
		got = append(got, fmt.Sprintf("%q %t %q", s.Text, s.Folded, f.Text[s.Pos:s.End]))
	}
	want := []string{
		`"lit" false "'lit'"`, `"htt" false "'htt'"`, `"p:" false "'p:'"`, `"a" false "'a'"`, `"b" false "'b'"`, `"" false "''"`, "\"n\" false \"`n`\"", `"aGk=" false "'aGk='"`,
		`"http:" true "'htt' + 'p:'"`, `"ab" true "['a', 'b'].join('')"`, "\"hi!\" true \"`${atob('aGk=')}!\"",
	}
	want[len(want)-1] = "\"hi!\" true \"`${atob('aGk=')}!`\""
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("strings differ (-want +got):\n%s", diff)
	}
}

func TestUnresolvedCalls(t *testing.T) {
	for _, test := range []struct {
		name, src string
		want      []string
	}{
		{"local", `function f(cp, k) { cp.exec('id'); cp[k]('x'); cp.a().b('c') } f()`,
			[]string{`call cp exec("id")`, `call cp *("x")`, `call cp a()`, `call cp a.().b("c")`}},
		{"result of own function", `const f = x => x.y; function g(x) { f(x).toString('base64') }`, []string{`call f ().toString("base64")`}},
		{"result of global", `f(x).toString('base64'); new G().h()`, nil},
		{"folded result of global", `atob('aGk=').split('').g()`, []string{`call  split("")`, `call  split.().g()`}},
		{"constant Buffer", `Buffer.from('aa', 'hex').toString('base64')`, []string{`call  toString("base64")`}},
		{"operands", `function f(a, b) { return (a || b).toString('hex') }`, []string{`call  toString("hex")`}},
		{"choice", `function f(a, b) { (a ? b : f)['to' + 'String']('hex'); (a, b)() }`, []string{`call  toString("hex")`, `call  ()`}},
		{"this", `class A { m() { this.buf.toString('base64') } }`, []string{`call  buf.toString("base64")`}},
		{"super", `class A extends B { m() { super.m(1); super(2) } }`, []string{`call  m("1")`}},
		{"members", `function f(x) { x.y().z._compile(c, 'n') }`, []string{`call x y()`, `call x y.().z._compile(c, "n")`}},
		{"new", `function f(X) { new X('a').b('c'); new (X || f)(1) }`, []string{`new X ("a")`, `call X ().b("c")`, `new  ("1")`}},
		{"through call", `function f(x) { x.y.call(null, 'a'); x.z.apply(null, ['b']); x.w.bind(x)('c') }`,
			[]string{`call x y("a")`, `call x z("b")`, `call x w("c")`}},
		{"tagged", "function f(x) { x.y`z` }", []string{`call x y("z")`}},
		{"called on the spot", `(function () { return x })().y('z'); (() => {})(); (async () => {})()`, nil},
		{"result of a function on the spot", `(function (x) { if (x) return x; return 1 })(2).y('z')`, []string{`call  ().y("z")`}},
		{"own functions", `const o = {a() {}}; o.a(); function f() {} f(); const g = () => f(); g(); f.call(null); f.apply(g, [])`, nil},
		{"constants", `'a'.split(''); [1].map(f); const s = 'x'; s.slice(1)`, []string{`call  split("")`, `call  map(f)`, `call s slice("1")`}},
		{"in arguments", `function f(a, b) { a.c(b.d(), (a || b).e()) }`, []string{`call a c(?, ?)`, `call b d()`, `call  e()`}},
		{"uses are none", `require('fs').readFileSync('a'); fetch('b').then(c => c); process.env.A.split(','); import('x').then(y)`, nil},
		{"optional", `function f(a) { a?.b?.('c'); (a?.d)('e') }`, []string{`call a b("c")`, `call a d("e")`}},
		{"long", `function f(a) { a` + strings.Repeat(".b", MaxPath+2) + `.toString('hex') }`, []string{`call a b.b.toString("hex")`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := Parse("a.js", []byte(test.src), Options{})
			if len(f.Errors) > 0 {
				t.Fatal(f.Errors)
			}
			var got []string
			for u := range f.UnresolvedCalls() {
				var args []string
				for _, a := range u.Args() {
					switch {
					case a.Constant:
						args = append(args, fmt.Sprintf("%q", a.Text))
					case len(a.Paths) > 0:
						args = append(args, a.Paths[0].String())
					default:
						args = append(args, "?")
					}
				}
				got = append(got, fmt.Sprintf("%s %s %s(%s)", u.Kind, u.Local, strings.Join(u.Names, "."), strings.Join(args, ", ")))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("calls differ (-want +got):\n%s", diff)
			}
		})
	}
}
