package sandbox

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// loader is a prelude with as much of a module loader as modules need. It runs
// main.js.
const loader = `
const cache = {};
const require = (name) => {
	if (cache[name]) return cache[name].exports;
	const bytes = __host.read(name), text = bytes && decodeURIComponent(escape(bytes));
	if (bytes === null) throw new Error("no " + name);
	const module = cache[name] = { exports: {} };
	const f = __host.compile(text, name, "module");
	f.call(module.exports, module.exports, (n) => require(n.replace("./", "")), module, name, "/", (n) => Promise.resolve(require(n.replace("./", ""))), { url: "file:///" + name });
	if (module.__promise) module.__promise.then(() => log("end"));
	return module.exports;
};
const log = (...list) => __host.record("ask", "log", list.map(String).join(" "), "", "", "", "run");
globalThis.log = log;
globalThis.__seen = (text) => { log("eval", text); return __host.rewrite(text); };
globalThis.__import = (n) => Promise.resolve(require(n.replace("./", "")));
globalThis.eval = (text) => { log("indirect", text); return __host.compile(String(text), "", "script")(); };
let started = false;
return { step() { if (started) return false; started = true; require("main.js"); return true; } };
`

// loaded runs the files with a loader and returns what they log.
func loaded(t *testing.T, engine Engine, files map[string]string) ([]string, *Trace) {
	t.Helper()
	world := &World{}
	for name := range files {
		world.Package.Files = append(world.Package.Files, name)
	}
	read := func(name string) ([]byte, bool) {
		text, ok := files[name]
		return []byte(text), ok
	}
	p := newPrelude(preludeSource{"10-loader.js", loader})
	trace, err := run(context.Background(), world, read, engine, Limits{Time: 20 * time.Second}, p)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, e := range trace.Events {
		lines = append(lines, e.Target)
	}
	if trace.Ending.Message != "" {
		lines = append(lines, "! "+trace.Ending.Message)
	}
	return lines, trace
}

