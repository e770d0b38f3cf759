package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/amalfi-audit/audit/internal/detector"
	"github.com/amalfi-audit/audit/internal/github"
	"github.com/amalfi-audit/audit/internal/report"
)

// publishTime bounds all that is written through GitHub's API after an audit,
// with the pauses that the API asks for.
const publishTime = 5 * time.Minute

// reportFile is the JSON report in the workspace, which is the one folder that
// the containers of actions and the steps after them share with every runner.
const reportFile = "amalfi-audit-report.json"

// result is what is published of an audit, or of one that could not be made.
type result struct {
	code  int
	title string // one line
	// markdown writes the report in at most so many bytes.
	markdown    func(w io.Writer, maxBytes int) error
	annotations []github.Annotation
	outputs     []github.Output
	// clean tells that there is nothing to look at.
	clean bool
	// neutral tells that there are findings which do not fail the job.
	neutral bool
	sarif   []byte // nil for none
}

// publish reports an audit everywhere and returns the exit code. A place that
// cannot be written to does not change the result, except that an audit whose
// SARIF file is missing is not a success.
func (a *action) publish(r *detector.Report) int {
	code := exitCode(a.in.FailOn, r)
	if err := github.Quietly(a.stdout, func(w io.Writer) error { return report.Text(w, r, report.TextOptions{}) }); err != nil {
		a.command("warning", fmt.Errorf("the log: %w", err))
	}
	sarif, sarifFile, err := a.sarifReport(r)
	if err != nil {
		a.command("error", fmt.Errorf("the SARIF file: %w", err))
		if code == exitOK {
			code = exitIncomplete
		}
	}
	jsonFile, err := a.jsonReport(r)
	if err != nil {
		a.command("warning", fmt.Errorf("the JSON report: %w", err))
	}
	n := tally(r)
	a.everywhere(&result{
		code:  code,
		title: fmt.Sprintf("%s: %d blocked, %d warned, %d inconclusive", n.outcome, n.blocked, n.warned, n.inconclusive),
		markdown: func(w io.Writer, maxBytes int) error {
			return report.Markdown(w, r, report.MarkdownOptions{MaxBytes: maxBytes})
		},
		annotations: github.Annotations(r),
		outputs:     n.outputs(sarifFile, jsonFile),
		clean:       r.Outcome() == detector.Clean && r.Complete(),
		neutral:     r.Outcome() != detector.Clean,
		sarif:       sarif,
	})
	return code
}

// publishFailure reports an audit that could not be made, everywhere a result
// would be looked for, and returns the exit code.
func (a *action) publishFailure(err error) int {
	a.command("error", err)
	code := exitIncomplete
	var u *usageError
	if errors.As(err, &u) {
		code = exitUsage
	}
	const maxError = 10_000
	a.everywhere(&result{
		code:  code,
		title: "The audit could not be made",
		markdown: func(w io.Writer, _ int) error {
			_, err := fmt.Fprintf(w, "## Amalfi Audit\n\nThe audit could not be made, so nothing is known to be clean:\n\n- %s\n",
				report.MarkdownCode(fmt.Sprintf("%.*s", maxError, err.Error())))
			return err
		},
		outputs: []github.Output{{Name: "outcome", Value: "inconclusive"}, {Name: "complete", Value: "false"}},
	})
	return code
}

// everywhere publishes a result: first to the runner's files, then through the
// API. What cannot be written is told in the log.
func (a *action) everywhere(res *result) {
	a.summary(func(w io.Writer) error { return res.markdown(w, report.MaxSummaryBytes) })
	a.outputs(res.outputs)
	ctx, cancel := context.WithTimeout(a.ctx, publishTime)
	defer cancel()
	p := &publication{action: a, ctx: ctx, result: res}
	for _, s := range []struct {
		wanted bool
		what   string
		// quiet tells that whoever did not ask for it is not warned that it
		// cannot be had.
		quiet bool
		write func() error
	}{
		{a.in.Checks && a.remote(), "The check run was not written; annotations are in the log instead", true, p.checkRun},
		{true, "The annotations", false, p.annotate},
		{a.in.Comment != github.CommentNever && a.remote() && a.event.PullRequest > 0, "The comment was not written", false, p.comment},
		{res.sarif != nil && a.in.UploadSARIF && a.remote(), "The result was not handed to code scanning", false, p.upload},
	} {
		if s.wanted {
			a.told(s.what, s.quiet, s.write())
		}
	}
}

// remote reports whether there is a commit to publish something about.
func (a *action) remote() bool { return a.client != nil && a.event != nil && a.event.Head != "" }

// told tells in the log what could not be written. That the token cannot write
// something, as with pull requests of forks, is no fault.
func (a *action) told(what string, quiet bool, err error) {
	if err == nil {
		return
	}
	denied := errors.Is(err, github.ErrForbidden) || errors.Is(err, github.ErrNotFound)
	err = fmt.Errorf("%s: %w", what, err)
	switch {
	case denied && quiet:
		fmt.Fprintln(a.stdout, report.EscapeTerminal(err.Error()))
	case denied:
		a.command("notice", err)
	default:
		a.command("warning", err)
	}
}

// publication is a result on its way to GitHub.
type publication struct {
	*action
	ctx context.Context
	*result
	// checked is what came of the check run, nil where there is none.
	checked *github.Written
}

var errNoToken = fmt.Errorf("%w: there is no token", github.ErrForbidden)

// text is the report as Markdown.
func (p *publication) text(maxBytes int) (string, error) {
	var b bytes.Buffer
	err := p.markdown(&b, maxBytes)
	return b.String(), err
}

