package reproduce

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/amalfi-audit/audit/internal/npm"
)

// Mode is the kind of an entry of a commit's tree.
type Mode uint8

// The kinds of entries.
const (
	ModeFile      Mode = iota
	ModeLink           // a symbolic link; its blob is where it leads
	ModeSubmodule      // a commit of another repository
)

// Entry is one entry of a commit's tree that is no folder.
type Entry struct {
	Path string `json:"path"`
	// ID is git's object id, SHA-1 or SHA-256 in hexadecimal.
	ID   string `json:"id"`
	Mode Mode   `json:"mode,omitempty"`
	// Size is a file's size in bytes, -1 where it is not known.
	Size int64 `json:"size"`
}

// Reach tells whether a branch or tag of a repository leads to a commit. Hosts
// serve commits of forks under the name of the repository they were forked from.
type Reach string

// What is known of a commit's reach.
const (
	Reachable   Reach = "reachable"
	Unreachable Reach = "unreachable"
	// Unproven says that not all branches were looked at.
	Unproven Reach = "unproven"
)

// ErrNotFound is wrapped where a repository, a commit or a tag does not exist
// or may not be seen: hosts answer the same for both.
var ErrNotFound = errors.New("not found in the source")

// ErrNoRepository is wrapped where it is the repository itself that does not
// exist or may not be seen.
var ErrNoRepository = errors.New("no such repository, or it may not be seen")

// Source reads repositories. Its errors wrap ErrNotFound or ErrNoRepository where
// there is no such thing; any other error says that the source could not be
// asked.
type Source interface {
	// Tag returns the first of the names that is a tag of the repository, with
	// the commit that the tag leads to.
	Tag(ctx context.Context, r Repository, names []string) (tag, commit string, err error)
	// Entries returns the entries of a commit with all folders. Of a repository
	// that is too large to be listed at once, folders that neither lead to
	// directory nor lie in it may be left out.
	Entries(ctx context.Context, r Repository, commit, directory string) ([]Entry, error)
	// Reach tells whether a branch or tag leads to the commit, and names one
	// that does. tags are looked at before branches other than the default one.
	Reach(ctx context.Context, r Repository, commit string, tags []string) (Reach, string, error)
	// Blob returns the content of a file of the repository.
	// It fails where that has more than limit bytes.
	Blob(ctx context.Context, r Repository, id string, limit int64) ([]byte, error)
}

// Claim is what is known of a version before its source is looked for.
type Claim struct {
	Name, Version string
	// Locations are where the source is claimed to be, as Locations gives them.
	Locations []Location
	// Commits are claimed commits, the most trustworthy first. Tags are looked
	// for where none of them exists.
	Commits []Candidate
	// ManifestID is the git blob id of the tarball's package.json, "" where it is
	// not known. It spares reading the source's where that is the same.
	ManifestID string
}

// Commit is the source of a version as plain data.
type Commit struct {
	Repository Repository `json:"repository"`
	ID         string     `json:"id"`
	How        How        `json:"how"`
	// Tag is the tag that led to the commit; "" unless How is FoundByTag.
	Tag string `json:"tag,omitempty"`
	// Reach tells whether a branch or tag leads to the commit, ReachedBy which.
	Reach     Reach  `json:"reach"`
	ReachedBy string `json:"reachedBy,omitempty"`
	// Directory is the package's folder, "" for the root.
	Directory string  `json:"directory,omitempty"`
	Entries   []Entry `json:"entries,omitempty"`
	// Manifest is the package.json of Directory; nil where the tarball's is the
	// same (Claim.ManifestID).
	Manifest []byte `json:"manifest,omitempty"`
}

// String names the commit as a report does.
func (c *Commit) String() string {
	s := fmt.Sprintf("%s@%.12s", c.Repository, c.ID)
	if c.Directory != "" {
		s += ":" + c.Directory
	}
	return s
}

// Found is the outcome of Find.
type Found struct {
	// Commit is the version's source, nil where there is none.
	Commit *Commit
	// Verdict is NoSource or SourceUnreachable where Commit is nil.
	Verdict Verdict
	// Reasons say, in the order of the attempts, why what was claimed is not the
	// source. They quote untrusted text.
	Reasons []string
}

const (
	// maxLocations bounds the repositories that are looked into.
	maxLocations = 2
	// maxCommits bounds the claimed commits that are looked at.
	maxCommits = 2
	// maxManifests bounds the manifests that are read to find the package's
	// folder in a repository.
	maxManifests = 3
	// MaxEntries bounds the entries of one commit.
	MaxEntries = 500_000
	// maxEntryBytes bounds the sum of the paths of one commit, in bytes.
	maxEntryBytes = 64 << 20
	// maxManifest is the largest package.json that is read of a source, in bytes.
	maxManifest = 1 << 20
)

// Find looks for the source of a version. It never fails: what could not be
// asked is a reason and makes the verdict SourceUnreachable.
func Find(ctx context.Context, source Source, claim Claim) *Found {
	f := &finder{source: source, claim: claim, found: &Found{Verdict: NoSource}}
	if len(claim.Locations) == 0 {
		f.say("the manifest names no repository")
	}
	for _, l := range claim.Locations[:min(len(claim.Locations), maxLocations)] {
		if f.look(ctx, l) {
			break
		}
	}
	return f.found
}

// finder is the state of one Find.
type finder struct {
	source Source
	claim  Claim
	found  *Found
}

func (f *finder) say(format string, args ...any) {
	f.found.Reasons = append(f.found.Reasons, fmt.Sprintf(format, args...))
}

// failed notes an error and reports whether the search is over, since the
// repository cannot be asked.
func (f *finder) failed(what string, err error) bool {
	f.say("%s: %v", what, err)
	switch {
	case errors.Is(err, ErrNoRepository): // another claim may lead further
		f.found.Verdict = SourceUnreachable
	case !errors.Is(err, ErrNotFound):
		f.found.Verdict = SourceUnreachable
		return true
	}
	return false
}

