package reproduce

import (
	"fmt"
	"path"
	"slices"
)

// maxText bounds a text of an accepted result, in bytes, and maxTexts the texts
// of one list.
const maxText, maxTexts = 500, 100

// Accept checks a result that another process made with Match of a tarball and a
// commit, as far as that can be done without the contents: it must have each
// file of the tarball with its digest and of its kind, and what a file is said to be
// in the source the listing must have. The source, the figures and the verdict are
// set anew. The error says what is wrong; the result is of no use then.
func (r *Result) Accept(v Version, c *Commit) error {
	if len(r.Files) != len(v.Tree.Files) {
		return fmt.Errorf("the result has %d files, the tarball %d", len(r.Files), len(v.Tree.Files))
	}
	m := newMatcher(v, c)
	wanted := make(map[string]string) // path to id of what is said to be in the source
	for i := range r.Files {
		got, want := &r.Files[i], &v.Tree.Files[i]
		if got.Path != want.Path || got.SHA256 != want.SHA256 {
			return fmt.Errorf("the result has another file than %.200q", want.Path)
		}
		// Without the content a script that begins with "#!" is not known to be one.
		if kind := kindOf(want, m.runs); got.Kind != kind && got.Kind != Code {
			return fmt.Errorf("%.200q is of kind %.20q, not %s", got.Path, got.Kind, kind)
		}
		switch got.Class {
		case InSource, Allowed, Elsewhere, Changed:
			if id, ok := wanted[got.Source]; got.Source == "" || ok && id != got.SourceID {
				return fmt.Errorf("%.200q is %s with two ids", got.Path, got.Class)
			}
			wanted[got.Source] = got.SourceID
		case Built:
			if _, ok := m.entry(path.Join(c.Directory, got.Path)); ok || !m.built(got.Path) {
				return fmt.Errorf("%.200q is not named like what a build makes of the source", got.Path)
			}
		case NotInSource, NotCompared:
		default:
			return fmt.Errorf("%.200q is of class %.30q", got.Path, got.Class)
		}
		if got.Class == InSource && want.GitBlob != "" && len(got.SourceID) == len(want.GitBlob) && got.SourceID != want.GitBlob {
			return fmt.Errorf("%.200q has another id than the source", got.Path)
		}
		if slices.ContainsFunc(got.Differences, func(d Difference) bool { return !slices.Contains(allDifferences, d) }) {
			return fmt.Errorf("%.200q has a difference that there is not", got.Path)
		}
		got.Note = cut(got.Note)
	}
	for i := range m.entries {
		e := &m.entries[i]
		id, ok := wanted[e.Path]
		if !ok {
			continue
		}
		if id != e.ID || e.Mode != ModeFile {
			return fmt.Errorf("the source has another file at %.200q", e.Path)
		}
		delete(wanted, e.Path)
	}
	if len(wanted) > 0 {
		return fmt.Errorf("%d of the files are at paths that the source does not have", len(wanted))
	}
	r.Source = *c
	r.Source.Entries, r.Source.Manifest = nil, nil
	r.ManifestFields, r.ManifestFaults = cutAll(r.ManifestFields), cutAll(r.ManifestFaults)
	r.judge(v.Tree, c)
	return nil
}

func cut(s string) string { return s[:min(len(s), maxText)] }

func cutAll(list []string) []string {
	list = list[:min(len(list), maxTexts)]
	for i := range list {
		list[i] = cut(list[i])
	}
	return list
}
