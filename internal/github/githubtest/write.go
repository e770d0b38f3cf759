package githubtest

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Comment is a comment on an issue or a pull request.
type Comment struct {
	ID     int64
	Author string
	Bot    bool
	Body   string
	// Edits counts the updates.
	Edits int
}

// CheckRun is a check run.
type CheckRun struct {
	ID                                                                int64
	Repository, Name, Commit, Status, Conclusion, URL, Title, Summary string
	Annotations                                                       []CheckAnnotation
}

// CheckAnnotation is an annotation of a check run.
type CheckAnnotation struct {
	Path       string `json:"path"`
	StartLine  int    `json:"start_line"`
	EndLine    int    `json:"end_line"`
	Level      string `json:"annotation_level"`
	Title      string `json:"title"`
	Message    string `json:"message"`
	RawDetails string `json:"raw_details"`
}

// Upload is a log that was handed to code scanning, unpacked.
type Upload struct {
	Repository, Commit, Ref, Tool string
	SARIF                         []byte
}

// AddComment adds a comment that somebody has made and returns its id.
func (s *Server) AddComment(issue int, author string, bot bool, body string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addComment(issue, Comment{Author: author, Bot: bot, Body: body})
}

func (s *Server) addComment(issue int, c Comment) int64 {
	for _, all := range s.comments {
		c.ID += int64(len(all))
	}
	c.ID++
	s.comments[issue] = append(s.comments[issue], c)
	return c.ID
}

// Comments returns the comments on an issue or a pull request.
func (s *Server) Comments(issue int) []Comment {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.comments[issue])
}

// CheckRuns returns the check runs.
func (s *Server) CheckRuns() []CheckRun {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.checks)
}

// Uploads returns what code scanning has got.
func (s *Server) Uploads() []Upload {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.uploads)
}

// account is a user or the bot of an app as the API shows it.
func account(login string, bot bool) map[string]any {
	kind := "User"
	if bot {
		kind = "Bot"
	}
	const api = "https://api.github.invalid/users/x"
	return map[string]any{"login": login, "id": len(login) + 1, "node_id": "U_1", "avatar_url": api, "gravatar_id": "", "url": api,
		"html_url": api, "followers_url": api, "following_url": api, "gists_url": api, "starred_url": api, "subscriptions_url": api,
		"organizations_url": api, "repos_url": api, "events_url": api, "received_events_url": api, "type": kind, "site_admin": false}
}

const someTime = "2024-01-01T00:00:00Z"

// user answers whose token it is. The token of an app is nobody's.
func (s *Server) user(*http.Request) answer {
	if s.User == "" {
		return problem(http.StatusForbidden, "Resource not accessible by integration")
	}
	u := account(s.User, false)
	for _, key := range []string{"bio", "blog", "company", "email", "hireable", "location", "name"} {
		u[key] = nil
	}
	for _, key := range []string{"followers", "following", "public_gists", "public_repos"} {
		u[key] = 0
	}
	u["created_at"], u["updated_at"], u["user_view_type"] = someTime, someTime, "public"
	return answer{status: http.StatusOK, body: u}
}

func number(r *http.Request, name string) int64 {
	n, _ := strconv.ParseInt(r.PathValue(name), 10, 64) // the form is checked before
	return n
}

// describeComment is a comment as the API shows it.
func (s *Server) describeComment(r *http.Request, c Comment) any {
	_, address := s.repository(r)
	page := fmt.Sprintf("%s/issues/comments/%d", address, c.ID)
	return map[string]any{"id": c.ID, "node_id": "IC_1", "url": page, "html_url": page, "issue_url": address + "/issues/1",
		"body": c.Body, "user": account(c.Author, c.Bot), "created_at": someTime, "updated_at": someTime, "author_association": "NONE"}
}

func (s *Server) listComments(r *http.Request) answer {
	query := func(name string, otherwise int) int {
		if n, err := strconv.Atoi(r.URL.Query().Get(name)); err == nil {
			return n
		}
		return otherwise
	}
	all := s.comments[int(number(r, "issue_number"))]
	size, page := min(query("per_page", 30), 100), query("page", 1)
	from, to := min((page-1)*size, len(all)), min(page*size, len(all))
	out := []any{}
	for _, c := range all[from:to] {
		out = append(out, s.describeComment(r, c))
	}
	a := answer{status: http.StatusOK, body: out}
	if to < len(all) {
		a.link = fmt.Sprintf(`<%s%s?per_page=%d&page=%d>; rel="next"`, s.URL, r.URL.Path, size, page+1)
	}
	return a
}

// maxBody is how many characters a comment may have.
const maxBody = 65536

// body reads the body of a request, which is checked before.
func body[T any](r *http.Request) T {
	var v T
	data, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(data, &v)
	}
	if err != nil {
		panic(err)
	}
	return v
}

type commentBody struct{ Body string }

func invalid(message string) answer {
	a := problem(http.StatusUnprocessableEntity, "Validation Failed")
	a.body.(map[string]any)["errors"] = []any{map[string]any{"code": "custom", "message": message}}
	return a
}

func (s *Server) createComment(r *http.Request) answer {
	b := body[commentBody](r)
	if utf8.RuneCountInString(b.Body) > maxBody {
		return invalid("body is too long (maximum is 65536 characters)")
	}
	issue := int(number(r, "issue_number"))
	c := Comment{Author: s.User, Body: b.Body}
	if s.User == "" {
		c.Author, c.Bot = s.App+"[bot]", true
	}
	s.addComment(issue, c)
	return answer{status: http.StatusCreated, body: s.describeComment(r, s.comments[issue][len(s.comments[issue])-1])}
}

