package reproduce

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"
)

// fakeSource is a Source of commits in memory.
type fakeSource struct {
	commits map[string]map[string]string // commit to files; of every repository
	tags    map[string]string
	foreign []string // commits that nothing leads to
	fail    map[string]error
	calls   []string
}

func (f *fakeSource) call(name string, args ...any) error {
	f.calls = append(f.calls, strings.TrimSpace(fmt.Sprintln(append([]any{name}, args...)...)))
	return f.fail[name]
}

func (f *fakeSource) Tag(_ context.Context, r Repository, names []string) (string, string, error) {
	if err := f.call("tag", r); err != nil {
		return "", "", err
	}
	for _, name := range names {
		if id := f.tags[name]; id != "" {
			return name, id, nil
		}
	}
	return "", "", ErrNotFound
}

func (f *fakeSource) Entries(_ context.Context, _ Repository, commit, _ string) ([]Entry, error) {
	if err := f.call("entries", commit[:1]); err != nil {
		return nil, err
	}
	files, ok := f.commits[commit]
	if !ok {
		return nil, ErrNotFound
	}
	return makeEntries(40, files), nil
}

func (f *fakeSource) Reach(_ context.Context, _ Repository, commit string, _ []string) (Reach, string, error) {
	if err := f.call("reach", commit[:1]); err != nil {
		return "", "", err
	}
	if slices.Contains(f.foreign, commit) {
		return Unreachable, "", nil
	}
	return Reachable, "main", nil
}

func (f *fakeSource) Blob(_ context.Context, _ Repository, id string, _ int64) ([]byte, error) {
	if err := f.call("blob"); err != nil {
		return nil, err
	}
	for _, files := range f.commits {
		for _, text := range files {
			if BlobID(40, []byte(text)) == id {
				return []byte(text), nil
			}
		}
	}
	return nil, ErrNotFound
}

var head, tagged, gone = strings.Repeat("a", 40), strings.Repeat("b", 40), strings.Repeat("c", 40)

