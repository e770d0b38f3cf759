package github

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// MaxEventSize is the size of the largest event payload that is read, in
// bytes; GitHub sends none above 25 MB.
const MaxEventSize = 32 << 20

// Event is what started the workflow, as far as it says what to audit.
type Event struct {
	// Name is the event's name, such as "pull_request".
	Name string
	// Head is the commit to audit, "" where a ref was deleted and there is none.
	Head string
	// Base is the commit that Head is compared with, "" where the event knows
	// none.
	Base string
	// Diverged tells that Head does not follow Base: what Head changes counts
	// from their merge base on.
	Diverged bool
	// PullRequest is the number of the pull request that the event is about, 0
	// for none.
	PullRequest int
}

// Ref returns the ref that results about Head belong to: the pull request's
// head, or else the ref of the workflow run (GITHUB_REF).
func (e *Event) Ref(runRef string) string {
	if e.PullRequest > 0 {
		return fmt.Sprintf("refs/pull/%d/head", e.PullRequest)
	}
	return runRef
}

// fullEvents are the events without a change of their own: the whole tree of
// GITHUB_SHA is audited.
var fullEvents = []string{"release", "repository_dispatch", "schedule", "workflow_dispatch"}

// ParseEvent reads an event: its name (GITHUB_EVENT_NAME), its payload (the
// file GITHUB_EVENT_PATH) and the commit of the workflow run (GITHUB_SHA). The
// payloads are those of GitHub's webhooks.
//
// For pull requests GITHUB_SHA is a merge that nobody wrote, or the base; the
// payload's head is audited. For a pushed annotated tag the payload's "after"
// is the tag; GITHUB_SHA is the commit.
func ParseEvent(name string, payload []byte, sha string) (*Event, error) {
	if len(payload) > MaxEventSize {
		return nil, fmt.Errorf("the event has %d bytes; at most %d are read", len(payload), MaxEventSize)
	}
	type commit struct {
		SHA string `json:"sha"`
	}
	var p struct {
		PullRequest struct {
			Number int    `json:"number"`
			Base   commit `json:"base"`
			Head   commit `json:"head"`
		} `json:"pull_request"`
		MergeGroup struct {
			BaseSHA string `json:"base_sha"`
			HeadSHA string `json:"head_sha"`
		} `json:"merge_group"`
		Before  string `json:"before"`
		Deleted bool   `json:"deleted"`
	}
	e := &Event{Name: name}
	switch {
	case slices.Contains(fullEvents, name):
		e.Head = sha
		return e, e.validate()
	case !slices.Contains([]string{"pull_request", "pull_request_target", "merge_group", "push"}, name):
		return nil, fmt.Errorf("the event %q is not known: use pull_request, pull_request_target, merge_group, push, %s",
			name, strings.Join(fullEvents, ", "))
	}
	if err := json.Unmarshal(payload, &p); err != nil {
		return nil, fmt.Errorf("the event's payload: %w", err)
	}
	switch name {
	case "pull_request", "pull_request_target":
		e.Base, e.Head, e.Diverged = p.PullRequest.Base.SHA, p.PullRequest.Head.SHA, true
		e.PullRequest = max(p.PullRequest.Number, 0)
	case "merge_group":
		e.Base, e.Head, e.Diverged = p.MergeGroup.BaseSHA, p.MergeGroup.HeadSHA, true
	case "push":
		if p.Deleted {
			return e, nil
		}
		e.Base, e.Head = p.Before, sha
	}
	if e.Base == "" {
		return nil, errors.New("the event's payload names no base")
	}
	if strings.Trim(e.Base, "0") == "" { // a new ref follows nothing
		e.Base = ""
	}
	return e, e.validate()
}

// validate checks the form of the commits.
func (e *Event) validate() error {
	err := validCommit(e.Head)
	if err == nil && e.Base != "" {
		err = validCommit(e.Base)
	}
	if err != nil {
		return fmt.Errorf("the event %s: %w", e.Name, err)
	}
	return nil
}
