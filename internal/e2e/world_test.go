package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// commandTimeout bounds every command. None takes that long; it turns what
// hangs into a failure that says which command it was.
const commandTimeout = 2 * time.Minute

// world is what the tests work with.
type world struct {
	tools    string // the folder that AMALFI_E2E names
	audit    string // the binary under test
	registry string // verdaccio's address, without a slash at the end
	token    string // of the one user it knows
}

// newWorld builds the audit command, starts verdaccio and adds a user. It skips
// the test where AMALFI_E2E names no folder.
func newWorld(t *testing.T) *world {
	t.Helper()
	tools := os.Getenv("AMALFI_E2E")
	if tools == "" {
		t.Skip("AMALFI_E2E names no folder with verdaccio and the package managers")
	}
	tools, err := filepath.Abs(tools)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{tools: tools, audit: buildAudit(t)}
	w.registry = w.startVerdaccio(t)
	w.token = addUser(t, w.registry)
	return w
}

// buildAudit returns the path of the audit command, which takes its
// configuration from its environment alone: no default registry is built in.
func buildAudit(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "audit")
	ctx, cancel := context.WithTimeout(t.Context(), 2*commandTimeout)
	defer cancel()
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", file, "../../cmd/audit").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return file
}

// module is the path of a file of one of the tools.
func (w *world) module(path string) string {
	return filepath.Join(w.tools, "node_modules", filepath.FromSlash(path))
}

// result is what came of a command.
type result struct {
	code           int
	stdout, stderr string
}

// run runs a command in a folder. A command that cannot be started or hangs
// fails the test.
func run(t *testing.T, dir string, environ []string, argv ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), commandTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = dir, environ
	cmd.WaitDelay = 10 * time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || ctx.Err() != nil) {
		t.Fatalf("%q: %v\n%s%s", argv, err, &stdout, &stderr)
	}
	return result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// run runs a command with a home folder, a temporary folder and caches of its
// own and, of this process's environment, nothing but the path.
func (w *world) run(t *testing.T, dir string, environ []string, argv ...string) result {
	t.Helper()
	return run(t, dir, append(w.environ(t.TempDir()), environ...), argv...)
}

// environ is the environment of every command: npm's variables serve pnpm, yarn
// classic, bun and audit as well.
func (w *world) environ(home string) []string {
	in := func(name string) string { return filepath.Join(home, name) }
	return []string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + home,
		"TMPDIR=" + home,
		"XDG_CACHE_HOME=" + in("cache"),
		"XDG_CONFIG_HOME=" + in("config"),
		"XDG_DATA_HOME=" + in("data"),
		"XDG_STATE_HOME=" + in("state"),
		"DO_NOT_TRACK=1",
		"npm_config_registry=" + w.registry + "/",
		"npm_config_cache=" + in("npm"),
		"npm_config_userconfig=" + in("npmrc"),
		"npm_config_globalconfig=" + in("global-npmrc"),
		"npm_config_ignore_scripts=true",
		"npm_config_audit=false",
		"npm_config_fund=false",
		"npm_config_update_notifier=false",
	}
}

// must is run for commands that have to succeed.
func (w *world) must(t *testing.T, dir string, environ []string, argv ...string) {
	t.Helper()
	if r := w.run(t, dir, environ, argv...); r.code != 0 {
		t.Fatalf("%q: exit code %d\n%s%s", argv, r.code, r.stdout, r.stderr)
	}
}

// startVerdaccio starts a registry without uplinks and returns its address. All
// may read, but packages in the scope @acme are for users.
func (w *world) startVerdaccio(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "config.yaml"), `storage: ./storage
web: {enable: false}
auth: {htpasswd: {file: ./htpasswd}}
uplinks: {}
packages:
  '@acme/*': {access: $authenticated, publish: $authenticated}
  '**': {access: $all, publish: $authenticated}
log: {type: stdout, format: json, level: warn}
`)
	address := freeAddress(t)
	var output bytes.Buffer
	cmd := exec.Command("node", w.module("verdaccio/bin/verdaccio"), "--config", "config.yaml", "--listen", address)
	cmd.Dir = dir
	cmd.Env = w.environ(dir)
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-ended
		if t.Failed() {
			t.Logf("verdaccio:\n%s", &output)
		}
	})
	registry := "http://" + address
	for deadline := time.Now().Add(commandTimeout); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		select {
		case err := <-ended:
			ended <- err // for the clean-up
			t.Fatalf("verdaccio ended: %v", err)
		default:
		}
		resp, err := http.Get(registry + "/-/ping")
		if err != nil {
			continue
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			return registry
		}
	}
	t.Fatalf("verdaccio does not answer at %s", registry)
	return ""
}

