package lockfile

import (
	"cmp"
	"strings"

	"github.com/amalfi-audit/audit/internal/jsontree"
	"github.com/amalfi-audit/audit/internal/npm"
)

// bun reads a bun.lock (bun documentation, "Lockfile"): JSON with comments and
// trailing commas. Each member of packages is an array whose first element is
// name@version or name@source; what follows depends on the kind:
//
//	registry   [name@version, registry, info, integrity]
//	git        [name@source, info, tag, integrity?]
//	tarball    [name@source, info, integrity?]
//	directory  [name@source, info?]
func (p *parser) bun() error {
	doc, err := jsontree.ParseLenient(p.data)
	if err != nil {
		return err
	}
	b := &bunReader{parser: p, lines: jsontree.NewLines(p.data), byKey: make(map[string]int)}
	if doc.Kind != jsontree.Object {
		return p.badEntry(1, "the document is %s, not an object", doc.Kind)
	}
	version := doc.Get("lockfileVersion")
	if version == nil {
		return p.badEntry(1, "lockfileVersion is missing: not a lockfile of bun")
	}
	if version.Kind != jsontree.Number || version.Text != "0" && version.Text != "1" && version.Text != "2" {
		return p.fail(b.line(version.Offset), ErrUnsupported, "bun's lockfileVersion "+quote(version.Text)+" is not known; 0, 1 and 2 are",
			"a newer bun may have written it: update this tool")
	}
	p.lock.Format = Format{Bun, version.Text}
	packages, workspaces := doc.Get("packages"), doc.Get("workspaces")
	if workspaces == nil || workspaces.Kind != jsontree.Object {
		return p.badEntry(1, "workspaces is missing or no object")
	}
	if packages != nil {
		if packages.Kind != jsontree.Object {
			return p.badEntry(b.line(packages.Offset), "packages is %s, not an object", packages.Kind)
		}
		infos := make([]*jsontree.Value, 0, len(packages.Members))
		for _, m := range packages.Members {
			info, err := b.entry(m)
			if err != nil {
				return err
			}
			infos = append(infos, info)
		}
		for i, info := range infos {
			key := p.lock.Dependencies[i].Path
			if p.lock.Dependencies[i].Kind == KindDirectory && strings.Contains(p.lock.Dependencies[i].Resolved, "workspace:") {
				continue // its dependencies stand in workspaces
			}
			eachBunSpec(info, false, func(name string, g group) {
				if to, ok := b.resolve(key, name); ok {
					p.graph.add(i, to, g)
				}
			})
		}
	}
	for _, w := range workspaces.Members {
		if w.Value.Kind != jsontree.Object {
			return p.badEntry(b.line(w.Offset), "the workspace %s is %s, not an object", quote(w.Key), w.Value.Kind)
		}
		within := ""
		if w.Key != "" {
			within = w.Value.Get("name").Str()
		}
		own := make(map[string]bool)
		eachBunSpec(w.Value, true, func(name string, _ group) { own[name] = true })
		p.upToDate(w.Key, b.line(w.Offset), func(name, _ string) bool { return own[name] })
		missing := ""
		eachBunSpec(w.Value, true, func(name string, g group) {
			if to, ok := b.resolve(within, name); ok {
				p.graph.addRoot(to, g, w.Key)
			} else if g == production || g == development {
				missing = cmp.Or(missing, name)
			}
		})
		if missing != "" {
			return p.badEntry(b.line(w.Offset), "the workspace %s depends on %s, which has no entry in packages", quote(w.Key), quote(missing))
		}
	}
	return nil
}

type bunReader struct {
	*parser
	lines *jsontree.Lines
	byKey map[string]int
}

func (b *bunReader) line(offset int) int {
	line, _ := b.lines.Position(offset)
	return line
}

