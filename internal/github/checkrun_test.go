package github

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/amalfi-audit/audit/internal/detector"
	"github.com/amalfi-audit/audit/internal/github/githubtest"
)

func warnings(n int) []Annotation {
	out := make([]Annotation, n)
	for i := range out {
		out[i] = Annotation{Level: WarningAnnotation, Path: "package-lock.json", Line: i + 1, Title: fmt.Sprint("title ", i), Message: "message"}
	}
	return out
}

func TestCheckRunAnnotations(t *testing.T) {
	for n, requests := range map[int]int{0: 1, 1: 1, 50: 1, 51: 2, 500: 10, maxCheckAnnotations + 7: 20} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			s := githubtest.NewServer(t)
			head := s.Commit("owner/project", githubtest.Files{"a": "1"})
			w, err := testClient(t, s, "secret").CreateCheckRun(t.Context(), project, CheckRun{Name: "Amalfi Audit", Commit: head,
				Conclusion: ConclusionNeutral, Title: "warn", Summary: "text", DetailsURL: "https://github.invalid/x", Annotations: warnings(n)})
			if err != nil {
				t.Fatal(err)
			}
			if want := (&Written{App: "github-actions", LeftOut: max(n-maxCheckAnnotations, 0)}); !cmp.Equal(want, w) {
				t.Errorf("got %+v, want %+v", w, want)
			}
			if got := len(s.Requests()); got != requests {
				t.Errorf("%d requests, want %d", got, requests)
			}
			runs := s.CheckRuns()
			if len(runs) != 1 {
				t.Fatalf("%d check runs", len(runs))
			}
			run := runs[0]
			for i, a := range run.Annotations {
				if want := (githubtest.CheckAnnotation{Path: "package-lock.json", StartLine: i + 1, EndLine: i + 1, Level: "warning",
					Title: fmt.Sprint("title ", i), Message: "message"}); a != want {
					t.Fatalf("annotation %d is %+v, want %+v", i, a, want)
				}
			}
			if got, want := len(run.Annotations), min(n, maxCheckAnnotations); got != want {
				t.Errorf("%d annotations, want %d", got, want)
			}
			run.Annotations = nil
			want := githubtest.CheckRun{ID: 1, Repository: "owner/project", Name: "Amalfi Audit", Commit: head, Status: "completed",
				Conclusion: "neutral", URL: "https://github.invalid/x", Title: "warn", Summary: "text"}
			if diff := cmp.Diff(want, run); diff != "" {
				t.Errorf("check run (-want +got):\n%s", diff)
			}
		})
	}
}

// TestCheckRunLimits has texts at which GitHub would refuse the whole request.
func TestCheckRunLimits(t *testing.T) {
	s := githubtest.NewServer(t)
	head := s.Commit("owner/project", githubtest.Files{"a": "1"})
	long := strings.Repeat("ä\x1b", 70_000)
	w, err := testClient(t, s, "secret").CreateCheckRun(t.Context(), project, CheckRun{Name: long, Commit: head, Conclusion: ConclusionFailure,
		Title: long, Summary: strings.Repeat("x", 70_000), Annotations: []Annotation{
			{Level: ErrorAnnotation, Path: "package-lock.json", Title: long, Message: long, Details: long},
			{Level: ErrorAnnotation, Path: "", Message: "nowhere"},
			{Level: ErrorAnnotation, Path: ".", Message: "nowhere"},
			{Level: ErrorAnnotation, Path: "../up", Message: "outside"},
			{Level: ErrorAnnotation, Path: "/etc/passwd", Message: "outside"},
		}})
	if err != nil || w.LeftOut != 0 {
		t.Fatalf("%+v, %v", w, err)
	}
	run := s.CheckRuns()[0]
	if len(run.Annotations) != 1 || run.Annotations[0].StartLine != 1 || run.Annotations[0].Level != "failure" {
		t.Fatalf("annotations %+v", run.Annotations)
	}
	a := run.Annotations[0]
	for text, limit := range map[string]int{run.Name: maxCheckName, run.Title: maxCheckTitle, a.Title: maxCheckTitle, a.Message: maxMessage, a.RawDetails: maxDetails} {
		if n := utf8.RuneCountInString(text); n > limit || n < limit/3 || !utf8.ValidString(text) {
			t.Errorf("a text has %d characters, limit %d", n, limit)
		}
	}
	if strings.ContainsAny(a.Message+a.Title+a.RawDetails+run.Title, "\x1b") {
		t.Error("control characters are left")
	}
}

