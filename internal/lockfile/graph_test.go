package lockfile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	npmV1 = `{"name": "p", "lockfileVersion": 1, "requires": true, "dependencies": {
"a": {"version": "1.0.0", "requires": {"b": "^1.0.0"}},
"b": {"version": "1.0.0", "requires": {"c": "^1.0.0"}, "dependencies": {
"c": {"version": "1.0.0"}}},
"c": {"version": "2.0.0", "dev": true},
"d": {"version": "1.0.0", "requires": {"c": "^2.0.0"}, "dev": true}
}}
`
	npmV3 = `{"lockfileVersion": 3, "packages": {
"": {"dependencies": {"a": "1"}, "devDependencies": {"d": "1"}, "workspaces": ["packages/*"]},
"packages/m": {"name": "m", "version": "1.0.0", "dependencies": {"b": "2"}},
"local": {"version": "1.0.0", "dependencies": {"e": "1"}, "devDependencies": {"f": "1"}},
"node_modules/m": {"resolved": "packages/m", "link": true},
"node_modules/a": {"version": "1.0.0", "dependencies": {"b": "1", "local": "*"}},
"node_modules/b": {"version": "1.0.0"},
"node_modules/d": {"version": "1.0.0", "dev": true, "peerDependencies": {"g": "1"}},
"node_modules/e": {"version": "1.0.0"},
"node_modules/f": {"version": "1.0.0"},
"node_modules/g": {"version": "1.0.0", "dev": true, "peer": true},
"node_modules/local": {"resolved": "local", "link": true},
"packages/m/node_modules/b": {"version": "2.0.0"}
}}
`
	yarnWorkspaces = `# yarn lockfile v1


a@^1.0.0:
  version "1.0.0"
  dependencies:
    c "^1.0.0"

b@^1.0.0:
  version "1.0.0"
  dependencies:
    c "^1.0.0"
  optionalDependencies:
    o "1.0.0"

c@^1.0.0:
  version "1.0.0"

c@^2.0.0:
  version "2.0.0"

o@1.0.0:
  version "1.0.0"
`
	pnpmCatalogs = `lockfileVersion: '9.0'

catalogs:
  default:
    a:
      specifier: ^1.0.0
      version: 1.0.0

importers:

  .:
    devDependencies:
      a:
        specifier: 'catalog:'
        version: 1.0.0

  packages/m:
    dependencies:
      b:
        specifier: ^1.0.0
        version: 1.0.0(p@1.0.0)
      n:
        specifier: workspace:*
        version: link:../n
    optionalDependencies:
      o:
        specifier: 1.0.0
        version: 1.0.0

  packages/n:
    dependencies:
      p:
        specifier: 1.0.0
        version: 1.0.0

packages:
  a@1.0.0:
    resolution: {tarball: a.tgz}
  b@1.0.0:
    resolution: {tarball: b.tgz}
  c@1.0.0:
    resolution: {tarball: c.tgz}
  o@1.0.0:
    resolution: {tarball: o.tgz}
  p@1.0.0:
    resolution: {tarball: p.tgz}

snapshots:
  a@1.0.0:
    dependencies:
      c: 1.0.0
  b@1.0.0(p@1.0.0):
    dependencies:
      p: 1.0.0
  c@1.0.0: {}
  o@1.0.0:
    dependencies:
      c: 1.0.0
  p@1.0.0: {}
`
)

