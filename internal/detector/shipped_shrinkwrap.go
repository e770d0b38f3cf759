package detector

import "context"

// shrinkwrap is the lockfile that npm obeys within a package.
const shrinkwrap = "npm-shrinkwrap.json"

// ShippedShrinkwrap reports a lockfile within a tarball.
var ShippedShrinkwrap = &Detector{
	Rule: Rule{
		ID:    "shipped-shrinkwrap",
		Title: "Package chooses the versions of its dependencies",
		Level: Warning,
		Tags:  []string{"lockfile"},
		Help: `The tarball ships an npm-shrinkwrap.json. npm then takes the package's own dependencies from it, with the
addresses it gives, whatever the project's lockfile would choose. Some command-line tools do this on purpose, so a new
dependency that has one is a note. A package that begins to ship one in an update warns: look at what it lists.`,
	},
	Version: func(_ context.Context, p *Pass) error {
		if p.After.Program == nil || p.After.Program.Tree.Lookup(shrinkwrap) == nil {
			return nil
		}
		f := Finding{Level: Note, Confidence: High, Message: "ships a lockfile of its own, which npm obeys",
			Evidence: []Evidence{{Path: shrinkwrap}}}
		if p.Before != nil && p.Before.Program != nil {
			if p.Before.Program.Tree.Lookup(shrinkwrap) != nil {
				return nil
			}
			f.Level, f.Message = Warning, "begins to ship a lockfile of its own, which npm obeys"
		}
		p.Report(f)
		return nil
	},
}
