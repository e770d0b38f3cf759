package lockfile

import (
	"errors"
	"io/fs"
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestDiscover(t *testing.T) {
	const deps = `{"dependencies": {"a": "1"}}`
	tests := []struct {
		name  string
		files []string // pairs of name and content
		want  Discovery
	}{
		{"nothing", []string{"README", ""}, Discovery{}},
		{"one of each kind, sorted", []string{
			"b/yarn.lock", "", "a/package-lock.json", "", "a/npm-shrinkwrap.json", "", "pnpm-lock.yaml", "", "c/d/bun.lock", "",
		}, Discovery{Lockfiles: []string{"a/npm-shrinkwrap.json", "a/package-lock.json", "b/yarn.lock", "c/d/bun.lock", "pnpm-lock.yaml"}}},
		{"node_modules and .git are not entered", []string{
			"yarn.lock", "", "node_modules/a/yarn.lock", "", "x/node_modules/a/package-lock.json", "", ".git/yarn.lock", "", "x/.git/yarn.lock", "",
			"node_modules/a/package.json", deps,
		}, Discovery{Lockfiles: []string{"yarn.lock"}}},
		{"other hidden folders are", []string{".github/actions/x/package-lock.json", ""},
			Discovery{Lockfiles: []string{".github/actions/x/package-lock.json"}}},
		{"a binary lockfile", []string{"a/bun.lockb", "", "a/package.json", deps}, Discovery{Lockfiles: []string{"a/bun.lockb"}}},
		{"a binary lockfile beside its text", []string{"a/bun.lockb", "", "a/bun.lock", ""}, Discovery{Lockfiles: []string{"a/bun.lock"}}},
		{"a binary lockfile beside another", []string{"bun.lockb", "", "yarn.lock", ""}, Discovery{Lockfiles: []string{"bun.lockb", "yarn.lock"}}},
		{"names that only look like it", []string{"yarn.lock.bak", "", "my-package-lock.json", "", "yarn.lock/file", ""}, Discovery{}},
		{"manifests without a lockfile", []string{
			"a/package.json", deps,
			"b/package.json", `{"devDependencies": {"a": "1"}}`,
			"c/package.json", `{"optionalDependencies": {"a": "1"}}`,
			"d/package.json", `{"peerDependencies": {"a": "1"}}`,
			"none/package.json", `{"name": "x"}`,
			"empty/package.json", `{"dependencies": {}}`,
		}, Discovery{Unlocked: []string{"a/package.json", "b/package.json", "c/package.json", "d/package.json"}}},
		{"a manifest that is none might have dependencies", []string{"a/package.json", "{", "b/package.json", ""},
			Discovery{Unlocked: []string{"a/package.json", "b/package.json"}}},
		{"a lockfile covers what is below it", []string{
			"app/yarn.lock", "", "app/package.json", deps, "app/packages/x/package.json", deps, "app2/package.json", deps,
		}, Discovery{Lockfiles: []string{"app/yarn.lock"}, Unlocked: []string{"app2/package.json"}}},
		{"and the root covers all", []string{"package-lock.json", "", "a/b/c/package.json", deps},
			Discovery{Lockfiles: []string{"package-lock.json"}}},
	}
	for _, test := range tests {
		got, err := Discover(project(test.files...))
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		for i := 0; i < len(test.files); i += 2 {
			name := test.files[i]
			if path.Base(name) == "package.json" && !strings.Contains("/"+name, "/node_modules/") {
				test.want.Manifests = append(test.want.Manifests, name)
			}
		}
		if diff := cmp.Diff(test.want, got, cmpopts.SortSlices(strings.Compare)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// TestDiscoverFixtures finds the lockfiles of the corpus.
func TestDiscoverFixtures(t *testing.T) {
	for _, f := range fixtures(t, "good") {
		got, err := Discover(f.project)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{f.lockfile(t, ".")}, got.Lockfiles); diff != "" || got.Unlocked != nil || got.Skipped != nil {
			t.Errorf("%s: %+v (-want +got):\n%s", f.path, got, diff)
		}
	}
}

// unreadable fails where a folder is read.
type unreadable struct {
	fs.FS
	dir string
	err error
}

func (u unreadable) Open(name string) (fs.File, error) {
	if name == u.dir {
		return nil, u.err
	}
	return u.FS.Open(name)
}

// TestDiscoverError reports a folder that cannot be read: it might hold a lockfile.
func TestDiscoverError(t *testing.T) {
	broken := errors.New("broken")
	got, err := Discover(unreadable{project("a/yarn.lock", "", "b/x", ""), "a", broken})
	if !errors.Is(err, broken) || got.Lockfiles != nil {
		t.Errorf("got %+v and error %v, want the reader's error alone", got, err)
	}
}

// TestDiscoverDeep says which folders it has not entered.
func TestDiscoverDeep(t *testing.T) {
	deepest := strings.TrimSuffix(strings.Repeat("d/", maxDepth), "/")
	got, err := Discover(fstest.MapFS{deepest + "/yarn.lock": {}, deepest + "/e/yarn.lock": {}, deepest + "/f/g/package.json": {}})
	if err != nil {
		t.Fatal(err)
	}
	want := Discovery{Lockfiles: []string{deepest + "/yarn.lock"}, Skipped: []string{deepest + "/e", deepest + "/f"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
