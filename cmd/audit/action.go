package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/amalfi-audit/audit/internal/audit"
	"github.com/amalfi-audit/audit/internal/config"
	"github.com/amalfi-audit/audit/internal/detector"
	"github.com/amalfi-audit/audit/internal/github"
	"github.com/amalfi-audit/audit/internal/lockfile"
	"github.com/amalfi-audit/audit/internal/report"
)

// actionCmd is the GitHub Action. Inputs and event come from the runner's
// environment, the states of the project from GitHub's API.
type actionCmd struct{}

func (*actionCmd) run(e *env) (int, error) {
	in, err := github.ReadInputs(e.getenv)
	if err != nil {
		return e.actionFailed(usage("%v", err)), nil
	}
	r, err := e.auditEvent(in)
	if err != nil {
		return e.actionFailed(err), nil
	}
	return e.publish(in, r), nil
}

// actionFailed reports an audit that could not be made, everywhere a result
// would be looked for, and returns the exit code.
func (e *env) actionFailed(err error) int {
	e.command("error", err)
	e.summary(func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "## Amalfi Audit\n\nThe audit could not be made, so nothing is known to be clean:\n\n- %s\n",
			report.MarkdownCode(err.Error()))
		return err
	})
	e.outputs([]github.Output{{Name: "outcome", Value: "inconclusive"}, {Name: "complete", Value: "false"}})
	var u *usageError
	if errors.As(err, &u) {
		return exitUsage
	}
	return exitIncomplete
}

// auditEvent audits what the event calls for.
func (e *env) auditEvent(in *github.Inputs) (*detector.Report, error) {
	if _, err := e.inWorkspace(in.SARIFFile); err != nil {
		return nil, usage("input sarif-file: %v", err)
	}
	event, err := e.event()
	if err != nil {
		return nil, usage("%v", err)
	}
	repository, err := github.ParseRepository(e.getenv("GITHUB_REPOSITORY"))
	if err != nil {
		return nil, usage("GITHUB_REPOSITORY: %v", err)
	}
	client, err := github.NewClient(github.Options{APIURL: e.getenv("GITHUB_API_URL"), Token: in.Token,
		UserAgent: "amalfi-audit/" + buildVersion()})
	if err != nil {
		return nil, usage("GITHUB_API_URL: %v", err)
	}
	if event.Head == "" {
		fmt.Fprintln(e.stdout, "The event deletes a ref: there is nothing to audit.")
		return &detector.Report{Head: "a deleted ref"}, nil
	}
	cache := in.Cache
	if cache != "" && !filepath.IsAbs(cache) {
		cache = filepath.Join(e.workspace(), cache)
	}
	// The project's own .npmrc is the author's of the change that is audited,
	// and is not used: no folder of a project is given.
	a, done, err := e.auditor(registryOptions{Registry: in.Registry, Cache: cache}, &intelOptions{Intel: e.getenv("AMALFI_INTEL")}, projectSource{})
	if err != nil {
		return nil, err
	}
	defer done()
	states := &commits{env: e, client: client, repository: repository, paths: in.Paths}
	base, head, err := states.read(event, in.Mode)
	if err != nil {
		return nil, err
	}
	// A change must not switch its own audit off.
	trusted := head
	if base != nil {
		trusted = base
	}
	if a.Project, err = settings(trusted.FS); err != nil {
		return nil, err
	}
	var r *detector.Report
	if base == nil {
		r, err = a.Tree(e.ctx, head.State)
	} else {
		r, err = a.Diff(e.ctx, base.State, head.State)
	}
	if err != nil {
		return nil, err
	}
	head.addFailures(r, "")
	if base != nil {
		base.addFailures(r, "in the base: ")
	}
	r.Sort()
	return r, nil
}

// event reads the event that started the workflow.
func (e *env) event() (*github.Event, error) {
	var payload []byte
	if file := e.getenv("GITHUB_EVENT_PATH"); file != "" {
		f, err := os.Open(file)
		if err != nil {
			return nil, fmt.Errorf("GITHUB_EVENT_PATH: %w", err)
		}
		defer f.Close()
		if payload, err = io.ReadAll(io.LimitReader(f, github.MaxEventSize+1)); err != nil {
			return nil, fmt.Errorf("GITHUB_EVENT_PATH: %w", err)
		}
	}
	return github.ParseEvent(e.getenv("GITHUB_EVENT_NAME"), payload, e.getenv("GITHUB_SHA"))
}

