package corpus

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/amalfi-audit/audit/internal/javascript"
)

// question and answer are the lines that testdata/resolve.mjs reads and writes.
type question struct {
	Name   string   `json:"name"`
	Text   string   `json:"text"`
	Others []string `json:"others"`
}

type answer struct {
	Error string              `json:"error"`
	Loads []string            `json:"loads"`
	Seen  map[string][]string `json:"seen"`
}

// resolver is the process of testdata/resolve.mjs.
type resolver struct {
	in  io.WriteCloser
	out *bufio.Reader
}

// start runs testdata/resolve.mjs with the parsers of the corpus' folder.
func start(t *testing.T, dir string) *resolver {
	t.Helper()
	// A module finds others beside itself only.
	home := t.TempDir()
	script, err := os.ReadFile(filepath.Join("testdata", "resolve.mjs"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "resolve.mjs"), script, 0o600); err != nil {
		t.Fatal(err)
	}
	modules, err := filepath.Abs(filepath.Join(dir, "tools", "node_modules"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(modules, filepath.Join(home, "node_modules")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", "resolve.mjs")
	cmd.Dir = home
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("resolve.mjs: %v", err)
		}
	})
	return &resolver{in, bufio.NewReader(out)}
}

func (r *resolver) ask(t *testing.T, q question) answer {
	t.Helper()
	if err := json.NewEncoder(r.in).Encode(q); err != nil {
		t.Fatal(err)
	}
	line, err := r.out.ReadBytes('\n')
	if err != nil {
		t.Fatalf("%s: %v", q.Name, err)
	}
	var a answer
	if err := json.Unmarshal(line, &a); err != nil {
		t.Fatal(err)
	}
	return a
}

// loads counts how often a file loads each module. The process module is known
// as the global of its name.
func loads(f *javascript.File) map[string]int {
	count := make(map[string]int)
	for use := range f.Uses() {
		switch {
		case use.Kind != javascript.Import:
		case use.Module == "" && slices.Equal(use.Names, []string{"process"}):
			count["process"]++
		default:
			count[use.Module]++
		}
	}
	return count
}

// difference is a way in which package javascript finds loads of modules that
// resolve.mjs does not count as such, though it sees the call.
type difference struct {
	name string
	// how matches what resolve.mjs says of the call.
	how *regexp.Regexp
	why string
}

var differences = []difference{
	{"variable with require", regexp.MustCompile(`^variable of (.* )?(require|createRequire): [\w$]+$`),
		"the variable holds require where that exists: what bundlers write into ES modules"},
	{"member require", regexp.MustCompile(`^(variable of module: [\w$]+\.require|import\.meta\.require)$`),
		"module.require, and import.meta.require of another runtime"},
	{"getBuiltinModule", regexp.MustCompile(`^(global: process|variable of (.* )?process: [\w$]+)\.getBuiltinModule$`),
		"process.getBuiltinModule loads modules of the platform"},
	{"require within a bundle", regexp.MustCompile(`^(global: __non_webpack_require__|(parameter|function): __(webpack|nccwpck)_require__)$`),
		"the bundle hands on a module that is not part of it"},
	{"require of eval", regexp.MustCompile(`^eval\('require'\)$`), "eval of a name gives what the name stands for"},
	{"define", regexp.MustCompile(`^global: define \[\]$`), "an asynchronous module names what it loads"},
	{"constant in a variable", regexp.MustCompile(`^import of a constant$`), "the name stands in a variable that is written once"},
}

// unread are the files that acorn or its plugins cannot parse, with the reason.
var unread = map[string]string{
	"pino@10.4.0 test/fixtures/syntax-error-esm.mjs": "a syntax error on purpose",
	"zod@4.6.7 src/v4/classic/schemas.ts":            "<const T> before the parameters of a function",
	"zod@4.6.7 src/v4/core/schemas.ts":               "<const T> before the parameters of a function",
	"zod@4.6.7 src/v4/mini/schemas.ts":               "<const T> before the parameters of a function",
}

// comparison sums up TestModules.
type comparison struct {
	files, loads int
	// found counts, by the name of a difference, loads and files.
	found map[string][2]int
}

