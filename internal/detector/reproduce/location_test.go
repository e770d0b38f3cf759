package reproduce

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amalfi-audit/audit/internal/npm"
)

func TestParseLocation(t *testing.T) {
	for address, want := range map[string]string{
		"owner/repo":                                          "github.com/owner/repo",
		"owner/repo.js":                                       "github.com/owner/repo.js",
		"owner/repo#main":                                     "github.com/owner/repo",
		"owner/repo#semver:^1.0.0":                            "github.com/owner/repo",
		"github:owner/repo":                                   "github.com/owner/repo",
		"gitlab:group/sub/repo":                               "gitlab.com/group/sub/repo",
		"bitbucket:owner/repo":                                "bitbucket.org/owner/repo",
		"gist:11081aaa281":                                    "gist.github.com/11081aaa281",
		"gist:owner/11081aaa281":                              "gist.github.com/11081aaa281",
		"sourcehut:~owner/repo":                               "git.sr.ht/~owner/repo",
		"git@github.com:owner/repo.git":                       "github.com/owner/repo",
		"git@git.example.invalid:team/deep/repo.git":          "git.example.invalid/team/deep/repo",
		"git://github.com/owner/repo.git":                     "github.com/owner/repo",
		"git+ssh://git@github.com/owner/repo.git":             "github.com/owner/repo",
		"git+ssh://git@github.com:owner/repo.git":             "github.com/owner/repo",
		"ssh://git@github.com:22/owner/repo.git":              "github.com/owner/repo",
		"git+https://github.com/owner/repo.git":               "github.com/owner/repo",
		"git+http://github.com/owner/repo":                    "github.com/owner/repo",
		"http://www.github.com/owner/repo/":                   "github.com/owner/repo",
		"HTTPS://GitHub.com/Owner/Repo":                       "github.com/Owner/Repo",
		"https://user:secret@github.com/owner/repo.git":       "github.com/owner/repo",
		"https://token@git.example.invalid/owner/repo":        "git.example.invalid/owner/repo",
		"https://github.com/owner/repo#readme":                "github.com/owner/repo",
		"https://github.com/owner/repo/issues":                "github.com/owner/repo",
		"https://github.com/owner/repo/tree/main/packages/a":  "github.com/owner/repo packages/a",
		"https://github.com/owner/repo/blob/v1/README.md":     "github.com/owner/repo README.md",
		"https://gitlab.com/g/s/repo/-/tree/main/packages/a":  "gitlab.com/g/s/repo packages/a",
		"https://gitlab.com/g/repo/tree/main/packages/a":      "gitlab.com/g/repo packages/a",
		"https://bitbucket.org/owner/repo/src/master/lib/":    "bitbucket.org/owner/repo lib",
		"https://codeberg.org/owner/repo/src/branch/main/lib": "codeberg.org/owner/repo lib",
		"https://github.com/owner/repo?tab=readme":            "github.com/owner/repo",
		"github.com/owner/repo":                               "github.com/owner/repo",
		"https://git.example.invalid/repo.git":                "git.example.invalid/repo",

		"":                                   "",
		"owner":                              "",
		"./local":                            "",
		"../local":                           "",
		"/srv/git/repo":                      "",
		`C:\repo`:                            "",
		"file:///srv/git/repo.git":           "",
		"git+file:///srv/git/repo.git":       "",
		"ext::sh -c touch% /tmp/x":           "",
		"ext::sh":                            "",
		"fd::17":                             "",
		"--upload-pack=touch":                "",
		"-oProxyCommand=x:y/z":               "",
		"git@-oProxyCommand=x:owner/repo":    "",
		"https://-x.example.invalid/o/r":     "",
		"https://github.com/--upload-pack=x": "",
		"https://github.com/owner/--x":       "",
		"https://github.com/owner/..":        "",
		"https://github.com/owner/%2e%2e":    "",
		"https://github.com/owner/a%2fb":     "",
		"https://github.com/owner/.git":      "",
		"https://github.com/owner":           "",
		"https://github.com/sponsors/owner":  "",
		"https://gitlab.com/group":           "",
		"https://localhost/owner/repo":       "",
		"https://127.0.0.1/owner/repo":       "",
		"https://2130706433/owner/repo":      "",
		"https://0x7f.1/owner/repo":          "",
		"https://[::1]/owner/repo":           "",
		"https://169.254.169.254/owner/repo": "",
		"https://git.corp.internal/o/r":      "",
		"https://git.example.invalid:8443/o": "",
		"ssh://git@git.example.invalid:29/o": "",
		"ftp://git.example.invalid/o/r":      "",
		"https://git.example.invalid":        "",
		"https://exa mple.invalid/o/r":       "",
		"https://example.invalid/o\nr":       "",
		"https://exämple.invalid/o/r":        "",
		"javascript:alert(1)":                "",
		"https://github.com/a/" + strings.Repeat("b", maxAddress): "",
	} {
		l, ok := ParseLocation(address)
		got := strings.TrimSpace(l.Repository.String() + " " + l.Directory)
		if !ok {
			got = ""
		}
		if got != want {
			t.Errorf("ParseLocation(%q) = %q, want %q", address, got, want)
		}
	}
}

