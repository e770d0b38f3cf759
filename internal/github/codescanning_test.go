package github

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/amalfi-audit/audit/internal/detector"
	"github.com/amalfi-audit/audit/internal/github/githubtest"
	"github.com/amalfi-audit/audit/internal/report"
)

// sarifLog is the part of a log that is looked at.
type sarifLog struct {
	Version string
	Runs    []struct {
		AutomationDetails struct{ ID string }
		Results           []struct{ Level, RuleID string }
		Invocations       []struct {
			ToolExecutionNotifications []struct {
				Descriptor struct{ ID string }
				Message    struct{ Text string }
			}
		}
	}
}

// flood is a report with more results than code scanning shows: errors among
// many warnings.
func flood(t *testing.T, results int) []byte {
	t.Helper()
	r := &detector.Report{Head: "head", Rules: map[string]*detector.Rule{"a": {ID: "a", Title: "a", Help: "a"}}}
	for i := range results {
		level, outcome := detector.Warning, detector.Warn
		if i%1000 == 999 {
			level, outcome = detector.Error, detector.Block
		}
		r.Versions = append(r.Versions, version(fmt.Sprintf("p%d", i), i+1, outcome, nil, finding("a", level, "m")))
	}
	var b bytes.Buffer
	if err := report.SARIF(&b, r, report.SARIFOptions{ToolVersion: "1"}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestUploadSARIF(t *testing.T) {
	s := githubtest.NewServer(t)
	head := s.Commit("owner/project", githubtest.Files{"a": "1"})
	err := testClient(t, s, "secret").UploadSARIF(t.Context(), project,
		Upload{Commit: head, Ref: "refs/pull/12/head", Category: "amalfi-audit/a", SARIF: flood(t, 7000)})
	if err != nil {
		t.Fatal(err)
	}
	uploads := s.Uploads()
	if len(uploads) != 1 {
		t.Fatalf("%d uploads", len(uploads))
	}
	u := uploads[0]
	if u.Repository != "owner/project" || u.Commit != head || u.Ref != "refs/pull/12/head" || u.Tool != "Amalfi Audit" {
		t.Errorf("uploaded for %s, %s, %s by %s", u.Repository, u.Commit, u.Ref, u.Tool)
	}
	var log sarifLog
	if err := json.Unmarshal(u.SARIF, &log); err != nil {
		t.Fatal(err)
	}
	if log.Version != "2.1.0" || len(log.Runs) != 1 || log.Runs[0].AutomationDetails.ID != "amalfi-audit/a/" {
		t.Fatalf("version %q, %d runs", log.Version, len(log.Runs))
	}
	run := log.Runs[0]
	if got := len(run.Results); got != 5000 {
		t.Errorf("%d results; code scanning shows 5000", got)
	}
	for i, result := range run.Results[:8] {
		if want := []string{"error", "warning"}[i/7]; result.Level != want {
			t.Errorf("result %d is of level %s, want %s", i, result.Level, want)
		}
	}
	if n := run.Invocations[0].ToolExecutionNotifications; len(n) != 1 || n[0].Descriptor.ID != "results-left-out" || !strings.Contains(n[0].Message.Text, "2000") {
		t.Errorf("what is left out: %+v", n)
	}
}

func TestUploadSARIFFailures(t *testing.T) {
	retry := http.Header{"Retry-After": {"0"}}
	for name, test := range map[string]struct {
		fault    githubtest.Fault
		err      string
		denied   bool
		requests int
		uploads  int
	}{
		"401":                  {githubtest.Fault{Status: 401, Message: "Bad credentials"}, "the token is not valid", false, 1, 0},
		"no Advanced Security": {githubtest.Fault{Status: 403, Message: "Advanced Security must be enabled for this repository to use code scanning."}, "Advanced Security", true, 1, 0},
		"404":                  {githubtest.Fault{Status: 404, Message: "Not Found"}, "security-events: write", true, 1, 0},
		"413":                  {githubtest.Fault{Status: 413, Message: "too large"}, "413", false, 1, 0},
		"422":                  {githubtest.Fault{Status: 422, Message: "commit not found"}, "commit not found", false, 1, 0},
		"429 once":             {githubtest.Fault{Status: 429, Times: 1, Header: retry}, "", false, 2, 1},
		"secondary limit":      {githubtest.Fault{Status: 403, Times: 1, Header: retry}, "", false, 2, 1},
		"502 for good":         {githubtest.Fault{Status: 502}, "502", false, maxAttempts, 0},
		"503 once":             {githubtest.Fault{Status: 503, Times: 1}, "", false, 2, 1},
		"200":                  {githubtest.Fault{Status: 200, Body: []byte("{}")}, "answers 200", false, 1, 0},
		"202 without a body":   {githubtest.Fault{Status: 202, Done: true, Body: []byte("<html>")}, "", false, 1, 1},
		"cut off once":         {githubtest.Fault{Times: 1}, "", false, 2, 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := githubtest.NewServer(t)
			head := s.Commit("owner/project", githubtest.Files{"a": "1"})
			s.Fail(test.fault)
			err := testClient(t, s, "secret").UploadSARIF(t.Context(), project,
				Upload{Commit: head, Ref: "refs/heads/main", Category: "amalfi-audit", SARIF: flood(t, 1)})
			if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
				t.Errorf("error %v, want %q in it", err, test.err)
			}
			if got := errors.Is(err, ErrForbidden) || errors.Is(err, ErrNotFound); got != test.denied {
				t.Errorf("denied is %t: %v", got, err)
			}
			if got := len(s.Requests()); got != test.requests || len(s.Uploads()) != test.uploads {
				t.Errorf("%d requests, want %d; %d uploads, want %d", got, test.requests, len(s.Uploads()), test.uploads)
			}
		})
	}
}

// TestUploadSARIFRefused has what is not worth a request.
func TestUploadSARIFRefused(t *testing.T) {
	s := githubtest.NewServer(t)
	head := s.Commit("owner/project", githubtest.Files{"a": "1"})
	noise := make([]byte, maxUpload+maxUpload/2)
	random := rand.NewChaCha8([32]byte{})
	for i := range noise {
		noise[i] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-"[random.Uint64()%64]
	}
	for want, u := range map[string]Upload{
		"is no commit":         {Commit: "main", Ref: "refs/heads/main", SARIF: flood(t, 1)},
		`"main" is no ref`:     {Commit: head, Ref: "main", SARIF: flood(t, 1)},
		`"refs/notes/x" is no`: {Commit: head, Ref: "refs/notes/x", SARIF: flood(t, 1)},
		"the log has no run":   {Commit: head, Ref: "refs/heads/main", SARIF: []byte(`{"runs":[]}`)},
		"unexpected end":       {Commit: head, Ref: "refs/heads/main", SARIF: nil},
		"after gzip; at most":  {Commit: head, Ref: "refs/heads/main", SARIF: fmt.Appendf(nil, `{"runs":[{"x":"%s"}]}`, noise)},
	} {
		if err := testClient(t, s, "secret").UploadSARIF(t.Context(), project, u); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
	}
	if got := s.Requests(); len(got) != 0 {
		t.Errorf("requests %v", got)
	}
}
