package reproduce

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/program"
	"github.com/amalfi-audit/audit/internal/tarball"
)

// makeTree makes a tarball's tree with the content kept. A path that ends in "!"
// has its content dropped, one in "?" is a .npmignore that was a .gitignore.
func makeTree(files map[string]string) *npm.Tree {
	t := new(npm.Tree)
	for name, text := range files {
		sum := sha256.Sum256([]byte(text))
		f := npm.File{Size: int64(len(text)), SHA256: hex.EncodeToString(sum[:]), Data: []byte(text)}
		switch {
		case strings.HasPrefix(text, "\x7fELF"):
			f.Content = npm.ContentELF
		case strings.HasPrefix(text, "\x00asm"):
			f.Content = npm.ContentWasm
		case strings.Contains(text, "\x00"):
			f.Content = npm.ContentBinary
		}
		if f.Path = strings.TrimSuffix(name, "!"); f.Path != name {
			f.GitBlob, f.Data = BlobID(40, f.Data), nil
		}
		if p := strings.TrimSuffix(f.Path, "?"); p != f.Path {
			f.Path, f.Renamed = p, true
		}
		t.Files = append(t.Files, f)
	}
	t.Sort()
	return t
}

// makeEntries makes a commit's listing. A path that ends in "@" is a symbolic link, in
// "/" a submodule.
func makeEntries(digits int, files map[string]string) []Entry {
	var out []Entry
	for name, text := range files {
		e := Entry{Path: strings.TrimRight(name, "@/"), ID: BlobID(digits, []byte(text)), Size: int64(len(text))}
		switch {
		case strings.HasSuffix(name, "@"):
			e.Mode = ModeLink
		case strings.HasSuffix(name, "/"):
			e.Mode, e.ID, e.Size = ModeSubmodule, text, 0
		}
		out = append(out, e)
	}
	return out
}

// makeCommit is makeEntries as the commit of a package in a folder.
func makeCommit(directory string, files map[string]string) *Commit {
	return &Commit{Repository: Repository{"git.example.invalid", "o/r"}, ID: strings.Repeat("a", 40), How: FoundByGitHead, Reach: Reachable, ReachedBy: "main",
		Directory: directory, Entries: makeEntries(40, files), Manifest: []byte(files[path.Join(directory, manifestName)])}
}

var subject = npm.PackageVersion{Name: "a", Version: "1.2.3"}

// classes returns each file's class with its differences and its note.
func classes(r *Result) map[string]string {
	out := make(map[string]string)
	for _, f := range r.Files {
		text := string(f.Class)
		for _, d := range f.Differences {
			text += " " + string(d)
		}
		out[f.Path] = text
	}
	return out
}

const submodule = "dddddddddddddddddddddddddddddddddddddddd"

