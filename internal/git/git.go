// Package git reads commits of a local repository through the git command
// line. It runs nothing of the repository: no hooks, no checkout, no filters.
package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"strconv"
	"strings"

	"github.com/amalfi-audit/audit/internal/treefs"
)

// ErrNoRef is wrapped where a ref names no commit of the repository.
var ErrNoRef = errors.New("no such commit")

// Repository is a folder within a git work tree, or a bare repository.
type Repository struct{ dir string }

// Open returns the repository that dir lies in.
func Open(ctx context.Context, dir string) (*Repository, error) {
	r := &Repository{dir}
	if _, err := r.run(ctx, "rev-parse", "--git-dir"); err != nil {
		return nil, fmt.Errorf("%s is in no git repository: %w", dir, err)
	}
	return r, nil
}

// run runs git with settings that keep it from writing, asking and running
// what the repository configures.
func (r *Repository) run(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{
		"--no-pager", "--no-optional-locks", "--literal-pathspecs",
		"-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-C", r.dir}, args...)...)
	cmd.Env = append(cmd.Environ(), "GIT_TERMINAL_PROMPT=0", "LC_ALL=C")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		if text := strings.TrimSpace(stderr.String()); text != "" {
			line, _, _ := strings.Cut(text, "\n")
			return nil, fmt.Errorf("git %s: %.200s", args[0], line)
		}
		return nil, fmt.Errorf("git %s: %w", args[0], err)
	}
	return out, nil
}

// Commit resolves a ref, as git rev-parse does, to a commit's id.
func (r *Repository) Commit(ctx context.Context, ref string) (string, error) {
	if ref == "" || strings.HasPrefix(ref, "-") {
		return "", fmt.Errorf("%w: %q", ErrNoRef, ref)
	}
	out, err := r.run(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", ref+"^{commit}")
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		return "", fmt.Errorf("%w: %q", ErrNoRef, ref)
	}
	return strings.TrimSpace(string(out)), nil
}

// MergeBase returns the best common ancestor of two commits, what a pull
// request compares with.
func (r *Repository) MergeBase(ctx context.Context, a, b string) (string, error) {
	out, err := r.run(ctx, "merge-base", "--end-of-options", a, b)
	if err != nil {
		return "", fmt.Errorf("no common ancestor of %.12s and %.12s (is this a shallow clone?): %w", a, b, err)
	}
	return strings.TrimSpace(string(out)), nil
}

// DefaultBranch returns the ref that a change is usually compared with: the
// remote's default branch, else main or master; "" where there is none.
func (r *Repository) DefaultBranch(ctx context.Context) string {
	for _, ref := range []string{"origin/HEAD", "origin/main", "origin/master", "main", "master"} {
		if _, err := r.Commit(ctx, ref); err == nil {
			return ref
		}
	}
	return ""
}

// errLink is the error of reading a symbolic link of a commit: what it points
// to may lie anywhere.
var errLink = errors.New("a symbolic link, which is not followed")

// Tree returns the files of a commit below the repository's folder. Submodules
// are left out; a symbolic link is there and cannot be read, so that it is
// missed by whoever needs it. The content is read when it is asked for. ctx
// serves these reads too.
func (r *Repository) Tree(ctx context.Context, commit string) (fs.FS, error) {
	prefix, err := r.run(ctx, "rev-parse", "--show-prefix")
	if err != nil {
		return nil, err
	}
	dir := strings.TrimSuffix(strings.TrimSuffix(string(prefix), "\n"), "/")
	spec := commit
	if dir != "" {
		entry, err := r.run(ctx, "ls-tree", "-z", "--full-tree", "--end-of-options", commit, dir)
		if err != nil {
			return nil, err
		}
		if fields := strings.Fields(string(entry)); len(fields) < 2 || fields[1] != "tree" {
			return treefs.New(nil), nil // the folder is not in that commit
		}
		spec += ":" + dir
	}
	out, err := r.run(ctx, "ls-tree", "-r", "-z", "--long", "--full-tree", "--end-of-options", spec)
	if err != nil {
		return nil, err
	}
	var files []treefs.File
	for record := range strings.SplitSeq(string(out), "\x00") {
		// MODE SP TYPE SP ID SP+ SIZE TAB PATH
		meta, name, ok := strings.Cut(record, "\t")
		fields := strings.Fields(meta)
		if !ok || len(fields) != 4 || fields[1] != "blob" {
			continue
		}
		if fields[0] == "120000" {
			files = append(files, treefs.File{Path: name, Read: func() ([]byte, error) { return nil, errLink }})
			continue
		}
		size, err := strconv.ParseInt(fields[3], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("git ls-tree: size %q", fields[3])
		}
		id := fields[2]
		files = append(files, treefs.File{Path: name, Size: size, Read: func() ([]byte, error) {
			return r.run(ctx, "cat-file", "blob", id)
		}})
	}
	return treefs.New(files), nil
}
