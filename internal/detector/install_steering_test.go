package detector

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func steeringFindings(file, before, after string) []Finding {
	p := &ProjectPass{}
	p.compareFile(SteeringFile{Path: file, Before: []byte(before), After: []byte(after)})
	return p.findings
}

// TestSteeringValues: a change of a setting says what it was and what it is.
func TestSteeringValues(t *testing.T) {
	for _, test := range []struct {
		file, before, after, message string
		evidence                     []Evidence
	}{
		{".npmrc", "", "# x\nregistry=https://a.invalid/\n", `"registry" of .npmrc changes: the registry packages come from; was not set, is "https://a.invalid/"`,
			[]Evidence{{Path: ".npmrc", Line: 2, Column: 1, Snippet: "registry = https://a.invalid/", Note: "is"}}},
		{"web/.npmrc", "\nregistry = \"https://a.invalid/\"", "registry=https://b.invalid/", `"registry" of web/.npmrc changes: the registry packages come from; was "https://a.invalid/", is "https://b.invalid/"`,
			[]Evidence{{Path: "web/.npmrc", Line: 1, Column: 1, Snippet: "registry = https://b.invalid/", Note: "is"},
				{Path: "web/.npmrc", Line: 2, Column: 1, Snippet: "registry = https://a.invalid/", Note: "was, in the older file"}}},
		{".npmrc", "strict-ssl=true", "", `"strict-ssl" of .npmrc changes: whether certificates are checked; was "true", is not set`,
			[]Evidence{{Path: ".npmrc", Note: "not set any more"}, {Path: ".npmrc", Line: 1, Column: 1, Snippet: "strict-ssl = true", Note: "was, in the older file"}}},
		{".npmrc", "registry=https://a.invalid/", "registry=", `"registry" of .npmrc changes: the registry packages come from; was "https://a.invalid/", is "empty"`, nil},
		{".npmrc", "", "@auth0:registry=https://good.invalid:443@b.invalid/@auth0/x", `"@auth0:registry" of .npmrc changes: the registry of a scope; was not set, is "https://***@b.invalid/@auth0/x"`, nil},
		{".yarnrc", "", "yarn-path \".yarn/x.js\"", `"yarn-path" of .yarnrc changes: a setting of yarn; was not set, is ".yarn/x.js"`, nil},
		{".yarnrc.yml", "npmScopes: {acme: {npmRegistryServer: 'https://a.invalid'}}", "npmScopes:\n  acme:\n    npmRegistryServer: https://b.invalid\n    npmAuthToken: abcd\n",
			`"npmScopes" of .yarnrc.yml changes: the registry of a scope; was "{acme: {npmRegistryServer: https://a.invalid}}", is "{acme: {npmRegistryServer: https://b.invalid, npmAuthToken: ***}}"`, nil},
		{"package.json", `{"dependencies": {"a": "1"}}`, `{"dependencies": {"a": "2"}, "overrides": {"a": "npm:b@1.0.0", "c": [1, true]}}`,
			`"overrides" of package.json changes: versions that are forced; was not set, is "{a: npm:b@1.0.0, c: [1, true]}"`, nil},
		{"package.json", `{"packageManager": "yarn@4.0.0"}`, `{"packageManager": "yarn@https://u:p@x.invalid/y.js"}`,
			`"packageManager" of package.json changes: the package manager is fetched from an address; was "yarn@4.0.0", is "yarn@https://***@x.invalid/y.js"`, nil},
		{".pnpmfile.cjs", "a\nb\n", "a\nc\n", ".pnpmfile.cjs changes: code that pnpm runs at every install",
			[]Evidence{{Path: ".pnpmfile.cjs", Line: 2, Column: 1, Snippet: "c", Note: "the first line that differs"}}},
		{".pnpmfile.cjs", "a", "", ".pnpmfile.cjs changes: code that pnpm runs at every install", []Evidence{{Path: ".pnpmfile.cjs", Note: "the file is gone or empty"}}},
		{"bunfig.toml", "", "x = 1", "bunfig.toml changes: settings of bun, among them the registry", []Evidence{{Path: "bunfig.toml", Line: 1, Column: 1, Note: "the file is new"}}},
	} {
		found := steeringFindings(test.file, test.before, test.after)
		if len(found) != 1 {
			t.Errorf("%s %q: %d findings", test.file, test.after, len(found))
			continue
		}
		f := found[0]
		if f.Message != test.message {
			t.Errorf("got  %s\nwant %s", f.Message, test.message)
		}
		if f.Location != f.Evidence[0].place() {
			t.Errorf("%s: the finding is at %+v, its evidence at %+v", test.file, f.Location, f.Evidence[0])
		}
		for i, want := range test.evidence {
			if len(f.Evidence) != len(test.evidence) || f.Evidence[i] != want {
				t.Errorf("%s %q: evidence %+v, want %+v", test.file, test.after, f.Evidence, test.evidence)
				break
			}
		}
	}
}

