package corpus

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/amalfi-audit/audit/internal/feature"
	"github.com/amalfi-audit/audit/internal/javascript"
	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/program"
)

// sample is the number of files that uses are inserted into.
const sample = 500

// target is what is used: a member of a module or, where module is empty, a
// global or a member of one.
type target struct {
	feature                   string
	module                    string
	global, member, arguments string
}

var targets = []target{
	{feature: "file-system", module: "fs", member: "readFileSync", arguments: `'a'`},
	{feature: "process-creation", module: "child_process", member: "exec", arguments: `'a'`},
	{feature: "network", module: "https", member: "get", arguments: `'https://collector.invalid'`},
	{feature: "cryptography", module: "crypto", member: "createHash", arguments: `'sha256'`},
	{feature: "dynamic-code", global: "globalThis", member: "eval", arguments: `'1'`},
	{feature: "data-encoding", global: "Buffer", member: "from", arguments: `'YQ==','base64'`},
}

// shape is a way to write one use. M stands for the module or the global's
// object, m and n for its name in two parts, J for what joins these, E for the
// member, e and f for its parts and A for the arguments, each behind a $.
type shape struct {
	name string
	text string
	// declares tells that the text must stand in an ES module.
	declares bool
}

var moduleShapes = []shape{
	{name: "destructured", text: `;(()=>{const {$E:x}=require('$M');x($A)})();`},
	{name: "namespace", text: `;(()=>{const x=require('$M');x.$E($A)})();`},
	{name: "var and function", text: `;(function(){var x=require("node:$M"),y;y=x.$E;y($A)})();`},
	{name: "at once", text: `;(0,require('$M').$E)($A);`},
	{name: "computed require", text: `;(()=>{const r=globalThis['req'+'uire'];r('$M').$E($A)})();`},
	{name: "require of module", text: `;(()=>{const x=module['req'+"uire"]('$m'+'$J$n');x.$E($A)})();`},
	{name: "import()", text: `;(async()=>{const x=await import('$M');x.$E($A)})();`},
	{name: "import() taken apart", text: `;(async()=>{const {$E:x}=await import('node:$M');x($A)})();`},
	{name: "import().then", text: `;import('$M').then((x)=>x.$E($A));`},
	{name: "brackets", text: `;(()=>{const x=require('$M');x['$e'+'$f']($A)})();`},
	{name: "template", text: ";(()=>{const x=require(`$M`);x[`$E`]($A)})();"},
	{name: "template with parts", text: ";(()=>{const p='$m',x=require(`${p}$J$n`);x.$E($A)})();"},
	{name: "join", text: `;(()=>{const x=require(['$m','$n'].join('$J'));x.$E($A)})();`},
	{name: "from an array", text: `;(()=>{const a=['$E','$M'],x=require(a[1]);x[a[0]]($A)})();`},
	{name: "property", text: `;(()=>{const o={p:require('$M')};o.p.$E($A)})();`},
	{name: "handed on", text: `;insertedName(require('$M'));`},
	{name: "named import", text: `import {$E as insertedName} from '$M';insertedName($A);`, declares: true},
	{name: "namespace import", text: `import * as insertedName from 'node:$M';insertedName.$E($A);`, declares: true},
	{name: "default import", text: `import insertedName from '$M';const {$E:insertedAlias}=insertedName;insertedAlias($A);`, declares: true},
}

var globalShapes = []shape{
	{name: "destructured", text: `;(()=>{const {$E:x}=$M;x($A)})();`},
	{name: "alias", text: `;(()=>{const x=$M.$E;x($A)})();`},
	{name: "object alias", text: `;(function(){var x=$M;x.$E($A)})();`},
	{name: "at once", text: `;(0,$M.$E)($A);`},
	{name: "brackets", text: `;$M['$e'+'$f']($A);`},
	{name: "template", text: ";$M[`$E`]($A);"},
	{name: "join", text: `;$M[['$e','$f'].join('')]($A);`},
	{name: "global object", text: `;(()=>{const g=globalThis;g.$M.$E($A)})();`},
	{name: "computed global", text: `;globalThis['$m'+'$n'].$E($A);`},
	{name: "from an array", text: `;(()=>{const a=['$E'];$M[a[0]]($A)})();`},
	{name: "property", text: `;(()=>{const o={p:$M.$E};o.p($A)})();`},
}

