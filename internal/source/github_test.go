package source

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amalfi-audit/audit/internal/detector/reproduce"
	"github.com/amalfi-audit/audit/internal/github"
	"github.com/amalfi-audit/audit/internal/github/githubtest"
)

var project = reproduce.Repository{Host: "github.com", Path: "o/r"}

// newGitHub returns a fake API and what asks it.
func newGitHub(t *testing.T) (*githubtest.Server, *Sources) {
	t.Helper()
	s := githubtest.NewServer(t)
	c, err := github.NewClient(github.Options{APIURL: s.URL, UserAgent: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return s, &Sources{GitHub: NewGitHub(c, "github.com"), Git: noGit()}
}

// noGit returns a Git that reaches nothing.
func noGit() *Git {
	g := NewGit()
	g.repos[project] = &clone{listed: true, err: errors.New("no connection")}
	return g
}

// claim is a@1.2.3 with a gitHead, "" for none, and the git id of its manifest.
func claim(gitHead, manifest, directory string) reproduce.Claim {
	c := reproduce.Claim{Name: "a", Version: "1.2.3", Locations: []reproduce.Location{{Repository: project, Directory: directory, Field: reproduce.FieldRepository}},
		ManifestID: reproduce.BlobID(40, []byte(manifest))}
	if gitHead != "" {
		c.Commits = []reproduce.Candidate{{How: reproduce.FoundByGitHead, Commit: gitHead}}
	}
	return c
}

// outcome describes what was found in one line.
func outcome(f *reproduce.Found) string {
	if f.Commit == nil {
		return string(f.Verdict)
	}
	c := f.Commit
	return strings.Join(strings.Fields(fmt.Sprint(c.ID[:4], " ", c.How, " ", c.Tag, " ", c.Reach, " ", c.ReachedBy, " ", c.Directory)), " ")
}

const manifest = `{"name":"a","version":"1.2.3"}`

func TestGitHub(t *testing.T) {
	files := githubtest.Files{"package.json": manifest, "index.js": "x"}
	for _, test := range []struct {
		name     string
		make     func(*githubtest.Server) reproduce.Claim
		want     string // ID stands for the commit of the claim or of the tag
		requests int
	}{
		{"plain", func(s *githubtest.Server) reproduce.Claim {
			head := s.Commit("o/r", files)
			s.Branch("o/r", "main", s.Commit("o/r", githubtest.Files{"later": "x"}, head))
			return claim(head, manifest, "")
		}, "ID gitHead reachable HEAD", 2},
		{"the tip of the default branch", func(s *githubtest.Server) reproduce.Claim {
			head := s.Commit("o/r", files)
			s.Branch("o/r", "main", head)
			return claim(head, manifest, "")
		}, "ID gitHead reachable HEAD", 2},
		{"another manifest", func(s *githubtest.Server) reproduce.Claim {
			head := s.Commit("o/r", files)
			s.Branch("o/r", "main", head)
			return claim(head, `{"name":"a","version":"9"}`, "")
		}, "ID gitHead reachable HEAD", 3},
		{"monorepo", func(s *githubtest.Server) reproduce.Claim {
			head := s.Commit("o/r", githubtest.Files{"package.json": `{"name":"root"}`, "packages/a/package.json": manifest})
			s.Branch("o/r", "main", head)
			return claim(head, manifest, "packages/a")
		}, "ID gitHead reachable HEAD packages/a", 2},
		{"tag only", func(s *githubtest.Server) reproduce.Claim {
			head := s.Commit("o/r", files)
			s.Branch("o/r", "main", head)
			s.Tag("o/r", "v1.2.3", head, false)
			return claim("", manifest, "")
		}, "ID tag v1.2.3 reachable v1.2.3", 2},
		{"an annotated tag", func(s *githubtest.Server) reproduce.Claim {
			head := s.Commit("o/r", files)
			s.Tag("o/r", "v1.2.3", head, true)
			return claim("", manifest, "")
		}, "ID tag v1.2.3 reachable v1.2.3", 2},
		{"a tag of another form", func(s *githubtest.Server) reproduce.Claim {
			head := s.Commit("o/r", files)
			s.Tag("o/r", "v1.2.30", s.Commit("o/r", githubtest.Files{"later": "x"}, head), false)
			s.Tag("o/r", "a@1.2.3", head, true)
			return claim("", manifest, "")
		}, "ID tag a@1.2.3 reachable a@1.2.3", 4},
		{"a wrong gitHead", func(s *githubtest.Server) reproduce.Claim {
			head := s.Commit("o/r", files)
			s.Tag("o/r", "v1.2.3", head, false)
			return claim(strings.Repeat("0", 40), manifest, "")
		}, "ID tag v1.2.3 reachable v1.2.3", 3},
		{"a release branch", func(s *githubtest.Server) reproduce.Claim {
			root := s.Commit("o/r", githubtest.Files{"root": "x"})
			head := s.Commit("o/r", files, root)
			s.Branch("o/r", "main", s.Commit("o/r", githubtest.Files{"later": "x"}, root))
			s.Branch("o/r", "1.x", s.Commit("o/r", githubtest.Files{"patch": "x"}, head))
			return claim(head, manifest, "")
		}, "ID gitHead reachable 1.x", 7},
		{"a commit that its tag alone leads to", func(s *githubtest.Server) reproduce.Claim {
			root := s.Commit("o/r", githubtest.Files{"root": "x"})
			head := s.Commit("o/r", files, root)
			s.Branch("o/r", "main", s.Commit("o/r", githubtest.Files{"later": "x"}, root))
			s.Tag("o/r", "v1.2.3", s.Commit("o/r", files, head), true)
			return claim(head, manifest, "")
		}, "ID gitHead reachable v1.2.3", 4},
		{"a fork's commit", func(s *githubtest.Server) reproduce.Claim {
			root := s.Commit("o/r", githubtest.Files{"root": "x"})
			main := s.Commit("o/r", files, root)
			s.Branch("o/r", "main", main)
			s.Tag("o/r", "v1.2.3", main, false)
			head := s.Commit("fork/r", files, root)
			s.PullRequest("o/r", head)
			return claim(head, manifest, "")
		}, "ID gitHead unreachable", 6},
		{"a fork's commit behind many branches", func(s *githubtest.Server) reproduce.Claim {
			root := s.Commit("o/r", githubtest.Files{"root": "x"})
			for i := range 9 {
				s.Branch("o/r", fmt.Sprint("b", i), s.Commit("o/r", githubtest.Files{"b": fmt.Sprint(i)}, root))
			}
			head := s.Commit("fork/r", files, root)
			s.PullRequest("o/r", head)
			return claim(head, manifest, "")
		}, "ID gitHead unproven", 5},
		{"another history", func(s *githubtest.Server) reproduce.Claim {
			s.Branch("o/r", "main", s.Commit("o/r", githubtest.Files{"root": "x"}))
			head := s.Commit("fork/r", files)
			s.PullRequest("o/r", head)
			return claim(head, manifest, "")
		}, "ID gitHead unreachable", 6},
		{"somebody else's repository", func(s *githubtest.Server) reproduce.Claim {
			head := s.Commit("o/r", githubtest.Files{"package.json": `{"name":"famous"}`})
			s.Branch("o/r", "main", head)
			return claim(head, manifest, "")
		}, "no-source", 3},
		{"a private repository", func(s *githubtest.Server) reproduce.Claim {
			return claim(strings.Repeat("0", 40), manifest, "")
		}, "source-unreachable", 3},
		{"a renamed repository", func(s *githubtest.Server) reproduce.Claim {
			head := s.Commit("o/r", files)
			s.Branch("o/r", "main", head)
			s.Rename("o/r", "new/name")
			return claim(head, manifest, "")
		}, "ID gitHead reachable HEAD", 4},
		{"no tag at all", func(s *githubtest.Server) reproduce.Claim {
			s.Branch("o/r", "main", s.Commit("o/r", files))
			return claim("", manifest, "")
		}, "no-source", 2},
		{"a secondary rate limit", func(s *githubtest.Server) reproduce.Claim {
			head := s.Commit("o/r", files)
			s.Branch("o/r", "main", head)
			s.Fail(githubtest.Fault{Path: "/git/trees/", Times: 1, Status: http.StatusForbidden, Header: http.Header{"Retry-After": {"0"}},
				Message: "You have exceeded a secondary rate limit."})
			return claim(head, manifest, "")
		}, "ID gitHead reachable HEAD", 3},
		{"a long secondary rate limit", func(s *githubtest.Server) reproduce.Claim {
			head := s.Commit("o/r", files)
			s.Branch("o/r", "main", head)
			s.Fail(githubtest.Fault{Path: "/compare/", Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"3600"}}})
			return claim(head, manifest, "")
		}, "source-unreachable", 2},
		{"a used-up rate limit", func(s *githubtest.Server) reproduce.Claim {
			s.Fail(githubtest.Fault{Status: http.StatusForbidden, Header: http.Header{"X-Ratelimit-Limit": {"60"}, "X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {"4000000000"}},
				Message: "API rate limit exceeded"})
			return claim(strings.Repeat("0", 40), manifest, "")
		}, "source-unreachable", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, sources := newGitHub(t)
			c := test.make(s)
			found := reproduce.Find(t.Context(), sources, c)
			got := outcome(found)
			if found.Commit != nil {
				if len(c.Commits) > 0 && found.Commit.How == reproduce.FoundByGitHead && found.Commit.ID != c.Commits[0].Commit {
					t.Errorf("the commit is %s", found.Commit.ID)
				}
				got = strings.Replace(got, found.Commit.ID[:4], "ID", 1)
			}
			if got != test.want {
				t.Errorf("%q, want %q; %q", got, test.want, found.Reasons)
			}
			if n := len(s.Requests()); n != test.requests {
				t.Errorf("%d requests, want %d: %+v", n, test.requests, s.Requests())
			}
		})
	}
}

