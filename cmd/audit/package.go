package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/amalfi-audit/audit/internal/detector"
	"github.com/amalfi-audit/audit/internal/npm"
)

type packageCmd struct {
	Package string `arg:"" name:"NAME@VERSION|FILE.tgz" help:"A version in the registry (NAME@VERSION, NAME@TAG or NAME), or a tarball."`
	Against string `help:"Version to compare with; else the published predecessor." placeholder:"VERSION"`
	reportOptions
	registryOptions
}

func (c *packageCmd) run(e *env) (int, error) {
	c.Verbose = true
	if info, err := os.Stat(c.Package); err == nil && !info.IsDir() {
		return c.audit(e, filepath.Base(c.Package))
	}
	if strings.HasSuffix(c.Package, ".tgz") || strings.HasSuffix(c.Package, ".tar.gz") {
		return 0, usage("no such file: %s", c.Package)
	}
	return c.audit(e, "")
}

// audit audits the tarball file, or the version in the registry where file is
// empty.
func (c *packageCmd) audit(e *env, file string) (int, error) {
	var v npm.PackageVersion
	if file == "" {
		v.Name, v.Version = splitSpec(c.Package)
		if err := npm.ValidateName(v.Name); err != nil {
			return 0, usage("%v", err)
		}
	}
	a, done, err := e.auditor(c.registryOptions, ".")
	if err != nil {
		return 0, err
	}
	defer done()
	var r *detector.Report
	if file != "" {
		r, err = a.PackageFile(e.ctx, os.DirFS(filepath.Dir(c.Package)), file, c.Against)
	} else {
		r, err = a.Package(e.ctx, v, c.Against)
	}
	if err != nil {
		return 0, err
	}
	return e.write(c.reportOptions, r)
}

// splitSpec cuts NAME@VERSION; without a version it is the tag latest.
func splitSpec(spec string) (name, version string) {
	if i := strings.LastIndexByte(spec, '@'); i > 0 {
		return spec[:i], spec[i+1:]
	}
	return spec, "latest"
}
