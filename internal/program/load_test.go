package program

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amalfi-audit/audit/internal/npm"
)

// tree makes a tree of paths and contents.
func tree(files ...string) *npm.Tree {
	t := new(npm.Tree)
	for i := 0; i < len(files); i += 2 {
		t.Files = append(t.Files, npm.File{Path: files[i], Size: int64(len(files[i+1])), Data: []byte(files[i+1])})
	}
	t.Sort()
	return t
}

func manifestOf(scripts ...string) string {
	m := map[string]string{}
	for i := 0; i < len(scripts); i += 2 {
		m[scripts[i]] = scripts[i+1]
	}
	data, err := json.MarshalIndent(map[string]any{"name": "a", "version": "1.0.0", "scripts": m}, "", "  ")
	if err != nil {
		panic(err)
	}
	return string(data)
}

// describe renders what runs at install.
func describe(p *Program) []string {
	var out []string
	for _, c := range p.Install {
		line := fmt.Sprintf("%s %s %s:%d:%d %s", c.Hook, c.Name, c.Path, c.Line, c.Column, c.Command)
		if c.Gyp != "" {
			line = fmt.Sprintf("%s (%s) %s:%d:%d %s", c.Hook, c.Gyp, c.Path, c.Line, c.Column, c.Command)
		}
		if c.Dir != "" {
			line += " in " + c.Dir
		}
		if c.Implicit {
			line += " (implicit)"
		}
		out = append(out, line)
	}
	for _, f := range p.InstallFiles {
		line := strings.TrimSpace(f.Interpreter+" "+f.Path) + " from " + fmt.Sprintf("%s:%d", f.From, f.Line)
		if f.Missing {
			line += " (missing)"
		}
		out = append(out, line)
	}
	for _, s := range p.Scripts {
		if s.Shell != nil && s.Phase == AtInstall {
			out = append(out, "shell "+s.Path)
		}
	}
	for _, g := range p.Gaps {
		out = append(out, "gap "+g.Path+": "+g.Reason)
	}
	return out
}

