package javascript

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

func encode16(text string, order func(uint16) []byte) []byte {
	data := order(0xfeff)
	for _, u := range utf16.Encode([]rune(text)) {
		data = append(data, order(u)...)
	}
	return data
}

func little(u uint16) []byte { return []byte{byte(u), byte(u >> 8)} }
func big(u uint16) []byte    { return []byte{byte(u >> 8), byte(u)} }

// places returns the calls of x with their positions.
func places(f *File) (list []string) {
	for u := range f.Uses() {
		if u.Kind == Call && u.Path.String() == "x" {
			line, column := f.Position(u.Pos)
			list = append(list, fmt.Sprintf("%d:%d", line, column))
		}
	}
	return list
}

func TestParse(t *testing.T) {
	for _, test := range []struct {
		name, file string
		src        []byte
		want       []string
		errors     bool
	}{
		{"plain", "a.js", []byte("\n x()"), []string{"2:2"}, false},
		{"no suffix", "bin/cli", []byte("x()"), []string{"1:1"}, false},
		{"unknown suffix", "a.foo", []byte("x()"), []string{"1:1"}, false},
		{"upper case", "A.TS", []byte("x<T>(); x(y as any)"), []string{"1:1", "1:9"}, false},
		{"module", "a.mjs", []byte("await x(); export {}"), []string{"1:7"}, false},
		{"CommonJS", "a.cjs", []byte("return x()"), []string{"1:8"}, false},
		{"TypeScript module", "a.mts", []byte("let y: string = x()"), []string{"1:17"}, false},
		{"TypeScript CommonJS", "a.cts", []byte("let y = <any>x()"), []string{"1:14"}, false},
		{"JSX", "a.jsx", []byte("<a b={x()}>it's</a>"), []string{"1:7"}, false},
		{"TSX", "a.tsx", []byte("const y: any = <a>{x()}</a>"), []string{"1:20"}, false},
		{"declarations", "a.d.ts", []byte("declare const y: string; export {}"), nil, false},
		{"shebang", "a", []byte("#!/usr/bin/env node\nx()"), []string{"2:1"}, false},
		{"byte order mark", "a.js", []byte("\ufeffx()"), []string{"1:1"}, false},
		{"shebang with arguments", "bin/a.b", []byte("#!/usr/bin/env -S node --no-warnings\r\nx()"), []string{"2:1"}, false},
		{"shebang of TypeScript", "bin/a", []byte("#!/usr/bin/env -S tsx --watch\nlet y = <any>x()"), []string{"2:14"}, false},
		{"shebang of UTF-16", "a", encode16("#!/usr/bin/env node\nx()", big), []string{"2:1"}, false},
		{"shebang alone", "a", []byte("#!"), nil, false},
		{"shebang behind a mark", "a.js", []byte("\ufeff#!/bin/node\nx()"), []string{"2:1"}, false},
		{"UTF-16 little", "a.js", encode16("'\U0001f600'; x()", little), []string{"1:7"}, false},
		{"UTF-16 big", "a.js", encode16("'\U0001f600'; x()", big), []string{"1:7"}, false},
		{"UTF-16 cut", "a.js", append(encode16("x()\n", little), 'a'), []string{"1:1"}, false},
		{"wide columns", "a.js", []byte("'é\U0001f600'; x()"), []string{"1:8"}, false},
		{"line ends", "a.js", []byte("\r\n\r\n\r\u2028\u2029x()"), []string{"6:1"}, false},
		{"invalid UTF-8", "a.js", []byte("'\xff\xfe'; x()"), []string{"1:7"}, false},
		{"NUL", "a.js", []byte("'\x00'; x()"), []string{"1:6"}, false},
		{"NUL between tokens", "a.js", []byte("x();\x00\nx()"), []string{"1:1", "2:1"}, true},
		{"syntax error", "a.js", []byte("x(); let = = ;\nfunction f( { x() }\nx()"), []string{"1:1", "3:1"}, true},
		{"empty", "a.js", nil, nil, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := Parse(test.file, test.src, Options{})
			if !f.Tree() || f.Skipped != "" || f.TokensOnly {
				t.Fatalf("no tree: %q", f.Skipped)
			}
			if (len(f.Errors) > 0) != test.errors {
				t.Errorf("errors %v", f.Errors)
			}
			if diff := cmp.Diff(test.want, places(f)); diff != "" {
				t.Errorf("calls differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSkipped(t *testing.T) {
	for _, test := range []struct {
		name, reason string
		text         string
		opts         Options
	}{
		{"deep", "nest", strings.Repeat("[", MaxDepth+1), Options{}},
		{"long", "chains", "a" + strings.Repeat(".b", MaxChain+1), Options{}},
		{"tokens", "tokens", strings.Repeat("a;", MaxTokens), Options{}},
		{"large", "larger", strings.Repeat(" ", MaxTree), Options{}},
		{"lookups", "import", strings.Repeat("require;", 1<<17), Options{}},
		{"work", "async", strings.Repeat("async(a=", 40), Options{}},
		{"asked", "asked", "", Options{Tokens: true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := Parse("a.js", []byte("x('y');require('fs').read();"+test.text), test.opts)
			if f.Tree() || !f.TokensOnly || !strings.Contains(f.Skipped, test.reason) {
				t.Fatalf("tree %t, tokens %t, skipped %q", f.Tree(), f.TokensOnly, f.Skipped)
			}
			if got := uses(f)[:3]; !cmp.Equal(got, []string{"call x()", "import fs#", "call fs#read()"}) {
				t.Errorf("uses %q", got)
			}
		})
	}
	f := Parse("a.js", make([]byte, MaxText+1), Options{})
	if f.Skipped == "" || f.Tree() || f.TokensOnly || f.Text != "" {
		t.Errorf("skipped %q, tree %t, tokens %t, %d bytes kept", f.Skipped, f.Tree(), f.TokensOnly, len(f.Text))
	}
}

// TestNotSkipped reads what resembles the hostile shapes and is common.
func TestNotSkipped(t *testing.T) {
	for name, text := range map[string]string{
		"table":            "x = [" + strings.Repeat("'a', ", 100_000) + "]",
		"statements":       strings.Repeat("a = b\n", 20_000),
		"without newlines": strings.Repeat("if (a) { b() } ", 20_000),
		"functions":        strings.Repeat("x.y = function () { return a ? b : c }\n", 20_000),
		"cases":            "switch (a) {" + strings.Repeat("case 'b': case 'c': d ? e : f; break;\n", 20_000) + "}",
		"classes":          strings.Repeat("class A extends B { async c() { await d } }\n", 20_000),
		"async":            strings.Repeat("const a = async (b) => { await c(async () => { await d(async () => { await e }) }) }\n", 5000),
		"properties":       "x = {" + strings.Repeat("a: b ? c : !d, ", 20_000) + "}",
		"jsx":              strings.Repeat("x = <a b={c}>it's <d/>{e ? <f>g</f> : null}</a>;\n", 10_000),
		"long sum":         "x = ''" + strings.Repeat(" +\n 'a'", 20_000),
		"templates":        strings.Repeat("x = `a${b}c${`d${e}`}`;\n", 20_000),
		"regexps":          strings.Repeat("x = a.test(/[/'\"`{(]/g) / b / (c) / 2;\n", 20_000),
	} {
		t.Run(name, func(t *testing.T) {
			f := Parse("a.js", []byte(text), Options{})
			if f.Skipped != "" || len(f.Errors) > 0 {
				t.Errorf("skipped %q, errors %.200v", f.Skipped, f.Errors)
			}
		})
	}
}

func TestTokens(t *testing.T) {
	src := `#!/usr/bin/env node
		import a from "node:fs"; export * from 'path'; /* require('no') */ "require('no')";
		const cp = require("child_process"); cp.exec('id'); require('ht\x74p')['get']('u');
		import("net"); new WebSocket('w'); process.env.HOME; o.fetch(); eval(x);`
	f := Parse("a.js", []byte(src), Options{Tokens: true})
	var got []string
	for u := range f.Uses() {
		got = append(got, u.Kind.String()+" "+u.Path.String())
	}
	want := []string{
		"import fs#", "import path#", "read path#", "read cp", "import child_process#", "call child_process#exec", "import http#", "call http#get",
		"import net#", "new WebSocket", "read process.env.HOME", "call o.fetch", "call eval", "read x",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("uses differ (-want +got):\n%s", diff)
	}
	var texts []string
	for s := range f.Strings() {
		texts = append(texts, s.Text)
	}
	if diff := cmp.Diff([]string{"node:fs", "path", "require('no')", "child_process", "id", "http", "get", "u", "net", "w"}, texts); diff != "" {
		t.Errorf("strings differ (-want +got):\n%s", diff)
	}
}

// TestTokenCounts wants the counts that the tree gives, where names are plain.
func TestTokenCounts(t *testing.T) {
	for _, src := range []string{
		`const cp = require('cp'); cp.exec('a')`, `const {exec: x, fork} = require('cp'); x('a'); fork('b')`, `const {exec} = await import('cp'); exec('a')`,
		`import cp from 'cp'; cp.exec('a')`, `import * as cp from 'cp'; cp.exec('a')`, `import a, {exec as x, fork} from 'cp'; x('a'); fork('b'); a.c`,
		`import {default as cp} from 'cp'; cp.exec()`, `import 'cp'`, `require('cp')`, "a()\nrequire('cp')\nb()", `if (a) require('cp'); await import('cp')`,
		`exports.a = require('cp')`, `module.exports = require('cp')`, `f(require('cp'))`, `f({a: require('cp')})`, `x = () => require('cp')`,
		`export * from 'cp'`, `export {a, b as c} from 'cp'`, `require('cp').exec('a')`, `require('cp')('a')`, `module.require('cp').a.b = 1`,
		`const cp = require('cp'), x = cp['exec']; new cp.A()`, `const {a} = require('cp').b; require("cp")['c'](1)`,
	} {
		want := countedUses(Parse("a.mjs", []byte(src), Options{}), "cp#")
		got := countedUses(Parse("a.mjs", []byte(src), Options{Tokens: true}), "cp#")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: counted uses differ (-tree +tokens):\n%s", src, diff)
		}
	}
}

// TestTokenPatterns wants no name of one pattern to stand for what another one
// is given.
func TestTokenPatterns(t *testing.T) {
	f := Parse("a.js", []byte(`let {exec} = o; ({fork} = require('cp')); exec('a')`), Options{Tokens: true})
	if diff := cmp.Diff([]string{"read "}, countedUses(f, "cp#")); diff != "" {
		t.Errorf("counted uses differ (-want +got):\n%s", diff)
	}
}

// TestOrder asks in different orders and wants the same answers.
func TestOrder(t *testing.T) {
	src := []byte(`const {a} = require('x' + b()); function b() { return c } var c = 'y'; a.d(c + 'z'); e = 'p' + 'q' + c`)
	one, two := Parse("a.js", src, Options{}), Parse("a.js", src, Options{})
	read(two)
	if diff := cmp.Diff(uses(one), uses(two)); diff != "" {
		t.Errorf("a second reading differs:\n%s", diff)
	}
}