// shapes are packages with their sources.
var shapes = []struct {
	name            string
	directory       string
	tarball, source map[string]string
	verdict         Verdict
	classes         map[string]string // of the files that are not in-source
}{
	{name: "plain", tarball: map[string]string{"package.json": `{"name":"a","version":"1.2.3"}`, "index.js": "x()\n", "README.md": "a\n", "data.json": "{}"},
		source: map[string]string{"package.json": `{"name":"a","version":"1.2.3"}`, "index.js": "x()\n", "README.md": "a\n", "data.json": "{}", "test/a.js": "y"}, verdict: Reproduced},
	{name: "takeover: a line that the source does not have", tarball: map[string]string{"package.json": `{"name":"a"}`, "index.js": "x()\nrequire('./b')\n"},
		source: map[string]string{"package.json": `{"name":"a"}`, "index.js": "x()\n"}, verdict: NotReproduced, classes: map[string]string{"index.js": "changed"}},
	{name: "takeover: a file that the source does not have", tarball: map[string]string{"package.json": `{"name":"a"}`, "index.js": "x()\n", "setup.js": "y"},
		source: map[string]string{"package.json": `{"name":"a"}`, "index.js": "x()\n"}, verdict: Partly, classes: map[string]string{"setup.js": "not-in-source"}},
	{name: "takeover: a script in the manifest", tarball: map[string]string{"package.json": `{"name":"a","scripts":{"postinstall":"node index.js"}}`, "index.js": "x()\n"},
		source: map[string]string{"package.json": `{"name":"a"}`, "index.js": "x()\n"}, verdict: NotReproduced, classes: map[string]string{"package.json": "changed"}},
	{name: "monorepo", directory: "packages/a",
		tarball: map[string]string{"package.json": `{"name":"a"}`, "index.js": "x", "LICENSE": "root's", "readme.md": "Own\n"},
		source:  map[string]string{"package.json": `{"name":"root"}`, "index.js": "root", "LICENSE": "root's", "packages/a/package.json": `{"name":"a"}`, "packages/a/index.js": "x", "packages/a/README.md": "Own\n"},
		verdict: Reproduced, classes: map[string]string{"LICENSE": "in-source-with-difference root-copy", "readme.md": "in-source-with-difference case"}},
	{name: "the neighbour's file", directory: "packages/a",
		tarball: map[string]string{"package.json": `{"name":"a"}`, "index.js": "x", "extra.js": "neighbour"},
		source:  map[string]string{"packages/a/package.json": `{"name":"a"}`, "packages/a/index.js": "x", "packages/b/index.js": "neighbour"},
		verdict: Partly, classes: map[string]string{"extra.js": "elsewhere"}},
	{name: "another file of the repository in the place of one", tarball: map[string]string{"package.json": `{"name":"a"}`, "index.js": "sample"},
		source: map[string]string{"package.json": `{"name":"a"}`, "index.js": "x", "test/sample.js": "sample"}, verdict: NotReproduced, classes: map[string]string{"index.js": "changed"}},
	{name: "build output", tarball: map[string]string{"package.json": `{"name":"a"}`, "dist/index.js": "built", "cli.js": "built", "cli.d.ts": "built", "bin.js": "x", "src/x.ts": "t"},
		source: map[string]string{"package.json": `{"name":"a"}`, "cli.ts": "t", "bin.js": "x", "src/x.ts": "t"}, verdict: Partly,
		classes: map[string]string{"dist/index.js": "built", "cli.js": "built", "cli.d.ts": "built"}},
	{name: "a build folder that the source has", tarball: map[string]string{"package.json": `{"name":"a"}`, "lib/index.js": "x", "lib/evil.js": "y"},
		source: map[string]string{"package.json": `{"name":"a"}`, "lib/index.js": "x"}, verdict: Partly, classes: map[string]string{"lib/evil.js": "not-in-source"}},
	{name: "built types alone", tarball: map[string]string{"package.json": `{"name":"a"}`, "index.js": "x", "dist/index.d.ts": "built", "index.js.map": "{}"},
		source: map[string]string{"package.json": `{"name":"a"}`, "index.js": "x"}, verdict: Reproduced, classes: map[string]string{"dist/index.d.ts": "built", "index.js.map": "not-in-source"}},
	{name: "CRLF in the tarball", tarball: map[string]string{"package.json": "{\"name\":\r\n\"a\"}", "index.js": "x\r\ny\r\n", "mixed.js": "x\ny\r\n"},
		source: map[string]string{"package.json": "{\"name\":\n\"a\"}", "index.js": "x\ny\n", "mixed.js": "x\ny\n"}, verdict: Reproduced,
		classes: map[string]string{"package.json": "in-source-with-difference line-endings", "index.js": "in-source-with-difference line-endings", "mixed.js": "in-source-with-difference line-endings"}},
	{name: "CRLF in the source", tarball: map[string]string{"package.json": `{"name":"a"}`, "index.js": "x\ny\n"},
		source: map[string]string{"package.json": `{"name":"a"}`, "index.js": "x\r\ny\r\n"}, verdict: Reproduced,
		classes: map[string]string{"index.js": "in-source-with-difference line-endings"}},
	{name: "CRLF in binary data", tarball: map[string]string{"package.json": `{"name":"a"}`, "index.js": "x", "x.bin": "\x00\r\n"},
		source: map[string]string{"package.json": `{"name":"a"}`, "index.js": "x", "x.bin": "\x00\n"}, verdict: NotReproduced, classes: map[string]string{"x.bin": "changed"}},
	{name: "byte order marks", tarball: map[string]string{"package.json": `{"name":"a"}`, "index.js": "\ufeffx\r\n", "other.js": "x\n"},
		source: map[string]string{"package.json": `{"name":"a"}`, "index.js": "x\n", "other.js": "\ufeffx\n"}, verdict: Reproduced,
		classes: map[string]string{"index.js": "in-source-with-difference byte-order-mark line-endings", "other.js": "in-source-with-difference byte-order-mark"}},
	{name: "submodule", tarball: map[string]string{"package.json": `{"name":"a"}`, "index.js": "x", "vendor/v.js": "v", "vendor/deep/er/v.js": "v", "vendored.js": "v"},
		source: map[string]string{"package.json": `{"name":"a"}`, "index.js": "x", "vendor/": submodule}, verdict: Partly,
		classes: map[string]string{"vendor/v.js": "not-compared", "vendor/deep/er/v.js": "not-compared", "vendored.js": "not-in-source"}},
	{name: "symbolic link", tarball: map[string]string{"package.json": `{"name":"a"}`, "index.js": "x", "cli.js": "c"},
		source: map[string]string{"package.json": `{"name":"a"}`, "index.js": "x", "cli.js@": "../c"}, verdict: Partly, classes: map[string]string{"cli.js": "not-compared"}},
	{name: "LFS pointer", tarball: map[string]string{"package.json": `{"name":"a"}`, "index.js": "x", "big.node": "\x7fELF!", "other.node": "\x7fELF?"},
		source: map[string]string{"package.json": `{"name":"a"}`, "index.js": "x",
			"big.node":   "version https://git-lfs.github.com/spec/v1\noid sha256:527977a5fb439a55e316def0aa82a76fbef4a2c48e41754ac0e7746cf897a997\nsize 5\n",
			"other.node": "version https://git-lfs.github.com/spec/v1\noid sha256:" + strings.Repeat("0", 64) + "\nsize 5\n"},
		verdict: NotReproduced, classes: map[string]string{"big.node": "in-source-with-difference lfs", "other.node": "changed"}},
	{name: "content that was not kept", tarball: map[string]string{"package.json": `{"name":"a"}`, "index.js": "x", "same.wasm!": "\x00asm1", "other.wasm!": "\x00asm2", "text.js!": "x\r\n", "new.js!": "new"},
		source: map[string]string{"package.json": `{"name":"a"}`, "index.js": "x", "same.wasm": "\x00asm1", "other.wasm": "\x00asm", "text.js": "x\n"}, verdict: NotReproduced,
		classes: map[string]string{"other.wasm": "changed", "text.js": "not-compared", "new.js": "not-in-source"}},
	{name: "a renamed .gitignore", tarball: map[string]string{"package.json": `{"name":"a"}`, "index.js": "x", "t/.npmignore?": "y"},
		source: map[string]string{"package.json": `{"name":"a"}`, "index.js": "x", "t/.gitignore": "y"}, verdict: Reproduced, classes: map[string]string{"t/.npmignore": "in-source-with-difference renamed"}},
	{name: "publishConfig.directory that leaves the package", directory: "p", tarball: map[string]string{"package.json": `{"name":"a","publishConfig":{"directory":"../test"}}`, "index.js": "sample"},
		source:  map[string]string{"p/package.json": `{"name":"a","publishConfig":{"directory":"../test"}}`, "test/index.js": "sample"},
		verdict: Partly, classes: map[string]string{"index.js": "elsewhere"}},
	{name: "publishConfig.directory", directory: "p", tarball: map[string]string{"package.json": `{"name":"a","publishConfig":{"directory":"out"}}`, "index.js": "x", "src.js": "s"},
		source:  map[string]string{"p/package.json": `{"name":"a","publishConfig":{"directory":"out"}}`, "p/out/index.js": "x", "p/index.js": "other", "p/src.js": "s"},
		verdict: Reproduced, classes: map[string]string{"index.js": "in-source-with-difference publish-folder"}},
	{name: "data alone", tarball: map[string]string{"package.json": `{"name":"a"}`, "index.js": "x", "data.json": "{}"},
		source: map[string]string{"package.json": `{"name":"a"}`, "index.js": "x", "data.json": "[]"}, verdict: Partly, classes: map[string]string{"data.json": "changed"}},
	{name: "documents alone", tarball: map[string]string{"package.json": `{"name":"a"}`, "index.js": "x", "README.md": "changed", "LICENSE": "new"},
		source: map[string]string{"package.json": `{"name":"a"}`, "index.js": "x", "README.md": "as it was"}, verdict: Reproduced, classes: map[string]string{"README.md": "changed", "LICENSE": "not-in-source"}},
	{name: "a program named like a document", tarball: map[string]string{"package.json": `{"name":"a"}`, "index.js": "x", "LICENSE": "#!/bin/sh\nx\n"},
		source: map[string]string{"package.json": `{"name":"a"}`, "index.js": "x", "LICENSE": "MIT"}, verdict: NotReproduced, classes: map[string]string{"LICENSE": "changed"}},
	{name: "without a manifest", tarball: map[string]string{"index.js": "x"}, source: map[string]string{"package.json": `{"name":"a"}`, "index.js": "x"}, verdict: NotReproduced},
	{name: "nothing in common", tarball: map[string]string{"package.json": `{"name":"a","bin":"x"}`, "dist/index.js": "x"}, source: map[string]string{"package.json": `{"name":"a"}`}, verdict: NotReproduced,
		classes: map[string]string{"package.json": "changed", "dist/index.js": "built"}},
	{name: "an empty source", tarball: map[string]string{"package.json": `{"name":"a"}`, "index.js": "x"}, verdict: NotReproduced,
		classes: map[string]string{"package.json": "not-in-source", "index.js": "not-in-source"}},
}

