package javascript

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

// The head of modules without exports.
const moduleStart = `"use strict";const __mrequire=require,__mexports=exports,__mObject=Object;{__mObject.defineProperty(__mexports,"__esModule",{value:true});`

// What the texts do is tested where they run, in package sandbox.
func TestCommonJS(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"nothing to change", "const a = require('b')\nmodule.exports = a // c", "const a = require('b')\nmodule.exports = a // c"},
		{"import call", "import ( 'a' ).then(import.meta)", moduleStart + "__import ( 'a' ).then(__meta)\n}"},
		{"a script's import call", "const a = () => import('b')", "const a = () => __import('b')"},
		{"hashbang", "#!/bin/node\neval", "///bin/node\nglobalThis.eval"},
		{"hashbang of a module", "#!/bin/node\nexport {}", moduleStart + "///bin/node\n;\n}"},
		{"byte order mark", "\ufeffexport {}", moduleStart + ";\n}"},
		{"lines", "import {\n a,\n b\n} from 'c'\na", moduleStart + "var __m0=__mrequire('c');\n\n\n\n__m0.a\n}"},
		{"hidden names", "import {__m} from 'a'; __m_", strings.ReplaceAll(moduleStart, "__m", "__m__") + "var __m__0=__m__require('a'); __m_\n}"},
		{"start of a line", "import {a} from 'b'\nc\na()\nif (c) a(); c = a()", moduleStart + "var __m0=__mrequire('b');\nc\n;(0,__m0.a)()\nif (c) (0,__m0.a)(); c = (0,__m0.a)()\n}"},
		{"shorthand", "import a, * as b from 'c'; ({a, b})", moduleStart + "var __m0=__mrequire('c');var __m0d=__m0&&__m0.__esModule?__m0:{default:__m0}; ({a:__m0d.default, b:__m0})\n}"},
		{"import behind code", "a; import 'b'", moduleStart + "var __m0=__mrequire('b');a; ;\n}"},
		{"eval", "eval(a); eval(eval(b), c); d.eval(e); eval(); eval", "eval(__seen(a)); eval(__seen(eval(__seen(b))), c); d.eval(e); globalThis.eval(); globalThis.eval"},
		{"eval of its own", "function a(eval) { eval(b) } let c = {eval() {}, eval: eval}", "function a(eval) { eval(b) } let c = {eval() {}, eval: globalThis.eval}"},
		{"quoted", "import 'a\\\nb'", moduleStart + "var __m0=__mrequire(\"ab\");\n\n}"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m, err := CommonJS([]byte(test.text), "a.js")
			if err != nil || m.Text != test.want {
				t.Errorf("got  %s\nwant %s\n%v", m.Text, test.want, err)
			}
			if m.ES != strings.Contains(test.want, "use strict") || m.Async {
				t.Errorf("got %v, %v", m.ES, m.Async)
			}
		})
	}
	m, err := CommonJS([]byte("await a"), "a.js")
	if want := `module.__promise=(async()=>{__mObject.defineProperty(__mexports,"__esModule",{value:true});await a` + "\n})();"; err != nil || !m.Async || !strings.HasSuffix(m.Text, want) {
		t.Errorf("got %+v, %v", m, err)
	}
	if m, err := CommonJS([]byte("a"), "a.mjs"); err != nil || !m.ES {
		t.Errorf("got %+v, %v", m, err)
	}
	if m, err := CommonJS([]byte("async function a() { await b; for await (c of d); }"), "a.js"); err != nil || m.ES {
		t.Errorf("got %+v, %v", m, err)
	}
}

func TestCommonJSHostile(t *testing.T) {
	if m, err := CommonJS([]byte(strings.Repeat("[", MaxDepth+1)), "a.js"); err == nil {
		t.Errorf("got %d bytes", len(m.Text))
	}
	if _, err := Script([]byte(strings.Repeat("[", MaxDepth+1))); err == nil {
		t.Error("no error")
	}
	// What nests, stands side by side or is imported often takes time that grows
	// with the text: these would not end otherwise.
	const many = 20000
	for name, text := range map[string]string{
		"calls":    "import {a} from 'b'; /*" + strings.Repeat("x", 1<<16) + "*/ a" + strings.Repeat("()", many),
		"evals":    strings.Repeat("eval(", MaxDepth/4) + "a" + strings.Repeat(")", MaxDepth/4),
		"names":    "import {a} from 'b';" + strings.Repeat("a\n", many),
		"imports":  strings.Repeat("import {a} from 'b'; export {a as c};", many/8),
		"patterns": "export const " + strings.Repeat("[", MaxDepth/2) + "a" + strings.Repeat("]", MaxDepth/2) + " = 1",
		"exports":  "export {" + strings.Repeat("a as b,", many) + "}",
	} {
		m, err := CommonJS([]byte(text), "a.js")
		if err != nil || len(m.Text) < 100 {
			t.Errorf("%s: %d bytes, %v", name, len(m.Text), err)
		}
	}
}

