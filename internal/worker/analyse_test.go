package worker

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/program"
)

// version makes a tree of files given as path and content in turn. Contents
// stand for their own digests.
func version(files ...string) *npm.Tree {
	t := &npm.Tree{}
	for i := 0; i < len(files); i += 2 {
		t.Files = append(t.Files, npm.File{Path: files[i], Size: int64(len(files[i+1])), SHA256: files[i+1], Data: []byte(files[i+1])})
	}
	t.Sort()
	return t
}

// analyse also returns the digests of the scripts that were read.
func analyse(t *testing.T, tree *npm.Tree, task Task) (*Analysis, []string) {
	t.Helper()
	var read []string
	a, err := Analyse(tree, task, func(sha256 string) { read = append(read, sha256) })
	if err != nil {
		t.Fatal(err)
	}
	return a, read
}

// TestAnalyseKnown reads only what is new of a second version, and gives what
// reading everything gives.
func TestAnalyseKnown(t *testing.T) {
	const fetches, runs, empty = `fetch(process.env.X)`, `require('child_process').fork('./w.js')`, ``
	before, read := analyse(t, version("package.json", `{"main":"a.js"}`, "a.js", fetches, "b.js", runs, "copy.js", fetches, "run.sh", "curl http://h.invalid", "e.js", empty, "t.ts", fetches), Task{})
	if diff := cmp.Diff([]string{fetches, runs, empty, "curl http://h.invalid", fetches}, read); diff != "" {
		t.Errorf("read of the first version (-want +got):\n%s", diff)
	}
	// The parent gets and sends it as JSON.
	data, err := json.Marshal(before.Known())
	if err != nil {
		t.Fatal(err)
	}
	var known []Known
	if err := json.Unmarshal(data, &known); err != nil {
		t.Fatal(err)
	}
	after := []string{"package.json", `{"main":"moved.js","scripts":{"postinstall":"sh run.sh; node b.js"}}`, "moved.js", fetches, "b.js", runs, "w.js", `eval(x)`,
		"run.sh", "curl http://h.invalid", "e.js", empty, "a.tsx", fetches}
	got, read := analyse(t, version(after...), Task{Known: known})
	if diff := cmp.Diff([]string{fetches, "curl http://h.invalid", `eval(x)`}, read); diff != "" {
		t.Errorf("read of the second version (-want +got):\n%s", diff)
	}
	want, _ := analyse(t, version(after...), Task{})
	// What came as JSON has no empty lists.
	compact := func(a *Analysis) string {
		data, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	if diff := cmp.Diff(compact(want), compact(got)); diff != "" {
		t.Errorf("analysis with and without what is known:\n%s", diff)
	}
	if s := got.Program.Script("run.sh"); s.Shell == nil || len(s.Shell.Commands) == 0 {
		t.Error("the commands of a shell file that now runs at install are missing")
	}
}

func TestAnalyseDistrust(t *testing.T) {
	tree := version("package.json", `{}`, "a.js", `const c = require('child_process'); c.exec(1)`, "b.js", `fetch(1)`)
	a, read := analyse(t, tree, Task{Tokens: []string{`const c = require('child_process'); c.exec(1)`}, Skip: []string{`fetch(1)`}})
	if len(read) != 1 {
		t.Errorf("read %q", read)
	}
	if s := a.Program.Script("a.js"); s.Reduced == "" {
		t.Errorf("a.js: %+v", s)
	}
	if s := a.Program.Script("b.js"); s.Unread == "" {
		t.Errorf("b.js: %+v", s)
	}
	if len(a.Program.Gaps) != 2 {
		t.Errorf("gaps %v", a.Program.Gaps)
	}
	if len(a.Features.Files) != 1 || a.Features.Files[0].Path != "a.js" {
		t.Errorf("features of %+v", a.Features.Files)
	}
	for _, k := range a.Known() {
		if k.Language == program.JavaScript {
			t.Errorf("%q was not read in full and is known", k.SHA256)
		}
	}
}

func TestKnownIsBounded(t *testing.T) {
	p := &program.Program{Tree: &npm.Tree{}}
	a, _ := analyse(t, version("package.json", "{}"), Task{})
	for i := range 40_000 {
		name := strings.Repeat("x", i/1000+1) + string(rune('a'+i%1000))
		p.Tree.Files = append(p.Tree.Files, npm.File{Path: name, SHA256: name})
		p.Scripts = append(p.Scripts, program.Script{Path: name, Language: program.JavaScript,
			Source: program.Source{Imports: []program.Import{{Name: strings.Repeat("m", 1000)}}}})
	}
	p.Tree.Sort()
	a.Program = p
	data, err := json.Marshal(a.Known())
	if err != nil || len(data) > 2*maxKnown || len(data) < maxKnown/2 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}

func TestPackageHash(t *testing.T) {
	files := []string{"package.json", `{"name":"a","version":"1.0.0","main":"x.js"}`, "x.js", "1", "lib/y.js", "2"}
	a, _ := analyse(t, version(files...), Task{})
	// By Python: hashlib.md5 of the paths and contents, the manifest by json.dumps.
	if want := "a5f6d05d44d56602aa1123ccee820a79"; a.PackageHash != want {
		t.Errorf("hash %q, want %q", a.PackageHash, want)
	}
	tree := version(files...)
	tree.Files[0].Data = nil // not kept
	if a, _ := analyse(t, tree, Task{}); a.PackageHash != "" {
		t.Errorf("hash %q of content that is not there", a.PackageHash)
	}
	if a, _ := analyse(t, version("package.json", "[]"), Task{}); a.PackageHash != "" {
		t.Errorf("hash %q of a manifest that is none", a.PackageHash)
	}
}
