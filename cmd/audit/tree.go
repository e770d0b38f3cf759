package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/amalfi-audit/audit/internal/audit"
	"github.com/amalfi-audit/audit/internal/detector"
	"github.com/amalfi-audit/audit/internal/report"
)

type treeCmd struct {
	Path string `arg:"" optional:"" default:"." help:"Folder of the project, or a lockfile."`
	List bool   `help:"Print what would be audited and stop; text or json, without network."`
	reportOptions
	registryOptions
	intelOptions
	modelOptions
}

func (c *treeCmd) run(e *env) (int, error) {
	state, err := readPath(c.Path)
	if err != nil {
		return 0, err
	}
	project := projectOf(c.Path)
	if c.List {
		wishes, err := project.settings()
		if err != nil {
			return 0, err
		}
		var notice string
		state, notice = state.Without(wishes.Ignored)
		e.say(notice)
		return e.list(c.reportOptions, audit.UnreadTree(state), func(w io.Writer, json bool) error {
			if json {
				return report.ListPackagesJSON(w, state.Lockfiles)
			}
			return report.ListPackagesText(w, state.Lockfiles)
		})
	}
	r, err := e.auditTree(state, project, c.registryOptions, &c.intelOptions, c.modelOptions)
	if err != nil {
		return 0, err
	}
	return e.write(c.reportOptions, r)
}

// auditTree audits every version of a state.
func (e *env) auditTree(state *audit.State, project projectSource, o registryOptions, known *intelOptions, model modelOptions) (*detector.Report, error) {
	a, done, err := e.auditor(o, known, project)
	if err != nil {
		return nil, err
	}
	defer done()
	if err := model.use(a); err != nil {
		return nil, err
	}
	defer e.progress(a)()
	return a.Tree(e.ctx, state)
}

// projectOf is the project in a folder, or that of a lockfile.
func projectOf(path string) projectSource {
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		path = filepath.Dir(path)
	}
	return projectSource{dir: path}
}

// say prints a notice on standard error; none for "".
func (e *env) say(notice string) {
	if notice != "" {
		fmt.Fprintf(e.stderr, "audit: %s\n", report.EscapeTerminal(notice))
	}
}
