package reproduce

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func matchFiles(tarball, source map[string]string) *Result {
	manifest := `{"name":"a"}`
	tarball["package.json"], source["package.json"] = manifest, manifest
	return Match(Version{PackageVersion: subject, Tree: makeTree(tarball)}, makeCommit("", source))
}

func kinds(changes []Change) map[string]ChangeKind {
	out := make(map[string]ChangeKind)
	for _, c := range changes {
		out[c.Path] = c.Kind
	}
	return out
}

func TestDiff(t *testing.T) {
	before := matchFiles(
		map[string]string{"same.js": "1", "explained.js": "1", "foreign.js": "1", "diverged.js": "1", "gone.js": "1", "rewritten.js": "v1", "dist/out.js": "built 1", "crlf.js": "a\r\n", "removed.js": "1"},
		map[string]string{"same.js": "1", "explained.js": "1", "foreign.js": "1", "diverged.js": "1", "gone.js": "1", "rewritten.js": "V", "crlf.js": "a\n", "removed.js": "1"})
	after := matchFiles(
		map[string]string{"same.js": "1", "explained.js": "2", "foreign.js": "1;evil", "diverged.js": "2;evil", "gone.js": "evil", "rewritten.js": "v2", "dist/out.js": "built 2",
			"crlf.js": "a\n", "new.js": "new", "added.js": "evil", "other.js": "evil", "moved.js": "sample"},
		map[string]string{"same.js": "1", "explained.js": "2", "foreign.js": "1", "diverged.js": "2", "rewritten.js": "V", "crlf.js": "a\n", "new.js": "new", "other.js": "x", "test/sample.js": "sample"})
	want := map[string]ChangeKind{
		"explained.js": Explained, "foreign.js": Foreign, "diverged.js": Diverged, "gone.js": Diverged, "rewritten.js": Rewritten, "dist/out.js": Output,
		"crlf.js": Explained, "new.js": Explained, "added.js": Added, "other.js": Diverged, "moved.js": Unknown,
	}
	if diff := cmp.Diff(want, kinds(Diff(before, after))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, c := range Diff(before, after) {
		if c.Path == "foreign.js" && (c.Source != "foreign.js" || c.File != Code) {
			t.Errorf("%+v", c)
		}
	}
	if got := Diff(after, after); got != nil {
		t.Errorf("from itself: %v", got)
	}
}

// TestDiffWithoutBefore draws no conclusion from another repository's source.
func TestDiffWithoutBefore(t *testing.T) {
	source := func() map[string]string { return map[string]string{"a.js": "1", "b.js": "2"} }
	before := matchFiles(map[string]string{"a.js": "1", "b.js": "1"}, source())
	after := matchFiles(map[string]string{"a.js": "evil", "b.js": "2", "c.js": "evil"}, source())
	if got := kinds(Diff(before, after)); got["a.js"] != Foreign {
		t.Errorf("of the same repository: %v", got)
	}
	want := map[string]ChangeKind{"a.js": Unknown, "b.js": Explained, "c.js": Added}
	elsewhere := *before
	elsewhere.Source.Repository.Path = "other/r"
	if diff := cmp.Diff(want, kinds(Diff(&elsewhere, after))); diff != "" {
		t.Errorf("another repository (-want +got):\n%s", diff)
	}
	impostor := *before
	impostor.Source.Reach = Unreachable
	if diff := cmp.Diff(want, kinds(Diff(&impostor, after))); diff != "" {
		t.Errorf("a commit of a fork (-want +got):\n%s", diff)
	}
	fresh := map[string]ChangeKind{"a.js": Diverged, "b.js": Explained, "c.js": Added, "package.json": Explained}
	if diff := cmp.Diff(fresh, kinds(Diff(nil, after))); diff != "" {
		t.Errorf("nothing before (-want +got):\n%s", diff)
	}
}
