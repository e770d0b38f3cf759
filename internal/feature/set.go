package feature

import (
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/program"
)

// Set is the features of one version.
type Set struct {
	// Files are the files with features, sorted by path.
	Files []File `json:"files,omitempty"`
	// Measures are the values of the measured features by name, rounded to
	// four digits.
	Measures map[string]float64 `json:"measures,omitempty"`
}

// File is what one file adds to a Set.
type File struct {
	Path string `json:"path"`
	// Phase is when the file runs.
	Phase program.Phase `json:"phase,omitempty"`
	// Counts are in the order of Table.
	Counts []Count `json:"counts"`
}

// Extract makes the Set of a version: what its scripts have, by path, and what
// the package as a whole has.
func Extract(p *program.Program, scripts map[string][]Count) *Set {
	files := make(map[string][]Count, len(scripts))
	for path, counts := range scripts {
		if len(counts) > 0 {
			files[path] = slices.Clone(counts)
		}
	}
	x := &extractor{program: p, files: files}
	x.install()
	x.binaries()
	x.installOnly()
	x.dependencies()
	x.together()

	s := &Set{Measures: entropy(p.Tree)}
	for _, path := range slices.Sorted(maps.Keys(files)) {
		f := File{Path: path, Counts: files[path]}
		if script := p.Script(path); script != nil {
			f.Phase = script.Phase
		}
		slices.SortStableFunc(f.Counts, func(a, b Count) int { return Index(a.Feature) - Index(b.Feature) })
		s.Files = append(s.Files, f)
	}
	return s
}

// extractor adds what the package as a whole has.
type extractor struct {
	program *program.Program
	files   map[string][]Count
}

// add counts an occurrence in a file.
func (x *extractor) add(path, feature string, o Occurrence) {
	counts := x.files[path]
	i := slices.IndexFunc(counts, func(c Count) bool { return c.Feature == feature })
	if i < 0 {
		counts = append(counts, Count{Feature: feature})
		i = len(counts) - 1
	}
	counts[i].N++
	if len(counts[i].At) < MaxOccurrences+MaxDetails {
		o.Detail = shorten(o.Detail)
		counts[i].At = append(slices.Clip(counts[i].At), o)
	}
	x.files[path] = counts
}

// install counts the commands that run at install, and what they do.
func (x *extractor) install() {
	for _, c := range x.program.Install {
		// A hook counts once, whatever it runs in turn.
		if c.Gyp == "" && c.Name == c.Hook || c.Implicit && c.Gyp == "" {
			x.add(c.Path, nameInstallScripts, Occurrence{c.Line, c.Column, c.Hook})
		}
		if c.Script == nil {
			continue
		}
		r := new(Reader)
		r.Piece(&program.Piece{Shell: c.Script})
		for _, counted := range r.Counts() {
			for _, o := range counted.At {
				x.add(c.Path, counted.Feature, Occurrence{c.Line, c.Column, o.Detail})
			}
		}
		x.code(c)
	}
}

// code counts what the JavaScript in a command has.
func (x *extractor) code(c program.InstallCommand) {
	for _, code := range c.Script.Code {
		if code.Language != "javascript" {
			continue
		}
		r := new(Reader)
		program.ReadSource(&npm.File{Path: "code.js", Size: int64(len(code.Text)), Data: []byte(code.Text)}, program.JavaScript,
			program.ReadOptions{Visitor: r})
		for _, counted := range r.Counts() {
			for _, o := range counted.At {
				x.add(c.Path, counted.Feature, Occurrence{c.Line, c.Column, o.Detail})
			}
		}
	}
}

// binaries counts the files that hold machine code or other files.
func (x *extractor) binaries() {
	for _, f := range x.program.Tree.Files {
		switch f.Content {
		case npm.ContentText, npm.ContentBinary:
			if f.Content == npm.ContentText || !strings.HasSuffix(strings.ToLower(f.Path), ".node") {
				continue
			}
			fallthrough
		case npm.ContentELF, npm.ContentMachO, npm.ContentPE, npm.ContentWasm, npm.ContentJava, npm.ContentGzip, npm.ContentZip, npm.ContentTar:
			x.add(f.Path, nameBinary, Occurrence{Detail: string(f.Content)})
		}
	}
}

// installOnly counts the scripts that run at install and nowhere else.
func (x *extractor) installOnly() {
	for _, s := range x.program.Scripts {
		if s.Phase == program.AtInstall && !s.Imported {
			x.add(s.Path, nameInstallOnly, Occurrence{})
		}
	}
}

// dependencies lists what is installed along.
func (x *extractor) dependencies() {
	m := x.program.Manifest
	if m == nil {
		return
	}
	all := maps.Clone(m.Dependencies)
	if all == nil {
		all = make(map[string]string)
	}
	maps.Copy(all, m.OptionalDependencies)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		x.add("package.json", nameDependencies, Occurrence{Detail: name})
		if isRemote(all[name]) {
			x.add("package.json", nameRemote, Occurrence{Detail: name + " " + all[name]})
		}
	}
	x.unused(all)
}

// unused lists the dependencies that no script loads, unless a script that was
// not read as a whole may do so.
func (x *extractor) unused(dependencies map[string]string) {
	used, ok := x.program.Packages()
	if !ok {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(dependencies)) {
		if !used[name] && !strings.HasPrefix(name, "@types/") {
			x.add("package.json", nameUnused, Occurrence{Detail: name})
		}
	}
}

