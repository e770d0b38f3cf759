package github

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amalfi-audit/audit/internal/github/githubtest"
)

const actionsBot = "github-actions[bot]"

var marker = Marker("amalfi-audit")

func TestMarker(t *testing.T) {
	if a, b := Marker("amalfi-audit"), Marker("amalfi-audit/a"); a == b || !strings.HasPrefix(a, "<!-- amalfi-audit:") || !strings.HasSuffix(b, " -->") {
		t.Errorf("markers %q and %q", a, b)
	}
	if got := Marker("--> <script>"); strings.Contains(got, "script") {
		t.Errorf("a name ends the marker: %q", got)
	}
}

// TestPutComment puts a comment where others are.
func TestPutComment(t *testing.T) {
	type other struct {
		author string
		bot    bool
		body   string
	}
	old := marker + "\nold"
	for name, test := range map[string]struct {
		others  []other
		author  string
		create  bool
		updated int // index among others, -1 for none
		created bool
	}{
		"none":                        {nil, actionsBot, true, -1, true},
		"none, not to be created":     {nil, actionsBot, false, -1, false},
		"own":                         {[]other{{"someone", false, "hi"}, {actionsBot, true, old}}, actionsBot, false, 1, false},
		"own, the oldest":             {[]other{{actionsBot, true, old}, {actionsBot, true, old}}, actionsBot, true, 0, false},
		"login in other letters":      {[]other{{"Octocat", false, old}}, "octocat", true, 0, false},
		"a user's":                    {[]other{{"attacker", false, old}}, actionsBot, true, -1, true},
		"another bot's":               {[]other{{"other[bot]", true, old}}, actionsBot, true, -1, true},
		"a user named like the bot":   {[]other{{"github-actions", false, old}}, actionsBot, true, -1, true},
		"own without marker":          {[]other{{actionsBot, true, "hi"}}, actionsBot, true, -1, true},
		"own, marker quoted":          {[]other{{actionsBot, true, "> " + old}}, actionsBot, true, -1, true},
		"own, of other paths":         {[]other{{actionsBot, true, Marker("amalfi-audit/a") + "\nold"}}, actionsBot, true, -1, true},
		"author unknown: a bot's":     {[]other{{"attacker", false, old}, {"app[bot]", true, old}}, "", true, 1, false},
		"author unknown: a user's":    {[]other{{"attacker", false, old}}, "", true, -1, true},
		"attacker's before one's own": {[]other{{"attacker", false, old}, {actionsBot, true, old}}, actionsBot, true, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := githubtest.NewServer(t)
			var want []githubtest.Comment
			for i, o := range test.others {
				id := s.AddComment(12, o.author, o.bot, o.body)
				want = append(want, githubtest.Comment{ID: id, Author: o.author, Bot: o.bot, Body: o.body})
				if i == test.updated {
					want[i].Body, want[i].Edits = marker+"\nnew", 1
				}
			}
			if test.created {
				want = append(want, githubtest.Comment{ID: int64(len(want) + 1), Author: actionsBot, Bot: true, Body: marker + "\nnew"})
			}
			err := testClient(t, s, "secret").PutComment(t.Context(), project,
				Comment{PullRequest: 12, Marker: marker, Body: "new", Author: test.author, Create: test.create})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, s.Comments(12)); diff != "" {
				t.Errorf("comments (-want +got):\n%s", diff)
			}
		})
	}
}

// TestPutCommentPages has more comments than one page, and more than are looked
// through.
func TestPutCommentPages(t *testing.T) {
	s := githubtest.NewServer(t)
	for i := range 350 {
		s.AddComment(12, "someone", false, fmt.Sprint("comment ", i))
	}
	own := s.AddComment(12, actionsBot, true, marker+"\nold")
	c := testClient(t, s, "secret")
	comment := Comment{PullRequest: 12, Marker: marker, Body: "new", Author: actionsBot, Create: true}
	if err := c.PutComment(t.Context(), project, comment); err != nil {
		t.Fatal(err)
	}
	if all := s.Comments(12); len(all) != 351 || all[own-1].Body != marker+"\nnew" {
		t.Errorf("%d comments, own %+v", len(all), all[own-1])
	}
	if got := len(s.Requests()); got != 5 {
		t.Errorf("%d requests, want 4 pages and an update", got)
	}
	comment.PullRequest = 13
	for range maxCommentPages*commentsPerPage + 1 {
		s.AddComment(13, "someone", false, "x")
	}
	if err := c.PutComment(t.Context(), project, comment); err == nil || !strings.Contains(err.Error(), "more than 2000 comments") {
		t.Errorf("too many comments: %v", err)
	}
	if got := len(s.Comments(13)); got != maxCommentPages*commentsPerPage+1 {
		t.Errorf("%d comments: one was created", got)
	}
}

func TestPutCommentSize(t *testing.T) {
	s := githubtest.NewServer(t)
	c := testClient(t, s, "secret")
	comment := Comment{PullRequest: 12, Marker: marker, Body: strings.Repeat("x", MaxComment-len(marker)-1), Create: true}
	if err := c.PutComment(t.Context(), project, comment); err != nil {
		t.Error(err)
	}
	comment.Body += "x"
	if err := c.PutComment(t.Context(), project, comment); err == nil || len(s.Comments(12)) != 1 {
		t.Errorf("too large: %v", err)
	}
}

