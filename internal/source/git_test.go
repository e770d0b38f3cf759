package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amalfi-audit/audit/internal/detector/reproduce"
	"github.com/amalfi-audit/audit/internal/npm"
)

var elsewhere = reproduce.Repository{Host: "git.example.invalid", Path: "o/r"}

// version is a@1.2.3 with a manifest and one script.
func version(manifest, script string) reproduce.Version {
	v := reproduce.Version{PackageVersion: npm.PackageVersion{Name: "a", Version: "1.2.3"}, Tree: new(npm.Tree)}
	for name, text := range map[string]string{"package.json": manifest, "index.js": script} {
		sum := sha256.Sum256([]byte(text))
		v.Tree.Files = append(v.Tree.Files, npm.File{Path: name, Size: int64(len(text)), SHA256: hex.EncodeToString(sum[:]), Data: []byte(text)})
	}
	v.Tree.Sort()
	return v
}

// remote is a repository that a git server serves.
type remote struct {
	t    *testing.T
	dir  string // the bare repository
	work string
}

// newRemote makes a repository, and a git configuration that leads
// https://git.example.invalid/o/r.git to it: to a server where served is set,
// else to the folder.
func newRemote(t *testing.T, served bool, init ...string) *remote {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git command")
	}
	home, root := t.TempDir(), t.TempDir()
	for name, value := range map[string]string{
		"HOME": home, "XDG_CONFIG_HOME": home, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": filepath.Join(home, "config"), "TMPDIR": t.TempDir(),
		"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@x.invalid", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@x.invalid",
		"GIT_AUTHOR_DATE": "2000-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2000-01-01T00:00:00Z",
	} {
		t.Setenv(name, value)
	}
	for _, name := range []string{"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_ALLOW_PROTOCOL"} {
		t.Setenv(name, "")
		os.Unsetenv(name)
	}
	r := &remote{t, filepath.Join(root, "o", "r.git"), t.TempDir()}
	r.run(".", append([]string{"init", "--quiet", "--bare", "--initial-branch=main", r.dir}, init...)...)
	r.run(r.work, append([]string{"init", "--quiet", "--initial-branch=main", "."}, init...)...)
	r.run(r.dir, "config", "uploadpack.allowFilter", "true")
	target := root + "/"
	if served {
		out, err := exec.Command("git", "--exec-path").Output()
		if err != nil {
			t.Fatal(err)
		}
		backend := filepath.Join(strings.TrimSpace(string(out)), "git-http-backend")
		if _, err := os.Stat(backend); err != nil {
			t.Skip("no git-http-backend")
		}
		server := httptest.NewServer(&cgi.Handler{Path: backend, Env: []string{"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1"}, Stderr: io.Discard, InheritEnv: []string{"GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "HOME"}})
		t.Cleanup(server.Close)
		target = server.URL + "/"
	}
	r.run(".", "config", "--global", "url."+target+".insteadOf", "https://git.example.invalid/")
	return r
}

func (r *remote) run(dir string, args ...string) string {
	r.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %q: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit writes files, given as name and content, commits them and pushes the
// branch.
func (r *remote) commit(branch string, files ...string) string {
	r.t.Helper()
	for i := 0; i < len(files); i += 2 {
		name := filepath.Join(r.work, filepath.FromSlash(files[i]))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			r.t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(files[i+1]), 0o644); err != nil {
			r.t.Fatal(err)
		}
	}
	r.run(r.work, "add", "--all")
	r.run(r.work, "commit", "--quiet", "--allow-empty", "-m", "x")
	r.push("HEAD:refs/heads/" + branch)
	return r.run(r.work, "rev-parse", "HEAD")
}

func (r *remote) push(specs ...string) {
	r.t.Helper()
	r.run(r.work, append([]string{"push", "--quiet", "--force", r.dir}, specs...)...)
}

func newGit(t *testing.T) (*Git, *Sources) {
	t.Helper()
	g := NewGit()
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	return g, &Sources{Git: g}
}

func gitClaim(gitHead, manifest, directory string) reproduce.Claim {
	c := claim(gitHead, manifest, directory)
	c.Locations[0].Repository = elsewhere
	return c
}

func TestGit(t *testing.T) {
	for _, served := range []bool{true, false} {
		t.Run(map[bool]string{true: "http", false: "folder"}[served], func(t *testing.T) {
			r := newRemote(t, served)
			first := r.commit("main", "package.json", manifest, "index.js", "x")
			r.run(r.work, "tag", "-a", "-m", "x", "v1.2.3", first)
			r.push("refs/tags/v1.2.3")
			second := r.commit("main", "package.json", `{"name":"a","version":"2.0.0"}`, "index.js", "y", "packages/a/package.json", manifest)
			g, sources := newGit(t)
			for _, test := range []struct {
				name    string
				claim   reproduce.Claim
				want    string
				verdict reproduce.Verdict
			}{
				{"tag only", gitClaim("", manifest, ""), first[:4] + " tag v1.2.3 reachable v1.2.3", reproduce.Reproduced},
				{"a tip", gitClaim(second, manifest, "packages/a"), second[:4] + " gitHead reachable main packages/a", reproduce.Partly},
				{"a commit of the history", gitClaim(first, manifest, ""), first[:4] + " gitHead reachable v1.2.3", reproduce.Reproduced},
				{"another manifest", gitClaim(second, `{"name":"a"}`, ""), second[:4] + " gitHead reachable main", reproduce.NotReproduced},
				{"a wrong gitHead", gitClaim(strings.Repeat("0", 40), manifest, ""), first[:4] + " tag v1.2.3 reachable v1.2.3", reproduce.Reproduced},
			} {
				found := reproduce.Find(t.Context(), sources, test.claim)
				if got := outcome(found); got != test.want {
					t.Errorf("%s: %q, want %q; %q", test.name, got, test.want, found.Reasons)
					continue
				}
				if test.name == "a tip" {
					continue // the folder has a manifest alone
				}
				if m := reproduce.Match(version(manifest, "x"), found.Commit); m.Verdict != test.verdict {
					t.Errorf("%s: %s, want %s; %+v", test.name, m.Verdict, test.verdict, m.Files)
				}
			}
			if entries, _ := os.ReadDir(os.Getenv("TMPDIR")); len(entries) != 1 {
				t.Errorf("the temporary folder has %v", entries)
			}
			if err := g.Close(); err != nil {
				t.Error(err)
			}
			if entries, _ := os.ReadDir(os.Getenv("TMPDIR")); len(entries) != 0 {
				t.Errorf("left behind: %v", entries)
			}
		})
	}
}

// TestGitHistory asks for several commits of one history in any order, also for
// one that lies before another: fetching single commits must not hide it.
func TestGitHistory(t *testing.T) {
	r := newRemote(t, true)
	var commits []string
	for _, text := range []string{"1", "2", "3", "4"} {
		commits = append(commits, r.commit("main", "package.json", manifest, "index.js", text))
	}
	_, sources := newGit(t)
	for _, i := range []int{2, 0, 1, 2, 3, 0} {
		found := reproduce.Find(t.Context(), sources, gitClaim(commits[i], manifest, ""))
		if got, want := outcome(found), commits[i][:4]+" gitHead reachable main"; got != want {
			t.Errorf("commit %d: %q, want %q; %q", i, got, want, found.Reasons)
		}
	}
}

// TestGitImpostor finds commits that the server has and that no branch or tag
// leads to, as those of forks and pull requests.
func TestGitImpostor(t *testing.T) {
	for _, served := range []bool{true, false} {
		r := newRemote(t, served)
		r.run(r.dir, "config", "uploadpack.allowAnySHA1InWant", "true")
		r.commit("main", "package.json", manifest, "index.js", "x")
		r.run(r.work, "checkout", "--quiet", "-b", "fork")
		impostor := r.commit("fork", "index.js", "evil")
		r.run(r.dir, "update-ref", "refs/pull/1/head", impostor)
		r.run(r.dir, "update-ref", "-d", "refs/heads/fork")
		_, sources := newGit(t)
		found := reproduce.Find(t.Context(), sources, gitClaim(impostor, manifest, ""))
		if got, want := outcome(found), impostor[:4]+" gitHead unreachable"; got != want {
			t.Fatalf("%q, want %q; %q", got, want, found.Reasons)
		}
		if m := reproduce.Match(version(manifest, "evil"), found.Commit); m.Verdict != reproduce.NotReproduced {
			t.Errorf("an impostor commit: %s", m.Verdict)
		}
	}
}

// TestGitServerWithoutFilters reads from a server that neither leaves files out
// nor gives commits by their ids.
func TestGitServerWithoutFilters(t *testing.T) {
	r := newRemote(t, true)
	r.run(r.dir, "config", "uploadpack.allowFilter", "false")
	first := r.commit("main", "package.json", manifest, "index.js", "x")
	r.commit("main", "index.js", "y")
	_, sources := newGit(t)
	found := reproduce.Find(t.Context(), sources, gitClaim(first, `{}`, ""))
	if got, want := outcome(found), first[:4]+" gitHead reachable main"; got != want {
		t.Fatalf("%q, want %q; %q", got, want, found.Reasons)
	}
	if string(found.Commit.Manifest) != manifest {
		t.Errorf("the manifest is %q", found.Commit.Manifest)
	}
}

func TestGitEntries(t *testing.T) {
	r := newRemote(t, false)
	first := r.commit("main", "a", "x", "deep/er/ü \" b", "yy", "run.sh", "r")
	if err := os.Symlink("a", filepath.Join(r.work, "link")); err != nil {
		t.Skip(err)
	}
	if err := os.Chmod(filepath.Join(r.work, "run.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	r.run(r.work, "add", "--all")
	r.run(r.work, "update-index", "--add", "--cacheinfo", "160000,"+first+",sub/module")
	r.run(r.work, "commit", "--quiet", "-m", "x")
	r.push("HEAD:refs/heads/main")
	head := r.run(r.work, "rev-parse", "HEAD")
	_, sources := newGit(t)
	entries, err := sources.Entries(t.Context(), elsewhere, head, "")
	if err != nil {
		t.Fatal(err)
	}
	want := []reproduce.Entry{
		{Path: "a", ID: reproduce.BlobID(40, []byte("x")), Size: -1},
		{Path: "deep/er/ü \" b", ID: reproduce.BlobID(40, []byte("yy")), Size: -1},
		{Path: "link", ID: reproduce.BlobID(40, []byte("a")), Mode: reproduce.ModeLink, Size: -1},
		{Path: "run.sh", ID: reproduce.BlobID(40, []byte("r")), Size: -1},
		{Path: "sub/module", ID: first, Mode: reproduce.ModeSubmodule, Size: -1},
	}
	if diff := cmp.Diff(want, entries); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, commit := range []string{strings.Repeat("0", 40), "main", "--upload-pack=x"} {
		if _, err := sources.Entries(t.Context(), elsewhere, commit, ""); !errors.Is(err, reproduce.ErrNotFound) {
			t.Errorf("%q: %v", commit, err)
		}
	}
	id := reproduce.BlobID(40, []byte("yy"))
	if data, err := sources.Blob(t.Context(), elsewhere, id, 2); string(data) != "yy" || err != nil {
		t.Errorf("%q, %v", data, err)
	}
	if _, err := sources.Blob(t.Context(), elsewhere, id, 1); err == nil {
		t.Error("more than the limit is read")
	}
	if _, err := sources.Blob(t.Context(), elsewhere, "--batch", 1); !errors.Is(err, reproduce.ErrNotFound) {
		t.Errorf("an option for an id: %v", err)
	}
}

func TestGitSHA256(t *testing.T) {
	r := newRemote(t, false, "--object-format=sha256")
	head := r.commit("main", "package.json", manifest, "index.js", "x")
	if len(head) != 64 {
		t.Fatalf("the commit is %s", head)
	}
	_, sources := newGit(t)
	found := reproduce.Find(t.Context(), sources, gitClaim(head, "", ""))
	if found.Commit == nil {
		t.Fatalf("%q", found.Reasons)
	}
	if m := reproduce.Match(version(manifest, "x"), found.Commit); m.Verdict != reproduce.Reproduced {
		t.Errorf("%s: %+v", m.Verdict, m.Files)
	}
}

// TestGitTransports uses only what an address or the user's mapping asks for.
func TestGitTransports(t *testing.T) {
	r := newRemote(t, false)
	r.commit("main", "a", "x")
	marker := filepath.Join(t.TempDir(), "ran")
	for mapped, wanted := range map[string]string{
		"ext::touch " + marker + " ":     "helper program",
		"ftp://127.0.0.1:1/":             `over "ftp"`,
		"http://127.0.0.1:1/":            "ls-remote",
		filepath.Join(r.work, "none/"):   "ls-remote",
		"https://git2.example.invalid:1": "ls-remote",
	} {
		t.Run(strings.SplitN(mapped, ":", 2)[0], func(t *testing.T) {
			config := filepath.Join(t.TempDir(), "config")
			t.Setenv("GIT_CONFIG_GLOBAL", config)
			r.run(".", "config", "--global", "url."+mapped+".insteadOf", "https://git.example.invalid/")
			r.run(".", "config", "--global", "protocol.ext.allow", "always")
			_, sources := newGit(t)
			found := reproduce.Find(t.Context(), sources, gitClaim("", "", ""))
			if found.Verdict != reproduce.SourceUnreachable || !strings.Contains(strings.Join(found.Reasons, " "), wanted) {
				t.Errorf("%s: %s, %q", mapped, found.Verdict, found.Reasons)
			}
		})
	}
	if _, err := os.Stat(marker); err == nil {
		t.Error("a program ran")
	}
	// An address that is not mapped is asked over https alone, also where the
	// surroundings allow more.
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	t.Setenv("GIT_ALLOW_PROTOCOL", "file:ext")
	c := &clone{dir: t.TempDir()}
	if err := c.choose(t.Context(), elsewhere); err != nil || c.transport != "https" {
		t.Errorf("%q, %v", c.transport, err)
	}
	if _, err := c.git(t.Context(), c.dir, "ls-remote", r.dir); err == nil || !strings.Contains(err.Error(), "not allowed") {
		t.Errorf("a folder over https alone: %v", err)
	}
}

// TestGitNothingRuns configures what git could run in the fetching repository.
func TestGitNothingRuns(t *testing.T) {
	r := newRemote(t, false)
	head := r.commit("main", "package.json", manifest, "index.js", "x", ".gitattributes", "* filter=x diff=x\n", ".gitmodules", "[submodule \"x\"]\n\tpath = x\n\turl = ../x\n")
	marker := filepath.Join(t.TempDir(), "ran")
	hooks := t.TempDir()
	script := filepath.Join(hooks, "script")
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho ran >> '"+marker+"'\ncat\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, hook := range []string{"reference-transaction", "post-checkout", "post-merge", "fsmonitor-watchman"} {
		if err := os.Symlink(script, filepath.Join(hooks, hook)); err != nil {
			t.Fatal(err)
		}
	}
	for key, value := range map[string]string{"core.hooksPath": hooks, "core.fsmonitor": script, "core.pager": script, "filter.x.smudge": script, "init.templateDir": hooks} {
		r.run(".", "config", "--global", key, value)
	}
	os.Remove(marker)
	_, sources := newGit(t)
	if found := reproduce.Find(t.Context(), sources, gitClaim(head, "", "")); found.Commit == nil {
		t.Errorf("%q", found.Reasons)
	}
	if data, err := os.ReadFile(marker); err == nil {
		t.Errorf("something ran: %q", data)
	}
}

func TestGitCancelled(t *testing.T) {
	r := newRemote(t, false)
	r.commit("main", "a", "x")
	_, sources := newGit(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := sources.Entries(ctx, elsewhere, strings.Repeat("0", 40), ""); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	// Nothing of that is kept.
	if _, _, err := sources.Tag(t.Context(), elsewhere, []string{"v1"}); !errors.Is(err, reproduce.ErrNotFound) {
		t.Errorf("error %v", err)
	}
}

// TestGitStalled leaves no process of git behind that waits for a server that says
// nothing: the server's connection ends.
func TestGitStalled(t *testing.T) {
	r := newRemote(t, false)
	asked, gone := make(chan bool), make(chan bool)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		close(asked)
		<-req.Context().Done() // the other side has hung up
		close(gone)
	}))
	defer server.Close()
	r.run(".", "config", "--global", "--remove-section", "url."+filepath.Dir(filepath.Dir(r.dir))+"/")
	r.run(".", "config", "--global", "url."+server.URL+"/.insteadOf", "https://git.example.invalid/")
	_, sources := newGit(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	if _, err := sources.Entries(ctx, elsewhere, strings.Repeat("0", 40), ""); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	<-gone
}

// TestGitReach asks for commits that nobody has.
func TestGitReach(t *testing.T) {
	r := newRemote(t, true)
	r.commit("main", "a", "x")
	_, sources := newGit(t)
	for _, commit := range []string{strings.Repeat("0", 40), "main", "--all"} {
		if reach, ref, err := sources.Reach(t.Context(), elsewhere, commit, nil); reach != reproduce.Unreachable || ref != "" || err != nil {
			t.Errorf("%q: %s, %q, %v", commit, reach, ref, err)
		}
	}
}

func TestGitDisk(t *testing.T) {
	c := &clone{dir: t.TempDir()}
	if err := os.MkdirAll(filepath.Join(c.dir, "deep", "er"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "deep/er/b"} {
		if err := os.WriteFile(filepath.Join(c.dir, filepath.FromSlash(name)), []byte("12345"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if n := c.size(); n != 10 {
		t.Errorf("%d bytes", n)
	}
	ctx, stop := context.WithCancelCause(t.Context())
	c.watch(ctx, stop, 9)
	if err := context.Cause(ctx); !errors.Is(err, errDisk) {
		t.Errorf("too much: %v", err)
	}
	ctx, stop = context.WithCancelCause(t.Context())
	time.AfterFunc(2*diskInterval, func() { stop(nil) })
	c.watch(ctx, stop, 10)
	if err := context.Cause(ctx); errors.Is(err, errDisk) {
		t.Errorf("just enough: %v", err)
	}
}

// TestGitRoom deletes what was opened first where all takes too much, and reads it again.
func TestGitRoom(t *testing.T) {
	r := newRemote(t, false)
	commit := r.commit("main", "a", "x")
	g, sources := newGit(t)
	entries := func() {
		t.Helper()
		if got, err := sources.Entries(t.Context(), elsewhere, commit, ""); len(got) != 1 || err != nil {
			t.Errorf("%v, %v", got, err)
		}
		if reach, _, err := sources.Reach(t.Context(), elsewhere, commit, nil); reach != reproduce.Reachable || err != nil {
			t.Errorf("%s, %v", reach, err)
		}
	}
	entries()
	first := g.order[0]
	second := &clone{dir: filepath.Join(g.root, "1"), listed: true}
	g.order = append(g.order, second)
	if err := os.Mkdir(second.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(second.dir, "pack"), make([]byte, 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	g.makeRoom(1000 + first.size())
	if first.size() == 0 || second.size() != 1000 {
		t.Fatalf("deleted although there is room: %d, %d", first.size(), second.size())
	}
	first.mu.Lock()
	g.makeRoom(1000)
	first.mu.Unlock()
	if first.size() == 0 {
		t.Error("deleted while it is read")
	}
	g.makeRoom(1000)
	if first.size() != 0 || second.size() != 1000 {
		t.Errorf("%d and %d bytes are left", first.size(), second.size())
	}
	entries()
}

// TestGitTree takes no folder for a commit, of which a publisher may name the id.
func TestGitTree(t *testing.T) {
	for _, served := range []bool{true, false} {
		r := newRemote(t, served)
		r.run(r.dir, "config", "uploadpack.allowAnySHA1InWant", "true")
		commit := r.commit("main", "package.json", manifest, "test/sample/package.json", manifest, "test/sample/index.js", "evil")
		folder := strings.TrimSpace(r.run(r.dir, "rev-parse", commit+":test/sample"))
		_, sources := newGit(t)
		for range 2 {
			if got, err := sources.Entries(t.Context(), elsewhere, folder, ""); !errors.Is(err, reproduce.ErrNotFound) {
				t.Errorf("%v, %v", got, err)
			}
		}
	}
}

// TestGitEnvironment bounds git's memory, and hides a surrounding repository from it.
func TestGitEnvironment(t *testing.T) {
	newRemote(t, false)
	for _, name := range []string{"GIT_DIR", "GIT_COMMON_DIR", "GIT_GRAFT_FILE", "GIT_SHALLOW_FILE"} {
		t.Setenv(name, "/nowhere")
	}
	c := &clone{dir: t.TempDir()}
	out, err := c.git(t.Context(), c.dir, "-c", "alias.say=!echo $GIT_ALLOC_LIMIT $GIT_COMMON_DIR $GIT_GRAFT_FILE $GIT_SHALLOW_FILE", "say")
	if got := strings.TrimSpace(string(out)); got != "536870912" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// TestComplaint tells why git failed, the same in each audit.
func TestComplaint(t *testing.T) {
	c := &clone{dir: "/tmp/amalfi-source-123/0"}
	for stderr, want := range map[string]string{
		"": "",
		"warning: redirecting to x\nremote: hello\nfatal: no\nerror: later\n":       "fatal: no",
		"error: cannot lock /tmp/amalfi-source-123/0/trees/HEAD.lock\nfatal: later": "error: cannot lock ./trees/HEAD.lock",
		"  Killed\nagain\n": "Killed",
	} {
		if got := c.complaint(stderr); got != want {
			t.Errorf("%q: %q, want %q", stderr, got, want)
		}
	}
}

func TestBounded(t *testing.T) {
	full := 0
	b := &bounded{limit: 3, full: func() { full++ }}
	if n, err := b.Write([]byte("abc")); n != 3 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := b.Write([]byte("d")); err == nil || full != 1 || b.String() != "abc" {
		t.Errorf("%v, %d, %q", err, full, b.String())
	}
	b = &bounded{limit: 3}
	if n, err := b.Write([]byte("abcd")); n != 4 || err != nil || b.String() != "abc" {
		t.Errorf("%d, %v, %q", n, err, b.String())
	}
}

// FuzzParseTree reads what a git of any kind may print.
func FuzzParseTree(f *testing.F) {
	id := strings.Repeat("a", 40)
	f.Add([]byte("100644 blob " + id + "\ta/b\x00160000 commit " + id + "\ts\x00"))
	f.Add([]byte("120000 blob " + id + "\t../x\x00"))
	f.Add([]byte("100644 blob x\ta"))
	f.Fuzz(func(t *testing.T, out []byte) {
		entries, err := parseTree(out)
		if err != nil && entries != nil {
			t.Fatal("entries beside an error")
		}
		for _, e := range entries {
			if !reproduce.ValidCommit(e.ID) || e.Path == "" || strings.HasPrefix(e.Path, "/") || strings.Contains("/"+e.Path+"/", "/../") {
				t.Fatalf("%+v", e)
			}
		}
	})
}
