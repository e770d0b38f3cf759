package detector

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// UnusedDependency reports dependencies that an update adds to code that did not
// change and does not use them.
var UnusedDependency = &Detector{
	Rule: Rule{
		ID:    "unused-dependency",
		Title: "New dependency that no code uses",
		Level: Warning,
		Tags:  []string{"manifest", TagSignal},
		Help: `The update adds a dependency, no script of the package loads it, and no file but the manifest and texts for
people changed. Whoever has taken over a package and does not want to be seen in its code adds a dependency whose install
script does the work; the release differs from the one before in its version and in one line.

Maintainers do this too, to pin what a dependency of theirs pulls in, or when a build tool adds a helper, so it warns.
Look at what the new dependency is, who publishes it and since when. Packages of types (@types) and names that were peer,
optional or development dependencies before are left out, and so are packages with a file that could not be read.`,
	},
	Version: func(_ context.Context, p *Pass) error {
		if !p.Update() || p.Before.Program == nil || p.After.Program == nil || !onlyManifestChanged(p) {
			return nil
		}
		before, after := p.Before.Program.Manifest, p.After.Program.Manifest
		if before == nil || after == nil {
			return nil
		}
		used, ok := p.After.Program.Packages()
		if !ok {
			return nil
		}
		for _, name := range slices.Sorted(maps.Keys(after.Dependencies)) {
			known := false
			for _, list := range []map[string]string{before.Dependencies, before.OptionalDependencies, before.PeerDependencies, before.DevDependencies} {
				_, listed := list[name]
				known = known || listed
			}
			if known || used[name] || strings.HasPrefix(name, "@types/") {
				continue
			}
			p.Report(Finding{Level: Warning, Confidence: Medium, Evidence: []Evidence{{Path: "package.json", Snippet: shorten(name + ": " + after.Dependencies[name])}},
				Message: fmt.Sprintf("it newly depends on %q, which none of its scripts loads, and no script changed", name)})
		}
		return nil
	},
}

// onlyManifestChanged reports whether both versions have the same files, but for
// the manifest and texts for people.
func onlyManifestChanged(p *Pass) bool {
	before := make(map[string]string)
	for _, f := range p.Before.Program.Tree.Files {
		before[f.Path] = f.SHA256
	}
	for _, f := range p.After.Program.Tree.Files {
		old, ok := before[f.Path]
		delete(before, f.Path)
		if (!ok || old != f.SHA256) && !forPeople(f.Path) {
			return false
		}
	}
	for name := range before {
		if !forPeople(name) {
			return false
		}
	}
	return true
}

// forPeople tells the manifest, and files that no program reads.
func forPeople(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".md", ".markdown", ".txt", ".rst":
		return true
	case "":
		switch strings.ToUpper(path.Base(name)) {
		case "LICENSE", "LICENCE", "README", "CHANGELOG", "HISTORY", "AUTHORS", "NOTICE", "CONTRIBUTORS":
			return true
		}
	}
	return name == "package.json"
}
