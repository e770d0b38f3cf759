// Package reproduce tells whether what a version's tarball holds is in its
// source repository at the commit that it was made from. It compares git's ids
// of files and runs, builds and checks out nothing.
//
// Locations, TagNames and Find look for the source; Match compares a tarball
// with it; Diff tells which changes of an update the source explains. Everything
// that is compared comes from strangers: both listings are bounded, and contents
// are parsed by nothing but the readers of JSON.
package reproduce

import (
	"math"
	"path"
	"slices"
	"strings"

	"github.com/amalfi-audit/audit/internal/npm"
)

// Verdict is the outcome for a version.
type Verdict string

// The verdicts, from the best to the worst.
const (
	// Reproduced: all that can run and all data are in the source, at a commit
	// that a branch or tag leads to.
	Reproduced Verdict = "reproduced"
	// Partly: nothing that can run was changed, and some of it or some data is
	// not in the source or could not be compared.
	Partly Verdict = "partly"
	// NotReproduced: something that can run has another content in the source,
	// nothing that can run is there, or no branch or tag leads to the commit.
	NotReproduced Verdict = "not-reproduced"
	// NoSource: nothing is claimed, or what is claimed has no commit for the
	// version, or it is another package's source.
	NoSource Verdict = "no-source"
	// SourceUnreachable: the source could not be asked.
	SourceUnreachable Verdict = "source-unreachable"
)

// Class is what was found of one file.
type Class string

// The classes.
const (
	InSource    Class = "in-source"                 // byte for byte at its path
	Allowed     Class = "in-source-with-difference" // but for the differences named
	Elsewhere   Class = "elsewhere"                 // byte for byte at another path, and none at its own
	Changed     Class = "changed"                   // the source has its path with another content
	Built       Class = "built"                     // not in the source, and named like what a build makes
	NotInSource Class = "not-in-source"
	NotCompared Class = "not-compared" // Note says why
)

// Kind is what a file is for.
type Kind string

// The kinds.
const (
	Code     Kind = "code"     // can run, or steers what runs
	Data     Kind = "data"     // code may read it
	Document Kind = "document" // people and editors read it
)

// File is one file of a tarball and what was found of it.
type File struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
	Kind   Kind   `json:"kind"`
	Class  Class  `json:"class"`
	// Source and SourceID are the path and id in the source that the file was
	// compared with or found at; "" where there are none.
	Source   string `json:"source,omitempty"`
	SourceID string `json:"sourceID,omitempty"`
	// Differences are those allowed for, where Class is Allowed.
	Differences []Difference `json:"differences,omitempty"`
	Note        string       `json:"note,omitempty"`
}

// inSource reports whether the content is the source's.
func (f *File) inSource() bool { return f.Class == InSource || f.Class == Allowed }

// Result is what Match finds. It is plain data.
type Result struct {
	Verdict Verdict `json:"verdict"`
	// Source is the commit, without its listing.
	Source Commit `json:"source"`
	// Files are the tarball's, sorted by path.
	Files []File `json:"files"`
	// Runnable counts the files of kind Code, RunnableInSource those of them that
	// are in the source. Score is the quotient, rounded down to four digits.
	Runnable         int     `json:"runnable"`
	RunnableInSource int     `json:"runnableInSource"`
	Score            float64 `json:"score"`
	// Classes and Differences count files.
	Classes     map[Class]int      `json:"classes"`
	Differences map[Difference]int `json:"differences,omitempty"`
	// ManifestFields are the fields of package.json whose difference publishing
	// explains, ManifestFaults what it does not explain.
	ManifestFields []string `json:"manifestFields,omitempty"`
	ManifestFaults []string `json:"manifestFaults,omitempty"`
}

// Built reports whether all code and all data is in the source or of class Built:
// nothing but a build stands between the commit and the tarball.
func (r *Result) Built() bool {
	return !slices.ContainsFunc(r.Files, func(f File) bool { return f.Kind != Document && !f.inSource() && f.Class != Built })
}

