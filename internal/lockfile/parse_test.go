package lockfile

import (
	"bytes"
	"errors"
	"io/fs"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

// project makes a file system of name, content pairs.
func project(files ...string) fs.FS {
	fsys := make(fstest.MapFS)
	for i := 0; i+1 < len(files); i += 2 {
		fsys[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return fsys
}

// mustParse parses a lockfile that has to be right, with the files beside it.
func mustParse(t *testing.T, name, text string, files ...string) *Lockfile {
	t.Helper()
	var fsys fs.FS
	if len(files) > 0 {
		fsys = project(files...)
	}
	lock, err := Parse(name, []byte(text), fsys)
	if err != nil {
		t.Fatal(err)
	}
	return lock
}

// smallest are minimal lockfiles of each format, all with ms@2.1.3.
var smallest = []struct {
	manager    Manager
	name, text string
}{
	{NPM, "package-lock.json", `{"name": "p", "lockfileVersion": 1, "dependencies": {"ms": {"version": "2.1.3"}}}` + "\n"},
	{NPM, "npm-shrinkwrap.json", `{"name": "p", "lockfileVersion": 3, "packages": {"": {}, "node_modules/ms": {"version": "2.1.3"}}}` + "\n"},
	{YarnClassic, "yarn.lock", "# yarn lockfile v1\n\n\nms@^2.0.0:\n  version \"2.1.3\"\n"},
	{YarnBerry, "yarn.lock", "__metadata:\n  version: 8\n\n\"ms@npm:^2.0.0\":\n  version: 2.1.3\n  resolution: \"ms@npm:2.1.3\"\n"},
	{PNPM, "pnpm-lock.yaml", "lockfileVersion: '9.0'\n\npackages:\n  ms@2.1.3:\n    resolution: {tarball: ms.tgz}\n\nsnapshots:\n  ms@2.1.3: {}\n"},
	{Bun, "bun.lock", "{\n  \"lockfileVersion\": 1,\n  \"workspaces\": {\"\": {}},\n  \"packages\": {\n    \"ms\": [\"ms@2.1.3\", \"\", {}, \"\"],\n  }\n}\n"},
}

// TestDetect reads lockfiles under names that say nothing.
func TestDetect(t *testing.T) {
	for _, test := range smallest {
		for _, name := range []string{"head", "old/yarn.lock.orig", "lock.txt", "/tmp/base"} {
			lock, err := Parse(name, []byte(test.text), nil)
			if err != nil {
				t.Errorf("%s as %s: %v", test.manager, name, err)
				continue
			}
			if lock.Format.Manager != test.manager || lock.Path != name || len(lock.Dependencies) != 1 {
				t.Errorf("%s as %s: read as %s with %d entries at %s", test.manager, name, lock.Format, len(lock.Dependencies), lock.Path)
			}
		}
	}
	for _, text := range []string{"", "{}", "[]", "hello", `{"name": "p", "version": "1.0.0"}`, "<html></html>", "a: b\n"} {
		if lock, err := Parse("head", []byte(text), nil); !errors.Is(err, ErrUnsupported) {
			t.Errorf("%q is read as %+v with error %v", text, lock, err)
		}
	}
}

// TestNameDecides gives each format's content under each other's name.
func TestNameDecides(t *testing.T) {
	family := map[string]string{"package-lock.json": "npm", "npm-shrinkwrap.json": "npm"}
	for _, content := range smallest {
		for _, f := range fileNames {
			_, err := Parse(f.name, []byte(content.text), nil)
			same := f.name == content.name || family[f.name] != "" && family[f.name] == family[content.name]
			if same != (err == nil) {
				t.Errorf("%s as %s: error %v", content.manager, f.name, err)
			}
		}
	}
}

func utf16le(s string) string {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

// TestNoLockfile gives every name content that is none.
func TestNoLockfile(t *testing.T) {
	contents := map[string]string{
		"nothing":             "",
		"white space":         " \n\t\r\n",
		"a byte order mark":   "\ufeff",
		"NUL bytes":           strings.Repeat("\x00", 4096),
		"UTF-16":              utf16le(`{"lockfileVersion": 3, "packages": {}}`),
		"gzip":                "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03xxxx",
		"a page":              "<!DOCTYPE html>\n<html><body>Not Found</body></html>\n",
		"a pointer":           "version https://lfs.example.invalid/spec/v1\noid sha256:4d7a\nsize 12\n",
		"null":                "null\n",
		"an array":            "[]\n",
		"a string":            "\"x\"\n",
		"a number":            "3\n",
		"a boolean":           "true\n",
		"NaN":                 `{"lockfileVersion": NaN}`,
		"a binary lockfile":   "#!/usr/bin/env bun\nbun-lockfile-format-v0\n\x02\x00",
		"a conflict":          "<<<<<<< ours\n=======\n>>>>>>> theirs\n",
		"an object of nobody": `{"hello": "world"}` + "\n",
	}
	for what, content := range contents {
		for _, f := range fileNames {
			lock, err := Parse("sub/"+f.name, []byte(content), project("package.json", `{"dependencies": {"a": "1"}}`))
			var own *Error
			if !errors.As(err, &own) {
				t.Errorf("%s in %s: read as %+v with error %v", what, f.name, lock, err)
				continue
			}
			if lock != nil || own.Path != "sub/"+f.name || own.Message == "" || own.Advice == "" {
				t.Errorf("%s in %s: lockfile %v, error %+v", what, f.name, lock, own)
			}
		}
	}
}

func TestBinaryLockfile(t *testing.T) {
	_, err := Parse("app/bun.lockb", []byte(smallest[0].text), nil)
	if !errors.Is(err, ErrUnsupported) {
		t.Errorf("bun.lockb: %v", err)
	}
	if want := "--save-text-lockfile"; !strings.Contains(err.Error(), want) {
		t.Errorf("%v does not tell to use %s", err, want)
	}
}

// TestVersions gives every format version numbers it does not have.
func TestVersions(t *testing.T) {
	npm := func(v string) string { return `{"lockfileVersion": ` + v + `, "packages": {}, "dependencies": {}}` }
	berry := func(v string) string {
		return "__metadata:\n  version: " + v + "\n\n\"a@workspace:.\":\n  version: 0\n  resolution: \"a@workspace:.\"\n"
	}
	pnpm := func(v string) string { return "lockfileVersion: " + v + "\n" }
	bun := func(v string) string { return `{"lockfileVersion": ` + v + `, "workspaces": {}}` }
	tests := []struct {
		name, manager string
		text          func(string) string
		good, bad     []string
	}{
		{"package-lock.json", "npm", npm, []string{"1", "2", "3"},
			[]string{"0", "4", "99", "-1", "3.0", "3.5", "3e0", `"3"`, "null", "true", "[3]", "{}"}},
		{"yarn.lock", "berry", berry, []string{"4", "5", "6", "7", "8", "9", "10"},
			[]string{"3", "11", "99", "-4", "8.5", "''", "[8]", "{}"}},
		{"pnpm-lock.yaml", "pnpm", pnpm, []string{"5", "5.1", "5.4", "'5.4'", "5.4-inlineSpecifiers", "'6.0'", "'6.1'", "'7.0'", "'9.0'"},
			[]string{"3", "4", "'8.0'", "'10.0'", "'90.0'", "9-next", "'5.4-other'", "''", "[9, 0]", "{}"}},
		{"bun.lock", "bun", bun, []string{"0", "1", "2"},
			[]string{"3", "7", "-1", "1.0", `"1"`, "null", "[1]"}},
	}
	for _, test := range tests {
		for _, v := range test.good {
			lock, err := Parse(test.name, []byte(test.text(v)), nil)
			if err != nil {
				t.Errorf("%s version %s: %v", test.manager, v, err)
			} else if want := strings.Trim(v, "'"); lock.Format.Version != want {
				t.Errorf("%s version %s: read as %s", test.manager, v, lock.Format)
			}
		}
		for _, v := range test.bad {
			_, err := Parse(test.name, []byte(test.text(v)), nil)
			var own *Error
			if !errors.As(err, &own) {
				t.Errorf("%s version %s: error %v", test.manager, v, err)
			} else if own.Line == 0 {
				t.Errorf("%s version %s: no line: %v", test.manager, v, err)
			}
		}
	}
}

func TestLimits(t *testing.T) {
	header := "# yarn lockfile v1\n"
	tests := []struct {
		name, file, text string
		line             int
		unsupported      bool
	}{
		{"too large", "yarn.lock", header + strings.Repeat("#", MaxSize), 0, true},
		{"too many lines", "yarn.lock", header + strings.Repeat("\n", MaxLines), MaxLines + 1, true},
		{"nested too deep", "package-lock.json", strings.Repeat("[", 2000), 1, false},
		{"nested too deep in a value", "bun.lock", `{"lockfileVersion": 1,` + "\n" + `"x": ` + strings.Repeat(`{"a":`, 2000), 2, false},
		{"a long folder", "package-lock.json",
			`{"lockfileVersion": 3, "packages": {` + "\n" + `"` + strings.Repeat("a/", maxFolder/2) + `b": {}}}`, 2, false},
		{"a long key", "bun.lock",
			`{"lockfileVersion": 1, "workspaces": {}, "packages": {` + "\n" + `"` + strings.Repeat("a/", maxFolder/2) + `b": ["b@1.0.0", "", {}, ""]}}`, 2, false},
		{"a long version", "package-lock.json",
			`{"lockfileVersion": 3, "packages": {` + "\n" + `"node_modules/a": {"version": "` + strings.Repeat("1", maxText+1) + `"}}}`, 2, false},
		{"a long alias", "package-lock.json",
			`{"lockfileVersion": 1, "dependencies": {` + "\n" + `"` + strings.Repeat("a", 215) + `": {"version": "npm:b@1.0.0"}}}`, 2, false},
		{"a long integrity", "package-lock.json",
			`{"lockfileVersion": 3, "packages": {"node_modules/a": {"version": "1.0.0",` + "\n" + `"integrity": "` + strings.Repeat("sha1-x ", 1000) + `"}}}`, 2, false},
	}
	for _, test := range tests {
		_, err := Parse(test.file, []byte(test.text), nil)
		var own *Error
		if !errors.As(err, &own) {
			t.Errorf("%s: error %v", test.name, err)
			continue
		}
		if own.Line != test.line || errors.Is(err, ErrUnsupported) != test.unsupported || len(own.Error()) > 500 {
			t.Errorf("%s: %.500v", test.name, err)
		}
	}
	text := header + strings.Repeat("\n", MaxLines-1)
	if _, err := Parse("yarn.lock", []byte(text), nil); err != nil {
		t.Errorf("%d lines: %v", MaxLines, err)
	}
}

// TestPositions looks an entry up behind characters of several widths: columns
// count UTF-16 code units.
func TestPositions(t *testing.T) {
	tests := []struct {
		name, file, text string
		line, column     int
	}{
		{"one line", "package-lock.json", `{"lockfileVersion": 3, "packages": {"node_modules/ms": {"version": "2.1.3"}}}`, 1, 37},
		{"two-byte characters", "package-lock.json", "{\"name\": \"é\", \"lockfileVersion\": 3, \"packages\": {\"node_modules/ms\": {\"version\": \"2.1.3\"}}}", 1, 50},
		{"surrogate pairs", "package-lock.json", "{\"name\": \"😀\", \"lockfileVersion\": 3, \"packages\": {\"node_modules/ms\": {\"version\": \"2.1.3\"}}}", 1, 51},
		{"tabs", "package-lock.json", "{\n\t\"lockfileVersion\": 3,\n\t\"packages\": {\n\t\t\"node_modules/ms\": {\"version\": \"2.1.3\"}}}", 4, 3},
		{"yarn classic", "yarn.lock", smallest[2].text, 4, 1},
		{"yarn berry", "yarn.lock", smallest[3].text, 4, 1},
		{"pnpm", "pnpm-lock.yaml", smallest[4].text, 4, 3},
		{"bun", "bun.lock", smallest[5].text, 5, 5},
		{"bun behind comments", "bun.lock", "// 😀\n{ /* é\n*/ \"lockfileVersion\": 1, \"workspaces\": {}, \"packages\": {\"ms\": [\"ms@2.1.3\", \"\", {}, \"\"],},}", 3, 57},
	}
	for _, test := range tests {
		lock := mustParse(t, test.file, test.text)
		if len(lock.Dependencies) != 1 {
			t.Errorf("%s: %d entries", test.name, len(lock.Dependencies))
			continue
		}
		if d := lock.Dependencies[0]; d.Line != test.line || d.Column != test.column {
			t.Errorf("%s: at %d:%d, want %d:%d", test.name, d.Line, d.Column, test.line, test.column)
		}
	}
}

// TestError checks the text of an error, in which nothing of the file may
// begin a line of its own.
func TestError(t *testing.T) {
	_, err := Parse("app/package-lock.json", []byte("{\"lockfileVersion\": 3, \"packages\": {\n  \"a\\n::error::b\\u001b[2J\": 1}}"), nil)
	want := `app/package-lock.json:2: the entry "a ::error::b [2J" is a number, not an object (` + adviceRegenerate + `)`
	if err == nil || err.Error() != want {
		t.Errorf("error %v\n want %s", err, want)
	}
	_, err = Parse("x/bun.lock", []byte("{\n  \"lockfileVersion\": 1,,\n}"), nil)
	var own *Error
	if !errors.As(err, &own) || own.Line != 2 || own.Column == 0 || own.Unwrap() == nil ||
		!strings.HasPrefix(own.Error(), "x/bun.lock:2:"+strconv.Itoa(own.Column)+": not valid JSON: ") {
		t.Errorf("error %v", err)
	}
	if e := (&Error{Path: "p", Message: "m"}); e.Error() != "p: m" || e.Reason() != "m" {
		t.Errorf("without line and advice: %q, %q", e.Error(), e.Reason())
	}
}

// TestHalves compares the two parts of a version 2 lockfile.
func TestHalves(t *testing.T) {
	const (
		one = "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=="
		two = "sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw=="
		sha = "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk="
	)
	lock := func(dependency, pkg string) string {
		return "{\"lockfileVersion\": 2,\n\"packages\": {\"\": {},\n" + pkg + "\n},\n\"dependencies\": {\n" + dependency + "\n}}"
	}
	tests := []struct {
		name, dependency, pkg string
		want                  []Problem
	}{
		{"the same", `"a": {"version": "1.0.0", "integrity": "` + one + `"}`, `"node_modules/a": {"version": "1.0.0", "integrity": "` + one + `"}`, nil},
		{"one integrity missing", `"a": {"version": "1.0.0"}`, `"node_modules/a": {"version": "1.0.0", "integrity": "` + one + `"}`, nil},
		{"other algorithms", `"a": {"version": "1.0.0", "integrity": "` + sha + `"}`, `"node_modules/a": {"version": "1.0.0", "integrity": "` + one + `"}`, nil},
		{"an alias", `"x": {"version": "npm:a@1.0.0"}`, `"node_modules/x": {"name": "a", "version": "1.0.0"}`, nil},
		{"git", `"a": {"version": "git+ssh://git@git.example.invalid/o/a.git#0123", "from": "a@git+ssh://git@git.example.invalid/o/a.git"}`,
			`"node_modules/a": {"version": "1.0.0", "resolved": "git+ssh://git@git.example.invalid/o/a.git#0123"}`, nil},
		{"a linked folder", `"a": {"version": "file:a", "dependencies": {"b": {"version": "1.0.0"}}}`,
			`"a": {"version": "1.0.0"}, "node_modules/a": {"resolved": "a", "link": true}, "a/node_modules/b": {"version": "1.0.0"}`, nil},
		{"versions", `"a": {"version": "1.0.1"}`, `"node_modules/a": {"version": "1.0.0"}`,
			[]Problem{{Line: 6, Message: `"node_modules/a" is "a@1.0.1" in dependencies and "a@1.0.0" in packages (line 3)`}}},
		{"names", `"a": {"version": "npm:b@1.0.0"}`, `"node_modules/a": {"version": "1.0.0"}`,
			[]Problem{{Line: 6, Message: `"node_modules/a" is "b@1.0.0" in dependencies and "a@1.0.0" in packages (line 3)`}}},
		{"integrity", `"a": {"version": "1.0.0", "integrity": "` + one + `"}`, `"node_modules/a": {"version": "1.0.0", "integrity": "` + two + `"}`,
			[]Problem{{Line: 6, Message: `the integrity of "node_modules/a" in dependencies contradicts the one in packages (line 3)`}}},
		{"resolved", `"a": {"version": "1.0.0", "resolved": "https://evil.example.invalid/a/-/a-1.0.0.tgz"}`,
			`"node_modules/a": {"version": "1.0.0", "resolved": "https://npm.registry.invalid/a/-/a-1.0.0.tgz"}`,
			[]Problem{{Line: 6, Message: `"node_modules/a" is resolved to "https://evil.example.invalid/a/-/a-1.0.0.tgz" in dependencies and to "https://npm.registry.invalid/a/-/a-1.0.0.tgz" in packages (line 3)`}}},
		{"sources", `"a": {"version": "git+https://evil.example.invalid/a.git#0123"}`, `"node_modules/a": {"version": "1.0.0"}`,
			[]Problem{{Line: 6, Message: `"node_modules/a" is git "git+https://evil.example.invalid/a.git#0123" in dependencies and "a@1.0.0" in packages (line 3)`}}},
		{"one only", `"b": {"version": "1.0.0"}`, `"node_modules/a": {"version": "1.0.0"}`,
			[]Problem{{Line: 6, Message: `"node_modules/b" is in dependencies only: npm 6 would install "b@1.0.0", newer versions would not`}}},
	}
	for _, test := range tests {
		got := mustParse(t, "package-lock.json", lock(test.dependency, test.pkg))
		if diff := cmp.Diff(test.want, got.Problems); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
		if n := strings.Count(test.pkg, "{"); len(got.Dependencies) != n {
			t.Errorf("%s: %d entries, want those of packages, %d", test.name, len(got.Dependencies), n)
		}
	}
	_, err := Parse("package-lock.json", []byte(lock(`"a": "1.0.0"`, `"node_modules/a": {"version": "1.0.0"}`)), nil)
	var own *Error
	if !errors.As(err, &own) || own.Line != 6 {
		t.Errorf("a malformed entry of dependencies: %v", err)
	}
}

// TestAliasOfPackages keeps what an alias hides from being taken for its name.
func TestAlias(t *testing.T) {
	tests := []struct{ name, file, text, want string }{
		{"npm", "package-lock.json", `{"lockfileVersion": 3, "packages": {"node_modules/safe": {"name": "evil", "version": "1.0.0"}}}`,
			"1 registry evil@1.0.0 alias=safe"},
		{"npm, nested", "package-lock.json", `{"lockfileVersion": 1, "dependencies": {"a": {"version": "1.0.0", "dependencies": {"@s/safe": {"version": "npm:@t/evil@1.0.0"}}}}}`,
			"1 registry a@1.0.0\n1 registry @t/evil@1.0.0 alias=@s/safe"},
		{"yarn classic", "yarn.lock", "\"safe@npm:evil@^1\":\n  version \"1.0.0\"\n", "1 registry evil@1.0.0 alias=safe direct"},
		{"yarn classic, behind a range", "yarn.lock", "safe@^1, \"safe@npm:evil@1\":\n  version \"1.0.0\"\n", "1 registry evil@1.0.0 alias=safe direct"},
		{"yarn classic, beside the real name", "yarn.lock", "\"ansi-cjs@npm:ansi@^1\", ansi@^1:\n  version \"1.0.0\"\n", "1 registry ansi@1.0.0 alias=ansi-cjs direct"},
		{"yarn berry", "yarn.lock", "__metadata:\n  version: 8\n\n\"safe@npm:evil@^1\":\n  version: 1.0.0\n  resolution: \"evil@npm:1.0.0\"\n", "4 registry evil@1.0.0 alias=safe"},
		{"pnpm 5", "pnpm-lock.yaml", "lockfileVersion: 5.4\ndependencies:\n  safe: /evil/1.0.0\npackages:\n  /evil/1.0.0:\n    resolution: {tarball: x}\n", "5 registry evil@1.0.0 alias=safe direct"},
		{"pnpm 9", "pnpm-lock.yaml", "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      safe:\n        version: evil@1.0.0\npackages:\n  evil@1.0.0:\n    resolution: {tarball: x}\nsnapshots:\n  evil@1.0.0: {}\n", "8 registry evil@1.0.0 alias=safe direct"},
		{"bun", "bun.lock", `{"lockfileVersion": 1, "workspaces": {}, "packages": {"a/safe": ["evil@1.0.0", "", {}, ""]}}`, "1 registry evil@1.0.0 alias=safe"},
	}
	for _, test := range tests {
		lock := mustParse(t, test.file, test.text)
		if diff := cmp.Diff(lock.Format.String()+"\n"+test.want+"\n", describe(lock)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
	bad := []struct{ name, file, text string }{
		{"a path for an alias", "package-lock.json", `{"lockfileVersion": 3, "packages": {"node_modules/../../etc": {"name": "a", "version": "1.0.0"}}}`},
		{"two packages", "yarn.lock", "\"a@npm:b@1\", \"a@npm:c@1\":\n  version \"1.0.0\"\n"},
		{"no package", "package-lock.json", `{"lockfileVersion": 1, "dependencies": {"a": {"version": "npm:@s@1.0.0"}}}`},
	}
	for _, test := range bad {
		if lock, err := Parse(test.file, []byte(test.text), nil); err == nil {
			t.Errorf("%s: %s", test.name, describe(lock))
		}
	}
}

func TestSpecKind(t *testing.T) {
	tests := map[Kind][]string{
		KindRegistry: {"", "^1.0.0", "1.2.3", ">=1 <2 || 3.x", "*", "latest", "npm:a@1", "npm:@s/a@^1", "catalog:", "catalog:old"},
		KindGit: {"git+ssh://git@git.example.invalid/o/r.git#v1", "git+https://x.invalid/r.git", "git://x.invalid/r", "ssh://git@x.invalid/r",
			"git@x.invalid:o/r.git", "github:o/r", "gitlab:o/r", "bitbucket:o/r", "gist:0123", "o/r", "o/r#v1", "o/r#semver:^1.0.0",
			"https://x.invalid/o/r.git", "https://x.invalid/o/r.git#v1", "https://x.invalid/o/r#commit=0123", "https://github.com/o/r",
			"https://codeload.github.com/o/r/tar.gz/0123", "https://gitlab.com/o/r/repository/archive.tar.gz?ref=1", "https://bitbucket.org/o/r/get/1.tar.gz"},
		KindURL:       {"https://x.invalid/a.tgz", "http://x.invalid/a", "https://github.com/o/r/archive/v1.tar.gz", "https://github.com/o/r/releases/download/v1/a.tgz"},
		KindFile:      {"file:a.tgz", "file:../a.tar.gz", "./a.tgz", "../x/A.TGZ", "/abs/a.tar", "file:a.tgz#0123"},
		KindDirectory: {"file:a", "file:../a", "./a", "../a", "/a", "~/a", "link:a", "portal:../a", "workspace:*", "workspace:packages/a"},
		KindPatch:     {"patch:a@npm%3A1.0.0#./a.patch"},
		KindRuntime:   {"runtime:22.0.0"},
		KindOther:     {"exec:./a.js", "zzz:1", "javascript:alert(1)", "data:text/plain,x"},
	}
	for want, specs := range tests {
		for _, spec := range specs {
			if got := specKind(spec); got != want {
				t.Errorf("specKind(%q) = %s, want %s", spec, got, want)
			}
		}
	}
}

func TestHost(t *testing.T) {
	for resolved, want := range map[string]string{
		"": "", "file:a.tgz": "", "a": "", "git@x.invalid:o/r.git": "", "https://%zz": "",
		"https://npm.registry.invalid/a/-/a-1.0.0.tgz":                  "npm.registry.invalid",
		"https://NPM.Registry.INVALID/a":                                "npm.registry.invalid",
		"http://x.invalid:8080/a":                                       "x.invalid:8080",
		"git+ssh://git@x.invalid/o/r.git#1":                             "x.invalid",
		"https://npm.registry.invalid@evil.invalid/a/-/a-1.0.0.tgz":     "evil.invalid",
		"https://evil.invalid/https://npm.registry.invalid/a-1.0.0.tgz": "evil.invalid",
	} {
		if got := Host(resolved); got != want {
			t.Errorf("Host(%q) = %q, want %q", resolved, got, want)
		}
	}
}

func TestSplitNameVersion(t *testing.T) {
	for in, want := range map[string][2]string{
		"": {"", ""}, "a": {"a", ""}, "@s/a": {"@s/a", ""}, "@": {"@", ""}, "@@": {"@", ""},
		"a@1.0.0": {"a", "1.0.0"}, "@s/a@1.0.0": {"@s/a", "1.0.0"}, "a@": {"a", ""},
		"a@npm:@s/b@1": {"a", "npm:@s/b@1"}, "a@git+ssh://git@x.invalid/a": {"a", "git+ssh://git@x.invalid/a"},
	} {
		if name, version := splitNameVersion(in); name != want[0] || version != want[1] {
			t.Errorf("splitNameVersion(%q) = %q, %q, want %q", in, name, version, want)
		}
	}
}

func TestIsName(t *testing.T) {
	for name, want := range map[string]bool{
		"package-lock.json": true, "npm-shrinkwrap.json": true, "yarn.lock": true, "pnpm-lock.yaml": true, "bun.lock": true, "bun.lockb": true,
		"package.json": false, "Yarn.lock": true, "yarn.lock.orig": false, "": false, "shrinkwrap.yaml": false, "a/yarn.lock": false,
	} {
		if got := IsName(name); got != want {
			t.Errorf("IsName(%q) = %v", name, got)
		}
	}
}

// TestInput checks that Parse leaves its input alone.
func TestInput(t *testing.T) {
	for _, test := range smallest {
		data := []byte("\ufeff" + test.text)
		before := bytes.Clone(data)
		if _, err := Parse(test.name, data, nil); err != nil {
			t.Error(err)
		}
		if !bytes.Equal(before, data) {
			t.Errorf("%s: Parse changed its input", test.manager)
		}
	}
}

// TestBundled believes what is said to be bundled only where npm does: the
// rest is fetched, and has to be looked at.
func TestBundled(t *testing.T) {
	const resolved = `, "resolved": "https://npm.registry.invalid/b/-/b-1.0.0.tgz"`
	v3 := func(owner, b string) string {
		return `{"lockfileVersion": 3, "packages": {"node_modules/a": {"version": "1.0.0"` + owner + `}, "node_modules/a/node_modules/b": {"version": "1.0.0", "inBundle": true` + b + `}}}`
	}
	v1 := func(a, b string) string {
		return `{"lockfileVersion": 1, "dependencies": {"a": {"version": "1.0.0"` + a + `, "dependencies": {"b": {"version": "1.0.0", "bundled": true` + b + `}}}}}`
	}
	tests := []struct {
		name, text string
		want       Kind
	}{
		{"by a list", v3(`, "bundleDependencies": ["b"]`, ""), KindBundled},
		{"by true", v3(`, "bundleDependencies": true`, ""), KindBundled},
		{"by nobody", v3("", ""), KindRegistry},
		{"by an empty list", v3(`, "bundleDependencies": []`, ""), KindRegistry},
		{"by false", v3(`, "bundleDependencies": false`, ""), KindRegistry},
		{"with a place to fetch it from", v3(`, "bundleDependencies": ["b"]`, resolved), KindRegistry},
		{"version 1", v1("", ""), KindBundled},
		{"version 1, by the project", v1(`, "bundled": true`, ""), KindRegistry},
		{"version 1, with a place to fetch it from", v1("", resolved), KindRegistry},
		{"version 1, without that place", v1("", `, "resolved": false`), KindBundled},
	}
	for _, test := range tests {
		lock := mustParse(t, "package-lock.json", test.text)
		if d := lock.Dependencies[1]; d.Name != "b" || d.Kind != test.want {
			t.Errorf("%s: %s", test.name, describeDependency(&d))
		}
	}
}