// silentShapes mention the target without using it.
var silentShapes = []shape{
	{name: "comment", text: `;/* require('$M').$E($A); $M.$E($A) */`},
	{name: "line comment", text: "\n// import {$E} from '$M'; $E($A)\n;"},
	{name: "string", text: `;(()=>{const x="require('$M').$E($A)";return x})();`},
	{name: "other object", text: `;(()=>{const x={$E(){}};x.$E($A);return x.require})();`},
	{name: "own names", text: `;((a)=>{const require=a.b,Buffer=a.c,globalThis=a.d;require('$M').$E($A);Buffer.from($A);globalThis.eval($A)});`},
}

// shapes returns the ways to write a use of the target.
func (g *target) shapes(module bool) []shape {
	list := moduleShapes
	if g.module == "" {
		list = globalShapes
	}
	return slices.DeleteFunc(slices.Clone(list), func(s shape) bool { return s.declares && !module })
}

// write returns the text of a use.
func (g *target) write(s shape) string {
	name := cmp.Or(g.module, g.global)
	head, tail, joined := strings.Cut(name, "_")
	joint := "_"
	if !joined {
		head, tail, joint = name[:len(name)/2], name[len(name)/2:], ""
	}
	half := len(g.member) / 2
	return strings.NewReplacer(
		"$M", name, "$m", head, "$n", tail, "$J", joint,
		"$E", g.member, "$e", g.member[:half], "$f", g.member[half:], "$A", g.arguments,
	).Replace(s.text)
}

// places are where text can be put: behind the directive prologue, behind the
// last import declaration, at the end.
func places(f *javascript.File) []int {
	list := []int{prologue(f.Text), len(f.Text)}
	last := -1
	for use := range f.Uses() {
		if text := f.Text[use.Pos:use.End]; use.Kind == javascript.Import && importDeclaration.MatchString(text) {
			last = max(last, use.End)
		}
	}
	if last >= 0 {
		list = append(list, last)
	}
	return list
}

var importDeclaration = regexp.MustCompile(`^import\s*[\w$*{"']`)

// prologue returns the offset behind the directives that a script starts with.
func prologue(text string) int {
	at := 0
	if strings.HasPrefix(text, "#!") {
		at = len(text)
		if end := strings.IndexAny(text, "\r\n"); end >= 0 {
			at = end
		}
	}
	for {
		start, _ := blank(text, at)
		m := directive.FindString(text[start:])
		if m == "" {
			return at
		}
		end := start + len(m)
		next, line := blank(text, end)
		switch {
		case next == len(text):
			return end
		case text[next] == ';':
			end = next + 1
		case !line || strings.IndexByte(".,([`+-*/%<>=!&|^?:", text[next]) >= 0 || infix.MatchString(text[next:]):
			return at // the string is part of an expression
		}
		at = end
	}
}

var (
	directive = regexp.MustCompile(`^("[^"\\\r\n]*"|'[^'\\\r\n]*')`)
	infix     = regexp.MustCompile(`^in(stanceof)?\b`)
)

// blank returns the offset behind the spaces and comments at an offset, and
// whether there is a line break among them.
func blank(text string, at int) (next int, line bool) {
	for at < len(text) {
		rest := text[at:]
		switch {
		case strings.IndexByte(" \t\r\n\f\v", rest[0]) >= 0:
			line = line || rest[0] == '\n' || rest[0] == '\r'
			at++
		case strings.HasPrefix(rest, "//"):
			end := strings.IndexAny(rest, "\r\n")
			if end < 0 {
				return len(text), line
			}
			at += end
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest, "*/")
			if end < 0 {
				return len(text), line
			}
			line = line || strings.ContainsAny(rest[:end], "\r\n")
			at += end + 2
		default:
			return at, line
		}
	}
	return at, line
}

