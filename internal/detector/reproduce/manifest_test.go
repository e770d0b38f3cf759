package reproduce

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCompareManifests(t *testing.T) {
	for _, test := range []struct {
		name, published, source string
		fields                  []string
		fault                   string // a part of the one fault; "" for none
	}{
		{name: "the same in another order", published: `{"b":1,"a":[1,{"x":null}]}`, source: `{ "a": [1, {"x": null}], "b": 1 }`},
		{name: "the version", published: `{"version":"1.2.3"}`, source: `{"version":"0.0.0-development"}`, fields: []string{"version"}},
		{name: "another version", published: `{"version":"9.9.9"}`, source: `{"version":"1.0.0"}`, fault: `"version" differs`},
		{name: "npm's fields", published: `{"gitHead":"x","_id":"a@1.2.3","_resolved":"x","readme":"x","readmeFilename":"x"}`, source: `{}`,
			fields: []string{"_id", "_resolved", "gitHead", "readme", "readmeFilename"}},
		{name: "inert fields", published: `{"description":"a","keywords":[],"funding":{}}`, source: `{"description":"b","devDependencies":{"x":"1"},"jest":{},"publishConfig":{"access":"public"}}`,
			fields: []string{"description", "devDependencies", "funding", "jest", "keywords", "publishConfig"}},
		{name: "removed scripts", published: `{"scripts":{"test":"t"}}`, source: `{"scripts":{"prepare":"p","test":"t","postinstall":"x"}}`, fields: []string{"scripts"}},
		{name: "all scripts removed", published: `{}`, source: `{"scripts":{"test":"t"}}`, fields: []string{"scripts"}},
		{name: "an added script", published: `{"scripts":{"test":"t","postinstall":"x"}}`, source: `{"scripts":{"test":"t"}}`, fault: `"postinstall"`},
		{name: "the first script", published: `{"scripts":{"postinstall":"x"}}`, source: `{}`, fault: `"postinstall"`},
		{name: "a changed script", published: `{"scripts":{"test":"t; x"}}`, source: `{"scripts":{"test":"t"}}`, fault: `"test"`},
		{name: "scripts that are none", published: `{"scripts":"x"}`, source: `{}`, fault: "no object"},
		{name: "workspace ranges", published: `{"dependencies":{"b":"^1.2.3","c":"1.2.3","d":"npm:other@~1.0.0","e":"1.x || >=2.5.0 <3"}}`,
			source: `{"dependencies":{"b":"workspace:^","c":"workspace:*","d":"workspace:other@~","e":"catalog:"}}`, fields: []string{"dependencies"}},
		{name: "lerna's ranges", published: `{"optionalDependencies":{"b":"^1.2.3"}}`, source: `{"optionalDependencies":{"b":"file:../b"}}`, fields: []string{"optionalDependencies"}},
		{name: "a workspace range that became an address", published: `{"dependencies":{"b":"https://x.invalid/1.tgz"}}`, source: `{"dependencies":{"b":"workspace:*"}}`, fault: `"b"`},
		{name: "a workspace range that became a repository", published: `{"dependencies":{"b":"owner/repo"}}`, source: `{"dependencies":{"b":"workspace:*"}}`, fault: `"b"`},
		{name: "a workspace range that became an alias of an address", published: `{"dependencies":{"b":"npm:x@https://x.invalid/1"}}`, source: `{"dependencies":{"b":"workspace:*"}}`, fault: `"b"`},
		{name: "a workspace range that became another package", published: `{"dependencies":{"b":"npm:evil@1.0.0"}}`, source: `{"dependencies":{"b":"workspace:*"}}`, fault: `"b"`},
		{name: "another alias than the workspace's", published: `{"dependencies":{"b":"npm:evil@1.0.0"}}`, source: `{"dependencies":{"b":"workspace:ev@1.0.0"}}`, fault: `"b"`},
		{name: "a catalog's range that became another package", published: `{"dependencies":{"b":"npm:evil@1.0.0"}}`, source: `{"dependencies":{"b":"catalog:"}}`, fault: `"b"`},
		{name: "a scoped alias", published: `{"dependencies":{"b":"npm:@s/c@^1.0.0"}}`, source: `{"dependencies":{"b":"workspace:@s/c@^"}}`, fields: []string{"dependencies"}},
		{name: "a plain range that became another package", published: `{"dependencies":{"b":"npm:evil@1.0.0"}}`, source: `{"dependencies":{"b":"^1.0.0"}}`, fault: `"b"`},
		{name: "a workspace range that became a tag", published: `{"dependencies":{"b":"evil"}}`, source: `{"dependencies":{"b":"workspace:*"}}`, fault: `"b"`},
		{name: "another range", published: `{"dependencies":{"b":"^2.0.0"}}`, source: `{"dependencies":{"b":"^1.0.0"}}`, fault: `"b"`},
		{name: "an added dependency", published: `{"dependencies":{"b":"^1.0.0","evil":"1.0.0"}}`, source: `{"dependencies":{"b":"^1.0.0"}}`, fault: `"evil" was added`},
		{name: "the first dependency", published: `{"dependencies":{"evil":"1.0.0"}}`, source: `{}`, fault: `"evil" was added`},
		{name: "a removed dependency", published: `{"dependencies":{}}`, source: `{"dependencies":{"b":"1"}}`, fields: []string{"dependencies"}},
		{name: "dependencies in another order", published: `{"dependencies":{"c":"1","b":"1"}}`, source: `{"dependencies":{"b":"1","c":"1"}}`, fields: []string{"dependencies"}},
		{name: "moved up from publishConfig", published: `{"main":"dist/a.js","exports":{".":"./dist/a.js"}}`,
			source: `{"main":"src/a.ts","publishConfig":{"main":"dist/a.js","exports":{".":"./dist/a.js"}}}`, fields: []string{"exports", "main", "publishConfig"}},
		{name: "not what publishConfig has", published: `{"main":"evil.js"}`, source: `{"main":"src/a.ts","publishConfig":{"main":"dist/a.js"}}`, fault: `"main" differs`},
		{name: "paths in one way", published: `{"bin":{"a":"cli.js"},"main":"lib"}`, source: `{"bin":{"a":"./cli.js"},"main":"./lib/"}`, fields: []string{"bin", "main"}},
		{name: "another program", published: `{"bin":{"a":"evil.js"}}`, source: `{"bin":{"a":"./cli.js"}}`, fault: `"bin" differs`},
		{name: "an added program", published: `{"bin":"x"}`, source: `{}`, fault: `"bin" was added`},
		{name: "the order of conditions", published: `{"exports":{"node":"a","default":"b"}}`, source: `{"exports":{"default":"b","node":"a"}}`, fault: `"exports" differs`},
		{name: "exports that are gone", published: `{}`, source: `{"exports":"./a.js"}`, fault: `"exports" is missing`},
		{name: "the type", published: `{"type":"module"}`, source: `{}`, fault: `"type" was added`},
		{name: "a field of somebody's", published: `{"binary":{"host":"https://x.invalid"}}`, source: `{"binary":{"host":"https://y.invalid"}}`, fault: `"binary" differs`},
		{name: "gypfile", published: `{"gypfile":true}`, source: `{}`, fault: `"gypfile" was added`},
		{name: "the name", published: `{"name":"b"}`, source: `{"name":"a"}`, fault: `"name" differs`},
		{name: "a key that is given twice", published: `{"main":"a","main":"b"}`, source: `{"main":"a"}`, fault: "tarball's manifest"},
		{name: "no JSON", published: `{`, source: `{}`, fault: "tarball's manifest"},
		{name: "no object", published: `[]`, source: `{}`, fault: "tarball's manifest"},
		{name: "no JSON in the source", published: `{}`, source: `{`, fault: "source's manifest"},
		{name: "a large one", published: `{"a":"` + strings.Repeat("x", maxManifest) + `"}`, source: `{}`, fault: "bytes"},
	} {
		fields, faults := compareManifests([]byte(test.published), []byte(test.source), "1.2.3", false)
		if test.fault == "" && len(faults) > 0 || test.fault != "" && (len(faults) != 1 || !strings.Contains(faults[0], test.fault)) {
			t.Errorf("%s: faults %q, want %q", test.name, faults, test.fault)
		}
		if diff := cmp.Diff(test.fields, fields); test.fault == "" && diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// TestImpliedBuild lets nobody take away the script that keeps a build from
// running.
func TestImpliedBuild(t *testing.T) {
	published, source := []byte(`{"scripts":{}}`), []byte(`{"scripts":{"install":"node -e 0"}}`)
	if _, faults := compareManifests(published, source, "1.2.3", true); len(faults) != 1 {
		t.Errorf("with a .gyp file: %q", faults)
	}
	if _, faults := compareManifests(published, source, "1.2.3", false); len(faults) != 0 {
		t.Errorf("without: %q", faults)
	}
}

// FuzzCompareManifests wants that a manifest equals itself, and that a script
// that is added is always a fault.
func FuzzCompareManifests(f *testing.F) {
	f.Add(`{"name":"a","scripts":{"x":"y"},"dependencies":{"b":"workspace:*"}}`, `{"main":"a"}`)
	f.Add(`{"exports":{".":[{"a":null}]},"publishConfig":[]}`, `{"scripts":[],"bin":"./a"}`)
	f.Add(`[]`, `{"dependencies":{"b":1},"version":1}`)
	f.Fuzz(func(t *testing.T, a, b string) {
		fields, faults := compareManifests([]byte(a), []byte(b), "1.2.3", true)
		again, faultsAgain := compareManifests([]byte(a), []byte(b), "1.2.3", true)
		if !cmp.Equal(fields, again) || !cmp.Equal(faults, faultsAgain) {
			t.Fatal("not the same twice")
		}
		if _, faults := compareManifests([]byte(a), []byte(a), "1.2.3", true); len(faults) > 0 && !strings.Contains(faults[0], "manifest") {
			t.Fatalf("%q differs from itself: %q", a, faults)
		}
		if len(a) > 2 && a[0] == '{' && !strings.Contains(a, "scripts") {
			if _, faults := compareManifests([]byte(`{"scripts":{"install":"x"},`+a[1:]), []byte(a), "1.2.3", true); len(faults) == 0 {
				t.Fatalf("%q: a script was added", a)
			}
		}
	})
}