// commits reads states of a project from GitHub.
type commits struct {
	*env
	client     *github.Client
	repository github.Repository
	paths      []string
}

// commit is the state of a project at a commit.
type commit struct {
	*audit.State
	tree *github.Tree
}

// read reads the states that an event compares. base is nil where the whole
// tree is to be audited.
func (c *commits) read(event *github.Event, mode string) (base, head *commit, err error) {
	if mode == github.ModeDiff && event.Base == "" {
		return nil, nil, usage("mode diff: the event %s has nothing to compare with; mode auto audits the whole tree then", event.Name)
	}
	if mode != github.ModeTree && event.Base != "" {
		id, name := event.Base, fmt.Sprintf("commit %.12s", event.Base)
		if event.Diverged {
			if id, err = c.client.MergeBase(c.ctx, c.repository, event.Base, event.Head); err != nil {
				return nil, nil, err
			}
			name = fmt.Sprintf("merge base %.12s", id)
		}
		base, err = c.state(id, name)
		switch {
		case errors.Is(err, github.ErrNotFound) && !event.Diverged && mode == github.ModeAuto:
			// After a forced push the commit before may be gone.
			fmt.Fprintf(c.stdout, "The commit before the push, %.12s, is gone: the whole tree is audited.\n", id)
		case err != nil:
			return nil, nil, err
		}
	}
	head, err = c.state(event.Head, fmt.Sprintf("commit %.12s", event.Head))
	return base, head, err
}

// state reads the state of the project at a commit.
func (c *commits) state(id, name string) (*commit, error) {
	tree, err := c.client.Tree(c.ctx, c.repository, id, c.wanted)
	if err != nil {
		return nil, err
	}
	s, err := audit.ReadState(name, tree.FS)
	if err != nil {
		return nil, err
	}
	return &commit{s, tree}, nil
}

// wanted reports whether an audit may read a file, or may find files below a
// folder. Files that steer installs are read wherever they are.
func (c *commits) wanted(name string, dir bool) bool {
	if slices.ContainsFunc(strings.Split(name, "/"), func(part string) bool { return part == "node_modules" || part == ".git" }) {
		return false
	}
	if dir {
		return true
	}
	base := path.Base(name)
	if base != "package.json" && slices.Contains(detector.SteeringNames, base) {
		return true
	}
	if name == config.Name {
		return true
	}
	if len(c.paths) > 0 && !slices.ContainsFunc(c.paths, func(p string) bool { return p == "." || strings.HasPrefix(name, p+"/") }) {
		return false
	}
	return base == "package.json" || lockfile.IsName(base) ||
		slices.ContainsFunc([]string{".tgz", ".tar.gz", ".tar"}, func(suffix string) bool { return strings.HasSuffix(base, suffix) })
}

// addFailures adds what could not be read to a report, where it does not say
// so already.
func (c *commit) addFailures(r *detector.Report, prefix string) {
	for _, f := range c.tree.Failures() {
		if !slices.ContainsFunc(r.Unread, func(u detector.Unread) bool { return u.Path == f.Path }) {
			r.Unread = append(r.Unread, detector.Unread{Path: f.Path, Reason: prefix + f.Err.Error()})
		}
	}
}