func TestLoad(t *testing.T) {
	tests := []struct {
		name  string
		files []string
		opt   Options
		want  []string
	}{
		{"nothing runs", []string{"package.json", manifestOf("test", "node t", "prepare", "husky"), "t.js", ""}, Options{}, nil},
		{"lifecycle order and positions", []string{
			"package.json", "{\n  \"name\": \"a\", \"scripts\": {\"postinstall\": \"node c\",\n    \"é\": \"x\", \"install\": \"node b\", \"preinstall\": \"node a\"}}",
			"a.js", "", "b/index.js", "", "c", ""}, Options{}, []string{
			`preinstall preinstall package.json:3:50 node a`,
			`install install package.json:3:26 node b`,
			`postinstall postinstall package.json:2:43 node c`,
			"node a.js from package.json:3", "node b/index.js from package.json:3", "node c from package.json:2"}},
		{"a git dependency", []string{"package.json", manifestOf("prepare", "tsc", "prepack", "node p.js", "postinstall", "node p.js"), "p.js", ""},
			Options{Git: true}, []string{
				"postinstall postinstall package.json:4:20 node p.js", "prepare prepare package.json:6:16 tsc",
				"prepack prepack package.json:5:16 node p.js", "node p.js from package.json:4"}},
		{"scripts that scripts run", []string{"package.json", manifestOf(
			"install", "npm run build && run-p gen:*", "prebuild", "a", "build", "yarn build:js; npm run install", "postbuild", "node --run once",
			"build:js", "npm run build", "once", "b", "preonce", "never", "gen:x", "c", "gen:y:z", "never", "genx", "never")},
			Options{}, []string{
				"install install package.json:9:16 npm run build && run-p gen:*",
				"install prebuild package.json:12:17 a",
				"install build package.json:4:14 yarn build:js; npm run install",
				"install build:js package.json:5:17 npm run build",
				"install postbuild package.json:11:18 node --run once",
				"install once package.json:10:13 b",
				"install gen:x package.json:6:14 c"}},
		{"another manifest's scripts", []string{
			"package.json", manifestOf("postinstall", "cd sub && npm run x; npm --prefix ../other run y; npm --prefix none run z"),
			"sub/package.json", manifestOf("x", "node ./y.js"), "sub/y.js", ""}, Options{}, []string{
			"postinstall postinstall package.json:4:20 cd sub && npm run x; npm --prefix ../other run y; npm --prefix none run z",
			"postinstall x sub/package.json:4:10 node ./y.js in sub",
			"node sub/y.js from sub/package.json:4"}},
		{"files that are not there", []string{"package.json", manifestOf("install", "node ./gone && node ../../x.js && node node_modules/b/i.js && /tmp/x && node $X"),
			"Gone.JS.txt", ""}, Options{}, []string{
			"install install package.json:4:16 node ./gone && node ../../x.js && node node_modules/b/i.js && /tmp/x && node $X",
			"node gone from package.json:4 (missing)", "node ../../x.js from package.json:4 (missing)",
			"node node_modules/b/i.js from package.json:4 (missing)", "/tmp/x from package.json:4 (missing)"}},
		{"node's resolution", []string{"package.json", manifestOf("install", "node . && node lib && node x && node Y.js && node z"),
			"index.js", "", "lib/package.json", `{"main": "./m"}`, "lib/m/index.js", "", "x.json", "{}", "y.js", "", "z/package.json", `{"main": "../z"}`},
			Options{}, []string{
				"install install package.json:4:16 node . && node lib && node x && node Y.js && node z",
				"node index.js from package.json:4", "node lib/m/index.js from package.json:4", "node x.json from package.json:4",
				"node y.js from package.json:4", "node z from package.json:4 (missing)"}},
		{"shell files", []string{"package.json", manifestOf("preinstall", "sh ./s/a.sh && ./run && ./bin/tool"),
			"s/a.sh", "#!/bin/sh\n. \"$(dirname \"$0\")/b.sh\"\nsh s/a.sh\n", "s/b.sh", "node c.js", "c.js", "",
			"run", "#!/usr/bin/env bash\nnode d.js", "bin/tool", "#!/usr/bin/env node\n"}, Options{}, []string{
			"preinstall preinstall package.json:4:19 sh ./s/a.sh && ./run && ./bin/tool",
			"sh s/a.sh from package.json:4", "run from package.json:4", "bin/tool from package.json:4",
			". s/b.sh from s/a.sh:2", "node d.js from run:2 (missing)", "node c.js from s/b.sh:1",
			"shell run", "shell s/a.sh", "shell s/b.sh"}},
		{"a batch file in a folder", []string{"package.json", manifestOf("install", "cd w && npm run go"), "w/package.json", manifestOf("go", "setup.bat"),
			"w/setup.bat", "node \"%~dp0x.js\"\r\nnode y.js\r\n", "w/x.js", "", "w/y.js", ""}, Options{}, []string{
			"install install package.json:4:16 cd w && npm run go", "install go w/package.json:4:11 setup.bat in w",
			"w/setup.bat from w/package.json:4", "node w/x.js from w/setup.bat:1", "node w/y.js from w/setup.bat:2", "shell w/setup.bat"}},
		{"files that commands do not name", []string{"package.json", manifestOf("install", "make && gulp build && node a.js"),
			"Makefile", "", "gulpfile.js", "", "a.js", "", "node.exe", "", "NODE.cmd", ""}, Options{}, []string{
			"install install package.json:4:16 make && gulp build && node a.js",
			"node a.js from package.json:4", "make Makefile from package.json:4", "gulp gulpfile.js from package.json:4",
			"node.exe from package.json:4"}},
		{"the package's own program", []string{"package.json", `{"name": "@s/tool", "bin": "./cli", "scripts": {"postinstall": "tool setup"}}`,
			"cli", "#!/bin/sh\nnode x.js"}, Options{}, []string{
			"postinstall postinstall package.json:1:64 tool setup", "cli from package.json:1", "node x.js from cli:2 (missing)", "shell cli"}},
		{"an implicit build", []string{"package.json", manifestOf("postinstall", "node p"), "p.js", "", "tool.py", "", "deps/b.js", "",
			"binding.gyp", `{'targets': [{'x': '<!(node -p "require(\'nan\')")', 'dependencies': ['deps/b.gyp:b'], 'actions': [{'action': ['python', 'tool.py']}]}]}`,
			"deps/b.gyp", `{'x': '<!(node b.js)', 'includes': ['../common.gypi', 'gone.gypi']}`, "common.gypi", `{'y': '<!(evil)'}`},
			Options{}, []string{
				"install  binding.gyp:1:1 node-gyp rebuild (implicit)",
				`binding.gyp (command) binding.gyp:1:20 <!(node -p "require('nan')") (implicit)`,
				"binding.gyp (action) binding.gyp:1:111 python tool.py (implicit)",
				"binding.gyp (command) common.gypi:1:8 <!(evil) (implicit)",
				"binding.gyp (command) deps/b.gyp:1:8 <!(node b.js) in deps (implicit)",
				"postinstall postinstall package.json:4:20 node p",
				"python tool.py from binding.gyp:1", "node deps/b.js from deps/b.gyp:1", "node p.js from package.json:4", "shell tool.py"}},
		{"an explicit build", []string{"package.json", manifestOf("install", "node-gyp-build"), "binding.gyp", `{'x': '<!(a)'}`}, Options{}, []string{
			"install install package.json:4:16 node-gyp-build", "binding.gyp (command) binding.gyp:1:8 <!(a)"}},
		{"gypfile: false", []string{"package.json", `{"gypfile": false}`, "binding.gyp", `{'x': '<!(a)'}`}, Options{}, nil},
		{"no manifest", []string{"a.js", ""}, Options{}, []string{"gap package.json: the tarball has none"}},
		{"a manifest that is no JSON", []string{"package.json", "{", "binding.gyp", "{'x': '<!(a)'}"}, Options{}, []string{
			"install  binding.gyp:1:1 node-gyp rebuild (implicit)", "binding.gyp (command) binding.gyp:1:8 <!(a) (implicit)",
			"gap package.json: package.json: unexpected end of JSON input"}},
		{"a gyp file that is code", []string{"package.json", "{}", "binding.gyp", "{'x': '<!(a)'}.copy()"}, Options{}, []string{
			"install  binding.gyp:1:1 node-gyp rebuild (implicit)", "binding.gyp (command) binding.gyp:1:8 <!(a) (implicit)",
			`gap binding.gyp: gyp file: code of Python where a literal is expected: line 1, column 15: code of Python where a literal is expected: ".copy()"`}},
		{"a key given twice", []string{"package.json", `{"scripts": {"install": "a", "install": "node b.js"}}`, "b.js", ""}, Options{}, []string{
			"install install package.json:1:1 node b.js", "node b.js from package.json:1"}},
		{"a manifest with a byte order mark", []string{"package.json", "\ufeff{\"scripts\": {\"install\": \"a\"}}"}, Options{}, []string{
			"install install package.json:1:26 a"}},
		{"scripts that are no strings", []string{"package.json", `{"scripts": {"install": ["a"], "postinstall": " "}}`}, Options{}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := Load(tree(test.files...), test.opt)
			if diff := cmp.Diff(test.want, describe(p)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestLoadNil(t *testing.T) {
	for _, tr := range []*npm.Tree{nil, {}} {
		if diff := cmp.Diff([]string{"gap package.json: the tarball has none"}, describe(Load(tr, Options{}))); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
}

func TestBounds(t *testing.T) {
	var chain, parallel []string
	for i := range MaxInstallCommands + 10 {
		chain = append(chain, fmt.Sprintf("s%d", i), fmt.Sprintf("npm run s%d", i+1))
		parallel = append(parallel, fmt.Sprintf("sh f%d.sh", i))
	}
	big := strings.Repeat("node x.js # padding of some length\n", 20000)
	tests := []struct {
		name, want string
		files      []string
	}{
		{"commands", "more than 256 commands run at install", []string{"package.json", manifestOf(append(chain, "install", "npm run s0")...)}},
		{"files", "more than 256 files run at install", []string{"package.json", manifestOf("install", strings.Join(parallel, ";"))}},
		{"a script", "only the first 65536 bytes of the text were read", []string{"package.json", manifestOf("install", big)}},
		{"a shell file", "only the first 65536 bytes of the text were read", []string{"package.json", manifestOf("install", "sh x.sh"), "x.sh", big}},
		{"gyp files", "more than 16 gyp files", []string{"package.json", "{}", "binding.gyp", gypChain(MaxGypFiles)}},
	}
	for i := range tests {
		if tests[i].name == "gyp files" {
			for n := range MaxGypFiles + 2 {
				tests[i].files = append(tests[i].files, fmt.Sprintf("%d.gypi", n), "{}")
			}
		}
	}
	many := []string{"package.json", manifestOf("install", "sh f0.sh")}
	for i := range 20 {
		many = append(many, fmt.Sprintf("f%d.sh", i), fmt.Sprintf("sh f%d.sh\n", i+1)+big[:65000])
	}
	tests = append(tests, struct {
		name, want string
		files      []string
	}{"text", "more than 1048576 bytes of shell commands; the rest was not parsed", many})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := Load(tree(test.files...), Options{})
			for _, g := range p.Gaps {
				if g.Reason == test.want {
					return
				}
			}
			t.Errorf("gaps %q, want %q", p.Gaps, test.want)
		})
	}
}

func gypChain(n int) string {
	var b strings.Builder
	for i := range n + 2 {
		fmt.Fprintf(&b, "'%d.gypi',", i)
	}
	return "{'includes': [" + b.String() + "]}"
}

func TestMatching(t *testing.T) {
	scripts := map[string]string{"a": "x", "a:b": "x", "a:b:c": "x", "a:bc:d": "x", "b": "x"}
	tests := []struct {
		pattern string
		want    []string
	}{
		{"a", []string{"a"}},
		{"c", nil},
		{"*", []string{"a", "b"}},
		{"a:*", []string{"a:b"}},
		{"a:**", []string{"a", "a:b", "a:b:c", "a:bc:d"}},
		{"**:c", []string{"a:b:c"}},
		{"a:b*:*", []string{"a:b:c", "a:bc:d"}},
		{"a:*c:d", []string{"a:bc:d"}},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, matching(scripts, test.pattern)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", test.pattern, diff)
		}
	}
}

// checkProgram verifies what holds for the Program of any tree.
func checkProgram(t *testing.T, p *Program) {
	t.Helper()
	if len(p.Install) > MaxInstallCommands || len(p.InstallFiles) > MaxInstallFiles || len(p.Gaps) > MaxGaps {
		t.Errorf("%d commands, %d files, %d gaps", len(p.Install), len(p.InstallFiles), len(p.Gaps))
	}
	for _, c := range p.Install {
		if c.Line < 1 || c.Column < 1 || len(c.Command) > MaxCommandText {
			t.Errorf("command %+v", c)
		}
	}
	for _, f := range p.InstallFiles {
		if found := p.Tree.Lookup(f.Path) != nil; found == f.Missing && len(f.Path) < MaxPath {
			t.Errorf("file %+v, in the tree: %v", f, found)
		}
	}
	for _, g := range p.Gaps {
		if g.Reason == "" || len(g.Reason) > MaxReason || len(g.Path) > MaxPath {
			t.Errorf("gap %+v", g)
		}
	}
	data, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var back Program
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(manifestOf("install", "npm run a", "a", "sh x.sh && node y"), "{'x': '<!(node z)'}", "node y\n", "", true)
	f.Add(`{"scripts": {"preinstall": "npm --prefix sub run-s a:*"}}`, "", "", manifestOf("a:b", "setup.bat"), false)
	f.Add("{", "{'includes': ['common.gypi', '../x']}", "#!/bin/sh\n. $0", `{"main": "."}`, false)
	f.Fuzz(func(t *testing.T, manifest, gyp, script, sub string, git bool) {
		files := []string{"package.json", manifest, "x.sh", script, "setup.bat", script, "run", script,
			"sub/package.json", sub, "sub/setup.bat", script, "y.js", "", "common.gypi", gyp}
		if gyp != "" {
			files = append(files, "binding.gyp", gyp)
		}
		p := Load(tree(files...), Options{Git: git})
		checkProgram(t, p)
		if diff := cmp.Diff(describe(p), describe(Load(tree(files...), Options{Git: git}))); diff != "" {
			t.Errorf("two readings differ:\n%s", diff)
		}
	})
}
