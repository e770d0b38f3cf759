package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/amalfi-audit/audit/internal/audit"
	"github.com/amalfi-audit/audit/internal/feature"
	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/report"
)

type featuresCmd struct {
	Package string `arg:"" optional:"" name:"NAME@VERSION|FILE.tgz|DIR" help:"A version in the registry, a tarball, or a package's folder."`
	Against string `help:"What to compare with: a version of the same package, a tarball or a folder." placeholder:"VERSION|FILE|DIR"`
	Format  string `help:"Form of the output: ${enum}." enum:"csv,json" default:"csv"`
	Output  string `help:"File for the output instead of standard output." short:"o" placeholder:"FILE"`
	Docs    bool   `help:"Print the documentation of the features instead."`
	registryOptions
}

func (c *featuresCmd) run(e *env) (int, error) {
	if c.Docs {
		return exitOK, e.output(c.Output, feature.Docs)
	}
	if c.Package == "" {
		return 0, usage("which package? Give NAME@VERSION, a tarball or a folder")
	}
	target, err := c.target(c.Package, "")
	if err != nil {
		return 0, err
	}
	var against *audit.Target
	if c.Against != "" {
		t, err := c.target(c.Against, target.Name)
		if err != nil {
			return 0, err
		}
		against = &t
	}
	local := target.FS != nil && (against == nil || against.FS != nil)
	project := projectSource{dir: "."}
	if local {
		project = projectSource{none: true}
	}
	a, done, err := e.auditor(c.registryOptions, nil, project)
	if err != nil {
		return 0, err
	}
	defer done()
	f, err := a.Features(e.ctx, target, against)
	if errors.Is(err, audit.ErrNoVersion) {
		return 0, usage("%v", err)
	}
	if err != nil {
		return 0, err
	}
	code := exitOK
	for _, side := range []*audit.FeatureSide{f.After, f.Before} {
		if side == nil {
			continue
		}
		for _, reason := range side.Reasons {
			code = exitIncomplete
			fmt.Fprintf(e.stderr, "audit: incomplete: %s: %s\n", report.EscapeTerminal(side.PackageVersion.String()), report.EscapeTerminal(reason))
		}
		if side.Set == nil {
			return code, nil
		}
	}
	return code, e.output(c.Output, func(w io.Writer) error {
		if c.Format == "json" {
			return featuresJSON(w, f)
		}
		return featuresCSV(w, f)
	})
}

// target reads an argument. A bare version is one of the package name.
func (c *featuresCmd) target(spec, name string) (audit.Target, error) {
	info, err := os.Stat(spec)
	if isFile(spec) || err == nil && info.IsDir() && npm.ValidateName(spec) != nil || spec == "." {
		if err != nil {
			return audit.Target{}, usage("no such file or folder: %s", spec)
		}
		dir, base := spec, "."
		if !info.IsDir() {
			dir, base = filepath.Dir(spec), filepath.Base(spec)
		}
		fsys, err := openDir(dir)
		if err != nil {
			return audit.Target{}, err
		}
		return audit.Target{FS: fsys, Path: base, Folder: info.IsDir()}, nil
	}
	if name != "" && (npm.ValidVersion(spec) || npm.ValidateName(spec) != nil) {
		spec = name + "@" + spec
	}
	var t audit.Target
	t.Name, t.Version = splitSpec(spec)
	if err := npm.ValidateName(t.Name); err != nil {
		return audit.Target{}, usage("%v", err)
	}
	return t, nil
}

// featuresCSV writes a line for each version and, where two are compared, one
// for the step between them.
func featuresCSV(w io.Writer, f *audit.Features) error {
	out := csv.NewWriter(w)
	out.Write(append([]string{"row", "package", "version", "before"}, feature.Header()...))
	line := func(row string, side *audit.FeatureSide, before string, v feature.Vector) {
		out.Write(append([]string{row, report.EscapeTerminal(side.Name), report.EscapeTerminal(side.PackageVersion.Version), report.EscapeTerminal(before)}, v.Record()...))
	}
	line("set", f.After, "", f.After.Set.Values())
	if f.Before != nil {
		line("set", f.Before, "", f.Before.Set.Values())
		line("vector", f.After, f.Before.PackageVersion.Version, f.Vector)
	}
	out.Flush() // keeps the first error
	return out.Error()
}

// featuresJSON writes all occurrences.
func featuresJSON(w io.Writer, f *audit.Features) error {
	type side struct {
		Package  string             `json:"package"`
		Version  string             `json:"version"`
		Values   map[string]float64 `json:"values"`
		Features *feature.Set       `json:"features"`
	}
	type output struct {
		Digest       string               `json:"digest"`
		After        *side                `json:"after"`
		Before       *side                `json:"before,omitempty"`
		Header       []string             `json:"header"`
		Vector       feature.Vector       `json:"vector"`
		Capabilities []feature.Capability `json:"capabilities"`
	}
	convert := func(s *audit.FeatureSide) *side {
		if s == nil {
			return nil
		}
		values := make(map[string]float64)
		for i := range feature.Table {
			if t := &feature.Table[i]; t.Kind != feature.Updated {
				values[t.Name] = s.Set.Value(t)
			}
		}
		return &side{s.Name, s.PackageVersion.Version, values, s.Set}
	}
	capabilities := f.Capabilities
	if capabilities == nil {
		capabilities = []feature.Capability{}
	}
	return report.WriteJSON(w, output{feature.Digest(), convert(f.After), convert(f.Before), feature.Header(), f.Vector, capabilities})
}
