package lockfile

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/amalfi-audit/audit/internal/npm"
)

// pnpmVersions are the versions that are read, by what stands before the dot.
// They differ in how a package's key is written:
//
//	5   /name/1.0.0, /@scope/name/1.0.0_peer@2.0.0, host/name/1.0.0
//	6   /name@1.0.0(peer@2.0.0)
//	7   name@1.0.0, peers in snapshots only
//	9   the same
var pnpmVersions = []string{"5", "6", "7", "9"}

// pnpm reads a pnpm-lock.yaml. pnpm 11 and later write two documents, of which
// the first holds the package manager itself and configuration dependencies.
func (p *parser) pnpm() error {
	docs, err := p.documents()
	if err != nil {
		return err
	}
	if len(docs) == 0 {
		return p.badEntry(1, "no YAML document")
	}
	if len(docs) > 2 {
		return p.badEntry(docs[2].Line, "%d YAML documents; pnpm writes one or two", len(docs))
	}
	for i, doc := range docs {
		if len(doc.Content) != 1 {
			return p.badEntry(doc.Line, "an empty YAML document")
		}
		r := &pnpmReader{parser: p, environment: len(docs) > 1 && i == 0, byKey: make(map[string]int)}
		if err := r.document(doc.Content[0]); err != nil {
			return err
		}
	}
	return nil
}

// pnpmReader reads one document.
type pnpmReader struct {
	*parser
	environment bool
	major       string
	first       int // index of the document's first entry
	byKey       map[string]int
}

func (r *pnpmReader) document(root *yaml.Node) error {
	fields, err := r.fields(root, "the document")
	if err != nil {
		return err
	}
	version := fields["lockfileVersion"]
	if version == nil {
		return r.badEntry(root.Line, "lockfileVersion is missing: not a lockfile of pnpm")
	}
	text, err := r.scalar(version, "lockfileVersion")
	if err != nil {
		return err
	}
	r.major, _, _ = strings.Cut(text, ".")
	if !slices.Contains(pnpmVersions, r.major) || strings.Contains(text, "-") && text != "5.4-inlineSpecifiers" && text != "6.0-inlineSpecifiers" {
		return r.fail(version.Line, ErrUnsupported, "pnpm's lockfileVersion "+quote(text)+" is not known; 5, 6, 7 and 9 are",
			"a newer pnpm may have written it: update this tool")
	}
	r.lock.Format = Format{PNPM, text}
	r.first = len(r.lock.Dependencies)

	packages, err := r.pairs(fields["packages"], "packages")
	if err != nil {
		return err
	}
	bodies := make([]map[string]*yaml.Node, 0, len(packages))
	for _, pkg := range packages {
		body, err := r.fields(pkg.value, "the entry "+quote(pkg.key))
		if err != nil {
			return err
		}
		if err := r.entry(pkg, body); err != nil {
			return err
		}
		bodies = append(bodies, body)
	}
	if err := r.allEdges(fields, bodies); err != nil {
		return err
	}
	return r.importers(fields)
}

// separate tells that keys are written name@version and dependencies stand in
// snapshots.
func (r *pnpmReader) separate() bool { return r.major == "7" || r.major == "9" }