// TestSteeringCredentials: no credential is in a finding, wherever it stands.
func TestSteeringCredentials(t *testing.T) {
	const secret = "hunter2"
	for _, test := range []struct{ file, after string }{
		{".npmrc", "//r.invalid/:_authToken=hunter2"},
		{".npmrc", "//r.invalid/:_authToken = \"hunter2 and more\""},
		{".npmrc", "//r.invalid/:_authToken:hunter2"},
		{".npmrc", "//u:hunter2@r.invalid/:x=1"},
		{".npmrc", "//r.invalid/:_password=hunter2"},
		{".npmrc", "//r.invalid/:username=hunter2"},
		{".npmrc", "_auth=hunter2"},
		{".npmrc", "//r.invalid/:_auth[]=hunter2"},
		{".npmrc", "key=hunter2"},
		{".npmrc", "otp=hunter2"},
		{".npmrc", "proxy=http://u:hunter2@p.invalid:8080"},
		{".npmrc", "proxy=u:hunter2@p.invalid:8080"},
		{".npmrc", "https-proxy=http://u:p@hunter2@p.invalid"},
		{".npmrc", "registry=https://hunter2@r.invalid/"},
		{".npmrc", "registry=//u:hunter2@r.invalid/"},
		{".npmrc", "registry=https://u:" + strings.Repeat("x", 300) + "hunter2@r.invalid/"},
		{".npmrc", "registry=https://r.invalid/?access_token=hunter2&x=1"},
		{".npmrc", "node-options=--header='Authorization: Bearer hunter2'"},
		{".yarnrc", "\"//r.invalid/:_authToken\" hunter2"},
		{".yarnrc.yml", "npmRegistryServer: https://u:hunter2@r.invalid"},
		{".yarnrc.yml", "npmRegistries: {//r.invalid: {npmAuthToken: 'hunter2 x'}}"},
		{".yarnrc.yml", "npmRegistries:\n  //r.invalid:\n    npmAuthIdent: [hunter2, hunter2]"},
		{".yarnrc.yml", "npmAuthToken: hunter2"},
		{".yarnrc.yml", "npmRegistries: [[{npmAuthToken: hunter2}]]"},
		{"pnpm-workspace.yaml", "registries: {default: 'https://u:hunter2@r.invalid'}"},
		{"package.json", `{"scripts": {"preinstall": "curl -H 'Authorization: Bearer hunter2' https://r.invalid"}}`},
		{"package.json", `{"scripts": {"preinstall": "NPM_TOKEN=hunter2 npm publish"}}`},
		{"package.json", `{"pnpm": {"x": {"password": "a \"hunter2"}}}`},
		{"bunfig.toml", "registry = { url = 'x', token = 'a hunter2' }"},
		{".pnpmfile.cjs", "const token = 'hunter2'"},
	} {
		for _, found := range [][]Finding{steeringFindings(test.file, "", test.after), steeringFindings(test.file, test.after, "")} {
			if len(found) == 0 {
				t.Errorf("%s %q: nothing is found", test.file, test.after)
			}
			for _, f := range found {
				text := f.Message
				for _, e := range f.Evidence {
					text += e.Snippet + e.Note
				}
				if strings.Contains(text, secret) {
					t.Errorf("%s %q: %+v", test.file, test.after, f)
				}
			}
		}
	}
}

func FuzzSteering(f *testing.F) {
	names := append([]string{".yarn/releases/yarn.cjs"}, SteeringNames...)
	for i, s := range []string{"registry=https://u:p@a.invalid\n[x]\n=\n", "a: {b: [*c, &c d]}", `{"pnpm": {"a": "\ud83d\ude00"}, "scripts": {"install": ""}}`, "a: &a [*a]", "\xff=\xfe"} {
		f.Add(uint(i), s, "")
		f.Add(uint(i+5), "", s)
	}
	f.Fuzz(func(t *testing.T, n uint, before, after string) {
		if len(before)+len(after) > 20_000 {
			return
		}
		for _, found := range steeringFindings(names[n%uint(len(names))], before, after) {
			for _, e := range found.Evidence {
				if e.Path == "" || len(e.Snippet) > 450 || utf8.ValidString(after) && utf8.ValidString(before) && strings.Contains(e.Snippet, "\xff") {
					t.Fatalf("evidence %+v", e)
				}
			}
			if len(found.Message) > 2000 {
				t.Fatalf("a message of %d bytes", len(found.Message))
			}
		}
	})
}
