package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/amalfi-audit/audit/internal/audit"
	"github.com/amalfi-audit/audit/internal/config"
	"github.com/amalfi-audit/audit/internal/detector"
	"github.com/amalfi-audit/audit/internal/github"
	"github.com/amalfi-audit/audit/internal/intel/intelfile"
	"github.com/amalfi-audit/audit/internal/lockfile"
	"github.com/amalfi-audit/audit/internal/report"
	"github.com/amalfi-audit/audit/internal/treefs"
)

// actionCmd is the GitHub Action. Inputs and event come from the runner's
// environment, the states of the project from GitHub's API.
type actionCmd struct{}

func (*actionCmd) run(e *env) (int, error) {
	a := &action{env: e, in: new(github.Inputs)}
	r, err := a.audit()
	if err != nil {
		return a.publishFailure(err), nil
	}
	return a.publish(r), nil
}

// action is one run of the Action. What publishing needs is filled in as it
// becomes known: an audit that cannot be made is published as far as possible.
type action struct {
	*env
	in         *github.Inputs
	event      *github.Event // nil where it is not known
	repository github.Repository
	client     *github.Client // nil where there is none
}

// audit audits what the event calls for.
func (a *action) audit() (*detector.Report, error) {
	if err := a.prepare(); err != nil {
		return nil, err
	}
	if a.event.Head == "" {
		fmt.Fprintln(a.stdout, "The event deletes a ref: there is nothing to audit.")
		return &detector.Report{Head: "a deleted ref"}, nil
	}
	c := &commits{env: a.env, client: a.client, repository: a.repository, paths: a.in.Paths, config: cmp.Or(a.in.Config, config.Name)}
	states, err := c.read(a.event, a.in.Mode)
	if err != nil {
		return nil, err
	}
	project, err := c.project(states.trusted, a.in.NPMRC)
	if err != nil {
		return nil, err
	}
	cache := a.in.Cache
	if cache != "" && !filepath.IsAbs(cache) {
		cache = filepath.Join(a.workspace(), cache)
	}
	known := &intelOptions{Intel: a.getenv("AMALFI_INTEL")}
	stale := a.refresh(known)
	auditor, done, err := a.auditor(registryOptions{Registry: a.in.Registry, Cache: cache}, known, project)
	if err != nil {
		return nil, err
	}
	defer done()
	if a.in.Reproduce && a.in.Token != "" {
		defer a.trace(auditor, a.client)()
	}
	var r *detector.Report
	if states.base == nil {
		r, err = auditor.Tree(a.ctx, states.head.State)
	} else {
		r, err = auditor.Diff(a.ctx, states.base.State, states.head.State)
	}
	if err != nil {
		return nil, err
	}
	states.head.addFailures(r, "")
	r.Notices = append(r.Notices, stale...)
	r.Notices = append(r.Notices, c.absent(states.trusted)...)
	if states.base != nil {
		states.base.addFailures(r, "in the base: ")
		r.Notices = append(r.Notices, c.changed(states.base.tree, states.head.tree)...)
	}
	r.Sort()
	return r, nil
}

// refresh fetches the known-malware data. Where that fails the audit goes by what
// is there, whose age every report tells where it is old, and says so.
func (a *action) refresh(known *intelOptions) []string {
	address := cmp.Or(a.in.Intel, defaultIntel)
	if address == "" {
		return nil
	}
	if _, _, _, err := known.update(a.env, intelfile.Request{URL: address}); err != nil {
		return []string{fmt.Sprintf("The known-malware data could not be refreshed: %v", err)}
	}
	return nil
}

// prepare reads the inputs and the event and makes the client.
func (a *action) prepare() error {
	in, err := github.ReadInputs(a.getenv)
	if err != nil {
		return usage("%v", err)
	}
	a.in = in
	if _, err := a.inWorkspace(in.SARIFFile); err != nil {
		return usage("input sarif-file: %v", err)
	}
	if a.event, err = a.readEvent(); err != nil {
		return usage("%v", err)
	}
	if a.repository, err = github.ParseRepository(a.getenv("GITHUB_REPOSITORY")); err != nil {
		return usage("GITHUB_REPOSITORY: %v", err)
	}
	a.client, err = github.NewClient(github.Options{APIURL: a.getenv("GITHUB_API_URL"), Token: in.Token, UserAgent: "amalfi-audit/" + buildVersion()})
	if err != nil {
		return usage("GITHUB_API_URL: %v", err)
	}
	return nil
}

// readEvent reads the event that started the workflow.
func (e *env) readEvent() (*github.Event, error) {
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
	// config is the path of the project's configuration.
	config string
}

// commit is the state of a project at a commit.
type commit struct {
	*audit.State
	tree *github.Tree
}

// states are what an event is about.
type states struct {
	// base is nil where the whole tree is to be audited.
	base, head *commit
	// trusted has the project's configuration: a change must not switch its own
	// audit off.
	trusted fs.FS
}