func TestMatch(t *testing.T) {
	for _, test := range shapes {
		t.Run(test.name, func(t *testing.T) {
			tree := makeTree(test.tarball)
			r := Match(Version{PackageVersion: subject, Tree: tree}, makeCommit(test.directory, test.source))
			want := make(map[string]string)
			for _, f := range tree.Files {
				want[f.Path] = string(InSource)
			}
			maps.Copy(want, test.classes)
			if diff := cmp.Diff(want, classes(r)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if r.Verdict != test.verdict {
				t.Errorf("the verdict is %s, want %s; %v", r.Verdict, test.verdict, r.ManifestFaults)
			}
			if r.Source.Entries != nil || r.Source.Manifest != nil || len(r.Files) != len(tree.Files) {
				t.Errorf("the result has %d files and %d entries", len(r.Files), len(r.Source.Entries))
			}
		})
	}
}

// TestReach lets no commit count that nothing of the repository leads to.
func TestReach(t *testing.T) {
	files := map[string]string{"package.json": `{"name":"a"}`, "index.js": "x"}
	for reach, want := range map[Reach]Verdict{Reachable: Reproduced, Unproven: Partly, Unreachable: NotReproduced, "": Partly} {
		c := makeCommit("", files)
		c.Reach = reach
		if r := Match(Version{PackageVersion: subject, Tree: makeTree(files)}, c); r.Verdict != want {
			t.Errorf("%q: %s, want %s", reach, r.Verdict, want)
		}
	}
}

// TestSameManifest takes the tarball's manifest for the source's where that was
// not read because it is the same, and believes it in nothing where it is not.
func TestSameManifest(t *testing.T) {
	published := `{"name":"a","publishConfig":{"directory":"out"}}`
	tree := makeTree(map[string]string{"package.json": published, "index.js": "x"})
	c := makeCommit("", map[string]string{"package.json": published, "out/index.js": "x"})
	c.Manifest = nil
	if r := Match(Version{PackageVersion: subject, Tree: tree}, c); r.Verdict != Reproduced {
		t.Errorf("%s: %v", r.Verdict, classes(r))
	}
	for _, manifest := range []string{"", `{"name":"a","x":1}`} {
		c := makeCommit("", map[string]string{"package.json": `{"name":"a"}`, "out/index.js": "x"})
		c.Manifest = []byte(manifest)
		if manifest == "" {
			c.Manifest = nil
		}
		if r := Match(Version{PackageVersion: subject, Tree: tree}, c); r.Verdict == Reproduced || classes(r)["package.json"] != "not-compared" {
			t.Errorf("%q: %s: %v", manifest, r.Verdict, classes(r))
		}
	}
}

func TestRuns(t *testing.T) {
	tarball := map[string]string{"package.json": `{"name":"a"}`, "index.js": "x", "notes.txt": "changed"}
	source := map[string]string{"package.json": `{"name":"a"}`, "index.js": "x", "notes.txt": "y"}
	if r := Match(Version{PackageVersion: subject, Tree: makeTree(tarball)}, makeCommit("", source)); r.Verdict != Reproduced || r.Runnable != 2 || r.Score != 1 {
		t.Errorf("a text: %s, %d, %v", r.Verdict, r.Runnable, r.Score)
	}
	r := Match(Version{PackageVersion: subject, Tree: makeTree(tarball), Runs: []string{"notes.txt"}}, makeCommit("", source))
	if r.Verdict != NotReproduced || r.Runnable != 3 || r.RunnableInSource != 2 || r.Score != 0.6666 {
		t.Errorf("a text that runs: %s, %d of %d, %v", r.Verdict, r.RunnableInSource, r.Runnable, r.Score)
	}
	p := &program.Program{InstallFiles: []program.InstallFile{{Path: "i.js"}, {Path: "gone.js", Missing: true}}, Mains: []string{"m.js"}, Bins: []string{"b.js"},
		Scripts: []program.Script{{Path: "s.js", Phase: program.AtImport}, {Path: "test.js"}}}
	if diff := cmp.Diff([]string{"i.js", "m.js", "b.js", "s.js"}, Runs(p)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSHA256Repository(t *testing.T) {
	// git hash-object, in repositories of both formats
	if id := BlobID(40, []byte("content")); id != "6b584e8ece562ebffc15d38808cd6b98fc3d97ea" {
		t.Error(id)
	}
	if id := BlobID(64, []byte("con"), []byte("tent")); id != "992696de5972f6d97df477db0b28da5c63519ab737c22fb21ff97750997f5888" {
		t.Error(id)
	}
	files := map[string]string{"package.json": `{"name":"a"}`, "index.js": "x\r\n", "big.wasm": "\x00asm"}
	c := makeCommit("", nil)
	c.Entries = makeEntries(64, map[string]string{"package.json": `{"name":"a"}`, "index.js": "x\n", "big.wasm": "\x00asm"})
	if r := Match(Version{PackageVersion: subject, Tree: makeTree(files)}, c); r.Verdict != Reproduced {
		t.Errorf("%s: %v", r.Verdict, classes(r))
	}
	files["big.wasm!"] = files["big.wasm"]
	delete(files, "big.wasm")
	if r := Match(Version{PackageVersion: subject, Tree: makeTree(files)}, c); r.Verdict != Partly || classes(r)["big.wasm"] != "not-compared" {
		t.Errorf("content that was not kept has an id of SHA-1 alone: %s: %v", r.Verdict, classes(r))
	}
}

// TestUnknownSizes matches a listing without sizes, as git has without the
// content.
func TestUnknownSizes(t *testing.T) {
	for _, test := range shapes {
		c := makeCommit(test.directory, test.source)
		want := Match(Version{PackageVersion: subject, Tree: makeTree(test.tarball)}, c)
		for i := range c.Entries {
			c.Entries[i].Size = -1
		}
		got := Match(Version{PackageVersion: subject, Tree: makeTree(test.tarball)}, c)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-with sizes +without):\n%s", test.name, diff)
		}
	}
}

// alter changes one byte.
func alter(data []byte, at int) []byte {
	out := slices.Clone(data)
	out[at] ^= 1
	return out
}

// TestOneByte alters one byte in each file that can run, in packages made by
// chance: none is reproduced.
func TestOneByte(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 9))
	names := []string{"index.js", "lib/a.cjs", "bin/cli", "run.sh", "w.wasm", "n.node", "deep/er/b.mjs", "p.py", "setup.ts", "page.html", "Makefile", "x.cc"}
	bodies := []string{"x = 1\n", "a\r\nb\r\n", "\ufeffx()\n", "\x00asm\r\n\x01", "\x7fELF\n\n", "#!/bin/sh\necho\n", "y", "one\ntwo\r\nthree\n"}
	for range 200 {
		files := map[string]string{"package.json": `{"name":"a","version":"1.2.3"}`}
		for range 1 + rnd.IntN(6) {
			files[names[rnd.IntN(len(names))]] = bodies[rnd.IntN(len(bodies))]
		}
		everyByte(t, makeTree(files), rnd, func(size int) []int {
			all := make([]int, size)
			for i := range all {
				all[i] = i
			}
			return all
		})
	}
}

