package javascript

import (
	"strings"
	"testing"
)

// skeleton writes a skeleton: globals as they are, modules with # in front,
// members with a dot, keys with a colon behind, calls as () and new as new.
func skeleton(f *File) string {
	var list []string
	for p := range f.Skeleton() {
		list = append(list, [...]string{p.Name, "#" + p.Name, "." + p.Name, p.Name + ":", "()", "new"}[p.Kind])
	}
	return strings.Join(list, " ")
}

func TestSkeleton(t *testing.T) {
	for _, test := range []struct {
		name, want string
		sources    []string // all of one skeleton
	}{
		{"a module under any name", "#fs .readFileSync () #path .join ()", []string{
			`const fs = require('fs'), path = require("path"); fs.readFileSync('a'); path.join('b', 1)`,
			`import * as a from 'node:fs'; import b from 'path'; a.readFileSync("x"); b.join()`,
			`import { readFileSync as r } from 'fs'; import { join } from 'path'; r(); join()`,
			`const { readFileSync } = require('fs'); const { join: j } = require('path'); readFileSync(1), j(2)`,
			`var a = require('fs').readFileSync; a(); require('path').join()`,
			`const a = require('fs'); const b = a; const c = b.readFileSync; c(); require('path')['jo' + 'in']()`,
		}},
		{"a global under any name", "process .env .HOME process .env .PATH", []string{
			`process.env.HOME + process.env.PATH`,
			`const { env } = process; [env.HOME, env['PATH']]`,
			`const e = globalThis.process.env; e.HOME; e.PATH`,
			`const { HOME: a, PATH: b } = process.env; x: for (;;) { if (a) continue x; b; break x }`,
		}},
		{"statements", "fetch () .ok .text () console .log ()", []string{
			`async function f(a) { const r = await fetch(a); if (!r.ok) { return; } r.text(); console.log(1) }`,
			`const f = async (b) => { let c; (c = await fetch(b)).ok && c.text(), console.log() }`,
			`(async function () { try { var r = fetch("u" + 1); while (r.ok) r.text() } catch (e) { console.log(e) } })`,
		}},
		{"literals", "String () .length Object ()", []string{
			`String("a").length; Object(true)`,
			"String(`a${1}b`).length; Object(!0, /x/, 0x10, void 0, undefined, null)",
		}},
		{"keys", "f method: headers: 'X: a: b: .c () ()", []string{
			`f({method: 'GET', 'headers': {"'X": 1}, a: 2, b() {}}.c())`,
			`f({"method": 'GET', headers: {"'X": 1}, "a": (2), b: () => {}}['c']())`,
		}},
		{"patterns take members", "a () .b .c .d", []string{
			`const { b, c: { d } } = a()`,
			`const r = a(); r.b; r.c.d`,
		}},
		{"shorthand", "f process: process ()", []string{
			`f({ process })`, `f({ process: process })`, `const p = process; f({ process: p })`,
		}},
		{"loading alone", "#. #dotenv", []string{
			`import './a.js'; import 'dotenv'`, `require('../b'); require('dotenv')`, `export * from './c'; import('dotenv')`,
		}},
		{"calls", "F new () eval ()", []string{`new F()(); eval('x')`, "(new F)``; (0, eval)('x')"}},
		{"two modules are no name", "a #http #https .get ()", []string{`const m = a ? require('http') : require('https'); m.get()`}},
		{"results are no name", "#os .hostname () .length .length", []string{
			`const h = require('os').hostname(); h.length + h.length`,
		}},
		{"private names", "a .b", []string{`class A { #p; constructor() { this.#p = a.b } }`}},
		{"types", "f () .a", []string{
			`f<B>().a as C`, `interface I { x: Date } type T = Map<Set, I>; declare const y: Promise<T>; f().a`,
		}},
		{"nothing", "", []string{"", "// a\n1 + 2", "let a = 1; a++; function b(c, d = a) { return c }"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, src := range test.sources {
				if got := skeleton(Parse("a.ts", []byte(src), Options{})); got != test.want {
					t.Errorf("%s\n got %s\nwant %s", src, got, test.want)
				}
			}
		})
	}
}

func TestSkeletonClass(t *testing.T) {
	const src = `class A extends events.EventEmitter { #q = 1; static s = Date.now(); get v() { return this.w } x() { super.y() } }`
	const want = `events .EventEmitter s: Date .now () v: .w x: .y ()`
	if got := skeleton(Parse("a.js", []byte(src), Options{})); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// TestSkeletonWithoutTree: tokens have no structure to be taken.
func TestSkeletonWithoutTree(t *testing.T) {
	if got := skeleton(Parse("a.js", []byte("require('fs').readFileSync()"), Options{Tokens: true})); got != "" {
		t.Errorf("got %s", got)
	}
}

// TestSkeletonStops: a consumer may want no more.
func TestSkeletonStops(t *testing.T) {
	n := 0
	for range Parse("a.js", []byte("a.b.c()"), Options{}).Skeleton() {
		if n++; n == 2 {
			break
		}
	}
	if n != 2 {
		t.Errorf("%d parts", n)
	}
}

func FuzzSkeleton(f *testing.F) {
	for _, s := range shapes {
		f.Add(s.file, []byte(s.text(12)))
	}
	for _, src := range []string{
		"let {a, b: [c = require('x')], ...d} = e, [f, , g] = h; ({a, b: [c]} = d)",
		"class A extends B { #x = 1; static { this.y = 2 } get z() {} async *w() {} constructor() { super(); this.p = require('fs') } }",
		"const x = <A b='c' {...d}>e{f}<></></A>", "a?.b?.[c]?.(d)", "`a${b}c${`d`}`", "import(", "a.", "a[", "const {a: ", "new", "({a(",
		"const f = () => ({a: () => import('b').then(c => c.d)}); f().a().e; globalThis.g = f; g(); x.constructor.constructor('y')()",
	} {
		f.Add("a.js", []byte(src))
		f.Add("a.tsx", []byte(src))
	}
	f.Fuzz(func(t *testing.T, name string, src []byte) {
		if len(src) > maxFuzz {
			return
		}
		file := Parse(name, src, Options{})
		first := skeleton(file)
		for range file.Uses() {
		}
		if second := skeleton(file); file.Limits() == 0 && first != second {
			t.Fatalf("first %q\nthen %q", first, second)
		}
		if again := skeleton(Parse(name, src, Options{})); again != first {
			t.Fatalf("first %q\nagain %q", first, again)
		}
	})
}
