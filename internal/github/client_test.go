package github

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amalfi-audit/audit/internal/github/githubtest"
)

// contentID is what git hash-object gives for "content".
const contentID = "6b584e8ece562ebffc15d38808cd6b98fc3d97ea"

var project = Repository{"owner", "project"}

// testClient returns a client that does not wait between attempts.
func testClient(t *testing.T, s *githubtest.Server, token string) *Client {
	t.Helper()
	c, err := newClient(Options{APIURL: s.URL, Token: token, UserAgent: "test"}, time.Nanosecond)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func everything(string, bool) bool { return true }

// read returns the content of all files of a tree.
func read(t *testing.T, tree *Tree) map[string]string {
	t.Helper()
	out := make(map[string]string)
	err := fs.WalkDir(tree.FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(tree.FS, name)
		out[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestParseRepository(t *testing.T) {
	for text, want := range map[string]Repository{
		"octocat/Hello-World": {"octocat", "Hello-World"},
		"a_b/c.d":             {"a_b", "c.d"},
		"":                    {},
		"octocat":             {},
		"octocat/..":          {},
		"octocat/a/b":         {},
		"octocat/a?b":         {},
		"octocat/a\n":         {},
	} {
		got, err := ParseRepository(text)
		if got != want || (err == nil) != (want != Repository{}) {
			t.Errorf("ParseRepository(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
}

func TestNewClientAddress(t *testing.T) {
	for address, ok := range map[string]bool{
		"":                                        true,
		"https://api.example.invalid":             true,
		"https://ghes.example.invalid/api/v3":     true,
		"http://127.0.0.1:8080/api/v3":            true,
		"http://localhost:8080":                   true,
		"http://api.example.invalid":              false, // the token would be readable on the way
		"ftp://api.example.invalid":               false,
		"https://":                                false,
		"api.example.invalid":                     false,
		"https://user:secret@api.example.invalid": false,
	} {
		if _, err := NewClient(Options{APIURL: address}); (err == nil) != ok {
			t.Errorf("APIURL %q: %v", address, err)
		}
	}
}

func TestMergeBase(t *testing.T) {
	s := githubtest.NewServer(t)
	root := s.Commit("owner/project", githubtest.Files{"a": "1"})
	base := s.Commit("owner/project", githubtest.Files{"a": "2"}, root)
	head := s.Commit("fork/project", githubtest.Files{"a": "3"}, root)
	c := testClient(t, s, "")
	if _, err := c.MergeBase(t.Context(), project, base, head); !errors.Is(err, ErrNotFound) {
		t.Errorf("before the pull request: %v, want ErrNotFound", err)
	}
	s.PullRequest("owner/project", head)
	got, err := c.MergeBase(t.Context(), project, base, head)
	if err != nil || got != root {
		t.Errorf("MergeBase = %s, %v; want %s", got, err, root)
	}
	if _, err := c.MergeBase(t.Context(), project, "main", head); err == nil {
		t.Error("a branch passes for a commit")
	}
}

func TestTree(t *testing.T) {
	s := githubtest.NewServer(t)
	s.Token = "secret"
	files := githubtest.Files{
		"package-lock.json":            "{}",
		"packages/a/package.json":      "{\"name\":\"a\"}",
		"packages/a/deep/er/yarn.lock": "# yarn\n",
		"empty":                        "",
		"unwanted.txt":                 "no",
		"packages/b/package.json@":     "../a/package.json",
		"packages/b/node_modules/":     strings.Repeat("d", 40), // a submodule
	}
	head := s.Commit("owner/project", files)
	c := testClient(t, s, "secret")
	tree, err := c.Tree(t.Context(), project, head, func(name string, dir bool) bool { return name != "unwanted.txt" })
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"package-lock.json":            "{}",
		"packages/a/package.json":      "{\"name\":\"a\"}",
		"packages/a/deep/er/yarn.lock": "# yarn\n",
		"packages/b/package.json":      "{\"name\":\"a\"}",
		"empty":                        "",
	}
	if diff := cmp.Diff(want, read(t, tree)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if f := tree.Failures(); len(f) != 0 {
		t.Errorf("failures: %v", f)
	}
	for _, r := range s.Requests() {
		if r.Authorization != "Bearer secret" {
			t.Errorf("%s is sent with the authorization %q", r.Path, r.Authorization)
		}
	}
}

// TestTreeTruncated has a repository that the API lists only in parts.
func TestTreeTruncated(t *testing.T) {
	s := githubtest.NewServer(t)
	s.Limit = 20
	files := githubtest.Files{"package-lock.json": "{}"}
	want := map[string]string{"package-lock.json": "{}"}
	for i := range 12 {
		name := "packages/p" + strconv.Itoa(i) + "/package.json"
		files[name], want[name] = "{}", "{}"
		files["node_modules/m"+strconv.Itoa(i)+"/package.json"] = "{}"
	}
	head := s.Commit("owner/project", files)
	tree, err := testClient(t, s, "").Tree(t.Context(), project, head,
		func(name string, dir bool) bool { return !strings.HasPrefix(name, "node_modules") })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, read(t, tree)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	for _, r := range s.Requests() {
		if strings.Contains(r.Path, "node_modules") {
			t.Errorf("an unwanted folder is listed: %s", r.Path)
		}
	}
}

// TestTreeAnswers has listings that GitHub should not give.
func TestTreeAnswers(t *testing.T) {
	for answer, want := range map[string]string{
		`{"sha":"x","truncated":true,"tree":[]}`:                                                         `does not give all of the folder ""`,
		`{"sha":"x","truncated":false,"tree":[{"path":"../up","mode":"100644","type":"blob"}]}`:          `an entry is named "../up"`,
		`{"sha":"x","truncated":false,"tree":[{"path":"a\n::error::b/","mode":"100644","type":"blob"}]}`: `an entry is named "a\n::error::b/"`,
	} {
		s := githubtest.NewServer(t)
		head := s.Commit("owner/project", githubtest.Files{"a": "1"})
		s.Fail(githubtest.Fault{Path: "/git/trees/", Status: 200, Body: []byte(answer)})
		if _, err := testClient(t, s, "").Tree(t.Context(), project, head, everything); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", answer, err, want)
		}
	}
}

// TestBlobTooLarge has a file that the API would not give.
func TestBlobTooLarge(t *testing.T) {
	s := githubtest.NewServer(t)
	_, err := testClient(t, s, "").blob(t.Context(), project, contentID, maxBlob+1)
	if err == nil || !strings.Contains(err.Error(), "at most 104857600 are read") || len(s.Requests()) != 0 {
		t.Errorf("%v after %d requests", err, len(s.Requests()))
	}
}

// TestTreeTooLarge has more folders than are listed one by one.
func TestTreeTooLarge(t *testing.T) {
	s := githubtest.NewServer(t)
	s.Limit = 1
	files := make(githubtest.Files)
	for i := range maxTreeRequests {
		files["d"+strconv.Itoa(i)+"/a"] = strconv.Itoa(i)
	}
	_, err := testClient(t, s, "").Tree(t.Context(), project, s.Commit("owner/project", files), everything)
	if err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("got %v, want an error about the size", err)
	}
}

func TestLargeBlobOnce(t *testing.T) {
	s := githubtest.NewServer(t)
	large := strings.Repeat("0123456789abcde\n", 3<<20/16)
	c := testClient(t, s, "")
	for _, commit := range []string{
		s.Commit("owner/project", githubtest.Files{"package-lock.json": large}),
		s.Commit("owner/project", githubtest.Files{"package-lock.json": large, "README": "x"}),
	} {
		tree, err := c.Tree(t.Context(), project, commit, everything)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := fs.ReadFile(tree.FS, "package-lock.json"); err != nil || string(got) != large {
			t.Errorf("%d bytes, %v; want %d", len(got), err, len(large))
		}
	}
	blobs := 0
	for _, r := range s.Requests() {
		if strings.Contains(r.Path, "/git/blobs/") {
			blobs++
		}
	}
	if blobs != 1 {
		t.Errorf("the same blob is fetched %d times", blobs)
	}
}

func TestRetries(t *testing.T) {
	reset := strconv.FormatInt(time.Now().Unix(), 10)
	for name, fault := range map[string]githubtest.Fault{
		"502":             {Status: http.StatusBadGateway},
		"503 with a wait": {Status: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {"0"}}},
		"429":             {Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"0"}}},
		"secondary limit": {Status: http.StatusForbidden, Header: http.Header{"Retry-After": {"0"}}, Message: "You have exceeded a secondary rate limit."},
		"primary limit":   {Status: http.StatusForbidden, Header: http.Header{"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {reset}}},
		"cut off":         {},
	} {
		t.Run(name, func(t *testing.T) {
			s := githubtest.NewServer(t)
			head := s.Commit("owner/project", githubtest.Files{"a": "content"})
			for _, part := range []string{"/git/trees/", "/git/blobs/"} {
				fault.Path, fault.Times = part, 1
				s.Fail(fault)
			}
			tree, err := testClient(t, s, "").Tree(t.Context(), project, head, everything)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(map[string]string{"a": "content"}, read(t, tree)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFailures(t *testing.T) {
	later := strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 10)
	tests := map[string]struct {
		fault    githubtest.Fault
		token    string
		want     string // part of the error
		attempts int
	}{
		"401":             {githubtest.Fault{Status: 401, Message: "Bad credentials"}, "x", "the token is not valid", 1},
		"403":             {githubtest.Fault{Status: 403, Message: "Resource not accessible by integration"}, "x", "contents: read", 1},
		"404":             {githubtest.Fault{Status: 404, Message: "Not Found"}, "x", "contents: read", 1},
		"404, no token":   {githubtest.Fault{Status: 404, Message: "Not Found"}, "", "there is no token", 1},
		"409":             {githubtest.Fault{Status: 409, Message: "Git Repository is empty."}, "x", "Git Repository is empty.", 1},
		"500 for good":    {githubtest.Fault{Status: 500, Message: "oops"}, "x", "500", maxAttempts},
		"long wait":       {githubtest.Fault{Status: 429, Header: http.Header{"Retry-After": {"3600"}}}, "x", "429", 1},
		"limit used up":   {githubtest.Fault{Status: 403, Header: http.Header{"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {later}}}, "x", "used up until", 1},
		"accepted":        {githubtest.Fault{Status: 202, Body: []byte("{}")}, "x", "scheduled on GitHub side", 1},
		"empty":           {githubtest.Fault{Status: 200, Body: []byte("")}, "x", "without a tree", 1},
		"no JSON":         {githubtest.Fault{Status: 200, Body: []byte("<html>")}, "x", "invalid character", 1},
		"hostile message": {githubtest.Fault{Status: 422, Message: "a\n::error::b"}, "x", `"a\n::error::b"`, 1},
		"cut off":         {githubtest.Fault{}, "x", "unexpected EOF", maxAttempts},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := githubtest.NewServer(t)
			head := s.Commit("owner/project", githubtest.Files{"a": "content"})
			s.Fail(test.fault)
			_, err := testClient(t, s, test.token).Tree(t.Context(), project, head, everything)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want %q in it", err, test.want)
			}
			if strings.ContainsAny(err.Error(), "\r\n") {
				t.Errorf("the error spans lines: %v", err)
			}
			if got := errors.Is(err, ErrNotFound); got != (test.fault.Status == 404) {
				t.Errorf("errors.Is(%v, ErrNotFound) = %t", err, got)
			}
			if got := len(s.Requests()); got != test.attempts {
				t.Errorf("%d attempts, want %d", got, test.attempts)
			}
		})
	}
}

// TestFileFailures has files that cannot be read: what the reader may ignore,
// Failures tells.
func TestFileFailures(t *testing.T) {
	s := githubtest.NewServer(t)
	head := s.Commit("owner/project", githubtest.Files{"bad": "content", "good": "other", "link@": "/etc/passwd", "dangling@": "gone"})
	tree, err := testClient(t, s, "").Tree(t.Context(), project, head, everything)
	if err != nil {
		t.Fatal(err)
	}
	s.Fail(githubtest.Fault{Path: "/git/blobs/", Times: 1, Status: 200, Body: []byte("not the content")})
	var got []string
	for _, name := range []string{"bad", "dangling", "link", "good", "absent"} {
		_, _ = fs.ReadFile(tree.FS, name)
	}
	for _, f := range tree.Failures() {
		got = append(got, f.Path+": "+f.Err.Error())
	}
	want := []string{
		"bad: reading blob " + contentID[:12] + " of owner/project: GitHub's API answers with other content",
		`dangling: reading the symbolic link "dangling" of owner/project: it leads to no file of the repository`,
		`link: reading the symbolic link "link" of owner/project: it leads to no file of the repository`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("failures (-want +got):\n%s", diff)
	}
}

func TestHasID(t *testing.T) {
	const sha256ID = "992696de5972f6d97df477db0b28da5c63519ab737c22fb21ff97750997f5888" // of a repository with SHA-256
	for id, want := range map[string]bool{
		contentID:                  true,
		strings.ToUpper(contentID): false,
		sha256ID:                   true,
		contentID[1:] + "0":        false,
		"":                         false,
	} {
		if got := hasID([]byte("content"), id); got != want {
			t.Errorf("hasID(%q) = %t", id, got)
		}
	}
}

// TestTokenStays has the API redirect: within its own host that is followed,
// as for a renamed repository; to another one the token must not go.
func TestTokenStays(t *testing.T) {
	asked := 0
	foreign := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer foreign.Close()

	s := githubtest.NewServer(t)
	head := s.Commit("owner/project", githubtest.Files{"a": "content"})
	c := testClient(t, s, "secret")
	s.Fail(githubtest.Fault{Times: 1, Status: 301, Body: []byte("{}"),
		Header: http.Header{"Location": {s.URL + "/repos/owner/project/git/trees/" + head + "?recursive=1"}}})
	if _, err := c.Tree(t.Context(), Repository{"owner", "renamed"}, head, everything); err != nil {
		t.Errorf("a redirect within the API: %v", err)
	}
	s.Fail(githubtest.Fault{Times: 1, Status: 301, Body: []byte("{}"), Header: http.Header{"Location": {foreign.URL + "/x"}}})
	if _, err := c.Tree(t.Context(), project, head, everything); !errors.Is(err, errForeign) {
		t.Errorf("a redirect to another host: %v, want %v", err, errForeign)
	}
	if asked != 0 {
		t.Errorf("the other host was asked %d times", asked)
	}
}

func TestCancelled(t *testing.T) {
	s := githubtest.NewServer(t)
	head := s.Commit("owner/project", githubtest.Files{"a": "content"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := testClient(t, s, "").Tree(ctx, project, head, everything); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

func TestLimitWait(t *testing.T) {
	now := time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)
	header := func(pairs ...string) http.Header {
		h := make(http.Header)
		for i := 0; i < len(pairs); i += 2 {
			h.Set(pairs[i], pairs[i+1])
		}
		return h
	}
	for _, test := range []struct {
		status int
		header http.Header
		want   time.Duration
		ok     bool
	}{
		{429, header("Retry-After", "7"), 7 * time.Second, true},
		{403, header("Retry-After", "Wed, 01 May 2024 12:00:30 GMT"), 30 * time.Second, true},
		{503, header("Retry-After", "Wed, 01 May 2024 11:00:00 GMT"), 0, true},
		{403, header("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1714564860"), time.Minute, true},
		{403, header("X-RateLimit-Remaining", "12", "X-RateLimit-Reset", "1714564860"), 0, false},
		{429, header("Retry-After", "soon"), 0, false},
		{500, header("Retry-After", "7"), 0, false},
		{200, header("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1714564860"), 0, false},
	} {
		got, ok := limitWait(&http.Response{StatusCode: test.status, Header: test.header}, now)
		if got != test.want || ok != test.ok {
			t.Errorf("%d %v: %v, %t; want %v, %t", test.status, test.header, got, ok, test.want, test.ok)
		}
	}
}

// TestUndone has requests that must not be done twice.
func TestUndone(t *testing.T) {
	dial := &url.Error{Op: "Post", URL: "x", Err: &net.OpError{Op: "dial", Err: errors.New("refused")}}
	read := &url.Error{Op: "Post", URL: "x", Err: &net.OpError{Op: "read", Err: errors.New("reset")}}
	for _, test := range []struct {
		err    error
		status int
		want   bool
	}{
		{dial, 0, true}, {read, 0, false}, {io.ErrUnexpectedEOF, 0, false},
		{nil, 403, true}, {nil, 429, true}, {nil, 500, false}, {nil, 502, false}, {nil, 503, false}, {nil, 504, false}, {nil, 201, false},
	} {
		var resp *http.Response
		if test.err == nil {
			resp = &http.Response{StatusCode: test.status}
		}
		if got := undone(resp, test.err); got != test.want {
			t.Errorf("%d %v: %t, want %t", test.status, test.err, got, test.want)
		}
	}
	c, err := newClient(Options{APIURL: "http://127.0.0.1:1", Token: "x"}, time.Nanosecond)
	if err != nil {
		t.Fatal(err)
	}
	// Nothing listens there; every attempt is made.
	w, err := c.CreateCheckRun(t.Context(), project, CheckRun{Name: "x", Commit: idA, Conclusion: ConclusionSuccess})
	if w != nil || err == nil || errors.Is(err, ErrForbidden) {
		t.Errorf("without a server: %+v, %v", w, err)
	}
}

// TestRedirectedWrite has a repository that was renamed.
func TestRedirectedWrite(t *testing.T) {
	asked := 0
	foreign := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer foreign.Close()
	s := githubtest.NewServer(t)
	head := s.Commit("owner/project", githubtest.Files{"a": "1"})
	run := CheckRun{Name: "x", Commit: head, Conclusion: ConclusionSuccess, Title: "x", Summary: "x"}
	c := testClient(t, s, "secret")
	s.Fail(githubtest.Fault{Times: 1, Status: 307, Body: []byte("{}"), Header: http.Header{"Location": {s.URL + "/repos/owner/project/check-runs"}}})
	if _, err := c.CreateCheckRun(t.Context(), Repository{"owner", "renamed"}, run); err != nil || len(s.CheckRuns()) != 1 {
		t.Errorf("%d check runs, %v", len(s.CheckRuns()), err)
	}
	s.Fail(githubtest.Fault{Times: 1, Status: 307, Body: []byte("{}"), Header: http.Header{"Location": {foreign.URL}}})
	if _, err := c.CreateCheckRun(t.Context(), project, run); !errors.Is(err, errForeign) || asked != 0 {
		t.Errorf("a redirect to another host: %v, asked %d times", err, asked)
	}
}

func TestChanged(t *testing.T) {
	s := githubtest.NewServer(t)
	c := testClient(t, s, "")
	tree := func(files githubtest.Files) *Tree {
		tree, err := c.Tree(t.Context(), project, s.Commit("owner/project", files), everything)
		if err != nil {
			t.Fatal(err)
		}
		return tree
	}
	before := tree(githubtest.Files{"same": "1", "other": "1", "gone": "1", "file": "x", "unwanted": "1", "module/": idA})
	after := tree(githubtest.Files{"same": "1", "other": "2", "new": "1", "file@": "x", "unwanted": "2", "module/": idB})
	got := before.Changed(after, func(name string) bool { return name != "unwanted" })
	if diff := cmp.Diff([]string{"file", "gone", "new", "other"}, got); diff != "" {
		t.Errorf("changed files (-want +got):\n%s", diff)
	}
	if blobs := len(s.Requests()); blobs != 2 {
		t.Errorf("%d requests, want the two listings", blobs)
	}
}