// TestUnproven asks git where GitHub's API would need too many requests.
func TestUnproven(t *testing.T) {
	s, sources := newGitHub(t)
	root := s.Commit("o/r", githubtest.Files{"root": "x"})
	for i := range 10 {
		s.Tag("o/r", fmt.Sprint("other-", i), s.Commit("o/r", githubtest.Files{"b": fmt.Sprint(i)}, root), i%2 == 0)
	}
	s.Branch("o/r", "main", root)
	head := s.Commit("fork/r", githubtest.Files{"package.json": manifest}, root)
	s.PullRequest("o/r", head)
	if reach, ref, err := sources.Reach(t.Context(), project, head, []string{"v1.2.3"}); reach != reproduce.Unproven || ref != "" || err != nil {
		t.Errorf("without git: %s, %q, %v", reach, ref, err)
	}
	sources.Git.repos[project] = &clone{listed: true, refs: []ref{{"refs/heads/x", head}}}
	if reach, ref, err := sources.Reach(t.Context(), project, head, []string{"v1.2.3"}); reach != reproduce.Reachable || ref != "x" || err != nil {
		t.Errorf("with git: %s, %q, %v", reach, ref, err)
	}
}

// TestAnnotatedTags compares with what an annotated tag leads to.
func TestAnnotatedTags(t *testing.T) {
	s, sources := newGitHub(t)
	root := s.Commit("o/r", githubtest.Files{"root": "x"})
	s.Branch("o/r", "main", root)
	head := s.Commit("o/r", githubtest.Files{"package.json": manifest}, root)
	s.Tag("o/r", "odd", s.Commit("o/r", githubtest.Files{"later": "x"}, head), true)
	if reach, ref, err := sources.Reach(t.Context(), project, head, []string{"v1.2.3"}); reach != reproduce.Reachable || ref != "odd" || err != nil {
		t.Errorf("%s, %q, %v", reach, ref, err)
	}
}

