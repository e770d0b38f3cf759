package registry

import (
	"strings"
	"testing"
)

func TestParseGitTarball(t *testing.T) {
	const sha = "0123456789abcdef0123456789abcdef01234567"
	const github = "https://codeload.github.com/user/project/tar.gz/"
	tests := []struct {
		spec   string
		url    string // "" where it is not ok
		pinned bool
	}{
		{"git+ssh://git@github.com/user/project.git#" + sha, github + sha, true},
		{"git+https://github.com/user/project.git#" + sha, github + sha, true},
		{"git+https://token:x@github.com/user/project#" + sha, github + sha, true},
		{"git://github.com/user/project.git#v1.0.0", github + "v1.0.0", false},
		{"ssh://git@github.com/user/project.git#0123456", github + "0123456", true},
		{"https://www.GitHub.com/user/project.git#012345", github + "012345", false},
		{"https://github.com/user/project", github + "HEAD", false},
		{"https://github.com/user/project/tree/a/b", github + "a", false},
		{"user/project#feature/x", github + "feature%2Fx", false},
		{"https://github.com/user/project.git#commit=" + sha, github + sha, true},
		{"https://github.com/user/project.git#workspace=w&commit=" + sha, github + sha, true},
		{"git+ssh://git@github.com:user/project.git#" + sha, github + sha, true},
		{"git@github.com:user/project.git#" + sha, github + sha, true},
		{"github:user/project#" + sha, github + sha, true},
		{"user/project#" + sha, github + sha, true},
		{"user/project", github + "HEAD", false},
		{"user/project#a b", "", false},
		{"github:user/project#" + sha + "&path:sub", github + sha, true},
		{github + sha, github + sha, true},
		{github, "", false},
		{"gitlab:group/sub/project#" + sha, "https://gitlab.com/api/v4/projects/group%2Fsub%2Fproject/repository/archive.tar.gz?sha=" + sha, true},
		{"git+ssh://git@gitlab.com/user/project.git#" + sha, "https://gitlab.com/api/v4/projects/user%2Fproject/repository/archive.tar.gz?sha=" + sha, true},
		{"bitbucket:user/project#" + sha, "https://bitbucket.org/user/project/get/" + sha + ".tar.gz", true},
		{"git+https://bitbucket.org/user/project.git#" + sha, "https://bitbucket.org/user/project/get/" + sha + ".tar.gz", true},
		// Not ours, or not to be resolved without asking the repository.
		{"github:user/project#semver:^1.0.0", "", false},
		{"github:user/../project", "", false},
		{"github:user/..", "", false},
		{"github:user", "", false},
		{"github:a/b/c", "", false},
		{"git+ssh://git@host.invalid/user/project.git#" + sha, "", false},
		{"https://github.com.evil.invalid/user/project#" + sha, "", false},
		{"https://host.invalid/github.com/user/project", "", false},
		{"file:../a", "", false},
		{"^1.0.0", "", false},
		{"@scope/name", "", false},
		{"./a/b", "", false},
		{"", "", false},
		{"https://github.com/" + strings.Repeat("a", maxURLLength) + "/b", "", false},
	}
	for _, test := range tests {
		got, ok := ParseGitTarball(test.spec)
		if ok != (test.url != "") || got.URL != test.url || got.Pinned != test.pinned {
			t.Errorf("ParseGitTarball(%.100q) = %+v, %t\nwant %q, pinned %t", test.spec, got, ok, test.url, test.pinned)
		}
	}
}

func FuzzParseGitTarball(f *testing.F) {
	for _, seed := range []string{
		"git+ssh://git@github.com/user/project.git#0123456", "github:a/b", "git@gitlab.com:a/b/c#d", "a/b#c",
		"https://codeload.github.com/a/b/tar.gz/c", "bitbucket:a/b#%2e%2e", "https://github.com/a/b/tree/../x",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, spec string) {
		g, ok := ParseGitTarball(spec)
		if !ok {
			return
		}
		u, err := parseURL(g.URL)
		if err != nil || u.Scheme != "https" || u.User != nil {
			t.Fatalf("%q gives %q: %v", spec, g.URL, err)
		}
		switch u.Host {
		case "codeload.github.com", "gitlab.com", "bitbucket.org":
		default:
			t.Errorf("%q leads to %q", spec, u.Host)
		}
	})
}