// Version is what Match compares with a source.
type Version struct {
	npm.PackageVersion
	// Tree is the unpacked tarball, sorted, with the content that unpacking kept.
	Tree *npm.Tree
	// Runs are paths that are known to run or to be loaded; they are Code
	// whatever their names.
	Runs []string
}

// Match compares a version with its source. Entries of the source need not be
// sorted. Content of the tarball that was not kept is compared by its GitBlob
// alone.
func Match(v Version, c *Commit) *Result {
	m := newMatcher(v, c)
	m.result = &Result{Source: *c, Classes: make(map[Class]int)}
	m.result.Source.Entries, m.result.Source.Manifest = nil, nil
	for _, e := range m.entries {
		if e.Mode == ModeSubmodule {
			m.submodules[e.Path] = true
		}
	}
	m.folders = m.bases()
	for i := range v.Tree.Files {
		f := &v.Tree.Files[i]
		m.result.Files = append(m.result.Files, m.file(f))
	}
	m.result.judge(v.Tree, c)
	return m.result
}

func setOf(paths []string) map[string]bool {
	set := make(map[string]bool, len(paths))
	for _, p := range paths {
		set[p] = true
	}
	return set
}

// matcher is the state of one Match.
type matcher struct {
	version    Version
	commit     *Commit
	entries    []Entry // sorted by path
	submodules map[string]bool
	folders    []string // the package's folder, and before it the one published in its place
	runs       map[string]bool
	ids        map[string]int // id to entry; made when needed
	documents  map[string]int // case-folded path to entry; made when needed
	result     *Result
}

