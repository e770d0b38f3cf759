package git

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// testRepository is a repository made with the git command.
type testRepository struct {
	t   *testing.T
	dir string
}

// newRepository makes an empty repository, away from the configuration of
// whoever runs the tests.
func newRepository(t *testing.T) *testRepository {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git command")
	}
	for name, value := range map[string]string{
		"HOME": t.TempDir(), "XDG_CONFIG_HOME": t.TempDir(), "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.DevNull,
		"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@x.invalid", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@x.invalid",
		"GIT_AUTHOR_DATE": "2000-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2000-01-01T00:00:00Z",
	} {
		t.Setenv(name, value)
	}
	for _, name := range []string{"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"} {
		t.Setenv(name, "")
		os.Unsetenv(name)
	}
	r := &testRepository{t, t.TempDir()}
	r.git("init", "--quiet", "--initial-branch=main")
	return r
}

func (r *testRepository) git(args ...string) string {
	r.t.Helper()
	cmd := exec.Command("git", append([]string{"-C", r.dir}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %q: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (r *testRepository) write(name, content string) {
	r.t.Helper()
	name = filepath.Join(r.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

// commit writes files, given as name and content, and returns the commit.
func (r *testRepository) commit(files ...string) string {
	r.t.Helper()
	for i := 0; i < len(files); i += 2 {
		r.write(files[i], files[i+1])
	}
	r.git("add", "--all")
	r.git("commit", "--quiet", "--allow-empty", "-m", "x")
	return r.git("rev-parse", "HEAD")
}

func (r *testRepository) open(dir string) *Repository {
	r.t.Helper()
	repo, err := Open(r.t.Context(), filepath.Join(r.dir, filepath.FromSlash(dir)))
	if err != nil {
		r.t.Fatal(err)
	}
	return repo
}

// files reads a whole tree.
func files(t *testing.T, repo *Repository, commit string) map[string]string {
	t.Helper()
	tree, err := repo.Tree(t.Context(), commit)
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]string)
	err = fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(tree, name)
		got[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestOpen(t *testing.T) {
	r := newRepository(t)
	r.open(".")
	outside := t.TempDir()
	t.Setenv("GIT_CEILING_DIRECTORIES", filepath.Dir(outside))
	for _, dir := range []string{outside, filepath.Join(outside, "none")} {
		if _, err := Open(t.Context(), dir); err == nil || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s: error %v", dir, err)
		}
	}
}

func TestCommit(t *testing.T) {
	r := newRepository(t)
	first := r.commit("a", "1")
	r.git("tag", "light")
	r.git("tag", "-a", "-m", "x", "annotated")
	second := r.commit("a", "2")
	r.git("branch", "topic/x", first)
	tree := r.git("rev-parse", "HEAD^{tree}")
	repo := r.open(".")
	for ref, want := range map[string]string{
		"HEAD": second, "main": second, "refs/heads/main": second, "HEAD~1": first, "HEAD^": first, "light": first, "annotated": first,
		"topic/x": first, first: first, first[:12]: first, "HEAD^{commit}": second,
	} {
		if got, err := repo.Commit(t.Context(), ref); got != want || err != nil {
			t.Errorf("%s is %s, %v, want %s", ref, got, err, want)
		}
	}
	for _, ref := range []string{
		"", "none", "origin/main", strings.Repeat("0", 40), "HEAD~5", tree, "HEAD:a", "a b", "main..topic/x", "-h", "--all", "--help", "-", "\x00"[:0] + "x\ny",
	} {
		if got, err := repo.Commit(t.Context(), ref); !errors.Is(err, ErrNoRef) {
			t.Errorf("%q is %q with error %v", ref, got, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := repo.Commit(ctx, "HEAD"); !errors.Is(err, context.Canceled) || errors.Is(err, ErrNoRef) {
		t.Errorf("cancelled: error %v", err)
	}
}

func TestMergeBase(t *testing.T) {
	r := newRepository(t)
	fork := r.commit("a", "1")
	r.git("checkout", "--quiet", "-b", "topic")
	topic := r.commit("a", "topic")
	r.git("checkout", "--quiet", "main")
	main := r.commit("a", "main")
	r.git("checkout", "--quiet", "--orphan", "alone")
	alone := r.commit("a", "alone")
	repo := r.open(".")
	for _, test := range [][3]string{{main, topic, fork}, {topic, main, fork}, {fork, topic, fork}, {main, main, main}} {
		if got, err := repo.MergeBase(t.Context(), test[0], test[1]); got != test[2] || err != nil {
			t.Errorf("of %s and %s: %s, %v, want %s", test[0], test[1], got, err, test[2])
		}
	}
	for _, other := range []string{alone, strings.Repeat("0", 40), "--all"} {
		if got, err := repo.MergeBase(t.Context(), main, other); err == nil {
			t.Errorf("of %s and %s: %q", main, other, got)
		}
	}
}

func TestDefaultBranch(t *testing.T) {
	r := newRepository(t)
	repo := r.open(".")
	want := func(branch string) {
		t.Helper()
		if got := repo.DefaultBranch(t.Context()); got != branch {
			t.Errorf("%q, want %q", got, branch)
		}
	}
	want("")
	first := r.commit("a", "1")
	want("main")
	r.git("branch", "-m", "main", "trunk")
	want("")
	r.git("branch", "master")
	want("master")
	r.git("update-ref", "refs/remotes/origin/master", first)
	want("origin/master")
	r.git("update-ref", "refs/remotes/origin/main", first)
	want("origin/main")
	r.git("update-ref", "refs/remotes/origin/next", first)
	r.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/next")
	want("origin/HEAD")
}

func TestTree(t *testing.T) {
	r := newRepository(t)
	first := r.commit("package.json", "{}\n", "packages/a/package.json", "{\"name\": \"a\"}\n", "packages/b/empty", "")
	second := r.commit("package.json", "{\"version\": 2}\n", "yarn.lock", "# yarn\r\n")
	repo := r.open(".")
	if diff := cmp.Diff(map[string]string{"package.json": "{}\n", "packages/a/package.json": "{\"name\": \"a\"}\n", "packages/b/empty": ""}, files(t, repo, first)); diff != "" {
		t.Errorf("the first commit (-want +got):\n%s", diff)
	}
	r.write("package.json", "not committed")
	r.write("untracked", "x")
	if diff := cmp.Diff(map[string]string{
		"package.json": "{\"version\": 2}\n", "packages/a/package.json": "{\"name\": \"a\"}\n", "packages/b/empty": "", "yarn.lock": "# yarn\r\n",
	}, files(t, repo, second)); diff != "" {
		t.Errorf("the second commit (-want +got):\n%s", diff)
	}
	tree, err := repo.Tree(t.Context(), second)
	if err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(tree, "package.json", "packages/a/package.json", "packages/b/empty", "yarn.lock"); err != nil {
		t.Error(err)
	}
	for _, commit := range []string{strings.Repeat("0", 40), "none", "--help", ""} {
		if tree, err := repo.Tree(t.Context(), commit); err == nil {
			t.Errorf("the tree of %q: %v", commit, tree)
		}
	}
	r.git("rm", "--quiet", "-r", "-f", ".")
	r.git("clean", "--quiet", "-d", "-f")
	if got := files(t, repo, r.commit()); len(got) != 0 {
		t.Errorf("an empty tree has %v", got)
	}
}

// TestSubfolder opens a folder within the work tree.
func TestSubfolder(t *testing.T) {
	r := newRepository(t)
	before := r.commit("yarn.lock", "root", "other/yarn.lock", "other", "was", "a file")
	inside := r.commit("app/yarn.lock", "app", "app/deep/er/package.json", "{}")
	want := map[string]string{"yarn.lock": "app", "deep/er/package.json": "{}"}
	if diff := cmp.Diff(want, files(t, r.open("app"), inside)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"package.json": "{}"}, files(t, r.open("app/deep/er"), inside)); diff != "" {
		t.Errorf("deeper (-want +got):\n%s", diff)
	}
	if got := files(t, r.open("app"), before); len(got) != 0 {
		t.Errorf("before there was the folder it has %v", got)
	}
	r.git("rm", "--quiet", "was")
	after := r.commit("was/yarn.lock", "x")
	if got := files(t, r.open("was"), inside); len(got) != 0 {
		t.Errorf("a file has %v", got)
	}
	if diff := cmp.Diff(map[string]string{"yarn.lock": "x"}, files(t, r.open("was"), after)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// That a folder is missing is one thing, that the commit is, another.
	if tree, err := r.open("app").Tree(t.Context(), strings.Repeat("0", 40)); err == nil {
		t.Errorf("the folder of no commit: %v", tree)
	}
}

// TestNames reads files whose names need quoting somewhere.
func TestNames(t *testing.T) {
	r := newRepository(t)
	names := []string{
		"with space/yarn.lock", " leading and trailing /x", "tab\tin\tit", "new\nline", `quote"d`, "back\\slash", "ümläut", "日本", "*", "[a]", ":(glob)x", "-dash", "--help", "a:b", "$(x)", "@{u}", "HEAD", "deep/a/b/c/d/e/f",
	}
	want := make(map[string]string)
	var pairs []string
	for _, name := range names {
		pairs = append(pairs, name, "content of "+name)
		want[name] = "content of " + name
	}
	commit := r.commit(pairs...)
	if diff := cmp.Diff(want, files(t, r.open("."), commit)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for dir, file := range map[string]string{"with space": "yarn.lock", " leading and trailing ": "x"} {
		if diff := cmp.Diff(map[string]string{file: want[dir+"/"+file]}, files(t, r.open(dir), commit)); diff != "" {
			t.Errorf("within %q (-want +got):\n%s", dir, diff)
		}
	}
}

// TestNotFiles leaves submodules out and does not follow links.
func TestNotFiles(t *testing.T) {
	r := newRepository(t)
	first := r.commit("a", "1", "real/yarn.lock", "real")
	if err := os.Symlink("real/yarn.lock", filepath.Join(r.dir, "yarn.lock")); err != nil {
		t.Skip(err)
	}
	if err := os.Symlink("/etc", filepath.Join(r.dir, "etc")); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(r.dir, "a"), 0o755); err != nil {
		t.Fatal(err)
	}
	r.git("update-index", "--add", "--cacheinfo", "160000,"+first+",submodule")
	r.git("add", "a", "yarn.lock", "etc")
	r.git("commit", "--quiet", "-m", "x")
	commit := r.git("rev-parse", "HEAD")
	if listing := r.git("ls-tree", commit); !strings.Contains(listing, "160000 commit") || !strings.Contains(listing, "120000 blob") || !strings.Contains(listing, "100755 blob") {
		t.Fatalf("the commit is not as meant:\n%s", listing)
	}
	tree, err := r.open(".").Tree(t.Context(), commit)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"a": "1", "real/yarn.lock": "real"} {
		if data, err := fs.ReadFile(tree, name); err != nil || string(data) != want {
			t.Errorf("%s is %q, %v", name, data, err)
		}
	}
	for _, link := range []string{"yarn.lock", "etc"} {
		if data, err := fs.ReadFile(tree, link); !errors.Is(err, errLink) || data != nil {
			t.Errorf("the link %s is %q, %v", link, data, err)
		}
	}
	if _, err := fs.Stat(tree, "submodule"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the submodule: %v", err)
	}
	entries, err := fs.ReadDir(tree, ".")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if diff := cmp.Diff([]string{"a", "etc", "real", "yarn.lock"}, names); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestMissingBlob reports content that the repository has lost.
func TestMissingBlob(t *testing.T) {
	r := newRepository(t)
	commit := r.commit("yarn.lock", "x", "package.json", "{}")
	id := r.git("rev-parse", commit+":yarn.lock")
	tree, err := r.open(".").Tree(t.Context(), commit)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(r.dir, ".git", "objects", id[:2], id[2:])); err != nil {
		t.Fatal(err)
	}
	if data, err := fs.ReadFile(tree, "yarn.lock"); err == nil {
		t.Errorf("the lost file is %q", data)
	}
	if data, err := fs.ReadFile(tree, "package.json"); err != nil || string(data) != "{}" {
		t.Errorf("the other is %q, %v", data, err)
	}
}

// TestNothingRuns configures everything that git could run.
func TestNothingRuns(t *testing.T) {
	r := newRepository(t)
	marker := filepath.Join(t.TempDir(), "ran")
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho ran >> '"+marker+"'\ncat\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	first := r.commit(".gitattributes", "* filter=x diff=x textconv=x\n", "app/yarn.lock", "a\n")
	second := r.commit("app/yarn.lock", "b\n")
	hooks := filepath.Join(r.dir, ".git", "hooks")
	if err := os.MkdirAll(hooks, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, hook := range []string{"post-checkout", "pre-commit", "post-index-change", "reference-transaction", "fsmonitor-watchman", "post-merge"} {
		if err := os.Symlink(script, filepath.Join(hooks, hook)); err != nil {
			t.Fatal(err)
		}
	}
	for key, value := range map[string]string{
		"core.fsmonitor": script, "core.pager": script, "core.editor": script, "core.hooksPath": hooks, "core.sshCommand": script, "core.askPass": script,
		"diff.external": script, "diff.x.textconv": script, "diff.x.command": script, "filter.x.smudge": script, "filter.x.clean": script, "filter.x.process": script,
		"credential.helper": script, "pager.ls-tree": "true", "pager.cat-file": "true", "pager.rev-parse": "true", "alias.ls-tree": "!" + script,
	} {
		r.git("config", key, value)
	}
	os.Remove(marker)
	repo := r.open("app")
	for _, ref := range []string{"HEAD", "main", first} {
		if _, err := repo.Commit(t.Context(), ref); err != nil {
			t.Error(err)
		}
	}
	if _, err := repo.MergeBase(t.Context(), first, second); err != nil {
		t.Error(err)
	}
	repo.DefaultBranch(t.Context())
	if diff := cmp.Diff(map[string]string{"yarn.lock": "b\n"}, files(t, repo, second)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if data, err := os.ReadFile(marker); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("something ran: %q, %v", data, err)
	}
}

// TestBare reads a repository without a work tree.
func TestBare(t *testing.T) {
	r := newRepository(t)
	commit := r.commit("yarn.lock", "x", "a/b", "y")
	bare := t.TempDir()
	r.git("clone", "--quiet", "--bare", r.dir, bare)
	repo, err := Open(t.Context(), bare)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := repo.Commit(t.Context(), "main"); got != commit || err != nil {
		t.Errorf("main is %s, %v", got, err)
	}
	if diff := cmp.Diff(map[string]string{"yarn.lock": "x", "a/b": "y"}, files(t, repo, commit)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestShallow explains a missing ancestor.
func TestShallow(t *testing.T) {
	r := newRepository(t)
	first := r.commit("a", "1")
	second := r.commit("a", "2")
	shallow := t.TempDir()
	r.git("clone", "--quiet", "--depth=1", "file://"+filepath.ToSlash(r.dir), shallow)
	repo, err := Open(t.Context(), shallow)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := repo.Commit(t.Context(), first); !errors.Is(err, ErrNoRef) {
		t.Errorf("the commit that is not there: %v", err)
	}
	if got, err := repo.Commit(t.Context(), "HEAD"); got != second || err != nil {
		t.Errorf("HEAD is %s, %v", got, err)
	}
	if _, err := repo.MergeBase(t.Context(), second, first); err == nil || !strings.Contains(err.Error(), "shallow") {
		t.Errorf("error %v does not say that the clone is shallow", err)
	}
}