// everyByte wants that a tree is reproduced from a source made of itself, and
// that no altered runnable file is. at chooses the bytes of a file.
func everyByte(t *testing.T, tree *npm.Tree, rnd *rand.Rand, at func(size int) []int) (altered int) {
	t.Helper()
	c := &Commit{Reach: Reachable, Directory: []string{"", "packages/a"}[rnd.IntN(2)]}
	for i := range tree.Files {
		f := &tree.Files[i]
		id := f.GitBlob
		if f.Data != nil || f.Size == 0 {
			id = BlobID(40, f.Data)
		}
		size := f.Size
		if rnd.IntN(2) == 0 {
			size = -1
		}
		c.Entries = append(c.Entries, Entry{Path: path.Join(c.Directory, f.Path), ID: id, Size: size})
		if f.Path == manifestName {
			c.Manifest = f.Data
		}
	}
	r := Match(Version{PackageVersion: subject, Tree: tree}, c)
	if r.Verdict != Reproduced || r.Score != 1 {
		t.Fatalf("unaltered: %s, %v", r.Verdict, classes(r))
	}
	for i, f := range r.Files {
		if f.Kind != Code || tree.Files[i].Size == 0 {
			continue
		}
		was := tree.Files[i]
		for _, n := range at(int(was.Size)) {
			if was.Data == nil {
				tree.Files[i].GitBlob = strings.Repeat("0", 40)
			} else {
				tree.Files[i].Data = alter(was.Data, n)
			}
			sum := sha256.Sum256(tree.Files[i].Data)
			tree.Files[i].SHA256 = hex.EncodeToString(sum[:])
			if got := Match(Version{PackageVersion: subject, Tree: tree}, c); got.Verdict == Reproduced && !sameManifest(f.Path, was.Data, tree.Files[i].Data) {
				t.Errorf("%s altered at byte %d: %s, %+v", f.Path, n, got.Verdict, got.Files[i])
			}
			altered++
		}
		tree.Files[i] = was
	}
	return altered
}