func TestModulePlace(t *testing.T) {
	const text = "import {a} from 'b'; a(1), a(2)\n;[a, mark]"
	m, err := CommonJS([]byte(text), "a.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, mark := range []string{"1", "2", "mark"} {
		line, column := placeOf(m.Text, mark)
		wantLine, wantColumn := placeOf(text, mark)
		if line, column := m.Place(line, column); line != wantLine || column != wantColumn {
			t.Errorf("%s: got %d:%d, want %d:%d", mark, line, column, wantLine, wantColumn)
		}
	}
	if line, column := m.Place(7, 8); line != 7 || column != 8 {
		t.Errorf("got %d:%d", line, column)
	}
}

// placeOf returns where the last mention of a mark in a text of ASCII is.
func placeOf(text, mark string) (line, column int) {
	at := strings.LastIndex(text, mark)
	return strings.Count(text[:at], "\n") + 1, at - strings.LastIndexByte(text[:at], '\n')
}

// What parses is still parsed when it was rewritten, as a function's body, and
// has as many lines.
func FuzzCommonJS(f *testing.F) {
	for _, text := range []string{
		"import a, {b as c, default as d} from 'e'; import * as g from 'h'; a(); c`x`; ({d, g}); new a(); g()",
		"export default function () {} export class A {} export const {a, b: [c], ...d} = e; export let f = () => f",
		"export default async function* () {}", "export default class {}", "export default a\n(b)", "export default {a}",
		"export * from 'a'; export * as b from 'c'; export {d as e, default} from 'f'; export {g, h as 'i j'}; let g, h",
		"#!/usr/bin/env node\nimport {\n a\n} from 'b'\na\na()\n[a]", "await a; for await (const b of c) eval(b)", "eval(eval(a)); eval?.(b); eval(...c); (0, eval)(d); eval",
		"import(a).then(b => import.meta.url)", "if (a) b()\nelse c(); import {b, c} from 'd'", "import a from 'b' with {type: 'json'}; a = 1; [a] = [2]; a++",
		"label: a: for (;;) { break label }; import {label, a} from 'b'; class C { a = a; [a]() {} static { a() } }", "import {a} from 'b'\nswitch (c) { case a: a()\ndefault:\na() }",
		"import defer * as a from 'b'; export default (a), 1", "import {π, 'x y' as z} from '\\u0061'; π(z)", "export const a = b > c; import {b} from 'd'",
		"import A,  ", "export {", "export {a as", "export default", "export default class", "export default function*", "import {a as} from", "export * as from 'x'", "import {'a'} from b; 'a'()",
		"eval(", "eval(a", "import(", "import.meta", "export const {", "export const [a, {b", "export 1", "import * as a from; a()", "({eval", "eval`a`", "export {'a' as b}", "@a export default class {}",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		// Nothing runs elements.
		if len(text) > maxFuzz || !utf8.Valid(text) || bytes.ContainsRune(text, '<') {
			return
		}
		before := Parse("a.js", text, Options{})
		if before.tree == nil || len(before.Errors) > 0 {
			if m, err := CommonJS(text, "a.js"); err == nil && strings.Count(m.Text, "\n") < strings.Count(before.Text, "\n") {
				t.Fatalf("lines are missing: %q", m.Text)
			}
			return
		}
		m, err := CommonJS(text, "a.js")
		if err != nil {
			t.Fatal(err)
		}
		if lines := strings.Count(before.Text, "\n"); strings.Count(m.Text, "\n") != lines && (!m.ES || strings.Count(m.Text, "\n") != lines+1) {
			t.Fatalf("other lines: %q", m.Text)
		}
		after := Parse("a.js", []byte("(function (exports, require, module, __import, __meta) {"+m.Text+"\n})"), Options{})
		if after.tree != nil && len(after.Errors) > 0 {
			t.Fatalf("%s\nin %q", after.Errors[0].Message, m.Text)
		}
		line, column := m.Place(1, 1)
		if line != 1 || column > 1 {
			t.Fatalf("got %d:%d", line, column)
		}
	})
}
