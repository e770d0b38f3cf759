package reproduce

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestAccept accepts what Match says, with a verdict of its own, and nothing that
// does not fit the tarball and the listing.
func TestAccept(t *testing.T) {
	source := map[string]string{"package.json": `{"name": "a", "version": "1.2.3"}`, "index.js": "1\n", "other.js": "2\n", "copy.js": "5\n"}
	published := map[string]string{"package.json": source["package.json"], "index.js": "1\r\n", "other.js": "3\n", "dist/a.js": "4\n", "moved.js": "5\n", "README.md": "x"}
	v := Version{PackageVersion: subject, Tree: makeTree(published), Runs: []string{"README.md"}}
	c := makeCommit("", source)
	link := BlobID(40, []byte("index.js"))
	c.Entries = append(c.Entries, Entry{Path: "link.js", Mode: ModeLink, ID: link, Size: 8})
	for _, tt := range []struct {
		name  string
		forge func(*Result)
		want  string // "" for nothing that is wrong
	}{
		{"nothing", func(*Result) {}, ""},
		{"a better verdict", func(r *Result) { r.Verdict, r.RunnableInSource, r.Score = Reproduced, r.Runnable, 1 }, ""},
		{"another source", func(r *Result) { r.Source.Reach, r.Source.ID = Unproven, "x" }, ""},
		{"a file left out", func(r *Result) { r.Files = r.Files[1:] }, "5 files"},
		{"another digest", func(r *Result) { r.Files[1].SHA256 = "00" }, "another file"},
		{"code as a document", func(r *Result) { r.Files[2].Kind = Document }, "kind"},
		{"what runs as a document", func(r *Result) { r.Files[0].Kind = Document }, "kind"},
		{"an unknown class", func(r *Result) { r.Files[2].Class = "fine" }, "class"},
		{"an unknown difference", func(r *Result) { r.Files[2].Differences = []Difference{"taste"} }, "difference"},
		{"an id that the source does not have", func(r *Result) { r.Files[1].Class, r.Files[1].Source, r.Files[1].SourceID = InSource, "other.js", "00" }, "two ids"},
		{"another id than the source has", func(r *Result) { r.Files[4].SourceID = "00" }, "another file at"},
		{"a path that the source does not have", func(r *Result) { r.Files[1].Class, r.Files[1].Source = InSource, "dist/a.js" }, "does not have"},
		{"no path", func(r *Result) { r.Files[1].Class, r.Files[1].Source = InSource, "" }, "ids"},
		{"what is changed as built", func(r *Result) { r.Files[4].Class = Built }, "a build makes"},
		{"what is nowhere as built", func(r *Result) { r.Files[3].Class = Built }, "a build makes"},
		{"the content of a link", func(r *Result) { r.Files[5].Class, r.Files[5].Source, r.Files[5].SourceID = InSource, "link.js", link }, "another file at"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := Match(v, c)
			data, err := json.Marshal(want)
			if err != nil {
				t.Fatal(err)
			}
			got := new(Result)
			if err := json.Unmarshal(data, got); err != nil {
				t.Fatal(err)
			}
			tt.forge(got)
			err = got.Accept(v, c)
			switch {
			case tt.want == "" && err != nil:
				t.Fatal(err)
			case tt.want != "":
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Fatalf("error %v, want %q", err, tt.want)
				}
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzAccept has answers of any kind: none panics, and one that is accepted says of
// the source nothing that the listing does not have.
func FuzzAccept(f *testing.F) {
	source := map[string]string{"package.json": `{"name": "a", "version": "1.2.3"}`, "index.js": "1\n", "other.js": "2\n"}
	published := map[string]string{"package.json": source["package.json"], "index.js": "1\r\n", "other.js": "3\n", "README.md": "x"}
	v := Version{PackageVersion: subject, Tree: makeTree(published)}
	c := makeCommit("", source)
	good, err := json.Marshal(Match(v, c))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(strings.ReplaceAll(string(good), "changed", "in-source")))
	f.Add([]byte(`{"files": null, "classes": {"in-source": -1}}`))
	ids := make(map[string]string)
	for _, e := range c.Entries {
		ids[e.Path] = e.ID
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := new(Result)
		if json.Unmarshal(data, r) != nil || r.Accept(v, c) != nil {
			return
		}
		n := 0
		for i := range r.Files {
			file := &r.Files[i]
			if file.inSource() && ids[file.Source] != file.SourceID {
				t.Errorf("%q is said to be %q", file.Path, file.Source)
			}
			if file.Kind == Code && file.inSource() {
				n++
			}
		}
		if n != r.RunnableInSource || r.Verdict == Reproduced && n != r.Runnable {
			t.Errorf("%d runnable files in the source, %d said; verdict %s", n, r.RunnableInSource, r.Verdict)
		}
	})
}
