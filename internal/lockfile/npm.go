package lockfile

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/amalfi-audit/audit/internal/jsontree"
	"github.com/amalfi-audit/audit/internal/npm"
)

// npm reads package-lock.json and npm-shrinkwrap.json (npm documentation,
// "package-lock.json"). Versions 2 and 3 list the folders of the tree in
// packages; version 1 and the older form nest it in dependencies; version 2
// has both, of which npm 7 and later read the first and npm 6 the second.
func (p *parser) npm() error {
	doc, err := jsontree.Parse(p.data)
	if err != nil {
		return err
	}
	lines := jsontree.NewLines(p.data)
	if doc.Kind != jsontree.Object {
		return p.badEntry(1, "the document is %s, not an object", doc.Kind)
	}
	version := doc.Get("lockfileVersion")
	p.lock.Format = Format{Manager: NPM}
	if version != nil {
		line, _ := lines.Position(version.Offset)
		if version.Kind != jsontree.Number {
			return p.badEntry(line, "lockfileVersion is %s, not a number", version.Kind)
		}
		p.lock.Format.Version = version.Text
		switch version.Text {
		case "1", "2", "3":
		default:
			return p.fail(line, ErrUnsupported, "lockfileVersion "+quote(version.Text)+" is not known; 1, 2 and 3 are",
				"a newer npm may have written it: update this tool, or write it with `npm install --lockfile-version 3`")
		}
	}
	n := &npmReader{parser: p, lines: lines}
	packages, dependencies := doc.Get("packages"), doc.Get("dependencies")
	for _, part := range []struct {
		key   string
		value *jsontree.Value
	}{{"packages", packages}, {"dependencies", dependencies}} {
		if part.value != nil && part.value.Kind != jsontree.Object {
			line, _ := lines.Position(part.value.Offset)
			return p.badEntry(line, "%s is %s, not an object", part.key, part.value.Kind)
		}
	}
	p.flagged = true
	switch {
	case packages != nil: // npm 7 and later go by packages, whatever the version says
		if err := n.packages(packages); err != nil {
			return err
		}
		if dependencies != nil {
			return n.compareParts(packages, dependencies)
		}
		return nil
	case p.lock.Format.Version == "2", p.lock.Format.Version == "3":
		return p.badEntry(1, "a lockfile of version %s has packages; here they are missing", p.lock.Format.Version)
	case dependencies == nil && version == nil && p.lock.Path != "" && !n.lockfileLike(doc):
		return p.badEntry(1, "neither lockfileVersion nor dependencies: not a lockfile of npm")
	}
	return n.dependencies(dependencies)
}

func quote(s string) string {
	if len(s) > 60 {
		s = s[:60] + "…"
	}
	return `"` + strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s) + `"`
}

type npmReader struct {
	*parser
	lines *jsontree.Lines
}

// lockfileLike reports whether an object without dependencies can be the
// shrinkwrap of a project that has none.
func (n *npmReader) lockfileLike(doc *jsontree.Value) bool {
	return path.Base(n.lock.Path) == "npm-shrinkwrap.json" && doc.Get("name").Str() != ""
}

// fieldTypes are the types npm writes; an entry with others is not understood.
var npmFieldTypes = map[string]jsontree.Kind{
	"version": jsontree.String, "resolved": jsontree.String, "integrity": jsontree.String, "name": jsontree.String,
	"dev": jsontree.Bool, "optional": jsontree.Bool, "devOptional": jsontree.Bool, "peer": jsontree.Bool,
	"link": jsontree.Bool, "inBundle": jsontree.Bool, "bundled": jsontree.Bool,
}

func (n *npmReader) checkEntry(m jsontree.Member) (line, column int, err error) {
	line, column = n.lines.Position(m.Offset)
	if m.Value.Kind != jsontree.Object {
		return 0, 0, n.badEntry(line, "the entry %s is %s, not an object", quote(m.Key), m.Value.Kind)
	}
	for _, f := range m.Value.Members {
		want, known := npmFieldTypes[f.Key]
		if (f.Key == "resolved" || f.Key == "integrity") && f.Value.Kind == jsontree.Bool && !f.Value.True() {
			continue // npm 5 and 6 wrote false where they knew none
		}
		if known && f.Value.Kind != want {
			l, _ := n.lines.Position(f.Offset)
			return 0, 0, n.badEntry(l, "%s of the entry %s is %s, not %s", f.Key, quote(m.Key), f.Value.Kind, want)
		}
	}
	return line, column, nil
}