// read reads the states that an event compares.
func (c *commits) read(event *github.Event, mode string) (*states, error) {
	if mode == github.ModeDiff && event.Base == "" {
		return nil, usage("mode diff: the event %s has nothing to compare with; mode auto audits the whole tree then", event.Name)
	}
	var s states
	var id string
	var err error
	if mode != github.ModeTree && event.Base != "" {
		name := fmt.Sprintf("commit %.12s", event.Base)
		if id = event.Base; event.Diverged {
			if id, err = c.client.MergeBase(c.ctx, c.repository, event.Base, event.Head); err != nil {
				return nil, err
			}
			name = fmt.Sprintf("merge base %.12s", id)
		}
		s.base, err = c.state(id, name)
		switch {
		case errors.Is(err, github.ErrNotFound) && !event.Diverged && mode == github.ModeAuto:
			// After a forced push the commit before may be gone.
			fmt.Fprintf(c.stdout, "The commit before the push, %.12s, is gone: the whole tree is audited.\n", id)
		case err != nil:
			return nil, err
		}
	}
	if s.head, err = c.state(event.Head, fmt.Sprintf("commit %.12s", event.Head)); err != nil {
		return nil, err
	}
	if s.base != nil && id == event.Base {
		s.trusted = s.base.FS
	} else if s.trusted, err = c.trusted(event, s.head); err != nil {
		return nil, err
	}
	return &s, nil
}

// trusted reads the base as far as it has the project's configuration. That is
// the base itself and not the merge base, which whoever makes the change chooses
// among all commits that the base ever had.
func (c *commits) trusted(event *github.Event, head *commit) (fs.FS, error) {
	if event.Base == "" {
		return head.FS, nil
	}
	tree, err := c.client.Tree(c.ctx, c.repository, event.Base, func(name string, dir bool) bool {
		return name == c.config || dir && strings.HasPrefix(c.config, name+"/")
	})
	switch {
	case errors.Is(err, github.ErrNotFound) && !event.Diverged:
		return head.FS, nil // after a forced push
	case err != nil:
		return nil, err
	}
	return tree.FS, nil
}

// project has the project's configuration from its trusted side, and the input
// npmrc in the place of an .npmrc. The project's own .npmrc is the author's of
// the change that is audited, and is not used.
func (c *commits) project(trusted fs.FS, npmrc string) (projectSource, error) {
	p := projectSource{wishes: renamed{trusted, config.Name, c.config}}
	if _, err := settings(p.wishes); err != nil {
		return p, fmt.Errorf("%q of the base: %w", c.config, err)
	}
	if npmrc != "" {
		p.dir = "input npmrc"
		p.from = treefs.New([]treefs.File{{Path: ".npmrc", Size: int64(len(npmrc)), Read: func() ([]byte, error) { return []byte(npmrc), nil }}})
	}
	return p, nil
}

// renamed has a file under another name.
type renamed struct {
	fs.FS
	name, file string
}

// Open opens the file for its name.
func (r renamed) Open(name string) (fs.File, error) {
	if name == r.name {
		name = r.file
	}
	return r.FS.Open(name)
}

// workflows is the folder of the workflows.
const workflows = ".github/workflows"

// absent tells of a configuration that somebody named and that is not there.
func (c *commits) absent(trusted fs.FS) []string {
	if _, err := fs.Stat(trusted, c.config); c.config == config.Name || !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return []string{fmt.Sprintf("There is no configuration %q in the base: the defaults hold", c.config)}
}

// changed tells of changes to what decides about the audit itself.
func (c *commits) changed(base, head *github.Tree) []string {
	var out []string
	if changed := base.Changed(head, func(name string) bool { return name == c.config }); len(changed) > 0 {
		out = append(out, fmt.Sprintf("The configuration %q is changed: this audit was made with the one of the base, and the change counts from the next audit on", c.config))
	}
	if changed := base.Changed(head, func(name string) bool { return path.Dir(name) == workflows }); len(changed) > 0 {
		const shown = 5
		names := make([]string, 0, shown)
		for _, name := range changed[:min(len(changed), shown)] {
			names = append(names, fmt.Sprintf("%.100q", name))
		}
		more := ""
		if n := len(changed) - shown; n > 0 {
			more = fmt.Sprintf(" and %d more", n)
		}
		out = append(out, fmt.Sprintf("Workflows are changed, which decide whether and how audits are made: %s%s", strings.Join(names, ", "), more))
	}
	return out
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
	if name == c.config || path.Dir(name) == workflows {
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

// writeFile writes a file into the workspace and returns its path there. What
// lies there may come from a pull request: links in the path are not followed
// out of it, and a link in the place of the file is replaced.
func (e *env) writeFile(name string, data []byte) (string, error) {
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
	_, err = f.Write(data)
	if err := errors.Join(err, f.Close()); err != nil {
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
