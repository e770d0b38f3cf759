package detector

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/amalfi-audit/audit/internal/npm"
)

// ManifestMismatch compares the manifest in the tarball, which is what runs,
// with the registry's, which is what people and tools see.
var ManifestMismatch = &Detector{
	Rule: Rule{
		ID:    "manifest-mismatch",
		Title: "Tarball and registry disagree about the manifest",
		Level: Warning,
		Tags:  []string{"registry", TagSignal},
		Help: `The package.json in the tarball says something else than the registry's record of the version. npm installs
what the registry lists and runs what the tarball says, so a dependency or a script can hide in the difference
("manifest confusion"). What npm changes at publish by itself is allowed for: cleaned names and versions, the install
script of a binding.gyp, optional dependencies listed twice.

Another name or version, or an install script or dependency that the registry does not show, warns. Differences in
other scripts are a note: some release tools rewrite them.`,
	},
	Version: func(_ context.Context, p *Pass) error {
		serious, slight := ManifestMismatches(p.After)
		if len(serious) > 0 {
			p.Report(Finding{Level: Warning, Confidence: High, Evidence: serious,
				Message: "the manifest in the tarball has another name, version, dependency or install script than the registry's"})
		}
		if len(slight) > 0 {
			p.Report(Finding{Level: Note, Confidence: Low, Evidence: slight,
				Message: "the manifest in the tarball has other scripts than the registry's"})
		}
		return nil
	},
}

// ManifestMismatches returns in what the manifest of a version's tarball says
// something else than the registry's: what matters to an install, and other
// scripts. Both are empty where either manifest is missing.
func ManifestMismatches(v *Version) (serious, slight []Evidence) {
	if v.Program == nil || v.Program.Manifest == nil || v.Record == nil {
		return nil, nil
	}
	tarball := v.Program.Manifest.Published(v.Program.Tree)
	record := &v.Record.Manifest
	evidence := func(format string, args ...any) Evidence {
		return Evidence{Path: "package.json", Note: fmt.Sprintf(format, args...)}
	}
	if tarball.Name != record.Name {
		serious = append(serious, evidence("name: %q in the tarball, %q in the registry", tarball.Name, record.Name))
	}
	if npm.CompareVersions(tarball.Version, strings.TrimSpace(record.Version)) != 0 {
		serious = append(serious, evidence("version: %q in the tarball, %q in the registry", tarball.Version, record.Version))
	}
	listed := make(map[string]string, len(record.Dependencies)+len(record.OptionalDependencies))
	for _, m := range []map[string]string{record.Dependencies, record.OptionalDependencies} {
		for name, spec := range m {
			listed[name] = spec
		}
	}
	for _, d := range differences(tarball.Dependencies, listed) {
		serious = append(serious, evidence("dependency %q: %s", d.key, d.text))
	}
	scripts := tarball.Scripts
	if record.Scripts["install"] == "" && v.Program.Manifest.Scripts["install"] == "" {
		// The build of a binding.gyp, which not every publish writes out.
		scripts = maps.Clone(scripts)
		delete(scripts, "install")
	}
	for _, d := range differences(scripts, record.Scripts) {
		e := evidence("script %q: %s", d.key, d.text)
		if slices.Contains(npm.InstallScripts, d.key) {
			serious = append(serious, e)
		} else {
			slight = append(slight, e)
		}
	}
	return serious, slight
}

type difference struct{ key, text string }

// differences compares two maps of strings and describes what differs, sorted.
func differences(tarball, registry map[string]string) []difference {
	var out []difference
	for key, mine := range tarball {
		theirs, ok := registry[key]
		switch {
		case !ok:
			out = append(out, difference{key, fmt.Sprintf("%q in the tarball, missing in the registry", mine)})
		case strings.TrimSpace(mine) != strings.TrimSpace(theirs):
			out = append(out, difference{key, fmt.Sprintf("%q in the tarball, %q in the registry", mine, theirs)})
		}
	}
	for key, theirs := range registry {
		if _, ok := tarball[key]; !ok {
			out = append(out, difference{key, fmt.Sprintf("missing in the tarball, %q in the registry", theirs)})
		}
	}
	slices.SortFunc(out, func(a, b difference) int { return strings.Compare(a.key, b.key) })
	return out
}
