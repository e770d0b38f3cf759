// Package obfuscator tests which features are still seen once a script went
// through minifiers and an obfuscator, and which signs of concealment popular
// packages show. It has tests only, which run where the environment variable
// AMALFI_OBFUSCATOR names the folder that fetch.sh made; the first needs Node.js:
//
//	internal/e2e/obfuscator/fetch.sh "$dir"
//	AMALFI_OBFUSCATOR="$dir" go test -count=1 ./internal/e2e/obfuscator
//
// The counts stand in docs/obfuscation.md, which -update writes anew. The tools
// read testdata/plain.js; nothing runs it, nor anything of a package.
package obfuscator

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amalfi-audit/audit/internal/feature"
	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/program"
)

// variable names the folder that fetch.sh made.
const variable = "AMALFI_OBFUSCATOR"

var update = flag.Bool("update", false, "write the tables of docs/obfuscation.md anew")

// The columns of the table: the script as it is, and what the tools make of it.
var (
	minifiers = []string{"terser", "esbuild", "uglify", "babel"}
	presets   = []string{"low", "medium", "high"}
	columns   = append(append([]string{"plain"}, minifiers...), presets...)
)

// folder returns the folder that fetch.sh made, or skips the test.
func folder(t *testing.T) string {
	t.Helper()
	dir := os.Getenv(variable)
	if dir == "" {
		t.Skipf("%s names no folder made by fetch.sh", variable)
	}
	return dir
}

// shows are the presets that must be seen as what they are.
var shows = map[string][]string{
	"hex-names": presets, "string-arrays": presets, "self-defence": presets, "flattened-control-flow": {"medium", "high"},
}

// TestObfuscation compares the features of the script in all forms with the table.
// A minifier changes nothing but the layout; an obfuscator hides no feature.
func TestObfuscation(t *testing.T) {
	counts := count(t, transform(t, folder(t)))
	for i := range feature.Table {
		f := feature.Table[i].Name
		plain := counts["plain"][f]
		for _, name := range minifiers {
			want := plain
			if f == "minified" {
				want = 1
			}
			if got := counts[name][f]; got != want {
				t.Errorf("%s: %s counts %v, want %v", name, f, got, want)
			}
		}
		for name := range counts {
			if got := counts[name][f]; got < plain {
				t.Errorf("%s: %s counts %v, %v before", name, f, got, plain)
			}
		}
		for _, name := range shows[f] {
			if counts[name][f] == 0 {
				t.Errorf("%s: no %s", name, f)
			}
		}
	}
	compare(t, "features", table(counts))
}

// transform returns the script in all forms by column.
func transform(t *testing.T, dir string) map[string]string {
	t.Helper()
	script := filepath.Join("testdata", "plain.js")
	source, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command("node", filepath.Join("testdata", "transform.mjs"), dir, script)
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("transform.mjs: %v", err)
	}
	forms := map[string]string{"plain": string(source)}
	if err := json.Unmarshal(out, &forms); err != nil {
		t.Fatal(err)
	}
	for _, name := range columns {
		if forms[name] == "" {
			t.Fatalf("transform.mjs gave no %s", name)
		}
	}
	if len(forms) == len(columns) {
		t.Fatal("transform.mjs gave no further forms")
	}
	return forms
}

// count returns what each form counts by feature.
func count(t *testing.T, forms map[string]string) map[string]map[string]float64 {
	t.Helper()
	counts := make(map[string]map[string]float64)
	for _, name := range slices.Sorted(maps.Keys(forms)) {
		s := extract(t, forms[name])
		counts[name] = make(map[string]float64)
		for i := range feature.Table {
			counts[name][feature.Table[i].Name] = s.Value(&feature.Table[i])
		}
		if testing.Verbose() {
			show(t, name, s)
		}
	}
	return counts
}

// extract returns the features of a package with one script.
func extract(t *testing.T, text string) *feature.Set {
	t.Helper()
	tree := &npm.Tree{Files: []npm.File{
		{Path: "index.js", Size: int64(len(text)), Data: []byte(text)},
		{Path: "package.json", Size: 2, Data: []byte("{}")},
	}}
	scripts := make(map[string][]feature.Count)
	p := program.Load(tree, program.Options{Read: func(f *npm.File, language program.Language) *program.Source {
		var r feature.Reader
		source := program.ReadSource(f, language, program.ReadOptions{Visitor: &r})
		if source.Unread != "" || source.Reduced != "" || source.Errors > 0 || len(source.Limits) > 0 {
			t.Errorf("%s is not read as a whole: %+v", f.Path, source)
		}
		scripts[f.Path] = r.Counts()
		return source
	}})
	return feature.Extract(p, scripts)
}

// show lists what was seen.
func show(t *testing.T, name string, s *feature.Set) {
	t.Helper()
	var b strings.Builder
	for i := range feature.Table {
		f := &feature.Table[i]
		if f.Kind != feature.Counted || s.Value(f) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n%s %v:", f.Name, s.Value(f))
		for _, o := range s.Occurrences(f.Name) {
			fmt.Fprintf(&b, " %s", o.Detail)
		}
	}
	t.Logf("%s:%s", name, b.String())
}

// table renders the counts: the features that some form has.
func table(counts map[string]map[string]float64) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| feature | %s |\n|---|%s\n", strings.Join(columns, " | "), strings.Repeat("---:|", len(columns)))
	for i := range feature.Table {
		f := &feature.Table[i]
		row, any := "", false
		for _, name := range columns {
			n := counts[name][f.Name]
			any = any || n != 0
			row += fmt.Sprintf(" %v |", n)
		}
		if any && f.Kind == feature.Counted {
			fmt.Fprintf(&b, "| `%s` |%s\n", f.Name, row)
		}
	}
	return b.String()
}

// compare compares a table with the one of that name in the documentation, which
// stands between two comments.
func compare(t *testing.T, name, want string) {
	t.Helper()
	file := filepath.Join("..", "..", "..", "docs", "obfuscation.md")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	start, end := "<!-- "+name+" -->\n", "<!-- end of "+name+" -->\n"
	before, rest, found := strings.Cut(string(text), start)
	got, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatalf("%s has no place for the table of %s", file, name)
	}
	if *update {
		if err := os.WriteFile(file, []byte(before+start+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("%s is old, see the flag -update (-document +now):\n%s", file, diff)
	}
}