// combinations are features that say more where one file has them together.
var combinations = []struct {
	name string
	of   [2][]string
}{
	{nameCollectSend, [2][]string{
		{"pii", "environment-whole", "environment-secrets", "host-identity", "credential-paths", "browser-data", "command-secrets"},
		{"network", "dns-data", "command-send"},
	}},
	{nameDecodeRun, [2][]string{
		{"data-encoding", "cryptography", "dense-literals"},
		{"dynamic-code", "process-creation"},
	}},
}

// together counts the files that have features of both sides of a combination, at
// the first place of the second.
func (x *extractor) together() {
	for path, counts := range x.files {
		first := func(names []string) *Count {
			for i := range counts {
				if slices.Contains(names, counts[i].Feature) {
					return &counts[i]
				}
			}
			return nil
		}
		for _, c := range combinations {
			one, other := first(c.of[0]), first(c.of[1])
			if one == nil || other == nil {
				continue
			}
			at := Occurrence{Detail: one.Feature + ", " + other.Feature}
			if len(other.At) > 0 {
				at.Line, at.Column = other.At[0].Line, other.At[0].Column
			}
			x.add(path, c.name, at)
		}
	}
}

// isRemote reports whether a dependency's specifier is a git repository or a
// URL (npm-package-arg).
func isRemote(spec string) bool {
	spec = strings.TrimSpace(spec)
	for _, scheme := range []string{"git:", "git+", "git@", "http:", "https:", "ssh:", "github:", "gitlab:", "bitbucket:", "gist:"} {
		if strings.HasPrefix(spec, scheme) {
			return true
		}
	}
	// owner/repository
	owner, rest, ok := strings.Cut(spec, "/")
	return ok && owner != "" && rest != "" && !strings.ContainsAny(owner, ":@. ~") && !strings.HasPrefix(spec, ".") && !strings.HasPrefix(spec, "/")
}

// entropy measures the files' density.
func entropy(tree *npm.Tree) map[string]float64 {
	sum, squares, n := 0.0, 0.0, 0.0
	for _, f := range tree.Files {
		if f.Size > 0 {
			sum += f.Entropy
			squares += f.Entropy * f.Entropy
			n++
		}
	}
	if n == 0 {
		return nil
	}
	mean := sum / n
	return map[string]float64{
		nameEntropyAverage:   round(mean),
		nameEntropyDeviation: round(math.Sqrt(max(0, squares/n-mean*mean))),
	}
}

func round(f float64) float64 { return math.Round(f*1e4) / 1e4 }

// OfContent returns the counts that come from a script's content alone, and
// not from the package around it.
func OfContent(counts []Count) []Count {
	return slices.DeleteFunc(slices.Clone(counts), func(c Count) bool {
		return slices.Contains(ofPackage, c.Feature)
	})
}

// ofPackage are features of scripts that Extract adds.
var ofPackage = []string{nameInstallOnly, nameBinary, nameCollectSend, nameDecodeRun}

// Value returns a feature's value: how often it occurs, for a list how many
// different details it has, for a measure the measure.
func (s *Set) Value(f *Feature) float64 {
	if s == nil {
		return 0
	}
	switch f.Kind {
	case Measured:
		return s.Measures[f.Name]
	case Listed:
		return float64(len(s.details(f.Name)))
	case Updated:
		return 0
	}
	n := 0
	for _, file := range s.Files {
		for _, c := range file.Counts {
			if c.Feature == f.Name {
				n += c.N
			}
		}
	}
	return float64(n)
}

// Occurrences yields the listed occurrences of a feature: those in files that
// run at install first, then those that run at import, then the others; within
// each by path and place.
func (s *Set) Occurrences(feature string) iter.Seq2[*File, Occurrence] {
	return func(yield func(*File, Occurrence) bool) {
		if s == nil {
			return
		}
		for _, phase := range []program.Phase{program.AtInstall, program.AtImport, program.Unreached} {
			for i := range s.Files {
				file := &s.Files[i]
				if file.Phase != phase {
					continue
				}
				for _, c := range file.Counts {
					if c.Feature != feature {
						continue
					}
					for _, o := range c.At {
						if !yield(file, o) {
							return
						}
					}
				}
			}
		}
	}
}

// File returns what a file adds, or nil. A nil Set has no files.
func (s *Set) File(path string) *File {
	if s == nil {
		return nil
	}
	i, ok := slices.BinarySearchFunc(s.Files, path, func(f File, path string) int { return strings.Compare(f.Path, path) })
	if !ok {
		return nil
	}
	return &s.Files[i]
}

// At returns the listed occurrences of a feature in the file. A nil File has none.
func (f *File) At(feature string) []Occurrence {
	if f == nil {
		return nil
	}
	for i := range f.Counts {
		if f.Counts[i].Feature == feature {
			return f.Counts[i].At
		}
	}
	return nil
}

// details returns the different details of a feature.
func (s *Set) details(feature string) map[string]bool {
	out := make(map[string]bool)
	for _, o := range s.Occurrences(feature) {
		out[o.Detail] = true
	}
	return out
}

// String returns a place as path:line.
func (o Occurrence) at(path string) string {
	if o.Line == 0 {
		return path
	}
	return fmt.Sprintf("%s:%d", path, o.Line)
}

// Obfuscated reports whether a package has code that an obfuscator made: hidden
// strings, a flattened control flow, or guards against being looked at.
func (s *Set) Obfuscated() bool {
	return s != nil && slices.ContainsFunc([]string{"string-arrays", "flattened-control-flow", "self-defence"}, func(name string) bool {
		return s.Value(Lookup(name)) > 0
	})
}