func (s *Server) updateComment(r *http.Request) answer {
	b := body[commentBody](r)
	if utf8.RuneCountInString(b.Body) > maxBody {
		return invalid("body is too long (maximum is 65536 characters)")
	}
	for _, all := range s.comments {
		for i := range all {
			if all[i].ID == number(r, "comment_id") {
				all[i].Body = b.Body
				all[i].Edits++
				return answer{status: http.StatusOK, body: s.describeComment(r, all[i])}
			}
		}
	}
	return notFound
}

type checkBody struct {
	Name, Status, Conclusion string
	Commit                   string `json:"head_sha"`
	URL                      string `json:"details_url"`
	Output                   struct {
		Title, Summary string
		Annotations    []CheckAnnotation
	}
}

// refuse is what GitHub answers to annotations that it does not take; "" for
// those that it takes.
func (b *checkBody) refuse() string {
	for _, a := range b.Output.Annotations {
		switch {
		case !fs.ValidPath(a.Path):
			return "path is not relative to the root of the repository"
		case a.StartLine < 1 || a.EndLine < a.StartLine:
			return "start_line and end_line are no range"
		case utf8.RuneCountInString(a.Title) > 255:
			return "title is too long (maximum is 255 characters)"
		case len(a.Message) > 64<<10 || a.Message == "" || len(a.RawDetails) > 64<<10:
			return "message or raw_details exceed 64 KB"
		}
	}
	return ""
}

func (s *Server) createCheckRun(r *http.Request) answer {
	b := body[checkBody](r)
	name, _ := s.repository(r)
	if _, ok := s.commit(name, b.Commit); !ok {
		return invalid("No commit found for SHA: " + b.Commit)
	}
	if message := b.refuse(); message != "" {
		return invalid(message)
	}
	s.checks = append(s.checks, CheckRun{ID: int64(len(s.checks) + 1), Repository: name, Name: b.Name, Commit: b.Commit, Status: b.Status,
		Conclusion: b.Conclusion, URL: b.URL, Title: b.Output.Title, Summary: b.Output.Summary, Annotations: b.Output.Annotations})
	return answer{status: http.StatusCreated, body: s.describeCheckRun(r, &s.checks[len(s.checks)-1])}
}

func (s *Server) updateCheckRun(r *http.Request) answer {
	b := body[checkBody](r)
	if message := b.refuse(); message != "" {
		return invalid(message)
	}
	i := slices.IndexFunc(s.checks, func(c CheckRun) bool { return c.ID == number(r, "check_run_id") })
	if i < 0 {
		return notFound
	}
	c := &s.checks[i]
	c.Annotations = append(slices.Clip(c.Annotations), b.Output.Annotations...)
	c.Summary = b.Output.Summary
	if b.Conclusion != "" {
		c.Status, c.Conclusion = "completed", b.Conclusion
	}
	return answer{status: http.StatusOK, body: s.describeCheckRun(r, c)}
}

// describeCheckRun is a check run as the API shows it.
func (s *Server) describeCheckRun(r *http.Request, c *CheckRun) any {
	_, address := s.repository(r)
	page := fmt.Sprintf("%s/check-runs/%d", address, c.ID)
	return map[string]any{"id": c.ID, "node_id": "CR_1", "head_sha": c.Commit, "external_id": "", "url": page, "html_url": page,
		"details_url": c.URL, "name": c.Name, "status": c.Status, "conclusion": c.Conclusion, "started_at": someTime,
		"completed_at": someTime, "check_suite": map[string]any{"id": 1}, "pull_requests": []any{},
		"output": map[string]any{"title": c.Title, "summary": c.Summary, "text": nil, "annotations_count": len(c.Annotations),
			"annotations_url": page + "/annotations"},
		"app": map[string]any{"id": 1, "node_id": "A_1", "slug": s.App, "name": s.App, "owner": account("github", false),
			"description": "", "external_url": page, "html_url": page, "created_at": someTime, "updated_at": someTime,
			"permissions": map[string]any{}, "events": []any{}}}
}

// maxLog is the size of the largest log that code scanning takes, after gzip.
const maxLog = 10 << 20

func (s *Server) upload(r *http.Request) answer {
	b := body[struct {
		Commit string `json:"commit_sha"`
		Ref    string
		SARIF  string
		Tool   string `json:"tool_name"`
	}](r)
	name, address := s.repository(r)
	if _, ok := s.commit(name, b.Commit); !ok {
		return notFound
	}
	packed, err := base64.StdEncoding.DecodeString(b.SARIF)
	if err != nil {
		return answer{status: http.StatusBadRequest, body: map[string]any{"message": "sarif is no base64"}}
	}
	if len(packed) > maxLog {
		return answer{status: http.StatusRequestEntityTooLarge, body: map[string]any{"message": "too large"}}
	}
	log, err := unpack(packed)
	if err != nil || !json.Valid(log) {
		s.t.Errorf("the log is no JSON in gzip: %v", err)
	}
	s.uploads = append(s.uploads, Upload{name, b.Commit, b.Ref, b.Tool, log})
	id := fmt.Sprintf("47177e22-5596-11eb-80a1-c1e54ef9%04x", len(s.uploads))
	return answer{status: http.StatusAccepted, body: map[string]any{"id": id, "url": address + "/code-scanning/sarifs/" + id}}
}

func unpack(packed []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}