// entry reads one member of packages and returns its info object.
func (b *bunReader) entry(m jsontree.Member) (*jsontree.Value, error) {
	d := Dependency{Path: m.Key}
	d.Line, d.Column = b.lines.Position(m.Offset)
	if len(m.Key) > maxFolder {
		return nil, b.badEntry(d.Line, "a key of %d bytes", len(m.Key))
	}
	items := m.Value.Items
	if m.Value.Kind != jsontree.Array || len(items) == 0 || items[0].Kind != jsontree.String {
		return nil, b.badEntry(d.Line, "the entry %s is not an array that begins with name@version", quote(m.Key))
	}
	name, version := splitNameVersion(items[0].Text)
	d.Name, d.Version = name, version
	if version == "" {
		return nil, b.badEntry(d.Line, "the entry %s has no version", quote(m.Key))
	}
	if err := npm.ValidateName(name); err != nil {
		return nil, b.badEntry(d.Line, "%v", err)
	}
	if installed := lastName(m.Key); installed != name {
		d.Alias = installed
	}
	var info *jsontree.Value
	var strs []string // the strings behind the first element, in order
	for _, item := range items[1:] {
		switch {
		case item.Kind == jsontree.Object && info == nil:
			info = item
		case item.Kind == jsontree.String:
			strs = append(strs, item.Text)
		default:
			return nil, b.badEntry(d.Line, "the entry %s has %s where none is expected", quote(m.Key), item.Kind)
		}
	}
	last := func() string {
		if len(strs) == 0 {
			return ""
		}
		return strs[len(strs)-1]
	}
	integrity := ""
	switch {
	case npm.ValidVersion(version):
		d.Kind = KindRegistry
		if len(items) != 4 || len(strs) != 2 || info == nil {
			return nil, b.badEntry(d.Line, "the entry %s is not [name@version, registry, info, integrity]", quote(m.Key))
		}
		if strings.Contains(strs[0], ".tgz") {
			d.Resolved = strs[0]
		} else if strs[0] != "" { // a registry of its own, without the file
			d.Resolved = strings.TrimSuffix(strs[0], "/") + "/" + name + "/-/" + npm.BaseName(name) + "-" + version + ".tgz"
		}
		integrity = strs[1]
		if info.Get("bundled").True() {
			d.Kind = KindBundled
		}
	default:
		d.Kind = specKind(version)
		switch {
		case !strings.Contains(version, ":") && fileKind(version) == KindFile:
			d.Kind = KindFile // bun writes such paths without file:
		case d.Kind == KindRegistry:
			d.Kind = KindOther
		}
		d.Resolved = version
		if s := last(); strings.Contains(s, "-") && (d.Kind == KindURL || d.Kind == KindFile || d.Kind == KindGit && len(strs) > 1) {
			integrity = s
		}
	}
	var err error
	if d.Integrity, err = b.integrity(integrity, d.Line); err != nil {
		return nil, err
	}
	b.byKey[m.Key] = b.add(d)
	return info, nil
}

// eachBunSpec calls f for what an object of dependency groups names.
func eachBunSpec(v *jsontree.Value, own bool, f func(name string, g group)) {
	for _, g := range groupNames {
		if g.group == development && !own {
			continue
		}
		deps := v.Get(g.key)
		if deps == nil || deps.Kind != jsontree.Object {
			continue
		}
		for _, m := range deps.Members {
			f(m.Key, g.group)
		}
	}
}

// resolve finds what name means within the package at key: the longest key
// that ends in it, as with node_modules folders.
func (b *bunReader) resolve(key, name string) (int, bool) {
	for key != "" {
		if i, ok := b.byKey[key+"/"+name]; ok {
			return i, true
		}
		key = strings.TrimSuffix(key[:len(key)-len(lastName(key))], "/")
	}
	i, ok := b.byKey[name]
	return i, ok
}

// lastName returns the package name at the end of a key such as a/@scope/b.
func lastName(key string) string {
	i := strings.LastIndexByte(key, '/')
	if i < 0 {
		return key
	}
	if j := strings.LastIndexByte(key[:i], '/'); strings.HasPrefix(key[j+1:], "@") {
		return key[j+1:]
	}
	return key[i+1:]
}