func TestLocations(t *testing.T) {
	for _, test := range []struct {
		name     string
		manifest npm.Manifest
		want     []Location
	}{
		{"nothing", npm.Manifest{}, nil},
		{"all three", npm.Manifest{
			Repository: npm.Repository{URL: "git+https://github.com/Owner/repo.git", Directory: "/packages/a/"},
			Homepage:   "https://gitlab.com/other/place", Bugs: "https://github.com/owner/repo/issues",
		}, []Location{
			{Repository{"github.com", "Owner/repo"}, "packages/a", FieldRepository},
			{Repository{"gitlab.com", "other/place"}, "", FieldHomepage},
		}},
		{"a homepage that is no forge", npm.Manifest{Homepage: "https://www.example.invalid/owner/repo", Bugs: "https://bugs.example.invalid/a/b"}, nil},
		{"a folder outside", npm.Manifest{Repository: npm.Repository{URL: "o/r", Directory: "../../etc"}},
			[]Location{{Repository{"github.com", "o/r"}, "", FieldRepository}}},
		{"the homepage alone", npm.Manifest{Homepage: "https://github.com/o/r/tree/main/packages/a#readme"},
			[]Location{{Repository{"github.com", "o/r"}, "packages/a", FieldHomepage}}},
	} {
		if diff := cmp.Diff(test.want, Locations(&test.manifest)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestURL(t *testing.T) {
	if got := (Repository{"git.example.invalid", "~a/b@c"}).URL(); got != "https://git.example.invalid/~a/b@c.git" {
		t.Error(got)
	}
}

// FuzzLocations wants that whatever is claimed becomes a plain https address.
func FuzzLocations(f *testing.F) {
	for _, seed := range []string{"owner/repo", "git+ssh://git@github.com:o/r.git", "git@h.invalid:a/b", "gitlab:g/s/r", "https://a:b@h.invalid/o/r.git#x",
		"--upload-pack=x", "ext::sh -c x", "https://github.com/o/r/tree/main/a", "https://gitlab.com/g/-/-/tree/a/b", "gist:x/y"} {
		f.Add(seed, "packages/a", seed)
	}
	f.Fuzz(func(t *testing.T, address, directory, homepage string) {
		m := npm.Manifest{Repository: npm.Repository{URL: address, Directory: directory}, Homepage: homepage, Bugs: address}
		for _, l := range Locations(&m) {
			u, err := url.Parse(l.URL())
			if err != nil || u.Scheme != "https" || u.User != nil || u.Port() != "" || u.Host != l.Host || u.RawQuery != "" || u.Fragment != "" {
				t.Fatalf("%q: %q, %v", address, l.URL(), err)
			}
			if !publicHost(l.Host) || l.Path == "" || strings.Contains(l.Path, "//") || strings.Contains("/"+l.Path+"/", "/../") || strings.HasPrefix(l.Path, "-") {
				t.Fatalf("%q: %+v", address, l)
			}
			if strings.Contains("/"+l.Directory+"/", "/../") || strings.HasPrefix(l.Directory, "/") {
				t.Fatalf("%q: folder %q", directory, l.Directory)
			}
			again, ok := ParseLocation(l.URL())
			if !ok || !again.Same(l.Repository) {
				t.Fatalf("%q: %q is read as %+v", address, l.URL(), again)
			}
		}
	})
}

func TestTagNames(t *testing.T) {
	plain := TagNames("a", "1.2.3", false)
	for i, want := range []string{"v1.2.3", "1.2.3", "a@1.2.3"} {
		if plain[i] != want {
			t.Errorf("tag %d of a@1.2.3 is %q, want %q", i, plain[i], want)
		}
	}
	scoped := TagNames("@scope/name", "1.2.3-rc.1", true)
	if scoped[0] != "@scope/name@1.2.3-rc.1" {
		t.Errorf("the first tag is %q", scoped[0])
	}
	for _, want := range []string{"v1.2.3-rc.1", "1.2.3-rc.1", "name@1.2.3-rc.1", "name-v1.2.3-rc.1", "name/v1.2.3-rc.1", "scope-name@1.2.3-rc.1", "scope-name-v1.2.3-rc.1", "release-1.2.3-rc.1"} {
		found := 0
		for _, tag := range scoped {
			if tag == want {
				found++
			}
		}
		if found != 1 {
			t.Errorf("%q is there %d times in %q", want, found, scoped)
		}
	}
	for _, test := range [][2]string{{"a", "--upload-pack=x"}, {"a", "1.2.3:x"}, {"a", "latest"}, {"a/../b", "1.2.3"}, {"-a b", "1.2.3"}} {
		if tags := TagNames(test[0], test[1], false); tags != nil {
			t.Errorf("%q: %q", test, tags)
		}
	}
	for _, tag := range TagNames("a..b", "1.2.3", false) {
		if strings.Contains(tag, "..") {
			t.Errorf("git refuses the tag %q", tag)
		}
	}
}
