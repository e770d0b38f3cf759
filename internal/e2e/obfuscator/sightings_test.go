package obfuscator

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/amalfi-audit/audit/internal/javascript"
	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/tarball"
)

// explained says, by package without its version and by sign, what the signs are
// that popular packages have.
var explained = map[string]string{
	"@sentry/node high-entropy-literal": "the source of its worker threads, in base64",
	"ethers high-entropy-literal":       "tables for the normalisation of names, packed; in each of its builds",
	"pdf-lib high-entropy-literal":      "metrics of the standard fonts, deflated and in base64; in each of its builds",
	"pdfjs-dist high-entropy-literal":   "memory of a WebAssembly module that was translated to JavaScript",
	"pnpm high-entropy-literal":         "the loaders of Yarn Plug'n'Play, compressed, which it writes into a project that asks for them",
	"sql.js high-entropy-literal":       "memory of a WebAssembly module that was translated to JavaScript; in each of its builds",
	"sudo-prompt high-entropy-literal":  "a zip file with a program for macOS, which it unpacks and starts",
	"three high-entropy-literal":        "memory of a WebAssembly module that was translated to JavaScript",
	"web3 high-entropy-literal":         "tables for the normalisation of names, packed",
	"xlsx high-entropy-literal":         "a document of another program that new ones start from, as a zip file",
}

// TestSightings looks for signs of concealment in popular packages, those among
// them that once raised false ones. Every sign but that of a minified layout must
// be explained.
func TestSightings(t *testing.T) {
	dir := folder(t)
	text, err := os.ReadFile(filepath.Join("testdata", "packages.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var rows strings.Builder
	rows.WriteString("| package | sign | count | what it is |\n|---|---|---:|---|\n")
	seen := make(map[string]bool)
	for _, pin := range strings.Fields(string(text)) {
		name := pin[:strings.LastIndex(pin, "@")]
		counts := make(map[javascript.SignKind]int)
		for _, f := range unpack(t, dir, pin) {
			if isScript(f.Path) {
				signs(t, pin, f, counts)
			}
		}
		for kind := range javascript.PushedRight + 1 {
			if counts[kind] == 0 || kind == javascript.Minified {
				continue
			}
			why := name + " " + kind.String()
			if seen[why] = true; explained[why] == "" {
				t.Errorf("%s: %d unexplained signs of %s", pin, counts[kind], kind)
			}
			fmt.Fprintf(&rows, "| %s | %s | %d | %s |\n", pin, kind, counts[kind], explained[why])
		}
	}
	for why := range explained {
		if !seen[why] {
			t.Errorf("%s is explained and was not seen", why)
		}
	}
	compare(t, "sightings", rows.String())
}

// signs counts the signs of a script.
func signs(t *testing.T, pin string, f npm.File, counts map[javascript.SignKind]int) {
	t.Helper()
	if f.Data == nil {
		t.Errorf("%s: %s was not kept", pin, f.Path)
		return
	}
	file := javascript.Parse(f.Path, f.Data, javascript.Options{})
	found := file.Signs()
	for kind := range javascript.PushedRight + 1 {
		counts[kind] += found.Count(kind)
	}
	if !testing.Verbose() {
		return
	}
	for _, s := range found.List {
		if s.Kind != javascript.Minified {
			line, column := file.Position(s.Pos)
			t.Logf("%s %s:%d:%d %s: %s", pin, f.Path, line, column, s.Kind, s.Detail)
		}
	}
}

// isScript tells scripts by their names.
func isScript(name string) bool {
	switch path.Ext(name) {
	case ".js", ".mjs", ".cjs", ".jsx", ".tsx":
		return true
	case ".ts", ".mts", ".cts":
		return !slices.Contains(strings.Split(path.Base(name), "."), "d")
	}
	return false
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
