package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/amalfi-audit/audit/internal/audit"
	"github.com/amalfi-audit/audit/internal/detector"
	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/report"
)

type packageCmd struct {
	Package string `arg:"" name:"NAME@VERSION|FILE.tgz" help:"A version in the registry (NAME@VERSION, NAME@TAG or NAME), or a tarball."`
	Against string `help:"Version to compare with; else the published predecessor." placeholder:"VERSION"`
	Trace   bool   `help:"Run all of its entry points in the sandbox, and print what they did instead of the report."`
	reportOptions
	registryOptions
	intelOptions
	modelOptions
	sourceOptions
}

func (c *packageCmd) run(e *env) (int, error) {
	c.Verbose = true
	if isFile(c.Package) {
		return c.file(e)
	}
	var v npm.PackageVersion
	v.Name, v.Version = splitSpec(c.Package)
	if err := npm.ValidateName(v.Name); err != nil {
		return 0, usage("%v", err)
	}
	a, done, err := e.auditor(c.registryOptions, &c.intelOptions, projectSource{dir: "."})
	if err != nil {
		return 0, err
	}
	defer done()
	if err := c.use(a); err != nil {
		return 0, err
	}
	a.Closer = c.Trace
	closeSource, err := c.trace(e, a, c.Offline)
	if err != nil {
		return 0, err
	}
	defer closeSource()
	a.AllSources = true // where any is looked for: it was asked for by name
	r, err := a.Package(e.ctx, v, c.Against)
	if errors.Is(err, audit.ErrNoVersion) {
		return 0, usage("%v", err)
	}
	if err != nil {
		return 0, err
	}
	return c.write(e, r)
}

// write writes the report or the story.
func (c *packageCmd) write(e *env, r *detector.Report) (int, error) {
	if !c.Trace {
		return e.write(c.reportOptions, r)
	}
	err := e.output(c.Output, func(w io.Writer) error { return report.Story(w, r) })
	return exitCode(c.FailOn, r), err
}

// isFile reports whether the argument means a tarball on the disk. A file that
// merely has the name of a package does not hide the package.
func isFile(name string) bool {
	for _, prefix := range []string{"/", "./", "../"} {
		if strings.HasPrefix(filepath.ToSlash(name), prefix) {
			return true
		}
	}
	return strings.HasSuffix(name, ".tgz") || strings.HasSuffix(name, ".tar.gz") || filepath.IsAbs(name)
}

// file audits a tarball from the disk, for which no registry is needed.
func (c *packageCmd) file(e *env) (int, error) {
	info, err := os.Stat(c.Package)
	switch {
	case err != nil:
		return 0, usage("no such file: %s", c.Package)
	case info.IsDir():
		return 0, usage("%s is a folder", c.Package)
	case c.Reproduce:
		return 0, usage("--reproduce: a tarball from the disk is nobody's release")
	}
	dir, err := openDir(filepath.Dir(c.Package))
	if err != nil {
		return 0, err
	}
	a, done, err := e.auditor(c.registryOptions, &c.intelOptions, projectSource{none: c.Against == ""})
	if err != nil {
		return 0, err
	}
	defer done()
	if err := c.use(a); err != nil {
		return 0, err
	}
	a.Closer = c.Trace
	r, err := a.PackageFile(e.ctx, dir, filepath.Base(c.Package), c.Against)
	if err != nil {
		return 0, err
	}
	return c.write(e, r)
}

// splitSpec cuts NAME@VERSION; without a version it is the tag latest.
func splitSpec(spec string) (name, version string) {
	if i := strings.LastIndexByte(spec, '@'); i > 0 {
		return spec[:i], spec[i+1:]
	}
	return spec, "latest"
}