// TestDirect tells direct dependencies, the chains of the others, and what
// they are for, from the lockfile and, where that does not say it, manifests.
func TestDirect(t *testing.T) {
	tests := []struct {
		name, file, text string
		files            []string
		want             string
	}{
		{"npm 1 with package.json", "package-lock.json", npmV1,
			[]string{"package.json", `{"dependencies": {"a": "1", "b": "1"}, "devDependencies": {"d": "1"}}`}, `
2 registry a@1.0.0 direct
3 registry b@1.0.0 direct
4 registry c@1.0.0 chain=b@1.0.0
5 registry c@2.0.0 dev chain=d@1.0.0
6 registry d@1.0.0 dev direct
`},
		{"npm 1 without package.json", "package-lock.json", npmV1, nil, `
2 registry a@1.0.0 direct
3 registry b@1.0.0 chain=a@1.0.0
4 registry c@1.0.0 chain=a@1.0.0 > b@1.0.0
5 registry c@2.0.0 dev chain=d@1.0.0
6 registry d@1.0.0 dev direct
`},
		{"npm 1 without requires", "package-lock.json", `{"lockfileVersion": 1, "dependencies": {"a": {"version": "1.0.0"}, "b": {"version": "1.0.0"}}}`, nil, `
1 registry a@1.0.0
1 registry b@1.0.0
`},
		{"npm 3", "package-lock.json", npmV3, nil, `
3 directory m@1.0.0
4 directory local@1.0.0 chain=a@1.0.0 > local
5 directory m resolved=packages/m
6 registry a@1.0.0 direct
7 registry b@1.0.0 chain=a@1.0.0
8 registry d@1.0.0 dev direct
9 registry e@1.0.0 chain=a@1.0.0 > local > local@1.0.0
10 registry f@1.0.0
11 registry g@1.0.0 dev peer chain=d@1.0.0
12 directory local chain=a@1.0.0 resolved=local
13 registry b@2.0.0 direct importer=packages/m
`},
		{"yarn classic with workspaces", "yarn.lock", yarnWorkspaces, []string{
			"package.json", `{"private": true, "workspaces": ["packages/*", "tools/**"], "devDependencies": {"a": "^1.0.0"}}`,
			"packages/m/package.json", `{"name": "m", "dependencies": {"b": "^1.0.0", "n": "1.0.0"}}`,
			"packages/n/package.json", `{"name": "n", "version": "1.0.0", "peerDependencies": {"x": "1"}}`,
			"tools/deep/er/package.json", `{"devDependencies": {"c": "^2.0.0"}}`,
			"tools/node_modules/q/package.json", `{"dependencies": {"a": "^1.0.0"}}`,
			"other/package.json", `{"dependencies": {"c": "^1.0.0"}}`,
		}, `
4 registry a@1.0.0 dev direct
9 registry b@1.0.0 direct importer=packages/m
16 registry c@1.0.0 importer=packages/m chain=b@1.0.0
19 registry c@2.0.0 dev direct importer=tools/deep/er
22 registry o@1.0.0 optional importer=packages/m chain=b@1.0.0
`},
		{"yarn classic with workspaces as an object", "yarn.lock", yarnWorkspaces, []string{
			"package.json", `{"workspaces": {"packages": ["m"]}, "dependencies": {"a": "^1.0.0"}}`,
			"m/package.json", `{"name": "m", "dependencies": {"b": "^1.0.0"}}`,
		}, `
4 registry a@1.0.0 direct
9 registry b@1.0.0 direct importer=m
16 registry c@1.0.0 chain=a@1.0.0
19 registry c@2.0.0
22 registry o@1.0.0 optional importer=m chain=b@1.0.0
`},
		{"yarn classic without package.json", "yarn.lock", yarnWorkspaces, nil, `
4 registry a@1.0.0 direct
9 registry b@1.0.0 direct
16 registry c@1.0.0 chain=a@1.0.0
19 registry c@2.0.0 direct
22 registry o@1.0.0 optional chain=b@1.0.0
`},
		{"yarn classic that is not up to date", "yarn.lock", "a@^1.0.0:\n  version \"1.0.0\"\n",
			[]string{"package.json", `{"dependencies": {"a": "^1.0.0", "gone": "1"}, "peerDependencies": {"q": "1"}}`}, `
1 registry a@1.0.0 direct
problem 1: package.json names "gone", which has no entry: the lockfile is not up to date
`},
		{"pnpm with catalogs and workspaces", "pnpm-lock.yaml", pnpmCatalogs, nil, `
37 registry a@1.0.0 dev direct
39 registry b@1.0.0 direct importer=packages/m
41 registry c@1.0.0 importer=packages/m chain=o@1.0.0
43 registry o@1.0.0 optional direct importer=packages/m
45 registry p@1.0.0 direct importer=packages/n
`},
		{"a cycle", "yarn.lock", "a@1:\n  version \"1.0.0\"\n  dependencies:\n    b \"1\"\n\nb@1:\n  version \"1.0.0\"\n  dependencies:\n    a \"1\"\n",
			[]string{"package.json", `{"dependencies": {"a": "1"}}`}, `
1 registry a@1.0.0 direct
6 registry b@1.0.0 chain=a@1.0.0
`},
		{"needed in two ways", "yarn.lock", `a@1:
  version "1.0.0"
  dependencies:
    both "1"

b@1:
  version "1.0.0"
  dependencies:
    both "1"
    mine "1"

both@1:
  version "1.0.0"

mine@1:
  version "1.0.0"
`, []string{"package.json", `{"dependencies": {"b": "1"}, "devDependencies": {"a": "1", "mine": "1"}}`}, `
1 registry a@1.0.0 dev direct
6 registry b@1.0.0 direct
12 registry both@1.0.0 chain=b@1.0.0
15 registry mine@1.0.0 direct
`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			lock := mustParse(t, test.file, test.text, test.files...)
			_, got, _ := strings.Cut(describe(lock), "\n")
			if diff := cmp.Diff(strings.Split(strings.TrimPrefix(test.want, "\n"), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestLongChain cuts a chain in front.
func TestLongChain(t *testing.T) {
	var text strings.Builder
	const n = 100
	for i := range n {
		fmt.Fprintf(&text, "p%d@1:\n  version \"1.0.0\"\n  dependencies:\n    p%d \"1\"\n\n", i, i+1)
	}
	fmt.Fprintf(&text, "p%d@1:\n  version \"1.0.0\"\n", n)
	lock := mustParse(t, "yarn.lock", text.String(), "package.json", `{"dependencies": {"p0": "1"}}`)
	chain := lock.Dependencies[n].Chain
	if len(chain) != maxChain || chain[len(chain)-1] != "p99@1.0.0" || chain[0] != fmt.Sprintf("p%d@1.0.0", n-maxChain) {
		t.Errorf("a chain of %d: %q", len(chain), chain)
	}
}

// TestMembers finds workspace members without leaving the project.
func TestMembers(t *testing.T) {
	fsys := project(
		"package.json", "{}", "packages/a/package.json", "{}", "packages/b/package.json", "{}", "packages/b/test/package.json", "{}",
		"packages/node_modules/x/package.json", "{}", "c/package.json", "{}", "packages/README", "x",
	)
	tests := []struct {
		patterns []string
		want     []string // those with a manifest
	}{
		{nil, nil},
		{[]string{"packages/*"}, []string{"packages/a", "packages/b"}},
		{[]string{"./packages/*/"}, []string{"packages/a", "packages/b"}},
		{[]string{"c"}, []string{"c"}},
		{[]string{"packages/**"}, []string{"packages/a", "packages/b", "packages/b/test"}},
		{[]string{"**"}, []string{"c", ".", "packages/a", "packages/b", "packages/b/test"}},
		{[]string{"../*", "/etc", "[", "x/y", ""}, nil},
	}
	for _, test := range tests {
		p := &parser{project: fsys}
		var got []string
		for _, dir := range p.memberFolders(test.patterns) {
			if dir != "." && p.manifest(dir) != nil || dir == "." && test.want != nil {
				got = append(got, dir)
			}
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.patterns, diff)
		}
	}
}