// insert puts text of its own lines at an offset.
func insert(f *javascript.File, at int, text string) *javascript.File {
	return javascript.Parse(f.Name, []byte(f.Text[:at]+"\n"+text+"\n"+f.Text[at:]), javascript.Options{})
}

// tally counts Amalfi's features of a script.
func tally(f *javascript.File) map[string]int {
	var r feature.Reader
	file := &npm.File{Path: f.Name, Data: []byte(f.Text), Size: int64(len(f.Text))}
	program.ReadSource(file, program.JavaScript, program.ReadOptions{Visitor: &r})
	count := make(map[string]int)
	for _, c := range r.Counts() {
		if feature.Lookup(c.Feature).Paper {
			count[c.Feature] = c.N
		}
	}
	return count
}

// change lists what differs between two tallies.
func change(before, after map[string]int) map[string]int {
	diff := make(map[string]int)
	for key, n := range after {
		diff[key] += n
	}
	for key, n := range before {
		diff[key] -= n
	}
	maps.DeleteFunc(diff, func(_ string, n int) bool { return n == 0 })
	return diff
}

// choose takes files from all packages in turn, by their digests, whose trees
// are whole.
func choose(t *testing.T, dir string) []*javascript.File {
	t.Helper()
	var lists [][]npm.File
	for _, pin := range pins(t) {
		list, _ := scripts(t, dir, pin)
		for i := range list {
			list[i].Path = pin + "/" + list[i].Path
		}
		slices.SortFunc(list, func(a, b npm.File) int { return cmp.Or(cmp.Compare(a.SHA256, b.SHA256), cmp.Compare(a.Path, b.Path)) })
		lists = append(lists, slices.CompactFunc(list, func(a, b npm.File) bool { return a.SHA256 == b.SHA256 }))
	}
	var chosen []*javascript.File
	for len(chosen) < sample {
		found := false
		for i, list := range lists {
			if len(list) == 0 || len(chosen) == sample {
				continue
			}
			found = true
			f := javascript.Parse(list[0].Path, list[0].Data, javascript.Options{})
			if f.Tree() && len(f.Errors) == 0 {
				chosen = append(chosen, f)
			}
			lists[i] = list[1:]
		}
		if !found {
			t.Fatalf("the packages have only %d files to insert into", len(chosen))
		}
	}
	return chosen
}

// moduleSyntax tells files that declare themselves ES modules.
var moduleSyntax = regexp.MustCompile(`(?m)^(import|export)\b\s*[\w$*{"']`)

// unlike are the uses that are not counted, by file and feature, with the
// reason.
var unlike = map[string]string{
	"aws-sdk@2.1693.0/lib/browserMd5.js data-encoding": "the file has a Buffer of its own, of the package buffer",
}

// experiment sums up TestInsertion.
type experiment struct {
	// right counts the uses that were counted, by feature and shape.
	right map[[2]string]int
	// missed counts those that were not, by their key in unlike.
	missed map[string]int
}

// use inserts one use of a target into a file, as its digest has it, and text
// that only mentions the target. It checks how the tally changes.
func (e *experiment) use(t *testing.T, f *javascript.File, before map[string]int, g *target, digest []byte) {
	t.Helper()
	at := places(f)
	place := at[int(digest[0])%len(at)]
	list := g.shapes(moduleSyntax.MatchString(f.Text))
	s := list[int(digest[1])%len(list)]
	with := insert(f, place, g.write(s))
	diff := change(before, tally(with))
	if !with.Tree() || len(with.Errors) > 0 {
		t.Errorf("%s at %d: %s does not parse: %v", f.Name, place, g.write(s), with.Errors)
	}
	if maps.Equal(diff, map[string]int{g.feature: 1}) {
		e.right[[2]string{g.feature, s.name}]++
	} else if key := f.Name + " " + g.feature; unlike[key] != "" {
		e.missed[key]++
	} else {
		t.Errorf("%s at %d: %s changes the counts by %v, want 1 of %s", f.Name, place, g.write(s), diff, g.feature)
	}

	s = silentShapes[int(digest[2])%len(silentShapes)]
	with = insert(f, place, g.write(s))
	if diff := change(before, tally(with)); len(diff) > 0 || len(with.Errors) > 0 {
		t.Errorf("%s at %d: %s changes the counts by %v; errors: %v", f.Name, place, g.write(s), diff, with.Errors)
	}
}