// entry reads one member of packages.
func (r *pnpmReader) entry(pkg yamlPair, body map[string]*yaml.Node) error {
	d := Dependency{Path: pkg.key, Line: pkg.node.Line, Column: pkg.node.Column, Environment: r.environment}
	resolution, err := r.fields(body["resolution"], "the resolution of "+quote(pkg.key))
	if err != nil {
		return err
	}
	get := func(fields map[string]*yaml.Node, key string) string {
		if err != nil {
			return ""
		}
		var text string
		text, err = r.scalar(fields[key], key)
		return text
	}
	integrity, tarball := get(resolution, "integrity"), get(resolution, "tarball")
	kind, directory := get(resolution, "type"), get(resolution, "directory")
	repo, commit, subfolder := get(resolution, "repo"), get(resolution, "commit"), get(resolution, "path")
	name, version := get(body, "name"), get(body, "version")
	dev, opt := get(body, "dev"), get(body, "optional")
	if err != nil {
		return err
	}
	if len(resolution) == 0 {
		return r.badEntry(d.Line, "the entry %s has no resolution", quote(pkg.key))
	}
	// The key of a variations resolution has no integrity of its own.
	if kind != "variations" {
		line := d.Line
		if n := resolution["integrity"]; n != nil {
			line = n.Line
		}
		if d.Integrity, err = r.integrity(integrity, line); err != nil {
			return err
		}
	}
	if !r.separate() {
		r.flagged = true
		d.Dev, d.Optional = dev == "true", opt == "true"
	}
	// pnpm goes by type alone. What would be a folder or repository without it
	// is a tarball to pnpm.
	if kind != "directory" && directory != "" || kind != "git" && repo != "" || kind == "directory" && integrity != "" {
		return r.badEntry(d.Line, "the resolution of %s contradicts itself", quote(pkg.key))
	}
	d.Name, d.Version = r.splitKey(pkg.key)
	d.Kind = KindRegistry
	if !npm.ValidVersion(d.Version) {
		d.Kind = specKind(d.Version)
		if d.Name == "" {
			d.Kind = specKind(pkg.key)
		}
		if d.Kind == KindRegistry {
			d.Kind = KindOther
		}
	}
	switch {
	case kind == "git":
		d.Kind, d.Resolved = KindGit, repo+"#"+commit
	case kind == "directory":
		d.Kind, d.Resolved = KindDirectory, "file:"+directory
	case d.Kind == KindRuntime || kind == "variations" || kind == "binary":
		d.Kind = KindRuntime
	default:
		d.Resolved = tarball
	}
	if subfolder != "" {
		d.Resolved += "&path:" + subfolder // as pnpm writes it in a specifier
	}
	if d.Kind == KindRegistry && (name != "" && name != d.Name || version != "" && version != d.Version) {
		return r.badEntry(d.Line, "the entry %s names another package or version than its key", quote(pkg.key))
	}
	if d.Kind != KindRegistry {
		if tarball != "" && (d.Kind == KindURL || d.Kind == KindOther || d.Kind == KindGit) {
			d.Kind = urlKind(tarball)
			if strings.HasPrefix(tarball, "file:") {
				d.Kind = KindFile
			}
		}
		// Such keys hold no name or version; these stand in the entry.
		if name != "" {
			d.Name = name
		}
		if version != "" && d.Kind != KindRuntime {
			d.Version = version
		}
	}
	if d.Kind == KindRegistry || d.Name != "" {
		if err := npm.ValidateName(d.Name); err != nil {
			return r.badEntry(d.Line, "%v", err)
		}
	}
	if d.Kind == KindRegistry && len(d.Integrity) == 0 && tarball == "" {
		// pnpm writes one of the two for every registry package.
		r.problem(d.Line, "the entry %s has neither integrity nor tarball", quote(pkg.key))
	}
	r.byKey[pkg.key] = r.add(d)
	return nil
}

// splitKey takes a package's key apart. Name and version are empty where the
// key is a path, a URL or a repository.
func (r *pnpmReader) splitKey(key string) (name, version string) {
	switch {
	case r.separate():
		return splitNameVersion(withoutPeers(key))
	case r.major == "6":
		if rest, ok := strings.CutPrefix(key, "/"); ok {
			return splitNameVersion(withoutPeers(rest))
		}
		// With a registry of its own: host/name@1.0.0.
		if host, rest, ok := strings.Cut(withoutPeers(key), "/"); ok && isHost(host) {
			if name, version := splitNameVersion(rest); npm.ValidVersion(version) && npm.ValidateName(name) == nil {
				return name, version
			}
		}
		return "", ""
	}
	rest, ok := strings.CutPrefix(key, "/")
	if !ok {
		host, after, cut := strings.Cut(key, "/")
		if !cut || !isHost(host) {
			return "", ""
		}
		rest = after
	}
	segments := strings.Split(rest, "/")
	n := 1
	if strings.HasPrefix(rest, "@") {
		n = 2
	}
	if len(segments) <= n {
		return "", ""
	}
	name = strings.Join(segments[:n], "/")
	version, _, _ = strings.Cut(segments[n], "_") // 5.0 also has further segments of peers
	version, _, _ = strings.Cut(version, "(")
	if !npm.ValidVersion(version) {
		return "", ""
	}
	return name, version
}

// isHost reports whether the first segment of a key can be a registry's host.
func isHost(s string) bool {
	return strings.ContainsAny(s, ".:+") && !strings.Contains(s, "@") && s != "github.com" &&
		s != "gitlab.com" && s != "bitbucket.org" && !strings.HasPrefix(s, "file:") && !strings.HasPrefix(s, "git+")
}

// withoutPeers cuts the peer suffix, "(react@18.0.0)(typescript@5.0.0)".
func withoutPeers(key string) string {
	if i := strings.IndexByte(key, '('); i >= 0 {
		return key[:i]
	}
	return key
}