// file compares what is known of one file.
func (c *comparison) file(t *testing.T, name string, ours map[string]int, a answer) {
	t.Helper()
	theirs := make(map[string]int)
	for _, module := range a.Loads {
		theirs[module]++
	}
	for _, module := range slices.Sorted(maps.Keys(theirs)) {
		c.loads += min(ours[module], theirs[module])
		if ours[module] < theirs[module] {
			t.Errorf("%s: %q is loaded %d times, we find %d", name, module, theirs[module], ours[module])
		}
	}
	here := make(map[string]int)
	for _, module := range slices.Sorted(maps.Keys(ours)) {
		more := ours[module] - theirs[module]
		for _, d := range differences {
			for _, how := range a.Seen[module] {
				if more > 0 && d.how.MatchString(how) {
					here[d.name]++
					more--
				}
			}
		}
		if more > 0 {
			t.Errorf("%s: %q is found %d times more, for no known reason; it is given to %q", name, module, more, a.Seen[module])
		}
	}
	c.files++
	for name, n := range here {
		c.found[name] = [2]int{c.found[name][0] + n, c.found[name][1] + 1}
	}
}

// TestModules compares which modules each file loads, and how often, with what
// resolve.mjs finds.
func TestModules(t *testing.T) {
	dir := folder(t)
	r := start(t, dir)
	c := comparison{found: make(map[string][2]int)}
	for _, pin := range pins(t) {
		list, _ := scripts(t, dir, pin)
		for _, s := range list {
			name := pin + " " + s.Path
			f := javascript.Parse(s.Path, s.Data, javascript.Options{})
			ours := loads(f)
			a := r.ask(t, question{s.Path, f.Text, slices.AppendSeq([]string{}, maps.Keys(ours))})
			if _, known := unread[name]; known || a.Error != "" {
				if known != (a.Error != "") {
					t.Errorf("%s: listed as not parsed: %t; acorn: %q", name, known, a.Error)
				}
				continue
			}
			c.file(t, name, ours, a)
		}
	}
	rows := []string{
		"loads\tfiles\t",
		fmt.Sprintf("%d\t%d\tboth find", c.loads, c.files),
	}
	for _, d := range differences {
		n := c.found[d.name]
		if n[0] == 0 {
			t.Errorf("no load is a case of %q", d.name)
		}
		rows = append(rows, fmt.Sprintf("%d\t%d\twe find more: %s: %s", n[0], n[1], d.name, d.why))
	}
	for _, name := range slices.Sorted(maps.Keys(unread)) {
		rows = append(rows, fmt.Sprintf("\t1\tnot compared: %s: %s", name, unread[name]))
	}
	table(t, rows...)
}

// TestResolver checks resolve.mjs itself, on scripts whose modules are plain to
// see, and that package javascript finds the same.
func TestResolver(t *testing.T) {
	r := start(t, folder(t))
	for _, test := range []struct {
		name, text string
		want       string
	}{
		{"a.js", "require('a'); require(`b`); require('a'); require(c);", "a a b"},
		{"a.js", "import 'a'; import b from 'node:b'; export * from 'c'; export {d} from 'd'; export {b}; import('e');", "a b c d e"},
		{"a.js", "with (a) require('b');", "b"},
		{"a.jsx", "const a = require('a'); export default () => <a b={require('b')} />;", "a b"},
		{"a.js", "function f() { const require = g; require('a'); } require('b');", "b"},
		{"a.js", "{ let require = f; require('a'); } require('b');", "b"},
		{"a.js", "require.resolve('a'); a.require('b'); f('c'); 'require(\"d\")'; // require('e')", ""},
		{"a.mjs", "import {createRequire as c} from 'node:module'; const r = c(import.meta.url); r('a');", "a module"},
		{"a.mjs", "import m from 'module'; m.createRequire('/')('a'); let r; r = m.createRequire('/'); r('b');", "a b module"},
		{"a.cjs", "const {createRequire} = require('module'); const require2 = createRequire('/'); require2('a');", "a module"},
		{"a.ts", "import type {A} from 'a'; import {type B} from 'b'; export type {C} from 'c'; import d = require('d'); let e: import('e').E; f<string>(d);", "b d"},
		{"a.tsx", "import * as a from 'a'; export const b = (c: string) => <a.B c={c!} />;", "a"},
	} {
		f := javascript.Parse(test.name, []byte(test.text), javascript.Options{})
		a := r.ask(t, question{test.name, test.text, []string{}})
		slices.Sort(a.Loads)
		if got := strings.Join(a.Loads, " "); got != test.want || a.Error != "" {
			t.Errorf("%s: resolve.mjs finds %q, want %q; %s", test.text, got, test.want, a.Error)
		}
		var ours []string
		for module, n := range loads(f) {
			ours = append(ours, slices.Repeat([]string{module}, n)...)
		}
		slices.Sort(ours)
		if got := strings.Join(ours, " "); got != test.want {
			t.Errorf("%s: we find %q, want %q", test.text, got, test.want)
		}
	}
}