// newMatcher returns a matcher that knows the paths of both sides.
func newMatcher(v Version, c *Commit) *matcher {
	m := &matcher{version: v, commit: c, entries: slices.Clone(c.Entries), runs: setOf(v.Runs), submodules: make(map[string]bool)}
	slices.SortStableFunc(m.entries, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
	return m
}

// bases returns the folders of the source that hold the package.
func (m *matcher) bases() []string {
	manifest := m.commit.Manifest
	if manifest == nil {
		if f := m.version.Tree.Lookup(manifestName); f != nil {
			manifest = f.Data // the source's is the same
		}
	}
	if dir := publishDirectory(manifest); dir != "" {
		return []string{path.Join(m.commit.Directory, dir), m.commit.Directory}
	}
	return []string{m.commit.Directory}
}

// entry returns the source's entry at a path.
func (m *matcher) entry(p string) (Entry, bool) {
	i, ok := slices.BinarySearchFunc(m.entries, p, func(e Entry, p string) int { return strings.Compare(e.Path, p) })
	if !ok {
		return Entry{}, false
	}
	return m.entries[i], true
}

// folder reports whether the source has files below a path.
func (m *matcher) folder(p string) bool {
	i, _ := slices.BinarySearchFunc(m.entries, p+"/", func(e Entry, p string) int { return strings.Compare(e.Path, p) })
	return i < len(m.entries) && strings.HasPrefix(m.entries[i].Path, p+"/")
}

// file classes one file.
func (m *matcher) file(f *npm.File) File {
	out := File{Path: f.Path, SHA256: f.SHA256, Kind: kindOf(f, m.runs)}
	c := &content{file: f}
	tries := make([]try, 0, 3)
	for i, base := range m.folders {
		t := try{path: path.Join(base, f.Path)}
		if i < len(m.folders)-1 {
			t.differences = []Difference{Folder}
		}
		tries = append(tries, t)
	}
	if f.Renamed {
		tries = append(tries, try{path.Join(m.commit.Directory, path.Dir(f.Path), ".gitignore"), []Difference{Renamed}})
	}
	var own *Entry
	for _, t := range tries {
		e, ok := m.entry(t.path)
		if !ok {
			continue
		}
		if own == nil {
			own = &e
		}
		if m.compare(&out, c, e, t.differences) {
			return out
		}
	}
	switch {
	case own != nil && f.Path == manifestName && own.Mode == ModeFile:
		m.manifest(&out, f, *own)
	case out.Kind == Document && m.document(&out, c):
	case own != nil:
		out.Class, out.Source, out.SourceID = Changed, own.Path, own.ID
		switch {
		case own.Mode == ModeLink:
			out.Class, out.Note = NotCompared, "the source has a symbolic link"
		case own.Mode == ModeSubmodule:
			out.Class, out.Note = NotCompared, "the source has a submodule"
		case c.exact(len(own.ID)) == "", f.Data == nil && f.Content == npm.ContentText && f.Size > 0:
			out.Class, out.Note = NotCompared, "the content is too large to be kept"
		}
	default:
		m.absent(&out, c)
	}
	return out
}

// try is a path in the source where a file may be, and what it means to find it
// there.
type try struct {
	path        string
	differences []Difference
}

// compare fills in out where the content is that of an entry.
func (m *matcher) compare(out *File, c *content, e Entry, differences []Difference) bool {
	if e.Mode != ModeFile {
		return false
	}
	found, ok := c.same(e)
	if !ok {
		return false
	}
	out.Class, out.Source, out.SourceID = InSource, e.Path, e.ID
	if out.Differences = slices.Concat(differences, found); len(out.Differences) > 0 {
		out.Class = Allowed
	}
	return true
}

// manifest compares package.json field by field.
func (m *matcher) manifest(out *File, f *npm.File, own Entry) {
	out.Class, out.Source, out.SourceID = Changed, own.Path, own.ID
	switch {
	case f.Data == nil, m.commit.Manifest == nil, BlobID(len(own.ID), m.commit.Manifest) != own.ID:
		out.Class, out.Note = NotCompared, "one of the manifests was not read"
		return
	}
	gyp := slices.ContainsFunc(m.version.Tree.Files, func(f npm.File) bool {
		return strings.HasSuffix(f.Path, ".gyp") && !strings.Contains(f.Path, "/")
	})
	fields, faults := compareManifests(f.Data, m.commit.Manifest, m.version.Version, gyp)
	m.result.ManifestFields, m.result.ManifestFaults = fields, faults
	if len(faults) == 0 {
		out.Class, out.Differences = Allowed, []Difference{Published}
	}
}

// document looks for a document under a name that differs in case, and in the
// repository's root, from where monorepos copy the licence.
func (m *matcher) document(out *File, c *content) bool {
	if strings.Contains(out.Path, "/") {
		return false
	}
	if m.documents == nil {
		m.documents = make(map[string]int)
		for i, e := range m.entries {
			dir := path.Dir(e.Path)
			if folded := strings.ToLower(e.Path); dir == path.Join(".", m.commit.Directory) || dir == "." {
				if _, ok := m.documents[folded]; !ok {
					m.documents[folded] = i
				}
			}
		}
	}
	name := strings.ToLower(out.Path)
	for _, base := range []string{m.commit.Directory, ""} {
		i, ok := m.documents[path.Join(strings.ToLower(base), name)]
		if !ok {
			continue
		}
		e := m.entries[i]
		var differences []Difference
		if path.Base(e.Path) != out.Path {
			differences = append(differences, Case)
		}
		if base != m.commit.Directory {
			differences = append(differences, RootCopy)
		}
		if m.compare(out, c, e, differences) {
			return true
		}
	}
	return false
}

// absent classes a file whose path the source does not have.
func (m *matcher) absent(out *File, c *content) {
	p := path.Join(m.commit.Directory, out.Path)
	if m.inSubmodule(p) {
		out.Class, out.Note = NotCompared, "the source has a submodule"
		return
	}
	if len(m.entries) > 0 {
		id := c.exact(len(m.entries[0].ID))
		if id == "" {
			out.Class, out.Note = NotCompared, "the content is too large to be kept"
			return
		}
		if e, ok := m.byID(id); ok {
			out.Class, out.Source, out.SourceID = Elsewhere, e.Path, e.ID
			return
		}
	}
	if out.Class = NotInSource; m.built(out.Path) {
		out.Class = Built
	}
}

// inSubmodule reports whether a path of the source lies in another repository.
func (m *matcher) inSubmodule(p string) bool {
	for len(m.submodules) > 0 {
		i := strings.LastIndexByte(p, '/')
		if i < 0 {
			return false
		}
		if p = p[:i]; m.submodules[p] {
			return true
		}
	}
	return false
}

// byID returns the first file of the source with an id.
func (m *matcher) byID(id string) (Entry, bool) {
	if m.ids == nil {
		m.ids = make(map[string]int, len(m.entries))
		for i, e := range m.entries {
			if _, ok := m.ids[e.ID]; !ok && e.Mode == ModeFile {
				m.ids[e.ID] = i
			}
		}
	}
	i, ok := m.ids[id]
	if !ok {
		return Entry{}, false
	}
	return m.entries[i], true
}

// buildFolders are what builds call the folders that they fill.
var buildFolders = []string{
	"_cjs", "_esm", "build", "builds", "bundle", "bundles", "cjs", "commonjs", "compiled", "dist", "dist-es", "dist-src", "dist-types", "dist-web",
	"distribution", "es", "es5", "es6", "esm", "esm5", "fesm2015", "fesm2020", "fesm2022", "generated", "lib", "lib-esm", "min", "module", "out", "output",
	"pkg", "prebuilds", "prebuilt", "release", "target", "types", "typings", "umd",
}

// built reports whether a file that the source does not have is named like what
// a build makes: it lies in a folder that the source does not have and that is
// named so, or a source that compiles to it lies at its place.
func (m *matcher) built(p string) bool {
	for i := 0; ; {
		n := strings.IndexByte(p[i:], '/')
		if n < 0 {
			break
		}
		name := p[i : i+n]
		i += n + 1
		if slices.Contains(buildFolders, strings.ToLower(name)) && !m.folder(path.Join(m.commit.Directory, p[:i-1])) {
			return true
		}
	}
	stem, ok := strings.CutSuffix(p, path.Ext(p))
	if !ok {
		return false
	}
	stem = strings.TrimSuffix(strings.TrimSuffix(stem, ".d"), ".min")
	for _, extension := range []string{".ts", ".tsx", ".mts", ".cts", ".coffee", ".jsx", ".vue", ".svelte", ".re", ".res", ".ls"} {
		if _, ok := m.entry(path.Join(m.commit.Directory, stem+extension)); ok && stem+extension != p {
			return true
		}
	}
	return false
}

// count adds a file to the figures of the result.
func (r *Result) count(f *File) {
	r.Classes[f.Class]++
	for _, d := range f.Differences {
		if r.Differences == nil {
			r.Differences = make(map[Difference]int)
		}
		r.Differences[d]++
	}
	if f.Kind == Code {
		r.Runnable++
		if f.inSource() {
			r.RunnableInSource++
		}
	}
}

// judge makes the figures and the verdict of the files.
func (r *Result) judge(tree *npm.Tree, c *Commit) {
	r.Runnable, r.RunnableInSource, r.Score, r.Classes, r.Differences = 0, 0, 0, make(map[Class]int), nil
	for i := range r.Files {
		r.count(&r.Files[i])
	}
	if r.Runnable > 0 {
		r.Score = math.Floor(float64(r.RunnableInSource)/float64(r.Runnable)*1e4) / 1e4
	}
	changed := func(f File) bool { return f.Kind == Code && f.Class == Changed }
	open := func(f File) bool { return f.Kind != Document && !f.inSource() }
	switch {
	case r.RunnableInSource == 0, tree.Lookup(manifestName) == nil, c.Reach == Unreachable, slices.ContainsFunc(r.Files, changed):
		r.Verdict = NotReproduced
	case slices.ContainsFunc(r.Files, open), c.Reach != Reachable:
		r.Verdict = Partly
	default:
		r.Verdict = Reproduced
	}
}
