package npm

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ascending are versions in the order of Semantic Versioning 2.0.0, section 11,
// and of node-semver, each lower than the next.
var ascending = []string{
	"0.0.0-foo", "0.0.0", "0.0.1", "0.9.0", "0.9.9", "0.10.0", "0.99.0",
	"1.0.0-0", "1.0.0-1", "1.0.0-9", "1.0.0-10", "1.0.0--", "1.0.0-1-", "1.0.0-A", "1.0.0-Z", "1.0.0-a", "1.0.0-a.0", "1.0.0-a.1", "1.0.0-a.b",
	"1.0.0-alpha", "1.0.0-alpha.0", "1.0.0-alpha.1", "1.0.0-alpha.1.x", "1.0.0-alpha.2", "1.0.0-alpha.10", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11",
	"1.0.0-rc.1", "1.0.0-rc.1.1", "1.0.0-x-y-z.-", "1.0.0-z", "1.0.0",
	"1.0.1-alpha", "1.0.1", "1.2.3-4", "1.2.3-5", "1.2.3-4-foo", "1.2.3-5-Foo", "1.2.3-5-foo", "1.2.3-a.10", "1.2.3-a.b", "1.2.3-a.b.c.5.d.100", "1.2.3-a.b.c.10.d.5", "1.2.3-r100", "1.2.3-r2", "1.2.3",
	"1.10.0", "2.0.0", "2.3.4", "2.7.2", "3.0.0-rc.0", "3.0.0", "10.0.0", "100.0.0", "9007199254740991.0.0",
}

func TestCompareVersions(t *testing.T) {
	for i, a := range ascending {
		for j, b := range ascending {
			want := 0
			switch {
			case i < j:
				want = -1
			case i > j:
				want = 1
			}
			if got := CompareVersions(a, b); got != want {
				t.Errorf("CompareVersions(%s, %s) = %d, want %d", a, b, got, want)
			}
		}
	}
}

// TestCompareOthers orders what differs in nothing that counts, and what is no
// version.
func TestCompareOthers(t *testing.T) {
	for _, pair := range [][2]string{
		{"1.0.0", "1.0.0+build"}, {"1.0.0+a", "1.0.0+b"}, {"1.0.0-a+b", "1.0.0"}, {"1.0.0+z", "1.0.1-0"},
		{"", "0.0.0-0"}, {"not a version", "0.0.0-0"}, {"git+ssh://x", "0.0.1"}, {"a", "b"}, {"", "a"},
	} {
		if CompareVersions(pair[0], pair[1]) != -1 || CompareVersions(pair[1], pair[0]) != 1 || CompareVersions(pair[0], pair[0]) != 0 {
			t.Errorf("%q is not before %q", pair[0], pair[1])
		}
	}
}

func TestValidVersion(t *testing.T) {
	long := "1.0.0-" + string(slices.Repeat([]byte("a"), 250))
	for v, want := range map[string]bool{
		"1.2.3": true, "0.0.0": true, "1.2.3-rc.1": true, "1.2.3-rc.1+build.5": true, "1.2.3+001": true, "1.2.3-0": true, "1.2.3--": true,
		"10.20.30": true, "1.2.3-a.b-c.9": true, long: true,
		// Registries have such versions from the days before they were refused.
		"01.2.3": true, "1.02.3": true, "1.2.3-01": true,
		"": false, "1": false, "1.2": false, "1.2.3.4": false, "v1.2.3": false, "=1.2.3": false, " 1.2.3": false, "1.2.3 ": false, "1.2.x": false, "1.X.3": false, "1.*.0": false, "1.2.*-a": false, "*": false,
		"^1.2.3": false, ">=1.2.3": false, "1.2.3 || 2": false, "latest": false, "1.2.3-": false, "1.2.3+": false,
		"1.2.3-a..b": false, "1.2.3-ü": false, "1.2.3/../x": false, "-1.2.3": false, "1.-2.3": false, "1.2.3\n": false, long + "a": false,
	} {
		if got := ValidVersion(v); got != want {
			t.Errorf("ValidVersion(%q) = %v", v, got)
		}
	}
	for _, v := range ascending {
		if !ValidVersion(v) {
			t.Errorf("ValidVersion(%s) = false", v)
		}
	}
}

func TestIsPrerelease(t *testing.T) {
	for v, want := range map[string]bool{
		"1.0.0": false, "1.0.0-0": true, "1.0.0-rc.1+x": true, "1.0.0+x": false, "1.0.0+a-b": false, "1.0.0-a+b-c": true,
	} {
		if got := IsPrerelease(v); got != want {
			t.Errorf("IsPrerelease(%s) = %v", v, got)
		}
	}
}

