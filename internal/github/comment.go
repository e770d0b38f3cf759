package github

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-github/v62/github"
)

// MaxComment is the size of the largest comment that is written, in bytes; the
// API takes 65,536 characters.
const MaxComment = 65536

const (
	// commentsPerPage and maxCommentPages bound the search for the comment of an
	// earlier run.
	commentsPerPage = 100
	maxCommentPages = 20
	// writeComments is the permission that comments on pull requests need.
	writeComments = "pull-requests: write"
)

// Comment is the one comment on a pull request that tells the result of its
// last audit.
type Comment struct {
	PullRequest int
	// Marker is the comment's first line, see Marker.
	Marker string
	// Body is Markdown. Together with the marker it has at most MaxComment bytes.
	Body string
	// Author is the login of whoever the token stands for; "" where that is not
	// known.
	Author string
	// Create tells that a comment is made where there is none yet.
	Create bool
}

// Marker returns the line, hidden in the rendered comment, that a comment of
// the audits with a name begins with.
func Marker(name string) string {
	id := sha256.Sum256([]byte(name))
	return "<!-- amalfi-audit:" + hex.EncodeToString(id[:8]) + " -->"
}

// PutComment updates the comment of an earlier run, or creates one.
//
// The comment of an earlier run begins with the marker and is by the author;
// where the author is not known, by any bot. Whoever else writes the marker into
// a comment has no influence: that comment is neither changed nor heeded. Among
// several, the oldest counts.
//
// An update may be repeated, since it does the same twice. The creation is not
// repeated where it may have been done; the next run finds the comment then.
// Where the pull request has more comments than are looked through none is
// created, since there may be one already.
func (c *Client) PutComment(ctx context.Context, r Repository, comment Comment) error {
	what := fmt.Sprintf("commenting on pull request %d of %s", comment.PullRequest, r)
	body := comment.Marker + "\n" + comment.Body
	if len(body) > MaxComment {
		return fmt.Errorf("%s: the comment has %d bytes; at most %d are written", what, len(body), MaxComment)
	}
	id, err := c.findComment(ctx, r, comment)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", what, err)
	case id == 0 && !comment.Create:
		return nil
	}
	var written *github.IssueComment
	if id != 0 {
		written, _, err = c.api.Issues.EditComment(ctx, r.Owner, r.Name, id, &github.IssueComment{Body: &body})
	} else {
		written, _, err = c.api.Issues.CreateComment(once(ctx), r.Owner, r.Name, comment.PullRequest, &github.IssueComment{Body: &body})
	}
	switch {
	case err != nil:
		return c.describe(what, writeComments, err)
	case written.GetID() <= 0: // go-github takes an empty body for an empty comment
		return fmt.Errorf("%s: GitHub's API answers without a comment", what)
	}
	return nil
}

// findComment returns the id of the comment of an earlier run, 0 for none.
func (c *Client) findComment(ctx context.Context, r Repository, comment Comment) (int64, error) {
	options := &github.IssueListCommentsOptions{ListOptions: github.ListOptions{Page: 1, PerPage: commentsPerPage}}
	for range maxCommentPages {
		page, resp, err := c.api.Issues.ListComments(ctx, r.Owner, r.Name, comment.PullRequest, options)
		if err != nil {
			return 0, c.describe("looking for the comment of an earlier run", writeComments, err)
		}
		if i := slices.IndexFunc(page, comment.wrote); i >= 0 {
			return page[i].GetID(), nil
		}
		if options.Page = resp.NextPage; options.Page == 0 {
			return 0, nil
		}
	}
	return 0, fmt.Errorf("there are more than %d comments, too many to look for the one of an earlier run", maxCommentPages*commentsPerPage)
}

// wrote reports whether a comment is that of an earlier run.
func (c *Comment) wrote(other *github.IssueComment) bool {
	if other.GetID() <= 0 || !strings.HasPrefix(other.GetBody(), c.Marker) {
		return false
	}
	if c.Author == "" {
		return other.GetUser().GetType() == "Bot"
	}
	return strings.EqualFold(other.GetUser().GetLogin(), c.Author)
}

// Login returns the login of the user whose token is used, "" for the token of
// an app, such as a workflow's own: it is nobody's.
func (c *Client) Login(ctx context.Context) (string, error) {
	user, _, err := c.api.Users.Get(ctx, "")
	if err != nil {
		err = c.describe("asking whose token it is", "of a user", err)
		if errors.Is(err, ErrForbidden) || errors.Is(err, ErrNotFound) {
			return "", nil
		}
		return "", err
	}
	if user.GetLogin() == "" {
		return "", errors.New("asking whose token it is: GitHub's API answers without a login")
	}
	return user.GetLogin(), nil
}

// AppLogin returns the login that the comments of an app have.
func AppLogin(app string) string { return app + "[bot]" }
