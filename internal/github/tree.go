package github

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/google/go-github/v62/github"

	"github.com/amalfi-audit/audit/internal/treefs"
)

const (
	// maxBlob is the largest file that is read, in bytes: the API gives no
	// blob above 100 MB.
	maxBlob = 100 << 20
	// maxTreeRequests bounds the requests for the listing of one commit. A
	// workflow's token has 1,000 requests an hour.
	maxTreeRequests = 300
)

// The modes of a git tree's entries that are files.
const (
	modeRegular    = "100644"
	modeExecutable = "100755"
	modeLink       = "120000"
)

// Tree is the content of a commit. Files are fetched when they are read.
//
// A reader may take an error for an absent file. So the Tree keeps what it
// failed to read: whoever draws conclusions from a Tree asks Failures first.
type Tree struct {
	// FS holds the files.
	FS fs.FS

	// ids has the mode and the object id of every file of FS.
	ids map[string]string

	mu       sync.Mutex
	failures map[string]error
}

// Changed returns the files that want asks for and that are not the same in
// another tree, or are in one of the two alone, sorted. Nothing is fetched.
func (t *Tree) Changed(other *Tree, want func(name string) bool) []string {
	var out []string
	for name, id := range t.ids {
		if want(name) && other.ids[name] != id {
			out = append(out, name)
		}
	}
	for name := range other.ids {
		if _, ok := t.ids[name]; !ok && want(name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// Failure is a file of a Tree that is there and could not be read.
type Failure struct {
	Path string
	Err  error
}

// Failures returns what could not be read so far, sorted by path.
func (t *Tree) Failures() []Failure {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make([]Failure, 0, len(t.failures))
	for name, err := range t.failures {
		out = append(out, Failure{name, err})
	}
	slices.SortFunc(out, func(a, b Failure) int { return strings.Compare(a.Path, b.Path) })
	return out
}

// watched makes a Read function that keeps its error.
func (t *Tree) watched(name string, read func() ([]byte, error)) func() ([]byte, error) {
	return func() ([]byte, error) {
		data, err := read()
		if err != nil {
			t.mu.Lock()
			t.failures[name] = err
			t.mu.Unlock()
		}
		return data, err
	}
}

// Tree lists the files of a commit that want asks for; want also says which
// folders may be left out where the repository is too large to be listed at
// once. Submodules are left out. A symbolic link is read as the file it leads
// to, by GitHub. ctx serves the reads too.
//
// The error wraps ErrNotFound where the commit is not there.
func (c *Client) Tree(ctx context.Context, r Repository, commit string, want func(name string, dir bool) bool) (*Tree, error) {
	if err := validCommit(commit); err != nil {
		return nil, err
	}
	t := &Tree{ids: make(map[string]string), failures: make(map[string]error)}
	var files []treefs.File
	l := &lister{client: c, repository: r, commit: commit, want: want}
	err := l.list(ctx, commit, "", func(name string, e *github.TreeEntry) {
		var read func() ([]byte, error)
		switch e.GetMode() {
		case modeRegular, modeExecutable:
			read = func() ([]byte, error) { return c.blob(ctx, r, e.GetSHA(), int64(e.GetSize())) }
		case modeLink:
			read = func() ([]byte, error) { return c.follow(ctx, r, commit, name) }
		default:
			return
		}
		t.ids[name] = e.GetMode() + " " + e.GetSHA()
		files = append(files, treefs.File{Path: name, Size: int64(e.GetSize()), Read: t.watched(name, read)})
	})
	if err != nil {
		return nil, err
	}
	t.FS = treefs.New(files)
	return t, nil
}

// lister lists one commit.
type lister struct {
	client     *Client
	repository Repository
	commit     string
	want       func(name string, dir bool) bool
	requests   int
}

// list calls file for every wanted blob below the tree id, which lies at
// prefix. A tree that the API cannot give at once is listed folder by folder.
func (l *lister) list(ctx context.Context, id, prefix string, file func(name string, e *github.TreeEntry)) error {
	tree, err := l.get(ctx, id, true)
	if err != nil {
		return err
	}
	folders := tree.GetTruncated()
	if folders {
		if tree, err = l.get(ctx, id, false); err != nil {
			return err
		}
		if tree.GetTruncated() {
			return fmt.Errorf("%s: GitHub's API does not give all of the folder %q", l.what(), prefix)
		}
	}
	for _, e := range tree.Entries {
		if !fs.ValidPath(e.GetPath()) {
			return fmt.Errorf("%s: an entry is named %.200q", l.what(), e.GetPath())
		}
		name := path.Join(prefix, e.GetPath())
		switch {
		case e.GetType() == "blob" && l.want(name, false):
			file(name, e)
		case e.GetType() == "tree" && folders && l.want(name, true):
			if err := l.list(ctx, e.GetSHA(), name, file); err != nil {
				return err
			}
		}
	}
	return nil
}

// get asks for one tree.
func (l *lister) get(ctx context.Context, id string, recursive bool) (*github.Tree, error) {
	if l.requests++; l.requests > maxTreeRequests {
		return nil, fmt.Errorf("%s: the repository is too large to be listed in %d requests", l.what(), maxTreeRequests)
	}
	tree, _, err := l.client.api.Git.GetTree(ctx, l.repository.Owner, l.repository.Name, id, recursive)
	switch {
	case err != nil:
		return nil, l.client.describe(l.what(), readContents, err)
	case tree.GetSHA() == "": // go-github takes an empty body for an empty tree
		return nil, fmt.Errorf("%s: GitHub's API answers without a tree", l.what())
	}
	return tree, nil
}

func (l *lister) what() string {
	return fmt.Sprintf("listing commit %.12s of %s", l.commit, l.repository)
}

// blob returns a blob's content, which must have the id.
func (c *Client) blob(ctx context.Context, r Repository, id string, size int64) ([]byte, error) {
	if size > maxBlob {
		return nil, fmt.Errorf("the file has %d bytes; at most %d are read", size, maxBlob)
	}
	if data, ok := c.blobs.get(id); ok {
		return data, nil
	}
	what := fmt.Sprintf("reading blob %.12s of %s", id, r)
	data, _, err := c.api.Git.GetBlobRaw(ctx, r.Owner, r.Name, id)
	if err != nil {
		return nil, c.describe(what, readContents, err)
	}
	if !hasID(data, id) {
		return nil, fmt.Errorf("%s: GitHub's API answers with other content", what)
	}
	c.blobs.put(id, data)
	return data, nil
}

// hasID reports whether data is the content of the blob with this id (gitformat
// documentation: the digest of "blob", the size and the content).
func hasID(data []byte, id string) bool {
	var h hash.Hash
	switch len(id) {
	case hex.EncodedLen(sha1.Size):
		h = sha1.New()
	case hex.EncodedLen(sha256.Size):
		h = sha256.New()
	default:
		return false
	}
	fmt.Fprintf(h, "blob %d\x00", len(data))
	h.Write(data)
	return hex.EncodeToString(h.Sum(nil)) == id
}

// follow returns what a symbolic link leads to. The contents API follows links
// to files of the repository and describes all others in JSON (GitHub
// documentation, "Get repository content").
func (c *Client) follow(ctx context.Context, r Repository, commit, name string) ([]byte, error) {
	what := fmt.Sprintf("reading the symbolic link %q of %s", name, r)
	address := fmt.Sprintf("repos/%s/%s/contents/%s?ref=%s", r.Owner, r.Name, escapePath(name), commit)
	req, err := c.api.NewRequest("GET", address, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	req.Header.Set("Accept", "application/vnd.github.raw+json")
	var body bytes.Buffer
	resp, err := c.api.Do(ctx, req, &body)
	switch {
	case err != nil:
		return nil, c.describe(what, readContents, err)
	case strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json"):
		return nil, fmt.Errorf("%s: it leads to no file of the repository", what)
	}
	return body.Bytes(), nil
}

// escapePath escapes a path for a URL, folder by folder.
func escapePath(name string) string {
	parts := strings.Split(name, "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return strings.Join(parts, "/")
}
