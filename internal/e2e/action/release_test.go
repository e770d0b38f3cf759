package action

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestBuildScript builds the program for this machine, twice: the bytes are the
// same.
func TestBuildScript(t *testing.T) {
	build := script(t, "build.sh")
	for _, environ := range [][]string{
		{"VERSION=1.2.3"}, {"VERSION=v1.2.3 -X main.defaultRegistry=x"}, {"DEFAULT_REGISTRY=https://a.invalid -X main.version=x"}, {"DEFAULT_REGISTRY=undefined"},
	} {
		if r := run(t, ".", environ, build, t.TempDir(), "linux/amd64"); r.code != 2 {
			t.Errorf("%q: exit code %d, want 2", environ, r.code)
		}
	}
	if os.Getenv("AMALFI_E2E") == "" {
		t.Skip("AMALFI_E2E is not set: building takes minutes where nothing of it is cached")
	}
	platform := runtime.GOOS + "/" + runtime.GOARCH
	environ := []string{"VERSION=v1.2.3-rc.1", "DEFAULT_REGISTRY=https://registry.invalid/"}
	var digests []string
	for range 2 {
		dir := t.TempDir()
		must(t, ".", environ, build, dir, platform)
		file := filepath.Join(dir, "audit_"+strings.ReplaceAll(platform, "/", "_"))
		if runtime.GOOS == "windows" {
			file += ".exe"
		}
		digests = append(digests, fmt.Sprintf("%x", sha256.Sum256([]byte(read(t, file)))))
		if got := must(t, dir, nil, file, "--version"); got != "v1.2.3-rc.1\n" {
			t.Errorf("it says it is %q", got)
		}
		write(t, filepath.Join(dir, "package-lock.json"), `{"lockfileVersion":3,"packages":{"":{},"node_modules/x":{"version":"1.0.0"}}}`)
		r := runIn(t, dir, []string{"HOME=" + dir}, file, "tree", dir)
		if !strings.Contains(r.stdout+r.stderr, "registry.invalid") {
			t.Errorf("the default registry is not asked:\n%s%s", r.stdout, r.stderr)
		}
	}
	if digests[0] != digests[1] {
		t.Errorf("two builds differ: %q", digests)
	}
}

