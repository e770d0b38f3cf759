package lockfile

import (
	"net/url"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/amalfi-audit/audit/internal/npm"
)

// The __metadata versions of yarn berry that are read: 4 is yarn 2's first
// stable one, 10 the newest seen.
const minBerry, maxBerry = 4, 10

// berry reads a yarn.lock of yarn 2 and later. Keys are lists of descriptors
// (name@range), resolution is the locator (name@reference) they resolve to.
func (p *parser) berry() error {
	docs, err := p.documents()
	if err != nil {
		return err
	}
	if len(docs) != 1 || len(docs[0].Content) != 1 {
		return p.badEntry(1, "%d YAML documents instead of one", len(docs))
	}
	entries, err := p.pairs(docs[0].Content[0], "the lockfile")
	if err != nil {
		return err
	}
	b := &berryReader{parser: p, byDescriptor: make(map[string]int), byName: make(map[string][]int)}
	found := false
	for _, e := range entries {
		if e.key == "__metadata" {
			found = true
			if err := b.header(e); err != nil {
				return err
			}
		}
	}
	if !found {
		return p.badEntry(1, "__metadata is missing")
	}
	bodies := make([]map[string]*yaml.Node, 0, len(entries))
	for _, e := range entries {
		if e.key == "__metadata" {
			continue
		}
		body, err := p.fields(e.value, "the entry "+quote(e.key))
		if err != nil {
			return err
		}
		if err := b.entry(e, body); err != nil {
			return err
		}
		bodies = append(bodies, body)
	}
	if err := b.patches(); err != nil {
		return err
	}
	for i, body := range bodies {
		if err := b.edges(i, body); err != nil {
			return err
		}
	}
	return nil
}

type berryReader struct {
	*parser
	cacheKey     string // of __metadata
	byDescriptor map[string]int
	byName       map[string][]int // by the name before the @ of the descriptor
}

func (b *berryReader) header(e yamlPair) error {
	fields, err := b.fields(e.value, "__metadata")
	if err != nil {
		return err
	}
	text, err := b.scalar(fields["version"], "the version of __metadata")
	if err != nil {
		return err
	}
	version, err := strconv.Atoi(text)
	if err != nil || version < minBerry || version > maxBerry {
		line := e.node.Line
		if fields["version"] != nil {
			line = fields["version"].Line
		}
		return b.fail(line, ErrUnsupported, "yarn's __metadata version "+quote(text)+" is not known; 4 to 10 are",
			"a newer yarn may have written it: update this tool")
	}
	b.lock.Format = Format{YarnBerry, text}
	b.cacheKey, err = b.scalar(fields["cacheKey"], "the cacheKey of __metadata")
	return err
}

func (b *berryReader) entry(e yamlPair, body map[string]*yaml.Node) error {
	d := Dependency{Path: e.key, Line: e.node.Line, Column: e.node.Column}
	resolution, err := b.scalar(body["resolution"], "resolution")
	if err != nil {
		return err
	}
	version, err := b.scalar(body["version"], "version")
	if err != nil {
		return err
	}
	if d.Checksum, err = b.scalar(body["checksum"], "checksum"); err != nil {
		return err
	}
	if d.Checksum != "" && !strings.Contains(d.Checksum, "/") {
		d.Checksum = b.cacheKey + "/" + d.Checksum
	}
	if resolution == "" {
		return b.badEntry(d.Line, "the entry %s has no resolution", quote(e.key))
	}
	name, reference := splitNameVersion(resolution)
	if reference == "" {
		return b.badEntry(d.Line, "the resolution %s has no reference", quote(resolution))
	}
	d.Name, d.Version, d.Resolved = name, version, resolution
	reference, params, _ := strings.Cut(reference, "::")
	switch scheme, rest, ok := strings.Cut(reference, ":"); {
	case ok && scheme == "npm":
		d.Kind, d.Version, d.Resolved = KindRegistry, rest, ""
		values, err := url.ParseQuery(params)
		if err != nil || len(values) > 1 || len(values["__archiveUrl"]) != len(values) {
			return b.badEntry(d.Line, "the parameters of the resolution %s are not understood", quote(resolution))
		}
		d.Resolved = values.Get("__archiveUrl")
		if err := npm.ValidateName(name); err != nil {
			return b.badEntry(d.Line, "%v", err)
		}
		if !npm.ValidVersion(d.Version) {
			return b.badEntry(d.Line, "%s is not a version", quote(d.Version))
		}
	case ok && scheme == "file":
		d.Kind = fileKind(rest)
	case ok && (scheme == "exec" || scheme == "virtual" || scheme == "condition"):
		d.Kind = KindOther
	default:
		d.Kind = specKind(reference)
		if d.Kind == KindRegistry {
			d.Kind = KindOther
		}
	}
	i := b.add(d)
	for _, descriptor := range strings.Split(e.key, ",") {
		descriptor = strings.TrimSpace(descriptor)
		if descriptor == "" {
			return b.badEntry(d.Line, "the entry %s has an empty descriptor", quote(e.key))
		}
		if _, twice := b.byDescriptor[descriptor]; twice {
			return b.badEntry(d.Line, "the descriptor %s is given twice", quote(descriptor))
		}
		b.byDescriptor[descriptor] = i
		ident, _ := splitNameVersion(descriptor)
		b.byName[ident] = append(b.byName[ident], i)
		if ident != d.Name {
			b.lock.Dependencies[i].Alias = ident
		}
	}
	return nil
}

