package github

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/google/go-github/v62/github"
)

// maxSourceRequests bounds the requests for the listing of one commit that is
// the source of a package.
const maxSourceRequests = 40

// modeSubmodule is the mode of a git tree's entries that are submodules.
const modeSubmodule = "160000"

// Object is an entry of a commit's tree: a file, a symbolic link or a submodule.
type Object struct {
	Path, ID        string
	Link, Submodule bool
	// Size is in bytes; 0 for a submodule.
	Size int64
}

// Objects lists a commit. Where it is too large for one answer, it is listed
// folder by folder; then only the root, the folders above directory and what is
// below it are listed, and everything where directory is "". The error wraps
// ErrNotFound where the commit is not there.
func (c *Client) Objects(ctx context.Context, r Repository, commit, directory string) ([]Object, error) {
	if err := validCommit(commit); err != nil {
		return nil, err
	}
	l := &lister{client: c, repository: r, commit: commit}
	type folder struct {
		id, path string
		whole    bool // asked for with its subfolders
	}
	var out []Object
	for queue := []folder{{commit, "", true}}; len(queue) > 0; {
		f := queue[0]
		queue = queue[1:]
		if l.requests >= maxSourceRequests {
			return nil, fmt.Errorf("%s: the repository is too large to be listed in %d requests", l.what(), maxSourceRequests)
		}
		tree, err := l.get(ctx, f.id, f.whole)
		if err != nil {
			return nil, err
		}
		if tree.GetTruncated() {
			if !f.whole {
				return nil, fmt.Errorf("%s: GitHub's API does not give all of the folder %q", l.what(), f.path)
			}
			queue = append(queue, folder{f.id, f.path, false})
			continue
		}
		for _, e := range tree.Entries {
			if !fs.ValidPath(e.GetPath()) {
				return nil, fmt.Errorf("%s: an entry is named %.200q", l.what(), e.GetPath())
			}
			name := path.Join(f.path, e.GetPath())
			switch {
			case e.GetType() == "tree" && !f.whole && leadsTo(name, directory):
				// A folder above the wanted one is large; it is listed alone.
				queue = append(queue, folder{e.GetSHA(), name, directory == "" || within(name, directory)})
			case e.GetType() == "blob" || e.GetMode() == modeSubmodule:
				out = append(out, Object{Path: name, ID: e.GetSHA(), Size: int64(e.GetSize()), Link: e.GetMode() == modeLink, Submodule: e.GetMode() == modeSubmodule})
			}
		}
	}
	return out, nil
}

// within reports whether a folder is directory or lies in it, leadsTo also
// whether it lies above. Everything leads to "".
func within(name, directory string) bool {
	return name == directory || strings.HasPrefix(name, directory+"/")
}

func leadsTo(name, directory string) bool {
	return directory == "" || within(name, directory) || within(directory, name)
}

// BlobContent returns the content of a file by its object id.
func (c *Client) BlobContent(ctx context.Context, r Repository, id string) ([]byte, error) {
	if err := validCommit(id); err != nil { // ids of all objects have one form
		return nil, err
	}
	return c.blob(ctx, r, id, 0)
}

// FindTag returns the first of the names that is a tag of the repository, with
// the commit that the tag leads to. It takes one request where the first name
// is one, else two, and one more for an annotated tag. The error wraps
// ErrNotFound, and ErrNoRepository where the repository itself is not there.
func (c *Client) FindTag(ctx context.Context, r Repository, names []string) (tag, commit string, err error) {
	tag, commit, _, err = c.findTag(ctx, r, names)
	return tag, commit, err
}

// findTag is FindTag; it also returns all tags, nil where they were not listed.
func (c *Client) findTag(ctx context.Context, r Repository, names []string) (tag, commit string, refs []*github.Reference, err error) {
	if len(names) == 0 {
		return "", "", nil, fmt.Errorf("a tag of %s: %w", r, ErrNotFound)
	}
	if commit, err = c.tagCommit(ctx, r, names[0]); !errors.Is(err, ErrNotFound) {
		return names[0], commit, nil, err
	}
	if refs, err = c.refs(ctx, r, "tags"); err != nil {
		return "", "", nil, err
	}
	objects := make(map[string]*github.GitObject, len(refs))
	for _, ref := range refs {
		objects[shortRef(ref)] = ref.GetObject()
	}
	for _, name := range names {
		object := objects[name]
		if object == nil {
			continue
		}
		commit = object.GetSHA()
		if object.GetType() != "commit" {
			commit, err = c.tagCommit(ctx, r, name)
		} else {
			err = validCommit(commit)
		}
		return name, commit, refs, err
	}
	return "", "", refs, fmt.Errorf("%s has none of the tags %q, …: %w", r, names[0], ErrNotFound)
}

// ErrNoRepository is wrapped beside ErrNotFound where the repository itself is
// not there, or not for this token.
var ErrNoRepository = errors.New("no such repository")

