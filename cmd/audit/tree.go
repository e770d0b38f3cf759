package main

import (
	"io"
	"os"
	"path/filepath"

	"github.com/amalfi-audit/audit/internal/audit"
	"github.com/amalfi-audit/audit/internal/report"
)

type treeCmd struct {
	Path string `arg:"" optional:"" default:"." help:"Folder of the project, or a lockfile."`
	List bool   `help:"Print what would be audited and stop; text or json, without network."`
	reportOptions
	registryOptions
	intelOptions
}

func (c *treeCmd) run(e *env) (int, error) {
	state, err := readPath(c.Path)
	if err != nil {
		return 0, err
	}
	if c.List {
		return e.list(c.reportOptions, audit.UnreadTree(state), func(w io.Writer, json bool) error {
			if json {
				return report.ListPackagesJSON(w, state.Lockfiles)
			}
			return report.ListPackagesText(w, state.Lockfiles)
		})
	}
	dir := c.Path
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		dir = filepath.Dir(dir)
	}
	a, done, err := e.auditor(c.registryOptions, &c.intelOptions, projectSource{dir: dir})
	if err != nil {
		return 0, err
	}
	defer done()
	finish := e.progress(a)
	r, err := a.Tree(e.ctx, state)
	finish()
	if err != nil {
		return 0, err
	}
	return e.write(c.reportOptions, r)
}