// TestMovedTag matches what a tag that was moved leads to.
func TestMovedTag(t *testing.T) {
	s, sources := newGitHub(t)
	first := s.Commit("o/r", githubtest.Files{"package.json": manifest, "index.js": "x"})
	s.Branch("o/r", "main", first)
	s.Tag("o/r", "v1.2.3", first, false)
	if f := reproduce.Find(t.Context(), sources, claim("", manifest, "")); f.Commit == nil || f.Commit.ID != first {
		t.Fatalf("%+v", f)
	}
	second := s.Commit("o/r", githubtest.Files{"package.json": manifest, "index.js": "y"}, first)
	s.Tag("o/r", "v1.2.3", second, true)
	f := reproduce.Find(t.Context(), sources, claim("", manifest, ""))
	if f.Commit == nil || f.Commit.ID != second {
		t.Fatalf("%+v", f)
	}
	if r := reproduce.Match(version(manifest, "x"), f.Commit); r.Verdict != reproduce.NotReproduced {
		t.Errorf("what the tag led to: %s", r.Verdict)
	}
	if r := reproduce.Match(version(manifest, "y"), f.Commit); r.Verdict != reproduce.Reproduced {
		t.Errorf("what it leads to: %s", r.Verdict)
	}
}

// TestTakeover compares two versions of which the second was published with a
// line that its tag does not have.
func TestTakeover(t *testing.T) {
	s, sources := newGitHub(t)
	before := `{"name":"a","version":"1.2.2"}`
	first := s.Commit("o/r", githubtest.Files{"package.json": before, "index.js": "x()\n"})
	second := s.Commit("o/r", githubtest.Files{"package.json": manifest, "index.js": "x()\n", "README.md": "new"}, first)
	s.Branch("o/r", "main", second)
	s.Tag("o/r", "v1.2.2", first, false)
	s.Tag("o/r", "v1.2.3", second, false)
	old := claim("", before, "")
	old.Version = "1.2.2"
	match := func(c reproduce.Claim, v reproduce.Version) *reproduce.Result {
		f := reproduce.Find(t.Context(), sources, c)
		if f.Commit == nil {
			t.Fatalf("%q", f.Reasons)
		}
		return reproduce.Match(v, f.Commit)
	}
	was, is := match(old, version(before, "x()\n")), match(claim("", manifest, ""), version(manifest, "x()\nrequire('./y')\n"))
	if was.Verdict != reproduce.Reproduced || is.Verdict != reproduce.NotReproduced {
		t.Errorf("%s, then %s", was.Verdict, is.Verdict)
	}
	want := []reproduce.Change{{Path: "index.js", Kind: reproduce.Foreign, File: reproduce.Code, Source: "index.js"},
		{Path: "package.json", Kind: reproduce.Explained, File: reproduce.Code, Source: "package.json"}}
	if diff := cmp.Diff(want, reproduce.Diff(was, is)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestGitHubEntries(t *testing.T) {
	s, sources := newGitHub(t)
	head := s.Commit("o/r", githubtest.Files{"a": "x", "link@": "a", "sub/module/": strings.Repeat("d", 40), "deep/er/b": "yy"})
	entries, err := sources.Entries(t.Context(), project, head, "")
	if err != nil {
		t.Fatal(err)
	}
	want := []reproduce.Entry{
		{Path: "a", ID: reproduce.BlobID(40, []byte("x")), Size: 1},
		{Path: "deep/er/b", ID: reproduce.BlobID(40, []byte("yy")), Size: 2},
		{Path: "link", ID: reproduce.BlobID(40, []byte("a")), Mode: reproduce.ModeLink, Size: 1},
		{Path: "sub/module", ID: strings.Repeat("d", 40), Mode: reproduce.ModeSubmodule},
	}
	if diff := cmp.Diff(want, entries); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestTruncatedTree lists a repository of more than 100,000 files, which is
// GitHub's limit of one answer.
func TestTruncatedTree(t *testing.T) {
	s, sources := newGitHub(t)
	s.Limit = 100_000
	files := githubtest.Files{"package.json": `{"name":"root"}`, "LICENSE": "x", "packages/a/package.json": manifest, "packages/a/lib/index.js": "x", "packages/b/index.js": "y"}
	for i := range 100_000 {
		files[fmt.Sprintf("fixtures/%03d/%d", i%500, i)] = ""
	}
	head := s.Commit("o/r", files)
	s.Branch("o/r", "main", head)
	f := reproduce.Find(t.Context(), sources, claim(head, manifest, "packages/a"))
	if f.Commit == nil {
		t.Fatalf("%q", f.Reasons)
	}
	var names []string
	for _, e := range f.Commit.Entries {
		names = append(names, e.Path)
	}
	slices.Sort(names)
	if diff := cmp.Diff([]string{"LICENSE", "package.json", "packages/a/lib/index.js", "packages/a/package.json"}, names); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// whole, root, packages, packages/a; the comparison
	if n := len(s.Requests()); n != 5 {
		t.Errorf("%d requests", n)
	}
}

// TestTruncatedTreeWithoutFolder lists everything of a large repository, in a
// bounded number of requests.
func TestTruncatedTreeWithoutFolder(t *testing.T) {
	s, sources := newGitHub(t)
	files := githubtest.Files{"package.json": manifest}
	for i := range 2000 {
		files[fmt.Sprintf("fixtures%d/%02d/%d", i%3, i%50, i)] = ""
	}
	head := s.Commit("o/r", files)
	s.Limit = 1000
	entries, err := sources.Entries(t.Context(), project, head, "")
	if err != nil || len(entries) != len(files) {
		t.Errorf("%d entries, %v", len(entries), err)
	}
	if n := len(s.Requests()); n != 5 {
		t.Errorf("%d requests", n)
	}
	s.Limit = 10
	if _, err := sources.Entries(t.Context(), project, head, ""); err == nil || errors.Is(err, reproduce.ErrNotFound) {
		t.Errorf("a listing without end: %v", err)
	}
	if n := len(s.Requests()); n != 45 {
		t.Errorf("%d requests", n)
	}
}

// TestGitHubNames sends no path of another form to the API.
func TestGitHubNames(t *testing.T) {
	s, sources := newGitHub(t)
	for _, p := range []string{"o/r/x", "o", "~o/r", "o/..", ""} {
		r := reproduce.Repository{Host: "github.com", Path: p}
		_, err := sources.Entries(t.Context(), r, strings.Repeat("0", 40), "")
		_, _, tagErr := sources.Tag(t.Context(), r, []string{"v1"})
		_, _, reachErr := sources.Reach(t.Context(), r, strings.Repeat("0", 40), nil)
		_, blobErr := sources.Blob(t.Context(), r, strings.Repeat("0", 40), 1)
		for _, err := range []error{err, tagErr, reachErr, blobErr} {
			if !errors.Is(err, reproduce.ErrNoRepository) {
				t.Errorf("%q: %v", p, err)
			}
		}
	}
	if n := len(s.Requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestGitHubBlobLimit(t *testing.T) {
	s, sources := newGitHub(t)
	s.Commit("o/r", githubtest.Files{"a": "12345"})
	id := reproduce.BlobID(40, []byte("12345"))
	if data, err := sources.Blob(t.Context(), project, id, 5); string(data) != "12345" || err != nil {
		t.Errorf("%q, %v", data, err)
	}
	if _, err := sources.Blob(t.Context(), project, id, 4); err == nil {
		t.Error("more than the limit is read")
	}
}
