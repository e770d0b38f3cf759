package javascript

import (
	"testing"
	"unicode/utf8"
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
			for u := range file.Uses() {
				check(u.Pos, u.End)
				for _, a := range u.Args() {
					check(a.Pos, a.End)
				}
			}
			for u := range file.UnresolvedCalls() {
				check(u.Pos, u.End)
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
