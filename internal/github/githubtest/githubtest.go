// Package githubtest is a fake of GitHub's REST API for tests. It holds
// commits made in memory, with real git object ids, serves them in GitHub's
// response shapes, keeps what is written, and can be told to misbehave. Every
// request it gets and every response it gives is checked against GitHub's own
// description of the API (openapi.json; README.md tells how it was made).
package githubtest

import (
	"bytes"
	"crypto/sha1"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

//go:embed openapi.json
var openAPI []byte

// Files are the files of a commit by path. A path that ends in "@" is a
// symbolic link to its content, one that ends in "/" a submodule at the commit
// that its content names.
type Files map[string]string

// Fault is what happens to a request instead of its answer.
type Fault struct {
	// Path is a part of the paths of the requests concerned, Method their
	// method; "" is any.
	Path, Method string
	// Times is how many requests fail; 0 is all.
	Times int
	// Status and Header are the answer's. Without a Status the normal answer
	// breaks off in the middle.
	Status int
	Header http.Header
	// Done tells that a request with a Status has its effect nevertheless.
	Done bool
	// Message is the answer's message.
	Message string
	// Body replaces the answer's body, which then has the shape of no answer
	// of GitHub's.
	Body []byte
}

// Request is a request that was received.
type Request struct{ Method, Path, Query, Authorization string }

// Server is a fake API. Its methods are safe for concurrent use.
type Server struct {
	// URL is the address of the API, what GITHUB_API_URL gives.
	URL string
	// Token is required where it is set before the first request.
	Token string
	// Limit is the number of entries above which the listing of a tree with
	// its subtrees is truncated; 0 is none.
	Limit int
	// App is the name in URLs of the app whose token is used, User the login of
	// the user whose it is; App counts where User is "".
	App, User string

	t   testing.TB
	doc *openapi3.T

	mu       sync.Mutex
	objects  map[string]object
	visible  map[string]bool // repository + " " + commit
	refs     map[string][]reference
	renamed  map[string]string
	origin   string // of URL
	faults   []Fault
	requests []Request
	comments map[int][]Comment // by issue
	checks   []CheckRun
	uploads  []Upload
}

type object struct {
	kind    string // blob, tree or commit
	content []byte
	entries []entry  // of a tree
	tree    string   // of a commit
	parents []string // of a commit
}

type entry struct{ name, mode, kind, id string }

// NewServer starts a server on the loopback interface that ends with the test.
func NewServer(t testing.TB) *Server {
	doc, err := openapi3.NewLoader().LoadFromData(openAPI)
	if err != nil {
		t.Fatalf("openapi.json: %v", err)
	}
	s := &Server{t: t, doc: doc, App: "github-actions", objects: make(map[string]object), visible: make(map[string]bool),
		refs: make(map[string][]reference), renamed: make(map[string]string),
		comments: make(map[int][]Comment)}
	mux := http.NewServeMux()
	const prefix = "/api/v3"
	for operation, handle := range map[string]func(*http.Request) answer{
		"GET /repos/{owner}/{repo}/commits/{ref}":           s.getCommit,
		"GET /repos/{owner}/{repo}/compare/{basehead}":      s.compare,
		"GET /repos/{owner}/{repo}/contents/{path}":         s.contents,
		"GET /repos/{owner}/{repo}/git/blobs/{file_sha}":    s.blob,
		"GET /repos/{owner}/{repo}/git/matching-refs/{ref}": s.matchingRefs,
		"GET /repos/{owner}/{repo}/git/trees/{tree_sha}":    s.tree,
		"GET /user": s.user,
		"GET /repos/{owner}/{repo}/issues/{issue_number}/comments":  s.listComments,
		"POST /repos/{owner}/{repo}/issues/{issue_number}/comments": s.createComment,
		"PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}":  s.updateComment,
		"POST /repos/{owner}/{repo}/check-runs":                     s.createCheckRun,
		"PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}":     s.updateCheckRun,
		"POST /repos/{owner}/{repo}/code-scanning/sarifs":           s.upload,
	} {
		method, name, _ := strings.Cut(operation, " ")
		pattern := strings.NewReplacer("{path}", "{path...}", "{ref}", "{ref...}").Replace(name)
		mux.HandleFunc(method+" "+prefix+pattern, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, name, handle) })
	}
	mux.HandleFunc(prefix+"/repositories/{id}/{rest...}", func(w http.ResponseWriter, r *http.Request) {
		s.numbered(r)
		mux.ServeHTTP(w, r)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("no such operation: %s %s", r.Method, r.URL)
		w.WriteHeader(http.StatusNotFound)
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	s.URL, s.origin = srv.URL+prefix, srv.URL
	return s
}

// Commit makes a commit of a repository (owner/name) and returns its id.
func (s *Server) Commit(repository string, files Files, parents ...string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	root := s.folder(files)
	text := "tree " + root + "\n"
	for _, p := range parents {
		text += "parent " + p + "\n"
	}
	text += fmt.Sprintf("author A <a@example.invalid> %d +0000\ncommitter A <a@example.invalid> 0 +0000\n\nchange\n", len(s.objects))
	id := s.put("commit", []byte(text), object{tree: root, parents: parents})
	s.visible[repository+" "+id] = true
	return id
}

// PullRequest makes a commit of a fork visible in the repository, as GitHub
// does for the head of a pull request.
func (s *Server) PullRequest(repository, head string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.visible[repository+" "+head] = true
}

// Fail adds a fault. Faults apply in the order in which they were added.
func (s *Server) Fail(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.Times == 0 {
		f.Times = -1
	}
	s.faults = append(s.faults, f)
}

// Requests returns what was asked for so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// put stores an object under git's id for it.
func (s *Server) put(kind string, content []byte, o object) string {
	h := sha1.New()
	fmt.Fprintf(h, "%s %d\x00", kind, len(content))
	h.Write(content)
	id := hex.EncodeToString(h.Sum(nil))
	o.kind, o.content = kind, content
	s.objects[id] = o
	return id
}

// folder stores a tree with everything below it.
func (s *Server) folder(files Files) string {
	folders := make(map[string]Files)
	var entries []entry
	for name, content := range files {
		first, rest, deep := strings.Cut(name, "/")
		switch {
		case deep && rest != "":
			if folders[first] == nil {
				folders[first] = make(Files)
			}
			folders[first][rest] = content
		case deep:
			entries = append(entries, entry{first, "160000", "commit", content})
		case strings.HasSuffix(name, "@"):
			entries = append(entries, entry{strings.TrimSuffix(name, "@"), "120000", "blob", s.put("blob", []byte(content), object{})})
		default:
			entries = append(entries, entry{name, "100644", "blob", s.put("blob", []byte(content), object{})})
		}
	}
	for name, below := range folders {
		entries = append(entries, entry{name, "040000", "tree", s.folder(below)})
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	var text bytes.Buffer
	for _, e := range entries {
		raw, _ := hex.DecodeString(e.id)
		fmt.Fprintf(&text, "%s %s\x00%s", strings.TrimPrefix(e.mode, "0"), e.name, raw)
	}
	return s.put("tree", text.Bytes(), object{entries: entries})
}

// answer is a response. A body that is no []byte is sent as JSON.
type answer struct {
	status int
	kind   string // of the content, where it is no JSON
	link   string // the header Link
	body   any
}

func problem(status int, message string) answer {
	return answer{status: status, body: map[string]any{"message": message,
		"documentation_url": "https://docs.github.invalid/rest", "status": fmt.Sprint(status)}}
}

var notFound = problem(http.StatusNotFound, "Not Found")

// serve checks the request, answers it and checks the answer.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, name string, handle func(*http.Request) answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, Request{r.Method, r.URL.Path, r.URL.RawQuery, r.Header.Get("Authorization")})
	params := make(map[string]string)
	for _, p := range []string{"owner", "repo", "basehead", "path", "ref", "file_sha", "tree_sha", "issue_number", "comment_id", "check_run_id"} {
		if v := r.PathValue(p); v != "" {
			params[p] = v
		}
	}
	item := s.doc.Paths.Value(name)
	in := &openapi3filter.RequestValidationInput{Request: r, PathParams: params,
		Route:   &routers.Route{Spec: s.doc, Path: name, PathItem: item, Method: r.Method, Operation: item.GetOperation(r.Method)},
		Options: &openapi3filter.Options{SkipSettingDefaults: true, MultiError: true}}
	if err := openapi3filter.ValidateRequest(r.Context(), in); err != nil {
		s.t.Errorf("request %s: %v", r.URL, err)
	}
	if r.Header.Get("User-Agent") == "" {
		s.t.Errorf("request %s: without a User-Agent, which GitHub refuses", r.URL)
	}
	fault := s.fault(r)
	if fault != nil && fault.Status != 0 {
		if fault.Done {
			handle(r)
		}
		for key, values := range fault.Header {
			w.Header()[key] = values
		}
		a := problem(fault.Status, fault.Message)
		if fault.Body != nil {
			a.body = fault.Body
		}
		s.send(w, in, a, fault.Body != nil, false)
		return
	}
	a := notFound
	if got := r.Header.Get("Authorization"); s.Token != "" && got != "Bearer "+s.Token {
		if got != "" {
			a = problem(http.StatusUnauthorized, "Bad credentials")
		}
	} else if target := s.moved(r); target != "" {
		w.Header().Set("Location", target)
		a = problem(http.StatusMovedPermanently, "Moved Permanently")
	} else {
		a = handle(r)
	}
	s.send(w, in, a, false, fault != nil)
}

// send sends an answer, checked unless it is a wrong one.
func (s *Server) send(w http.ResponseWriter, in *openapi3filter.RequestValidationInput, a answer, wrong, broken bool) {
	body, raw := a.body.([]byte)
	kind := a.kind
	if !raw {
		var err error
		if body, err = json.Marshal(a.body); err != nil {
			s.t.Errorf("%s: %v", in.Request.URL, err)
		}
		kind = "application/json; charset=utf-8"
	}
	w.Header().Set("Content-Type", kind)
	if a.link != "" {
		w.Header().Set("Link", a.link)
	}
	if !wrong {
		err := openapi3filter.ValidateResponse(in.Request.Context(), &openapi3filter.ResponseValidationInput{
			RequestValidationInput: in, Status: a.status, Header: w.Header(), Body: io.NopCloser(bytes.NewReader(body)),
			Options: &openapi3filter.Options{ExcludeResponseBody: raw, MultiError: true}})
		if err != nil {
			s.t.Errorf("response to %s: %v", in.Request.URL, err)
		}
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(a.status)
	if broken {
		w.Write(body[:len(body)/2])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	w.Write(body)
}

// fault returns the fault that applies to a request, nil for none.
func (s *Server) fault(r *http.Request) *Fault {
	for i := range s.faults {
		f := &s.faults[i]
		if f.Times != 0 && strings.Contains(r.URL.Path, f.Path) && (f.Method == "" || f.Method == r.Method) {
			f.Times--
			return f
		}
	}
	return nil
}

// repository returns the repository of a request and its address.
func (s *Server) repository(r *http.Request) (name, address string) {
	name = r.PathValue("owner") + "/" + r.PathValue("repo")
	return name, s.URL + "/repos/" + name
}

// commit returns a commit that is visible in a repository.
func (s *Server) commit(repository, id string) (object, bool) {
	o, ok := s.objects[id]
	return o, ok && o.kind == "commit" && s.reachable(repository, id)
}

// reachable reports whether a commit or one that follows it is visible.
func (s *Server) reachable(repository, id string) bool {
	for key := range s.visible {
		name, tip, _ := strings.Cut(key, " ")
		if name == repository && slices.Contains(s.history(tip), id) {
			return true
		}
	}
	return false
}

// history returns a commit and all before it, the nearest first.
func (s *Server) history(id string) []string {
	out := []string{id}
	for i := 0; i < len(out); i++ {
		for _, p := range s.objects[out[i]].parents {
			if !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	return out
}

func (s *Server) compare(r *http.Request) answer {
	repository, address := s.repository(r)
	base, head, ok := strings.Cut(r.PathValue("basehead"), "...")
	if !ok {
		return notFound
	}
	if base, ok = s.resolve(repository, base); !ok {
		return notFound
	}
	if _, ok := s.commit(repository, head); !ok {
		return notFound
	}
	before, after := s.history(base), s.history(head)
	i := slices.IndexFunc(after, func(id string) bool { return slices.Contains(before, id) })
	if i < 0 {
		return problem(http.StatusNotFound, "No common ancestor between "+base+" and "+head+".")
	}
	status := "diverged"
	switch merge := after[i]; {
	case base == head:
		status = "identical"
	case merge == base:
		status = "ahead"
	case merge == head:
		status = "behind"
	}
	page := address + "/compare/" + base + "..." + head
	return answer{status: http.StatusOK, body: map[string]any{
		"url": page, "html_url": page, "permalink_url": page, "diff_url": page + ".diff", "patch_url": page + ".patch",
		"base_commit": s.describe(address, base), "merge_base_commit": s.describe(address, after[i]),
		"status": status, "ahead_by": i, "behind_by": slices.Index(before, after[i]), "total_commits": i,
		"commits": []any{}, "files": []any{},
	}}
}

// describe is a commit as the API shows it.
func (s *Server) describe(address, id string) any {
	user := map[string]any{"name": "A", "email": "a@example.invalid", "date": "2024-01-01T00:00:00Z"}
	o := s.objects[id]
	parents := []any{}
	for _, p := range o.parents {
		parents = append(parents, map[string]any{"sha": p, "url": address + "/commits/" + p, "html_url": address + "/commit/" + p})
	}
	return map[string]any{
		"url": address + "/commits/" + id, "sha": id, "node_id": "C_" + id[:8], "html_url": address + "/commit/" + id,
		"comments_url": address + "/commits/" + id + "/comments", "author": nil, "committer": nil, "parents": parents,
		"commit": map[string]any{"url": address + "/git/commits/" + id, "author": user, "committer": user, "message": "change",
			"comment_count": 0, "tree": map[string]any{"sha": o.tree, "url": address + "/git/trees/" + o.tree}},
	}
}

func (s *Server) tree(r *http.Request) answer {
	repository, address := s.repository(r)
	id := r.PathValue("tree_sha")
	o := s.objects[id]
	if o.kind == "commit" {
		if _, ok := s.commit(repository, id); !ok {
			return notFound
		}
		o = s.objects[o.tree]
	}
	if o.kind != "tree" {
		return notFound
	}
	listing := []any{}
	truncated := false
	var walk func(o object, prefix string)
	walk = func(o object, prefix string) {
		for _, e := range o.entries {
			if s.Limit > 0 && len(listing) >= s.Limit && r.URL.Query().Has("recursive") {
				truncated = true
				return
			}
			item := map[string]any{"path": path.Join(prefix, e.name), "mode": e.mode, "type": e.kind, "sha": e.id}
			switch e.kind {
			case "blob":
				item["size"] = len(s.objects[e.id].content)
				item["url"] = address + "/git/blobs/" + e.id
			case "tree":
				item["url"] = address + "/git/trees/" + e.id
			}
			listing = append(listing, item)
			if e.kind == "tree" && r.URL.Query().Has("recursive") {
				walk(s.objects[e.id], path.Join(prefix, e.name))
			}
		}
	}
	walk(o, "")
	return answer{status: http.StatusOK, body: map[string]any{
		"sha": id, "url": address + "/git/trees/" + id, "tree": listing, "truncated": truncated}}
}

// rawType is the content type of what was asked for raw.
const rawType = "application/vnd.github.raw; charset=utf-8"

func (s *Server) blob(r *http.Request) answer {
	o, ok := s.objects[r.PathValue("file_sha")]
	switch {
	case !ok || o.kind != "blob":
		return notFound
	case !strings.Contains(r.Header.Get("Accept"), "raw"):
		s.t.Errorf("%s: a blob that is not asked for raw is sent in base64", r.URL)
	}
	return answer{status: http.StatusOK, kind: rawType, body: o.content}
}

// contents serves symbolic links alone, the way GitHub does: followed where
// they lead to a file of the repository, described otherwise.
func (s *Server) contents(r *http.Request) answer {
	repository, address := s.repository(r)
	commit, ok := s.commit(repository, r.URL.Query().Get("ref"))
	if !ok {
		return notFound
	}
	name := r.PathValue("path")
	link, ok := s.find(commit.tree, name)
	if !ok || link.mode != "120000" {
		return notFound
	}
	target := string(s.objects[link.id].content)
	if e, ok := s.find(commit.tree, path.Join(path.Dir(name), target)); ok && e.mode == "100644" {
		return answer{status: http.StatusOK, kind: rawType, body: s.objects[e.id].content}
	}
	self := address + "/contents/" + name
	return answer{status: http.StatusOK, body: map[string]any{
		"type": "symlink", "target": target, "size": len(target), "name": path.Base(name), "path": name, "sha": link.id,
		"url": self, "git_url": address + "/git/blobs/" + link.id, "html_url": self, "download_url": self,
		"_links": map[string]any{"git": self, "self": self, "html": self},
	}}
}

// find returns the entry at a path below a tree.
func (s *Server) find(tree, name string) (entry, bool) {
	first, rest, deep := strings.Cut(name, "/")
	for _, e := range s.objects[tree].entries {
		switch {
		case e.name != first:
		case deep:
			return s.find(e.id, rest)
		default:
			return e, true
		}
	}
	return entry{}, false
}
