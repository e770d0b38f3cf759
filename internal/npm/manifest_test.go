package npm

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseManifest(t *testing.T) {
	yes, no := true, false
	tests := []struct {
		name, text string
		want       Manifest
	}{
		{"an empty object", "{}", Manifest{}},
		{"a byte order mark", "\ufeff{\"name\": \"a\"}", Manifest{Name: "a"}},
		{"white space", "\n\t {\"name\": \"a\"}\r\n ", Manifest{Name: "a"}},
		{"everything", `{"name": "@s/a", "version": "1.0.0", "scripts": {"install": "node x"}, "dependencies": {"b": "^1"},
			"optionalDependencies": {"c": "1"}, "peerDependencies": {"d": "*"}, "devDependencies": {"e": "1"}, "bundleDependencies": ["b"],
			"bin": {"a": "cli.js"}, "main": "index.js", "type": "module", "exports": {".": "./index.js"}, "homepage": "https://x.invalid",
			"repository": {"type": "git", "url": "git+https://x.invalid/a.git", "directory": "packages/a"}, "bugs": {"url": "https://x.invalid/bugs"},
			"gypfile": true, "workspaces": ["packages/*"], "unknown": {"x": 1}}`,
			Manifest{Name: "@s/a", Version: "1.0.0", Scripts: map[string]string{"install": "node x"}, Dependencies: map[string]string{"b": "^1"},
				OptionalDependencies: map[string]string{"c": "1"}, PeerDependencies: map[string]string{"d": "*"}, DevDependencies: map[string]string{"e": "1"},
				BundleDependencies: []string{"b"}, Bin: map[string]string{"a": "cli.js"}, Main: "index.js", Type: "module",
				Exports: json.RawMessage(`{".": "./index.js"}`), Homepage: "https://x.invalid",
				Repository: Repository{Type: "git", URL: "git+https://x.invalid/a.git", Directory: "packages/a"}, Bugs: "https://x.invalid/bugs",
				Gypfile: &yes, Workspaces: []string{"packages/*"}}},
		{"null everywhere", `{"name": null, "version": null, "scripts": null, "dependencies": null, "bin": null, "main": null, "bundleDependencies": null,
			"repository": null, "bugs": null, "workspaces": null, "homepage": null, "type": null}`, Manifest{}},
		{"bin as text", `{"name": "a", "bin": "cli.js"}`, Manifest{Name: "a", Bin: map[string]string{"a": "cli.js"}}},
		{"bin as text in a scope", `{"bin": "cli.js", "name": "@s/a"}`, Manifest{Name: "@s/a", Bin: map[string]string{"a": "cli.js"}}},
		{"repository as text", `{"repository": "github:o/r"}`, Manifest{Repository: Repository{URL: "github:o/r"}}},
		{"bugs as text", `{"bugs": "https://x.invalid"}`, Manifest{Bugs: "https://x.invalid"}},
		{"workspaces in yarn's form", `{"workspaces": {"packages": ["a/*"], "nohoist": ["x"]}}`, Manifest{Workspaces: []string{"a/*"}}},
		{"exports as text", `{"exports": "./x.js"}`, Manifest{Exports: json.RawMessage(`"./x.js"`)}},
		{"gypfile false", `{"gypfile": false}`, Manifest{Gypfile: &no}},
		{"bundled under the other name", `{"bundledDependencies": ["a"]}`, Manifest{BundleDependencies: []string{"a"}}},
		{"bundled under both", `{"bundleDependencies": ["a"], "bundledDependencies": ["b"]}`, Manifest{BundleDependencies: []string{"a"}}},
		{"all bundled", `{"bundleDependencies": true}`, Manifest{BundleDependencies: []string{"*"}}},
		{"none bundled", `{"bundleDependencies": false}`, Manifest{}},
		{"bundled as an object", `{"bundleDependencies": {"b": "1", "a": "1"}}`, Manifest{BundleDependencies: []string{"a", "b"}}},
		{"the last of two keys, as in JavaScript", `{"scripts": {"install": "a"}, "scripts": {"install": "b"}}`, Manifest{Scripts: map[string]string{"install": "b"}}},
		{"other case is another field", `{"Name": "a", "SCRIPTS": {"install": "x"}, "Dependencies": {"a": "1"}}`, Manifest{}},
		{"names of JavaScript", `{"__proto__": {"scripts": {"install": "x"}}, "scripts": {"__proto__": "x", "constructor": "y"}}`,
			Manifest{Scripts: map[string]string{"__proto__": "x", "constructor": "y"}}},

		{"wrong types", `{"name": 1, "version": 2, "scripts": [], "dependencies": "a", "optionalDependencies": 1, "peerDependencies": true, "devDependencies": ["a"],
			"bundleDependencies": "a", "bin": 1, "main": {}, "type": 1, "homepage": [], "repository": 1, "gypfile": "no"}`,
			Manifest{Malformed: []string{"bin", "bundleDependencies", "dependencies", "devDependencies", "gypfile", "homepage", "main", "name",
				"optionalDependencies", "peerDependencies", "repository", "scripts", "type", "version"}}},
		{"wrong types within", `{"scripts": {"install": "a", "test": 1, "x": null}, "dependencies": {"a": {}, "b": "1"}, "bin": {"a": 1, "b": "x"}, "bundleDependencies": ["a", 1]}`,
			Manifest{Scripts: map[string]string{"install": "a", "x": ""}, Dependencies: map[string]string{"b": "1"}, Bin: map[string]string{"b": "x"},
				Malformed: []string{"bin", "bundleDependencies", "dependencies", "scripts"}}},
	}
	for _, test := range tests {
		got, err := ParseManifest([]byte(test.text))
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if diff := cmp.Diff(&test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestParseManifestError(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "white space": " \n", "null": "null", "an array": "[]", "a string": `"x"`, "a number": "1", "a boolean": "true",
		"truncated": `{"name": "a"`, "rubbish behind": "{} x", "a second object": "{}{}", "a comment": "// x\n{}", "a trailing comma": `{"a": 1,}`,
		"single quotes": "{'a': 1}", "two byte order marks": "\ufeff\ufeff{}", "UTF-16": "\xff\xfe{\x00}\x00", "NUL": "\x00", "HTML": "<html>",
		"nested too deep": `{"a":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + "}",
		"too large":       `{"a": "` + strings.Repeat("x", MaxManifestSize) + `"}`,
	} {
		m, err := ParseManifest([]byte(text))
		if !errors.Is(err, ErrManifest) || m != nil {
			t.Errorf("%s: %+v with error %v", name, m, err)
		}
	}
}

// TestManifestJSON writes a manifest and reads it again, as worker processes do.
func TestManifestJSON(t *testing.T) {
	m, err := ParseManifest([]byte(`{"name": "a", "bin": "x.js", "scripts": {"install": 1, "test": "y"}, "repository": "o/r", "bundleDependencies": true,
		"workspaces": {"packages": ["p"]}, "bugs": {"url": "u"}, "gypfile": false, "exports": [1, 2], "main": 3}`))
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseManifest(data)
	if err != nil {
		t.Fatal(err)
	}
	m.Exports = json.RawMessage("[1,2]") // compacted
	if diff := cmp.Diff(m, again); diff != "" {
		t.Errorf("(-first +again):\n%s", diff)
	}
}

func tree(paths ...string) *Tree {
	tree := new(Tree)
	for _, p := range paths {
		tree.Files = append(tree.Files, File{Path: p})
	}
	tree.Sort()
	return tree
}

// TestPublished compares with what npm 11's publish writes for the same
// package.json and files.
func TestPublished(t *testing.T) {
	no := false
	scripts := func(pairs ...string) map[string]string {
		m := make(map[string]string)
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		return m
	}
	tests := []struct {
		name string
		m    Manifest
		tree *Tree
		want map[string]string
	}{
		{"nothing", Manifest{}, nil, scripts()},
		{"as they are", Manifest{Scripts: scripts("test", "x")}, tree("index.js"), scripts("test", "x")},
		{"binding.gyp", Manifest{Scripts: scripts("test", "x")}, tree("binding.gyp"), scripts("test", "x", "install", "node-gyp rebuild")},
		{"another .gyp file", Manifest{}, tree("addon.gyp", "index.js"), scripts("install", "node-gyp rebuild")},
		{"a hidden .gyp file", Manifest{}, tree(".gyp", ".x.gyp"), scripts()},
		{"binding.gyp deeper", Manifest{}, tree("src/binding.gyp"), scripts()},
		{"binding.gyp with install", Manifest{Scripts: scripts("install", "x")}, tree("binding.gyp"), scripts("install", "x")},
		{"binding.gyp with preinstall", Manifest{Scripts: scripts("preinstall", "x")}, tree("binding.gyp"), scripts("preinstall", "x")},
		{"binding.gyp with postinstall", Manifest{Scripts: scripts("postinstall", "x")}, tree("binding.gyp"), scripts("postinstall", "x", "install", "node-gyp rebuild")},
		{"binding.gyp with an empty install", Manifest{Scripts: scripts("install", "")}, tree("binding.gyp"), scripts("install", "node-gyp rebuild")},
		{"binding.gyp and gypfile false", Manifest{Gypfile: &no}, tree("binding.gyp"), scripts()},
		{"server.js", Manifest{}, tree("server.js"), scripts("start", "node server.js")},
		{"server.js with start", Manifest{Scripts: scripts("start", "x")}, tree("server.js"), scripts("start", "x")},
		{"server.js deeper", Manifest{}, tree("lib/server.js"), scripts()},
		{"node_modules/.bin", Manifest{Scripts: scripts("a", "./node_modules/.bin/x -y", "b", "node_modules/.bin/x", "c", `.\node_modules\.bin\x`, "d", "cd x; node_modules/.bin/x", "e", "../node_modules/.bin/x")}, nil,
			scripts("a", "x -y", "b", "x", "c", "x", "d", "cd x; node_modules/.bin/x", "e", "../node_modules/.bin/x")},
		{"node_modules/.bin twice", Manifest{Scripts: scripts("a", "node_modules/.bin/node_modules/.bin/x")}, nil, scripts("a", "node_modules/.bin/x")},
	}
	for _, test := range tests {
		before, err := json.Marshal(test.m)
		if err != nil {
			t.Fatal(err)
		}
		got := test.m.Published(test.tree)
		if diff := cmp.Diff(test.want, got.Scripts); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
		if after, err := json.Marshal(test.m); err != nil || string(before) != string(after) {
			t.Errorf("%s: Published changed its receiver to %s, %v", test.name, after, err)
		}
	}
	m := Manifest{Name: " a\n", Version: " v=1.2.3 ", Dependencies: map[string]string{"a": "1", "b": "1"}, OptionalDependencies: map[string]string{"b": "2", "c": "1"}, Main: "x"}
	got := m.Published(nil)
	if got.Name != "a" || got.Version != "1.2.3" || got.Main != "x" {
		t.Errorf("name %q, version %q, main %q", got.Name, got.Version, got.Main)
	}
	if diff := cmp.Diff(map[string]string{"a": "1", "b": "2", "c": "1"}, got.Dependencies); diff != "" {
		t.Errorf("dependencies (-want +got):\n%s", diff)
	}
	if len(m.Dependencies) != 2 {
		t.Errorf("Published changed its receiver: %v", m.Dependencies)
	}
}

func TestHasImplicitBuild(t *testing.T) {
	yes, no := true, false
	for _, test := range []struct {
		m    Manifest
		want bool
	}{
		{Manifest{}, true},
		{Manifest{Gypfile: &yes}, true},
		{Manifest{Gypfile: &no}, false},
		{Manifest{Scripts: map[string]string{"postinstall": "x"}}, true},
		{Manifest{Scripts: map[string]string{"install": "x"}}, false},
		{Manifest{Scripts: map[string]string{"preinstall": "x"}}, false},
		{Manifest{Scripts: map[string]string{"install": ""}}, true},
	} {
		if got := test.m.HasImplicitBuild(); got != test.want {
			t.Errorf("%+v: %v", test.m, got)
		}
	}
}

// FuzzParseManifest checks that what is read can be written and read again,
// and that publishing it twice changes nothing more.
func FuzzParseManifest(f *testing.F) {
	for _, seed := range []string{
		"{}", "\ufeff{\"name\": \"a\"}", `{"name": "a", "bin": "x", "scripts": {"install": "./node_modules/.bin/x"}, "gypfile": false}`,
		`{"bundleDependencies": {"a": 1}, "workspaces": {"packages": []}, "repository": "x", "bugs": {"url": 1}}`, `{"malformed": ["a"], "name": 1}`,
		`{"dependencies": {"a": "1"}, "optionalDependencies": {"b": null}}`, "[]", "null", `{"exports": null}`, `{"name": "\ud800"}`,
	} {
		f.Add([]byte(seed))
	}
	files := tree("binding.gyp", "server.js", "package.json")
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := ParseManifest(data)
		if err != nil {
			if m != nil || !errors.Is(err, ErrManifest) {
				t.Fatalf("%+v with error %v", m, err)
			}
			return
		}
		if !slices.IsSorted(m.Malformed) {
			t.Fatalf("Malformed is not sorted: %q", m.Malformed)
		}
		out, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseManifest(out)
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		twice, err := json.Marshal(again)
		if err != nil || string(twice) != string(out) {
			t.Fatalf("written and read again:\n%s\n%s\n%v", out, twice, err)
		}
		once := m.Published(files)
		if once.Scripts["start"] == "" || once.Scripts["install"] == "" && m.HasImplicitBuild() {
			t.Fatalf("published scripts: %v", once.Scripts)
		}
		if diff := cmp.Diff(once.Dependencies, once.Published(files).Dependencies); diff != "" {
			t.Fatal(diff)
		}
	})
}