// publish reports an audit everywhere and returns the exit code. A place that
// cannot be written to does not change the result, except that an audit whose
// SARIF file is missing is not a success.
func (e *env) publish(in *github.Inputs, r *detector.Report) int {
	code := exitCode(in.FailOn, r)
	if err := github.Quietly(e.stdout, func(w io.Writer) error { return report.Text(w, r, report.TextOptions{}) }); err != nil {
		e.command("warning", fmt.Errorf("the log: %w", err))
	}
	if err := github.WriteAnnotations(e.stdout, github.Annotations(r)); err != nil {
		e.command("warning", fmt.Errorf("annotations: %w", err))
	}
	sarif := ""
	if in.SARIFFile != "" {
		var err error
		if sarif, err = e.writeSARIF(in.SARIFFile, r); err != nil {
			e.command("error", fmt.Errorf("the SARIF file: %w", err))
			if code == exitOK {
				code = exitIncomplete
			}
		}
	}
	e.summary(func(w io.Writer) error { return report.Markdown(w, r, report.MarkdownOptions{}) })
	e.outputs(reportOutputs(r, sarif))
	return code
}

// reportOutputs are the outputs of action.yml.
func reportOutputs(r *detector.Report, sarif string) []github.Output {
	var blocked, warned int
	inconclusive := len(r.Unread)
	count := func(o detector.Outcome, complete bool) {
		switch {
		case o == detector.Block:
			blocked++
		case o == detector.Warn:
			warned++
		case !complete:
			inconclusive++
		}
	}
	for _, p := range r.Projects {
		count(p.Outcome, p.Complete)
	}
	for _, v := range r.Versions {
		count(v.Outcome, v.Complete)
	}
	outcome := r.Outcome().String()
	if r.Outcome() == detector.Clean && !r.Complete() {
		outcome = "inconclusive"
	}
	return []github.Output{
		{Name: "outcome", Value: outcome},
		{Name: "complete", Value: strconv.FormatBool(r.Complete())},
		{Name: "blocked", Value: strconv.Itoa(blocked)},
		{Name: "warned", Value: strconv.Itoa(warned)},
		{Name: "inconclusive", Value: strconv.Itoa(inconclusive)},
		{Name: "sarif-file", Value: sarif},
	}
}

// workspace is the folder that later steps of the job work in.
func (e *env) workspace() string {
	if dir := e.getenv("GITHUB_WORKSPACE"); dir != "" {
		return dir
	}
	return "."
}

// inWorkspace returns a path relative to the workspace, which it must not
// leave.
func (e *env) inWorkspace(name string) (string, error) {
	if filepath.IsAbs(name) {
		var err error
		if name, err = filepath.Rel(e.workspace(), name); err != nil {
			return "", err
		}
	}
	if name != "" && !filepath.IsLocal(name) {
		return "", fmt.Errorf("%q is not in the workspace", name)
	}
	return name, nil
}

// writeSARIF writes the SARIF report into the workspace and returns its path
// there. What lies there may come from a pull request: links in the path are
// not followed out of it, and a link in the place of the file is replaced.
func (e *env) writeSARIF(name string, r *detector.Report) (string, error) {
	name, err := e.inWorkspace(name)
	if err != nil {
		return "", err
	}
	root, err := os.OpenRoot(e.workspace())
	if err != nil {
		return "", err
	}
	defer root.Close()
	if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return "", err
	}
	if err := root.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return "", err
	}
	if err := errors.Join(report.SARIF(f, r, report.SARIFOptions{ToolVersion: buildVersion()}), f.Close()); err != nil {
		return "", err
	}
	return filepath.ToSlash(name), nil
}

// summary adds to the job summary. An error is a warning in the log.
func (e *env) summary(write func(io.Writer) error) { e.appendTo("GITHUB_STEP_SUMMARY", write) }

// outputs sets outputs of the step. An error is a warning in the log.
func (e *env) outputs(outputs []github.Output) {
	e.appendTo("GITHUB_OUTPUT", func(w io.Writer) error { return github.WriteOutputs(w, outputs) })
}

// appendTo writes at the end of the file that a variable of the runner names.
func (e *env) appendTo(variable string, write func(io.Writer) error) {
	file := e.getenv(variable)
	if file == "" {
		return
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		err = errors.Join(write(f), f.Close())
	}
	if err != nil {
		e.command("warning", fmt.Errorf("%s: %w", variable, err))
	}
}

// command prints an error as a workflow command.
func (e *env) command(kind string, err error) {
	fmt.Fprintln(e.stdout, report.WorkflowCommand(kind, map[string]string{"title": "Amalfi Audit"}, err.Error()))
}