// freeAddress is a loopback address with a port that was free a moment ago.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// addUser does what npm adduser does, and returns the user's token.
func addUser(t *testing.T, registry string) string {
	t.Helper()
	const user = `{"_id": "org.couchdb.user:acme", "name": "acme", "password": "correct horse", "type": "user", "roles": []}`
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, registry+"/-/user/org.couchdb.user:acme", strings.NewReader(user))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct{ Token string }
	body, err := io.ReadAll(resp.Body)
	if err == nil {
		err = json.Unmarshal(body, &answer)
	}
	if err != nil || answer.Token == "" {
		t.Fatalf("adding a user: %s, %v\n%s", resp.Status, err, body)
	}
	return answer.Token
}

// credential is the setting of npm that binds a token to a registry.
func credential(registry, token string) string {
	return strings.TrimPrefix(registry, "http:") + "/:_authToken=" + token
}

// publish publishes a package with the npm client.
func (w *world) publish(t *testing.T, files map[string]string) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		write(t, filepath.Join(dir, name), content)
	}
	w.must(t, dir, []string{"npm_config_" + credential(w.registry, w.token)}, "npm", "publish")
}

// write writes a file.
func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}

// read returns a file's content.
func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// report is the part of the JSON report (docs/report.md) that the tests look at.
type report struct {
	Outcome  string
	Complete bool
	Projects []struct {
		Format   string
		Outcome  string
		Findings []finding
	}
	Versions []struct {
		Name, Version string
		From          []string
		Direct        bool
		Chain         []string
		Outcome       string
		Complete      bool
		Reasons       []string
		Findings      []finding
	}
	Unread []struct{ Path, Reason string }
}

type finding struct {
	Rule, Level, Message string
	Evidence             []struct {
		Path, Snippet string
		Line          int
	}
}

// summary is the report in lines: the project's findings, each version with
// what it replaces, its outcome and its findings, and what could not be read.
func (r *report) summary() []string {
	var out []string
	for _, p := range r.Projects {
		for _, f := range p.Findings {
			out = append(out, f.Level+" "+f.Rule)
		}
	}
	for _, v := range r.Versions {
		line := fmt.Sprintf("%s %s: %s", v.Name, strings.Join(append(v.From, v.Version), " -> "), v.Outcome)
		for _, f := range v.Findings {
			if slices.Contains([]string{"decision-tree", "naive-bayes", "one-class-svm"}, f.Rule) {
				continue // what they flag changes with the model
			}
			line += ", " + f.Level + " " + f.Rule
		}
		out = append(out, line)
	}
	for _, u := range r.Unread {
		out = append(out, "unread "+u.Path+": "+u.Reason)
	}
	return out
}

// reasons are all reasons why the report is incomplete.
func (r *report) reasons() string {
	var all []string
	for _, v := range r.Versions {
		all = append(all, v.Reasons...)
	}
	return strings.Join(all, "\n")
}

// auditReport runs the audit command and reads its report.
func (w *world) auditReport(t *testing.T, dir string, environ []string, args ...string) (*report, result) {
	t.Helper()
	res := w.run(t, dir, environ, append(append([]string{w.audit}, args...), "--format", "json")...)
	return parseReport(t, res), res
}

func parseReport(t *testing.T, res result) *report {
	t.Helper()
	r := new(report)
	if err := json.Unmarshal([]byte(res.stdout), r); err != nil {
		t.Fatalf("exit code %d and no report: %v\n%s%s", res.code, err, res.stdout, res.stderr)
	}
	return r
}