// edges links an entry to what it depends on. A workspace's dependencies are
// direct ones. The lockfile does not tell their development dependencies from
// the others; the members' manifests do.
func (b *berryReader) edges(from int, body map[string]*yaml.Node) error {
	d := &b.lock.Dependencies[from]
	_, member, isWorkspace := strings.Cut(d.Resolved, "@workspace:")
	isWorkspace = isWorkspace && d.Kind == KindDirectory
	importer := ""
	var manifest *npm.Manifest
	if isWorkspace {
		if importer = member; importer == "." {
			importer = ""
		}
		manifest = b.manifest(member)
	}
	optionals, err := b.optionals(body)
	if err != nil {
		return err
	}
	deps, err := b.pairs(body["dependencies"], "dependencies")
	if err != nil {
		return err
	}
	if isWorkspace {
		own := make(map[string]bool, len(deps))
		for _, dep := range deps {
			own[dep.key] = true
		}
		b.upToDate(member, d.Line, func(name, _ string) bool { return own[name] })
	}
	for _, dep := range deps {
		rng, err := b.scalar(dep.value, "a dependency's range")
		if err != nil {
			return err
		}
		to, ok := b.resolve(dep.key, rng)
		if !ok {
			return b.badEntry(dep.node.Line, "%s is a dependency here and has no entry: the file seems truncated", quote(dep.key))
		}
		by := production
		switch {
		case optionals[dep.key]:
			by = optional
		case manifest != nil && manifest.Dependencies[dep.key] == "" && manifest.DevDependencies[dep.key] != "":
			by = development
		}
		if isWorkspace {
			b.graph.addRoot(to, by, importer)
		} else {
			b.graph.add(from, to, by)
		}
	}
	return nil
}

// patches checks that what an entry patches has an entry of its own, which is
// the one that is looked at.
func (b *berryReader) patches() error {
	known := make(map[string]bool, len(b.lock.Dependencies))
	for i := range b.lock.Dependencies {
		if d := &b.lock.Dependencies[i]; d.Kind == KindRegistry {
			known[d.String()] = true
		}
	}
	for i := range b.lock.Dependencies {
		d := &b.lock.Dependencies[i]
		if d.Kind != KindPatch {
			continue
		}
		_, source, _ := strings.Cut(d.Resolved, "@patch:")
		source, _, _ = strings.Cut(source, "#")
		inner, err := url.PathUnescape(source)
		if err != nil {
			return b.badEntry(d.Line, "the patch %s is malformed", quote(d.Resolved))
		}
		name, reference := splitNameVersion(inner)
		version, ok := strings.CutPrefix(reference, "npm:")
		version, _, _ = strings.Cut(version, "::")
		if ok && !known[name+"@"+version] {
			return b.badEntry(d.Line, "the patch %s is of a version that has no entry", quote(d.Resolved))
		}
	}
	return nil
}

// optionals reads which dependencies dependenciesMeta marks optional.
func (b *berryReader) optionals(body map[string]*yaml.Node) (map[string]bool, error) {
	meta, err := b.pairs(body["dependenciesMeta"], "dependenciesMeta")
	if err != nil {
		return nil, err
	}
	optionals := make(map[string]bool, len(meta))
	for _, m := range meta {
		fields, err := b.fields(m.value, "dependenciesMeta")
		if err != nil {
			return nil, err
		}
		if value := fields["optional"]; value != nil && value.Value == "true" {
			optionals[m.key] = true
		}
	}
	return optionals, nil
}

// resolve finds the entry for name@range. Up to version 6 lockfiles leave the
// npm: of a range out; and a resolution in the root manifest can map a range
// to another descriptor, which shows in the keys only.
func (b *berryReader) resolve(name, rng string) (int, bool) {
	for _, descriptor := range []string{name + "@" + rng, name + "@npm:" + rng} {
		if i, ok := b.byDescriptor[descriptor]; ok {
			return i, true
		}
	}
	candidates := b.byName[name]
	if len(candidates) == 0 {
		return 0, false
	}
	return candidates[0], true
}
