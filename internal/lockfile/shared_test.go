package lockfile

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/amalfi-audit/audit/internal/npm"
)

// sharedData is where the third-party lockfiles lie that the tests compare
// with; they skip where it is not there.
func sharedData(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("AMALFI_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	dir = filepath.Join(dir, name)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no shared data at %s", dir)
	}
	return dir
}

func readLockfile(t testing.TB, dir, name string) (*Lockfile, error) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return Parse(name, data, os.DirFS(filepath.Join(dir, filepath.Dir(filepath.FromSlash(name)))))
}

// classPairs returns the distinct name@version of a class.
func classPairs(l *Lockfile, c class) map[npm.PackageVersion]bool {
	pairs := make(map[npm.PackageVersion]bool)
	for _, d := range l.Dependencies {
		if d.Kind.class() == c {
			pairs[d.PackageVersion] = true
		}
	}
	return pairs
}

// TestSharedLockfiles compares the number of entries of every kind in 81 real
// lockfiles with counts made by other readers.
func TestSharedLockfiles(t *testing.T) {
	dir := sharedData(t, "lockfiles")
	f, err := os.Open(filepath.Join(dir, "index.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := make(map[string]int)
	for i, name := range rows[0] {
		column[name] = i
	}
	t.Logf("%-22s %7s %7s  %s", "format", "pairs", "truth", "file")
	for _, row := range rows[1:] {
		get := func(name string) string { return row[column[name]] }
		stored := get("stored_at")
		lock, err := readLockfile(t, dir, stored)
		if get("registry_pairs") == "" { // the other readers refuse it
			if err == nil {
				t.Errorf("%s: read without an error; others say: %s", stored, get("parse_error"))
			} else {
				t.Logf("%-22s %7s %7s  %s: %v", get("format"), "error", "error", stored, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", stored, err)
			continue
		}
		got := map[string]string{
			"registry_pairs": fmt.Sprint(len(classPairs(lock, classRegistry))),
			"bundled_pairs":  fmt.Sprint(len(classPairs(lock, classBundled))),
			"patch_entries":  fmt.Sprint(count(lock, classPatch)),
		}
		t.Logf("%-22s %7s %7s  %s", get("format"), got["registry_pairs"], get("registry_pairs"), stored)
		for name, value := range got {
			if value != get(name) {
				t.Errorf("%s: %s is %s, want %s", stored, name, value, get(name))
			}
		}
		others := count(lock, classNone) + count(lock, classRemote)
		t.Logf("    directories %d (%s), other sources %d (%s)", count(lock, classNone), get("dir_entries"), others-count(lock, classNone), get("nonregistry_pairs"))
		for _, d := range lock.Dependencies {
			if d.Line < 1 || d.Column < 1 {
				t.Errorf("%s: %s has no position", stored, d.PackageVersion)
			}
		}
		for _, p := range lock.Problems {
			t.Logf("    line %d: %s", p.Line, p.Message)
		}
	}
}

func count(l *Lockfile, c class) int {
	n := 0
	for _, d := range l.Dependencies {
		if d.Kind.class() == c {
			n++
		}
	}
	return n
}

// The shape of truth.json.
type (
	truthPair struct {
		Name    string `json:"name"`
		Version string `json:"version"`
		Source  string `json:"source,omitempty"`
	}
	truthUpdate struct {
		Name   string   `json:"name"`
		From   []string `json:"from"`
		To     []string `json:"to"`
		Source string   `json:"source,omitempty"`
	}
	truthLists struct {
		Added   []truthPair   `json:"added"`
		Removed []truthPair   `json:"removed"`
		Updated []truthUpdate `json:"updated"`
	}
	truthSame struct {
		Name    string   `json:"name"`
		Version string   `json:"version"`
		From    []string `json:"from"`
		To      []string `json:"to"`
	}
	truthCount struct {
		Name    string `json:"name"`
		Version string `json:"version"`
		Base    int    `json:"base"`
		Head    int    `json:"head"`
	}
	truth struct {
		Lockfile struct{ Base, Head string }
		truthLists
		Nonregistry      truthLists
		Bundled          truthLists
		PatchEntries     truthLists   `json:"patch_entries"`
		EnvDocument      truthLists   `json:"env_document"`
		CountChanges     []truthCount `json:"count_changes"`
		IntegrityChanged []truthSame  `json:"integrity_changed"`
		HostChanged      []truthSame  `json:"host_changed"`
		OtherLockfiles   []truth      `json:"other_lockfiles"`
	}
)

// TestSharedBumps compares the changes of 31 real dependency bumps with the
// truth that other readers agreed on.
func TestSharedBumps(t *testing.T) {
	dir := sharedData(t, "bumps")
	truths, err := filepath.Glob(filepath.Join(dir, "*", "truth.json"))
	if err != nil || len(truths) == 0 {
		t.Fatalf("no bumps: %v", err)
	}
	t.Logf("%-34s %7s %7s %7s %9s %6s", "bump", "added", "removed", "updated", "integrity", "hosts")
	for _, file := range truths {
		var want truth
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, &want); err != nil {
			t.Fatal(err)
		}
		bump := filepath.Dir(file)
		for _, want := range append([]truth{want}, want.OtherLockfiles...) {
			compareBump(t, bump, want)
		}
	}
}

func compareBump(t *testing.T, bump string, want truth) {
	read := func(side, name string) *Lockfile {
		if name == "" {
			return nil
		}
		lock, err := readLockfile(t, filepath.Join(bump, side), name)
		if err != nil {
			t.Fatal(err)
		}
		return lock
	}
	name := filepath.Base(bump) + " " + want.Lockfile.Head
	base, head := read("base", want.Lockfile.Base), read("head", want.Lockfile.Head)
	changes := Diff(base, head)
	var got truth
	for _, c := range changes {
		switch c.Type {
		case Added, Removed, Updated:
			record(&got.truthLists, c, classRegistry)
			record(&got.Nonregistry, c, classRemote)
			record(&got.Bundled, c, classBundled)
			record(&got.PatchEntries, c, classPatch)
			if c.environment() {
				record(&got.EnvDocument, c, classRegistry)
			}
		case IntegrityChanged:
			got.IntegrityChanged = append(got.IntegrityChanged, truthSame{c.Name, c.To[0].Version, texts(c.From, digest), texts(c.To, digest)})
		case HostChanged:
			got.HostChanged = append(got.HostChanged, truthSame{c.Name, c.To[0].Version, texts(c.From, host), texts(c.To, host)})
		}
	}
	t.Logf("%-34s %7d %7d %7d %9d %6d", filepath.Base(bump), len(got.Added), len(got.Removed), len(got.Updated), len(got.IntegrityChanged), len(got.HostChanged))
	opts := cmp.Options{
		cmpopts.EquateEmpty(),
		cmpopts.SortSlices(func(a, b string) bool { return a < b }),
		cmpopts.SortSlices(func(a, b truthPair) bool { return a.Name+"@"+a.Version < b.Name+"@"+b.Version }),
		cmpopts.SortSlices(func(a, b truthUpdate) bool { return a.Name < b.Name }),
		cmpopts.SortSlices(func(a, b truthSame) bool { return a.Name+"@"+a.Version < b.Name+"@"+b.Version }),
	}
	for _, list := range []struct {
		what      string
		want, got any
	}{
		{"registry", want.truthLists, got.truthLists},
		{"nonregistry", want.Nonregistry, got.Nonregistry},
		{"bundled", want.Bundled, got.Bundled},
		{"patch", want.PatchEntries, got.PatchEntries},
		{"environment", want.EnvDocument, got.EnvDocument},
		{"integrity", want.IntegrityChanged, got.IntegrityChanged},
		{"host", want.HostChanged, got.HostChanged},
	} {
		if diff := cmp.Diff(list.want, list.got, opts); diff != "" {
			t.Errorf("%s: %s differs (-want +got):\n%.3000s", name, list.what, diff)
		}
	}
	if want.CountChanges != nil && base != nil && head != nil {
		if diff := cmp.Diff(want.CountChanges, countChanges(base, head), opts,
			cmpopts.SortSlices(func(a, b truthCount) bool { return a.Name+"@"+a.Version < b.Name+"@"+b.Version })); diff != "" {
			t.Errorf("%s: counts differ (-want +got):\n%.2000s", name, diff)
		}
	}
}

func (c *Change) environment() bool {
	return slices.ContainsFunc(append(slices.Clone(c.From), c.To...), func(d Dependency) bool { return d.Environment })
}

// digest is what the entry's bytes must hash to, "" where that is not recorded.
func digest(d *Dependency) string {
	if d.Checksum != "" {
		return d.Checksum
	}
	return d.Integrity.String()
}

func texts(deps []Dependency, of func(*Dependency) string) []string {
	var out []string
	for _, d := range deps {
		if v := of(&d); v != "" && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// record writes a change into the truth's lists if it is of the class.
func record(lists *truthLists, c Change, want class) {
	if c.Kind.class() != want {
		return
	}
	source := ""
	text := func(d *Dependency) string { return d.Version }
	if want == classRemote {
		source = string(c.Kind)
		text = truthSource
	}
	switch c.Type {
	case Added:
		lists.Added = append(lists.Added, truthPair{c.Name, text(&c.To[0]), source})
	case Removed:
		lists.Removed = append(lists.Removed, truthPair{c.Name, text(&c.From[0]), source})
	case Updated:
		lists.Updated = append(lists.Updated, truthUpdate{c.Name, texts(c.From, text), texts(c.To, text), source})
	}
}

// truthSource is how the truth writes an entry outside the registry.
func truthSource(d *Dependency) string {
	if d.Kind == KindRuntime {
		return d.Version
	}
	return d.Version + "|" + d.Resolved
}

// countChanges lists versions that stand in both lockfiles a different number
// of times.
func countChanges(base, head *Lockfile) []truthCount {
	count := func(l *Lockfile) map[npm.PackageVersion]int {
		m := make(map[npm.PackageVersion]int)
		for _, d := range l.Dependencies {
			if d.Kind == KindRegistry {
				m[d.PackageVersion]++
			}
		}
		return m
	}
	b, h := count(base), count(head)
	var out []truthCount
	for v, n := range b {
		if m := h[v]; m != 0 && m != n {
			out = append(out, truthCount{v.Name, v.Version, n, m})
		}
	}
	slices.SortFunc(out, func(a, b truthCount) int { return strings.Compare(a.Name, b.Name) })
	return out
}