// sameManifest reports whether an altered manifest differs in nothing that
// steers.
func sameManifest(p string, was, is []byte) bool {
	if p != manifestName {
		return false
	}
	_, faults := compareManifests(is, was, "1.2.3", false)
	return len(faults) == 0
}

// TestTarballs does the same with the tarballs of a folder. AMALFI_TARBALLS
// names it.
func TestTarballs(t *testing.T) {
	dir := os.Getenv("AMALFI_TARBALLS")
	if dir == "" {
		t.Skip("AMALFI_TARBALLS names no folder of tarballs")
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no tarballs: %v", err)
	}
	rnd := rand.New(rand.NewPCG(2, 9))
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		tree, err := tarball.Unpack(bytes.NewReader(data), tarball.Limits{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(tree.Files) > 400 || tree.Lookup(manifestName) == nil {
			continue // each alteration matches the whole package
		}
		altered := everyByte(t, tree, rnd, func(size int) []int { return []int{rnd.IntN(size)} })
		t.Logf("%s: %d files, %d alterations", filepath.Base(name), len(tree.Files), altered)
	}
}

// FuzzMatch wants of any tree and listing a result with a class for each file,
// and that the content decides.
func FuzzMatch(f *testing.F) {
	f.Add("index.js", "index.js", "x\r\n", "x\n", `{"name":"a"}`, `{"name":"a"}`, "")
	f.Add("lib/a.js", "p/lib/a.ts", "", "", `{"publishConfig":{"directory":"../x"}}`, `{}`, "p")
	f.Add("README.md", "readme.md", "\ufeff", "", `{"dependencies":{"a":"1"}}`, `{"dependencies":{"a":"workspace:*"}}`, "a/b")
	f.Fuzz(func(t *testing.T, name, source, text, sourceText, published, manifest, directory string) {
		if !fs.ValidPath(name) || !fs.ValidPath(source) || name == "." || name == manifestName {
			return
		}
		tree := makeTree(map[string]string{name: text, manifestName: published})
		for i := range tree.Files {
			tree.Files[i].Path = strings.TrimSpace(tree.Files[i].Path)
		}
		c := &Commit{Directory: directory, Reach: Reachable, Manifest: []byte(manifest)}
		c.Entries = makeEntries(40, map[string]string{source: sourceText, path.Join(directory, manifestName): manifest})
		r := Match(Version{PackageVersion: subject, Tree: tree}, c)
		if len(r.Files) != len(tree.Files) {
			t.Fatal("a file has no result")
		}
		squash := strings.NewReplacer("\r\n", "\n", "\ufeff", "")
		for _, file := range r.Files {
			if file.Class == "" || file.Kind == "" {
				t.Fatalf("%+v", file)
			}
			if file.Path != manifestName && file.inSource() && file.Differences == nil && text != sourceText && text != manifest {
				t.Fatalf("%q is not %q", text, sourceText)
			}
			if file.Path != manifestName && file.Class == Allowed && squash.Replace(text) != squash.Replace(sourceText) && squash.Replace(text) != squash.Replace(manifest) {
				t.Fatalf("%q is not %q: %v", text, sourceText, file.Differences)
			}
		}
	})
}

// benchmarkPackage is a package of n files of 5 kB, of which some need more than
// one look.
func benchmarkPackage(n int) (*npm.Tree, *Commit) {
	tarball, source := make(map[string]string), make(map[string]string)
	for i := range n {
		name := fmt.Sprintf("folder%d/file%d.js", i%97, i)
		text := strings.Repeat(fmt.Sprintf("line %d of a file\n", i), 250)
		tarball[name], source["packages/a/"+name] = text, text
		switch i % 20 {
		case 0:
			tarball[name] = strings.ReplaceAll(text, "\n", "\r\n")
		case 1:
			delete(source, "packages/a/"+name)
		case 2:
			tarball[name] += "x"
		}
	}
	tarball[manifestName], source["packages/a/package.json"] = `{"name":"a"}`, `{"name":"a"}`
	for i := range n {
		source[fmt.Sprintf("packages/b/%d.js", i)] = fmt.Sprint(i)
	}
	return makeTree(tarball), makeCommit("packages/a", source)
}

// BenchmarkMatch matches a tarball of 5,000 files, 22 MB.
func BenchmarkMatch(b *testing.B) {
	tree, c := benchmarkPackage(5000)
	b.ReportAllocs()
	for b.Loop() {
		if r := Match(Version{PackageVersion: subject, Tree: tree}, c); r.RunnableInSource != 4501 {
			b.Fatal(r.RunnableInSource)
		}
	}
}