func TestPredecessor(t *testing.T) {
	tests := []struct {
		name     string
		releases []string
		version  string
		want     string
	}{
		{"no releases", nil, "1.0.0", ""},
		{"the first", []string{"1.0.0", "1.1.0"}, "1.0.0", ""},
		{"the one before", []string{"1.0.0", "1.1.0", "1.2.0", "2.0.0"}, "1.2.0", "1.1.0"},
		{"in version order, not in text order", []string{"1.2.0", "1.10.0", "1.9.0"}, "1.11.0", "1.10.0"},
		{"of a version that is not listed", []string{"1.0.0", "2.0.0"}, "1.5.0", "1.0.0"},
		{"of a backport", []string{"1.0.0", "2.0.0", "1.0.1"}, "1.0.1", "1.0.0"},
		{"prereleases do not count", []string{"1.0.0", "2.0.0-rc.1", "2.0.0"}, "2.0.0", "1.0.0"},
		{"for a prerelease they do", []string{"1.0.0", "2.0.0-rc.1", "2.0.0-rc.2"}, "2.0.0-rc.2", "2.0.0-rc.1"},
		{"but a later release is nearer", []string{"1.0.0-rc.1", "1.0.0", "1.1.0-rc.1"}, "1.1.0-rc.1", "1.0.0"},
		{"and they do where there is nothing else", []string{"1.0.0-rc.1", "1.0.0-rc.2", "1.0.0"}, "1.0.0", "1.0.0-rc.2"},
		{"build metadata", []string{"1.0.0", "1.0.0+a"}, "1.0.0+a", "1.0.0"},
	}
	for _, test := range tests {
		p := &Packument{Name: "a"}
		for _, v := range test.releases {
			p.Releases = append(p.Releases, Release{Version: v})
		}
		for range 2 {
			if got := p.Predecessor(test.version); got != test.want {
				t.Errorf("%s: %q, want %q", test.name, got, test.want)
			}
			slices.Reverse(p.Releases)
		}
	}
}

func TestRelease(t *testing.T) {
	p := &Packument{Releases: []Release{{Version: "1.0.0", Publisher: "a"}, {Version: "2.0.0", Publisher: "b"}}}
	if got := p.Release("2.0.0"); got == nil || got.Publisher != "b" || got != &p.Releases[1] {
		t.Errorf("2.0.0 is %+v", got)
	}
	if got := p.Release("3.0.0"); got != nil {
		t.Errorf("3.0.0 is %+v", got)
	}
}

func TestPackageVersion(t *testing.T) {
	versions := []PackageVersion{{"b", "1.0.0"}, {"a", "10.0.0"}, {"a", "9.0.0"}, {"@s/a", "1.0.0"}, {"a", ""}, {"B", "1.0.0"}}
	slices.SortFunc(versions, PackageVersion.Compare)
	want := []PackageVersion{{"@s/a", "1.0.0"}, {"B", "1.0.0"}, {"a", ""}, {"a", "9.0.0"}, {"a", "10.0.0"}, {"b", "1.0.0"}}
	if diff := cmp.Diff(want, versions); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for v, want := range map[PackageVersion]string{{"a", "1.0.0"}: "a@1.0.0", {"@s/a", "1.0.0"}: "@s/a@1.0.0", {"a", ""}: "a", {}: ""} {
		if got := v.String(); got != want {
			t.Errorf("%+v is %q, want %q", v, got, want)
		}
	}
}

// FuzzCompareVersions checks that the order is total on any input.
func FuzzCompareVersions(f *testing.F) {
	for i := range len(ascending) - 2 {
		f.Add(ascending[i], ascending[i+1], ascending[i+2])
	}
	f.Add("", "x", "1.0.0+a")
	f.Add("v1.0.0", "1.0.0", "1.0")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		if CompareVersions(a, b) != -CompareVersions(b, a) {
			t.Fatalf("%q and %q are ordered both ways", a, b)
		}
		if (CompareVersions(a, b) == 0) != (a == b) {
			t.Fatalf("%q and %q are the same", a, b)
		}
		if CompareVersions(a, b) <= 0 && CompareVersions(b, c) <= 0 && CompareVersions(a, c) > 0 {
			t.Fatalf("%q, %q and %q go round in a circle", a, b, c)
		}
		if ValidVersion(a) && !ValidVersion(b) && CompareVersions(a, b) < 0 && CompareVersions(b, "") <= 0 {
			t.Fatalf("%q is no version and comes behind %q", b, a)
		}
	})
}
