package corpus

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/amalfi-audit/audit/internal/javascript"
	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/tarball"
)

// variable names the folder that fetch.sh made.
const variable = "AMALFI_CORPUS"

// folder returns the folder of the corpus, or skips the test.
func folder(t *testing.T) string {
	t.Helper()
	dir := os.Getenv(variable)
	if dir == "" {
		t.Skipf("%s names no folder made by fetch.sh", variable)
	}
	return dir
}

// pins returns the packages of testdata/packages.txt as name@version.
func pins(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "packages.txt"))
	if err != nil {
		t.Fatal(err)
	}
	list := strings.Fields(string(text))
	if !slices.IsSorted(list) || len(list) < 40 {
		t.Fatalf("packages.txt has %d packages, want at least 40, sorted", len(list))
	}
	return list
}

// unpack returns the files of a package.
func unpack(t *testing.T, dir, pin string) []npm.File {
	t.Helper()
	at := strings.LastIndex(pin, "@")
	name := strings.ReplaceAll(strings.TrimPrefix(pin[:at], "@"), "/", "-") + "-" + pin[at+1:] + ".tgz"
	file, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	tree, err := tarball.Unpack(file, tarball.Limits{})
	if err != nil {
		t.Fatalf("%s: %v", pin, err)
	}
	return tree.Files
}

// isScript tells scripts by their names, and isDeclaration the type declarations
// among them, which hold nothing that runs.
func isScript(name string) bool {
	switch path.Ext(name) {
	case ".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".jsx", ".tsx":
		return true
	}
	return false
}

func isDeclaration(name string) bool {
	switch extension := path.Ext(name); extension {
	case ".ts", ".mts", ".cts":
		return path.Ext(strings.TrimSuffix(name, extension)) == ".d"
	}
	return false
}

// scripts returns the scripts of a package without type declarations, and how
// many of these there are.
func scripts(t *testing.T, dir, pin string) (list []npm.File, declarations int) {
	t.Helper()
	for _, f := range unpack(t, dir, pin) {
		switch {
		case !isScript(f.Path):
		case isDeclaration(f.Path):
			declarations++
		case f.Data == nil:
			t.Errorf("%s: %s was not kept", pin, f.Path)
		default:
			list = append(list, f)
		}
	}
	return list, declarations
}

// table prints rows whose cells are separated by tabs.
func table(t *testing.T, rows ...string) {
	t.Helper()
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, strings.Join(rows, "\n"))
	w.Flush()
	t.Logf("\n%s", b.String())
}

// counts are the sums of TestTrees.
type counts struct {
	files, trees, tokens, errors, declarations int
	size                                       int64
}

func (c *counts) add(d counts) {
	c.files += d.files
	c.trees += d.trees
	c.tokens += d.tokens
	c.errors += d.errors
	c.declarations += d.declarations
	c.size += d.size
}

func (c counts) row(name string) string {
	return fmt.Sprintf("%s\t%d\t%d\t%d\t%d\t%d\t%d", name, c.files, c.size, c.trees, c.tokens, c.errors, c.declarations)
}

// TestTrees demands a tree of 99.9 % of all scripts.
func TestTrees(t *testing.T) {
	dir := folder(t)
	rows := []string{"package\tfiles\tbytes\ttrees\ttoken-only\twith syntax errors\ttype declarations (not read)"}
	var all counts
	var odd []string
	for _, pin := range pins(t) {
		list, declarations := scripts(t, dir, pin)
		c := counts{files: len(list), declarations: declarations}
		for _, s := range list {
			f := javascript.Parse(s.Path, s.Data, javascript.Options{})
			c.size += s.Size
			switch {
			case f.Tree():
				c.trees++
			case f.TokensOnly:
				c.tokens++
				odd = append(odd, fmt.Sprintf("%s %s: %s", pin, s.Path, f.Skipped))
			default:
				odd = append(odd, fmt.Sprintf("%s %s: not read: %s", pin, s.Path, f.Skipped))
			}
			if len(f.Errors) > 0 {
				c.errors++
				line, column := f.Position(f.Errors[0].Pos)
				odd = append(odd, fmt.Sprintf("%s %s:%d:%d: %s", pin, s.Path, line, column, f.Errors[0].Message))
			}
		}
		if c.files == 0 {
			t.Errorf("%s has no scripts", pin)
		}
		all.add(c)
		rows = append(rows, c.row(pin))
	}
	table(t, append(rows, all.row("all"))...)
	if len(odd) > 0 {
		t.Logf("read in part:\n%s", strings.Join(odd, "\n"))
	}
	if all.trees*1000 < all.files*999 {
		t.Errorf("%d of %d scripts have a tree, want 99.9 %%", all.trees, all.files)
	}
}