// TestCheckRunFailures has every request fail in turn. Nothing may be there
// twice.
func TestCheckRunFailures(t *testing.T) {
	retry := http.Header{"Retry-After": {"0"}}
	for name, test := range map[string]struct {
		fault    githubtest.Fault
		err      string // "" for none
		is       error
		requests int
		runs     int
	}{
		"401":                   {githubtest.Fault{Status: 401, Message: "Bad credentials"}, "the token is not valid", nil, 1, 0},
		"fork":                  {githubtest.Fault{Status: 403, Message: "Resource not accessible by integration"}, "checks: write", ErrForbidden, 1, 0},
		"404":                   {githubtest.Fault{Status: 404, Message: "Not Found"}, "checks: write", ErrNotFound, 1, 0},
		"409":                   {githubtest.Fault{Status: 409, Message: "Conflict"}, "Conflict", nil, 1, 0},
		"422":                   {githubtest.Fault{Status: 422, Message: "Invalid\n::error::x"}, `Invalid\n::error::x`, nil, 1, 0},
		"429 once":              {githubtest.Fault{Status: 429, Times: 1}, "", nil, 3, 1},
		"429 with a wait":       {githubtest.Fault{Status: 429, Times: 1, Header: retry}, "", nil, 3, 1},
		"secondary limit once":  {githubtest.Fault{Status: 403, Times: 1, Header: retry}, "", nil, 3, 1},
		"long wait":             {githubtest.Fault{Status: 403, Header: http.Header{"Retry-After": {"3600"}}}, "403", nil, 1, 0},
		"502":                   {githubtest.Fault{Status: 502}, "502", nil, 1, 0},
		"502, done":             {githubtest.Fault{Status: 502, Done: true}, "502", nil, 1, 1},
		"cut off, done":         {githubtest.Fault{}, "unexpected EOF", nil, 1, 1},
		"no JSON":               {githubtest.Fault{Status: 201, Body: []byte("<html>")}, "invalid character", nil, 1, 0},
		"empty":                 {githubtest.Fault{Status: 201, Body: []byte("")}, "without a check run", nil, 1, 0},
		"update: 403":           {githubtest.Fault{Method: "PATCH", Status: 403, Message: "no"}, "30 annotations are missing", ErrForbidden, 2, 1},
		"update: 502, done":     {githubtest.Fault{Method: "PATCH", Status: 502, Done: true}, "30 annotations are missing", nil, 2, 1},
		"update: cut off, done": {githubtest.Fault{Method: "PATCH"}, "30 annotations are missing", nil, 2, 1},
		"update: 429 once":      {githubtest.Fault{Method: "PATCH", Status: 429, Times: 1, Header: retry}, "", nil, 3, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := githubtest.NewServer(t)
			head := s.Commit("owner/project", githubtest.Files{"a": "1"})
			s.Fail(test.fault)
			w, err := testClient(t, s, "secret").CreateCheckRun(t.Context(), project, CheckRun{Name: "Amalfi Audit", Commit: head,
				Conclusion: ConclusionSuccess, Title: "clean", Summary: "text", Annotations: warnings(80)})
			switch {
			case test.err == "" && err != nil, test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)):
				t.Errorf("error %v, want %q in it", err, test.err)
			case err != nil && strings.ContainsAny(err.Error(), "\r\n"):
				t.Errorf("the error spans lines: %v", err)
			}
			if got := errors.Is(err, ErrForbidden) || errors.Is(err, ErrNotFound); got != (test.is != nil) || test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("the error is %v, want %v", err, test.is)
			}
			if written, want := w != nil, test.err == "" || test.fault.Method == "PATCH"; written != want {
				t.Errorf("written: %+v", w)
			}
			runs := s.CheckRuns()
			if got := len(s.Requests()); got != test.requests || len(runs) != test.runs {
				t.Errorf("%d requests, want %d; %d check runs, want %d", got, test.requests, len(runs), test.runs)
			}
			seen := make(map[int]bool)
			for _, run := range runs {
				for _, a := range run.Annotations {
					if seen[a.StartLine] {
						t.Errorf("the annotation of line %d is there twice", a.StartLine)
					}
					seen[a.StartLine] = true
				}
			}
		})
	}
}

func TestCheckRunOfNoCommit(t *testing.T) {
	s := githubtest.NewServer(t)
	c := testClient(t, s, "secret")
	if w, err := c.CreateCheckRun(t.Context(), project, CheckRun{Commit: "main", Conclusion: ConclusionSuccess}); w != nil || err == nil || len(s.Requests()) != 0 {
		t.Errorf("a branch: %+v, %v", w, err)
	}
	_, err := c.CreateCheckRun(t.Context(), project, CheckRun{Name: "x", Commit: idA, Conclusion: ConclusionSuccess, Title: "x", Summary: "x"})
	if err == nil || !strings.Contains(err.Error(), "422") {
		t.Errorf("a commit of nobody: %v", err)
	}
}

// TestAnnotationDetails has evidence with everything that could make a line of
// its own.
func TestAnnotationDetails(t *testing.T) {
	f := finding("install-command", detector.Error, "downloads and runs")
	f.Evidence = []detector.Evidence{
		{Path: "setup.js", Line: 3, Column: 7, Note: "runs\nit", Snippet: "  exec(x)\r\n::error::y "},
		{Path: "a.bin"}, {Note: "and 3 more"},
	}
	r := &detector.Report{Versions: []detector.Verdict{version("evil", 9, detector.Block, nil, f)}}
	want := "[install-command] setup.js:3:7 runs\\nit exec(x)\\r\\n::error::y\n[install-command] a.bin\n[install-command] and 3 more"
	if got := Annotations(r)[0].Details; got != want {
		t.Errorf("details:\n%s\nwant:\n%s", got, want)
	}
	f.Evidence = []detector.Evidence{{Snippet: strings.Repeat("x", 2*maxDetails)}, {Snippet: "y"}}
	r.Versions[0].Findings[0] = f
	if got := Annotations(r)[0].Details; len(got) > maxDetails || !strings.HasSuffix(got, "…") {
		t.Errorf("details of %d bytes", len(got))
	}
}