// allEdges links the entries. Versions 7 and 9 keep the dependencies in
// snapshots, one for each set of peers of a package.
func (r *pnpmReader) allEdges(fields map[string]*yaml.Node, bodies []map[string]*yaml.Node) error {
	if !r.separate() {
		for i, body := range bodies {
			if err := r.edges(r.first+i, body); err != nil {
				return err
			}
		}
		return nil
	}
	snapshots, err := r.pairs(fields["snapshots"], "snapshots")
	if err != nil {
		return err
	}
	for _, s := range snapshots {
		from, ok := r.byKey[withoutPeers(s.key)]
		if !ok {
			return r.badEntry(s.node.Line, "the snapshot %s has no entry in packages", quote(s.key))
		}
		body, err := r.fields(s.value, "the snapshot "+quote(s.key))
		if err != nil {
			return err
		}
		if err := r.edges(from, body); err != nil {
			return err
		}
	}
	if len(snapshots) == 0 && len(bodies) > 0 {
		return r.badEntry(r.lock.Dependencies[r.first].Line, "packages without snapshots: the file seems truncated")
	}
	return nil
}

func (r *pnpmReader) edges(from int, body map[string]*yaml.Node) error {
	return r.references(body, groupNames[:2], func(to int, by group) { r.graph.add(from, to, by) })
}

// references calls add for every entry that the groups of a mapping refer to.
func (r *pnpmReader) references(body map[string]*yaml.Node, groups []groupName, add func(to int, by group)) error {
	for _, g := range groups {
		deps, err := r.pairs(body[g.key], g.key)
		if err != nil {
			return err
		}
		for _, dep := range deps {
			to, err := r.reference(dep.key, dep.value)
			if err != nil {
				return err
			}
			if to >= 0 {
				add(to, g.group)
			}
		}
	}
	return nil
}

// reference finds the entry that a dependency's value refers to, -1 for links
// into the project. One that is not there means that the file is damaged.
func (r *pnpmReader) reference(name string, value *yaml.Node) (int, error) {
	ref := value.Value
	if value.Kind == yaml.MappingNode { // inline specifiers
		fields, err := r.fields(value, "the dependency "+quote(name))
		if err != nil {
			return 0, err
		}
		if ref, err = r.scalar(fields["version"], "version"); err != nil {
			return 0, err
		}
	} else if value.Kind != yaml.ScalarNode {
		return 0, r.badEntry(value.Line, "the dependency %s is neither a version nor a mapping", quote(name))
	}
	if strings.HasPrefix(ref, "link:") {
		return -1, nil
	}
	for _, key := range r.keys(name, ref) {
		if i, ok := r.byKey[key]; ok {
			if d := &r.lock.Dependencies[i]; d.Name != name && d.Kind == KindRegistry {
				d.Alias = name
			}
			return i, nil
		}
	}
	if strings.HasPrefix(ref, "file:") {
		return -1, nil // pnpm 3 linked folders without an entry of their own
	}
	return 0, r.badEntry(value.Line, "%s is %s here, and packages has no such entry: the file seems truncated", quote(name), quote(ref))
}

// keys lists the keys of packages that a reference can mean
// (pnpm, dependency-path, refToRelative).
func (r *pnpmReader) keys(name, ref string) []string {
	switch {
	case r.separate():
		bare := withoutPeers(ref)
		return []string{name + "@" + bare, bare}
	case strings.HasPrefix(ref, "/"):
		return []string{ref}
	case r.major == "6":
		return []string{"/" + name + "@" + ref, ref}
	}
	return []string{"/" + name + "/" + ref, ref}
}

// importers reads the direct dependencies of the project and its members.
// Without an importers section the document itself is the one importer.
func (r *pnpmReader) importers(fields map[string]*yaml.Node) error {
	if fields["importers"] == nil {
		return r.importer("", fields)
	}
	importers, err := r.pairs(fields["importers"], "importers")
	if err != nil {
		return err
	}
	for _, im := range importers {
		body, err := r.fields(im.value, "the importer "+quote(im.key))
		if err != nil {
			return err
		}
		folder := im.key
		if folder == "." {
			folder = ""
		}
		if err := r.importer(folder, body); err != nil {
			return err
		}
		if !r.environment {
			// Overrides change the specifiers that pnpm writes; names stay.
			r.upToDate(folder, im.node.Line, func(name, _ string) bool {
				for _, g := range groupNames[:3] {
					if hasKey(body[g.key], name) {
						return true
					}
				}
				return false
			})
		}
	}
	return nil
}

// hasKey reports whether a mapping has a key.
func hasKey(n *yaml.Node, key string) bool {
	if n == nil || n.Kind != yaml.MappingNode {
		return false
	}
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return true
		}
	}
	return false
}

func (r *pnpmReader) importer(folder string, body map[string]*yaml.Node) error {
	return r.references(body, importerGroups, func(to int, by group) { r.graph.addRoot(to, by, folder) })
}

// importerGroups are the groups of an importer; the last two stand in the
// first document alone.
var importerGroups = append(slices.Clone(groupNames[:3]),
	groupName{"configDependencies", production}, groupName{"packageManagerDependencies", production})