// TestInsertion inserts one use of each target into each of the files and looks
// at what is counted before and behind it. Which shape it has, and where it
// stands, follows from the file's digest.
func TestInsertion(t *testing.T) {
	e := experiment{make(map[[2]string]int), make(map[string]int)}
	for _, f := range choose(t, folder(t)) {
		digest := sha256.Sum256([]byte(f.Text))
		before := tally(f)
		for i := range targets {
			e.use(t, f, before, &targets[i], digest[4*i:])
		}
	}
	rows := []string{"feature\tshape\tfiles in which its count, and no other, rose by one"}
	for _, g := range targets {
		sum := 0
		for _, s := range g.shapes(true) {
			n := e.right[[2]string{g.feature, s.name}]
			if n == 0 {
				t.Errorf("%s: %q was never inserted", g.feature, s.name)
			}
			sum += n
			rows = append(rows, fmt.Sprintf("%s\t%s\t%d", g.feature, s.name, n))
		}
		rows = append(rows, fmt.Sprintf("%s\tall\t%d of %d", g.feature, sum, sample))
	}
	for _, key := range slices.Sorted(maps.Keys(unlike)) {
		if e.missed[key] == 0 {
			t.Errorf("%s is listed as not counted, but is", key)
		}
		rows = append(rows, fmt.Sprintf("not counted\t%s\t%d: %s", key, e.missed[key], unlike[key]))
	}
	table(t, rows...)
}

func TestPrologue(t *testing.T) {
	for _, test := range []struct{ directives, rest string }{
		{"", ""},
		{"", "f();"},
		{"#!/usr/bin/env node", "\nf();"},
		{"#!/usr/bin/env node", ""},
		{"/* a */ 'use strict'", "\nf()"},
		{"'use strict';\n// a\n\"use client\";", " f()"},
		{"#!/usr/bin/env node\n'use strict'", ""},
		{"'use strict';", "'a'.b()"},
		{"", "'a' + b"},
		{"", "'a'\n.b()"},
		{"", "'a'\nin b"},
		{"'a'", "\nindex()"},
		{"", "/* 'use strict'"},
	} {
		if got := prologue(test.directives + test.rest); got != len(test.directives) {
			t.Errorf("prologue(%q) = %d, want %d", test.directives+test.rest, got, len(test.directives))
		}
	}
}

// TestTally checks the yardstick itself: uses that must count and that must not.
func TestTally(t *testing.T) {
	for _, test := range []struct {
		text string
		want map[string]int
	}{
		{"require('fs');", map[string]int{}},
		{"const {exec} = require('child_process');", map[string]int{}},
		{"const {exec} = require('child_process'); exec('a'); exec('b');", map[string]int{"process-creation": 2}},
		{"require('https').get('a').on('b');", map[string]int{"network": 1}},
		{"Buffer.from('a', 'base64'); Buffer.from('a');", map[string]int{"data-encoding": 1}},
		{"a.b(require('fs'));", map[string]int{"file-system": 1}},
	} {
		got := tally(javascript.Parse("a.js", []byte(test.text), javascript.Options{}))
		if !maps.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.text, got, test.want)
		}
	}
}

// TestShapes checks that each shape counts, and each silent one does not, in a
// file of nothing else.
func TestShapes(t *testing.T) {
	for _, g := range targets {
		for _, s := range slices.Concat(g.shapes(true), silentShapes) {
			want := map[string]int{g.feature: 1}
			if slices.Contains(silentShapes, s) {
				want = map[string]int{}
			}
			f := javascript.Parse("a.mjs", []byte(g.write(s)), javascript.Options{})
			if got := tally(f); !maps.Equal(got, want) || len(f.Errors) > 0 {
				t.Errorf("%s: %v, want %v; errors: %v", g.write(s), got, want, f.Errors)
			}
		}
	}
}
