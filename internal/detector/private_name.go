package detector

import (
	"context"
	"fmt"

	"github.com/amalfi-audit/audit/internal/lockfile"
)

// PrivateName reports a project's own names that come from the public registry.
var PrivateName = &Detector{
	Rule: Rule{
		ID:    "private-name",
		Title: "A private name comes from the public registry",
		Level: Error,
		Tags:  []string{"registry"},
		Help: `.amalfi.yml declares the name private, and the version comes from the public registry: somebody has published
a package of that name there, and a package manager that asks the wrong registry, or takes the highest version of both,
installs it ("dependency confusion"). This blocks. Set the registry of the scope in .npmrc; where you publish some
packages of a private scope yourself, declare the private names one by one.

Where the public registry is asked and does not have the version it warns: whoever registers the name there is next.
So it does, without any declaration, where an update comes from the public registry, the version it replaces came from
another host, and the public registry has never had that version: what a mirror has is all there.`,
	},
	Version: func(_ context.Context, p *Pass) error {
		d := p.After.Dependency
		if !p.After.Public || d != nil && d.Kind != lockfile.KindRegistry {
			return nil
		}
		from := Evidence{Note: "from the registry that is configured for the name"}
		if d != nil && d.Resolved != "" {
			from.Note = fmt.Sprintf("from %q", shorten(d.Resolved))
		}
		switch {
		case p.Config.Private(p.After.Name) && p.Unpublished:
			p.Report(Finding{Level: Warning, Confidence: High, Evidence: []Evidence{from},
				Message: fmt.Sprintf("%q is declared private, and the public registry is asked for it", p.After.Name)})
		case p.Config.Private(p.After.Name):
			p.Report(Finding{Level: Error, Confidence: High, Evidence: []Evidence{from},
				Message: fmt.Sprintf("%q is declared private and comes from the public registry", p.After.Name)})
		case movedToPublic(p):
			p.Report(Finding{Level: Warning, Confidence: Medium, Evidence: []Evidence{from, {
				Note: fmt.Sprintf("%s came from %q", p.Before.Version, lockfile.Host(p.Before.Dependency.Resolved))}},
				Message: fmt.Sprintf("%q came from a host of its own and now comes from the public registry, which never had %s",
					p.After.Name, p.Before.Version)})
		}
		return nil
	},
}

// movedToPublic reports whether an update comes from the public registry and
// what it replaces cannot have come from there.
func movedToPublic(p *Pass) bool {
	if !p.Update() || p.Before.Public || p.Before.Name != p.After.Name || p.Before.Dependency.Kind != lockfile.KindRegistry ||
		lockfile.Host(p.Before.Dependency.Resolved) == "" || p.After.Packument == nil {
		return false
	}
	for _, gone := range p.After.Packument.Unpublished {
		if gone == p.Before.Version {
			return false
		}
	}
	return p.After.Packument.Release(p.Before.Version) == nil
}
