package lockfile

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amalfi-audit/audit/internal/npm"
)

// lock makes a lockfile of registry entries from NAME@VERSION words.
func lock(path string, manager Manager, entries ...string) *Lockfile {
	l := &Lockfile{Path: path, Format: Format{manager, "1"}}
	for i, e := range entries {
		name, version := splitNameVersion(e)
		l.Dependencies = append(l.Dependencies, Dependency{
			PackageVersion: npm.PackageVersion{Name: name, Version: version}, Kind: KindRegistry, Line: i + 1, Column: 1})
	}
	return l
}

func TestMatch(t *testing.T) {
	type locks = []*Lockfile
	l := func(path string, entries ...string) *Lockfile { return lock(path, NPM, entries...) }
	tests := []struct {
		name       string
		base, head locks
		want       []string
	}{
		{"nothing", nil, nil, nil},
		{"the same path", locks{l("a/yarn.lock"), l("yarn.lock")}, locks{l("yarn.lock"), l("a/yarn.lock")},
			[]string{"a/yarn.lock = a/yarn.lock", "yarn.lock = yarn.lock"}},
		{"new", nil, locks{l("yarn.lock", "a@1.0.0")}, []string{" = yarn.lock"}},
		{"gone", locks{l("yarn.lock", "a@1.0.0")}, nil, []string{"yarn.lock = "}},
		{"renamed in its folder", locks{l("x/package-lock.json", "a@1.0.0")}, locks{l("x/npm-shrinkwrap.json", "b@1.0.0")},
			[]string{"x/package-lock.json = x/npm-shrinkwrap.json"}},
		{"another package manager", locks{lock("yarn.lock", YarnClassic, "a@1.0.0")}, locks{lock("pnpm-lock.yaml", PNPM, "a@1.0.0")},
			[]string{"yarn.lock = pnpm-lock.yaml"}},
		{"moved", locks{l("old/yarn.lock", "a@1.0.0", "b@1.0.0", "c@1.0.0")}, locks{l("new/yarn.lock", "a@1.0.0", "b@1.0.0", "c@2.0.0")},
			[]string{"old/yarn.lock = new/yarn.lock"}},
		{"moved beside another", locks{l("old/yarn.lock", "a@1.0.0", "b@1.0.0", "c@1.0.0")},
			locks{l("new/yarn.lock", "x@1.0.0"), l("q/yarn.lock", "a@1.0.0", "b@1.0.0", "c@2.0.0")},
			[]string{" = new/yarn.lock", "old/yarn.lock = q/yarn.lock"}},
		{"half of it is too little", locks{l("old/yarn.lock", "a@1.0.0", "b@1.0.0")}, locks{l("new/yarn.lock", "a@1.0.0", "b@2.0.0")},
			[]string{" = new/yarn.lock", "old/yarn.lock = "}},
		{"empty ones are not alike", locks{l("old/yarn.lock")}, locks{l("new/yarn.lock")}, []string{" = new/yarn.lock", "old/yarn.lock = "}},
		{"a path comes before a folder", locks{l("package-lock.json"), l("yarn.lock")}, locks{l("pnpm-lock.yaml"), l("yarn.lock")},
			[]string{"package-lock.json = pnpm-lock.yaml", "yarn.lock = yarn.lock"}},
		{"one of two goes", locks{l("package-lock.json", "a@1.0.0"), l("yarn.lock", "a@1.0.0")}, locks{l("yarn.lock", "a@1.0.0")},
			[]string{"package-lock.json = ", "yarn.lock = yarn.lock"}},
	}
	for _, test := range tests {
		var got []string
		for _, p := range Match(test.base, test.head) {
			base, head := "", ""
			if p.Base != nil {
				base = p.Base.Path
			}
			if p.Head != nil {
				head = p.Head.Path
			}
			got = append(got, base+" = "+head)
			if want := head; head != "" && p.Path() != want || head == "" && p.Path() != base {
				t.Errorf("%s: the path of %s = %s is %s", test.name, base, head, p.Path())
			}
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

const (
	shaA = "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=="
	shaB = "sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw=="
	sha1 = "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk="
)

// TestDiff compares lockfiles given as lines NAME@VERSION KEY=VALUE….
func TestDiff(t *testing.T) {
	tests := []struct {
		name       string
		base, head string
		want       string
	}{
		{"the same", "a@1.0.0", "a@1.0.0", ""},
		{"added, removed, updated", "a@1.0.0\nb@1.0.0", "b@2.0.0\nc@1.0.0",
			"removed registry a [1.0.0] -> []\nupdated registry b [1.0.0] -> [2.0.0]\nadded registry c [] -> [1.0.0]\n"},
		{"versions in version order", "a@10.0.0\na@9.0.0", "a@10.1.0\na@10.0.1\na@9.0.1",
			"updated registry a [9.0.0, 10.0.0] -> [9.0.1, 10.0.1, 10.1.0]\n"},
		{"one of several", "a@1.0.0\na@2.0.0", "a@2.0.0", "removed registry a [1.0.0] -> []\n"},
		{"several that come, each by itself", "a@1.0.0", "a@1.0.0\na@3.0.0\na@2.0.0",
			"added registry a [] -> [2.0.0]\nadded registry a [] -> [3.0.0]\n"},
		{"copies do not count", "a@1.0.0", "a@1.0.0\na@1.0.0", ""},

		{"integrity", "a@1.0.0 integrity=" + shaA, "a@1.0.0 integrity=" + shaB,
			"integrity registry a@1.0.0 [sha512-z4PhNX7vu] -> [sha512-3a81oZNhe]\n"},
		{"integrity lost", "a@1.0.0 integrity=" + shaA, "a@1.0.0", "integrity registry a@1.0.0 [sha512-z4PhNX7vu] -> []\n"},
		{"integrity gained", "a@1.0.0", "a@1.0.0 integrity=" + shaA, "integrity registry a@1.0.0 [] -> [sha512-z4PhNX7vu]\n"},
		{"another algorithm", "a@1.0.0 integrity=" + shaA, "a@1.0.0 integrity=" + sha1,
			"integrity registry a@1.0.0 [sha512-z4PhNX7vu] -> [sha1-2jmj7l5rSw0]\n"},
		{"one copy differs", "a@1.0.0 integrity=" + shaA, "a@1.0.0 integrity=" + shaA + "\na@1.0.0 integrity=" + shaB,
			"integrity registry a@1.0.0 [sha512-z4PhNX7vu] -> [sha512-3a81oZNhe, sha512-z4PhNX7vu]\n"},
		{"a new version is no new integrity", "a@1.0.0 integrity=" + shaA, "a@1.0.1 integrity=" + shaB, "updated registry a [1.0.0] -> [1.0.1]\n"},

		{"checksum of the same key", "a@1.0.0 checksum=10c0/aa", "a@1.0.0 checksum=10c0/bb", "integrity registry a@1.0.0 [10c0/aa] -> [10c0/bb]\n"},
		{"checksum of another key", "a@1.0.0 checksum=8/aa", "a@1.0.0 checksum=10c0/bb", ""},
		{"checksum lost, as with a condition", "a@1.0.0 checksum=8/aa", "a@1.0.0", ""},
		{"checksum without key", "a@1.0.0 checksum=/aa", "a@1.0.0 checksum=/bb", "integrity registry a@1.0.0 [/aa] -> [/bb]\n"},
		{"checksums of several keys", "a@1.0.0 checksum=8/aa\na@1.0.0 checksum=10/xx", "a@1.0.0 checksum=8/aa\na@1.0.0 checksum=10c0/yy", ""},

		{"host", "a@1.0.0 resolved=https://npm.registry.invalid/a.tgz", "a@1.0.0 resolved=https://evil.example.invalid/a.tgz",
			"host registry a@1.0.0 [npm.registry.invalid] -> [evil.example.invalid]\n"},
		{"path on the host", "a@1.0.0 resolved=https://npm.registry.invalid/a.tgz", "a@1.0.0 resolved=https://npm.registry.invalid/b.tgz",
			"source registry a [1.0.0] -> [1.0.0]\n"},
		{"host and integrity", "a@1.0.0 resolved=https://x.invalid/a.tgz integrity=" + shaA, "a@1.0.0 resolved=https://y.invalid/a.tgz integrity=" + shaB,
			"host registry a@1.0.0 [x.invalid] -> [y.invalid]\nintegrity registry a@1.0.0 [sha512-z4PhNX7vu] -> [sha512-3a81oZNhe]\n"},

		{"source", "a@1.0.0", "a@1.0.0 kind=git resolved=git+ssh://git.example.invalid/a#1",
			"added git a [] -> [1.0.0|git+ssh://git.example.invalid/a#1]\n" +
				"source git a [1.0.0] -> [1.0.0|git+ssh://git.example.invalid/a#1]\n" +
				"removed registry a [1.0.0] -> []\n"},
		{"source within remote kinds", "a@1.0.0 kind=git resolved=git://x.invalid/a#1", "a@1.0.0 kind=url resolved=https://x.invalid/a.tgz",
			"updated url a [1.0.0|git://x.invalid/a#1] -> [1.0.0|https://x.invalid/a.tgz]\n"},
		{"commit", "a@1.0.0 kind=git resolved=git://x.invalid/a#1", "a@1.0.0 kind=git resolved=git://x.invalid/a#2",
			"updated git a [1.0.0|git://x.invalid/a#1] -> [1.0.0|git://x.invalid/a#2]\n"},
		{"integrity of a URL", "a@1.0.0 kind=url resolved=https://x.invalid/a.tgz integrity=" + shaA, "a@1.0.0 kind=url resolved=https://x.invalid/a.tgz integrity=" + shaB,
			"integrity url a@1.0.0 [sha512-z4PhNX7vu] -> [sha512-3a81oZNhe]\n"},
		{"a folder becomes a package", "a@1.0.0 kind=directory resolved=packages/a", "a@1.0.0",
			"added registry a [] -> [1.0.0]\nsource registry a [1.0.0] -> [1.0.0]\n"},
		{"folders alone are no change", "a@1.0.0 kind=directory", "b@1.0.0 kind=directory", ""},
		{"a runtime", "node@runtime:22.0.0 kind=runtime", "node@runtime:24.0.0 kind=runtime", "updated runtime node [runtime:22.0.0] -> [runtime:24.0.0]\n"},

		{"bundled", "a@1.0.0 kind=bundled", "a@1.0.1 kind=bundled", "updated bundled a [1.0.0] -> [1.0.1]\n"},
		{"bundled is no registry", "a@1.0.0 kind=bundled", "a@1.0.0", "removed bundled a [1.0.0] -> []\nadded registry a [] -> [1.0.0]\n"},
		{"integrity of what is bundled", "a@1.0.0 kind=bundled integrity=" + shaA, "a@1.0.0 kind=bundled integrity=" + shaB, ""},
		{"a patch", "a@1.0.0", "a@1.0.0\na@1.0.0 kind=patch", "added patch a [] -> [1.0.0]\n"},
		{"by name, not by alias", "a@1.0.0 alias=x", "a@1.0.0 alias=y", ""},
		{"an alias turned", "a@1.0.0 alias=x", "b@1.0.0 alias=x", "removed registry a [1.0.0] -> []\nadded registry b [] -> [1.0.0]\n"},
	}
	for _, test := range tests {
		base, head := entriesOf(t, test.base), entriesOf(t, test.head)
		if diff := cmp.Diff(test.want, describeChanges(Diff(base, head))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
		// Shuffled, there is the same to say.
		for seed := range uint64(5) {
			r := rand.New(rand.NewPCG(seed, 1))
			for _, l := range []*Lockfile{base, head} {
				r.Shuffle(len(l.Dependencies), func(i, j int) {
					l.Dependencies[i], l.Dependencies[j] = l.Dependencies[j], l.Dependencies[i]
				})
			}
			if diff := cmp.Diff(test.want, describeChanges(Diff(base, head))); diff != "" {
				t.Errorf("%s, shuffled (-want +got):\n%s", test.name, diff)
			}
		}
	}
}

// entriesOf reads lines of NAME@VERSION KEY=VALUE….
func entriesOf(t *testing.T, text string) *Lockfile {
	t.Helper()
	l := &Lockfile{Path: "lock", Format: Format{NPM, "3"}}
	line := 0
	for text := range strings.Lines(text) {
		line++
		words := strings.Fields(text)
		name, version := splitNameVersion(words[0])
		d := Dependency{PackageVersion: npm.PackageVersion{Name: name, Version: version}, Kind: KindRegistry, Line: line, Column: 1}
		for _, word := range words[1:] {
			key, value, _ := strings.Cut(word, "=")
			switch key {
			case "kind":
				d.Kind = Kind(value)
			case "resolved":
				d.Resolved = value
			case "alias":
				d.Alias = value
			case "checksum":
				d.Checksum = value
			case "integrity":
				in, err := npm.ParseIntegrity(value)
				if err != nil {
					t.Fatal(err)
				}
				d.Integrity = in
			}
		}
		l.Dependencies = append(l.Dependencies, d)
	}
	return l
}

// TestDiffManagers compares lockfiles of two package managers: what one does
// not record is no change.
func TestDiffManagers(t *testing.T) {
	with := entriesOf(t, "a@1.0.0 resolved=https://npm.registry.invalid/a.tgz integrity="+shaA)
	without := entriesOf(t, "a@1.0.0 checksum=10c0/aa")
	without.Format.Manager = YarnBerry
	for _, pair := range [][2]*Lockfile{{with, without}, {without, with}} {
		if changes := Diff(pair[0], pair[1]); len(changes) != 0 {
			t.Errorf("%s", describeChanges(changes))
		}
		if moved := Moved(pair[0], pair[1]); len(moved) != 1 || moved[0].Type != SourceChanged {
			t.Errorf("nothing vouches for the bytes any more, and Moved gives %s", describeChanges(moved))
		}
	}
	other := entriesOf(t, "a@1.0.0 resolved=https://evil.example.invalid/a.tgz integrity="+shaB)
	other.Format.Manager = PNPM
	want := "host registry a@1.0.0 [npm.registry.invalid] -> [evil.example.invalid]\nintegrity registry a@1.0.0 [sha512-z4PhNX7vu] -> [sha512-3a81oZNhe]\n"
	if diff := cmp.Diff(want, describeChanges(Diff(with, other))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDiffNil(t *testing.T) {
	if changes := Diff(nil, nil); changes != nil {
		t.Errorf("nothing and nothing: %v", changes)
	}
	l := lock("x/yarn.lock", YarnClassic, "b@1.0.0", "a@2.0.0", "a@1.0.0")
	added := Diff(nil, l)
	if diff := cmp.Diff("added registry a [] -> [1.0.0]\nadded registry a [] -> [2.0.0]\nadded registry b [] -> [1.0.0]\n", describeChanges(added)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	removed := Diff(l, nil)
	if diff := cmp.Diff("removed registry a [1.0.0] -> []\nremoved registry a [2.0.0] -> []\nremoved registry b [1.0.0] -> []\n", describeChanges(removed)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, c := range append(added, removed...) {
		if c.Lockfile != "x/yarn.lock" {
			t.Errorf("%s %s is in %q", c.Type, c.Name, c.Lockfile)
		}
	}
}

// TestDiffOrder gives many changes in a random order: the result is sorted and
// the same each time.
func TestDiffOrder(t *testing.T) {
	var base, head []string
	for i := range 200 {
		switch i % 4 {
		case 0:
			head = append(head, fmt.Sprintf("p%d@1.0.0", i))
		case 1:
			base = append(base, fmt.Sprintf("p%d@1.0.0", i))
		case 2:
			base, head = append(base, fmt.Sprintf("p%d@1.0.0", i)), append(head, fmt.Sprintf("p%d@1.1.0", i))
		default:
			base, head = append(base, fmt.Sprintf("p%d@1.0.0 integrity=%s", i, shaA)),
				append(head, fmt.Sprintf("p%d@1.0.0 kind=git resolved=git://x.invalid/p%d", i, i))
		}
	}
	want := ""
	for seed := range uint64(10) {
		r := rand.New(rand.NewPCG(seed, 2))
		r.Shuffle(len(base), func(i, j int) { base[i], base[j] = base[j], base[i] })
		r.Shuffle(len(head), func(i, j int) { head[i], head[j] = head[j], head[i] })
		changes := Diff(entriesOf(t, strings.Join(base, "\n")), entriesOf(t, strings.Join(head, "\n")))
		for i := range changes[1:] {
			if changes[i].Name > changes[i+1].Name {
				t.Fatalf("%s before %s", changes[i].Name, changes[i+1].Name)
			}
		}
		got := describeChanges(changes)
		if want == "" {
			want = got
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("in another order (-first +later):\n%s", diff)
		}
	}
}

// TestDiffBoth turns the bumps around: what was added is then removed.
func TestDiffBoth(t *testing.T) {
	for _, f := range fixtures(t, "bumps") {
		read := func(side string) *Lockfile {
			name := f.lockfile(t, side)
			if name == "" {
				return nil
			}
			lock, err := f.read(t, name)
			if err != nil {
				t.Fatal(err)
			}
			return lock
		}
		base, head := read("base"), read("head")
		count := func(changes []Change) map[ChangeType]int {
			m := make(map[ChangeType]int)
			for _, c := range changes {
				m[c.Type]++
			}
			return m
		}
		there, back := count(Diff(base, head)), count(Diff(head, base))
		there[Added], there[Removed] = there[Removed], there[Added]
		back[Added] += 0
		back[Removed] += 0
		if diff := cmp.Diff(there, back); diff != "" {
			t.Errorf("%s (-there +back):\n%s", f.path, diff)
		}
	}
}
