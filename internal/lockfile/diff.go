package lockfile

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/amalfi-audit/audit/internal/npm"
)

// ChangeType says what happened to a name between two states of a lockfile.
type ChangeType string

// The types of changes.
const (
	Added   ChangeType = "added"   // versions of the name that were not there, and none left
	Removed ChangeType = "removed" // versions of the name left, and none came
	Updated ChangeType = "updated" // some versions left and others came

	// The version stayed and something else changed:

	IntegrityChanged ChangeType = "integrity" // what the tarball must hash to
	HostChanged      ChangeType = "host"      // the host it is fetched from
	SourceChanged    ChangeType = "source"    // the kind of place, such as registry to git
)

// Change is one difference between two states of a lockfile.
type Change struct {
	Type ChangeType
	Name string
	// Kind is that of the entries after the change, or before it where none
	// is left.
	Kind Kind
	// From and To hold one entry for each version (for kinds outside the
	// registry: each version and source) concerned, sorted. Added has no From,
	// Removed no To; the types under which the version stayed have both.
	From, To []Dependency
	// Lockfile is the path of the lockfile after the change, or before it
	// where there is none after.
	Lockfile string
}

// Pair is a lockfile before and after; either may be nil, not both.
type Pair struct{ Base, Head *Lockfile }

// Path is the path of the newer lockfile.
func (p Pair) Path() string {
	if p.Head != nil {
		return p.Head.Path
	}
	return p.Base.Path
}

// Match pairs the lockfiles of two states: by path; then what is left over in
// one folder, since a project can rename its lockfile or change its package
// manager; then by content, since a project can move. The result is sorted by
// Path.
func Match(base, head []*Lockfile) []Pair {
	base, head = slices.Clone(base), slices.Clone(head)
	var pairs []Pair
	take := func(same func(b, h *Lockfile) bool) {
		base = slices.DeleteFunc(base, func(b *Lockfile) bool {
			i := slices.IndexFunc(head, func(h *Lockfile) bool { return same(b, h) })
			if i < 0 {
				return false
			}
			pairs = append(pairs, Pair{b, head[i]})
			head = slices.Delete(head, i, i+1)
			return true
		})
	}
	take(func(b, h *Lockfile) bool { return b.Path == h.Path })
	take(func(b, h *Lockfile) bool { return path.Dir(b.Path) == path.Dir(h.Path) })
	take(func(b, h *Lockfile) bool { return 2*common(b, h) > len(b.versions()) && len(b.versions()) > 0 })
	for _, b := range base {
		pairs = append(pairs, Pair{Base: b})
	}
	for _, h := range head {
		pairs = append(pairs, Pair{Head: h})
	}
	slices.SortFunc(pairs, func(a, b Pair) int { return cmp.Compare(a.Path(), b.Path()) })
	return pairs
}

// versions returns the distinct registry versions.
func (l *Lockfile) versions() map[npm.PackageVersion]bool {
	set := make(map[npm.PackageVersion]bool, len(l.Dependencies))
	for i := range l.Dependencies {
		if l.Dependencies[i].Kind == KindRegistry {
			set[l.Dependencies[i].PackageVersion] = true
		}
	}
	return set
}

func common(a, b *Lockfile) int {
	n := 0
	other := b.versions()
	for v := range a.versions() {
		if other[v] {
			n++
		}
	}
	return n
}

// class groups the kinds that are compared with each other. A git dependency
// replaced by a URL is an update; a registry one replaced by git is a removal,
// an addition and a change of source.
type class uint8

const (
	classNone class = iota // the project's own folders
	classRegistry
	classRemote
	classBundled
	classPatch
	classes
)

func (k Kind) class() class {
	switch k {
	case KindRegistry:
		return classRegistry
	case KindBundled:
		return classBundled
	case KindPatch:
		return classPatch
	case KindDirectory:
		return classNone
	}
	return classRemote
}

// identity is what makes two entries of a name the same: the version and,
// outside the registry, the source.
type identity struct{ version, source string }

func identify(d *Dependency) identity {
	if d.Kind.class() == classRemote {
		return identity{d.Version, d.Resolved}
	}
	return identity{version: d.Version}
}

// entries are the entries of one name and class by identity.
type entries map[identity][]*Dependency

type index [classes]map[string]entries

func newIndex(l *Lockfile) *index {
	var x index
	for c := range x {
		x[c] = make(map[string]entries)
	}
	if l == nil {
		return &x
	}
	for i := range l.Dependencies {
		d := &l.Dependencies[i]
		byName := x[d.Kind.class()]
		if byName[d.Name] == nil {
			byName[d.Name] = make(entries, 1)
		}
		id := identify(d)
		byName[d.Name][id] = append(byName[d.Name][id], d)
	}
	return &x
}

