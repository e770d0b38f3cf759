// Package source reads the repositories that packages claim as their source:
// through GitHub's API, and through the git command line for all other hosts.
// Nothing is checked out, and nothing of a repository runs. Which host is asked
// for what is decided by the manifest of a stranger, so addresses are made anew
// from their parts (reproduce.Repository), and answers are bounded.
package source

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/amalfi-audit/audit/internal/detector/reproduce"
	"github.com/amalfi-audit/audit/internal/github"
)

// Sources asks GitHub's API for repositories of its host and git for all others.
type Sources struct {
	// GitHub may be nil: then git is asked for everything.
	GitHub *GitHub
	Git    *Git
}

var _ reproduce.Source = (*Sources)(nil)

func (s *Sources) of(r reproduce.Repository) reproduce.Source {
	if s.GitHub != nil && r.Host == s.GitHub.host {
		return s.GitHub
	}
	return s.Git
}

// Tag is reproduce.Source's.
func (s *Sources) Tag(ctx context.Context, r reproduce.Repository, names []string) (tag, commit string, err error) {
	return s.of(r).Tag(ctx, r, names)
}

// Entries is reproduce.Source's.
func (s *Sources) Entries(ctx context.Context, r reproduce.Repository, commit, directory string) ([]reproduce.Entry, error) {
	return s.of(r).Entries(ctx, r, commit, directory)
}

// Reach is reproduce.Source's. Where GitHub's API would need too many requests,
// git is asked, which compares with all branches and tags at once.
func (s *Sources) Reach(ctx context.Context, r reproduce.Repository, commit string, tags []string) (reproduce.Reach, string, error) {
	reach, ref, err := s.of(r).Reach(ctx, r, commit, tags)
	if err != nil || reach != reproduce.Unproven || s.of(r) == s.Git {
		return reach, ref, err
	}
	// A private repository may be there for the API's token alone.
	if proven, ref, err := s.Git.Reach(ctx, r, commit, tags); err == nil {
		return proven, ref, nil
	}
	return reproduce.Unproven, "", ctx.Err()
}

// Blob is reproduce.Source's.
func (s *Sources) Blob(ctx context.Context, r reproduce.Repository, id string, limit int64) ([]byte, error) {
	return s.of(r).Blob(ctx, r, id, limit)
}

// GitHub reads repositories through GitHub's API. The usual case takes two
// requests: the tree of the commit, and its comparison with the default branch;
// or the tag and the tree of its commit. A third one reads the manifest where
// the tarball's is another. docs/reproduce.md counts the rest. It is safe for
// concurrent use.
type GitHub struct {
	client *github.Client
	host   string
}

// NewGitHub returns a GitHub for the repositories of a host, github.com or one
// with the API of an enterprise server, that the client's API serves.
func NewGitHub(client *github.Client, host string) *GitHub { return &GitHub{client, host} }

var _ reproduce.Source = (*GitHub)(nil)

// repository checks that a claimed repository has the form of GitHub's.
func (g *GitHub) repository(r reproduce.Repository) (github.Repository, error) {
	named, err := github.ParseRepository(r.Path)
	if err != nil || r.Host != g.host {
		return github.Repository{}, fmt.Errorf("%w: %s", reproduce.ErrNoRepository, r)
	}
	return named, nil
}

// translate gives an error of the client the meaning that a Source's have.
func translate(err error) error {
	switch {
	case errors.Is(err, github.ErrNoRepository):
		return fmt.Errorf("%w: %w", reproduce.ErrNoRepository, err)
	case errors.Is(err, github.ErrNotFound):
		return fmt.Errorf("%w: %w", reproduce.ErrNotFound, err)
	}
	return err
}

// Tag is reproduce.Source's.
func (g *GitHub) Tag(ctx context.Context, r reproduce.Repository, names []string) (tag, commit string, err error) {
	named, err := g.repository(r)
	if err != nil {
		return "", "", err
	}
	tag, commit, err = g.client.FindTag(ctx, named, names)
	return tag, commit, translate(err)
}

// Entries is reproduce.Source's.
func (g *GitHub) Entries(ctx context.Context, r reproduce.Repository, commit, directory string) ([]reproduce.Entry, error) {
	named, err := g.repository(r)
	if err != nil {
		return nil, err
	}
	objects, err := g.client.Objects(ctx, named, commit, directory)
	if err != nil {
		return nil, translate(err)
	}
	out := make([]reproduce.Entry, len(objects))
	for i, o := range objects {
		out[i] = reproduce.Entry{Path: o.Path, ID: o.ID, Size: o.Size}
		switch {
		case o.Link:
			out[i].Mode = reproduce.ModeLink
		case o.Submodule:
			out[i].Mode = reproduce.ModeSubmodule
		}
	}
	return out, nil
}

// Reach is reproduce.Source's.
func (g *GitHub) Reach(ctx context.Context, r reproduce.Repository, commit string, tags []string) (reproduce.Reach, string, error) {
	named, err := g.repository(r)
	if err != nil {
		return "", "", err
	}
	ref, all, err := g.client.Contains(ctx, named, commit, tags)
	switch {
	case err != nil:
		return "", "", translate(err)
	case ref != "":
		return reproduce.Reachable, ref, nil
	case all:
		return reproduce.Unreachable, "", nil
	}
	return reproduce.Unproven, "", nil
}

// Blob is reproduce.Source's.
func (g *GitHub) Blob(ctx context.Context, r reproduce.Repository, id string, limit int64) ([]byte, error) {
	named, err := g.repository(r)
	if err != nil {
		return nil, err
	}
	data, err := g.client.BlobContent(ctx, named, id)
	if err == nil && int64(len(data)) > limit {
		return nil, fmt.Errorf("blob %.12s has %d bytes; %d are read", id, len(data), limit)
	}
	return data, translate(err)
}

// trimRef returns a reference's name without the kind.
func trimRef(ref string) string {
	return strings.TrimPrefix(strings.TrimPrefix(ref, "refs/heads/"), "refs/tags/")
}