// packages reads the flat form. Keys are folders relative to the project; ""
// is the project itself.
func (n *npmReader) packages(packages *jsontree.Value) error {
	byPath := make(map[string]int, len(packages.Members))
	entries := make([]*jsontree.Value, 0, len(packages.Members))
	var project []jsontree.Member // the root and the members' own folders
	members := newMembers(packages.Get(""))
	for _, m := range packages.Members {
		line, column, err := n.checkEntry(m)
		if err != nil {
			return err
		}
		if m.Key == "" {
			project = append(project, m)
			continue
		}
		if strings.Contains(m.Key, `\`) || path.IsAbs(m.Key) || len(m.Key) > maxFolder {
			return n.badEntry(line, "the key %s is no folder of the project", quote(m.Key))
		}
		d := Dependency{Path: m.Key, Line: line, Column: column}
		if err := n.describe(&d, m.Value); err != nil {
			return err
		}
		if members.contain(m.Key) {
			project = append(project, m)
		}
		byPath[m.Key] = n.add(d)
		entries = append(entries, m.Value)
	}
	n.markBundled(entries, byPath)

	for key, from := range byPath {
		n.eachDependency(entries[from], false, func(name, spec string, g group) {
			if to, ok := resolveFolder(byPath, key, name); ok {
				n.graph.add(from, to, g)
			}
		})
		if entries[from].Get("link").True() {
			if to, ok := byPath[entries[from].Get("resolved").Str()]; ok {
				n.graph.add(from, to, production)
			}
		}
	}
	for i := range n.graph.edges { // byPath was walked in random order
		slices.SortFunc(n.graph.edges[i], func(a, b edge) int {
			if a.to != b.to {
				return a.to - b.to
			}
			return int(a.group) - int(b.group)
		})
	}
	specs := make(map[int][]string)
	for _, m := range project {
		own := make(map[string]string)
		n.eachDependency(m.Value, true, func(name, spec string, g group) {
			if g != peer {
				own[name+"\x00"+spec] = name
			}
		})
		line, _ := n.lines.Position(m.Offset)
		n.upToDate(m.Key, line, func(name, spec string) bool { return own[name+"\x00"+spec] != "" })
		n.eachDependency(m.Value, true, func(name, spec string, g group) {
			if to, ok := resolveFolder(byPath, m.Key, name); ok {
				n.graph.addRoot(to, g, m.Key)
				specs[to] = append(specs[to], spec)
			}
		})
	}
	for key, from := range byPath {
		n.eachDependency(entries[from], false, func(name, spec string, _ group) {
			if to, ok := resolveFolder(byPath, key, name); ok {
				specs[to] = append(specs[to], spec)
			}
		})
	}
	for i := range n.lock.Dependencies {
		n.decideRemote(&n.lock.Dependencies[i], specs[i])
	}
	return nil
}

// entryIntegrity reads the integrity of an entry.
func (n *npmReader) entryIntegrity(entry *jsontree.Value) (npm.Integrity, error) {
	value := entry.Get("integrity")
	if value == nil {
		return nil, nil
	}
	line, _ := n.lines.Position(value.Offset)
	return n.integrity(value.Str(), line)
}

// members tells the folders of workspace members from others of the project,
// which are there because something depends on them as file:.
type members struct {
	folders  map[string]bool // named as they are
	deep     []string        // what stands before **
	patterns []string
}

func newMembers(root *jsontree.Value) members {
	list := root.Get("workspaces")
	if list != nil && list.Kind == jsontree.Object { // yarn's form
		list = list.Get("packages")
	}
	m := members{folders: make(map[string]bool)}
	if list == nil {
		return m
	}
	for _, item := range list.Items {
		pattern := path.Clean(item.Str())
		prefix, _, deep := strings.Cut(pattern, "**")
		switch {
		case !strings.ContainsAny(pattern, wildcards):
			m.folders[pattern] = true
		case len(m.deep)+len(m.patterns) == maxPatterns:
		case deep:
			m.deep = append(m.deep, prefix)
		default:
			m.patterns = append(m.patterns, pattern)
		}
	}
	return m
}

func (m members) contain(folder string) bool {
	if strings.Contains(folder, "node_modules") {
		return false
	}
	return m.folders[folder] ||
		slices.ContainsFunc(m.deep, func(prefix string) bool { return strings.HasPrefix(folder, prefix) }) ||
		slices.ContainsFunc(m.patterns, func(pattern string) bool {
			ok, err := path.Match(pattern, folder)
			return ok && err == nil
		})
}

// describe fills in what the entry itself says.
func (n *npmReader) describe(d *Dependency, entry *jsontree.Value) error {
	installed := lastName(d.Path)
	if i := strings.LastIndex(d.Path, "node_modules/"); i >= 0 {
		installed = d.Path[i+len("node_modules/"):]
	}
	d.Name = installed
	if name := entry.Get("name").Str(); name != "" {
		d.Name = name
	}
	d.Version = entry.Get("version").Str()
	d.Resolved = entry.Get("resolved").Str()
	// devOptional is what development and optional dependencies both need,
	// thus neither alone.
	d.Optional = entry.Get("optional").True()
	d.Dev = entry.Get("dev").True()
	d.Peer = entry.Get("peer").True()
	var err error
	if d.Integrity, err = n.entryIntegrity(entry); err != nil {
		return err
	}
	inTree := strings.HasPrefix(d.Path, "node_modules/") || strings.Contains(d.Path, "/node_modules/")
	switch {
	case !inTree:
		d.Kind = KindDirectory
		return nil
	case entry.Get("link").True():
		if strings.Contains(d.Resolved, ":") || len(d.Integrity) > 0 {
			return n.badEntry(d.Line, "the link %s does not lead to a folder of the project", quote(d.Path))
		}
		d.Kind = KindDirectory
	default:
		if d.Version == "" && d.Resolved == "" {
			n.problem(d.Line, "the entry %s has neither version nor resolved", quote(d.Path))
		}
		d.Kind = resolvedKind(d.Resolved)
		if d.Kind == KindRegistry && d.Version != "" && !npm.ValidVersion(d.Version) {
			n.problem(d.Line, "%s of the entry %s is not a version", quote(d.Version), quote(d.Path))
		}
	}
	if d.Kind != KindDirectory || entry.Get("name") != nil {
		if err := npm.ValidateName(d.Name); err != nil {
			return n.badEntry(d.Line, "%v", err)
		}
	}
	if installed != d.Name {
		d.Alias = installed
	}
	return nil
}

// resolvedKind judges by resolved alone. Whether a tarball behind https is a
// registry's is decided later, when it is known who asked for it and how.
func resolvedKind(resolved string) Kind {
	switch {
	case resolved == "", strings.HasPrefix(resolved, "https:"), strings.HasPrefix(resolved, "http:"):
		return KindRegistry
	case strings.Contains(resolved, ":"):
		return specKind(resolved)
	}
	return fileKind(resolved) // npm takes what has no scheme for a path
}

// decideRemote tells a URL dependency from a registry tarball: it is one if a
// manifest asks for that very URL, or if every manifest asks for some URL, or
// if nobody is known to ask and no registry would have such a URL.
func (n *npmReader) decideRemote(d *Dependency, specs []string) {
	if d.Kind != KindRegistry || d.Resolved == "" {
		return
	}
	ranges := false
	for _, spec := range specs {
		switch {
		case spec == d.Resolved:
			d.Kind = urlKind(d.Resolved)
			return
		case specKind(spec) == KindRegistry:
			ranges = true
		}
	}
	if ranges || tarballShaped(d.Resolved, d.Name, d.Version) {
		return
	}
	d.Kind = urlKind(d.Resolved)
}

// markBundled tells what ships inside another package's tarball from what the
// root project bundles, which is installed from the registry first. npm sets
// inBundle for both, and goes by bundleDependencies: what it does not expect
// in a tarball it fetches from resolved, whatever inBundle says.
func (n *npmReader) markBundled(entries []*jsontree.Value, byPath map[string]int) {
	for i := range n.lock.Dependencies {
		d := &n.lock.Dependencies[i]
		if !entries[i].Get("inBundle").True() || d.Resolved != "" {
			continue
		}
		for folder := parentFolder(d.Path); folder != ""; folder = parentFolder(folder) {
			if owner, ok := byPath[folder]; ok && bundles(entries[owner]) {
				d.Kind = KindBundled
				break
			}
		}
	}
}

// bundles reports whether an entry says that its tarball holds others.
func bundles(entry *jsontree.Value) bool {
	list := entry.Get("bundleDependencies")
	return list.True() || list != nil && len(list.Items) > 0
}

// parentFolder returns the package folder a folder is nested in, "" for none.
func parentFolder(folder string) string {
	i := strings.LastIndex(folder, "/node_modules/")
	if i < 0 {
		return ""
	}
	return folder[:i]
}

// resolveFolder finds the folder that name resolves to from within folder, as
// Node.js looks it up: in node_modules there, then in every folder above.
func resolveFolder(byPath map[string]int, folder, name string) (int, bool) {
	for {
		prefix := "node_modules/"
		if folder != "" {
			prefix = folder + "/node_modules/"
		}
		if i, ok := byPath[prefix+name]; ok {
			return i, true
		}
		if folder == "" {
			return 0, false
		}
		if i := strings.LastIndexByte(folder, '/'); i >= 0 {
			folder = folder[:i]
		} else {
			folder = ""
		}
	}
}

// eachDependency calls f for what an entry depends on, and for development
// dependencies too where it is one of the project's own.
func (n *npmReader) eachDependency(entry *jsontree.Value, own bool, f func(name, spec string, g group)) {
	for _, g := range groupNames {
		if g.group == development && !own {
			continue
		}
		deps := entry.Get(g.key)
		if deps == nil || deps.Kind != jsontree.Object {
			continue
		}
		for _, m := range deps.Members {
			f(m.Key, m.Value.Str(), g.group)
		}
	}
}

// node is one entry of the nested form.
type node struct {
	index    int // in the lockfile's dependencies; -1 for the root
	entry    *jsontree.Value
	parent   *node
	children map[string]*node
	bundled  bool // within a bundle of the root project
}

// dependencies reads the nested form of version 1.
func (n *npmReader) dependencies(dependencies *jsontree.Value) error {
	top := &node{index: -1}
	var all []*node
	if err := n.nested(dependencies, top, "", &all); err != nil {
		return err
	}
	asked := make([]bool, len(n.lock.Dependencies))
	edges := 0
	for _, nd := range all {
		requires := nd.entry.Get("requires")
		if requires == nil || requires.Kind != jsontree.Object {
			continue
		}
		for _, r := range requires.Members {
			if to := nd.lookup(r.Key); to != nil {
				n.graph.add(nd.index, to.index, production)
				asked[to.index] = true
				edges++
			}
		}
	}
	n.rootsOfNested(top, asked, edges > 0)
	return nil
}

// rootsOfNested takes the direct dependencies from the project's manifest. A
// version 1 lockfile does not name them; without a manifest they are the top
// entries that no other entry requires, where requirements are recorded.
func (n *npmReader) rootsOfNested(top *node, asked []bool, recorded bool) {
	if root := n.manifest("."); root != nil {
		eachSpec(root, func(name, _ string, g group) {
			if to := top.children[name]; to != nil {
				n.graph.addRoot(to.index, g, "")
			}
		})
		return
	}
	if !recorded {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(top.children)) {
		if to := top.children[name]; !asked[to.index] {
			n.graph.addRoot(to.index, production, "")
		}
	}
}

// lookup finds what name means to the entry, as Node.js does.
func (nd *node) lookup(name string) *node {
	for at := nd; at != nil; at = at.parent {
		if child := at.children[name]; child != nil {
			return child
		}
	}
	return nil
}

func (n *npmReader) nested(dependencies *jsontree.Value, parent *node, folder string, all *[]*node) error {
	if dependencies == nil {
		return nil
	}
	if dependencies.Kind != jsontree.Object {
		line, _ := n.lines.Position(dependencies.Offset)
		return n.badEntry(line, "dependencies is %s, not an object", dependencies.Kind)
	}
	parent.children = make(map[string]*node, len(dependencies.Members))
	for _, m := range dependencies.Members {
		line, column, err := n.checkEntry(m)
		if err != nil {
			return err
		}
		if len(folder)+len(m.Key) > maxFolder {
			return n.badEntry(line, "the entry %s is nested too deep", quote(m.Key))
		}
		d := Dependency{Path: folder + "node_modules/" + m.Key, Line: line, Column: column}
		d.Name = m.Key
		if err := n.describeNested(&d, m.Value); err != nil {
			return err
		}
		nd := &node{entry: m.Value, parent: parent}
		if m.Value.Get("bundled").True() {
			switch {
			case parent.index < 0 || parent.bundled:
				nd.bundled = true
			case d.Resolved == "":
				d.Kind = KindBundled
			}
		}
		nd.index = n.add(d)
		parent.children[m.Key] = nd
		*all = append(*all, nd)
		if err := n.nested(m.Value.Get("dependencies"), nd, d.Path+"/", all); err != nil {
			return err
		}
	}
	return nil
}

func (n *npmReader) describeNested(d *Dependency, entry *jsontree.Value) error {
	d.Version = entry.Get("version").Str()
	d.Resolved = entry.Get("resolved").Str()
	d.Dev = entry.Get("dev").True()
	d.Optional = entry.Get("optional").True()
	var err error
	if d.Integrity, err = n.entryIntegrity(entry); err != nil {
		return err
	}
	if name, version, ok := splitAlias(d.Version); ok {
		d.Alias, d.Name, d.Version = d.Name, name, version
	} else if strings.HasPrefix(d.Version, "npm:") {
		return n.badEntry(d.Line, "the alias %s names no package", quote(d.Version))
	}
	if err := npm.ValidateName(d.Name); err != nil {
		return n.badEntry(d.Line, "%v", err)
	}
	switch {
	case npm.ValidVersion(d.Version) || d.Version == "":
		if d.Version == "" && d.Resolved == "" {
			n.problem(d.Line, "the entry %s has neither version nor resolved", quote(d.Path))
		}
		d.Kind = resolvedKind(d.Resolved)
		// The form without a version writes the real version of git and URL
		// dependencies and their source in from.
		if from := entry.Get("from").Str(); d.Kind == KindRegistry && from != "" {
			_, spec := splitNameVersion(from)
			if spec == "" {
				spec = from
			}
			if spec == d.Resolved {
				d.Kind = urlKind(spec)
			}
		}
	default: // the version is the source
		d.Kind = specKind(d.Version)
		if d.Resolved == "" {
			d.Resolved = d.Version
		}
	}
	return nil
}

// describeSource says what kind of thing an entry is, and which one.
func describeSource(d *Dependency) string {
	if d.Kind == KindRegistry {
		return quote(d.String())
	}
	return string(d.Kind) + " " + quote(cmp.Or(d.Resolved, d.String()))
}

// compareParts reports where the two halves of a version 2 file contradict
// each other: what npm 6 would install is then not what newer ones do.
func (n *npmReader) compareParts(packages, dependencies *jsontree.Value) error {
	old := &npmReader{parser: &parser{data: n.data, lock: &Lockfile{Path: n.lock.Path}}, lines: n.lines}
	var all []*node
	if err := old.nested(dependencies, &node{index: -1}, "", &all); err != nil {
		return err
	}
	byPath := make(map[string]*Dependency, len(n.lock.Dependencies))
	for i := range n.lock.Dependencies {
		byPath[n.lock.Dependencies[i].Path] = &n.lock.Dependencies[i]
	}
	for i := range old.lock.Dependencies {
		was := &old.lock.Dependencies[i]
		is := byPath[was.Path]
		for folder := parentFolder(was.Path); folder != "" && is == nil; folder = parentFolder(folder) {
			// packages has what a linked folder contains under its own path.
			if link := byPath[folder]; link != nil && link.Kind == KindDirectory {
				is = byPath[link.Resolved+was.Path[len(folder):]]
			}
		}
		switch {
		case is == nil:
			n.problem(was.Line, "%s is in dependencies only: npm 6 would install %s, newer versions would not", quote(was.Path), quote(was.String()))
		case was.Kind.class() != is.Kind.class():
			n.problem(was.Line, "%s is %s in dependencies and %s in packages (line %d)", quote(was.Path), describeSource(was), describeSource(is), is.Line)
		case was.Kind != KindRegistry || is.Kind != KindRegistry:
			// The two halves write other kinds in different words.
		case was.PackageVersion != is.PackageVersion:
			n.problem(was.Line, "%s is %s in dependencies and %s in packages (line %d)", quote(was.Path), quote(was.String()), quote(is.String()), is.Line)
		case was.Integrity.Conflicts(is.Integrity):
			n.problem(was.Line, "the integrity of %s in dependencies contradicts the one in packages (line %d)", quote(was.Path), is.Line)
		case was.Resolved != "" && is.Resolved != "" && was.Resolved != is.Resolved:
			n.problem(was.Line, "%s is resolved to %s in dependencies and to %s in packages (line %d)", quote(was.Path), quote(was.Resolved), quote(is.Resolved), is.Line)
		}
	}
	return nil
}