// tagCommit returns the commit of a tag (GitHub documentation, "Get a commit":
// tags/NAME, and the media type that gives the id alone).
func (c *Client) tagCommit(ctx context.Context, r Repository, name string) (string, error) {
	what := fmt.Sprintf("looking for tag %q of %s", name, r)
	id, _, err := c.api.Repositories.GetCommitSHA1(ctx, r.Owner, r.Name, "tags/"+name, "")
	if err != nil {
		var response *github.ErrorResponse
		// 422: no commit found; 409: the repository is empty
		if errors.As(err, &response) && response.Response != nil && (response.Response.StatusCode == http.StatusUnprocessableEntity || response.Response.StatusCode == http.StatusConflict) {
			return "", fmt.Errorf("%s: %w", what, ErrNotFound)
		}
		return "", c.describe(what, readContents, err)
	}
	id = strings.TrimSpace(id)
	if err := validCommit(id); err != nil {
		return "", fmt.Errorf("%s: %w", what, err)
	}
	return id, nil
}

// maxRefs bounds the references of one repository that are looked at.
const maxRefs = 50_000

// refs lists the branches (heads) or tags of a repository. GitHub gives all of
// them in one answer.
func (c *Client) refs(ctx context.Context, r Repository, kind string) ([]*github.Reference, error) {
	what := fmt.Sprintf("listing the %s of %s", kind, r)
	refs, _, err := c.api.Git.ListMatchingRefs(ctx, r.Owner, r.Name, &github.ReferenceListOptions{Ref: kind})
	if err != nil {
		if err = c.describe(what, readContents, err); errors.Is(err, ErrNotFound) {
			err = fmt.Errorf("%w: %w", ErrNoRepository, err)
		}
		return nil, err
	}
	if refs == nil {
		refs = []*github.Reference{}
	}
	if len(refs) > maxRefs {
		return nil, fmt.Errorf("%s: there are %d; %d are looked at", what, len(refs), maxRefs)
	}
	return refs, nil
}

// maxCompared bounds how many branches and tags a commit is compared with,
// besides the default branch and the tag of its version.
const maxCompared = 8

// Contains tells which branch or tag of the repository leads to a commit; ""
// where none was found. all tells whether every branch and tag was looked at. It
// takes one request for a commit of the default branch. tags are names that the
// version's tag may have. A commit of a fork is served under the repository's
// name too, and nothing of the repository leads to it.
func (c *Client) Contains(ctx context.Context, r Repository, commit string, tags []string) (ref string, all bool, err error) {
	if err := validCommit(commit); err != nil {
		return "", false, err
	}
	if ok, err := c.leads(ctx, r, "HEAD", commit); ok || err != nil {
		return "HEAD", ok, err
	}
	done := map[string]bool{} // commits that do not lead there
	tag, id, tagRefs, err := c.findTag(ctx, r, tags)
	switch {
	case errors.Is(err, ErrNotFound):
	case err != nil:
		return "", false, err
	case id == commit:
		return tag, true, nil
	default:
		if ok, err := c.leads(ctx, r, id, commit); ok || err != nil {
			return tag, ok, err
		}
		done["refs/tags/"+tag], done[id] = true, true
	}
	refs, err := c.refs(ctx, r, "heads")
	if err != nil {
		return "", false, err
	}
	if tagRefs == nil {
		if tagRefs, err = c.refs(ctx, r, "tags"); err != nil {
			return "", false, err
		}
	}
	var open []*github.Reference
	for _, ref := range append(refs, tagRefs...) {
		id := ref.GetObject().GetSHA()
		if id == commit {
			return shortRef(ref), true, nil
		}
		if !done[id] && !done[ref.GetRef()] {
			done[id] = true
			open = append(open, ref)
		}
	}
	if len(open) > maxCompared {
		return "", false, nil
	}
	for _, ref := range open {
		base := ref.GetObject().GetSHA()
		if ref.GetObject().GetType() != "commit" {
			base = shortRef(ref) // an annotated tag
		}
		if ok, err := c.leads(ctx, r, base, commit); ok || err != nil {
			return shortRef(ref), ok, err
		}
	}
	return "", true, nil
}

// shortRef returns the name of a branch or tag.
func shortRef(ref *github.Reference) string {
	return strings.TrimPrefix(strings.TrimPrefix(ref.GetRef(), "refs/heads/"), "refs/tags/")
}

// leads reports whether a commit is base or lies before it: comparing base with
// it, it is identical or behind (GitHub documentation, "Compare two commits").
// Where there is no common ancestor the API answers 404.
func (c *Client) leads(ctx context.Context, r Repository, base, commit string) (bool, error) {
	what := fmt.Sprintf("comparing %.12s with %.12s in %s", base, commit, r)
	comparison, _, err := c.api.Repositories.CompareCommits(ctx, r.Owner, r.Name, base, commit, &github.ListOptions{PerPage: 1})
	if err != nil {
		if err = c.describe(what, readContents, err); errors.Is(err, ErrNotFound) {
			return false, nil
		}
		return false, err
	}
	switch comparison.GetStatus() {
	case "identical", "behind":
		return comparison.GetMergeBaseCommit().GetSHA() == commit, nil
	}
	return false, nil
}