func TestFind(t *testing.T) {
	manifest := `{"name":"a"}`
	here := []Location{{Repository: Repository{"github.com", "o/r"}}}
	failure := errors.New("no connection")
	for _, test := range []struct {
		name      string
		source    fakeSource
		locations []Location
		commits   []Candidate
		known     string // the tarball's package.json
		want      string // the commit, how and folder; or the verdict
		calls     string
		reason    string // a part of a reason
	}{
		{name: "gitHead", source: fakeSource{commits: map[string]map[string]string{head: {"package.json": manifest}}}, locations: here,
			commits: []Candidate{{FoundByGitHead, head}}, known: manifest, want: "a gitHead ", calls: "entries a,reach a"},
		{name: "another manifest", source: fakeSource{commits: map[string]map[string]string{head: {"package.json": manifest}}}, locations: here,
			commits: []Candidate{{FoundByGitHead, head}}, known: "{}", want: "a gitHead ", calls: "entries a,reach a,blob"},
		{name: "a tag alone", source: fakeSource{commits: map[string]map[string]string{tagged: {"package.json": manifest}}, tags: map[string]string{"v1.2.3": tagged}}, locations: here,
			known: manifest, want: "b tag ", calls: "tag github.com/o/r,entries b"},
		{name: "a wrong gitHead", source: fakeSource{commits: map[string]map[string]string{tagged: {"package.json": manifest}}, tags: map[string]string{"a@1.2.3": tagged}}, locations: here,
			commits: []Candidate{{FoundByGitHead, gone}}, known: manifest, want: "b tag ", calls: "entries c,tag github.com/o/r,entries b", reason: "gitHead: commit cccccccccccc"},
		{name: "a gitHead that is none", source: fakeSource{tags: map[string]string{}}, locations: here, commits: []Candidate{{FoundByGitHead, "--upload-pack=x"}}, want: "no-source",
			calls: "tag github.com/o/r", reason: `"--upload-pack=x" is no commit`},
		{name: "provenance first", source: fakeSource{commits: map[string]map[string]string{head: {"package.json": manifest}, tagged: {"package.json": manifest}}}, locations: here,
			commits: []Candidate{{FoundByProvenance, tagged}, {FoundByGitHead, head}}, known: manifest, want: "b provenance ", calls: "entries b,reach b"},
		{name: "a commit of a fork", source: fakeSource{commits: map[string]map[string]string{head: {"package.json": manifest}}, foreign: []string{head}}, locations: here,
			commits: []Candidate{{FoundByGitHead, head}}, known: manifest, want: "a gitHead  unreachable", calls: "entries a,reach a"},
		{name: "a folder", source: fakeSource{commits: map[string]map[string]string{head: {"package.json": `{"name":"root"}`, "packages/x/package.json": manifest}}},
			locations: []Location{{Repository: Repository{"github.com", "o/r"}, Directory: "packages/x"}}, commits: []Candidate{{FoundByGitHead, head}},
			want: "a gitHead packages/x", calls: "entries a,reach a,blob"},
		{name: "a folder that is not named", source: fakeSource{commits: map[string]map[string]string{head: {"package.json": `{"name":"root"}`, "packages/a/package.json": manifest, "packages/b/package.json": `{"name":"b"}`}}},
			locations: here, commits: []Candidate{{FoundByGitHead, head}}, want: "a gitHead packages/a", calls: "entries a,reach a,blob,blob"},
		{name: "a folder of another name with the manifest", source: fakeSource{commits: map[string]map[string]string{head: {"package.json": `{"name":"root"}`, "pkg/odd/package.json": manifest}}},
			locations: here, commits: []Candidate{{FoundByGitHead, head}}, known: manifest, want: "a gitHead pkg/odd", calls: "entries a,reach a,blob"},
		{name: "a copy among the dependencies", source: fakeSource{commits: map[string]map[string]string{head: {"package.json": `{"name":"root"}`, "node_modules/a/package.json": manifest}}},
			locations: here, commits: []Candidate{{FoundByGitHead, head}}, known: manifest, want: "no-source", calls: "entries a,reach a,blob"},
		{name: "a wrong folder", source: fakeSource{commits: map[string]map[string]string{head: {"package.json": manifest, "old/x": ""}}},
			locations: []Location{{Repository: Repository{"github.com", "o/r"}, Directory: "old"}}, commits: []Candidate{{FoundByGitHead, head}},
			want: "a gitHead ", calls: "entries a,reach a,blob"},
		{name: "somebody else's repository", source: fakeSource{commits: map[string]map[string]string{head: {"package.json": `{"name":"famous"}`}}}, locations: here,
			commits: []Candidate{{FoundByGitHead, head}}, want: "no-source", calls: "entries a,reach a,blob", reason: `names the package "famous"`},
		{name: "without a manifest", source: fakeSource{commits: map[string]map[string]string{head: {"index.js": "x"}}}, locations: here,
			commits: []Candidate{{FoundByGitHead, head}}, want: "no-source", calls: "entries a,reach a", reason: "has no manifest of a"},
		{name: "a folder whose name would fill a report", source: fakeSource{commits: map[string]map[string]string{head: {strings.Repeat("x", maxDirectory+1) + "/package.json": manifest}}}, locations: here,
			commits: []Candidate{{FoundByGitHead, head}}, known: manifest, want: "no-source", calls: "entries a,reach a", reason: "has no manifest of a"},
		{name: "nothing claimed", want: "no-source", reason: "names no repository"},
		{name: "no commit and no tag", source: fakeSource{}, locations: here, want: "no-source", calls: "tag github.com/o/r"},
		{name: "the second claim", source: fakeSource{fail: map[string]error{"tag": ErrNoRepository}}, locations: append(slices.Clone(here), Location{Repository: Repository{"gitlab.com", "o/r"}}),
			want: "source-unreachable", calls: "tag github.com/o/r,tag gitlab.com/o/r", reason: "no such repository"},
		{name: "no connection", source: fakeSource{fail: map[string]error{"entries": failure}}, locations: append(slices.Clone(here), Location{Repository: Repository{"gitlab.com", "o/r"}}),
			commits: []Candidate{{FoundByGitHead, head}}, want: "source-unreachable", calls: "entries a", reason: "no connection"},
		{name: "no connection later", source: fakeSource{commits: map[string]map[string]string{head: {"package.json": manifest}}, fail: map[string]error{"reach": failure}}, locations: here,
			commits: []Candidate{{FoundByGitHead, head}}, want: "source-unreachable", calls: "entries a,reach a", reason: "no connection"},
		{name: "no connection at last", source: fakeSource{commits: map[string]map[string]string{head: {"package.json": manifest}}, fail: map[string]error{"blob": failure}}, locations: here,
			commits: []Candidate{{FoundByGitHead, head}}, want: "source-unreachable", calls: "entries a,reach a,blob", reason: "no connection"},
	} {
		claim := Claim{Name: "a", Version: "1.2.3", Locations: test.locations, Commits: test.commits}
		if test.known != "" {
			claim.ManifestID = BlobID(40, []byte(test.known))
		}
		found := Find(t.Context(), &test.source, claim)
		got := string(found.Verdict)
		if c := found.Commit; c != nil {
			got += c.ID[:1] + " " + string(c.How) + " " + c.Directory
			if c.Reach != Reachable {
				got += " " + string(c.Reach)
			}
			if want := path.Join(c.Directory, manifestName); (c.Manifest == nil) != (test.known == manifest) || !slices.ContainsFunc(c.Entries, func(e Entry) bool { return e.Path == want }) {
				t.Errorf("%s: the manifest %q of %q", test.name, c.Manifest, want)
			}
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q; %q", test.name, got, test.want, found.Reasons)
		}
		if calls := strings.Join(test.source.calls, ","); calls != test.calls {
			t.Errorf("%s: asked %q, want %q", test.name, calls, test.calls)
		}
		if !strings.Contains(strings.Join(found.Reasons, "\n"), test.reason) {
			t.Errorf("%s: %q do not say %q", test.name, found.Reasons, test.reason)
		}
	}
}

// lyingSource gives other content than the id says.
type lyingSource struct{ fakeSource }

func (l *lyingSource) Blob(context.Context, Repository, string, int64) ([]byte, error) {
	return []byte(`{"name":"a"}`), nil
}

func TestFindChecksContent(t *testing.T) {
	source := &lyingSource{fakeSource{commits: map[string]map[string]string{head: {"package.json": `{"name":"famous"}`}}}}
	found := Find(t.Context(), source, Claim{Name: "a", Version: "1.2.3", Locations: []Location{{Repository: Repository{"github.com", "o/r"}}}, Commits: []Candidate{{FoundByGitHead, head}}})
	if found.Commit != nil || found.Verdict != SourceUnreachable {
		t.Errorf("%+v", found)
	}
}

func TestCheckEntries(t *testing.T) {
	if err := checkEntries(make([]Entry, MaxEntries)); err != nil {
		t.Error(err)
	}
	if checkEntries(make([]Entry, MaxEntries+1)) == nil {
		t.Error("too many entries pass")
	}
	if checkEntries([]Entry{{Path: strings.Repeat("x", maxEntryBytes+1)}}) == nil {
		t.Error("too long paths pass")
	}
}
