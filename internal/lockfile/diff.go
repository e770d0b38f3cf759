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
	// From and To hold one entry for each version and Origin concerned, sorted:
	// one version can be fetched from several places. Added has no From,
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

// NewProblems returns the problems of the newer lockfile that the older one
// does not have.
func (p Pair) NewProblems() []Problem {
	if p.Head == nil {
		return nil
	}
	before := make(map[string]bool)
	if p.Base != nil {
		for _, problem := range p.Base.Problems {
			before[problem.Message] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(p.Head.Problems), func(problem Problem) bool { return before[problem.Message] })
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
	return compare(base, head).changes
}

// Moved returns, as changes of source, the versions that stayed when the
// project changed its package manager and whose bytes nothing vouches for any
// more, since the two formats record different digests. Between two states of
// one manager there are none: Diff has them.
func Moved(base, head *Lockfile) []Change {
	if base == nil || head == nil || base.Format.Manager == head.Format.Manager {
		return nil
	}
	return compare(base, head).moved
}

func compare(base, head *Lockfile) *differ {
	pair := Pair{base, head}
	if base == nil && head == nil {
		return new(differ)
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
	sortChanges(d.changes)
	sortChanges(d.moved)
	return d
}

func sortChanges(changes []Change) {
	slices.SortFunc(changes, func(a, b Change) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(string(a.Kind), string(b.Kind)),
			strings.Compare(string(a.Type), string(b.Type)), compareAll(a.From, b.From), compareAll(a.To, b.To))
	})
}

type differ struct {
	lockfile    string
	base, head  *index
	sameManager bool
	changes     []Change
	moved       []Change
}

func (d *differ) add(t ChangeType, from, to []Dependency) {
	d.changes = append(d.changes, d.change(t, from, to))
}

func (d *differ) change(t ChangeType, from, to []Dependency) Change {
	all := to
	if len(to) == 0 {
		all = from
	}
	return Change{Type: t, Name: all[0].Name, Kind: all[0].Kind, From: from, To: to, Lockfile: d.lockfile}
}

// name compares the entries of one name in one class.
func (d *differ) name(c class, name string) {
	base, head := d.base[c][name], d.head[c][name]
	gone, came := only(base, head), only(head, base)
	switch {
	case len(gone) > 0 && len(came) > 0:
		d.add(Updated, slices.Concat(gone...), slices.Concat(came...))
	case len(gone) > 0:
		for _, deps := range gone {
			d.add(Removed, deps, nil)
		}
	case len(came) > 0:
		for _, deps := range came {
			d.add(Added, nil, deps)
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
		from, to := origins(was), origins(is)
		digests := d.differ(values(was, integrity), values(is, integrity)) || checksumsDiffer(was, is)
		hosts := c == classRegistry && d.differ(values(was, host), values(is, host))
		if digests {
			d.add(IntegrityChanged, from, to)
		}
		if hosts {
			d.add(HostChanged, from, to)
		}
		switch other := Unvouched(from, to); {
		case digests || hosts || len(other) == 0:
		case d.sameManager:
			d.add(SourceChanged, from, other)
		default:
			d.moved = append(d.moved, d.change(SourceChanged, from, other))
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

// only returns the entries of each identity that the other side lacks.
func only(mine, other entries) [][]Dependency {
	var out [][]Dependency
	for id, deps := range mine {
		if _, ok := other[id]; !ok {
			out = append(out, origins(deps))
		}
	}
	slices.SortFunc(out, compareAll)
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

// Origin is what decides which bytes an entry stands for.
type Origin struct{ Resolved, Integrity, Checksum string }

// Origin returns the entry's origin.
func (d *Dependency) Origin() Origin { return Origin{d.Resolved, d.Integrity.String(), d.Checksum} }

// origins returns one entry for each origin, sorted.
func origins(deps []*Dependency) []Dependency {
	var out []Dependency
	seen := make(map[Origin]bool, 1)
	for _, d := range deps {
		if o := d.Origin(); !seen[o] {
			seen[o] = true
			out = append(out, *d)
		}
	}
	slices.SortFunc(out, compareDependencies)
	return out
}

// Unvouched returns the entries of to whose bytes nothing in from vouches for,
// though the version is the same: all digests that count must have been there
// before. Without a digest the whole origin must be the same.
func Unvouched(from, to []Dependency) []Dependency {
	known := make(map[npm.Hash]bool, len(from))
	seen := make(map[Origin]bool, len(from))
	checksums := make(map[string]bool, len(from))
	keys := make(map[string]bool, 1) // of the checksums
	resolved := make(map[string]bool, len(from))
	for i := range from {
		for _, h := range from[i].Integrity {
			known[h] = true
		}
		seen[from[i].Origin()] = true
		checksums[from[i].Checksum] = true
		if from[i].Checksum != "" {
			keys[cacheKey(from[i].Checksum)] = true
			resolved[from[i].Resolved] = true
		}
	}
	vouched := func(d *Dependency) bool {
		switch {
		case len(d.Integrity) > 0:
			return !slices.ContainsFunc(d.Integrity.Strongest(), func(h npm.Hash) bool { return !known[h] })
		case d.Checksum != "":
			// A new version of yarn's cache changes every checksum.
			return checksums[d.Checksum] || resolved[d.Resolved] && !keys[cacheKey(d.Checksum)]
		}
		// Entries that are conditional on a platform can lose their checksum.
		return seen[d.Origin()] || resolved[d.Resolved]
	}
	var out []Dependency
	for i := range to {
		if !vouched(&to[i]) {
			out = append(out, to[i])
		}
	}
	return out
}

// cacheKey is what tells which checksums can be compared.
func cacheKey(sum string) string {
	key, _, _ := strings.Cut(sum, "/")
	return key
}

// checksumsDiffer compares berry's checksums where their keys allow it. Entries
// that are conditional on a platform can lack one.
func checksumsDiffer(was, is []*Dependency) bool {
	before, after := values(was, checksum), values(is, checksum)
	if len(before) == 0 || len(after) == 0 || slices.Equal(before, after) {
		return false
	}
	old, current := byKey(before), byKey(after)
	for key, sums := range old {
		if len(current[key]) > 0 && !slices.Equal(sums, current[key]) {
			return true
		}
	}
	return false
}

// byKey groups checksums by what stands before the slash.
func byKey(sums []string) map[string][]string {
	m := make(map[string][]string, 1)
	for _, sum := range sums {
		m[cacheKey(sum)] = append(m[cacheKey(sum)], sum)
	}
	return m
}

// values returns the distinct non-empty values of the entries, sorted.
func values(deps []*Dependency, of func(*Dependency) string) []string {
	var out []string
	for _, d := range deps {
		if v := of(d); v != "" {
			out = append(out, v)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
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
				d.add(SourceChanged, slices.Concat(only(was, nil)...), slices.Concat(only(is, nil)...))
			}
		}
	}
}
