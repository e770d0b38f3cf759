package detector

import (
	"context"
	"fmt"
)

// OutsideManifest reports manifests within a project that its lockfile does not
// cover.
var OutsideManifest = &Detector{
	Rule: Rule{
		ID:    "outside-manifest",
		Title: "Manifest that no lockfile covers",
		Level: Warning,
		Tags:  []string{"project"},
		Help: `The change touches a package.json with dependencies that is no workspace member of the project it lies in and
has no lockfile of its own. Whatever installs there, in CI or on a developer's machine, takes the newest versions of
that moment, which nobody has looked at. Templates and examples are like this on purpose; a folder that is installed
should be a member or have a lockfile.`,
	},
	Project: func(_ context.Context, p *ProjectPass) error {
		for _, name := range p.Outsiders {
			p.Report(Finding{Level: Warning, Confidence: High, Location: Location{Path: name},
				Message: fmt.Sprintf("%s has dependencies that no lockfile covers", name)})
		}
		return nil
	},
}