func TestPutCommentFailures(t *testing.T) {
	retry := http.Header{"Retry-After": {"0"}}
	for name, test := range map[string]struct {
		fault    githubtest.Fault
		existing bool
		err      string // "" for none
		denied   bool
		requests int
		comments int
	}{
		"401":                   {githubtest.Fault{Status: 401, Message: "Bad credentials"}, false, "the token is not valid", false, 1, 0},
		"list: 403":             {githubtest.Fault{Method: "GET", Status: 403, Message: "no"}, false, "pull-requests: write", true, 1, 0},
		"list: 404":             {githubtest.Fault{Method: "GET", Status: 404, Message: "no"}, false, "pull-requests: write", true, 1, 0},
		"list: 502 once":        {githubtest.Fault{Method: "GET", Status: 502, Times: 1}, false, "", false, 3, 1},
		"list: 502":             {githubtest.Fault{Method: "GET", Status: 502}, false, "502", false, maxAttempts, 0},
		"list: cut off once":    {githubtest.Fault{Method: "GET", Times: 1}, true, "", false, 3, 1},
		"list: no JSON":         {githubtest.Fault{Method: "GET", Status: 200, Body: []byte("<html>")}, false, "invalid character", false, 1, 0},
		"create: fork":          {githubtest.Fault{Method: "POST", Status: 403, Message: "Resource not accessible by integration"}, false, "pull-requests: write", true, 2, 0},
		"create: locked":        {githubtest.Fault{Method: "POST", Status: 403, Message: "Unable to create comment because issue is locked."}, false, "is locked", true, 2, 0},
		"create: 409":           {githubtest.Fault{Method: "POST", Status: 409, Message: "x"}, false, "409", false, 2, 0},
		"create: 422":           {githubtest.Fault{Method: "POST", Status: 422, Message: "x"}, false, "422", false, 2, 0},
		"create: 429 once":      {githubtest.Fault{Method: "POST", Status: 429, Times: 1, Header: retry}, false, "", false, 3, 1},
		"create: secondary":     {githubtest.Fault{Method: "POST", Status: 403, Times: 1, Header: retry}, false, "", false, 3, 1},
		"create: 502, done":     {githubtest.Fault{Method: "POST", Status: 502, Done: true}, false, "502", false, 2, 1},
		"create: cut off, done": {githubtest.Fault{Method: "POST"}, false, "unexpected EOF", false, 2, 1},
		"create: empty":         {githubtest.Fault{Method: "POST", Status: 201, Body: []byte("")}, false, "without a comment", false, 2, 0},
		"update: 502 once":      {githubtest.Fault{Method: "PATCH", Status: 502, Times: 1, Done: true}, true, "", false, 3, 1},
		"update: 404":           {githubtest.Fault{Method: "PATCH", Status: 404, Message: "gone"}, true, "404", true, 2, 1},
		"update: cut off once":  {githubtest.Fault{Method: "PATCH", Times: 1}, true, "", false, 3, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := githubtest.NewServer(t)
			if test.existing {
				s.AddComment(12, actionsBot, true, marker+"\nold")
			}
			s.Fail(test.fault)
			err := testClient(t, s, "secret").PutComment(t.Context(), project,
				Comment{PullRequest: 12, Marker: marker, Body: "new", Author: actionsBot, Create: true})
			if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
				t.Errorf("error %v, want %q in it", err, test.err)
			}
			if got := errors.Is(err, ErrForbidden) || errors.Is(err, ErrNotFound); got != test.denied {
				t.Errorf("denied is %t: %v", got, err)
			}
			comments := s.Comments(12)
			if got := len(s.Requests()); got != test.requests || len(comments) != test.comments {
				t.Errorf("%d requests, want %d; %d comments, want %d", got, test.requests, len(comments), test.comments)
			}
			if test.err == "" && comments[0].Body != marker+"\nnew" {
				t.Errorf("comment %+v", comments[0])
			}
		})
	}
}

func TestLogin(t *testing.T) {
	for name, test := range map[string]struct {
		user  string
		fault *githubtest.Fault
		want  string
		ok    bool
	}{
		"user":    {"octocat", nil, "octocat", true},
		"app":     {"", nil, "", true},
		"404":     {"octocat", &githubtest.Fault{Status: 404}, "", true},
		"401":     {"octocat", &githubtest.Fault{Status: 401}, "", false},
		"502":     {"octocat", &githubtest.Fault{Status: 502}, "", false},
		"nobody":  {"octocat", &githubtest.Fault{Status: 200, Body: []byte("{}")}, "", false},
		"no JSON": {"octocat", &githubtest.Fault{Status: 200, Body: []byte("<html>")}, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			s := githubtest.NewServer(t)
			s.User = test.user
			if test.fault != nil {
				s.Fail(*test.fault)
			}
			got, err := testClient(t, s, "secret").Login(t.Context())
			if got != test.want || (err == nil) != test.ok {
				t.Errorf("login %q, %v; want %q", got, err, test.want)
			}
		})
	}
	if got := AppLogin("github-actions"); got != actionsBot {
		t.Errorf("the app's login is %q", got)
	}
}