// Diff compares two states of a lockfile, of which one may be nil. The changes
// are sorted by name, kind and type.
func Diff(base, head *Lockfile) []Change {
	pair := Pair{base, head}
	if base == nil && head == nil {
		return nil
	}
	d := &differ{lockfile: pair.Path(), base: newIndex(base), head: newIndex(head)}
	d.sameManager = base != nil && head != nil && base.Format.Manager == head.Format.Manager
	for c := classRegistry; c < classes; c++ {
		names := make(map[string]bool, len(d.head[c]))
		for name := range d.base[c] {
			names[name] = true
		}
		for name := range d.head[c] {
			names[name] = true
		}
		for name := range names {
			d.name(c, name)
		}
	}
	d.sources()
	slices.SortFunc(d.changes, func(a, b Change) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(string(a.Kind), string(b.Kind)),
			strings.Compare(string(a.Type), string(b.Type)), compareAll(a.From, b.From), compareAll(a.To, b.To))
	})
	return d.changes
}

type differ struct {
	lockfile    string
	base, head  *index
	sameManager bool
	changes     []Change
}

func (d *differ) add(t ChangeType, from, to []Dependency) {
	all := to
	if len(to) == 0 {
		all = from
	}
	d.changes = append(d.changes, Change{Type: t, Name: all[0].Name, Kind: all[0].Kind, From: from, To: to, Lockfile: d.lockfile})
}

// name compares the entries of one name in one class.
func (d *differ) name(c class, name string) {
	base, head := d.base[c][name], d.head[c][name]
	gone, came := only(base, head), only(head, base)
	switch {
	case len(gone) > 0 && len(came) > 0:
		d.add(Updated, gone, came)
	case len(gone) > 0:
		for _, dep := range gone {
			d.add(Removed, []Dependency{dep}, nil)
		}
	case len(came) > 0:
		for _, dep := range came {
			d.add(Added, nil, []Dependency{dep})
		}
	}
	if c == classBundled || c == classPatch {
		return // what they hold is what their package's tarball or the project holds
	}
	for id, was := range base {
		is, ok := head[id]
		if !ok {
			continue
		}
		if d.differ(values(was, integrity), values(is, integrity)) || checksumsDiffer(was, is) {
			d.add(IntegrityChanged, distinct(was, digest), distinct(is, digest))
		}
		if c == classRegistry && d.differ(values(was, host), values(is, host)) {
			d.add(HostChanged, distinct(was, host), distinct(is, host))
		}
	}
}

// differ compares what two lockfiles record. What one format does not record
// at all is no difference between two formats.
func (d *differ) differ(was, is []string) bool {
	if !d.sameManager && (len(was) == 0 || len(is) == 0) {
		return false
	}
	return !slices.Equal(was, is)
}

// only returns one entry for each identity that the other side lacks.
func only(mine, other entries) []Dependency {
	var out []Dependency
	for id, deps := range mine {
		if _, ok := other[id]; !ok {
			out = append(out, *deps[0])
		}
	}
	slices.SortFunc(out, compareDependencies)
	return out
}

func compareDependencies(a, b Dependency) int {
	return cmp.Or(a.PackageVersion.Compare(b.PackageVersion), strings.Compare(a.Resolved, b.Resolved),
		strings.Compare(a.Integrity.String(), b.Integrity.String()), a.Line-b.Line)
}

func compareAll(a, b []Dependency) int {
	return slices.CompareFunc(a, b, compareDependencies)
}

func integrity(d *Dependency) string { return d.Integrity.String() }
func checksum(d *Dependency) string  { return d.Checksum }
func host(d *Dependency) string      { return Host(d.Resolved) }

// digest is what the entry's bytes must hash to, "" where that is not recorded.
func digest(d *Dependency) string { return cmp.Or(d.Checksum, integrity(d)) }

// checksumsDiffer compares berry's checksums where their keys allow it. Entries
// that are conditional on a platform can lack one.
func checksumsDiffer(was, is []*Dependency) bool {
	before, after := values(was, checksum), values(is, checksum)
	if len(before) == 0 || len(after) == 0 || slices.Equal(before, after) {
		return false
	}
	key := func(sum string) string {
		k, _, _ := strings.Cut(sum, "/")
		return k
	}
	for _, b := range before {
		for _, a := range after {
			if key(a) == key(b) && a != b {
				return true
			}
		}
	}
	return false
}

// values returns the distinct non-empty values of the entries, sorted.
func values(deps []*Dependency, of func(*Dependency) string) []string {
	var out []string
	for _, d := range deps {
		if v := of(d); v != "" && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	slices.Sort(out)
	return out
}

// distinct returns one entry for each value, sorted.
func distinct(deps []*Dependency, of func(*Dependency) string) []Dependency {
	var out []Dependency
	for _, d := range deps {
		if !slices.ContainsFunc(out, func(o Dependency) bool { return of(&o) == of(d) }) {
			out = append(out, *d)
		}
	}
	slices.SortFunc(out, compareDependencies)
	return out
}

// sources finds names that left one class and came in another.
func (d *differ) sources() {
	for c := classNone; c < classes; c++ {
		if c == classPatch || c == classBundled {
			continue
		}
		for name, was := range d.base[c] {
			if len(d.head[c][name]) > 0 {
				continue
			}
			for e := classNone; e < classes; e++ {
				is := d.head[e][name]
				if e == c || e == classPatch || e == classBundled || len(is) == 0 || len(d.base[e][name]) > 0 {
					continue
				}
				d.add(SourceChanged, only(was, nil), only(is, nil))
			}
		}
	}
}
