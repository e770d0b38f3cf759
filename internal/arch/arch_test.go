// Package arch pins which package may import which (docs/architecture.md).
package arch

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/amalfi-audit/audit/"

// arrows lists what each package of the program may import of the others.
var arrows = map[string][]string{
	"internal/npm":                 {},
	"internal/jsontree":            {},
	"internal/treefs":              {},
	"internal/shell":               {},
	"internal/javascript":          {},
	"internal/git":                 {"internal/treefs"},
	"internal/lockfile":            {"internal/npm", "internal/jsontree"},
	"internal/tarball":             {"internal/npm"},
	"internal/registry":            {"internal/npm"},
	"internal/npmtest":             {"internal/npm"},
	"internal/packagehash":         {},
	"internal/similarity":          {"internal/javascript"},
	"internal/evaluate":            {"internal/npm", "internal/detector", "internal/detector/classifier", "internal/audit", "internal/training"},
	"internal/training/corpus":     {"internal/npm", "internal/treefs", "internal/tarball", "internal/feature", "internal/audit", "internal/training", "internal/training/simulate"},
	"internal/training/simulate":   {"internal/npm"},
	"internal/intel":               {"internal/npm"},
	"internal/intel/intelfile":     {"internal/intel"},
	"internal/provenance":          {"internal/npm", "internal/jsontree"},
	"internal/provenance/sigstore": {"internal/provenance"},
	"internal/program":             {"internal/npm", "internal/jsontree", "internal/shell", "internal/javascript"},
	"internal/feature":             {"internal/npm", "internal/program", "internal/javascript", "internal/shell"},
	"internal/chain":               {"internal/javascript", "internal/shell"},
	"internal/sandbox":             {"internal/javascript", "internal/chain", "internal/shell", "internal/sandbox/leak"},
	"internal/sandbox/leak":        {},
	"internal/worker":              {"internal/sandbox", "internal/detector/reproduce", "internal/npm", "internal/javascript", "internal/chain", "internal/similarity", "internal/packagehash", "internal/tarball", "internal/program", "internal/feature"},
	"internal/config":              {"internal/npm"},
	"internal/popular":             {},
	"internal/popular/generate":    {"internal/npm"},
	"internal/detector/classifier": {"internal/detector", "internal/feature"},
	"internal/detector/reproduce":  {"internal/npm", "internal/jsontree", "internal/program"},
	"internal/source":              {"internal/detector/reproduce", "internal/github"},
	"internal/training":            {"internal/npm", "internal/feature", "internal/detector/classifier"},
	"internal/detector":            {"internal/sandbox", "internal/detector/reproduce", "internal/npm", "internal/chain", "internal/intel", "internal/config", "internal/lockfile", "internal/program", "internal/provenance", "internal/shell", "internal/feature", "internal/popular"},
	"internal/policy":              {"internal/npm", "internal/config", "internal/lockfile", "internal/detector"},
	"internal/report":              {"internal/sandbox", "internal/npm", "internal/lockfile", "internal/detector", "internal/feature"},
	"internal/audit":               {"internal/sandbox", "internal/shell", "internal/npm", "internal/similarity", "internal/intel", "internal/config", "internal/lockfile", "internal/registry", "internal/tarball", "internal/program", "internal/worker", "internal/feature", "internal/detector", "internal/detector/classifier", "internal/detector/reproduce", "internal/policy", "internal/provenance"},
	"internal/github/githubtest":   {},
	"internal/github":              {"internal/treefs", "internal/report", "internal/detector", "internal/audit"},
	"internal/arch":                {},
	"internal/e2e":                 {},
	"internal/e2e/corpus":          {},
	"internal/e2e/action":          {},
	"cmd/audit":                    {"*"},
}

// pure packages work on data: they reach neither the network, nor files, nor
// other programs.
var pure = []string{
	"internal/npm", "internal/jsontree", "internal/treefs", "internal/lockfile",
	"internal/shell", "internal/javascript", "internal/program", "internal/feature", "internal/detector", "internal/detector/classifier", "internal/policy", "internal/report", "internal/tarball",
	"internal/packagehash", "internal/intel", "internal/config", "internal/chain", "internal/popular", "internal/provenance", "internal/sandbox/leak", "internal/training/simulate", "internal/detector/classifier", "internal/detector/reproduce", "internal/training",
}

var forbidden = []string{"net", "net/http", "os", "os/exec", "syscall", "plugin", "unsafe"}

func TestImports(t *testing.T) {
	root := filepath.Join("..", "..")
	imports := make(map[string]map[string]bool)
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && name != root {
				return fs.SkipDir
			}
			// A folder with a go.mod is a module of its own.
			if nested, _ := filepath.Glob(filepath.Join(name, "go.mod")); name != root && len(nested) > 0 {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") && !strings.Contains(name, "arch_test") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, filepath.Dir(name))
		if err != nil {
			return err
		}
		pkg := filepath.ToSlash(rel)
		if imports[pkg] == nil {
			imports[pkg] = make(map[string]bool)
		}
		for _, spec := range f.Imports {
			target, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			imports[pkg][target] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, pkg := range slices.Sorted(maps.Keys(imports)) {
		allowed, ok := arrows[pkg]
		if !ok {
			t.Errorf("package %s is not in the table of docs/architecture.md", pkg)
			continue
		}
		for _, target := range slices.Sorted(maps.Keys(imports[pkg])) {
			own, ok := strings.CutPrefix(target, module)
			switch {
			case ok && !slices.Contains(allowed, own) && !slices.Contains(allowed, "*"):
				t.Errorf("%s imports %s, which the table does not allow", pkg, own)
			case strings.HasPrefix(target, "github.com/sigstore/") && pkg != "internal/provenance/sigstore":
				t.Errorf("%s imports %s, which internal/provenance/sigstore alone may", pkg, target)
			case slices.Contains(pure, pkg) && slices.Contains(forbidden, target):
				t.Errorf("%s imports %s, but is to work on plain data", pkg, path.Base(target))
			}
		}
	}
	for pkg := range arrows {
		if imports[pkg] == nil {
			t.Errorf("package %s of the table does not exist", pkg)
		}
	}
}