func TestChecksumsScript(t *testing.T) {
	checksums, dir := script(t, "checksums.sh"), t.TempDir()
	if r := run(t, ".", nil, checksums, dir); r.code == 0 {
		t.Error("an empty folder has checksums")
	}
	write(t, filepath.Join(dir, "b"), "2")
	write(t, filepath.Join(dir, "a"), "1")
	want := fmt.Sprintf("%x  a\n%x  b\n", sha256.Sum256([]byte("1")), sha256.Sum256([]byte("2")))
	for range 2 { // the second time SHA256SUMS is there
		must(t, ".", nil, checksums, dir)
		if diff := cmp.Diff(want, read(t, filepath.Join(dir, "SHA256SUMS"))); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
}

// TestIntelScript makes a release's data of small lists.
func TestIntelScript(t *testing.T) {
	intel, dir := script(t, "intel.sh"), t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	record := `{"schema_version":"1.7.4","id":"MAL-0000-1","modified":"2025-01-01T00:00:00Z","summary":"Malicious code in x (npm)",` +
		`"affected":[{"package":{"ecosystem":"npm","name":"x"},"versions":["1.0.0"]}]}`
	write(t, in("osv/MAL-0000-1.json"), record)
	write(t, in("hashes.csv"), "package,version,hash,analysis\r\ny,1.0.0,"+strings.Repeat("a", 32)+",malicious\r\n")
	data := func() string {
		t.Helper()
		folder := t.TempDir()
		write(t, filepath.Join(folder, "example.jsonl"), "{}\n")
		write(t, filepath.Join(folder, "README.md"), "x\n")
		return folder
	}
	names := func(folder string) []string {
		t.Helper()
		entries, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, e := range entries {
			out = append(out, e.Name())
		}
		return out
	}

	folder := data()
	must(t, ".", nil, intel, folder, in("osv"), in("hashes.csv"))
	if want := []string{"README.md", "known.intel"}; !slices.Equal(names(folder), want) {
		t.Fatalf("the folder has %q, want %q", names(folder), want)
	}
	home := t.TempDir()
	write(t, filepath.Join(home, "own.intel"), read(t, filepath.Join(folder, "known.intel")))
	list := must(t, ".", nil, program(t), "intel", "list", "x", "--intel", home)
	if !strings.Contains(list, "MAL-0000-1") {
		t.Errorf("the record is not in it:\n%s", list)
	}
	if hash := must(t, ".", nil, program(t), "intel", "show", strings.Repeat("a", 32), "--intel", home); !strings.Contains(hash, "package-md5") {
		t.Errorf("the hash is not in it:\n%s", hash)
	}

	write(t, in("broken.zip"), "PK")
	folder = data()
	if r := run(t, ".", nil, intel, folder, in("broken.zip"), in("hashes.csv")); r.code == 0 || !slices.Equal(names(folder), []string{"README.md", "example.jsonl"}) {
		t.Errorf("a broken list: exit code %d, the folder has %q", r.code, names(folder))
	}
}

const (
	pinnedImage = "ghcr.io/acme/audit@sha256:"
	address     = "https://github.com/acme/audit/releases/download/v1.2.3"
)

var platforms = []string{"linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64", "windows_amd64.exe", "windows_arm64.exe"}

// TestPinScripts pins a clone of what matters and tags it.
func TestPinScripts(t *testing.T) {
	pin, tag := script(t, "pin.sh"), script(t, "tag.sh")
	digest := strings.Repeat("0123456789abcdef", 4)
	sums := filepath.Join(t.TempDir(), "SHA256SUMS")
	var text strings.Builder
	for _, p := range platforms {
		fmt.Fprintf(&text, "%s  audit_%s\n", digest, p)
	}
	write(t, sums, text.String())

	checkout, remote := t.TempDir(), t.TempDir()
	in := func(name string) string { return filepath.Join(checkout, filepath.FromSlash(name)) }
	files := []string{"action.yml", "composite/action.yml", "composite/run.sh"}
	git := func(args ...string) string {
		t.Helper()
		return must(t, checkout, []string{"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "HOME=" + checkout,
			"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.invalid", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.invalid"},
			append([]string{"git"}, args...)...)
	}
	for _, name := range files {
		write(t, in(name), read(t, filepath.Join(root, filepath.FromSlash(name))))
	}
	git("init", "--quiet", "--bare", remote)
	git("init", "--quiet", "--initial-branch=main", ".")
	git("remote", "add", "origin", remote)
	git("add", "-A")
	git("commit", "--quiet", "--message", "source")
	git("push", "--quiet", "origin", "main")
	source := strings.TrimSpace(git("rev-parse", "HEAD"))

	short := filepath.Join(t.TempDir(), "SHA256SUMS")
	write(t, short, text.String()[80:])
	for name, args := range map[string][]string{
		"image without a digest": {strings.TrimSuffix(pinnedImage, "@sha256:") + ":latest", address, sums},
		"short digest":           {pinnedImage + digest[1:], address, sums},
		"address of no release":  {pinnedImage + digest, "https://github.com/acme/audit", sums},
		"plain address":          {pinnedImage + digest, strings.Replace(address, "https", "http", 1), sums},
		"line in the address":    {pinnedImage + digest, address + "\nx: y", sums},
		"program missing":        {pinnedImage + digest, address, short},
	} {
		if r := run(t, ".", nil, append([]string{pin, checkout}, args...)...); r.code == 0 {
			t.Errorf("%s: exit code 0", name)
		}
	}
	if got := git("status", "--porcelain"); got != "" {
		t.Fatalf("what was refused changed files:\n%s", got)
	}

	must(t, ".", nil, pin, checkout, pinnedImage+digest, address, sums)
	var docker, composite metadata
	parse(t, in("action.yml"), &docker)
	parse(t, in("composite/action.yml"), &composite)
	if docker.Runs.Image != "docker://"+pinnedImage+digest || composite.Runs.Steps[0].Env["AUDIT_RELEASE"] != address {
		t.Errorf("image %q, release %q", docker.Runs.Image, composite.Runs.Steps[0].Env["AUDIT_RELEASE"])
	}
	if r := run(t, ".", nil, pin, checkout, pinnedImage+digest, address, sums); r.code == 0 {
		t.Error("what is pinned is pinned again")
	}

	commit := strings.TrimSpace(must(t, ".", nil, tag, checkout, "v1.2.3"))
	if got := strings.TrimSpace(git("ls-remote", "origin", "refs/tags/v1.2.3")); got != commit+"\trefs/tags/v1.2.3" {
		t.Errorf("the remote's tag is %q, want %s", got, commit)
	}
	if got := strings.TrimSpace(git("rev-parse", "v1.2.3^")); got != source {
		t.Errorf("the tag's parent is %s, want %s", got, source)
	}
	if got := strings.TrimSpace(git("ls-remote", "origin", "refs/heads/main")); got != source+"\trefs/heads/main" {
		t.Errorf("the branch moved: %q", got)
	}
	want := []string{"M\taction.yml", "A\tcomposite/SHA256SUMS", "M\tcomposite/action.yml"}
	if diff := cmp.Diff(want, lines(git("diff", "--name-status", source, commit))); diff != "" {
		t.Errorf("files of the release's commit (-want +got)\n%s", diff)
	}
	git("commit", "--quiet", "--allow-empty", "--message", "later")
	if r := run(t, ".", nil, tag, checkout, "v1.2.3"); r.code == 0 {
		t.Error("a tag is moved")
	}
}