// conclusion is the check run's: "failure" where findings fail the job,
// "action_required" where the audit is incomplete, "neutral" where findings do
// not fail the job.
func (p *publication) conclusion() string {
	switch {
	case p.code == exitFindings:
		return github.ConclusionFailure
	case p.code != exitOK:
		return github.ConclusionActionRequired
	case p.neutral:
		return github.ConclusionNeutral
	}
	return github.ConclusionSuccess
}

func (p *publication) checkRun() error {
	if p.in.Token == "" {
		return errNoToken
	}
	summary, err := p.text(github.MaxCheckSummary)
	if err != nil {
		return err
	}
	p.checked, err = p.client.CreateCheckRun(p.ctx, p.repository, github.CheckRun{
		Name: p.checkName(), Commit: p.event.Head, Conclusion: p.conclusion(), Title: p.title, Summary: summary,
		DetailsURL: p.runURL(), Annotations: p.annotations,
	})
	switch {
	case p.checked == nil:
		return err
	case err != nil:
		p.command("warning", fmt.Errorf("the check run: %w", err))
	case p.checked.LeftOut > 0:
		p.command("notice", fmt.Errorf("the check run: %d more annotations than it shows; the job's summary has more", p.checked.LeftOut))
	}
	return nil
}

// checkName is the name of the check run. Audits of different paths must not
// hide each other's.
func (p *publication) checkName() string {
	if len(p.in.Paths) == 0 {
		return "Amalfi Audit"
	}
	return "Amalfi Audit: " + strings.Join(p.in.Paths, ", ")
}

var runID = regexp.MustCompile(`^[0-9]+$`)

// runURL is the page of the workflow run, "" where it is not known.
func (p *publication) runURL() string {
	server, id := p.getenv("GITHUB_SERVER_URL"), p.getenv("GITHUB_RUN_ID")
	if server == "" || !runID.MatchString(id) {
		return ""
	}
	return fmt.Sprintf("%s/%s/actions/runs/%s", server, p.repository, id)
}

// annotate writes the annotations that no check run shows.
func (p *publication) annotate() error {
	annotations := p.annotations
	if p.checked != nil {
		annotations = slices.DeleteFunc(slices.Clone(annotations), func(a github.Annotation) bool { return a.Path != "" })
	}
	return github.WriteAnnotations(p.stdout, annotations)
}

func (p *publication) comment() error {
	if p.in.Token == "" {
		return errNoToken
	}
	marker := github.Marker(p.in.Category())
	body, err := p.text(github.MaxComment - len(marker) - 1)
	if err != nil {
		return err
	}
	author := ""
	if p.checked != nil && p.checked.App != "" {
		author = github.AppLogin(p.checked.App)
	} else if author, err = p.client.Login(p.ctx); err != nil {
		return err
	}
	return p.client.PutComment(p.ctx, p.repository, github.Comment{PullRequest: p.event.PullRequest, Marker: marker, Body: body,
		Author: author, Create: p.in.Comment == github.CommentAlways || !p.clean})
}

func (p *publication) upload() error {
	if p.in.Token == "" {
		return errNoToken
	}
	return p.client.UploadSARIF(p.ctx, p.repository, github.Upload{Commit: p.event.Head, Ref: p.event.Ref(p.getenv("GITHUB_REF")),
		Category: p.in.Category(), SARIF: p.sarif})
}

// sarifReport makes the SARIF report where it is wanted, and writes its file where one
// is named. It returns the file's path in the workspace.
func (a *action) sarifReport(r *detector.Report) (data []byte, file string, err error) {
	if a.in.SARIFFile == "" && !a.in.UploadSARIF {
		return nil, "", nil
	}
	var b bytes.Buffer
	if err := report.SARIF(&b, r, report.SARIFOptions{ToolVersion: buildVersion()}); err != nil {
		return nil, "", err
	}
	if a.in.SARIFFile != "" {
		file, err = a.writeFile(a.in.SARIFFile, b.Bytes())
	}
	return b.Bytes(), file, err
}

// jsonReport writes the JSON report and returns its path in the workspace.
func (a *action) jsonReport(r *detector.Report) (string, error) {
	var b bytes.Buffer
	if err := report.JSON(&b, r); err != nil {
		return "", err
	}
	return a.writeFile(reportFile, b.Bytes())
}

// totals are how many versions, lockfiles and files have which outcome.
type totals struct {
	outcome                       string
	complete                      bool
	blocked, warned, inconclusive int
}

// tally counts.
func tally(r *detector.Report) totals {
	n := totals{outcome: r.Outcome().String(), complete: r.Complete(), inconclusive: len(r.Unread)}
	if r.Outcome() == detector.Clean && !n.complete {
		n.outcome = "inconclusive"
	}
	count := func(o detector.Outcome, complete bool) {
		switch {
		case o == detector.Block:
			n.blocked++
		case o == detector.Warn:
			n.warned++
		case !complete:
			n.inconclusive++
		}
	}
	for _, p := range r.Projects {
		count(p.Outcome, p.Complete)
	}
	for _, v := range r.Versions {
		count(v.Outcome, v.Complete)
	}
	return n
}

// outputs are the outputs of action.yml.
func (n totals) outputs(sarifFile, jsonFile string) []github.Output {
	return []github.Output{
		{Name: "outcome", Value: n.outcome},
		{Name: "complete", Value: strconv.FormatBool(n.complete)},
		{Name: "blocked", Value: strconv.Itoa(n.blocked)},
		{Name: "warned", Value: strconv.Itoa(n.warned)},
		{Name: "inconclusive", Value: strconv.Itoa(n.inconclusive)},
		{Name: "sarif-file", Value: sarifFile},
		{Name: "report-file", Value: jsonFile},
	}
}
