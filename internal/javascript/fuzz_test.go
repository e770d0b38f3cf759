package javascript

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/microsoft/typescript-go/shim"
)

// maxFuzz keeps the fuzzer from spending its time on long texts.
const maxFuzz = 1 << 14

func FuzzParse(f *testing.F) {
	for _, s := range shapes {
		f.Add(s.file, []byte(s.text(12)))
	}
	for _, src := range []string{
		"#!/usr/bin/env node\nrequire('fs')", "\ufeffimport 'fs'", "\xff\xfer\x00e\x00q\x00", "\xfe\xff\x00r\xd8\x3d", "a\x00b", "'\xff\xfe'",
		"let {a, b: [c = require('x')], ...d} = e, [f, , g] = h; ({a, b: [c]} = d)",
		"class A extends B { #x = 1; static { this.y = 2 } get z() {} async *w() {} constructor() { super(); this.p = require('fs') } }",
		"label: for (const a of b) { if (a) continue label; else break }",
		"switch (a) { case 1: let b; default: function c() {} }",
		"export default function () {} export {a as b}; export * as c from 'd'; import e, {f as g} from 'h'; import i = require('j')",
		"enum A { B = 'c', D } namespace E.F { export const g = 1 } declare module 'x' { export = y }",
		"const x = <A b='c' {...d}>e{f}<></></A>", "a?.b?.[c]?.(d)", "`a${b}c${`d`}`", "x = a / b / c; y = /[/]/g.test(z)",
		`const cp = require('a'); module.exports = {cp, b: [cp.c], ...cp}; exports.d = e = cp; export {cp as f}; export * from 'g'`,
		`(function (r, f) { f(require('a')) })(this, function (a) { a.b() }); define(['c', 'require'], (d, r) => d.e(r('f')))`,
		`({1: [function (require) { require('a'); require('b') }, {a: 2}], "c": (m, e, __webpack_require__) => { m.exports = __webpack_require__("c") }})`,
		`const f = () => ({a: () => import('b').then(c => c.d)}); f().a().e; globalThis.g = f; g(); x.constructor.constructor('y')()`,
		"f(x).y('z'); (a || b).c(); (d ? e : g)`h`; new (i())().j(); super.k(); this.l().m.call(n)",
		tableFunction(quoted(tableShuffled, nil)) + tablePrologue(direct, tableSum) + tableDecoder + "require(_0xd(100))[_0xd(101)]()",
		tableFunction(quoted(tableShuffled, swapped)) + tablePrologue(direct, "1") + "function _0xd(i){i=i-1;const a=_0xt();let r=a[i];if(x){'" + swappedAlphabet + "'}return r}_0xd(1)",
		"var a=['b','c'];(function(l,n){var f=function(x){while(--x){l['push'](l['shift']())}};f(++n)}(a,3));f(a[0])",
		"import(", "export {", "class {", "({a(", "let [", "const {a: ", "new", "a.", "a[", "function (", "import {a as} from", "for (let", "try {} catch ({",
	} {
		f.Add("a.js", []byte(src))
		f.Add("a.tsx", []byte(src))
	}
	f.Fuzz(func(t *testing.T, name string, src []byte) {
		if len(src) > maxFuzz {
			return
		}
		for _, opts := range []Options{{}, {Tokens: true}} {
			file := Parse(name, src, opts)
			check := func(pos, end int) {
				if pos < 0 || end < pos || end > len(file.Text) {
					t.Fatalf("range %d to %d of %d", pos, end, len(file.Text))
				}
				if line, column := file.Position(pos); line < 1 || column < 1 {
					t.Fatalf("position %d:%d", line, column)
				}
			}
			seen := make(map[string]bool)
			for u := range file.Uses() {
				check(u.Pos, u.End)
				for _, a := range u.Args() {
					check(a.Pos, a.End)
				}
				if key := fmt.Sprint(u.Kind, u.Path, u.Pos, u.End); !file.Tree() || !seen[key] {
					seen[key] = true
				} else {
					t.Fatalf("%s %s twice at %d: %q", u.Kind, u.Path, u.Pos, file.Text[u.Pos:u.End])
				}
			}
			calls := make(map[*shim.Node]bool)
			for u := range file.UnresolvedCalls() {
				check(u.Pos, u.End)
				if calls[u.node] || len(u.Args()) != len(u.arguments) {
					t.Fatalf("call at %d twice, or without its arguments", u.Pos)
				}
				calls[u.node] = true
			}
			last := 0
			for m := range file.Members() {
				check(m.Pos, m.End)
				if m.Name == "" || m.Pos < last {
					t.Fatalf("member %q at %d behind %d", m.Name, m.Pos, last)
				}
				last = m.Pos
			}
			for s := range file.Strings() {
				check(s.Pos, s.End)
			}
			for _, e := range file.Errors {
				check(e.Pos, e.Pos)
			}
		}
	})
}

func FuzzFold(f *testing.F) {
	for _, src := range []string{
		`'a' + 'b'`, `['a', 'b'].reverse().join('')`, `String.fromCharCode(1, 0xd83d, 0xde00)`, `Buffer.from('zz', 'hex').toString('utf16le')`,
		`atob('a===')`, `unescape('%u%4')`, `'é😀'.slice(-1, 99).substr(-5).charCodeAt(0)`, `(1 / 0).toString(2)`, `-1 >>> 33 << -1`,
		`'x'.padEnd(1e9, '')`, `'x'.repeat(-1)`, `[1, 2].map(c => c)[0]`, `[,].at(-9)`, `(function f(a) { return f(a) })(1)`,
		`'a'.replace('', 'b')`, `'a'.replace(/b/, 'c')`, `parseInt('-0x')`, `+'1e999'`, `'a'.split('')[0].constructor('b')`, `(![] + [])[+[]]`,
	} {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) > maxFuzz || !utf8.ValidString(src) {
			return
		}
		file := Parse("a.js", []byte("f("+src+")"), Options{})
		for u := range file.Uses() {
			for _, a := range u.Args() {
				if len(a.Text) > MaxConstant {
					t.Fatalf("constant of %d bytes", len(a.Text))
				}
			}
		}
		for s := range file.Strings() {
			if s.Folded && len(s.Text) > 3*MaxConstant {
				t.Fatalf("constant of %d bytes", len(s.Text))
			}
		}
	})
}

func FuzzInlineScripts(f *testing.F) {
	for _, text := range []string{
		"<script>a()</script>", "<SCRIPT type='module' lang=ts>a</script\n><script src>", "<script><!--<script></script>--></script>", "<!-- --!><script/>a",
		"<b onclick=\"a(&quot;&#39;&#x27)\" href=' java&Tab;script:b(%27)' on:c={() => '}'} {...d}>", "<svg><style><script><![CDATA[a]]></script>", "<title></title ><textarea>", "</", "<!", "<a b='",
	} {
		f.Add("a.html", text)
		f.Add("a.svelte", text)
		f.Add("a.svg", text)
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		if len(text) > maxFuzz {
			return
		}
		list := InlineScripts(name, text)
		if len(list) > MaxInline {
			t.Fatalf("%d scripts", len(list))
		}
		for _, s := range list {
			if s.Pos < 0 || s.Pos > len(text) || s.Text == "" {
				t.Fatalf("%q at %d", s.Text, s.Pos)
			}
			// Only attributes hold what does not stand in the page as it is.
			if !strings.HasPrefix(text[s.Pos:], s.Text) && !strings.ContainsAny(text, "&%") && !strings.ContainsAny(s.Text, "\ufffd") {
				t.Fatalf("%q is not at %d", s.Text, s.Pos)
			}
		}
	})
}