// look looks for the source in one repository, and reports whether the search
// is over.
func (f *finder) look(ctx context.Context, l Location) bool {
	tags := TagNames(f.claim.Name, f.claim.Version, l.Directory != "" || strings.HasPrefix(f.claim.Name, "@"))
	for _, c := range f.claim.Commits[:min(len(f.claim.Commits), maxCommits)] {
		if !ValidCommit(c.Commit) {
			f.say("%s: %.100q is no commit", c.How, c.Commit)
			continue
		}
		entries, err := f.source.Entries(ctx, l.Repository, c.Commit, l.Directory)
		if err != nil {
			if over := f.failed(fmt.Sprintf("%s: commit %.12s of %s", c.How, c.Commit, l.Repository), err); over || errors.Is(err, ErrNoRepository) {
				return over
			}
			continue
		}
		commit := &Commit{Repository: l.Repository, ID: c.Commit, How: c.How, Entries: entries}
		if commit.Reach, commit.ReachedBy, err = f.source.Reach(ctx, l.Repository, c.Commit, tags); err != nil {
			f.failed(fmt.Sprintf("whether a branch or tag of %s leads to %.12s", l.Repository, c.Commit), err)
			return true
		}
		return f.settle(ctx, l, commit)
	}
	if tags == nil {
		f.say("%.200q in version %.100q: no tag can be named like that", f.claim.Name, f.claim.Version)
		return false
	}
	tag, id, err := f.source.Tag(ctx, l.Repository, tags)
	if err != nil {
		return f.failed(fmt.Sprintf("a tag for version %s in %s", f.claim.Version, l.Repository), err)
	}
	entries, err := f.source.Entries(ctx, l.Repository, id, l.Directory)
	if err != nil {
		return f.failed(fmt.Sprintf("tag %s of %s", tag, l.Repository), err)
	}
	return f.settle(ctx, l, &Commit{Repository: l.Repository, ID: id, How: FoundByTag, Tag: tag, Reach: Reachable, ReachedBy: tag, Entries: entries})
}

// settle finds the package's folder in a commit, and reports whether the search
// is over.
func (f *finder) settle(ctx context.Context, l Location, c *Commit) bool {
	if err := checkEntries(c.Entries); err != nil {
		f.say("%s: %v", c, err)
		f.found.Verdict = SourceUnreachable
		return true
	}
	names := make(map[string]bool)
	for i, e := range f.manifests(c.Entries, l.Directory) {
		dir := path.Dir(e.Path)
		if dir == "." {
			dir = ""
		}
		if e.ID == f.claim.ManifestID && f.claim.ManifestID != "" {
			c.Directory = dir
			f.found.Commit, f.found.Verdict = c, ""
			return true
		}
		if i >= maxManifests || e.Mode != ModeFile || e.Size > maxManifest {
			continue
		}
		data, err := f.source.Blob(ctx, c.Repository, e.ID, maxManifest)
		if err != nil {
			if f.failed(fmt.Sprintf("%s of %s", e.Path, c), err) {
				return true
			}
			continue
		}
		if id := BlobID(len(e.ID), data); id != e.ID {
			f.say("%s of %s: other content than its id says", e.Path, c)
			f.found.Verdict = SourceUnreachable
			return true
		}
		m, err := npm.ParseManifest(data)
		if err == nil && m.Name == f.claim.Name {
			c.Directory, c.Manifest = dir, data
			f.found.Commit, f.found.Verdict = c, ""
			return true
		}
		if err == nil && !names[m.Name] {
			names[m.Name] = true
			f.say("%s names the package %.214q", path.Join(c.String(), e.Path), m.Name)
		}
	}
	f.say("%s has no manifest of %s", c, f.claim.Name)
	return false
}

// manifests returns the manifests that may be the package's, the likeliest
// first: that of the claimed folder, those with the tarball's own content, that
// of the root, those of folders named like the package.
func (f *finder) manifests(entries []Entry, directory string) []Entry {
	rank := func(e Entry) int {
		dir := path.Dir(e.Path)
		switch {
		case path.Base(e.Path) != manifestName, len(dir) > maxDirectory:
			return 0
		case dir == path.Join(".", directory):
			return 1
		case strings.Contains("/"+dir, "/node_modules/"):
			return 0
		case e.ID == f.claim.ManifestID:
			return 2
		case dir == ".":
			return 3
		case strings.EqualFold(path.Base(dir), npm.BaseName(f.claim.Name)):
			return 4
		}
		return 0
	}
	type ranked struct {
		Entry
		rank, depth int
	}
	var list []ranked
	for _, e := range entries {
		if n := rank(e); n > 0 {
			list = append(list, ranked{e, n, strings.Count(e.Path, "/")})
		}
	}
	slices.SortFunc(list, func(a, b ranked) int {
		return cmp.Or(a.rank-b.rank, a.depth-b.depth, strings.Compare(a.Path, b.Path))
	})
	out := make([]Entry, len(list))
	for i := range list {
		out[i] = list[i].Entry
	}
	return out
}

// manifestName is the path of a package's own manifest.
const manifestName = "package.json"

// checkEntries bounds a listing.
func checkEntries(entries []Entry) error {
	if len(entries) > MaxEntries {
		return fmt.Errorf("the commit has %d entries; %d are read", len(entries), MaxEntries)
	}
	size := 0
	for i := range entries {
		size += len(entries[i].Path)
	}
	if size > maxEntryBytes {
		return fmt.Errorf("the paths of the commit take %d bytes; %d are read", size, maxEntryBytes)
	}
	return nil
}
