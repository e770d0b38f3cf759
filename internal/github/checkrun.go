package github

import (
	"context"
	"fmt"
	"io/fs"
	"strings"

	"github.com/google/go-github/v62/github"

	"github.com/amalfi-audit/audit/internal/report"
)

// The conclusions of a check run that are used (GitHub documentation, "Create a
// check run").
const (
	ConclusionSuccess = "success"
	ConclusionNeutral = "neutral"
	ConclusionFailure = "failure"
	// ConclusionActionRequired does not pass as a required check either.
	ConclusionActionRequired = "action_required"
)

// CheckRun is the result of a check of one commit.
type CheckRun struct {
	// Name is what a required status check is known by.
	Name   string
	Commit string
	// Conclusion is one of the conclusions above.
	Conclusion string
	// Title is one line; Summary is Markdown of at most MaxCheckSummary bytes.
	Title, Summary string
	// DetailsURL is the page with more of it; "" for none.
	DetailsURL string
	// Annotations are shown at their lines, those without a path nowhere.
	Annotations []Annotation
}

// MaxCheckSummary is the size of the largest summary of a check run, in bytes.
const MaxCheckSummary = 65535

const (
	// annotationsPerRequest is how many annotations one request may bring.
	annotationsPerRequest = 50
	// maxCheckAnnotations is how many annotations a check run gets: 20 requests
	// of the 1,000 that a workflow's token has in an hour.
	maxCheckAnnotations = 1000
	// maxCheckTitle bounds titles, in characters.
	maxCheckTitle = 255
	// maxCheckName bounds the name of a check run, in characters.
	maxCheckName = 100
	// writeChecks is the permission that check runs need.
	writeChecks = "checks: write"
)

// Written tells what came of a check run.
type Written struct {
	// App is the name in URLs of the app whose token wrote it.
	App string
	// LeftOut counts the annotations with a path that the check run does not
	// show, those beyond its limit and those that could not be added.
	LeftOut int
}

// CreateCheckRun writes a check run that is complete from the beginning on.
// Annotations beyond the first 50 are added with one request for each further
// 50. No request is repeated that may have had its effect: the check run or the
// annotations would be there twice.
//
// Written is nil where there is no check run, as far as that is known. With it,
// an error says that annotations are missing. The error wraps ErrForbidden or
// ErrNotFound where the token cannot write check runs.
func (c *Client) CreateCheckRun(ctx context.Context, r Repository, run CheckRun) (*Written, error) {
	what := fmt.Sprintf("writing a check run of commit %.12s in %s", run.Commit, r)
	if err := validCommit(run.Commit); err != nil {
		return nil, err
	}
	annotations := checkAnnotations(run.Annotations)
	shown := annotations[:min(len(annotations), maxCheckAnnotations)]
	first := shown[:min(len(shown), annotationsPerRequest)]
	name := clipText(run.Name, maxCheckName)
	options := github.CreateCheckRunOptions{Name: name, HeadSHA: run.Commit, Status: github.String("completed"),
		Conclusion: github.String(run.Conclusion), Output: checkOutput(&run, first)}
	if run.DetailsURL != "" {
		options.DetailsURL = &run.DetailsURL
	}
	created, _, err := c.api.Checks.CreateCheckRun(once(ctx), r.Owner, r.Name, options)
	switch {
	case err != nil:
		return nil, c.describe(what, writeChecks, err)
	case created.GetID() <= 0: // go-github takes an empty body for an empty check run
		return nil, fmt.Errorf("%s: GitHub's API answers without a check run", what)
	}
	w := &Written{App: created.GetApp().GetSlug(), LeftOut: len(annotations) - len(first)}
	for rest := shown[len(first):]; len(rest) > 0; {
		batch := rest[:min(len(rest), annotationsPerRequest)]
		rest = rest[len(batch):]
		_, _, err := c.api.Checks.UpdateCheckRun(once(ctx), r.Owner, r.Name, created.GetID(),
			github.UpdateCheckRunOptions{Name: name, Output: checkOutput(&run, batch)})
		if err != nil {
			return w, fmt.Errorf("%d annotations are missing: %w", w.LeftOut, c.describe(what, writeChecks, err))
		}
		w.LeftOut -= len(batch)
	}
	return w, nil
}

// checkOutput is what a check run shows; an update adds its annotations to those
// that are there.
func checkOutput(run *CheckRun, annotations []*github.CheckRunAnnotation) *github.CheckRunOutput {
	title := clipText(report.EscapeTerminal(run.Title), maxCheckTitle)
	summary := clip(run.Summary, MaxCheckSummary)
	return &github.CheckRunOutput{Title: &title, Summary: &summary, Annotations: annotations}
}

// checkAnnotations puts annotations into the form of a check run: those at a
// path in the repository, with every control character made visible.
func checkAnnotations(all []Annotation) []*github.CheckRunAnnotation {
	var out []*github.CheckRunAnnotation
	for _, a := range all {
		if a.Path == "." || !fs.ValidPath(a.Path) {
			continue
		}
		level := "warning"
		if a.Level == ErrorAnnotation {
			level = "failure"
		}
		line := max(a.Line, 1)
		annotation := &github.CheckRunAnnotation{
			Path: github.String(a.Path), StartLine: &line, EndLine: &line, AnnotationLevel: &level,
			Title:   github.String(clipText(report.EscapeTerminal(a.Title), maxCheckTitle)),
			Message: github.String(clip(visibleLines(a.Message), maxMessage)),
		}
		if a.Details != "" {
			annotation.RawDetails = github.String(clip(visibleLines(a.Details), maxDetails))
		}
		out = append(out, annotation)
	}
	return out
}

// visibleLines makes untrusted text of several lines safe, line by line.
func visibleLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = report.EscapeTerminal(line)
	}
	return strings.Join(lines, "\n")
}

// clipText shortens s to n characters and says so.
func clipText(s string, n int) string {
	if chars := []rune(s); len(chars) > n {
		return string(chars[:n-1]) + "…"
	}
	return s
}
