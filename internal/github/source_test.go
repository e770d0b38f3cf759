package github

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/amalfi-audit/audit/internal/github/githubtest"
)

func TestFindTagErrors(t *testing.T) {
	s := githubtest.NewServer(t)
	head := s.Commit("owner/project", githubtest.Files{"a": "1"})
	s.Tag("owner/project", "v2", head, true)
	c := testClient(t, s, "")
	if _, _, err := c.FindTag(t.Context(), project, nil); !errors.Is(err, ErrNotFound) {
		t.Errorf("no names: %v", err)
	}
	if _, _, err := c.FindTag(t.Context(), project, []string{"v1", "1"}); !errors.Is(err, ErrNotFound) || errors.Is(err, ErrNoRepository) {
		t.Errorf("no such tag: %v", err)
	}
	if _, _, err := c.FindTag(t.Context(), Repository{"owner", "none"}, []string{"v1"}); !errors.Is(err, ErrNoRepository) {
		t.Errorf("no such repository: %v", err)
	}
	if tag, commit, err := c.FindTag(t.Context(), project, []string{"v1", "v2"}); tag != "v2" || commit != head || err != nil {
		t.Errorf("%q, %q, %v", tag, commit, err)
	}
	// An empty repository
	s.Fail(githubtest.Fault{Path: "/commits/", Times: 1, Status: http.StatusConflict, Message: "Git Repository is empty."})
	s.Fail(githubtest.Fault{Path: "/matching-refs/", Times: 1, Status: http.StatusConflict, Message: "Git Repository is empty."})
	if _, _, err := c.FindTag(t.Context(), project, []string{"v1"}); err == nil {
		t.Error("an empty repository has a tag")
	}
	for _, body := range []string{"", "main", strings.Repeat("g", 40), strings.Repeat("0", 39)} {
		s.Fail(githubtest.Fault{Path: "/commits/", Times: 1, Status: http.StatusOK, Body: []byte(body)})
		if _, commit, err := c.FindTag(t.Context(), project, []string{"v2"}); err == nil {
			t.Errorf("the commit is %q", commit)
		}
	}
}

func TestObjectsErrors(t *testing.T) {
	s := githubtest.NewServer(t)
	head := s.Commit("owner/project", githubtest.Files{"a": "1"})
	c := testClient(t, s, "")
	for _, commit := range []string{"", "main", "--x", strings.ToUpper(head)} {
		if _, err := c.Objects(t.Context(), project, commit, ""); err == nil {
			t.Errorf("%q passes for a commit", commit)
		}
		if _, _, err := c.Contains(t.Context(), project, commit, nil); err == nil {
			t.Errorf("%q passes for a commit", commit)
		}
		if _, err := c.BlobContent(t.Context(), project, commit); err == nil {
			t.Errorf("%q passes for a blob", commit)
		}
	}
	if n := len(s.Requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
	for _, name := range []string{"../a", "/a", "a//b", "a/.", ""} {
		s.Fail(githubtest.Fault{Path: "/git/trees/", Times: 1, Status: http.StatusOK,
			Body: []byte(`{"sha":"` + head + `","truncated":false,"tree":[{"path":"` + name + `","mode":"100644","type":"blob","sha":"` + head + `","size":1}]}`)})
		if objects, err := c.Objects(t.Context(), project, head, ""); err == nil {
			t.Errorf("%q: %v", name, objects)
		}
	}
	if _, err := c.Objects(t.Context(), project, strings.Repeat("0", 40), ""); !errors.Is(err, ErrNotFound) {
		t.Errorf("no such commit: %v", err)
	}
	for name, want := range map[string]bool{"packages": true, "packages/a": true, "packages/a/lib": true, "packages/ab": false, "p": false} {
		if got := leadsTo(name, "packages/a"); got != want {
			t.Errorf("%s leads to packages/a: %v", name, got)
		}
	}
	if !leadsTo("anything", "") {
		t.Error("nothing leads to the root")
	}
}