// The lines are those that Node.js 20 prints for the same files, with log for
// console.log and main.js as an ES module.
func TestModules(t *testing.T) {
	for _, test := range moduleTests {
		t.Run(test.name, func(t *testing.T) {
			engines(t, func(t *testing.T, engine Engine) {
				got, _ := loaded(t, engine, test.files)
				if diff := cmp.Diff(strings.Split(test.want, "\n"), got); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

var moduleTests = []struct {
	name  string
	files map[string]string
	want  string
}{
	{"live bindings", map[string]string{
		"main.js": "import {n, up as add, default as d} from './a.js'\nlog(n)\nadd()\nlog(n, d)\nconst o = {n, add}\nlog(o.n, typeof o.add)",
		"a.js":    "export let n = 1\nexport function up() { n++ }\nexport default n",
	}, "1\n2 1\n2 function"},
	{"namespace", map[string]string{
		"main.js": "import * as a from './a.js'; log(Object.keys(a).sort().join()); log(a.b(), a.default.name); for (const k in a) if (k === 'c') log(a[k])",
		"a.js":    "export const b = () => 'b', c = [1]; export default class Named {}",
	}, "b,c,default\nb Named\n1"},
	{"hoisted functions", map[string]string{
		"main.js": "log(f(), typeof g); import {f} from './a.js'; export default function g() {}",
		"a.js":    "export { h as f }; function h() { return 'h' }",
	}, "h function"},
	{"anonymous defaults", map[string]string{
		"main.js": "import f from './f.js'; import c from './c.js'; import g from './g.js'; import e from './e.js'; import a from './a.js'\nlog(f(), new c().m(), [...g()].join(), e, a.then ? 1 : a())",
		"f.js":    "export default function () { return 'f' }",
		"c.js":    "export default class { m() { return 'm' } }",
		"g.js":    "export default function* () { yield 1; yield 2 }",
		"e.js":    "export default 'a' +\n'b'",
		"a.js":    "export default () => 'arrow'",
	}, "f m 1,2 ab arrow"},
	{"handing on", map[string]string{
		"main.js": "import {x, y, z, ns, default as d, w} from './a.js'; log(x, y, z, ns.x, d, w)",
		"a.js":    "export * from './b.js'; export {x as y, default} from './b.js'; export * as ns from './b.js'; import {x} from './b.js'; export {x as z}; export const w = 'w'",
		"b.js":    "export const x = 'x', w = 'hidden'; export default 'D'",
	}, "x x x x D w"},
	{"this of a call", map[string]string{
		"main.js": "import {f, tag} from './a.js'\nlog(f())\nf()\nlog(tag`a${1}`)\nconst a = [1]\nf()",
		"a.js":    "export function f() { return this === undefined } export function tag(s, v) { return s.join('-') + v + (this === undefined) }",
	}, "true\na-1true"},
	{"shadowed names", map[string]string{
		"main.js": "import {a} from './a.js'; { const a = 2; log(a) } ((a) => log(a))(3); log(a); class A { a = a; a() {} } label: for (const {a: b} of [{a}]) { log(b); continue label } log({a: 1}.a, `${a}`)",
		"a.js":    "export const a = 1",
	}, "2\n3\n1\n1\n1 1"},
	{"names of the function", map[string]string{
		"main.js": "import {x} from './a.js'; const require = 1, module = 2, exports = 3, __filename = import.meta.url, __dirname = 5; log(require, module, exports, __filename, x); export {require as r}",
		"a.js":    "export const x = 4",
	}, "1 2 3 file:///main.js 4"},
	{"patterns", map[string]string{
		"main.js": "import {a, b, c, d} from './a.js'; log(a, b, c.join(), d.length)",
		"a.js":    "export const {a, x: {b} = {}} = {a: 1, x: {b: 2}}, [, ...c] = [0, 3, 4]; export var d = 'four'",
	}, "1 2 3,4 4"},
	{"top-level await", map[string]string{
		"main.js": "const {x} = await import('./a.js')\nlog(x)\nexport const z = await 3; log(z)",
		"a.js":    "export const x = 'x'",
	}, "x\n3\nend"},
	{"strict", map[string]string{
		"main.js": "import './a.js'; log((function () { return this === undefined })()); try { undeclared = 1 } catch (e) { log(e.name) }",
		"a.js":    "log('side effect'); export {}",
	}, "side effect\ntrue\nReferenceError"},
	{"comments and lines", map[string]string{
		"main.js": "#!/usr/bin/env node\n// import x from 'y'\nimport {\n  a, // first\n  b,\n} from './a.js'\nlog(a, b) // last",
		"a.js":    "/* export */ export /* a */ const /* b */ a = 'import', b = `export default`",
	}, "import export default"},
	{"odd names", map[string]string{
		"main.js": "import {'a b' as x, default as y} from './a.js'; import {$, _, π, if as z} from './a.js'; log(x, y, $, _, π, z)",
		"a.js":    "const v = 1; export {v as 'a b', v as default, v as $, v as _, v as π, v as if}",
	}, "1 1 1 1 1 1"},
	{"cycles", map[string]string{
		"main.js": "import {even} from './a.js'; log(even(10), even(7))",
		"a.js":    "import {odd} from './b.js'; export function even(n) { return n === 0 || odd(n - 1) }",
		"b.js":    "import {even} from './a.js'; export function odd(n) { return n !== 0 && even(n - 1) }",
	}, "true false"},
	{"assignment", map[string]string{
		"main.js": "import {a} from './a.js'; try { a = 2 } catch (e) { log(e.name) } log(a)",
		"a.js":    "export const a = 1",
	}, "TypeError\n1"},
	{"statements", map[string]string{
		"main.js": "import {f} from './a.js'\nlet x = 1\nf(x)\nif (x) f(2)\nelse\nf(3)\nfor (;x < 2; x++)\nf(4)\nswitch (x) { case 2:\nlog(5)\nf(6) }\nconst g = () => f(7)\ng()\nconst h = y => {\nreturn f(y)\n}\nh(8)",
		"a.js":    "export const f = log",
	}, "1\n2\n4\n5\n6\n7\n8"},
}

// The loader's own part: what a script evaluates is seen.
func TestEvaluated(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"direct", "var x = 1; log(eval('x + 1'))", "eval x + 1\n2"},
		{"nested", "eval('eval(\"log(3)\")')", "eval eval(\"log(3)\")\neval log(3)\n3"},
		{"second argument", "log(eval('4', 5))", "eval 4\n4"},
		{"not text", "log(eval(6))", "eval 6\n6"},
		{"indirect", "var x = 'local'; (0, eval)('var y = typeof x'); log(y)", "indirect var y = typeof x\nundefined"},
		{"by a name", "const e = eval; e('log(1)')", "indirect log(1)\n1"},
		{"by a member", "globalThis.eval('log(1)'); globalThis['ev' + 'al']('log(2)')", "indirect log(1)\n1\nindirect log(2)\n2"},
		{"spread", "eval(...['log(1)'])", "indirect log(1)\n1"},
		{"optional", "eval?.('log(1)')", "indirect log(1)\n1"},
		{"handed on", "['log(1)'].forEach(eval)", "indirect log(1)\n1"},
		{"own", "(function (eval) { eval('x') })(log); ({eval(a) { log(a) }}).eval('y')", "x\ny"},
		{"import", "eval(\"import('./a.js')\").then((a) => log(a.x))", "eval import('./a.js')\n7"},
		{"strict", "'use strict'; var x = 1; log(eval('var x = 2; x'), x)", "eval var x = 2; x\n2 1"},
		{"commonjs", "const a = require('./a.js'); log(a.x, module.exports === exports, this === exports)", "7 true true"},
		{"no module", "log(typeof __filename, import.meta.url)", "string file:///main.js"},
	} {
		t.Run(test.name, func(t *testing.T) {
			engines(t, func(t *testing.T, engine Engine) {
				got, _ := loaded(t, engine, map[string]string{"main.js": test.text, "a.js": "exports.x = 7"})
				if diff := cmp.Diff(strings.Split(test.want, "\n"), got); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

// Both engines give the same places.
func TestPlaces(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"first line", "log(1)", `{"file":"main.js","line":1,"column":4}`},
		{"later", "\n\n  log(1)", `{"file":"main.js","line":3,"column":6}`},
		{"module", "import './a.js'; log(1)", `{"file":"main.js","line":1,"column":21}`},
		{"module, later", "import {x} from './a.js'\nlog(1)", `{"file":"main.js","line":2,"column":4}`},
		{"imported names", "import {x, y} from './a.js'; const z = [x, y, x]; log(1)\nlet a = [x, y]; log(2)", `{"file":"main.js","line":2,"column":20}`},
		{"inner", "const f = () => {\n[1].forEach(() => log(1)) }\nf()", `{"file":"main.js","line":2,"column":22}`},
		{"evaluated", "\neval('\\nlog(1)')", `{"line":2,"column":4}`},
		{"indirect", "(0, eval)('\\n\\nlog(1)')", `{"line":3,"column":4}`},
		{"job", "Promise.resolve().then(() =>\nlog(1))", `{"file":"main.js","line":2,"column":4}`},
		{"a name like a frame", "const o = {'x (a.js:7:7)': () => log(1)}\no['x (a.js:7:7)']()", `{"file":"main.js","line":1,"column":37}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			engines(t, func(t *testing.T, engine Engine) {
				_, trace := loaded(t, engine, map[string]string{"main.js": test.text, "a.js": ""})
				if len(trace.Events) == 0 {
					t.Fatalf("%+v", trace.Ending)
				}
				at := trace.Events[len(trace.Events)-1].At
				got, err := json.Marshal(at)
				if err != nil || string(got) != test.want {
					t.Errorf("got %s, %v", got, err)
				}
			})
		})
	}
}
