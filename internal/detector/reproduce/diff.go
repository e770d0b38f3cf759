package reproduce

// ChangeKind is how a change of an update relates to the source's.
type ChangeKind string

// The kinds.
const (
	// Explained: what the file is now is in the source.
	Explained ChangeKind = "explained"
	// Foreign: the file was the source's, the source has the same content in
	// both commits, and the tarball now has another.
	Foreign ChangeKind = "foreign"
	// Diverged: the file was the source's, the source changed as well, and the
	// tarball has something else; or the source has the new file with another
	// content.
	Diverged ChangeKind = "diverged"
	// Added: the file is new and not in the source.
	Added ChangeKind = "added"
	// Rewritten: the file was not the source's before either, as where publishing
	// writes into it.
	Rewritten ChangeKind = "rewritten"
	// Output: a build seems to have made the file.
	Output ChangeKind = "output"
	// Unknown: the file could not be compared, or its content lies elsewhere in
	// the repository.
	Unknown ChangeKind = "unknown"
)

// Change is a file that an update changed or added.
type Change struct {
	Path string     `json:"path"`
	Kind ChangeKind `json:"change"`
	// File is what the file is for.
	File Kind `json:"file"`
	// Source is the path in the source that the file was compared with.
	Source string `json:"source,omitempty"`
}

// Diff returns what an update changed or added, in the order of the paths, and
// how the change of the source explains it. Files that the update removed are
// left out. before may be nil, and counts only where it is of the same
// repository and a branch or tag leads to both commits.
func Diff(before, after *Result) []Change {
	old := make(map[string]*File)
	if before != nil {
		for i := range before.Files {
			old[before.Files[i].Path] = &before.Files[i]
		}
	}
	comparable := before != nil && before.Source.Repository.Same(after.Source.Repository) &&
		before.Source.Reach != Unreachable && after.Source.Reach != Unreachable
	var out []Change
	for i := range after.Files {
		a := &after.Files[i]
		b := old[a.Path]
		if b != nil && b.SHA256 == a.SHA256 {
			continue
		}
		known := b
		if !comparable {
			known = nil
		}
		out = append(out, Change{Path: a.Path, Kind: relate(known, a, b == nil), File: a.Kind, Source: a.Source})
	}
	return out
}

// relate tells how a change relates to the source's. b is the file before, nil
// where there was none or where it does not count.
func relate(b, a *File, fresh bool) ChangeKind {
	was := b != nil && b.inSource()
	switch a.Class {
	case InSource, Allowed:
		return Explained
	case Changed:
		switch {
		case was && b.SourceID == a.SourceID:
			return Foreign
		case was, fresh:
			return Diverged
		case b == nil:
			return Unknown
		}
		return Rewritten
	case NotInSource:
		switch {
		case was:
			return Diverged
		case fresh:
			return Added
		case b == nil:
			return Unknown
		}
		return Rewritten
	case Built:
		if was {
			return Diverged
		}
		return Output
	}
	return Unknown
}
